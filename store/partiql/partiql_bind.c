/* Statements of PartiQL: sources, columns, changes. */
#include "store/expression/expression_parser.h"
#include "store/partiql/partiql.h"

/* --- updates --- */

static const struct problem *bind_right(const struct partiql_binder *binder,
                                        const struct term *term, const struct path *target,
                                        const struct expr **ret_expr);

static bool is_same_path(const struct path *a, const struct path *b)
{
    return path_compare(a, b) == 0;
}

/* SET x = set_add(x, <<...>>). */
static const struct problem *bind_set_function(const struct partiql_binder *binder,
                                               const struct term *call, const struct path *target,
                                               const struct expr **ret_expr)
{
    bool adds = slice_is(call->text, "set_add");
    const char *name = adds ? "SET_ADD" : "SET_DELETE";
    struct path path = {NULL, 0};
    struct attr value = ATTR_ABSENT;
    const struct problem *problem = NULL;
    if (call->arg_count != 2) {
        return partiql_problem_at(binder->arena, binder->text, &call->token,
                                  "%s must have exactly two arguments", name);
    }
    const struct term *first = call->args[0];
    if (first->kind == TERM_NAME || first->kind == TERM_PATH) {
        problem = partiql_path(binder, first, &path);
    }
    if (problem != NULL) {
        return problem;
    }
    if (path.count == 0 || !is_same_path(&path, target)) {
        return partiql_problem_at(binder->arena, binder->text, &call->token,
                                  "The first argument to %s must equal the assignment value", name);
    }
    if (partiql_is_value(call->args[1])) {
        problem = partiql_value(binder, call->args[1], &value);
    }
    if (problem == NULL && !attr_is_set(value.type)) {
        problem =
            partiql_problem_at(binder->arena, binder->text, &first->token,
                               "The second argument to %s must be a value with type SET", name);
    }
    if (problem == NULL) {
        const struct expr *args[] = {partiql_path_expr(binder->arena, path),
                                     partiql_value_expr(binder->arena, value)};
        *ret_expr = partiql_expr(binder->arena, adds ? EXPR_SET_ADD : EXPR_SET_DELETE, args, 2);
    }
    return problem;
}

static const struct problem *bind_call(const struct partiql_binder *binder, const struct term *call,
                                       const struct path *target, const struct expr **ret_expr)
{
    const struct expr *args[2] = {NULL, NULL};
    bool appends = slice_is(call->text, "list_append");
    if (slice_is(call->text, "set_add") || slice_is(call->text, "set_delete")) {
        return bind_set_function(binder, call, target, ret_expr);
    }
    if (!appends && !slice_is(call->text, "if_not_exists")) {
        return partiql_problem_at(binder->arena, binder->text, &call->token,
                                  "Unrecognized function: %.*s", SLICE_ARG(call->text));
    }
    const struct problem *problem = partiql_check_count(binder->arena, call, 2);
    for (size_t i = 0; i < 2 && problem == NULL; i++) {
        problem = bind_right(binder, call->args[i], target, &args[i]);
        if (problem == NULL && appends) {
            problem = partiql_check_type(binder->arena, "list_append", args[i], 1u << ATTR_L);
        }
    }
    if (problem == NULL && !appends && args[0]->kind != EXPR_PATH) {
        problem = problem_invalid(binder->arena, "Operator or function requires a document path; "
                                                 "operator or function: if_not_exists");
    }
    if (problem == NULL) {
        *ret_expr =
            partiql_expr(binder->arena, appends ? EXPR_LIST_APPEND : EXPR_IF_NOT_EXISTS, args, 2);
    }
    return problem;
}

static const struct problem *bind_arithmetic(const struct partiql_binder *binder,
                                             const struct term *term, const struct path *target,
                                             const struct expr **ret_expr)
{
    const struct expr *args[2] = {NULL, NULL};
    const struct problem *problem = NULL;
    bool is_plus = term->kind == TERM_PLUS;
    for (size_t i = 0; i < 2 && problem == NULL; i++) {
        problem = bind_right(binder, term->args[i], target, &args[i]);
    }
    for (size_t i = 0; i < 2 && problem == NULL; i++) {
        problem = partiql_check_type(binder->arena, is_plus ? "+" : "-", args[i], 1u << ATTR_N);
    }
    if (problem == NULL) {
        *ret_expr = partiql_expr(binder->arena, is_plus ? EXPR_PLUS : EXPR_MINUS, args, 2);
    }
    return problem;
}

static const struct problem *bind_right(const struct partiql_binder *binder,
                                        const struct term *term, const struct path *target,
                                        const struct expr **ret_expr)
{
    if (partiql_is_plain(term)) {
        return partiql_plain(binder, term, ret_expr);
    }
    if (term->kind == TERM_CALL) {
        return bind_call(binder, term, target, ret_expr);
    }
    if (term->kind == TERM_PLUS || term->kind == TERM_MINUS) {
        return bind_arithmetic(binder, term, target, ret_expr);
    }
    return problem_invalid(binder->arena, "Unsupported operator in an update: %.*s",
                           SLICE_ARG(term->token.text));
}

