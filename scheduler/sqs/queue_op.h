/* An operation that changes a queue as a whole: it waits its turn, decides, is written and answered. */
#ifndef SLS_SCHEDULER_SQS_QUEUE_OP_H
#define SLS_SCHEDULER_SQS_QUEUE_OP_H

#include "scheduler/sqs/service.h"

struct queue_op;

/* Decides by what the queue is now: a refusal, or NULL with what to change (queue_op_change()) or nothing. */
typedef const struct refusal *queue_op_decide_fn(struct queue_op *op);

struct queue_op {
    struct sqs *sqs;
    struct api_call *call;
    struct arena *arena; /* the call's */
    const struct record *input;
    struct sqs_queue *queue; /* when it decides; there, unless the operation makes it */
    queue_op_decide_fn *decide;
    void (*reply)(struct queue_op *op); /* NULL: an empty one */

    /* private */
    struct turn turn;
    struct change change;
    bool has_change, needs_queue;
};

/* By the name of a queue that need not be there. */
void queue_op_start(struct sqs *sqs, struct api_call *call, const struct record *input,
                    struct slice name, queue_op_decide_fn *decide,
                    void (*reply)(struct queue_op *op));
/* By QueueUrl; reads the input. */
void queue_op_start_url(struct sqs *sqs, struct api_call *call, queue_op_decide_fn *decide);
/* `config` is taken over; NULL for CHANGE_DELETE. */
void queue_op_change(struct queue_op *op, enum change_kind kind, struct config *config);

#endif
