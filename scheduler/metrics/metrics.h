/* CloudWatch metrics: what other parts count, and where it is kept.
 *
 * Counted   metric_count() adds a sample to a metric's current minute in memory; what was counted is written behind,
 *           every METRIC_FLUSH_MS, and when somebody asks. A kill loses at most that much.
 * Put       PutMetricData (cloudwatch.h) is on disk when it is answered.
 * Thread    Loop thread only.
 * Source    CloudWatch User Guide, "Metrics concepts". */
#ifndef SLS_SCHEDULER_METRICS_METRICS_H
#define SLS_SCHEDULER_METRICS_METRICS_H

#include "scheduler/parts.h"

/* As AWS's messages list them. */
#define METRIC_UNITS                                                                               \
    "Seconds, Microseconds, Milliseconds, Bytes, Kilobytes, Megabytes, Gigabytes, Terabytes, "     \
    "Bits, Kilobits, Megabits, Gigabits, Terabits, Percent, Count, Bytes/Second, "                 \
    "Kilobytes/Second, Megabytes/Second, Gigabytes/Second, Terabytes/Second, Bits/Second, "        \
    "Kilobits/Second, Megabits/Second, Gigabits/Second, Terabits/Second, Count/Second, None"
/* Values are the file's format. */
enum metric_unit {
    UNIT_NONE,
    UNIT_SECONDS,
    UNIT_MICROSECONDS,
    UNIT_MILLISECONDS,
    UNIT_BYTES,
    UNIT_KILOBYTES,
    UNIT_MEGABYTES,
    UNIT_GIGABYTES,
    UNIT_TERABYTES,
    UNIT_BITS,
    UNIT_KILOBITS,
    UNIT_MEGABITS,
    UNIT_GIGABITS,
    UNIT_TERABITS,
    UNIT_PERCENT,
    UNIT_COUNT,
    UNIT_BYTES_PER_SECOND,
    UNIT_KILOBYTES_PER_SECOND,
    UNIT_MEGABYTES_PER_SECOND,
    UNIT_GIGABYTES_PER_SECOND,
    UNIT_TERABYTES_PER_SECOND,
    UNIT_BITS_PER_SECOND,
    UNIT_KILOBITS_PER_SECOND,
    UNIT_MEGABITS_PER_SECOND,
    UNIT_GIGABITS_PER_SECOND,
    UNIT_TERABITS_PER_SECOND,
    UNIT_COUNT_PER_SECOND,
    UNIT_NUMBER_OF_UNITS
};

struct metric_dimension {
    struct slice name;
    struct slice value;
};

/* One sample, now. Texts are copied when the metric is new. A scheduler that is closing counts no more.
 *
 *     metric_count(scheduler, SLICE("AWS/Lambda"), SLICE("AsyncEventsDropped"),
 *                  &(struct metric_dimension){SLICE("FunctionName"), name}, 1, 1, UNIT_COUNT); */
void metric_count(struct scheduler *scheduler, struct slice namespace_name, struct slice name,
                  const struct metric_dimension *dimensions, size_t dimension_count, double value,
                  enum metric_unit unit);

/* The same at an instant, in the data of a minute (METRIC_MINUTE) or second; metric.h. */
struct metric_id;
void metric_add(struct scheduler *scheduler, const struct metric_id *id, enum metric_unit unit,
                uint8_t resolution_s, int64_t at_ms, double value);

/* Many samples at once. */
struct aggregate;
void metric_add_values(struct scheduler *scheduler, const struct metric_id *id,
                       enum metric_unit unit, uint8_t resolution_s, int64_t at_ms,
                       const struct aggregate *values);

struct metrics;

/* Registers the service. */
struct metrics *metrics_create(struct scheduler *scheduler);
/* Hands what was counted to the engine; closes as a part of the scheduler. NULL is a no-op. */
void metrics_destroy(struct metrics *metrics);

/* Hands what was counted to the engine: a read that begins in `on_written`, or later, sees it. */
typedef void metrics_flushed_fn(void *ctx, enum status status);
void metrics_flush(struct metrics *metrics, metrics_flushed_fn *on_flushed, void *ctx);

/* --- for lambda_metrics.c --- */

struct lambda_metrics;
struct lambda_metrics *metrics_lambda(const struct metrics *metrics); /* NULL metrics: NULL */
void metrics_touch(struct metrics *metrics); /* something was counted: a flush is due */

#endif
