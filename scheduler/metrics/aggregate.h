/* The values of a metric in one period: count, sum, extremes, and how they are distributed.
 *
 *     values -> aggregate of a second or minute -> merged into longer periods -> statistics
 *
 * Distribution  Distinct values with their counts, sorted. Beyond AGGREGATE_SAMPLES_MAX the nearest are joined to
 *               their mean, at first those within 0.5 % of each other, so percentiles are exact for few values and
 *               nearly so for many. A statistic set tells no values: then there are no percentiles.
 * Ownership     An aggregate owns its samples; zeroed is empty. aggregate_finish() frees them.
 * Format        aggregate_encode() writes numbers as this machine has them, like the rest of an LMDB file.
 * Source        CloudWatch User Guide, "CloudWatch statistics definitions". */
#ifndef SLS_SCHEDULER_METRICS_AGGREGATE_H
#define SLS_SCHEDULER_METRICS_AGGREGATE_H

#include "core/buf.h"

struct sample {
    double value;
    double count;
};

struct aggregate {
    double count, sum, minimum, maximum;
    struct sample *samples; /* by value */
    uint32_t sample_count, sample_room;
    bool has_sets; /* part of it came without its values */
};

void aggregate_finish(struct aggregate *aggregate);
void aggregate_add(struct aggregate *aggregate, double value, double count);
/* A statistic set. */
void aggregate_add_set(struct aggregate *aggregate, const struct aggregate *set);
void aggregate_merge(struct aggregate *aggregate, const struct aggregate *other);

/* A statistic by its name: "Sum", "p99.9", "tm90", "TM(10%:90%)", "PR(0:100)", "IQM". */
enum statistic_kind {
    STATISTIC_SAMPLE_COUNT,
    STATISTIC_AVERAGE,
    STATISTIC_SUM,
    STATISTIC_MINIMUM,
    STATISTIC_MAXIMUM,
    STATISTIC_PERCENTILE,
    STATISTIC_TRIMMED_MEAN,    /* of the values within the bounds */
    STATISTIC_WINSORIZED_MEAN, /* values outside count as the bound */
    STATISTIC_PERCENTILE_RANK, /* the share of values within the bounds, in percent */
    STATISTIC_TRIMMED_COUNT,
    STATISTIC_TRIMMED_SUM
};

struct statistic {
    enum statistic_kind kind;
    double low, high; /* percentiles, or values */
    bool is_absolute; /* low and high are values: "TM(150:1000)" */
    bool has_low, has_high;
};

MUST_CHECK bool statistic_parse(struct slice text, struct statistic *ret_statistic);
/* False when the aggregate does not tell it: empty, or no distribution. */
MUST_CHECK bool statistic_of(const struct statistic *statistic, const struct aggregate *aggregate,
                             double *ret_value);

void aggregate_encode(struct buf *buf, const struct aggregate *aggregate);
/* False when `bytes` are no aggregate. */
MUST_CHECK bool aggregate_decode(struct slice bytes, struct aggregate *ret_aggregate);

#endif
