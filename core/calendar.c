#include "core/calendar.h"

#include <stdbool.h>

/* Days and dates count from 0000-03-01, so that the leap day ends its year: each 400 years have
 * 146,097 days, and the months from March on follow (153 m + 2) / 5. */
#define DAYS_PER_ERA INT64_C(146097)
#define DAYS_TO_EPOCH INT64_C(719468) /* from 0000-03-01 to 1970-01-01 */
#define MS_PER_DAY INT64_C(86400000)

struct civil civil_of(int64_t epoch_ms)
{
    const int64_t first = INT64_C(-62167219200000); /* the years 0000 to 9999 have a text form */
    const int64_t last = INT64_C(253402300799999);
    epoch_ms = epoch_ms < first ? first : epoch_ms > last ? last : epoch_ms;

    int64_t shifted = epoch_ms + DAYS_TO_EPOCH * MS_PER_DAY + DAYS_PER_ERA * MS_PER_DAY;
    int64_t days = shifted / MS_PER_DAY;
    int day_ms = (int)(shifted % MS_PER_DAY);
    int era = (int)(days / DAYS_PER_ERA);
    int era_day = (int)(days % DAYS_PER_ERA);
    int era_year = (era_day - era_day / 1460 + era_day / 36524 - era_day / 146096) / 365;
    int year_day = era_day - (365 * era_year + era_year / 4 - era_year / 100);
    int march_month = (5 * year_day + 2) / 153;

    struct civil civil;
    civil.day = year_day - (153 * march_month + 2) / 5 + 1;
    civil.month = march_month < 10 ? march_month + 3 : march_month - 9;
    civil.year = (era - 1) * 400 + era_year + (civil.month <= 2);
    civil.hour = day_ms / 3600000;
    civil.minute = day_ms / 60000 % 60;
    civil.second = day_ms / 1000 % 60;
    civil.ms = day_ms % 1000;
    civil.weekday = (int)((days - DAYS_PER_ERA - DAYS_TO_EPOCH + 4 + 7 * DAYS_PER_ERA * 2) % 7);
    return civil;
}

int64_t civil_days(int year, int month, int day)
{
    int64_t march_year = (int64_t)year - (month <= 2) + 400;
    int march_month = month > 2 ? month - 3 : month + 9;
    int64_t era = march_year / 400;
    int64_t era_year = march_year % 400;
    int64_t year_day = (153 * march_month + 2) / 5 + day - 1;
    int64_t era_day = era_year * 365 + era_year / 4 - era_year / 100 + year_day;
    return (era - 1) * DAYS_PER_ERA + era_day - DAYS_TO_EPOCH;
}

int civil_month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && is_leap);
}
