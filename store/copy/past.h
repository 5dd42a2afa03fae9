/* A table as it was: its items of now, with the change log's changes since then undone.
 *
 *     items of DB_ITEMS  merged, in the order of their keys, with  the keys that changed since, which
 *                                                                  are as their first change found them
 *
 * Ownership  What is emitted lies in the snapshot's pages and is valid during the call.
 * Thread     Any, with a snapshot of its own.
 * Source     reference/dynamodb.md section 15, point-in-time recovery. */
#ifndef SLS_STORE_PAST_H
#define SLS_STORE_PAST_H

#include "store/stream/change_log.h"

#define PAST_NOW INT64_MAX

struct past_item {
    struct slice key; /* without an id */
    struct slice item;
    uint32_t size;
};
/* False ends the walk. */
typedef bool past_item_fn(void *ctx, const struct past_item *item);
/* All items of `id` at the end of the millisecond `time_ms`; with PAST_NOW no log is looked at (backups have none).
 * False when the walk was ended by `on_item`. */
bool past_items(struct txn *txn, uint32_t id, const struct key_schema *keys, int64_t time_ms,
                past_item_fn *on_item, void *ctx);

struct past_change {
    struct slice old_item, new_item; /* before and after the window; SLICE_NULL: there was none */
    int64_t time_ms;                 /* of the last change */
};
typedef bool past_change_fn(void *ctx, const struct past_change *change);
/* Every item that changed in [from_ms, to_ms), once. */
bool past_changes(struct txn *txn, uint32_t id, const struct key_schema *keys, int64_t from_ms,
                  int64_t to_ms, past_change_fn *on_change, void *ctx);

#endif
