/* What expressions are worth: operators over numbers and series. */
#include "scheduler/metrics/expression_private.h"

#include <math.h>

static enum status evaluate(struct evaluation *evaluation, const struct expression *expression,
                            struct math_value *ret_value);

/* --- values --- */

struct math_value math_number(double number)
{
    return (struct math_value){.kind = MATH_NUMBER, .number = number};
}

struct math_value math_series(struct arena *arena, size_t count, int64_t period_s,
                              struct time_series **ret_series, struct point **ret_points)
{
    *ret_series = arena_alloc(arena, sizeof **ret_series);
    *ret_points = arena_array(arena, count, sizeof **ret_points);
    **ret_series = (struct time_series){.points = *ret_points, .period_s = period_s};
    return (struct math_value){.kind = MATH_SERIES, .series = *ret_series, .series_count = 1};
}

/* --- operators --- */

static double operate(enum math_operator op, double left, double right)
{
    switch (op) {
    case MATH_OR:
        return left != 0 || right != 0;
    case MATH_AND:
        return left != 0 && right != 0;
    case MATH_LESS:
        return left < right;
    case MATH_LESS_EQUAL:
        return left <= right;
    case MATH_GREATER:
        return left > right;
    case MATH_GREATER_EQUAL:
        return left >= right;
    case MATH_EQUAL:
        return left == right;
    case MATH_NOT_EQUAL:
        return left != right;
    case MATH_PLUS:
        return left + right;
    case MATH_MINUS:
        return left - right;
    case MATH_TIMES:
        return left * right;
    case MATH_DIVIDE:
        return right != 0 ? left / right : NAN;
    case MATH_POWER:
        return pow(left, right);
    }
    return NAN;
}

void math_add_point(struct time_series *series, struct point *points, int64_t at_s, double value)
{
    if (isfinite(value)) {
        points[series->count++] = (struct point){at_s, value};
    }
}

/* One of two sides: a series, or a number that goes with every instant of the other. */
struct side {
    const struct time_series *series; /* NULL: a number */
    double number;
};

static void operate_series(struct arena *arena, enum math_operator op, struct side left,
                           struct side right, struct time_series *ret_series)
{
    const struct time_series *lead = left.series != NULL ? left.series : right.series;
    struct time_series *series;
    struct point *points;
    (void)math_series(arena, lead->count, lead->period_s, &series, &points);
    size_t other = 0; /* in the right one, when both are series */
    for (size_t i = 0; i < lead->count; i++) {
        int64_t at_s = lead->points[i].at_s;
        double a = left.series != NULL ? lead->points[i].value : left.number;
        double b = left.series != NULL ? right.number : lead->points[i].value;
        if (left.series != NULL && right.series != NULL) {
            while (other < right.series->count && right.series->points[other].at_s < at_s) {
                other++;
            }
            if (other == right.series->count || right.series->points[other].at_s != at_s) {
                continue;
            }
            b = right.series->points[other].value;
        }
        math_add_point(series, points, at_s, operate(op, a, b));
    }
    series->label = lead->label;
    *ret_series = *series;
}

static struct side side_of(const struct math_value *value, size_t index)
{
    return (struct side){
        .series = value->kind == MATH_SERIES ? &value->series[value->is_array ? index : 0] : NULL,
        .number = value->number};
}

enum status math_operate(struct evaluation *evaluation, enum math_operator op,
                         const struct math_value *left, const struct math_value *right,
                         struct math_value *ret_value)
{
    if (left->kind == MATH_TEXT || right->kind == MATH_TEXT) {
        return fault_set(evaluation->reterr, STATUS_INVALID, "An operator does not take a text");
    }
    if (left->kind == MATH_NUMBER && right->kind == MATH_NUMBER) {
        *ret_value = math_number(operate(op, left->number, right->number));
        return STATUS_OK;
    }
    if (left->is_array && right->is_array && left->series_count != right->series_count) {
        return fault_set(evaluation->reterr, STATUS_INVALID,
                         "An operator does not take arrays of different lengths");
    }
    const struct math_value *shape = right->is_array || left->kind == MATH_NUMBER ? right : left;
    struct time_series *series =
        arena_array(evaluation->arena, shape->series_count, sizeof *series);
    for (size_t i = 0; i < shape->series_count; i++) {
        operate_series(evaluation->arena, op, side_of(left, i), side_of(right, i), &series[i]);
    }
    *ret_value = (struct math_value){.kind = MATH_SERIES,
                                     .is_array = shape->is_array,
                                     .series = series,
                                     .series_count = shape->series_count};
    return STATUS_OK;
}

