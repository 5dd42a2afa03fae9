/* Events that a service pushes: S3, SNS, Cognito, CloudWatch Logs, IoT, Alexa. */
#include "templates/sam/sam.h"

static struct slice event_id(const struct event *event, const char *suffix)
{
    return arena_printf(event->macro->sam->arena, "%.*s%s", SLICE_ARG(event->logical_id), suffix);
}

/* A resource of this template that an event changes, such as its bucket. */
static struct value *linked_resource(const struct event *event, const char *property,
                                     struct slice *ret_id)
{
    *ret_id = sam_ref_id(event_get(event, property));
    return ret_id->ptr != NULL ? value_find(event->macro->sam->out, *ret_id) : NULL;
}

/* "a" and ["a"] alike */
static struct value *as_list(struct sam *sam, struct value *value)
{
    return sam_is_list(value) ? value : sam_list(sam, value->pos, value, NULL);
}

static bool has_item(const struct value *list, const struct value *item)
{
    for (size_t i = 0; i < sam_items(list); i++) {
        if (value_equal(value_at(list, i), item)) {
            return true;
        }
    }
    return false;
}

static struct value *own_list(struct sam *sam, struct value *map, const char *key)
{
    struct value *list = sam_get(map, key);
    if (list == NULL) {
        list = value_list(sam->arena, map->pos);
        sam_put(sam, map, key, list);
    }
    return list;
}

/* The bucket waits for the permission; a conditional one can only be named in a tag's Fn::If. */
static void depend_on_permission(struct event *event, struct value *bucket, struct slice permission)
{
    struct sam *sam = event->macro->sam;
    struct value *name = sam_string(sam, event->pos, permission);
    if (event->target->condition == NULL) {
        struct value *list = value_list(sam->arena, event->pos);
        struct value *existing = sam_get(bucket, "DependsOn");
        for (size_t i = 0; existing != NULL && i < value_count(as_list(sam, existing)); i++) {
            value_push(sam->arena, list, value_at(as_list(sam, existing), i));
        }
        if (!has_item(list, name)) {
            value_push(sam->arena, list, name);
        }
        sam_put(sam, bucket, "DependsOn", list);
        return;
    }
    struct value *tags = own_list(sam, openapi_section(sam, bucket, "Properties"), "Tags");
    struct value *key =
        value_text(sam->arena, event->pos, "sam:ConditionalDependsOn:%.*s", SLICE_ARG(permission));
    if (!sam_is_list(tags)) {
        event_error(event, tags->pos, "Property 'Tags' should be a list.");
        return;
    }
    value_push(sam->arena, tags,
               sam_map(sam, event->pos, "Key", key, "Value",
                       sam_if_else(sam, event->target->condition,
                                   value_ref(sam->arena, event->pos, permission),
                                   sam_text(sam, event->pos, "no dependency")),
                       NULL));
}

void event_s3(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct slice bucket_id;
    struct value *bucket = linked_resource(event, "Bucket", &bucket_id);
    if (bucket == NULL) {
        event_error(event, event_pos_of(event, "Bucket"),
                    "S3 events must reference an S3 bucket in the same template.");
        return;
    }
    struct value *permission = event_permission(event, "s3.amazonaws.com", NULL, SLICE(""));
    sam_put(sam, permission, "SourceAccount",
            value_ref(sam->arena, event->pos, SLICE("AWS::AccountId")));
    depend_on_permission(event, bucket, event_id(event, "Permission"));
    struct value *properties = openapi_section(sam, bucket, "Properties");
    struct value *config = openapi_section(sam, properties, "NotificationConfiguration");
    struct value *list = own_list(sam, config, "LambdaConfigurations");
    if (!sam_is_list(list)) {
        event_error(event, list->pos, "Invalid type for LambdaConfigurations. Must be a list.");
        return;
    }
    struct value *names = as_list(sam, event_get(event, "Events"));
    for (size_t i = 0; i < sam_items(names); i++) {
        struct value *entry =
            sam_map(sam, event->pos, "Function", event->target->arn, "Filter",
                    event_get(event, "Filter"), "Event", value_at(names, i), NULL);
        if (event->target->condition != NULL) {
            entry = sam_if(sam, event->target->condition, entry);
        }
        if (!has_item(list, entry)) {
            value_push(sam->arena, list, entry);
        }
    }
}

