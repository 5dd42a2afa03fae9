#include "core/arena.h"
#include "core/clock.h"
#include "core/mem.h"
#include "scheduler/time/limits.h"
#include "scheduler/time/schedule_expression.h"
#include "tests/unit/time/reference_table.h"

#include <criterion/criterion.h>

#define SET_MAX 32

static struct schedule_expression parse(const char *text)
{
    struct schedule_expression expression;
    cr_assert(schedule_expression_parse(slice_from(text), DIALECT_SCHEDULER, &expression), "%s",
              text);
    return expression;
}

static bool is_valid(enum schedule_dialect dialect, const char *text)
{
    struct schedule_expression expression;
    return schedule_expression_parse(slice_from(text), dialect, &expression);
}

static const char *tell(char out[TIME_TEXT_MAX], int64_t ms)
{
    return ms == INSTANT_NEVER ? "never" : time_iso8601_ms(out, ms);
}

Test(schedule_expression, finds_the_instants_of_the_reference_table)
{
    const int64_t start_ms = instant(REFERENCE_START);
    for (size_t i = 0; i < COUNT_OF(reference_table); i++) {
        const struct reference_row *row = &reference_table[i];
        struct schedule_expression expression = parse(row->expression);
        int64_t after_ms = start_ms;
        for (const char *const *want = row->instants; *want != NULL; want++) {
            char got_text[TIME_TEXT_MAX];
            int64_t got_ms = schedule_expression_next(&expression, NULL, start_ms, after_ms);
            cr_expect_eq(got_ms, reference_instant(*want), "%s: %s, not %s", row->expression,
                         tell(got_text, got_ms), *want);
            after_ms = got_ms;
        }
    }
}

Test(schedule_expression, counts_the_instants_of_a_range_that_wraps_by_the_day_they_are_on)
{
    struct schedule_expression expression = parse("cron(0/30 20-2 ? * MON-FRI *)");
    int64_t after_ms = instant("2026-01-16T02:29:59Z"); /* Friday */
    int64_t next_ms = schedule_expression_next(&expression, NULL, 0, after_ms);
    cr_expect_eq(next_ms, instant("2026-01-16T02:30:00Z"));
    next_ms = schedule_expression_next(&expression, NULL, 0, next_ms);
    cr_expect_eq(next_ms, instant("2026-01-16T20:00:00Z"));
    for (int i = 0; i < 7; i++) { /* 20:30 to 23:30 */
        next_ms = schedule_expression_next(&expression, NULL, 0, next_ms);
    }
    cr_expect_eq(next_ms, instant("2026-01-16T23:30:00Z"));
    next_ms = schedule_expression_next(&expression, NULL, 0, next_ms); /* not on Saturday */
    cr_expect_eq(next_ms, instant("2026-01-19T00:00:00Z"));
}

Test(schedule_expression, ends_the_day_with_the_last_step_of_its_last_hour)
{
    struct schedule_expression expression = parse("cron(0/5 8-17 ? * MON-FRI *)");
    int64_t next_ms =
        schedule_expression_next(&expression, NULL, 0, instant("2026-01-16T17:50:00Z"));
    cr_expect_eq(next_ms, instant("2026-01-16T17:55:00Z"));
    next_ms = schedule_expression_next(&expression, NULL, 0, next_ms);
    cr_expect_eq(next_ms, instant("2026-01-19T08:00:00Z"), "Monday");
}

