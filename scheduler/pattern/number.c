#include "scheduler/pattern/number.h"

#include "core/ascii.h"
#include "scheduler/pattern/limits.h"

#define EXPONENT_MAX                                                                               \
    100000 /* beyond any number that is comparable; keeps the sum below from overflowing */
#define DIGITS_MAX 18 /* of PATTERN_NUMBER_MAX in millionths */

struct decimal {
    bool is_negative;
    uint64_t digits; /* without trailing zeros */
    int count;       /* of them; more than DIGITS_MAX: too many */
    int64_t exponent;
};

/* The digits before or after the point. Zeros wait until a digit follows that needs them. */
static const char *take_digits(const char *at, const char *end, bool is_fraction,
                               struct decimal *decimal, int64_t *zeros)
{
    for (; at < end && ascii_is_digit(*at); at++) {
        decimal->exponent -= is_fraction ? 1 : 0;
        if (*at == '0') {
            *zeros += 1;
            continue;
        }
        int64_t shift = decimal->count == 0 ? 0 : *zeros;
        *zeros = 0;
        if (decimal->count + shift + 1 > DIGITS_MAX) {
            decimal->count = DIGITS_MAX + 1;
            continue;
        }
        for (int64_t i = 0; i < shift; i++) {
            decimal->digits *= 10;
        }
        decimal->digits = decimal->digits * 10 + (uint64_t)(*at - '0');
        decimal->count += (int)shift + 1;
    }
    return at;
}

static const char *take_exponent(const char *at, const char *end, struct decimal *decimal)
{
    int64_t exponent = 0;
    bool is_negative = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    if (at == end) {
        return NULL;
    }
    for (; at < end && ascii_is_digit(*at); at++) {
        exponent = exponent < EXPONENT_MAX ? exponent * 10 + (*at - '0') : exponent;
    }
    decimal->exponent += is_negative ? -exponent : exponent;
    return at;
}

static bool read_decimal(struct slice text, struct decimal *decimal)
{
    const char *at = text.ptr;
    const char *end = text.ptr + text.len;
    int64_t zeros = 0;
    *decimal = (struct decimal){.is_negative = text.len > 0 && *at == '-'};
    if (at < end && (*at == '-' || *at == '+')) {
        at++;
    }
    const char *first = at;
    at = take_digits(at, end, false, decimal, &zeros);
    bool has_digits = at > first;
    if (at < end && *at == '.') {
        first = ++at;
        at = take_digits(at, end, true, decimal, &zeros);
        has_digits = has_digits || at > first;
    }
    decimal->exponent += zeros;
    if (has_digits && at < end && (*at == 'e' || *at == 'E')) {
        at = take_exponent(at + 1, end, decimal);
    }
    return has_digits && at == end;
}

bool millionths_parse(struct slice text, int64_t *ret_millionths)
{
    struct decimal decimal;
    if (!read_decimal(text, &decimal)) {
        return false;
    }
    if (decimal.count == 0) {
        *ret_millionths = 0;
        return true;
    }
    int64_t shift = decimal.exponent + PATTERN_DECIMALS_MAX;
    if (shift < 0 || decimal.count + shift > DIGITS_MAX) {
        return false;
    }
    int64_t value = (int64_t)decimal.digits;
    for (int64_t i = 0; i < shift; i++) {
        value *= 10;
    }
    if (value > PATTERN_NUMBER_MAX * 1000000) {
        return false;
    }
    *ret_millionths = decimal.is_negative ? -value : value;
    return true;
}

bool number_range_holds(const struct number_range *range, int64_t millionths)
{
    bool is_above = range->is_low_open ? millionths > range->low : millionths >= range->low;
    bool is_below = range->is_high_open ? millionths < range->high : millionths <= range->high;
    return is_above && is_below;
}
