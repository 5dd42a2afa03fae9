/* ReceiveMessage. */
#include "core/encode.h"
#include "core/mem.h"
#include "scheduler/sqs/incoming.h"
#include "scheduler/sqs/receipt.h"

struct receive {
    struct receiver receiver;
    struct poll poll;
    struct sqs *sqs;
    struct api_call *call;
    uint64_t queue_id;
    bool is_fifo;
    const struct field *system_names, *old_system_names; /* both are asked for */
    const struct field *attribute_names;
};

/* --- which attributes --- */

static bool is_named(const struct field *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (slice_is(names->items[i].text, name) || slice_is(names->items[i].text, "All")) {
            return true;
        }
    }
    return false;
}

/* "All", ".*", a name, or the beginning of names: "Order.*". */
static bool matches(struct slice pattern, struct slice name)
{
    if (slice_is(pattern, "All")) {
        return true;
    }
    if (slice_ends_with(pattern, SLICE(".*"))) {
        return slice_starts_with(name, slice_take(pattern, pattern.len - 2));
    }
    return slice_eq(pattern, name);
}

/* In the order of their names; the result is in the arena. */
static struct message_attribute *select_attributes(const struct receive *receive,
                                                   const struct message *message, size_t *ret_count)
{
    struct message_attribute *chosen =
        arena_array(api_arena(receive->call), message->attribute_count, sizeof *chosen);
    size_t count = 0;
    for (size_t i = 0; i < message->attribute_count; i++) {
        const struct field *names = receive->attribute_names;
        for (size_t j = 0; j < names->count; j++) {
            if (matches(names->items[j].text, message->attributes[i].name)) {
                chosen[count++] = message->attributes[i];
                break;
            }
        }
    }
    *ret_count = count;
    return chosen;
}

/* --- the reply --- */

static void write_system_attributes(struct result *result, const struct receive *receive,
                                    const struct queue_message *queued,
                                    const struct message *message)
{
    struct system_attribute attributes[SYSTEM_ATTRIBUTES_MAX];
    size_t count = incoming_system_attributes(api_arena(receive->call), receive->is_fifo, queued,
                                              message, attributes);
    bool is_open = false;
    for (size_t i = 0; i < count; i++) {
        if (!is_named(receive->system_names, attributes[i].name) &&
            !is_named(receive->old_system_names, attributes[i].name)) {
            continue;
        }
        if (!is_open) {
            result_map(result, "Attributes", "Attribute");
            is_open = true;
        }
        result_entry(result, slice_from(attributes[i].name), attributes[i].value);
    }
    if (is_open) {
        result_close(result);
    }
}

static void write_attributes(struct result *result, const struct receive *receive,
                             const struct message *message)
{
    size_t count;
    char md5[MD5_LEN], text[MD5_TEXT_MAX];
    const struct message_attribute *chosen = select_attributes(receive, message, &count);
    if (count == 0) {
        return;
    }
    sqs_message_attributes_md5(md5, chosen, count);
    result_text(result, "MD5OfMessageAttributes", slice_from(sqs_md5_text(text, md5)));
    result_map(result, "MessageAttributes", "MessageAttribute");
    for (size_t i = 0; i < count; i++) {
        result_entry_struct(result, chosen[i].name);
        if (chosen[i].is_binary) {
            AUTO_BUF base64 = BUF_INIT(2 * MESSAGE_SIZE_MAX);
            base64_encode(&base64, chosen[i].value);
            result_text(result, "BinaryValue", buf_slice(&base64));
        } else {
            result_text(result, "StringValue", chosen[i].value);
        }
        result_text(result, "DataType", chosen[i].type);
        result_close(result);
    }
    result_close(result);
}

static void write_message(struct result *result, const struct receive *receive,
                          const struct queue_message *queued)
{
    struct message message;
    char id[ID_UUID_MAX], text[MD5_TEXT_MAX];
    struct arena *arena = api_arena(receive->call);
    if (!sqs_message_read(arena, queued->head, &message)) {
        return;
    }
    result_item(result);
    result_text(result, "MessageId", slice_from(sqs_message_id_text(id, message.id)));
    result_text(result, "ReceiptHandle", receipt_write(arena, receive->queue_id, queued->receipt));
    result_text(result, "MD5OfBody", slice_from(sqs_md5_text(text, message.body_md5)));
    result_text(result, "Body", queued->body);
    write_system_attributes(result, receive, queued, &message);
    write_attributes(result, receive, &message);
    result_close(result);
}

static void reply(const struct receive *receive)
{
    const struct queue_take *take = &receive->receiver.take;
    struct result result;
    result_begin(&result, receive->call);
    if (take->count > 0) {
        result_list(&result, "Messages", "Message");
        for (uint32_t i = 0; i < take->count; i++) {
            write_message(&result, receive, &take->messages[i]);
        }
        result_close(&result);
    }
    result_reply(&result);
}

/* A call in process holds the clock until it is answered. One that may wait does not: what it waits for may come by the
 * clock alone. */
static void release_clock(const struct receive *receive)
{
    if (api_exchange(receive->call) == NULL) {
        alarms_release(receive->sqs->scheduler->context->alarms);
    }
}

