/* Topics, subscriptions and topic policies of a template.
 *
 * A topic's own list of subscriptions ("Subscription") makes subscriptions whose ids follow from topic and endpoint: so
 * those that left the list are known, and go. What clients subscribed stays. */
#include "core/json.h"
#include "core/mem.h"
#include "scheduler/deploy.h"
#include "scheduler/property.h"
#include "scheduler/sns/sns_private.h"
#include "scheduler/sns/topic_tags.h"

/* One resource on its way. */
struct deploying {
    struct sns *sns;
    struct arena arena;
    const struct resource *resource;
    struct sns_change *change;
    bool is_changed;
    struct resource_run *run;
};

/* --- the ends --- */

static void on_written(void *ctx, enum status status)
{
    struct deploying *deploying = ctx;
    resource_written(deploying->run, status);
    arena_finish(&deploying->arena);
    mem_free(deploying);
}

static struct deploying *begin(struct scheduler *scheduler, const struct resource *resource,
                               struct resource_run *run)
{
    struct deploying *deploying = mem_zalloc(sizeof *deploying);
    arena_init(&deploying->arena, 4096);
    deploying->sns = scheduler->sns;
    deploying->resource = resource;
    deploying->run = run;
    deploying->change = sns_change_begin(scheduler->sns);
    return deploying;
}

/* What was changed before a refusal is written as well: it is in memory already. */
static void give_up(struct deploying *deploying, enum status status, const char *words)
{
    sns_change_submit(deploying->change, NULL, NULL);
    resource_refuse(deploying->run, status, "%s", words);
    arena_finish(&deploying->arena);
    mem_free(deploying);
}

static void end(struct deploying *deploying, const struct refusal *refusal)
{
    if (refusal == NULL) {
        sns_change_submit(deploying->change, on_written, deploying);
    } else {
        give_up(deploying, STATUS_INVALID, arena_cstr(&deploying->arena, refusal->text));
    }
}

/* --- properties --- */

static struct slice property(struct deploying *deploying, const char *key)
{
    return property_text(&deploying->arena, deploying->resource->properties, key);
}

static struct json_scan elements_of(struct deploying *deploying, const char *key)
{
    return json_scan_array(json_raw_member(deploying->resource->properties, key));
}

/* --- topics --- */

static const struct {
    const char *property;
    enum topic_attribute attribute;
} topic_properties[] = {
    {"DisplayName", TOPIC_DISPLAY_NAME},
    {"KmsMasterKeyId", TOPIC_KMS_KEY},
    {"SignatureVersion", TOPIC_SIGNATURE_VERSION},
    {"TracingConfig", TOPIC_TRACING_CONFIG},
    {"ContentBasedDeduplication", TOPIC_CONTENT_DEDUPLICATION},
    {"FifoThroughputScope", TOPIC_THROUGHPUT_SCOPE},
    {"MaximumMessageSize", TOPIC_MAXIMUM_MESSAGE_SIZE},
    {"DataProtectionPolicy", TOPIC_DATA_PROTECTION},
};

static void change_attribute(struct deploying *deploying, struct topic *topic, int at,
                             struct slice value)
{
    struct slice there = topic->attributes.values[at];
    bool is_same = (there.ptr == NULL) == (value.ptr == NULL) && slice_eq(there, value);
    if (!is_same) {
        topic_set(topic, at, value);
        deploying->is_changed = true;
    }
}

/* Standard topics have none of a FIFO topic's attributes, whatever a template says of them: false. */
static bool is_void(const struct topic *topic, enum topic_attribute attribute, struct slice value)
{
    bool is_of_fifo =
        attribute == TOPIC_CONTENT_DEDUPLICATION || attribute == TOPIC_THROUGHPUT_SCOPE;
    return is_of_fifo && !topic->is_fifo && slice_is(value, "false");
}

static const struct refusal *read_topic(struct deploying *deploying, struct topic *topic)
{
    for (size_t i = 0; i < COUNT_OF(topic_properties); i++) {
        enum topic_attribute attribute = topic_properties[i].attribute;
        struct slice value = property(deploying, topic_properties[i].property);
        if (is_void(topic, attribute, value)) {
            value = SLICE_NULL;
        }
        const struct refusal *refusal =
            value.ptr != NULL && attribute != TOPIC_DATA_PROTECTION
                ? topic_attribute_check(&deploying->arena, topic->is_fifo, (int)attribute, value,
                                        "")
                : NULL;
        if (refusal != NULL) {
            return refusal;
        }
        change_attribute(deploying, topic, (int)attribute, value);
    }
    if (topic->is_fifo) {
        change_attribute(deploying, topic, TOPIC_FIFO, SLICE("true"));
    }
    return NULL;
}

