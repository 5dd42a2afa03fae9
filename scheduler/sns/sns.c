#include "scheduler/sns/sns_private.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/sns/limits.h"

#include <assert.h>

#define COUNTER_PREFIX "sns:"
#define PAGE_PREFIX "/_sls/SimpleNotificationService-"

/* --- the service --- */

static void run_operation(struct api_call *call, void *ctx);

#define OP(name)                                                                                   \
    {                                                                                              \
        name, run_operation, NULL, NULL, false                                                     \
    }
#define REFUSED(name)                                                                              \
    {                                                                                              \
        name, NULL, NULL, NULL, false                                                              \
    }

/* In the order of `runs`, then those that are not emulated. */
static const struct api_op ops[] = {
    OP("Publish"),
    OP("PublishBatch"),
    OP("CreateTopic"),
    OP("DeleteTopic"),
    OP("GetTopicAttributes"),
    OP("SetTopicAttributes"),
    OP("ListTopics"),
    OP("AddPermission"),
    OP("RemovePermission"),
    OP("GetDataProtectionPolicy"),
    OP("PutDataProtectionPolicy"),
    OP("TagResource"),
    OP("UntagResource"),
    OP("ListTagsForResource"),
    OP("Subscribe"),
    OP("ConfirmSubscription"),
    OP("Unsubscribe"),
    OP("GetSubscriptionAttributes"),
    OP("SetSubscriptionAttributes"),
    OP("ListSubscriptions"),
    OP("ListSubscriptionsByTopic"),
    REFUSED("CheckIfPhoneNumberIsOptedOut"),
    REFUSED("CreatePlatformApplication"),
    REFUSED("CreatePlatformEndpoint"),
    REFUSED("CreateSMSSandboxPhoneNumber"),
    REFUSED("DeleteEndpoint"),
    REFUSED("DeletePlatformApplication"),
    REFUSED("DeleteSMSSandboxPhoneNumber"),
    REFUSED("GetEndpointAttributes"),
    REFUSED("GetPlatformApplicationAttributes"),
    REFUSED("GetSMSAttributes"),
    REFUSED("GetSMSSandboxAccountStatus"),
    REFUSED("ListEndpointsByPlatformApplication"),
    REFUSED("ListOriginationNumbers"),
    REFUSED("ListPhoneNumbersOptedOut"),
    REFUSED("ListPlatformApplications"),
    REFUSED("ListSMSSandboxPhoneNumbers"),
    REFUSED("OptInPhoneNumber"),
    REFUSED("SetEndpointAttributes"),
    REFUSED("SetPlatformApplicationAttributes"),
    REFUSED("SetSMSAttributes"),
    REFUSED("VerifySMSSandboxPhoneNumber"),
    {NULL, NULL, NULL, NULL, false},
};

static const struct {
    sns_op_fn *run;
    bool has_result;
} runs[] = {
    {sns_publish, true},
    {sns_publish_batch, true},
    {sns_create_topic, true},
    {sns_delete_topic, false},
    {sns_get_topic_attributes, true},
    {sns_set_topic_attributes, false},
    {sns_list_topics, true},
    {sns_add_permission, false},
    {sns_remove_permission, false},
    {sns_get_data_protection_policy, true},
    {sns_put_data_protection_policy, false},
    {sns_tag_resource, true},
    {sns_untag_resource, true},
    {sns_list_tags_for_resource, true},
    {sns_subscribe, true},
    {sns_confirm_subscription, true},
    {sns_unsubscribe, false},
    {sns_get_subscription_attributes, true},
    {sns_set_subscription_attributes, false},
    {sns_list_subscriptions, true},
    {sns_list_subscriptions_by_topic, true},
};

static const struct wire_error wires[STATUS_COUNT] = {
    [STATUS_INTERNAL] = {500, "InternalError"},
};
static const char *const signing_names[] = {"sns", NULL};
static const struct api_service service = {
    .name = "sns",
    .signing_names = signing_names,
    .xml_namespace = "http://sns.amazonaws.com/doc/2010-03-31/",
    .query_version = "2010-03-31",
    .protocol = API_QUERY,
    .ops = ops,
    .errors = wires,
};

