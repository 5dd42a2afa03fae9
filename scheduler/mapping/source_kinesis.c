/* Kinesis streams, and their registered consumers: shards that split and merge. */
#include "scheduler/mapping/source.h"

#include "core/mem.h"
#include "scheduler/kinesis/stream_log.h"

struct kinesis_source {
    struct source source;
    struct scheduler *scheduler;
    struct stream_log_watch watch;
    bool is_watching;
    struct slice arn; /* behind the struct */
};

static struct kinesis_source *of(const struct source *source)
{
    union {
        const struct source *from;
        struct source *to;
    } address = {source};
    return CONTAINER_OF(address.to, struct kinesis_source, source);
}

static void on_change(struct stream_log_watch *watch)
{
    struct kinesis_source *self = watch->ctx;
    self->source.on_change(self->source.ctx);
}

static bool watch_stream(struct kinesis_source *self)
{
    self->watch = (struct stream_log_watch){.on_change = on_change, .ctx = self};
    self->is_watching = stream_log_watch(self->scheduler, self->arn, &self->watch);
    return self->is_watching;
}

static void unwatch_stream(struct kinesis_source *self)
{
    if (self->is_watching) {
        stream_log_unwatch(self->scheduler, &self->watch);
        self->is_watching = false;
    }
}

static struct source *open_stream(struct scheduler *scheduler, struct slice arn,
                                  void (*on_source_change)(void *ctx), void *ctx)
{
    struct kinesis_source *self = mem_zalloc(sizeof *self + arn.len);
    memcpy((char *)(self + 1), arn.ptr, arn.len);
    self->arn = slice_of((char *)(self + 1), arn.len);
    self->source = (struct source){&source_kinesis, on_source_change, ctx};
    self->scheduler = scheduler;
    if (!watch_stream(self)) {
        mem_free(self);
        return NULL;
    }
    return &self->source;
}

static void close_stream(struct source *source)
{
    struct kinesis_source *self = of(source);
    unwatch_stream(self);
    mem_free(self);
}

struct listing {
    void (*on_shard)(void *ctx, const struct shard_info *shard);
    void *ctx;
};

/* A stream that is made again under its name has the same ids, but begins at other sequence numbers. */
static void on_log_shard(void *ctx, const struct stream_log_shard *shard)
{
    const struct listing *listing = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    const struct shard_info info = {
        .id = shard->id,
        .key = arena_printf(&arena, "%.*s@%.*s", SLICE_ARG(shard->id), SLICE_ARG(shard->first)),
        .parents = {shard->parents[0], shard->parents[1]},
    };
    listing->on_shard(listing->ctx, &info);
}

static void each_shard(struct source *source,
                       void (*on_shard)(void *ctx, const struct shard_info *shard), void *ctx)
{
    struct kinesis_source *self = of(source);
    struct listing listing = {on_shard, ctx};
    if (self->watch.stream == NULL) {
        unwatch_stream(self);
        if (!watch_stream(self)) {
            return;
        }
    }
    stream_log_each_shard(&self->watch, on_log_shard, &listing);
}

static void start(struct source *source, struct slice shard, enum starting_position position,
                  int64_t timestamp_ms, struct sequence *ret_after)
{
    const struct kinesis_source *self = of(source);
    char after[STREAM_LOG_SEQUENCE_DIGITS + 1];
    enum stream_log_start begins = position == START_LATEST         ? STREAM_LOG_LATEST
                                   : position == START_AT_TIMESTAMP ? STREAM_LOG_AT_TIMESTAMP
                                                                    : STREAM_LOG_TRIM_HORIZON;
    stream_log_position(self->scheduler, &self->watch, shard, begins, timestamp_ms, after);
    sequence_set(ret_after, slice_from(after));
}

/* What print() needs besides the record. */
struct kinesis_record {
    const struct stream_log_record *record;
    struct slice shard;
};

struct shard_reading {
    source_record_fn *on_record;
    void *ctx;
    struct slice shard;
};

static bool on_log_record(void *ctx, const struct stream_log_record *log_record)
{
    const struct shard_reading *reading = ctx;
    const struct kinesis_record raw = {log_record, reading->shard};
    const struct source_record record = {
        .sequence = log_record->sequence, .arrived_ms = log_record->arrived_ms, .raw = &raw};
    return reading->on_record(reading->ctx, &record) == READ_ON;
}

static bool read_records(struct source *source, struct slice shard, const struct sequence *after,
                         source_record_fn *on_record, void *ctx)
{
    const struct kinesis_source *self = of(source);
    struct shard_reading reading = {on_record, ctx, shard};
    if (!self->is_watching || self->watch.stream == NULL) {
        return true; /* it was deleted, and its shards with it */
    }
    return stream_log_read(self->scheduler, &self->watch, shard, sequence_text(after),
                           on_log_record, &reading);
}

static void print(const struct source *source, struct json_writer *w,
                  const struct source_record *record)
{
    const struct kinesis_source *self = of(source);
    const struct kinesis_record *raw = record->raw;
    stream_log_print(self->scheduler, w, raw->shard, raw->record, self->arn);
}

static uint64_t key_hash(const struct source *source, const struct source_record *record)
{
    const struct kinesis_record *raw = record->raw;
    (void)source;
    return slice_hash(raw->record->partition_key);
}

static int64_t retention_ms(const struct source *source)
{
    const struct kinesis_source *self = of(source);
    return self->is_watching && self->watch.stream != NULL ? stream_log_retention_ms(&self->watch)
                                                           : INT64_MAX;
}

const struct source_kind source_kinesis = {
    .batch_info = "KinesisBatchInfo",
    .has_arrival_ms = true,
    .open = open_stream,
    .close = close_stream,
    .each_shard = each_shard,
    .start = start,
    .read = read_records,
    .print = print,
    .key_hash = key_hash,
    .retention_ms = retention_ms,
};
