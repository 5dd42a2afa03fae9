#include "store/value/number.h"

#include <assert.h>

#define DIGITS_MAX 38
#define PAIRS_MAX 20  /* 38 digits and the leading 0 that evens the exponent */
#define POINT_MAX 126 /* of 0.ddd x 10^point */
#define POINT_MIN (-129)
#define ZERO_BYTE 0x80
#define EXPONENT_BIAS 192
#define NEGATIVE_END 102

/* +-0.p1p2... x 100^exponent, p1 and the last pair not 0; no pairs at all is zero. */
struct decimal {
    bool is_negative;
    int exponent;
    unsigned count;
    uint8_t pairs[PAIRS_MAX];
};

static struct number encode(const struct decimal *decimal)
{
    struct number number = {.len = 1, .bytes = {ZERO_BYTE}};
    if (decimal->count == 0) {
        return number;
    }
    assert(decimal->exponent >= -64 && decimal->exponent <= 63 && decimal->count <= PAIRS_MAX);
    uint8_t *out = number.bytes;
    uint8_t first = (uint8_t)(decimal->exponent + EXPONENT_BIAS);
    *out++ = decimal->is_negative ? (uint8_t)~first : first;
    for (unsigned i = 0; i < decimal->count; i++) {
        uint8_t pair = decimal->pairs[i];
        *out++ = decimal->is_negative ? (uint8_t)(101 - pair) : (uint8_t)(pair + 1);
    }
    if (decimal->is_negative && decimal->count < PAIRS_MAX) {
        *out++ = NEGATIVE_END;
    }
    number.len = (uint8_t)(out - number.bytes);
    return number;
}

static struct decimal decode(struct slice encoded)
{
    struct decimal decimal = {.count = 0};
    assert(encoded.len >= 1 && encoded.len <= NUMBER_LEN_MAX);
    if (encoded.len == 1) {
        return decimal;
    }
    uint8_t first = (uint8_t)encoded.ptr[0];
    decimal.is_negative = first < ZERO_BYTE;
    decimal.exponent = (decimal.is_negative ? (uint8_t)~first : first) - EXPONENT_BIAS;
    for (size_t i = 1; i < encoded.len; i++) {
        uint8_t byte = (uint8_t)encoded.ptr[i];
        if (decimal.is_negative && byte == NEGATIVE_END) {
            break;
        }
        assert(decimal.count < PAIRS_MAX);
        decimal.pairs[decimal.count++] = (uint8_t)(decimal.is_negative ? 101 - byte : byte - 1);
    }
    return decimal;
}

/* --- text in --- */

/* A text taken apart: 0.ddd x 10^point, the digits without zeros at either end. */
struct digits {
    uint8_t digit[DIGITS_MAX];
    unsigned count; /* 0: zero */
    int64_t point;
    bool is_too_many; /* of a value with more than DIGITS_MAX digits the first are kept */
};

struct reader {
    const char *at;
    const char *end;
};

static bool is_digit(const struct reader *reader)
{
    return reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9';
}

static bool take(struct reader *reader, char c)
{
    if (reader->at == reader->end || *reader->at != c) {
        return false;
    }
    reader->at++;
    return true;
}

static bool take_minus(struct reader *reader)
{
    return take(reader, '-') || (take(reader, '+') && false);
}

/* Zeros are counted and written only when another digit follows them. */
static void add_digit(struct digits *digits, uint64_t *zeros, uint8_t digit)
{
    if (digit == 0) {
        ++*zeros;
        return;
    }
    if (digits->is_too_many || *zeros >= DIGITS_MAX - digits->count) {
        digits->is_too_many = true;
        return;
    }
    digits->count += (unsigned)*zeros; /* the array is zeroed */
    digits->digit[digits->count++] = digit;
    *zeros = 0;
}

