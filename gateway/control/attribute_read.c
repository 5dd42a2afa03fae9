/* Requests as properties: every value is of its attribute's type, and one that it may have. */
#include "gateway/control/attribute.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/control/edit.h"
#include "gateway/control/limits.h"

struct reading {
    struct arena *arena;
    struct objection *objection;
};

static bool read_value(const struct reading *r, const struct attribute *attribute, struct slice raw,
                       struct slice base, struct slice place, struct slice *ret_raw);

static struct slice inside(const struct reading *r, struct slice place, struct slice name)
{
    return arena_printf(r->arena, "%.*s.%.*s", SLICE_ARG(place), SLICE_ARG(name));
}

static bool want(const struct reading *r, struct slice raw, enum json_kind kind, struct slice place)
{
    static const char *const names[] = {
        [JSON_NULL] = "null",       [JSON_BOOL] = "true or false", [JSON_NUMBER] = "a number",
        [JSON_STRING] = "a string", [JSON_ARRAY] = "a list",       [JSON_OBJECT] = "an object"};
    return json_raw_kind(raw) == kind || objection_type(r->objection, place, names[kind]);
}

/* "[A, B]" */
static bool is_among(const char *values, struct slice value)
{
    struct slice rest = slice_skip(slice_from(values), 1), part;
    while (slice_split(&rest, ',', &part)) {
        part = slice_trim(part);
        if (slice_ends_with(part, SLICE("]"))) {
            part = slice_take(part, part.len - 1);
        }
        if (slice_eq(part, value)) {
            return true;
        }
    }
    return false;
}

static bool read_text(const struct reading *r, const struct attribute *attribute, struct slice raw,
                      struct slice place)
{
    if (!want(r, raw, JSON_STRING, place)) {
        return false;
    }
    struct slice text = json_text_of(r->arena, raw);
    return attribute->values == NULL || is_among(attribute->values, text) ||
           objection_value(r->objection, text, place, attribute->values);
}

static bool read_texts(const struct reading *r, const struct attribute *attribute, struct slice raw,
                       struct slice place)
{
    if (!want(r, raw, JSON_ARRAY, place)) {
        return false;
    }
    struct json_scan scan = json_scan_array(raw);
    for (struct slice item; json_scan_element(&scan, &item);) {
        if (!read_text(r, attribute, item, place)) {
            return false;
        }
    }
    return true;
}

/* Of texts, or of booleans; null is nothing. */
static bool read_map(const struct reading *r, struct slice raw, enum json_kind kind,
                     struct slice place)
{
    struct slice key, name, value;
    if (!want(r, raw, JSON_OBJECT, place)) {
        return false;
    }
    for (struct json_scan map = json_scan_object(raw); json_scan_member(&map, &key, &value);) {
        if (json_raw_kind(value) != JSON_NULL && json_raw_key(r->arena, key, &name) &&
            !want(r, value, kind, inside(r, place, name))) {
            return false;
        }
    }
    return true;
}

static bool read_struct(const struct reading *r, const struct attribute *attribute,
                        struct slice raw, struct slice base, struct slice place,
                        struct slice *ret_raw)
{
    return want(r, raw, JSON_OBJECT, place) &&
           properties_read(r->arena, attribute->inside, raw, base, place, ret_raw, r->objection);
}

/* Lists, maps and keyed maps of structs. */
static bool read_structs(const struct reading *r, const struct attribute *attribute,
                         struct slice raw, struct slice place, struct slice *ret_raw)
{
    bool is_list = attribute->form == FORM_LIST;
    bool is_map = attribute->form == FORM_MAP;
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    struct slice key, name, value, properties;
    if (!want(r, raw, is_list ? JSON_ARRAY : JSON_OBJECT, place)) {
        return false;
    }
    json_open(&w, is_map ? '{' : '[');
    for (struct json_scan map = json_scan_object(raw); json_scan_member(&map, &key, &value);) {
        if (!json_raw_key(r->arena, key, &name)) {
            continue;
        }
        if (!read_struct(r, attribute, value, SLICE_NULL, inside(r, place, name), &properties)) {
            return false;
        }
        if (is_map) {
            json_write_key(&w, name);
        }
        json_write_raw(&w, properties);
    }
    for (struct json_scan list = json_scan_array(raw); json_scan_element(&list, &value);) {
        if (!read_struct(r, attribute, value, SLICE_NULL, place, &properties)) {
            return false;
        }
        json_write_raw(&w, properties);
    }
    json_close(&w, is_map ? '}' : ']');
    *ret_raw = arena_copy(r->arena, buf_slice(&out));
    return true;
}

/* As the JSON it holds, if it holds any. */
static bool read_json_text(const struct reading *r, struct slice raw, struct slice place,
                           struct slice *ret_raw)
{
    if (!want(r, raw, JSON_STRING, place)) {
        return false;
    }
    struct slice text = json_text_of(r->arena, raw);
    bool is_json = json_validate(text, NULL) && json_raw_kind(slice_trim(text)) == JSON_OBJECT;
    *ret_raw = is_json ? slice_trim(text) : raw;
    return true;
}

static bool read_value(const struct reading *r, const struct attribute *attribute, struct slice raw,
                       struct slice base, struct slice place, struct slice *ret_raw)
{
    *ret_raw = raw;
    switch (attribute->form) {
    case FORM_TEXT:
    case FORM_COMMA_TEXT:
        return read_text(r, attribute, raw, place);
    case FORM_BOOL:
        return want(r, raw, JSON_BOOL, place);
    case FORM_INTEGER:
    case FORM_DOUBLE:
        return want(r, raw, JSON_NUMBER, place);
    case FORM_TEXTS:
        return read_texts(r, attribute, raw, place);
    case FORM_TAGS:
    case FORM_TEXT_MAP:
        return read_map(r, raw, JSON_STRING, place);
    case FORM_BOOL_MAP:
        return read_map(r, raw, JSON_BOOL, place);
    case FORM_DESTINATIONS:
        return read_map(r, raw, JSON_OBJECT, place);
    case FORM_JSON_TEXT:
        return read_json_text(r, raw, place, ret_raw);
    case FORM_STRUCT:
        return read_struct(r, attribute, raw, base, place, ret_raw);
    case FORM_LIST:
    case FORM_MAP:
    case FORM_KEYED:
    case FORM_SETTINGS:
        return read_structs(r, attribute, raw, place, ret_raw);
    }
    return true;
}

bool properties_read(struct arena *arena, const struct attributes *attributes, struct slice json,
                     struct slice base, struct slice place, struct slice *ret_properties,
                     struct objection *reterr)
{
    const struct reading r = {arena, reterr};
    struct slice properties = base.len > 0 ? base : SLICE("{}");
    for (size_t i = 0; i < attributes->count; i++) {
        const struct attribute *attribute = &attributes->items[i];
        struct slice name = slice_from(attribute->name);
        struct slice property = slice_from(attribute_property(arena, attribute));
        struct slice raw = json_raw_member(json, attribute->name), value = SLICE_NULL;
        if (raw.ptr == NULL) {
            continue;
        }
        if (json_raw_kind(raw) != JSON_NULL &&
            !read_value(&r, attribute, raw, json_raw_member(properties, property.ptr),
                        inside(&r, place, name), &value)) {
            return false;
        }
        properties = edit_member(arena, properties, property, value);
    }
    *ret_properties = properties;
    return true;
}
