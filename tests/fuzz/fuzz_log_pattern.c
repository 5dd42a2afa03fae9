/* links: sls_scheduler */
/* Any text is a filter pattern or is refused; matching any event ends, and what a pattern of fields finds is in the
 * event. The first line is the pattern, the rest the event. */
#include "core/buf.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/log_pattern.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void check_value(void *ctx, struct slice name, struct slice value)
{
    const struct slice *event = ctx;
    assert(name.len > 1 && name.ptr[0] == '$');
    assert(value.len == 0 ||
           (value.ptr >= event->ptr && value.ptr + value.len <= event->ptr + event->len));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice rest = slice_of((const char *)bytes, len), text;
    struct log_pattern *pattern = NULL;
    struct fault fault = {.text = ""};
    if (!slice_split(&rest, '\n', &text) || text.len > PATTERN_LEN_MAX) {
        return 0;
    }
    if (log_pattern_parse(text, &pattern, &fault) != STATUS_OK) {
        assert(fault.text[0] != '\0');
        return 0;
    }
    if (log_pattern_matches(pattern, rest)) {
        log_pattern_values(pattern, rest, check_value, &rest);
    }
    log_pattern_destroy(pattern);
    return 0;
}
