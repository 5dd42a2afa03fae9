#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/sns/limits.h"
#include "scheduler/sns/list_place.h"
#include "scheduler/sns/sns_private.h"

static bool is_signed(struct sns_operation *operation)
{
    return api_exchange(operation->call) == NULL || api_signed_region(operation->call).ptr != NULL;
}

static bool is_web(const struct subscription *subscription)
{
    return subscription->protocol == PROTOCOL_HTTP || subscription->protocol == PROTOCOL_HTTPS;
}

/* --- Subscribe --- */

static const struct refusal *read_attributes(struct arena *arena, const struct field *given,
                                             struct attributes *attributes)
{
    attributes->names = subscription_attribute_names;
    for (size_t i = 0; i < given->count; i++) {
        int at = attributes_find(subscription_attribute_names, given->items[i].key);
        if (slice_is(given->items[i].key, "ReplayPolicy")) {
            return refusal_invalid(arena, "Attributes Reason: ReplayPolicy: sls-local keeps no "
                                          "archive of messages");
        }
        if (at < 0) {
            return refusal_invalid(arena, "Attributes Reason: AttributeName");
        }
        attributes_set(attributes, at, given->items[i].text);
    }
    return NULL;
}

static void put_arn(struct sns_operation *operation, const struct subscription *subscription)
{
    bool is_pending = subscription->state == SUBSCRIPTION_PENDING &&
                      !record_get(operation->input, MEMBER_RETURN_SUBSCRIPTION_ARN)->flag;
    result_text(&operation->result, "SubscriptionArn",
                is_pending ? SLICE("pending confirmation") : subscription->arn);
}

static const struct refusal *make(struct sns_operation *operation, struct new_subscription *wanted)
{
    struct subscription *subscription;
    bool is_new;
    const struct refusal *refusal =
        subscribe(operation->sns, operation->arena, wanted, &subscription, &is_new);
    if (refusal != NULL) {
        return refusal;
    }
    struct sns_change *change = sns_change_begin(operation->sns);
    if (is_new) {
        sns_change_subscription(change, subscription);
    }
    if (is_web(subscription) && subscription->state == SUBSCRIPTION_PENDING) {
        sns_change_tell(change, subscription, false);
    }
    put_arn(operation, subscription);
    sns_change_reply(change, operation);
    return NULL;
}

const struct refusal *sns_subscribe(struct sns_operation *operation)
{
    struct new_subscription wanted = {
        .protocol = record_text(operation->input, MEMBER_PROTOCOL),
        .endpoint = record_text(operation->input, MEMBER_ENDPOINT),
        .id = SLICE(""),
        .where = "Attributes Reason: ",
    };
    const struct refusal *refusal = sns_find_topic(
        operation, record_get(operation->input, MEMBER_TOPIC_ARN), "TopicArn", &wanted.topic);
    if (refusal == NULL) {
        refusal = read_attributes(operation->arena, record_get(operation->input, MEMBER_ATTRIBUTES),
                                  &wanted.attributes);
    }
    if (refusal == NULL) {
        refusal = make(operation, &wanted);
    }
    attributes_finish(&wanted.attributes);
    return refusal;
}

/* --- ConfirmSubscription --- */

static bool is_token(struct slice token)
{
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
            return false;
        }
    }
    return token.len == SUBSCRIPTION_TOKEN_LEN;
}

/* Of any topic: the token alone decides, as it does on AWS. */
static struct subscription *find_by_token(const struct sns *sns, struct slice token)
{
    for (size_t i = 0; i < sns->topics.count; i++) {
        const struct topic *topic = sns->topics.items[i];
        for (size_t k = 0; k < topic->subscription_count; k++) {
            if (slice_eq(topic->subscriptions[k]->token, token)) {
                return topic->subscriptions[k];
            }
        }
    }
    return NULL;
}

