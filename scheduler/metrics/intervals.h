/* Datapoints gathered into longer periods: what statistics are made of.
 *
 * Ownership  Intervals own their aggregates: intervals_finish().
 * Thread     Whatever thread has the transaction. */
#ifndef SLS_SCHEDULER_METRICS_INTERVALS_H
#define SLS_SCHEDULER_METRICS_INTERVALS_H

#include "scheduler/metrics/datapoints.h"

struct interval {
    int64_t at_s; /* where its period begins */
    enum metric_unit unit;
    struct aggregate values;
};

struct intervals {
    struct interval *items; /* by unit and time; after intervals_join_units() by time */
    size_t count, room;
};

struct interval_query {
    uint8_t hash[METRIC_HASH_LEN];
    int64_t from_s, to_s; /* the end is exclusive; periods begin at from_s */
    int64_t period_s;
    bool has_unit; /* only data of this unit */
    enum metric_unit unit;
};

void intervals_read(struct txn *txn, const struct interval_query *query,
                    struct intervals *ret_intervals);
/* Intervals of the same time become one, whatever their units. */
void intervals_join_units(struct intervals *intervals);
void intervals_finish(struct intervals *intervals);

/* A multiple of a minute, or one of 1, 5, 10, 20, 30 seconds. */
bool is_metric_period(int64_t period_s);
/* The start of a request as the service rounds it: down to a minute, or to the period if that is shorter. */
int64_t metric_start_s(int64_t start_ms, int64_t period_s);
/* The end, rounded up to the second. */
int64_t metric_end_s(int64_t end_ms);

#endif
