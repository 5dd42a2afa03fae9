#include "store/api/model.h"

#include "core/json_scan.h"
#include "store/api/model_shapes.h"
#include "store/value/attr_json_parse.h"

#include <math.h>
#include <stdlib.h>

#define SHAPES "com.amazonaws.dynamodb.v20120810."

/* Where a value stands: the service words a wrong type differently. */
enum place { PLACE_MEMBER, PLACE_ELEMENT };

struct parse {
    struct arena *arena;
    size_t fields_left; /* of MODEL_FIELDS_MAX */
};

static const struct problem *parse_value(struct parse *parse, const struct shape *shape,
                                         enum place place, struct slice raw, struct field *field);

/* --- wrong types --- */

static const struct problem *refuse(struct parse *parse, const char *text)
{
    return problem_make(parse->arena, PROBLEM_SERIALIZATION, "%s", text);
}

static const struct problem *refuse_scalar(struct parse *parse, struct slice raw, const char *type)
{
    if (raw.ptr[0] == '{') {
        return refuse(parse, "Start of structure or map found where not expected");
    }
    if (raw.ptr[0] == '[') {
        return problem_make(parse->arena, PROBLEM_SERIALIZATION,
                            "Unrecognized collection type class java.lang.%s", type);
    }
    return problem_make(parse->arena, PROBLEM_SERIALIZATION, "%s cannot be converted to %s",
                        attr_json_token_name(raw), type);
}

/* The Java name of what a map holds. */
static struct slice element_class(struct arena *arena, const struct shape *shape)
{
    switch (shape->type) {
    case FIELD_STRUCT:
        return arena_printf(arena, SHAPES "%s", shape->name);
    case FIELD_ATTR:
        return SLICE(SHAPES "AttributeValue");
    case FIELD_LIST:
        return arena_printf(arena, "java.util.List<%.*s>",
                            SLICE_ARG(element_class(arena, shape->element)));
    case FIELD_STRING:
    case FIELD_INTEGER:
    case FIELD_LONG:
    case FIELD_DOUBLE:
    case FIELD_BOOL:
    case FIELD_TIMESTAMP:
    case FIELD_MAP:
    case FIELD_ITEM:
        break;
    }
    return SLICE("java.lang.String");
}

/* A scalar where a list, map or structure should be. */
static const struct problem *refuse_plain(struct parse *parse, const struct shape *shape,
                                          enum place place)
{
    static const char cast[] =
        "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to "
        "class java.lang.Class (sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and "
        "java.lang.Class are in module java.base of loader 'bootstrap')";
    if (place == PLACE_MEMBER) {
        return refuse(parse, "Unexpected field type");
    }
    bool is_class = shape->type == FIELD_STRUCT || shape->type == FIELD_ATTR;
    return refuse(parse, is_class ? "Unexpected value type in payload" : cast);
}

/* Anything but the object or array that `shape` is. */
static const struct problem *refuse_collection(struct parse *parse, const struct shape *shape,
                                               enum place place, struct slice raw)
{
    struct arena *arena = parse->arena;
    if (raw.ptr[0] == '{') {
        return refuse(parse, "Start of structure or map found where not expected");
    }
    if (raw.ptr[0] != '[') {
        return refuse_plain(parse, shape, place);
    }
    if (shape->type == FIELD_STRUCT || shape->type == FIELD_ATTR) {
        return problem_make(arena, PROBLEM_SERIALIZATION, "Unrecognized collection type class %.*s",
                            SLICE_ARG(element_class(arena, shape)));
    }
    struct slice of = shape->type == FIELD_ITEM ? SLICE(SHAPES "AttributeValue")
                                                : element_class(arena, shape->element);
    return problem_make(arena, PROBLEM_SERIALIZATION,
                        "Unrecognized collection type java.util.Map<java.lang.String, %.*s>",
                        SLICE_ARG(of));
}

/* --- scalars --- */

static bool is_number(struct slice raw)
{
    return raw.ptr[0] == '-' || (raw.ptr[0] >= '0' && raw.ptr[0] <= '9');
}

/* Any JSON number as a double; `raw` is not NUL-terminated. */
static double to_double(struct parse *parse, struct slice raw)
{
    return strtod(arena_cstr(parse->arena, raw), NULL);
}

/* Fractions go, what does not fit stays at the end of the range. */
static int64_t to_whole(struct parse *parse, struct slice raw)
{
    int64_t whole;
    if (json_raw_i64(raw, &whole)) {
        return whole;
    }
    double value = floor(to_double(parse, raw));
    if (value >= 9223372036854775807.0) {
        return INT64_MAX;
    }
    return value <= -9223372036854775808.0 ? INT64_MIN : (int64_t)value;
}

static const struct problem *parse_whole(struct parse *parse, const struct shape *shape,
                                         struct slice raw, struct field *field)
{
    bool is_integer = shape->type == FIELD_INTEGER;
    if (!is_number(raw)) {
        return refuse_scalar(parse, raw, is_integer ? "Integer" : "Long");
    }
    field->number = to_whole(parse, raw);
    if (is_integer && field->number > INT32_MAX) {
        field->number = INT32_MAX;
    }
    if (is_integer && field->number < INT32_MIN) {
        field->number = INT32_MIN;
    }
    return NULL;
}