static void run_operation(struct api_call *call, void *ctx)
{
    struct arena *arena = api_arena(call);
    const struct record *input;
    size_t at = (size_t)(api_operation(call) - ops);
    assert(at < COUNT_OF(runs));
    if (!model_read(&sns_model, call, &input)) {
        return;
    }
    struct sns_operation *operation = arena_alloc(arena, sizeof *operation);
    operation->sns = ctx;
    operation->call = call;
    operation->arena = arena;
    operation->input = input;
    operation->has_result = runs[at].has_result;
    result_begin(&operation->result, call);
    sns_use(operation->sns);
    const struct refusal *refusal = runs[at].run(operation);
    if (refusal != NULL) {
        sns_refuse(operation, refusal);
    }
}

/* The operation ends with its call. */
void sns_reply(struct sns_operation *operation)
{
    struct sns *sns = operation->sns;
    if (operation->has_result) {
        result_reply(&operation->result);
    } else {
        result_finish(&operation->result);
        api_reply_empty(operation->call, 200);
    }
    sns_unuse(sns);
}

void sns_refuse(struct sns_operation *operation, const struct refusal *refusal)
{
    struct sns *sns = operation->sns;
    result_finish(&operation->result);
    refusal_reply(operation->call, refusal);
    sns_unuse(sns);
}

/* --- ARNs --- */

struct slice sns_topic_arn(const struct sns *sns, struct arena *arena, struct slice name)
{
    const struct scheduler_options *options = &sns->scheduler->options;
    return arn_make(arena, "sns", slice_from(options->region), slice_from(options->account_id),
                    name);
}

struct topic *sns_topic(const struct sns *sns, struct slice arn)
{
    struct topic *topic;
    struct arn parts;
    if (!arn_parse(arn, &parts)) {
        return NULL;
    }
    topic = name_index_find(&sns->topics, parts.resource);
    return topic != NULL && slice_eq(topic->arn, arn) ? topic : NULL;
}

static size_t count_elements(struct slice arn)
{
    size_t count = 1;
    for (size_t i = 0; i < arn.len; i++) {
        count += arn.ptr[i] == ':';
    }
    return count;
}

const struct refusal *sns_check_arn(struct arena *arena, const struct field *arn,
                                    const char *member)
{
    if (!arn->is_set) {
        return refusal_invalid(arena, "%s Reason: no value for required parameter", member);
    }
    size_t count = count_elements(arn->text);
    if (count < 6) {
        return refusal_invalid(arena, "%s Reason: An ARN must have at least 6 elements, not %zu",
                               member, count);
    }
    return NULL;
}

const struct refusal *sns_find_topic(struct sns_operation *operation, const struct field *arn,
                                     const char *member, struct topic **ret_topic)
{
    struct arena *arena = operation->arena;
    struct arn parts;
    const struct refusal *refusal = sns_check_arn(arena, arn, member);
    if (refusal != NULL) {
        return refusal;
    }
    if (!arn_parse(arn->text, &parts) || !slice_is(parts.service, "sns") ||
        !slice_is(parts.region, operation->sns->scheduler->options.region)) {
        return refusal_invalid(arena, "%s", member);
    }
    struct topic *topic = sns_topic(operation->sns, arn->text);
    if (topic == NULL || (topic->is_fifo && topic->queue_id == 0)) {
        return refusal_make(arena, SNS_NOT_FOUND, "Topic does not exist");
    }
    *ret_topic = topic;
    return NULL;
}

/* --- the certificate --- */

struct page {
    struct sns *sns;
    struct http_exchange *exchange;
};

static void on_key_known(void *ctx)
{
    struct page *page = ctx;
    struct sns *sns = page->sns;
    struct http_exchange *exchange = page->exchange;
    const char *id = signer_key_id(sns->signer);
    struct slice asked = slice_skip(http_request(exchange)->path, sizeof PAGE_PREFIX - 1);
    struct slice wanted = arena_printf(http_arena(exchange), "%s.pem", id);
    if (*id != '\0' && slice_eq(asked, wanted)) {
        struct http_header type = {SLICE("Content-Type"), SLICE("application/x-pem-file")};
        http_respond(exchange, 200, (struct http_headers){&type, 1},
                     signer_certificate(sns->signer));
    } else {
        http_respond(exchange, 404, (struct http_headers){NULL, 0}, SLICE(""));
    }
    sns_unuse(sns);
}

