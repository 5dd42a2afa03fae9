/* Words, quoted strings and regular expressions of filter patterns, and how events compare with them. */
#include "scheduler/logs/log_pattern_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum status pattern_invalid(struct pattern_lexer *lexer)
{
    return fault_set(lexer->reterr, STATUS_INVALID, "Invalid filter pattern");
}

static enum status invalid_characters(struct pattern_lexer *lexer, struct slice term)
{
    return fault_set(lexer->reterr, STATUS_INVALID, "Invalid character(s) in term '%.*s'",
                     SLICE_ARG(term));
}

/* --- the lexer --- */

void pattern_skip_blanks(struct pattern_lexer *lexer)
{
    while (lexer->rest.len > 0 && strchr(" \t\r\n", lexer->rest.ptr[0]) != NULL) {
        lexer->rest = slice_skip(lexer->rest, 1);
    }
}

bool pattern_take(struct pattern_lexer *lexer, const char *text)
{
    pattern_skip_blanks(lexer);
    if (!slice_starts_with(lexer->rest, slice_from(text))) {
        return false;
    }
    lexer->rest = slice_skip(lexer->rest, strlen(text));
    return true;
}

bool pattern_is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool pattern_is_value_char(char c)
{
    return pattern_is_word_char(c) || (c != '\0' && strchr(".*-+:/#@", c) != NULL);
}

bool pattern_take_word(struct pattern_lexer *lexer, const char *word)
{
    size_t len = strlen(word);
    pattern_skip_blanks(lexer);
    if (!slice_istarts_with(lexer->rest, slice_from(word)) ||
        (lexer->rest.len > len && pattern_is_word_char(lexer->rest.ptr[len]))) {
        return false;
    }
    lexer->rest = slice_skip(lexer->rest, len);
    return true;
}

bool pattern_take_comparison(struct pattern_lexer *lexer, enum comparison *ret_comparison)
{
    static const struct {
        const char *text;
        enum comparison comparison;
    } signs[] = {
        /* the longer ones first */
        {"!=", COMPARE_NOT_EQUAL}, {"=!", COMPARE_NOT_EQUAL},     {"<=", COMPARE_LESS_EQUAL},
        {"<", COMPARE_LESS},       {">=", COMPARE_GREATER_EQUAL}, {">", COMPARE_GREATER},
        {"=", COMPARE_EQUAL},
    };
    for (size_t i = 0; i < COUNT_OF(signs); i++) {
        if (pattern_take(lexer, signs[i].text)) {
            *ret_comparison = signs[i].comparison;
            return true;
        }
    }
    return false;
}

/* The text up to the unescaped `end`, which is stepped over. */
static bool take_until(struct pattern_lexer *lexer, char end, struct slice *ret_text)
{
    for (size_t i = 0; i < lexer->rest.len; i++) {
        if (lexer->rest.ptr[i] == '\\') {
            i++;
        } else if (lexer->rest.ptr[i] == end) {
            *ret_text = slice_take(lexer->rest, i);
            lexer->rest = slice_skip(lexer->rest, i + 1);
            return true;
        }
    }
    return false;
}

static struct slice without_escapes(struct arena *arena, struct slice text)
{
    char *out = arena_alloc(arena, text.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\\' && i + 1 < text.len &&
            (text.ptr[i + 1] == '"' || text.ptr[i + 1] == '\\')) {
            i++;
        }
        out[len++] = text.ptr[i];
    }
    return slice_of(out, len);
}

/* Letters, digits, a few signs, operators without groups: what the service allows. */
static bool is_regex_char(char c)
{
    return pattern_is_word_char(c) || (c != '\0' && strchr(":#=@/;,- ^$?[]{}|\\*+.%", c) != NULL);
}

static enum status take_regex(struct pattern_lexer *lexer, struct pattern_value *ret_value)
{
    struct log_pattern *pattern = lexer->pattern;
    struct slice text;
    int code;
    PCRE2_SIZE offset;
    if (!take_until(lexer, '%', &text) || text.len == 0) {
        return pattern_invalid(lexer);
    }
    for (size_t i = 0; i < text.len; i++) {
        if (!is_regex_char(text.ptr[i])) {
            return invalid_characters(lexer, text);
        }
    }
    if (pattern->regex_count == PATTERN_REGEX_MAX) {
        return fault_set(lexer->reterr, STATUS_INVALID,
                         "A filter pattern may have at most %d regular expressions",
                         PATTERN_REGEX_MAX);
    }
    pcre2_code *regex = pcre2_compile((PCRE2_SPTR)text.ptr, text.len, PCRE2_NEVER_BACKSLASH_C,
                                      &code, &offset, NULL);
    if (regex == NULL) {
        return fault_set(lexer->reterr, STATUS_INVALID, "Invalid regular expression '%.*s'",
                         SLICE_ARG(text));
    }
    pattern->regexes[pattern->regex_count++] = regex;
    *ret_value = (struct pattern_value){.text = text, .regex = regex};
    return STATUS_OK;
}

enum status pattern_take_value(struct pattern_lexer *lexer, bool (*is_char)(char c),
                               struct pattern_value *ret_value)
{
    struct slice text;
    pattern_skip_blanks(lexer);
    char first = lexer->rest.len > 0 ? lexer->rest.ptr[0] : '\0';
    if (first == '%') {
        lexer->rest = slice_skip(lexer->rest, 1);
        return take_regex(lexer, ret_value);
    }
    if (first == '"') {
        lexer->rest = slice_skip(lexer->rest, 1);
        if (!take_until(lexer, '"', &text)) {
            return pattern_invalid(lexer);
        }
        *ret_value = (struct pattern_value){.text = without_escapes(&lexer->pattern->arena, text)};
        return STATUS_OK;
    }
    size_t len = 0;
    while (len < lexer->rest.len && is_char(lexer->rest.ptr[len])) {
        len++;
    }
    text = slice_take(lexer->rest, len);
    if (len == 0) {
        return first == '\0' ? pattern_invalid(lexer)
                             : invalid_characters(lexer, slice_take(lexer->rest, 1));
    }
    lexer->rest = slice_skip(lexer->rest, len);
    *ret_value = (struct pattern_value){.text = text};
    ret_value->is_number = pattern_number(text, &ret_value->number);
    return STATUS_OK;
}

