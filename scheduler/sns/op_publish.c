#include "core/mem.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/publish.h"

static struct slice trace_of(struct sns_operation *operation)
{
    struct slice trace = api_header(operation->call, "x-amzn-trace-id");
    return trace.ptr != NULL ? trace : SLICE("");
}

static void refuse_unpublished(struct sns_operation *operation, enum status status)
{
    sns_refuse(operation,
               status == STATUS_NOT_FOUND
                   ? refusal_make(operation->arena, SNS_NOT_FOUND, "Topic does not exist")
                   : refusal_make(operation->arena, SNS_INTERNAL,
                                  "The message could not be written to disk."));
}

static void put_ids(struct result *result, const struct published *item)
{
    result_text(result, "MessageId", slice_from(item->message_id));
    if (item->sequence_number.len != 0) {
        result_text(result, "SequenceNumber", item->sequence_number);
    }
}

/* --- Publish --- */

static void on_published(void *ctx, enum status status, const struct published *items, size_t count)
{
    struct sns_operation *operation = ctx;
    (void)count;
    if (status != STATUS_OK) {
        refuse_unpublished(operation, status);
        return;
    }
    put_ids(&operation->result, &items[0]);
    sns_reply(operation);
}

static const struct refusal *refuse_phone(struct arena *arena, struct slice number)
{
    if (!sns_is_phone_number(number)) {
        return refusal_invalid(arena, "PhoneNumber Reason: %.*s is not valid to publish to",
                               SLICE_ARG(number));
    }
    return refusal_invalid(arena, "PhoneNumber Reason: sls-local does not send text messages");
}

/* TopicArn, or TargetArn in its place. */
static const struct refusal *find_target(struct sns_operation *operation, struct topic **ret_topic)
{
    const struct record *input = operation->input;
    const struct field *topic = record_get(input, MEMBER_TOPIC_ARN);
    const struct field *target = record_get(input, MEMBER_TARGET_ARN);
    const struct field *phone = record_get(input, MEMBER_PHONE_NUMBER);
    if (topic->is_set + target->is_set + phone->is_set > 1) {
        return refusal_invalid(operation->arena, "Only one of TopicArn, TargetArn or PhoneNumber "
                                                 "may be given");
    }
    if (phone->is_set) {
        return refuse_phone(operation->arena, phone->text);
    }
    if (!topic->is_set && !target->is_set) {
        return refusal_invalid(operation->arena, "TopicArn or TargetArn Reason: no value for "
                                                 "required parameter");
    }
    if (slice_search(target->text, SLICE(":endpoint/")) != SLICE_NPOS) {
        return refusal_invalid(operation->arena, "TargetArn Reason: No endpoint found for the "
                                                 "target arn specified");
    }
    return topic->is_set ? sns_find_topic(operation, topic, "TopicArn", ret_topic)
                         : sns_find_topic(operation, target, "TargetArn", ret_topic);
}

const struct refusal *sns_publish(struct sns_operation *operation)
{
    struct topic *topic;
    struct publication publication;
    const struct refusal *refusal = find_target(operation, &topic);
    if (refusal == NULL) {
        refusal = publication_read(operation->arena, topic, operation->input, &publication);
    }
    if (refusal == NULL) {
        struct publish *publish =
            publish_begin(operation->sns, operation->arena, topic, 1, trace_of(operation));
        publish_add(publish, &publication);
        publish_submit(publish, on_published, operation);
    }
    return refusal;
}

/* --- PublishBatch --- */

static void on_batch_published(void *ctx, enum status status, const struct published *items,
                               size_t count)
{
    struct sns_operation *operation = ctx;
    struct result *result = &operation->result;
    if (status != STATUS_OK) {
        refuse_unpublished(operation, status);
        return;
    }
    result_list(result, "Successful", NULL);
    for (size_t i = 0; i < count; i++) {
        result_item(result);
        result_text(result, "Id", items[i].entry_id);
        put_ids(result, &items[i]);
        result_close(result);
    }
    result_close(result);
    result_list(result, "Failed", NULL);
    result_close(result);
    sns_reply(operation);
}

static bool is_entry_id(struct slice id)
{
    return slice_is_alnum(id, "-_");
}

static const struct refusal *check_ids(struct arena *arena, const struct field *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct slice id = record_text(entries->items[i].record, MEMBER_ID);
        for (size_t k = 0; k < i; k++) {
            if (slice_eq(id, record_text(entries->items[k].record, MEMBER_ID))) {
                return refusal_make(arena, SNS_IDS_NOT_DISTINCT,
                                    "Two or more batch entries in the request have the same Id.");
            }
        }
    }
    for (size_t i = 0; i < entries->count; i++) {
        struct slice id = record_text(entries->items[i].record, MEMBER_ID);
        if (id.len > SNS_BATCH_ID_MAX) {
            return refusal_make(arena, SNS_INVALID_ENTRY_ID,
                                "The Id of a batch entry in the batch request is too long: %.*s",
                                SLICE_ARG(id));
        }
        if (!is_entry_id(id)) {
            return refusal_make(arena, SNS_INVALID_ENTRY_ID,
                                "The Id of a batch entry in the batch request contains an "
                                "impermissible character: %.*s",
                                SLICE_ARG(id));
        }
    }
    return NULL;
}

static const struct refusal *check_batch(struct arena *arena, const struct field *entries)
{
    if (entries->count == 0) {
        return refusal_make(arena, SNS_EMPTY_BATCH,
                            "The batch request doesn't contain any entries.");
    }
    if (entries->count > SNS_BATCH_ENTRIES_MAX) {
        return refusal_make(arena, SNS_TOO_MANY_ENTRIES,
                            "The batch request contains more entries than permissible.");
    }
    return check_ids(arena, entries);
}

/* One entry that cannot be published refuses all of them. */
static const struct refusal *read_entries(struct arena *arena, const struct topic *topic,
                                          const struct field *entries,
                                          struct publication *publications)
{
    size_t bytes = 0;
    for (size_t i = 0; i < entries->count; i++) {
        const struct refusal *refusal =
            publication_read(arena, topic, entries->items[i].record, &publications[i]);
        if (refusal != NULL) {
            return refusal;
        }
        bytes += publications[i].bytes;
    }
    if (bytes > topic_message_max(topic)) {
        return refusal_make(arena, SNS_BATCH_TOO_LONG,
                            "The length of all the messages put together is more than the limit.");
    }
    return NULL;
}

const struct refusal *sns_publish_batch(struct sns_operation *operation)
{
    struct arena *arena = operation->arena;
    struct topic *topic;
    struct publication publications[SNS_BATCH_ENTRIES_MAX];
    const struct field *entries =
        record_get(operation->input, MEMBER_PUBLISH_BATCH_REQUEST_ENTRIES);
    const struct refusal *refusal =
        entries->count > SNS_BATCH_ENTRIES_MAX ? check_batch(arena, entries) : NULL;
    if (refusal == NULL) {
        refusal = sns_find_topic(operation, record_get(operation->input, MEMBER_TOPIC_ARN),
                                 "TopicArn", &topic);
    }
    if (refusal == NULL) {
        refusal = check_batch(arena, entries);
    }
    if (refusal == NULL) {
        refusal = read_entries(arena, topic, entries, publications);
    }
    if (refusal == NULL) {
        struct publish *publish =
            publish_begin(operation->sns, arena, topic, entries->count, trace_of(operation));
        for (size_t i = 0; i < entries->count; i++) {
            publish_add(publish, &publications[i]);
        }
        publish_submit(publish, on_batch_published, operation);
    }
    return refusal;
}
