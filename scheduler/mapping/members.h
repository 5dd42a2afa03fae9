/* Names of the input members of the event source mapping operations: MEMBER_BATCH_SIZE is "BatchSize".
 *
 * Source  Lambda's public model, API version 2015-03-31. */
#ifndef SLS_SCHEDULER_MAPPING_MEMBERS_H
#define SLS_SCHEDULER_MAPPING_MEMBERS_H

#include "core/api/model.h"

#define MAPPING_MEMBERS(X)                                                                         \
    X(AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, "AmazonManagedKafkaEventSourceConfig")             \
    X(BATCH_SIZE, "BatchSize")                                                                     \
    X(BISECT_BATCH_ON_FUNCTION_ERROR, "BisectBatchOnFunctionError")                                \
    X(DESTINATION, "Destination")                                                                  \
    X(DESTINATION_CONFIG, "DestinationConfig")                                                     \
    X(DOCUMENT_DB_EVENT_SOURCE_CONFIG, "DocumentDBEventSourceConfig")                              \
    X(ENABLED, "Enabled")                                                                          \
    X(EVENT_SOURCE_ARN, "EventSourceArn")                                                          \
    X(FILTERS, "Filters")                                                                          \
    X(FILTER_CRITERIA, "FilterCriteria")                                                           \
    X(FUNCTION_NAME, "FunctionName")                                                               \
    X(FUNCTION_RESPONSE_TYPES, "FunctionResponseTypes")                                            \
    X(KMS_KEY_ARN, "KMSKeyArn")                                                                    \
    X(KMS_KEY_ARN_OF_TEMPLATES, "KmsKeyArn")                                                       \
    X(LOGGING_CONFIG, "LoggingConfig")                                                             \
    X(MARKER, "Marker")                                                                            \
    X(MAXIMUM_BATCHING_WINDOW_IN_SECONDS, "MaximumBatchingWindowInSeconds")                        \
    X(MAXIMUM_CONCURRENCY, "MaximumConcurrency")                                                   \
    X(MAXIMUM_POLLERS, "MaximumPollers")                                                           \
    X(MAXIMUM_RECORD_AGE_IN_SECONDS, "MaximumRecordAgeInSeconds")                                  \
    X(MAXIMUM_RETRY_ATTEMPTS, "MaximumRetryAttempts")                                              \
    X(MAX_ITEMS, "MaxItems")                                                                       \
    X(METRICS, "Metrics")                                                                          \
    X(METRICS_CONFIG, "MetricsConfig")                                                             \
    X(MINIMUM_POLLERS, "MinimumPollers")                                                           \
    X(ON_FAILURE, "OnFailure")                                                                     \
    X(ON_SUCCESS, "OnSuccess")                                                                     \
    X(PARALLELIZATION_FACTOR, "ParallelizationFactor")                                             \
    X(PATTERN_TEXT, "Pattern")                                                                     \
    X(POLLER_GROUP_NAME, "PollerGroupName")                                                        \
    X(PROVISIONED_POLLER_CONFIG, "ProvisionedPollerConfig")                                        \
    X(QUEUES, "Queues")                                                                            \
    X(RESOURCE, "Resource")                                                                        \
    X(SCALING_CONFIG, "ScalingConfig")                                                             \
    X(SELF_MANAGED_EVENT_SOURCE, "SelfManagedEventSource")                                         \
    X(SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG, "SelfManagedKafkaEventSourceConfig")                 \
    X(SOURCE_ACCESS_CONFIGURATIONS, "SourceAccessConfigurations")                                  \
    X(STARTING_POSITION, "StartingPosition")                                                       \
    X(STARTING_POSITION_TIMESTAMP, "StartingPositionTimestamp")                                    \
    X(TAG_KEYS, "TagKeys")                                                                         \
    X(TAGS, "Tags")                                                                                \
    X(TOPICS, "Topics")                                                                            \
    X(TUMBLING_WINDOW_IN_SECONDS, "TumblingWindowInSeconds")                                       \
    X(UUID, "UUID")

MODEL_ENUM(MAPPING_MEMBERS)

extern const struct model mapping_model;
/* The properties of AWS::Lambda::EventSourceMapping, as the input of CreateEventSourceMapping: numbers and booleans
 * may be written as strings. */
extern const struct model mapping_template_model;

#endif
