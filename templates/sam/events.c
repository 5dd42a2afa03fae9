/* The Events of functions and state machines: which types there are, and what each may say. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct property_rule schedule_rules[] = {
    {"Schedule", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"RuleName", PROPERTY_STRING, 0},
    {"Input", PROPERTY_STRING, 0},
    {"Enabled", PROPERTY_BOOL, 0},
    {"State", PROPERTY_STRING, 0},
    {"Name", PROPERTY_STRING, 0},
    {"Description", PROPERTY_STRING, 0},
    {"DeadLetterConfig", PROPERTY_MAP, 0},
    {"RetryPolicy", PROPERTY_MAP, 0},
};
static const struct property_rule machine_schedule_rules[] = {
    {"Schedule", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"Input", PROPERTY_STRING, 0},
    {"Enabled", PROPERTY_BOOL, 0},
    {"State", PROPERTY_STRING, 0},
    {"Name", PROPERTY_STRING, 0},
    {"Description", PROPERTY_STRING, 0},
    {"DeadLetterConfig", PROPERTY_MAP, 0},
    {"RetryPolicy", PROPERTY_MAP, 0},
    {"Target", PROPERTY_MAP, PROPERTY_LITERAL},
    {"RoleArn", PROPERTY_STRING, 0},
};
static const struct property_rule rule_rules[] = {
    {"EventBusName", PROPERTY_STRING, 0},  {"RuleName", PROPERTY_STRING, 0},
    {"Pattern", PROPERTY_MAP, 0},          {"DeadLetterConfig", PROPERTY_MAP, 0},
    {"RetryPolicy", PROPERTY_MAP, 0},      {"Input", PROPERTY_STRING, 0},
    {"InputPath", PROPERTY_STRING, 0},     {"Target", PROPERTY_MAP, 0},
    {"Enabled", PROPERTY_BOOL, 0},         {"State", PROPERTY_STRING, 0},
    {"InputTransformer", PROPERTY_MAP, 0},
};
static const struct property_rule schedule_v2_rules[] = {
    {"PermissionsBoundary", PROPERTY_STRING, 0},
    {"ScheduleExpression", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"FlexibleTimeWindow", PROPERTY_MAP, 0},
    {"Name", PROPERTY_STRING, 0},
    {"State", PROPERTY_STRING, 0},
    {"Description", PROPERTY_STRING, 0},
    {"StartDate", PROPERTY_STRING, 0},
    {"EndDate", PROPERTY_STRING, 0},
    {"ScheduleExpressionTimezone", PROPERTY_STRING, 0},
    {"GroupName", PROPERTY_STRING, 0},
    {"KmsKeyArn", PROPERTY_STRING, 0},
    {"Input", PROPERTY_STRING, 0},
    {"RoleArn", PROPERTY_STRING, 0},
    {"DeadLetterConfig", PROPERTY_MAP, 0},
    {"RetryPolicy", PROPERTY_MAP, 0},
    {"OmitName", PROPERTY_BOOL, PROPERTY_LITERAL},
};
static const struct property_rule s3_rules[] = {
    {"Bucket", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"Events", PROPERTY_STRINGS, PROPERTY_REQUIRED | PROPERTY_LITERAL},
    {"Filter", PROPERTY_MAP_OF_STRINGS, 0},
};
static const struct property_rule sns_rules[] = {
    {"Topic", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"Region", PROPERTY_STRING, 0},
    {"FilterPolicy", PROPERTY_ANY, 0},
    {"FilterPolicyScope", PROPERTY_ANY, 0},
    {"SqsSubscription", PROPERTY_BOOL_OR_MAP, 0},
    {"RedrivePolicy", PROPERTY_MAP, 0},
};
static const struct property_rule api_rules[] = {
    {"Path", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"Method", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"RestApiId", PROPERTY_STRING, 0}, /* filled in for the implicit API */
    {"Stage", PROPERTY_STRING, 0},
    {"Auth", PROPERTY_MAP, 0},
    {"RequestModel", PROPERTY_MAP, 0},
    {"RequestParameters", PROPERTY_LIST, 0},
    {"TimeoutInMillis", PROPERTY_INT, 0},
    {"ResponseTransferMode", PROPERTY_STRING, 0},
};
static const struct property_rule machine_api_rules[] = {
    {"Path", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"Method", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"RestApiId", PROPERTY_STRING, 0}, /* filled in for the implicit API */
    {"Stage", PROPERTY_STRING, 0},
    {"Auth", PROPERTY_MAP, 0},
    {"UnescapeMappingTemplate", PROPERTY_BOOL, PROPERTY_LITERAL},
};
static const struct property_rule http_api_rules[] = {
    {"Path", PROPERTY_STRING, 0},       {"Method", PROPERTY_STRING, 0},
    {"ApiId", PROPERTY_STRING, 0},      {"Stage", PROPERTY_STRING, 0},
    {"Auth", PROPERTY_MAP, 0},          {"TimeoutInMillis", PROPERTY_INT, 0},
    {"RouteSettings", PROPERTY_MAP, 0}, {"PayloadFormatVersion", PROPERTY_STRING, 0},
};
static const struct property_rule cognito_rules[] = {
    {"UserPool", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"Trigger", PROPERTY_STRINGS, PROPERTY_REQUIRED | PROPERTY_LITERAL},
};
static const struct property_rule logs_rules[] = {
    {"LogGroupName", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"FilterPattern", PROPERTY_STRING, PROPERTY_REQUIRED},
};
static const struct property_rule iot_rules[] = {
    {"Sql", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"AwsIotSqlVersion", PROPERTY_STRING, 0},
};
static const struct property_rule alexa_rules[] = {{"SkillId", PROPERTY_STRING, 0}};
static const struct property_rule stream_rules[] = {
    {"Stream", PROPERTY_ANY, PROPERTY_REQUIRED | PROPERTY_LITERAL},
    {"StartingPosition", PROPERTY_ANY, PROPERTY_REQUIRED | PROPERTY_LITERAL},
};
static const struct property_rule sqs_rules[] = {
    {"Queue", PROPERTY_ANY, PROPERTY_REQUIRED | PROPERTY_LITERAL},
};
static const struct property_rule mq_rules[] = {
    {"Broker", PROPERTY_ANY, PROPERTY_REQUIRED | PROPERTY_LITERAL},
    {"DynamicPolicyName", PROPERTY_BOOL, PROPERTY_LITERAL},
};
static const struct property_rule document_db_rules[] = {
    {"Cluster", PROPERTY_ANY, PROPERTY_REQUIRED | PROPERTY_LITERAL},
    {"DatabaseName", PROPERTY_ANY, PROPERTY_REQUIRED | PROPERTY_LITERAL},
    {"CollectionName", PROPERTY_ANY, 0},
    {"FullDocument", PROPERTY_ANY, 0},
};
static const struct property_rule mapping_rules[] = {
    {"BatchSize", PROPERTY_INT, 0},
    {"StartingPosition", PROPERTY_ANY, 0},
    {"StartingPositionTimestamp", PROPERTY_ANY, 0},
    {"Enabled", PROPERTY_BOOL, 0},
    {"MaximumBatchingWindowInSeconds", PROPERTY_INT, 0},
    {"MaximumRetryAttempts", PROPERTY_INT, 0},
    {"BisectBatchOnFunctionError", PROPERTY_BOOL, 0},
    {"MaximumRecordAgeInSeconds", PROPERTY_INT, 0},
    {"DestinationConfig", PROPERTY_MAP, 0},
    {"ParallelizationFactor", PROPERTY_INT, 0},
    {"Topics", PROPERTY_LIST, 0},
    {"Queues", PROPERTY_LIST, 0},
    {"SourceAccessConfigurations", PROPERTY_LIST, 0},
    {"SecretsManagerKmsKeyId", PROPERTY_STRING, 0},
    {"TumblingWindowInSeconds", PROPERTY_INT, 0},
    {"FunctionResponseTypes", PROPERTY_LIST, 0},
    {"KafkaBootstrapServers", PROPERTY_LIST, 0},
    {"FilterCriteria", PROPERTY_MAP, 0},
    {"KmsKeyArn", PROPERTY_ANY, 0},
    {"ConsumerGroupId", PROPERTY_STRING, 0},
    {"ScalingConfig", PROPERTY_MAP, 0},
    {"ProvisionedPollerConfig", PROPERTY_MAP, 0},
    {"SchemaRegistryConfig", PROPERTY_MAP, 0},
    {"MetricsConfig", PROPERTY_MAP, 0},
    {"LoggingConfig", PROPERTY_MAP, 0},
};
static const struct property_rules mapping_properties = PROPERTY_RULES(mapping_rules);

