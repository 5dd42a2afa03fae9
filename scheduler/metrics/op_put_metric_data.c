/* PutMetricData: on disk, merged with what is there, before it is answered. */
#include "scheduler/metrics/cloudwatch.h"
#include "scheduler/metrics/datapoints.h"

#include <math.h>

/* A datum that is being judged. */
struct datum {
    struct api_call *call;
    const struct record *record;
    size_t number; /* from 1 */
    int64_t at_ms;
};

static bool refuse_value(const struct datum *datum, const char *member, double value)
{
    cloudwatch_refuse(datum->call, CLOUDWATCH_INVALID_VALUE,
                      "The value %g for parameter MetricData.member.%zu.%s is invalid.", value,
                      datum->number, member);
    return false;
}

static bool is_value(double value)
{
    return isfinite(value) && fabs(value) <= ldexp(1, METRIC_VALUE_EXPONENT_MAX);
}

static bool take_values(const struct datum *datum, struct aggregate *values)
{
    const struct field *list = record_get(datum->record, MEMBER_VALUES);
    const struct field *counts = record_get(datum->record, MEMBER_COUNTS);
    if (list->count > METRIC_VALUES_MAX) {
        cloudwatch_refuse(
            datum->call, CLOUDWATCH_INVALID_VALUE,
            "The collection MetricData.member.%zu.Values must not have a size greater "
            "than %d.",
            datum->number, METRIC_VALUES_MAX);
        return false;
    }
    if (counts->is_set && counts->count != list->count) {
        cloudwatch_refuse(datum->call, CLOUDWATCH_INVALID_VALUE,
                          "The parameters MetricData.member.%zu.Values and "
                          "MetricData.member.%zu.Counts must be of the same size.",
                          datum->number, datum->number);
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        double count = counts->is_set ? counts->items[i].real : 1;
        if (!is_value(list->items[i].real)) {
            return refuse_value(datum, "Values", list->items[i].real);
        }
        if (!is_value(count) || count < 0) {
            return refuse_value(datum, "Counts", count);
        }
        aggregate_add(values, list->items[i].real, count);
    }
    return true;
}

static bool take_set(const struct datum *datum, struct aggregate *values)
{
    const struct record *set = record_get(datum->record, MEMBER_STATISTIC_VALUES)->record;
    const struct aggregate given = {.count = record_get(set, MEMBER_SAMPLE_COUNT)->real,
                                    .sum = record_get(set, MEMBER_SUM)->real,
                                    .minimum = record_get(set, MEMBER_MINIMUM)->real,
                                    .maximum = record_get(set, MEMBER_MAXIMUM)->real};
    if (!is_value(given.count) || given.count < 0) {
        return refuse_value(datum, "StatisticValues.SampleCount", given.count);
    }
    if (!is_value(given.sum) || !is_value(given.minimum) || !is_value(given.maximum)) {
        return refuse_value(datum, "StatisticValues.Sum", given.sum);
    }
    if (given.minimum > given.maximum) {
        cloudwatch_refuse(datum->call, CLOUDWATCH_INVALID_COMBINATION,
                          "The parameter MetricData.member.%zu.StatisticValues.Maximum must be "
                          "greater than or equal to "
                          "MetricData.member.%zu.StatisticValues.Minimum.",
                          datum->number, datum->number);
        return false;
    }
    aggregate_add_set(values, &given);
    return true;
}

/* One of Value, Values and StatisticValues. */
static bool take(const struct datum *datum, struct aggregate *values)
{
    static const int members[] = {MEMBER_VALUE, MEMBER_VALUES, MEMBER_STATISTIC_VALUES};
    static const char *const names[] = {"Value", "Values", "StatisticValues"};
    size_t first = COUNT_OF(members);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if (!record_has(datum->record, members[i])) {
            continue;
        }
        if (first < COUNT_OF(members)) {
            cloudwatch_refuse(
                datum->call, CLOUDWATCH_INVALID_COMBINATION,
                "The parameters MetricData.member.%zu.%s and MetricData.member.%zu.%s "
                "are mutually exclusive and you have specified both.",
                datum->number, names[first], datum->number, names[i]);
            return false;
        }
        first = i;
    }
    if (first == COUNT_OF(members)) {
        cloudwatch_refuse(datum->call, CLOUDWATCH_MISSING,
                          "The parameter MetricData.member.%zu.Value is required.", datum->number);
        return false;
    }
    if (first == 1) {
        return take_values(datum, values);
    }
    if (first == 2) {
        return take_set(datum, values);
    }
    double value = record_get(datum->record, MEMBER_VALUE)->real;
    if (!is_value(value)) {
        return refuse_value(datum, "Value", value);
    }
    aggregate_add(values, value, 1);
    return true;
}

