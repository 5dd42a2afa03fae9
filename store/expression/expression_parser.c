#include "store/expression/expression_parser.h"

#include <assert.h>

void pointers_add(struct arena *arena, struct pointers *pointers, const void *item)
{
    if (pointers->count == pointers->cap) {
        size_t cap = pointers->cap != 0 ? 2 * pointers->cap : 4;
        const void **items = arena_array(arena, cap, sizeof(items[0]));
        if (pointers->count != 0) {
            memcpy(items, pointers->items, pointers->count * sizeof(items[0]));
        }
        pointers->items = items;
        pointers->cap = cap;
    }
    pointers->items[pointers->count++] = item;
}

/* --- tokens --- */

struct parser parser_init(struct arena *arena, const char *label, struct slice text,
                          struct placeholders *placeholders)
{
    struct parser parser = {
        .arena = arena, .label = label, .text = text, .placeholders = placeholders};
    if (text.len == 0) {
        parser.failed = parser_problem(&parser, "The expression can not be empty;");
    } else if (text.len > EXPRESSION_LEN_MAX) {
        bool names_size = strcmp(label, "UpdateExpression") != 0;
        struct slice size =
            names_size ? arena_printf(arena, " expression size: %zu", text.len) : SLICE("");
        struct slice words = arena_printf(
            arena, "Expression size has exceeded the maximum allowed size;%.*s", SLICE_ARG(size));
        parser.failed = parser_problem(&parser, words.ptr);
    } else {
        parser.token = token_at(text, 0);
    }
    return parser;
}

void parser_advance(struct parser *parser)
{
    parser->previous_start = parser->token.start;
    parser->token = token_at(parser->text, parser->token.end);
}

static struct slice parser_token(const struct parser *parser)
{
    if (parser->token.kind == TOKEN_END) {
        return SLICE("<EOF>");
    }
    return slice_of(parser->text.ptr + parser->token.start,
                    parser->token.end - parser->token.start);
}

/* "near" is the text from the token before to the token after. */
void parser_syntax_error(struct parser *parser)
{
    if (parser->failed != NULL) {
        return;
    }
    struct slice token = parser_token(parser);
    struct token next = token_at(parser->text, parser->token.end);
    struct slice near =
        slice_of(parser->text.ptr + parser->previous_start, next.end - parser->previous_start);
    parser->failed =
        problem_invalid(parser->arena, "Invalid %s: Syntax error; token: \"%.*s\", near: \"%.*s\"",
                        parser->label, SLICE_ARG(token), SLICE_ARG(near));
}

bool parser_accept(struct parser *parser, enum token_kind kind)
{
    if (parser->failed != NULL || parser->token.kind != kind) {
        return false;
    }
    parser_advance(parser);
    return true;
}

bool parser_expect(struct parser *parser, enum token_kind kind)
{
    bool is_there = parser_accept(parser, kind);
    if (!is_there) {
        parser_syntax_error(parser);
    }
    return is_there;
}

static bool fail_operators(struct parser *parser)
{
    parser->failed =
        parser_problem(parser, "The expression contains too many operators; operator count: 301");
    return false;
}

bool parser_count_operator(struct parser *parser)
{
    parser->operator_count++;
    return parser->operator_count <= EXPRESSION_OPERATORS_MAX || fail_operators(parser);
}

/* So many parentheses are either doubled or hold as many operators. */
bool parser_enter(struct parser *parser)
{
    parser->depth++;
    if (parser->depth <= EXPRESSION_DEPTH_MAX) {
        return true;
    }
    if (parser->text.ptr[parser->previous_start] != '(') {
        return fail_operators(parser);
    }
    parser->failed = parser_problem(parser, "The expression has redundant parentheses;");
    return false;
}

static void parser_leave(struct parser *parser)
{
    assert(parser->depth > 0);
    parser->depth--;
}

/* --- nodes --- */

struct expr *parser_expr(struct parser *parser, enum expr_kind kind, size_t arg_count,
                         const struct expr *const *args)
{
    struct expr *expr = arena_alloc(parser->arena, sizeof(*expr));
    expr->kind = kind;
    expr->args = args;
    expr->arg_count = arg_count;
    return expr;
}

struct expr *parser_binary(struct parser *parser, enum expr_kind kind, const struct expr *a,
                           const struct expr *b)
{
    const struct expr **args = arena_alloc(parser->arena, 2 * sizeof(struct expr *));
    args[0] = a;
    args[1] = b;
    return parser_expr(parser, kind, 2, args);
}

