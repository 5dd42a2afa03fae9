#include "templates/serverless/events.h"

#include "core/mem.h"
#include "templates/serverless/variables.h"

static void compile_nothing(struct service *service, const struct service_event *event)
{
    (void)service;
    (void)event;
}

static const struct event_kind kinds[] = {
    {"http", NULL,
     "path method cors private authorizer integration request response async timeoutInMillis "
     "operationId connectionType connectionId documentation caching throttling",
     SUPPORT_ENFORCED, NULL},
    {"httpApi", NULL, "path method authorizer cors documentation", SUPPORT_ENFORCED, NULL},
    {"websocket", NULL, "route authorizer routeResponseSelectionExpression documentation",
     SUPPORT_ENFORCED, NULL},
    {"schedule", compile_schedule,
     "rate enabled name description input inputPath inputTransformer method timezone roleArn "
     "groupName",
     SUPPORT_ENFORCED, NULL},
    {"eventBridge", compile_event_bridge,
     "eventBus schedule name description enabled pattern input inputPath inputTransformer "
     "retryPolicy deadLetterQueueArn",
     SUPPORT_ENFORCED, NULL},
    {"cloudwatchEvent", compile_cloudwatch_event,
     "event input inputPath inputTransformer description name enabled", SUPPORT_ENFORCED, NULL},
    {"cloudwatchLog", compile_cloudwatch_log, "logGroup filter", SUPPORT_ENFORCED, NULL},
    {"sqs", compile_sqs,
     "arn batchSize enabled functionResponseType maximumBatchingWindow filterPatterns "
     "maximumConcurrency provisionedPollerConfig",
     SUPPORT_ENFORCED, NULL},
    {"stream", compile_stream,
     "arn type batchSize parallelizationFactor startingPosition startingPositionTimestamp enabled "
     "consumer batchWindow maximumRetryAttempts bisectBatchOnFunctionError "
     "maximumRecordAgeInSeconds functionResponseType destinations tumblingWindowInSeconds "
     "filterPatterns",
     SUPPORT_ENFORCED, NULL},
    {"s3", compile_s3, "bucket event existing forceDeploy rules", SUPPORT_ENFORCED, NULL},
    {"sns", compile_sns, "arn topicName displayName filterPolicy filterPolicyScope redrivePolicy",
     SUPPORT_ENFORCED, NULL},
    {"cognitoUserPool", compile_cognito, NULL, SUPPORT_ENFORCED, NULL},
    {"iot", compile_iot, NULL, SUPPORT_ENFORCED, NULL},
    {"alb", compile_alb, NULL, SUPPORT_ENFORCED, NULL},
    {"activemq", compile_broker, NULL, SUPPORT_ENFORCED, NULL},
    {"rabbitmq", compile_broker, NULL, SUPPORT_ENFORCED, NULL},
    {"kafka", compile_kafka, NULL, SUPPORT_ENFORCED, NULL},
    {"msk", compile_kafka, NULL, SUPPORT_ENFORCED, NULL},
    {"alexaSkill", compile_alexa, NULL, SUPPORT_NOT_EMULATED,
     "no Alexa calls from here; use `sls-local invoke` with a request of the skill"},
    {"alexaSmartHome", compile_alexa, NULL, SUPPORT_NOT_EMULATED,
     "no Alexa calls from here; use `sls-local invoke` with a directive"},
    {"cloudFront", compile_nothing, NULL, SUPPORT_NOT_EMULATED,
     "there is no edge location to run Lambda@Edge at"},
    {"iotFleetProvisioning", compile_nothing, NULL, SUPPORT_NOT_EMULATED,
     "no device is provisioned here"},
};

const struct event_kind *event_kind(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (slice_is(name, kinds[i].name)) {
            return &kinds[i];
        }
    }
    return NULL;
}

bool event_is(const struct service_event *event, const char *kind)
{
    return strcmp(event->kind->name, kind) == 0;
}

struct slice arn_name(struct service *service, const struct value *arn, char separator)
{
    struct slice name;
    struct value *arg;
    struct slice text = text_of(arn);
    if (value_is_intrinsic(arn, &name, &arg)) {
        if (slice_is(name, "Fn::Join")) {
            const struct value *parts = value_at(arg, 1);
            const struct value *last = value_at(parts, value_count(parts) - 1);
            text = text_of(last);
            if (text.ptr == NULL && last != NULL) {
                return arn_name(service, last, separator);
            }
        } else if (arg->kind == VALUE_LIST) {
            text = text_of(value_at(arg, 0));
        } else {
            text = text_of(arg);
            size_t dot = slice_is(name, "Fn::GetAtt") ? slice_find(text, '.') : SLICE_NPOS;
            text = dot != SLICE_NPOS ? slice_take(text, dot) : text;
        }
    }
    size_t cut = slice_rfind(text, separator);
    return cut != SLICE_NPOS ? slice_skip(text, cut + 1) : text;
}

