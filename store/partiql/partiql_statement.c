/* Clauses of PartiQL statements. */
#include "store/partiql/partiql_parser.h"

#include "core/mem.h"

/* --- sources --- */

/* An alias is read and refused: what stands behind it is still parsed. */
static void skip_alias(struct partiql_parser *parser)
{
    bool has_as = partiql_accept_word(parser, "as");
    bool is_name = parser->token.kind == PARTIQL_NAME || parser->token.kind == PARTIQL_QUOTED;
    if (is_name) {
        partiql_advance(parser);
    } else if (has_as) {
        partiql_fail(parser, "Expected identifier for AS-alias");
    }
    if (is_name || has_as) {
        partiql_unsupported(parser, problem_invalid(parser->arena, "Aliasing is not supported"));
    }
}

static void skip_joins(struct partiql_parser *parser)
{
    static const char *const words[] = {"join", "inner", "left", "right", "full", "cross", "outer"};
    bool is_join = parser->token.kind == PARTIQL_COMMA;
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        is_join = is_join || partiql_token_is(&parser->token, words[i]);
    }
    if (!is_join) {
        return;
    }
    partiql_unsupported(
        parser, problem_invalid(parser->arena, "FROM clause may only contain a single table name"));
    /* Whatever comes is part of a statement that is refused: its form no longer matters. */
    while (parser->token.kind != PARTIQL_END && parser->token.kind != PARTIQL_UNKNOWN) {
        partiql_advance(parser);
    }
}

static void parse_where(struct partiql_parser *parser, struct partiql_statement *statement,
                        int precedence)
{
    if (partiql_accept_word(parser, "where")) {
        statement->where = partiql_parse_expr(parser, precedence);
    }
}

/* --- SELECT --- */

static void parse_columns(struct partiql_parser *parser, struct partiql_statement *statement)
{
    struct term_list columns = {.count = 0};
    size_t star_count = 0;
    do {
        if (partiql_accept(parser, PARTIQL_STAR)) {
            star_count++;
            continue;
        }
        const struct term *column = partiql_parse_expr(parser, 0);
        if (column == NULL) {
            return;
        }
        term_list_add(parser, &columns, column);
        skip_alias(parser);
    } while (partiql_accept(parser, PARTIQL_COMMA));
    if (star_count != 0 && star_count + columns.count > 1) {
        partiql_fail(parser, "Other expressions may not be present in the select list when '*' is "
                             "used without dot notation.");
    }
    statement->is_star = star_count != 0;
    statement->columns = columns.items;
    statement->column_count = columns.count;
}

/* GROUP BY, HAVING, LIMIT, OFFSET: parsed as far as an expression goes. */
static bool skip_clause(struct partiql_parser *parser, const char *word, const char *second,
                        const char *name)
{
    if (!partiql_accept_word(parser, word)) {
        return false;
    }
    if (second != NULL && !partiql_accept_word(parser, second)) {
        partiql_fail(parser, "Unexpected token");
        return false;
    }
    struct partiql_token token = parser->token;
    do {
        if (partiql_parse_expr(parser, PARTIQL_PRECEDENCE_SELECT) == NULL) {
            return false;
        }
    } while (partiql_accept(parser, PARTIQL_COMMA));
    partiql_unsupported(parser, partiql_problem_at(parser->arena, parser->text, &token,
                                                   "Unsupported clause: %s", name));
    return true;
}

static void parse_orders(struct partiql_parser *parser, struct partiql_statement *statement)
{
    struct partiql_order *orders = NULL;
    size_t count = 0, cap = 0;
    if (!partiql_accept_word(parser, "order")) {
        return;
    }
    if (!partiql_accept_word(parser, "by")) {
        partiql_fail(parser, "Expected BY");
        return;
    }
    do {
        const struct term *term = partiql_parse_expr(parser, PARTIQL_PRECEDENCE_SELECT);
        if (term == NULL) {
            return;
        }
        if (count == cap) {
            cap = cap == 0 ? 4 : cap * 2;
            struct partiql_order *grown = arena_array(parser->arena, cap, sizeof(*grown));
            for (size_t i = 0; i < count; i++) {
                grown[i] = orders[i];
            }
            orders = grown;
        }
        bool is_descending = partiql_accept_word(parser, "desc");
        if (!is_descending) {
            (void)partiql_accept_word(parser, "asc");
        }
        orders[count++] = (struct partiql_order){term, is_descending};
    } while (partiql_accept(parser, PARTIQL_COMMA));
    statement->orders = orders;
    statement->order_count = count;
}

