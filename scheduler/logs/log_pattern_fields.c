/* Filter patterns on events of fields between blanks: "[ip, user, ..., status = 4*, bytes > 1000]". */
#include "scheduler/logs/log_pattern_private.h"

#include <stdio.h>

/* --- parsing --- */

static struct slice take_name(struct pattern_lexer *lexer)
{
    size_t len = 0;
    pattern_skip_blanks(lexer);
    while (len < lexer->rest.len &&
           (pattern_is_word_char(lexer->rest.ptr[len]) || lexer->rest.ptr[len] == '-')) {
        len++;
    }
    struct slice name = slice_take(lexer->rest, len);
    lexer->rest = slice_skip(lexer->rest, len);
    return name;
}

/* A condition speaks of its own field, by name or without. */
static enum status parse_subject(struct pattern_lexer *lexer, struct pattern_expr *condition,
                                 void *ctx)
{
    const struct pattern_field *field = ctx;
    struct slice name = take_name(lexer);
    (void)condition;
    return name.len > 0 && !slice_eq(name, field->name) ? pattern_invalid(lexer) : STATUS_OK;
}

static bool at_end_of_field(struct pattern_lexer *lexer)
{
    pattern_skip_blanks(lexer);
    return lexer->rest.len > 0 && (lexer->rest.ptr[0] == ',' || lexer->rest.ptr[0] == ']');
}

static enum status parse_field(struct pattern_lexer *lexer, struct pattern_field *field)
{
    struct pattern_expr *expr = NULL;
    struct slice start;
    if (pattern_take(lexer, "...")) {
        field->is_ellipsis = true;
        bool is_second = lexer->pattern->has_ellipsis;
        lexer->pattern->has_ellipsis = true;
        return is_second || !at_end_of_field(lexer) ? pattern_invalid(lexer) : STATUS_OK;
    }
    if (at_end_of_field(lexer)) { /* no name, any value */
        return STATUS_OK;
    }
    start = lexer->rest;
    while (pattern_take(lexer, "(")) { /* the name of the first condition is the field's */
    }
    field->name = take_name(lexer);
    if (at_end_of_field(lexer)) {
        return start.ptr[0] == '(' ? pattern_invalid(lexer) : STATUS_OK;
    }
    lexer->rest = start;
    const struct pattern_grammar grammar = {.parse_subject = parse_subject, .ctx = field};
    enum status status = pattern_parse_or(lexer, &grammar, &expr);
    field->condition = expr;
    return status == STATUS_OK && !at_end_of_field(lexer) ? pattern_invalid(lexer) : status;
}

enum status pattern_parse_fields(struct pattern_lexer *lexer)
{
    struct log_pattern *pattern = lexer->pattern;
    pattern->kind = PATTERN_FIELDS;
    pattern->fields =
        arena_array(&pattern->arena, PATTERN_FIELDS_MAX, sizeof(struct pattern_field));
    if (!slice_ends_with(slice_trim(lexer->rest), SLICE("]"))) {
        return fault_set(lexer->reterr, STATUS_INVALID,
                         "If a filter pattern starts with '[' it must end with ']'");
    }
    (void)pattern_take(lexer, "[");
    do {
        if (pattern->field_count == PATTERN_FIELDS_MAX) {
            return pattern_invalid(lexer);
        }
        enum status status = parse_field(lexer, &pattern->fields[pattern->field_count++]);
        if (status != STATUS_OK) {
            return status;
        }
    } while (pattern_take(lexer, ","));
    if (!pattern_take(lexer, "]") || slice_trim(lexer->rest).len > 0) {
        return pattern_invalid(lexer);
    }
    return STATUS_OK;
}

/* --- matching --- */

static char closing_of(char c)
{
    return c == '[' ? ']' : c == '"' ? '"' : '\0';
}

