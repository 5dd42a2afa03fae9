#include "store/store.h"

#include "core/mem.h"
#include "store/api/model.h"
#include "store/background.h"
#include "store/item/capacity.h"
#include "store/item/transact.h"
#include "store/table/catalog.h"

struct store {
    struct context *context;
    struct store_options options; /* texts are in `arena` */
    struct arena arena;
    struct engine *engine;
    struct catalog *catalog;
    struct throttle *throttle; /* NULL: nothing is throttled */
    struct transactions *transactions;
    struct streams *streams;
    struct ttl_sweeper *ttl_sweeper;
    struct backfill *backfill;
    struct copies *copies;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static void keep_options(struct store *store, const struct store_options *options)
{
    struct store_options *kept = &store->options;
    *kept = *options;
    kept->data_dir = arena_cstr(&store->arena, slice_from(options->data_dir));
    kept->account_id = arena_cstr(&store->arena, slice_from(options->account_id));
    kept->region = arena_cstr(&store->arena, slice_from(options->region));
    kept->ttl_sweep_ms = options->ttl_sweep_ms != 0 ? options->ttl_sweep_ms : 1000;
}

static enum status open_engine(struct store *store, struct fault *reterr)
{
    const struct engine_options options = {
        .dir = store->options.data_dir,
        .is_volatile = store->options.is_volatile,
        .map_bytes = store->options.map_bytes,
        .lag_max_ms = store->options.gsi_lag_ms,
    };
    return engine_open(store->context, &options, &store->engine, reterr);
}

/* The parts that work by themselves; each finds the others in the store. */
static void start_background(struct store *store)
{
    store->streams = streams_create(store);
    store->ttl_sweeper = ttl_sweeper_create(store);
    store->backfill = backfill_create(store);
    store->copies = copies_create(store);
}

/* In the reverse order. */
static void stop_background(struct store *store)
{
    copies_destroy(store->copies);
    store->copies = NULL;
    backfill_destroy(store->backfill);
    store->backfill = NULL;
    ttl_sweeper_destroy(store->ttl_sweeper);
    store->ttl_sweeper = NULL;
    streams_destroy(store->streams);
    store->streams = NULL;
}

static void on_engine_closed(void *ctx)
{
    struct store *store = ctx;
    catalog_close(store->catalog);
    transactions_destroy(store->transactions);
    throttle_destroy(store->throttle);
    void (*on_closed)(void *ctx) = store->on_closed;
    void *closed_ctx = store->closed_ctx;
    arena_finish(&store->arena);
    mem_free(store);
    if (on_closed != NULL) {
        on_closed(closed_ctx);
    }
}

enum status store_open(struct context *context, const struct store_options *options,
                       struct store **ret_store, struct fault *reterr)
{
    struct store *store = mem_zalloc(sizeof(*store));
    store->context = context;
    arena_init(&store->arena, 512);
    keep_options(store, options);
    wording_choose(options->has_new_wording);
    store->transactions = transactions_create();
    store->throttle = options->throttles ? throttle_create(context->clock) : NULL;
    enum status status = open_engine(store, reterr);
    if (status == STATUS_OK) {
        status = catalog_open(store->engine, &store->catalog, reterr);
    }
    if (status != STATUS_OK) {
        store_close(store, NULL, NULL);
        return status;
    }
    start_background(store);
    *ret_store = store;
    return STATUS_OK;
}

void store_close(struct store *store, void (*on_closed)(void *ctx), void *ctx)
{
    if (store == NULL) {
        return;
    }
    store->on_closed = on_closed;
    store->closed_ctx = ctx;
    stop_background(store);
    if (store->engine == NULL) {
        on_engine_closed(store);
        return;
    }
    engine_close(store->engine, on_engine_closed, store);
}

struct engine *store_engine(struct store *store)
{
    return store->engine;
}

struct catalog *store_catalog(struct store *store)
{
    return store->catalog;
}

struct context *store_context(struct store *store)
{
    return store->context;
}

const struct store_options *store_options(const struct store *store)
{
    return &store->options;
}

struct throttle *store_throttle(struct store *store)
{
    return store->throttle;
}

struct transactions *store_transactions(struct store *store)
{
    return store->transactions;
}

struct streams *store_streams(struct store *store)
{
    return store->streams;
}

struct copies *store_copies(struct store *store)
{
    return store->copies;
}

struct backfill *store_backfill(struct store *store)
{
    return store->backfill;
}

struct ttl_sweeper *store_ttl_sweeper(struct store *store)
{
    return store->ttl_sweeper;
}
