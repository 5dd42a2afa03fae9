/* GetMetricData: many metrics in one request, and math over them. */
#include "scheduler/metrics/cloudwatch.h"
#include "scheduler/metrics/expression.h"
#include "scheduler/metrics/intervals.h"

#include "core/api/page_token.h"

#include <inttypes.h>

enum query_state { QUERY_NEW, QUERY_BUSY, QUERY_DONE };

struct query {
    struct slice id, label;
    bool is_returned;
    bool is_expression;
    struct interval_query intervals; /* of a metric */
    struct statistic statistic;
    struct slice text; /* of an expression */
    int64_t period_s;
    enum query_state state;
    struct math_value value;
};

struct request {
    struct metric_read read;
    struct api_call *call;
    struct arena arena; /* of what was read, on the pool's thread */
    struct query *queries;
    size_t count;
    int64_t start_ms, end_ms;
    bool is_ascending;
    size_t skipped; /* datapoints of the pages before */
    size_t limit;
    struct query *failed; /* NULL: none did */
    struct fault fault;
};

/* --- reading, on the pool's thread --- */

static void read_metric(struct request *request, struct txn *txn, struct query *query)
{
    struct intervals intervals;
    struct point *points;
    struct time_series *series = arena_alloc(&request->arena, sizeof *series);
    intervals_read(txn, &query->intervals, &intervals);
    intervals_join_units(&intervals);
    points = arena_array(&request->arena, intervals.count, sizeof *points);
    *series =
        (struct time_series){.points = points, .period_s = query->period_s, .label = query->label};
    for (size_t i = 0; i < intervals.count; i++) {
        double value;
        if (statistic_of(&query->statistic, &intervals.items[i].values, &value)) {
            points[series->count++] = (struct point){intervals.items[i].at_s, value};
        }
    }
    intervals_finish(&intervals);
    query->value = (struct math_value){.kind = MATH_SERIES, .series = series, .series_count = 1};
    query->state = QUERY_DONE;
}

static struct query *find_query(struct request *request, struct slice id)
{
    for (size_t i = 0; i < request->count; i++) {
        if (slice_eq(request->queries[i].id, id)) {
            return &request->queries[i];
        }
    }
    return NULL;
}

static enum status evaluate(struct request *request, struct query *query, struct fault *reterr);

static enum status value_of(void *ctx, struct slice id, struct math_value *ret_value,
                            struct fault *reterr)
{
    struct request *request = ctx;
    struct query *query = find_query(request, id);
    if (query == NULL) {
        return fault_set(reterr, STATUS_INVALID, "Undefined variable '%.*s'", SLICE_ARG(id));
    }
    if (query->state == QUERY_BUSY) {
        return fault_set(reterr, STATUS_INVALID, "'%.*s' refers to itself", SLICE_ARG(id));
    }
    enum status status = query->state == QUERY_DONE ? STATUS_OK : evaluate(request, query, reterr);
    *ret_value = query->value;
    return status;
}

static struct math_value metrics_of(void *ctx, struct arena *arena, struct slice part)
{
    struct request *request = ctx;
    struct time_series *series = arena_array(arena, request->count, sizeof *series);
    size_t count = 0;
    for (size_t i = 0; i < request->count; i++) {
        const struct query *query = &request->queries[i];
        if (!query->is_expression && slice_search(query->id, part) != SLICE_NPOS) {
            series[count++] = query->value.series[0];
        }
    }
    return (struct math_value){
        .kind = MATH_SERIES, .is_array = true, .series = series, .series_count = count};
}

/* The period of the series that an expression makes: its own, or the longest of the metrics. */
static int64_t period_of(const struct request *request, const struct query *query)
{
    int64_t period_s = query->period_s;
    for (size_t i = 0; i < request->count && query->period_s == 0; i++) {
        int64_t own_s = request->queries[i].period_s;
        period_s = own_s > period_s ? own_s : period_s;
    }
    return period_s > 0 ? period_s : METRIC_MINUTE;
}

static enum status evaluate(struct request *request, struct query *query, struct fault *reterr)
{
    const struct expression *expression;
    const struct math_scope scope = {
        .from_s = metric_start_s(request->start_ms, METRIC_MINUTE),
        .to_s = metric_end_s(request->end_ms),
        .period_s = period_of(request, query),
        .value_of = value_of,
        .metrics = metrics_of,
        .ctx = request,
    };
    query->state = QUERY_BUSY;
    enum status status = expression_parse(&request->arena, query->text, &expression, reterr);
    if (status == STATUS_OK) {
        status = expression_evaluate(&request->arena, expression, &scope, &query->value, reterr);
    }
    query->state = QUERY_DONE;
    return status;
}

