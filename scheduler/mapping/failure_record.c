#include "scheduler/mapping/failure_record.h"

#include "core/clock.h"
#include "core/id.h"

static const char *const conditions[] = {
    [DISCARD_RETRIES_EXHAUSTED] = "RetryAttemptsExhausted",
    [DISCARD_TOO_OLD] = "RecordAgeExceeded",
};

static void put_arrival(struct json_writer *w, const char *key, int64_t epoch_ms, bool has_ms)
{
    char text[TIME_TEXT_MAX];
    json_put_text(w, key, has_ms ? time_iso8601_ms(text, epoch_ms) : time_iso8601(text, epoch_ms));
}

static void put_request_context(struct json_writer *w, const struct failure_record *record)
{
    json_key_text(w, "requestContext");
    json_open(w, '{');
    json_put_string(w, "requestId", record->request_id);
    json_put_string(w, "functionArn", record->function_arn);
    json_put_text(w, "condition", conditions[record->condition]);
    json_put_i64(w, "approximateInvokeCount", record->invocations);
    json_close(w, '}');
}

static void put_response_context(struct json_writer *w, const struct failure_record *record)
{
    json_key_text(w, "responseContext");
    json_open(w, '{');
    json_put_i64(w, "statusCode", 200);
    json_put_string(w, "executedVersion", record->version);
    if (record->function_error.len > 0) {
        json_put_string(w, "functionError", record->function_error);
    } else {
        json_put_null(w, "functionError");
    }
    json_close(w, '}');
}

static void put_batch_info(struct json_writer *w, const struct failure_record *record)
{
    const struct batch *batch = record->batch;
    size_t last = record->end - 1;
    json_key_text(w, record->batch_info);
    json_open(w, '{');
    json_put_string(w, "shardId", record->shard_id);
    json_put_string(w, "startSequenceNumber", batch_sequence(batch, record->first));
    json_put_string(w, "endSequenceNumber", batch_sequence(batch, last));
    put_arrival(w, "approximateArrivalOfFirstRecord", batch->records[record->first].arrived_ms,
                record->has_arrival_ms);
    put_arrival(w, "approximateArrivalOfLastRecord", batch->records[last].arrived_ms,
                record->has_arrival_ms);
    json_put_i64(w, "batchSize", (int64_t)(record->end - record->first));
    json_put_string(w, "streamArn", record->stream_arn);
    json_close(w, '}');
}

void failure_record_print(struct buf *buf, const struct failure_record *record)
{
    char now[TIME_TEXT_MAX];
    struct json_writer w = json_writer_init(buf);
    json_open(&w, '{');
    put_request_context(&w, record);
    if (record->condition == DISCARD_RETRIES_EXHAUSTED && record->was_answered) {
        put_response_context(&w, record);
    }
    json_put_text(&w, "version", "1.0");
    json_put_text(&w, "timestamp", time_iso8601_ms(now, record->now_ms));
    put_batch_info(&w, record);
    if (record->payload.len > 0) {
        json_put_raw(&w, "payload", record->payload);
    }
    json_close(&w, '}');
}

struct slice failure_object_key(struct arena *arena, struct slice mapping_uuid,
                                struct slice shard_id, int64_t now_ms)
{
    char day[TIME_TEXT_MAX];
    char instant[TIME_TEXT_MAX];
    char uuid[ID_UUID_MAX];
    (void)time_path_date(day, now_ms);
    (void)time_iso8601(instant, now_ms);
    instant[strlen(instant) - 1] = '\0'; /* no zone, and no colons */
    for (char *at = instant; *at != '\0'; at++) {
        *at = *at == ':' ? '.' : *at;
    }
    return arena_printf(arena, "aws/lambda/%.*s/%.*s/%s/%s-%s", SLICE_ARG(mapping_uuid),
                        SLICE_ARG(shard_id), day, instant, id_uuid(uuid));
}
