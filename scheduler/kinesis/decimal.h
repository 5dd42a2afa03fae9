/* Decimal numbers wider than the machine's: hash keys (128 bits) and sequence numbers (186 bits).
 *
 * A number is `count` words of 32 bits, the highest first. */
#ifndef SLS_SCHEDULER_KINESIS_DECIMAL_H
#define SLS_SCHEDULER_KINESIS_DECIMAL_H

#include "core/slice.h"

#define DECIMAL_WORDS_MAX 6
#define DECIMAL_TEXT_MAX 60 /* digits of 192 bits, and NUL */

/* False for what is not all digits, or does not fit; leading zeros are allowed. */
MUST_CHECK bool decimal_parse(struct slice text, uint32_t *ret_words, size_t count);
/* Without leading zeros, NUL-terminated. Returns the number of digits. */
size_t decimal_print(const uint32_t *words, size_t count, char out[DECIMAL_TEXT_MAX]);

#endif
