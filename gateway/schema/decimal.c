#include "gateway/schema/decimal.h"

#include "core/ascii.h"
#include "gateway/schema/limits.h"

/* "e+5", "" : false when it needs more than 32 bits. */
static bool read_exponent(struct slice text, int64_t *ret_exponent)
{
    int64_t exponent = 0;
    bool is_negative = text.len > 1 && text.ptr[1] == '-';
    for (size_t i = 1; i < text.len; i++) {
        if (ascii_is_digit(text.ptr[i])) {
            exponent = exponent * 10 + (text.ptr[i] - '0');
        }
        if (exponent > INT32_MAX) {
            return false;
        }
    }
    *ret_exponent = is_negative ? -exponent : exponent;
    return true;
}

bool number_read(struct slice literal, struct decimal *ret_decimal)
{
    struct decimal decimal = {.is_integer = true, .digits = SLICE_NULL};
    size_t at = 0, point = SLICE_NPOS, first = SLICE_NPOS, last = 0, end;
    if (literal.len > 0 && literal.ptr[0] == '-') {
        decimal.is_negative = true;
        at = 1;
    }
    for (end = at;
         end < literal.len && (ascii_is_digit(literal.ptr[end]) || literal.ptr[end] == '.');
         end++) {
        if (literal.ptr[end] == '.') {
            point = end;
        } else if (literal.ptr[end] != '0') {
            first = first == SLICE_NPOS ? end : first;
            last = end;
        }
    }
    decimal.is_integer = point == SLICE_NPOS && end == literal.len;
    if (!read_exponent(slice_skip(literal, end), &decimal.exponent)) {
        return false;
    }
    if (first == SLICE_NPOS) {
        *ret_decimal = (struct decimal){.is_integer = decimal.is_integer};
        return true;
    }
    size_t units = point == SLICE_NPOS ? end : point; /* behind the digit that counts ones */
    bool has_point = first < units && last > units;
    decimal.digits = slice_of(literal.ptr + first, last - first + 1);
    decimal.count = decimal.digits.len - (has_point ? 1 : 0);
    decimal.exponent += last < units ? (int64_t)(units - last - 1) : -(int64_t)(last - units);
    *ret_decimal = decimal;
    return true;
}

/* The place of the first digit: 1 for 5, 3 for 500, 0 for 0.5. */
static int64_t magnitude(const struct decimal *decimal)
{
    return (int64_t)decimal->count + decimal->exponent;
}

static char digit_at(const struct decimal *decimal, size_t *at)
{
    *at += *at < decimal->digits.len && decimal->digits.ptr[*at] == '.' ? 1 : 0;
    return *at < decimal->digits.len ? decimal->digits.ptr[(*at)++] : '\0';
}

/* Of two that have the same place: digit by digit, the shorter first. */
static int compare_digits(const struct decimal *a, const struct decimal *b)
{
    size_t i = 0, k = 0;
    for (;;) {
        char x = digit_at(a, &i);
        char y = digit_at(b, &k);
        if (x != y) {
            return x < y ? -1 : 1;
        }
        if (x == '\0') {
            return 0;
        }
    }
}

static int sign(const struct decimal *decimal)
{
    return decimal->count == 0 ? 0 : decimal->is_negative ? -1 : 1;
}

int number_compare(const struct decimal *a, const struct decimal *b)
{
    int sign_a = sign(a), sign_b = sign(b);
    if (sign_a != sign_b) {
        return sign_a < sign_b ? -1 : 1;
    }
    if (sign_a == 0) {
        return 0;
    }
    int64_t place_a = magnitude(a), place_b = magnitude(b);
    int order = place_a != place_b ? (place_a < place_b ? -1 : 1) : compare_digits(a, b);
    return sign_a * order;
}

/* (a * b) mod m, for m below 2^60. */
static uint64_t multiply_mod(uint64_t a, uint64_t b, uint64_t m)
{
    __extension__ typedef unsigned __int128 wide;
    return (uint64_t)((wide)a * b % m);
}

