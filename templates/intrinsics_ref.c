/* Functions that point somewhere else: Ref, GetAtt, FindInMap, ImportValue, If, Transform.
 *
 * Source  CloudFormation User Guide, "Intrinsic functions". */
#include "templates/resolve.h"

#include "core/mem.h"

/* "; did you mean 'X'?" out of everything that can be referred to. */
static struct slice nearest_name(struct resolver *resolver, struct slice name)
{
    size_t parameters = value_count(resolver->parameters);
    size_t resources = value_count(resolver->resources);
    struct slice *names =
        arena_array(resolver->arena, parameters + resources + 1, sizeof(struct slice));
    for (size_t i = 0; i < parameters; i++) {
        names[i] = resolver->parameters->as.map.entries[i].key;
    }
    for (size_t i = 0; i < resources; i++) {
        names[parameters + i] = resolver->resources->as.map.entries[i].key;
    }
    struct slice near = slice_nearest(name, names, parameters + resources);
    return near.len > 0 ? arena_printf(resolver->arena, "; did you mean '%.*s'?", SLICE_ARG(near))
                        : SLICE("");
}

static struct value *pseudo_parameter(struct resolver *resolver, struct slice name,
                                      struct source_pos pos, bool *ret_found)
{
    const struct {
        const char *name;
        struct slice value;
    } pseudo[] = {
        {"AWS::Region", resolver->region},        {"AWS::AccountId", resolver->account},
        {"AWS::StackName", resolver->stack_name}, {"AWS::Partition", resolver->partition},
        {"AWS::URLSuffix", resolver->url_suffix}, {"AWS::StackId", resolver->stack_id},
    };
    *ret_found = true;
    for (size_t i = 0; i < COUNT_OF(pseudo); i++) {
        if (slice_is(name, pseudo[i].name)) {
            return value_string(resolver->arena, pos, pseudo[i].value);
        }
    }
    if (slice_is(name, "AWS::NotificationARNs")) {
        return value_list(resolver->arena, pos);
    }
    *ret_found = slice_is(name, "AWS::NoValue");
    return NULL;
}

struct value *reference(struct resolver *resolver, struct slice name, struct source_pos pos)
{
    bool is_pseudo;
    struct value *value = pseudo_parameter(resolver, name, pos, &is_pseudo);
    if (is_pseudo) {
        return value;
    }
    value = value_find(resolver->parameter_values, name);
    if (value != NULL) {
        if (value_is_unknown(value)) {
            if (resolver->unknown < UNKNOWN_WARNING) {
                /* The notice about parameters without a value says it once for all. */
                return unknown_value(resolver, pos);
            }
            return tell_unknown(resolver, pos, "parameter '%.*s' has no value", SLICE_ARG(name));
        }
        if (value_find(resolver->stand_ins, name) != NULL) {
            note_unknown(resolver);
        }
        if (value->kind == VALUE_STRING) {
            return value_string(resolver->arena, pos, value->text);
        }
        return value;
    }
    if (slice_is(resolver->block, "Conditions")) {
        return tell_error(resolver, pos,
                          "Template format error: Unresolved dependencies [%.*s]. Cannot reference "
                          "resources in the Conditions block of the template",
                          SLICE_ARG(name));
    }
    if (value_find(resolver->resources, name) == NULL) {
        return tell_error(resolver, pos,
                          "Template format error: Unresolved resource dependencies [%.*s] in the "
                          "%.*s block of the template%.*s",
                          SLICE_ARG(name), SLICE_ARG(resolver->block),
                          SLICE_ARG(nearest_name(resolver, name)));
    }
    if (!resource_is_live(resolver, name)) {
        if (value_find(resolver->resources, name)->kind != VALUE_MAP) {
            return unknown_value(resolver, pos); /* told where it stands */
        }
        return tell_error(resolver, pos,
                          "Template format error: Unresolved resource dependencies [%.*s] in the "
                          "%.*s block of the template: its condition is false",
                          SLICE_ARG(name), SLICE_ARG(resolver->block));
    }
    dependencies_note(resolver, name);
    return value_string(resolver->arena, pos, resource_id(resolver, name, pos));
}

struct value *intrinsic_ref(struct resolver *resolver, struct value *call, struct value *arg)
{
    if (!value_is_scalar(arg)) {
        return tell_error(resolver, call->pos,
                          "Template error: every Ref object must have a single String value.");
    }
    return reference(resolver, value_scalar_text(arg), call->pos);
}

struct value *attribute(struct resolver *resolver, struct slice id, struct slice name,
                        struct source_pos pos)
{
    if (value_find(resolver->resources, id) == NULL) {
        return tell_error(resolver, pos,
                          "Template error: instance of Fn::GetAtt references undefined resource "
                          "%.*s%.*s",
                          SLICE_ARG(id), SLICE_ARG(nearest_name(resolver, id)));
    }
    if (slice_is(resolver->block, "Conditions")) {
        return tell_error(resolver, pos,
                          "Template format error: Unresolved dependencies [%.*s]. Cannot reference "
                          "resources in the Conditions block of the template",
                          SLICE_ARG(id));
    }
    if (!resource_is_live(resolver, id)) {
        if (value_find(resolver->resources, id)->kind != VALUE_MAP) {
            return unknown_value(resolver, pos); /* told where it stands */
        }
        return tell_error(resolver, pos,
                          "Template error: instance of Fn::GetAtt references undefined resource "
                          "%.*s: its condition is false",
                          SLICE_ARG(id));
    }
    dependencies_note(resolver, id);
    struct value *value = resource_attribute(resolver, id, name, pos);
    if (value_is_unknown(value)) {
        return unknown_value(resolver, pos);
    }
    return value != NULL && value->kind == VALUE_STRING
               ? value_string(resolver->arena, pos, value->text)
               : value;
}

