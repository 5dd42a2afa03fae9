/* CloudWatch on the wire: what its operations share. Private to this folder. */
#ifndef SLS_SCHEDULER_METRICS_CLOUDWATCH_H
#define SLS_SCHEDULER_METRICS_CLOUDWATCH_H

#include "core/api/result.h"
#include "core/mem.h"
#include "scheduler/metrics/limits.h"
#include "scheduler/metrics/members.h"
#include "scheduler/metrics/metric.h"

extern const struct api_service cloudwatch_service; /* its context is the struct scheduler */

enum cloudwatch_error {
    CLOUDWATCH_INVALID_VALUE,
    CLOUDWATCH_INVALID_COMBINATION,
    CLOUDWATCH_MISSING,
    CLOUDWATCH_VALIDATION,
    CLOUDWATCH_INVALID_TOKEN,
    CLOUDWATCH_INTERNAL,
    CLOUDWATCH_ERROR_COUNT
};

/* Replies with an error by its name in the call's protocol. */
void cloudwatch_refuse(struct api_call *call, enum cloudwatch_error error, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The typed input; false: it has replied. */
MUST_CHECK bool cloudwatch_read(struct api_call *call, const struct record **ret_input);
/* The dimensions of a record, in the arena. */
struct metric_id cloudwatch_metric(struct arena *arena, const struct record *record);

/* A read that sees all that was counted and put before: `read` runs on libuv's pool with a snapshot, then `done` on the
 * loop. Embedded in its owner, which lives until `done`. */
struct metric_read {
    struct long_read long_read;
    struct scheduler *scheduler;
    void (*read)(struct metric_read *self, struct txn *txn);
    void (*done)(struct metric_read *self);
};
void metric_read_start(struct scheduler *scheduler, struct metric_read *read);

void op_put_metric_data(struct api_call *call, void *ctx);
void op_get_metric_statistics(struct api_call *call, void *ctx);
void op_get_metric_data(struct api_call *call, void *ctx);
void op_list_metrics(struct api_call *call, void *ctx);

#endif