const struct refusal *sns_confirm_subscription(struct sns_operation *operation)
{
    struct sns *sns = operation->sns;
    struct arn arn;
    struct slice topic_arn = record_text(operation->input, MEMBER_TOPIC_ARN);
    struct slice token = record_text(operation->input, MEMBER_TOKEN);
    if (!arn_parse(topic_arn, &arn) || !slice_is(arn.region, sns->scheduler->options.region)) {
        return refusal_invalid(operation->arena, "Topic");
    }
    if (!is_token(token)) {
        return refusal_invalid(operation->arena, "Token");
    }
    struct subscription *subscription = find_by_token(sns, token);
    if (subscription == NULL) {
        return refusal_make(operation->arena, SNS_INVALID_PARAMETER, "Invalid token");
    }
    struct sns_change *change = sns_change_begin(sns);
    if (subscription->state != SUBSCRIPTION_CONFIRMED) {
        subscription->state = SUBSCRIPTION_CONFIRMED;
        subscription->since_ms = scheduler_now_ms(sns->scheduler);
        subscription->was_authenticated = is_signed(operation);
        subscription->is_guarded = slice_ieq(
            record_text(operation->input, MEMBER_AUTHENTICATE_ON_UNSUBSCRIBE), SLICE("true"));
        sns_change_subscription(change, subscription);
    }
    result_text(&operation->result, "SubscriptionArn", subscription->arn);
    sns_change_reply(change, operation);
    return NULL;
}

/* --- one subscription by its ARN --- */

static const struct refusal *find(struct sns_operation *operation,
                                  struct subscription **ret_subscription)
{
    const struct field *arn = record_get(operation->input, MEMBER_SUBSCRIPTION_ARN);
    const struct refusal *refusal = sns_check_arn(operation->arena, arn, "SubscriptionArn");
    size_t colon = slice_rfind(arn->text, ':');
    struct arn parts;
    *ret_subscription = NULL;
    if (refusal != NULL) {
        return refusal;
    }
    if (arn_parse(arn->text, &parts) && slice_find(parts.resource, ':') == SLICE_NPOS) {
        return refusal_invalid(operation->arena, "SubscriptionId"); /* a topic's, at most */
    }
    const struct topic *topic = sns_topic(operation->sns, slice_take(arn->text, colon));
    struct subscription *found =
        topic != NULL ? topic_subscription(topic, slice_skip(arn->text, colon + 1)) : NULL;
    if (found == NULL || found->state == SUBSCRIPTION_DELETED) {
        return refusal_make(operation->arena, SNS_NOT_FOUND, "Subscription does not exist");
    }
    *ret_subscription = found;
    return NULL;
}

static void end(struct sns *sns, struct sns_change *change, struct subscription *subscription)
{
    if (!is_web(subscription) || subscription->state != SUBSCRIPTION_CONFIRMED) {
        sns_change_gone_subscription(change, subscription);
        subscription_remove(subscription);
        return;
    }
    subscription->state = SUBSCRIPTION_DELETED; /* its endpoint may take it back */
    subscription->since_ms = scheduler_now_ms(sns->scheduler);
    subscription_make_token(subscription);
    sns_change_subscription(change, subscription);
    sns_expect_expiry(sns, subscription);
    sns_change_tell(change, subscription, true);
}

const struct refusal *sns_unsubscribe(struct sns_operation *operation)
{
    struct subscription *subscription;
    const struct refusal *refusal = find(operation, &subscription);
    if (refusal != NULL && refusal->error != SNS_NOT_FOUND) {
        return refusal;
    }
    if (subscription != NULL && subscription->is_guarded && !is_signed(operation)) {
        return refusal_make(operation->arena, SNS_UNAUTHORIZED,
                            "This subscription can only be ended by a signed request.");
    }
    struct sns_change *change = sns_change_begin(operation->sns);
    if (subscription != NULL) { /* one that is not there is ended as well */
        end(operation->sns, change, subscription);
    }
    sns_change_reply(change, operation);
    return NULL;
}

/* --- attributes --- */

