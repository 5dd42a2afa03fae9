#include "scheduler/sns/filter_policy.h"

#include "core/json_scan.h"
#include "scheduler/sns/limits.h"

/* Without the text, which the service keeps to itself here. */
static struct slice json_words(struct arena *arena, const struct pattern_fault *fault)
{
    return arena_printf(arena,
                        "failed to parse JSON. %.*s\n at [Source: REDACTED "
                        "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: %u, "
                        "column: %u]",
                        SLICE_ARG(fault->reason), fault->line, fault->column);
}

struct slice filter_policy_json_words(struct arena *arena, struct slice text)
{
    const struct pattern *pattern;
    struct pattern_fault fault = {.reason = SLICE("")};
    enum status status = pattern_parse(arena, text, &pattern, &fault);
    return status == STATUS_OK ? SLICE("") : json_words(arena, &fault);
}

static struct slice words_for(struct arena *arena, const struct pattern_fault *fault,
                              struct slice text)
{
    struct slice words = json_validate(text, NULL) ? pattern_fault_text(arena, fault, text)
                                                   : json_words(arena, fault);
    return arena_printf(arena, "FilterPolicy: %.*s", SLICE_ARG(words));
}

static struct slice broken_limit(const struct pattern *pattern, enum filter_scope scope)
{
    struct pattern_facts facts = pattern_facts(pattern);
    if (scope == FILTER_ATTRIBUTES && facts.is_nested) {
        return SLICE("Filter policy scope MessageAttributes does not support nested filter "
                     "policy");
    }
    if (facts.names > SNS_FILTER_KEYS_MAX) {
        return SLICE("FilterPolicy: Filter policy can not have more than 5 keys");
    }
    if (facts.combinations > SNS_FILTER_COMBINATIONS_MAX) {
        return SLICE("FilterPolicy: Filter policy is too complex");
    }
    return SLICE_NULL;
}

bool filter_policy_parse(struct arena *arena, struct slice text, enum filter_scope scope,
                         const struct pattern **ret_pattern, struct slice *ret_words)
{
    struct pattern_fault fault;
    struct slice trimmed = slice_trim(text);
    *ret_pattern = NULL;
    if (text.len > SNS_FILTER_POLICY_MAX) {
        *ret_words = SLICE("FilterPolicy: Filter policy is too large");
        return false;
    }
    if (trimmed.len == 0 || slice_is(trimmed, "{}")) {
        return true;
    }
    const struct pattern *pattern;
    if (pattern_parse(arena, text, &pattern, &fault) != STATUS_OK) {
        *ret_words = words_for(arena, &fault, text);
        return false;
    }
    struct slice broken = broken_limit(pattern, scope);
    if (broken.ptr != NULL) {
        *ret_words = broken;
        return false;
    }
    *ret_pattern = pattern;
    return true;
}
