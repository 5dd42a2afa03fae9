/* The metrics that Lambda keeps of each invocation: namespace AWS/Lambda.
 *
 * Counted  Invocations, Errors, Throttles, Duration, ConcurrentExecutions; by FunctionName, by FunctionName and Resource
 *          ("hello", "hello:prod"), and over all functions.
 * Source   Lambda Developer Guide, "Types of metrics for Lambda functions". */
#ifndef SLS_SCHEDULER_METRICS_LAMBDA_METRICS_H
#define SLS_SCHEDULER_METRICS_LAMBDA_METRICS_H

#include "scheduler/scheduler.h"

/* One invocation that has ended, or was refused. */
struct invocation_facts {
    struct slice function; /* its name */
    struct slice resource; /* with the qualifier that was asked for */
    bool is_throttled;     /* nothing ran */
    bool is_error;
    uint64_t duration_us;
    uint32_t concurrent;     /* invocations of the function that ran at once when it came */
    uint32_t concurrent_all; /* of all functions */
};

void lambda_metrics_count(struct scheduler *scheduler, const struct invocation_facts *facts);

#endif