/* 10^exponent mod m. */
static uint64_t power_mod(int64_t exponent, uint64_t m)
{
    uint64_t power = 1 % m, base = 10 % m;
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) {
            power = multiply_mod(power, base, m);
        }
        base = multiply_mod(base, base, m);
    }
    return power;
}

static uint64_t digits_mod(const struct decimal *decimal, uint64_t m)
{
    uint64_t rest = 0;
    size_t at = 0;
    for (char c = digit_at(decimal, &at); c != '\0'; c = digit_at(decimal, &at)) {
        rest = (multiply_mod(rest, 10, m) + (uint64_t)(c - '0')) % m;
    }
    return rest;
}

bool number_is_multiple(const struct decimal *value, const struct decimal *divisor)
{
    if (value->count == 0) {
        return true;
    }
    /* Neither one's digits end in 0. Where the divisor's last digit stands further left, it would have to divide by ten
     * what ten does not divide. */
    int64_t shift = value->exponent - divisor->exponent;
    if (shift < 0) {
        return false;
    }
    uint64_t m = 0;
    size_t at = 0;
    for (char c = digit_at(divisor, &at); c != '\0'; c = digit_at(divisor, &at)) {
        m = m * 10 + (uint64_t)(c - '0');
    }
    return multiply_mod(digits_mod(value, m), power_mod(shift, m), m) == 0;
}

bool decimal_to_i64(const struct decimal *decimal, int64_t *ret_value)
{
    uint64_t value = 0;
    size_t at = 0;
    if (decimal->count > 0 && (decimal->exponent < 0 || magnitude(decimal) > 19)) {
        return false;
    }
    for (char c = digit_at(decimal, &at); c != '\0'; c = digit_at(decimal, &at)) {
        value = value * 10 + (uint64_t)(c - '0');
    }
    for (int64_t i = 0; i < decimal->exponent && decimal->count > 0; i++) {
        value *= 10; /* 19 digits fit without a sign */
    }
    if (value > (uint64_t)INT64_MAX + (decimal->is_negative ? 1 : 0)) {
        return false;
    }
    *ret_value = decimal->is_negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

static void put_digits(struct buf *buf, const struct decimal *decimal, size_t *at, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_append_char(buf, digit_at(decimal, at));
    }
}

static void put_zeros(struct buf *buf, int64_t count)
{
    for (int64_t i = 0; i < count && !buf->is_full; i++) {
        buf_append_char(buf, '0');
    }
}

static void print_scientific(struct buf *buf, const struct decimal *decimal)
{
    size_t at = 0;
    put_digits(buf, decimal, &at, 1);
    if (decimal->count > 1) {
        buf_append_char(buf, '.');
        put_digits(buf, decimal, &at, decimal->count - 1);
    }
    buf_printf(buf, "E%+lld", (long long)(magnitude(decimal) - 1));
}

void number_print(struct buf *buf, const struct decimal *decimal)
{
    size_t at = 0;
    int64_t place = magnitude(decimal);
    if (decimal->count == 0) {
        buf_append_char(buf, '0');
        return;
    }
    if (decimal->is_negative) {
        buf_append_char(buf, '-');
    }
    if (decimal->is_integer || decimal->exponent == 0) {
        put_digits(buf, decimal, &at, decimal->count);
        put_zeros(buf, decimal->exponent);
    } else if (decimal->exponent > 0 || place < -5) {
        print_scientific(buf, decimal);
    } else if (place > 0) {
        put_digits(buf, decimal, &at, (size_t)place);
        buf_append_char(buf, '.');
        put_digits(buf, decimal, &at, decimal->count - (size_t)place);
    } else {
        buf_append_text(buf, "0.");
        put_zeros(buf, -place);
        put_digits(buf, decimal, &at, decimal->count);
    }
}
