/* links: sls_scheduler */
/* A rule's target as PutTargets takes it, a line feed, an event: JSON paths, input templates, constants. A target that is
 * refused says why; one that is taken gives the same payload each time. */
#include "core/json_scan.h"
#include "scheduler/events/limits.h"
#include "scheduler/events/target.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice input = slice_of((const char *)bytes, len);
    size_t line = slice_find(input, '\n');
    struct slice json = line == SLICE_NPOS ? input : slice_take(input, line);
    struct slice event = line == SLICE_NPOS ? SLICE("{}") : slice_skip(input, line + 1);
    struct target target;
    struct fault fault = {.text = ""};
    if (!json_validate(json, NULL) || !json_validate(event, NULL)) {
        return 0; /* they come checked */
    }
    if (target_parse(&arena, json, &target, &fault) != STATUS_OK) {
        assert(fault.text[0] != '\0');
        return 0;
    }
    const struct event_origin origin = {.event = event,
                                        .rule_arn = SLICE("arn:aws:events:::rule/r"),
                                        .rule_name = SLICE("r"),
                                        .ingested_ms = 0};
    struct slice once, again;
    if (target_input_apply(&arena, target.input, &origin, &once)) {
        assert(target_input_apply(&arena, target.input, &origin, &again));
        assert(slice_eq(once, again));
        assert(once.len <= TARGET_INPUT_MAX || once.len == event.len);
    }
    if (target.partition_key_path != NULL) {
        (void)json_path_find(&arena, target.partition_key_path, event, &once);
    }
    return 0;
}
