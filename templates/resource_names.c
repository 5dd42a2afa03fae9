/* Names of resources: what Ref and GetAtt give. Everything follows from stack name and logical id
 * alone, so that tests and people know an ARN before they see it; AWS puts random characters there.
 * The rows are in resource_names_table.c.
 *
 * A type without a row gets shapes by the ending of the attribute's name: the ledger has told that
 * it is not emulated, and the value only has to look right.
 *
 * Source  "AWS resource and property types reference". */
#include "templates/resolve.h"

#include "core/buf.h"
#include "core/id.h"
#include "core/mem.h"
#include "templates/limits.h"
#include "templates/resource_names.h"

static const struct naming *naming_of(struct resolver *resolver, struct slice type)
{
    if (resolver->naming_rows == NULL) {
        resolver->naming_rows = value_map(resolver->arena, (struct source_pos){0});
        for (size_t i = 0; i < naming_count; i++) {
            value_set(resolver->arena, resolver->naming_rows, slice_from(namings[i].type),
                      value_int(resolver->arena, (struct source_pos){0}, (int64_t)i));
        }
    }
    const struct value *row = value_find(resolver->naming_rows, type);
    return row != NULL ? &namings[row->as.integer] : NULL;
}

static struct slice resource_type(const struct resolver *resolver, struct slice logical_id)
{
    return value_scalar_text(value_get(value_find(resolver->resources, logical_id), "Type"));
}

/* "Table" of "AWS::DynamoDB::Table"; the middle one with `is_service`. */
static struct slice type_part(struct slice type, bool is_service)
{
    struct slice rest = type, part, last = SLICE(""), before = SLICE("");
    while (slice_split(&rest, ':', &part)) {
        if (part.len > 0) {
            before = last;
            last = part;
        }
    }
    return is_service ? before : last;
}

static struct slice lower(struct resolver *resolver, struct slice text)
{
    char *copy = arena_cstr(resolver->arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (copy[i] >= 'A' && copy[i] <= 'Z') {
            copy[i] = (char)(copy[i] + ('a' - 'A'));
        }
    }
    return slice_of(copy, text.len);
}

/* STACK-LOGICALID, cut where the service has a limit; the end of a long logical id tells more than
 * its beginning, so the stack's name gives way first. */
static struct slice automatic_name(struct resolver *resolver, struct slice logical_id,
                                   const struct naming *naming, bool is_fifo)
{
    struct slice stack = resolver->stack_name;
    size_t max = naming != NULL && naming->name_max > 0 ? naming->name_max : 255;
    size_t suffix = is_fifo ? 5 : 0;
    if (stack.len + 1 + logical_id.len + suffix > max) {
        size_t room = logical_id.len + 1 + suffix < max ? max - logical_id.len - 1 - suffix : 0;
        stack = slice_take(stack, room);
    }
    struct slice name = arena_printf(resolver->arena, "%.*s%s%.*s", SLICE_ARG(stack),
                                     stack.len > 0 ? "-" : "", SLICE_ARG(logical_id));
    name = slice_take(name, max - suffix);
    if (is_fifo) {
        name = arena_printf(resolver->arena, "%.*s.fifo", SLICE_ARG(name));
    }
    return naming != NULL && naming->is_lower_case ? lower(resolver, name) : name;
}

/* The property that names a resource of a type without a row: Name, or <Type>Name. */
static struct value *guessed_name(struct resolver *resolver, struct slice logical_id,
                                  struct slice type)
{
    struct value *name = resolve_property(resolver, logical_id, "Name");
    if (value_is_scalar(name)) {
        return name;
    }
    struct slice key = arena_printf(resolver->arena, "%.*sName", SLICE_ARG(type_part(type, false)));
    return resolve_property(resolver, logical_id, arena_cstr(resolver->arena, key));
}

