/* Crons against an evaluator that knows nothing but one minute: it walks ten years minute by minute, by the C library's
 * calendar, and asks of each whether it fits. */
#include "core/calendar.h"
#include "core/mem.h"
#include "scheduler/time/schedule_expression.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define FROM_S INT64_C(1735689600) /* 2025-01-01T00:00:00Z */
#define UNTIL_S (FROM_S + INT64_C(3652) * 86400)

/* --- the naive reading of a field --- */

struct words {
    const char *names;
    int first;
};

static int value_of(const char **at, struct words words)
{
    for (int i = 0; words.names != NULL && words.names[3 * i] != '\0'; i++) {
        if (strncmp(*at, words.names + 3 * i, 3) == 0) {
            *at += 3;
            return words.first + i;
        }
    }
    char *end;
    long value = strtol(*at, &end, 10);
    *at = end;
    return (int)value;
}

/* Whether `value` is one of "a,b-c/d,...", of min to max. */
static bool fits(const char *field, int value, int min, int max, struct words words)
{
    for (const char *at = field;; at++) {
        int first = min;
        int last = max;
        int step = 1;
        bool is_open = *at == '*';
        if (is_open) {
            at++;
        } else {
            first = last = value_of(&at, words);
            if (*at == '-') {
                at++;
                last = value_of(&at, words);
                is_open = true;
            }
        }
        if (*at == '/') {
            at++;
            step = value_of(&at, (struct words){NULL, 0});
            last = is_open ? last : max;
        }
        /* walks from the first to the last, round the end when it has to */
        for (int walk = first, passed = 0;; walk = walk == max ? min : walk + 1, passed++) {
            if (walk == value && passed % step == 0) {
                return true;
            }
            if (walk == last) {
                break;
            }
        }
        if (*at != ',') {
            return false;
        }
    }
}

static int weekday(int year, int month, int day) /* 1 is Sunday */
{
    return (int)((civil_days(year, month, day) + 4) % 7) + 1;
}

static bool is_weekday(int year, int month, int day)
{
    int found = weekday(year, month, day);
    return day >= 1 && day <= civil_month_days(year, month) && found >= 2 && found <= 6;
}

static int nearest(int year, int month, int day)
{
    static const int away[] = {0, -1, 1, -2, 2};
    for (size_t i = 0; i < COUNT_OF(away); i++) {
        if (is_weekday(year, month, day + away[i])) {
            return day + away[i];
        }
    }
    return 0;
}

static bool month_day_fits(const char *field, int year, int month, int day)
{
    int last = civil_month_days(year, month);
    if (strcmp(field, "LW") == 0) {
        return day == nearest(year, month, last);
    }
    if (field[0] == 'L') {
        return day == last + (int)strtol(field + 1, NULL, 10);
    }
    if (strchr(field, 'W') != NULL) {
        int number = (int)strtol(field, NULL, 10);
        return number <= last && day == nearest(year, month, number);
    }
    return fits(field, day, 1, 31, (struct words){NULL, 0});
}

static bool week_day_fits(const char *field, int year, int month, int day)
{
    const struct words names = {"SUNMONTUEWEDTHUFRISAT", 1};
    int today = weekday(year, month, day);
    if (strcmp(field, "L") == 0) {
        return today == 7;
    }
    const char *at = field;
    int wanted = value_of(&at, names);
    if (strcmp(at, "L") == 0) {
        return today == wanted && day + 7 > civil_month_days(year, month);
    }
    if (*at == '#') {
        return today == wanted && (day - 1) / 7 + 1 == at[1] - '0';
    }
    return fits(field, today, 1, 7, names);
}

struct naive {
    char fields[6][32];
    bool minutes[60], hours[24], months[13];
    int day_year, day_month, day; /* that `day_fits` is of */
    bool day_fits;
};

static struct naive read_naive(const char *text)
{
    const struct words none = {NULL, 0};
    struct naive naive = {.day = 0};
    int count =
        sscanf(text, "cron(%31s %31s %31s %31s %31s %31[^)])", naive.fields[0], naive.fields[1],
               naive.fields[2], naive.fields[3], naive.fields[4], naive.fields[5]);
    cr_assert_eq(count, 6, "%s", text);
    for (int i = 0; i < 60; i++) {
        naive.minutes[i] = fits(naive.fields[0], i, 0, 59, none);
    }
    for (int i = 0; i < 24; i++) {
        naive.hours[i] = fits(naive.fields[1], i, 0, 23, none);
    }
    for (int i = 1; i <= 12; i++) {
        naive.months[i] = fits(naive.fields[3], i, 1, 12,
                               (struct words){"JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC", 1});
    }
    return naive;
}

