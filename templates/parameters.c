/* The Parameters section: overrides, defaults, types, constraints.
 *
 * Source  CloudFormation User Guide, "Parameters". */
#include "templates/resolve.h"

#include "core/mem.h"
#include "templates/limits.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdlib.h>

#define PATTERN_STEPS_MAX                                                                          \
    200000 /* a pattern that backtracks without end is told, not waited for                        \
            */

struct definition {
    struct slice name;
    struct source_pos pos; /* of the name */
    const struct value *value;
    struct slice type;
    bool is_list, is_number;
};

static bool is_number(struct slice text)
{
    char copy[64];
    if (text.len == 0 || text.len >= sizeof(copy)) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    char first = copy[0] == '-' || copy[0] == '+' ? copy[1] : copy[0];
    char *end;
    strtod(copy, &end);
    return *end == '\0' && ((first >= '0' && first <= '9') || first == '.');
}

static double number_of(struct slice text)
{
    char copy[64] = "";
    memcpy(copy, text.ptr, text.len < sizeof(copy) ? text.len : sizeof(copy) - 1);
    return strtod(copy, NULL);
}

/* The author's own words, when he gave some, replace CloudFormation's. */
static void violated(struct load *load, const struct definition *definition, struct source_pos pos,
                     const char *words, struct slice detail)
{
    const struct value *description = value_get(definition->value, "ConstraintDescription");
    if (value_is_scalar(description)) {
        load_error(load, pos, "Parameter '%.*s' failed to satisfy constraint: %.*s",
                   SLICE_ARG(definition->name), SLICE_ARG(value_scalar_text(description)));
    } else {
        load_error(load, pos, "Parameter '%.*s' must %s%.*s", SLICE_ARG(definition->name), words,
                   SLICE_ARG(detail));
    }
}

static void check_pattern(struct load *load, const struct definition *definition,
                          const struct value *pattern, struct slice text, struct source_pos pos)
{
    struct slice source = value_scalar_text(pattern);
    int code;
    PCRE2_SIZE offset;
    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR)source.ptr, source.len,
                      PCRE2_UTF | PCRE2_ANCHORED | PCRE2_ENDANCHORED, &code, &offset, NULL);
    if (compiled == NULL) {
        load_warning(
            load, pattern->pos,
            "AllowedPattern of '%.*s' is not understood (at character %zu) and not checked",
            SLICE_ARG(definition->name), (size_t)offset + 1);
        return;
    }
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(limits, PATTERN_STEPS_MAX);
    int found = pcre2_match(compiled, (PCRE2_SPTR)(text.ptr != NULL ? text.ptr : ""), text.len, 0,
                            0, match, limits);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);
    pcre2_code_free(compiled);
    if (found == PCRE2_ERROR_NOMATCH) {
        violated(load, definition, pos, "match pattern ", source);
    } else if (found < 0) {
        load_warning(load, pattern->pos,
                     "AllowedPattern of '%.*s' takes too long and is not checked",
                     SLICE_ARG(definition->name));
    }
}

/* A limit of the definition as a number; false when it is not there. */
static bool read_bound(struct load *load, const struct definition *definition, const char *key,
                       double *ret_bound)
{
    const struct value *bound = value_get(definition->value, key);
    if (!value_is_scalar(bound)) {
        return false;
    }
    if (!is_number(value_scalar_text(bound))) {
        load_error(load, bound->pos,
                   "Template format error: %s of parameter '%.*s' must be a number", key,
                   SLICE_ARG(definition->name));
        return false;
    }
    *ret_bound = number_of(value_scalar_text(bound));
    return true;
}

static size_t characters(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    }
    return count;
}

