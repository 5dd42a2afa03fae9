/* Numbers that compare by value: 300, 300.0 and 3e2 are one. Exact, in millionths. */
#ifndef SLS_SCHEDULER_PATTERN_NUMBER_H
#define SLS_SCHEDULER_PATTERN_NUMBER_H

#include "core/slice.h"

/* False for what is no decimal number, has more than PATTERN_DECIMALS_MAX decimal places or lies beyond
 * PATTERN_NUMBER_MAX: such numbers equal only their own text. */
MUST_CHECK bool millionths_parse(struct slice text, int64_t *ret_millionths);

struct number_range {
    int64_t low, high; /* millionths */
    bool is_low_open, is_high_open;
};

bool number_range_holds(const struct number_range *range, int64_t millionths);

#endif
