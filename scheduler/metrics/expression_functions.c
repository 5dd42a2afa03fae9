/* The functions of metric math. */
#include "scheduler/metrics/expression_private.h"

#include <math.h>
#include <stdlib.h>

static enum status wants_series(struct evaluation *evaluation)
{
    return fault_set(evaluation->reterr, STATUS_INVALID, "A function wants a time series here");
}

/* --- point by point --- */

/* A series of the same instants from each; `transform` sees the one before as well. */
typedef void transform_fn(const struct time_series *from, struct time_series *to,
                          struct point *points);

static enum status transform(struct evaluation *evaluation, const struct math_value *argument,
                             transform_fn *apply, struct math_value *ret_value)
{
    if (argument->kind != MATH_SERIES) {
        return wants_series(evaluation);
    }
    struct time_series *all = arena_array(evaluation->arena, argument->series_count, sizeof *all);
    for (size_t i = 0; i < argument->series_count; i++) {
        const struct time_series *from = &argument->series[i];
        struct time_series *to;
        struct point *points;
        (void)math_series(evaluation->arena, from->count, from->period_s, &to, &points);
        apply(from, to, points);
        to->label = from->label;
        all[i] = *to;
    }
    *ret_value = *argument;
    ret_value->series = all;
    return STATUS_OK;
}

static void map(const struct time_series *from, struct time_series *to, struct point *points,
                double (*function)(double))
{
    for (size_t i = 0; i < from->count; i++) {
        math_add_point(to, points, from->points[i].at_s, function(from->points[i].value));
    }
}

