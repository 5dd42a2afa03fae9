/* What each operation of SNS takes. ARNs are checked by the operations, who word it in their own way. */
#include "core/api/model_shapes.h"

#include "scheduler/sns/limits.h"
#include "scheduler/sns/members.h"

static PLAIN(text, FIELD_STRING);
static PLAIN(blob, FIELD_BLOB);
static PLAIN(flag, FIELD_BOOL);
static LIST(texts, text);
static MAP(attributes, text);

static STRING(tag_key, BETWEEN(1, SNS_TAG_KEY_MAX));
static STRING(tag_value, BETWEEN(0, SNS_TAG_VALUE_MAX));
static STRUCTURE(tag, "Tag", NEED(KEY, tag_key), NEED(VALUE, tag_value));
static LIST(tags, tag);
static LIST(tag_keys, tag_key);
static STRING(resource, BETWEEN(1, 1011));

static STRUCTURE(message_attribute, "MessageAttributeValue", NEED(DATA_TYPE, text),
                 MAY(STRING_VALUE, text), MAY(BINARY_VALUE, blob));
static SHAPE(message_attributes, FIELD_MAP, .element = &shape_message_attribute,
             .entry_key = "Name", .entry_value = "Value");

#define MESSAGE_MEMBERS                                                                            \
    MAY(SUBJECT, text), MAY(MESSAGE_STRUCTURE, text), MAY(MESSAGE_ATTRIBUTES, message_attributes), \
        MAY(MESSAGE_DEDUPLICATION_ID, text), MAY(MESSAGE_GROUP_ID, text)

static STRUCTURE(entry, "PublishBatchRequestEntry", NEED(ID, text), NEED(MESSAGE, text),
                 MESSAGE_MEMBERS);
static LIST(entries, entry);

static const struct input topic_inputs[] = {
    INPUT("CreateTopic", NEED(NAME, text), MAY(ATTRIBUTES, attributes), MAY(TAGS, tags),
          MAY(DATA_PROTECTION_POLICY, text)),
    INPUT("DeleteTopic", MAY(TOPIC_ARN, text)),
    INPUT("GetTopicAttributes", MAY(TOPIC_ARN, text)),
    INPUT("SetTopicAttributes", MAY(TOPIC_ARN, text), NEED(ATTRIBUTE_NAME, text),
          MAY(ATTRIBUTE_VALUE, text)),
    INPUT("ListTopics", MAY(NEXT_TOKEN, text)),
    INPUT("AddPermission", MAY(TOPIC_ARN, text), NEED(LABEL, text), NEED(AWS_ACCOUNT_ID, texts),
          NEED(ACTION_NAME, texts)),
    INPUT("RemovePermission", MAY(TOPIC_ARN, text), NEED(LABEL, text)),
    INPUT("GetDataProtectionPolicy", MAY(RESOURCE_ARN, text)),
    INPUT("PutDataProtectionPolicy", MAY(RESOURCE_ARN, text), NEED(DATA_PROTECTION_POLICY, text)),
    INPUT("TagResource", NEED(RESOURCE_ARN, resource), NEED(TAGS, tags)),
    INPUT("UntagResource", NEED(RESOURCE_ARN, resource), NEED(TAG_KEYS, tag_keys)),
    INPUT("ListTagsForResource", NEED(RESOURCE_ARN, resource)),
    INPUTS_END,
};

static const struct input subscription_inputs[] = {
    INPUT("Subscribe", MAY(TOPIC_ARN, text), NEED(PROTOCOL, text), MAY(ENDPOINT, text),
          MAY(ATTRIBUTES, attributes), MAY(RETURN_SUBSCRIPTION_ARN, flag)),
    INPUT("ConfirmSubscription", MAY(TOPIC_ARN, text), NEED(TOKEN, text),
          MAY(AUTHENTICATE_ON_UNSUBSCRIBE, text)),
    INPUT("Unsubscribe", MAY(SUBSCRIPTION_ARN, text)),
    INPUT("GetSubscriptionAttributes", MAY(SUBSCRIPTION_ARN, text)),
    INPUT("SetSubscriptionAttributes", MAY(SUBSCRIPTION_ARN, text), NEED(ATTRIBUTE_NAME, text),
          MAY(ATTRIBUTE_VALUE, text)),
    INPUT("ListSubscriptions", MAY(NEXT_TOKEN, text)),
    INPUT("ListSubscriptionsByTopic", MAY(TOPIC_ARN, text), MAY(NEXT_TOKEN, text)),
    INPUTS_END,
};

static const struct input publish_inputs[] = {
    INPUT("Publish", MAY(TOPIC_ARN, text), MAY(TARGET_ARN, text), MAY(PHONE_NUMBER, text),
          NEED(MESSAGE, text), MESSAGE_MEMBERS),
    INPUT("PublishBatch", MAY(TOPIC_ARN, text), NEED(PUBLISH_BATCH_REQUEST_ENTRIES, entries)),
    INPUTS_END,
};

static const struct input *const inputs[] = {publish_inputs, topic_inputs, subscription_inputs,
                                             NULL};
MODEL_NAMES(names, SNS_MEMBERS);
const struct model sns_model = {.names = names, .inputs = inputs};
