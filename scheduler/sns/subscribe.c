/* Making subscriptions, for Subscribe and for templates. */
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/sns_private.h"

/* --- endpoints --- */

static bool is_arn_of(struct slice endpoint, const char *service)
{
    struct arn arn;
    return arn_parse(endpoint, &arn) && slice_is(arn.service, service);
}

bool sns_is_phone_number(struct slice text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len >= 3 && text.len <= 16 && text.ptr[0] == '+' && text.ptr[1] != '0';
}

static const struct refusal *check_web(struct arena *arena, struct slice endpoint,
                                       const char *begin)
{
    bool is_url = slice_starts_with(endpoint, slice_from(begin)) && endpoint.len > strlen(begin);
    return is_url ? NULL : refusal_invalid(arena, "Endpoint must match the specified protocol");
}

static const struct refusal *check_endpoint(struct arena *arena, enum protocol protocol,
                                            struct slice endpoint)
{
    if (endpoint.len == 0 || endpoint.len > SNS_ENDPOINT_MAX) {
        return refusal_invalid(arena, "Endpoint");
    }
    switch (protocol) {
    case PROTOCOL_SQS:
        return is_arn_of(endpoint, "sqs") ? NULL : refusal_invalid(arena, "SQS endpoint ARN");
    case PROTOCOL_LAMBDA:
        return is_arn_of(endpoint, "lambda") ? NULL : refusal_invalid(arena, "Lambda endpoint ARN");
    case PROTOCOL_HTTP:
        return check_web(arena, endpoint, "http://");
    case PROTOCOL_HTTPS:
        return check_web(arena, endpoint, "https://");
    case PROTOCOL_EMAIL:
    case PROTOCOL_EMAIL_JSON:
        return slice_find(endpoint, '@') != SLICE_NPOS ? NULL
                                                       : refusal_invalid(arena, "Email address");
    case PROTOCOL_SMS:
        return sns_is_phone_number(endpoint)
                   ? NULL
                   : refusal_make(arena, SNS_INVALID_PARAMETER, "Invalid SMS endpoint: %.*s",
                                  SLICE_ARG(endpoint));
    case PROTOCOL_FIREHOSE:
        return is_arn_of(endpoint, "firehose") ? NULL
                                               : refusal_invalid(arena, "Firehose endpoint ARN");
    case PROTOCOL_APPLICATION:
    case PROTOCOL_COUNT:
        break;
    }
    return refusal_invalid(arena, "Endpoint Reason: sls-local does not emulate platform endpoints");
}

/* What a FIFO topic takes, and what takes a FIFO queue. */
static const struct refusal *check_order(struct arena *arena, const struct topic *topic,
                                         enum protocol protocol, struct slice endpoint)
{
    bool is_fifo_queue = protocol == PROTOCOL_SQS && slice_ends_with(endpoint, SLICE(".fifo"));
    if (is_fifo_queue && !topic->is_fifo) {
        return refusal_invalid(arena, "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not "
                                      "be subscribed to standard SNS topics");
    }
    if (topic->is_fifo && protocol != PROTOCOL_SQS) {
        return refusal_invalid(arena,
                               "Invalid parameter: Endpoint Reason: Please use an SQS queue");
    }
    return NULL;
}

/* A topic that takes large messages has few subscriptions, and none over HTTP. */
static const struct refusal *check_large(struct arena *arena, const struct topic *topic,
                                         enum protocol protocol)
{
    if (topic_message_max(topic) <= SNS_MESSAGE_MAX_DEFAULT) {
        return NULL;
    }
    if (protocol != PROTOCOL_SQS && protocol != PROTOCOL_LAMBDA && protocol != PROTOCOL_FIREHOSE) {
        return refusal_invalid(arena,
                               "Protocol Reason: the topic's MaximumMessageSize is more "
                               "than %d, which %s does not take",
                               SNS_MESSAGE_MAX_DEFAULT, protocol_names[protocol]);
    }
    if (topic->subscription_count >= SNS_LARGE_SUBSCRIPTIONS_MAX) {
        return refusal_invalid(arena,
                               "TopicArn Reason: a topic whose MaximumMessageSize is more "
                               "than %d has at most %d subscriptions",
                               SNS_MESSAGE_MAX_DEFAULT, SNS_LARGE_SUBSCRIPTIONS_MAX);
    }
    return NULL;
}

/* --- those that are there already --- */