static void parse_select(struct partiql_parser *parser, struct partiql_statement *statement)
{
    struct partiql_token token = parser->token;
    statement->kind = PARTIQL_SELECT;
    if (partiql_accept_word(parser, "distinct")) {
        partiql_unsupported(parser, partiql_problem_at(parser->arena, parser->text, &token,
                                                       "Unsupported clause: DISTINCT"));
    } else {
        (void)partiql_accept_word(parser, "all");
    }
    parse_columns(parser, statement);
    if (parser->failed == NULL && !partiql_accept_word(parser, "from")) {
        partiql_fail(parser, "Expected FROM after SELECT list");
    }
    if (parser->failed != NULL) {
        return;
    }
    statement->source = partiql_parse_expr(parser, PARTIQL_PRECEDENCE_SELECT);
    if (statement->source == NULL) {
        return;
    }
    skip_alias(parser);
    skip_joins(parser);
    parse_where(parser, statement, PARTIQL_PRECEDENCE_SELECT);
    (void)skip_clause(parser, "group", "by", "GROUP BY");
    (void)skip_clause(parser, "having", NULL, "HAVING");
    parse_orders(parser, statement);
    (void)skip_clause(parser, "limit", NULL, "LIMIT");
}

/* --- INSERT --- */

static void parse_insert(struct partiql_parser *parser, struct partiql_statement *statement)
{
    statement->kind = PARTIQL_INSERT;
    if (!partiql_accept_word(parser, "into")) {
        partiql_fail(parser, "Unexpected keyword");
        return;
    }
    statement->source = partiql_parse_simple_path(parser);
    if (statement->source == NULL) {
        return;
    }
    if (partiql_accept_word(parser, "value")) {
        statement->item = partiql_parse_expr(parser, 0);
        return;
    }
    if (partiql_accept_word(parser, "values")) {
        (void)partiql_parse_expr(parser, 0);
    } else if (parser->token.kind == PARTIQL_NAME || parser->token.kind == PARTIQL_QUOTED) {
        partiql_advance(parser); /* an alias, which an INSERT never has */
        partiql_fail(parser, "Unexpected token after expression");
    } else {
        (void)partiql_parse_expr(parser, 0);
    }
    partiql_unsupported(
        parser, problem_invalid(parser->arena,
                                "Unsupported operation: Inserting multiple items in a single "
                                "statement is not supported, use \"INSERT INTO tableName VALUE "
                                "item\" instead"));
}

/* --- UPDATE, DELETE --- */

struct change_list {
    struct partiql_change *items;
    size_t count, cap;
};

static void add_change(struct partiql_parser *parser, struct change_list *list,
                       const struct term *target, const struct term *value)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 4 : list->cap * 2;
        struct partiql_change *items = arena_array(parser->arena, cap, sizeof(*items));
        for (size_t i = 0; i < list->count; i++) {
            items[i] = list->items[i];
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = (struct partiql_change){target, value};
}

/* path '=' expr, ... */
static void parse_assignments(struct partiql_parser *parser, struct change_list *list)
{
    do {
        const struct term *target = partiql_parse_simple_path(parser);
        if (target == NULL) {
            return;
        }
        if (parser->token.kind != PARTIQL_OPERATOR || !slice_is(parser->token.text, "=")) {
            partiql_fail(parser, "Expected '='");
            return;
        }
        partiql_advance(parser);
        const struct term *value = partiql_parse_expr(parser, 0);
        if (value == NULL) {
            return;
        }
        add_change(parser, list, target, value);
    } while (partiql_accept(parser, PARTIQL_COMMA));
}

static void parse_changes(struct partiql_parser *parser, struct partiql_statement *statement)
{
    struct change_list list = {.count = 0};
    for (;;) {
        if (partiql_accept_word(parser, "set")) {
            parse_assignments(parser, &list);
        } else if (partiql_accept_word(parser, "remove")) {
            const struct term *target = partiql_parse_simple_path(parser);
            if (target != NULL) {
                add_change(parser, &list, target, NULL);
            }
        } else {
            break;
        }
        if (parser->failed != NULL) {
            return;
        }
    }
    if (list.count == 0) {
        partiql_fail(parser, "Expected data manipulation");
    }
    statement->changes = list.items;
    statement->change_count = list.count;
}

static void parse_update(struct partiql_parser *parser, struct partiql_statement *statement)
{
    statement->kind = PARTIQL_UPDATE;
    statement->source = partiql_parse_simple_path(parser);
    if (statement->source == NULL) {
        return;
    }
    skip_alias(parser);
    parse_changes(parser, statement);
    if (parser->failed == NULL) {
        parse_where(parser, statement, 0);
    }
}

