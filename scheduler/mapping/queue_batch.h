/* Messages of a queue on their way to one invocation, and which of them were done.
 *
 *     queue_batch_add()... -> queue_batch_close() -> the function -> queue_batch_answer()
 *
 * The event's JSON is built once, message by message.
 *
 * Source  Lambda Developer Guide, "Implementing partial batch responses for Amazon SQS". */
#ifndef SLS_SCHEDULER_MAPPING_QUEUE_BATCH_H
#define SLS_SCHEDULER_MAPPING_QUEUE_BATCH_H

#include "core/buf.h"
#include "core/id.h"
#include "scheduler/queue/queue_txn.h"

struct queue_item {
    char id[ID_UUID_MAX];
    struct queue_receipt receipt;
    bool is_done; /* to be deleted from the queue */
};

struct queue_batch {
    uint64_t queue_id; /* the messages' */
    struct buf event;
    struct buf trace; /* the first that a message has; empty: none has */
    struct queue_item *items;
    size_t count, cap;
};

void queue_batch_init(struct queue_batch *batch);
void queue_batch_finish(struct queue_batch *batch);
/* False, and nothing is added, when the event would be too long; the first record is always taken. */
MUST_CHECK bool queue_batch_add(struct queue_batch *batch, const char *id,
                                struct queue_receipt receipt, struct slice record,
                                struct slice trace);
void queue_batch_close(struct queue_batch *batch); /* the event is whole */

/* Marks what is done after a successful invocation. `reports_failures`: the response names items that are not; a
 * malformed one, and one that names an item that is not there, is a failure of all: false. */
MUST_CHECK bool queue_batch_answer(struct queue_batch *batch, bool reports_failures,
                                   struct slice response);

#endif
