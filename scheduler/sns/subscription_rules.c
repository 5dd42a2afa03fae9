/* What the attributes of a subscription may be, and what they say. */
#include "core/json.h"
#include "core/json_scan.h"
#include "scheduler/arn.h"
#include "scheduler/sns/subscription.h"

const char *const subscription_attribute_names[] = {
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
    NULL,
};

/* What is being made, and how to word that it cannot be. */
struct making {
    struct arena *arena; /* of refusals */
    const struct topic *topic;
    struct slice endpoint;
    const struct attributes *attributes;
    const char *where;
    struct subscription_rules *rules;
};

static struct slice value_of(const struct making *making, enum subscription_attribute attribute)
{
    return making->attributes->values[attribute];
}

static const struct refusal *read_raw(struct making *making)
{
    struct slice value = value_of(making, SUBSCRIPTION_RAW);
    making->rules->is_raw = slice_ieq(value, SLICE("true"));
    if (value.ptr == NULL || making->rules->is_raw || slice_ieq(value, SLICE("false"))) {
        return NULL;
    }
    return refusal_invalid(making->arena,
                           "%sRawMessageDelivery: Invalid value [%.*s]. Must be true or false.",
                           making->where, SLICE_ARG(value));
}

static const struct refusal *read_filter(struct making *making)
{
    struct slice scope = value_of(making, SUBSCRIPTION_FILTER_SCOPE);
    struct slice policy = value_of(making, SUBSCRIPTION_FILTER_POLICY);
    struct slice words;
    if (scope.ptr != NULL && !slice_is(scope, "MessageBody") &&
        !slice_is(scope, "MessageAttributes")) {
        return refusal_invalid(making->arena,
                               "%sFilterPolicyScope: Invalid value [%.*s]. Please use either "
                               "MessageBody or MessageAttributes",
                               making->where, SLICE_ARG(scope));
    }
    making->rules->scope = slice_is(scope, "MessageBody") ? FILTER_BODY : FILTER_ATTRIBUTES;
    struct slice kept = arena_copy(&making->rules->arena, policy);
    if (!filter_policy_parse(&making->rules->arena, kept, making->rules->scope,
                             &making->rules->filter, &words)) {
        return refusal_invalid(making->arena, "%s%.*s", making->where, SLICE_ARG(words));
    }
    return NULL;
}

static const struct refusal *refuse_redrive(struct making *making, const char *words)
{
    return refusal_invalid(making->arena, "%sRedrivePolicy: %s", making->where, words);
}

static const struct refusal *read_redrive(struct making *making)
{
    AUTO_JSON *root = NULL;
    struct fault fault;
    struct arn arn;
    struct slice text = value_of(making, SUBSCRIPTION_REDRIVE_POLICY);
    if (text.len == 0) {
        return NULL;
    }
    if (!json_validate(text, NULL)) {
        struct slice words = filter_policy_json_words(making->arena, text);
        return refuse_redrive(making, arena_cstr(making->arena, words));
    }
    if (json_parse(text, &root, &fault) != STATUS_OK) {
        return refuse_redrive(making, "failed to parse JSON.");
    }
    struct slice target = json_text(json_get(root, "deadLetterTargetArn"));
    if (target.ptr == NULL || !arn_parse(target, &arn)) {
        return refuse_redrive(making, "deadLetterTargetArn is an invalid arn");
    }
    bool is_fifo = making->topic->is_fifo && slice_ends_with(making->endpoint, SLICE(".fifo"));
    bool is_queue = slice_is(arn.service, "sqs");
    if (is_fifo && (!is_queue || !slice_ends_with(arn.resource, SLICE(".fifo")))) {
        return refuse_redrive(
            making, "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.");
    }
    if (!is_queue) {
        return refuse_redrive(making, "deadLetterTargetArn must be the ARN of an SQS queue");
    }
    /* "Standard topic subscriptions use standard queues" (Developer Guide); the words are ours. */
    if (!making->topic->is_fifo && slice_ends_with(arn.resource, SLICE(".fifo"))) {
        return refuse_redrive(making,
                              "must use a standard queue as DLQ for a Subscription to a standard "
                              "Topic.");
    }
    making->rules->dead_letter_arn = arena_copy(&making->rules->arena, target);
    return NULL;
}

static const struct refusal *read_delivery(struct making *making)
{
    struct slice text = value_of(making, SUBSCRIPTION_DELIVERY_POLICY);
    struct subscription_rules *rules = making->rules;
    struct fault fault;
    if (text.len == 0) {
        return NULL;
    }
    if (delivery_policy_parse(&rules->arena, text, false, &rules->delivery_policy, &fault) !=
        STATUS_OK) {
        return refusal_invalid(making->arena, "%sDeliveryPolicy: %s", making->where, fault.text);
    }
    rules->has_delivery_policy = true;
    return NULL;
}

const struct refusal *subscription_rules_parse(struct arena *arena, const struct topic *topic,
                                               struct slice endpoint,
                                               const struct attributes *attributes,
                                               const char *where,
                                               struct subscription_rules *ret_rules)
{
    static const struct refusal *(*const readers[])(struct making *) = {read_delivery, read_filter,
                                                                        read_raw, read_redrive};
    struct subscription_rules rules = {.dead_letter_arn = SLICE("")};
    struct making making = {arena, topic, endpoint, attributes, where, &rules};
    const struct refusal *refusal = NULL;
    arena_init(&rules.arena, 256);
    for (size_t i = 0; refusal == NULL && i < sizeof readers / sizeof readers[0]; i++) {
        refusal = readers[i](&making);
    }
    if (refusal != NULL) {
        arena_finish(&rules.arena);
    } else {
        *ret_rules = rules;
    }
    return refusal;
}