/* Sums hang on their left side: their depth is the number of terms. */
static bool is_too_deep(const struct term *term, unsigned levels)
{
    if (levels == 0) {
        return true;
    }
    for (size_t i = 0; i < term->arg_count; i++) {
        if (is_too_deep(term->args[i], levels - 1)) {
            return true;
        }
    }
    return false;
}

static const struct problem *bind_update(const struct partiql_binder *binder,
                                         const struct partiql_statement *statement,
                                         struct update *ret_update)
{
    size_t count = statement->change_count;
    struct update_action *actions = arena_array(binder->arena, count, sizeof(*actions));
    const struct path **paths = arena_array(binder->arena, count, sizeof(const struct path *));
    for (size_t i = 0; i < count; i++) {
        const struct partiql_change *change = &statement->changes[i];
        const struct problem *problem = partiql_path(binder, change->target, &actions[i].path);
        actions[i].kind = change->value != NULL ? UPDATE_SET : UPDATE_REMOVE;
        if (problem == NULL && change->value != NULL &&
            is_too_deep(change->value, PARTIQL_DEPTH_MAX)) {
            problem = problem_invalid(binder->arena, "Nested too deeply");
        }
        if (problem == NULL && change->value != NULL) {
            problem = bind_right(binder, change->value, &actions[i].path, &actions[i].value);
        }
        if (problem != NULL) {
            return problem;
        }
        paths[i] = &actions[i].path;
    }
    struct parser parser =
        parser_init(binder->arena, "UpdateExpression", SLICE("a"), NULL); /* for its words */
    check_paths(&parser, paths, count);
    *ret_update = (struct update){.actions = actions, .count = count};
    return parser_result(&parser);
}

/* --- sources --- */

static const struct problem *bind_source(const struct partiql_binder *binder,
                                         const struct partiql_statement *statement,
                                         struct partiql *partiql)
{
    const struct term *source = statement->source;
    bool is_path = source->kind == TERM_PATH;
    size_t count = is_path ? source->arg_count : 1;
    for (size_t i = 0; i < count; i++) {
        const struct term *part = is_path ? source->args[i] : source;
        if (part->kind != TERM_NAME) {
            return problem_invalid(binder->arena,
                                   "FROM clause may only contain a single table name");
        }
        if (part->text.len == 0) {
            return problem_invalid(binder->arena, "Path component cannot be an empty string");
        }
    }
    if (count > 2) {
        return problem_invalid(binder->arena,
                               "A path may contain at most 2 components in the FROM clause");
    }
    if (count == 2 && partiql->kind == PARTIQL_INSERT) {
        return problem_invalid(binder->arena, "FROM clause may only contain a single table name");
    }
    if (count == 2 && (partiql->kind == PARTIQL_UPDATE || partiql->kind == PARTIQL_DELETE)) {
        return problem_invalid(binder->arena, "This operation is not supported on an index");
    }
    partiql->table = is_path ? source->args[0]->text : source->text;
    partiql->index = count == 2 ? source->args[1]->text : SLICE_NULL;
    return NULL;
}

/* --- SELECT --- */

/* m.k[0] is called k[0] in the result. */
static struct slice column_name(struct arena *arena, const struct path *path)
{
    size_t first = path->count - 1;
    while (path->steps[first].is_index) {
        first--;
    }
    if (first == path->count - 1) {
        return path->steps[first].name;
    }
    AUTO_BUF name = BUF_INIT(1 << 20);
    buf_append(&name, path->steps[first].name);
    for (size_t i = first + 1; i < path->count; i++) {
        buf_printf(&name, "[%u]", path->steps[i].index);
    }
    return arena_copy(arena, buf_slice(&name));
}

static const struct problem *bind_columns(const struct partiql_binder *binder,
                                          const struct partiql_statement *statement,
                                          struct partiql *partiql)
{
    size_t count = statement->column_count;
    struct path *paths = arena_array(binder->arena, count, sizeof(*paths));
    struct slice *names = arena_array(binder->arena, count, sizeof(*names));
    for (size_t i = 0; i < count; i++) {
        const struct problem *problem = partiql_path(binder, statement->columns[i], &paths[i]);
        if (problem != NULL) {
            return problem;
        }
        names[i] = column_name(binder->arena, &paths[i]);
        for (size_t k = 0; k < i; k++) { /* of 8,192 characters */
            if (slice_eq(names[k], names[i])) {
                return problem_invalid(binder->arena,
                                       "Duplicate identifiers in select clause: %.*s",
                                       SLICE_ARG(names[i]));
            }
        }
    }
    partiql->is_star = statement->is_star;
    partiql->columns = paths;
    partiql->names = names;
    partiql->column_count = count;
    return NULL;
}

