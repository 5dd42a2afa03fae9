/* Conditions of PartiQL as trees of expression.h.
 *
 * PartiQL compares conditions like other values (`attribute_exists(a) = false`), which the evaluator does not know:
 *
 *     c = true   ->  c                                c = d     ->  (c AND d) OR (NOT c AND NOT d)
 *     c = false  ->  NOT c                            c = path  ->  (c AND path = true) OR (NOT c AND path = false)
 *     c = other  ->  never                            c <> x    ->  NOT (c = x)
 */
#include "core/mem.h"
#include "store/partiql.h"

#define TRUTH_DEPTH_MAX 4 /* each level may double the work of an evaluation */

#define ANY_TYPE (~0u)
#define TYPE(type) (1u << (type))
#define ORDERED_TYPES (TYPE(ATTR_S) | TYPE(ATTR_N) | TYPE(ATTR_B))
#define TEXT_TYPES (TYPE(ATTR_S) | TYPE(ATTR_B))
#define UNSIZED_TYPES (TYPE(ATTR_N) | TYPE(ATTR_BOOL) | TYPE(ATTR_NULL))

/* --- trees --- */

const struct expr *partiql_expr(struct arena *arena, enum expr_kind kind,
                                const struct expr *const *args, size_t count)
{
    struct expr *expr = arena_alloc(arena, sizeof(*expr));
    const struct expr **copy = arena_array(arena, count, sizeof(const struct expr *));
    for (size_t i = 0; i < count; i++) {
        copy[i] = args[i];
    }
    expr->kind = kind;
    expr->args = copy;
    expr->arg_count = count;
    return expr;
}

const struct expr *partiql_value_expr(struct arena *arena, struct attr value)
{
    struct expr *expr = arena_alloc(arena, sizeof(*expr));
    expr->kind = EXPR_VALUE;
    expr->value = value;
    return expr;
}

const struct expr *partiql_path_expr(struct arena *arena, struct path path)
{
    struct expr *expr = arena_alloc(arena, sizeof(*expr));
    expr->kind = EXPR_PATH;
    expr->path = path;
    return expr;
}

static const struct expr *make_one(struct partiql_binder *binder, enum expr_kind kind,
                                   const struct expr *a)
{
    return partiql_expr(binder->arena, kind, &a, 1);
}

static const struct expr *make_two(struct partiql_binder *binder, enum expr_kind kind,
                                   const struct expr *a, const struct expr *b)
{
    const struct expr *args[] = {a, b};
    return partiql_expr(binder->arena, kind, args, 2);
}

static struct attr bool_attr(bool value)
{
    return (struct attr){ATTR_BOOL, value ? SLICE("\x01") : slice_of("\0", 1)};
}

/* --- checks --- */

const struct problem *partiql_check_type(struct arena *arena, const char *operator_name,
                                         const struct expr *operand, unsigned types)
{
    if (operand->kind != EXPR_VALUE || (types & TYPE(operand->value.type)) != 0) {
        return NULL;
    }
    return problem_invalid(arena,
                           "Incorrect operand type for operator or function; operator or function: "
                           "%s, operand type: %s",
                           operator_name, attr_type_name(operand->value.type));
}

const struct problem *partiql_check_count(struct arena *arena, const struct term *call,
                                          size_t count)
{
    if (call->arg_count == count) {
        return NULL;
    }
    return problem_invalid(arena,
                           "Incorrect number of operands for operator or function; operator or "
                           "function: %.*s, number of operands: %zu",
                           SLICE_ARG(call->text), call->arg_count);
}

/* --- operands --- */

