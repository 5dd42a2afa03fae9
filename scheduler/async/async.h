/* Asynchronous invocations: events of functions, kept until they have run or were given up.
 *
 *     Invoke (Event), a target, a rule... -> accept: durable -> lane of the function -> invoker
 *         -> answered: OnSuccess | failed: again after 1 and 2 minutes | given up: OnFailure and dead-letter queue
 *
 * Attempts   All of an event have one request id. A throttle is no attempt; an event that is too old is given up.
 * Loops      delivery/hops.h.
 * Outcome    Destinations and dead letters are deliveries, put in the commit that takes the event out of its lane.
 * Source     Lambda Developer Guide, "Invoking a Lambda function asynchronously"; reference/lambda.md section 5. */
#ifndef SLS_SCHEDULER_ASYNC_H
#define SLS_SCHEDULER_ASYNC_H

#include "scheduler/delivery/delivery.h"
#include "scheduler/delivery/lane.h"
#include "scheduler/deploy.h"

#define EVENT_LEN_MAX 1048576 /* bytes of an event; "Lambda quotas" */

struct async;

/* Registers the Lambda operations of EventInvokeConfig, policies and RecursiveLoop. */
struct async *async_create(struct scheduler *scheduler);
void async_destroy(struct async *async); /* NULL is a no-op */
struct async_invoker async_invoker_of(struct async *async);

/* RecursiveLoop of the function is Allow: its loops are its own business. */
bool async_allows_loops(const struct async *async, struct slice function);

/* A source that needs a permission of the function and has none: a notice, once. */
void async_check_permission(struct async *async, struct slice function, struct slice source_arn);

extern const struct resource_type async_resources[];
extern const struct lane_class async_lane;

#endif
