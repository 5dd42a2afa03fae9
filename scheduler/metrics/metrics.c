#include "scheduler/metrics/metrics.h"

#include "core/mem.h"
#include "scheduler/metrics/cloudwatch.h"
#include "scheduler/metrics/datapoints.h"
#include "scheduler/metrics/lambda_metrics.h"

/* What was counted in one minute or second, not yet written. */
struct period {
    struct period *next;
    int64_t at_ms;
    uint8_t resolution_s;
    struct aggregate values;
};

struct counted {
    struct counted *next; /* of its bucket */
    struct counted *next_of_all;
    struct arena arena; /* of the id's texts and the periods */
    struct metric_id id;
    enum metric_unit unit;
    uint64_t hash;
    struct period *periods; /* the one used last first */
};

#define BUCKETS_FIRST 64

struct metrics {
    struct scheduler *scheduler;
    struct lambda_metrics *lambda;
    struct counted **buckets; /* what was counted since the last flush, by its hash */
    size_t bucket_count, counted_count;
    struct counted *all;
    struct alarm flush;
    struct alarm sweep;
    bool is_sweeping;
    bool is_destroyed;
};

/* --- the table of what is counted --- */

/* The order of the dimensions must not matter. */
static uint64_t hash_of(const struct metric_id *id, enum metric_unit unit)
{
    uint64_t hash = slice_hash(id->namespace_name) * 31 + slice_hash(id->name) + unit;
    for (size_t i = 0; i < id->dimension_count; i++) {
        hash += slice_hash(id->dimensions[i].name) * 33 ^ slice_hash(id->dimensions[i].value);
    }
    return hash;
}

static struct counted **bucket_of(struct metrics *metrics, uint64_t hash)
{
    return &metrics->buckets[(hash ^ hash >> 29) & (metrics->bucket_count - 1)];
}

static void insert(struct metrics *metrics, struct counted *counted)
{
    struct counted **bucket = bucket_of(metrics, counted->hash);
    counted->next = *bucket;
    *bucket = counted;
}

static void grow(struct metrics *metrics)
{
    metrics->bucket_count = metrics->bucket_count == 0 ? BUCKETS_FIRST : metrics->bucket_count * 2;
    mem_free(metrics->buckets);
    metrics->buckets = mem_array(metrics->bucket_count, sizeof(struct counted *));
    for (struct counted *each = metrics->all; each != NULL; each = each->next_of_all) {
        insert(metrics, each);
    }
}

static struct counted *find_or_add(struct metrics *metrics, const struct metric_id *id,
                                   enum metric_unit unit)
{
    uint64_t hash = hash_of(id, unit);
    if (metrics->counted_count >= metrics->bucket_count) {
        grow(metrics);
    }
    for (struct counted *counted = *bucket_of(metrics, hash); counted != NULL;
         counted = counted->next) {
        if (counted->hash == hash && counted->unit == unit && metric_id_eq(&counted->id, id)) {
            return counted;
        }
    }
    struct counted *counted = mem_zalloc(sizeof *counted);
    arena_init(&counted->arena, 256);
    counted->id = metric_id_copy(&counted->arena, id);
    counted->unit = unit;
    counted->hash = hash;
    counted->next_of_all = metrics->all;
    metrics->all = counted;
    metrics->counted_count++;
    insert(metrics, counted);
    return counted;
}

/* --- counting --- */

/* The one used last, or a new one: two of the same time are merged when they are written. */
static struct period *period_of(struct counted *counted, uint8_t resolution_s, int64_t at_ms)
{
    int64_t begin_ms = at_ms - at_ms % (resolution_s * 1000);
    struct period *period = counted->periods;
    if (period == NULL || period->at_ms != begin_ms || period->resolution_s != resolution_s) {
        period = arena_alloc(&counted->arena, sizeof *period);
        period->at_ms = begin_ms;
        period->resolution_s = resolution_s;
        period->next = counted->periods;
        counted->periods = period;
    }
    return period;
}

struct lambda_metrics *metrics_lambda(const struct metrics *metrics)
{
    return metrics != NULL ? metrics->lambda : NULL;
}

void metrics_touch(struct metrics *metrics)
{
    struct scheduler *scheduler = metrics->scheduler;
    if (!alarm_is_set(&metrics->flush)) {
        alarm_set(scheduler->context->alarms, &metrics->flush,
                  scheduler_now_ms(scheduler) + METRIC_FLUSH_MS);
    }
}

/* NULL: nobody counts any more. */
static struct aggregate *values_of(struct scheduler *scheduler, const struct metric_id *id,
                                   enum metric_unit unit, uint8_t resolution_s, int64_t at_ms)
{
    if (scheduler->metrics == NULL) {
        return NULL;
    }
    metrics_touch(scheduler->metrics);
    return &period_of(find_or_add(scheduler->metrics, id, unit), resolution_s, at_ms)->values;
}

