/* What holders of messages do: DeleteMessage, ChangeMessageVisibility, and batches of both. */
#include "core/mem.h"
#include "scheduler/sqs/batch.h"
#include "scheduler/sqs/receipt.h"
#include "scheduler/sqs/service.h"

struct held {
    struct slice handle;
    struct queue_receipt receipt;
    int64_t visibility_s; /* ChangeMessageVisibility */
    enum status status;   /* of the work; written in the job */
};

struct hold {
    struct queue_job job;
    struct api_call *call;
    bool is_fifo, is_delete, is_batch;
    size_t count;
    struct batch_entry *entries; /* one that was refused is left alone */
    struct held *held;
};

/* --- the request --- */

static const struct refusal *read_visibility(struct arena *arena, const struct record *input,
                                             struct held *held)
{
    const struct field *seconds = record_get(input, MEMBER_VISIBILITY_TIMEOUT);
    if (!seconds->is_set) {
        return sqs_refuse_missing(arena, "VisibilityTimeout");
    }
    if (seconds->number < 0 || seconds->number > VISIBILITY_MAX_S) {
        struct slice shown = arena_printf(arena, "%lld", (long long)seconds->number);
        return sqs_refuse_value(arena, shown, "VisibilityTimeout",
                                "VisibilityTimeout must be an integer between 0 and %d",
                                VISIBILITY_MAX_S);
    }
    held->visibility_s = seconds->number;
    return NULL;
}

static const struct refusal *read_held(struct arena *arena, const struct sqs_queue *queue,
                                       const struct record *input, bool is_delete,
                                       struct held *held)
{
    uint64_t queue_id;
    held->handle = record_text(input, MEMBER_RECEIPT_HANDLE);
    if (held->handle.len == 0) {
        return sqs_refuse_missing(arena, "ReceiptHandle");
    }
    if (!receipt_read(held->handle, &queue_id, &held->receipt) ||
        queue_id != queue_settings(queue->queue)->id) {
        return sqs_refuse(arena, SQS_RECEIPT_HANDLE_INVALID,
                          "The input receipt handle \"%.*s\" is not a valid receipt handle.",
                          SLICE_ARG(slice_take(held->handle, 1024)));
    }
    return is_delete ? NULL : read_visibility(arena, input, held);
}

/* --- the work --- */

static void work(struct queue_job *job, struct queue_txn *q)
{
    struct hold *hold = CONTAINER_OF(job, struct hold, job);
    for (size_t i = 0; i < hold->count; i++) {
        struct held *held = &hold->held[i];
        if (hold->entries != NULL && hold->entries[i].refusal != NULL) {
            continue;
        }
        /* A standard queue lets go of a message whoever holds it now. */
        held->status = hold->is_delete
                           ? queue_drop(q, held->receipt, hold->is_fifo)
                           : queue_hide(q, held->receipt, q->now_ms + 1000 * held->visibility_s);
    }
}

/* What became of one: what is gone already is deleted, and a standard queue takes a late change without a word. */
static const struct refusal *judge(const struct hold *hold, const struct held *held)
{
    struct arena *arena = api_arena(hold->call);
    if (held->status == STATUS_LIMIT) {
        struct slice shown = arena_printf(arena, "%lld", (long long)held->visibility_s);
        return sqs_refuse_value(arena, shown, "VisibilityTimeout",
                                "Total VisibilityTimeout for the message is beyond the limit [%d "
                                "seconds]",
                                VISIBILITY_MAX_S);
    }
    if (hold->is_delete && held->status == STATUS_CONFLICT) {
        return sqs_refuse_value(arena, held->handle, "ReceiptHandle",
                                "The receipt handle has expired.");
    }
    bool is_gone =
        held->status == STATUS_NOT_FOUND || (held->status == STATUS_CONFLICT && hold->is_fifo);
    if (!hold->is_delete && is_gone) {
        return sqs_refuse_value(arena, held->handle, "ReceiptHandle",
                                "Message does not exist or is not available for visibility timeout "
                                "change.");
    }
    return NULL;
}

