#include "scheduler/sqs/event_source.h"

#include "core/encode.h"
#include "scheduler/sqs/incoming.h"
#include "scheduler/sqs/receipt.h"

bool sqs_source_find(struct scheduler *scheduler, struct slice arn, struct sqs_source *ret_source)
{
    const struct sqs_queue *queue = sqs_find_arn(scheduler->sqs, arn);
    if (queue == NULL || queue->queue == NULL) {
        return false;
    }
    *ret_source = (struct sqs_source){
        .queue = queue->queue,
        .visibility_ms = queue->config->visibility_ms,
        .has_redrive = queue->config->redrive.target.len > 0,
    };
    return true;
}

void sqs_watch(struct scheduler *scheduler, struct sqs_watch *watch)
{
    watch->next = scheduler->sqs->watches;
    scheduler->sqs->watches = watch;
}

void sqs_unwatch(struct scheduler *scheduler, struct sqs_watch *watch)
{
    struct sqs_watch **at = &scheduler->sqs->watches;
    while (*at != NULL && *at != watch) {
        at = &(*at)->next;
    }
    if (*at == watch) {
        *at = watch->next;
    }
}

void sqs_tell_watches(const struct sqs *sqs)
{
    for (struct sqs_watch *each = sqs->watches; each != NULL; each = each->next) {
        each->on_made(each);
    }
}

/* --- records --- */

static void print_system_attributes(struct json_writer *w, struct arena *arena, bool is_fifo,
                                    const struct queue_message *queued,
                                    const struct message *message)
{
    struct system_attribute attributes[SYSTEM_ATTRIBUTES_MAX];
    size_t count = incoming_system_attributes(arena, is_fifo, queued, message, attributes);
    json_key_text(w, "attributes");
    json_open(w, '{');
    for (size_t i = 0; i < count; i++) {
        json_put_string(w, attributes[i].name, attributes[i].value);
    }
    json_close(w, '}');
}

static void print_attribute(struct json_writer *w, const struct message_attribute *attribute)
{
    json_write_key(w, attribute->name);
    json_open(w, '{');
    if (attribute->is_binary) {
        AUTO_BUF base64 = BUF_INIT(2 * MESSAGE_SIZE_MAX);
        base64_encode(&base64, attribute->value);
        json_put_string(w, "binaryValue", buf_slice(&base64));
    } else {
        json_put_string(w, "stringValue", attribute->value);
    }
    json_put_raw(w, "stringListValues", SLICE("[]"));
    json_put_raw(w, "binaryListValues", SLICE("[]"));
    json_put_string(w, "dataType", attribute->type);
    json_close(w, '}');
}

static void print_attributes(struct json_writer *w, const struct message *message,
                             bool has_null_md5)
{
    json_key_text(w, "messageAttributes");
    json_open(w, '{');
    for (size_t i = 0; i < message->attribute_count; i++) {
        print_attribute(w, &message->attributes[i]);
    }
    json_close(w, '}');
    if (message->attribute_count > 0) {
        char md5[MD5_LEN], text[MD5_TEXT_MAX];
        sqs_message_attributes_md5(md5, message->attributes, message->attribute_count);
        json_put_text(w, "md5OfMessageAttributes", sqs_md5_text(text, md5));
    } else if (has_null_md5) {
        json_put_null(w, "md5OfMessageAttributes");
    }
}

bool sqs_event_print(struct json_writer *w, struct scheduler *scheduler,
                     const struct queue_message *queued, uint64_t queue_id, struct slice queue_arn,
                     bool has_null_md5, struct sqs_event_message *ret_message)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct message message;
    char md5[MD5_TEXT_MAX];
    if (!sqs_message_read(&arena, queued->head, &message)) {
        return false;
    }
    (void)sqs_message_id_text(ret_message->id, message.id);
    ret_message->trace = message.trace;
    json_open(w, '{');
    json_put_text(w, "messageId", ret_message->id);
    json_put_string(w, "receiptHandle", receipt_write(&arena, queue_id, queued->receipt));
    json_put_string(w, "body", queued->body);
    print_system_attributes(w, &arena, slice_ends_with(queue_arn, SLICE(".fifo")), queued,
                            &message);
    print_attributes(w, &message, has_null_md5);
    json_put_text(w, "md5OfBody", sqs_md5_text(md5, message.body_md5));
    json_put_text(w, "eventSource", "aws:sqs");
    json_put_string(w, "eventSourceARN", queue_arn);
    json_put_text(w, "awsRegion", scheduler->options.region);
    json_close(w, '}');
    return true;
}
