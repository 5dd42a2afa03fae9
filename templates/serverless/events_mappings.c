/* Events that an event source mapping polls: sqs, stream, activemq, rabbitmq, kafka, msk. */
#include "templates/serverless/events.h"

static struct value *filter_criteria(struct service *service, const struct value *config)
{
    const struct value *patterns = value_get(config, "filterPatterns");
    if (patterns == NULL || patterns->kind != VALUE_LIST) {
        return NULL;
    }
    struct value *filters = value_list(service->arena, patterns->pos);
    for (size_t i = 0; i < value_count(patterns); i++) {
        const struct value *pattern = value_at(patterns, i);
        value_push(
            service->arena, filters,
            shape(service->arena, pattern->pos, "{Pattern: %v}", value_json_text(service, pattern)));
    }
    return shape(service->arena, patterns->pos, "{Filters: %v}", filters);
}

static struct value *or_int(struct service *service, const struct value *value, int otherwise)
{
    return is_truthy(value) ? copy_of(service, value)
                            : value_int(service->arena, (struct source_pos){0}, otherwise);
}

static struct value *enabled(struct service *service, const struct service_event *event)
{
    const struct value *value = value_get(event->config, "enabled");
    return value != NULL && value->kind != VALUE_NULL
               ? copy_of(service, value)
               : value_bool(service->arena, event->pos, true);
}

/* {arn: ..., ...}, or the ARN itself as text or intrinsic. */
static const struct value *source_arn(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *arn = value_get(config, "arn");
    if (arn != NULL) {
        return arn;
    }
    if (config->kind == VALUE_STRING || value_is_intrinsic(config, NULL, NULL)) {
        return config;
    }
    load_error(
        service->load, event->pos,
        "Configuration error at 'functions.%.*s.events[%zu].%s': must have required property "
        "'arn'",
        SLICE_ARG(event->function->key), event->position, event->kind->name);
    return NULL;
}

void compile_sqs(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *arn = source_arn(service, event);
    const struct value *concurrency = value_get(config, "maximumConcurrency");
    if (arn == NULL) {
        return;
    }
    struct slice name = naming_alphanumeric(service->arena, arn_name(service, arn, ':'));
    add_resource(
        service,
        arena_printf(service->arena, "%.*sEventSourceMappingSQS%.*s",
                     SLICE_ARG(event->function->normalized), SLICE_ARG(name)),
        "AWS::Lambda::EventSourceMapping", event->pos,
        shape(service->arena, event->pos,
              "{BatchSize: %v, MaximumBatchingWindowInSeconds: %v, EventSourceArn: %v, "
              "FunctionName: %v, Enabled: %v, FunctionResponseTypes: %v, FilterCriteria: %v, "
              "ScalingConfig: %v}",
              or_int(service, value_get(config, "batchSize"), 10),
              copy_of(service, value_get(config, "maximumBatchingWindow")), copy_of(service, arn),
              function_arn(service, event->function, event->pos), enabled(service, event),
              as_list(service, value_get(config, "functionResponseType")),
              filter_criteria(service, config),
              is_truthy(concurrency)
                  ? shape(service->arena, concurrency->pos, "{MaximumConcurrency: %v}",
                          copy_of(service, concurrency))
                  : NULL));
}

static struct slice stream_type(const struct service_event *event, const struct value *arn)
{
    struct slice type = text_of(value_get(event->config, "type"));
    if (type.len > 0) {
        return type;
    }
    struct slice rest = text_of(arn);
    for (size_t i = 0; slice_split(&rest, ':', &type); i++) {
        if (i == 2) {
            return type;
        }
    }
    return SLICE("");
}

/* "arn:aws:dynamodb:region:account:table/NAME/stream/TIME" names the table, kinesis' ends in its
 * name. */
static struct slice stream_name(struct service *service, const struct value *arn)
{
    if (arn->kind != VALUE_STRING) {
        return arn_name(service, arn, '/');
    }
    struct slice rest = arn->text;
    struct slice part = SLICE("");
    for (size_t i = 0; slice_split(&rest, '/', &part) && i < 1; i++) {
    }
    return part;
}

static struct value *on_failure(struct service *service, const struct value *config)
{
    const struct value *target = value_path(config, "destinations", "onFailure", NULL);
    if (!is_truthy(target)) {
        return NULL;
    }
    return shape(service->arena, target->pos, "{OnFailure: {Destination: %v}}",
                 arn_or_function(service, target));
}