/* False when there is not a single digit. */
static bool read_significand(struct reader *reader, struct digits *digits)
{
    bool has_digits = false;
    bool is_fraction = false;
    uint64_t zeros = 0;
    for (;; reader->at++) {
        if (is_digit(reader)) {
            has_digits = true;
            bool is_leading = digits->count == 0 && *reader->at == '0';
            if (!is_leading) {
                add_digit(digits, &zeros, (uint8_t)(*reader->at - '0'));
            }
            /* Each digit before the point, from the first on, moves it right; zeros after it, up to the
             * first other digit, move it left. */
            if (is_fraction ? is_leading : !is_leading) {
                digits->point += is_fraction ? -1 : 1;
            }
        } else if (!is_fraction && reader->at < reader->end && *reader->at == '.') {
            is_fraction = true;
        } else {
            return has_digits;
        }
    }
}

/* Large exponents stop growing far beyond what any length of text can undo. */
static bool read_exponent(struct reader *reader, int64_t *ret_exponent)
{
    const int64_t enough = INT64_C(1) << 60;
    bool is_negative = take_minus(reader);
    int64_t exponent = 0;
    if (!is_digit(reader)) {
        return false;
    }
    for (; is_digit(reader); reader->at++) {
        exponent = exponent < enough / 10 ? exponent * 10 + (*reader->at - '0') : enough;
    }
    *ret_exponent = is_negative ? -exponent : exponent;
    return true;
}

static bool read_number(struct slice text, bool *ret_is_negative, struct digits *digits)
{
    struct reader reader = {text.ptr, text.ptr + text.len};
    *ret_is_negative = take_minus(&reader);
    if (!read_significand(&reader, digits)) {
        return false;
    }
    int64_t exponent = 0;
    if ((take(&reader, 'e') || take(&reader, 'E')) && !read_exponent(&reader, &exponent)) {
        return false;
    }
    digits->point += exponent;
    return reader.at == reader.end;
}

static struct decimal decimal_of(const struct digits *digits, bool is_negative)
{
    struct decimal decimal = {.is_negative = is_negative};
    int point = (int)digits->point;
    unsigned shift = (unsigned)(point & 1); /* the leading 0 */
    decimal.exponent = (point + (int)shift) / 2;
    decimal.count = (digits->count + shift + 1) / 2;
    for (unsigned i = 0; i < digits->count; i++) {
        unsigned at = i + shift;
        decimal.pairs[at / 2] =
            (uint8_t)(decimal.pairs[at / 2] + digits->digit[i] * (at % 2 == 0 ? 10 : 1));
    }
    return decimal;
}

/* Most numbers are small integers: digits, perhaps a sign, that fit an int64_t whatever they are. */
static bool parse_integer(struct slice text, struct number *ret_number)
{
    bool is_negative = text.len != 0 && text.ptr[0] == '-';
    size_t at = is_negative;
    if (text.len > 18 || at == text.len) {
        return false;
    }
    int64_t value = 0;
    for (; at < text.len; at++) {
        unsigned digit = (unsigned)(unsigned char)text.ptr[at] - '0';
        if (digit > 9) {
            return false;
        }
        value = value * 10 + (int64_t)digit;
    }
    number_from_i64(is_negative ? -value : value, ret_number);
    return true;
}

enum number_error number_parse(struct slice text, struct number *ret_number)
{
    if (parse_integer(text, ret_number)) {
        return NUMBER_OK;
    }
    struct digits digits = {.count = 0};
    bool is_negative = false;
    if (text.len == 0 || !read_number(text, &is_negative, &digits)) {
        return NUMBER_NOT_NUMERIC;
    }
    if (digits.count == 0) {
        number_from_i64(0, ret_number);
        return NUMBER_OK;
    }
    if (digits.point > POINT_MAX) {
        return NUMBER_OVERFLOW;
    }
    if (digits.point < POINT_MIN) {
        return NUMBER_UNDERFLOW;
    }
    if (digits.is_too_many) {
        return NUMBER_TOO_PRECISE;
    }
    struct decimal decimal = decimal_of(&digits, is_negative);
    *ret_number = encode(&decimal);
    return NUMBER_OK;
}