/* The next field of an event; false at the end. */
static bool next_field(struct slice *rest, struct slice *ret_field)
{
    while (rest->len > 0 && strchr(" \t\r\n", rest->ptr[0]) != NULL) {
        *rest = slice_skip(*rest, 1);
    }
    if (rest->len == 0) {
        return false;
    }
    char closing = closing_of(rest->ptr[0]);
    size_t end = closing != '\0' ? slice_find(slice_skip(*rest, 1), closing) : SLICE_NPOS;
    if (end != SLICE_NPOS) {
        *ret_field = slice_take(slice_skip(*rest, 1), end);
        *rest = slice_skip(*rest, end + 2);
        return true;
    }
    for (end = 0; end < rest->len && strchr(" \t\r\n", rest->ptr[end]) == NULL;) {
        end++;
    }
    *ret_field = slice_take(*rest, end);
    *rest = slice_skip(*rest, end);
    return true;
}

/* As many as a pattern may name; *ret_count is the event's, which may be more. */
static void split(struct slice message, struct slice fields[PATTERN_FIELDS_MAX], size_t *ret_count)
{
    struct slice field;
    *ret_count = 0;
    while (next_field(&message, &field)) {
        if (*ret_count < PATTERN_FIELDS_MAX) {
            fields[*ret_count] = field;
        }
        (*ret_count)++;
    }
}

static bool holds(void *ctx, const struct pattern_expr *condition)
{
    const struct slice *field = ctx;
    double number;
    if (condition->value.is_number && slice_to_double(*field, &number)) {
        return pattern_compare_number(condition->comparison, number, condition->value.number);
    }
    return pattern_compare_text(condition->comparison, &condition->value, *field);
}

/* Gives each of the pattern's fields its place among the event's; false when there are too few or too many, or more
 * than can be looked at. */
static bool align(const struct log_pattern *pattern, size_t count,
                  size_t places[PATTERN_FIELDS_MAX])
{
    size_t named = pattern->field_count - (pattern->has_ellipsis ? 1 : 0);
    if (count > PATTERN_FIELDS_MAX || count < named || (!pattern->has_ellipsis && count != named)) {
        return false;
    }
    size_t place = 0;
    for (size_t i = 0; i < pattern->field_count; i++) {
        places[i] = place;
        place += pattern->fields[i].is_ellipsis ? count - named : 1;
    }
    return true;
}

bool pattern_matches_fields(const struct log_pattern *pattern, struct slice message)
{
    struct slice fields[PATTERN_FIELDS_MAX];
    size_t places[PATTERN_FIELDS_MAX], count;
    split(message, fields, &count);
    if (!align(pattern, count, places)) {
        return false;
    }
    for (size_t i = 0; i < pattern->field_count; i++) {
        const struct pattern_expr *condition = pattern->fields[i].condition;
        if (condition != NULL && !pattern_evaluate(condition, holds, &fields[places[i]])) {
            return false;
        }
    }
    return true;
}

void pattern_field_values(const struct log_pattern *pattern, struct slice message,
                          log_pattern_value_fn *each, void *ctx)
{
    struct slice fields[PATTERN_FIELDS_MAX], names[PATTERN_FIELDS_MAX];
    size_t places[PATTERN_FIELDS_MAX], count;
    split(message, fields, &count);
    if (!align(pattern, count, places)) {
        return;
    }
    memset(names, 0, sizeof names);
    for (size_t i = 0; i < pattern->field_count; i++) {
        if (!pattern->fields[i].is_ellipsis) {
            names[places[i]] = pattern->fields[i].name;
        }
    }
    for (size_t i = 0; i < count; i++) {
        char name[LOG_PATTERN_NAME_MAX];
        int len = names[i].len > 0 ? snprintf(name, sizeof name, "$%.*s", SLICE_ARG(names[i]))
                                   : snprintf(name, sizeof name, "$%zu", i + 1);
        each(ctx, slice_of(name, (size_t)len < sizeof name ? (size_t)len : sizeof name - 1),
             fields[i]);
    }
}