static void add_subscription(struct event *event, const char *protocol, struct value *endpoint)
{
    static const char *const same[] = {"Region", "FilterPolicy", "FilterPolicyScope",
                                       "RedrivePolicy"};
    struct sam *sam = event->macro->sam;
    struct value *subscription =
        macro_emit(event->macro, event->logical_id, "AWS::SNS::Subscription", event->pos,
                   event->target->inherited);
    sam_put_text(sam, subscription, "Protocol", protocol);
    sam_put(sam, subscription, "Endpoint", endpoint);
    sam_put(sam, subscription, "TopicArn", event_get(event, "Topic"));
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        sam_copy(sam, subscription, event->properties, same[i]);
    }
}

static void add_queue_policy(struct event *event, struct slice id, struct value *queue_arn,
                             struct value *queue_url)
{
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    struct value *policy =
        macro_emit(event->macro, id, "AWS::SQS::QueuePolicy", pos, event->target->inherited);
    struct value *condition =
        sam_map(sam, pos, "ArnEquals",
                sam_map(sam, pos, "aws:SourceArn", event_get(event, "Topic"), NULL), NULL);
    struct value *statement =
        sam_map(sam, pos, "Action", sam_text(sam, pos, "sqs:SendMessage"), "Effect",
                sam_text(sam, pos, "Allow"), "Principal", sam_text(sam, pos, "*"), "Resource",
                queue_arn, "Condition", condition, NULL);
    sam_put(sam, policy, "PolicyDocument",
            sam_map(sam, pos, "Version", sam_text(sam, pos, "2012-10-17"), "Statement",
                    sam_list(sam, pos, statement, NULL), NULL));
    sam_put(sam, policy, "Queues", sam_list(sam, pos, queue_url, NULL));
}

/* SqsSubscription: topic -> queue -> function, with a queue of our own or the author's. */
static void add_queue_between(struct event *event, struct value *given)
{
    struct sam *sam = event->macro->sam;
    struct slice queue_id = event_id(event, "Queue");
    struct value *arn = sam_get(given, "QueueArn");
    struct value *url = sam_get(given, "QueueUrl");
    struct value *policy_id = sam_get(given, "QueuePolicyLogicalId");
    if (given->kind == VALUE_BOOL) {
        struct value *queue = macro_emit(event->macro, queue_id, "AWS::SQS::Queue", event->pos,
                                         event->target->inherited);
        struct slice topic = sam_referred_id(event_get(event, "Topic"));
        struct value *fifo = sam_resolve(
            sam, value_path(value_find(sam->resources, topic), "Properties", "FifoTopic", NULL));
        if (topic.ptr != NULL && sam_is_truthy(fifo)) {
            sam_put(sam, queue, "FifoQueue", fifo);
        }
        arn = value_getatt(sam->arena, event->pos, queue_id, "Arn");
        url = value_ref(sam->arena, event->pos, queue_id);
    } else if (!sam_is_truthy(arn) || !sam_is_truthy(url)) {
        event_error(event, given->pos, "No QueueARN or QueueURL provided.");
        return;
    }
    event_mapping_of_queue(event, event_id(event, "EventSourceMapping"), arn,
                           sam_get(given, "BatchSize"));
    add_queue_policy(event,
                     sam_is_truthy(policy_id) ? value_scalar_text(policy_id)
                                              : event_id(event, "QueuePolicy"),
                     arn, url);
    add_subscription(event, "sqs", arn);
}

void event_sns(struct event *event)
{
    struct value *queue = event_get(event, "SqsSubscription");
    if (sam_is_truthy(queue)) {
        add_queue_between(event, queue);
        return;
    }
    event_permission(event, "sns.amazonaws.com", event_get(event, "Topic"), SLICE(""));
    add_subscription(event, "lambda", event->target->arn);
}