/* --- integers --- */

void number_from_i64(int64_t value, struct number *ret_number)
{
    uint8_t pairs[10]; /* the last one first */
    int count = 0;
    uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    for (; rest != 0; rest /= 100) {
        pairs[count++] = (uint8_t)(rest % 100);
    }
    struct decimal decimal = {.is_negative = value < 0, .exponent = count};
    int last = 0;
    while (last < count && pairs[last] == 0) {
        last++;
    }
    for (int i = count; i > last; i--) {
        decimal.pairs[decimal.count++] = pairs[i - 1];
    }
    *ret_number = encode(&decimal);
}

static bool to_i64(const struct decimal *decimal, int64_t *ret_value)
{
    int count = (int)decimal->count;
    if (decimal->exponent < count || decimal->exponent > 10) {
        *ret_value = 0;
        return count == 0;
    }
    int64_t value = 0; /* below zero, the side with more room */
    for (int i = 0; i < decimal->exponent; i++) {
        if (__builtin_mul_overflow(value, 100, &value) ||
            __builtin_sub_overflow(value, i < count ? decimal->pairs[i] : 0, &value)) {
            return false;
        }
    }
    if (!decimal->is_negative && value == INT64_MIN) {
        return false;
    }
    *ret_value = decimal->is_negative ? value : -value;
    return true;
}