struct value *intrinsic_getatt(struct resolver *resolver, struct value *call, struct value *arg)
{
    struct slice id = SLICE_NULL, name = SLICE_NULL;
    if (arg->kind == VALUE_STRING) {
        size_t dot = slice_find(arg->text, '.');
        if (dot != SLICE_NPOS) {
            id = slice_take(arg->text, dot);
            name = slice_skip(arg->text, dot + 1);
        }
    } else if (value_count(arg) >= 2 && arg->kind == VALUE_LIST) {
        const struct value *first = value_at(arg, 0);
        id = value_is_scalar(first) ? value_scalar_text(first) : SLICE_NULL;
        /* [Stack, Outputs.X], [Stack, Outputs, X]; the attribute may be a Ref to a parameter. */
        for (size_t i = 1; i < value_count(arg); i++) {
            const struct value *part = resolve_value(resolver, value_at(arg, i));
            struct slice text = resolve_text(resolver, part, "an attribute name");
            name = i == 1 ? text
                          : arena_printf(resolver->arena, "%.*s.%.*s", SLICE_ARG(name),
                                         SLICE_ARG(text));
        }
    }
    if (id.len == 0 || name.len == 0) {
        return tell_error(resolver, call->pos,
                          "Template error: every Fn::GetAtt object requires two non-empty "
                          "parameters, the resource name and the resource attribute");
    }
    return attribute(resolver, id, name, call->pos);
}

struct value *intrinsic_find_in_map(struct resolver *resolver, struct value *call,
                                    struct value *arg)
{
    size_t count = value_count(arg);
    if (arg->kind != VALUE_LIST || count < 3 || count > 4) {
        return tell_error(resolver, call->pos,
                          "Template error: every Fn::FindInMap object requires three parameters, "
                          "the map name, map key and the attribute for return value");
    }
    struct slice keys[3];
    const struct value *at = resolver->mappings;
    bool is_any_unknown = false;
    for (size_t i = 0; i < 3; i++) {
        const struct value *key = resolve_value(resolver, value_at(arg, i));
        is_any_unknown = is_any_unknown || value_is_unknown(key);
        keys[i] = resolve_text(resolver, key, "an argument of Fn::FindInMap");
        at = value_find(at, keys[i]);
    }
    if (at != NULL) {
        struct value *found =
            value_find(value_find(value_find(resolver->mappings, keys[0]), keys[1]), keys[2]);
        if (found->kind == VALUE_MAP) {
            return tell_error(resolver, found->pos,
                              "Template format error: Every Mappings attribute must be a String or "
                              "a List.");
        }
        return found;
    }
    struct value *otherwise = value_get(value_at(arg, 3), "DefaultValue");
    if (otherwise != NULL) {
        if (!resolver->has_language_extensions) {
            return tell_error(resolver, call->pos,
                              "Template error: DefaultValue of Fn::FindInMap needs 'Transform: "
                              "AWS::LanguageExtensions'");
        }
        return resolve_value(resolver, otherwise);
    }
    if (is_any_unknown) {
        return unknown_value(resolver, call->pos);
    }
    return tell_error(resolver, call->pos,
                      "Template error: Unable to get mapping for %.*s::%.*s::%.*s",
                      SLICE_ARG(keys[0]), SLICE_ARG(keys[1]), SLICE_ARG(keys[2]));
}

struct value *intrinsic_import_value(struct resolver *resolver, struct value *call,
                                     struct value *arg)
{
    const struct value *name = resolve_value(resolver, arg);
    return tell_unknown(
        resolver, call->pos,
        "Fn::ImportValue: what another stack exports as '%.*s' is not known locally",
        SLICE_ARG(resolve_text(resolver, name, "the name of an export")));
}

struct value *intrinsic_if(struct resolver *resolver, struct value *call, struct value *arg)
{
    if (arg->kind != VALUE_LIST || value_count(arg) != 3 ||
        !value_is_scalar(arg->as.list.items[0])) {
        return tell_error(resolver, call->pos,
                          "Template error: every Fn::If object requires three parameters: the name "
                          "of a condition, a value if true and a value if false");
    }
    const struct value *name = arg->as.list.items[0];
    bool is_true = condition_holds(resolver, value_scalar_text(name), name->pos, "Fn::If");
    return resolve_value(resolver, arg->as.list.items[is_true ? 1 : 2]);
}

struct value *intrinsic_transform(struct resolver *resolver, struct value *call, struct value *arg)
{
    const struct value *name = value_get(arg, "Name");
    struct value *location = value_path(arg, "Parameters", "Location", NULL);
    if (!value_is(name, "AWS::Include")) {
        return tell_error(resolver, call->pos,
                          "the macro '%.*s' is not known locally; only AWS::Include is",
                          SLICE_ARG(value_scalar_text(name)));
    }
    if (location == NULL) {
        return tell_error(resolver, call->pos, "AWS::Include needs Parameters.Location");
    }
    location = resolve_value(resolver, location);
    if (location == NULL || value_is_unknown(location)) {
        return unknown_value(resolver, call->pos);
    }
    struct value *content =
        include_file(resolver->load, resolve_text(resolver, location, "Location"), location->pos);
    return content != NULL ? resolve_value(resolver, content) : unknown_value(resolver, call->pos);
}
