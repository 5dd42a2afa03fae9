/* links: sls_scheduler */
/* A pattern, a line feed, an event. What parses is matched as an event, in parts, and against attributes; what does not
 * has a reason. */
#include "core/json_scan.h"
#include "scheduler/pattern/pattern.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice input = slice_of((const char *)bytes, len);
    size_t line = slice_find(input, '\n');
    struct slice text = line == SLICE_NPOS ? input : slice_take(input, line);
    struct slice event = line == SLICE_NPOS ? SLICE("{}") : slice_skip(input, line + 1);
    const struct pattern *pattern = NULL;
    struct pattern_fault fault;
    if (pattern_parse(&arena, text, &pattern, &fault) != STATUS_OK) {
        assert(fault.reason.len > 0);
        assert(pattern_fault_text(&arena, &fault, text).len >= fault.reason.len);
        return 0;
    }
    assert(json_validate(text, NULL));
    assert(pattern_facts(pattern).rules > 0);
    bool is_match = pattern_matches(pattern, event);
    assert(pattern_matches(pattern, event) == is_match);
    struct pattern_part parts[] = {{SLICE("body"), event}, {SLICE(""), event}};
    (void)pattern_matches_parts(pattern, parts, 2);
    struct pattern_attribute attributes[] = {
        {SLICE("a"), SLICE("String.Array"), event},
        {SLICE("b"), SLICE("Number"), event},
        {SLICE("c"), SLICE("String"), event},
    };
    (void)pattern_matches_attributes(pattern, attributes, 3);
    return 0;
}