void metric_add(struct scheduler *scheduler, const struct metric_id *id, enum metric_unit unit,
                uint8_t resolution_s, int64_t at_ms, double value)
{
    struct aggregate *values = values_of(scheduler, id, unit, resolution_s, at_ms);
    if (values != NULL) {
        aggregate_add(values, value, 1);
    }
}

void metric_add_values(struct scheduler *scheduler, const struct metric_id *id,
                       enum metric_unit unit, uint8_t resolution_s, int64_t at_ms,
                       const struct aggregate *values)
{
    struct aggregate *sum =
        values->count > 0 ? values_of(scheduler, id, unit, resolution_s, at_ms) : NULL;
    if (sum != NULL) {
        aggregate_merge(sum, values);
    }
}

void metric_count(struct scheduler *scheduler, struct slice namespace_name, struct slice name,
                  const struct metric_dimension *dimensions, size_t dimension_count, double value,
                  enum metric_unit unit)
{
    const struct metric_id id = {namespace_name, name, dimensions, dimension_count};
    metric_add(scheduler, &id, unit, METRIC_MINUTE, scheduler_now_ms(scheduler), value);
}

/* --- writing behind --- */

static void take_periods(struct metric_batch *batch, const struct counted *counted)
{
    for (const struct period *period = counted->periods; period != NULL; period = period->next) {
        *metric_batch_add(batch, &counted->id, counted->unit, period->resolution_s, period->at_ms) =
            period->values;
    }
}

void metrics_flush(struct metrics *metrics, metrics_flushed_fn *on_flushed, void *ctx)
{
    struct metric_batch *batch = metric_batch_create();
    lambda_metrics_settle(metrics->lambda);
    while (metrics->all != NULL) {
        struct counted *counted = metrics->all;
        metrics->all = counted->next_of_all;
        take_periods(batch, counted);
        arena_finish(&counted->arena);
        mem_free(counted);
    }
    if (metrics->bucket_count > 0) {
        memset(metrics->buckets, 0, metrics->bucket_count * sizeof(struct counted *));
    }
    metrics->counted_count = 0;
    alarm_clear(metrics->scheduler->context->alarms, &metrics->flush);
    metric_batch_submit(metrics->scheduler->engine, batch, on_flushed, ctx);
}

static void on_flush_due(struct alarm *alarm)
{
    metrics_flush(CONTAINER_OF(alarm, struct metrics, flush), NULL, NULL);
}

/* --- forgetting --- */

static void set_sweep(struct metrics *metrics)
{
    struct context *context = metrics->scheduler->context;
    alarm_set(context->alarms, &metrics->sweep, clock_epoch_ms(context->clock) + METRIC_SWEEP_MS);
}

static void maybe_free(struct metrics *metrics)
{
    if (!metrics->is_destroyed || metrics->is_sweeping) {
        return;
    }
    struct scheduler *scheduler = metrics->scheduler;
    mem_free(metrics->buckets);
    mem_free(metrics);
    scheduler_part_closed(scheduler);
}

static bool on_swept(void *ctx, bool has_more)
{
    struct metrics *metrics = ctx;
    if (has_more && !metrics->is_destroyed) {
        return true;
    }
    metrics->is_sweeping = false;
    maybe_free(metrics);
    return false;
}

static void on_sweep_due(struct alarm *alarm)
{
    struct metrics *metrics = CONTAINER_OF(alarm, struct metrics, sweep);
    if (!metrics->is_sweeping) {
        metrics->is_sweeping = true;
        metric_sweep(metrics->scheduler->engine, scheduler_now_ms(metrics->scheduler), on_swept,
                     metrics);
    }
    set_sweep(metrics);
}

/* --- lifecycle --- */

struct metrics *metrics_create(struct scheduler *scheduler)
{
    struct metrics *metrics = mem_zalloc(sizeof *metrics);
    metrics->scheduler = scheduler;
    metrics->lambda = lambda_metrics_create(scheduler);
    metrics->flush.on_due = on_flush_due;
    metrics->sweep.on_due = on_sweep_due;
    set_sweep(metrics);
    edge_register(scheduler->edge, &cloudwatch_service, scheduler);
    return metrics;
}

void metrics_destroy(struct metrics *metrics)
{
    if (metrics == NULL) {
        return;
    }
    metrics_flush(metrics, NULL, NULL);
    lambda_metrics_destroy(metrics->lambda);
    alarm_clear(metrics->scheduler->context->alarms, &metrics->sweep);
    metrics->scheduler->metrics = NULL;
    metrics->is_destroyed = true;
    scheduler_part_opened(metrics->scheduler);
    maybe_free(metrics);
}
