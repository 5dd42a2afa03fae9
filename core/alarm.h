/* Alarms: what is due at an instant of the wall clock, such as retries, delays and schedules.
 *
 * All alarms are one heap with one libuv timer behind it. The clock can be turned: alarms_turn() brings it to
 * each due instant in order, and lets all that an instant caused come to rest before it goes on to the next. So a
 * month of schedules is the same sequence of events as if it had been waited for.
 *
 * Rest     Whoever has begun what will end by itself (a commit, an invocation, a call in process) holds the
 *          alarms until it has ended; what waits for somebody outside (a long poll) does not hold.
 * Sources  What is due but too numerous for an alarm each (messages, items) is an alarm_source: asked for its
 *          next instant only while the clock is turned; otherwise it looks after itself.
 * Owner    Alarms are embedded in their owners, who clear them before they go.
 * Thread   Loop thread only. on_due never runs inside alarm_set(). */
#ifndef SLS_CORE_ALARM_H
#define SLS_CORE_ALARM_H

#include "core/clock.h"

#include <uv.h>

#define ALARM_NEVER INT64_MAX

struct alarms;

struct alarm {
    void (*on_due)(struct alarm *alarm); /* it is no longer set and may be set again */
    int64_t at_ms;                       /* epoch; alarm_set()'s */
    uint64_t number;                     /* alarms of one instant run in the order they were set */
    size_t place;                        /* in the heap, from 1; 0: not set */
};

struct alarm_source {
    int64_t (*next_ms)(struct alarm_source *source); /* ALARM_NEVER: nothing is due, ever */
    void (*run)(struct alarm_source *source); /* the clock stands at that instant, or later */
    struct alarm_source *next;
};

struct alarms *alarms_create(uv_loop_t *loop, struct clock *clock);
/* No alarm is set any more (asserted). A turn under way ends without its callback. Frees when libuv has closed
 * the last handle. NULL is a no-op. */
void alarms_destroy(struct alarms *alarms);

/* Sets or moves. What is due already runs in the next turn of the loop. */
void alarm_set(struct alarms *alarms, struct alarm *alarm, int64_t at_ms);
void alarm_clear(struct alarms *alarms,
                 struct alarm *alarm); /* one that is not set is left alone */
static inline bool alarm_is_set(const struct alarm *alarm)
{
    return alarm->place != 0;
}

void alarms_add_source(struct alarms *alarms, struct alarm_source *source);
void alarms_remove_source(struct alarms *alarms, struct alarm_source *source);

/* NULL alarms: a program without any; nothing is counted. */
void alarms_hold(struct alarms *alarms);
void alarms_release(struct alarms *alarms);

/* Turns the clock by `ms` (0 or more). `on_turned` runs once, when everything due up to then has run and come to
 * rest; `ran` is the number of instants met on the way. CONFLICT while another turn is under way. */
typedef void alarms_turned_fn(void *ctx, size_t ran);
MUST_CHECK enum status alarms_turn(struct alarms *alarms, int64_t ms, alarms_turned_fn *on_turned,
                                   void *ctx);
/* Ends a turn under way, if there is one, at the instant it has reached: its on_turned runs inside this call. */
void alarms_end_turn(struct alarms *alarms);
bool alarms_is_turning(const struct alarms *alarms);
/* `on_moved` runs whenever a turn has moved the clock, before what is due there: for whoever has to remember how far
 * ahead it is. NULL: nobody. */
void alarms_observe(struct alarms *alarms, void (*on_moved)(void *ctx), void *ctx);

#endif
