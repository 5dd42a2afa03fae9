#include "scheduler/time/zone_rule.h"

#include "core/calendar.h"
#include "core/mem.h"
#include "scheduler/time/limits.h"

#define NAME_MIN 3
#define HOUR_S 3600
#define DAY_S 86400
#define TIME_HOURS_MAX 167
#define OFFSET_HOURS_MAX 25

/* --- reading --- */

static bool take(struct slice *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c) {
        return false;
    }
    *text = slice_skip(*text, 1);
    return true;
}

/* Up to three digits. */
static bool read_number(struct slice *text, int max, int *ret_value)
{
    int value = 0;
    size_t len = 0;
    while (len < text->len && len < 3 && text->ptr[len] >= '0' && text->ptr[len] <= '9') {
        value = value * 10 + (text->ptr[len++] - '0');
    }
    if (len == 0 || value > max) {
        return false;
    }
    *text = slice_skip(*text, len);
    *ret_value = value;
    return true;
}

static bool read_name(struct slice *text)
{
    bool is_quoted = take(text, '<');
    size_t len = 0;
    for (; len < text->len; len++) {
        char c = text->ptr[len];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = (c >= '0' && c <= '9') || c == '+' || c == '-';
        if (!is_letter && !(is_quoted && is_digit)) {
            break;
        }
    }
    *text = slice_skip(*text, len);
    return len >= NAME_MIN && (!is_quoted || take(text, '>'));
}

/* [+-]hh[:mm[:ss]] */
static bool read_time(struct slice *text, int hours_max, int32_t *ret_s)
{
    int sign = take(text, '-') ? -1 : 1;
    if (sign == 1) {
        (void)take(text, '+');
    }
    int hours;
    int minutes = 0;
    int seconds = 0;
    if (!read_number(text, hours_max, &hours)) {
        return false;
    }
    if (take(text, ':')) {
        if (!read_number(text, 59, &minutes) ||
            (take(text, ':') && !read_number(text, 59, &seconds))) {
            return false;
        }
    }
    *ret_s = sign * (hours * HOUR_S + minutes * 60 + seconds);
    return true;
}

/* POSIX counts west of Greenwich. */
static bool read_offset(struct slice *text, int32_t *ret_s)
{
    int32_t west_s;
    if (!read_time(text, OFFSET_HOURS_MAX, &west_s)) {
        return false;
    }
    *ret_s = -west_s;
    return *ret_s >= ZONE_OFFSET_MIN_S && *ret_s <= ZONE_OFFSET_MAX_S;
}

static bool read_day(struct slice *text, struct zone_date *date)
{
    if (take(text, 'M')) {
        date->kind = DATE_OF_WEEK;
        return read_number(text, 12, &date->month) && date->month >= 1 && take(text, '.') &&
               read_number(text, 5, &date->week) && date->week >= 1 && take(text, '.') &&
               read_number(text, 6, &date->day);
    }
    if (take(text, 'J')) {
        date->kind = DATE_JULIAN;
        return read_number(text, 365, &date->day) && date->day >= 1;
    }
    date->kind = DATE_OF_YEAR;
    return read_number(text, 365, &date->day);
}

static bool read_date(struct slice *text, struct zone_date *date)
{
    date->time_s = 2 * HOUR_S;
    return take(text, ',') && read_day(text, date) &&
           (!take(text, '/') || read_time(text, TIME_HOURS_MAX, &date->time_s));
}

bool zone_rule_parse(struct slice text, struct zone_rule *ret_rule)
{
    struct zone_rule rule = {.has_summer = false};
    if (!read_name(&text) || !read_offset(&text, &rule.standard_s)) {
        return false;
    }
    if (text.len > 0) {
        rule.has_summer = true;
        rule.summer_s = rule.standard_s + HOUR_S;
        if (!read_name(&text) ||
            (text.len > 0 && text.ptr[0] != ',' && !read_offset(&text, &rule.summer_s)) ||
            !read_date(&text, &rule.start) || !read_date(&text, &rule.end)) {
            return false;
        }
    }
    *ret_rule = rule;
    return text.len == 0;
}

/* --- what it says --- */

/* Days since the epoch. */
static int64_t day_in_year(const struct zone_date *date, int year)
{
    if (date->kind == DATE_OF_WEEK) {
        int64_t first = civil_days(year, date->month, 1);
        int weekday = (int)(((first + 4) % 7 + 7) % 7); /* the epoch was a Thursday */
        int day = 1 + (date->day - weekday + 7) % 7 + (date->week - 1) * 7;
        return first + (day > civil_month_days(year, date->month) ? day - 7 : day) - 1;
    }
    int64_t new_year = civil_days(year, 1, 1);
    if (date->kind == DATE_OF_YEAR) {
        return new_year + date->day;
    }
    bool is_after_february = date->day >= 60;
    return new_year + date->day - 1 + (is_after_february && civil_month_days(year, 2) == 29);
}

struct zone_span zone_rule_span(const struct zone_rule *rule, int64_t utc_s)
{
    struct zone_span span = {INT64_MIN, INT64_MAX, rule->standard_s};
    if (!rule->has_summer) {
        return span;
    }
    /* Times may lead a week away from their day, so the neighbouring years have a say. */
    int year = civil_of(utc_s * 1000).year;
    for (int y = year - 2; y <= year + 2; y++) {
        const struct zone_span starts[] = {
            {day_in_year(&rule->start, y) * DAY_S + rule->start.time_s - rule->standard_s, 0,
             rule->summer_s},
            {day_in_year(&rule->end, y) * DAY_S + rule->end.time_s - rule->summer_s, 0,
             rule->standard_s},
        };
        for (size_t i = 0; i < COUNT_OF(starts); i++) {
            if (starts[i].begin_s > utc_s) {
                span.end_s = starts[i].begin_s < span.end_s ? starts[i].begin_s : span.end_s;
            } else if (starts[i].begin_s >= span.begin_s) {
                span.begin_s = starts[i].begin_s;
                span.offset_s = starts[i].offset_s;
            }
        }
    }
    return span;
}
