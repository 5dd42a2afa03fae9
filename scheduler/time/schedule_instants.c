#include "scheduler/time/schedule_expression.h"

#include "core/calendar.h"

/* A cron is looked for in local time, from the years down to the minutes, as if each day had 24 hours; what is found is
 * then asked of the zone. Since a local time that comes twice counts the first time only, instants and their local
 * times are in the same order, and the search goes on from one to the next. */

#define DAY_S 86400
#define WEEK_DAYS_ALL 0x7f
#define SATURDAY 6
#define SUNDAY 0

static int64_t floor_div(int64_t value, int64_t by)
{
    return value / by - (value % by < 0);
}

/* --- days of a month --- */

struct month {
    int year, number, days;
    int first_weekday; /* of the 1st */
};

static struct month month_of(int year, int number)
{
    int64_t first = civil_days(year, number, 1);
    return (struct month){year, number, civil_month_days(year, number), (int)((first + 4) % 7)};
}

static int weekday_of(const struct month *month, int day)
{
    return (month->first_weekday + day - 1) % 7;
}

/* Monday to Friday, nearest to `day` without leaving the month. */
static int nearest_weekday(const struct month *month, int day)
{
    switch (weekday_of(month, day)) {
    case SATURDAY:
        return day > 1 ? day - 1 : day + 2;
    case SUNDAY:
        return day < month->days ? day + 1 : day - 2;
    default:
        return day;
    }
}

static uint32_t days_in_set(const struct cron *cron, const struct month *month)
{
    uint32_t days = cron->month_days;
    for (int day = 1; cron->week_days != 0 && day <= month->days; day++) {
        days |= (uint32_t)(cron->week_days >> weekday_of(month, day) & 1) << day;
    }
    return days;
}

/* Bits 1 to 31: the days a cron means. */
static uint32_t days_of_month(const struct cron *cron, const struct month *month)
{
    int day = 0;
    int first = 1 + (cron->day_number - month->first_weekday + 7) % 7; /* such day of the week */
    switch ((enum cron_day_rule)cron->day_rule) {
    case DAY_IN_SET:
        return days_in_set(cron, month) & (uint32_t)((UINT64_C(1) << (month->days + 1)) - 2);
    case DAY_FROM_LAST:
        day = month->days - cron->day_number;
        break;
    case DAY_LAST_WEEKDAY:
        day = nearest_weekday(month, month->days);
        break;
    case DAY_NEAR:
        day = cron->day_number <= month->days ? nearest_weekday(month, cron->day_number) : 0;
        break;
    case DAY_LAST_OF_WEEK:
        day = first + 7 * ((month->days - first) / 7);
        break;
    case DAY_NTH_OF_WEEK:
        day = first + 7 * (cron->day_nth - 1);
        break;
    }
    return day >= 1 && day <= month->days ? UINT32_C(1) << day : 0;
}

/* --- from one to the next --- */

/* The first bit from `from` on; -1 when there is none. */
static int next_bit(uint64_t bits, int from)
{
    if (from > 63 || bits >> from == 0) {
        return -1;
    }
    return from + __builtin_ctzll(bits >> from);
}

static bool has_year(const struct cron *cron, int year)
{
    int index = year - CRON_YEAR_MIN;
    return cron->years[index / 64] >> index % 64 & 1;
}

/* The first day, since the epoch, from `day` on; false when there is none. */
static bool next_day(const struct cron *cron, int64_t *day)
{
    struct civil from = civil_of(*day * DAY_S * 1000);
    if (from.year < CRON_YEAR_MIN) {
        from = (struct civil){.year = CRON_YEAR_MIN, .month = 1, .day = 1};
    }
    for (; from.year <= CRON_YEAR_MAX; from.year++, from.month = 1, from.day = 1) {
        if (!has_year(cron, from.year)) {
            continue;
        }
        for (int number = next_bit(cron->months, from.month); number >= 0;
             number = next_bit(cron->months, number + 1)) {
            struct month month = month_of(from.year, number);
            int found = next_bit(days_of_month(cron, &month), number == from.month ? from.day : 1);
            if (found >= 0) {
                *day = civil_days(from.year, number, found);
                return true;
            }
        }
    }
    return false;
}

/* The first local minute later than `local_s`, in seconds; false when there is none. */
static bool next_local(const struct cron *cron, int64_t *local_s)
{
    int64_t minute = floor_div(*local_s, 60) + 1;
    int64_t day = floor_div(minute, 1440);
    int of_day = (int)(minute - day * 1440);
    for (;;) {
        int64_t first = day;
        if (!next_day(cron, &day)) {
            return false;
        }
        of_day = day == first ? of_day : 0;
        for (int hour = next_bit(cron->hours, of_day / 60); hour >= 0;
             hour = next_bit(cron->hours, hour + 1)) {
            int at = next_bit(cron->minutes, hour == of_day / 60 ? of_day % 60 : 0);
            if (at >= 0) {
                *local_s = day * DAY_S + hour * 3600 + at * 60;
                return true;
            }
        }
        day++;
        of_day = 0;
    }
}

static int64_t next_of_cron(const struct cron *cron, const struct zone *zone, int64_t after_s)
{
    int64_t local_s = zone_local_s(zone, after_s);
    while (next_local(cron, &local_s)) {
        int64_t utc_s;
        if (zone_utc_s(zone, local_s, &utc_s) && utc_s > after_s) {
            return utc_s * 1000;
        }
    }
    return INSTANT_NEVER;
}

static int64_t next_of_rate(int64_t period_ms, int64_t anchor_ms, int64_t after_ms)
{
    if (after_ms < anchor_ms) {
        return anchor_ms;
    }
    return anchor_ms + ((after_ms - anchor_ms) / period_ms + 1) * period_ms;
}

int64_t schedule_expression_next(const struct schedule_expression *expression,
                                 const struct zone *zone, int64_t anchor_ms, int64_t after_ms)
{
    int64_t at_s;
    switch (expression->kind) {
    case SCHEDULE_CRON:
        return next_of_cron(&expression->cron, zone, floor_div(after_ms, 1000));
    case SCHEDULE_RATE:
        return next_of_rate(expression->period_ms, anchor_ms, after_ms);
    case SCHEDULE_AT:
        (void)zone_utc_s(zone, expression->at_local_s, &at_s); /* in a gap: when the clocks jump */
        return at_s * 1000 > after_ms ? at_s * 1000 : INSTANT_NEVER;
    }
    return INSTANT_NEVER;
}

int64_t schedule_expression_last(const struct schedule_expression *expression,
                                 const struct zone *zone, int64_t anchor_ms, int64_t after_ms,
                                 int64_t until_ms)
{
    int64_t last_ms = schedule_expression_next(expression, zone, anchor_ms, after_ms);
    if (last_ms > until_ms) {
        return INSTANT_NEVER;
    }
    /* There is one behind `last_ms` or not: halve what is left until there is none. */
    for (int64_t end_ms = until_ms; last_ms < end_ms;) {
        int64_t middle_ms = last_ms + (end_ms - last_ms) / 2;
        int64_t next_ms = schedule_expression_next(expression, zone, anchor_ms, middle_ms);
        if (next_ms <= until_ms) {
            last_ms = next_ms;
        } else {
            end_ms = middle_ms;
        }
    }
    return last_ms;
}
