/* For how long an answer of an origin is kept: Cache-Control, Expires, and the TTLs of a policy.
 *
 * Pure. Times are milliseconds of the epoch, durations seconds.
 *
 * Source  CloudFront Developer Guide, "Manage how long content stays in the cache (expiration)" and "Control how long
 *         CloudFront caches errors"; RFC 9111, 5.2; RFC 5861. */
#ifndef SLS_GATEWAY_CDN_FRESHNESS_H
#define SLS_GATEWAY_CDN_FRESHNESS_H

#include "core/http/http.h"
#include "gateway/cdn/spec.h"

#define CACHE_UNSET (-1)
#define CACHE_DURATION_MAX INT32_MAX /* what is more counts as this, RFC 9111, 1.2.2 */

struct cache_control {
    int64_t max_age_s, s_maxage_s;                        /* or CACHE_UNSET */
    int64_t stale_while_revalidate_s, stale_if_error_s;   /* or CACHE_UNSET */
    bool no_cache, no_store, is_private, must_revalidate; /* proxy-revalidate is must_revalidate */
};

/* One value of the header; a directive that is malformed is as if it were not there. Of several values, the last wins. */
void cache_control_read(struct cache_control *control, struct slice value);
struct cache_control cache_control_of(struct http_headers headers);

struct freshness {
    bool is_kept;
    int64_t fresh_s;       /* from now on; 0: asked for again each time */
    int64_t stale_while_s; /* thereafter it is served once more while it is asked for */
    int64_t stale_error_s; /* thereafter it is served when the origin fails; INT64_MAX: always */
};

struct freshness freshness_of(const struct cache_policy_spec *policy, struct http_headers headers,
                              int64_t now_ms);
/* Of an answer with a status that CloudFront keeps as an error. */
struct freshness freshness_of_error(struct http_headers headers, int64_t error_ttl_s,
                                    int64_t now_ms);
/* Whether a status is such an error. Some are kept whatever the origin says, others only if it says for how long. */
bool is_kept_error(int status);
bool is_always_kept_error(int status);

#endif
