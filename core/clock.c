#include "core/clock.h"

#include "core/calendar.h"

#include <assert.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

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

int64_t clock_ahead_ms(const struct clock *clock)
{
    return clock->ahead_ns / NS_PER_MS;
}

uint64_t clock_monotonic_ns(const struct clock *clock)
{
    int64_t base = clock->is_manual ? 0 : machine_ns(CLOCK_MONOTONIC);
    return (uint64_t)(base + clock->ahead_ns);
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

static const char *iso8601(char *out, int64_t epoch_ms, bool has_ms, const char *zone)
{
    struct civil civil = civil_of(epoch_ms);
    char *at = put_date(out, &civil, '-');
    *at++ = 'T';
    at = put_time(at, &civil);
    if (has_ms) {
        *at++ = '.';
        at = put_digits(at, civil.ms, 3);
    }
    put_text(at, zone, strlen(zone) + 1);
    return out;
}

const char *time_iso8601(char *out, int64_t epoch_ms)
{
    return iso8601(out, epoch_ms, false, "Z");
}

const char *time_iso8601_ms(char *out, int64_t epoch_ms)
{
    return iso8601(out, epoch_ms, true, "Z");
}

const char *time_iso8601_offset(char *out, int64_t epoch_ms)
{
    return iso8601(out, epoch_ms, true, "+0000");
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

const char *time_basic(char *out, int64_t epoch_ms)
{
    char *end = out;
    for (const char *at = time_iso8601(out, epoch_ms); *at != '\0'; at++) {
        if (*at != '-' && *at != ':') {
            *end++ = *at;
        }
    }
    *end = '\0';
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
    if (!read_digits(text, 4, &civil->year) || !read_char(text, '-') ||
        !read_digits(text, 2, &civil->month) || !read_char(text, '-') ||
        !read_digits(text, 2, &civil->day) || civil->month < 1 || civil->month > 12) {
        return false;
    }
    return civil->day >= 1 && civil->day <= civil_month_days(civil->year, civil->month);
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
    int64_t seconds = civil_days(civil.year, civil.month, civil.day) * 86400 + civil.hour * 3600 +
                      civil.minute * 60 + civil.second - offset_minutes * 60;
    *ret_epoch_ms = seconds * 1000 + civil.ms;
    return true;
}

static bool are_digits(struct slice text, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++) {
        if (i >= text.len || text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return true;
}

bool time_parse_http(struct slice text, int64_t *ret_epoch_ms)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char iso[32];
    if (text.len != 29 || !slice_starts_with(slice_skip(text, 3), SLICE(", ")) ||
        !slice_ends_with(text, SLICE(" GMT")) || !are_digits(text, 5, 2) ||
        !are_digits(text, 12, 4)) {
        return false;
    }
    for (int month = 0; month < 12; month++) {
        if (memcmp(months + 3 * month, text.ptr + 8, 3) == 0) {
            snprintf(iso, sizeof(iso), "%.4s-%02d-%.2sT%.8sZ", text.ptr + 12, month + 1,
                     text.ptr + 5, text.ptr + 17);
            return time_parse_iso8601(slice_from(iso), ret_epoch_ms);
        }
    }
    return false;
}

bool time_parse_basic(struct slice text, int64_t *ret_epoch_ms)
{
    char iso[32];
    if (text.len != 16 || !are_digits(text, 0, 8) || text.ptr[8] != 'T' ||
        !are_digits(text, 9, 6) || text.ptr[15] != 'Z') {
        return false;
    }
    snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text.ptr, text.ptr + 4,
             text.ptr + 6, text.ptr + 9, text.ptr + 11, text.ptr + 13);
    return time_parse_iso8601(slice_from(iso), ret_epoch_ms);
}
