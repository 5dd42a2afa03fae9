/* Steps through the keys a page reads, in DynamoDB's order.
 *
 *     table   DB_ITEMS, key -> stored item
 *     index   DB_ENTRIES, key -> the item's key -> DB_ITEMS, stored item
 *
 * LMDB's order is DynamoDB's, but for long keys (key.h): neighbours with the same cut range stand there in the
 * order of their ties. Such a run is gathered whole and sorted by what was cut away.
 *
 * Thread  Any; it belongs to one page_run().
 * Limits  A run costs memory while it is walked: up to 2 KB for each of its items. */
#ifndef SLS_STORE_PAGE_WALK_H
#define SLS_STORE_PAGE_WALK_H

#include "store/item/reader.h"

struct run_entry; /* one of a run */

struct walk {
    struct page *page;
    struct txn *txn;
    struct cursor cursor;
    enum engine_db db;
    const struct key_schema *keys; /* of the table or of the index */
    struct key lower, upper;       /* [lower, upper); */
    bool is_empty;                 /* a segment without slots */
    bool checks_range;             /* a bound was cut: whole encodings decide */
    bool has_started;
    bool has_key;       /* the cursor stands on one */
    bool must_step;     /* which was given out already */
    struct arena arena; /* of the run */
    struct buf encoding;
    struct run_entry *run;
    size_t run_count, run_left;
    struct key run_key; /* of the entry given out last */
};

struct found {
    struct slice key;
    struct slice encoding; /* the whole range; only of a long key */
    uint32_t size;         /* of the item */
    struct slice item;
};

void walk_begin(struct walk *walk, struct page *page, struct txn *txn);
/* False at the end of the range. What was found is valid until the next call. */
bool walk_next(struct walk *walk, struct found *ret_found);
void walk_end(struct walk *walk);
/* Where the page stands from now on: behind `found`. */
void walk_remember(struct walk *walk, const struct found *found);

/* Range attributes of an item or of a start key, whole and encoded. */
void walk_encode(struct buf *buf, const struct page *page, struct slice item);

#endif