/* The key may be on the disk alone: it is opened first. */
static bool answer_page(void *ctx, struct http_exchange *exchange)
{
    struct sns *sns = ctx;
    if (!slice_is(http_request(exchange)->method, "GET") || sns->scheduler->is_closing) {
        return false;
    }
    struct page *page = arena_alloc(http_arena(exchange), sizeof *page);
    *page = (struct page){sns, exchange};
    sns_use(sns);
    signer_sign(sns->signer, http_arena(exchange), NULL, 0, on_key_known, page);
    return true;
}

/* --- what nobody confirms goes --- */

static bool is_fleeting(const struct subscription *subscription)
{
    bool is_confirmable =
        subscription->protocol == PROTOCOL_HTTP || subscription->protocol == PROTOCOL_HTTPS;
    return subscription->state == SUBSCRIPTION_DELETED ||
           (subscription->state == SUBSCRIPTION_PENDING && is_confirmable);
}

/* Removes what is due; the next instant. */
static int64_t expire(struct sns *sns, struct sns_change *change, int64_t now_ms)
{
    int64_t next_ms = ALARM_NEVER;
    for (size_t i = 0; i < sns->topics.count; i++) {
        struct topic *topic = sns->topics.items[i];
        for (size_t k = topic->subscription_count; k > 0; k--) {
            struct subscription *each = topic->subscriptions[k - 1];
            int64_t due_ms = each->since_ms + SNS_PENDING_MS;
            if (!is_fleeting(each)) {
                continue;
            }
            if (due_ms <= now_ms) {
                sns_change_gone_subscription(change, each);
                subscription_remove(each);
            } else if (due_ms < next_ms) {
                next_ms = due_ms;
            }
        }
    }
    return next_ms;
}

static void set_expiry(struct sns *sns, int64_t at_ms)
{
    struct alarms *alarms = sns->scheduler->context->alarms;
    if (at_ms == ALARM_NEVER) {
        alarm_clear(alarms, &sns->expiry);
    } else {
        alarm_set(alarms, &sns->expiry, at_ms);
    }
}

void sns_expect_expiry(struct sns *sns, const struct subscription *subscription)
{
    int64_t due_ms = subscription->since_ms + SNS_PENDING_MS;
    if (is_fleeting(subscription) && (!alarm_is_set(&sns->expiry) || due_ms < sns->expiry.at_ms)) {
        set_expiry(sns, due_ms);
    }
}

static void on_expired(void *ctx, enum status status)
{
    struct sns *sns = ctx;
    if (status != STATUS_OK && !sns->scheduler->is_closing) {
        set_expiry(sns, scheduler_now_ms(sns->scheduler) + SNS_EXPIRE_AGAIN_MS);
    }
}

static void on_expiry(struct alarm *alarm)
{
    struct sns *sns = CONTAINER_OF(alarm, struct sns, expiry);
    struct sns_change *change = sns_change_begin(sns);
    set_expiry(sns, expire(sns, change, scheduler_now_ms(sns->scheduler)));
    sns_change_submit(change, on_expired, sns);
}

/* --- life --- */

static void load_counter(void *ctx, struct slice key, struct slice value)
{
    struct sns *sns = ctx;
    struct topic *topic;
    topic = name_index_find(&sns->topics, slice_skip(key, sizeof COUNTER_PREFIX - 1));
    if (topic == NULL || value.len != 8) {
        return;
    }
    topic->sequence_number = 0;
    for (size_t i = 0; i < 8; i++) {
        topic->sequence_number = topic->sequence_number << 8 | (uint8_t)value.ptr[i];
    }
}

static int compare_subscriptions(const void *left, const void *right)
{
    const struct subscription *a = *(const struct subscription *const *)left;
    const struct subscription *b = *(const struct subscription *const *)right;
    return (a->number > b->number) - (a->number < b->number);
}