static void put_delivery_policies(struct sns_operation *operation,
                                  const struct subscription *subscription)
{
    AUTO_BUF json = BUF_INIT(65536);
    struct json_writer w = json_writer_init(&json);
    const struct delivery_policy *own = &subscription->rules.delivery_policy;
    if (subscription->rules.has_delivery_policy) {
        delivery_policy_write_subscription(&w, own, NULL);
        result_entry(&operation->result, SLICE("DeliveryPolicy"), buf_slice(&json));
        buf_clear(&json);
        w = json_writer_init(&json);
    }
    if (is_web(subscription)) {
        delivery_policy_write_subscription(&w, own, &subscription->topic->delivery_policy);
        result_entry(&operation->result, SLICE("EffectiveDeliveryPolicy"), buf_slice(&json));
    }
}

static void put_flag(struct sns_operation *operation, const char *name, bool value)
{
    result_entry(&operation->result, slice_from(name), value ? SLICE("true") : SLICE("false"));
}

static void put_attributes(struct sns_operation *operation, const struct subscription *subscription)
{
    struct result *result = &operation->result;
    const char *account = operation->sns->scheduler->options.account_id;
    const struct slice *values = subscription->attributes.values;
    result_entry(result, SLICE("SubscriptionArn"), subscription->arn);
    result_entry(result, SLICE("TopicArn"), subscription->topic->arn);
    result_entry(result, SLICE("Owner"), slice_from(account));
    result_entry(result, SLICE("Protocol"), slice_from(protocol_names[subscription->protocol]));
    result_entry(result, SLICE("Endpoint"), subscription->endpoint);
    result_entry(result, SLICE("SubscriptionPrincipal"),
                 arena_printf(operation->arena, "arn:aws:iam::%s:root", account));
    put_flag(operation, "ConfirmationWasAuthenticated", subscription->was_authenticated);
    put_flag(operation, "PendingConfirmation", subscription->state == SUBSCRIPTION_PENDING);
    put_flag(operation, "RawMessageDelivery", subscription->rules.is_raw);
    put_delivery_policies(operation, subscription);
    if (values[SUBSCRIPTION_FILTER_POLICY].len != 0) {
        result_entry(result, SLICE("FilterPolicy"), values[SUBSCRIPTION_FILTER_POLICY]);
        result_entry(result, SLICE("FilterPolicyScope"),
                     subscription->rules.scope == FILTER_BODY ? SLICE("MessageBody")
                                                              : SLICE("MessageAttributes"));
    }
    if (values[SUBSCRIPTION_REDRIVE_POLICY].len != 0) {
        result_entry(result, SLICE("RedrivePolicy"), values[SUBSCRIPTION_REDRIVE_POLICY]);
    }
    if (values[SUBSCRIPTION_ROLE].len != 0) {
        result_entry(result, SLICE("SubscriptionRoleArn"), values[SUBSCRIPTION_ROLE]);
    }
}

const struct refusal *sns_get_subscription_attributes(struct sns_operation *operation)
{
    struct subscription *subscription;
    const struct refusal *refusal = find(operation, &subscription);
    if (refusal == NULL) {
        result_map(&operation->result, "Attributes", NULL);
        put_attributes(operation, subscription);
        result_close(&operation->result);
        sns_reply(operation);
    }
    return refusal;
}

static const struct refusal *change_attribute(struct sns_operation *operation,
                                              struct subscription *subscription, int at,
                                              struct slice value)
{
    struct attributes attributes = {.names = NULL};
    struct subscription_rules rules;
    attributes_copy(&attributes, &subscription->attributes);
    /* Empty takes it away, but for what can only be true or false. */
    bool is_gone = value.len == 0 && at != SUBSCRIPTION_RAW && at != SUBSCRIPTION_FILTER_SCOPE;
    attributes_set(&attributes, at, is_gone ? SLICE_NULL : value.ptr != NULL ? value : SLICE(""));
    const struct refusal *refusal = subscription_rules_parse(
        operation->arena, subscription->topic, subscription->endpoint, &attributes, "", &rules);
    if (refusal == NULL) {
        struct sns_change *change = sns_change_begin(operation->sns);
        subscription_change(subscription, &attributes, &rules);
        sns_change_subscription(change, subscription);
        sns_change_reply(change, operation);
    }
    attributes_finish(&attributes);
    return refusal;
}

