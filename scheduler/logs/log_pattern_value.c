/* Words, quoted strings and regular expressions of filter patterns, and how events compare with them. */
#include "scheduler/logs/log_pattern_private.h"

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
    ret_value->is_number = slice_to_double(text, &ret_value->number);
    return STATUS_OK;
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
