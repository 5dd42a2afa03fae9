/* What the attributes of a topic may be. */
#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/topic.h"

#define FEEDBACK(protocol)                                                                         \
    protocol "SuccessFeedbackRoleArn", protocol "SuccessFeedbackSampleRate",                       \
        protocol "FailureFeedbackRoleArn"

const char *const topic_attribute_names[] = {
    "DisplayName",
    "Policy",
    "DeliveryPolicy",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
    "FifoTopic",
    "ContentBasedDeduplication",
    "FifoThroughputScope",
    "MaximumMessageSize",
    "DataProtectionPolicy",
    FEEDBACK("HTTP"),
    FEEDBACK("Firehose"),
    FEEDBACK("Lambda"),
    FEEDBACK("Application"),
    FEEDBACK("SQS"),
    NULL,
};

static const struct refusal *refuse(struct arena *arena, const char *where, int at,
                                    const char *words)
{
    return refusal_invalid(arena, "%s%s: %s", where, topic_attribute_names[at], words);
}

static const struct refusal *check_word(struct arena *arena, const char *where, int at,
                                        struct slice value, const char *one, const char *other)
{
    if (slice_is(value, one) || slice_is(value, other)) {
        return NULL;
    }
    return refusal_invalid(arena, "%s%s: Invalid value [%.*s]. Must be %s or %s.", where,
                           topic_attribute_names[at], SLICE_ARG(value), one, other);
}

static const struct refusal *check_json(struct arena *arena, const char *where, int at,
                                        struct slice value, size_t max)
{
    if (value.len > max) {
        return refuse(arena, where, at, "the document is too large");
    }
    struct slice trimmed = slice_trim(value);
    if (!json_validate(value, NULL) || trimmed.ptr[0] != '{') {
        return refuse(arena, where, at, "failed to parse JSON.");
    }
    return NULL;
}

static const struct refusal *check_delivery_policy(struct arena *arena, const char *where,
                                                   struct slice value)
{
    struct delivery_policy policy;
    struct fault fault;
    if (delivery_policy_parse(arena, value, true, &policy, &fault) != STATUS_OK) {
        return refuse(arena, where, TOPIC_DELIVERY_POLICY, fault.text);
    }
    return NULL;
}

static const struct refusal *check_sample_rate(struct arena *arena, const char *where, int at,
                                               struct slice value)
{
    uint64_t rate;
    bool is_rate = slice_ends_with(slice_from(topic_attribute_names[at]), SLICE("SampleRate"));
    if (is_rate && (!slice_to_u64(value, &rate) || rate > 100)) {
        return refuse(arena, where, at, "must be a number between 0 and 100");
    }
    return NULL;
}

static const struct refusal *check_message_size(struct arena *arena, const char *where,
                                                struct slice value)
{
    uint64_t size;
    if (slice_to_u64(value, &size) && size >= SNS_MESSAGE_MAX_LEAST && size <= SNS_MESSAGE_MAX) {
        return NULL;
    }
    return refuse(arena, where, TOPIC_MAXIMUM_MESSAGE_SIZE,
                  "must be a number from 1024 to 1048576");
}

const struct refusal *topic_attribute_check(struct arena *arena, bool is_fifo, int at,
                                            struct slice value, const char *where)
{
    bool is_of_fifo = at == TOPIC_CONTENT_DEDUPLICATION || at == TOPIC_THROUGHPUT_SCOPE;
    if (is_of_fifo && !is_fifo) {
        return refuse(arena, where, at, "is only valid for FIFO topics");
    }
    switch (at) {
    case TOPIC_DISPLAY_NAME:
        return value.len > SNS_DISPLAY_NAME_MAX
                   ? refuse(arena, where, at, "must be at most 100 characters")
                   : NULL;
    case TOPIC_POLICY:
        return check_json(arena, where, at, value, SNS_POLICY_MAX);
    case TOPIC_DELIVERY_POLICY:
        return check_delivery_policy(arena, where, value);
    case TOPIC_SIGNATURE_VERSION:
        return check_word(arena, where, at, value, "1", "2");
    case TOPIC_TRACING_CONFIG:
        return check_word(arena, where, at, value, "PassThrough", "Active");
    case TOPIC_CONTENT_DEDUPLICATION:
        return check_word(arena, where, at, value, "true", "false");
    case TOPIC_THROUGHPUT_SCOPE:
        return check_word(arena, where, at, value, "Topic", "MessageGroup");
    case TOPIC_MAXIMUM_MESSAGE_SIZE:
        return check_message_size(arena, where, value);
    default:
        return check_sample_rate(arena, where, at, value);
    }
}

size_t topic_message_max(const struct topic *topic)
{
    uint64_t size;
    return slice_to_u64(topic->attributes.values[TOPIC_MAXIMUM_MESSAGE_SIZE], &size)
               ? (size_t)size
               : SNS_MESSAGE_MAX_DEFAULT;
}

struct slice topic_policy(struct arena *arena, const struct topic *topic, struct slice account)
{
    static const char *const actions[] = {
        "SNS:GetTopicAttributes",
        "SNS:SetTopicAttributes",
        "SNS:AddPermission",
        "SNS:RemovePermission",
        "SNS:DeleteTopic",
        "SNS:Subscribe",
        "SNS:ListSubscriptionsByTopic",
        "SNS:Publish",
    };
    struct slice own = topic->attributes.values[TOPIC_POLICY];
    if (own.ptr != NULL) {
        return own;
    }
    AUTO_BUF list = BUF_INIT(1024);
    for (size_t i = 0; i < COUNT_OF(actions); i++) {
        buf_printf(&list, "%s\"%s\"", i != 0 ? "," : "", actions[i]);
    }
    return arena_printf(
        arena,
        "{\"Version\":\"2008-10-17\",\"Id\":\"__default_policy_ID\",\"Statement\":[{\"Sid\":"
        "\"__default_statement_ID\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":"
        "[%.*s],\"Resource\":\"%.*s\",\"Condition\":{\"StringEquals\":{\"AWS:SourceOwner\":"
        "\"%.*s\"}}}]}",
        SLICE_ARG(buf_slice(&list)), SLICE_ARG(topic->arn), SLICE_ARG(account));
}
