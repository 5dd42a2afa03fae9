#include "gateway/control/attribute.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/control/edit.h"
#include "gateway/control/limits.h"

const char *attribute_property(struct arena *arena, const struct attribute *attribute)
{
    if (attribute->property != NULL) {
        return attribute->property;
    }
    char *name = arena_cstr(arena, slice_from(attribute->name));
    name[0] = (char)(name[0] - ('a' - 'A'));
    return name;
}

const struct attribute *attribute_named(const struct attributes *attributes, struct slice name)
{
    for (size_t i = 0; i < attributes->count; i++) {
        if (slice_is(name, attributes->items[i].name)) {
            return &attributes->items[i];
        }
    }
    return NULL;
}

/* --- properties as the API tells them --- */

/* "pets/{id}" of "/pets/{id}", as settings name a path: with "~1" for a slash inside. */
static struct slice settings_key(struct arena *arena, struct slice path, struct slice method)
{
    AUTO_BUF key = BUF_INIT(CONTROL_JSON_MAX);
    struct slice rest = path;
    if (slice_starts_with(rest, SLICE("~1"))) {
        rest = slice_skip(rest, 2);
    }
    while (slice_starts_with(rest, SLICE("/")) || slice_starts_with(rest, SLICE("~1"))) {
        rest = slice_skip(rest, rest.ptr[0] == '/' ? 1 : 2);
    }
    for (size_t i = 0; i < rest.len; i++) {
        buf_append(&key, rest.ptr[i] == '/' ? SLICE("~1") : slice_of(rest.ptr + i, 1));
    }
    if (key.len == 0) {
        buf_append_text(&key, "~1"); /* the root */
    }
    buf_append_char(&key, '/');
    buf_append(&key, method);
    return arena_copy(arena, buf_slice(&key));
}

static void write_keyed(struct json_writer *w, struct arena *arena,
                        const struct attribute *attribute, struct slice list)
{
    bool is_settings = attribute->form == FORM_SETTINGS;
    struct json_scan scan = json_scan_array(list);
    json_open(w, '{');
    for (struct slice item; json_scan_element(&scan, &item);) {
        struct slice key;
        if (is_settings) {
            key = settings_key(arena, json_text_of(arena, json_raw_member(item, "ResourcePath")),
                               json_text_of(arena, json_raw_member(item, "HttpMethod")));
        } else {
            const struct attribute *by =
                attribute_named(attribute->inside, slice_from(attribute->inside->key));
            key = json_text_of(arena, json_raw_member(item, attribute_property(arena, by)));
        }
        json_write_key(w, key);
        json_open(w, '{');
        properties_write(w, arena, attribute->inside, item);
        json_close(w, '}');
    }
    json_close(w, '}');
}

static void write_tags(struct json_writer *w, struct arena *arena, struct slice raw)
{
    struct slice key, name, value;
    json_open(w, '{');
    struct json_scan list = json_scan_array(raw);
    for (struct slice item; json_scan_element(&list, &item);) {
        json_write_key(w, json_text_of(arena, json_raw_member(item, "Key")));
        json_write_string(w, json_text_of(arena, json_raw_member(item, "Value")));
    }
    for (struct json_scan map = json_scan_object(raw); json_scan_member(&map, &key, &value);) {
        if (json_raw_key(arena, key, &name)) {
            json_write_key(w, name);
            json_write_string(w, json_text_of(arena, value));
        }
    }
    json_close(w, '}');
}

static void write_texts(struct json_writer *w, struct arena *arena, struct slice raw)
{
    json_open(w, '[');
    if (json_raw_kind(raw) != JSON_ARRAY) {
        json_write_string(w, json_text_of(arena, raw));
    }
    struct json_scan scan = json_scan_array(raw);
    for (struct slice item; json_scan_element(&scan, &item);) {
        json_write_string(w, json_text_of(arena, item));
    }
    json_close(w, ']');
}

static void write_comma_text(struct json_writer *w, struct arena *arena, struct slice raw)
{
    AUTO_BUF text = BUF_INIT(CONTROL_JSON_MAX);
    struct json_scan scan = json_scan_array(raw);
    if (json_raw_kind(raw) != JSON_ARRAY) {
        buf_append(&text, json_text_of(arena, raw));
    }
    for (struct slice item; json_scan_element(&scan, &item);) {
        buf_append_text(&text, text.len > 0 ? "," : "");
        buf_append(&text, json_text_of(arena, item));
    }
    json_write_string(w, buf_slice(&text));
}

/* A map of texts, or of booleans. */
static void write_map(struct json_writer *w, struct arena *arena, struct slice raw, bool is_bool)
{
    struct slice key, name, value;
    json_open(w, '{');
    for (struct json_scan map = json_scan_object(raw); json_scan_member(&map, &key, &value);) {
        if (!json_raw_key(arena, key, &name)) {
            continue;
        }
        json_write_key(w, name);
        if (is_bool) {
            json_write_bool(w, slice_ieq(json_text_of(arena, value), SLICE("true")));
        } else if (json_raw_kind(value) == JSON_NULL) {
            json_write_null(w);
        } else {
            json_write_string(w, json_text_of(arena, value));
        }
    }
    json_close(w, '}');
}