static bool naive_fits(struct naive *naive, const struct civil *local)
{
    if (local->day != naive->day || local->month != naive->day_month ||
        local->year != naive->day_year) {
        naive->day = local->day;
        naive->day_month = local->month;
        naive->day_year = local->year;
        naive->day_fits =
            naive->months[local->month] &&
            fits(naive->fields[5], local->year, 1970, 2199, (struct words){NULL, 0}) &&
            (strcmp(naive->fields[2], "?") == 0
                 ? week_day_fits(naive->fields[4], local->year, local->month, local->day)
                 : month_day_fits(naive->fields[2], local->year, local->month, local->day));
    }
    return naive->day_fits && naive->hours[local->hour] && naive->minutes[local->minute];
}

/* --- the comparison --- */

static const char *const expressions[] = {
    "cron(0 10 * * ? *)",
    "cron(0/15 * * * ? *)",
    "cron(1/10 * ? * MON-FRI *)",
    "cron(0/30 20-2 ? * MON-FRI *)",
    "cron(5,35 14 * * ? *)",
    "cron(30 2 * * ? *)",
    "cron(30 1 * * ? *)",
    "cron(0-59/7 0-3 * 3,10,11 ? *)",
    "cron(15 10 ? * 6L 2026-2027)",
    "cron(0 2 ? * SAT#3 *)",
    "cron(30 6 ? * 5#5 *)",
    "cron(0 0 L * ? *)",
    "cron(0 0 L-4 * ? *)",
    "cron(0 0 LW * ? *)",
    "cron(0 9 15W * ? *)",
    "cron(0 9 1W * ? *)",
    "cron(0 9 31W * ? *)",
    "cron(0 0 29 2 ? *)",
    "cron(0 0 31 * ? *)",
    "cron(0 12 1 JAN,JUL ? 2025/3)",
    "cron(0 0 ? * L *)",
    "cron(*/15 9-17/4 ? * TUE,THU *)",
    "cron(0-15/5 8-8 ? * 2-6 *)",
    "cron(0 0 1 */3 ? *)",
    "cron(40-20/13 22-4/3 25-5/2 NOV-FEB ? *)",
    "cron(59 23 ? 12 FRI-MON 2026,2030-2032)",
    "cron(0 0 30 2 ? *)",
};

static struct civil oracle_local(int64_t utc_s)
{
    time_t at = (time_t)utc_s;
    struct tm tm;
    localtime_r(&at, &tm);
    return (struct civil){.year = tm.tm_year + 1900,
                          .month = tm.tm_mon + 1,
                          .day = tm.tm_mday,
                          .hour = tm.tm_hour,
                          .minute = tm.tm_min};
}

static int64_t minutes_of(const struct civil *local)
{
    return civil_days(local->year, local->month, local->day) * 1440 + local->hour * 60 +
           local->minute;
}

static void compare(const char *zone_name)
{
    struct zones *zones = zones_create(NULL);
    const struct zone *zone;
    struct schedule_expression parsed[COUNT_OF(expressions)];
    struct naive naive[COUNT_OF(expressions)];
    int64_t next_ms[COUNT_OF(expressions)];
    size_t fired = 0;
    cr_assert_eq(zones_find(zones, slice_from(zone_name), &zone, NULL), STATUS_OK);
    setenv("TZ", zone_name, 1);
    tzset();
    for (size_t i = 0; i < COUNT_OF(expressions); i++) {
        cr_assert(schedule_expression_parse(slice_from(expressions[i]), DIALECT_RULE, &parsed[i]));
        naive[i] = read_naive(expressions[i]);
        next_ms[i] = schedule_expression_next(&parsed[i], zone, 0, FROM_S * 1000 - 1);
    }
    struct civil before = oracle_local(FROM_S - 60);
    int64_t newest = minutes_of(&before); /* a local time that comes again does not count */
    for (int64_t utc_s = FROM_S; utc_s < UNTIL_S; utc_s += 60) {
        struct civil local = oracle_local(utc_s);
        bool is_new = minutes_of(&local) > newest;
        newest = is_new ? minutes_of(&local) : newest;
        for (size_t i = 0; i < COUNT_OF(expressions); i++) {
            bool is_due = is_new && naive_fits(&naive[i], &local);
            cr_assert_eq(next_ms[i] == utc_s * 1000, is_due, "%s in %s at %lld: %sdue",
                         expressions[i], zone_name, (long long)utc_s, is_due ? "" : "not ");
            if (is_due) {
                fired++;
                next_ms[i] = schedule_expression_next(&parsed[i], zone, 0, utc_s * 1000);
            }
        }
    }
    cr_expect_gt(fired, 500000);
    zones_destroy(zones);
}

Test(cron_oracle, agrees_for_ten_years_in_utc)
{
    compare("UTC");
}

Test(cron_oracle, agrees_for_ten_years_in_new_york)
{
    compare("America/New_York");
}

Test(cron_oracle, agrees_for_ten_years_on_lord_howe_island)
{
    compare("Australia/Lord_Howe");
}
