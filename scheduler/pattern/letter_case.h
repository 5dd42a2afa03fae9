/* Text without regard to case, character by character, for the alphabets that have cases.
 *
 * Source  aws/event-ruler compares Character.toLowerCase() and toUpperCase() of each character; special mappings that
 *         change the number of characters do not count. */
#ifndef SLS_SCHEDULER_PATTERN_LETTER_CASE_H
#define SLS_SCHEDULER_PATTERN_LETTER_CASE_H

#include "core/slice.h"

bool text_ieq(struct slice a, struct slice b);
bool text_istarts_with(struct slice text, struct slice prefix);
bool text_iends_with(struct slice text, struct slice suffix);

#endif