/* --- paths --- */

struct steps {
    struct path_step first; /* most paths have no more: one allocation, of one step */
    struct path_step *items;
    size_t count, cap;
};

static void steps_add(struct arena *arena, struct steps *steps, struct path_step step)
{
    if (steps->count == 0) {
        steps->first = step;
        steps->count = 1;
        return;
    }
    if (steps->count >= steps->cap) {
        size_t cap = steps->cap != 0 ? 2 * steps->cap : 4;
        struct path_step *items = arena_array(arena, cap, sizeof(items[0]));
        memcpy(items, steps->items != NULL ? steps->items : &steps->first,
               steps->count * sizeof(items[0]));
        steps->items = items;
        steps->cap = cap;
    }
    steps->items[steps->count++] = step;
}

static struct path steps_path(struct arena *arena, const struct steps *steps)
{
    if (steps->items != NULL) {
        return (struct path){steps->items, steps->count};
    }
    struct path_step *only = arena_alloc(arena, sizeof(*only));
    *only = steps->first;
    return (struct path){only, 1};
}

/* A name or #name; for undefined ones a finding is enough to go on with. */
static bool parse_path_name(struct parser *parser, struct path_step *ret_step)
{
    struct slice token = parser_token(parser);
    *ret_step = (struct path_step){.name = token};
    if (parser->token.kind == TOKEN_NAME) {
        if (is_reserved_word(token)) {
            parser_find(parser, FOUND_RESERVED,
                        "Attribute name is a reserved keyword; reserved keyword: %.*s",
                        SLICE_ARG(token));
        }
    } else if (parser->token.kind != TOKEN_NAME_REF) {
        parser_syntax_error(parser);
        return false;
    } else if (!placeholders_name(parser->placeholders, token, &ret_step->name)) {
        parser_find(parser, FOUND_NAME,
                    "An expression attribute name used in the document path is not defined; "
                    "attribute name: %.*s",
                    SLICE_ARG(token));
    }
    parser_advance(parser);
    return true;
}

static bool parse_path_index(struct parser *parser, struct path_step *ret_step)
{
    struct slice digits = parser_token(parser);
    if (!parser_expect(parser, TOKEN_INTEGER) || !parser_expect(parser, TOKEN_INDEX_CLOSE)) {
        return false;
    }
    uint64_t index;
    if (!slice_to_u64(digits, &index) || index > EXPRESSION_INDEX_MAX) {
        parser_find(parser, FOUND_RESERVED,
                    "List index is not within the allowable range; index: [%.*s]",
                    SLICE_ARG(digits));
        index = 0;
    }
    *ret_step = (struct path_step){.is_index = true, .index = (uint32_t)index};
    return true;
}

/* What follows the first step. */
static bool parse_path_rest(struct parser *parser, struct steps *steps, struct path *ret_path)
{
    for (;;) {
        struct path_step step;
        if (parser_accept(parser, TOKEN_DOT)) {
            if (!parse_path_name(parser, &step)) {
                return false;
            }
        } else if (parser_accept(parser, TOKEN_INDEX_OPEN)) {
            if (!parse_path_index(parser, &step)) {
                return false;
            }
        } else {
            break;
        }
        steps_add(parser->arena, steps, step);
    }
    if (steps->count > EXPRESSION_PATH_DEPTH_MAX) {
        parser_find(parser, FOUND_NAME,
                    "The document path has too many nesting levels; nesting levels: %zu",
                    steps->count);
    }
    *ret_path = steps_path(parser->arena, steps);
    return true;
}

bool parse_path(struct parser *parser, struct path *ret_path)
{
    struct steps steps = {.count = 0};
    struct path_step step;
    if (!parse_path_name(parser, &step)) {
        return false;
    }
    steps_add(parser->arena, &steps, step);
    return parse_path_rest(parser, &steps, ret_path);
}

/* (a.b).c is the path a.b.c */
static bool parse_path_more(struct parser *parser, struct path *path)
{
    struct steps steps = {.count = 0};
    for (size_t i = 0; i < path->count; i++) {
        steps_add(parser->arena, &steps, path->steps[i]);
    }
    return parse_path_rest(parser, &steps, path);
}

/* --- operands --- */

static const struct node failed_node;

