#include "scheduler/kinesis/limits.h"
#include "scheduler/kinesis/metric_names.h"
#include "scheduler/kinesis/operations.h"

void print_metrics(struct json_writer *w, const char *name, uint32_t monitored)
{
    json_key_text(w, name);
    json_open(w, '[');
    for (size_t i = 0; i < METRIC_COUNT; i++) {
        if ((monitored & 1u << i) != 0) {
            json_write_string(w, slice_from(metric_names[i]));
        }
    }
    json_close(w, ']');
}

void print_warm_throughput(struct json_writer *w, const struct stream_settings *settings)
{
    json_key_text(w, "WarmThroughput");
    json_open(w, '{');
    json_put_i64(w, "TargetMiBps", settings->warm_mib);
    json_put_i64(w, "CurrentMiBps", settings->warm_mib);
    json_close(w, '}');
}

/* --- retention --- */

static void change_retention(struct api_call *call, struct kinesis *kinesis, bool is_increase)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, kinesis, input, &stream)) {
        return;
    }
    long long hours = record_get(input, MEMBER_RETENTION_PERIOD_HOURS)->number;
    long long existing = stream->settings.retention_hours;
    if (hours < RETENTION_HOURS_MIN) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Minimum allowed retention period is %d hours. Requested retention period (%lld "
            "hours) is too short.",
            RETENTION_HOURS_MIN, hours);
        return;
    }
    if (hours > RETENTION_HOURS_MAX) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Maximum allowed retention period is %d hours. Requested retention period (%lld "
            "hours) is too long.",
            RETENTION_HOURS_MAX, hours);
        return;
    }
    if (is_increase ? hours < existing : hours > existing) {
        kinesis_refuse(
            call, REFUSE_ARGUMENT,
            "Requested retention period (%lld hours) for stream %.*s can not be %s than existing "
            "retention period (%lld hours). Use %sRetentionPeriod API.",
            hours, SLICE_ARG(stream->name), is_increase ? "shorter" : "longer", existing,
            is_increase ? "Decrease" : "Increase");
        return;
    }
    struct stream_settings settings = stream->settings;
    settings.retention_hours = hours;
    stream_change(stream, &settings, reply_when_written, call);
}

void kinesis_op_increase_retention(struct api_call *call, void *ctx)
{
    change_retention(call, ctx, true);
}

void kinesis_op_decrease_retention(struct api_call *call, void *ctx)
{
    change_retention(call, ctx, false);
}

/* --- what is kept and told, without effect here --- */

static uint32_t metrics_of(const struct field *metrics)
{
    uint32_t monitored = 0;
    for (size_t i = 0; i < metrics->count; i++) {
        monitored |= metric_bits(metrics->items[i].text);
    }
    return monitored;
}

static void change_monitoring(struct api_call *call, struct kinesis *kinesis, bool is_on)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, kinesis, input, &stream)) {
        return;
    }
    uint32_t before = stream->settings.monitored;
    uint32_t named = metrics_of(record_get(input, MEMBER_SHARD_LEVEL_METRICS));
    struct stream_settings settings = stream->settings;
    settings.monitored = is_on ? before | named : before & ~named;
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "StreamName", stream->name);
    json_put_string(&w, "StreamARN", stream->arn);
    print_metrics(&w, "CurrentShardLevelMetrics", before);
    print_metrics(&w, "DesiredShardLevelMetrics", settings.monitored);
    json_close(&w, '}');
    stream_change(stream, &settings, answer_when_written, answer_keep(call, &body));
}

void kinesis_op_enable_monitoring(struct api_call *call, void *ctx)
{
    change_monitoring(call, ctx, true);
}

void kinesis_op_disable_monitoring(struct api_call *call, void *ctx)
{
    change_monitoring(call, ctx, false);
}

static void change_encryption(struct api_call *call, struct kinesis *kinesis, bool is_on)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, kinesis, input, &stream)) {
        return;
    }
    if (!slice_is(record_text(input, MEMBER_ENCRYPTION_TYPE), "KMS")) {
        kinesis_refuse(call, REFUSE_ARGUMENT, "The only valid EncryptionType is KMS.");
        return;
    }
    struct stream_settings settings = stream->settings;
    settings.key_id = is_on ? record_text(input, MEMBER_KEY_ID) : SLICE("");
    stream_change(stream, &settings, reply_when_written, call);
}

void kinesis_op_start_encryption(struct api_call *call, void *ctx)
{
    change_encryption(call, ctx, true);
}

void kinesis_op_stop_encryption(struct api_call *call, void *ctx)
{
    change_encryption(call, ctx, false);
}

void kinesis_op_update_mode(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    const struct record *details = record_get(input, MEMBER_STREAM_MODE_DETAILS)->record;
    struct stream_settings settings = stream->settings;
    bool is_on_demand = slice_is(record_text(details, MEMBER_STREAM_MODE), "ON_DEMAND");
    settings.mode = is_on_demand ? MODE_ON_DEMAND : MODE_PROVISIONED;
    settings.is_auto_distributed = settings.is_auto_distributed && is_on_demand;
    if (record_has(input, MEMBER_WARM_THROUGHPUT_MIBPS)) {
        settings.warm_mib = record_get(input, MEMBER_WARM_THROUGHPUT_MIBPS)->number;
    }
    stream_change(stream, &settings, reply_when_written, call);
}

void kinesis_op_update_record_size(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    struct stream_settings settings = stream->settings;
    settings.record_kib = record_get(input, MEMBER_MAX_RECORD_SIZE_IN_KIB)->number;
    stream_change(stream, &settings, reply_when_written, call);
}

void kinesis_op_update_warm_throughput(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    if (stream->settings.mode != MODE_ON_DEMAND) {
        kinesis_refuse(call, REFUSE_VALIDATION,
                       "Request is invalid. Stream %.*s under account %s is not in On-Demand mode.",
                       SLICE_ARG(stream->name), api_account_id(call));
        return;
    }
    struct stream_settings settings = stream->settings;
    settings.warm_mib = record_get(input, MEMBER_WARM_THROUGHPUT_MIBPS)->number;
    AUTO_BUF body = BUF_INIT(REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    json_open(&w, '{');
    json_put_string(&w, "StreamName", stream->name);
    json_put_string(&w, "StreamARN", stream->arn);
    print_warm_throughput(&w, &settings);
    json_close(&w, '}');
    stream_change(stream, &settings, answer_when_written, answer_keep(call, &body));
}

void kinesis_op_update_distribution(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct kinesis_stream *stream;
    if (!read_input(call, &input) || !read_stream(call, ctx, input, &stream)) {
        return;
    }
    struct stream_settings settings = stream->settings;
    settings.is_auto_distributed =
        slice_is(record_text(input, MEMBER_RECORD_DISTRIBUTION_STRATEGY), "AUTO");
    if (settings.is_auto_distributed && settings.mode != MODE_ON_DEMAND) {
        kinesis_refuse(call, REFUSE_VALIDATION,
                       "Request is invalid. Stream %.*s under account %s is not in On-Demand mode.",
                       SLICE_ARG(stream->name), api_account_id(call));
        return;
    }
    stream_change(stream, &settings, reply_when_written, call);
}
