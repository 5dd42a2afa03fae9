/* API keys and usage plans of an account, and every limit that requests are under.
 *
 *     value of a key -> usage_key() -> usage_membership() -> usage_take(): plan's quota, plan's limits, stage's, account's
 *
 * Lifecycle  usage_configure() replaces keys and plans. What was used of quotas and limits lives on: quotas by plan and key,
 *            buckets as long as nothing about their limit changes.
 * Ownership  Copies the specification; keys and plans live until the next one.
 * Thread     Loop thread only.
 * Limits     throttle/throttle.h.
 * Source     API Gateway Developer Guide, "Usage plans and API keys for REST APIs", "Throttle requests to your REST APIs for
 *            better throughput": limits are those of one key, aggregated across all stages of the plan. */
#ifndef SLS_GATEWAY_STAGE_USAGE_H
#define SLS_GATEWAY_STAGE_USAGE_H

#include "core/arena.h"
#include "gateway/stage/throttle.h"

struct usage;

struct usage *usage_create(bool has_account_limit);
void usage_destroy(struct usage *usage); /* NULL is a no-op */
void usage_configure(struct usage *usage, const struct usage_spec *spec);

/* NULL: nobody's. */
const struct api_key_spec *usage_key(const struct usage *usage, struct slice value);

struct usage_membership {
    const struct api_key_spec *key; /* NULL: the route needs none */
    const struct usage_plan_spec *plan;
    const struct plan_stage_spec *stage;
};
/* The plan that lets the key call this stage. False: there is none. */
MUST_CHECK bool usage_membership(const struct usage *usage, const struct api_key_spec *key,
                                 struct slice api_id, struct slice stage,
                                 struct usage_membership *ret_membership);

struct usage_request {
    struct usage_membership membership;
    struct slice api_id, stage;
    struct slice route_key; /* "GET /pets" */
    struct slice method, path;
    const struct route_limit *stage_limit; /* NULL: none */
};

enum usage_verdict { USAGE_PASSES, USAGE_OVER_QUOTA, USAGE_OVER_RATE };

/* In the order they are asked. */
enum usage_level { LEVEL_PLAN_METHOD, LEVEL_PLAN, LEVEL_STAGE_METHOD, LEVEL_ACCOUNT, LEVEL_COUNT };

struct usage_refusal {
    enum usage_level level;  /* OVER_RATE */
    struct rate_limit limit; /* OVER_RATE */
    uint64_t wait_ns;        /* TOKEN_NEVER */
};

/* Counts a request that passes everywhere; one that does not is counted nowhere. */
enum usage_verdict usage_take(struct usage *usage, const struct usage_request *request,
                              uint64_t now_ns, int64_t epoch_ms, struct usage_refusal *ret_refusal);

/* Requests that a key sent by a plan on one day, in days since 1970: of the days that are remembered. */
int64_t usage_used_on(const struct usage *usage, struct slice plan_id, struct slice key_id,
                      int64_t day);
/* What is left of the plan's quota now, and UpdateUsage: so much is left of this period. The plan has a quota. */
int64_t usage_remaining(const struct usage *usage, const struct usage_plan_spec *plan,
                        struct slice key_id, int64_t epoch_ms);
void usage_set_remaining(struct usage *usage, const struct usage_plan_spec *plan,
                         struct slice key_id, int64_t epoch_ms, int64_t remaining);

/* "stage prod, GET /x: 10 requests a second, next in 80 ms" */
struct slice usage_rate_reason(struct arena *arena, const struct usage_request *request,
                               const struct usage_refusal *refusal);
/* "5 requests a day used up, next in 3 h" */
struct slice usage_quota_words(struct arena *arena, const struct quota_settings *quota,
                               const struct usage_refusal *refusal);

#endif
