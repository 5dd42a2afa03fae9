#include "templates/serverless/variables_parser.h"

/* How far the params of a source that is not file() or strToBool() may reach. */
#define PARAMS_MAX 200

struct parser {
    struct arena *arena;
    struct slice text;
    size_t at;
    size_t nesting;
    struct fault *reterr;
};

static enum status parse_variable(struct parser *parser, const struct variable **ret_variable);

static char peek(const struct parser *parser, size_t ahead)
{
    size_t at = parser->at + ahead;
    return at < parser->text.len ? parser->text.ptr[at] : '\0';
}

static bool at_end(const struct parser *parser)
{
    return parser->at >= parser->text.len;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct parser *parser)
{
    while (is_blank(peek(parser, 0))) {
        parser->at++;
    }
}

static bool is_type_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_type_char(char c)
{
    return is_type_start(c) || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

static struct slice cut(const struct parser *parser, size_t from)
{
    return slice_of(parser->text.ptr + from, parser->at - from);
}

/* The type of the source that starts `ahead` of here; SLICE_NULL when none does. */
static struct slice source_type(const struct parser *parser, size_t ahead)
{
    size_t len = 0;
    if (!is_type_start(peek(parser, ahead))) {
        return SLICE_NULL;
    }
    while (is_type_char(peek(parser, ahead + len))) {
        len++;
    }
    struct slice type = slice_of(parser->text.ptr + parser->at + ahead, len);
    char next = peek(parser, ahead + len);
    if (next == ':') {
        return peek(parser, ahead + len + 1) != ':' ? type : SLICE_NULL;
    }
    if (next != '(') {
        return SLICE_NULL;
    }
    if (slice_is(type, "file") || slice_is(type, "strToBool")) {
        return type;
    }
    /* "ssm(us-east-1, raw):/path", but not "${format(x)}" of code in a string. */
    size_t close = ahead + len;
    while (close < ahead + len + PARAMS_MAX && peek(parser, close) != ')') {
        close++;
    }
    return peek(parser, close) == ')' && peek(parser, close + 1) == ':' ? type : SLICE_NULL;
}

/* "${" before a source, or before another variable. */
static bool starts_variable(const struct parser *parser)
{
    size_t ahead = 2;
    if (peek(parser, 0) != '$' || peek(parser, 1) != '{') {
        return false;
    }
    while (is_blank(peek(parser, ahead))) {
        ahead++;
    }
    return source_type(parser, ahead).ptr != NULL;
}

static void append_piece(struct parser *parser, struct piece ***tail, struct slice literal,
                         const struct variable *variable)
{
    if (variable == NULL && literal.len == 0) {
        return;
    }
    struct piece *piece = arena_alloc(parser->arena, sizeof(*piece));
    piece->literal = literal;
    piece->variable = variable;
    **tail = piece;
    *tail = &piece->next;
}

/* Pieces up to one of `stops` outside of quotes, brackets and variables, or to the end of the text
 * when there are no stops. Does not take the stop. */
static enum status parse_pieces(struct parser *parser, const char *stops, struct piece **ret_pieces)
{
    struct piece *head = NULL;
    struct piece **tail = &head;
    size_t literal = parser->at;
    size_t brackets = 0;
    char quote = '\0';
    while (!at_end(parser)) {
        char c = peek(parser, 0);
        if (starts_variable(parser)) {
            append_piece(parser, &tail, cut(parser, literal), NULL);
            const struct variable *variable;
            enum status status = parse_variable(parser, &variable);
            if (status != STATUS_OK) {
                return status;
            }
            append_piece(parser, &tail, SLICE_NULL, variable);
            literal = parser->at;
            continue;
        }
        if (*stops != '\0') {
            if (quote != '\0') {
                quote = c == quote ? '\0' : quote;
            } else if (c == '\'' || c == '"') {
                quote = c;
            } else if (brackets == 0 && strchr(stops, c) != NULL) {
                break;
            } else if (c == '(') {
                brackets++;
            } else if (c == ')' && brackets > 0) {
                brackets--;
            }
        }
        parser->at++;
    }
    append_piece(parser, &tail, cut(parser, literal), NULL);
    *ret_pieces = head;
    return STATUS_OK;
}

/* Blanks at the end belong to the syntax: "${opt:stage , 'dev'}". */
static void trim_last(struct piece *pieces)
{
    while (pieces != NULL && pieces->next != NULL) {
        pieces = pieces->next;
    }
    if (pieces != NULL && pieces->variable == NULL) {
        while (pieces->literal.len > 0 && is_blank(pieces->literal.ptr[pieces->literal.len - 1])) {
            pieces->literal.len--;
        }
    }
}

static enum status parse_source(struct parser *parser, struct alternative *alternative)
{
    alternative->kind = ALTERNATIVE_SOURCE;
    alternative->text = source_type(parser, 0);
    parser->at += alternative->text.len;
    if (peek(parser, 0) == '(') {
        parser->at++;
        enum status status = parse_pieces(parser, ")", &alternative->params);
        if (status != STATUS_OK) {
            return status;
        }
        if (peek(parser, 0) != ')') {
            return fault_set(parser->reterr, STATUS_INVALID,
                             "Invalid variable syntax: \"%.*s(\" lacks its \")\"",
                             SLICE_ARG(alternative->text));
        }
        parser->at++;
    }
    if (peek(parser, 0) == ':') {
        parser->at++;
        skip_blanks(parser);
        enum status status = parse_pieces(parser, ",}", &alternative->address);
        if (status != STATUS_OK) {
            return status;
        }
        trim_last(alternative->address);
    }
    return STATUS_OK;
}

static enum status parse_quoted(struct parser *parser, struct alternative *alternative)
{
    char quote = peek(parser, 0);
    size_t from = ++parser->at;
    while (!at_end(parser) && peek(parser, 0) != quote) {
        parser->at++;
    }
    if (at_end(parser)) {
        return fault_set(parser->reterr, STATUS_INVALID,
                         "Invalid variable syntax: a string lacks its closing %c", quote);
    }
    alternative->kind = ALTERNATIVE_TEXT;
    alternative->text = cut(parser, from);
    parser->at++;
    return STATUS_OK;
}

static enum status parse_plain(struct parser *parser, struct alternative *alternative)
{
    size_t from = parser->at;
    while (!at_end(parser) && strchr(",}", peek(parser, 0)) == NULL) {
        parser->at++;
    }
    alternative->kind = ALTERNATIVE_PLAIN;
    alternative->text = slice_trim(cut(parser, from));
    struct slice text = alternative->text;
    int64_t number;
    if (slice_is(text, "true") || slice_is(text, "false") || slice_is(text, "null") ||
        slice_to_i64(text, &number)) {
        return STATUS_OK;
    }
    bool is_number = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        is_number = is_number && strchr("0123456789.-", text.ptr[i]) != NULL;
    }
    if (is_number) {
        return STATUS_OK;
    }
    return fault_set(
        parser->reterr, STATUS_INVALID,
        "Invalid variable syntax: \"%.*s\" is neither a source (self:..., opt:...) nor a "
        "quoted string, number, true, false or null",
        SLICE_ARG(text));
}

