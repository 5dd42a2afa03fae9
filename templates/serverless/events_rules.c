/* Events that a rule or a filter causes: schedule, eventBridge, cloudwatchEvent, cloudwatchLog,
 * iot. */
#include "templates/reader.h"
#include "templates/serverless/events.h"

#define RULE_NAME_MAX 64

/* {inputPathsMap, inputTemplate} with the capitals of CloudFormation. */
static struct value *input_transformer(struct service *service, const struct value *config)
{
    const struct value *transformer = value_get(config, "inputTransformer");
    if (!is_truthy(transformer)) {
        return NULL;
    }
    return shape(service->arena, transformer->pos, "{InputPathsMap: %v, InputTemplate: %v}",
                 copy_of(service, value_get(transformer, "inputPathsMap")),
                 copy_of(service, value_get(transformer, "inputTemplate")));
}

static const char *state(const struct value *config)
{
    const struct value *enabled = value_get(config, "enabled");
    return enabled != NULL && enabled->kind != VALUE_NULL && !is_truthy(enabled) ? "DISABLED"
                                                                                 : "ENABLED";
}

static void check_inputs(struct service *service, const struct service_event *event)
{
    const char *const keys[] = {"input", "inputPath", "inputTransformer"};
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        count += is_truthy(value_get(event->config, keys[i]));
    }
    if (count > 1) {
        load_error(
            service->load, event->pos,
            "You can only set one of input, inputPath, or inputTransformer properties for %s "
            "events.",
            event->kind->name);
    }
}

/* The framework reads {body: "JSON"} as {body: JSON}. */
static struct value *schedule_input(struct service *service, const struct value *config)
{
    const struct value *input = value_get(config, "input");
    const struct value *body = value_get(input, "body");
    struct value *parsed;
    if (body != NULL && body->kind == VALUE_STRING && value_count(input) == 1 &&
        json_load_text(service->load, body->pos.file, body->text, DIALECT_SERVERLESS, &parsed) ==
            STATUS_OK) {
        input = shape(service->arena, input->pos, "{body: %v}", parsed);
    }
    return value_json_text(service, input);
}

/* --- schedule --- */

static struct value *schedule_rule(struct service *service, const struct service_event *event,
                                   const struct value *expression)
{
    const struct value *config = event->config;
    return shape(
        service->arena, event->pos,
        "{ScheduleExpression: %v, State: %s, Name: %v, Description: %v, Targets: [{Input: %v, "
        "InputPath: %v, InputTransformer: %v, Arn: %v, Id: %S}]}",
        copy_of(service, expression), state(config), copy_of(service, value_get(config, "name")),
        copy_of(service, value_get(config, "description")), schedule_input(service, config),
        copy_of(service, value_get(config, "inputPath")), input_transformer(service, config),
        function_arn(service, event->function, event->pos),
        arena_printf(service->arena, "%.*sSchedule", SLICE_ARG(event->function->key)));
}

static struct value *scheduler_schedule(struct service *service, const struct service_event *event,
                                        const struct value *expression)
{
    const struct value *config = event->config;
    const struct value *role = value_get(config, "roleArn");
    return shape(service->arena, event->pos,
                 "{ScheduleExpression: %v, State: %s, Name: %v, Description: %v, "
                 "ScheduleExpressionTimezone: "
                 "%v, FlexibleTimeWindow: {Mode: OFF}, Target: {Arn: %v, RoleArn: %v, Input: %v}}",
                 copy_of(service, expression), state(config),
                 copy_of(service, value_get(config, "name")),
                 copy_of(service, value_get(config, "description")),
                 copy_of(service, value_get(config, "timezone")),
                 function_arn(service, event->function, event->pos),
                 role != NULL ? copy_of(service, role)
                              : value_getatt(service->arena, event->pos,
                                             SLICE("IamRoleLambdaExecution"), "Arn"),
                 schedule_input(service, config));
}

/* Schedules of a function are numbered, and one event may have several expressions. */
static size_t first_schedule_number(const struct service *service,
                                    const struct service_event *event)
{
    size_t number = 1;
    for (const struct service_event *it = event; it-- > service->events;) {
        if (it->function != event->function) {
            break;
        }
        if (it->kind == event->kind) {
            const struct value *rate = value_get(it->config, "rate");
            number += rate != NULL && rate->kind == VALUE_LIST ? value_count(rate) : 1;
        }
    }
    return number;
}

