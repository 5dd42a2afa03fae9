/* Throttling: whether a request passes, by every limit that it is under.
 *
 * API Gateway asks them in this order: a usage plan's limit for the method, its limit for all methods, the stage's limit for the
 * method, the account's. A request passes when all have a token, and takes one of each; when one has none it takes none at
 * all. Quotas are asked in the same breath by the caller, who counts a request (quota.h) once it passed.
 *
 *     struct slice plan[] = {plan_id, key_id, api_id, stage, method};
 *     struct throttle_level levels[] = {{.scope = {plan, 5}, .limit = ...}, {.scope = {plan, 4}, .limit = ...}};
 *     struct throttle_outcome outcome = throttles_take(throttles, levels, 2, clock_monotonic_ns(context->clock));
 *     if (!outcome.is_allowed) { ... levels[outcome.level] refused; the next token comes in outcome.wait_ns ... }
 *
 * Ownership  Owns its buckets, which go by scope and outlive a reload. A bucket that was not asked for long is
 *            forgotten when there are too many: full again by then, as a rule, like a new one.
 * Thread     Loop thread only.
 * Limits     THROTTLE_BUCKETS_MAX buckets, of some 100 bytes and their scope.
 * Source     API Gateway Developer Guide, "Throttle requests to your REST APIs for better throughput". */
#ifndef SLS_GATEWAY_THROTTLE_THROTTLE_H
#define SLS_GATEWAY_THROTTLE_THROTTLE_H

#include "gateway/throttle/quota.h"
#include "gateway/throttle/scope_table.h"
#include "gateway/throttle/token_bucket.h"

#define THROTTLE_BUCKETS_MAX 100000u
#define THROTTLE_LEVELS_MAX 8u      /* of one request */
#define THROTTLE_QUOTAS_MAX 100000u /* API keys of an account, 10,000, in 10 plans each */

/* The account's own limit, which AWS sets for each region. */
#define THROTTLE_ACCOUNT_RATE 10000.0
#define THROTTLE_ACCOUNT_BURST 5000u

struct throttles;

struct throttle_level {
    struct scope scope;
    struct rate_limit limit;
};

struct throttle_outcome {
    bool is_allowed;
    size_t level;     /* which one refused: the one that keeps the request waiting longest */
    uint64_t wait_ns; /* until all have a token again; TOKEN_NEVER */
};

struct throttles *throttles_create(size_t max_buckets); /* at least THROTTLE_LEVELS_MAX */
void throttles_destroy(struct throttles *throttles);    /* NULL is a no-op */
/* No two levels are of one scope. */
struct throttle_outcome throttles_take(struct throttles *throttles,
                                       const struct throttle_level *levels, size_t count,
                                       uint64_t now_ns);
size_t throttles_bucket_count(const struct throttles *throttles);

#endif
