#include "gateway/control/reprint.h"

#include "core/json_scan.h"
#include "core/json_writer.h"

static void indent(struct buf *out, size_t depth)
{
    buf_append_char(out, '\n');
    for (size_t i = 0; i < depth; i++) {
        buf_append_text(out, "  ");
    }
}

static bool has_something(struct slice raw)
{
    struct slice key, value;
    struct json_scan object = json_scan_object(raw), array = json_scan_array(raw);
    return json_scan_member(&object, &key, &value) || json_scan_element(&array, &value);
}

/* --- JSON --- */

static void print_json(struct buf *out, struct slice raw, size_t depth)
{
    enum json_kind kind = json_raw_kind(raw);
    struct slice key, value;
    bool is_first = true;
    if ((kind != JSON_OBJECT && kind != JSON_ARRAY) || depth > REPRINT_DEPTH_MAX) {
        buf_append(out, slice_trim(raw));
        return;
    }
    if (!has_something(raw)) {
        buf_append_text(out, kind == JSON_OBJECT ? "{ }" : "[ ]");
        return;
    }
    buf_append_char(out, kind == JSON_OBJECT ? '{' : '[');
    for (struct json_scan scan = json_scan_object(raw); json_scan_member(&scan, &key, &value);) {
        buf_append_text(out, is_first ? "" : ",");
        is_first = false;
        indent(out, depth + 1);
        buf_printf(out, "\"%.*s\" : ", SLICE_ARG(key));
        print_json(out, value, depth + 1);
    }
    for (struct json_scan scan = json_scan_array(raw); json_scan_element(&scan, &value);) {
        buf_append_text(out, is_first ? " " : ", ");
        is_first = false;
        print_json(out, value, depth);
    }
    if (kind == JSON_OBJECT) {
        indent(out, depth);
    }
    buf_append_text(out, kind == JSON_OBJECT ? "}" : " ]");
}

void reprint_json(struct buf *out, struct slice json)
{
    print_json(out, json, 0);
    buf_append_char(out, '\n');
}

/* --- YAML --- */

/* A name that needs no quotes: no indicator in it, and nothing that reads as a number or a word of YAML. */
static bool is_plain(struct slice text)
{
    bool has_letter = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        has_letter |= is_letter;
        if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && (c != '-' || i == 0) &&
            (c != '.' || i == 0) && (c != '/' || text.len == 1)) {
            return false;
        }
    }
    static const char *const words[] = {"true", "false", "null", "yes", "no",
                                        "on",   "off",   "y",    "n"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (slice_ieq(text, slice_from(words[i]))) {
            return false;
        }
    }
    return has_letter && !(text.ptr[0] >= '0' && text.ptr[0] <= '9');
}

/* JSON's escapes are YAML's, between double quotes. */
static void print_text(struct buf *out, struct slice text)
{
    struct json_writer w = json_writer_init(out);
    json_write_string(&w, text);
}

static void print_yaml(struct buf *out, struct arena *arena, struct slice raw, size_t depth,
                       bool is_in_list)
{
    enum json_kind kind = json_raw_kind(raw);
    struct slice key, value, name;
    if ((kind != JSON_OBJECT && kind != JSON_ARRAY) || depth > REPRINT_DEPTH_MAX ||
        !has_something(raw)) {
        if (kind == JSON_STRING) {
            print_text(out, json_text_of(arena, raw));
        } else {
            buf_append(out, kind == JSON_OBJECT && depth <= REPRINT_DEPTH_MAX  ? SLICE("{}")
                            : kind == JSON_ARRAY && depth <= REPRINT_DEPTH_MAX ? SLICE("[]")
                                                                               : slice_trim(raw));
        }
        return;
    }
    bool is_first = true;
    for (struct json_scan scan = json_scan_object(raw); json_scan_member(&scan, &key, &value);) {
        if (!json_raw_key(arena, key, &name)) {
            continue;
        }
        if (!is_first || !is_in_list) {
            if (out->len > 0) {
                indent(out, depth);
            }
        }
        is_first = false;
        if (is_plain(name)) {
            buf_append(out, name);
        } else {
            print_text(out, name);
        }
        buf_append_char(out, ':');
        bool is_list = json_raw_kind(value) == JSON_ARRAY && has_something(value);
        bool is_map = json_raw_kind(value) == JSON_OBJECT && has_something(value);
        if (!is_list && !is_map) {
            buf_append_char(out, ' ');
        }
        print_yaml(out, arena, value, is_list ? depth : depth + 1, false);
    }
    for (struct json_scan scan = json_scan_array(raw); json_scan_element(&scan, &value);) {
        if (out->len > 0) {
            indent(out, depth);
        }
        buf_append_text(out, "- ");
        print_yaml(out, arena, value, depth + 1, true);
    }
}

void reprint_yaml(struct buf *out, struct arena *arena, struct slice json)
{
    buf_append_text(out, "---");
    print_yaml(out, arena, json, 0, false);
    buf_append_char(out, '\n');
}
