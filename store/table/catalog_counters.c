/* Ids, statistics and garbage in DB_META: what of catalog.h needs no catalog. */
#include "store/table/catalog.h"
#include "store/table/meta.h"

#include <assert.h>

struct meta_key {
    size_t len;
    uint8_t bytes[6];
};

static void write_u32(uint8_t *out, uint32_t value)
{
    out[0] = (uint8_t)(value >> 24);
    out[1] = (uint8_t)(value >> 16);
    out[2] = (uint8_t)(value >> 8);
    out[3] = (uint8_t)value;
}

static struct meta_key key_of_id(char kind, uint32_t id)
{
    struct meta_key key = {.len = 5};
    key.bytes[0] = (uint8_t)kind;
    write_u32(key.bytes + 1, id);
    return key;
}

static struct slice key_bytes(const struct meta_key *key)
{
    return slice_of((const char *)key->bytes, key->len);
}

bool catalog_has(struct txn *txn, struct slice name)
{
    AUTO_ARENA arena = ARENA_INIT;
    return meta_get(txn, &arena, 't', name).ptr != NULL;
}

uint32_t catalog_new_ids(struct txn *txn, uint32_t count)
{
    uint32_t next = 1;
    struct slice value;
    if (txn_get(txn, DB_META, SLICE("n"), &value) && value.len == sizeof(next)) {
        memcpy(&next, value.ptr, sizeof(next));
    }
    assert(next <= UINT32_MAX - count);
    uint32_t after = next + count;
    txn_put(txn, DB_META, SLICE("n"), slice_of((const char *)&after, sizeof(after)));
    return next;
}

void catalog_discard(struct txn *txn, enum engine_db db, uint32_t id)
{
    struct meta_key key = key_of_id('g', id);
    key.bytes[key.len++] = (uint8_t)db;
    txn_put(txn, DB_META, key_bytes(&key), SLICE(""));
    if (db != DB_LOG) {
        struct meta_key stats = key_of_id('s', id);
        struct meta_key fill = key_of_id('f', id);
        txn_delete(txn, DB_META, key_bytes(&stats));
        txn_delete(txn, DB_META, key_bytes(&fill));
    }
}

void catalog_stats(struct txn *txn, uint32_t id, struct table_stats *ret_stats)
{
    struct meta_key key = key_of_id('s', id);
    struct slice value;
    *ret_stats = (struct table_stats){0};
    if (txn_get(txn, DB_META, key_bytes(&key), &value) && value.len == sizeof(*ret_stats)) {
        memcpy(ret_stats, value.ptr, sizeof(*ret_stats));
    }
}

void catalog_stats_add(struct txn *txn, uint32_t id, int64_t items, int64_t bytes)
{
    if (items == 0 && bytes == 0) {
        return;
    }
    struct meta_key key = key_of_id('s', id);
    struct table_stats stats;
    catalog_stats(txn, id, &stats);
    stats.items += items;
    stats.bytes += bytes;
    txn_put(txn, DB_META, key_bytes(&key), slice_of((const char *)&stats, sizeof(stats)));
}
