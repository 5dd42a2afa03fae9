/* Conditions of PartiQL as trees of expression.h. */
#include "core/mem.h"
#include "store/partiql/partiql.h"

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

const struct expr *partiql_expr_one(struct arena *arena, enum expr_kind kind, const struct expr *a)
{
    return partiql_expr(arena, kind, &a, 1);
}

const struct expr *partiql_expr_two(struct arena *arena, enum expr_kind kind, const struct expr *a,
                                    const struct expr *b)
{
    const struct expr *args[] = {a, b};
    return partiql_expr(arena, kind, args, 2);
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
bool partiql_is_condition(const struct term *term)
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

const struct problem *partiql_operand(struct partiql_binder *binder, const struct term *term,
                                      const struct expr **ret_expr)
{
    if (partiql_is_plain(term)) {
        return partiql_plain(binder, term, ret_expr);
    }
    if (term->kind == TERM_MISSING) {
        return problem_invalid(binder->arena, "MISSING is compared with IS or IS NOT only");
    }
    if (term->kind != TERM_CALL) {
        return refuse_operator(binder, term);
    }
    if (!slice_is(term->text, "size")) {
        return unrecognized(binder, term);
    }
    const struct expr *arg = NULL;
    const struct problem *problem = partiql_check_count(binder->arena, term, 1);
    if (problem == NULL) {
        problem = partiql_operand(binder, term->args[0], &arg);
    }
    if (problem == NULL) {
        problem = partiql_check_type(binder->arena, "size", arg, ~UNSIZED_TYPES);
    }
    *ret_expr = problem == NULL ? partiql_expr_one(binder->arena, EXPR_SIZE, arg) : NULL;
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
        problem = partiql_operand(binder, term->args[i], &args[i]);
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
        problem = partiql_operand(binder, term->args[i], &args[i]);
    }
    return problem;
}

static const struct problem *bind_comparison(struct partiql_binder *binder, const struct term *term,
                                             const struct expr **ret_expr)
{
    const struct expr *args[2] = {NULL, NULL};
    if (partiql_is_condition(term->args[0]) || partiql_is_condition(term->args[1])) {
        return partiql_truths(binder, term, ret_expr);
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
    if (partiql_is_condition(term->args[0])) {
        return partiql_truth_in(binder, term, members, count, ret_expr);
    }
    const struct expr **args = arena_array(binder->arena, count + 1, sizeof(const struct expr *));
    const struct problem *problem = partiql_operand(binder, term->args[0], &args[0]);
    for (size_t i = 0; i < count && problem == NULL; i++) {
        problem = partiql_operand(binder, members[i], &args[i + 1]);
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
    const struct problem *problem = partiql_operand(binder, term->args[0], &args[0]);
    if (problem != NULL) {
        return problem;
    }
    if (slice_is(term->text, "missing")) {
        *ret_expr = args[0]->kind == EXPR_PATH
                        ? partiql_expr_one(binder->arena, EXPR_ATTRIBUTE_NOT_EXISTS, args[0])
                        : partiql_expr_one(binder->arena, EXPR_NOT,
                                           partiql_expr(binder->arena, EXPR_ALWAYS, NULL, 0));
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
        *ret_expr = partiql_expr_one(binder->arena, EXPR_NOT, arg);
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