static const struct problem *parse_timestamp(struct parse *parse, struct slice raw,
                                             struct field *field)
{
    if (!is_number(raw)) {
        return refuse_scalar(parse, raw, "Date");
    }
    double ms = floor(to_double(parse, raw) * 1000 + 0.5);
    const double most = 1e15; /* the year 33658 */
    field->number = (int64_t)(ms > most ? most : ms < -most ? -most : ms);
    return NULL;
}

static const struct problem *parse_bool(struct parse *parse, struct slice raw, struct field *field)
{
    static const char *const words[] = {"false", "0", "no", "true", "1", "yes"};
    if (raw.ptr[0] == 't' || raw.ptr[0] == 'f') {
        field->flag = raw.ptr[0] == 't';
        return NULL;
    }
    if (raw.ptr[0] != '"') {
        return refuse_scalar(parse, raw, "Boolean");
    }
    struct slice word = slice_of(raw.ptr + 1, raw.len - 2);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (slice_ieq(word, slice_from(words[i]))) {
            field->flag = i >= 3;
            return NULL;
        }
    }
    return refuse(parse, "Unexpected token received from parser");
}

static const struct problem *parse_string(struct parse *parse, struct slice raw,
                                          struct field *field)
{
    if (raw.ptr[0] != '"' || !json_raw_string(parse->arena, raw, &field->text)) {
        return refuse_scalar(parse, raw, "String");
    }
    return NULL;
}

/* --- structures, lists, maps --- */

static const struct problem *take_fields(struct parse *parse, size_t count)
{
    if (count > parse->fields_left) {
        return problem_invalid(parse->arena,
                               "The request has more than %d members, elements and entries",
                               MODEL_FIELDS_MAX);
    }
    parse->fields_left -= count;
    return NULL;
}

static const struct slice member_names[] = {
#define MEMBER_NAME(id, text) SLICE_INIT(text),
    MODEL_MEMBERS(MEMBER_NAME)
#undef MEMBER_NAME
};

const char *member_name(enum member_id id)
{
    return member_names[id].ptr;
}

static size_t find_member(struct parse *parse, const struct shape *shape, struct slice key)
{
    for (size_t i = 0; i < shape->member_count; i++) {
        if (slice_eq(key, member_names[shape->members[i].id])) {
            return i;
        }
    }
    struct slice decoded; /* escapes in a member's name are as rare as they are legal */
    if (slice_find(key, '\\') != SLICE_NPOS && json_raw_key(parse->arena, key, &decoded) &&
        slice_find(decoded, '\\') == SLICE_NPOS) {
        return find_member(parse, shape, decoded);
    }
    return SLICE_NPOS;
}

static const struct problem *parse_record(struct parse *parse, const struct shape *shape,
                                          struct slice raw, const struct record **ret_record)
{
    const struct problem *problem = take_fields(parse, shape->member_count);
    if (problem != NULL) {
        return problem;
    }
    struct record *record = arena_alloc(
        parse->arena, sizeof(*record) + shape->member_count * sizeof(record->fields[0]));
    record->shape = shape;
    struct json_scan scan = json_scan_init(raw);
    struct slice key;
    struct slice value;
    (void)json_scan_enter(&scan, '{');
    while (problem == NULL && json_scan_member(&scan, &key, &value)) {
        size_t at = find_member(parse, shape, key);
        if (at != SLICE_NPOS) {
            problem = parse_value(parse, shape->members[at].shape, PLACE_MEMBER, value,
                                  &record->fields[at]);
        }
    }
    *ret_record = record;
    return problem;
}

/* Elements of a list or entries of a map under construction; memory doubles. */
struct collection {
    struct field *items;
    size_t count;
    size_t cap;
};

static const struct problem *add_item(struct parse *parse, struct collection *collection,
                                      struct field **ret_item)
{
    const struct problem *problem = take_fields(parse, 1);
    if (problem != NULL) {
        return problem;
    }
    if (collection->count == collection->cap) {
        size_t cap = collection->cap != 0 ? collection->cap * 2 : 4;
        struct field *wider = arena_array(parse->arena, cap, sizeof(*wider));
        if (collection->count != 0) {
            memcpy(wider, collection->items, collection->count * sizeof(*wider));
        }
        collection->items = wider;
        collection->cap = cap;
    }
    *ret_item = &collection->items[collection->count++];
    return NULL;
}

static const struct problem *parse_list(struct parse *parse, const struct shape *shape,
                                        struct slice raw, struct field *field)
{
    struct collection list = {NULL, 0, 0};
    struct json_scan scan = json_scan_init(raw);
    const struct problem *problem = NULL;
    struct slice value;
    (void)json_scan_enter(&scan, '[');
    while (problem == NULL && json_scan_element(&scan, &value)) {
        struct field *item;
        problem = add_item(parse, &list, &item);
        if (problem == NULL) {
            problem = parse_value(parse, shape->element, PLACE_ELEMENT, value, item);
        }
    }
    field->items = list.items;
    field->count = list.count;
    return problem;
}

