#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/operations.h"

/* --- making and deleting --- */

void kinesis_op_create_stream(struct api_call *call, void *ctx)
{
    struct kinesis *kinesis = ctx;
    const struct record *input;
    if (!read_input(call, &input)) {
        return;
    }
    const struct record *details = record_get(input, MEMBER_STREAM_MODE_DETAILS)->record;
    bool is_on_demand = slice_is(record_text(details, MEMBER_STREAM_MODE), "ON_DEMAND");
    bool has_count = record_has(input, MEMBER_SHARD_COUNT);
    int64_t count = has_count ? record_get(input, MEMBER_SHARD_COUNT)->number : ON_DEMAND_SHARDS;
    bool is_auto = slice_is(record_text(input, MEMBER_RECORD_DISTRIBUTION_STRATEGY), "AUTO");
    struct slice name = record_text(input, MEMBER_STREAM_NAME);
    struct stream_settings settings = {
        .mode = is_on_demand ? MODE_ON_DEMAND : MODE_PROVISIONED,
        .is_auto_distributed = is_auto,
        .retention_hours = RETENTION_HOURS_MIN,
        .record_kib = record_has(input, MEMBER_MAX_RECORD_SIZE_IN_KIB)
                          ? record_get(input, MEMBER_MAX_RECORD_SIZE_IN_KIB)->number
                          : RECORD_KIB_MIN,
        .warm_mib = record_get(input, MEMBER_WARM_THROUGHPUT_MIBPS)->number,
    };
    if (details == NULL && !has_count) {
        settings.mode = MODE_ON_DEMAND; /* as AWS does without either */
    }
    if (is_on_demand && has_count) {
        kinesis_refuse(call, REFUSE_VALIDATION,
                       "ShardCount must not be provided for streams with the ON_DEMAND mode.");
        return;
    }
    if (details != NULL && !is_on_demand && !has_count) {
        kinesis_refuse(call, REFUSE_VALIDATION,
                       "ShardCount must be provided for streams with the PROVISIONED mode.");
        return;
    }
    if (is_auto && settings.mode != MODE_ON_DEMAND) {
        kinesis_refuse(
            call, REFUSE_VALIDATION,
            "The AUTO record distribution strategy is only supported for streams with the "
            "ON_DEMAND mode.");
        return;
    }
    if (count > STREAM_SHARDS_MAX) {
        kinesis_refuse(
            call, REFUSE_LIMIT,
            "This request would exceed the shard limit of %d for a stream. Requested: %lld.",
            STREAM_SHARDS_MAX, (long long)count);
        return;
    }
    if (stream_name_is_taken(kinesis, name)) {
        kinesis_refuse(call, REFUSE_IN_USE, "Stream %.*s under account %s already exists.",
                       SLICE_ARG(name), api_account_id(call));
        return;
    }
    if (read_tags(call, record_get(input, MEMBER_TAGS), SLICE_NULL, &settings.tags)) {
        (void)stream_create(kinesis, name, &settings, (uint32_t)count, reply_when_written, call);
    }
}

void kinesis_op_delete_stream(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    if (stream->settings.consumer_count != 0 &&
        !record_get(input, MEMBER_ENFORCE_CONSUMER_DELETION)->flag) {
        kinesis_refuse(call, REFUSE_IN_USE,
                       "Stream %.*s under account %s has %zu consumers registered. Set "
                       "EnforceConsumerDeletion to delete them with it.",
                       SLICE_ARG(stream->name), api_account_id(call),
                       stream->settings.consumer_count);
        return;
    }
    stream_delete(stream, reply_when_written, call);
}

/* --- describing --- */

static void print_mode(struct json_writer *w, const struct kinesis_stream *stream)
{
    json_key_text(w, "StreamModeDetails");
    json_open(w, '{');
    json_put_text(w, "StreamMode", stream_mode_name(stream));
    json_close(w, '}');
}

/* What both descriptions have. */
static void print_stream(struct json_writer *w, const struct kinesis_stream *stream)
{
    const struct stream_settings *settings = &stream->settings;
    json_put_string(w, "StreamName", stream->name);
    json_put_string(w, "StreamARN", stream->arn);
    json_put_text(w, "StreamStatus", "ACTIVE");
    print_mode(w, stream);
    json_put_i64(w, "RetentionPeriodHours", settings->retention_hours);
    print_time(w, "StreamCreationTimestamp", stream->created_ms / 1000 * 1000);
    json_key_text(w, "EnhancedMonitoring");
    json_open(w, '[');
    json_open(w, '{');
    print_metrics(w, "ShardLevelMetrics", settings->monitored);
    json_close(w, '}');
    json_close(w, ']');
    json_put_text(w, "EncryptionType", settings->key_id.len != 0 ? "KMS" : "NONE");
    if (settings->key_id.len != 0) {
        json_put_string(w, "KeyId", settings->key_id);
    }
}

