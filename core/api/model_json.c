/* Records from JSON. */
#include "core/api/model_private.h"
#include "core/encode.h"
#include "core/json_scan.h"

#include <math.h>
#include <stdlib.h>

static const struct model_fault *parse_value(struct model_parse *parse, const struct shape *shape,
                                             bool is_element, struct slice raw,
                                             struct field *field);

/* --- wrong types --- */

static struct slice java_class(struct slice raw)
{
    switch (raw.ptr[0]) {
    case '"':
        return SLICE("java.lang.String");
    case 't':
    case 'f':
        return SLICE("java.lang.Boolean");
    default:
        return SLICE("java.math.BigDecimal");
    }
}

static struct slice usual_words(struct arena *arena, const struct shape *shape, struct slice raw)
{
    static const char *const types[] = {
        [FIELD_STRING] = "an String", [FIELD_INTEGER] = "an Integer",
        [FIELD_LONG] = "an Long",     [FIELD_DOUBLE] = "an Double",
        [FIELD_BOOL] = "an Boolean",  [FIELD_TIMESTAMP] = "milliseconds since epoch",
        [FIELD_BLOB] = "a Blob",
    };
    if (raw.ptr[0] == '{') {
        return SLICE("Start of structure or map found where not expected.");
    }
    if (raw.ptr[0] == '[') {
        return SLICE("Start of list found where not expected");
    }
    switch (shape->type) {
    case FIELD_LIST:
        return SLICE("Expected list or null");
    case FIELD_MAP:
        return SLICE("Expected map or null");
    case FIELD_STRUCT:
    case FIELD_OWN:
    case FIELD_DOCUMENT:
        return SLICE("Expected null");
    case FIELD_BOOL:
    case FIELD_BLOB:
        if (raw.ptr[0] == '"') {
            return arena_printf(arena, "'%.*s' can not be converted to %s", (int)raw.len - 2,
                                raw.ptr + 1, types[shape->type]);
        }
        break;
    case FIELD_STRING:
    case FIELD_INTEGER:
    case FIELD_LONG:
    case FIELD_DOUBLE:
    case FIELD_TIMESTAMP:
        break;
    }
    return arena_printf(arena, "class %.*s can not be converted to %s", SLICE_ARG(java_class(raw)),
                        types[shape->type]);
}

static const struct model_fault *refuse(struct model_parse *parse, const struct shape *shape,
                                        bool is_element, struct slice raw)
{
    const struct model_hooks *hooks = parse->model->hooks;
    struct slice words = hooks != NULL && hooks->wrong_type != NULL
                             ? hooks->wrong_type(parse->arena, shape, is_element, raw)
                             : usual_words(parse->arena, shape, raw);
    return model_fault_of(parse->arena, MODEL_SERIALIZATION, words);
}

/* --- scalars --- */

static bool is_number(struct slice raw)
{
    return raw.ptr[0] == '-' || (raw.ptr[0] >= '0' && raw.ptr[0] <= '9');
}

/* Any JSON number as a double; `raw` is not NUL-terminated. */
static double to_double(struct model_parse *parse, struct slice raw)
{
    return strtod(arena_cstr(parse->arena, raw), NULL);
}

/* Fractions go, what does not fit stays at the end of the range. */
static int64_t to_whole(struct model_parse *parse, struct slice raw)
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

static int64_t to_integer(struct model_parse *parse, struct slice raw)
{
    int64_t whole = to_whole(parse, raw);
    return whole > INT32_MAX ? INT32_MAX : whole < INT32_MIN ? INT32_MIN : whole;
}

static int64_t to_ms(struct model_parse *parse, struct slice raw)
{
    double ms = floor(to_double(parse, raw) * 1000 + 0.5);
    const double most = 1e15; /* the year 33658 */
    return (int64_t)(ms > most ? most : ms < -most ? -most : ms);
}

/* False when `raw` is no number. */
static bool take_number(struct model_parse *parse, const struct shape *shape, struct slice raw,
                        struct field *field)
{
    if (!is_number(raw)) {
        return false;
    }
    if (shape->type == FIELD_DOUBLE) {
        field->real = to_double(parse, raw);
    } else if (shape->type == FIELD_TIMESTAMP) {
        field->number = to_ms(parse, raw);
    } else {
        field->number =
            shape->type == FIELD_INTEGER ? to_integer(parse, raw) : to_whole(parse, raw);
    }
    return true;
}

static bool take_bool(struct slice raw, struct field *field)
{
    field->flag = raw.ptr[0] == 't';
    return raw.ptr[0] == 't' || raw.ptr[0] == 'f';
}

static bool take_blob(struct model_parse *parse, struct slice raw, struct field *field)
{
    struct slice text;
    if (raw.ptr[0] != '"' || !json_raw_string(parse->arena, raw, &text)) {
        return false;
    }
    AUTO_BUF bytes = BUF_INIT(text.len);
    if (!base64_decode(&bytes, text)) {
        return false;
    }
    field->text = arena_copy(parse->arena, buf_slice(&bytes));
    return true;
}

static const struct model_fault *parse_scalar(struct model_parse *parse, const struct shape *shape,
                                              bool is_element, struct slice raw,
                                              struct field *field)
{
    bool is_taken = false;
    if (shape->type == FIELD_STRING) {
        is_taken = raw.ptr[0] == '"' && json_raw_string(parse->arena, raw, &field->text);
    } else if (shape->type == FIELD_BLOB) {
        is_taken = take_blob(parse, raw, field);
    } else if (shape->type == FIELD_BOOL) {
        is_taken = take_bool(raw, field);
    } else {
        is_taken = take_number(parse, shape, raw, field);
    }
    const struct model_hooks *hooks = parse->model->hooks;
    if (!is_taken && hooks != NULL && hooks->convert != NULL) {
        is_taken = hooks->convert(shape, raw, field);
    }
    return is_taken ? NULL : refuse(parse, shape, is_element, raw);
}

