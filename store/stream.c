/* Watchers of change logs, reading them, and their retention. */
#include "store/stream.h"

#include "core/mem.h"
#include "store/background.h"

#include <stdlib.h>

#define TRIM_PERIOD_MS 60000
#define TURNED_PERIOD_MS 3600000 /* while the clock is turned */
#define DAY_MS (24LL * 3600 * 1000)

struct streams {
    struct store *store;
    struct stream_watch *watches;
    struct stream_watch *next_due; /* of the round under way */
    uv_async_t changed;
    uv_timer_t timer;
    struct alarm_source source;
    /* one trimming at a time */
    struct arena arena;
    struct table_log *logs; /* of the round */
    size_t log_count, log_at;
    int64_t now_ms; /* of the last round, or the creation */
    struct write_job job;
    bool has_more_streams, has_more_records; /* the job's */
    bool is_trimming, is_destroyed;
    size_t open_handles;
};

/* --- watching --- */

void stream_watch(struct store *store, struct stream_watch *watch)
{
    struct streams *streams = store_streams(store);
    watch->is_due = false;
    watch->next = streams->watches;
    streams->watches = watch;
}

void stream_unwatch(struct store *store, struct stream_watch *watch)
{
    struct streams *streams = store_streams(store);
    if (streams == NULL) {
        return; /* the store is closing */
    }
    struct stream_watch **at = &streams->watches;
    while (*at != NULL && *at != watch) {
        at = &(*at)->next;
    }
    if (streams->next_due == watch) {
        streams->next_due = watch->next;
    }
    if (*at != NULL) {
        *at = watch->next;
    }
}

void stream_changed(struct store *store, uint32_t table_id)
{
    struct streams *streams = store_streams(store);
    bool is_watched = false;
    if (streams == NULL) {
        return; /* the store is closing */
    }
    for (struct stream_watch *watch = streams->watches; watch != NULL; watch = watch->next) {
        if (watch->table_id == table_id) {
            watch->is_due = true;
            is_watched = true;
        }
    }
    if (is_watched) {
        uv_async_send(&streams->changed);
    }
}

/* A watch may go, its own included, while they are told. */
static void on_changed(uv_async_t *handle)
{
    struct streams *streams = CONTAINER_OF(handle, struct streams, changed);
    struct stream_watch *watch = streams->watches;
    while (watch != NULL && !streams->is_destroyed) {
        streams->next_due = watch->next;
        if (watch->is_due) {
            watch->is_due = false;
            watch->on_change(watch);
        }
        watch = streams->next_due;
    }
    streams->next_due = NULL;
}

/* --- reading --- */

