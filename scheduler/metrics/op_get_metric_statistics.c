/* GetMetricStatistics: the statistics of one metric, period by period, each unit for itself. */
#include "scheduler/metrics/cloudwatch.h"
#include "scheduler/metrics/intervals.h"

struct request {
    struct metric_read read;
    struct api_call *call;
    const struct record *input;
    struct interval_query query;
    struct intervals intervals;
};

static void read_intervals(struct metric_read *read, struct txn *txn)
{
    struct request *request = CONTAINER_OF(read, struct request, read);
    intervals_read(txn, &request->query, &request->intervals);
}

static void print_statistics(struct result *result, const struct interval *interval,
                             const struct field *names)
{
    for (size_t i = 0; i < names->count; i++) {
        struct statistic statistic;
        double value;
        AUTO_ARENA arena = ARENA_INIT;
        if (statistic_parse(names->items[i].text, &statistic) &&
            statistic_of(&statistic, &interval->values, &value)) {
            result_double(result, arena_cstr(&arena, names->items[i].text), value);
        }
    }
}

static void print_extended(struct result *result, const struct interval *interval,
                           const struct field *names)
{
    if (!names->is_set) {
        return;
    }
    result_map(result, "ExtendedStatistics", NULL);
    for (size_t i = 0; i < names->count; i++) {
        struct statistic statistic;
        double value;
        if (statistic_parse(names->items[i].text, &statistic) &&
            statistic_of(&statistic, &interval->values, &value)) {
            result_entry_double(result, names->items[i].text, value);
        }
    }
    result_close(result);
}

static void reply(struct metric_read *read)
{
    struct request *request = CONTAINER_OF(read, struct request, read);
    struct result result;
    result_begin(&result, request->call);
    result_text(&result, "Label", record_text(request->input, MEMBER_METRIC_NAME));
    result_list(&result, "Datapoints", NULL);
    for (size_t i = 0; i < request->intervals.count; i++) {
        const struct interval *interval = &request->intervals.items[i];
        result_item(&result);
        result_time(&result, "Timestamp", interval->at_s * 1000);
        print_statistics(&result, interval, record_get(request->input, MEMBER_STATISTICS));
        result_text(&result, "Unit", slice_from(metric_unit_name(interval->unit)));
        print_extended(&result, interval, record_get(request->input, MEMBER_EXTENDED_STATISTICS));
        result_close(&result);
    }
    result_close(&result);
    intervals_finish(&request->intervals);
    result_reply(&result);
}

/* What the service refuses; true when it has replied. */
static bool is_refused(struct api_call *call, const struct record *input)
{
    const struct field *extended = record_get(input, MEMBER_EXTENDED_STATISTICS);
    int64_t start_ms = record_get(input, MEMBER_START_TIME)->number;
    int64_t end_ms = record_get(input, MEMBER_END_TIME)->number;
    int64_t period_s = record_get(input, MEMBER_PERIOD)->number;
    if (start_ms >= end_ms) {
        cloudwatch_refuse(call, CLOUDWATCH_INVALID_VALUE,
                          "The parameter StartTime must be less than the parameter EndTime.");
        return true;
    }
    if (!is_metric_period(period_s)) {
        cloudwatch_refuse(call, CLOUDWATCH_INVALID_VALUE,
                          "The parameter Period must be 1, 5, 10, 20, 30, or any multiple of 60.");
        return true;
    }
    if (extended->is_set == record_has(input, MEMBER_STATISTICS)) {
        cloudwatch_refuse(
            call, extended->is_set ? CLOUDWATCH_INVALID_COMBINATION : CLOUDWATCH_MISSING, "%s",
            extended->is_set ? "The parameters Statistics and ExtendedStatistics are mutually "
                               "exclusive and you have specified both."
                             : "At least one of the parameters Statistics and "
                               "ExtendedStatistics must be specified.");
        return true;
    }
    for (size_t i = 0; i < extended->count; i++) {
        struct statistic statistic;
        if (!statistic_parse(extended->items[i].text, &statistic)) {
            cloudwatch_refuse(call, CLOUDWATCH_INVALID_VALUE,
                              "The value %.*s for parameter ExtendedStatistics is not supported.",
                              SLICE_ARG(extended->items[i].text));
            return true;
        }
    }
    int64_t count = (end_ms - start_ms) / 1000 / period_s;
    if (count > METRIC_STATISTICS_MAX) {
        cloudwatch_refuse(call, CLOUDWATCH_INVALID_COMBINATION,
                          "You have requested up to %lld datapoints, which exceeds the limit of "
                          "1,440. You may reduce the datapoints requested by increasing Period, or "
                          "decreasing the time range.",
                          (long long)count);
        return true;
    }
    return false;
}

void op_get_metric_statistics(struct api_call *call, void *ctx)
{
    const struct record *input;
    if (!cloudwatch_read(call, &input) || is_refused(call, input)) {
        return;
    }
    struct request *request = arena_alloc(api_arena(call), sizeof *request);
    struct interval_query *query = &request->query;
    struct metric_id id = cloudwatch_metric(api_arena(call), input);
    id = metric_id_copy(api_arena(call), &id);
    metric_hash(&id, query->hash);
    request->call = call;
    request->input = input;
    query->period_s = record_get(input, MEMBER_PERIOD)->number;
    query->from_s = metric_start_s(record_get(input, MEMBER_START_TIME)->number, query->period_s);
    query->to_s = metric_end_s(record_get(input, MEMBER_END_TIME)->number);
    query->has_unit = metric_unit_parse(record_text(input, MEMBER_UNIT), &query->unit);
    request->read.read = read_intervals;
    request->read.done = reply;
    metric_read_start(ctx, &request->read);
}