/* One value: the parameter's, or one member of its list. */
static void check_constraints(struct load *load, const struct definition *definition,
                              struct slice text, struct source_pos pos)
{
    if (definition->is_number && !is_number(text)) {
        load_error(load, pos, "Parameter '%.*s' must be a number.", SLICE_ARG(definition->name));
        return;
    }
    const struct value *allowed = value_get(definition->value, "AllowedValues");
    if (allowed != NULL && allowed->kind == VALUE_LIST) {
        bool is_allowed = false;
        for (size_t i = 0; i < value_count(allowed) && !is_allowed; i++) {
            is_allowed = slice_eq(value_scalar_text(value_at(allowed, i)), text);
        }
        if (!is_allowed) {
            violated(load, definition, pos, "be one of AllowedValues", SLICE_NULL);
        }
    }
    const struct value *pattern = value_get(definition->value, "AllowedPattern");
    if (value_is_scalar(pattern)) {
        check_pattern(load, definition, pattern, text, pos);
    }
    static const struct {
        const char *key, *words;
        bool is_length, is_least;
    } bounds[] = {
        {"MinLength", "contain at least ", true, true},
        {"MaxLength", "contain at most ", true, false},
        {"MinValue", "be a number not less than ", false, true},
        {"MaxValue", "be a number not greater than ", false, false},
    };
    for (size_t i = 0; i < COUNT_OF(bounds); i++) {
        double bound;
        if (!read_bound(load, definition, bounds[i].key, &bound)) {
            continue;
        }
        double size = bounds[i].is_length ? (double)characters(text) : number_of(text);
        if (bounds[i].is_least ? size < bound : size > bound) {
            struct slice limit = value_scalar_text(value_get(definition->value, bounds[i].key));
            violated(load, definition, pos, bounds[i].words,
                     bounds[i].is_length
                         ? arena_printf(load->arena, "%.*s characters", SLICE_ARG(limit))
                         : limit);
        }
    }
}

static bool read_definition(struct load *load, const struct value_entry *entry,
                            struct definition *ret_definition)
{
    const struct value *type = value_get(entry->value, "Type");
    if (!value_is_scalar(type)) {
        load_error(load, entry->key_pos,
                   "Template format error: [/Parameters/%.*s] Every Parameters object must contain "
                   "a Type member.",
                   SLICE_ARG(entry->key));
        return false;
    }
    struct slice name = value_scalar_text(type);
    struct slice inner = name;
    static const struct slice ssm = SLICE_INIT("AWS::SSM::Parameter::Value<");
    if (slice_starts_with(name, ssm) && slice_ends_with(name, SLICE(">"))) {
        inner = slice_of(name.ptr + ssm.len, name.len - ssm.len - 1);
    }
    bool is_list =
        slice_is(inner, "CommaDelimitedList") || slice_starts_with(inner, SLICE("List<"));
    if (!is_list && !slice_is(inner, "String") && !slice_is(inner, "Number") &&
        !slice_starts_with(inner, SLICE("AWS::"))) {
        static const struct slice types[] = {SLICE_INIT("String"), SLICE_INIT("Number"),
                                             SLICE_INIT("List<Number>"), SLICE_INIT("List<String>"),
                                             SLICE_INIT("CommaDelimitedList")};
        struct slice near = slice_nearest(inner, types, COUNT_OF(types));
        load_error(load, type->pos,
                   "Template format error: Unrecognized parameter type: %.*s%s%.*s%s",
                   SLICE_ARG(inner), near.len > 0 ? "; did you mean '" : "", SLICE_ARG(near),
                   near.len > 0 ? "'?" : "");
        return false;
    }
    *ret_definition = (struct definition){
        .name = entry->key,
        .pos = entry->key_pos,
        .value = entry->value,
        .type = name,
        .is_list = is_list,
        .is_number = slice_is(inner, "Number") || slice_is(inner, "List<Number>"),
    };
    return true;
}

static const struct name_value *override_of(const struct load *load, struct slice name)
{
    const struct name_values *overrides = &load->options->parameters;
    const struct name_value *found = NULL;
    for (size_t i = 0; i < overrides->count; i++) {
        if (slice_eq(overrides->items[i].name, name)) {
            found = &overrides->items[i];
        }
    }
    return found;
}

static struct value *value_of_text(struct resolver *resolver, const struct definition *definition,
                                   struct slice text, struct source_pos pos, bool is_checked)
{
    struct load *load = resolver->load;
    if (!definition->is_list) {
        if (is_checked) {
            check_constraints(load, definition, text, pos);
        }
        return value_string(resolver->arena, pos, text);
    }
    struct value *list = value_list(resolver->arena, pos);
    struct slice rest = text.ptr != NULL ? text : SLICE(""), part;
    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (is_checked) {
            check_constraints(load, definition, part, pos);
        }
        value_push(resolver->arena, list, value_string(resolver->arena, pos, part));
    }
    return list;
}