static bool is_default(int at, struct slice value)
{
    return (at == SUBSCRIPTION_RAW && slice_ieq(value, SLICE("false"))) ||
           (at == SUBSCRIPTION_FILTER_SCOPE && slice_is(value, "MessageAttributes"));
}

static bool has_same(const struct subscription *subscription, const struct attributes *wanted)
{
    for (int i = 0; subscription_attribute_names[i] != NULL; i++) {
        struct slice there = subscription->attributes.values[i];
        bool is_absent = there.ptr == NULL && is_default(i, wanted->values[i]);
        bool is_equal = i == SUBSCRIPTION_RAW ? slice_ieq(there, wanted->values[i])
                                              : slice_eq(there, wanted->values[i]);
        if (wanted->values[i].ptr != NULL && !is_absent && !is_equal) {
            return false;
        }
    }
    return true;
}

/* --- new ones --- */

static void tell_pending(struct sns *sns, const struct subscription *subscription,
                         struct slice position)
{
    if (subscription->protocol >= PROTOCOL_EMAIL) {
        scheduler_notice(sns->scheduler, subscription->topic->name,
                         "%.*s%snothing is sent to %s %.*s: its subscription stays pending",
                         SLICE_ARG(position), position.len > 0 ? ": " : "",
                         protocol_names[subscription->protocol], SLICE_ARG(subscription->endpoint));
    }
}

static struct subscription *make(struct sns *sns, const struct new_subscription *wanted,
                                 enum protocol protocol, const struct subscription_rules *rules)
{
    char id[ID_UUID_MAX];
    struct subscription *subscription = subscription_create(
        wanted->topic, wanted->id.len != 0 ? wanted->id : slice_from(id_uuid(id)), protocol,
        wanted->endpoint);
    subscription_change(subscription, &wanted->attributes, rules);
    subscription->since_ms = scheduler_now_ms(sns->scheduler);
    if (protocol == PROTOCOL_SQS || protocol == PROTOCOL_LAMBDA) {
        subscription->state = SUBSCRIPTION_CONFIRMED;
        subscription->was_authenticated = true;
    } else if (protocol == PROTOCOL_HTTP || protocol == PROTOCOL_HTTPS) {
        subscription_make_token(subscription);
        sns_expect_expiry(sns, subscription);
    }
    tell_pending(sns, subscription, wanted->position);
    return subscription;
}

static bool find_protocol(struct slice name, enum protocol *ret_protocol)
{
    int at = attributes_find(protocol_names, name);
    *ret_protocol = (enum protocol)at;
    return at >= 0;
}

const struct refusal *subscribe(struct sns *sns, struct arena *arena,
                                const struct new_subscription *wanted,
                                struct subscription **ret_subscription, bool *ret_is_new)
{
    enum protocol protocol;
    struct subscription_rules rules;
    struct topic *topic = wanted->topic;
    if (!find_protocol(wanted->protocol, &protocol)) {
        return refusal_invalid(arena, "Amazon SNS does not support this protocol string: %.*s",
                               SLICE_ARG(wanted->protocol));
    }
    const struct refusal *refusal = check_endpoint(arena, protocol, wanted->endpoint);
    if (refusal == NULL) {
        refusal = check_order(arena, topic, protocol, wanted->endpoint);
    }
    if (refusal == NULL) {
        refusal = subscription_rules_parse(arena, topic, wanted->endpoint, &wanted->attributes,
                                           wanted->where, &rules);
    }
    if (refusal != NULL) {
        return refusal;
    }
    struct subscription *there = topic_subscription_of(topic, protocol, wanted->endpoint);
    *ret_is_new = there == NULL;
    refusal = there == NULL ? check_large(arena, topic, protocol) : NULL;
    if (refusal != NULL) {
        arena_finish(&rules.arena);
        return refusal;
    }
    if (there != NULL || topic->subscription_count >= SNS_SUBSCRIPTIONS_MAX) {
        arena_finish(&rules.arena);
        if (there == NULL) {
            return refusal_make(arena, SNS_SUBSCRIPTION_LIMIT,
                                "The topic has %d subscriptions already", SNS_SUBSCRIPTIONS_MAX);
        }
        *ret_subscription = there;
        return has_same(there, &wanted->attributes)
                   ? NULL
                   : refusal_invalid(arena, "Attributes Reason: Subscription already exists with "
                                            "different attributes");
    }
    *ret_subscription = make(sns, wanted, protocol, &rules);
    return NULL;
}
