/* What a validation found, and the validation itself.
 *
 * A report that is not shown only counts, and the first error in it ends what is held against it: that is how "anyOf" and its
 * like try their schemas. */
#ifndef SLS_GATEWAY_SCHEMA_REPORT_H
#define SLS_GATEWAY_SCHEMA_REPORT_H

#include "gateway/schema/schema_private.h"

struct report {
    size_t errors;
    struct buf *text; /* NULL: not shown */
};

struct validation {
    struct arena *arena;
    uint32_t steps_left;
    int64_t cpu_ns;
    bool has_given_up; /* out of steps or time: whatever else is found does not count */
};

/* validate.c: holds a value against a schema. */
void validate_value(struct validation *validation, const struct schema_node *node,
                    const struct json_value *value, struct report *report);
/* Takes `steps` off what is left; false when that is not enough, which ends the validation. */
MUST_CHECK bool validate_charge(struct validation *validation, uint64_t steps);
/* An expression that gives up ends the validation. */
bool validate_regex(struct validation *validation, const struct ecma_regex *regex,
                    struct slice text);

/* Counts an error; true when its words are wanted: append them now. */
bool report_error(struct report *report);
/* Appends; what does not fit is cut off. */
void report_put(struct report *report, struct slice text);
void report_printf(struct report *report, const char *format, ...) PRINTF_LIKE(2, 3);
void report_value(struct report *report, const struct json_value *value);
void report_names(struct report *report, const struct slice *names, size_t count); /* ["a","b"] */

#endif