struct event_type {
    const char *type;
    struct property_rules rules;
    void (*expand)(struct event *event);
    bool is_mapping;
};

static const struct event_type function_events[] = {
    {"Api", PROPERTY_RULES(api_rules), event_api, false},
    {"HttpApi", PROPERTY_RULES(http_api_rules), event_http_api, false},
    {"Schedule", PROPERTY_RULES(schedule_rules), event_rule, false},
    {"ScheduleV2", PROPERTY_RULES(schedule_v2_rules), event_schedule, false},
    {"EventBridgeRule", PROPERTY_RULES(rule_rules), event_rule, false},
    {"CloudWatchEvent", PROPERTY_RULES(rule_rules), event_rule, false},
    {"S3", PROPERTY_RULES(s3_rules), event_s3, false},
    {"SNS", PROPERTY_RULES(sns_rules), event_sns, false},
    {"SQS", PROPERTY_RULES(sqs_rules), event_mapping, true},
    {"DynamoDB", PROPERTY_RULES(stream_rules), event_mapping, true},
    {"Kinesis", PROPERTY_RULES(stream_rules), event_mapping, true},
    {"MSK", PROPERTY_RULES(stream_rules), event_mapping, true},
    {"MQ", PROPERTY_RULES(mq_rules), event_mapping, true},
    {"SelfManagedKafka", {mapping_rules, 0}, event_mapping, true},
    {"DocumentDB", PROPERTY_RULES(document_db_rules), event_mapping, true},
    {"Cognito", PROPERTY_RULES(cognito_rules), event_cognito, false},
    {"CloudWatchLogs", PROPERTY_RULES(logs_rules), event_logs, false},
    {"IoTRule", PROPERTY_RULES(iot_rules), event_iot, false},
    {"AlexaSkill", PROPERTY_RULES(alexa_rules), event_alexa, false},
};