/* LocalStack's recordings of AWS (test_events_schedule.py, test_scheduler.py), and forms near them. */
static const char *const refused[] = {
    "rate(10 seconds)",
    "rate(10 years)",
    "rate()",
    "rate(10)",
    "rate(10 minutess)",
    "rate(foo minutes)",
    "rate(0 minutes)",
    "rate(-10 minutes)",
    "rate(10 MINUTES)",
    "rate( 10 minutes )",
    " rate(10 minutes)",
    "rate(10  minutes)",
    "rate(9999999999 days)",
    "rate 10 minutes",
    "cron(0 1 * * * *)",
    "cron(7 20 * * NOT *)",
    "cron(7 20 * * 1-7 *)",
    "cron(INVALID)",
    "cron(0 dummy ? * MON-FRI *)",
    "cron(71 8 1 * ? *)",
    "cron()",
    "cron",
    "",
    "(",
    "cron)",
    "cron(0 0 ? * ? *)",
    "cron(0 0 * * *)",
    "cron(0 0 * * ? * *)",
    "cron( 0 0 * * ? *)",
    "cron(0 0 * * ? * )",
    "cron(0\t0 * * ? *)",
    "CRON(0 0 * * ? *)",
    "cron(60 0 * * ? *)",
    "cron(0 24 * * ? *)",
    "cron(0 0 0 * ? *)",
    "cron(0 0 32 * ? *)",
    "cron(0 0 * 0 ? *)",
    "cron(0 0 * 13 ? *)",
    "cron(0 0 ? * 0 *)",
    "cron(0 0 ? * 8 *)",
    "cron(0 0 * * ? 1969)",
    "cron(0 0 * * ? 2200)",
    "cron(0 0 * * ? 2005-2002)",
    "cron(0 0 ? * 2#0 *)",
    "cron(0 0 ? * 2#6 *)",
    "cron(0 0 ? * 2#1,3#1 *)",
    "cron(0 0 ? * 2/2 *)",
    "cron(0 0 ? * LW *)",
    "cron(0 0 L,15 * ? *)",
    "cron(0 0 15W,L * ? *)",
    "cron(0 0 W * ? *)",
    "cron(0 0 32W * ? *)",
    "cron(0 0 L-0 * ? *)",
    "cron(0 0 L-31 * ? *)",
    "cron(0 0 L- * ? *)",
    "cron(0/0 0 * * ? *)",
    "cron(/5 0 * * ? *)",
    "cron(5/ 0 * * ? *)",
    "cron(1-2-3 0 * * ? *)",
    "cron(, 0 * * ? *)",
    "cron(0 0 , * ? *)",
    "cron(0 0 ?, * ?, *)",
    "cron(-1 0 * * ? *)",
    "cron(1- 0 * * ? *)",
    "cron(*-5 0 * * ? *)",
    "cron(? 0 * * ? *)",
    "cron(000 0 * * ? *)",
    "cron(0 0 * JANUARY ? *)",
    "cron(0 0 1 */0 ? *)",
    "at(2021-12-31)",
    "at(2021-12-31T23:59:59Z)",
    "at(2021-12-31T23:59:59.5)",
    "at(2021-02-29T00:00:00)",
    "at(2021-12-31T24:00:00)",
    "at()",
};

Test(schedule_expression, refuses_what_aws_refuses)
{
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        cr_expect_not(is_valid(DIALECT_SCHEDULER, refused[i]), "%s", refused[i]);
        cr_expect_not(is_valid(DIALECT_RULE, refused[i]), "%s", refused[i]);
    }
}

/* The recordings of rules have them as refused; Scheduler is known to take them. */
Test(schedule_expression, minds_the_number_of_a_unit_in_rules_only)
{
    static const char *const both[] = {"rate(1 minutes)", "rate(1 hours)", "rate(1 days)",
                                       "rate(10 minute)", "rate(10 hour)", "rate(10 day)"};
    for (size_t i = 0; i < COUNT_OF(both); i++) {
        cr_expect_not(is_valid(DIALECT_RULE, both[i]), "%s", both[i]);
        cr_expect(is_valid(DIALECT_SCHEDULER, both[i]), "%s", both[i]);
    }
    cr_expect_eq(parse("rate(5 minute)").period_ms, 300000);
}

Test(schedule_expression, takes_what_aws_takes)
{
    static const char *const taken[] = {
        "cron(15 10 ? * 6L 2002-2005)",
        "cron(* * ? * SAT#3 *)",
        "cron(0/5 5 ? JAN 1-5 2022)",
        "cron(0-15/1 8-8 ? * 2,3,4,5,6,7 *)",
        "cron(30-30 13-13 ? * 2,4,6 *)",
        "cron(1-31/30 1-1 ? * 1,7 *)",
        "cron(0 11-23/2 1-12/3,20,25-28 1-12/3 ? 2020/2,2199)",
        "cron(1,,2 0 * * ? *)",
        "cron(,1 0 * * ? *)",
        "rate(1 minute)",
        "rate(999999999 days)",
    };
    for (size_t i = 0; i < COUNT_OF(taken); i++) {
        cr_expect(is_valid(DIALECT_RULE, taken[i]), "%s", taken[i]);
    }
}

Test(schedule_expression, knows_at_only_for_the_scheduler)
{
    cr_expect(is_valid(DIALECT_SCHEDULER, "at(2026-01-01T00:00:00)"));
    cr_expect_not(is_valid(DIALECT_RULE, "at(2026-01-01T00:00:00)"));
}

Test(schedule_expression, refuses_a_text_that_is_too_long)
{
    char text[SCHEDULE_EXPRESSION_MAX + 2];
    memset(text, ' ', sizeof text);
    memcpy(text, "cron(0 0 1 1", 12);
    memcpy(text + SCHEDULE_EXPRESSION_MAX - 4, "? *)", 5);
    cr_expect(is_valid(DIALECT_RULE, text));
    memcpy(text + SCHEDULE_EXPRESSION_MAX - 4, " ? *)", 6);
    cr_expect_not(is_valid(DIALECT_RULE, text));
}

Test(schedule_expression, starts_a_rate_at_its_anchor)
{
    struct schedule_expression expression = parse("rate(2 hours)");
    const int64_t anchor_ms = 1000;
    const int64_t period_ms = 7200000;
    static const struct {
        int64_t after, want; /* since the anchor */
    } rows[] = {{-5, 0}, {-1, 0}, {0, 7200000}, {7199999, 7200000}, {7200000, 14400000}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(
            schedule_expression_next(&expression, NULL, anchor_ms, anchor_ms + rows[i].after),
            anchor_ms + rows[i].want, "row %zu", i);
    }
    cr_expect_eq(expression.period_ms, period_ms);
}

