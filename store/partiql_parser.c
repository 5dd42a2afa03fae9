/* Expressions of PartiQL: operators by their precedence, terms by their first token. */
#include "store/partiql_parser.h"

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

static bool expect(struct partiql_parser *parser, enum partiql_token_kind kind, const char *name)
{
    if (partiql_accept(parser, kind)) {
        return true;
    }
    char detail[64];
    (void)snprintf(detail, sizeof(detail), "Expected %s", name);
    partiql_fail(parser, detail);
    return false;
}

/* Quotes that were doubled inside once. */
static struct slice decode(struct partiql_parser *parser, const struct partiql_token *token)
{
    char quote = token->kind == PARTIQL_STRING ? '\'' : '"';
    struct slice text = token->text;
    if (slice_find(text, quote) == SLICE_NPOS) {
        return text;
    }
    char *copy = arena_cstr(parser->arena, text);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        copy[len++] = text.ptr[i];
        i += text.ptr[i] == quote;
    }
    return slice_of(copy, len);
}

/* --- terms --- */

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

static struct term *make(struct partiql_parser *parser, enum term_kind kind,
                         struct partiql_token token)
{
    struct term *term = arena_alloc(parser->arena, sizeof(*term));
    term->kind = kind;
    term->token = token;
    term->text = token.text;
    return term;
}

static struct term *make_of(struct partiql_parser *parser, enum term_kind kind,
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
    struct term *term = make(parser, kind, token);
    term->args = list.items;
    term->arg_count = list.count;
    return term;
}

static struct term *finish_list(struct partiql_parser *parser, enum term_kind kind,
                                struct partiql_token token, const struct term_list *list)
{
    if (parser->failed != NULL) {
        return NULL;
    }
    struct term *term = make(parser, kind, token);
    term->args = list->items;
    term->arg_count = list->count;
    return term;
}

/* The token at the cursor as a term of its own. */
static struct term *take_atom(struct partiql_parser *parser, enum term_kind kind)
{
    struct term *term = make(parser, kind, parser->token);
    if (parser->token.kind == PARTIQL_STRING || parser->token.kind == PARTIQL_QUOTED) {
        term->text = decode(parser, &parser->token);
    }
    partiql_advance(parser);
    return term;
}

/* Expressions, separated by commas, up to `close`, which is named in the message when it is missing. */
static void parse_list(struct partiql_parser *parser, struct term_list *list,
                       enum partiql_token_kind close, const char *close_name)
{
    do {
        const struct term *term = partiql_parse_expr(parser, 0);
        if (term == NULL) {
            return;
        }
        term_list_add(parser, list, term);
    } while (partiql_accept(parser, PARTIQL_COMMA));
    (void)expect(parser, close, close_name);
}

static const struct term *parse_sequence(struct partiql_parser *parser, enum term_kind kind,
                                         enum partiql_token_kind close, const char *close_name)
{
    struct partiql_token token = parser->token;
    struct term_list list = {.count = 0};
    partiql_advance(parser);
    if (!partiql_accept(parser, close)) {
        parse_list(parser, &list, close, close_name);
    }
    return finish_list(parser, kind, token, &list);
}

static const struct term *parse_struct(struct partiql_parser *parser)
{
    struct partiql_token token = parser->token;
    struct term_list list = {.count = 0};
    partiql_advance(parser);
    if (partiql_accept(parser, PARTIQL_STRUCT_CLOSE)) {
        return finish_list(parser, TERM_STRUCT, token, &list);
    }
    do {
        const struct term *name = partiql_parse_expr(parser, 0);
        if (name == NULL || !expect(parser, PARTIQL_COLON, "COLON")) {
            return NULL;
        }
        const struct term *value = partiql_parse_expr(parser, 0);
        if (value == NULL) {
            return NULL;
        }
        term_list_add(parser, &list, name);
        term_list_add(parser, &list, value);
    } while (partiql_accept(parser, PARTIQL_COMMA));
    (void)expect(parser, PARTIQL_STRUCT_CLOSE, "RIGHT_CURLY");
    return finish_list(parser, TERM_STRUCT, token, &list);
}

/* One expression in parentheses is itself, several are a list. */
static const struct term *parse_group(struct partiql_parser *parser)
{
    struct partiql_token token = parser->token;
    struct term_list list = {.count = 0};
    partiql_advance(parser);
    parse_list(parser, &list, PARTIQL_CLOSE, "RIGHT_PAREN");
    if (parser->failed != NULL) {
        return NULL;
    }
    return list.count == 1 ? list.items[0] : finish_list(parser, TERM_LIST, token, &list);
}