void pattern_find_stars(struct pattern_value *value)
{
    if (value->regex != NULL) {
        return;
    }
    if (slice_starts_with(value->text, SLICE("*"))) {
        value->begins_with_any = true;
        value->text = slice_skip(value->text, 1);
    }
    if (slice_ends_with(value->text, SLICE("*"))) {
        value->ends_with_any = true;
        value->text = slice_take(value->text, value->text.len - 1);
    }
}

/* --- operators between conditions --- */

static struct pattern_expr *join(struct pattern_lexer *lexer, enum expr_kind kind,
                                 struct pattern_expr *left, struct pattern_expr *right)
{
    struct pattern_expr *expr = arena_alloc(&lexer->pattern->arena, sizeof *expr);
    *expr = (struct pattern_expr){.kind = kind, .left = left, .right = right};
    return expr;
}

typedef enum status basic_fn(struct pattern_lexer *lexer, struct pattern_expr **ret_expr,
                             void *ctx);

static enum status parse_and(struct pattern_lexer *lexer, basic_fn *parse_basic, void *ctx,
                             struct pattern_expr **ret_expr)
{
    enum status status = parse_basic(lexer, ret_expr, ctx);
    while (status == STATUS_OK && pattern_take(lexer, "&&")) {
        struct pattern_expr *right;
        status = parse_basic(lexer, &right, ctx);
        if (status == STATUS_OK) {
            *ret_expr = join(lexer, EXPR_AND, *ret_expr, right);
        }
    }
    return status;
}

enum status pattern_parse_or(struct pattern_lexer *lexer, basic_fn *parse_basic, void *ctx,
                             struct pattern_expr **ret_expr)
{
    if (++lexer->depth > PATTERN_DEPTH_MAX) {
        return pattern_invalid(lexer);
    }
    enum status status = parse_and(lexer, parse_basic, ctx, ret_expr);
    while (status == STATUS_OK && pattern_take(lexer, "||")) {
        struct pattern_expr *right;
        status = parse_and(lexer, parse_basic, ctx, &right);
        if (status == STATUS_OK) {
            *ret_expr = join(lexer, EXPR_OR, *ret_expr, right);
        }
    }
    lexer->depth--;
    return status;
}

/* Depth: a chain of n operators leans to the left, n deep; the pattern's length bounds it. */
bool pattern_evaluate(const struct pattern_expr *expr,
                      bool (*holds)(void *ctx, const struct pattern_expr *condition), void *ctx)
{
    if (expr->kind == EXPR_COMPARE) {
        return holds(ctx, expr);
    }
    bool left = pattern_evaluate(expr->left, holds, ctx);
    if (left == (expr->kind == EXPR_OR)) {
        return left;
    }
    return pattern_evaluate(expr->right, holds, ctx);
}

/* --- comparisons --- */

bool pattern_regex_matches(const pcre2_code *regex, struct slice text)
{
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_set_match_limit(limits, PATTERN_STEPS_MAX);
    int found = pcre2_match(regex, (PCRE2_SPTR)(text.ptr != NULL ? text.ptr : ""), text.len, 0, 0,
                            match, limits);
    pcre2_match_context_free(limits);
    pcre2_match_data_free(match);
    return found >= 0;
}

#define NUMBER_LEN_MAX 64

bool pattern_number(struct slice text, double *ret_number)
{
    char copy[NUMBER_LEN_MAX + 1];
    char *end;
    if (text.len == 0 || text.len > NUMBER_LEN_MAX) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (strspn(copy, "+-.0123456789eE") < text.len) { /* no names, no hexadecimals */
        return false;
    }
    *ret_number = strtod(copy, &end);
    return *end == '\0' && end != copy && isfinite(*ret_number);
}

bool pattern_compare_number(enum comparison comparison, double left, double right)
{
    switch (comparison) {
    case COMPARE_EQUAL:
        return left == right;
    case COMPARE_NOT_EQUAL:
        return left != right;
    case COMPARE_LESS:
        return left < right;
    case COMPARE_LESS_EQUAL:
        return left <= right;
    case COMPARE_GREATER:
        return left > right;
    case COMPARE_GREATER_EQUAL:
        return left >= right;
    case COMPARE_IS_NULL:
    case COMPARE_IS_TRUE:
    case COMPARE_IS_FALSE:
    case COMPARE_NOT_EXISTS:
        break;
    }
    return false;
}

static bool equals(const struct pattern_value *value, struct slice text)
{
    if (value->regex != NULL) {
        return pattern_regex_matches(value->regex, text);
    }
    if (value->begins_with_any && value->ends_with_any) {
        return slice_search(text, value->text) != SLICE_NPOS;
    }
    if (value->begins_with_any) {
        return slice_ends_with(text, value->text);
    }
    if (value->ends_with_any) {
        return slice_starts_with(text, value->text);
    }
    return slice_eq(text, value->text);
}

bool pattern_compare_text(enum comparison comparison, const struct pattern_value *value,
                          struct slice text)
{
    if (comparison == COMPARE_EQUAL) {
        return equals(value, text);
    }
    return comparison == COMPARE_NOT_EQUAL && !equals(value, text);
}
