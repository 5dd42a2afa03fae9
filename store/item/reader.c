#include "store/item/reader.h"

#include "core/mem.h"
#include "store/store.h"

#define LOOP_BUDGET ((size_t)64 * 1024) /* what the loop reads of a page itself */

struct slice read_item(struct txn *txn, const struct table *table, struct slice key,
                       uint32_t *ret_size)
{
    struct key item_key;
    struct slice value;
    *ret_size = 0;
    key_of_item(table->id, &table->keys, key, &item_key);
    if (!txn_get(txn, DB_ITEMS, key_slice(&item_key), &value)) {
        return SLICE_NULL;
    }
    struct stored_item stored = stored_item(value);
    if (!key_is_same(&table->keys, stored.item, key)) {
        return SLICE_NULL; /* another partition key with the same hash */
    }
    *ret_size = stored.size;
    return stored.item;
}

/* --- pages, on the loop and beside it --- */

static void read_rest(struct long_read *long_read, struct txn *txn)
{
    struct page *page = CONTAINER_OF(long_read, struct page, long_read);
    page_run(page, txn, SIZE_MAX);
}

static void on_rest_read(struct long_read *long_read)
{
    struct page *page = CONTAINER_OF(long_read, struct page, long_read);
    page->done(page);
}

void page_read(struct store *store, struct page *page, page_done_fn *done)
{
    struct engine *engine = store_engine(store);
    bool lags = page->index != NULL && page->index->is_global;
    uint32_t age_ms = lags ? store_options(store)->gsi_lag_ms : 0;
    struct txn *txn = engine_read_begin(engine, age_ms);
    page_run(page, txn, LOOP_BUDGET);
    engine_read_end(engine, txn);
    if (page->is_done) {
        done(page);
        return;
    }
    page->done = done;
    page->long_read = (struct long_read){.read = read_rest, .done = on_rest_read, .age_ms = age_ms};
    engine_read_long(engine, &page->long_read);
}
