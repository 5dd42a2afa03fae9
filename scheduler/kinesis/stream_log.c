#include "scheduler/kinesis/kinesis_private.h"

#include "core/encode.h"
#include "core/mem.h"
#include "scheduler/kinesis/record.h"

#include <assert.h>

#define PRINTED_DATA_MAX (16u << 20) /* base64 of the largest record */

/* --- watching --- */

static void make_due(struct kinesis *kinesis, struct stream_log_watch *watch)
{
    watch->is_due = true;
    if (!alarm_is_set(&kinesis->wake)) {
        alarm_set(kinesis->scheduler->context->alarms, &kinesis->wake, kinesis_now_ms(kinesis));
    }
}

bool stream_log_watch(struct scheduler *scheduler, struct slice arn, struct stream_log_watch *watch)
{
    struct kinesis_stream *stream = stream_find_arn(scheduler->kinesis, arn, NULL);
    if (stream == NULL) {
        return false;
    }
    watch->stream = stream;
    watch->is_due = false;
    watch->next = stream->watches;
    stream->watches = watch;
    return true;
}

static void take_out(struct stream_log_watch **list, struct stream_log_watch *watch)
{
    while (*list != NULL && *list != watch) {
        list = &(*list)->next;
    }
    if (*list != NULL) {
        *list = watch->next;
    }
}

void stream_log_unwatch(struct scheduler *scheduler, struct stream_log_watch *watch)
{
    struct kinesis *kinesis = scheduler->kinesis;
    take_out(watch->stream != NULL ? &watch->stream->watches : &kinesis->orphans, watch);
    watch->stream = NULL;
    watch->is_due = false;
}

void stream_log_changed(struct kinesis_stream *stream)
{
    for (struct stream_log_watch *watch = stream->watches; watch != NULL; watch = watch->next) {
        make_due(stream->kinesis, watch);
    }
}

void stream_log_ended(struct kinesis_stream *stream)
{
    struct kinesis *kinesis = stream->kinesis;
    while (stream->watches != NULL) {
        struct stream_log_watch *watch = stream->watches;
        stream->watches = watch->next;
        watch->stream = NULL;
        watch->next = kinesis->orphans;
        kinesis->orphans = watch;
        make_due(kinesis, watch);
    }
}

/* The first that is due. A watcher may unwatch itself or others, so each look begins anew. */
static struct stream_log_watch *find_due(const struct kinesis *kinesis)
{
    for (struct stream_log_watch *watch = kinesis->orphans; watch != NULL; watch = watch->next) {
        if (watch->is_due) {
            return watch;
        }
    }
    for (size_t i = 0; i < kinesis->streams.count; i++) {
        const struct kinesis_stream *stream = kinesis->streams.items[i];
        for (struct stream_log_watch *watch = stream->watches; watch != NULL; watch = watch->next) {
            if (watch->is_due) {
                return watch;
            }
        }
    }
    return NULL;
}

void stream_log_on_wake(struct alarm *alarm)
{
    struct kinesis *kinesis = CONTAINER_OF(alarm, struct kinesis, wake);
    struct stream_log_watch *watch;
    while ((watch = find_due(kinesis)) != NULL) {
        watch->is_due = false;
        watch->on_change(watch);
    }
}

/* --- reading --- */

static struct shard *shard_named(const struct stream_log_watch *watch, struct slice id)
{
    uint32_t number;
    return watch->stream != NULL && shard_id_parse(id, &number)
               ? stream_shard(watch->stream, number)
               : NULL;
}

void stream_log_each_shard(const struct stream_log_watch *watch,
                           void (*on_shard)(void *ctx, const struct stream_log_shard *shard),
                           void *ctx)
{
    const struct kinesis_stream *stream = watch->stream;
    for (size_t i = 0; stream != NULL && i < stream->shard_count; i++) {
        const struct shard *shard = &stream->shards[i];
        char id[SHARD_ID_LEN];
        char parents[2][SHARD_ID_LEN];
        char first[SEQUENCE_TEXT_LEN];
        char last[SEQUENCE_TEXT_LEN];
        struct stream_log_shard told = {.parents = {SLICE(""), SLICE("")}, .last = SLICE("")};
        shard_id_print(shard->number, id);
        told.id = slice_from(id);
        told.first = slice_from(shard_first_sequence(shard, first));
        if (!shard_is_open(shard)) {
            told.last = slice_from(shard_last_sequence(shard, last));
        }
        for (size_t k = 0; k < 2 && shard->parents[k] != SHARD_NONE; k++) {
            shard_id_print(shard->parents[k], parents[k]);
            told.parents[k] = slice_from(parents[k]);
        }
        on_shard(ctx, &told);
    }
}

int64_t stream_log_retention_ms(const struct stream_log_watch *watch)
{
    return watch->stream != NULL ? stream_retention_ms(watch->stream) : 0;
}

uint64_t shard_index_since(struct kinesis_stream *stream, struct shard *shard, int64_t since_ms)
{
    struct engine *engine = stream->kinesis->scheduler->engine;
    shard_load(stream, shard);
    struct txn *txn = engine_read_begin(engine, 0);
    uint64_t index;
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        index =
            stored_record_since(&cursor, stream->id, shard->number, shard->next_index, since_ms);
    }
    engine_read_end(engine, txn);
    return index;
}

