/* Queues as sources of events, for event source mappings in process: a queue by its ARN, and its messages as the events
 * of functions have them. They are received and deleted through queue/queue.h.
 *
 * Thread  Loop thread only.
 * Source  Lambda Developer Guide, "Using Lambda with Amazon SQS"; reference/events.md section 3.2. */
#ifndef SLS_SCHEDULER_SQS_EVENT_SOURCE_H
#define SLS_SCHEDULER_SQS_EVENT_SOURCE_H

#include "core/id.h"
#include "core/json_writer.h"
#include "scheduler/parts.h"
#include "scheduler/queue/queue.h"

struct sqs_source {
    struct queue *queue;
    int64_t visibility_ms;
    bool has_redrive; /* what is received too often becomes a dead letter */
};

/* As it is now. False when there is no such queue. */
MUST_CHECK bool sqs_source_find(struct scheduler *scheduler, struct slice arn,
                                struct sqs_source *ret_source);

/* Called when a queue, whichever, is made; nothing may be asked of SQS there. */
struct sqs_watch {
    void (*on_made)(struct sqs_watch *watch);
    struct sqs_watch *next; /* SQS's own */
};
void sqs_watch(struct scheduler *scheduler, struct sqs_watch *watch);
void sqs_unwatch(struct scheduler *scheduler, struct sqs_watch *watch);

/* What a received message is to a function. */
struct sqs_event_message {
    char id[ID_UUID_MAX];
    struct slice trace; /* the header it was sent with, or empty; in the message */
};
/* Prints it as a record, a whole object. `has_null_md5`: md5OfMessageAttributes of a message without attributes is null
 * instead of absent, as it is with a batching window. False for what is no message of SQS. */
MUST_CHECK bool sqs_event_print(struct json_writer *w, struct scheduler *scheduler,
                                const struct queue_message *message, uint64_t queue_id,
                                struct slice queue_arn, bool has_null_md5,
                                struct sqs_event_message *ret_message);

#endif