static void read_tags(struct deploying *deploying, struct topic *topic)
{
    struct tags list =
        tags_of_list(&deploying->arena, json_raw_member(deploying->resource->properties, "Tags"));
    struct slice tags = tags_object(&deploying->arena, &list);
    if (!slice_eq(tags, topic->tags)) {
        topic_set_tags(topic, tags);
        deploying->is_changed = true;
    }
}

/* DeliveryStatusLogging: roles and rates under names of the API. */
static void read_feedback(struct deploying *deploying, struct topic *topic)
{
    static const struct {
        const char *cfn, *api;
    } protocols[] = {{"http/s", "HTTP"},
                     {"sqs", "SQS"},
                     {"lambda", "Lambda"},
                     {"firehose", "Firehose"},
                     {"application", "Application"}};
    static const char *const fields[] = {"SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate",
                                         "FailureFeedbackRoleArn"};
    struct arena *arena = &deploying->arena;
    struct json_scan scan = elements_of(deploying, "DeliveryStatusLogging");
    struct slice entry;
    while (json_scan_element(&scan, &entry)) {
        struct slice protocol = property_text(arena, entry, "Protocol");
        for (size_t i = 0; i < COUNT_OF(protocols) * COUNT_OF(fields); i++) {
            size_t p = i / COUNT_OF(fields);
            const char *field = fields[i % COUNT_OF(fields)];
            int at = attributes_find(topic_attribute_names,
                                     arena_printf(arena, "%s%s", protocols[p].api, field));
            if (slice_is(protocol, protocols[p].cfn) && at >= 0) {
                change_attribute(deploying, topic, at, property_text(arena, entry, field));
            }
        }
    }
}

/* --- a topic's own subscriptions --- */

static void inline_id(struct deploying *deploying, const struct topic *topic, struct slice protocol,
                      struct slice endpoint, char ret_id[ID_UUID_MAX])
{
    id_derived_uuid(ret_id,
                    arena_printf(&deploying->arena, "inline %.*s %.*s %.*s", SLICE_ARG(topic->arn),
                                 SLICE_ARG(protocol), SLICE_ARG(endpoint)));
}

static const char no_platforms[] = "sls-local does not emulate platform endpoints";

static bool is_of_platform(struct slice protocol)
{
    return slice_is(protocol, protocol_names[PROTOCOL_APPLICATION]);
}

static const struct refusal *make_subscription(struct deploying *deploying,
                                               const struct new_subscription *wanted)
{
    struct subscription *subscription;
    bool is_new;
    const struct refusal *refusal =
        subscribe(deploying->sns, &deploying->arena, wanted, &subscription, &is_new);
    if (refusal != NULL) {
        return refusal;
    }
    if (is_new) {
        sns_change_subscription(deploying->change, subscription);
    }
    if (subscription->token.len != 0 && subscription->state == SUBSCRIPTION_PENDING) {
        sns_change_tell(deploying->change, subscription, false);
    }
    return NULL;
}

static bool is_listed(struct deploying *deploying, const struct subscription *subscription)
{
    struct json_scan scan = elements_of(deploying, "Subscription");
    struct slice entry;
    while (json_scan_element(&scan, &entry)) {
        struct arena *arena = &deploying->arena;
        if (slice_eq(property_text(arena, entry, "Endpoint"), subscription->endpoint) &&
            slice_is(property_text(arena, entry, "Protocol"),
                     protocol_names[subscription->protocol])) {
            return true;
        }
    }
    return false;
}

static void remove_unlisted(struct deploying *deploying, struct topic *topic)
{
    for (size_t i = topic->subscription_count; i > 0; i--) {
        struct subscription *each = topic->subscriptions[i - 1];
        char id[ID_UUID_MAX];
        inline_id(deploying, topic, slice_from(protocol_names[each->protocol]), each->endpoint, id);
        if (slice_is(each->id, id) && !is_listed(deploying, each)) {
            sns_change_gone_subscription(deploying->change, each);
            subscription_remove(each);
        }
    }
}

