#include "core/clock.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <time.h>

Test(clock, manual_stands_still_until_advanced)
{
    struct clock clock;
    clock_init_manual(&clock, 1000);
    uint64_t before = clock_monotonic_ns(&clock);
    cr_expect_eq(clock_epoch_ms(&clock), 1000);
    cr_expect_eq(clock_epoch_us(&clock), 1000000);
    clock_advance(&clock, 250);
    cr_expect_eq(clock_epoch_ms(&clock), 1250);
    cr_expect_eq(clock_monotonic_ns(&clock) - before, 250000000u);
}

Test(clock, system_tells_the_machines_time_and_runs_ahead_when_advanced)
{
    struct clock clock;
    clock_init_system(&clock);
    int64_t machine_ms = (int64_t)time(NULL) * 1000;
    cr_expect_lt(llabs(clock_epoch_ms(&clock) - machine_ms), 60000);
    uint64_t before_ns = clock_monotonic_ns(&clock);
    clock_advance(&clock, 86400000);
    cr_expect_lt(llabs(clock_epoch_ms(&clock) - machine_ms - 86400000), 60000);
    cr_expect_geq(clock_monotonic_ns(&clock) - before_ns, UINT64_C(86400000000000));
}

Test(clock, writes_every_text_form)
{
    char out[TIME_TEXT_MAX];
    cr_expect_str_eq(time_iso8601(out, 1771413569123), "2026-02-18T11:19:29Z");
    cr_expect_str_eq(time_iso8601_ms(out, 1771413569123), "2026-02-18T11:19:29.123Z");
    cr_expect_str_eq(time_iso8601_offset(out, 1586545592563), "2020-04-10T19:06:32.563+0000");
    cr_expect_str_eq(time_clf(out, 1584039838000), "12/Mar/2020:19:03:58 +0000");
    cr_expect_str_eq(time_http_date(out, 784111777000), "Sun, 06 Nov 1994 08:49:37 GMT");
    cr_expect_str_eq(time_path_date(out, 1771413569123), "2026/02/18");
}

Test(clock, writes_instants_on_the_edges_of_the_calendar)
{
    static const struct {
        int64_t epoch_ms;
        const char *text;
    } rows[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {4107542399999, "2100-02-28T23:59:59.999Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {1735689599999, "2024-12-31T23:59:59.999Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000Z"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char out[TIME_TEXT_MAX];
        cr_expect_str_eq(time_iso8601_ms(out, rows[i].epoch_ms), rows[i].text, "case %zu: %s", i,
                         out);
    }
}

Test(clock, agrees_with_libc_about_every_day_of_four_centuries)
{
    for (int64_t day = -80000; day < 90000; day++) {
        time_t seconds = (time_t)(day * 86400 + 3723);
        struct tm tm;
        cr_assert_not_null(gmtime_r(&seconds, &tm));
        char want[TIME_TEXT_MAX];
        char got[TIME_TEXT_MAX];
        strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", &tm);
        cr_assert_str_eq(time_http_date(got, (int64_t)seconds * 1000), want, "day %lld",
                         (long long)day);
        int64_t parsed;
        time_iso8601_ms(got, (int64_t)seconds * 1000);
        cr_assert(time_parse_iso8601(slice_from(got), &parsed));
        cr_assert_eq(parsed, (int64_t)seconds * 1000, "%s", got);
    }
}

Test(clock, parses_fractions_and_offsets)
{
    static const struct {
        struct slice text;
        int64_t epoch_ms;
    } rows[] = {
        {SLICE_INIT("2026-02-18T11:19:29Z"), 1771413569000},
        {SLICE_INIT("2026-02-18T11:19:29.1Z"), 1771413569100},
        {SLICE_INIT("2026-02-18T11:19:29.123Z"), 1771413569123},
        {SLICE_INIT("2026-02-18T11:19:29.123999999Z"), 1771413569123},
        {SLICE_INIT("2026-02-18T13:19:29+02:00"), 1771413569000},
        {SLICE_INIT("2026-02-18T05:49:29-05:30"), 1771413569000},
        {SLICE_INIT("2024-02-29T00:00:00Z"), 1709164800000},
        {SLICE_INIT("1969-12-31T23:59:59.999Z"), -1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t epoch_ms = 0;
        cr_expect(time_parse_iso8601(rows[i].text, &epoch_ms), "case %zu", i);
        cr_expect_eq(epoch_ms, rows[i].epoch_ms, "case %zu: %lld", i, (long long)epoch_ms);
    }
}

Test(clock, refuses_instants_that_are_none)
{
    static const struct slice rows[] = {
        SLICE_INIT(""),
        SLICE_INIT("2026-02-18"),
        SLICE_INIT("2026-02-18T11:19:29"),
        SLICE_INIT("2026-02-18 11:19:29Z"),
        SLICE_INIT("2026-02-18T11:19:29Zx"),
        SLICE_INIT("2026-02-18T11:19:29.Z"),
        SLICE_INIT("2026-02-29T00:00:00Z"),
        SLICE_INIT("2100-02-29T00:00:00Z"),
        SLICE_INIT("2026-13-01T00:00:00Z"),
        SLICE_INIT("2026-00-01T00:00:00Z"),
        SLICE_INIT("2026-01-00T00:00:00Z"),
        SLICE_INIT("2026-04-31T00:00:00Z"),
        SLICE_INIT("2026-01-01T24:00:00Z"),
        SLICE_INIT("2026-01-01T00:60:00Z"),
        SLICE_INIT("2026-01-01T00:00:60Z"),
        SLICE_INIT("2026-01-01T00:00:00+0200"),
        SLICE_INIT("2026-01-01T00:00:00+24:00"),
        SLICE_INIT("2026-01-01T00:00:00+"),
        SLICE_INIT("-026-01-01T00:00:00Z"),
        SLICE_INIT("2026-1-01T00:00:00Z"),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t epoch_ms = 77;
        cr_expect_not(time_parse_iso8601(rows[i], &epoch_ms), "case %zu", i);
        cr_expect_eq(epoch_ms, 77, "case %zu: untouched", i);
    }
}
