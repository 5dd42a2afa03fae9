#include "core/clock.h"

#include <assert.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define MS_PER_DAY INT64_C(86400000)

void clock_init_system(struct clock *clock)
{
    *clock = (struct clock){.is_manual = false};
}

void clock_init_manual(struct clock *clock, int64_t epoch_ms)
{
    *clock = (struct clock){.manual_epoch_ns = epoch_ms * NS_PER_MS, .is_manual = true};
}

void clock_advance(struct clock *clock, int64_t ms)
{
    assert(ms >= 0); /* monotonic time never goes back */
    clock->ahead_ns += ms * NS_PER_MS;
}

static int64_t machine_ns(clockid_t id)
{
    struct timespec now;
    int rc = clock_gettime(id, &now);
    assert(rc == 0);
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t epoch_ns(const struct clock *clock)
{
    int64_t base = clock->is_manual ? clock->manual_epoch_ns : machine_ns(CLOCK_REALTIME);
    return base + clock->ahead_ns;
}

int64_t clock_epoch_ms(const struct clock *clock)
{
    return epoch_ns(clock) / NS_PER_MS;
}

int64_t clock_epoch_us(const struct clock *clock)
{
    return epoch_ns(clock) / 1000;
}

uint64_t clock_monotonic_ns(const struct clock *clock)
{
    int64_t base = clock->is_manual ? 0 : machine_ns(CLOCK_MONOTONIC);
    return (uint64_t)(base + clock->ahead_ns);
}

/* An instant taken apart, proleptic Gregorian, UTC. */
struct civil {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour;
    int minute;
    int second;
    int ms;
    int weekday; /* 0 is Sunday */
};

/* Days and dates count from 0000-03-01, so that the leap day ends its year: each 400 years have
 * 146,097 days, and the months from March on follow (153 m + 2) / 5. */
#define DAYS_PER_ERA INT64_C(146097)
#define DAYS_TO_EPOCH INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */

static struct civil civil_of(int64_t epoch_ms)
{
    const int64_t first = INT64_C(-62167219200000); /* the years 0000 to 9999 have a text form */
    const int64_t last = INT64_C(253402300799999);
    epoch_ms = epoch_ms < first ? first : epoch_ms > last ? last : epoch_ms;

    int64_t shifted = epoch_ms + DAYS_TO_EPOCH * MS_PER_DAY + DAYS_PER_ERA * MS_PER_DAY;
    int64_t days = shifted / MS_PER_DAY;
    int day_ms = (int)(shifted % MS_PER_DAY);
    int era = (int)(days / DAYS_PER_ERA);
    int era_day = (int)(days % DAYS_PER_ERA);
    int era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    int year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    int march_month = (5 * year_day + 2) / 153;

    struct civil civil;
    civil.day = year_day - (153 * march_month + 2) / 5 + 1;
    civil.month = march_month < 10 ? march_month + 3 : march_month - 9;
    civil.year = (era - 1) * 400 + era_year + (civil.month <= 2);
    civil.hour = day_ms / 3600000;
    civil.minute = day_ms / 60000 % 60;
    civil.second = day_ms / 1000 % 60;
    civil.ms = day_ms % 1000;
    civil.weekday = (int)((days - DAYS_PER_ERA - DAYS_TO_EPOCH + 4 + 7 * DAYS_PER_ERA * 2) % 7);
    return civil;
}

static int64_t days_of(int year, int month, int day)
{
    int64_t march_year = (int64_t)year - (month <= 2) + 400;
    int march_month = month > 2 ? month - 3 : month + 9;
    int64_t era = march_year / 400;
    int64_t era_year = march_year % 400;
    int64_t year_day = (153 * march_month + 2) / 5 + day - 1;
    int64_t era_day = era_year * 365 + era_year / 4 - era_year / 100 + year_day;
    return (era - 1) * DAYS_PER_ERA + era_day - DAYS_TO_EPOCH;
}

static const char month_names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekday_names[] = "SunMonTueWedThuFriSat";

static char *put_digits(char *at, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *put_text(char *at, const char *text, size_t len)
{
    memcpy(at, text, len);
    return at + len;
}

static char *put_date(char *at, const struct civil *civil, char separator)
{
    at = put_digits(at, civil->year, 4);
    *at++ = separator;
    at = put_digits(at, civil->month, 2);
    *at++ = separator;
    return put_digits(at, civil->day, 2);
}

static char *put_time(char *at, const struct civil *civil)
{
    at = put_digits(at, civil->hour, 2);
    *at++ = ':';
    at = put_digits(at, civil->minute, 2);
    *at++ = ':';
    return put_digits(at, civil->second, 2);
}

static char *put_day_month_year(char *at, const struct civil *civil, char separator)
{
    at = put_digits(at, civil->day, 2);
    *at++ = separator;
    at = put_text(at, month_names + 3 * (civil->month - 1), 3);
    *at++ = separator;
    return put_digits(at, civil->year, 4);
}

static const char *iso8601(char *out, int64_t epoch_ms, const char *zone)
{
    struct civil civil = civil_of(epoch_ms);
    char *at = put_date(out, &civil, '-');
    *at++ = 'T';
    at = put_time(at, &civil);
    *at++ = '.';
    at = put_digits(at, civil.ms, 3);
    put_text(at, zone, strlen(zone) + 1);
    return out;
}

const char *time_iso8601_ms(char *out, int64_t epoch_ms)
{
    return iso8601(out, epoch_ms, "Z");
}

const char *time_iso8601_offset(char *out, int64_t epoch_ms)
{
    return iso8601(out, epoch_ms, "+0000");
}

const char *time_clf(char *out, int64_t epoch_ms)
{
    struct civil civil = civil_of(epoch_ms);
    char *at = put_day_month_year(out, &civil, '/');
    *at++ = ':';
    at = put_time(at, &civil);
    put_text(at, " +0000", sizeof(" +0000"));
    return out;
}

const char *time_http_date(char *out, int64_t epoch_ms)
{
    struct civil civil = civil_of(epoch_ms);
    char *at = put_text(out, weekday_names + 3 * civil.weekday, 3);
    at = put_text(at, ", ", 2);
    at = put_day_month_year(at, &civil, ' ');
    *at++ = ' ';
    at = put_time(at, &civil);
    put_text(at, " GMT", sizeof(" GMT"));
    return out;
}

const char *time_path_date(char *out, int64_t epoch_ms)
{
    struct civil civil = civil_of(epoch_ms);
    *put_date(out, &civil, '/') = '\0';
    return out;
}

static bool read_digits(struct slice *text, size_t count, int *ret_value)
{
    uint64_t value;
    if (text->len < count || !slice_to_u64(slice_take(*text, count), &value)) {
        return false;
    }
    *text = slice_skip(*text, count);
    *ret_value = (int)value;
    return true;
}

static bool read_char(struct slice *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c) {
        return false;
    }
    *text = slice_skip(*text, 1);
    return true;
}

static bool read_date(struct slice *text, struct civil *civil)
{
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!read_digits(text, 4, &civil->year) || !read_char(text, '-') ||
        !read_digits(text, 2, &civil->month) || !read_char(text, '-') ||
        !read_digits(text, 2, &civil->day) || civil->month < 1 || civil->month > 12) {
        return false;
    }
    bool is_leap = civil->year % 4 == 0 && (civil->year % 100 != 0 || civil->year % 400 == 0);
    int last_day = month_days[civil->month - 1] + (civil->month == 2 && is_leap);
    return civil->day >= 1 && civil->day <= last_day;
}