/* Records come in the order of their keys. */
static void sort_subscriptions(struct topic *topic)
{
    if (topic->subscription_count != 0) {
        qsort(topic->subscriptions, topic->subscription_count, sizeof(struct subscription *),
              compare_subscriptions);
        topic->subscription_number = topic->subscriptions[topic->subscription_count - 1]->number;
    }
}

static void load_subscription(void *ctx, struct slice key, struct slice json)
{
    struct sns *sns = ctx;
    struct topic *topic;
    size_t colon = slice_rfind(key, ':');
    struct slice id = slice_skip(key, colon + 1);
    topic = name_index_find(&sns->topics, slice_take(key, colon));
    if (topic == NULL || colon == SLICE_NPOS) {
        return;
    }
    struct subscription *old = topic_subscription(topic, id);
    if (old != NULL) {
        subscription_remove(old);
    }
    if (json.ptr != NULL && subscription_read(topic, id, json)) {
        sns_expect_expiry(sns, topic->subscriptions[topic->subscription_count - 1]);
    } else if (json.ptr != NULL) {
        scheduler_notice(sns->scheduler, topic->name, "a subscription cannot be read, ignoring");
    }
}

static void restore_subscription(void *ctx, struct slice key, struct slice json)
{
    struct sns *sns = ctx;
    struct topic *topic;
    load_subscription(sns, key, json);
    topic = name_index_find(&sns->topics, slice_take(key, slice_rfind(key, ':')));
    if (topic != NULL) {
        sort_subscriptions(topic);
    }
}

/* What hangs on a topic: its subscriptions, and the number of its last message. */
static void load_rest(struct sns *sns, struct topic *topic)
{
    AUTO_ARENA arena = ARENA_INIT;
    state_each_under(sns->scheduler, STATE_SUBSCRIPTION,
                     arena_printf(&arena, "%.*s:", SLICE_ARG(topic->name)), load_subscription, sns);
    sort_subscriptions(topic);
    if (topic->is_fifo) {
        state_each_under(sns->scheduler, STATE_COUNTERS,
                         arena_printf(&arena, COUNTER_PREFIX "%.*s", SLICE_ARG(topic->name)),
                         load_counter, sns);
    }
}

static void load_topic(void *ctx, struct slice key, struct slice json)
{
    struct sns *sns = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    struct topic *topic;
    topic = name_index_find(&sns->topics, key);
    bool is_new = topic == NULL && json.ptr != NULL;
    if (is_new) {
        topic = topic_create(key, sns_topic_arn(sns, &arena, key));
        name_index_add(&sns->topics, &topic->name);
    }
    if (topic != NULL && !topic_read(topic, json)) {
        topics_remove(&sns->topics, topic);
        if (json.ptr != NULL) {
            scheduler_notice(sns->scheduler, key, "the topic cannot be read, ignoring");
        }
    } else if (is_new) {
        load_rest(sns, topic);
    }
}

struct sns *sns_create(struct scheduler *scheduler)
{
    struct sns *sns = mem_zalloc(sizeof *sns);
    sns->scheduler = scheduler;
    sns->users = 1;
    sns->signer = signer_create(scheduler);
    sns->expiry.on_due = on_expiry;
    state_keep(scheduler, STATE_TOPIC, load_topic, sns);
    state_keep(scheduler, STATE_SUBSCRIPTION, restore_subscription, sns);
    state_each(scheduler, STATE_TOPIC, load_topic, sns);
    edge_register(scheduler->edge, &service, sns);
    edge_add_page(scheduler->edge, PAGE_PREFIX, answer_page, sns);
    return sns;
}

void sns_use(struct sns *sns)
{
    sns->users++;
}

void sns_unuse(struct sns *sns)
{
    if (--sns->users > 0) {
        return;
    }
    struct scheduler *scheduler = sns->scheduler;
    signer_destroy(sns->signer);
    topics_finish(&sns->topics);
    mem_free(sns);
    scheduler_part_closed(scheduler);
}

void sns_destroy(struct sns *sns)
{
    if (sns == NULL) {
        return;
    }
    scheduler_part_opened(sns->scheduler);
    alarm_clear(sns->scheduler->context->alarms, &sns->expiry);
    sns_unuse(sns);
}