static const struct {
    struct slice name;
    enum expr_kind kind;
    size_t arg_count;
} functions[] = {
    {SLICE_INIT("attribute_exists"), EXPR_ATTRIBUTE_EXISTS, 1},
    {SLICE_INIT("attribute_not_exists"), EXPR_ATTRIBUTE_NOT_EXISTS, 1},
    {SLICE_INIT("attribute_type"), EXPR_ATTRIBUTE_TYPE, 2},
    {SLICE_INIT("begins_with"), EXPR_BEGINS_WITH, 2},
    {SLICE_INIT("contains"), EXPR_CONTAINS, 2},
    {SLICE_INIT("size"), EXPR_SIZE, 1},
};

static size_t find_function(const struct term *term)
{
    size_t i = 0;
    while (i < COUNT_OF(functions) && !slice_eq(functions[i].name, term->text)) {
        i++;
    }
    return i;
}

/* True or false, whatever the item: not an operand in the evaluator's sense. */
static bool is_condition(const struct term *term)
{
    if (term->kind == TERM_CALL) {
        size_t i = find_function(term);
        return i < COUNT_OF(functions) && functions[i].kind != EXPR_SIZE;
    }
    return term->kind >= TERM_AND && term->kind <= TERM_IS;
}

static const struct problem *refuse_operator(struct partiql_binder *binder, const struct term *term)
{
    return problem_invalid(binder->arena, "Unsupported operator in a condition: %.*s",
                           SLICE_ARG(term->token.text));
}

static const struct problem *unrecognized(struct partiql_binder *binder, const struct term *call)
{
    struct partiql_token token = call->token;
    return partiql_problem_at(binder->arena, binder->text, &token, "Unrecognized function: %.*s",
                              SLICE_ARG(call->text));
}

static const struct problem *bind_operand(struct partiql_binder *binder, const struct term *term,
                                          const struct expr **ret_expr)
{
    const struct problem *problem = NULL;
    struct path path;
    struct attr value;
    if (term->kind == TERM_NAME || term->kind == TERM_PATH) {
        problem = partiql_path(binder, term, &path);
        *ret_expr = problem == NULL ? partiql_path_expr(binder->arena, path) : NULL;
        return problem;
    }
    if (partiql_is_value(term)) {
        problem = partiql_value(binder, term, &value);
        *ret_expr = problem == NULL ? partiql_value_expr(binder->arena, value) : NULL;
        return problem;
    }
    if (term->kind == TERM_MISSING) {
        return problem_invalid(binder->arena, "MISSING must be compared using IS operator");
    }
    if (term->kind != TERM_CALL) {
        return refuse_operator(binder, term);
    }
    if (!slice_is(term->text, "size")) {
        return unrecognized(binder, term);
    }
    const struct expr *arg = NULL;
    problem = partiql_check_count(binder->arena, term, 1);
    if (problem == NULL) {
        problem = bind_operand(binder, term->args[0], &arg);
    }
    if (problem == NULL) {
        problem = partiql_check_type(binder->arena, "size", arg, ~UNSIZED_TYPES);
    }
    *ret_expr = problem == NULL ? make_one(binder, EXPR_SIZE, arg) : NULL;
    return problem;
}

/* --- functions --- */

