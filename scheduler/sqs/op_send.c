/* SendMessage and SendMessageBatch. */
#include "core/mem.h"
#include "scheduler/sqs/batch.h"
#include "scheduler/sqs/outgoing.h"

struct send {
    struct queue_job job;
    struct api_call *call;
    bool is_fifo, is_batch;
    size_t count;
    struct batch_entry *entries; /* of a batch; one that was refused is not put */
    struct outgoing *messages;
};

static void write_sent(struct result *result, const struct send *send,
                       const struct outgoing *message)
{
    char text[MD5_TEXT_MAX], id[ID_UUID_MAX];
    result_text(result, "MessageId", slice_from(sqs_message_id_text(id, message->put.first_ident)));
    result_text(result, "MD5OfMessageBody", slice_from(sqs_md5_text(text, message->body_md5)));
    if (message->has_attributes) {
        result_text(result, "MD5OfMessageAttributes",
                    slice_from(sqs_md5_text(text, message->attributes_md5)));
    }
    if (message->has_system_attributes) {
        result_text(result, "MD5OfMessageSystemAttributes",
                    slice_from(sqs_md5_text(text, message->system_md5)));
    }
    if (send->is_fifo) {
        result_text(result, "SequenceNumber",
                    sqs_sequence_text(api_arena(send->call), message->put.seq));
    }
}

static void write_batch(struct result *result, const struct send *send)
{
    if (sqs_batch_open_successful(result, send->entries, send->count,
                                  "SendMessageBatchResultEntry")) {
        for (size_t i = 0; i < send->count; i++) {
            if (send->entries[i].refusal == NULL) {
                result_item(result);
                result_text(result, "Id", send->entries[i].id);
                write_sent(result, send, &send->messages[i]);
                result_close(result);
            }
        }
        result_close(result);
    }
    sqs_batch_write_failed(result, send->entries, send->count);
}

static void reply(const struct send *send)
{
    struct result result;
    result_begin(&result, send->call);
    if (send->is_batch) {
        write_batch(&result, send);
    } else {
        write_sent(&result, send, &send->messages[0]);
    }
    result_reply(&result);
}

static void work(struct queue_job *job, struct queue_txn *q)
{
    struct send *send = CONTAINER_OF(job, struct send, job);
    for (size_t i = 0; i < send->count; i++) {
        if (send->entries == NULL || send->entries[i].refusal == NULL) {
            queue_put(q, &send->messages[i].put);
        }
    }
}

static void on_put(struct queue_job *job, enum status status)
{
    struct send *send = CONTAINER_OF(job, struct send, job);
    if (status == STATUS_OK) {
        reply(send);
    } else {
        sqs_refusal_reply(send->call, sqs_refuse_status(send->call, status));
    }
}

static void submit(struct sqs_queue *queue, struct send *send)
{
    send->is_fifo = queue->config->is_fifo;
    send->job.work = work;
    send->job.done = on_put;
    queue_submit(queue->queue, &send->job);
}

static struct send *make_send(struct api_call *call, size_t count)
{
    struct send *send = arena_alloc(api_arena(call), sizeof *send);
    send->call = call;
    send->count = count;
    send->messages = arena_array(api_arena(call), count, sizeof *send->messages);
    return send;
}

void sqs_op_send_message(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct sqs_queue *queue;
    if (!sqs_read(call, &input)) {
        return;
    }
    struct send *send = make_send(call, 1);
    const struct refusal *refusal = sqs_find_url(ctx, call, input, &queue);
    refusal = refusal != NULL ? refusal : outgoing_prepare(call, queue, input, &send->messages[0]);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    submit(queue, send);
}

/* What refuses the whole request. */
static const struct refusal *check_batch(struct api_call *call, const struct sqs_queue *queue,
                                         const struct field *entries,
                                         struct batch_entry **ret_entries)
{
    struct arena *arena = api_arena(call);
    size_t size = 0;
    const struct refusal *refusal =
        sqs_batch_check(arena, entries, "SendMessageBatchRequest", ret_entries);
    for (size_t i = 0; refusal == NULL && i < entries->count; i++) {
        size += outgoing_size(entries->items[i].record);
        refusal = outgoing_check_fifo(arena, queue, entries->items[i].record);
    }
    if (refusal == NULL && size > MESSAGE_SIZE_MAX) {
        refusal =
            sqs_refuse(arena, SQS_BATCH_TOO_LONG,
                       "Batch requests cannot be longer than %d bytes. You have sent %zu bytes.",
                       MESSAGE_SIZE_MAX, size);
    }
    return refusal;
}

void sqs_op_send_message_batch(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct sqs_queue *queue;
    struct batch_entry *entries;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct field *given = record_get(input, MEMBER_ENTRIES);
    const struct refusal *refusal = sqs_find_url(ctx, call, input, &queue);
    refusal = refusal != NULL ? refusal : check_batch(call, queue, given, &entries);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    struct send *send = make_send(call, given->count);
    send->is_batch = true;
    send->entries = entries;
    for (size_t i = 0; i < given->count; i++) {
        entries[i].refusal =
            outgoing_prepare(call, queue, given->items[i].record, &send->messages[i]);
    }
    submit(queue, send);
}
