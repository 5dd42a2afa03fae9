#include "scheduler/metrics/datapoints.h"

#include "core/mem.h"

#define RECORD_MAX (64U << 10) /* of a series: its texts have limits that add up to less */
#define TOUCH_S 3600           /* a series' record is written again when it is so old */

/* New data of one datapoint. */
struct update {
    struct update *next;
    struct metric_id id; /* sorted; in the batch's arena */
    uint8_t hash[METRIC_HASH_LEN];
    enum metric_unit unit;
    uint8_t resolution_s;
    int64_t at_s;
    struct aggregate values;
};

struct metric_batch {
    struct write_job job;
    struct arena arena;
    struct update *first;
    struct update **end;
    metric_written_fn *on_written;
    void *ctx;
};

struct metric_batch *metric_batch_create(void)
{
    struct metric_batch *batch = mem_zalloc(sizeof *batch);
    arena_init(&batch->arena, 1024);
    batch->end = &batch->first;
    return batch;
}

void metric_batch_destroy(struct metric_batch *batch)
{
    for (struct update *update = batch->first; update != NULL; update = update->next) {
        aggregate_finish(&update->values);
    }
    arena_finish(&batch->arena);
    mem_free(batch);
}

struct aggregate *metric_batch_add(struct metric_batch *batch, const struct metric_id *id,
                                   enum metric_unit unit, uint8_t resolution_s, int64_t at_ms)
{
    struct update *update = arena_alloc(&batch->arena, sizeof *update);
    int64_t at_s = at_ms / 1000;
    update->id = metric_id_copy(&batch->arena, id);
    metric_hash(&update->id, update->hash);
    update->unit = unit;
    update->resolution_s = resolution_s;
    update->at_s = at_s - at_s % resolution_s;
    *batch->end = update;
    batch->end = &update->next;
    return &update->values;
}

/* --- writing --- */

static void put_series(struct txn *txn, const struct update *update)
{
    struct metric_key key;
    struct slice record;
    int64_t last_s;
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    series_key(&key, update->id.namespace_name, update->hash);
    if (txn_get(txn, DB_RECORDS, metric_key_slice(&key), &record) && record.len >= sizeof last_s) {
        memcpy(&last_s, record.ptr, sizeof last_s);
        if (update->at_s < last_s + TOUCH_S) {
            return;
        }
    }
    series_encode(&buf, &update->id, update->at_s);
    txn_put(txn, DB_RECORDS, metric_key_slice(&key), buf_slice(&buf));
}

static void put_datapoint(struct txn *txn, const struct update *update)
{
    struct metric_key key;
    struct slice record;
    struct aggregate sum = {.count = 0};
    AUTO_BUF buf = BUF_INIT(RECORD_MAX);
    datapoint_key(&key, update->hash, update->resolution_s, update->unit, update->at_s);
    if (!txn_get(txn, DB_RECORDS, metric_key_slice(&key), &record) ||
        !aggregate_decode(record, &sum)) {
        aggregate_encode(&buf, &update->values);
    } else {
        aggregate_merge(&sum, &update->values);
        aggregate_encode(&buf, &sum);
        aggregate_finish(&sum);
    }
    txn_put(txn, DB_RECORDS, metric_key_slice(&key), buf_slice(&buf));
}

static void run_batch(struct write_job *job, struct txn *txn)
{
    struct metric_batch *batch = CONTAINER_OF(job, struct metric_batch, job);
    for (const struct update *update = batch->first; update != NULL; update = update->next) {
        put_series(txn, update);
        put_datapoint(txn, update);
    }
}

static void on_batch_done(struct write_job *job, enum status status)
{
    struct metric_batch *batch = CONTAINER_OF(job, struct metric_batch, job);
    metric_written_fn *on_written = batch->on_written;
    void *ctx = batch->ctx;
    metric_batch_destroy(batch);
    if (on_written != NULL) {
        on_written(ctx, status);
    }
}

void metric_batch_submit(struct engine *engine, struct metric_batch *batch,
                         metric_written_fn *on_written, void *ctx)
{
    batch->job.run = run_batch;
    batch->job.done = on_batch_done;
    batch->on_written = on_written;
    batch->ctx = ctx;
    engine_submit(engine, &batch->job);
}

/* --- reading --- */

void datapoints_each(struct txn *txn, const struct datapoint_range *range,
                     void (*each)(void *ctx, enum metric_unit unit, int64_t at_s,
                                  struct aggregate *aggregate),
                     void *ctx)
{
    AUTO_CURSOR cursor;
    struct metric_key prefix, key;
    datapoints_prefix(&prefix, range->hash, range->resolution_s);
    cursor_open(&cursor, txn, DB_RECORDS);
    /* Each unit has its own run of instants; the next unit is one seek away. */
    enum metric_unit unit = (enum metric_unit)0;
    for (;;) {
        datapoint_key(&key, range->hash, range->resolution_s, unit, range->from_s);
        if (!cursor_seek(&cursor, metric_key_slice(&key)) ||
            !slice_starts_with(cursor.key, metric_key_slice(&prefix))) {
            return;
        }
        if (datapoint_unit(cursor.key) != unit) { /* an instant before from_s may be the next */
            unit = datapoint_unit(cursor.key);
            continue;
        }
        bool has = true;
        for (; has && slice_starts_with(cursor.key, metric_key_slice(&prefix)) &&
               datapoint_unit(cursor.key) == unit && datapoint_seconds(cursor.key) < range->to_s;
             has = cursor_next(&cursor)) {
            struct aggregate aggregate = {.count = 0};
            if (aggregate_decode(cursor.value, &aggregate)) {
                each(ctx, unit, datapoint_seconds(cursor.key), &aggregate);
                aggregate_finish(&aggregate);
            }
        }
        if (unit + 1 == UNIT_NUMBER_OF_UNITS) {
            return;
        }
        unit++;
    }
}

