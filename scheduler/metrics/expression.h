/* Metric math: expressions over time series.
 *
 *     text -> parser -> struct expression (immutable) -> evaluator
 *
 *     or      = and (("OR" | "||") and)*            and   = compare (("AND" | "&&") compare)*
 *     compare = sum (("<" | "<=" | ">" | ">=" | "==" | "!=") sum)?
 *     sum     = product (("+" | "-") product)*      product = power (("*" | "/") power)*
 *     power   = unary ("^" power)?                  unary = "-" unary | basic
 *     basic   = number | text in quotes | id | function "(" [or ("," or)*] ")" | "(" or ")" | "[" or ("," or)* "]"
 *
 * Values     A number, a time series, or several series. An operator on two series takes the instants that both have,
 *            one on several does it for each; a result that is no number (a division by zero) is left out.
 * Functions  ABS AVG CEIL DIFF FILL FLOOR IF LOG LOG10 MAX METRIC_COUNT METRICS MIN PERIOD RATE RUNNING_SUM STDDEV SUM
 *            TIME_SERIES. Others of the service (SEARCH, ANOMALY_DETECTION_BAND...) are refused by name.
 * Ownership  Everything lives in the arena.
 * Errors     INVALID, with what is wrong and where.
 * Limits     EXPRESSION_DEPTH_MAX levels of brackets, METRIC_DATAPOINTS_MAX points of a series.
 * Source     CloudWatch User Guide, "Using math expressions with CloudWatch metrics". */
#ifndef SLS_SCHEDULER_METRICS_EXPRESSION_H
#define SLS_SCHEDULER_METRICS_EXPRESSION_H

#include "core/arena.h"

struct expression;

struct point {
    int64_t at_s;
    double value;
};

struct time_series {
    const struct point *points; /* in the order of their time */
    size_t count;
    int64_t period_s;
    struct slice label;
};

enum math_kind { MATH_NUMBER, MATH_SERIES, MATH_TEXT };

/* A number, a text, or series: one, unless `is_array`. */
struct math_value {
    enum math_kind kind;
    bool is_array;
    double number;
    struct slice text;
    const struct time_series *series;
    size_t series_count;
};

/* What an expression may refer to. */
struct math_scope {
    int64_t from_s, to_s, period_s; /* of series that expressions make themselves */
    /* The value of another query of the request; may evaluate it. */
    enum status (*value_of)(void *ctx, struct slice id, struct math_value *ret_value,
                            struct fault *reterr);
    /* All metrics of the request whose ids hold `part` (empty: all). */
    struct math_value (*metrics)(void *ctx, struct arena *arena, struct slice part);
    void *ctx;
};

MUST_CHECK enum status expression_parse(struct arena *arena, struct slice text,
                                        const struct expression **ret_expression,
                                        struct fault *reterr);
MUST_CHECK enum status expression_evaluate(struct arena *arena, const struct expression *expression,
                                           const struct math_scope *scope,
                                           struct math_value *ret_value, struct fault *reterr);

#endif
