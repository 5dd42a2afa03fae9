/* A token bucket: holds up to `burst` tokens, a request takes one, they come back at a rate.
 *
 * Exact and without drift: what is there is kept in parts of a token of which a nanosecond at any rate brings a whole number, so
 * however often it is asked, in the long run the rate is what passes. The four examples of the Developer Guide hold to the
 * request.
 *
 * Time    Monotonic nanoseconds of context->clock, given with each call.
 * Source  API Gateway Developer Guide, "Throttle requests to your REST APIs for better throughput". */
#ifndef SLS_GATEWAY_THROTTLE_TOKEN_BUCKET_H
#define SLS_GATEWAY_THROTTLE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

#define TOKEN_NEVER UINT64_MAX
#define RATE_MAX 1e9 /* per second */

struct rate_limit {
    uint64_t rate_micro; /* millionths of a token per second; 0: none ever comes back */
    uint32_t burst;      /* 0: nothing passes */
};

struct token_bucket {
    uint64_t at_ns;    /* when the rest was true */
    uint64_t fraction; /* of a token, in parts of 10^15 */
    uint32_t tokens;
};

/* "100", "0.5": rates are rounded to a millionth; what is below 0 is 0. */
struct rate_limit rate_limit_of(double per_second, uint32_t burst);

/* Full. */
void token_bucket_init(struct token_bucket *bucket, const struct rate_limit *limit,
                       uint64_t now_ns);
/* How long until there is a token: 0 is now, TOKEN_NEVER that none will come. Limits may change between calls: what is beyond a
 * smaller burst is lost. */
uint64_t token_bucket_wait_ns(struct token_bucket *bucket, const struct rate_limit *limit,
                              uint64_t now_ns);
/* Takes the token that there is (asserted): after token_bucket_wait_ns() said 0. */
void token_bucket_take(struct token_bucket *bucket);

#endif
