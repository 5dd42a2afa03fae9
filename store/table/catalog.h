/* All tables: found by name, listed in order, changed through the writer, read back at the start.
 *
 * DB_META, by a first byte:
 *     't' name            table description (JSON, catalog_codec.c)
 *     'n'                 next id (u32)
 *     's' id (u32 BE)     statistics of a table or index: item count, bytes (2 x u64)
 *     'g' id (u32 BE) db  garbage: the id whose keys in the database (u8) the sweeper deletes
 *     'f' id (u32 BE)     a backfill under way: the last key of DB_ITEMS that is done (backfill.c)
 *     'a' id (u32 BE)     tags;   'p' arn   resource policy
 *     'k' id (u32 BE)     Kinesis destinations;   'c' id   contributor insights;   'w' name   a global table of 2017
 *     'i' token           idempotency (transact.c)
 *     'b' 'e' 'm'         backups, exports, imports
 *     'l' id (u32 BE)     head of a change log; 'x' stream ARN: closed and open streams
 *
 * Thread  Loop thread, but for catalog_write() and catalog_new_ids() (writer thread, inside run()). */
#ifndef SLS_STORE_CATALOG_H
#define SLS_STORE_CATALOG_H

#include "store/engine/engine.h"
#include "store/problem.h"
#include "store/table/table.h"

struct catalog;

MUST_CHECK enum status catalog_open(struct engine *engine, struct catalog **ret_catalog,
                                    struct fault *reterr);
void catalog_close(struct catalog *catalog);

/* Borrowed: take a reference to keep it past this callback. NULL when there is none of this name. */
struct table *catalog_find(const struct catalog *catalog, struct slice name);
/* A name or a table ARN; in any state. */
struct table *catalog_find_any(const struct catalog *catalog, struct slice name_or_arn);
/* A name or a table ARN, as data operations take; ACTIVE and UPDATING tables only. */
const struct problem *catalog_find_for_data(const struct catalog *catalog, struct arena *arena,
                                            struct slice name_or_arn, struct table **ret_table);
size_t catalog_count(const struct catalog *catalog);
struct table *catalog_at(const struct catalog *catalog,
                         size_t index); /* in the order of their names */

/* Where the first table after `name` stands (catalog_count() when there is none). */
size_t catalog_after(const struct catalog *catalog, struct slice name);

/* A table under construction: a private copy of `from` (or an empty one, NULL) in an arena of its own. */
struct table *table_copy(const struct table *from);
/* Changes the schema: `change` runs on the writer, alone in its batch, with the newest version of `table` (NULL for
 * a new one). It returns the version to publish (made with table_copy()), or NULL to refuse with *ret_problem, or
 * sets *ret_delete. Then `done` on the loop, with the catalog changed. `arena` is the request's. */
struct catalog_change {
    struct table *table; /* NULL: a table of `name` is made */
    struct slice name;
    struct arena *arena;
    struct table *(*change)(struct catalog_change *change, struct txn *txn,
                            const struct table *newest);
    void (*done)(struct catalog_change *change, enum status status);
    void *ctx;
    bool deletes;     /* set by change(): the table goes, nothing is published */
    bool keeps_items; /* with `deletes`: what lies under the table's id is a backup now */
    const struct problem *problem; /* set by change(): refused */
    struct table *result;          /* in done(): the published version, borrowed */
    struct write_job job;          /* the catalog's */
    struct catalog *catalog;
};
void catalog_change(struct catalog *catalog, struct catalog_change *change);
/* Writer thread, inside change(): whether a table of this name is there as things stand. */
bool catalog_has(struct txn *txn, struct slice name);
/* Writer thread, inside change(): `count` fresh ids, the first is returned. */
uint32_t catalog_new_ids(struct txn *txn, uint32_t count);
/* Writer thread: every key below `id` of `db` is garbage from now on; the sweeper takes it, also after a restart. */
void catalog_discard(struct txn *txn, enum engine_db db, uint32_t id);

/* Called on the loop after a change was published; for stream readers and the page. */
typedef void catalog_observer_fn(void *ctx, struct table *table, bool is_deleted);
void catalog_observe(struct catalog *catalog, catalog_observer_fn *on_change, void *ctx);
void catalog_unobserve(struct catalog *catalog, void *ctx); /* not inside on_change() */

/* Items and bytes of a table or index as committed. */
struct table_stats {
    int64_t items, bytes;
};
void catalog_stats(struct txn *txn, uint32_t id, struct table_stats *ret_stats);
void catalog_stats_add(struct txn *txn, uint32_t id, int64_t items,
                       int64_t bytes); /* writer thread */

#endif
