/* Deliveries: events on their way to one target each, durable until the target took them or they were given up.
 *
 *     source (PutEvents, Publish, PutObject, a schedule...) --delivery_put()--> lane of the target (a queue of
 *     queue.h) --> target_send() --> taken, or retry.h says when again, or the dead-letter queue
 *
 * The source puts the deliveries of an event in the same write job that makes the event durable, so that what was
 * acknowledged is delivered, whatever happens in between. Asynchronous invocations (async.h) are lanes as well.
 *
 * Order      Deliveries with the same group to the same target go one at a time, in the order of their commits; others
 *            go side by side.
 * Loops      A delivery whose trace has passed HOPS_MAX functions is dropped with a notice (hops.h).
 * Thread     delivery_put() on the writer thread; the rest on the loop.
 * Ownership  delivery_prepare() copies what it is given into the arena, which must live until the job is done. */
#ifndef SLS_SCHEDULER_DELIVERY_H
#define SLS_SCHEDULER_DELIVERY_H

#include "scheduler/delivery/retry.h"
#include "scheduler/parts.h"

/* How a delivery that is given up looks in its dead-letter queue. */
enum dead_letter_form {
    DEAD_LETTER_NONE,
    DEAD_LETTER_EVENT, /* EventBridge and Scheduler: the event, with RULE_ARN, TARGET_ARN, ERROR_CODE... attributes */
    DEAD_LETTER_TOPIC /* SNS: the notification as the target would have got it */
};

struct delivery {
    struct slice target; /* ARN, or the URL of an HTTP(S) endpoint */
    /* What the target gets: the event of a function, the body of a message, the data of a record, the body of an HTTP
     * request, the detail's entry of a bus (a whole event envelope). */
    struct slice payload;
    /* What else the target's operation takes, as a JSON object with its public names: {"MessageGroupId":"g",
     * "MessageDeduplicationId":"d","MessageAttributes":{...}} for SQS and SNS (also "Subject"), {"PartitionKey":"k"}
     * for Kinesis, {"Headers":{...}} for HTTP. Empty: nothing. */
    struct slice parameters;
    struct slice group;  /* empty: no order */
    struct slice source; /* who sends, for pages and log lines: "rule nightly", "topic orders" */
    struct slice source_arn; /* of the rule, schedule, subscription or bucket; may be empty */
    struct slice trace;      /* X-Amzn-Trace-Id of what caused it, or empty */
    struct retry_policy retry;
    struct slice dead_letter_arn; /* a queue's, or empty */
    enum dead_letter_form dead_letter_form;
    struct slice dead_letter_payload; /* what it gets instead of the payload; empty: the payload */
    struct slice
        failure_metric; /* of the function `source_arn`: counted when it is given up; may be empty */
};

struct prepared_delivery; /* plain data for the writer thread */

/* Loop thread. `*list` is a list that the writer walks; NULL is the empty one. */
void delivery_prepare(struct scheduler *scheduler, struct arena *arena,
                      const struct delivery *delivery, struct prepared_delivery **list);
/* Writer thread, inside the source's run(): puts all of the list. */
void delivery_put(struct txn *txn, struct prepared_delivery *list);
/* Loop thread, inside the source's done(OK). */
void delivery_committed(struct scheduler *scheduler, const struct prepared_delivery *list);

/* For a source that has nothing else to write, and nobody who waits: a job of its own. */
void delivery_send(struct scheduler *scheduler, const struct delivery *delivery);

#endif