void series_each(struct txn *txn, struct slice namespace_name, struct slice after,
                 bool (*each)(void *ctx, struct slice key, const struct metric_id *id,
                              int64_t last_s),
                 void *ctx)
{
    AUTO_CURSOR cursor;
    AUTO_ARENA arena = ARENA_INIT;
    struct metric_key prefix;
    series_key(&prefix, namespace_name, NULL);
    cursor_open(&cursor, txn, DB_RECORDS);
    bool has = cursor_seek(&cursor, after.len > 0 ? after : metric_key_slice(&prefix));
    if (has && after.len > 0 && slice_eq(cursor.key, after)) {
        has = cursor_next(&cursor);
    }
    for (; has && slice_starts_with(cursor.key, metric_key_slice(&prefix));
         has = cursor_next(&cursor)) {
        struct metric_id id;
        int64_t last_s;
        arena_reset(&arena);
        if (series_decode(&arena, cursor.value, &id, &last_s) &&
            (namespace_name.len == 0 || slice_eq(id.namespace_name, namespace_name)) &&
            !each(ctx, cursor.key, &id, last_s)) {
            return;
        }
    }
}

/* --- sweeping --- */

struct sweep {
    struct write_job job;
    struct engine *engine;
    int64_t now_s;
    struct metric_key after; /* len 0: from the first series */
    struct metric_key next;  /* run()'s result; len 0: that was all */
    metric_swept_fn *on_swept;
    void *ctx;
};

/* The first datapoint of a series and resolution while it is older than `before_s`. */
static void sweep_datapoints(struct txn *txn, const uint8_t *hash, uint8_t resolution_s,
                             int64_t before_s)
{
    enum metric_unit unit = (enum metric_unit)0;
    struct metric_key prefix;
    datapoints_prefix(&prefix, hash, resolution_s);
    for (;;) {
        struct metric_key key;
        {
            AUTO_CURSOR cursor;
            cursor_open(&cursor, txn, DB_RECORDS);
            datapoint_key(&key, hash, resolution_s, unit, 0);
            if (!cursor_seek(&cursor, metric_key_slice(&key)) ||
                !slice_starts_with(cursor.key, metric_key_slice(&prefix))) {
                return;
            }
            unit = datapoint_unit(cursor.key);
            memcpy(key.bytes, cursor.key.ptr, cursor.key.len);
            key.len = cursor.key.len;
        }
        if (datapoint_seconds(metric_key_slice(&key)) < before_s) {
            (void)txn_delete(txn, DB_RECORDS, metric_key_slice(&key));
        } else if (unit + 1 == UNIT_NUMBER_OF_UNITS) {
            return;
        } else {
            unit++;
        }
    }
}

struct batch_of_series {
    struct metric_key keys[METRIC_SWEEP_BATCH];
    bool is_forgotten[METRIC_SWEEP_BATCH];
    size_t count;
    int64_t forgotten_s; /* no data since */
};

static bool take_series(void *ctx, struct slice key, const struct metric_id *id, int64_t last_s)
{
    struct batch_of_series *series = ctx;
    (void)id;
    memcpy(series->keys[series->count].bytes, key.ptr, key.len);
    series->keys[series->count].len = key.len;
    series->is_forgotten[series->count++] = last_s < series->forgotten_s;
    return series->count < METRIC_SWEEP_BATCH;
}

static void run_sweep(struct write_job *job, struct txn *txn)
{
    struct sweep *sweep = CONTAINER_OF(job, struct sweep, job);
    struct batch_of_series *series = mem_zalloc(sizeof *series);
    series->forgotten_s = sweep->now_s - METRIC_MINUTES_KEPT_S - TOUCH_S;
    series_each(txn, SLICE(""), metric_key_slice(&sweep->after), take_series, series);
    for (size_t i = 0; i < series->count; i++) {
        struct slice key = metric_key_slice(&series->keys[i]);
        const uint8_t *hash = series_hash(key);
        sweep_datapoints(txn, hash, METRIC_SECOND, sweep->now_s - METRIC_SECONDS_KEPT_S);
        sweep_datapoints(txn, hash, METRIC_MINUTE, sweep->now_s - METRIC_MINUTES_KEPT_S);
        if (series->is_forgotten[i]) {
            (void)txn_delete(txn, DB_RECORDS, key);
        }
    }
    sweep->next.len = 0;
    if (series->count == METRIC_SWEEP_BATCH) {
        sweep->next = series->keys[series->count - 1];
    }
    mem_free(series);
}

static void on_sweep_done(struct write_job *job, enum status status)
{
    struct sweep *sweep = CONTAINER_OF(job, struct sweep, job);
    bool has_more = status == STATUS_OK && sweep->next.len > 0;
    if (sweep->on_swept(sweep->ctx, has_more)) {
        sweep->after = sweep->next;
        engine_submit(sweep->engine, &sweep->job);
    } else {
        mem_free(sweep);
    }
}

void metric_sweep(struct engine *engine, int64_t now_ms, metric_swept_fn *on_swept, void *ctx)
{
    struct sweep *sweep = mem_zalloc(sizeof *sweep);
    sweep->job.run = run_sweep;
    sweep->job.done = on_sweep_done;
    sweep->engine = engine;
    sweep->now_s = now_ms / 1000;
    sweep->on_swept = on_swept;
    sweep->ctx = ctx;
    engine_submit(engine, &sweep->job);
}
