/* What a plain (unquoted) YAML scalar is. libyaml does not say; the two dialects disagree:
 *
 *                CloudFormation (YAML 1.1)             Serverless Framework (js-yaml 4)
 *     null       ~ null Null NULL, nothing             the same
 *     boolean    true false yes no on off, any case    true True TRUE false False FALSE
 *     integer    0b1 0755 (octal) 1_000 0x1F 1:30      0b1 0o17 0x1F 0123 (decimal)
 *     float      1.5 1_0.5 1.5e+3 .5 .inf .nan         1.5 1e3 .5 .inf .nan
 *     date       stays a string                        ISO text, as Date.toJSON() prints it
 *
 * Source  YAML 1.1, "Language-Independent Types"; js-yaml 4. */
#include "templates/reader.h"

#include "core/ascii.h"
#include "core/mem.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBER_TEXT_MAX 64 /* longer ones are strings in every dialect that we know of */

static bool is_one_of(struct slice text, const char *const *words, size_t count, bool ignores_case)
{
    for (size_t i = 0; i < count; i++) {
        struct slice word = slice_from(words[i]);
        if (ignores_case ? slice_ieq(text, word) : slice_eq(text, word)) {
            return true;
        }
    }
    return false;
}

static int digit_value(char c)
{
    if (ascii_is_digit(c)) {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

/* Digits of one base; `separator` ('_' or NUL) may stand anywhere behind the first. False when it
 * does not fit 64 bits. */
static bool read_base(struct slice digits, int base, char separator, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t count = 0;
    for (size_t i = 0; i < digits.len; i++) {
        if (digits.ptr[i] == separator && separator != '\0') {
            continue;
        }
        int digit = digit_value(digits.ptr[i]);
        if (digit >= base || value > (UINT64_MAX - (uint64_t)digit) / (uint64_t)base) {
            return false;
        }
        value = value * (uint64_t)base + (uint64_t)digit;
        count++;
    }
    *ret_value = value;
    return count > 0;
}

/* 1:30 and 190:20:30: base 60, the first group free, the others 0 to 59. */
static bool read_sexagesimal(struct slice text, uint64_t *ret_value)
{
    if (slice_find(text, ':') == SLICE_NPOS || !ascii_is_digit(text.ptr[0]) || text.ptr[0] == '0') {
        return false;
    }
    uint64_t value = 0;
    struct slice part;
    for (bool is_first = true; slice_split(&text, ':', &part); is_first = false) {
        uint64_t group;
        if (!read_base(part, 10, is_first ? '_' : '\0', &group) ||
            (!is_first && (part.len > 2 || group > 59)) || value > UINT64_MAX / 61) {
            return false;
        }
        value = value * 60 + group;
    }
    *ret_value = value;
    return true;
}

static bool read_integer(enum dialect dialect, struct slice text, int64_t *ret_value)
{
    bool is_negative = text.ptr[0] == '-';
    struct slice digits = is_negative || text.ptr[0] == '+' ? slice_skip(text, 1) : text;
    if (digits.len == 0 || !ascii_is_digit(digits.ptr[0])) {
        return false;
    }
    bool is_yaml11 = dialect == DIALECT_CLOUDFORMATION;
    char separator = is_yaml11 ? '_' : '\0';
    uint64_t value;
    bool found;
    if (slice_starts_with(digits, SLICE("0b"))) {
        found = read_base(slice_skip(digits, 2), 2, separator, &value);
    } else if (slice_starts_with(digits, SLICE("0x"))) {
        found = read_base(slice_skip(digits, 2), 16, separator, &value);
    } else if (!is_yaml11 && slice_starts_with(digits, SLICE("0o"))) {
        found = read_base(slice_skip(digits, 2), 8, separator, &value);
    } else if (is_yaml11 && digits.len > 1 && digits.ptr[0] == '0') {
        found = read_base(digits, 8, separator, &value);
    } else {
        found = read_base(digits, 10, separator, &value) ||
                (is_yaml11 && read_sexagesimal(digits, &value));
    }
    if (!found || value > (uint64_t)INT64_MAX) {
        return false;
    }
    *ret_value = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

/* The grammar of both dialects' floats; YAML 1.1 wants a point, and a sign in the exponent. */
static bool read_float(enum dialect dialect, struct slice text, double *ret_number)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF"};
    static const char *const nans[] = {".nan", ".NaN", ".NAN"};
    bool is_negative = text.ptr[0] == '-';
    struct slice rest = is_negative || text.ptr[0] == '+' ? slice_skip(text, 1) : text;
    if (is_one_of(rest, infinities, COUNT_OF(infinities), false)) {
        *ret_number = is_negative ? -INFINITY : INFINITY;
        return true;
    }
    if (is_one_of(text, nans, COUNT_OF(nans), false)) {
        *ret_number = NAN;
        return true;
    }
    bool is_yaml11 = dialect == DIALECT_CLOUDFORMATION;
    char plain[NUMBER_TEXT_MAX + 1];
    size_t len = 0, at = 0, digits = 0;
    bool has_point = false, has_exponent = false;
    for (; at < rest.len && (ascii_is_digit(rest.ptr[at]) || rest.ptr[at] == '.' ||
                             (rest.ptr[at] == '_' && is_yaml11 && at > 0));
         at++) {
        if (rest.ptr[at] == '_') {
            continue;
        }
        if (rest.ptr[at] == '.') {
            if (has_point) {
                return false;
            }
            has_point = true;
        } else {
            digits++;
        }
        plain[len++] = rest.ptr[at];
    }
    if (digits == 0 || (is_yaml11 && !has_point)) {
        return false;
    }
    if (at < rest.len && (rest.ptr[at] == 'e' || rest.ptr[at] == 'E')) {
        has_exponent = true;
        plain[len++] = rest.ptr[at++];
        if (at < rest.len && (rest.ptr[at] == '+' || rest.ptr[at] == '-')) {
            plain[len++] = rest.ptr[at++];
        } else if (is_yaml11) {
            return false;
        }
        size_t exponent = at;
        while (at < rest.len && ascii_is_digit(rest.ptr[at])) {
            plain[len++] = rest.ptr[at++];
        }
        if (at == exponent) {
            return false;
        }
    }
    if (at != rest.len || (!has_point && !has_exponent && is_yaml11)) {
        return false;
    }
    plain[len] = '\0';
    *ret_number = strtod(plain, NULL) * (is_negative ? -1 : 1);
    return true;
}

struct value *scalar_float(struct arena *arena, enum dialect dialect, struct source_pos pos,
                           struct slice text, double number)
{
    struct value *value = value_string(arena, pos, SLICE_NULL);
    value->kind = VALUE_FLOAT;
    value->as.number = number;
    if (dialect == DIALECT_CLOUDFORMATION || !isfinite(number)) {
        value->text = arena_copy(arena, text);
        return value;
    }
    if (number == floor(number) && fabs(number) < 9007199254740992.0) {
        return value_int(arena, pos, (int64_t)number);
    }
    char shortest[NUMBER_TEXT_MAX];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(shortest, sizeof(shortest), "%.*g", precision, number);
        if (strtod(shortest, NULL) == number) {
            break;
        }
    }
    value->text = arena_copy(arena, slice_from(shortest));
    return value;
}

/* 2012-10-17, 2001-12-14t21:59:43.10-05:00, 2001-12-14 21:59:43: js-yaml makes dates of them. */
static bool read_date(struct arena *arena, struct slice text, struct slice *ret_iso)
{
    if (text.len < 10 || text.len > 40 || text.ptr[4] != '-' || !ascii_is_digit(text.ptr[0])) {
        return false;
    }
    char copy[48];
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    unsigned year, month, day, hour = 0, minute = 0, second = 0;
    int used = 0;
    if (sscanf(copy, "%4u-%2u-%2u%n", &year, &month, &day, &used) != 3 || used < 8) {
        return false;
    }
    const char *at = copy + used;
    if (*at == '\0') {
        if (used != 10) {
            return false;
        }
    } else {
        char mark;
        int len = 0;
        if (sscanf(at, "%c%2u:%2u:%2u%n", &mark, &hour, &minute, &second, &len) != 4 ||
            (mark != 'T' && mark != 't' && mark != ' ')) {
            return false;
        }
        at += len;
    }
    unsigned ms = 0;
    if (*at == '.') {
        unsigned scale = 100;
        for (at++; ascii_is_digit(*at); at++) {
            ms += (unsigned)(*at - '0') * scale;
            scale /= 10;
        }
    }
    while (*at == ' ') {
        at++;
    }
    int offset_min = 0;
    if (*at == 'Z') {
        at++;
    } else if (*at == '+' || *at == '-') {
        int sign = *at == '-' ? -1 : 1;
        unsigned offset_h, offset_m = 0;
        int len = 0;
        if (sscanf(at + 1, "%2u%n:%2u%n", &offset_h, &len, &offset_m, &len) < 1) {
            return false;
        }
        at += 1 + len;
        offset_min = sign * (int)(offset_h * 60 + offset_m);
    }
    if (*at != '\0') {
        return false;
    }
    struct tm tm = {.tm_year = (int)year - 1900,
                    .tm_mon = (int)month - 1,
                    .tm_mday = (int)day,
                    .tm_hour = (int)hour,
                    .tm_min = (int)minute - offset_min,
                    .tm_sec = (int)second};
    /* Days from civil, so that no time zone of the machine comes near it; normalises overflow. */
    int64_t y = tm.tm_year + 1900 + tm.tm_mon / 12, m = tm.tm_mon % 12 + 1;
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + tm.tm_mday - 1;
    int64_t days = era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
    time_t seconds = (time_t)(((days * 24 + tm.tm_hour) * 60 + tm.tm_min) * 60 + tm.tm_sec);
    struct tm utc;
    if (gmtime_r(&seconds, &utc) == NULL) {
        return false;
    }
    *ret_iso = arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%03uZ", utc.tm_year + 1900,
                            utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, ms);
    return true;
}