/* --- the tree --- */

static enum status evaluate_operator(struct evaluation *evaluation,
                                     const struct expression *expression,
                                     struct math_value *ret_value)
{
    struct math_value left, right;
    enum status status = evaluate(evaluation, expression->first, &left);
    if (status == STATUS_OK) {
        status = evaluate(evaluation, expression->first->next, &right);
    }
    return status == STATUS_OK ? math_operate(evaluation, expression->op, &left, &right, ret_value)
                               : status;
}

static enum status evaluate_negation(struct evaluation *evaluation,
                                     const struct expression *expression,
                                     struct math_value *ret_value)
{
    struct math_value inner, zero = math_number(0);
    enum status status = evaluate(evaluation, expression->first, &inner);
    return status == STATUS_OK ? math_operate(evaluation, MATH_MINUS, &zero, &inner, ret_value)
                               : status;
}

/* The series of all elements, one behind the other. */
static enum status evaluate_array(struct evaluation *evaluation,
                                  const struct expression *expression, struct math_value *ret_value)
{
    struct time_series *series = NULL;
    size_t count = 0;
    for (const struct expression *each = expression->first; each != NULL; each = each->next) {
        struct math_value value;
        enum status status = evaluate(evaluation, each, &value);
        if (status != STATUS_OK) {
            return status;
        }
        if (value.kind != MATH_SERIES || count + value.series_count > METRIC_QUERIES_MAX) {
            return fault_set(evaluation->reterr, STATUS_INVALID,
                             "An array holds time series, at most %d", METRIC_QUERIES_MAX);
        }
        struct time_series *grown =
            arena_array(evaluation->arena, count + value.series_count, sizeof *grown);
        if (count > 0) {
            memcpy(grown, series, count * sizeof *grown);
        }
        if (value.series_count > 0) {
            memcpy(grown + count, value.series, value.series_count * sizeof *grown);
        }
        series = grown;
        count += value.series_count;
    }
    *ret_value = (struct math_value){
        .kind = MATH_SERIES, .is_array = true, .series = series, .series_count = count};
    return STATUS_OK;
}

static enum status evaluate_function(struct evaluation *evaluation,
                                     const struct expression *expression,
                                     struct math_value *ret_value)
{
    struct math_value arguments[FUNCTION_ARGUMENTS_MAX];
    size_t count = 0;
    for (const struct expression *each = expression->first; each != NULL; each = each->next) {
        enum status status = evaluate(evaluation, each, &arguments[count++]);
        if (status != STATUS_OK) {
            return status;
        }
    }
    return expression->function->call(evaluation, arguments, count, ret_value);
}

static enum status evaluate(struct evaluation *evaluation, const struct expression *expression,
                            struct math_value *ret_value)
{
    switch (expression->kind) {
    case EXPRESSION_NUMBER:
        *ret_value = math_number(expression->number);
        return STATUS_OK;
    case EXPRESSION_TEXT:
        *ret_value = (struct math_value){.kind = MATH_TEXT, .text = expression->text};
        return STATUS_OK;
    case EXPRESSION_ID:
        if (slice_is(expression->text, "REPEAT") || slice_is(expression->text, "LINEAR")) {
            *ret_value = (struct math_value){.kind = MATH_TEXT, .text = expression->text};
            return STATUS_OK; /* ids begin with small letters */
        }
        return evaluation->scope->value_of(evaluation->scope->ctx, expression->text, ret_value,
                                           evaluation->reterr);
    case EXPRESSION_OPERATOR:
        return evaluate_operator(evaluation, expression, ret_value);
    case EXPRESSION_NEGATION:
        return evaluate_negation(evaluation, expression, ret_value);
    case EXPRESSION_ARRAY:
        return evaluate_array(evaluation, expression, ret_value);
    case EXPRESSION_FUNCTION:
        return evaluate_function(evaluation, expression, ret_value);
    }
    return STATUS_INTERNAL;
}

enum status expression_evaluate(struct arena *arena, const struct expression *expression,
                                const struct math_scope *scope, struct math_value *ret_value,
                                struct fault *reterr)
{
    struct evaluation evaluation = {arena, scope, reterr};
    return evaluate(&evaluation, expression, ret_value);
}