static void write_destinations(struct json_writer *w, struct arena *arena, struct slice raw)
{
    struct slice key, name, value;
    json_open(w, '{');
    for (struct json_scan map = json_scan_object(raw); json_scan_member(&map, &key, &value);) {
        struct slice list = json_raw_member(value, "ResponseParameters");
        if (!json_raw_key(arena, key, &name)) {
            continue;
        }
        json_write_key(w, name);
        if (list.ptr == NULL) {
            json_write_raw(w, value);
            continue;
        }
        json_open(w, '{');
        struct json_scan scan = json_scan_array(list);
        for (struct slice item; json_scan_element(&scan, &item);) {
            json_write_key(w, json_text_of(arena, json_raw_member(item, "Destination")));
            json_write_string(w, json_text_of(arena, json_raw_member(item, "Source")));
        }
        json_close(w, '}');
    }
    json_close(w, '}');
}

static void write_structs(struct json_writer *w, struct arena *arena,
                          const struct attribute *attribute, struct slice raw)
{
    struct slice key, name, value;
    bool is_list = attribute->form == FORM_LIST;
    json_open(w, is_list ? '[' : '{');
    for (struct json_scan map = json_scan_object(raw);
         !is_list && json_scan_member(&map, &key, &value);) {
        if (json_raw_key(arena, key, &name)) {
            json_write_key(w, name);
            json_open(w, '{');
            properties_write(w, arena, attribute->inside, value);
            json_close(w, '}');
        }
    }
    for (struct json_scan list = json_scan_array(raw);
         is_list && json_scan_element(&list, &value);) {
        json_open(w, '{');
        properties_write(w, arena, attribute->inside, value);
        json_close(w, '}');
    }
    json_close(w, is_list ? ']' : '}');
}

static bool is_number(struct slice text)
{
    double number;
    return slice_to_double(text, &number);
}

/* {} or []: as if it was not there. */
static bool is_empty(struct slice raw)
{
    struct slice inside = slice_trim(raw);
    return inside.len >= 2 && (inside.ptr[0] == '{' || inside.ptr[0] == '[') &&
           slice_trim(slice_take(slice_skip(inside, 1), inside.len - 2)).len == 0;
}

/* Whether the property can be told at all: a stand-in for what nobody knows here cannot. */
static bool is_told(struct arena *arena, const struct attribute *attribute, struct slice raw)
{
    if (raw.ptr == NULL || json_raw_kind(raw) == JSON_NULL || is_empty(raw)) {
        return false;
    }
    enum json_kind kind = json_raw_kind(raw);
    switch (attribute->form) {
    case FORM_INTEGER:
    case FORM_DOUBLE:
        return is_number(json_text_of(arena, raw));
    case FORM_TEXT:
    case FORM_BOOL:
        return kind != JSON_OBJECT && kind != JSON_ARRAY;
    case FORM_TEXT_MAP:
    case FORM_BOOL_MAP:
    case FORM_STRUCT:
    case FORM_MAP:
    case FORM_DESTINATIONS:
        return kind == JSON_OBJECT;
    case FORM_LIST:
    case FORM_KEYED:
    case FORM_SETTINGS:
        return kind == JSON_ARRAY;
    case FORM_TAGS:
    case FORM_TEXTS:
    case FORM_COMMA_TEXT:
    case FORM_JSON_TEXT:
        break;
    }
    return true;
}

static void write_value(struct json_writer *w, struct arena *arena,
                        const struct attribute *attribute, struct slice raw)
{
    double number;
    switch (attribute->form) {
    case FORM_TEXT:
    case FORM_JSON_TEXT:
        json_write_string(w, json_text_of(arena, raw));
        break;
    case FORM_BOOL:
        json_write_bool(w, slice_ieq(json_text_of(arena, raw), SLICE("true")));
        break;
    case FORM_INTEGER:
    case FORM_DOUBLE:
        if (slice_to_double(json_text_of(arena, raw), &number)) {
            json_write_double(w, number);
        }
        break;
    case FORM_TEXTS:
        write_texts(w, arena, raw);
        break;
    case FORM_COMMA_TEXT:
        write_comma_text(w, arena, raw);
        break;
    case FORM_TEXT_MAP:
    case FORM_BOOL_MAP:
        write_map(w, arena, raw, attribute->form == FORM_BOOL_MAP);
        break;
    case FORM_STRUCT:
        json_open(w, '{');
        properties_write(w, arena, attribute->inside, raw);
        json_close(w, '}');
        break;
    case FORM_LIST:
    case FORM_MAP:
        write_structs(w, arena, attribute, raw);
        break;
    case FORM_KEYED:
    case FORM_SETTINGS:
        write_keyed(w, arena, attribute, raw);
        break;
    case FORM_TAGS:
        write_tags(w, arena, raw);
        break;
    case FORM_DESTINATIONS:
        write_destinations(w, arena, raw);
        break;
    }
}

void properties_write(struct json_writer *w, struct arena *arena,
                      const struct attributes *attributes, struct slice properties)
{
    for (size_t i = 0; i < attributes->count; i++) {
        const struct attribute *attribute = &attributes->items[i];
        struct slice raw = json_raw_member(properties, attribute_property(arena, attribute));
        if (is_told(arena, attribute, raw)) {
            json_key_text(w, attribute->name);
            write_value(w, arena, attribute, raw);
        } else if (attribute->absent != NULL) {
            json_key_text(w, attribute->name);
            json_write_raw(w, slice_from(attribute->absent));
        }
    }
}
