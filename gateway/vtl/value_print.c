/* Values as text: Java's toString(), and JSON. */
#include "gateway/vtl/value.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "gateway/vtl/run.h"

#include <math.h>

/* --- numbers --- */

/* "-1.2345E-10": the shortest digits that read back, as "d.ddd" from 0.001 to 10 million, else with an exponent. */
static void print_double(struct buf *out, double number)
{
    char text[40];
    if (isnan(number) || isinf(number)) {
        buf_append_text(out, isnan(number) ? "NaN" : number < 0 ? "-Infinity" : "Infinity");
        return;
    }
    int precision = 0;
    do {
        (void)snprintf(text, sizeof(text), "%.*e", precision, fabs(number));
    } while (precision++ < 17 && strtod(text, NULL) != fabs(number));
    /* "d.dddde+xx" */
    char digits[24];
    int count = 0;
    char *exponent_text = strchr(text, 'e');
    for (const char *c = text; c < exponent_text; c++) {
        if (*c != '.') {
            digits[count++] = *c;
        }
    }
    int exponent = (int)strtol(exponent_text + 1, NULL, 10);
    buf_append(out, signbit(number) ? SLICE("-") : SLICE(""));
    bool is_plain = number == 0 || (exponent >= -3 && exponent < 7);
    int point = is_plain ? exponent + 1 : 1; /* digits before it */
    if (point <= 0) {
        buf_append_text(out, "0.");
        for (; point < 0; point++) {
            buf_append_char(out, '0');
        }
        buf_append(out, slice_of(digits, (size_t)count));
        return;
    }
    for (int i = 0; i < point || i < count; i++) {
        buf_append(out, i == point ? SLICE(".") : SLICE(""));
        buf_append_char(out, i < count ? digits[i] : '0');
    }
    buf_append(out, count <= point ? SLICE(".0") : SLICE(""));
    if (!is_plain) {
        buf_printf(out, "E%d", exponent);
    }
}

/* --- nesting --- */

static bool enter(struct vtl_run *run, struct buf *out)
{
    if (run->value_depth == VTL_VALUE_DEPTH_MAX) {
        vtl_fail(run, STATUS_LIMIT, "maps and lists may nest %u levels", VTL_VALUE_DEPTH_MAX);
    }
    if (!vtl_spend(run, 0) || out->is_full) {
        return false;
    }
    run->value_depth++;
    return true;
}

/* --- JSON --- */

/* Without the blanks between tokens. */
static void append_compact(struct buf *out, struct slice json)
{
    const char *at = json.ptr, *end = json.ptr + json.len, *start = at;
    bool is_in_text = false;
    for (; at < end; at++) {
        if (is_in_text && *at == '\\') {
            at++;
        } else if (*at == '"') {
            is_in_text = !is_in_text;
        } else if (!is_in_text && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
            buf_append(out, slice_of(start, (size_t)(at - start)));
            start = at + 1;
        }
    }
    buf_append(out, slice_of(start, (size_t)(end - start)));
}

static void append_quoted(struct buf *out, struct slice text)
{
    buf_append_char(out, '"');
    json_escape(out, text);
    buf_append_char(out, '"');
}

static void print_raw(struct vtl_run *run, struct buf *out, struct slice raw)
{
    if (vtl_spend(run, raw.len)) {
        append_compact(out, raw);
    }
}

static void print_json_list(struct vtl_run *run, struct buf *out, struct vtl_list *list)
{
    if (list->raw.ptr != NULL) {
        print_raw(run, out, list->raw);
        return;
    }
    buf_append_char(out, '[');
    for (size_t i = 0; i < list->count && vtl_is_on(run); i++) {
        buf_append(out, i > 0 ? SLICE(",") : SLICE(""));
        vtl_print_json(run, out, list->items[i]);
    }
    buf_append_char(out, ']');
}

static void print_json_entry(struct vtl_run *run, struct buf *out, const struct vtl_entry *entry)
{
    append_quoted(out, vtl_text(run, entry->key));
    buf_append_char(out, ':');
    vtl_print_json(run, out, entry->value);
}

static void print_json_map(struct vtl_run *run, struct buf *out, struct vtl_map *map)
{
    if (map->raw.ptr != NULL) {
        print_raw(run, out, map->raw);
        return;
    }
    buf_append_char(out, '{');
    for (size_t i = 0; i < map->count && vtl_is_on(run); i++) {
        buf_append(out, i > 0 ? SLICE(",") : SLICE(""));
        print_json_entry(run, out, map->entries[i]);
    }
    buf_append_char(out, '}');
}

