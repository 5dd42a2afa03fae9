#include "scheduler/delivery/retry.h"

#include "core/mem.h"

#define FIRST_WAIT_MS                                                                              \
    INT64_C(60000) /* of an asynchronous invocation after an error; then twice that */
#define THROTTLE_FIRST_MS INT64_C(1000)
#define THROTTLE_MOST_MS INT64_C(300000)
#define EXPONENTIAL_FIRST_MS INT64_C(1000)
#define EXPONENTIAL_MOST_MS INT64_C(600000) /* 185 retries fill their 24 hours with it */

/* What AWS does between its own endpoints, as a policy of the same four phases that customers may give. */
static const struct retry_http topic_phases = {
    .min_delay_s = 1,
    .max_delay_s = 20,
    .retries = 100015,
    .no_delay_retries = 3,
    .min_delay_retries = 2,
    .max_delay_retries = 100000,
    .function = BACKOFF_EXPONENTIAL,
};

/* first, 2 first, 4 first ... most. */
static int64_t doubled(int64_t first_ms, uint32_t times, int64_t most_ms)
{
    while (times-- > 0 && first_ms < most_ms) {
        first_ms *= 2;
    }
    return first_ms < most_ms ? first_ms : most_ms;
}

/* Half of the wait is certain, the other half is drawn: the same seed and attempt give the same wait. */
static int64_t jittered(int64_t wait_ms, uint64_t seed, uint32_t attempt)
{
    uint64_t x = seed + UINT64_C(0x9e3779b97f4a7c15) * (attempt + 1);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    x ^= x >> 31;
    return wait_ms / 2 + (int64_t)(x % (uint64_t)(wait_ms / 2 + 1));
}

/* The i-th of n waits of the backoff phase, from the least to the most. The curves are those of the guide's figure:
 * linear in i, arithmetic growing by one more each time, geometric and exponential by factors. */
static int64_t backoff_ms(const struct retry_http *phases, uint32_t i, uint32_t n)
{
    int64_t least = (int64_t)phases->min_delay_s * 1000;
    int64_t most = (int64_t)phases->max_delay_s * 1000;
    if (n <= 1 || most <= least) {
        return least;
    }
    int64_t span = most - least;
    int64_t steps = (int64_t)n - 1;
    int64_t step = i;
    switch (phases->function) {
    case BACKOFF_LINEAR:
        return least + span * step / steps;
    case BACKOFF_ARITHMETIC:
        return least + span * (step * (step + 1)) / (steps * (steps + 1));
    case BACKOFF_GEOMETRIC:
        return least + span * (step * step) / (steps * steps);
    case BACKOFF_EXPONENTIAL: {
        int64_t wait = doubled(least > 0 ? least : 1000, i, most);
        return i == n - 1 ? most : wait;
    }
    }
    return most;
}

/* The wait before the retry-th retry, from 1. */
static int64_t phase_wait_ms(const struct retry_http *phases, uint32_t retry)
{
    uint32_t edge = phases->no_delay_retries;
    if (retry <= edge) {
        return 0;
    }
    edge += phases->min_delay_retries;
    if (retry <= edge) {
        return (int64_t)phases->min_delay_s * 1000;
    }
    uint32_t fixed = edge + phases->max_delay_retries;
    uint32_t backoffs = phases->retries > fixed ? phases->retries - fixed : 0;
    if (retry <= edge + backoffs) {
        return backoff_ms(phases, retry - edge - 1, backoffs);
    }
    return (int64_t)phases->max_delay_s * 1000;
}

static int64_t wait_ms(const struct retry_policy *policy, enum retry_cause cause, uint32_t attempts,
                       uint32_t throttles, uint64_t seed)
{
    switch (policy->shape) {
    case RETRY_FUNCTION:
        return cause == RETRY_AFTER_THROTTLE
                   ? doubled(THROTTLE_FIRST_MS, throttles > 0 ? throttles - 1 : 0, THROTTLE_MOST_MS)
                   : FIRST_WAIT_MS * (attempts > 0 ? attempts : 1);
    case RETRY_EXPONENTIAL:
        return jittered(
            doubled(EXPONENTIAL_FIRST_MS, attempts > 0 ? attempts - 1 : 0, EXPONENTIAL_MOST_MS),
            seed, attempts);
    case RETRY_TOPIC:
        return phase_wait_ms(&topic_phases, attempts);
    case RETRY_HTTP:
        return phase_wait_ms(&policy->http, attempts);
    }
    return 0;
}

enum retry_verdict retry_next(const struct retry_policy *policy, enum retry_cause cause,
                              uint32_t attempts, uint32_t throttles, uint64_t seed,
                              int64_t accepted_ms, int64_t now_ms, int64_t *ret_at_ms)
{
    if (cause == RETRY_NEVER) {
        return RETRY_GIVEN_UP;
    }
    /* A function's throttles cost no attempt: its event waits in the queue. Elsewhere they are errors like others. */
    bool is_free = cause == RETRY_AFTER_THROTTLE && policy->shape == RETRY_FUNCTION;
    if (!is_free && attempts > policy->max_retries) {
        return RETRY_EXHAUSTED;
    }
    int64_t at_ms = now_ms + wait_ms(policy, cause, attempts, throttles, seed);
    if (policy->max_age_ms > 0 && at_ms - accepted_ms > policy->max_age_ms) {
        return RETRY_TOO_OLD;
    }
    *ret_at_ms = at_ms;
    return RETRY_AGAIN;
}
