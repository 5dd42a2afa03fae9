#include "store/expression/expression_parser.h"

static struct node parse_or(struct parser *parser);

static const struct node failed_node;

/* An operand alone is no condition: the token behind it is one too few or too many. */
static bool require_condition(struct parser *parser, struct node node)
{
    if (node.expr == NULL) {
        return false;
    }
    if (node.form == NODE_OPERAND) {
        parser_syntax_error(parser);
        return false;
    }
    check_is_condition(parser, node);
    return true;
}

static struct node parse_in(struct parser *parser, struct node left)
{
    struct pointers list = {.count = 0};
    pointers_add(parser->arena, &list, left.expr);
    if (!parser_expect(parser, TOKEN_OPEN)) {
        return failed_node;
    }
    do {
        struct node operand = parse_operand(parser);
        if (operand.expr == NULL) {
            return failed_node;
        }
        check_operand(parser, operand);
        pointers_add(parser->arena, &list, operand.expr);
    } while (parser_accept(parser, TOKEN_COMMA));
    if (!parser_expect(parser, TOKEN_CLOSE)) {
        return failed_node;
    }
    struct expr *expr = parser_expr(parser, EXPR_IN, list.count,
                                    (const struct expr *const *)(const void *)list.items);
    return (struct node){.expr = expr, .form = NODE_CONDITION};
}

static struct node parse_between(struct parser *parser, struct node left)
{
    struct node lower = parse_operand(parser);
    if (lower.expr == NULL || !parser_expect(parser, TOKEN_AND)) {
        return failed_node;
    }
    struct node upper = parse_operand(parser);
    if (upper.expr == NULL) {
        return failed_node;
    }
    check_operand(parser, lower);
    check_operand(parser, upper);
    const struct expr **args = arena_alloc(parser->arena, 3 * sizeof(struct expr *));
    args[0] = left.expr;
    args[1] = lower.expr;
    args[2] = upper.expr;
    struct expr *expr = parser_expr(parser, EXPR_BETWEEN, 3, args);
    return (struct node){.expr = expr, .form = NODE_CONDITION};
}

static struct node parse_comparator(struct parser *parser, enum expr_kind kind, struct node left)
{
    struct node right = parse_operand(parser);
    if (right.expr == NULL) {
        return failed_node;
    }
    check_operand(parser, right);
    struct expr *expr = parser_binary(parser, kind, left.expr, right.expr);
    return (struct node){.expr = expr, .form = NODE_CONDITION};
}

/* What may follow an operand; without that it stays one. */
static struct node parse_comparison(struct parser *parser, struct node left)
{
    static const enum expr_kind kinds[] = {
        [TOKEN_EQ] = EXPR_EQ, [TOKEN_NE] = EXPR_NE, [TOKEN_LT] = EXPR_LT, [TOKEN_LE] = EXPR_LE,
        [TOKEN_GT] = EXPR_GT, [TOKEN_GE] = EXPR_GE, [TOKEN_IN] = EXPR_IN};
    enum token_kind token = parser->token.kind;
    bool is_comparator = token >= TOKEN_EQ && token <= TOKEN_GE;
    if (!is_comparator && token != TOKEN_BETWEEN && token != TOKEN_IN) {
        if (left.form == NODE_FUNCTION && left.expr->kind != EXPR_SIZE) {
            check_leaf_end(parser);
        }
        return left;
    }
    if (!parser_count_operator(parser)) {
        return failed_node;
    }
    check_operand(parser, left);
    parser_advance(parser);
    struct node node = token == TOKEN_BETWEEN ? parse_between(parser, left)
                       : token == TOKEN_IN    ? parse_in(parser, left)
                                              : parse_comparator(parser, kinds[token], left);
    if (node.expr != NULL) {
        check_comparison(parser, node.expr);
        check_leaf_end(parser);
    }
    return node;
}

/* '(' opens a condition or an operand: only what is inside tells which. */
static struct node parse_primary(struct parser *parser)
{
    struct node node;
    if (parser->token.kind == TOKEN_OPEN) {
        if (!parser_enter(parser)) {
            return failed_node;
        }
        parser_advance(parser);
        node = parse_group_end(parser, parse_or(parser));
    } else {
        node = parse_operand(parser);
    }
    if (node.expr == NULL || node.form == NODE_CONDITION) {
        return node;
    }
    return parse_comparison(parser, node);
}

static struct node parse_not(struct parser *parser)
{
    size_t count = 0;
    while (parser_accept(parser, TOKEN_NOT)) {
        count++;
        if (!parser_count_operator(parser)) {
            return failed_node;
        }
    }
    struct node node = parse_primary(parser);
    if (count == 0) {
        return node;
    }
    if (!require_condition(parser, node)) {
        return failed_node;
    }
    for (size_t i = 0; i < count; i++) {
        const struct expr **arg = arena_alloc(parser->arena, sizeof(struct expr *));
        arg[0] = node.expr;
        node = (struct node){.expr = parser_expr(parser, EXPR_NOT, 1, arg), .form = NODE_CONDITION};
    }
    return node;
}

typedef struct node parse_fn(struct parser *parser);

/* part (`separator` part)* as one expr with all parts. */
static struct node parse_chain(struct parser *parser, parse_fn *parse_part,
                               enum token_kind separator, enum expr_kind kind)
{
    struct node node = parse_part(parser);
    if (node.expr == NULL || parser->token.kind != separator) {
        return node;
    }
    struct pointers list = {.count = 0};
    for (;;) {
        if (!require_condition(parser, node)) {
            return failed_node;
        }
        pointers_add(parser->arena, &list, node.expr);
        if (!parser_accept(parser, separator)) {
            break;
        }
        if (!parser_count_operator(parser)) {
            return failed_node;
        }
        node = parse_part(parser);
    }
    struct expr *expr =
        parser_expr(parser, kind, list.count, (const struct expr *const *)(const void *)list.items);
    return (struct node){.expr = expr, .form = NODE_CONDITION};
}

static struct node parse_and(struct parser *parser)
{
    return parse_chain(parser, parse_not, TOKEN_AND, EXPR_AND);
}

static struct node parse_or(struct parser *parser)
{
    return parse_chain(parser, parse_and, TOKEN_OR, EXPR_OR);
}

const struct problem *expression_parse_condition(struct arena *arena, const char *label,
                                                 struct slice text,
                                                 struct placeholders *placeholders,
                                                 const struct expr **ret_expr)
{
    struct parser parser = parser_init(arena, label, text, placeholders);
    if (parser.failed != NULL) {
        return parser.failed;
    }
    struct node node = parse_or(&parser);
    if (require_condition(&parser, node)) {
        parser_expect(&parser, TOKEN_END);
    }
    check_leaf_end(&parser);
    const struct problem *problem = parser_result(&parser);
    if (problem == NULL) {
        *ret_expr = node.expr;
    }
    return problem;
}