void event_cognito(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct slice pool_id;
    struct value *pool = linked_resource(event, "UserPool", &pool_id);
    if (pool == NULL) {
        event_error(event, event_pos_of(event, "UserPool"),
                    "Cognito events must reference a Cognito UserPool in the same template.");
        return;
    }
    macro_emit_permission(
        event->macro,
        arena_printf(sam->arena, "%.*sCognitoPermission", SLICE_ARG(event->target->id)), event->pos,
        event->target->inherited, event->target->name, "cognito-idp.amazonaws.com",
        value_getatt(sam->arena, event->pos, pool_id, "Arn"));
    struct value *properties = openapi_section(sam, pool, "Properties");
    struct value *config = openapi_section(sam, properties, "LambdaConfig");
    struct value *triggers = as_list(sam, event_get(event, "Trigger"));
    for (size_t i = 0; i < sam_items(triggers); i++) {
        struct value *trigger = value_at(triggers, i);
        if (value_find(config, trigger->text) != NULL) {
            event_error(event, trigger->pos, "Cognito trigger \"%.*s\" defined multiple times.",
                        SLICE_ARG(trigger->text));
            continue;
        }
        value_set_at(sam->arena, config, trigger->text, trigger->pos, event->target->arn);
    }
}

void event_logs(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct value *group = event_get(event, "LogGroupName");
    struct slice arn = arena_printf(
        sam->arena,
        "arn:%.*s:logs:${AWS::Region}:${AWS::AccountId}:log-group:${__LogGroupName__}:*",
        SLICE_ARG(sam->partition));
    event_permission(event, "logs.amazonaws.com",
                     sam_sub(sam, event->pos, arena_cstr(sam->arena, arn),
                             sam_map(sam, event->pos, "__LogGroupName__", group, NULL)),
                     SLICE(""));
    struct value *filter =
        macro_emit(event->macro, event->logical_id, "AWS::Logs::SubscriptionFilter", event->pos,
                   event->target->inherited);
    macro_depend(event->macro, event->logical_id, event_id(event, "Permission"));
    sam_put(sam, filter, "LogGroupName", group);
    sam_copy(sam, filter, event->properties, "FilterPattern");
    sam_put(sam, filter, "DestinationArn", event->target->arn);
}

void event_iot(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    struct slice arn =
        arena_printf(sam->arena, "arn:%.*s:iot:${AWS::Region}:${AWS::AccountId}:rule/${RuleName}",
                     SLICE_ARG(sam->partition));
    struct value *rule_ref = value_ref(sam->arena, pos, event->logical_id);
    struct value *permission =
        event_permission(event, "iot.amazonaws.com",
                         sam_sub(sam, pos, arena_cstr(sam->arena, arn),
                                 sam_map(sam, pos, "RuleName", rule_ref, NULL)),
                         SLICE(""));
    sam_put(sam, permission, "SourceAccount", sam_sub(sam, pos, "${AWS::AccountId}", NULL));
    struct value *rule = macro_emit(event->macro, event->logical_id, "AWS::IoT::TopicRule", pos,
                                    event->target->inherited);
    struct value *action = sam_map(
        sam, pos, "Lambda", sam_map(sam, pos, "FunctionArn", event->target->arn, NULL), NULL);
    sam_put(sam, rule, "TopicRulePayload",
            sam_map(sam, pos, "Sql", event_get(event, "Sql"), "RuleDisabled",
                    value_bool(sam->arena, pos, false), "Actions", sam_list(sam, pos, action, NULL),
                    "AwsIotSqlVersion", event_get(event, "AwsIotSqlVersion"), NULL));
}

void event_alexa(struct event *event)
{
    struct value *permission = event_permission(event, "alexa-appkit.amazon.com", NULL, SLICE(""));
    sam_put(event->macro->sam, permission, "EventSourceToken", event_get(event, "SkillId"));
}
