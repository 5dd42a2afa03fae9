/* Expressions of PartiQL: operators by their precedence. */
#include "store/partiql/partiql_parser.h"

#include "core/mem.h"

#include <stdarg.h>
#include <stdio.h>

#define NOT_WELL_FORMED "Statement wasn't well formed, can't be processed: "

enum precedence {
    PRECEDENCE_SET = 5,
    PRECEDENCE_OR = 10,
    PRECEDENCE_AND = 20,
    PRECEDENCE_NOT = 30,
    PRECEDENCE_EQUALITY = 40,
    PRECEDENCE_COMPARISON = 50,
    PRECEDENCE_ADDITION = 60,
    PRECEDENCE_PRODUCT = 70
};

static const struct {
    struct slice text;
    enum term_kind kind;
    enum precedence precedence;
} operators[] = {
    {SLICE_INIT("or"), TERM_OR, PRECEDENCE_OR},
    {SLICE_INIT("and"), TERM_AND, PRECEDENCE_AND},
    {SLICE_INIT("="), TERM_EQ, PRECEDENCE_EQUALITY},
    {SLICE_INIT("<>"), TERM_NE, PRECEDENCE_EQUALITY},
    {SLICE_INIT("!="), TERM_NE, PRECEDENCE_EQUALITY},
    {SLICE_INIT("is"), TERM_IS, PRECEDENCE_EQUALITY},
    {SLICE_INIT("in"), TERM_IN, PRECEDENCE_EQUALITY},
    {SLICE_INIT("<"), TERM_LT, PRECEDENCE_COMPARISON},
    {SLICE_INIT("<="), TERM_LE, PRECEDENCE_COMPARISON},
    {SLICE_INIT(">"), TERM_GT, PRECEDENCE_COMPARISON},
    {SLICE_INIT(">="), TERM_GE, PRECEDENCE_COMPARISON},
    {SLICE_INIT("between"), TERM_BETWEEN, PRECEDENCE_COMPARISON},
    {SLICE_INIT("like"), TERM_OPERATOR, PRECEDENCE_COMPARISON},
    {SLICE_INIT("+"), TERM_PLUS, PRECEDENCE_ADDITION},
    {SLICE_INIT("-"), TERM_MINUS, PRECEDENCE_ADDITION},
    {SLICE_INIT("||"), TERM_OPERATOR, PRECEDENCE_ADDITION},
    {SLICE_INIT("*"), TERM_OPERATOR, PRECEDENCE_PRODUCT},
    {SLICE_INIT("/"), TERM_OPERATOR, PRECEDENCE_PRODUCT},
    {SLICE_INIT("%"), TERM_OPERATOR, PRECEDENCE_PRODUCT},
    {SLICE_INIT("union"), TERM_OPERATOR, PRECEDENCE_SET},
    {SLICE_INIT("except"), TERM_OPERATOR, PRECEDENCE_SET},
    {SLICE_INIT("intersect"), TERM_OPERATOR, PRECEDENCE_SET},
};

/* --- errors --- */

void partiql_fail(struct partiql_parser *parser, const char *detail)
{
    if (parser->failed == NULL) {
        bool is_readable = parser->token.kind != PARTIQL_UNKNOWN;
        parser->failed =
            problem_invalid(parser->arena, NOT_WELL_FORMED "%s", is_readable ? detail : "");
    }
}

void partiql_unsupported(struct partiql_parser *parser, const struct problem *problem)
{
    if (parser->unsupported == NULL) {
        parser->unsupported = problem;
    }
}

const struct problem *partiql_problem_at(struct arena *arena, struct slice text,
                                         const struct partiql_token *token, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    struct partiql_position position = partiql_position(text, token);
    return problem_invalid(arena, "%s at %zu:%zu:%zu", message, position.line, position.column,
                           position.len);
}

/* --- tokens --- */

void partiql_advance(struct partiql_parser *parser)
{
    parser->token = partiql_token_at(parser->text, parser->token.end);
}

bool partiql_accept(struct partiql_parser *parser, enum partiql_token_kind kind)
{
    if (parser->token.kind != kind) {
        return false;
    }
    partiql_advance(parser);
    return true;
}

