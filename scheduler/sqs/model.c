#include "scheduler/sqs/model.h"

#include "core/api/model_shapes.h"
#include "core/json_scan.h"

/* --- types --- */

static PLAIN(text, FIELD_STRING);
static PLAIN(number, FIELD_INTEGER);
static PLAIN(bytes, FIELD_BLOB);
static BOUNDED_LIST(texts, text, .is_flat = true);
static BOUNDED_MAP(attributes, text, .is_flat = true, .entry_key = "Name", .entry_value = "Value");
static BOUNDED_MAP(tags, text, .is_flat = true, .entry_key = "Key", .entry_value = "Value");

static STRUCTURE(message_attribute, "MessageAttributeValue", MAY(DATA_TYPE, text),
                 MAY(STRING_VALUE, text), MAY(BINARY_VALUE, bytes));
static BOUNDED_MAP(message_attributes, message_attribute, .is_flat = true, .entry_key = "Name",
                   .entry_value = "Value");

#define SENT                                                                                       \
    MAY(MESSAGE_BODY, text), MAY(DELAY_SECONDS, number),                                           \
        MAY(MESSAGE_ATTRIBUTES, message_attributes, .wire = "MessageAttribute"),                   \
        MAY(MESSAGE_SYSTEM_ATTRIBUTES, message_attributes, .wire = "MessageSystemAttribute"),      \
        MAY(MESSAGE_DEDUPLICATION_ID, text), MAY(MESSAGE_GROUP_ID, text)

static STRUCTURE(send_entry, "SendMessageBatchRequestEntry", MAY(ID, text), SENT);
static STRUCTURE(delete_entry, "DeleteMessageBatchRequestEntry", MAY(ID, text),
                 MAY(RECEIPT_HANDLE, text));
static STRUCTURE(visibility_entry, "ChangeMessageVisibilityBatchRequestEntry", MAY(ID, text),
                 MAY(RECEIPT_HANDLE, text), MAY(VISIBILITY_TIMEOUT, number));
static BOUNDED_LIST(send_entries, send_entry, .is_flat = true);
static BOUNDED_LIST(delete_entries, delete_entry, .is_flat = true);
static BOUNDED_LIST(visibility_entries, visibility_entry, .is_flat = true);

/* --- operations; that of a queue's URL may be in the path --- */

#define QUEUE MAY(QUEUE_URL, text)

static const struct input message_inputs[] = {
    INPUT("SendMessage", QUEUE, SENT),
    INPUT("SendMessageBatch", QUEUE,
          MAY(ENTRIES, send_entries, .wire = "SendMessageBatchRequestEntry")),
    INPUT("ReceiveMessage", QUEUE, MAY(ATTRIBUTE_NAMES, texts, .wire = "AttributeName"),
          MAY(MESSAGE_SYSTEM_ATTRIBUTE_NAMES, texts, .wire = "MessageSystemAttributeName"),
          MAY(MESSAGE_ATTRIBUTE_NAMES, texts, .wire = "MessageAttributeName"),
          MAY(MAX_NUMBER_OF_MESSAGES, number), MAY(VISIBILITY_TIMEOUT, number),
          MAY(WAIT_TIME_SECONDS, number), MAY(RECEIVE_REQUEST_ATTEMPT_ID, text)),
    INPUT("DeleteMessage", QUEUE, NEED_FIRST(RECEIPT_HANDLE, text)),
    INPUT("DeleteMessageBatch", QUEUE,
          MAY(ENTRIES, delete_entries, .wire = "DeleteMessageBatchRequestEntry")),
    INPUT("ChangeMessageVisibility", QUEUE, NEED_FIRST(RECEIPT_HANDLE, text),
          NEED_FIRST(VISIBILITY_TIMEOUT, number)),
    INPUT("ChangeMessageVisibilityBatch", QUEUE,
          MAY(ENTRIES, visibility_entries, .wire = "ChangeMessageVisibilityBatchRequestEntry")),
    INPUTS_END,
};

