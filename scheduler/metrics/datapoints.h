/* Datapoints on disk: batches of new data are merged into what is there, ranges are read.
 *
 * Writing    A batch is filled on the loop and merged on the writer thread, in one transaction: the data of a request
 *            are there all, or none.
 * Reading    datapoints_each() and series_each() run on whatever thread has the transaction.
 * Ownership  A batch owns itself from metric_batch_submit() on. */
#ifndef SLS_SCHEDULER_METRICS_DATAPOINTS_H
#define SLS_SCHEDULER_METRICS_DATAPOINTS_H

#include "scheduler/metrics/aggregate.h"
#include "scheduler/metrics/metric.h"

struct metric_batch;

struct metric_batch *metric_batch_create(void);
void metric_batch_destroy(struct metric_batch *batch); /* one that is not submitted */
/* What `id` got at `at_ms`: put into the returned aggregate. Everything is copied. */
struct aggregate *metric_batch_add(struct metric_batch *batch, const struct metric_id *id,
                                   enum metric_unit unit, uint8_t resolution_s, int64_t at_ms);
/* `on_written` runs once, later (OK or UNAVAILABLE); it may be NULL. Batches are merged in the order of their
 * submission. */
typedef void metric_written_fn(void *ctx, enum status status);
void metric_batch_submit(struct engine *engine, struct metric_batch *batch,
                         metric_written_fn *on_written, void *ctx);

struct datapoint_range {
    uint8_t hash[METRIC_HASH_LEN];
    uint8_t resolution_s;
    int64_t from_s, to_s; /* the end is exclusive */
};
/* By unit, then by time. The aggregate is the callee's to change and is freed afterwards. */
void datapoints_each(struct txn *txn, const struct datapoint_range *range,
                     void (*each)(void *ctx, enum metric_unit unit, int64_t at_s,
                                  struct aggregate *aggregate),
                     void *ctx);

/* The series after the key `after` (empty: from the first) of one namespace (empty: of all), until `each` returns
 * false. Texts are valid during the call. */
void series_each(struct txn *txn, struct slice namespace_name, struct slice after,
                 bool (*each)(void *ctx, struct slice key, const struct metric_id *id,
                              int64_t last_s),
                 void *ctx);

/* Takes away what is too old, METRIC_SWEEP_BATCH series at a time. `on_swept` runs after each; the sweep goes on
 * when there is more and it returns true. */
typedef bool metric_swept_fn(void *ctx, bool has_more);
void metric_sweep(struct engine *engine, int64_t now_ms, metric_swept_fn *on_swept, void *ctx);

#endif
