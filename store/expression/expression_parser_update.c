#include "store/expression/expression_parser.h"

static const struct node failed_node;

static bool is_arithmetic(const struct parser *parser)
{
    return parser->token.kind == TOKEN_PLUS || parser->token.kind == TOKEN_MINUS;
}

/* left '+' operand; `left` as it is without a sign. */
static struct node parse_arithmetic(struct parser *parser, struct node left)
{
    if (left.expr == NULL || !is_arithmetic(parser)) {
        return left;
    }
    enum expr_kind kind = parser->token.kind == TOKEN_PLUS ? EXPR_PLUS : EXPR_MINUS;
    if (!parser_count_operator(parser)) {
        return failed_node;
    }
    parser_advance(parser);
    struct node right = parse_operand(parser);
    if (right.expr == NULL) {
        return failed_node;
    }
    struct expr *expr = parser_binary(parser, kind, left.expr, right.expr);
    check_arithmetic(parser, expr);
    return (struct node){.expr = expr};
}

/* The one place where a sum may stand in parentheses is the whole value. */
static struct node parse_set_value(struct parser *parser)
{
    if (parser->token.kind != TOKEN_OPEN) {
        return parse_arithmetic(parser, parse_operand(parser));
    }
    if (!parser_enter(parser)) {
        return failed_node;
    }
    parser_advance(parser);
    struct node inner = parse_operand(parser);
    bool is_sum = inner.expr != NULL && is_arithmetic(parser);
    struct node group = parse_group_end(parser, parse_arithmetic(parser, inner));
    return is_sum ? group : parse_arithmetic(parser, group);
}

static bool parse_action(struct parser *parser, enum update_kind kind, struct update_action *action)
{
    action->kind = kind;
    if (!parse_path(parser, &action->path)) {
        return false;
    }
    if (kind == UPDATE_REMOVE) {
        return true;
    }
    struct node value;
    if (kind == UPDATE_SET) {
        if (!parser_expect(parser, TOKEN_EQ)) {
            return false;
        }
        value = parse_set_value(parser);
    } else {
        if (parser->token.kind != TOKEN_VALUE_REF) {
            parser_syntax_error(parser);
            return false;
        }
        value = parse_operand(parser);
        check_clause(parser, kind == UPDATE_ADD ? "ADD" : "DELETE", value.expr);
    }
    action->value = value.expr;
    return value.expr != NULL;
}

static bool parse_section(struct parser *parser, struct pointers *actions, bool *is_seen)
{
    static const struct {
        enum token_kind token;
        enum update_kind kind;
        const char *name;
    } sections[] = {
        {TOKEN_SET, UPDATE_SET, "SET"},
        {TOKEN_REMOVE, UPDATE_REMOVE, "REMOVE"},
        {TOKEN_ADD, UPDATE_ADD, "ADD"},
        {TOKEN_DELETE, UPDATE_DELETE, "DELETE"},
    };
    size_t i = 0;
    while (i < 4 && !parser_accept(parser, sections[i].token)) {
        i++;
    }
    if (i == 4) {
        parser_syntax_error(parser);
        return false;
    }
    do {
        struct update_action *action = arena_alloc(parser->arena, sizeof(*action));
        if (!parse_action(parser, sections[i].kind, action)) {
            return false;
        }
        pointers_add(parser->arena, actions, action);
    } while (parser_accept(parser, TOKEN_COMMA));
    if (is_seen[i]) {
        parser_find(parser, FOUND_SECTION,
                    "The \"%s\" section can only be used once in an update expression;",
                    sections[i].name);
    }
    is_seen[i] = true;
    return true;
}

const struct problem *expression_parse_update(struct arena *arena, struct slice text,
                                              struct placeholders *placeholders,
                                              struct update *ret_update)
{
    struct parser parser = parser_init(arena, "UpdateExpression", text, placeholders);
    parser.is_update = true;
    struct pointers list = {.count = 0};
    bool is_seen[4] = {false};
    while (parser.failed == NULL && parse_section(&parser, &list, is_seen)) {
        if (parser.token.kind == TOKEN_END) {
            break;
        }
    }
    if (parser.failed != NULL) {
        return parser.failed;
    }
    struct update_action *actions = arena_array(arena, list.count, sizeof(*actions));
    const struct path **paths = arena_array(arena, list.count, sizeof(*paths));
    for (size_t i = 0; i < list.count; i++) {
        actions[i] = *(const struct update_action *)list.items[i];
        paths[i] = &actions[i].path;
    }
    check_paths(&parser, paths, list.count);
    const struct problem *problem = parser_result(&parser);
    if (problem == NULL) {
        *ret_update = (struct update){.actions = actions, .count = list.count};
    }
    return problem;
}
