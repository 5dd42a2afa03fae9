#include "scheduler/sqs/queue_op.h"

#include "core/mem.h"

static void finish(struct queue_op *op, const struct refusal *refusal)
{
    struct sqs *sqs = op->sqs;
    sqs_use(sqs);            /* the turn may have been the last to do so */
    sqs_turn_end(&op->turn); /* before the reply, which ends the call that all of this lives in */
    if (refusal != NULL) {
        sqs_refusal_reply(op->call, refusal);
    } else if (op->reply != NULL) {
        op->reply(op);
    } else {
        api_reply_empty(op->call, 200);
    }
    sqs_unuse(sqs);
}

static void on_changed(struct change *change, enum status status)
{
    struct queue_op *op = CONTAINER_OF(change, struct queue_op, change);
    finish(op, sqs_refuse_status(op->call, status));
}

static void on_turn(struct turn *turn)
{
    struct queue_op *op = CONTAINER_OF(turn, struct queue_op, turn);
    op->queue = turn->queue;
    bool is_gone = op->needs_queue && op->queue->queue == NULL; /* while it waited */
    const struct refusal *refusal;
    if (op->sqs->is_closing) { /* nothing can be told by what is there now */
        refusal = sqs_refuse_status(op->call, STATUS_UNAVAILABLE);
    } else {
        refusal = is_gone ? sqs_refuse_no_queue(op->call) : op->decide(op);
    }
    if (refusal != NULL || !op->has_change) {
        finish(op, refusal);
        return;
    }
    op->change.queue = turn->queue;
    op->change.done = on_changed;
    if (sqs_change_start(&op->change) != STATUS_OK) {
        finish(op,
               sqs_refuse(op->arena, SQS_OVER_LIMIT,
                          "The attributes of a queue can be at most %u bytes.", QUEUE_RECORD_MAX));
    }
}

void queue_op_change(struct queue_op *op, enum change_kind kind, struct config *config)
{
    op->has_change = true;
    op->change.kind = kind;
    op->change.config = config;
}

static void start(struct sqs *sqs, struct api_call *call, const struct record *input,
                  struct slice name, queue_op_decide_fn *decide, void (*reply)(struct queue_op *op),
                  bool needs_queue)
{
    struct queue_op *op = arena_alloc(api_arena(call), sizeof *op);
    *op = (struct queue_op){.sqs = sqs,
                            .call = call,
                            .arena = api_arena(call),
                            .input = input,
                            .decide = decide,
                            .reply = reply,
                            .turn = {.run = on_turn},
                            .needs_queue = needs_queue};
    sqs_turn_begin(sqs, name, &op->turn);
}

void queue_op_start(struct sqs *sqs, struct api_call *call, const struct record *input,
                    struct slice name, queue_op_decide_fn *decide,
                    void (*reply)(struct queue_op *op))
{
    start(sqs, call, input, name, decide, reply, false);
}

void queue_op_start_url(struct sqs *sqs, struct api_call *call, queue_op_decide_fn *decide)
{
    const struct record *input;
    struct sqs_queue *queue;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct refusal *refusal = sqs_find_url(sqs, call, input, &queue);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    start(sqs, call, input, queue->name, decide, NULL, true);
}
