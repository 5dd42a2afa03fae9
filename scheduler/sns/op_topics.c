#include "core/mem.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/list_place.h"
#include "scheduler/sns/sns_private.h"
#include "scheduler/sns/topic_tags.h"

#include <inttypes.h>

/* --- CreateTopic --- */

static const struct refusal *read_attributes(struct arena *arena, const struct field *given,
                                             bool is_fifo, struct attributes *attributes)
{
    static const char where[] = "Attributes Reason: ";
    attributes->names = topic_attribute_names;
    for (size_t i = 0; i < given->count; i++) {
        const struct field *each = &given->items[i];
        int at = attributes_find(topic_attribute_names, each->key);
        if (slice_is(each->key, "ArchivePolicy")) {
            return refusal_invalid(arena, "%sArchivePolicy: sls-local keeps no archive of messages",
                                   where);
        }
        if (at < 0 || at == TOPIC_DATA_PROTECTION) {
            return refusal_invalid(arena, "%sUnknown attribute: %.*s", where, SLICE_ARG(each->key));
        }
        const struct refusal *refusal =
            topic_attribute_check(arena, is_fifo, at, each->text, where);
        if (refusal != NULL) {
            return refusal;
        }
        if (at != TOPIC_FIFO || is_fifo) { /* false is the same as nothing */
            attributes_set(attributes, at, each->text);
        }
    }
    return NULL;
}

static const struct refusal *check_same(struct sns_operation *operation, const struct topic *topic,
                                        const struct attributes *attributes)
{
    for (int i = 0; topic_attribute_names[i] != NULL; i++) {
        struct slice wanted = attributes->values[i];
        struct slice there = topic->attributes.values[i];
        bool is_default =
            i == TOPIC_CONTENT_DEDUPLICATION && there.ptr == NULL && slice_is(wanted, "false");
        if (wanted.ptr != NULL && !is_default && !slice_eq(wanted, there)) {
            return refusal_invalid(operation->arena, "Attributes Reason: Topic already exists with "
                                                     "different attributes");
        }
    }
    if (!topic_tags_have(operation->arena, topic->tags,
                         record_get(operation->input, MEMBER_TAGS))) {
        return refusal_invalid(operation->arena,
                               "Tags Reason: Topic already exists with different tags");
    }
    return NULL;
}

static const struct refusal *make_topic(struct sns_operation *operation, struct slice name,
                                        struct slice arn, const struct attributes *attributes)
{
    struct slice tags;
    const struct field *list = record_get(operation->input, MEMBER_TAGS);
    const struct refusal *refusal = topic_tags_merge(operation->arena, SLICE_NULL, list, &tags);
    if (refusal != NULL) {
        return refusal;
    }
    struct topic *topic = topic_create(name, arn);
    struct sns_change *change = sns_change_begin(operation->sns);
    for (int i = 0; topic_attribute_names[i] != NULL; i++) {
        topic_set(topic, i, attributes->values[i]);
    }
    topic_set(topic, TOPIC_DATA_PROTECTION,
              record_text(operation->input, MEMBER_DATA_PROTECTION_POLICY));
    topic_set_tags(topic, tags);
    name_index_add(&operation->sns->topics, &topic->name);
    sns_change_topic(change, topic);
    sns_change_reply(change, operation);
    return NULL;
}

static bool asks_for_fifo(const struct field *given)
{
    for (size_t i = 0; i < given->count; i++) {
        if (slice_is(given->items[i].key, "FifoTopic")) {
            return slice_ieq(given->items[i].text, SLICE("true"));
        }
    }
    return false;
}

static const struct refusal *check_topic_name(struct arena *arena, struct slice name, bool is_fifo)
{
    if (topic_name_is_valid(name, is_fifo)) {
        return NULL;
    }
    if (!is_fifo) {
        return refusal_invalid(arena, "Topic Name");
    }
    return refusal_invalid(arena, "Name Reason: Fifo Topic names must end with .fifo and must be "
                                  "made up of only uppercase and lowercase ASCII letters, numbers, "
                                  "underscores, and hyphens, and must be between 1 and 256 "
                                  "characters long.");
}

const struct refusal *sns_create_topic(struct sns_operation *operation)
{
    struct arena *arena = operation->arena;
    struct slice name = record_text(operation->input, MEMBER_NAME);
    const struct field *given = record_get(operation->input, MEMBER_ATTRIBUTES);
    bool is_fifo = asks_for_fifo(given);
    struct attributes attributes = {.names = NULL};
    struct topic *topic;
    const struct refusal *refusal = check_topic_name(arena, name, is_fifo);
    if (refusal == NULL) {
        refusal = read_attributes(arena, given, is_fifo, &attributes);
    }
    if (refusal == NULL) {
        struct slice arn = sns_topic_arn(operation->sns, arena, name);
        result_text(&operation->result, "TopicArn", arn);
        topic = name_index_find(&operation->sns->topics, name);
        if (topic == NULL) {
            refusal = make_topic(operation, name, arn, &attributes);
        } else {
            refusal = check_same(operation, topic, &attributes);
            if (refusal == NULL) { /* what made it may still be on its way to the disk */
                sns_change_reply(sns_change_begin(operation->sns), operation);
            }
        }
    }
    attributes_finish(&attributes);
    return refusal;
}

/* --- DeleteTopic --- */