bool number_to_i64(struct slice encoded, int64_t *ret_value)
{
    struct decimal decimal = decode(encoded);
    int64_t value = 0;
    if (!to_i64(&decimal, &value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

bool number_whole_i64(struct slice encoded, int64_t *ret_value)
{
    struct decimal decimal = decode(encoded);
    int whole = decimal.exponent > 0 ? decimal.exponent : 0;
    int64_t value = 0;
    if ((int)decimal.count > whole) {
        decimal.count = (unsigned)whole;
    }
    if (!to_i64(&decimal, &value)) {
        return false;
    }
    *ret_value = value;
    return true;
}

/* --- text out --- */

static char *put_pair(char *out, unsigned pair)
{
    *out++ = (char)('0' + pair / 10);
    *out++ = (char)('0' + pair % 10);
    return out;
}

static char *put_zeros(char *out, int pairs)
{
    if (pairs <= 0) {
        return out;
    }
    memset(out, '0', 2 * (size_t)pairs);
    return out + 2 * (size_t)pairs;
}

void number_format(struct buf *buf, struct slice encoded)
{
    struct decimal decimal = decode(encoded);
    int64_t integer;
    if (to_i64(&decimal, &integer)) {
        buf_append_i64(buf, integer);
        return;
    }
    /* Pairs are written whole, so there may be a zero too many on either side. */
    char text[NUMBER_TEXT_MAX + 4];
    char *out = text;
    int count = (int)decimal.count;
    int integers = decimal.exponent > 0 ? decimal.exponent : 0;
    int at = 0;
    for (; at < integers && at < count; at++) {
        out = put_pair(out, decimal.pairs[at]);
    }
    out = put_zeros(out, integers - at);
    const char *start = text;
    if (integers == 0) {
        *out++ = '0';
    } else if (text[0] == '0') {
        start++;
    }
    if (at < count) {
        *out++ = '.';
        out = put_zeros(out, -decimal.exponent);
        for (; at < count; at++) {
            out = put_pair(out, decimal.pairs[at]);
        }
        if (out[-1] == '0') {
            out--;
        }
    }
    if (decimal.is_negative) {
        buf_append_char(buf, '-');
    }
    buf_append(buf, slice_of(start, (size_t)(out - start)));
}

/* --- arithmetic --- */

/* Every number stands in one row of pairs, from 100^63 (and one for the carry) to beyond 100^-84. */
#define ROW_LEN (1 + 63 + 64 + PAIRS_MAX + 1)
#define ROW_FIRST(exponent) (64 - (exponent))

static void put_row(int16_t row[ROW_LEN], const struct decimal *decimal)
{
    for (unsigned i = 0; i < decimal->count; i++) {
        int16_t *cell = &row[ROW_FIRST(decimal->exponent) + (int)i];
        *cell = (int16_t)(*cell + (decimal->is_negative ? -1 : 1) * decimal->pairs[i]);
    }
}

/* Brings every cell to 0..99 by carrying to the left; what the first would carry is returned. */
static int carry(int16_t row[ROW_LEN])
{
    int carried = 0;
    for (int i = ROW_LEN - 1; i >= 0; i--) {
        int sum = row[i] + carried;
        carried = sum >= 0 ? sum / 100 : -((99 - sum) / 100); /* rounds down */
        row[i] = (int16_t)(sum - carried * 100);
    }
    return carried;
}

static bool add_integers(const struct decimal *a, const struct decimal *b, struct number *ret_sum)
{
    int64_t left;
    int64_t right;
    int64_t sum;
    if (!to_i64(a, &left) || !to_i64(b, &right) || __builtin_add_overflow(left, right, &sum)) {
        return false;
    }
    number_from_i64(sum, ret_sum);
    return true;
}

static enum number_error add(const struct decimal *a, const struct decimal *b,
                             struct number *ret_sum)
{
    if (add_integers(a, b, ret_sum)) {
        return NUMBER_OK;
    }
    int16_t row[ROW_LEN] = {0};
    struct decimal sum = {.is_negative = false};
    put_row(row, a);
    put_row(row, b);
    if (carry(row) < 0) {
        sum.is_negative = true;
        for (int i = 0; i < ROW_LEN; i++) {
            row[i] = (int16_t)-row[i];
        }
        (void)carry(row);
    }
    int first = 0;
    int last = ROW_LEN;
    while (first < ROW_LEN && row[first] == 0) {
        first++;
    }
    while (last > first && row[last - 1] == 0) {
        last--;
    }
    if (first == ROW_LEN) {
        number_from_i64(0, ret_sum);
        return NUMBER_OK;
    }
    int digits = 2 * (last - first) - (row[first] < 10) - (row[last - 1] % 10 == 0);
    sum.exponent = ROW_FIRST(first);
    if (digits > DIGITS_MAX || sum.exponent > 63) {
        return NUMBER_OVERFLOW;
    }
    if (sum.exponent < -64) {
        return NUMBER_UNDERFLOW;
    }
    for (int i = first; i < last; i++) {
        sum.pairs[sum.count++] = (uint8_t)row[i];
    }
    *ret_sum = encode(&sum);
    return NUMBER_OK;
}

enum number_error number_add(struct slice a, struct slice b, struct number *ret_sum)
{
    struct decimal left = decode(a);
    struct decimal right = decode(b);
    return add(&left, &right, ret_sum);
}

enum number_error number_subtract(struct slice a, struct slice b, struct number *ret_difference)
{
    struct decimal left = decode(a);
    struct decimal right = decode(b);
    right.is_negative = !right.is_negative;
    return add(&left, &right, ret_difference);
}

const char *number_error_text(enum number_error error)
{
    static const char *const texts[] = {
        [NUMBER_OK] = "",
        [NUMBER_NOT_NUMERIC] = "The parameter cannot be converted to a numeric value",
        [NUMBER_OVERFLOW] = "Number overflow. Attempting to store a number with magnitude larger "
                            "than supported range",
        [NUMBER_UNDERFLOW] = "Number underflow. Attempting to store a number with magnitude "
                             "smaller than supported range",
        [NUMBER_TOO_PRECISE] = "Attempting to store more than 38 significant digits in a Number",
    };
    return texts[error];
}
