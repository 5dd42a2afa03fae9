/* Time, through an object, so that a test or a lesson can turn it.
 *
 * Wall time is for schedules, deadlines told to others and log lines; monotonic time for durations and
 * timeouts. A manual clock stands still until clock_advance(); a system clock may be advanced too: then
 * both its times run ahead of the machine's by that much.
 *
 * Thread  Any for reading; advancing belongs to the loop thread. */
#ifndef SLS_CORE_CLOCK_H
#define SLS_CORE_CLOCK_H

#include "core/slice.h"

struct clock {
    int64_t ahead_ns; /* added to the machine's time, or the whole time when manual */
    int64_t manual_epoch_ns;
    bool is_manual;
};

void clock_init_system(struct clock *clock);
void clock_init_manual(struct clock *clock, int64_t epoch_ms);
void clock_advance(struct clock *clock, int64_t ms);
int64_t clock_epoch_ms(const struct clock *clock);
int64_t clock_epoch_us(const struct clock *clock);
int64_t clock_ahead_ms(const struct clock *clock); /* by how much it was advanced */
uint64_t clock_monotonic_ns(const struct clock *clock);

/* Text forms of an instant, UTC. `out` gets a NUL-terminated string and must have TIME_TEXT_MAX. */
#define TIME_TEXT_MAX 40
const char *time_iso8601(char *out, int64_t epoch_ms);        /* 2026-02-18T11:19:29Z */
const char *time_iso8601_ms(char *out, int64_t epoch_ms);     /* 2026-02-18T11:19:29.123Z */
const char *time_iso8601_offset(char *out, int64_t epoch_ms); /* 2020-04-10T19:06:32.563+0000 */
const char *time_clf(char *out, int64_t epoch_ms);            /* 12/Mar/2020:19:03:58 +0000 */
const char *time_http_date(char *out, int64_t epoch_ms);      /* Sun, 06 Nov 1994 08:49:37 GMT */
const char *time_path_date(char *out, int64_t epoch_ms);      /* 2026/02/18 */
const char *time_basic(char *out, int64_t epoch_ms);          /* 20260218T111929Z */
/* "2026-02-18T11:19:29[.fff](Z|+hh:mm)"; false when malformed. */
MUST_CHECK bool time_parse_iso8601(struct slice text, int64_t *ret_epoch_ms);
/* "Wed, 21 Oct 2015 07:28:00 GMT" */
MUST_CHECK bool time_parse_http(struct slice text, int64_t *ret_epoch_ms);
/* "20151021T072800Z": X-Amz-Date. */
MUST_CHECK bool time_parse_basic(struct slice text, int64_t *ret_epoch_ms);

#endif