static const struct problem *check_type_name(struct partiql_binder *binder,
                                             const struct expr *operand)
{
    enum attr_type type;
    if (operand->kind == EXPR_PATH) {
        return problem_invalid(binder->arena,
                               "Incorrect operand type for operator or function; operator or "
                               "function: attribute_type, operand type: "
                               "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    }
    const struct problem *problem =
        partiql_check_type(binder->arena, "attribute_type", operand, TYPE(ATTR_S));
    if (problem == NULL && !attr_type_of_name(operand->value.raw, &type)) {
        problem = problem_invalid(binder->arena,
                                  "Invalid attribute type name found; type: %.*s, valid types: "
                                  "{B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
                                  SLICE_ARG(operand->value.raw));
    }
    return problem;
}

static const struct problem *check_call(struct partiql_binder *binder, enum expr_kind kind,
                                        const char *name, const struct expr *const *args)
{
    const struct problem *problem = NULL;
    if ((kind == EXPR_ATTRIBUTE_EXISTS || kind == EXPR_ATTRIBUTE_NOT_EXISTS) &&
        args[0]->kind != EXPR_PATH) {
        return problem_invalid(binder->arena,
                               "Operator or function requires a document path; operator or "
                               "function: %s",
                               name);
    }
    if (kind == EXPR_ATTRIBUTE_TYPE) {
        return check_type_name(binder, args[1]);
    }
    if (kind == EXPR_BEGINS_WITH) {
        problem = partiql_check_type(binder->arena, name, args[0], TEXT_TYPES);
        problem = problem != NULL ? problem
                                  : partiql_check_type(binder->arena, name, args[1], TEXT_TYPES);
    }
    return problem;
}

static const struct problem *bind_call(struct partiql_binder *binder, const struct term *term,
                                       const struct expr **ret_expr)
{
    size_t at = find_function(term);
    const struct expr *args[2] = {NULL, NULL};
    if (at == COUNT_OF(functions)) {
        return unrecognized(binder, term);
    }
    if (functions[at].kind == EXPR_SIZE) {
        return problem_invalid(binder->arena,
                               "The function is not allowed to be used this way in an expression; "
                               "function: size");
    }
    const struct problem *problem =
        partiql_check_count(binder->arena, term, functions[at].arg_count);
    for (size_t i = 0; i < functions[at].arg_count && problem == NULL; i++) {
        problem = bind_operand(binder, term->args[i], &args[i]);
    }
    if (problem == NULL) {
        problem = check_call(binder, functions[at].kind, functions[at].name.ptr, args);
    }
    if (problem == NULL) {
        *ret_expr = partiql_expr(binder->arena, functions[at].kind, args, functions[at].arg_count);
    }
    return problem;
}

/* --- comparisons --- */

static const struct problem *check_ordered(struct partiql_binder *binder, const char *name,
                                           const struct expr *const *args, size_t count)
{
    const struct problem *problem = NULL;
    for (size_t i = 0; i < count && problem == NULL; i++) {
        problem = partiql_check_type(binder->arena, name, args[i], ORDERED_TYPES);
    }
    return problem;
}

static const enum expr_kind comparison_kinds[] = {
    [TERM_EQ] = EXPR_EQ, [TERM_NE] = EXPR_NE, [TERM_LT] = EXPR_LT,
    [TERM_LE] = EXPR_LE, [TERM_GT] = EXPR_GT, [TERM_GE] = EXPR_GE,
};

static const struct problem *bind_operands(struct partiql_binder *binder, const struct term *term,
                                           const struct expr **args)
{
    const struct problem *problem = NULL;
    for (size_t i = 0; i < term->arg_count && problem == NULL; i++) {
        problem = bind_operand(binder, term->args[i], &args[i]);
    }
    return problem;
}

/* `condition` = what `other` is. */
static const struct problem *bind_truth(struct partiql_binder *binder, const struct expr *condition,
                                        const struct term *other, const struct expr **ret_expr)
{
    const struct expr *negated = make_one(binder, EXPR_NOT, condition);
    const struct expr *operand = NULL, *when_true = NULL, *when_false = NULL;
    const struct problem *problem = NULL;
    if (is_condition(other)) {
        problem = partiql_condition(binder, other, &when_true);
        when_false = problem == NULL ? make_one(binder, EXPR_NOT, when_true) : NULL;
    } else {
        problem = bind_operand(binder, other, &operand);
    }
    if (problem != NULL) {
        return problem;
    }
    if (operand != NULL && operand->kind == EXPR_VALUE) {
        bool is_bool = operand->value.type == ATTR_BOOL;
        bool wanted = is_bool && operand->value.raw.ptr[0] != 0;
        *ret_expr =
            !is_bool ? make_one(binder, EXPR_NOT, partiql_expr(binder->arena, EXPR_ALWAYS, NULL, 0))
            : wanted ? condition
                     : negated;
        return NULL;
    }
    if (operand != NULL) {
        when_true =
            make_two(binder, EXPR_EQ, operand, partiql_value_expr(binder->arena, bool_attr(true)));
        when_false =
            make_two(binder, EXPR_EQ, operand, partiql_value_expr(binder->arena, bool_attr(false)));
    }
    *ret_expr = make_two(binder, EXPR_OR, make_two(binder, EXPR_AND, condition, when_true),
                         make_two(binder, EXPR_AND, negated, when_false));
    return NULL;
}

static const struct problem *bind_truths(struct partiql_binder *binder, const struct term *term,
                                         const struct expr **ret_expr)
{
    bool is_first = is_condition(term->args[0]);
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
        *ret_expr = make_one(binder, EXPR_NOT, *ret_expr);
    }
    return problem;
}

static const struct problem *bind_comparison(struct partiql_binder *binder, const struct term *term,
                                             const struct expr **ret_expr)
{
    const struct expr *args[2] = {NULL, NULL};
    if (is_condition(term->args[0]) || is_condition(term->args[1])) {
        return bind_truths(binder, term, ret_expr);
    }
    const struct problem *problem = bind_operands(binder, term, args);
    if (problem == NULL && term->kind != TERM_EQ && term->kind != TERM_NE) {
        problem = check_ordered(binder, arena_cstr(binder->arena, term->token.text), args, 2);
    }
    if (problem == NULL) {
        *ret_expr = partiql_expr(binder->arena, comparison_kinds[term->kind], args, 2);
    }
    return problem;
}

static const struct problem *bind_between(struct partiql_binder *binder, const struct term *term,
                                          const struct expr **ret_expr)
{
    const struct expr *args[3] = {NULL, NULL, NULL};
    const struct problem *problem = bind_operands(binder, term, args);
    if (problem == NULL) {
        problem = check_ordered(binder, "BETWEEN", args, 3);
    }
    if (problem == NULL) {
        *ret_expr = partiql_expr(binder->arena, EXPR_BETWEEN, args, 3);
    }
    return problem;
}

/* A condition IN [true, false] is any of its comparisons. */
static const struct problem *bind_truth_in(struct partiql_binder *binder, const struct term *term,
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

static const struct problem *bind_in(struct partiql_binder *binder, const struct term *term,
                                     const struct expr **ret_expr)
{
    const struct term *set = term->args[1];
    bool is_sequence = set->kind == TERM_LIST || set->kind == TERM_BAG;
    const struct term *const *members = is_sequence ? set->args : &term->args[1];
    size_t count = is_sequence ? set->arg_count : 1;
    if (count == 0) {
        return problem_invalid(binder->arena, "IN operator must have at least one value to its "
                                              "right");
    }
    if (count > EXPRESSION_IN_MAX) {
        return problem_invalid(
            binder->arena,
            "The IN operator is provided with too many operands; number of operands: %zu", count);
    }
    if (is_condition(term->args[0])) {
        return bind_truth_in(binder, term, members, count, ret_expr);
    }
    const struct expr **args = arena_array(binder->arena, count + 1, sizeof(const struct expr *));
    const struct problem *problem = bind_operand(binder, term->args[0], &args[0]);
    for (size_t i = 0; i < count && problem == NULL; i++) {
        problem = bind_operand(binder, members[i], &args[i + 1]);
    }
    if (problem == NULL) {
        *ret_expr = partiql_expr(binder->arena, EXPR_IN, args, count + 1);
    }
    return problem;
}

static const struct problem *bind_is(struct partiql_binder *binder, const struct term *term,
                                     const struct expr **ret_expr)
{
    static const struct {
        const char *name;
        const char *type;
    } types[] = {{"null", "NULL"}, {"boolean", "BOOL"}, {"bool", "BOOL"},
                 {"blob", "B"},    {"string", "S"},     {"numeric", "N"},
                 {"struct", "M"},  {"tuple", "M"},      {"list", "L"}};
    const struct expr *args[2] = {NULL, NULL};
    const struct problem *problem = bind_operand(binder, term->args[0], &args[0]);
    if (problem != NULL) {
        return problem;
    }
    if (slice_is(term->text, "missing")) {
        *ret_expr =
            args[0]->kind == EXPR_PATH
                ? make_one(binder, EXPR_ATTRIBUTE_NOT_EXISTS, args[0])
                : make_one(binder, EXPR_NOT, partiql_expr(binder->arena, EXPR_ALWAYS, NULL, 0));
        return NULL;
    }
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        if (slice_is(term->text, types[i].name)) {
            struct attr type = {ATTR_S, slice_from(types[i].type)};
            args[1] = partiql_value_expr(binder->arena, type);
            *ret_expr = partiql_expr(binder->arena, EXPR_ATTRIBUTE_TYPE, args, 2);
            return NULL;
        }
    }
    return problem_invalid(binder->arena, "Unsupported data type for IS operator: %.*s",
                           SLICE_ARG(term->text));
}

/* --- logic --- */

/* a AND b AND c hangs on its left side: taken as one with three arguments. */
static const struct problem *bind_chain(struct partiql_binder *binder, const struct term *term,
                                        const struct expr **ret_expr)
{
    size_t count = 2;
    for (const struct term *at = term->args[0]; at->kind == term->kind; at = at->args[0]) {
        count++;
    }
    const struct expr **args = arena_array(binder->arena, count, sizeof(const struct expr *));
    const struct problem *problem = NULL;
    const struct term *at = term;
    for (size_t i = count; i-- > 1; at = at->args[0]) {
        args[i] = NULL;
        const struct problem *found = partiql_condition(binder, at->args[1], &args[i]);
        problem = found != NULL ? found : problem; /* the leftmost is told */
        if (i == 1) {
            found = partiql_condition(binder, at->args[0], &args[0]);
            problem = found != NULL ? found : problem;
        }
    }
    if (problem == NULL) {
        *ret_expr =
            partiql_expr(binder->arena, term->kind == TERM_AND ? EXPR_AND : EXPR_OR, args, count);
    }
    return problem;
}

static const struct problem *bind_not(struct partiql_binder *binder, const struct term *term,
                                      const struct expr **ret_expr)
{
    const struct expr *arg = NULL;
    const struct problem *problem = partiql_condition(binder, term->args[0], &arg);
    if (problem == NULL) {
        *ret_expr = make_one(binder, EXPR_NOT, arg);
    }
    return problem;
}

const struct problem *partiql_condition(struct partiql_binder *binder, const struct term *term,
                                        const struct expr **ret_expr)
{
    typedef const struct problem *bind_fn(struct partiql_binder *, const struct term *,
                                          const struct expr **);
    static bind_fn *const binders[] = {
        [TERM_AND] = bind_chain,       [TERM_OR] = bind_chain,      [TERM_NOT] = bind_not,
        [TERM_EQ] = bind_comparison,   [TERM_NE] = bind_comparison, [TERM_LT] = bind_comparison,
        [TERM_LE] = bind_comparison,   [TERM_GT] = bind_comparison, [TERM_GE] = bind_comparison,
        [TERM_BETWEEN] = bind_between, [TERM_IN] = bind_in,         [TERM_IS] = bind_is,
        [TERM_CALL] = bind_call,       [TERM_OPERATOR] = NULL,
    };
    if (binders[term->kind] == NULL) {
        return term->kind == TERM_OPERATOR || term->kind == TERM_PLUS || term->kind == TERM_MINUS
                   ? refuse_operator(binder, term)
                   : problem_invalid(binder->arena, "The WHERE clause must be a condition");
    }
    return binders[term->kind](binder, term, ret_expr);
}
