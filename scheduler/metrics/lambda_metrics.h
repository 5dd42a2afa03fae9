/* The metrics that Lambda keeps of each invocation: namespace AWS/Lambda.
 *
 * Counted  Invocations, Errors, Throttles, Duration, ConcurrentExecutions; by FunctionName, by FunctionName and Resource
 *          ("hello", "hello:prod"), and over all functions; UnreservedConcurrentExecutions over all. What the bus counts of its own by FunctionName and over all:
 *          AsyncEventsReceived, AsyncEventAge, AsyncEventsDropped, DeadLetterErrors, DestinationDeliveryFailures,
 *          IteratorAge.
 * Cost     An invocation adds to one record of its function's minute; the metrics are made of the record when its minute
 *          is over, and before anybody reads.
 * Source   Lambda Developer Guide, "Types of metrics for Lambda functions". */
#ifndef SLS_SCHEDULER_METRICS_LAMBDA_METRICS_H
#define SLS_SCHEDULER_METRICS_LAMBDA_METRICS_H

#include "scheduler/metrics/metrics.h"
#include "scheduler/scheduler.h"

/* One invocation that has ended, or was refused. */
struct invocation_facts {
    struct slice function; /* its name */
    struct slice resource; /* with the qualifier that was asked for */
    bool is_throttled;     /* nothing ran */
    bool is_error;
    uint64_t duration_us;
    uint32_t
        concurrent; /* invocations of the function that were there when it came, itself among them */
    uint32_t concurrent_all; /* of all functions */
    uint32_t
        concurrent_unreserved; /* of all without reserved concurrency; 0: the function has some */
};

/* A scheduler that is closing counts no more. */
void lambda_metrics_count(struct scheduler *scheduler, const struct invocation_facts *facts);

/* One sample, now, of a metric that the bus counts of a function. A scheduler that is closing counts no more. */
void lambda_metrics_sample(struct scheduler *scheduler, struct slice function, const char *metric,
                           double value, enum metric_unit unit);

/* --- for metrics.c, which owns it --- */

struct lambda_metrics;
struct lambda_metrics *lambda_metrics_create(struct scheduler *scheduler);
void lambda_metrics_destroy(struct lambda_metrics *lambda);
/* Makes metrics of what was counted. */
void lambda_metrics_settle(struct lambda_metrics *lambda);

#endif
