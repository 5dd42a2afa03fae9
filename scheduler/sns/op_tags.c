#include "scheduler/arn.h"
#include "scheduler/sns/sns_private.h"
#include "scheduler/sns/topic_tags.h"

static const struct refusal *find_resource(struct sns_operation *operation,
                                           struct topic **ret_topic)
{
    const struct refusal *refusal = sns_find_topic(
        operation, record_get(operation->input, MEMBER_RESOURCE_ARN), "ResourceArn", ret_topic);
    if (refusal != NULL && refusal->error == SNS_NOT_FOUND) {
        return refusal_make(operation->arena, SNS_RESOURCE_NOT_FOUND, "Resource does not exist");
    }
    return refusal;
}

static void keep(struct sns_operation *operation, struct topic *topic, struct slice tags)
{
    struct sns_change *change = sns_change_begin(operation->sns);
    topic_set_tags(topic, tags);
    sns_change_topic(change, topic);
    sns_change_reply(change, operation);
}

const struct refusal *sns_tag_resource(struct sns_operation *operation)
{
    struct topic *topic;
    struct slice tags;
    const struct refusal *refusal = find_resource(operation, &topic);
    if (refusal == NULL) {
        refusal = topic_tags_merge(operation->arena, topic->tags,
                                   record_get(operation->input, MEMBER_TAGS), &tags);
    }
    if (refusal == NULL) {
        keep(operation, topic, tags);
    }
    return refusal;
}

const struct refusal *sns_untag_resource(struct sns_operation *operation)
{
    struct topic *topic;
    const struct refusal *refusal = find_resource(operation, &topic);
    if (refusal == NULL) {
        keep(operation, topic,
             topic_tags_without(operation->arena, topic->tags,
                                record_get(operation->input, MEMBER_TAG_KEYS)));
    }
    return refusal;
}

const struct refusal *sns_list_tags_for_resource(struct sns_operation *operation)
{
    struct topic *topic;
    const struct refusal *refusal = find_resource(operation, &topic);
    if (refusal == NULL) {
        struct tags tags = tags_of_object(operation->arena, topic->tags);
        result_list(&operation->result, "Tags", NULL);
        for (size_t i = 0; i < tags.count; i++) {
            result_item(&operation->result);
            result_text(&operation->result, "Key", tags.items[i].key);
            result_text(&operation->result, "Value", tags.items[i].value);
            result_close(&operation->result);
        }
        result_close(&operation->result);
        sns_reply(operation);
    }
    return refusal;
}