/* One of the topic's own list: what another subscription would be left out for does not keep the topic from being. */
static const struct refusal *read_subscription(struct deploying *deploying, struct topic *topic,
                                               struct slice entry)
{
    const struct resource *resource = deploying->resource;
    char id[ID_UUID_MAX];
    struct new_subscription wanted = {
        .topic = topic,
        .protocol = property_text(&deploying->arena, entry, "Protocol"),
        .endpoint = property_text(&deploying->arena, entry, "Endpoint"),
        .attributes = {.names = subscription_attribute_names},
        .where = "",
        .position = resource->position,
    };
    inline_id(deploying, topic, wanted.protocol, wanted.endpoint, id);
    wanted.id = slice_from(id);
    bool is_of_none = is_of_platform(wanted.protocol);
    const struct refusal *refusal = is_of_none ? NULL : make_subscription(deploying, &wanted);
    if (!is_of_none && (refusal == NULL || !resource->has_unknown)) {
        return refusal;
    }
    resource_notice(deploying->sns->scheduler, resource, "a subscription is left out: %s",
                    is_of_none ? no_platforms : arena_cstr(&deploying->arena, refusal->text));
    return NULL;
}

static const struct refusal *read_subscriptions(struct deploying *deploying, struct topic *topic)
{
    struct json_scan scan = elements_of(deploying, "Subscription");
    struct slice entry;
    const struct refusal *refusal = NULL;
    remove_unlisted(deploying, topic);
    while (refusal == NULL && json_scan_element(&scan, &entry)) {
        refusal = read_subscription(deploying, topic, entry);
    }
    return refusal;
}

static struct slice name_of(struct slice arn)
{
    return slice_skip(arn, slice_rfind(arn, ':') + 1);
}

static void deploy_topic(struct scheduler *scheduler, const struct resource *resource,
                         struct resource_run *run)
{
    struct deploying *deploying = begin(scheduler, resource, run);
    struct sns *sns = deploying->sns;
    struct arena *arena = &deploying->arena;
    struct slice arn = resource->physical_id;
    struct slice name = name_of(arn);
    bool is_fifo = slice_is(property(deploying, "FifoTopic"), "true");
    struct topic *topic = sns_topic(sns, arn);
    bool is_new = topic == NULL;
    const struct refusal *refusal = NULL;
    if (!topic_name_is_valid(name, is_fifo)) {
        refusal = refusal_invalid(arena, "Topic Name");
    } else if (is_new) {
        topic = topic_create(name, arn);
    }
    if (refusal == NULL) {
        refusal = read_topic(deploying, topic);
        read_tags(deploying, topic);
        read_feedback(deploying, topic);
    }
    if (refusal != NULL && is_new) {
        topic_destroy(topic);
    }
    if (refusal == NULL && is_new) {
        name_index_add(&sns->topics, &topic->name);
    }
    if (refusal == NULL && (is_new || deploying->is_changed)) {
        sns_change_topic(deploying->change, topic);
    }
    if (refusal == NULL) {
        refusal = read_subscriptions(deploying, topic);
    }
    end(deploying, refusal);
}

/* --- subscriptions --- */

static void read_attributes(struct deploying *deploying, struct attributes *attributes)
{
    attributes->names = subscription_attribute_names;
    for (int i = 0; subscription_attribute_names[i] != NULL; i++) {
        attributes_set(attributes, i, property(deploying, subscription_attribute_names[i]));
    }
}

static bool has_attributes(const struct subscription *subscription,
                           const struct attributes *attributes)
{
    for (int i = 0; subscription_attribute_names[i] != NULL; i++) {
        if (!slice_eq(subscription->attributes.values[i], attributes->values[i])) {
            return false;
        }
    }
    return true;
}

/* The one of the template, which is there already. */
static const struct refusal *update(struct deploying *deploying, struct subscription *subscription,
                                    const struct attributes *attributes)
{
    struct subscription_rules rules;
    if (subscription->token.len != 0 && subscription->state == SUBSCRIPTION_PENDING) {
        sns_change_tell(deploying->change, subscription, false);
    }
    if (has_attributes(subscription, attributes)) {
        return NULL;
    }
    const struct refusal *refusal = subscription_rules_parse(
        &deploying->arena, subscription->topic, subscription->endpoint, attributes, "", &rules);
    if (refusal == NULL) {
        subscription_change(subscription, attributes, &rules);
        sns_change_subscription(deploying->change, subscription);
    }
    return refusal;
}

/* Whoever has the endpoint under another ARN, or this ARN with another endpoint, makes room. */
static void make_room(struct deploying *deploying, struct subscription *other)
{
    if (other != NULL) {
        sns_change_gone_subscription(deploying->change, other);
        subscription_remove(other);
    }
}

