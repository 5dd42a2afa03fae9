#include "scheduler/metrics/intervals.h"

#include "core/mem.h"

#include <stdlib.h>

struct gathering {
    const struct interval_query *query;
    struct intervals *intervals;
};

static void gather(void *ctx, enum metric_unit unit, int64_t at_s, struct aggregate *aggregate)
{
    const struct gathering *gathering = ctx;
    const struct interval_query *query = gathering->query;
    struct intervals *intervals = gathering->intervals;
    if (query->has_unit && query->unit != unit) {
        return;
    }
    int64_t begin_s = at_s - (at_s - query->from_s) % query->period_s;
    struct interval *last = intervals->count > 0 ? &intervals->items[intervals->count - 1] : NULL;
    if (last == NULL || last->unit != unit || last->at_s != begin_s) {
        if (intervals->count == intervals->room) {
            intervals->room = intervals->room == 0 ? 16 : intervals->room * 2;
            intervals->items =
                mem_realloc(intervals->items, intervals->room * sizeof *intervals->items);
        }
        last = &intervals->items[intervals->count++];
        *last = (struct interval){.at_s = begin_s, .unit = unit};
    }
    aggregate_merge(&last->values, aggregate);
}

void intervals_read(struct txn *txn, const struct interval_query *query,
                    struct intervals *ret_intervals)
{
    *ret_intervals = (struct intervals){.count = 0};
    struct gathering gathering = {query, ret_intervals};
    struct datapoint_range range = {.resolution_s = query->period_s < METRIC_MINUTE ? METRIC_SECOND
                                                                                    : METRIC_MINUTE,
                                    .from_s = query->from_s,
                                    .to_s = query->to_s};
    memcpy(range.hash, query->hash, sizeof range.hash);
    datapoints_each(txn, &range, gather, &gathering);
}

static int compare_times(const void *a, const void *b)
{
    const struct interval *left = a, *right = b;
    return left->at_s < right->at_s ? -1 : left->at_s > right->at_s;
}

void intervals_join_units(struct intervals *intervals)
{
    size_t kept = 0;
    if (intervals->count < 2) {
        return;
    }
    qsort(intervals->items, intervals->count, sizeof *intervals->items, compare_times);
    for (size_t i = 1; i < intervals->count; i++) {
        struct interval *last = &intervals->items[kept];
        if (last->at_s == intervals->items[i].at_s) {
            aggregate_merge(&last->values, &intervals->items[i].values);
            aggregate_finish(&intervals->items[i].values);
        } else {
            intervals->items[++kept] = intervals->items[i];
        }
    }
    intervals->count = kept + 1;
}

void intervals_finish(struct intervals *intervals)
{
    for (size_t i = 0; i < intervals->count; i++) {
        aggregate_finish(&intervals->items[i].values);
    }
    mem_free(intervals->items);
    *intervals = (struct intervals){.count = 0};
}

bool is_metric_period(int64_t period_s)
{
    return period_s > 0 && (period_s % METRIC_MINUTE == 0 || period_s == 1 || period_s == 5 ||
                            period_s == 10 || period_s == 20 || period_s == 30);
}

int64_t metric_start_s(int64_t start_ms, int64_t period_s)
{
    int64_t start_s = start_ms > 0 ? start_ms / 1000 : 0;
    return start_s - start_s % (period_s < METRIC_MINUTE ? period_s : METRIC_MINUTE);
}

int64_t metric_end_s(int64_t end_ms)
{
    return (end_ms + 999) / 1000;
}
