#include "gateway/vtl/regex.h"

#include "core/mem.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>

#define REGEX_TEXT_MAX 4096     /* bytes of an expression */
#define REGEX_HEAP_KB_MAX 16384 /* for what it may have to go back to */
#define REGEX_ITEM_COST 64      /* bytes' worth of looking that an item of the expression is */

struct vtl_regex {
    char *pattern;
    size_t pattern_len;
    pcre2_code *code;
    pcre2_match_data *match;
    pcre2_match_context *context;
    size_t group_count;
    vtl_regex_spend_fn *spend;
    void *ctx;
    size_t at; /* of the last callout */
};

/* Before each item of the expression: what it has come by since the one before. */
static int on_item(pcre2_callout_block *block, void *ctx)
{
    struct vtl_regex *regex = ctx;
    size_t at = block->current_position;
    size_t bytes = at > regex->at ? at - regex->at : regex->at - at;
    regex->at = at;
    return regex->spend(regex->ctx, bytes + REGEX_ITEM_COST) ? 0 : PCRE2_ERROR_CALLOUT;
}

size_t vtl_regex_cost(struct slice pattern)
{
    return 4096 + pattern.len * 256;
}

struct vtl_regex *vtl_regex_create(struct slice pattern, bool ignores_case, struct fault *reterr)
{
    int code;
    PCRE2_SIZE offset;
    PCRE2_UCHAR text[128];
    uint32_t groups = 0;
    if (pattern.len > REGEX_TEXT_MAX) {
        (void)fault_set(reterr, STATUS_LIMIT, "a regular expression may have %d bytes",
                        REGEX_TEXT_MAX);
        return NULL;
    }
    struct vtl_regex *regex = mem_zalloc(sizeof *regex);
    pcre2_compile_context *context = pcre2_compile_context_create(NULL);
    pcre2_set_newline(context, PCRE2_NEWLINE_ANY);
    regex->code = pcre2_compile((PCRE2_SPTR)(pattern.ptr != NULL ? pattern.ptr : ""), pattern.len,
                                PCRE2_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT |
                                    (ignores_case ? PCRE2_CASELESS : 0),
                                &code, &offset, context);
    pcre2_compile_context_free(context);
    if (regex->code == NULL) {
        (void)pcre2_get_error_message(code, text, sizeof(text));
        (void)fault_set(reterr, STATUS_INVALID,
                        "'%.*s' is no regular expression at character %zu: %s", SLICE_ARG(pattern),
                        (size_t)offset + 1, (const char *)text);
        vtl_regex_free(regex);
        return NULL;
    }
    regex->pattern = mem_alloc(pattern.len);
    regex->pattern_len = pattern.len;
    memcpy(regex->pattern, pattern.ptr != NULL ? pattern.ptr : "", pattern.len);
    regex->match = pcre2_match_data_create_from_pattern(regex->code, NULL);
    regex->context = pcre2_match_context_create(NULL);
    pcre2_set_callout(regex->context, on_item, regex);
    pcre2_set_heap_limit(regex->context, REGEX_HEAP_KB_MAX);
    (void)pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    regex->group_count = groups + 1u;
    return regex;
}

void vtl_regex_free(struct vtl_regex *regex)
{
    if (regex != NULL) {
        pcre2_match_context_free(regex->context);
        pcre2_match_data_free(regex->match);
        pcre2_code_free(regex->code);
        mem_free(regex->pattern);
        mem_free(regex);
    }
}

bool vtl_regex_is(const struct vtl_regex *regex, struct slice pattern)
{
    return slice_eq(slice_of(regex->pattern, regex->pattern_len), pattern);
}

enum vtl_regex_result vtl_regex_match(struct vtl_regex *regex, struct slice text, size_t start,
                                      bool is_whole, vtl_regex_spend_fn *spend, void *ctx)
{
    regex->spend = spend;
    regex->ctx = ctx;
    regex->at = start;
    if (!spend(ctx, REGEX_ITEM_COST)) {
        return REGEX_ENDED;
    }
    int found =
        pcre2_match(regex->code, (PCRE2_SPTR)(text.ptr != NULL ? text.ptr : ""), text.len, start,
                    PCRE2_NO_UTF_CHECK | (is_whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0),
                    regex->match, regex->context);
    return found >= 0 ? REGEX_FOUND : found == PCRE2_ERROR_NOMATCH ? REGEX_NONE : REGEX_ENDED;
}

size_t vtl_regex_group_count(const struct vtl_regex *regex)
{
    return regex->group_count;
}

struct slice vtl_regex_group(const struct vtl_regex *regex, struct slice text, size_t group)
{
    const PCRE2_SIZE *ends = pcre2_get_ovector_pointer(regex->match);
    PCRE2_SIZE from = ends[2 * group], to = ends[2 * group + 1];
    return from == PCRE2_UNSET || from > to ? SLICE_NULL : slice_of(text.ptr + from, to - from);
}

size_t vtl_regex_group_named(const struct vtl_regex *regex, struct slice name)
{
    char text[33];
    if (name.len >= sizeof(text)) {
        return SIZE_MAX;
    }
    (void)snprintf(text, sizeof(text), "%.*s", SLICE_ARG(name));
    int group = pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)text);
    return group > 0 ? (size_t)group : SIZE_MAX;
}