static const struct event_type state_machine_events[] = {
    {"Api", PROPERTY_RULES(machine_api_rules), event_state_machine_api, false},
    {"Schedule", PROPERTY_RULES(machine_schedule_rules), event_rule, false},
    {"ScheduleV2", PROPERTY_RULES(schedule_v2_rules), event_schedule, false},
    {"EventBridgeRule", PROPERTY_RULES(rule_rules), event_rule, false},
    {"CloudWatchEvent", PROPERTY_RULES(rule_rules), event_rule, false},
};

struct value *event_get(const struct event *event, const char *property)
{
    return sam_get(event->properties, property);
}

struct source_pos event_pos_of(const struct event *event, const char *property)
{
    return sam_pos_of(event->properties, property, event->pos);
}

struct value *event_permission(const struct event *event, const char *principal,
                               struct value *source_arn, struct slice suffix)
{
    struct sam *sam = event->macro->sam;
    struct slice prefix = arena_printf(sam->arena, "%.*sPermission", SLICE_ARG(event->logical_id));
    return macro_emit_permission(event->macro, sam_suffixed(sam, prefix, suffix), event->pos,
                                 event->target->inherited, event->target->name, principal,
                                 source_arn);
}

static void refuse_type(struct event *event, const struct event_type *types, size_t count)
{
    struct slice names[COUNT_OF(function_events)];
    for (size_t i = 0; i < count; i++) {
        names[i] = slice_from(types[i].type);
    }
    struct slice near = slice_nearest(event->type, names, count);
    for (size_t i = 0; i < count; i++) {
        near = slice_ieq(event->type, names[i]) ? names[i] : near;
    }
    event_error(event, event->pos,
                "Resource dict has missing or invalid value for key Type. Event Type is: "
                "%.*s.%s%.*s%s",
                SLICE_ARG(event->type.ptr != NULL ? event->type : SLICE("None")),
                near.len > 0 ? " Did you mean '" : "", SLICE_ARG(near), near.len > 0 ? "'?" : "");
}

static void expand_event(struct macro *macro, const struct target *target,
                         const struct value_entry *entry, const struct event_type *types,
                         size_t count)
{
    struct sam *sam = macro->sam;
    struct event event = {
        .macro = macro, .target = target, .id = entry->key, .pos = entry->key_pos};
    event.logical_id =
        arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(macro->id), SLICE_ARG(entry->key));
    event.type = value_scalar_text(value_get(entry->value, "Type"));
    if (value_find(sam->refused, event.logical_id) != NULL) {
        macro->has_failed = true;
        return;
    }
    size_t i = 0;
    while (i < count && !slice_is(event.type, types[i].type)) {
        i++;
    }
    if (i == count) {
        refuse_type(&event, types, count);
        return;
    }
    struct value *properties = value_get(entry->value, "Properties");
    if (!slice_is_alnum(entry->key, "")) {
        macro_error(macro, event.pos, "Logical ids must be alphanumeric: '%.*s'.",
                    SLICE_ARG(event.logical_id));
        return;
    }
    if (properties != NULL && !sam_is_map(properties)) {
        sam_error(sam, event.pos,
                  "Resource with id [%.*s] is invalid. Properties of a resource must be an object.",
                  SLICE_ARG(event.logical_id));
        macro->has_failed = true;
        return;
    }
    event.properties = properties != NULL ? properties : value_map(sam->arena, event.pos);
    if (!sam_check_properties(sam, event.logical_id, event.type, event.pos, event.properties,
                              &types[i].rules, types[i].is_mapping ? &mapping_properties : NULL)) {
        macro->has_failed = true;
        return;
    }
    types[i].expand(&event);
}

static bool is_catch_all(const struct value *event)
{
    return value_is(value_path(event, "Properties", "Path", NULL), "$default");
}

static void expand_events(struct macro *macro, const struct target *target,
                          const struct event_type *types, size_t count)
{
    struct value *events = macro_get(macro, "Events");
    /* The catch-all route first: its permission stands for the other routes of the function. */
    for (int turn = 0; turn < 2; turn++) {
        for (size_t i = 0; i < sam_entries(events); i++) {
            const struct value_entry *entry = &events->as.map.entries[i];
            if (is_catch_all(entry->value) == (turn == 0)) {
                expand_event(macro, target, entry, types, count);
            }
        }
    }
}

void sam_function_events(struct macro *macro, const struct target *target)
{
    expand_events(macro, target, function_events, COUNT_OF(function_events));
}

void sam_state_machine_events(struct macro *macro, const struct target *target)
{
    expand_events(macro, target, state_machine_events, COUNT_OF(state_machine_events));
}
