#include "gateway/control/record.h"

#include "core/buf.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/control/limits.h"

#include <inttypes.h>

struct slice record_key(struct arena *arena, const struct entry *entry)
{
    return arena_printf(arena, "%c%.*s/%.*s", entry->kind->letter, SLICE_ARG(entry->owner),
                        SLICE_ARG(entry->id));
}

struct slice record_json(struct arena *arena, const struct entry *entry)
{
    AUTO_BUF out = BUF_INIT(4 * CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '{');
    json_put_i64(&w, "created", entry->created_ms);
    json_put_i64(&w, "changed", entry->changed_ms);
    if (entry->base != 0) {
        json_put_string(&w, "base", arena_printf(arena, "%" PRIu64, entry->base));
    }
    if (entry->is_gone) {
        json_put_bool(&w, "gone", true);
    } else {
        json_put_raw(&w, "properties", entry->properties);
    }
    if (entry->is_managed) {
        json_put_bool(&w, "managed", true);
    }
    if (entry->snapshot.ptr != NULL) {
        json_put_raw(&w, "snapshot", entry->snapshot);
    }
    json_close(&w, '}');
    return arena_copy(arena, buf_slice(&out));
}

bool record_read(struct arena *arena, struct slice key, struct slice json, struct entry *ret_entry)
{
    size_t slash = slice_find(key, '/');
    const struct kind *kind = key.len > 0 ? kind_of_letter(key.ptr[0]) : NULL;
    if (kind == NULL || slash == SLICE_NPOS || !json_validate(json, NULL)) {
        return false;
    }
    struct slice properties = json_raw_member(json, "properties");
    struct slice snapshot = json_raw_member(json, "snapshot");
    *ret_entry = (struct entry){
        .kind = kind,
        .owner = slice_take(slice_skip(key, 1), slash - 1),
        .id = slice_skip(key, slash + 1),
        .logical_id = slice_skip(key, slash + 1),
        .properties = properties.ptr != NULL ? properties : SLICE("{}"),
        .snapshot = snapshot.ptr != NULL ? snapshot : SLICE_NULL,
        .origin = ORIGIN_MADE,
        .is_managed = json_bool_member(json, "managed"),
        .is_gone = json_bool_member(json, "gone"),
        .created_ms = json_i64_member(json, "created", 0),
        .changed_ms = json_i64_member(json, "changed", 0),
    };
    if (!slice_to_u64(json_text_member(arena, json, "base"), &ret_entry->base)) {
        ret_entry->base = 0;
    }
    return true;
}

/* --- snapshots --- */

bool record_is_deployed(const struct entry *entry)
{
    enum kind_id kind = kind_id(entry->kind);
    return !entry->is_gone && kind != KIND_STAGE && kind != KIND_V2_STAGE &&
           kind != KIND_DEPLOYMENT && kind != KIND_V2_DEPLOYMENT;
}

static void write_entry(struct json_writer *w, const struct entry *entry)
{
    json_open(w, '{');
    json_put_string(w, "kind", slice_of(&entry->kind->letter, 1));
    json_put_string(w, "id", entry->id);
    json_put_raw(w, "properties", entry->properties);
    json_close(w, '}');
}

struct slice record_snapshot(struct arena *arena, const struct registry *registry,
                             const struct entry *api)
{
    AUTO_BUF out = BUF_INIT(2 * CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '[');
    write_entry(&w, api);
    for (size_t i = 0; i < registry->count; i++) {
        const struct entry *entry = registry->entries[i];
        enum kind_id of =
            entry->kind->owner != NULL ? kind_owner(kind_id(entry->kind)) : KIND_COUNT;
        if (record_is_deployed(entry) && of == kind_id(api->kind) &&
            slice_eq(entry->owner, api->id)) {
            write_entry(&w, entry);
        }
    }
    json_close(&w, ']');
    return arena_copy(arena, buf_slice(&out));
}

bool record_snapshot_next(struct arena *arena, struct json_scan *scan, struct slice owner,
                          struct entry *ret_entry)
{
    struct slice json;
    while (json_scan_element(scan, &json)) {
        struct slice letter = json_text_member(arena, json, "kind");
        const struct kind *kind = letter.len > 0 ? kind_of_letter(letter.ptr[0]) : NULL;
        if (kind != NULL) {
            *ret_entry = (struct entry){
                .kind = kind,
                .id = json_text_member(arena, json, "id"),
                .owner = kind->owner != NULL ? owner : SLICE(""),
                .properties = json_raw_member(json, "properties"),
                .origin = ORIGIN_MADE,
            };
            ret_entry->logical_id = ret_entry->id;
            return true;
        }
    }
    return false;
}