struct value *scalar_plain(struct arena *arena, enum dialect dialect, struct source_pos pos,
                           struct slice text)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    static const char *const truths[] = {"true", "yes", "on"};
    static const char *const lies[] = {"false", "no", "off"};
    static const char *const js_truths[] = {"true", "True", "TRUE"};
    static const char *const js_lies[] = {"false", "False", "FALSE"};
    bool is_yaml11 = dialect == DIALECT_CLOUDFORMATION;
    struct value *value;
    if (text.len <= 5) {
        if (is_one_of(text, nulls, COUNT_OF(nulls), false)) {
            value = value_null(arena, pos);
            value->text = arena_copy(arena, text);
            return value;
        }
        bool is_true = is_yaml11 ? is_one_of(text, truths, COUNT_OF(truths), true)
                                 : is_one_of(text, js_truths, COUNT_OF(js_truths), false);
        bool is_false = is_yaml11 ? is_one_of(text, lies, COUNT_OF(lies), true)
                                  : is_one_of(text, js_lies, COUNT_OF(js_lies), false);
        if (is_true || is_false) {
            value = value_bool(arena, pos, is_true);
            value->text = arena_copy(arena, text);
            return value;
        }
    }
    char first = text.ptr[0];
    if (text.len <= NUMBER_TEXT_MAX &&
        (ascii_is_digit(first) || first == '-' || first == '+' || first == '.')) {
        int64_t integer;
        double number;
        struct slice iso;
        if (read_integer(dialect, text, &integer)) {
            return value_int(arena, pos, integer);
        }
        if (read_float(dialect, text, &number)) {
            return scalar_float(arena, dialect, pos, text, number);
        }
        if (!is_yaml11 && read_date(arena, text, &iso)) {
            return value_string(arena, pos, iso);
        }
    }
    return value_string(arena, pos, arena_copy(arena, text));
}
