#include "store/partiql/partiql_lexer.h"

#include "core/ascii.h"
#include "core/mem.h"

#include <stdlib.h>

/* SQL-92's keywords and PartiQL's own, sorted. */
/* clang-format off */
static const char *const keywords[] = {
    "absolute", "action", "add", "all", "allocate", "alter", "and", "any", "are", "as", "asc",
    "assertion", "at", "authorization", "avg", "bag", "begin", "between", "bit", "bit_length",
    "blob", "bool", "boolean", "both", "by", "cascade", "cascaded", "case", "cast", "catalog",
    "char", "char_length", "character", "character_length", "check", "clob", "close",
    "coalesce", "collate", "collation", "column", "commit", "conflict", "connect", "connection",
    "constraint", "constraints", "continue", "convert", "corresponding", "count", "create",
    "cross", "current", "current_date", "current_time", "current_timestamp", "current_user",
    "cursor", "date", "date_add", "date_diff", "deallocate", "dec", "decimal", "declare",
    "default", "deferrable", "deferred", "delete", "desc", "describe", "descriptor",
    "diagnostics", "disconnect", "distinct", "do", "domain", "double", "drop", "else", "end",
    "escape", "except", "exception", "exec", "execute", "exists", "external", "extract",
    "false", "fetch", "first", "float", "for", "foreign", "found", "from", "full", "get",
    "global", "go", "goto", "grant", "group", "having", "identity", "immediate", "in", "index",
    "indicator", "initially", "inner", "input", "insensitive", "insert", "int", "integer",
    "intersect", "interval", "into", "is", "isolation", "join", "key", "language", "last",
    "leading", "left", "let", "level", "like", "limit", "list", "local", "lower", "match",
    "max", "min", "missing", "modified", "module", "names", "national", "natural", "nchar",
    "new", "next", "no", "not", "nothing", "null", "nullif", "numeric", "octet_length", "of",
    "old", "on", "only", "open", "option", "or", "order", "outer", "output", "overlaps", "pad",
    "partial", "pivot", "position", "precision", "prepare", "preserve", "primary", "prior",
    "privileges", "procedure", "public", "read", "real", "references", "relative", "remove",
    "restrict", "returning", "revoke", "right", "rollback", "rows", "schema", "scroll",
    "section", "select", "session", "session_user", "set", "sexp", "size", "smallint", "some",
    "space", "sql", "sqlcode", "sqlerror", "sqlstate", "string", "struct", "substring", "sum",
    "symbol", "system_user", "table", "temporary", "then", "time", "timestamp", "to",
    "trailing", "transaction", "translate", "translation", "trim", "true", "tuple", "union",
    "unique", "unknown", "unpivot", "update", "upper", "usage", "user", "using", "value",
    "values", "varchar", "varying", "view", "when", "whenever", "where", "with", "work",
    "write", "zone",
};
/* clang-format on */

static const char *const operator_words[] = {"and", "between", "except", "in", "intersect",
                                             "is",  "like",    "not",    "or", "union"};

#define WORD_LEN_MAX 20 /* of the longest keyword, and room */

static int compare_words(const void *key, const void *entry)
{
    return strcmp(key, *(const char *const *)entry);
}

static bool is_in(const char *word, const char *const *words, size_t count)
{
    return bsearch(word, words, count, sizeof(words[0]), compare_words) != NULL;
}

