#include "gateway/throttle/token_bucket.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define MS UINT64_C(1000000)
#define SECOND (1000 * MS)
#define YEAR (366 * 86400 * SECOND)

static bool take(struct token_bucket *bucket, const struct rate_limit *limit, uint64_t now_ns)
{
    if (token_bucket_wait_ns(bucket, limit, now_ns) > 0) {
        return false;
    }
    token_bucket_take(bucket);
    return true;
}

static size_t take_many(struct token_bucket *bucket, const struct rate_limit *limit,
                        uint64_t now_ns, size_t count)
{
    size_t taken = 0;
    for (size_t i = 0; i < count; i++) {
        taken += take(bucket, limit, now_ns) ? 1 : 0;
    }
    return taken;
}

static struct token_bucket full(const struct rate_limit *limit)
{
    struct token_bucket bucket;
    token_bucket_init(&bucket, limit, 0);
    return bucket;
}

/* The five examples of the Developer Guide: 10,000 requests a second, a burst of 5,000. */
Test(token_bucket, passes_what_the_guide_says)
{
    struct rate_limit limit = rate_limit_of(10000, 5000);
    struct token_bucket bucket = full(&limit);
    size_t taken = 0;
    for (uint64_t ms = 0; ms < 1000; ms++) {
        taken += take_many(&bucket, &limit, ms * MS, 10);
    }
    cr_expect_eq(taken, 10000, "10 a millisecond");

    bucket = full(&limit);
    cr_expect_eq(take_many(&bucket, &limit, 0, 10000), 5000, "10,000 in the first millisecond");

    bucket = full(&limit);
    taken = take_many(&bucket, &limit, 0, 5000);
    for (uint64_t ms = 1; ms < 1000; ms++) {
        taken += take_many(&bucket, &limit, ms * MS, 5);
    }
    cr_expect_eq(taken, 5000 + 999 * 5, "5,000 at once and the rest evenly");

    bucket = full(&limit);
    cr_expect_eq(take_many(&bucket, &limit, 0, 5000), 5000);
    cr_expect_eq(take_many(&bucket, &limit, 100 * MS, 5000), 1000, "5,000 in the 101st");

    bucket = full(&limit);
    taken = take_many(&bucket, &limit, 0, 5000) + take_many(&bucket, &limit, 100 * MS, 1000);
    for (uint64_t ms = 101; ms < 1000; ms++) {
        taken += take_many(&bucket, &limit, ms * MS, 4);
    }
    cr_expect_eq(taken, 5000 + 1000 + 899 * 4, "and the rest evenly");
}

Test(token_bucket, does_not_drift)
{
    /* A third of a token each second, asked at odd instants for a day: as many as one that is asked once an hour. */
    static const double rates[] = {1.0 / 3, 0.7, 3, 1e-6, 12345.678901};
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct rate_limit limit = rate_limit_of(rates[i], 2000000000);
        struct token_bucket often = full(&limit), seldom = full(&limit);
        often.tokens = seldom.tokens = 0;
        uint64_t end = 86400 * SECOND;
        for (uint64_t now = 0; now < end; now += 7919 * MS + 13) {
            (void)token_bucket_wait_ns(&often, &limit, now);
        }
        (void)token_bucket_wait_ns(&often, &limit, end);
        (void)token_bucket_wait_ns(&seldom, &limit, end);
        cr_expect_eq(often.tokens, seldom.tokens, "%g", rates[i]);
        cr_expect_eq(often.fraction, seldom.fraction, "%g", rates[i]);
        cr_expect_eq(often.tokens, limit.rate_micro * 86400 / 1000000, "%g", rates[i]);
    }
}

Test(token_bucket, tells_to_the_nanosecond_when_there_is_a_token)
{
    static const double rates[] = {1, 0.5, 3, 7, 10000, 1e9, 0.000001, 123.456};
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct rate_limit limit = rate_limit_of(rates[i], 1);
        struct token_bucket bucket = full(&limit);
        uint64_t now = 0;
        cr_assert(take(&bucket, &limit, now));
        for (int n = 0; n < 5; n++) {
            uint64_t wait = token_bucket_wait_ns(&bucket, &limit, now);
            cr_assert_gt(wait, 0);
            if (wait > 1) {
                struct token_bucket early = bucket;
                cr_expect_not(take(&early, &limit, now + wait - 1), "%g", rates[i]);
            }
            now += wait;
            cr_expect(take(&bucket, &limit, now), "%g", rates[i]);
        }
    }
}

Test(token_bucket, lets_nothing_pass_without_burst_and_no_more_without_rate)
{
    struct rate_limit no_burst = rate_limit_of(100, 0);
    struct token_bucket bucket = full(&no_burst);
    cr_expect_eq(token_bucket_wait_ns(&bucket, &no_burst, YEAR), TOKEN_NEVER);

    struct rate_limit no_rate = rate_limit_of(0, 2);
    bucket = full(&no_rate);
    cr_expect_eq(take_many(&bucket, &no_rate, 0, 5), 2);
    cr_expect_eq(token_bucket_wait_ns(&bucket, &no_rate, YEAR), TOKEN_NEVER);
    cr_expect_eq(rate_limit_of(-1, 2).rate_micro, 0);
}

Test(token_bucket, holds_no_more_than_its_burst_however_long_it_rests)
{
    struct rate_limit limit = rate_limit_of(RATE_MAX, UINT32_MAX);
    struct token_bucket bucket = full(&limit);
    (void)token_bucket_wait_ns(&bucket, &limit, 100 * YEAR);
    cr_expect_eq(bucket.tokens, UINT32_MAX);
    struct rate_limit slow = rate_limit_of(1, 3);
    bucket = full(&slow);
    cr_expect_eq(take_many(&bucket, &slow, UINT64_MAX, 10), 3);
}

Test(token_bucket, goes_on_when_limits_change_and_time_stands)
{
    struct rate_limit wide = rate_limit_of(10, 100), narrow = rate_limit_of(10, 5);
    struct token_bucket bucket = full(&wide);
    cr_expect_eq(take_many(&bucket, &narrow, SECOND, 100), 5);
    cr_expect_eq(take_many(&bucket, &wide, SECOND, 100), 0);
    cr_expect_eq(take_many(&bucket, &wide, 2 * SECOND, 100), 10);
    cr_expect_eq(take_many(&bucket, &wide, SECOND, 100), 0, "an instant that is over");
    cr_expect_eq(take_many(&bucket, &wide, 3 * SECOND, 100), 10);
}