/* FUNCTION(x) of a number or of each point. */
#define MATH_MAP(name, function)                                                                   \
    static void name##_points(const struct time_series *from, struct time_series *to,              \
                              struct point *points)                                                \
    {                                                                                              \
        map(from, to, points, function);                                                           \
    }                                                                                              \
    static enum status name(struct evaluation *evaluation, const struct math_value *arguments,     \
                            size_t count, struct math_value *ret_value)                            \
    {                                                                                              \
        (void)count;                                                                               \
        if (arguments[0].kind == MATH_NUMBER) {                                                    \
            *ret_value = math_number(function(arguments[0].number));                               \
            return STATUS_OK;                                                                      \
        }                                                                                          \
        return transform(evaluation, &arguments[0], name##_points, ret_value);                     \
    }

MATH_MAP(call_abs, fabs)
MATH_MAP(call_ceil, ceil)
MATH_MAP(call_floor, floor)
MATH_MAP(call_log, log)
MATH_MAP(call_log10, log10)

static void rate_points(const struct time_series *from, struct time_series *to,
                        struct point *points)
{
    for (size_t i = 1; i < from->count; i++) {
        const struct point *a = &from->points[i - 1], *b = &from->points[i];
        math_add_point(to, points, b->at_s, (b->value - a->value) / (double)(b->at_s - a->at_s));
    }
}

static void diff_points(const struct time_series *from, struct time_series *to,
                        struct point *points)
{
    for (size_t i = 1; i < from->count; i++) {
        math_add_point(to, points, from->points[i].at_s,
                       from->points[i].value - from->points[i - 1].value);
    }
}

static void running_sum_points(const struct time_series *from, struct time_series *to,
                               struct point *points)
{
    double sum = 0;
    for (size_t i = 0; i < from->count; i++) {
        sum += from->points[i].value;
        math_add_point(to, points, from->points[i].at_s, sum);
    }
}

static enum status call_rate(struct evaluation *evaluation, const struct math_value *arguments,
                             size_t count, struct math_value *ret_value)
{
    (void)count;
    return transform(evaluation, &arguments[0], rate_points, ret_value);
}

static enum status call_diff(struct evaluation *evaluation, const struct math_value *arguments,
                             size_t count, struct math_value *ret_value)
{
    (void)count;
    return transform(evaluation, &arguments[0], diff_points, ret_value);
}

static enum status call_running_sum(struct evaluation *evaluation,
                                    const struct math_value *arguments, size_t count,
                                    struct math_value *ret_value)
{
    (void)count;
    return transform(evaluation, &arguments[0], running_sum_points, ret_value);
}

/* --- many to one --- */

/* What is known of some values once all were seen. */
struct summary {
    double count, sum, squares, minimum, maximum;
};

static void summarize(struct summary *summary, double number)
{
    summary->minimum = summary->count == 0 || number < summary->minimum ? number : summary->minimum;
    summary->maximum = summary->count == 0 || number > summary->maximum ? number : summary->maximum;
    summary->count++;
    summary->sum += number;
    summary->squares += number * number;
}

static double sum_of(const struct summary *summary)
{
    return summary->sum;
}

static double average_of(const struct summary *summary)
{
    return summary->sum / summary->count;
}

static double minimum_of(const struct summary *summary)
{
    return summary->minimum;
}

static double maximum_of(const struct summary *summary)
{
    return summary->maximum;
}

static double deviation_of(const struct summary *summary)
{
    double mean = summary->sum / summary->count;
    return sqrt(fmax(0, summary->squares / summary->count - mean * mean));
}

static int compare_points(const void *a, const void *b)
{
    const struct point *left = a, *right = b;
    return left->at_s < right->at_s ? -1 : left->at_s > right->at_s;
}

/* Of one series a number; of several a series, instant by instant. */
static enum status reduce(struct evaluation *evaluation, const struct math_value *argument,
                          double (*result_of)(const struct summary *summary),
                          struct math_value *ret_value)
{
    struct summary summary = {.count = 0};
    if (argument->kind == MATH_NUMBER) {
        *ret_value = *argument;
        return STATUS_OK;
    }
    if (argument->kind != MATH_SERIES) {
        return wants_series(evaluation);
    }
    if (!argument->is_array) {
        for (size_t i = 0; i < argument->series[0].count; i++) {
            summarize(&summary, argument->series[0].points[i].value);
        }
        *ret_value = math_number(summary.count > 0 ? result_of(&summary) : 0);
        return STATUS_OK;
    }
    size_t count = 0;
    for (size_t i = 0; i < argument->series_count; i++) {
        count += argument->series[i].count;
    }
    struct point *all = arena_array(evaluation->arena, count, sizeof *all);
    count = 0;
    for (size_t i = 0; i < argument->series_count; i++) {
        const struct time_series *each = &argument->series[i];
        if (each->count > 0) {
            memcpy(all + count, each->points, each->count * sizeof *all);
            count += each->count;
        }
    }
    if (count > 1) {
        qsort(all, count, sizeof *all, compare_points);
    }
    struct time_series *series;
    struct point *points;
    *ret_value = math_series(evaluation->arena, count,
                             argument->series_count > 0 ? argument->series[0].period_s
                                                        : evaluation->scope->period_s,
                             &series, &points);
    for (size_t i = 0; i < count; i++) {
        summarize(&summary, all[i].value);
        if (i + 1 == count || all[i + 1].at_s != all[i].at_s) {
            math_add_point(series, points, all[i].at_s, result_of(&summary));
            summary = (struct summary){.count = 0};
        }
    }
    return STATUS_OK;
}

#define MATH_REDUCE(name, function)                                                                \
    static enum status name(struct evaluation *evaluation, const struct math_value *arguments,     \
                            size_t count, struct math_value *ret_value)                            \
    {                                                                                              \
        (void)count;                                                                               \
        return reduce(evaluation, &arguments[0], function, ret_value);                             \
    }

MATH_REDUCE(call_sum, sum_of)
MATH_REDUCE(call_avg, average_of)
MATH_REDUCE(call_min, minimum_of)
MATH_REDUCE(call_max, maximum_of)
MATH_REDUCE(call_stddev, deviation_of)

static enum status call_metric_count(struct evaluation *evaluation,
                                     const struct math_value *arguments, size_t count,
                                     struct math_value *ret_value)
{
    (void)count;
    if (arguments[0].kind != MATH_SERIES) {
        return wants_series(evaluation);
    }
    *ret_value = math_number((double)arguments[0].series_count);
    return STATUS_OK;
}

/* --- the instants of a request --- */

/* The number of periods of the scope; a limit stands for those who ask for a month by the second. */
static size_t grid_count(const struct math_scope *scope, int64_t period_s)
{
    int64_t count = period_s > 0 ? (scope->to_s - scope->from_s + period_s - 1) / period_s : 0;
    return count > METRIC_DATAPOINTS_MAX ? METRIC_DATAPOINTS_MAX : count > 0 ? (size_t)count : 0;
}

struct filling {
    enum { FILL_NUMBER, FILL_REPEAT, FILL_LINEAR } kind;
    double number;
};

/* What stands at an instant between two points; false: nothing. */
static bool fill_at(const struct filling *filling, const struct point *before,
                    const struct point *after, int64_t at_s, double *ret_number)
{
    *ret_number = filling->number;
    if (filling->kind == FILL_NUMBER) {
        return true;
    }
    if (before == NULL || (filling->kind == FILL_LINEAR && after == NULL)) {
        return false;
    }
    *ret_number = before->value;
    if (filling->kind == FILL_LINEAR) {
        *ret_number += (after->value - before->value) * (double)(at_s - before->at_s) /
                       (double)(after->at_s - before->at_s);
    }
    return true;
}

static void fill_series(struct evaluation *evaluation, const struct time_series *from,
                        const struct filling *filling, struct time_series *ret_series)
{
    const struct math_scope *scope = evaluation->scope;
    int64_t period_s = from->period_s > 0 ? from->period_s : scope->period_s;
    size_t count = grid_count(scope, period_s), next = 0;
    struct time_series *series;
    struct point *points;
    (void)math_series(evaluation->arena, count + from->count, period_s, &series, &points);
    int64_t first_s = scope->from_s - scope->from_s % period_s;
    for (size_t i = 0; i < count; i++) {
        int64_t at_s = first_s + (int64_t)i * period_s;
        const struct point *before = next > 0 ? &from->points[next - 1] : NULL;
        const struct point *after = next < from->count ? &from->points[next] : NULL;
        double number;
        if (after != NULL && after->at_s <= at_s) {
            points[series->count++] = *after;
            next++;
        } else if (fill_at(filling, before, after, at_s, &number)) {
            math_add_point(series, points, at_s, number);
        }
    }
    series->label = from->label;
    *ret_series = *series;
}

static enum status call_fill(struct evaluation *evaluation, const struct math_value *arguments,
                             size_t count, struct math_value *ret_value)
{
    const struct math_value *what = &arguments[0], *with = &arguments[1];
    struct filling filling = {.kind = FILL_NUMBER, .number = with->number};
    (void)count;
    if (what->kind != MATH_SERIES) {
        return wants_series(evaluation);
    }
    if (with->kind == MATH_TEXT && slice_is(with->text, "REPEAT")) {
        filling.kind = FILL_REPEAT;
    } else if (with->kind == MATH_TEXT && slice_is(with->text, "LINEAR")) {
        filling.kind = FILL_LINEAR;
    } else if (with->kind != MATH_NUMBER) {
        return fault_set(evaluation->reterr, STATUS_INVALID,
                         "FILL takes a number, REPEAT or LINEAR");
    }
    struct time_series *all = arena_array(evaluation->arena, what->series_count, sizeof *all);
    for (size_t i = 0; i < what->series_count; i++) {
        fill_series(evaluation, &what->series[i], &filling, &all[i]);
    }
    *ret_value = *what;
    ret_value->series = all;
    return STATUS_OK;
}

static enum status call_time_series(struct evaluation *evaluation,
                                    const struct math_value *arguments, size_t count,
                                    struct math_value *ret_value)
{
    const struct math_scope *scope = evaluation->scope;
    struct time_series *series;
    struct point *points;
    (void)count;
    if (arguments[0].kind != MATH_NUMBER) {
        return fault_set(evaluation->reterr, STATUS_INVALID, "TIME_SERIES takes a number");
    }
    size_t instants = grid_count(scope, scope->period_s);
    *ret_value = math_series(evaluation->arena, instants, scope->period_s, &series, &points);
    int64_t first_s = scope->from_s - scope->from_s % scope->period_s;
    for (size_t i = 0; i < instants; i++) {
        math_add_point(series, points, first_s + (int64_t)i * scope->period_s, arguments[0].number);
    }
    return STATUS_OK;
}

static enum status call_period(struct evaluation *evaluation, const struct math_value *arguments,
                               size_t count, struct math_value *ret_value)
{
    (void)count;
    if (arguments[0].kind != MATH_SERIES || arguments[0].series_count == 0) {
        return wants_series(evaluation);
    }
    *ret_value = math_number((double)arguments[0].series[0].period_s);
    return STATUS_OK;
}

/* --- the rest --- */

static enum status call_metrics(struct evaluation *evaluation, const struct math_value *arguments,
                                size_t count, struct math_value *ret_value)
{
    const struct math_scope *scope = evaluation->scope;
    *ret_value =
        scope->metrics(scope->ctx, evaluation->arena, count > 0 ? arguments[0].text : SLICE(""));
    return STATUS_OK;
}

/* The value of one side at an instant; false: it has none. */
static bool value_at(const struct math_value *side, int64_t at_s, double *ret_number)
{
    *ret_number = side->number;
    if (side->kind != MATH_SERIES) {
        return side->kind == MATH_NUMBER;
    }
    const struct time_series *series = side->series;
    for (size_t low = 0, high = series->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (series->points[middle].at_s == at_s) {
            *ret_number = series->points[middle].value;
            return true;
        }
        low = series->points[middle].at_s < at_s ? middle + 1 : low;
        high = series->points[middle].at_s < at_s ? high : middle;
    }
    return false;
}

/* IF(condition, then[, else]): by a series instant by instant, by a number as a whole. */
static enum status call_if(struct evaluation *evaluation, const struct math_value *arguments,
                           size_t count, struct math_value *ret_value)
{
    const struct math_value *condition = &arguments[0];
    for (size_t i = 0; i < count; i++) {
        if (arguments[i].kind == MATH_TEXT || arguments[i].is_array) {
            return fault_set(evaluation->reterr, STATUS_INVALID,
                             "IF takes numbers and single time series");
        }
    }
    if (condition->kind == MATH_NUMBER) {
        bool is_true = condition->number != 0;
        *ret_value = is_true ? arguments[1] : count == 3 ? arguments[2] : math_number(0);
        return STATUS_OK;
    }
    const struct time_series *lead = condition->series;
    struct time_series *series;
    struct point *points;
    *ret_value = math_series(evaluation->arena, lead->count, lead->period_s, &series, &points);
    for (size_t i = 0; i < lead->count; i++) {
        size_t chosen = lead->points[i].value != 0 ? 1 : 2;
        double number;
        if (chosen < count && value_at(&arguments[chosen], lead->points[i].at_s, &number)) {
            math_add_point(series, points, lead->points[i].at_s, number);
        }
    }
    return STATUS_OK;
}

static const struct math_function functions[] = {
    {"ABS", 1, 1, call_abs},
    {"AVG", 1, 1, call_avg},
    {"CEIL", 1, 1, call_ceil},
    {"DIFF", 1, 1, call_diff},
    {"FILL", 2, 2, call_fill},
    {"FLOOR", 1, 1, call_floor},
    {"IF", 2, 3, call_if},
    {"LOG", 1, 1, call_log},
    {"LOG10", 1, 1, call_log10},
    {"MAX", 1, 1, call_max},
    {"METRICS", 0, 1, call_metrics},
    {"METRIC_COUNT", 1, 1, call_metric_count},
    {"MIN", 1, 1, call_min},
    {"PERIOD", 1, 1, call_period},
    {"RATE", 1, 1, call_rate},
    {"RUNNING_SUM", 1, 1, call_running_sum},
    {"STDDEV", 1, 1, call_stddev},
    {"SUM", 1, 1, call_sum},
    {"TIME_SERIES", 1, 1, call_time_series},
};

static const char *const known[] = {
    "ANOMALY_DETECTION_BAND",
    "DATAPOINT_COUNT",
    "DATE",
    "DAY",
    "DB_PERF_INSIGHTS",
    "DIFF_TIME",
    "EPOCH",
    "FIRST",
    "HOUR",
    "INSIGHT_RULE_METRIC",
    "LAMBDA",
    "LAST",
    "MINUTE",
    "MONTH",
    "REMOVE_EMPTY",
    "SEARCH",
    "SERVICE_QUOTA",
    "SLICE",
    "SORT",
    "YEAR",
};

const struct math_function *math_function_find(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(functions); i++) {
        if (slice_is(name, functions[i].name)) {
            return &functions[i];
        }
    }
    return NULL;
}

bool math_function_is_known(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (slice_is(name, known[i])) {
            return true;
        }
    }
    return false;
}
