#include "gateway/throttle/token_bucket.h"

#include <assert.h>

/* A nanosecond at a millionth of a token per second brings one of these. */
#define PARTS UINT64_C(1000000000000000)

__extension__ typedef unsigned __int128 wide;

struct rate_limit rate_limit_of(double per_second, uint32_t burst)
{
    double rate = per_second > 0 ? per_second : 0;
    rate = rate > RATE_MAX ? RATE_MAX : rate;
    return (struct rate_limit){.rate_micro = (uint64_t)(rate * 1e6 + 0.5), .burst = burst};
}

void token_bucket_init(struct token_bucket *bucket, const struct rate_limit *limit, uint64_t now_ns)
{
    *bucket = (struct token_bucket){.at_ns = now_ns, .tokens = limit->burst};
}

/* What came back since it was last looked at. Numbers of 128 bits only where time or rate are large: they divide slowly. */
static void refill(struct token_bucket *bucket, const struct rate_limit *limit, uint64_t now_ns)
{
    uint64_t elapsed = now_ns > bucket->at_ns ? now_ns - bucket->at_ns : 0;
    wide parts = (wide)elapsed * limit->rate_micro + bucket->fraction;
    bool is_large = parts >> 64 != 0;
    wide tokens = bucket->tokens + (is_large ? parts / PARTS : (uint64_t)parts / PARTS);
    bucket->fraction = (uint64_t)(is_large ? parts % PARTS : (uint64_t)parts % PARTS);
    bucket->tokens = (uint32_t)tokens;
    if (tokens >= limit->burst) {
        bucket->tokens = limit->burst;
        bucket->fraction = 0;
    }
    bucket->at_ns += elapsed;
}

uint64_t token_bucket_wait_ns(struct token_bucket *bucket, const struct rate_limit *limit,
                              uint64_t now_ns)
{
    refill(bucket, limit, now_ns);
    if (bucket->tokens > 0) {
        return 0;
    }
    if (limit->burst == 0 || limit->rate_micro == 0) {
        return TOKEN_NEVER;
    }
    return (PARTS - bucket->fraction + limit->rate_micro - 1) / limit->rate_micro;
}

void token_bucket_take(struct token_bucket *bucket)
{
    assert(bucket->tokens > 0);
    bucket->tokens--;
}