/* --- reading --- */

static void unknown_event(struct service *service, const struct service_function *function,
                          size_t position, const struct value_entry *entry)
{
    struct slice names[COUNT_OF(kinds)];
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        names[i] = slice_from(kinds[i].name);
    }
    struct slice nearest = slice_nearest(entry->key, names, COUNT_OF(names));
    load_warning(service->load, entry->key_pos,
                 "at 'functions.%.*s.events[%zu]': unsupported function event '%.*s'%s%.*s%s",
                 SLICE_ARG(function->key), position, SLICE_ARG(entry->key),
                 nearest.len > 0 ? "; did you mean '" : "", SLICE_ARG(nearest),
                 nearest.len > 0 ? "'?" : "");
}

/* The setting without which there is no event, or another one, when a variable that is not known here gives it. */
static const char *unknown_setting(const struct value *config)
{
    static const char *const keys[] = {"arn",  "bucket", "topicName", "pool", "eventBus",
                                       "rate", "path",   "method",    "route"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        if (value_is_unknown(value_get(config, keys[i]))) {
            return keys[i];
        }
    }
    return NULL;
}

static void add_event(struct service *service, const struct service_function *function,
                      size_t position, const struct value_entry *entry)
{
    const struct event_kind *kind = event_kind(entry->key);
    if (kind == NULL) {
        unknown_event(service, function, position, entry);
        return;
    }
    if (value_is_unknown(entry->value)) {
        load_warning(
            service->load, entry->key_pos,
            "at 'functions.%.*s.events[%zu].%s': the event is left out, because nothing of "
            "it is known",
            SLICE_ARG(function->key), position, kind->name);
        return;
    }
    if (!is_truthy(entry->value)) {
        if (entry->value->kind == VALUE_NULL) {
            load_warning(service->load, entry->key_pos,
                         "at 'functions.%.*s.events[%zu].%s': the event is empty; its settings are "
                         "indented further than its name",
                         SLICE_ARG(function->key), position, kind->name);
        }
        return;
    }
    const char *unknown = unknown_setting(entry->value);
    if (unknown != NULL) {
        load_warning(
            service->load, entry->key_pos,
            "at 'functions.%.*s.events[%zu].%s': the event is left out, because its '%s' is "
            "not known",
            SLICE_ARG(function->key), position, kind->name, unknown);
        return;
    }
    size_t ordinal = 1;
    for (size_t i = service->event_count; i-- > 0 && service->events[i].function == function;) {
        ordinal += service->events[i].kind == kind;
    }
    service->events[service->event_count++] = (struct service_event){.function = function,
                                                                     .kind = kind,
                                                                     .config = entry->value,
                                                                     .position = position,
                                                                     .ordinal = ordinal,
                                                                     .pos = entry->key_pos};
}

static const struct value *events_of(struct service *service,
                                     const struct service_function *function)
{
    const struct value *events = value_get(function->config, "events");
    if (!is_truthy(events)) {
        return NULL;
    }
    if (events->kind != VALUE_LIST) {
        load_error(service->load, events->pos,
                   "Configuration error at 'functions.%.*s.events': must be array",
                   SLICE_ARG(function->key));
        return NULL;
    }
    return events;
}

void read_events(struct service *service)
{
    size_t count = 0;
    for (size_t i = 0; i < service->function_count; i++) {
        const struct value *events = events_of(service, &service->functions[i]);
        for (size_t j = 0; j < value_count(events); j++) {
            count += 1 + value_count(value_at(events, j));
        }
    }
    service->events = arena_array(service->arena, count + 1, sizeof(*service->events));
    for (size_t i = 0; i < service->function_count; i++) {
        const struct service_function *function = &service->functions[i];
        const struct value *events = events_of(service, function);
        for (size_t j = 0; j < value_count(events); j++) {
            const struct value *event = value_at(events, j);
            if (event->kind == VALUE_STRING && slice_starts_with(event->text, SLICE("alexa"))) {
                add_event(service, function, j,
                          &(struct value_entry){event->text, event->pos, value_at(events, j)});
                continue;
            }
            if (event->kind != VALUE_MAP) {
                load_error(service->load, event->pos,
                           "Configuration error at 'functions.%.*s.events[%zu]': must be object",
                           SLICE_ARG(function->key), j);
                continue;
            }
            for (size_t k = 0; k < event->as.map.count; k++) {
                add_event(service, function, j, &event->as.map.entries[k]);
            }
        }
    }
}

void compile_events(struct service *service)
{
    compile_rest(service);
    compile_http_api(service);
    compile_websocket(service);
    for (size_t i = 0; i < service->event_count; i++) {
        const struct service_event *event = &service->events[i];
        if (event->kind->compile != NULL) {
            event->kind->compile(service, event);
        }
    }
}
