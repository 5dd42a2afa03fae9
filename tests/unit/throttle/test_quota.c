#include "gateway/throttle/quota.h"

#include "core/clock.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static int64_t at(const char *text)
{
    int64_t epoch_ms = 0;
    cr_assert(time_parse_iso8601(slice_from(text), &epoch_ms), "%s", text);
    return epoch_ms;
}

Test(quota, counts_by_the_calendar_of_utc)
{
    /* 2024-02-29 was a Thursday. */
    static const struct {
        enum quota_period period;
        int64_t offset;
        const char *now, *start, *end;
    } rows[] = {
        {QUOTA_DAY, 0, "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z"},
        {QUOTA_DAY, 0, "2024-12-31T23:59:59.999Z", "2024-12-31T00:00:00Z", "2025-01-01T00:00:00Z"},
        {QUOTA_WEEK, 0, "2024-02-29T12:00:00Z", "2024-02-25T00:00:00Z", "2024-03-03T00:00:00Z"},
        {QUOTA_WEEK, 0, "2024-02-25T00:00:00Z", "2024-02-25T00:00:00Z", "2024-03-03T00:00:00Z"},
        {QUOTA_WEEK, 1, "2024-02-25T23:00:00Z", "2024-02-19T00:00:00Z", "2024-02-26T00:00:00Z"},
        {QUOTA_WEEK, 1, "2024-02-26T00:00:00Z", "2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"},
        {QUOTA_WEEK, 6, "2024-03-01T00:00:00Z", "2024-02-24T00:00:00Z", "2024-03-02T00:00:00Z"},
        {QUOTA_WEEK, 0, "1970-01-01T00:00:00Z", "1969-12-28T00:00:00Z", "1970-01-04T00:00:00Z"},
        {QUOTA_MONTH, 0, "2024-02-29T23:59:59Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
        {QUOTA_MONTH, 0, "2024-12-31T00:00:00Z", "2024-12-01T00:00:00Z", "2025-01-01T00:00:00Z"},
        {QUOTA_MONTH, 14, "2024-02-14T23:59:59Z", "2024-01-15T00:00:00Z", "2024-02-15T00:00:00Z"},
        {QUOTA_MONTH, 14, "2024-02-15T00:00:00Z", "2024-02-15T00:00:00Z", "2024-03-15T00:00:00Z"},
        {QUOTA_MONTH, 27, "2023-02-28T00:00:00Z", "2023-02-28T00:00:00Z", "2023-03-28T00:00:00Z"},
        {QUOTA_MONTH, 27, "2024-01-01T00:00:00Z", "2023-12-28T00:00:00Z", "2024-01-28T00:00:00Z"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct quota_settings settings = {
            .limit = 1, .period = rows[i].period, .offset = rows[i].offset};
        cr_expect_eq(quota_start_ms(&settings, at(rows[i].now)), at(rows[i].start), "%zu", i);
        cr_expect_eq(quota_end_ms(&settings, at(rows[i].now)), at(rows[i].end), "%zu", i);
    }
}

Test(quota, stops_at_its_limit_until_the_next_period)
{
    struct quota_settings settings = {.limit = 2, .period = QUOTA_DAY};
    struct quota quota = {0};
    int64_t now = at("2024-02-29T23:00:00Z"), wait_ms = 0;
    cr_expect(quota_take(&quota, &settings, now, &wait_ms));
    cr_expect_eq(quota_remaining(&quota, &settings, now), 1);
    cr_expect(quota_take(&quota, &settings, now + 1, &wait_ms));
    cr_expect_not(quota_has_left(&quota, &settings, now + 1));
    cr_expect_not(quota_take(&quota, &settings, now + 1, &wait_ms));
    cr_expect_eq(wait_ms, 3600000 - 1);
    cr_expect_eq(quota_used(&quota, &settings, now), 2, "a refused request does not count");
    now += wait_ms + 1;
    cr_expect_eq(quota_used(&quota, &settings, now), 0);
    cr_expect_eq(quota_remaining(&quota, &settings, now), 2);
    cr_expect(quota_take(&quota, &settings, now, &wait_ms));
}

Test(quota, takes_another_limit_at_once)
{
    struct quota_settings settings = {.limit = 5, .period = QUOTA_WEEK};
    struct quota quota = {0};
    int64_t now = at("2024-02-29T23:00:00Z"), wait_ms;
    for (int i = 0; i < 3; i++) {
        cr_expect(quota_take(&quota, &settings, now, &wait_ms));
    }
    settings.limit = 3;
    cr_expect_not(quota_take(&quota, &settings, now, &wait_ms));
    settings.limit = 2;
    cr_expect_eq(quota_remaining(&quota, &settings, now), 0);
    settings.limit = 4;
    cr_expect(quota_take(&quota, &settings, now, &wait_ms));
    settings.limit = 0;
    cr_expect_not(quota_take(&(struct quota){0}, &settings, now, &wait_ms));
}

Test(quota, grants_what_an_update_says)
{
    struct quota_settings settings = {.limit = 1, .period = QUOTA_MONTH};
    struct quota quota = {0};
    int64_t now = at("2024-02-29T23:00:00Z"), wait_ms;
    quota_set_remaining(&quota, &settings, now, 3);
    for (int i = 0; i < 3; i++) {
        cr_expect(quota_take(&quota, &settings, now, &wait_ms));
    }
    cr_expect_not(quota_take(&quota, &settings, now, &wait_ms));
    cr_expect_eq(quota_remaining(&quota, &settings, at("2024-03-01T00:00:00Z")), 1);
}

Test(quota, refuses_settings_with_the_words_of_the_service)
{
    static const struct {
        int64_t limit;
        enum quota_period period;
        int64_t offset;
        const char *text; /* NULL: they are all right */
    } rows[] = {
        {0, QUOTA_DAY, 0, NULL},
        {1, QUOTA_DAY, 1, "Usage Plan quota offset must be zero in the DAY period"},
        {1, QUOTA_WEEK, 6, NULL},
        {1, QUOTA_WEEK, 7,
         "Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK period"},
        {1, QUOTA_MONTH, 27, NULL},
        {1, QUOTA_MONTH, 28,
         "Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH period"},
        {-1, QUOTA_DAY, 0, "Usage plan quota limit and offset must be non-negative integers"},
        {1, QUOTA_WEEK, -1, "Usage plan quota limit and offset must be non-negative integers"},
    };
    struct fault fault;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct quota_settings settings = {rows[i].limit, rows[i].period, rows[i].offset};
        enum status status = quota_check(&settings, &fault);
        cr_expect_eq(status, rows[i].text == NULL ? STATUS_OK : STATUS_INVALID, "%zu", i);
        cr_expect(rows[i].text == NULL || strcmp(fault.text, rows[i].text) == 0, "%zu", i);
    }
    enum quota_period period = QUOTA_DAY;
    cr_expect_eq(quota_period_read(SLICE("MONTH"), &period, &fault), STATUS_OK);
    cr_expect_eq(period, QUOTA_MONTH);
    cr_expect_eq(quota_period_read(SLICE("YEAR"), &period, &fault), STATUS_INVALID);
    cr_expect_str_eq(
        fault.text, "Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]");
}