static void reply_batch(struct hold *hold)
{
    struct result result;
    for (size_t i = 0; i < hold->count; i++) {
        if (hold->entries[i].refusal == NULL) {
            hold->entries[i].refusal = judge(hold, &hold->held[i]);
        }
    }
    result_begin(&result, hold->call);
    if (sqs_batch_open_successful(&result, hold->entries, hold->count,
                                  hold->is_delete ? "DeleteMessageBatchResultEntry"
                                                  : "ChangeMessageVisibilityBatchResultEntry")) {
        for (size_t i = 0; i < hold->count; i++) {
            if (hold->entries[i].refusal == NULL) {
                result_item(&result);
                result_text(&result, "Id", hold->entries[i].id);
                result_close(&result);
            }
        }
        result_close(&result);
    }
    sqs_batch_write_failed(&result, hold->entries, hold->count);
    result_reply(&result);
}

static void on_worked(struct queue_job *job, enum status status)
{
    struct hold *hold = CONTAINER_OF(job, struct hold, job);
    const struct refusal *refusal = sqs_refuse_status(hold->call, status);
    if (refusal == NULL && !hold->is_batch) {
        refusal = judge(hold, &hold->held[0]);
    }
    if (refusal != NULL) {
        sqs_refusal_reply(hold->call, refusal);
    } else if (hold->is_batch) {
        reply_batch(hold);
    } else {
        api_reply_empty(hold->call, 200);
    }
}

/* --- the operations --- */

static struct hold *make_hold(struct api_call *call, size_t count, bool is_delete)
{
    struct hold *hold = arena_alloc(api_arena(call), sizeof *hold);
    hold->job.work = work;
    hold->job.done = on_worked;
    hold->call = call;
    hold->is_delete = is_delete;
    hold->count = count;
    hold->held = arena_array(api_arena(call), count, sizeof *hold->held);
    return hold;
}

static void start_one(struct sqs *sqs, struct api_call *call, bool is_delete)
{
    const struct record *input;
    struct sqs_queue *queue;
    if (!sqs_read(call, &input)) {
        return;
    }
    struct hold *hold = make_hold(call, 1, is_delete);
    const struct refusal *refusal = sqs_find_url(sqs, call, input, &queue);
    if (refusal == NULL) {
        refusal = read_held(api_arena(call), queue, input, is_delete, &hold->held[0]);
    }
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    hold->is_fifo = queue->config->is_fifo;
    queue_submit(queue->queue, &hold->job);
}

static void start_batch(struct sqs *sqs, struct api_call *call, bool is_delete)
{
    const struct record *input;
    struct sqs_queue *queue;
    struct batch_entry *entries;
    struct arena *arena = api_arena(call);
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct field *given = record_get(input, MEMBER_ENTRIES);
    const struct refusal *refusal = sqs_find_url(sqs, call, input, &queue);
    if (refusal == NULL) {
        refusal = sqs_batch_check(arena, given,
                                  is_delete ? "DeleteMessageBatchRequest"
                                            : "ChangeMessageVisibilityBatchRequest",
                                  &entries);
    }
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    struct hold *hold = make_hold(call, given->count, is_delete);
    hold->is_batch = true;
    hold->is_fifo = queue->config->is_fifo;
    hold->entries = entries;
    for (size_t i = 0; i < given->count; i++) {
        entries[i].refusal =
            read_held(arena, queue, given->items[i].record, is_delete, &hold->held[i]);
    }
    queue_submit(queue->queue, &hold->job);
}

void sqs_op_delete_message(struct api_call *call, void *ctx)
{
    start_one(ctx, call, true);
}

void sqs_op_delete_message_batch(struct api_call *call, void *ctx)
{
    start_batch(ctx, call, true);
}

void sqs_op_change_visibility(struct api_call *call, void *ctx)
{
    start_one(ctx, call, false);
}

void sqs_op_change_visibility_batch(struct api_call *call, void *ctx)
{
    start_batch(ctx, call, false);
}