static struct slice resource_name(struct resolver *resolver, struct slice logical_id,
                                  struct source_pos pos)
{
    const struct value *known = value_find(resolver->resource_names, logical_id);
    if (known != NULL && known->kind == VALUE_STRING) {
        return known->text;
    }
    if (known != NULL) {
        tell_error(resolver, pos,
                   "Circular dependency between resources: the name of %.*s needs itself",
                   SLICE_ARG(logical_id));
        return SLICE("");
    }
    value_set(resolver->arena, resolver->resource_names, logical_id,
              value_null(resolver->arena, pos));
    struct slice type = resource_type(resolver, logical_id);
    const struct naming *naming = naming_of(resolver, type);
    struct value *given = NULL;
    if (naming == NULL) {
        given = guessed_name(resolver, logical_id, type);
    } else if (naming->name_property != NULL) {
        given = resolve_property(resolver, logical_id, naming->name_property);
    }
    struct slice name;
    if (value_is_scalar(given) && value_scalar_text(given).len > 0) {
        name = value_scalar_text(given);
    } else {
        bool is_fifo = value_is(resolve_property(resolver, logical_id, "FifoQueue"), "true") ||
                       value_is(resolve_property(resolver, logical_id, "FifoTopic"), "true");
        name = automatic_name(resolver, logical_id, naming, is_fifo);
    }
    value_set(resolver->arena, resolver->resource_names, logical_id,
              value_string(resolver->arena, pos, name));
    return name;
}

/* The unqualified ARN of the function that a version, alias or URL belongs to. */
static struct slice function_arn(struct resolver *resolver, struct slice logical_id)
{
    const struct value *target = resolve_property(resolver, logical_id, "FunctionName");
    if (target == NULL) {
        target = resolve_property(resolver, logical_id, "TargetFunctionArn");
    }
    struct slice text = value_scalar_text(target);
    if (!slice_starts_with(text, SLICE("arn:"))) {
        return arena_printf(resolver->arena, "arn:%.*s:lambda:%.*s:%.*s:function:%.*s",
                            SLICE_ARG(resolver->partition), SLICE_ARG(resolver->region),
                            SLICE_ARG(resolver->account), SLICE_ARG(text));
    }
    struct slice rest = text, part;
    size_t len = text.len;
    for (size_t i = 0; i < 7 && slice_split(&rest, ':', &part); i++) {
        len = (size_t)(part.ptr + part.len - text.ptr);
    }
    return slice_take(text, len);
}

/* 32 letters and digits that follow from the ARN that a function URL belongs to, alias included. */
static void append_url_id(struct resolver *resolver, struct slice logical_id, struct buf *out)
{
    char id[33];
    struct slice arn = function_arn(resolver, logical_id);
    struct slice target =
        value_scalar_text(resolve_property(resolver, logical_id, "TargetFunctionArn"));
    struct slice qualifier = value_scalar_text(resolve_property(resolver, logical_id, "Qualifier"));
    if (qualifier.len > 0) {
        arn = arena_printf(resolver->arena, "%.*s:%.*s", SLICE_ARG(arn), SLICE_ARG(qualifier));
    } else if (slice_starts_with(target, arn)) {
        arn = target;
    }
    id_derived(id, sizeof id - 1, arn);
    buf_append_text(out, id);
}

/* The name of a bus that is not the default one: "orders" of "orders" or of its ARN. */
static struct slice custom_bus(struct resolver *resolver, struct slice logical_id)
{
    struct slice bus = value_scalar_text(resolve_property(resolver, logical_id, "EventBusName"));
    size_t slash = slice_starts_with(bus, SLICE("arn:")) ? slice_rfind(bus, '/') : SLICE_NPOS;
    if (slash != SLICE_NPOS) {
        bus = slice_skip(bus, slash + 1);
    }
    return slice_is(bus, "default") ? SLICE_NULL : bus;
}

static size_t number_behind(struct slice code)
{
    uint64_t number;
    return slice_to_u64(slice_skip(code, 1), &number) && number <= 64 ? (size_t)number : 0;
}

/* What ids are derived from. */
static struct slice seed_of(struct resolver *resolver, struct slice logical_id)
{
    return arena_printf(resolver->arena, "%.*s/%.*s", SLICE_ARG(resolver->stack_name),
                        SLICE_ARG(logical_id));
}