Test(schedule_expression, finds_the_last_instant_of_a_stretch)
{
    static const struct {
        const char *expression, *after, *until, *want;
    } rows[] = {
        {"cron(0/5 * * * ? *)", "2026-01-01T00:00:00Z", "2026-03-01T00:04:59Z",
         "2026-03-01T00:00:00Z"},
        {"cron(0/5 * * * ? *)", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z",
         "2026-01-01T00:05:00Z"},
        {"cron(0/5 * * * ? *)", "2026-01-01T00:00:00Z", "2026-01-01T00:04:59Z", "never"},
        {"cron(0 0 29 2 ? *)", "1990-01-01T00:00:00Z", "2031-01-01T00:00:00Z",
         "2028-02-29T00:00:00Z"},
        {"rate(7 minutes)", "1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z", "1970-01-01T00:56:00Z"},
        {"at(2026-01-01T00:00:00)", "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z",
         "2026-01-01T00:00:00Z"},
        {"at(2026-01-01T00:00:00)", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z", "never"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct schedule_expression expression = parse(rows[i].expression);
        char got[TIME_TEXT_MAX];
        int64_t want_ms =
            strcmp(rows[i].want, "never") == 0 ? INSTANT_NEVER : instant(rows[i].want);
        int64_t got_ms = schedule_expression_last(&expression, NULL, 0, instant(rows[i].after),
                                                  instant(rows[i].until));
        cr_expect_eq(got_ms, want_ms, "row %zu: %s", i, tell(got, got_ms));
    }
}

Test(schedule_expression, skips_and_fires_once_when_clocks_are_changed)
{
    static const struct {
        const char *expression, *zone, *after;
        const char *want[5];
    } rows[] = {
        /* reference/events.md 6.2 */
        {"cron(30 2 * * ? *)",
         "America/New_York",
         "2026-03-07T00:00:00Z",
         {"2026-03-07T07:30:00Z", "2026-03-09T06:30:00Z"}},
        {"cron(30 1 * * ? *)",
         "America/New_York",
         "2026-11-01T00:00:00Z",
         {"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
        /* within the hour that comes twice */
        {"cron(0/30 * * * ? *)",
         "America/New_York",
         "2026-11-01T05:00:00Z",
         {"2026-11-01T05:30:00Z", "2026-11-01T07:00:00Z"}},
        {"cron(0/30 * * * ? *)",
         "America/New_York",
         "2026-11-01T06:15:00Z",
         {"2026-11-01T07:00:00Z"}},
        {"cron(0/30 * * * ? *)",
         "Europe/Berlin",
         "2026-03-29T00:29:00Z",
         {"2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z"}},
        /* half an hour only, and the southern summer */
        {"cron(15 2 * * ? *)",
         "Australia/Lord_Howe",
         "2026-10-02T15:45:00Z",
         {"2026-10-04T15:15:00Z"}},
        {"cron(45 1 * * ? *)",
         "Australia/Lord_Howe",
         "2026-04-04T00:00:00Z",
         {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
        /* a day that was not: 30 December 2011 */
        {"cron(0 12 * * ? *)",
         "Pacific/Apia",
         "2011-12-29T00:00:00Z",
         {"2011-12-29T22:00:00Z", "2011-12-30T22:00:00Z"}},
        /* by the rule behind the last transition */
        {"cron(0 12 * 7 ? 2150)",
         "Europe/Berlin",
         "2149-01-01T00:00:00Z",
         {"2150-07-01T10:00:00Z"}},
        {"rate(1 day)",
         "America/New_York",
         "2026-03-07T12:00:00Z",
         {"2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"}},
        {"at(2026-03-08T02:30:00)",
         "America/New_York",
         "2026-03-01T00:00:00Z",
         {"2026-03-08T07:00:00Z"}},
        {"at(2026-11-01T01:30:00)",
         "America/New_York",
         "2026-03-01T00:00:00Z",
         {"2026-11-01T05:30:00Z"}},
        {"at(2026-07-01T09:00:00)",
         "Asia/Kolkata",
         "2026-03-01T00:00:00Z",
         {"2026-07-01T03:30:00Z"}},
    };
    struct zones *zones = zones_create(NULL);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct zone *zone;
        struct schedule_expression expression = parse(rows[i].expression);
        cr_assert_eq(zones_find(zones, slice_from(rows[i].zone), &zone, NULL), STATUS_OK);
        int64_t ms = instant(rows[i].after);
        for (const char *const *want = rows[i].want; *want != NULL; want++) {
            char got[TIME_TEXT_MAX];
            ms = schedule_expression_next(&expression, zone, 0, ms);
            cr_expect_eq(ms, instant(*want), "row %zu: %s, not %s", i, tell(got, ms), *want);
        }
    }
    zones_destroy(zones);
}