/* --- structures, lists, maps --- */

static size_t find_member(struct model_parse *parse, const struct shape *shape, struct slice key)
{
    const struct slice *names = parse->model->names;
    for (size_t i = 0; i < shape->member_count; i++) {
        if (slice_eq(key, names[shape->members[i].id])) {
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

static const struct model_fault *parse_record(struct model_parse *parse, const struct shape *shape,
                                              struct slice raw, struct record **ret_record)
{
    struct record *record = model_record(parse, shape);
    if (record == NULL) {
        return model_too_much(parse);
    }
    const struct model_fault *fault = NULL;
    struct json_scan scan = json_scan_init(raw);
    struct slice key;
    struct slice value;
    (void)json_scan_enter(&scan, '{');
    while (fault == NULL && json_scan_member(&scan, &key, &value)) {
        size_t at = find_member(parse, shape, key);
        if (at != SLICE_NPOS && shape->members[at].from == FROM_BODY) {
            fault = parse_value(parse, shape->members[at].shape, false, value, &record->fields[at]);
        }
    }
    *ret_record = record;
    return fault;
}

static const struct model_fault *parse_list(struct model_parse *parse, const struct shape *shape,
                                            struct slice raw, struct field *field)
{
    struct model_items list = {NULL, 0, 0};
    struct json_scan scan = json_scan_init(raw);
    const struct model_fault *fault = NULL;
    struct slice value;
    (void)json_scan_enter(&scan, '[');
    while (fault == NULL && json_scan_element(&scan, &value)) {
        struct field *item = model_add_item(parse, &list);
        fault = item == NULL ? model_too_much(parse)
                             : parse_value(parse, shape->element, true, value, item);
    }
    field->items = list.items;
    field->count = list.count;
    return fault;
}

static const struct model_fault *parse_map(struct model_parse *parse, const struct shape *shape,
                                           struct slice raw, struct field *field)
{
    struct model_items map = {NULL, 0, 0};
    struct json_scan scan = json_scan_init(raw);
    const struct model_fault *fault = NULL;
    struct slice key;
    struct slice value;
    (void)json_scan_enter(&scan, '{');
    while (fault == NULL && json_scan_member(&scan, &key, &value)) {
        struct field *item = model_add_item(parse, &map);
        if (item == NULL) {
            fault = model_too_much(parse);
        } else if (json_raw_key(parse->arena, key, &item->key)) {
            fault = parse_value(parse, shape->element, true, value, item);
        }
    }
    field->items = map.items;
    field->count = map.count;
    return fault;
}

static const struct model_fault *parse_collection(struct model_parse *parse,
                                                  const struct shape *shape, bool is_element,
                                                  struct slice raw, struct field *field)
{
    if (raw.ptr[0] != (shape->type == FIELD_LIST ? '[' : '{')) {
        return refuse(parse, shape, is_element, raw);
    }
    if (shape->type == FIELD_LIST) {
        return parse_list(parse, shape, raw, field);
    }
    if (shape->type == FIELD_MAP) {
        return parse_map(parse, shape, raw, field);
    }
    struct record *record = NULL;
    const struct model_fault *fault = parse_record(parse, shape, raw, &record);
    field->record = record;
    return fault;
}

/* `raw` is one valid JSON value without white space around it. */
static const struct model_fault *parse_value(struct model_parse *parse, const struct shape *shape,
                                             bool is_element, struct slice raw, struct field *field)
{
    struct slice key = field->key;
    *field = (struct field){.key = key};
    if (raw.ptr[0] == 'n') {
        if (shape->own == NULL || shape->own->null_element == NULL || !is_element) {
            return NULL;
        }
        raw = slice_from(shape->own->null_element);
    }
    field->is_set = true;
    field->raw = raw;
    switch (shape->type) {
    case FIELD_STRUCT:
    case FIELD_LIST:
    case FIELD_MAP:
        return parse_collection(parse, shape, is_element, raw, field);
    case FIELD_OWN:
        return shape->own->parse(parse->arena, shape, is_element, raw, &field->own);
    case FIELD_DOCUMENT:
        return NULL;
    case FIELD_STRING:
    case FIELD_INTEGER:
    case FIELD_LONG:
    case FIELD_DOUBLE:
    case FIELD_BOOL:
    case FIELD_TIMESTAMP:
    case FIELD_BLOB:
        break;
    }
    return parse_scalar(parse, shape, is_element, raw, field);
}

const struct model_fault *model_json_record(struct model_parse *parse, const struct shape *shape,
                                            struct slice body, struct record **ret_record)
{
    static const struct model_fault not_json = {.kind = MODEL_SERIALIZATION};
    struct slice raw = slice_trim(body);
    if (!json_validate(raw, NULL) || raw.ptr[0] == 'n') {
        return &not_json;
    }
    if (raw.ptr[0] != '{') {
        return refuse(parse, shape, true, raw);
    }
    return parse_record(parse, shape, raw, ret_record);
}

const struct model_fault *model_parse_json(const struct model *model, struct arena *arena,
                                           const struct shape *shape, struct slice body,
                                           const struct record **ret_record)
{
    struct model_parse parse = {model, arena, MODEL_FIELDS_MAX};
    struct record *record = NULL;
    const struct model_fault *fault = model_json_record(&parse, shape, body, &record);
    *ret_record = record;
    return fault != NULL ? fault : model_constraints(model, arena, shape, record);
}