static const struct problem *bind_orders(const struct partiql_binder *binder,
                                         const struct partiql_statement *statement,
                                         struct partiql *partiql)
{
    size_t count = statement->order_count;
    struct slice *orders = arena_array(binder->arena, count, sizeof(*orders));
    bool *is_descending = arena_array(binder->arena, count, sizeof(*is_descending));
    for (size_t i = 0; i < count; i++) {
        const struct term *term = statement->orders[i].term;
        if (term->kind != TERM_NAME) {
            return partiql_problem_at(binder->arena, binder->text, &term->token,
                                      "ORDER BY takes the names of key attributes");
        }
        orders[i] = term->text;
        is_descending[i] = statement->orders[i].is_descending;
    }
    if (count != 0 && statement->where == NULL) {
        return problem_invalid(
            binder->arena, "Must have WHERE clause in the statement when using ORDER BY clause.");
    }
    partiql->orders = orders;
    partiql->is_descending = is_descending;
    partiql->order_count = count;
    return NULL;
}

/* --- RETURNING --- */

static const struct problem *bind_returning(const struct partiql_binder *binder,
                                            const struct partiql_statement *statement,
                                            struct partiql *partiql)
{
    static const char *const names[] = {[RETURNING_ALL_OLD] = "ALL OLD",
                                        [RETURNING_MODIFIED_OLD] = "MODIFIED OLD",
                                        [RETURNING_ALL_NEW] = "ALL NEW",
                                        [RETURNING_MODIFIED_NEW] = "MODIFIED NEW"};
    partiql->returning = statement->returning;
    if (statement->returning == RETURNING_NOTHING || statement->kind == PARTIQL_UPDATE) {
        return NULL;
    }
    if (statement->kind == PARTIQL_DELETE) {
        return statement->returning == RETURNING_ALL_OLD
                   ? NULL
                   : problem_invalid(binder->arena,
                                     "Invalid returning clause: RETURNING %s *. Only RETURNING ALL "
                                     "OLD * is allowed in DELETE statements.",
                                     names[statement->returning]);
    }
    return problem_invalid(binder->arena, "%s takes no RETURNING clause",
                           statement->kind == PARTIQL_INSERT ? "INSERT" : "SELECT");
}

/* --- statements --- */

static const struct problem *bind_parts(struct partiql_binder *binder,
                                        const struct partiql_statement *statement,
                                        struct partiql *partiql)
{
    const struct problem *problem = bind_source(binder, statement, partiql);
    if (problem == NULL) {
        problem = bind_returning(binder, statement, partiql);
    }
    if (problem == NULL && statement->kind == PARTIQL_SELECT) {
        problem = bind_columns(binder, statement, partiql);
    }
    if (problem == NULL && statement->kind == PARTIQL_INSERT) {
        problem = partiql_item(binder, statement->item, &partiql->item);
    }
    if (problem == NULL && statement->kind == PARTIQL_UPDATE) {
        problem = bind_update(binder, statement, &partiql->update);
    }
    if (problem == NULL && statement->where != NULL) {
        problem = partiql_condition(binder, statement->where, &partiql->where);
    }
    return problem != NULL ? problem : bind_orders(binder, statement, partiql);
}

static const struct problem *refuse_other(const struct partiql_binder *binder,
                                          const struct term *term)
{
    if (term->kind == TERM_IS) {
        return problem_invalid(binder->arena, "Unsupported operation: IsType");
    }
    return problem_invalid(binder->arena, "Unsupported operation: a statement is one of SELECT, "
                                          "INSERT, UPDATE, DELETE and EXISTS");
}

const struct problem *partiql_bind(struct arena *arena, const struct partiql_statement *statement,
                                   const struct attr *parameters, size_t parameter_count,
                                   const struct partiql **ret_partiql)
{
    struct partiql_binder binder = {.arena = arena,
                                    .text = statement->text,
                                    .parameters = parameters,
                                    .parameter_count = parameter_count};
    struct partiql *partiql = arena_alloc(arena, sizeof(*partiql));
    partiql->kind = statement->kind;
    if (statement->unsupported != NULL) {
        return statement->unsupported;
    }
    if (statement->kind == PARTIQL_OTHER) {
        return refuse_other(&binder, statement->columns[0]);
    }
    if (statement->parameter_count != parameter_count) {
        return problem_invalid(arena, "Number of parameters in request and statement don't match.");
    }
    const struct problem *problem = bind_parts(
        &binder, statement->kind == PARTIQL_EXISTS ? statement->inner : statement, partiql);
    if (problem == NULL) {
        *ret_partiql = partiql;
    }
    return problem;
}