static void read_all(struct metric_read *read, struct txn *txn)
{
    struct request *request = CONTAINER_OF(read, struct request, read);
    for (size_t i = 0; i < request->count; i++) {
        if (!request->queries[i].is_expression) {
            read_metric(request, txn, &request->queries[i]);
        }
    }
    for (size_t i = 0; i < request->count && request->failed == NULL; i++) {
        struct query *query = &request->queries[i];
        if (!query->is_expression) {
            continue;
        }
        enum status status =
            query->state == QUERY_DONE ? STATUS_OK : evaluate(request, query, &request->fault);
        if (status == STATUS_OK && query->is_returned && query->value.kind != MATH_SERIES) {
            status = fault_set(&request->fault, STATUS_INVALID,
                               "The result is not a time series, and cannot be returned");
        }
        request->failed = status != STATUS_OK ? query : NULL;
    }
}

/* --- replying --- */

/* Where the answer stands in the datapoints of all results. */
struct page {
    size_t passed, printed;
    bool is_cut;
};

static const struct point *point_at(const struct request *request, const struct time_series *series,
                                    size_t index)
{
    return &series->points[request->is_ascending ? index : series->count - 1 - index];
}

static void print_series(const struct request *request, struct result *result,
                         const struct query *query, const struct time_series *series,
                         struct slice label, struct page *page)
{
    size_t first = request->skipped > page->passed ? request->skipped - page->passed : 0;
    first = first < series->count ? first : series->count;
    size_t room = request->limit - page->printed;
    size_t end = series->count - first > room ? first + room : series->count;
    page->passed += series->count;
    page->printed += end - first;
    page->is_cut = page->is_cut || end < series->count;
    result_item(result);
    result_text(result, "Id", query->id);
    result_text(result, "Label", label.len > 0 ? label : query->id);
    result_list(result, "Timestamps", NULL);
    for (size_t i = first; i < end; i++) {
        result_item_time(result, point_at(request, series, i)->at_s * 1000);
    }
    result_close(result);
    result_list(result, "Values", NULL);
    for (size_t i = first; i < end; i++) {
        result_item_double(result, point_at(request, series, i)->value);
    }
    result_close(result);
    result_text(result, "StatusCode",
                end < series->count ? SLICE("PartialData") : SLICE("Complete"));
    result_close(result);
}

static void print_results(const struct request *request, struct result *result)
{
    struct page page = {.passed = 0};
    result_list(result, "MetricDataResults", NULL);
    for (size_t i = 0; i < request->count; i++) {
        const struct query *query = &request->queries[i];
        for (size_t j = 0; query->is_returned && j < query->value.series_count; j++) {
            const struct time_series *series = &query->value.series[j];
            bool is_one_of_many = query->value.is_array && query->label.len == 0;
            print_series(request, result, query, series,
                         is_one_of_many ? series->label : query->label, &page);
        }
    }
    result_close(result);
    if (page.is_cut) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice place = arena_printf(&arena, "%zu", request->skipped + page.printed);
        result_text(result, "NextToken", page_token_make(&arena, "GetMetricData", place));
    }
    result_list(result, "Messages", NULL);
    result_close(result);
}

static void reply(struct metric_read *read)
{
    struct request *request = CONTAINER_OF(read, struct request, read);
    struct arena arena = request->arena; /* the request goes with the reply */
    if (request->failed != NULL) {
        cloudwatch_refuse(request->call, CLOUDWATCH_VALIDATION, "Error in expression '%.*s': %s",
                          SLICE_ARG(request->failed->id), request->fault.text);
        arena_finish(&arena);
        return;
    }
    struct result result;
    result_begin(&result, request->call);
    print_results(request, &result);
    arena_finish(&arena);
    result_reply(&result);
}

/* --- the request --- */

static bool refuse(struct api_call *call, size_t number, const char *what)
{
    cloudwatch_refuse(call, CLOUDWATCH_VALIDATION, "MetricDataQueries.member.%zu: %s", number,
                      what);
    return false;
}