static bool read_time(struct slice *text, struct civil *civil)
{
    if (!read_digits(text, 2, &civil->hour) || !read_char(text, ':') ||
        !read_digits(text, 2, &civil->minute) || !read_char(text, ':') ||
        !read_digits(text, 2, &civil->second)) {
        return false;
    }
    if (read_char(text, '.')) {
        int digit;
        int weight = 100;
        if (!read_digits(text, 1, &digit)) {
            return false;
        }
        do { /* finer than a millisecond: cut off */
            civil->ms += digit * weight;
            weight /= 10;
        } while (read_digits(text, 1, &digit));
    }
    return civil->hour <= 23 && civil->minute <= 59 && civil->second <= 59;
}

static bool read_zone(struct slice *text, int *ret_offset_minutes)
{
    if (read_char(text, 'Z')) {
        *ret_offset_minutes = 0;
        return true;
    }
    int hours;
    int minutes;
    int sign = read_char(text, '-') ? -1 : read_char(text, '+') ? 1 : 0;
    if (sign == 0 || !read_digits(text, 2, &hours) || !read_char(text, ':') ||
        !read_digits(text, 2, &minutes) || hours > 23 || minutes > 59) {
        return false;
    }
    *ret_offset_minutes = sign * (hours * 60 + minutes);
    return true;
}

bool time_parse_iso8601(struct slice text, int64_t *ret_epoch_ms)
{
    struct civil civil = {0};
    int offset_minutes;
    if (!read_date(&text, &civil) || !read_char(&text, 'T') || !read_time(&text, &civil) ||
        !read_zone(&text, &offset_minutes) || text.len != 0) {
        return false;
    }
    int64_t seconds = days_of(civil.year, civil.month, civil.day) * 86400 + civil.hour * 3600 +
                      civil.minute * 60 + civil.second - offset_minutes * 60;
    *ret_epoch_ms = seconds * 1000 + civil.ms;
    return true;
}