const struct refusal *sns_delete_topic(struct sns_operation *operation)
{
    struct topic *topic = NULL;
    const struct field *arn = record_get(operation->input, MEMBER_TOPIC_ARN);
    const struct refusal *refusal = sns_find_topic(operation, arn, "TopicArn", &topic);
    if (refusal != NULL && refusal->error != SNS_NOT_FOUND) {
        return refusal;
    }
    topic = sns_topic(operation->sns, arn->text);
    struct sns_change *change = sns_change_begin(operation->sns);
    if (topic != NULL) { /* one that is not there is deleted as well */
        sns_change_gone_topic(change, topic);
        topics_remove(&operation->sns->topics, topic);
    }
    sns_change_reply(change, operation);
    return NULL;
}

/* --- attributes --- */

static void put_count(struct sns_operation *operation, const char *name, size_t count)
{
    result_entry(&operation->result, slice_from(name),
                 arena_printf(operation->arena, "%zu", count));
}

static void put_policies(struct sns_operation *operation, const struct topic *topic)
{
    AUTO_BUF json = BUF_INIT(65536);
    struct json_writer w = json_writer_init(&json);
    delivery_policy_write_topic(&w, &topic->delivery_policy, true);
    result_entry(&operation->result, SLICE("EffectiveDeliveryPolicy"), buf_slice(&json));
    if (topic->attributes.values[TOPIC_DELIVERY_POLICY].len != 0) {
        buf_clear(&json);
        w = json_writer_init(&json);
        delivery_policy_write_topic(&w, &topic->delivery_policy, false);
        result_entry(&operation->result, SLICE("DeliveryPolicy"), buf_slice(&json));
    }
}

static void put_attributes(struct sns_operation *operation, const struct topic *topic)
{
    struct result *result = &operation->result;
    struct slice account = slice_from(operation->sns->scheduler->options.account_id);
    result_entry(result, SLICE("TopicArn"), topic->arn);
    result_entry(result, SLICE("Owner"), account);
    result_entry(result, SLICE("Policy"), topic_policy(operation->arena, topic, account));
    put_policies(operation, topic);
    put_count(operation, "SubscriptionsConfirmed",
              topic_subscriptions_in(topic, SUBSCRIPTION_CONFIRMED));
    put_count(operation, "SubscriptionsPending",
              topic_subscriptions_in(topic, SUBSCRIPTION_PENDING));
    put_count(operation, "SubscriptionsDeleted",
              topic_subscriptions_in(topic, SUBSCRIPTION_DELETED));
    for (int i = 0; topic_attribute_names[i] != NULL; i++) {
        struct slice value = topic->attributes.values[i];
        if (i == TOPIC_POLICY || i == TOPIC_DELIVERY_POLICY || i == TOPIC_DATA_PROTECTION) {
            continue;
        }
        if (i == TOPIC_DISPLAY_NAME && value.ptr == NULL) {
            value = SLICE("");
        }
        if (i == TOPIC_CONTENT_DEDUPLICATION && topic->is_fifo && value.ptr == NULL) {
            value = SLICE("false");
        }
        if (value.ptr != NULL) {
            result_entry(result, slice_from(topic_attribute_names[i]), value);
        }
    }
}

const struct refusal *sns_get_topic_attributes(struct sns_operation *operation)
{
    struct topic *topic;
    const struct refusal *refusal = sns_find_topic(
        operation, record_get(operation->input, MEMBER_TOPIC_ARN), "TopicArn", &topic);
    if (refusal == NULL) {
        result_map(&operation->result, "Attributes", NULL);
        put_attributes(operation, topic);
        result_close(&operation->result);
        sns_reply(operation);
    }
    return refusal;
}

const struct refusal *sns_set_topic_attributes(struct sns_operation *operation)
{
    struct topic *topic;
    struct slice name = record_text(operation->input, MEMBER_ATTRIBUTE_NAME);
    struct slice value = record_text(operation->input, MEMBER_ATTRIBUTE_VALUE);
    int at = attributes_find(topic_attribute_names, name);
    const struct refusal *refusal = sns_find_topic(
        operation, record_get(operation->input, MEMBER_TOPIC_ARN), "TopicArn", &topic);
    if (refusal != NULL) {
        return refusal;
    }
    if (slice_is(name, "ArchivePolicy")) {
        return refusal_invalid(operation->arena,
                               "ArchivePolicy: sls-local keeps no archive of messages");
    }
    if (at < 0 || at == TOPIC_FIFO || at == TOPIC_DATA_PROTECTION) {
        return refusal_invalid(operation->arena, "AttributeName");
    }
    if (value.len != 0) {
        refusal = topic_attribute_check(operation->arena, topic->is_fifo, at, value, "");
    }
    if (refusal == NULL) {
        struct sns_change *change = sns_change_begin(operation->sns);
        topic_set(topic, at, value.len != 0 ? value : SLICE_NULL);
        sns_change_topic(change, topic);
        sns_change_reply(change, operation);
    }
    return refusal;
}

/* --- ListTopics --- */

const struct refusal *sns_list_topics(struct sns_operation *operation)
{
    const struct name_index *topics = &operation->sns->topics;
    struct list_place place;
    const struct refusal *refusal = list_place_read(operation, &place);
    if (refusal != NULL) {
        return refusal;
    }
    size_t first = name_index_place(topics, place.topic);
    size_t last = topics->count - first > SNS_PAGE_MAX ? first + SNS_PAGE_MAX : topics->count;
    result_list(&operation->result, "Topics", NULL);
    for (size_t i = first; i < last; i++) {
        result_item(&operation->result);
        const struct topic *topic = topics->items[i];
        result_text(&operation->result, "TopicArn", topic->arn);
        result_close(&operation->result);
    }
    result_close(&operation->result);
    if (last < topics->count) {
        list_place_put(operation, name_index_name(topics, last), 0);
    }
    sns_reply(operation);
    return NULL;
}