static struct value *parameter_value(struct resolver *resolver, const struct definition *definition,
                                     struct slice *missing)
{
    struct load *load = resolver->load;
    bool is_ssm = slice_starts_with(definition->type, SLICE("AWS::SSM::Parameter::Value<"));
    const struct name_value *override = override_of(load, definition->name);
    if (override != NULL) {
        /* Of an SSM parameter type, the override is taken for the stored value, as SAM CLI does. */
        return value_of_text(resolver, definition, override->value, definition->pos, !is_ssm);
    }
    const struct value *by_default = value_get(definition->value, "Default");
    if (by_default != NULL && by_default->kind != VALUE_NULL) {
        if (!value_is_scalar(by_default)) {
            return tell_error(resolver, by_default->pos,
                              "Template format error: Every Default member must be a string.");
        }
        if (is_ssm) {
            load_notice(
                load, by_default->pos,
                "parameter '%.*s' names an entry of the SSM Parameter Store; its name stands "
                "for its value here (give the value with --parameter-overrides %.*s=...)",
                SLICE_ARG(definition->name), SLICE_ARG(definition->name));
            value_set(resolver->arena, resolver->stand_ins, definition->name,
                      value_bool(resolver->arena, by_default->pos, true));
        }
        return value_of_text(resolver, definition, value_scalar_text(by_default), by_default->pos,
                             !is_ssm);
    }
    *missing = arena_printf(resolver->arena, "%.*s%s%.*s", SLICE_ARG(*missing),
                            missing->len > 0 ? ", " : "", SLICE_ARG(definition->name));
    const struct value *allowed = value_at(value_get(definition->value, "AllowedValues"), 0);
    if (value_is_scalar(allowed)) {
        return value_of_text(resolver, definition, value_scalar_text(allowed), allowed->pos, false);
    }
    return unknown_value(resolver, definition->pos);
}

static void warn_of_strangers(struct resolver *resolver)
{
    const struct name_values *overrides = &resolver->load->options->parameters;
    size_t count = value_count(resolver->parameters);
    if (count == 0) {
        return;
    }
    struct slice *names = arena_array(resolver->arena, count, sizeof(struct slice));
    for (size_t i = 0; i < count; i++) {
        names[i] = resolver->parameters->as.map.entries[i].key;
    }
    for (size_t i = 0; i < overrides->count; i++) {
        struct slice name = overrides->items[i].name;
        if (value_find(resolver->parameters, name) == NULL) {
            struct slice near = slice_nearest(name, names, count);
            load_warning(resolver->load, resolver->parameters->pos,
                         "Parameters: [%.*s] do not exist in the template%s%.*s%s", SLICE_ARG(name),
                         near.len > 0 ? "; did you mean '" : "", SLICE_ARG(near),
                         near.len > 0 ? "'?" : "");
        }
    }
}

void parameters_resolve(struct resolver *resolver)
{
    struct load *load = resolver->load;
    size_t count = value_count(resolver->parameters);
    if (count > TEMPLATE_PARAMETERS_MAX) {
        load_error(load, resolver->parameters->pos, "more than %d parameters",
                   TEMPLATE_PARAMETERS_MAX);
        return;
    }
    struct slice missing = SLICE("");
    struct source_pos first_missing = {0};
    for (size_t i = 0; i < count; i++) {
        const struct value_entry *entry = &resolver->parameters->as.map.entries[i];
        struct definition definition;
        struct value *value;
        if (read_definition(load, entry, &definition)) {
            size_t missing_before = missing.len;
            value = parameter_value(resolver, &definition, &missing);
            if (missing_before == 0 && missing.len > 0) {
                first_missing = entry->key_pos;
            }
        } else {
            value = unknown_value(resolver, entry->key_pos);
        }
        value_set(resolver->arena, resolver->parameter_values, entry->key, value);
    }
    if (missing.len > 0) {
        load_notice(load, first_missing,
                    "Parameters: [%.*s] must have values on AWS; here they take the first allowed "
                    "value or are empty (give them with --parameter-overrides)",
                    SLICE_ARG(missing));
    }
    warn_of_strangers(resolver);
}
