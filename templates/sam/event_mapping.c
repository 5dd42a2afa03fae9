/* Events that Lambda polls: queues, streams, brokers. Each becomes an event source mapping. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct {
    const char *type, *source; /* the property with the source's ARN */
} sources[] = {{"SQS", "Queue"},  {"DynamoDB", "Stream"}, {"Kinesis", "Stream"},
               {"MSK", "Stream"}, {"MQ", "Broker"},       {"DocumentDB", "Cluster"}};

static void check_filter_criteria(struct event *event)
{
    struct value *criteria = event_get(event, "FilterCriteria");
    if (!sam_is_truthy(criteria) || sam_is_intrinsic(criteria)) {
        return;
    }
    if (value_count(criteria) != 1 || value_get(criteria, "Filters") == NULL) {
        event_error(event, event_pos_of(event, "FilterCriteria"),
                    "FilterCriteria field has a wrong format");
    }
}

/* DestinationConfig without the Type that only chose a policy. */
static struct value *destination_config(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct value *config = event_get(event, "DestinationConfig");
    if (!sam_is_truthy(config)) {
        return NULL;
    }
    struct value *on_failure = sam_get(config, "OnFailure");
    if (!sam_is_map(on_failure)) {
        event_error(event, event_pos_of(event, "DestinationConfig"),
                    "Property 'DestinationConfig.OnFailure' should be a map.");
        return NULL;
    }
    struct value *type = sam_get(on_failure, "Type");
    if (!sam_is_truthy(type)) {
        return config;
    }
    if (!value_is(type, "SQS") && !value_is(type, "SNS") && !value_is(type, "S3") &&
        !value_is(type, "Kafka")) {
        event_error(event, type->pos,
                    "The only valid values for 'Type' are 'SQS', 'SNS', 'S3', and 'Kafka'");
    }
    config = value_clone(sam->arena, config);
    value_remove(sam_get(config, "OnFailure"), SLICE("Type"));
    return config;
}

/* MQ and DocumentDB need exactly one secret to sign in with. */
static void check_access(struct event *event)
{
    bool is_mq = slice_is(event->type, "MQ");
    struct value *list = event_get(event, "SourceAccessConfigurations");
    struct source_pos pos = event_pos_of(event, "SourceAccessConfigurations");
    size_t secrets = 0;
    if (!sam_is_truthy(list)) {
        event_error(event, pos, "No SourceAccessConfigurations for Amazon %.*s event provided.",
                    SLICE_ARG(event->type));
        return;
    }
    for (size_t i = 0; i < sam_items(list); i++) {
        struct value *type = sam_get(value_at(list, i), "Type");
        bool is_secret = value_is(type, "BASIC_AUTH");
        if (!is_secret && !(is_mq && value_is(type, "VIRTUAL_HOST"))) {
            event_error(event, value_at(list, i)->pos,
                        "Invalid property Type specified in SourceAccessConfigurations. The "
                        "supported values are: %s.",
                        is_mq ? "['BASIC_AUTH', 'VIRTUAL_HOST']" : "['BASIC_AUTH']");
        }
        if (is_secret && !sam_is_truthy(sam_get(value_at(list, i), "URI"))) {
            event_error(event, value_at(list, i)->pos,
                        "No BASIC_AUTH URI property specified in SourceAccessConfigurations.");
        }
        secrets += is_secret;
    }
    if (secrets != 1) {
        event_error(
            event, pos,
            secrets == 0
                ? "No BASIC_AUTH property specified in SourceAccessConfigurations."
                : "Multiple BASIC_AUTH properties specified in SourceAccessConfigurations.");
    }
}

static void check_kafka(struct event *event)
{
    if (!sam_is_truthy(event_get(event, "KafkaBootstrapServers"))) {
        event_error(event, event->pos,
                    "No KafkaBootstrapServers provided for self managed kafka as an event source");
    } else if (!sam_is_truthy(event_get(event, "Topics"))) {
        event_error(event, event->pos,
                    "No Topics provided for self managed kafka as an event source");
    } else if (value_count(event_get(event, "Topics")) != 1) {
        event_error(event, event_pos_of(event, "Topics"),
                    "Topics for self managed kafka only supports single configuration entry.");
    } else if (!sam_is_truthy(event_get(event, "SourceAccessConfigurations"))) {
        event_error(event, event->pos,
                    "No SourceAccessConfigurations for self managed kafka event provided.");
    }
}