/* One {code} of a row's text. */
static void append_code(struct resolver *resolver, struct slice logical_id, struct slice code,
                        struct source_pos pos, struct buf *out)
{
    const struct {
        const char *code;
        struct slice text;
    } plain[] = {
        {"P", resolver->partition},  {"R", resolver->region},   {"A", resolver->account},
        {"S", resolver->url_suffix}, {"E", resolver->edge_url}, {"L", logical_id},
    };
    for (size_t i = 0; i < COUNT_OF(plain); i++) {
        if (slice_is(code, plain[i].code)) {
            buf_append(out, plain[i].text);
            return;
        }
    }
    size_t digits = number_behind(code);
    char derived[65];
    if (slice_is(code, "N")) {
        buf_append(out, resource_name(resolver, logical_id, pos));
    } else if (slice_is(code, "F")) {
        buf_append(out, function_arn(resolver, logical_id));
    } else if (slice_is(code, "url")) {
        append_url_id(resolver, logical_id, out);
    } else if (slice_is(code, "U")) {
        char uuid[ID_UUID_MAX];
        id_derived_uuid(uuid, seed_of(resolver, logical_id));
        buf_append_text(out, uuid);
    } else if (code.ptr[0] == 'D' && digits > 0) {
        id_derived(derived, digits, seed_of(resolver, logical_id));
        buf_append_text(out, derived);
    } else if (code.ptr[0] == 'X' && digits > 0) {
        id_derived(derived, digits, seed_of(resolver, logical_id));
        for (size_t i = 0; i < digits; i++) {
            derived[i] = (char)(derived[i] >= 'a' && derived[i] <= 'z' ? derived[i] - ('a' - 'A')
                                                                       : derived[i]);
        }
        buf_append_text(out, derived);
    } else if (code.ptr[0] == 'H' && digits > 0) {
        uint64_t hash[4] = {slice_hash(seed_of(resolver, logical_id))};
        for (size_t i = 1; i < COUNT_OF(hash); i++) {
            hash[i] = (hash[i - 1] ^ i) * 0x9E3779B97F4A7C15u;
        }
        id_hex(derived, hash, sizeof(hash));
        buf_append(out, slice_of(derived, digits));
    } else if (slice_is(code, "B/") || slice_is(code, "B|")) {
        struct slice bus = custom_bus(resolver, logical_id);
        if (bus.len > 0) {
            buf_append(out, bus);
            buf_append_char(out, code.ptr[1]);
        }
    } else if (slice_is(code, "ws")) {
        bool is_websocket =
            value_is(resolve_property(resolver, logical_id, "ProtocolType"), "WEBSOCKET");
        buf_append_text(out, is_websocket ? "wss" : "https");
    } else {
        struct slice otherwise = SLICE_NULL;
        size_t equals = slice_find(code, '=');
        if (equals != SLICE_NPOS) {
            otherwise = slice_skip(code, equals + 1);
            code = slice_take(code, equals);
        }
        const struct value *property =
            resolve_property(resolver, logical_id, arena_cstr(resolver->arena, code));
        buf_append(out, value_is_scalar(property) ? value_scalar_text(property) : otherwise);
    }
}

static struct slice expand(struct resolver *resolver, struct slice logical_id, const char *text,
                           struct source_pos pos)
{
    struct slice rest = slice_from(text);
    AUTO_BUF out = BUF_INIT(TEMPLATE_TEXT_MAX);
    for (;;) {
        size_t start = slice_find(rest, '{');
        size_t end = slice_find(rest, '}');
        if (start == SLICE_NPOS || end == SLICE_NPOS) {
            buf_append(&out, rest);
            break;
        }
        buf_append(&out, slice_take(rest, start));
        append_code(resolver, logical_id, slice_of(rest.ptr + start + 1, end - start - 1), pos,
                    &out);
        rest = slice_skip(rest, end + 1);
    }
    if (!resolver_allows_text(resolver, pos, out.len)) {
        return SLICE("");
    }
    return arena_copy(resolver->arena, buf_slice(&out));
}

struct slice resource_id(struct resolver *resolver, struct slice logical_id, struct source_pos pos)
{
    const struct value *known = value_find(resolver->resource_ids, logical_id);
    if (known != NULL && known->kind == VALUE_STRING) {
        return known->text;
    }
    if (known != NULL) {
        tell_error(resolver, pos, "Circular dependency between resources: Ref of %.*s needs itself",
                   SLICE_ARG(logical_id));
        return SLICE("");
    }
    value_set(resolver->arena, resolver->resource_ids, logical_id,
              value_null(resolver->arena, pos));
    const struct naming *naming = naming_of(resolver, resource_type(resolver, logical_id));
    struct slice id = expand(resolver, logical_id, naming != NULL ? naming->ref : "{N}", pos);
    value_set(resolver->arena, resolver->resource_ids, logical_id,
              value_string(resolver->arena, pos, id));
    return id;
}

