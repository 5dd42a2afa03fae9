/* JSON numbers by value, exactly: 1, 1.0 and 10e-1 are one number, 9007199254740993 is not its neighbour.
 *
 * A decimal is a view of its literal, however many digits that has; nothing is converted.
 *
 * Source  java.math.BigDecimal, whose results and text API Gateway shows. */
#ifndef SLS_GATEWAY_SCHEMA_DECIMAL_H
#define SLS_GATEWAY_SCHEMA_DECIMAL_H

#include "core/buf.h"

struct decimal {
    bool is_negative;
    bool is_integer;     /* as it is written: without point and exponent */
    struct slice digits; /* from the first to the last that is not 0; a point may be among them */
    size_t count;        /* of these digits; 0 for zero */
    int64_t exponent;    /* of the last of them: 1.50 is 15, -1 */
};

/* Of a JSON number. False when the exponent exceeds 32 bits. */
MUST_CHECK bool number_read(struct slice literal, struct decimal *ret_decimal);
int number_compare(const struct decimal *a, const struct decimal *b);
/* Whether `value` is a whole number of times `divisor`, which has at most SCHEMA_DIVISOR_DIGITS_MAX digits and is not 0. */
bool number_is_multiple(const struct decimal *value, const struct decimal *divisor);
/* False when it is no whole number or does not fit. */
MUST_CHECK bool decimal_to_i64(const struct decimal *decimal, int64_t *ret_value);
/* BigDecimal's text without trailing zeros: 0.5, 1E+2, -1.2345E-18; integers as they are. */
void number_print(struct buf *buf, const struct decimal *decimal);

#endif