static void add_kafka(struct event *event, struct value *mapping)
{
    struct sam *sam = event->macro->sam;
    struct value *servers = event_get(event, "KafkaBootstrapServers");
    struct value *group = event_get(event, "ConsumerGroupId");
    struct value *registry = event_get(event, "SchemaRegistryConfig");
    bool is_msk = slice_is(event->type, "MSK");
    bool is_kafka = is_msk || slice_is(event->type, "SelfManagedKafka");
    if (sam_is_truthy(servers)) {
        sam_put(sam, mapping, "SelfManagedEventSource",
                sam_map(sam, servers->pos, "Endpoints",
                        sam_map(sam, servers->pos, "KafkaBootstrapServers", servers, NULL), NULL));
    }
    if (sam_is_truthy(group) && !is_kafka) {
        event_error(event, event_pos_of(event, "ConsumerGroupId"),
                    "Property ConsumerGroupId not defined for resource of type %.*s.",
                    SLICE_ARG(event->type));
    }
    if (is_kafka && (sam_is_truthy(group) || sam_is_truthy(registry))) {
        sam_put(sam, mapping,
                is_msk ? "AmazonManagedKafkaEventSourceConfig"
                       : "SelfManagedKafkaEventSourceConfig",
                sam_map(sam, event->pos, "ConsumerGroupId", group, "SchemaRegistryConfig", registry,
                        NULL));
    }
}

static struct value *emit_mapping(struct event *event, struct slice id, struct value *source)
{
    struct sam *sam = event->macro->sam;
    struct value *mapping = macro_emit(event->macro, id, "AWS::Lambda::EventSourceMapping",
                                       event->pos, event->target->inherited);
    sam_put(sam, mapping, "FunctionName", event->target->name);
    sam_put(sam, mapping, "EventSourceArn", source);
    return mapping;
}

void event_mapping(struct event *event)
{
    static const char *const same[] = {"StartingPosition",
                                       "StartingPositionTimestamp",
                                       "BatchSize",
                                       "Enabled",
                                       "MaximumBatchingWindowInSeconds",
                                       "MaximumRetryAttempts",
                                       "BisectBatchOnFunctionError",
                                       "MaximumRecordAgeInSeconds",
                                       "ParallelizationFactor",
                                       "Topics",
                                       "Queues",
                                       "SourceAccessConfigurations",
                                       "TumblingWindowInSeconds",
                                       "FunctionResponseTypes",
                                       "FilterCriteria",
                                       "KmsKeyArn",
                                       "ScalingConfig",
                                       "ProvisionedPollerConfig",
                                       "MetricsConfig",
                                       "LoggingConfig"};
    struct sam *sam = event->macro->sam;
    struct value *source = NULL;
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        if (slice_is(event->type, sources[i].type)) {
            source = event_get(event, sources[i].source);
        }
    }
    struct value *mapping = emit_mapping(event, event->logical_id, source);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, mapping, event->properties, same[i]);
    }
    sam_put(sam, mapping, "DestinationConfig", destination_config(event));
    check_filter_criteria(event);
    add_kafka(event, mapping);
    if (slice_is(event->type, "SelfManagedKafka")) {
        check_kafka(event);
    } else if (slice_is(event->type, "MQ") || slice_is(event->type, "DocumentDB")) {
        check_access(event);
    }
    if (slice_is(event->type, "DocumentDB")) {
        sam_put(sam, mapping, "DocumentDBEventSourceConfig",
                sam_map(sam, event->pos, "DatabaseName", event_get(event, "DatabaseName"),
                        "CollectionName", event_get(event, "CollectionName"), "FullDocument",
                        event_get(event, "FullDocument"), NULL));
    }
}

void event_mapping_of_queue(struct event *event, struct slice id, struct value *queue_arn,
                            struct value *batch_size)
{
    struct sam *sam = event->macro->sam;
    struct value *mapping = emit_mapping(event, id, queue_arn);
    sam_put(sam, mapping, "BatchSize",
            sam_is_truthy(batch_size) ? batch_size : value_int(sam->arena, event->pos, 10));
    sam_put(sam, mapping, "Enabled", value_bool(sam->arena, event->pos, true));
}