void kinesis_op_describe_stream(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    uint32_t after = 0;
    struct slice start = record_text(input, MEMBER_EXCLUSIVE_START_SHARD_ID);
    if (start.len != 0 && !shard_id_parse(start, &after)) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "ExclusiveStartShardId %.*s is no shard id.",
                       SLICE_ARG(start));
        return;
    }
    size_t limit = read_page_size(input, MEMBER_LIMIT, DESCRIBE_SHARDS_MAX);
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "StreamDescription");
    json_open(&w, '{');
    print_stream(&w, stream);
    json_key_text(&w, "Shards");
    json_open(&w, '[');
    size_t printed = 0;
    bool has_more = false;
    for (size_t i = 0; i < stream->shard_count && !has_more; i++) {
        if (start.len != 0 && stream->shards[i].number <= after) {
            continue;
        }
        has_more = printed == limit;
        if (!has_more) {
            print_shard(&w, &stream->shards[i]);
            printed++;
        }
    }
    json_close(&w, ']');
    json_put_bool(&w, "HasMoreShards", has_more);
    json_close(&w, '}');
    json_close(&w, '}');
    reply_buf(call, &body);
}

void kinesis_op_describe_stream_summary(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_key_text(&w, "StreamDescriptionSummary");
    json_open(&w, '{');
    print_stream(&w, stream);
    json_put_i64(&w, "OpenShardCount", (int64_t)stream_open_shards(stream));
    json_put_i64(&w, "ConsumerCount", (int64_t)stream->settings.consumer_count);
    if (stream->settings.warm_mib != 0) {
        print_warm_throughput(&w, &stream->settings);
    }
    json_put_i64(&w, "MaxRecordSizeInKiB", stream->settings.record_kib);
    if (stream->settings.mode == MODE_ON_DEMAND) {
        json_put_text(&w, "RecordDistributionStrategy",
                      stream->settings.is_auto_distributed ? "AUTO" : "USER_PARTITION_KEY");
    }
    json_close(&w, '}');
    json_close(&w, '}');
    reply_buf(call, &body);
}

static void print_summary(struct json_writer *w, const struct kinesis_stream *stream)
{
    json_open(w, '{');
    json_put_string(w, "StreamName", stream->name);
    json_put_string(w, "StreamARN", stream->arn);
    json_put_text(w, "StreamStatus", "ACTIVE");
    print_mode(w, stream);
    print_time(w, "StreamCreationTimestamp", stream->created_ms / 1000 * 1000);
    json_close(w, '}');
}

void kinesis_op_list_streams(struct api_call *call, void *ctx)
{
    struct kinesis *kinesis = ctx;
    const struct record *input;
    if (!read_input(call, &input)) {
        return;
    }
    struct slice after = record_text(input, MEMBER_EXCLUSIVE_START_STREAM_NAME);
    if (record_has(input, MEMBER_NEXT_TOKEN)) {
        struct token token;
        if (after.len != 0) {
            kinesis_refuse(call, REFUSE_ARGUMENT,
                           "NextToken and ExclusiveStartStreamName cannot be provided together.");
            return;
        }
        if (!read_page_token(call, kinesis, TOKEN_STREAMS, input, &token)) {
            return;
        }
        after = token.text;
    }
    size_t limit = read_page_size(input, MEMBER_LIMIT, LIST_STREAMS_MAX);
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    AUTO_BUF summaries = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    struct json_writer s = json_writer_init(&summaries);
    json_open(&w, '{');
    json_key_text(&w, "StreamNames");
    json_open(&w, '[');
    json_open(&s, '[');
    struct kinesis_stream *stream = stream_next(kinesis, after);
    struct slice last = SLICE("");
    for (size_t i = 0; stream != NULL && i < limit; i++) {
        json_write_string(&w, stream->name);
        print_summary(&s, stream);
        last = stream->name;
        stream = stream_next(kinesis, stream->name);
    }
    json_close(&w, ']');
    json_close(&s, ']');
    json_put_bool(&w, "HasMoreStreams", stream != NULL);
    if (stream != NULL) {
        const struct token token = {
            .kind = TOKEN_STREAMS, .issued_ms = kinesis_now_ms(kinesis), .text = last};
        json_put_string(&w, "NextToken", token_print(api_arena(call), &token));
    }
    json_put_raw(&w, "StreamSummaries", buf_slice(&summaries));
    json_close(&w, '}');
    reply_buf(call, &body);
}

void kinesis_op_describe_limits(struct api_call *call, void *ctx)
{
    struct kinesis *kinesis = ctx;
    const struct record *input;
    if (!read_input(call, &input)) {
        return;
    }
    size_t shards = 0;
    size_t on_demand = 0;
    for (struct kinesis_stream *stream = stream_next(kinesis, SLICE("")); stream != NULL;
         stream = stream_next(kinesis, stream->name)) {
        bool is_on_demand = stream->settings.mode == MODE_ON_DEMAND;
        on_demand += is_on_demand;
        shards += is_on_demand ? 0 : stream_open_shards(stream);
    }
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_i64(&w, "ShardLimit", STREAM_SHARDS_MAX);
    json_put_i64(&w, "OpenShardCount", (int64_t)shards);
    json_put_i64(&w, "OnDemandStreamCount", (int64_t)on_demand);
    json_put_i64(&w, "OnDemandStreamCountLimit", ON_DEMAND_STREAMS_MAX);
    json_close(&w, '}');
    reply_buf(call, &body);
}
