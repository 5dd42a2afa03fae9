/* Filter patterns on JSON events: "{ $.level = ERROR && $.n > 3 }". */
#include "scheduler/logs/log_pattern_private.h"

/* --- parsing --- */

static bool is_name_char(char c)
{
    return pattern_is_word_char(c) || c == '-';
}

static bool take_quoted_name(struct pattern_lexer *lexer, const char **ret_name)
{
    char quote = lexer->rest.len > 0 ? lexer->rest.ptr[0] : '\0';
    if (quote != '\'' && quote != '"') {
        return false;
    }
    struct slice text = slice_skip(lexer->rest, 1);
    size_t end = slice_find(text, quote);
    if (end == SLICE_NPOS || end == 0) {
        return false;
    }
    *ret_name = arena_cstr(&lexer->pattern->arena, slice_take(text, end));
    lexer->rest = slice_skip(text, end + 1);
    return true;
}

static bool take_bracket(struct pattern_lexer *lexer, struct selector_step *step)
{
    size_t digits = 0;
    if (pattern_take(lexer, "*")) {
        step->kind = STEP_ANY_ELEMENT;
    } else if (take_quoted_name(lexer, &step->name)) {
        step->kind = STEP_MEMBER;
    } else {
        while (digits < lexer->rest.len && lexer->rest.ptr[digits] >= '0' &&
               lexer->rest.ptr[digits] <= '9') {
            digits++;
        }
        if (!slice_to_u64(slice_take(lexer->rest, digits), &step->index)) {
            return false;
        }
        lexer->rest = slice_skip(lexer->rest, digits);
    }
    return pattern_take(lexer, "]");
}

static bool take_name(struct pattern_lexer *lexer, struct selector_step *step)
{
    size_t len = 0;
    while (len < lexer->rest.len && is_name_char(lexer->rest.ptr[len])) {
        len++;
    }
    if (len == 0 && pattern_take(lexer, "*")) {
        step->kind = STEP_ANY_MEMBER;
        return true;
    }
    step->name = arena_cstr(&lexer->pattern->arena, slice_take(lexer->rest, len));
    lexer->rest = slice_skip(lexer->rest, len);
    return len > 0;
}

enum status pattern_parse_selector(struct pattern_lexer *lexer,
                                   const struct selector_step **ret_selector)
{
    struct selector_step *first = NULL;
    struct selector_step **end = &first;
    if (!pattern_take(lexer, "$")) {
        return pattern_invalid(lexer);
    }
    while (lexer->rest.len > 0 && (lexer->rest.ptr[0] == '.' || lexer->rest.ptr[0] == '[')) {
        if (slice_starts_with(lexer->rest, SLICE(".["))) {
            lexer->rest = slice_skip(lexer->rest, 1); /* the dot means nothing then */
        }
        bool is_bracket = lexer->rest.ptr[0] == '[';
        lexer->rest = slice_skip(lexer->rest, 1);
        struct selector_step *step = arena_alloc(&lexer->pattern->arena, sizeof *step);
        step->kind = is_bracket ? STEP_ELEMENT : STEP_MEMBER;
        *end = step;
        if (is_bracket ? !take_bracket(lexer, step) : !take_name(lexer, step)) {
            return pattern_invalid(lexer);
        }
        end = &step->next;
    }
    *ret_selector = first;
    return first != NULL ? STATUS_OK : pattern_invalid(lexer);
}

static enum status parse_subject(struct pattern_lexer *lexer, struct pattern_expr *condition,
                                 void *ctx)
{
    (void)ctx;
    return pattern_parse_selector(lexer, &condition->selector);
}

enum status pattern_parse_json(struct pattern_lexer *lexer)
{
    struct pattern_expr *expr = NULL;
    lexer->pattern->kind = PATTERN_JSON;
    if (!slice_ends_with(slice_trim(lexer->rest), SLICE("}"))) {
        return fault_set(lexer->reterr, STATUS_INVALID,
                         "If a filter pattern starts with '{' it must end with '}'");
    }
    (void)pattern_take(lexer, "{");
    const struct pattern_grammar grammar = {.parse_subject = parse_subject, .takes_states = true};
    enum status status = pattern_parse_or(lexer, &grammar, &expr);
    if (status == STATUS_OK && (!pattern_take(lexer, "}") || slice_trim(lexer->rest).len > 0)) {
        status = pattern_invalid(lexer);
    }
    lexer->pattern->expr = expr;
    return status;
}

