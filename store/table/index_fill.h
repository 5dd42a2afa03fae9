/* Entries for items that were there before their index, or before their table had a TTL attribute.
 *
 *     fill_start() in the change of the schema -> small table: all at once
 *                                              -> else DB_META 'f' id, and backfill.c calls fill_go_on() chunk by chunk
 *
 * The writer maintains an index from the moment it is published; an entry that is there already is left alone. Items
 * that do not fit an index are skipped without a word, as by the service.
 *
 * Thread  Writer thread. */
#ifndef SLS_STORE_INDEX_FILL_H
#define SLS_STORE_INDEX_FILL_H

#include "store/engine/engine.h"
#include "store/table/table.h"

/* `id` is an index's, or table->ttl_id. True when all is done. With `is_later` nothing is done yet. */
bool fill_start(struct txn *txn, const struct table *table, uint32_t id, bool is_later);
/* One chunk; true when it was the last one, or there is nothing to fill. */
bool fill_go_on(struct txn *txn, const struct table *table, uint32_t id);
bool fill_is_under_way(struct txn *txn, uint32_t id);

#endif