const char *record_sequence(const struct shard *shard, uint64_t index, int64_t time_ms,
                            char out[SEQUENCE_TEXT_LEN])
{
    const struct sequence_number number = {shard->created_ms / 1000, shard->number, index,
                                           time_ms / 1000};
    return sequence_number_print(&number, out);
}

void stream_log_position(struct scheduler *scheduler, const struct stream_log_watch *watch,
                         struct slice shard_id, enum stream_log_start start, int64_t timestamp_ms,
                         char ret_after[STREAM_LOG_SEQUENCE_DIGITS + 1])
{
    struct shard *shard = shard_named(watch, shard_id);
    (void)scheduler;
    ret_after[0] = '\0';
    if (shard == NULL || start == STREAM_LOG_TRIM_HORIZON) {
        if (shard != NULL) {
            (void)shard_first_sequence(shard, ret_after);
        }
        return;
    }
    shard_load(watch->stream, shard);
    uint64_t next = start == STREAM_LOG_LATEST
                        ? shard->next_index
                        : shard_index_since(watch->stream, shard, timestamp_ms);
    (void)record_sequence(shard, next - 1, kinesis_now_ms(watch->stream->kinesis), ret_after);
}

bool shard_read(struct kinesis_stream *stream, struct shard *shard, uint64_t index,
                bool (*on_record)(void *ctx, const struct stored_record *record), void *ctx)
{
    struct kinesis *kinesis = stream->kinesis;
    struct engine *engine = kinesis->scheduler->engine;
    int64_t horizon_ms = kinesis_now_ms(kinesis) - stream_retention_ms(stream);
    struct txn *txn = engine_read_begin(engine, 0);
    bool has;
    {
        struct stored_record record;
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        has = stored_record_at(&cursor, stream->id, shard->number, index, &record);
        if (has && record.time_ms < horizon_ms) { /* expired, and not yet deleted */
            uint64_t first =
                stored_record_since(&cursor, stream->id, shard->number, UINT64_MAX, horizon_ms);
            has = stored_record_at(&cursor, stream->id, shard->number, first, &record);
        }
        while (has && on_record(ctx, &record)) {
            has = stored_record_next(&cursor, stream->id, shard->number, &record);
        }
    }
    engine_read_end(engine, txn);
    return !has;
}

struct log_reading {
    const struct shard *shard;
    bool (*on_record)(void *ctx, const struct stream_log_record *record);
    void *ctx;
};

static bool on_stored(void *ctx, const struct stored_record *stored)
{
    const struct log_reading *reading = ctx;
    char sequence[SEQUENCE_TEXT_LEN];
    const struct stream_log_record record = {
        .sequence =
            slice_from(record_sequence(reading->shard, stored->index, stored->time_ms, sequence)),
        .arrived_ms = stored->time_ms,
        .partition_key = stored->partition_key,
        .data = stored->data,
        .is_encrypted = stored->is_encrypted,
    };
    return reading->on_record(reading->ctx, &record);
}

bool stream_log_read(struct scheduler *scheduler, const struct stream_log_watch *watch,
                     struct slice shard_id, struct slice after,
                     bool (*on_record)(void *ctx, const struct stream_log_record *record),
                     void *ctx)
{
    (void)scheduler;
    struct shard *shard = shard_named(watch, shard_id);
    struct sequence_number number = {.index = 0};
    if (shard == NULL) {
        return true;
    }
    bool is_ours = after.len == 0 || sequence_number_parse(after, &number);
    assert(is_ours);
    (void)is_ours;
    struct log_reading reading = {shard, on_record, ctx};
    uint64_t index = number.index < SEQUENCE_INDEX_END ? number.index + 1 : number.index;
    bool is_end = shard_read(watch->stream, shard, index, on_stored, &reading);
    return is_end && shard_is_over(watch->stream, shard);
}

void stream_log_print(struct scheduler *scheduler, struct json_writer *w, struct slice shard,
                      const struct stream_log_record *record, struct slice source_arn)
{
    AUTO_BUF text = BUF_INIT(PRINTED_DATA_MAX);
    json_open(w, '{');
    json_key_text(w, "kinesis");
    json_open(w, '{');
    json_put_text(w, "kinesisSchemaVersion", "1.0");
    json_put_string(w, "partitionKey", record->partition_key);
    json_put_string(w, "sequenceNumber", record->sequence);
    base64_encode(&text, record->data);
    json_put_string(w, "data", buf_slice(&text));
    json_key_text(w, "approximateArrivalTimestamp");
    json_write_double(w, (double)record->arrived_ms / 1000);
    json_close(w, '}');
    json_put_text(w, "eventSource", "aws:kinesis");
    json_put_text(w, "eventVersion", "1.0");
    buf_clear(&text);
    buf_printf(&text, "%.*s:%.*s", SLICE_ARG(shard), SLICE_ARG(record->sequence));
    json_put_string(w, "eventID", buf_slice(&text));
    json_put_text(w, "eventName", "aws:kinesis:record");
    buf_clear(&text);
    buf_printf(&text, "arn:aws:iam::%s:role/lambda-role", scheduler->options.account_id);
    json_put_string(w, "invokeIdentityArn", buf_slice(&text));
    json_put_text(w, "awsRegion", scheduler->options.region);
    json_put_string(w, "eventSourceARN", source_arn);
    json_close(w, '}');
}
