/* DynamoDB numbers: exact decimals of up to 38 significant digits, 1E-130 to 9.99...E+125, and 0.
 *
 * A number is kept, compared and hashed in one form only, an order-preserving encoding: memcmp on two of
 * them is numeric order, equal numbers have equal bytes, and its length is the number's size.
 *
 *     value = 0.d1d2... x 10^E, d1 != 0; E made even by a leading 0 digit; e = E / 2 in -64..63
 *     zero      80
 *     positive  e + 192, then each pair of digits + 1 (1..100)
 *     negative  that first byte ^ FF, each pair as 101 - pair, then 102 if fewer than 20 pairs
 *
 * Text out is plain decimal, never an exponent: "1E125" becomes 126 digits.
 * Thread  Any; no state.
 * Source  Developer Guide, "Naming rules and data types"; reference/dynamodb.md sections 4 and 16. */
#ifndef SLS_STORE_NUMBER_H
#define SLS_STORE_NUMBER_H

#include "core/buf.h"

#define NUMBER_LEN_MAX 22
#define NUMBER_TEXT_MAX 170 /* sign, "0.", 130 zeros, 38 digits */

struct number {
    uint8_t len;
    uint8_t bytes[NUMBER_LEN_MAX];
};

enum number_error {
    NUMBER_OK,
    NUMBER_NOT_NUMERIC,
    NUMBER_OVERFLOW,
    NUMBER_UNDERFLOW,
    NUMBER_TOO_PRECISE /* more than 38 significant digits */
};

static inline struct slice number_slice(const struct number *number)
{
    return slice_of((const char *)number->bytes, number->len);
}

/* Sign, leading zeros, ".5", "5.", e/E exponents; no blanks, hex, NaN. The text may be of any length. */
MUST_CHECK enum number_error number_parse(struct slice text, struct number *ret_number);
void number_format(struct buf *buf, struct slice encoded);
/* Exact; OVERFLOW when the result has more than 38 digits or is too large, UNDERFLOW when it is too small. */
MUST_CHECK enum number_error number_add(struct slice a, struct slice b, struct number *ret_sum);
MUST_CHECK enum number_error number_subtract(struct slice a, struct slice b,
                                             struct number *ret_difference);
void number_from_i64(int64_t value, struct number *ret_number);
/* False when it is no integer or does not fit. */
MUST_CHECK bool number_to_i64(struct slice encoded, int64_t *ret_value);
/* Without its fraction; false when it does not fit. */
MUST_CHECK bool number_whole_i64(struct slice encoded, int64_t *ret_value);
/* What `error` is called in ValidationException messages; NOT_NUMERIC is followed by ": " and the text. */
const char *number_error_text(enum number_error error);

#endif