static const struct input queue_inputs[] = {
    INPUT("CreateQueue", NEED_FIRST(QUEUE_NAME, text),
          MAY(ATTRIBUTES, attributes, .wire = "Attribute"), MAY(NEW_TAGS, tags, .wire = "Tag")),
    INPUT("GetQueueUrl", NEED_FIRST(QUEUE_NAME, text), MAY(QUEUE_OWNER, text)),
    INPUT("ListQueues", MAY(QUEUE_NAME_PREFIX, text), MAY(NEXT_TOKEN, text),
          MAY(MAX_RESULTS, number)),
    INPUT("DeleteQueue", QUEUE),
    INPUT("PurgeQueue", QUEUE),
    INPUT("GetQueueAttributes", QUEUE, MAY(ATTRIBUTE_NAMES, texts, .wire = "AttributeName")),
    INPUT("SetQueueAttributes", QUEUE, MAY(ATTRIBUTES, attributes, .wire = "Attribute")),
    INPUT("AddPermission", QUEUE, NEED_FIRST(LABEL, text),
          MAY(AWS_ACCOUNT_IDS, texts, .wire = "AWSAccountId"),
          MAY(ACTIONS, texts, .wire = "ActionName")),
    INPUT("RemovePermission", QUEUE, NEED_FIRST(LABEL, text)),
    INPUT("TagQueue", QUEUE, MAY(TAGS, tags, .wire = "Tag")),
    INPUT("UntagQueue", QUEUE, MAY(TAG_KEYS, texts, .wire = "TagKey")),
    INPUT("ListQueueTags", QUEUE),
    INPUT("ListDeadLetterSourceQueues", QUEUE, MAY(NEXT_TOKEN, text), MAY(MAX_RESULTS, number)),
    INPUT("StartMessageMoveTask", NEED_FIRST(SOURCE_ARN, text), MAY(DESTINATION_ARN, text),
          MAY(MAX_NUMBER_OF_MESSAGES_PER_SECOND, number)),
    INPUT("CancelMessageMoveTask", NEED_FIRST(TASK_HANDLE, text)),
    INPUT("ListMessageMoveTasks", NEED_FIRST(SOURCE_ARN, text), MAY(MAX_RESULTS, number)),
    INPUTS_END,
};

/* --- where SQS reads JSON in its own way --- */

static bool is_scalar(struct slice raw)
{
    return raw.ptr[0] != '{' && raw.ptr[0] != '[' && raw.ptr[0] != '"';
}

/* Numbers and booleans are taken as texts, and texts of digits as numbers. */
static bool convert(const struct shape *shape, struct slice raw, struct field *field)
{
    if (shape->type == FIELD_STRING && is_scalar(raw)) {
        field->text = raw;
        return true;
    }
    return shape->type == FIELD_INTEGER && raw.ptr[0] == '"' &&
           slice_to_i64(slice_of(raw.ptr + 1, raw.len - 2), &field->number);
}

static struct slice wrong_type(struct arena *arena, const struct shape *shape, bool is_element,
                               struct slice raw)
{
    const char *type = shape->type == FIELD_INTEGER ? "an Integer" : "a String";
    (void)is_element;
    if (raw.ptr[0] == '{') {
        return SLICE("Start of structure or map found where not expected.");
    }
    if (raw.ptr[0] == '[') {
        return SLICE("Start of list found where not expected");
    }
    return arena_printf(arena, "%s can not be converted to %s",
                        raw.ptr[0] == '"'   ? "STRING_VALUE"
                        : raw.ptr[0] == 't' ? "TRUE_VALUE"
                        : raw.ptr[0] == 'f' ? "FALSE_VALUE"
                                            : "NUMBER_VALUE",
                        type);
}

static const struct input *const inputs[] = {message_inputs, queue_inputs, NULL};
static const struct model_hooks hooks = {.convert = convert, .wrong_type = wrong_type};
MODEL_NAMES(names, SQS_MEMBERS);
const struct model sqs_model = {.names = names, .inputs = inputs, .hooks = &hooks};