const struct refusal *sns_set_subscription_attributes(struct sns_operation *operation)
{
    struct subscription *subscription;
    struct slice name = record_text(operation->input, MEMBER_ATTRIBUTE_NAME);
    int at = attributes_find(subscription_attribute_names, name);
    const struct refusal *refusal = find(operation, &subscription);
    if (refusal != NULL) {
        return refusal;
    }
    if (slice_is(name, "ReplayPolicy")) {
        return refusal_invalid(operation->arena,
                               "ReplayPolicy: sls-local keeps no archive of messages");
    }
    if (at < 0) {
        return refusal_invalid(operation->arena, "AttributeName");
    }
    return change_attribute(operation, subscription, at,
                            record_text(operation->input, MEMBER_ATTRIBUTE_VALUE));
}

/* --- lists --- */

static void put_item(struct sns_operation *operation, const struct subscription *subscription)
{
    struct result *result = &operation->result;
    bool is_pending = subscription->state == SUBSCRIPTION_PENDING;
    result_item(result);
    result_text(result, "SubscriptionArn",
                is_pending ? SLICE("PendingConfirmation") : subscription->arn);
    result_text(result, "Owner", slice_from(operation->sns->scheduler->options.account_id));
    result_text(result, "Protocol", slice_from(protocol_names[subscription->protocol]));
    result_text(result, "Endpoint", subscription->endpoint);
    result_text(result, "TopicArn", subscription->topic->arn);
    result_close(result);
}

/* Those of `topic` from number `from` on; the one behind a full page, or NULL. */
static const struct subscription *put_items(struct sns_operation *operation,
                                            const struct topic *topic, uint64_t from, size_t *count)
{
    for (size_t i = 0; i < topic->subscription_count; i++) {
        const struct subscription *each = topic->subscriptions[i];
        if (each->number < from || each->state == SUBSCRIPTION_DELETED) {
            continue;
        }
        if (*count == SNS_PAGE_MAX) {
            return each;
        }
        put_item(operation, each);
        ++*count;
    }
    return NULL;
}

/* The topics of the list from `first` on. */
static void list(struct sns_operation *operation, const struct name_index *topics, size_t first,
                 size_t last, const struct list_place *place)
{
    const struct subscription *next = NULL;
    size_t count = 0;
    result_list(&operation->result, "Subscriptions", NULL);
    for (size_t i = first; next == NULL && i < last; i++) {
        bool is_begun = slice_eq(name_index_name(topics, i), place->topic);
        next = put_items(operation, topics->items[i], is_begun ? place->number : 0, &count);
    }
    result_close(&operation->result);
    if (next != NULL) {
        list_place_put(operation, next->topic->name, next->number);
    }
    sns_reply(operation);
}

const struct refusal *sns_list_subscriptions(struct sns_operation *operation)
{
    const struct name_index *topics = &operation->sns->topics;
    struct list_place place;
    const struct refusal *refusal = list_place_read(operation, &place);
    if (refusal == NULL) {
        list(operation, topics, name_index_place(topics, place.topic), topics->count, &place);
    }
    return refusal;
}

const struct refusal *sns_list_subscriptions_by_topic(struct sns_operation *operation)
{
    const struct name_index *topics = &operation->sns->topics;
    struct list_place place;
    struct topic *topic;
    const struct refusal *refusal = sns_find_topic(
        operation, record_get(operation->input, MEMBER_TOPIC_ARN), "TopicArn", &topic);
    if (refusal == NULL) {
        refusal = list_place_read(operation, &place);
    }
    if (refusal == NULL) {
        size_t at = name_index_place(topics, topic->name);
        list(operation, topics, at, at + 1, &place);
    }
    return refusal;
}