void compile_schedule(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *rate = config->kind == VALUE_MAP && !value_is_intrinsic(config, NULL, NULL)
                                   ? value_get(config, "rate")
                                   : config;
    bool is_scheduler = value_is(value_get(config, "method"), "scheduler");
    size_t number = first_schedule_number(service, event);
    if (!is_truthy(rate)) {
        load_error(
            service->load, event->pos,
            "Configuration error at 'functions.%.*s.events[%zu].schedule': must have required "
            "property 'rate'",
            SLICE_ARG(event->function->key), event->position);
        return;
    }
    size_t count = rate->kind == VALUE_LIST ? value_count(rate) : 1;
    if (count > 1 && is_truthy(value_get(config, "name"))) {
        load_error(service->load, event->pos,
                   "You cannot specify a name when defining more than one rate expression");
    }
    check_inputs(service, event);
    for (size_t i = 0; i < count; i++) {
        const struct value *expression = rate->kind == VALUE_LIST ? value_at(rate, i) : rate;
        struct slice id = arena_printf(service->arena, "%.*sEventsRuleSchedule%zu",
                                       SLICE_ARG(event->function->normalized), number + i);
        add_resource(service, id, is_scheduler ? "AWS::Scheduler::Schedule" : "AWS::Events::Rule",
                     event->pos,
                     is_scheduler ? scheduler_schedule(service, event, expression)
                                  : schedule_rule(service, event, expression));
        if (!is_scheduler) {
            add_permission(service, event,
                           arena_printf(service->arena, "%.*sLambdaPermissionEventsRuleSchedule%zu",
                                        SLICE_ARG(event->function->normalized), number + i),
                           "events.amazonaws.com",
                           value_getatt(service->arena, event->pos, id, "Arn"));
        }
    }
}

/* --- eventBridge --- */

/* The bus to name in the rule: NULL for the default one. A bus given by plain name is created. */
static struct value *event_bus(struct service *service, const struct service_event *event)
{
    const struct value *bus = value_get(event->config, "eventBus");
    if (!is_truthy(bus) || value_is(bus, "default")) {
        return NULL;
    }
    if (bus->kind != VALUE_STRING) {
        return copy_of(service, bus);
    }
    if (slice_starts_with(bus->text, SLICE("arn"))) {
        size_t slash = slice_find(bus->text, '/');
        return value_string(service->arena, bus->pos,
                            slash != SLICE_NPOS ? slice_skip(bus->text, slash + 1) : bus->text);
    }
    struct slice normalized = naming_resource(service->arena, bus->text);
    add_resource(service,
                 arena_printf(service->arena, "%.*sEventBridgeEventBus", SLICE_ARG(normalized)),
                 "AWS::Events::EventBus", bus->pos,
                 shape(service->arena, bus->pos, "{Name: %S}", bus->text));
    return copy_of(service, bus);
}

void compile_event_bridge(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *retry = value_get(config, "retryPolicy");
    const struct value *dead_letters = value_get(config, "deadLetterQueueArn");
    size_t number = event->position + 1;
    struct slice stub =
        arena_printf(service->arena, "%.*s-rule-%zu", SLICE_ARG(event->function->name), number);
    struct slice name = text_of(value_get(config, "name"));
    if (config->kind != VALUE_MAP ||
        (!is_truthy(value_get(config, "pattern")) && !is_truthy(value_get(config, "schedule")))) {
        load_error(service->load, event->pos,
                   "Configuration error at 'functions.%.*s.events[%zu].eventBridge': must have "
                   "required property 'pattern' or 'schedule'",
                   SLICE_ARG(event->function->key), event->position);
        return;
    }
    name =
        name.len > 0 ? name : slice_take(stub, stub.len < RULE_NAME_MAX ? stub.len : RULE_NAME_MAX);
    check_inputs(service, event);
    struct value *retry_policy = NULL;
    if (is_truthy(retry)) {
        retry_policy = shape(service->arena, retry->pos,
                             "{MaximumEventAgeInSeconds: %v, MaximumRetryAttempts: %v}",
                             copy_of(service, value_get(retry, "maximumEventAge")),
                             copy_of(service, value_get(retry, "maximumRetryAttempts")));
    }
    struct value *target =
        shape(service->arena, event->pos,
              "{Arn: %v, Id: %S, Input: %v, InputPath: %v, InputTransformer: %v, RetryPolicy: %v, "
              "DeadLetterConfig: %v}",
              function_arn(service, event->function, event->pos),
              arena_printf(service->arena, "%.*s-target",
                           SLICE_ARG(slice_take(name, name.len < 57 ? name.len : 57))),
              value_json_text(service, value_get(config, "input")),
              copy_of(service, value_get(config, "inputPath")), input_transformer(service, config),
              retry_policy,
              is_truthy(dead_letters) ? shape(service->arena, dead_letters->pos, "{Arn: %v}",
                                              copy_of(service, dead_letters))
                                      : NULL);
    struct slice id = arena_printf(service->arena, "%.*sEventBridgeRule",
                                   SLICE_ARG(naming_alphanumeric(service->arena, stub)));
    add_resource(service, id, "AWS::Events::Rule", event->pos,
                 shape(service->arena, event->pos,
                       "{EventBusName: %v, EventPattern: %v, ScheduleExpression: %v, Name: %S, "
                       "Description: %v, State: %s, Targets: [%v]}",
                       event_bus(service, event), copy_of(service, value_get(config, "pattern")),
                       copy_of(service, value_get(config, "schedule")), name,
                       copy_of(service, value_get(config, "description")), state(config), target));
    add_permission(service, event,
                   arena_printf(service->arena, "%.*sEventBridgeLambdaPermission%zu",
                                SLICE_ARG(event->function->normalized), number),
                   "events.amazonaws.com", value_getatt(service->arena, event->pos, id, "Arn"));
}