/* --- matching --- */

static bool select_members(struct slice json, const struct selector_step *step,
                           bool (*each)(void *ctx, struct slice value), void *ctx)
{
    bool is_object = step->kind == STEP_ANY_MEMBER;
    struct json_scan scan = json_scan_init(json);
    struct slice key, value;
    bool is_found = false;
    if (!json_scan_enter(&scan, is_object ? '{' : '[')) {
        return false;
    }
    while (!is_found &&
           (is_object ? json_scan_member(&scan, &key, &value) : json_scan_element(&scan, &value))) {
        is_found = pattern_select(value, step->next, each, ctx);
    }
    return is_found;
}

static bool find_element(struct slice json, uint64_t index, struct slice *ret_value)
{
    struct json_scan scan = json_scan_init(json);
    bool has = json_scan_enter(&scan, '[');
    for (uint64_t i = 0; has && i <= index; i++) {
        has = json_scan_element(&scan, ret_value);
    }
    return has;
}

bool pattern_select(struct slice json, const struct selector_step *selector,
                    bool (*each)(void *ctx, struct slice value), void *ctx)
{
    struct slice value = json;
    for (const struct selector_step *step = selector; step != NULL; step = step->next) {
        switch (step->kind) {
        case STEP_MEMBER:
            if (json_raw_kind(value) != JSON_OBJECT || !json_raw_find(value, step->name, &value)) {
                return false;
            }
            break;
        case STEP_ELEMENT:
            if (json_raw_kind(value) != JSON_ARRAY || !find_element(value, step->index, &value)) {
                return false;
            }
            break;
        case STEP_ANY_MEMBER:
        case STEP_ANY_ELEMENT:
            return select_members(value, step, each, ctx);
        }
    }
    return each(ctx, value);
}

static bool compare_value(const struct pattern_expr *expr, struct slice raw)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = raw;
    double number;
    switch (json_raw_kind(raw)) {
    case JSON_STRING:
        return json_raw_string(&arena, raw, &text) &&
               pattern_compare_text(expr->comparison, &expr->value, text);
    case JSON_NUMBER:
        return expr->value.is_number && slice_to_double(raw, &number)
                   ? pattern_compare_number(expr->comparison, number, expr->value.number)
                   : pattern_compare_text(expr->comparison, &expr->value, raw);
    case JSON_BOOL:
        return pattern_compare_text(expr->comparison, &expr->value, raw);
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    return false;
}

static bool holds_for(void *ctx, struct slice raw)
{
    const struct pattern_expr *expr = ctx;
    switch (expr->comparison) {
    case COMPARE_IS_NULL:
        return slice_is(raw, "null");
    case COMPARE_IS_TRUE:
        return slice_is(raw, "true");
    case COMPARE_IS_FALSE:
        return slice_is(raw, "false");
    case COMPARE_NOT_EXISTS:
        return true; /* one exists */
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL:
    case COMPARE_LESS:
    case COMPARE_LESS_EQUAL:
    case COMPARE_GREATER:
    case COMPARE_GREATER_EQUAL:
        break;
    }
    return compare_value(expr, raw);
}

static bool holds(void *ctx, const struct pattern_expr *condition)
{
    const struct slice *message = ctx;
    struct pattern_expr expr = *condition;
    bool is_found = pattern_select(*message, condition->selector, holds_for, &expr);
    return condition->comparison == COMPARE_NOT_EXISTS ? !is_found : is_found;
}

bool pattern_matches_json(const struct log_pattern *pattern, struct slice message)
{
    struct slice json = slice_trim(message);
    return json_raw_kind(json) == JSON_OBJECT && json_validate(json, NULL) &&
           pattern_evaluate(pattern->expr, holds, &json);
}
