/* Reads of items: GetItem, and pages of Query and Scan over tables and indexes.
 *
 * A page is read in slices: page_run() works until the page is full, `budget` bytes were evaluated, or the range ends,
 * and goes on where it stopped when called again (with another snapshot: a page is not isolated, as on AWS). The loop
 * runs the first slice itself; what is left runs on a thread of the pool (page_read()).
 *
 * Thread  page_run() any one thread at a time; the rest on the loop.
 * Source  reference/dynamodb.md sections 8, 9 and 11. */
#ifndef SLS_STORE_READER_H
#define SLS_STORE_READER_H

#include "store/expression/range.h"
#include "store/store.h"
#include "store/table/catalog.h"

#define PAGE_BYTES_MAX (1024 * 1024)

/* The stored item under a checked Key map; SLICE_NULL when absent. Valid until the txn ends. */
struct slice read_item(struct txn *txn, const struct table *table, struct slice key,
                       uint32_t *ret_size);

enum page_select { PAGE_ALL, PAGE_PROJECTED, PAGE_SPECIFIC, PAGE_COUNT };

struct page {
    /* what to read */
    struct table *table;             /* referenced by the caller */
    const struct table_index *index; /* NULL: the table itself */
    bool is_query;
    struct key_range range; /* query */
    bool is_reverse;
    uint32_t segment, segment_count; /* scan; count 0: all */
    struct slice
        start_key;  /* ExclusiveStartKey in item form, checked; SLICE_NULL: from the start */
    uint64_t limit; /* items to evaluate; 0: none */
    const struct expr *filter; /* NULL: none */
    enum page_select select;
    const struct projection *projection; /* PAGE_SPECIFIC */
    /* One found item, in order; NULL: printed as DynamoDB JSON into `items`, comma-separated. */
    void (*on_item)(struct page *page, struct slice item);
    void *ctx;
    struct arena *arena;
    /* results so far */
    struct buf items;
    uint64_t count, scanned;
    uint64_t bytes; /* evaluated, whole items or index entries: capacity and the 1 MB rule */
    uint64_t fetched_bytes; /* LSI queries that went to the table, each item rounded up to 4 KB */
    bool is_done;
    struct slice last_key; /* LastEvaluatedKey in item form; SLICE_NULL when the end was reached */
    bool has_failed;       /* the store could not be read */
    /* the reader's own: the last entry evaluated, with its whole range when its key is long */
    struct key position;
    bool has_position;
    struct slice run_position;
    uint64_t boundary; /* towards PAGE_BYTES_MAX, in the sizes that AWS ends a page by */
    struct buf view;   /* an item as a partial index shows it */
    void (*done)(struct page *page);
    struct long_read long_read;
};

void page_begin(struct page *page, struct arena *arena);
void page_run(struct page *page, struct txn *txn, size_t budget);
/* Runs the page to its end, on the loop while it is small, then on the pool; `done` runs once, never inside this call
 * when the pool was needed, else inside it. */
typedef void page_done_fn(struct page *page);
void page_read(struct store *store, struct page *page, page_done_fn *done);
void page_finish(struct page *page);

/* ExclusiveStartKey's size and partition key: what a Query is told of it before its key conditions are looked at. */
MUST_CHECK const struct problem *
page_check_start_partition(struct arena *arena, const struct page *page, struct slice key);
/* ExclusiveStartKey against table, index and range, in the service's words. */
MUST_CHECK const struct problem *page_check_start_key(struct arena *arena, const struct page *page,
                                                      struct slice key);

#endif
