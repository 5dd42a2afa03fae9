#include "store/table/index_fill.h"

#include "core/mem.h"
#include "store/background.h"
#include "store/item/decision.h"
#include "store/item/writer.h"
#include "store/table/meta.h"

#define FILL_PLAN_MAX 125                    /* entries known before the first of them is put */
#define FILL_CHUNK_BYTES (8UL * 1024 * 1024) /* read in one transaction */

struct planned {
    struct key entry;
    struct key item;
    uint32_t size;
};

struct fill {
    struct txn *txn;
    const struct table *table;
    const struct table_index *index; /* NULL: the TTL entries */
    uint32_t id;
    struct key position; /* the last item that was looked at; length 0: none */
    size_t items, bytes; /* looked at so far */
    bool is_done;
    struct planned *plan;
    size_t plan_count;
};

static const struct table_index *index_of_id(const struct table *table, uint32_t id)
{
    for (size_t i = 0; i < table->index_count; i++) {
        if (table->indexes[i].id == id) {
            return &table->indexes[i];
        }
    }
    return NULL;
}

static struct key key_from(struct slice bytes)
{
    struct key key = {.len = (uint16_t)bytes.len};
    memcpy(key.bytes, bytes.ptr, bytes.len);
    return key;
}

static bool plan_entry(struct fill *fill, const struct stored_item *stored, struct key *ret_entry)
{
    const struct table *table = fill->table;
    int64_t expires_s = 0;
    if (fill->index == NULL) {
        if (!item_expires(stored->item, table->ttl_attribute, &expires_s)) {
            return false;
        }
        key_of_ttl(fill->id, expires_s, &table->keys, stored->item, ret_entry);
        return true;
    }
    if (key_check(&fill->index->keys, stored->item, NULL) != KEY_FITS) {
        return false;
    }
    key_of_entry(fill->id, &fill->index->keys, &table->keys, stored->item, ret_entry);
    return true;
}

/* Reads on from the position until the plan is full, the chunk is, or the table ends. */
static void plan(struct fill *fill)
{
    struct key prefix;
    key_prefix_id(fill->table->id, &prefix);
    AUTO_CURSOR cursor;
    cursor_open(&cursor, fill->txn, DB_ITEMS);
    bool has = cursor_seek(&cursor, key_slice(fill->position.len != 0 ? &fill->position : &prefix));
    if (has && fill->position.len != 0 && slice_eq(cursor.key, key_slice(&fill->position))) {
        has = cursor_next(&cursor);
    }
    fill->plan_count = 0;
    for (; has && slice_starts_with(cursor.key, key_slice(&prefix)); has = cursor_next(&cursor)) {
        if (fill->plan_count == FILL_PLAN_MAX || fill->items == BACKGROUND_BATCH ||
            fill->bytes > FILL_CHUNK_BYTES) {
            return;
        }
        struct stored_item stored = stored_item(cursor.value);
        struct planned *planned = &fill->plan[fill->plan_count];
        if (plan_entry(fill, &stored, &planned->entry)) {
            planned->item = key_from(cursor.key);
            planned->size =
                fill->index != NULL ? entry_size(fill->index, stored.item, stored.size) : 0;
            fill->plan_count++;
        }
        fill->position = key_from(cursor.key);
        fill->items++;
        fill->bytes += cursor.value.len;
    }
    fill->is_done = true;
}

static void carry_out(struct fill *fill)
{
    int64_t items = 0, bytes = 0;
    struct slice there;
    for (size_t i = 0; i < fill->plan_count; i++) {
        const struct planned *planned = &fill->plan[i];
        if (!txn_get(fill->txn, DB_ENTRIES, key_slice(&planned->entry), &there)) {
            txn_put(fill->txn, DB_ENTRIES, key_slice(&planned->entry),
                    key_without_id(key_slice(&planned->item)));
            items++;
            bytes += planned->size;
        }
    }
    if (fill->index != NULL) {
        catalog_stats_add(fill->txn, fill->id, items, bytes);
    }
}

static bool run_chunk(struct fill *fill)
{
    fill->index = index_of_id(fill->table, fill->id);
    if (fill->index == NULL && fill->id != fill->table->ttl_id) {
        return true; /* gone meanwhile */
    }
    fill->plan = mem_array(FILL_PLAN_MAX, sizeof(*fill->plan));
    while (!fill->is_done && fill->items < BACKGROUND_BATCH && fill->bytes <= FILL_CHUNK_BYTES) {
        plan(fill);
        carry_out(fill);
    }
    mem_free(fill->plan);
    return fill->is_done;
}

bool fill_is_under_way(struct txn *txn, uint32_t id)
{
    AUTO_ARENA arena = ARENA_INIT;
    return meta_get_of_id(txn, &arena, 'f', id).ptr != NULL;
}

bool fill_start(struct txn *txn, const struct table *table, uint32_t id, bool is_later)
{
    struct fill fill = {.txn = txn, .table = table, .id = id};
    if (!is_later && run_chunk(&fill)) {
        return true;
    }
    meta_put_of_id(txn, 'f', id, is_later ? SLICE("") : key_slice(&fill.position));
    return false;
}

bool fill_go_on(struct txn *txn, const struct table *table, uint32_t id)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice position = meta_get_of_id(txn, &arena, 'f', id);
    if (position.ptr == NULL) {
        return true;
    }
    struct fill fill = {.txn = txn, .table = table, .id = id, .position = key_from(position)};
    bool is_done = run_chunk(&fill);
    meta_put_of_id(txn, 'f', id, is_done ? SLICE_NULL : key_slice(&fill.position));
    return is_done;
}
