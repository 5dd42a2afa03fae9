/* PartiQL compares conditions like other values (`attribute_exists(a) = false`), which the evaluator does not know:
 *
 *     c = true   ->  c                                c = d     ->  (c AND d) OR (NOT c AND NOT d)
 *     c = false  ->  NOT c                            c = path  ->  (c AND path = true) OR (NOT c AND path = false)
 *     c = other  ->  never                            c <> x    ->  NOT (c = x)
 */
#include "store/partiql/partiql.h"

#define TRUTH_DEPTH_MAX 4 /* each level may double the work of an evaluation */

static struct attr bool_attr(bool value)
{
    return (struct attr){ATTR_BOOL, value ? SLICE("\x01") : slice_of("\0", 1)};
}

/* `condition` = what `other` is. */
static const struct problem *bind_truth(struct partiql_binder *binder, const struct expr *condition,
                                        const struct term *other, const struct expr **ret_expr)
{
    const struct expr *negated = partiql_expr_one(binder->arena, EXPR_NOT, condition);
    const struct expr *operand = NULL, *when_true = NULL, *when_false = NULL;
    const struct problem *problem = NULL;
    if (partiql_is_condition(other)) {
        problem = partiql_condition(binder, other, &when_true);
        when_false = problem == NULL ? partiql_expr_one(binder->arena, EXPR_NOT, when_true) : NULL;
    } else {
        problem = partiql_operand(binder, other, &operand);
    }
    if (problem != NULL) {
        return problem;
    }
    if (operand != NULL && operand->kind == EXPR_VALUE) {
        bool is_bool = operand->value.type == ATTR_BOOL;
        bool wanted = is_bool && operand->value.raw.ptr[0] != 0;
        *ret_expr = !is_bool ? partiql_expr_one(binder->arena, EXPR_NOT,
                                                partiql_expr(binder->arena, EXPR_ALWAYS, NULL, 0))
                    : wanted ? condition
                             : negated;
        return NULL;
    }
    if (operand != NULL) {
        when_true = partiql_expr_two(binder->arena, EXPR_EQ, operand,
                                     partiql_value_expr(binder->arena, bool_attr(true)));
        when_false = partiql_expr_two(binder->arena, EXPR_EQ, operand,
                                      partiql_value_expr(binder->arena, bool_attr(false)));
    }
    *ret_expr = partiql_expr_two(binder->arena, EXPR_OR,
                                 partiql_expr_two(binder->arena, EXPR_AND, condition, when_true),
                                 partiql_expr_two(binder->arena, EXPR_AND, negated, when_false));
    return NULL;
}

const struct problem *partiql_truths(struct partiql_binder *binder, const struct term *term,
                                     const struct expr **ret_expr)
{
    bool is_first = partiql_is_condition(term->args[0]);
    const struct term *condition = term->args[is_first ? 0 : 1];
    const struct term *other = term->args[is_first ? 1 : 0];
    const struct expr *bound = NULL;
    if (term->kind != TERM_EQ && term->kind != TERM_NE) {
        return problem_invalid(binder->arena,
                               "Incorrect operand type for operator or function; operator or "
                               "function: %.*s, operand type: BOOL",
                               SLICE_ARG(term->token.text));
    }
    if (++binder->truth_depth > TRUTH_DEPTH_MAX) {
        return problem_invalid(binder->arena,
                               "Conditions are compared with one another too deeply");
    }
    const struct problem *problem = partiql_condition(binder, condition, &bound);
    if (problem == NULL) {
        problem = bind_truth(binder, bound, other, ret_expr);
    }
    binder->truth_depth--;
    if (problem == NULL && term->kind == TERM_NE) {
        *ret_expr = partiql_expr_one(binder->arena, EXPR_NOT, *ret_expr);
    }
    return problem;
}

/* A condition IN [true, false] is any of its comparisons. */
const struct problem *partiql_truth_in(struct partiql_binder *binder, const struct term *term,
                                       const struct term *const *members, size_t count,
                                       const struct expr **ret_expr)
{
    const struct expr *condition = NULL;
    const struct expr **args = arena_array(binder->arena, count, sizeof(const struct expr *));
    if (++binder->truth_depth > TRUTH_DEPTH_MAX) {
        return problem_invalid(binder->arena,
                               "Conditions are compared with one another too deeply");
    }
    const struct problem *problem = partiql_condition(binder, term->args[0], &condition);
    for (size_t i = 0; i < count && problem == NULL; i++) {
        problem = bind_truth(binder, condition, members[i], &args[i]);
    }
    binder->truth_depth--;
    if (problem == NULL) {
        *ret_expr = partiql_expr(binder->arena, EXPR_OR, args, count);
    }
    return problem;
}
