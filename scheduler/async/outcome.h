/* What became of an asynchronous invocation, as destinations and dead-letter queues are told.
 *
 * Source  Lambda Developer Guide, "Capturing records of Lambda asynchronous invocations" and "Adding a dead-letter
 *         queue"; reference/lambda.md section 5. */
#ifndef SLS_SCHEDULER_OUTCOME_H
#define SLS_SCHEDULER_OUTCOME_H

#include "core/arena.h"
#include "core/buf.h"
#include "runtime/invoke.h"

#define OUTCOME_TOPIC_MAX 262144 /* bytes; API reference of Lambda, "OnFailure" */

enum outcome_condition {
    OUTCOME_SUCCESS,
    OUTCOME_RETRIES_EXHAUSTED,
    OUTCOME_EVENT_TOO_OLD,
    OUTCOME_NO_CONCURRENCY, /* reserved concurrency is 0: never tried */
    OUTCOME_LOOP            /* hops.h stopped it */
};

struct outcome {
    enum outcome_condition condition;
    struct slice request_id;
    struct slice function_arn; /* qualified */
    struct slice payload;      /* the event */
    uint32_t attempts;
    bool has_response; /* of the last attempt */
    bool has_failed;   /* the function: "functionError" */
    struct slice executed_version;
    struct slice response;
    int64_t now_ms;
};

/* The record for SQS, SNS, S3 and Lambda destinations: appended to `json`. That of a failure for a topic loses both
 * payloads when it is longer than OUTCOME_TOPIC_MAX. */
void outcome_print(struct buf *json, const struct outcome *outcome);
void outcome_print_for_topic(struct buf *json, const struct outcome *outcome);
/* The same in the envelope of an event for the bus `bus_arn`. */
void outcome_print_event(struct buf *json, const struct outcome *outcome, struct slice bus_arn);
/* The message attributes of a dead letter, as parameters of SendMessage and Publish. */
void outcome_print_attributes(struct buf *json, const struct outcome *outcome);
/* The key of a record in a bucket; `random` is a UUID. */
struct slice outcome_object_key(struct arena *arena, const struct outcome *outcome,
                                struct slice function, const char *random);

#endif
