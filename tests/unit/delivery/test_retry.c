#include "scheduler/delivery/retry.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define ACCEPTED INT64_C(1767225600000)

static int64_t wait_s(const struct retry_policy *policy, enum retry_cause cause, uint32_t attempts,
                      uint32_t throttles)
{
    int64_t at_ms = -1;
    enum retry_verdict verdict =
        retry_next(policy, cause, attempts, throttles, 7, ACCEPTED, ACCEPTED, &at_ms);
    return verdict == RETRY_AGAIN ? (at_ms - ACCEPTED) / 1000 : -(int64_t)verdict;
}

Test(retry, an_asynchronous_invocation_waits_one_minute_then_two)
{
    const struct retry_policy policy = {
        .shape = RETRY_FUNCTION, .max_retries = 2, .max_age_ms = 21600000};
    cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 1, 0), 60);
    cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 2, 0), 120);
    cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 3, 0), -RETRY_EXHAUSTED);
}

Test(retry, throttles_of_a_function_double_to_five_minutes_and_cost_no_attempt)
{
    const struct retry_policy policy = {
        .shape = RETRY_FUNCTION, .max_retries = 0, .max_age_ms = 21600000};
    const int64_t waits[] = {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
    for (uint32_t i = 0; i < COUNT_OF(waits); i++) {
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_THROTTLE, 0, i + 1), waits[i], "throttle %u", i);
    }
}

Test(retry, a_retry_that_would_come_after_the_maximum_age_is_not_made)
{
    const struct retry_policy policy = {
        .shape = RETRY_FUNCTION, .max_retries = 2, .max_age_ms = 60000};
    int64_t at_ms;
    cr_expect_eq(retry_next(&policy, RETRY_AFTER_ERROR, 1, 0, 7, ACCEPTED, ACCEPTED, &at_ms),
                 RETRY_AGAIN);
    cr_expect_eq(retry_next(&policy, RETRY_AFTER_ERROR, 1, 0, 7, ACCEPTED, ACCEPTED + 1, &at_ms),
                 RETRY_TOO_OLD);
}

Test(retry, what_cannot_help_is_not_tried)
{
    const struct retry_policy policy = {.shape = RETRY_EXPONENTIAL, .max_retries = 185};
    cr_expect_eq(wait_s(&policy, RETRY_NEVER, 1, 0), -RETRY_GIVEN_UP);
}

Test(retry, events_back_off_with_jitter_and_fill_their_day)
{
    const struct retry_policy policy = {
        .shape = RETRY_EXPONENTIAL, .max_retries = 185, .max_age_ms = 86400000};
    int64_t now = ACCEPTED;
    uint32_t attempts = 0;
    for (;;) {
        int64_t at_ms = now;
        attempts++;
        enum retry_verdict verdict =
            retry_next(&policy, RETRY_AFTER_ERROR, attempts, 0, 99, ACCEPTED, now, &at_ms);
        if (verdict != RETRY_AGAIN) {
            break;
        }
        int64_t wait = at_ms - now;
        int64_t most = attempts > 20 ? 600000 : INT64_C(1000) << (attempts - 1);
        most = most > 600000 ? 600000 : most;
        cr_assert(wait >= most / 2 && wait <= most, "attempt %u waits %lld", attempts,
                  (long long)wait);
        now = at_ms;
    }
    cr_expect_gt(attempts, 150);
    cr_expect_leq(attempts, 186);
    int64_t first, second;
    cr_assert_eq(retry_next(&policy, RETRY_AFTER_ERROR, 5, 0, 1, ACCEPTED, ACCEPTED, &first), 0);
    cr_assert_eq(retry_next(&policy, RETRY_AFTER_ERROR, 5, 0, 2, ACCEPTED, ACCEPTED, &second), 0);
    cr_expect_neq(first, second, "two deliveries do not knock together");
}

Test(retry, topics_go_through_the_phases_of_the_guide)
{
    const struct retry_policy policy = {.shape = RETRY_TOPIC, .max_retries = 100015};
    const struct {
        uint32_t attempts;
        int64_t wait_s;
    } rows[] = {{1, 0},       {3, 0},
                {4, 1},       {5, 1},
                {6, 1},       {7, 2},
                {8, 4},       {10, 16},
                {11, 20},     {15, 20},
                {16, 20},     {5000, 20},
                {100015, 20}, {100016, -RETRY_EXHAUSTED}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, rows[i].attempts, 0), rows[i].wait_s,
                     "after %u attempts", rows[i].attempts);
    }
}

Test(retry, a_delivery_policy_rises_from_its_least_to_its_most_delay)
{
    for (int function = BACKOFF_LINEAR; function <= BACKOFF_EXPONENTIAL; function++) {
        const struct retry_policy policy = {
            .shape = RETRY_HTTP,
            .max_retries = 13,
            .http = {.min_delay_s = 1,
                     .max_delay_s = 60,
                     .retries = 13,
                     .no_delay_retries = 1,
                     .min_delay_retries = 2,
                     .max_delay_retries = 3,
                     .function = (enum retry_phase_function)function}};
        int64_t last = 0;
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 1, 0), 0);
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 2, 0), 1);
        for (uint32_t retry = 2; retry <= 13; retry++) {
            int64_t wait = wait_s(&policy, RETRY_AFTER_ERROR, retry, 0);
            cr_expect_geq(wait, last, "function %d, retry %u", function, retry);
            last = wait;
        }
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 4, 0), 1,
                     "the backoff begins at the least");
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 10, 0), 60, "and ends at the most");
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 13, 0), 60);
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 14, 0), -RETRY_EXHAUSTED);
    }
}

Test(retry, the_default_of_http_is_three_times_twenty_seconds)
{
    const struct retry_policy policy = {
        .shape = RETRY_HTTP,
        .max_retries = 3,
        .http = {.min_delay_s = 20, .max_delay_s = 20, .retries = 3}};
    for (uint32_t i = 1; i <= 3; i++) {
        cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, i, 0), 20);
    }
    cr_expect_eq(wait_s(&policy, RETRY_AFTER_ERROR, 4, 0), -RETRY_EXHAUSTED);
}