/* A value of the right shape for an attribute nobody emulates. */
static struct value *shaped_attribute(struct resolver *resolver, struct slice logical_id,
                                      struct slice type, struct slice name, struct source_pos pos)
{
    static const struct {
        const char *ending, *text;
    } shapes[] = {
        {"Arn", NULL},
        {"ARN", NULL},
        {"Name", "{N}"},
        {"Id", "{D13}"},
        {"ID", "{D13}"},
        {"Port", "443"},
        {"Url", "https://{D13}.{R}.{S}"},
        {"URL", "https://{D13}.{R}.{S}"},
        {"Endpoint", "{D13}.{R}.{S}"},
        {"Endpoint.Address", "{D13}.{R}.{S}"},
        {"Address", "{D13}.{R}.{S}"},
    };
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        if (!slice_ends_with(name, slice_from(shapes[i].ending))) {
            continue;
        }
        if (shapes[i].text != NULL) {
            return value_string(resolver->arena, pos,
                                expand(resolver, logical_id, shapes[i].text, pos));
        }
        struct slice service = lower(resolver, type_part(type, true));
        struct slice kind = lower(resolver, type_part(type, false));
        return value_text(resolver->arena, pos, "arn:%.*s:%.*s:%.*s:%.*s:%.*s/%.*s",
                          SLICE_ARG(resolver->partition), SLICE_ARG(service),
                          SLICE_ARG(resolver->region), SLICE_ARG(resolver->account),
                          SLICE_ARG(kind), SLICE_ARG(resource_name(resolver, logical_id, pos)));
    }
    return tell_unknown(resolver, pos,
                        "%.*s.%.*s: what AWS would give for it (a %.*s) is not known "
                        "locally",
                        SLICE_ARG(logical_id), SLICE_ARG(name), SLICE_ARG(type));
}

struct value *resource_attribute(struct resolver *resolver, struct slice logical_id,
                                 struct slice name, struct source_pos pos)
{
    struct slice type = resource_type(resolver, logical_id);
    const struct naming *naming = naming_of(resolver, type);
    struct slice names[NAMING_ATTRIBUTES_MAX];
    size_t count = 0;
    while (naming != NULL && count < NAMING_ATTRIBUTES_MAX &&
           naming->attributes[count].name != NULL) {
        names[count] = slice_from(naming->attributes[count].name);
        if (slice_eq(name, names[count])) {
            return value_string(resolver->arena, pos,
                                expand(resolver, logical_id, naming->attributes[count].text, pos));
        }
        count++;
    }
    if (naming != NULL && naming->is_complete) {
        struct slice near = slice_nearest(name, names, count);
        return tell_error(resolver, pos,
                          "Template error: resource %.*s does not support attribute type %.*s in "
                          "Fn::GetAtt%s%.*s%s",
                          SLICE_ARG(logical_id), SLICE_ARG(name),
                          near.len > 0 ? "; did you mean '" : "", SLICE_ARG(near),
                          near.len > 0 ? "'?" : "");
    }
    if (slice_is(type, "AWS::CloudFormation::Stack") ||
        slice_starts_with(type, SLICE("Custom::")) ||
        slice_is(type, "AWS::CloudFormation::CustomResource")) {
        return tell_unknown(resolver, pos, "%.*s.%.*s: what a %s gives is not known locally",
                            SLICE_ARG(logical_id), SLICE_ARG(name),
                            slice_is(type, "AWS::CloudFormation::Stack") ? "nested stack"
                                                                         : "custom resource");
    }
    struct value *property =
        resolve_property(resolver, logical_id, arena_cstr(resolver->arena, name));
    if (property != NULL && !value_is_unknown(property)) {
        return property;
    }
    return shaped_attribute(resolver, logical_id, type, name, pos);
}