static enum status parse_alternative(struct parser *parser, struct alternative *alternative)
{
    skip_blanks(parser);
    char c = peek(parser, 0);
    if (source_type(parser, 0).ptr != NULL) {
        return parse_source(parser, alternative);
    }
    if (c == '\'' || c == '"') {
        return parse_quoted(parser, alternative);
    }
    if (starts_variable(parser)) {
        alternative->kind = ALTERNATIVE_VARIABLE;
        return parse_variable(parser, &alternative->variable);
    }
    return parse_plain(parser, alternative);
}

static enum status parse_variable(struct parser *parser, const struct variable **ret_variable)
{
    struct variable *variable = arena_alloc(parser->arena, sizeof(*variable));
    struct alternative **tail = &variable->alternatives;
    size_t from = parser->at;
    if (parser->nesting++ >= VARIABLE_NESTING_MAX) {
        return fault_set(parser->reterr, STATUS_LIMIT,
                         "Invalid variable syntax: more than %d variables inside one another",
                         VARIABLE_NESTING_MAX);
    }
    parser->at += 2;
    for (;;) {
        struct alternative *alternative = arena_alloc(parser->arena, sizeof(*alternative));
        enum status status = parse_alternative(parser, alternative);
        if (status != STATUS_OK) {
            return status;
        }
        *tail = alternative;
        tail = &alternative->next;
        skip_blanks(parser);
        if (peek(parser, 0) == ',') {
            parser->at++;
        } else if (peek(parser, 0) == '}') {
            parser->at++;
            break;
        } else {
            return fault_set(parser->reterr, STATUS_INVALID,
                             "Invalid variable syntax: \"%.*s\" lacks its \"}\"",
                             SLICE_ARG(slice_take(cut(parser, from), 40)));
        }
    }
    parser->nesting--;
    variable->text = cut(parser, from);
    *ret_variable = variable;
    return STATUS_OK;
}

enum status variables_parse(struct arena *arena, struct slice text, struct piece **ret_pieces,
                            struct fault *reterr)
{
    struct parser parser = {.arena = arena, .text = text, .reterr = reterr};
    return parse_pieces(&parser, "", ret_pieces);
}

bool pieces_have_variable(const struct piece *pieces)
{
    while (pieces != NULL && pieces->variable == NULL) {
        pieces = pieces->next;
    }
    return pieces != NULL;
}