static enum partiql_token_kind word_kind(struct slice word)
{
    char lower[WORD_LEN_MAX + 1];
    if (word.len > WORD_LEN_MAX) {
        return PARTIQL_NAME;
    }
    for (size_t i = 0; i < word.len; i++) {
        char c = word.ptr[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    lower[word.len] = '\0';
    if (is_in(lower, operator_words, COUNT_OF(operator_words))) {
        return PARTIQL_OPERATOR;
    }
    return is_in(lower, keywords, COUNT_OF(keywords)) ? PARTIQL_KEYWORD : PARTIQL_NAME;
}

static bool starts_word(char c)
{
    char lower = (char)(c | 0x20);
    return (lower >= 'a' && lower <= 'z') || c == '_' || c == '$';
}

static char at(struct slice statement, size_t offset)
{
    return offset < statement.len ? statement.ptr[offset] : '\0';
}

/* Behind white space and comments; `*ret_is_open` when a comment does not end. */
static size_t skip_space(struct slice statement, size_t offset, bool *ret_is_open)
{
    for (;;) {
        char c = at(statement, offset);
        if (offset < statement.len && (c == ' ' || (c >= '\t' && c <= '\r'))) {
            offset++;
        } else if (c == '-' && at(statement, offset + 1) == '-') {
            while (offset < statement.len && at(statement, offset) != '\n' &&
                   at(statement, offset) != '\r') {
                offset++;
            }
        } else if (c == '/' && at(statement, offset + 1) == '*') {
            size_t len = slice_search(slice_skip(statement, offset + 2), SLICE("*/"));
            *ret_is_open = len == SLICE_NPOS;
            if (*ret_is_open) {
                return offset;
            }
            offset += 2 + len + 2;
        } else {
            return offset;
        }
    }
}

/* The end of a quoted text, in which the quote is doubled; 0 when it does not end. */
static size_t quoted_end(struct slice statement, size_t offset, char quote)
{
    for (size_t i = offset + 1; i < statement.len; i++) {
        if (statement.ptr[i] != quote) {
            continue;
        }
        if (at(statement, i + 1) != quote) {
            return i + 1;
        }
        i++;
    }
    return 0;
}

static size_t digits_end(struct slice statement, size_t offset)
{
    while (ascii_is_digit(at(statement, offset))) {
        offset++;
    }
    return offset;
}

static size_t number_end(struct slice statement, size_t offset)
{
    offset = digits_end(statement, offset);
    if (at(statement, offset) == '.') {
        offset = digits_end(statement, offset + 1);
    }
    if ((at(statement, offset) | 0x20) == 'e') {
        size_t exponent = offset + 1;
        exponent += at(statement, exponent) == '+' || at(statement, exponent) == '-';
        offset = ascii_is_digit(at(statement, exponent)) ? digits_end(statement, exponent) : offset;
    }
    return offset;
}

static const struct {
    struct slice text;
    enum partiql_token_kind kind;
} symbols[] = {
    {SLICE_INIT("<<"), PARTIQL_BAG_OPEN},    {SLICE_INIT(">>"), PARTIQL_BAG_CLOSE},
    {SLICE_INIT("<>"), PARTIQL_OPERATOR},    {SLICE_INIT("!="), PARTIQL_OPERATOR},
    {SLICE_INIT("<="), PARTIQL_OPERATOR},    {SLICE_INIT(">="), PARTIQL_OPERATOR},
    {SLICE_INIT("||"), PARTIQL_OPERATOR},    {SLICE_INIT("="), PARTIQL_OPERATOR},
    {SLICE_INIT("<"), PARTIQL_OPERATOR},     {SLICE_INIT(">"), PARTIQL_OPERATOR},
    {SLICE_INIT("+"), PARTIQL_OPERATOR},     {SLICE_INIT("-"), PARTIQL_OPERATOR},
    {SLICE_INIT("/"), PARTIQL_OPERATOR},     {SLICE_INIT("%"), PARTIQL_OPERATOR},
    {SLICE_INIT("@"), PARTIQL_OPERATOR},     {SLICE_INIT("^"), PARTIQL_OPERATOR},
    {SLICE_INIT("*"), PARTIQL_STAR},         {SLICE_INIT("."), PARTIQL_DOT},
    {SLICE_INIT(","), PARTIQL_COMMA},        {SLICE_INIT(":"), PARTIQL_COLON},
    {SLICE_INIT(";"), PARTIQL_SEMICOLON},    {SLICE_INIT("("), PARTIQL_OPEN},
    {SLICE_INIT(")"), PARTIQL_CLOSE},        {SLICE_INIT("["), PARTIQL_INDEX_OPEN},
    {SLICE_INIT("]"), PARTIQL_INDEX_CLOSE},  {SLICE_INIT("{"), PARTIQL_STRUCT_OPEN},
    {SLICE_INIT("}"), PARTIQL_STRUCT_CLOSE}, {SLICE_INIT("?"), PARTIQL_PARAMETER},
};

static struct partiql_token make(struct slice statement, enum partiql_token_kind kind, size_t start,
                                 size_t end)
{
    struct slice text = slice_of(statement.ptr + start, end - start);
    if (kind == PARTIQL_STRING || kind == PARTIQL_QUOTED) {
        text = slice_of(text.ptr + 1, text.len - 2);
    }
    return (struct partiql_token){kind, text, start, end};
}

static struct partiql_token make_quoted(struct slice statement, enum partiql_token_kind kind,
                                        size_t start)
{
    size_t end = quoted_end(statement, start, statement.ptr[start]);
    return end != 0 ? make(statement, kind, start, end)
                    : make(statement, PARTIQL_UNKNOWN, start, statement.len);
}

struct partiql_token partiql_token_at(struct slice statement, size_t offset)
{
    bool is_open = false;
    size_t start = skip_space(statement, offset, &is_open);
    if (is_open) {
        return make(statement, PARTIQL_UNKNOWN, start, statement.len);
    }
    if (start == statement.len) {
        return make(statement, PARTIQL_END, start, start);
    }
    char c = statement.ptr[start];
    if (c == '\'' || c == '"') {
        return make_quoted(statement, c == '"' ? PARTIQL_QUOTED : PARTIQL_STRING, start);
    }
    if (ascii_is_digit(c) || (c == '.' && ascii_is_digit(at(statement, start + 1)))) {
        return make(statement, PARTIQL_NUMBER, start, number_end(statement, start));
    }
    if (starts_word(c)) {
        size_t end = start;
        while (starts_word(at(statement, end)) || ascii_is_digit(at(statement, end))) {
            end++;
        }
        return make(statement, word_kind(slice_of(statement.ptr + start, end - start)), start, end);
    }
    struct slice rest = slice_skip(statement, start);
    for (size_t i = 0; i < COUNT_OF(symbols); i++) {
        if (slice_starts_with(rest, symbols[i].text)) {
            return make(statement, symbols[i].kind, start, start + symbols[i].text.len);
        }
    }
    return make(statement, PARTIQL_UNKNOWN, start, start + 1);
}

bool partiql_token_is(const struct partiql_token *token, const char *word)
{
    return (token->kind == PARTIQL_NAME || token->kind == PARTIQL_KEYWORD ||
            token->kind == PARTIQL_OPERATOR) &&
           slice_ieq(token->text, slice_from(word));
}

static size_t count_characters(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    }
    return count;
}

struct partiql_position partiql_position(struct slice statement, const struct partiql_token *token)
{
    struct partiql_position position = {.line = 1};
    size_t line_start = 0;
    for (size_t i = 0; i < token->start; i++) {
        if (statement.ptr[i] == '\n') {
            position.line++;
            line_start = i + 1;
        }
    }
    position.column =
        1 + count_characters(slice_of(statement.ptr + line_start, token->start - line_start));
    position.len =
        count_characters(slice_of(statement.ptr + token->start, token->end - token->start));
    return position;
}
