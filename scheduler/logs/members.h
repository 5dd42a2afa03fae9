/* Members of the inputs of CloudWatch Logs' operations.
 *
 * Source  The service's public model, API version 2014-03-28. */
#ifndef SLS_SCHEDULER_LOGS_MEMBERS_H
#define SLS_SCHEDULER_LOGS_MEMBERS_H

#include "core/api/model.h"

#define MODEL_MEMBERS(X)                                                                           \
    X(ACCOUNT_IDENTIFIERS, "accountIdentifiers")                                                   \
    X(APPLY_ON_TRANSFORMED_LOGS, "applyOnTransformedLogs")                                         \
    X(DATA_SOURCES, "dataSources")                                                                 \
    X(DEFAULT_VALUE, "defaultValue")                                                               \
    X(DELETION_PROTECTION_ENABLED, "deletionProtectionEnabled")                                    \
    X(DESCENDING, "descending")                                                                    \
    X(DESTINATION_ARN, "destinationArn")                                                           \
    X(DIMENSIONS, "dimensions")                                                                    \
    X(DISTRIBUTION, "distribution")                                                                \
    X(EMIT_SYSTEM_FIELD_DIMENSIONS, "emitSystemFieldDimensions")                                   \
    X(EMIT_SYSTEM_FIELDS, "emitSystemFields")                                                      \
    X(END_TIME, "endTime")                                                                         \
    X(FIELD_INDEX_NAMES, "fieldIndexNames")                                                        \
    X(FIELD_SELECTION_CRITERIA, "fieldSelectionCriteria")                                          \
    X(FILTER_NAME, "filterName")                                                                   \
    X(FILTER_NAME_PREFIX, "filterNamePrefix")                                                      \
    X(FILTER_PATTERN, "filterPattern")                                                             \
    X(INCLUDE_LINKED_ACCOUNTS, "includeLinkedAccounts")                                            \
    X(INTERLEAVED, "interleaved")                                                                  \
    X(KMS_KEY_ID, "kmsKeyId")                                                                      \
    X(LIMIT, "limit")                                                                              \
    X(LOG_EVENTS, "logEvents")                                                                     \
    X(LOG_EVENT_MESSAGES, "logEventMessages")                                                      \
    X(LOG_GROUP_CLASS, "logGroupClass")                                                            \
    X(LOG_GROUP_IDENTIFIER, "logGroupIdentifier")                                                  \
    X(LOG_GROUP_IDENTIFIERS, "logGroupIdentifiers")                                                \
    X(LOG_GROUP_NAME, "logGroupName")                                                              \
    X(LOG_GROUP_NAME_PATTERN, "logGroupNamePattern")                                               \
    X(LOG_GROUP_NAME_PREFIX, "logGroupNamePrefix")                                                 \
    X(LOG_GROUP_TAGS, "logGroupTags")                                                              \
    X(LOG_STREAM_NAME, "logStreamName")                                                            \
    X(LOG_STREAM_NAMES, "logStreamNames")                                                          \
    X(LOG_STREAM_NAME_PREFIX, "logStreamNamePrefix")                                               \
    X(MESSAGE, "message")                                                                          \
    X(METRIC_NAME, "metricName")                                                                   \
    X(METRIC_NAMESPACE, "metricNamespace")                                                         \
    X(METRIC_TRANSFORMATIONS, "metricTransformations")                                             \
    X(METRIC_VALUE, "metricValue")                                                                 \
    X(NEXT_TOKEN, "nextToken")                                                                     \
    X(ORDER_BY, "orderBy")                                                                         \
    X(RESOURCE_ARN, "resourceArn")                                                                 \
    X(RETENTION_IN_DAYS, "retentionInDays")                                                        \
    X(ROLE_ARN, "roleArn")                                                                         \
    X(SEQUENCE_TOKEN, "sequenceToken")                                                             \
    X(START_FROM_HEAD, "startFromHead")                                                            \
    X(START_TIME, "startTime")                                                                     \
    X(TAGS, "tags")                                                                                \
    X(TAG_KEYS, "tagKeys")                                                                         \
    X(TIMESTAMP, "timestamp")                                                                      \
    X(UNIT, "unit")                                                                                \
    X(UNMASK, "unmask")

MODEL_ENUM(MODEL_MEMBERS)

extern const struct model logs_model;

#endif