void compile_stream(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *arn = source_arn(service, event);
    if (arn == NULL) {
        return;
    }
    struct slice type = stream_type(event, arn);
    if (!slice_is(type, "dynamodb") && !slice_is(type, "kinesis")) {
        load_error(service->load, event->pos,
                   "Configuration error at 'functions.%.*s.events[%zu].stream': 'type' must be "
                   "dynamodb or kinesis when 'arn' is not an ARN in plain text",
                   SLICE_ARG(event->function->key), event->position);
        return;
    }
    const struct value *consumer = value_get(config, "consumer");
    const struct value *starting = value_get(config, "startingPosition");
    struct slice name = stream_name(service, arn);
    struct value *source = copy_of(service, arn);
    if (is_truthy(consumer) && consumer->kind != VALUE_BOOL) {
        source = copy_of(service, consumer);
    } else if (is_truthy(consumer)) {
        struct slice consumer_name = arena_printf(service->arena, "%.*s%.*sConsumer",
                                                  SLICE_ARG(event->function->key), SLICE_ARG(name));
        struct slice id = arena_printf(service->arena, "%.*sStreamConsumer",
                                       SLICE_ARG(naming_resource(service->arena, consumer_name)));
        add_resource(service, id, "AWS::Kinesis::StreamConsumer", event->pos,
                     shape(service->arena, event->pos, "{StreamARN: %v, ConsumerName: %S}", source,
                           consumer_name));
        source = value_ref(service->arena, event->pos, id);
    }
    struct slice type_name = naming_method(service->arena, type);
    struct slice source_name = naming_alphanumeric(service->arena, name);
    add_resource(
        service,
        arena_printf(service->arena, "%.*sEventSourceMapping%.*s%.*s",
                     SLICE_ARG(event->function->normalized), SLICE_ARG(type_name),
                     SLICE_ARG(source_name)),
        "AWS::Lambda::EventSourceMapping", event->pos,
        shape(
            service->arena, event->pos,
            "{BatchSize: %v, Enabled: %v, EventSourceArn: %v, FunctionName: %v, "
            "ParallelizationFactor: %v, StartingPosition: %v, StartingPositionTimestamp: %v, "
            "MaximumBatchingWindowInSeconds: %v, MaximumRetryAttempts: %v, "
            "BisectBatchOnFunctionError: %v, FunctionResponseTypes: %v, MaximumRecordAgeInSeconds: "
            "%v, TumblingWindowInSeconds: %v, DestinationConfig: %v, FilterCriteria: %v}",
            or_int(service, value_get(config, "batchSize"), 10), enabled(service, event), source,
            function_arn(service, event->function, event->pos),
            copy_of(service, value_get(config, "parallelizationFactor")),
            is_truthy(starting) ? copy_of(service, starting)
                                : value_string(service->arena, event->pos, SLICE("TRIM_HORIZON")),
            copy_of(service, value_get(config, "startingPositionTimestamp")),
            copy_of(service, value_get(config, "batchWindow")),
            copy_of(service, value_get(config, "maximumRetryAttempts")),
            copy_of(service, value_get(config, "bisectBatchOnFunctionError")),
            as_list(service, value_get(config, "functionResponseType")),
            copy_of(service, value_get(config, "maximumRecordAgeInSeconds")),
            copy_of(service, value_get(config, "tumblingWindowInSeconds")),
            on_failure(service, config), filter_criteria(service, config)));
}

void compile_broker(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    bool is_rabbit = event_is(event, "rabbitmq");
    struct slice queue = naming_alphanumeric(service->arena, text_of(value_get(config, "queue")));
    add_resource(
        service,
        arena_printf(service->arena, "%.*sEventSourceMapping%s%.*s",
                     SLICE_ARG(event->function->normalized), is_rabbit ? "RabbitMQ" : "ActiveMQ",
                     SLICE_ARG(queue)),
        "AWS::Lambda::EventSourceMapping", event->pos,
        shape(
            service->arena, event->pos,
            "{BatchSize: %v, MaximumBatchingWindowInSeconds: %v, Enabled: %v, EventSourceArn: %v, "
            "FunctionName: %v, Queues: %v, SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: "
            "%v}]}",
            copy_of(service, value_get(config, "batchSize")),
            copy_of(service, value_get(config, "maximumBatchingWindow")), enabled(service, event),
            copy_of(service, value_get(config, "arn")),
            function_arn(service, event->function, event->pos),
            as_list(service, value_get(config, "queue")),
            copy_of(service, value_get(config, "basicAuthArn"))));
}

void compile_kafka(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *servers = value_get(config, "bootstrapServers");
    const struct value *arn = value_get(config, "arn");
    struct slice topic = naming_alphanumeric(service->arena, text_of(value_get(config, "topic")));
    struct slice cluster = SLICE("");
    if (event_is(event, "msk") && arn != NULL) {
        /* arn:aws:kafka:region:account:cluster/NAME/UUID */
        cluster = naming_alphanumeric(service->arena, stream_name(service, arn));
    }
    add_resource(
        service,
        arena_printf(service->arena, "%.*sEventSourceMapping%s%.*s%.*s",
                     SLICE_ARG(event->function->normalized),
                     event_is(event, "msk") ? "MSK" : "Kafka", SLICE_ARG(cluster),
                     SLICE_ARG(topic)),
        "AWS::Lambda::EventSourceMapping", event->pos,
        shape(
            service->arena, event->pos,
            "{BatchSize: %v, MaximumBatchingWindowInSeconds: %v, Enabled: %v, EventSourceArn: %v, "
            "FunctionName: %v, Topics: %v, StartingPosition: %v, SelfManagedEventSource: %v}",
            copy_of(service, value_get(config, "batchSize")),
            copy_of(service, value_get(config, "maximumBatchingWindow")), enabled(service, event),
            copy_of(service, arn), function_arn(service, event->function, event->pos),
            as_list(service, value_get(config, "topic")),
            is_truthy(value_get(config, "startingPosition"))
                ? copy_of(service, value_get(config, "startingPosition"))
                : value_string(service->arena, event->pos, SLICE("TRIM_HORIZON")),
            servers != NULL
                ? shape(service->arena, event->pos, "{Endpoints: {KafkaBootstrapServers: %v}}",
                        as_list(service, servers))
                : NULL));
}