static const struct refusal *put_subscription(struct deploying *deploying,
                                              struct new_subscription *wanted)
{
    struct subscription *there = topic_subscription(wanted->topic, wanted->id);
    bool is_same = there != NULL && slice_eq(there->endpoint, wanted->endpoint) &&
                   slice_is(wanted->protocol, protocol_names[there->protocol]) &&
                   there->state != SUBSCRIPTION_DELETED;
    if (is_same) {
        return update(deploying, there, &wanted->attributes);
    }
    make_room(deploying, there);
    int protocol = attributes_find(protocol_names, wanted->protocol);
    if (protocol >= 0) {
        make_room(deploying,
                  topic_subscription_of(wanted->topic, (enum protocol)protocol, wanted->endpoint));
    }
    return make_subscription(deploying, wanted);
}

static void deploy_subscription(struct scheduler *scheduler, const struct resource *resource,
                                struct resource_run *run)
{
    struct deploying *deploying = begin(scheduler, resource, run);
    struct slice topic_arn = property(deploying, "TopicArn");
    struct new_subscription wanted = {
        .topic = sns_topic(deploying->sns, topic_arn),
        .protocol = property(deploying, "Protocol"),
        .endpoint = property(deploying, "Endpoint"),
        .id = name_of(resource->physical_id),
        .where = "",
        .position = resource->position,
    };
    if (wanted.topic == NULL) {
        give_up(
            deploying, STATUS_NOT_FOUND,
            arena_cstr(&deploying->arena, arena_printf(&deploying->arena, "there is no topic %.*s",
                                                       SLICE_ARG(topic_arn))));
        return;
    }
    if (is_of_platform(wanted.protocol)) {
        give_up(deploying, STATUS_UNSUPPORTED, no_platforms);
        return;
    }
    read_attributes(deploying, &wanted.attributes);
    const struct refusal *refusal = put_subscription(deploying, &wanted);
    attributes_finish(&wanted.attributes);
    end(deploying, refusal);
}

static void withdraw_subscription(struct scheduler *scheduler, const struct resource *resource,
                                  struct resource_run *run)
{
    struct deploying *deploying = begin(scheduler, resource, run);
    struct slice arn = resource->physical_id;
    struct slice id = name_of(arn);
    struct topic *topic = sns_topic(deploying->sns, slice_take(arn, arn.len - id.len - 1));
    make_room(deploying, topic != NULL ? topic_subscription(topic, id) : NULL);
    end(deploying, NULL);
}

/* --- policies --- */

static void set_policy(struct deploying *deploying, struct slice arn, struct slice policy)
{
    struct topic *topic = sns_topic(deploying->sns, arn);
    if (topic != NULL && !slice_eq(topic->attributes.values[TOPIC_POLICY], policy)) {
        topic_set(topic, TOPIC_POLICY, policy);
        sns_change_topic(deploying->change, topic);
    }
}

/* Of "Topics", or of the one "TopicArn". */
static void set_policies(struct deploying *deploying, struct slice policy)
{
    struct json_scan scan = elements_of(deploying, "Topics");
    struct slice raw, arn;
    set_policy(deploying, property(deploying, "TopicArn"), policy);
    while (json_scan_element(&scan, &raw)) {
        if (json_raw_string(&deploying->arena, raw, &arn)) {
            set_policy(deploying, arn, policy);
        }
    }
}

static void deploy_policy(struct scheduler *scheduler, const struct resource *resource,
                          struct resource_run *run)
{
    struct deploying *deploying = begin(scheduler, resource, run);
    set_policies(deploying, property(deploying, "PolicyDocument"));
    end(deploying, NULL);
}

static void withdraw_policy(struct scheduler *scheduler, const struct resource *resource,
                            struct resource_run *run)
{
    struct deploying *deploying = begin(scheduler, resource, run);
    set_policies(deploying, SLICE_NULL);
    end(deploying, NULL);
}

const struct resource_type sns_resource_types[] = {
    {"AWS::SNS::Topic", PHASE_THINGS, deploy_topic, NULL},
    {"AWS::SNS::Subscription", PHASE_WIRING, deploy_subscription, withdraw_subscription},
    {"AWS::SNS::TopicPolicy", PHASE_WIRING, deploy_policy, withdraw_policy},
    {"AWS::SNS::TopicInlinePolicy", PHASE_WIRING, deploy_policy, withdraw_policy},
    {NULL, PHASE_THINGS, NULL, NULL},
};
