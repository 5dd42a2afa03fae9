/* links: sls_cdn */
/* A value of Cache-Control. Durations are within their bounds, and what follows from them is within the policy's. */
#include "gateway/cdn/freshness.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    const struct http_header header = {SLICE("Cache-Control"),
                                       slice_of((const char *)bytes, len)};
    const struct http_headers headers = {&header, 1};
    struct cache_control control = cache_control_of(headers);
    const int64_t durations[] = {control.max_age_s, control.s_maxage_s,
                                 control.stale_while_revalidate_s, control.stale_if_error_s};
    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        assert(durations[i] >= CACHE_UNSET && durations[i] <= CACHE_DURATION_MAX);
    }
    const struct cache_policy_spec policy = {.min_ttl_s = 5, .default_ttl_s = 60, .max_ttl_s = 90};
    struct freshness freshness = freshness_of(&policy, headers, 0);
    assert(freshness.is_kept && freshness.fresh_s >= 5 && freshness.fresh_s <= 90);
    assert(freshness.stale_while_s >= 0 && freshness.stale_while_s <= 90);
    assert(freshness.stale_error_s >= 0);
    return 0;
}