static bool is_id(struct slice id)
{
    for (size_t i = 0; i < id.len; i++) {
        char c = id.ptr[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z' && i > 0);
        if (!is_letter && (i == 0 || ((c < '0' || c > '9') && c != '_'))) {
            return false;
        }
    }
    return true;
}

static bool read_stat(struct request *request, const struct record *stat, size_t number,
                      struct query *query)
{
    struct arena *arena = api_arena(request->call);
    const struct record *metric = record_get(stat, MEMBER_METRIC)->record;
    struct metric_id id = cloudwatch_metric(arena, metric);
    struct interval_query *intervals = &query->intervals;
    id = metric_id_copy(arena, &id);
    if (id.namespace_name.len == 0 || id.name.len == 0) {
        return refuse(request->call, number, "Namespace and MetricName are required");
    }
    if (!statistic_parse(record_text(stat, MEMBER_STAT), &query->statistic)) {
        return refuse(request->call, number, "The value for parameter Stat is not supported.");
    }
    query->period_s = record_get(stat, MEMBER_PERIOD)->number;
    if (!is_metric_period(query->period_s)) {
        return refuse(request->call, number,
                      "Period must be 1, 5, 10, 20, 30, or any multiple of 60.");
    }
    metric_hash(&id, intervals->hash);
    intervals->period_s = query->period_s;
    intervals->from_s = metric_start_s(request->start_ms, query->period_s);
    intervals->from_s -= intervals->from_s % query->period_s; /* periods are those of the clock */
    intervals->to_s = metric_end_s(request->end_ms);
    intervals->has_unit = metric_unit_parse(record_text(stat, MEMBER_UNIT), &intervals->unit);
    query->label = query->label.len > 0 ? query->label : id.name;
    return true;
}

static bool read_query(struct request *request, const struct record *record, size_t number)
{
    const struct field *stat = record_get(record, MEMBER_METRIC_STAT);
    const struct field *returns = record_get(record, MEMBER_RETURN_DATA);
    struct slice id = record_text(record, MEMBER_ID);
    if (!is_id(id)) {
        return refuse(request->call, number,
                      "The value for parameter Id is not matching the expected pattern "
                      "^[a-z][a-zA-Z0-9_]*$.");
    }
    if (find_query(request, id) != NULL) {
        cloudwatch_refuse(request->call, CLOUDWATCH_VALIDATION,
                          "The values for parameter id in MetricDataQueries are not unique.");
        return false;
    }
    if (stat->is_set == record_has(record, MEMBER_EXPRESSION)) {
        return refuse(request->call, number,
                      "Exactly one of MetricStat and Expression must be specified");
    }
    struct query *query = &request->queries[request->count++];
    *query = (struct query){.id = id,
                            .label = record_text(record, MEMBER_LABEL),
                            .is_returned = !returns->is_set || returns->flag,
                            .is_expression = !stat->is_set,
                            .text = record_text(record, MEMBER_EXPRESSION),
                            .period_s = record_get(record, MEMBER_PERIOD)->number};
    return !stat->is_set || read_stat(request, stat->record, number, query);
}

static bool read_token(struct request *request, struct slice token)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice place;
    uint64_t skipped = 0;
    if (token.len > 0 && (!page_token_read(&arena, "GetMetricData", token, &place) ||
                          !slice_to_u64(place, &skipped))) {
        cloudwatch_refuse(request->call, CLOUDWATCH_INVALID_TOKEN, "The token is invalid.");
        return false;
    }
    request->skipped = (size_t)skipped;
    return true;
}

static bool read_request(struct request *request, const struct record *input)
{
    const struct field *queries = record_get(input, MEMBER_METRIC_DATA_QUERIES);
    const struct field *limit = record_get(input, MEMBER_MAX_DATAPOINTS);
    request->start_ms = record_get(input, MEMBER_START_TIME)->number;
    request->end_ms = record_get(input, MEMBER_END_TIME)->number;
    request->is_ascending = slice_is(record_text(input, MEMBER_SCAN_BY), "TimestampAscending");
    request->limit = limit->is_set && limit->number < METRIC_DATAPOINTS_MAX ? (size_t)limit->number
                                                                            : METRIC_DATAPOINTS_MAX;
    if (request->start_ms >= request->end_ms) {
        cloudwatch_refuse(request->call, CLOUDWATCH_VALIDATION,
                          "The parameter EndTime must be greater than StartTime.");
        return false;
    }
    if (queries->count > METRIC_QUERIES_MAX) {
        cloudwatch_refuse(request->call, CLOUDWATCH_VALIDATION,
                          "The collection MetricDataQueries must not have a size greater than %d.",
                          METRIC_QUERIES_MAX);
        return false;
    }
    request->queries =
        arena_array(api_arena(request->call), queries->count, sizeof *request->queries);
    for (size_t i = 0; i < queries->count; i++) {
        if (!read_query(request, queries->items[i].record, i + 1)) {
            return false;
        }
    }
    return read_token(request, record_text(input, MEMBER_NEXT_TOKEN));
}

void op_get_metric_data(struct api_call *call, void *ctx)
{
    const struct record *input;
    if (!cloudwatch_read(call, &input)) {
        return;
    }
    struct request *request = arena_alloc(api_arena(call), sizeof *request);
    request->call = call;
    if (!read_request(request, input)) {
        return;
    }
    arena_init(&request->arena, 16384);
    request->read.read = read_all;
    request->read.done = reply;
    metric_read_start(ctx, &request->read);
}