static struct node parse_function(struct parser *parser, struct slice name)
{
    struct node args[2] = {failed_node, failed_node};
    struct pointers list = {.count = 0};
    if (!parser_count_operator(parser) || !parser_enter(parser)) {
        return failed_node;
    }
    do {
        struct node arg = parse_operand(parser);
        if (arg.expr == NULL) {
            return failed_node;
        }
        if (list.count < 2) {
            args[list.count] = arg;
        }
        if (arg.form == NODE_FUNCTION) {
            check_argument(parser, name, arg);
        }
        pointers_add(parser->arena, &list, arg.expr);
    } while (parser_accept(parser, TOKEN_COMMA));
    if (!parser_expect(parser, TOKEN_CLOSE)) {
        return failed_node;
    }
    parser_leave(parser);
    enum expr_kind kind = check_function(parser, name, args, list.count);
    struct expr *expr =
        parser_expr(parser, kind, list.count, (const struct expr *const *)(const void *)list.items);
    return (struct node){.expr = expr, .form = NODE_FUNCTION, .function = name};
}

struct node parse_group_end(struct parser *parser, struct node inner)
{
    if (inner.expr == NULL || !parser_expect(parser, TOKEN_CLOSE)) {
        return failed_node;
    }
    parser_leave(parser);
    if (inner.is_in_parentheses) {
        parser_find(parser, FOUND_PARENTHESES, "The expression has redundant parentheses;");
    }
    inner.is_in_parentheses = true;
    bool goes_on = parser->token.kind == TOKEN_DOT || parser->token.kind == TOKEN_INDEX_OPEN;
    if (goes_on && inner.expr->kind == EXPR_PATH && !parser->is_update) {
        inner.is_in_parentheses = false;
        if (!parse_path_more(parser, &inner.expr->path)) {
            return failed_node;
        }
    }
    return inner;
}

static struct node parse_value(struct parser *parser)
{
    struct expr *expr = parser_expr(parser, EXPR_VALUE, 0, NULL);
    struct slice token = parser_token(parser);
    if (!placeholders_value(parser->placeholders, token, &expr->value)) {
        parser_find(parser, FOUND_VALUE,
                    "An expression attribute value used in expression is not defined; attribute "
                    "value: %.*s",
                    SLICE_ARG(token));
    }
    parser_advance(parser);
    return (struct node){.expr = expr};
}

struct node parse_operand(struct parser *parser)
{
    if (parser->token.kind == TOKEN_VALUE_REF) {
        return parse_value(parser);
    }
    if (parser->token.kind == TOKEN_OPEN) {
        if (!parser_enter(parser)) {
            return failed_node;
        }
        parser_advance(parser);
        return parse_group_end(parser, parse_operand(parser));
    }
    if (parser->token.kind == TOKEN_NAME) {
        struct token next = token_at(parser->text, parser->token.end);
        if (next.kind == TOKEN_OPEN) {
            struct slice name = parser_token(parser);
            parser_advance(parser);
            parser_advance(parser);
            return parse_function(parser, name);
        }
    }
    struct expr *expr = parser_expr(parser, EXPR_PATH, 0, NULL);
    if (!parse_path(parser, &expr->path)) {
        return failed_node;
    }
    return (struct node){.expr = expr};
}

/* --- projections --- */

const struct problem *expression_parse_projection(struct arena *arena, struct slice text,
                                                  struct placeholders *placeholders,
                                                  struct projection *ret_projection)
{
    struct parser parser = parser_init(arena, "ProjectionExpression", text, placeholders);
    struct pointers list = {.count = 0};
    while (parser.failed == NULL) {
        struct path *path = arena_alloc(arena, sizeof(*path));
        if (!parse_path(&parser, path)) {
            break;
        }
        pointers_add(arena, &list, path);
        if (!parser_accept(&parser, TOKEN_COMMA)) {
            parser_expect(&parser, TOKEN_END);
            break;
        }
    }
    check_paths(&parser, (const struct path *const *)(const void *)list.items, list.count);
    const struct problem *problem = parser_result(&parser);
    if (problem != NULL) {
        return problem;
    }
    struct path *paths = arena_array(arena, list.count, sizeof(*paths));
    for (size_t i = 0; i < list.count; i++) {
        paths[i] = *(const struct path *)list.items[i];
    }
    projection_sort(paths, list.count);
    *ret_projection = (struct projection){paths, list.count};
    return NULL;
}
