#include "gateway/control/edit.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "gateway/control/limits.h"

struct slice edit_member(struct arena *arena, struct slice object, struct slice key,
                         struct slice value)
{
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    struct slice raw, name, old;
    bool is_there = false;
    json_open(&w, '{');
    for (struct json_scan scan = json_scan_object(object); json_scan_member(&scan, &raw, &old);) {
        if (!json_raw_key(arena, raw, &name)) {
            continue;
        }
        bool is_it = slice_eq(name, key);
        if (is_it && (is_there || value.ptr == NULL)) {
            continue;
        }
        is_there |= is_it;
        json_write_key(&w, name);
        json_write_raw(&w, is_it ? value : old);
    }
    if (!is_there && value.ptr != NULL) {
        json_write_key(&w, key);
        json_write_raw(&w, value);
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&out));
}

struct slice edit_quote(struct arena *arena, struct slice text)
{
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    json_write_string(&w, text);
    return arena_copy(arena, buf_slice(&out));
}

struct slice edit_text(struct arena *arena, struct slice object, const char *key, struct slice text)
{
    return edit_member(arena, object, slice_from(key),
                       text.ptr != NULL ? edit_quote(arena, text) : SLICE_NULL);
}

/* All but `left_out`, and `added` behind them; either may be SLICE_NULL. */
static struct slice copy_list(struct arena *arena, struct slice list, struct slice left_out,
                              struct slice added)
{
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '[');
    struct json_scan scan = json_scan_array(list);
    for (struct slice raw; json_scan_element(&scan, &raw);) {
        if (left_out.ptr == NULL || !slice_eq(json_text_of(arena, raw), left_out)) {
            json_write_raw(&w, raw);
        }
    }
    if (added.ptr != NULL) {
        json_write_string(&w, added);
    }
    json_close(&w, ']');
    return arena_copy(arena, buf_slice(&out));
}

bool edit_list_has(struct arena *arena, struct slice list, struct slice text)
{
    struct json_scan scan = json_scan_array(list);
    for (struct slice raw; json_scan_element(&scan, &raw);) {
        if (slice_eq(json_text_of(arena, raw), text)) {
            return true;
        }
    }
    return false;
}

struct slice edit_list_add(struct arena *arena, struct slice list, struct slice text)
{
    return edit_list_has(arena, list, text) ? list : copy_list(arena, list, SLICE_NULL, text);
}

struct slice edit_list_remove(struct arena *arena, struct slice list, struct slice text)
{
    return copy_list(arena, list, text, SLICE_NULL);
}