uint64_t stream_read(struct store *store, const struct stream *stream, uint64_t sequence,
                     bool (*on_record)(void *ctx, const struct change *change), void *ctx)
{
    struct engine *engine = store_engine(store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct change_cursor cursor;
    struct change change;
    uint64_t next = sequence > stream->first ? sequence : stream->first;
    change_cursor_open(&cursor, txn, stream->table_id);
    bool has = change_cursor_from(&cursor, next, &change);
    while (has && change.sequence <= stream->last && on_record(ctx, &change)) {
        next = change.sequence + 1;
        has = change_cursor_next(&cursor, &change);
    }
    change_cursor_close(&cursor);
    engine_read_end(engine, txn);
    return next;
}

uint64_t stream_first_since(struct txn *txn, uint32_t table_id, uint64_t first, int64_t since_ms)
{
    struct change_cursor cursor;
    struct change change;
    uint64_t next = change_log_next(txn, table_id);
    uint64_t found = next;
    change_cursor_open(&cursor, txn, table_id);
    if (change_cursor_from(&cursor, first, &change) && change.time_ms >= since_ms) {
        found = change.sequence;
    } else if (change_cursor_last(&cursor, &change) && change.sequence > first &&
               change.time_ms >= since_ms) {
        /* `old` is too old, `found` is not: records of a log grow older in one direction only. */
        uint64_t old = first;
        found = change.sequence;
        while (found - old > 1) {
            uint64_t middle = old + (found - old) / 2;
            bool has = change_cursor_from(&cursor, middle, &change);
            if (has && change.time_ms < since_ms) {
                old = change.sequence;
            } else {
                found = middle;
            }
        }
    }
    change_cursor_close(&cursor);
    return found;
}

/* --- retention: 24 hours for streams, the recovery period where it is on --- */

struct table_log {
    uint32_t table_id;
    uint64_t first_kept;
};

/* Tables that have a stream, open or closed, by their ids. */
struct streamed {
    uint32_t *ids;
    size_t count;
    bool has_expired; /* a stream is due to be forgotten */
};

static int compare_ids(const void *left, const void *right)
{
    const uint32_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static struct streamed find_streamed(struct streams *streams, struct txn *txn)
{
    struct streamed found = {.count = 0};
    struct stream stream;
    struct slice after = SLICE_NULL;
    size_t capacity = 0;
    while (stream_after(txn, &streams->arena, after, 0, &stream)) {
        after = stream.arn;
        if (stream_has_expired(&stream, streams->now_ms)) {
            found.has_expired = true;
            continue;
        }
        if (found.count == capacity) {
            uint32_t *old = found.ids;
            capacity = capacity != 0 ? 2 * capacity : 16;
            found.ids = arena_array(&streams->arena, capacity, sizeof(*found.ids));
            if (old != NULL) {
                memcpy(found.ids, old, found.count * sizeof(*old));
            }
        }
        found.ids[found.count++] = stream.table_id;
    }
    if (found.count > 1) {
        qsort(found.ids, found.count, sizeof(*found.ids), compare_ids);
    }
    return found;
}

/* What is older than both the streams and the recovery of a table need. */
static uint64_t first_kept(const struct streams *streams, struct txn *txn,
                           const struct table *table, bool has_stream)
{
    int64_t recovery_ms = table->has_recovery ? (int64_t)table->recovery_days * DAY_MS : 0;
    int64_t kept_ms = recovery_ms > STREAM_RETENTION_MS ? recovery_ms : STREAM_RETENTION_MS;
    if (!has_stream && !table_keeps_log(table)) {
        return change_log_next(txn, table->id);
    }
    return stream_first_since(txn, table->id, 0, streams->now_ms - kept_ms);
}

static bool has_record_before(struct txn *txn, uint32_t table_id, uint64_t sequence)
{
    struct change_cursor cursor;
    struct change change;
    change_cursor_open(&cursor, txn, table_id);
    bool has = change_cursor_from(&cursor, 0, &change) && change.sequence < sequence;
    change_cursor_close(&cursor);
    return has;
}

/* Makes the round's list of logs to trim; false when there is nothing to do at all. */
static bool plan_round(struct streams *streams)
{
    struct catalog *catalog = store_catalog(streams->store);
    struct engine *engine = store_engine(streams->store);
    arena_reset(&streams->arena);
    streams->now_ms = clock_epoch_ms(store_context(streams->store)->clock);
    streams->logs =
        arena_array(&streams->arena, catalog_count(catalog) + 1, sizeof(*streams->logs));
    streams->log_count = 0;
    streams->log_at = 0;
    struct txn *txn = engine_read_begin(engine, 0);
    struct streamed streamed = find_streamed(streams, txn);
    for (size_t i = 0; i < catalog_count(catalog); i++) {
        const struct table *table = catalog_at(catalog, i);
        bool has_stream = streamed.count != 0 && bsearch(&table->id, streamed.ids, streamed.count,
                                                         sizeof(table->id), compare_ids) != NULL;
        uint64_t kept = first_kept(streams, txn, table, has_stream);
        if (has_record_before(txn, table->id, kept)) {
            streams->logs[streams->log_count++] = (struct table_log){table->id, kept};
        }
    }
    engine_read_end(engine, txn);
    return streamed.has_expired || streams->log_count != 0;
}

static void maybe_free(struct streams *streams)
{
    if (streams->is_destroyed && streams->open_handles == 0 && !streams->is_trimming) {
        arena_finish(&streams->arena);
        mem_free(streams);
    }
}

/* Writer thread: one stream, and one batch of one log. */
static void run_trim(struct write_job *job, struct txn *txn)
{
    struct streams *streams = CONTAINER_OF(job, struct streams, job);
    size_t trimmed = 0;
    streams->has_more_streams = stream_record_expire(txn, streams->now_ms);
    if (streams->log_at < streams->log_count) {
        const struct table_log *log = &streams->logs[streams->log_at];
        trimmed = change_log_trim(txn, log->table_id, log->first_kept, BACKGROUND_BATCH);
    }
    streams->has_more_records = trimmed == BACKGROUND_BATCH;
}

static void on_trimmed(struct write_job *job, enum status status)
{
    struct streams *streams = CONTAINER_OF(job, struct streams, job);
    if (!streams->has_more_records) {
        streams->log_at++;
    }
    bool is_over = !streams->has_more_streams && streams->log_at >= streams->log_count;
    if (is_over || status != STATUS_OK || streams->is_destroyed) {
        streams->is_trimming = false;
        backfill_kick(store_backfill(streams->store)); /* a forgotten stream's log */
        maybe_free(streams);
        return;
    }
    engine_submit(store_engine(streams->store), job);
}

void streams_trim(struct streams *streams)
{
    if (!streams->is_trimming && plan_round(streams)) {
        streams->is_trimming = true;
        streams->job = (struct write_job){.run = run_trim, .done = on_trimmed};
        engine_submit(store_engine(streams->store), &streams->job);
    }
}

static void on_tick(uv_timer_t *timer)
{
    streams_trim(CONTAINER_OF(timer, struct streams, timer));
}

/* --- while the clock is turned: a round each hour, as long as there are records --- */

static int64_t next_round_ms(struct alarm_source *source)
{
    struct streams *streams = CONTAINER_OF(source, struct streams, source);
    const struct catalog *catalog = store_catalog(streams->store);
    struct engine *engine = store_engine(streams->store);
    struct txn *txn = engine_read_begin(engine, 0);
    bool has_record = false;
    for (size_t i = 0; i < catalog_count(catalog) && !has_record; i++) {
        has_record = has_record_before(txn, catalog_at(catalog, i)->id, UINT64_MAX);
    }
    engine_read_end(engine, txn);
    return has_record ? streams->now_ms + TURNED_PERIOD_MS : ALARM_NEVER;
}

static void on_instant(struct alarm_source *source)
{
    streams_trim(CONTAINER_OF(source, struct streams, source));
}

/* --- life --- */

struct streams *streams_create(struct store *store)
{
    struct streams *streams = mem_zalloc(sizeof(*streams));
    uv_loop_t *loop = store_context(store)->loop;
    streams->store = store;
    streams->now_ms = clock_epoch_ms(store_context(store)->clock);
    streams->source = (struct alarm_source){.next_ms = next_round_ms, .run = on_instant};
    if (store_context(store)->alarms != NULL) {
        alarms_add_source(store_context(store)->alarms, &streams->source);
    }
    arena_init(&streams->arena, 4096);
    uv_async_init(loop, &streams->changed, on_changed);
    uv_timer_init(loop, &streams->timer);
    uv_timer_start(&streams->timer, on_tick, TRIM_PERIOD_MS, TRIM_PERIOD_MS);
    uv_unref((uv_handle_t *)&streams->changed);
    uv_unref((uv_handle_t *)&streams->timer);
    streams->open_handles = 2;
    return streams;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct streams *streams = handle->data;
    streams->open_handles--;
    maybe_free(streams);
}

void streams_destroy(struct streams *streams)
{
    if (streams == NULL) {
        return;
    }
    streams->is_destroyed = true;
    if (store_context(streams->store)->alarms != NULL) {
        alarms_remove_source(store_context(streams->store)->alarms, &streams->source);
    }
    streams->changed.data = streams;
    streams->timer.data = streams;
    uv_close((uv_handle_t *)&streams->changed, on_handle_closed);
    uv_close((uv_handle_t *)&streams->timer, on_handle_closed);
}