bool partiql_accept_word(struct partiql_parser *parser, const char *word)
{
    if (!partiql_token_is(&parser->token, word)) {
        return false;
    }
    partiql_advance(parser);
    return true;
}

bool partiql_expect(struct partiql_parser *parser, enum partiql_token_kind kind, const char *name)
{
    if (partiql_accept(parser, kind)) {
        return true;
    }
    char detail[64];
    (void)snprintf(detail, sizeof(detail), "Expected %s", name);
    partiql_fail(parser, detail);
    return false;
}

/* --- nodes --- */

void term_list_add(struct partiql_parser *parser, struct term_list *list, const struct term *term)
{
    if (list->count == list->cap) {
        size_t cap = list->cap == 0 ? 8 : list->cap * 2;
        const struct term **items = arena_array(parser->arena, cap, sizeof(const struct term *));
        for (size_t i = 0; i < list->count; i++) {
            items[i] = list->items[i];
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = term;
}

struct term *partiql_term(struct partiql_parser *parser, enum term_kind kind,
                          struct partiql_token token)
{
    struct term *term = arena_alloc(parser->arena, sizeof(*term));
    term->kind = kind;
    term->token = token;
    term->text = token.text;
    return term;
}

struct term *partiql_term_of(struct partiql_parser *parser, enum term_kind kind,
                             struct partiql_token token, const struct term *a, const struct term *b,
                             const struct term *c)
{
    const struct term *args[] = {a, b, c};
    struct term_list list = {.count = 0};
    if (parser->failed != NULL) {
        return NULL;
    }
    for (size_t i = 0; i < COUNT_OF(args) && args[i] != NULL; i++) {
        term_list_add(parser, &list, args[i]);
    }
    struct term *term = partiql_term(parser, kind, token);
    term->args = list.items;
    term->arg_count = list.count;
    return term;
}

struct term *partiql_term_of_list(struct partiql_parser *parser, enum term_kind kind,
                                  struct partiql_token token, const struct term_list *list)
{
    if (parser->failed != NULL) {
        return NULL;
    }
    struct term *term = partiql_term(parser, kind, token);
    term->args = list->items;
    term->arg_count = list->count;
    return term;
}

/* --- operators --- */

/* A sign in front of a number belongs to it: "- -1" is 1. */
static const struct term *apply_sign(struct partiql_parser *parser, struct partiql_token sign,
                                     const struct term *operand)
{
    bool is_minus = sign.text.ptr[0] == '-';
    if (operand == NULL || operand->kind != TERM_NUMBER) {
        return operand != NULL ? partiql_term_of(parser, TERM_OPERATOR, sign, operand, NULL, NULL)
                               : NULL;
    }
    struct term *number = partiql_term(parser, TERM_NUMBER, operand->token);
    bool was_negative = operand->text.ptr[0] == '-';
    struct slice digits = slice_skip(operand->text, was_negative);
    bool is_negative = is_minus != was_negative;
    number->text = is_negative ? arena_printf(parser->arena, "-%.*s", SLICE_ARG(digits)) : digits;
    return number;
}

static const struct term *parse_prefix(struct partiql_parser *parser)
{
    struct partiql_token token = parser->token;
    if (partiql_accept_word(parser, "not")) {
        const struct term *operand = partiql_parse_expr(parser, PRECEDENCE_NOT);
        return partiql_term_of(parser, TERM_NOT, token, operand, NULL, NULL);
    }
    if (token.kind == PARTIQL_OPERATOR &&
        (slice_is(token.text, "-") || slice_is(token.text, "+"))) {
        partiql_advance(parser);
        if (++parser->depth > PARTIQL_DEPTH_MAX) {
            partiql_fail(parser, "Nested too deeply");
            return NULL;
        }
        const struct term *operand = parse_prefix(parser);
        parser->depth--;
        return apply_sign(parser, token, operand);
    }
    return partiql_parse_term(parser);
}

/* The operator at the cursor, or behind a NOT there; COUNT_OF(operators) when there is none. */
static size_t find_operator(const struct partiql_parser *parser, bool *ret_is_negated)
{
    struct partiql_token token = parser->token;
    *ret_is_negated = partiql_token_is(&token, "not");
    if (*ret_is_negated) {
        token = partiql_token_at(parser->text, token.end);
        if (!partiql_token_is(&token, "in") && !partiql_token_is(&token, "between") &&
            !partiql_token_is(&token, "like")) {
            return COUNT_OF(operators);
        }
    }
    size_t i = COUNT_OF(operators);
    if (token.kind == PARTIQL_OPERATOR || token.kind == PARTIQL_STAR) {
        for (i = 0; i < COUNT_OF(operators) && !slice_ieq(token.text, operators[i].text); i++) {
        }
    }
    return i;
}

/* NUMERIC, or two words: DOUBLE PRECISION. */
static const struct term *parse_is(struct partiql_parser *parser, struct partiql_token token,
                                   const struct term *left)
{
    static const char *const types[] = {
        "missing", "null",    "boolean", "bool",      "smallint", "integer",   "int",   "float",
        "real",    "decimal", "dec",     "date",      "numeric",  "timestamp", "time",  "char",
        "varchar", "string",  "symbol",  "clob",      "blob",     "struct",    "tuple", "list",
        "sexp",    "bag",     "double",  "character", "int2",     "int4",      "int8"};
    bool is_negated = partiql_accept_word(parser, "not");
    size_t i = 0;
    while (i < COUNT_OF(types) && !partiql_token_is(&parser->token, types[i])) {
        i++;
    }
    if (i == COUNT_OF(types)) {
        partiql_fail(parser, "Expected type name");
        return NULL;
    }
    partiql_advance(parser);
    (void)(slice_is(slice_from(types[i]), "double") && partiql_accept_word(parser, "precision"));
    (void)(slice_is(slice_from(types[i]), "character") && partiql_accept_word(parser, "varying"));
    struct term *is = partiql_term_of(parser, TERM_IS, token, left, NULL, NULL);
    if (is != NULL) {
        is->text = slice_from(types[i]);
    }
    return is_negated ? partiql_term_of(parser, TERM_NOT, token, is, NULL, NULL) : is;
}

static const struct term *parse_between(struct partiql_parser *parser, struct partiql_token token,
                                        const struct term *left)
{
    const struct term *lower = partiql_parse_expr(parser, PRECEDENCE_COMPARISON);
    if (lower == NULL) {
        return NULL;
    }
    if (!partiql_accept_word(parser, "and")) {
        partiql_fail(parser, "Expected AND after BETWEEN");
        return NULL;
    }
    const struct term *upper = partiql_parse_expr(parser, PRECEDENCE_COMPARISON);
    return partiql_term_of(parser, TERM_BETWEEN, token, left, lower, upper);
}

/* Behind the operator. */
static const struct term *parse_infix(struct partiql_parser *parser, size_t operator_at,
                                      struct partiql_token token, const struct term *left)
{
    enum term_kind kind = operators[operator_at].kind;
    if (parser->token.kind == PARTIQL_END) {
        partiql_fail(parser, "Missing right-hand side expression of infix operator");
        return NULL;
    }
    if (kind == TERM_IS) {
        return parse_is(parser, token, left);
    }
    if (kind == TERM_BETWEEN) {
        return parse_between(parser, token, left);
    }
    const struct term *right = partiql_parse_expr(parser, (int)operators[operator_at].precedence);
    return partiql_term_of(parser, kind, token, left, right, NULL);
}

const struct term *partiql_parse_expr(struct partiql_parser *parser, int precedence)
{
    if (parser->failed != NULL || ++parser->depth > PARTIQL_DEPTH_MAX) {
        partiql_fail(parser, "Nested too deeply");
        return NULL;
    }
    const struct term *left = parse_prefix(parser);
    while (left != NULL) {
        bool is_negated;
        size_t i = find_operator(parser, &is_negated);
        if (i == COUNT_OF(operators) || (int)operators[i].precedence <= precedence) {
            break;
        }
        struct partiql_token token = parser->token;
        if (is_negated) {
            partiql_advance(parser);
        }
        partiql_advance(parser);
        left = parse_infix(parser, i, token, left);
        if (left != NULL && is_negated) {
            left = partiql_term_of(parser, TERM_NOT, token, left, NULL, NULL);
        }
    }
    parser->depth--;
    return parser->failed == NULL ? left : NULL;
}