static void hold_clock(const struct receive *receive)
{
    if (api_exchange(receive->call) == NULL) {
        alarms_hold(receive->sqs->scheduler->context->alarms);
    }
}

static void on_messages(struct receiver *receiver, enum status status)
{
    struct receive *receive = CONTAINER_OF(receiver, struct receive, receiver);
    struct receiver ended = *receiver; /* the reply ends the memory that it is in */
    hold_clock(receive);
    sqs_poll_remove(receive->sqs, &receive->poll);
    const struct refusal *refusal = NULL;
    if (status == STATUS_OK && receiver->take.is_limited && !receive->is_fifo) {
        refusal = sqs_refuse(api_arena(receive->call), SQS_OVER_LIMIT,
                             "Too many messages are in flight: at most %d.", IN_FLIGHT_MAX);
    } else if (status !=
               STATUS_CANCELLED) { /* who has left gets nothing; so does who waits at the end */
        refusal = sqs_refuse_status(receive->call, status);
    }
    if (refusal != NULL) {
        sqs_refusal_reply(receive->call, refusal);
    } else {
        reply(receive);
    }
    receiver_finish(&ended);
}

static void end_poll(struct poll *poll)
{
    receiver_cancel(&CONTAINER_OF(poll, struct receive, poll)->receiver);
}

static void on_gone(void *ctx, struct api_call *call)
{
    (void)call;
    receiver_cancel(&((struct receive *)ctx)->receiver);
}

/* --- the request --- */

static const struct refusal *check_number(struct arena *arena, const struct record *input,
                                          int member, const char *parameter, int64_t min,
                                          int64_t max, const char *reason)
{
    const struct field *number = record_get(input, member);
    if (!number->is_set || (number->number >= min && number->number <= max)) {
        return NULL;
    }
    struct slice shown = arena_printf(arena, "%lld", (long long)number->number);
    return sqs_refuse_value(arena, shown, parameter, "%s", reason);
}

static const struct refusal *check(struct api_call *call, const struct record *input)
{
    struct arena *arena = api_arena(call);
    const struct refusal *refusal =
        check_number(arena, input, MEMBER_MAX_NUMBER_OF_MESSAGES, "MaxNumberOfMessages", 1,
                     RECEIVE_MAX, "Must be between 1 and 10, if provided.");
    if (refusal == NULL) {
        refusal = check_number(arena, input, MEMBER_WAIT_TIME_SECONDS, "WaitTimeSeconds", 0,
                               WAIT_MAX_S, "Must be >= 0 and <= 20, if provided.");
    }
    if (refusal == NULL) {
        refusal = check_number(arena, input, MEMBER_VISIBILITY_TIMEOUT, "VisibilityTimeout", 0,
                               VISIBILITY_MAX_S, "Must be >= 0 and <= 43200, if provided.");
    }
    return refusal;
}

static int64_t seconds_or(const struct record *input, int member, int64_t other_ms)
{
    const struct field *seconds = record_get(input, member);
    return seconds->is_set ? 1000 * seconds->number : other_ms;
}

static void start(struct sqs *sqs, struct api_call *call, const struct record *input,
                  const struct sqs_queue *queue)
{
    struct receive *receive = arena_alloc(api_arena(call), sizeof *receive);
    const struct field *max = record_get(input, MEMBER_MAX_NUMBER_OF_MESSAGES);
    receive->sqs = sqs;
    receive->call = call;
    receive->poll.end = end_poll;
    sqs_poll_add(sqs, &receive->poll);
    release_clock(receive);
    receive->queue_id = queue_settings(queue->queue)->id;
    receive->is_fifo = queue->config->is_fifo;
    receive->system_names = record_get(input, MEMBER_MESSAGE_SYSTEM_ATTRIBUTE_NAMES);
    receive->old_system_names = record_get(input, MEMBER_ATTRIBUTE_NAMES);
    receive->attribute_names = record_get(input, MEMBER_MESSAGE_ATTRIBUTE_NAMES);
    receive->receiver.take = (struct queue_take){
        .max = max->is_set ? (uint32_t)max->number : 1,
        .hold_ms = seconds_or(input, MEMBER_VISIBILITY_TIMEOUT, queue->config->visibility_ms),
        .attempt = queue->config->is_fifo ? record_text(input, MEMBER_RECEIVE_REQUEST_ATTEMPT_ID)
                                          : SLICE(""),
    };
    bool can_wait =
        !sqs->ends_polls && (api_exchange(call) == NULL || !http_fin_is_gone(api_exchange(call)));
    receive->receiver.wait_ms =
        can_wait ? seconds_or(input, MEMBER_WAIT_TIME_SECONDS, queue->config->wait_ms) : 0;
    receive->receiver.on_messages = on_messages;
    api_on_gone(call, on_gone, receive);
    queue_receive(queue->queue, &receive->receiver);
}

void sqs_op_receive_message(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct sqs_queue *queue;
    if (!sqs_read(call, &input)) {
        return;
    }
    const struct refusal *refusal = sqs_find_url(ctx, call, input, &queue);
    refusal = refusal != NULL ? refusal : check(call, input);
    if (refusal != NULL) {
        sqs_refusal_reply(call, refusal);
        return;
    }
    start(ctx, call, input, queue);
}
