/* Terms of PartiQL by their first token, and the paths that go on behind them. */
#include "store/partiql/partiql_parser.h"

#include "core/mem.h"

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

/* The token at the cursor as a term of its own. */
static struct term *take_atom(struct partiql_parser *parser, enum term_kind kind)
{
    struct term *term = partiql_term(parser, kind, parser->token);
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
    (void)partiql_expect(parser, close, close_name);
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
    return partiql_term_of_list(parser, kind, token, &list);
}

static const struct term *parse_struct(struct partiql_parser *parser)
{
    struct partiql_token token = parser->token;
    struct term_list list = {.count = 0};
    partiql_advance(parser);
    if (partiql_accept(parser, PARTIQL_STRUCT_CLOSE)) {
        return partiql_term_of_list(parser, TERM_STRUCT, token, &list);
    }
    do {
        const struct term *name = partiql_parse_expr(parser, 0);
        if (name == NULL || !partiql_expect(parser, PARTIQL_COLON, "COLON")) {
            return NULL;
        }
        const struct term *value = partiql_parse_expr(parser, 0);
        if (value == NULL) {
            return NULL;
        }
        term_list_add(parser, &list, name);
        term_list_add(parser, &list, value);
    } while (partiql_accept(parser, PARTIQL_COMMA));
    (void)partiql_expect(parser, PARTIQL_STRUCT_CLOSE, "RIGHT_CURLY");
    return partiql_term_of_list(parser, TERM_STRUCT, token, &list);
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
    return list.count == 1 ? list.items[0] : partiql_term_of_list(parser, TERM_LIST, token, &list);
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
        (void)partiql_expect(parser, PARTIQL_CLOSE, "RIGHT_PAREN");
    } else if (!partiql_accept(parser, PARTIQL_CLOSE)) {
        parse_list(parser, &list, PARTIQL_CLOSE, "RIGHT_PAREN");
    }
    struct term *call = partiql_term_of_list(parser, TERM_CALL, token, &list);
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
    struct term *term = partiql_term(parser, TERM_STATEMENT, token);
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
    if (index == NULL || !partiql_expect(parser, PARTIQL_INDEX_CLOSE, "RIGHT_BRACKET")) {
        return NULL;
    }
    return index->kind == TERM_WILDCARD
               ? index
               : partiql_term_of(parser, TERM_INDEX, token, index, NULL, NULL);
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
    return partiql_term_of_list(parser, TERM_PATH, root->token, &list);
}

const struct term *partiql_parse_simple_path(struct partiql_parser *parser)
{
    if (parser->token.kind != PARTIQL_NAME && parser->token.kind != PARTIQL_QUOTED) {
        partiql_fail(parser, "Expected identifier for simple path");
        return NULL;
    }
    return parse_path_behind(parser, take_atom(parser, TERM_NAME));
}

const struct term *partiql_parse_term(struct partiql_parser *parser)
{
    return parse_path_behind(parser, parse_primary(parser));
}