static bool is_in_time(struct datum *datum, int64_t now_ms)
{
    const struct field *timestamp = record_get(datum->record, MEMBER_TIMESTAMP);
    datum->at_ms = timestamp->is_set ? timestamp->number : now_ms;
    if (datum->at_ms > now_ms + INT64_C(1000) * METRIC_FUTURE_MAX_S) {
        cloudwatch_refuse(
            datum->call, CLOUDWATCH_INVALID_VALUE,
            "The parameter MetricData.member.%zu.Timestamp must specify a time no more "
            "than two hours in the future.",
            datum->number);
        return false;
    }
    if (datum->at_ms < now_ms - INT64_C(1000) * METRIC_PAST_MAX_S) {
        cloudwatch_refuse(
            datum->call, CLOUDWATCH_INVALID_VALUE,
            "The parameter MetricData.member.%zu.Timestamp must specify a time within "
            "the past two weeks.",
            datum->number);
        return false;
    }
    return true;
}

static bool resolution_of(const struct datum *datum, uint8_t *ret_resolution_s)
{
    const struct field *resolution = record_get(datum->record, MEMBER_STORAGE_RESOLUTION);
    int64_t resolution_s = resolution->is_set ? resolution->number : METRIC_MINUTE;
    *ret_resolution_s = (uint8_t)resolution_s;
    if (resolution_s == METRIC_MINUTE || resolution_s == METRIC_SECOND) {
        return true;
    }
    cloudwatch_refuse(datum->call, CLOUDWATCH_INVALID_VALUE,
                      "The parameter MetricData.member.%zu.StorageResolution must be 1 or 60.",
                      datum->number);
    return false;
}

/* High resolution data are seconds, and count in their minute as well. */
static void add(struct metric_batch *batch, const struct datum *datum, const struct metric_id *id,
                uint8_t resolution_s, struct aggregate *values)
{
    enum metric_unit unit = UNIT_NONE;
    (void)!metric_unit_parse(record_text(datum->record, MEMBER_UNIT), &unit);
    aggregate_merge(metric_batch_add(batch, id, unit, METRIC_MINUTE, datum->at_ms), values);
    if (resolution_s == METRIC_SECOND) {
        aggregate_merge(metric_batch_add(batch, id, unit, METRIC_SECOND, datum->at_ms), values);
    }
}

static bool take_datum(struct metric_batch *batch, struct datum *datum, struct slice namespace_name,
                       int64_t now_ms)
{
    struct aggregate values = {.count = 0};
    uint8_t resolution_s;
    struct metric_id id = cloudwatch_metric(api_arena(datum->call), datum->record);
    id.namespace_name = namespace_name;
    bool is_taken =
        is_in_time(datum, now_ms) && resolution_of(datum, &resolution_s) && take(datum, &values);
    if (is_taken && values.count > 0) {
        add(batch, datum, &id, resolution_s, &values);
    }
    aggregate_finish(&values);
    return is_taken;
}

static void on_written(void *ctx, enum status status)
{
    struct api_call *call = ctx;
    if (status == STATUS_OK) {
        api_reply_empty(call, 200);
    } else {
        cloudwatch_refuse(call, CLOUDWATCH_INTERNAL, "The data could not be kept.");
    }
}

void op_put_metric_data(struct api_call *call, void *ctx)
{
    struct scheduler *scheduler = ctx;
    const struct record *input;
    if (!cloudwatch_read(call, &input)) {
        return;
    }
    struct slice namespace_name = record_text(input, MEMBER_NAMESPACE);
    const struct field *data = record_get(input, MEMBER_METRIC_DATA);
    if (slice_starts_with(namespace_name, SLICE("AWS/"))) {
        cloudwatch_refuse(call, CLOUDWATCH_INVALID_VALUE,
                          "The value AWS/ for parameter Namespace is invalid.");
        return;
    }
    if (record_has(input, MEMBER_ENTITY_METRIC_DATA)) {
        cloudwatch_refuse(call, CLOUDWATCH_INVALID_VALUE,
                          "sls-local does not emulate entities of metrics (EntityMetricData)");
        return;
    }
    if (data->count > METRIC_DATA_MAX) {
        cloudwatch_refuse(call, CLOUDWATCH_INVALID_VALUE,
                          "The collection MetricData must not have a size greater than %d.",
                          METRIC_DATA_MAX);
        return;
    }
    struct metric_batch *batch = metric_batch_create();
    for (size_t i = 0; i < data->count; i++) {
        struct datum datum = {.call = call, .record = data->items[i].record, .number = i + 1};
        if (!take_datum(batch, &datum, namespace_name, scheduler_now_ms(scheduler))) {
            metric_batch_destroy(batch);
            return;
        }
    }
    metric_batch_submit(scheduler->engine, batch, on_written, call);
}
