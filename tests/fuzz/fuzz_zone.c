/* links: sls_scheduler */
/* A TZif file, or (what begins with '=') the rule of its footer. Every instant has a local time, and a local time has an
 * instant that shows it, or lies in a gap. */
#include "scheduler/time/limits.h"
#include "scheduler/time/zone.h"
#include "scheduler/time/zone_rule.h"

#include <assert.h>

#define STEP_S INT64_C(99990007)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void look(const struct zone *zone)
{
    for (int64_t utc_s = -5000000000; utc_s < 8000000000; utc_s += STEP_S) {
        int64_t local_s = zone_local_s(zone, utc_s);
        int64_t found_s;
        assert(local_s - utc_s >= ZONE_OFFSET_MIN_S && local_s - utc_s <= ZONE_OFFSET_MAX_S);
        bool is_there = zone_utc_s(zone, local_s, &found_s);
        assert(is_there && found_s <= utc_s && zone_local_s(zone, found_s) == local_s);
        if (zone_utc_s(zone, utc_s, &found_s)) {
            assert(zone_local_s(zone, found_s) == utc_s);
        } else {
            assert(zone_local_s(zone, found_s - 1) < utc_s && zone_local_s(zone, found_s) > utc_s);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice input = slice_of((const char *)bytes, len);
    struct zone_rule rule;
    if (input.len > 0 && input.ptr[0] == '=') {
        if (zone_rule_parse(slice_skip(input, 1), &rule)) {
            for (int64_t utc_s = -5000000000; utc_s < 8000000000; utc_s += STEP_S) {
                struct zone_span span = zone_rule_span(&rule, utc_s);
                assert(span.begin_s <= utc_s && utc_s < span.end_s);
            }
        }
        return 0;
    }
    struct zone *zone = zone_parse(input);
    if (zone != NULL) {
        look(zone);
        zone_free(zone);
    }
    return 0;
}
