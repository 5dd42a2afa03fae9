/* Quotas of usage plans: how many requests a key may send in a day, a week or a month, by the calendar of UTC.
 *
 * Days begin at midnight, weeks on Sunday, months on the first. The offset moves that by days: a week with 1 begins on Monday, a
 * month with 14 on the 15th. (The reference has it that the offset is subtracted from the first period's limit. But the service
 * takes 0 alone for a day, 0 to 6 for a week and 0 to 27 for a month, and the documentation of its SDKs says that "an offset of
 * 1 starts on Monday".)
 *
 * Time    Wall time of context->clock, given with each call.
 * Errors  INVALID, with the service's words.
 * Source  API Gateway API Reference, QuotaSettings, UpdateUsage; AWS SDKs' documentation of QuotaSettings. */
#ifndef SLS_GATEWAY_THROTTLE_QUOTA_H
#define SLS_GATEWAY_THROTTLE_QUOTA_H

#include "core/slice.h"

enum quota_period { QUOTA_DAY, QUOTA_WEEK, QUOTA_MONTH };

struct quota_settings {
    int64_t limit; /* requests in a period */
    enum quota_period period;
    int64_t offset; /* days */
};

/* What one key has used of one plan. Zeroed, it has used nothing. */
struct quota {
    int64_t start_day; /* of the period, in days since 1970 */
    int64_t used;      /* may be negative: remaining requests were added */
};

/* "DAY", "WEEK", "MONTH" */
MUST_CHECK enum status quota_period_read(struct slice name, enum quota_period *ret_period,
                                         struct fault *reterr);
MUST_CHECK enum status quota_check(const struct quota_settings *settings, struct fault *reterr);

/* When the period began that `epoch_ms` is in, and when the next one does. */
int64_t quota_start_ms(const struct quota_settings *settings, int64_t epoch_ms);
int64_t quota_end_ms(const struct quota_settings *settings, int64_t epoch_ms);

/* Counts a request, unless there is none left: then `*ret_wait_ms` is how long until the next period. */
MUST_CHECK bool quota_take(struct quota *quota, const struct quota_settings *settings,
                           int64_t epoch_ms, int64_t *ret_wait_ms);
/* Whether quota_take() would count it. */
bool quota_has_left(const struct quota *quota, const struct quota_settings *settings,
                    int64_t epoch_ms);
int64_t quota_remaining(const struct quota *quota, const struct quota_settings *settings,
                        int64_t epoch_ms);
int64_t quota_used(const struct quota *quota, const struct quota_settings *settings,
                   int64_t epoch_ms);
/* UpdateUsage: so many are left of this period. */
void quota_set_remaining(struct quota *quota, const struct quota_settings *settings,
                         int64_t epoch_ms, int64_t remaining);

#endif
