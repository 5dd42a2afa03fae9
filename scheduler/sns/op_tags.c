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

static void put_tag(void *ctx, struct slice key, struct slice value)
{
    struct result *result = ctx;
    result_item(result);
    result_text(result, "Key", key);
    result_text(result, "Value", value);
    result_close(result);
}

const struct refusal *sns_list_tags_for_resource(struct sns_operation *operation)
{
    struct topic *topic;
    const struct refusal *refusal = find_resource(operation, &topic);
    if (refusal == NULL) {
        result_list(&operation->result, "Tags", NULL);
        topic_tags_each(operation->arena, topic->tags, put_tag, &operation->result);
        result_close(&operation->result);
        sns_reply(operation);
    }
    return refusal;
}
