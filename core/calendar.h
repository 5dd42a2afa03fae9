/* Instants taken apart and put together again: the proleptic Gregorian calendar.
 *
 * Limits  Years 0000 to 9999, which have a text form; instants beyond are those of the nearest end. */
#ifndef SLS_CORE_CALENDAR_H
#define SLS_CORE_CALENDAR_H

#include <stdint.h>

struct civil {
    int year;
    int month; /* 1 to 12 */
    int day;   /* 1 to 31 */
    int hour;
    int minute;
    int second;
    int ms;
    int weekday; /* 0 is Sunday */
};

struct civil civil_of(int64_t epoch_ms); /* UTC */
/* Days since 1970-01-01 of a date that exists. */
int64_t civil_days(int year, int month, int day);
int civil_month_days(int year, int month); /* 28 to 31 */

#endif
