#include "scheduler/logs/log_pattern_private.h"

/* --- terms --- */

static enum status parse_term(struct pattern_lexer *lexer, struct pattern_term *term)
{
    term->kind = pattern_take(lexer, "-")   ? TERM_EXCLUDED
                 : pattern_take(lexer, "?") ? TERM_OPTIONAL
                                            : TERM_REQUIRED;
    enum status status = pattern_take_value(lexer, pattern_is_word_char, &term->value);
    if (status != STATUS_OK) {
        return status;
    }
    /* "a.b" is not the terms "a" and ".b": what is not a word needs quotes. */
    bool is_over = lexer->rest.len == 0 || strchr(" \t\r\n", lexer->rest.ptr[0]) != NULL;
    return is_over ? STATUS_OK : pattern_invalid(lexer);
}

static enum status parse_terms(struct pattern_lexer *lexer)
{
    struct log_pattern *pattern = lexer->pattern;
    struct pattern_term **end = &pattern->terms;
    pattern->kind = PATTERN_TERMS;
    for (pattern_skip_blanks(lexer); lexer->rest.len > 0; pattern_skip_blanks(lexer)) {
        struct pattern_term *term = arena_alloc(&pattern->arena, sizeof *term);
        enum status status = parse_term(lexer, term);
        if (status != STATUS_OK) {
            return status;
        }
        pattern->terms_of_kind[term->kind]++;
        *end = term;
        end = &term->next;
    }
    return STATUS_OK;
}

static bool has_term(const struct pattern_term *term, struct slice message)
{
    return term->value.regex != NULL ? pattern_regex_matches(term->value.regex, message)
                                     : slice_search(message, term->value.text) != SLICE_NPOS;
}

/* Optional terms beside others are not looked at, as the service has it. */
static bool matches_terms(const struct log_pattern *pattern, struct slice message)
{
    bool are_optional = pattern->terms_of_kind[TERM_OPTIONAL] > 0 &&
                        pattern->terms_of_kind[TERM_REQUIRED] == 0 &&
                        pattern->terms_of_kind[TERM_EXCLUDED] == 0;
    for (const struct pattern_term *term = pattern->terms; term != NULL; term = term->next) {
        if (term->kind == TERM_OPTIONAL && !are_optional) {
            continue;
        }
        bool has = has_term(term, message);
        if (are_optional && has) {
            return true;
        }
        if (!are_optional && has != (term->kind == TERM_REQUIRED)) {
            return false;
        }
    }
    return !are_optional;
}

/* --- the whole --- */

static enum status parse(struct pattern_lexer *lexer)
{
    struct slice text = slice_trim(lexer->rest);
    if (text.len == 0) {
        return STATUS_OK;
    }
    return text.ptr[0] == '{'   ? pattern_parse_json(lexer)
           : text.ptr[0] == '[' ? pattern_parse_fields(lexer)
                                : parse_terms(lexer);
}

enum status log_pattern_parse(struct slice text, struct log_pattern **ret_pattern,
                              struct fault *reterr)
{
    struct log_pattern *pattern = mem_zalloc(sizeof *pattern);
    arena_init(&pattern->arena, 512);
    struct pattern_lexer lexer = {
        .pattern = pattern, .rest = arena_copy(&pattern->arena, text), .reterr = reterr};
    enum status status = parse(&lexer);
    if (status != STATUS_OK) {
        log_pattern_destroy(pattern);
        return status;
    }
    *ret_pattern = pattern;
    return STATUS_OK;
}

void log_pattern_destroy(struct log_pattern *pattern)
{
    if (pattern == NULL) {
        return;
    }
    for (size_t i = 0; i < pattern->regex_count; i++) {
        pcre2_code_free(pattern->regexes[i]);
    }
    arena_finish(&pattern->arena);
    mem_free(pattern);
}

bool log_pattern_matches(const struct log_pattern *pattern, struct slice message)
{
    switch (pattern->kind) {
    case PATTERN_TERMS:
        return matches_terms(pattern, message);
    case PATTERN_JSON:
        return pattern_matches_json(pattern, message);
    case PATTERN_FIELDS:
        return pattern_matches_fields(pattern, message);
    case PATTERN_ALL:
        break;
    }
    return true;
}

bool log_pattern_takes_all(const struct log_pattern *pattern)
{
    return pattern->kind == PATTERN_ALL;
}

/* --- values --- */

void log_pattern_values(const struct log_pattern *pattern, struct slice message,
                        log_pattern_value_fn *each, void *ctx)
{
    if (pattern->kind == PATTERN_FIELDS) {
        pattern_field_values(pattern, message, each, ctx);
    }
}

struct wanted {
    struct slice name;
    struct slice value;
    bool is_found;
};

static void note_field(void *ctx, struct slice name, struct slice value)
{
    struct wanted *wanted = ctx;
    if (slice_eq(name, wanted->name)) {
        wanted->value = value;
        wanted->is_found = true;
    }
}

static bool note_first(void *ctx, struct slice value)
{
    struct wanted *wanted = ctx;
    wanted->value = value;
    wanted->is_found = true;
    return true;
}

static bool select_value(struct arena *arena, struct slice message, struct slice selector,
                         struct slice *ret_value)
{
    struct log_pattern holder = {.arena = ARENA_INIT};
    struct pattern_lexer lexer = {.pattern = &holder, .rest = selector};
    const struct selector_step *steps;
    struct wanted wanted = {.is_found = false};
    if (pattern_parse_selector(&lexer, &steps) == STATUS_OK && lexer.rest.len == 0) {
        (void)pattern_select(slice_trim(message), steps, note_first, &wanted);
    }
    arena_finish(&holder.arena);
    if (!wanted.is_found) {
        return false;
    }
    *ret_value = wanted.value;
    return json_raw_kind(wanted.value) != JSON_STRING ||
           json_raw_string(arena, wanted.value, ret_value);
}

bool log_pattern_value(const struct log_pattern *pattern, struct arena *arena, struct slice message,
                       struct slice selector, struct slice *ret_value)
{
    if (pattern->kind == PATTERN_JSON) {
        return select_value(arena, message, selector, ret_value);
    }
    struct wanted wanted = {.name = selector};
    log_pattern_values(pattern, message, note_field, &wanted);
    *ret_value = wanted.value;
    return wanted.is_found;
}

bool log_pattern_offers(const struct log_pattern *pattern, struct slice selector)
{
    uint64_t place;
    if (pattern->kind == PATTERN_JSON) {
        struct log_pattern holder = {.arena = ARENA_INIT};
        struct pattern_lexer lexer = {.pattern = &holder, .rest = selector};
        const struct selector_step *steps;
        bool is_selector =
            pattern_parse_selector(&lexer, &steps) == STATUS_OK && lexer.rest.len == 0;
        arena_finish(&holder.arena);
        return is_selector;
    }
    if (pattern->kind != PATTERN_FIELDS || !slice_starts_with(selector, SLICE("$"))) {
        return false;
    }
    struct slice name = slice_skip(selector, 1);
    for (size_t i = 0; i < pattern->field_count; i++) {
        if (name.len > 0 && slice_eq(pattern->fields[i].name, name)) {
            return true;
        }
    }
    return slice_to_u64(name, &place) && place > 0;
}
