#include "gateway/throttle/quota.h"

#include "core/calendar.h"

#define DAY_MS INT64_C(86400000)
#define WEEK_DAYS 7
#define WEEKDAY_OF_DAY_0 4 /* 1970-01-01 was a Thursday */

enum status quota_period_read(struct slice name, enum quota_period *ret_period,
                              struct fault *reterr)
{
    static const char *const names[] = {
        [QUOTA_DAY] = "DAY", [QUOTA_WEEK] = "WEEK", [QUOTA_MONTH] = "MONTH"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (slice_is(name, names[i])) {
            *ret_period = (enum quota_period)i;
            return STATUS_OK;
        }
    }
    return fault_set(
        reterr, STATUS_INVALID,
        "Invalid Usage Plan quota period specified. Must be one of [DAY, WEEK, MONTH]");
}

enum status quota_check(const struct quota_settings *settings, struct fault *reterr)
{
    int64_t offset = settings->offset;
    if (settings->limit < 0 || offset < 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "Usage plan quota limit and offset must be non-negative integers");
    }
    if (settings->period == QUOTA_DAY && offset != 0) {
        return fault_set(reterr, STATUS_INVALID,
                         "Usage Plan quota offset must be zero in the DAY period");
    }
    if (settings->period == QUOTA_WEEK && offset > 6) {
        return fault_set(reterr, STATUS_INVALID,
                         "Usage Plan quota offset must be between 0 and 6 inclusive in the WEEK "
                         "period");
    }
    if (settings->period == QUOTA_MONTH && offset > 27) {
        return fault_set(reterr, STATUS_INVALID,
                         "Usage Plan quota offset must be between 0 and 27 inclusive in the MONTH "
                         "period");
    }
    return STATUS_OK;
}

/* --- periods, in days since 1970 --- */

static int64_t floor_mod(int64_t value, int64_t modulus)
{
    return (value % modulus + modulus) % modulus;
}

static int64_t day_of(int64_t epoch_ms)
{
    return (epoch_ms - floor_mod(epoch_ms, DAY_MS)) / DAY_MS;
}

/* The month that the period began in, in months since year 0; periods are as long as that month. */
static int64_t month_of(const struct quota_settings *settings, int64_t epoch_ms)
{
    struct civil date = civil_of(epoch_ms);
    int64_t month = (int64_t)date.year * 12 + date.month - 1;
    return date.day > settings->offset ? month : month - 1;
}

static int64_t month_start(const struct quota_settings *settings, int64_t month)
{
    return civil_days((int)(month / 12), (int)(month % 12) + 1, (int)settings->offset + 1);
}

static int64_t start_day(const struct quota_settings *settings, int64_t epoch_ms)
{
    int64_t day = day_of(epoch_ms);
    switch (settings->period) {
    case QUOTA_DAY:
        break;
    case QUOTA_WEEK:
        return day - floor_mod(day + WEEKDAY_OF_DAY_0 - settings->offset, WEEK_DAYS);
    case QUOTA_MONTH:
        return month_start(settings, month_of(settings, epoch_ms));
    }
    return day;
}

static int64_t end_day(const struct quota_settings *settings, int64_t epoch_ms)
{
    switch (settings->period) {
    case QUOTA_DAY:
        break;
    case QUOTA_WEEK:
        return start_day(settings, epoch_ms) + WEEK_DAYS;
    case QUOTA_MONTH:
        return month_start(settings, month_of(settings, epoch_ms) + 1);
    }
    return day_of(epoch_ms) + 1;
}

int64_t quota_start_ms(const struct quota_settings *settings, int64_t epoch_ms)
{
    return start_day(settings, epoch_ms) * DAY_MS;
}

int64_t quota_end_ms(const struct quota_settings *settings, int64_t epoch_ms)
{
    return end_day(settings, epoch_ms) * DAY_MS;
}

/* --- counting --- */

int64_t quota_used(const struct quota *quota, const struct quota_settings *settings,
                   int64_t epoch_ms)
{
    return quota->start_day == start_day(settings, epoch_ms) ? quota->used : 0;
}

int64_t quota_remaining(const struct quota *quota, const struct quota_settings *settings,
                        int64_t epoch_ms)
{
    int64_t remaining = settings->limit - quota_used(quota, settings, epoch_ms);
    return remaining > 0 ? remaining : 0;
}

bool quota_has_left(const struct quota *quota, const struct quota_settings *settings,
                    int64_t epoch_ms)
{
    return quota_remaining(quota, settings, epoch_ms) > 0;
}

bool quota_take(struct quota *quota, const struct quota_settings *settings, int64_t epoch_ms,
                int64_t *ret_wait_ms)
{
    int64_t used = quota_used(quota, settings, epoch_ms);
    if (used >= settings->limit) {
        *ret_wait_ms = quota_end_ms(settings, epoch_ms) - epoch_ms;
        return false;
    }
    *quota = (struct quota){.start_day = start_day(settings, epoch_ms), .used = used + 1};
    return true;
}

void quota_set_remaining(struct quota *quota, const struct quota_settings *settings,
                         int64_t epoch_ms, int64_t remaining)
{
    *quota = (struct quota){.start_day = start_day(settings, epoch_ms),
                            .used = settings->limit - remaining};
}