void vtl_print_json(struct vtl_run *run, struct buf *out, struct vtl_value value)
{
    if (!enter(run, out)) {
        return;
    }
    if (value.kind == VTL_LIST) {
        print_json_list(run, out, value.of.list);
    } else if (value.kind == VTL_MAP) {
        print_json_map(run, out, value.of.map);
    } else if (value.kind == VTL_NULL) {
        buf_append_text(out, "null");
    } else if (vtl_is_number(value) || value.kind == VTL_BOOLEAN) {
        vtl_print(run, out, value);
    } else {
        append_quoted(out, vtl_text(run, value));
    }
    run->value_depth--;
}

/* --- toString() --- */

/* Inside of something else null is a word, and what contains itself says so. */
static void print_inside(struct vtl_run *run, struct buf *out, struct vtl_value value,
                         const void *outside, const char *outside_name)
{
    bool is_outside = (value.kind == VTL_MAP && value.of.map == outside) ||
                      (value.kind == VTL_LIST && value.of.list == outside);
    if (is_outside || value.kind == VTL_NULL) {
        buf_append_text(out, is_outside ? outside_name : "null");
        return;
    }
    vtl_print(run, out, value);
}

static void print_list(struct vtl_run *run, struct buf *out, struct vtl_list *list)
{
    size_t count = vtl_list_count(run, list);
    buf_append_char(out, '[');
    for (size_t i = 0; i < count && vtl_is_on(run); i++) {
        buf_append(out, i > 0 ? SLICE(", ") : SLICE(""));
        print_inside(run, out, list->items[i], list, "(this Collection)");
    }
    buf_append_char(out, ']');
}

static void print_entry(struct vtl_run *run, struct buf *out, const struct vtl_entry *entry,
                        const struct vtl_map *map)
{
    print_inside(run, out, entry->key, map, "(this Map)");
    buf_append_char(out, '=');
    print_inside(run, out, entry->value, map, "(this Map)");
}

static void print_map(struct vtl_run *run, struct buf *out, struct vtl_map *map)
{
    size_t count = vtl_map_count(run, map);
    buf_append_char(out, '{');
    for (size_t i = 0; i < count && vtl_is_on(run); i++) {
        buf_append(out, i > 0 ? SLICE(", ") : SLICE(""));
        print_entry(run, out, map->entries[i], map);
    }
    buf_append_char(out, '}');
}

static void print_kind(struct vtl_run *run, struct buf *out, struct vtl_value value)
{
    switch (value.kind) {
    case VTL_NULL:
        break;
    case VTL_BOOLEAN:
        buf_append_text(out, value.of.boolean ? "true" : "false");
        break;
    case VTL_INTEGER:
        buf_append_i64(out, value.of.integer);
        break;
    case VTL_DOUBLE:
        print_double(out, value.of.number);
        break;
    case VTL_NUMERAL:
    case VTL_STRING:
        if (vtl_spend(run, value.of.text.len)) {
            buf_append(out, value.of.text);
        }
        break;
    case VTL_LIST:
        if (value.of.list->kind == LIST_JSON) {
            print_json_list(run, out, value.of.list);
        } else {
            print_list(run, out, value.of.list);
        }
        break;
    case VTL_MAP:
        print_map(run, out, value.of.map);
        break;
    case VTL_ENTRY:
        print_entry(run, out, value.of.entry, NULL);
        break;
    case VTL_BLOCK:
        (void)vtl_render_value(run, value.of.block, out);
        break;
    case VTL_LOOP:
        if (value.of.loop->storage != NULL) {
            print_map(run, out, value.of.loop->storage);
        } else {
            buf_append_text(out, "{}");
        }
        break;
    case VTL_INPUT:
        buf_append_text(out, "$input");
        break;
    case VTL_UTIL:
        buf_append_text(out, "$util");
        break;
    }
}

void vtl_print(struct vtl_run *run, struct buf *out, struct vtl_value value)
{
    if (enter(run, out)) {
        print_kind(run, out, value);
        run->value_depth--;
    }
}

struct slice vtl_text(struct vtl_run *run, struct vtl_value value)
{
    if (value.kind == VTL_STRING) {
        return value.of.text;
    }
    struct buf text = vtl_buf();
    vtl_print(run, &text, value);
    return vtl_take(run, &text);
}