static struct slice lower_case(struct partiql_parser *parser, struct slice text)
{
    char *copy = arena_cstr(parser->arena, text);
    for (size_t i = 0; i < text.len; i++) {
        copy[i] = copy[i] >= 'A' && copy[i] <= 'Z' ? (char)(copy[i] | 0x20) : copy[i];
    }
    return slice_of(copy, text.len);
}

/* At the name; the parenthesis follows. */
static const struct term *parse_call(struct partiql_parser *parser)
{
    struct partiql_token token = parser->token;
    struct term_list list = {.count = 0};
    partiql_advance(parser);
    partiql_advance(parser);
    if (parser->token.kind == PARTIQL_STAR) { /* COUNT(*): no function takes it here */
        term_list_add(parser, &list, take_atom(parser, TERM_WILDCARD));
        (void)expect(parser, PARTIQL_CLOSE, "RIGHT_PAREN");
    } else if (!partiql_accept(parser, PARTIQL_CLOSE)) {
        parse_list(parser, &list, PARTIQL_CLOSE, "RIGHT_PAREN");
    }
    struct term *call = finish_list(parser, TERM_CALL, token, &list);
    if (call != NULL) {
        call->text = lower_case(parser, token.text);
    }
    return call;
}

static bool is_function_keyword(const struct partiql_token *token)
{
    static const char *const names[] = {"exists",      "count",      "avg",
                                        "max",         "min",        "sum",
                                        "char_length", "upper",      "character_length",
                                        "lower",       "bit_length", "octet_length",
                                        "size",        "nullif",     "coalesce",
                                        "substring",   "trim",       "extract",
                                        "date_add",    "date_diff",  "cast"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (partiql_token_is(token, names[i])) {
            return true;
        }
    }
    return false;
}

static const struct term *parse_statement_term(struct partiql_parser *parser)
{
    struct partiql_token token = parser->token;
    const struct partiql_statement *statement = partiql_parse_statement(parser);
    if (statement == NULL) {
        return NULL;
    }
    struct term *term = make(parser, TERM_STATEMENT, token);
    term->statement = statement;
    return term;
}

static const struct term *parse_keyword(struct partiql_parser *parser, bool is_call)
{
    static const struct {
        const char *word;
        enum term_kind kind;
    } literals[] = {
        {"true", TERM_TRUE}, {"false", TERM_FALSE}, {"null", TERM_NULL}, {"missing", TERM_MISSING}};
    static const char *const statements[] = {"select", "insert", "update", "delete", "from"};
    for (size_t i = 0; i < COUNT_OF(literals); i++) {
        if (partiql_token_is(&parser->token, literals[i].word)) {
            return take_atom(parser, literals[i].kind);
        }
    }
    for (size_t i = 0; i < COUNT_OF(statements); i++) {
        if (partiql_token_is(&parser->token, statements[i])) {
            return parse_statement_term(parser);
        }
    }
    if (is_call && is_function_keyword(&parser->token)) {
        return parse_call(parser);
    }
    partiql_fail(parser, "Unexpected keyword");
    return NULL;
}

static const struct term *parse_parameter(struct partiql_parser *parser)
{
    size_t at = parser->parameter_count++;
    struct term *term = take_atom(parser, TERM_PARAMETER);
    term->parameter = at;
    return term;
}

/* Numbers are decimals with an exponent of 32 bits, and so is what is left of it when the point is moved away: others are
 * no literals at all, while those that are too large for a table are told so later. */
static bool is_readable_number(struct slice text)
{
    size_t e = 0;
    size_t point = slice_find(text, '.');
    int64_t exponent = 0;
    while (e < text.len && (text.ptr[e] | 0x20) != 'e') {
        e++;
    }
    size_t fraction_len = point < e ? e - point - 1 : 0;
    if (e < text.len) {
        struct slice digits = slice_skip(text, e + 1);
        digits = slice_skip(digits, digits.ptr[0] == '+');
        if (!slice_to_i64(digits, &exponent) || exponent < INT32_MIN || exponent > INT32_MAX) {
            return false;
        }
    }
    int64_t scale = (int64_t)fraction_len - exponent;
    return scale >= INT32_MIN && scale <= INT32_MAX;
}

static const struct term *parse_number(struct partiql_parser *parser)
{
    if (!is_readable_number(parser->token.text)) {
        partiql_fail(parser, "");
        return NULL;
    }
    return take_atom(parser, TERM_NUMBER);
}

