#include "cli/triggers.h"

#include "core/mem.h"

struct gathering {
    struct arena *arena;
    const struct deployment *deployment;
    struct triggers triggers;
    size_t cap;
};

/* The function that an ARN (qualified or not) or a name stands for; NULL when it is no function of this template. */
static const struct deployment_function *function_of(const struct gathering *gathering,
                                                     const struct value *value)
{
    struct slice text = value_scalar_text(value);
    size_t marker = slice_search(text, SLICE(":function:"));
    if (marker != SLICE_NPOS) {
        text = slice_skip(text, marker + sizeof ":function:" - 1);
    }
    return deployment_function(gathering->deployment, slice_take(text, slice_find(text, ':')));
}

static void add(struct gathering *gathering, const char *kind, struct slice source,
                const struct value *target)
{
    struct triggers *triggers = &gathering->triggers;
    const struct deployment_function *function = function_of(gathering, target);
    if (function == NULL) {
        return;
    }
    if (triggers->count == gathering->cap) {
        size_t cap = gathering->cap != 0 ? 2 * gathering->cap : 16;
        struct trigger *wider = arena_array(gathering->arena, cap, sizeof *wider);
        if (triggers->count > 0) {
            memcpy(wider, triggers->items, triggers->count * sizeof *wider);
        }
        triggers->items = wider;
        gathering->cap = cap;
    }
    triggers->items[triggers->count++] = (struct trigger){kind, source, function};
}

/* "orders" of "arn:aws:sqs:us-east-1:000000000000:orders" and of ".../orders". */
static struct slice last_part(struct slice arn)
{
    size_t colon = slice_rfind(arn, ':');
    struct slice name = colon != SLICE_NPOS ? slice_skip(arn, colon + 1) : arn;
    size_t slash = slice_find(name, '/');
    return slash != SLICE_NPOS ? slice_skip(name, slash + 1) : name;
}

static void add_mapping(struct gathering *gathering, const struct deployment_resource *resource)
{
    const struct value *properties = resource->properties;
    struct slice source = value_scalar_text(value_get(properties, "EventSourceArn"));
    struct slice name = last_part(source);
    bool is_queue = slice_search(source, SLICE(":sqs:")) != SLICE_NPOS;
    if (slice_search(source, SLICE(":dynamodb:")) != SLICE_NPOS) {
        /* arn:...:table/NAME/stream/LABEL, and the label has colons */
        size_t table = slice_search(source, SLICE(":table/"));
        name = slice_skip(source, table + sizeof ":table/" - 1);
        name = slice_take(name, slice_find(name, '/'));
    }
    add(gathering, is_queue ? "queue" : "stream", name, value_get(properties, "FunctionName"));
}

static void add_subscription(struct gathering *gathering,
                             const struct deployment_resource *resource)
{
    const struct value *properties = resource->properties;
    if (value_is(value_get(properties, "Protocol"), "lambda")) {
        add(gathering, "topic", last_part(value_scalar_text(value_get(properties, "TopicArn"))),
            value_get(properties, "Endpoint"));
    }
}

static void add_topic(struct gathering *gathering, const struct deployment_resource *resource)
{
    const struct value *list = value_get(resource->properties, "Subscription");
    for (size_t i = 0; i < value_count(list); i++) {
        const struct value *each = value_at(list, i);
        if (value_is(value_get(each, "Protocol"), "lambda")) {
            add(gathering, "topic", last_part(resource->physical_id), value_get(each, "Endpoint"));
        }
    }
}

static void add_bucket(struct gathering *gathering, const struct deployment_resource *resource)
{
    const struct value *list =
        value_path(resource->properties, "NotificationConfiguration", "LambdaConfigurations", NULL);
    for (size_t i = 0; i < value_count(list); i++) {
        const struct value *each = value_at(list, i);
        struct slice event = value_scalar_text(value_get(each, "Event"));
        if (slice_starts_with(event, SLICE("s3:"))) {
            event = slice_skip(event, 3);
        }
        add(gathering, "bucket",
            arena_printf(gathering->arena, "%.*s %.*s", SLICE_ARG(resource->physical_id),
                         SLICE_ARG(event)),
            value_get(each, "Function"));
    }
}

static void add_rule(struct gathering *gathering, const struct deployment_resource *resource)
{
    const struct value *schedule = value_get(resource->properties, "ScheduleExpression");
    const struct value *targets = value_get(resource->properties, "Targets");
    bool is_cron = value_is_scalar(schedule);
    struct slice source = is_cron ? value_scalar_text(schedule) : last_part(resource->physical_id);
    for (size_t i = 0; i < value_count(targets); i++) {
        add(gathering, is_cron ? "cron" : "rule", source, value_get(value_at(targets, i), "Arn"));
    }
}

static void add_schedule(struct gathering *gathering, const struct deployment_resource *resource)
{
    const struct value *properties = resource->properties;
    struct slice zone = value_scalar_text(value_get(properties, "ScheduleExpressionTimezone"));
    struct slice expression = value_scalar_text(value_get(properties, "ScheduleExpression"));
    if (zone.len > 0) {
        expression =
            arena_printf(gathering->arena, "%.*s %.*s", SLICE_ARG(expression), SLICE_ARG(zone));
    }
    add(gathering, "cron", expression, value_path(properties, "Target", "Arn", NULL));
}

static void add_log_filter(struct gathering *gathering, const struct deployment_resource *resource)
{
    add(gathering, "logs", value_scalar_text(value_get(resource->properties, "LogGroupName")),
        value_get(resource->properties, "DestinationArn"));
}

static const struct {
    const char *type;
    void (*add)(struct gathering *gathering, const struct deployment_resource *resource);
} types[] = {{"AWS::Lambda::EventSourceMapping", add_mapping},
             {"AWS::SNS::Subscription", add_subscription},
             {"AWS::SNS::Topic", add_topic},
             {"AWS::S3::Bucket", add_bucket},
             {"AWS::Events::Rule", add_rule},
             {"AWS::Scheduler::Schedule", add_schedule},
             {"AWS::Logs::SubscriptionFilter", add_log_filter}};

struct triggers triggers_of(struct arena *arena, const struct deployment *deployment)
{
    struct gathering gathering = {.arena = arena, .deployment = deployment};
    for (size_t i = 0; i < deployment->resource_count; i++) {
        for (size_t k = 0; k < COUNT_OF(types); k++) {
            if (slice_is(deployment->resources[i].type, types[k].type)) {
                types[k].add(&gathering, &deployment->resources[i]);
            }
        }
    }
    return gathering.triggers;
}