/* --- cloudwatchEvent --- */

void compile_cloudwatch_event(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    struct slice normalized = event->function->normalized;
    if (!is_truthy(value_get(config, "event"))) {
        load_error(service->load, event->pos,
                   "Configuration error at 'functions.%.*s.events[%zu].cloudwatchEvent': must have "
                   "required property 'event'",
                   SLICE_ARG(event->function->key), event->position);
        return;
    }
    check_inputs(service, event);
    struct slice id = arena_printf(service->arena, "%.*sEventsRuleCloudWatchEvent%zu",
                                   SLICE_ARG(normalized), event->ordinal);
    add_resource(
        service, id, "AWS::Events::Rule", event->pos,
        shape(
            service->arena, event->pos,
            "{EventPattern: %v, State: %s, Name: %v, Description: %v, Targets: [{Input: %v, "
            "InputPath: %v, InputTransformer: %v, Arn: %v, Id: %S}]}",
            copy_of(service, value_get(config, "event")), state(config),
            copy_of(service, value_get(config, "name")),
            copy_of(service, value_get(config, "description")),
            value_json_text(service, value_get(config, "input")),
            copy_of(service, value_get(config, "inputPath")), input_transformer(service, config),
            function_arn(service, event->function, event->pos),
            arena_printf(service->arena, "%.*sCloudWatchEvent", SLICE_ARG(event->function->key))));
    add_permission(service, event,
                   arena_printf(service->arena, "%.*sLambdaPermissionEventsRuleCloudWatchEvent%zu",
                                SLICE_ARG(normalized), event->ordinal),
                   "events.amazonaws.com", value_getatt(service->arena, event->pos, id, "Arn"));
}

/* --- cloudwatchLog, iot --- */

void compile_cloudwatch_log(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *group = config->kind == VALUE_MAP ? value_get(config, "logGroup") : config;
    const struct value *filter = value_get(config, "filter");
    struct slice normalized = event->function->normalized;
    add_resource(service,
                 arena_printf(service->arena, "%.*sLogsSubscriptionFilterCloudWatchLog%zu",
                              SLICE_ARG(normalized), event->ordinal),
                 "AWS::Logs::SubscriptionFilter", event->pos,
                 shape(service->arena, event->pos,
                       "{LogGroupName: %v, FilterPattern: %v, DestinationArn: %v}",
                       copy_of(service, group),
                       filter != NULL ? copy_of(service, filter)
                                      : value_string(service->arena, event->pos, SLICE("")),
                       function_arn(service, event->function, event->pos)));
    add_permission(service, event,
                   arena_printf(service->arena,
                                "%.*sLambdaPermissionLogsSubscriptionFilterCloudWatchLog",
                                SLICE_ARG(normalized)),
                   "logs.amazonaws.com", NULL);
}

void compile_iot(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *version = value_get(config, "sqlVersion");
    struct slice normalized = event->function->normalized;
    struct slice id =
        arena_printf(service->arena, "%.*sIotTopicRule%zu", SLICE_ARG(normalized), event->ordinal);
    add_resource(
        service, id, "AWS::IoT::TopicRule", event->pos,
        shape(service->arena, event->pos,
              "{RuleName: %v, TopicRulePayload: {AwsIotSqlVersion: %v, Sql: %v, Description: "
              "%v, RuleDisabled: %v, Actions: [{Lambda: {FunctionArn: %v}}]}}",
              copy_of(service, value_get(config, "name")), copy_of(service, version),
              copy_of(service, value_get(config, "sql")),
              copy_of(service, value_get(config, "description")),
              value_bool(service->arena, event->pos, strcmp(state(config), "DISABLED") == 0),
              function_arn(service, event->function, event->pos)));
    add_permission(service, event,
                   arena_printf(service->arena, "%.*sLambdaPermissionIotTopicRule%zu",
                                SLICE_ARG(normalized), event->ordinal),
                   "iot.amazonaws.com", value_getatt(service->arena, event->pos, id, "Arn"));
}