static const struct term *parse_primary(struct partiql_parser *parser)
{
    struct partiql_token next = partiql_token_at(parser->text, parser->token.end);
    bool is_call = next.kind == PARTIQL_OPEN;
    switch (parser->token.kind) {
    case PARTIQL_NAME:
    case PARTIQL_QUOTED:
        return is_call ? parse_call(parser) : take_atom(parser, TERM_NAME);
    case PARTIQL_KEYWORD:
        return parse_keyword(parser, is_call);
    case PARTIQL_STRING:
        return take_atom(parser, TERM_STRING);
    case PARTIQL_NUMBER:
        return parse_number(parser);
    case PARTIQL_PARAMETER:
        return parse_parameter(parser);
    case PARTIQL_OPEN:
        return parse_group(parser);
    case PARTIQL_INDEX_OPEN:
        return parse_sequence(parser, TERM_LIST, PARTIQL_INDEX_CLOSE, "RIGHT_BRACKET");
    case PARTIQL_BAG_OPEN:
        return parse_sequence(parser, TERM_BAG, PARTIQL_BAG_CLOSE, "RIGHT_DOUBLE_ANGLE_BRACKET");
    case PARTIQL_STRUCT_OPEN:
        return parse_struct(parser);
    case PARTIQL_OPERATOR:
        partiql_fail(parser, "Unexpected operator");
        return NULL;
    case PARTIQL_END:
    case PARTIQL_STAR:
    case PARTIQL_DOT:
    case PARTIQL_COMMA:
    case PARTIQL_COLON:
    case PARTIQL_SEMICOLON:
    case PARTIQL_CLOSE:
    case PARTIQL_INDEX_CLOSE:
    case PARTIQL_STRUCT_CLOSE:
    case PARTIQL_BAG_CLOSE:
    case PARTIQL_UNKNOWN:
        break;
    }
    partiql_fail(parser, "Unexpected term");
    return NULL;
}

/* --- paths --- */

static const struct term *parse_step(struct partiql_parser *parser)
{
    struct partiql_token token = parser->token;
    if (partiql_accept(parser, PARTIQL_DOT)) {
        if (parser->token.kind == PARTIQL_NAME || parser->token.kind == PARTIQL_QUOTED) {
            return take_atom(parser, TERM_NAME);
        }
        if (parser->token.kind == PARTIQL_STAR) {
            return take_atom(parser, TERM_WILDCARD);
        }
        partiql_fail(parser, "Invalid path dot component");
        return NULL;
    }
    partiql_advance(parser);
    const struct term *index = parser->token.kind == PARTIQL_STAR ? take_atom(parser, TERM_WILDCARD)
                                                                  : partiql_parse_expr(parser, 0);
    if (index == NULL || !expect(parser, PARTIQL_INDEX_CLOSE, "RIGHT_BRACKET")) {
        return NULL;
    }
    return index->kind == TERM_WILDCARD ? index
                                        : make_of(parser, TERM_INDEX, token, index, NULL, NULL);
}

static const struct term *parse_path_behind(struct partiql_parser *parser, const struct term *root)
{
    struct term_list list = {.count = 0};
    if (root == NULL ||
        (parser->token.kind != PARTIQL_DOT && parser->token.kind != PARTIQL_INDEX_OPEN)) {
        return root;
    }
    term_list_add(parser, &list, root);
    while (parser->token.kind == PARTIQL_DOT || parser->token.kind == PARTIQL_INDEX_OPEN) {
        const struct term *step = parse_step(parser);
        if (step == NULL) {
            return NULL;
        }
        term_list_add(parser, &list, step);
    }
    return finish_list(parser, TERM_PATH, root->token, &list);
}

const struct term *partiql_parse_simple_path(struct partiql_parser *parser)
{
    if (parser->token.kind != PARTIQL_NAME && parser->token.kind != PARTIQL_QUOTED) {
        partiql_fail(parser, "Expected identifier for simple path");
        return NULL;
    }
    return parse_path_behind(parser, take_atom(parser, TERM_NAME));
}

/* --- operators --- */

/* A sign in front of a number belongs to it: "- -1" is 1. */
static const struct term *apply_sign(struct partiql_parser *parser, struct partiql_token sign,
                                     const struct term *operand)
{
    bool is_minus = sign.text.ptr[0] == '-';
    if (operand == NULL || operand->kind != TERM_NUMBER) {
        return operand != NULL ? make_of(parser, TERM_OPERATOR, sign, operand, NULL, NULL) : NULL;
    }
    struct term *number = make(parser, TERM_NUMBER, operand->token);
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
        return make_of(parser, TERM_NOT, token, operand, NULL, NULL);
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
    return parse_path_behind(parser, parse_primary(parser));
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
    struct term *is = make_of(parser, TERM_IS, token, left, NULL, NULL);
    if (is != NULL) {
        is->text = slice_from(types[i]);
    }
    return is_negated ? make_of(parser, TERM_NOT, token, is, NULL, NULL) : is;
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
    return make_of(parser, TERM_BETWEEN, token, left, lower, upper);
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
    return make_of(parser, kind, token, left, right, NULL);
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
            left = make_of(parser, TERM_NOT, token, left, NULL, NULL);
        }
    }
    parser->depth--;
    return parser->failed == NULL ? left : NULL;
}
