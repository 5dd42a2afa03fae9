/* DynamoDB Streams: one shard a stream. */
#include "scheduler/mapping/source.h"

#include "core/mem.h"
#include "store/stream.h"

#include <assert.h>

struct dynamodb_source {
    struct source source;
    struct store *store;
    struct stream_watch watch;
    struct arena arena;
    struct stream stream;
};

static struct dynamodb_source *of(const struct source *source)
{
    union {
        const struct source *from;
        struct source *to;
    } address = {source};
    return CONTAINER_OF(address.to, struct dynamodb_source, source);
}

static void on_change(struct stream_watch *watch)
{
    struct dynamodb_source *self = watch->ctx;
    self->source.on_change(self->source.ctx);
}

static struct source *open_stream(struct scheduler *scheduler, struct slice arn,
                                  void (*on_source_change)(void *ctx), void *ctx)
{
    struct dynamodb_source *self = mem_zalloc(sizeof *self);
    arena_init(&self->arena, 1024);
    if (!stream_find(scheduler->store, &self->arena, arn, &self->stream)) {
        arena_finish(&self->arena);
        mem_free(self);
        return NULL;
    }
    self->source = (struct source){&source_dynamodb, on_source_change, ctx};
    self->store = scheduler->store;
    self->watch = (struct stream_watch){
        .on_change = on_change, .table_id = self->stream.table_id, .ctx = self};
    stream_watch(self->store, &self->watch);
    return &self->source;
}

static void close_stream(struct source *source)
{
    struct dynamodb_source *self = of(source);
    stream_unwatch(self->store, &self->watch);
    arena_finish(&self->arena);
    mem_free(self);
}

/* A stream may be closed while it is read; and a template that takes it away and brings it back makes another one of
 * the same ARN. */
static void refresh(struct dynamodb_source *self)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct stream now;
    if (!stream_find(self->store, &arena, self->stream.arn, &now)) {
        return;
    }
    if (strcmp(now.shard_id, self->stream.shard_id) == 0) {
        self->stream.last = now.last;
        return;
    }
    stream_unwatch(self->store, &self->watch);
    struct slice arn = arena_copy(&arena, self->stream.arn);
    arena_reset(&self->arena);
    bool is_there = stream_find(self->store, &self->arena, arn, &self->stream);
    assert(is_there);
    (void)is_there;
    self->watch.table_id = self->stream.table_id;
    stream_watch(self->store, &self->watch);
}

static void each_shard(struct source *source,
                       void (*on_shard)(void *ctx, const struct shard_info *shard), void *ctx)
{
    struct dynamodb_source *self = of(source);
    refresh(self);
    struct slice id = slice_from(self->stream.shard_id);
    on_shard(ctx, &(struct shard_info){.id = id, .key = id});
}

static void set_after(struct sequence *after, uint64_t next)
{
    char text[STREAM_SEQUENCE_DIGITS + 1];
    stream_print_sequence(next - 1, text);
    sequence_set(after, slice_from(text));
}

static void start(struct source *source, struct slice shard, enum starting_position position,
                  int64_t timestamp_ms, struct sequence *ret_after)
{
    struct dynamodb_source *self = of(source);
    struct engine *engine = store_engine(self->store);
    struct txn *txn = engine_read_begin(engine, 0);
    (void)shard;
    (void)timestamp_ms;
    set_after(ret_after, position == START_LATEST ? change_log_next(txn, self->stream.table_id)
                                                  : self->stream.first);
    engine_read_end(engine, txn);
}

struct reading {
    source_record_fn *on_record;
    void *ctx;
};

static bool on_record(void *ctx, const struct change *change)
{
    const struct reading *reading = ctx;
    char sequence[STREAM_SEQUENCE_DIGITS + 1];
    stream_print_sequence(change->sequence, sequence);
    const struct source_record record = {
        .sequence = slice_from(sequence), .arrived_ms = change->time_ms, .raw = change};
    return reading->on_record(reading->ctx, &record) == READ_ON;
}

static bool read_records(struct source *source, struct slice shard, const struct sequence *after,
                         source_record_fn *on_source_record, void *ctx)
{
    struct dynamodb_source *self = of(source);
    struct reading reading = {on_source_record, ctx};
    uint64_t last = 0;
    bool is_ours = after->len == 0 || stream_parse_sequence(sequence_text(after), &last);
    assert(is_ours);
    (void)is_ours;
    refresh(self);
    if (!slice_is(shard, self->stream.shard_id)) {
        return true; /* of the stream before this one */
    }
    uint64_t next = stream_read(self->store, &self->stream, last + 1, on_record, &reading);
    return next > self->stream.last;
}

static void print(const struct source *source, struct json_writer *w,
                  const struct source_record *record)
{
    stream_print(w, &of(source)->stream, record->raw, true);
}

static uint64_t hash_key(const struct source *source, const struct source_record *record)
{
    const struct key_schema *keys = of(source)->stream.keys;
    const struct change *change = record->raw;
    struct slice item = change->new_item.ptr != NULL ? change->new_item : change->old_item;
    uint64_t hash = 0;
    for (size_t i = 0; i < key_part_count(keys); i++) {
        hash = hash * 31 + slice_hash(item_get(item, keys->parts[i].name).raw);
    }
    return hash;
}

static int64_t retention_ms(const struct source *source)
{
    (void)source;
    return STREAM_RETENTION_MS;
}

const struct source_kind source_dynamodb = {
    .batch_info = "DDBStreamBatchInfo",
    .open = open_stream,
    .close = close_stream,
    .each_shard = each_shard,
    .start = start,
    .read = read_records,
    .print = print,
    .key_hash = hash_key,
    .retention_ms = retention_ms,
};