static const struct problem *parse_map(struct parse *parse, const struct shape *shape,
                                       struct slice raw, struct field *field)
{
    struct collection map = {NULL, 0, 0};
    struct json_scan scan = json_scan_init(raw);
    const struct problem *problem = NULL;
    struct slice key;
    struct slice value;
    (void)json_scan_enter(&scan, '{');
    while (problem == NULL && json_scan_member(&scan, &key, &value)) {
        struct field *item;
        problem = add_item(parse, &map, &item);
        if (problem == NULL && json_raw_key(parse->arena, key, &item->key)) {
            problem = parse_value(parse, shape->element, PLACE_ELEMENT, value, item);
        }
    }
    field->items = map.items;
    field->count = map.count;
    return problem;
}

static const struct problem *parse_container(struct parse *parse, const struct shape *shape,
                                             enum place place, struct slice raw,
                                             struct field *field)
{
    if (raw.ptr[0] != (shape->type == FIELD_LIST ? '[' : '{')) {
        return refuse_collection(parse, shape, place, raw);
    }
    switch (shape->type) {
    case FIELD_STRUCT:
        return parse_record(parse, shape, raw, &field->record);
    case FIELD_LIST:
        return parse_list(parse, shape, raw, field);
    case FIELD_MAP:
        return parse_map(parse, shape, raw, field);
    case FIELD_ATTR:
        return attr_parse(parse->arena, raw, &field->attr);
    case FIELD_ITEM:
        return item_parse(parse->arena, raw, &field->item);
    case FIELD_STRING:
    case FIELD_INTEGER:
    case FIELD_LONG:
    case FIELD_DOUBLE:
    case FIELD_BOOL:
    case FIELD_TIMESTAMP:
        break;
    }
    return NULL;
}

/* `raw` is one valid JSON value without white space around it. */
static const struct problem *parse_value(struct parse *parse, const struct shape *shape,
                                         enum place place, struct slice raw, struct field *field)
{
    struct slice key = field->key;
    *field = (struct field){.key = key};
    if (raw.ptr[0] == 'n') {
        if (shape->type != FIELD_ATTR || place == PLACE_MEMBER) {
            return NULL;
        }
        raw = SLICE("{}"); /* an attribute value that is nothing: told when values are looked at */
    }
    field->is_set = true;
    field->raw = raw;
    switch (shape->type) {
    case FIELD_STRING:
        return parse_string(parse, raw, field);
    case FIELD_INTEGER:
    case FIELD_LONG:
        return parse_whole(parse, shape, raw, field);
    case FIELD_DOUBLE:
        return is_number(raw) ? NULL : refuse_scalar(parse, raw, "Double");
    case FIELD_BOOL:
        return parse_bool(parse, raw, field);
    case FIELD_TIMESTAMP:
        return parse_timestamp(parse, raw, field);
    case FIELD_STRUCT:
    case FIELD_LIST:
    case FIELD_MAP:
    case FIELD_ATTR:
    case FIELD_ITEM:
        break;
    }
    return parse_container(parse, shape, place, raw, field);
}

/* --- what callers see --- */

const struct problem *model_parse(struct arena *arena, const struct shape *shape, struct slice body,
                                  const struct record **ret_record)
{
    struct parse parse = {.arena = arena, .fields_left = MODEL_FIELDS_MAX};
    if (!json_validate(body, NULL)) {
        return problem_bare(PROBLEM_SERIALIZATION);
    }
    struct slice raw = slice_trim(body);
    if (raw.ptr[0] == 'n') {
        return problem_bare(PROBLEM_SERIALIZATION);
    }
    struct field input = {.is_set = false};
    const struct problem *problem = parse_value(&parse, shape, PLACE_ELEMENT, raw, &input);
    if (problem == NULL) {
        problem = constraints_check(arena, shape, input.record);
    }
    *ret_record = input.record;
    return problem;
}

const struct field *record_get(const struct record *record, enum member_id id)
{
    static const struct field absent;
    if (record != NULL) {
        for (size_t i = 0; i < record->shape->member_count; i++) {
            if (record->shape->members[i].id == id) {
                return &record->fields[i];
            }
        }
    }
    return &absent;
}

static const struct shape *find_input(const struct input *inputs, struct slice operation)
{
    for (; inputs->operation.len != 0; inputs++) {
        if (slice_eq(inputs->operation, operation)) {
            return &inputs->shape;
        }
    }
    return NULL;
}

const struct shape *model_input(struct slice operation)
{
    static const struct input *const families[] = {item_inputs, table_inputs, copy_inputs,
                                                   setting_inputs};
    const struct shape *found = NULL;
    for (size_t i = 0; found == NULL && i < sizeof(families) / sizeof(families[0]); i++) {
        found = find_input(families[i], operation);
    }
    return found;
}
