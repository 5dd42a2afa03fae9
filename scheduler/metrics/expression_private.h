/* The tree of an expression: what expression.c (parser), expression_eval.c and expression_functions.c share. */
#ifndef SLS_SCHEDULER_METRICS_EXPRESSION_PRIVATE_H
#define SLS_SCHEDULER_METRICS_EXPRESSION_PRIVATE_H

#include "core/mem.h"
#include "scheduler/metrics/expression.h"
#include "scheduler/metrics/limits.h"

enum expression_kind {
    EXPRESSION_NUMBER,
    EXPRESSION_TEXT,
    EXPRESSION_ID,
    EXPRESSION_OPERATOR,
    EXPRESSION_NEGATION,
    EXPRESSION_ARRAY,
    EXPRESSION_FUNCTION
};

enum math_operator {
    MATH_OR,
    MATH_AND,
    MATH_LESS,
    MATH_LESS_EQUAL,
    MATH_GREATER,
    MATH_GREATER_EQUAL,
    MATH_EQUAL,
    MATH_NOT_EQUAL,
    MATH_PLUS,
    MATH_MINUS,
    MATH_TIMES,
    MATH_DIVIDE,
    MATH_POWER
};

struct expression {
    enum expression_kind kind;
    double number;
    struct slice text; /* TEXT, ID */
    enum math_operator op;
    const struct math_function *function;
    const struct expression *first; /* operands, elements, arguments */
    const struct expression *next;  /* of the same list */
};

/* One evaluation. */
struct evaluation {
    struct arena *arena;
    const struct math_scope *scope;
    struct fault *reterr;
};

#define FUNCTION_ARGUMENTS_MAX 3

struct math_function {
    const char *name;
    size_t least, most; /* arguments */
    enum status (*call)(struct evaluation *evaluation, const struct math_value *arguments,
                        size_t count, struct math_value *ret_value);
};

/* NULL: there is none of that name. */
const struct math_function *math_function_find(struct slice name);
bool math_function_is_known(struct slice name); /* to the service */

/* --- values --- */

struct math_value math_number(double number);
/* A series with room for `count` points, to be filled. */
struct math_value math_series(struct arena *arena, size_t count, int64_t period_s,
                              struct time_series **ret_series, struct point **ret_points);
/* What is no number is left out. */
void math_add_point(struct time_series *series, struct point *points, int64_t at_s, double value);
MUST_CHECK enum status math_operate(struct evaluation *evaluation, enum math_operator op,
                                    const struct math_value *left, const struct math_value *right,
                                    struct math_value *ret_value);

#endif