/* FROM first: the same as UPDATE, with the clauses in another order. */
static void parse_from(struct partiql_parser *parser, struct partiql_statement *statement)
{
    statement->kind = PARTIQL_UPDATE;
    statement->source = partiql_parse_expr(parser, PARTIQL_PRECEDENCE_SELECT);
    if (statement->source == NULL) {
        return;
    }
    skip_alias(parser);
    parse_where(parser, statement, 0);
    if (parser->failed == NULL) {
        parse_changes(parser, statement);
    }
}

static void parse_delete(struct partiql_parser *parser, struct partiql_statement *statement)
{
    statement->kind = PARTIQL_DELETE;
    if (!partiql_accept_word(parser, "from")) {
        partiql_fail(parser, "Expected FROM after DELETE");
        return;
    }
    statement->source = partiql_parse_simple_path(parser);
    if (statement->source != NULL) {
        skip_alias(parser);
        parse_where(parser, statement, 0);
    }
}

/* --- any --- */

static void parse_returning(struct partiql_parser *parser, struct partiql_statement *statement)
{
    static const enum partiql_returning kinds[2][2] = {
        {RETURNING_ALL_OLD, RETURNING_ALL_NEW}, {RETURNING_MODIFIED_OLD, RETURNING_MODIFIED_NEW}};
    if (parser->failed != NULL || !partiql_accept_word(parser, "returning")) {
        return;
    }
    bool is_modified = partiql_accept_word(parser, "modified");
    if (!is_modified && !partiql_accept_word(parser, "all")) {
        partiql_fail(parser, "Expected ALL or MODIFIED in RETURNING clause");
        return;
    }
    bool is_new = partiql_accept_word(parser, "new");
    if (!is_new && !partiql_accept_word(parser, "old")) {
        partiql_fail(parser, "Expected NEW or OLD in RETURNING clause");
        return;
    }
    if (!partiql_accept(parser, PARTIQL_STAR)) {
        partiql_fail(parser, "Expected '*' in RETURNING clause");
        return;
    }
    statement->returning = kinds[is_modified][is_new];
}

const struct partiql_statement *partiql_parse_statement(struct partiql_parser *parser)
{
    static const struct {
        const char *word;
        void (*parse)(struct partiql_parser *parser, struct partiql_statement *statement);
    } kinds[] = {{"select", parse_select},
                 {"insert", parse_insert},
                 {"update", parse_update},
                 {"delete", parse_delete},
                 {"from", parse_from}};
    struct partiql_statement *statement = arena_alloc(parser->arena, sizeof(*statement));
    statement->text = parser->text;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (partiql_accept_word(parser, kinds[i].word)) {
            kinds[i].parse(parser, statement);
            parse_returning(parser, statement);
            return parser->failed == NULL ? statement : NULL;
        }
    }
    partiql_fail(parser, "Unexpected keyword");
    return NULL;
}

static struct partiql_statement *statement_of(struct partiql_parser *parser,
                                              const struct term *term)
{
    struct partiql_statement *statement = arena_alloc(parser->arena, sizeof(*statement));
    bool is_exists = term->kind == TERM_CALL && slice_is(term->text, "exists") &&
                     term->arg_count == 1 && term->args[0]->kind == TERM_STATEMENT &&
                     term->args[0]->statement->kind == PARTIQL_SELECT;
    if (term->kind == TERM_STATEMENT) {
        *statement = *term->statement;
        return statement;
    }
    statement->text = parser->text;
    statement->kind = is_exists ? PARTIQL_EXISTS : PARTIQL_OTHER;
    statement->inner = is_exists ? term->args[0]->statement : NULL;
    struct term_list list = {.count = 0};
    term_list_add(parser, &list, term);
    statement->columns = list.items;
    statement->column_count = 1;
    return statement;
}

const struct problem *partiql_parse(struct arena *arena, struct slice text,
                                    const struct partiql_statement **ret_statement)
{
    struct partiql_parser parser = {.arena = arena, .text = text};
    parser.token = partiql_token_at(text, 0);
    const struct term *term = partiql_parse_expr(&parser, 0);
    if (term != NULL) {
        (void)partiql_accept(&parser, PARTIQL_SEMICOLON);
        if (parser.token.kind != PARTIQL_END) {
            partiql_fail(&parser, "Unexpected token after expression");
        }
    }
    if (parser.failed != NULL) {
        return parser.failed;
    }
    struct partiql_statement *statement = statement_of(&parser, term);
    statement->parameter_count = parser.parameter_count;
    statement->unsupported = parser.unsupported;
    *ret_statement = statement;
    return NULL;
}
