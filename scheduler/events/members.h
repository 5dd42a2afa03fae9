/* The names of all members that EventBridge's operations take. */
#ifndef SLS_SCHEDULER_EVENTS_MEMBERS_H
#define SLS_SCHEDULER_EVENTS_MEMBERS_H

#include "core/api/model.h"

#define MODEL_MEMBERS(X)                                                                           \
    X(ACTION, "Action")                                                                            \
    X(API_KEY_AUTH_PARAMETERS, "ApiKeyAuthParameters")                                             \
    X(API_KEY_NAME, "ApiKeyName")                                                                  \
    X(API_KEY_VALUE, "ApiKeyValue")                                                                \
    X(ARCHIVE_NAME, "ArchiveName")                                                                 \
    X(ARN, "Arn")                                                                                  \
    X(AUTH_PARAMETERS, "AuthParameters")                                                           \
    X(AUTHORIZATION_ENDPOINT, "AuthorizationEndpoint")                                             \
    X(AUTHORIZATION_TYPE, "AuthorizationType")                                                     \
    X(BASIC_AUTH_PARAMETERS, "BasicAuthParameters")                                                \
    X(BODY_PARAMETERS, "BodyParameters")                                                           \
    X(CLIENT_ID, "ClientID")                                                                       \
    X(CLIENT_PARAMETERS, "ClientParameters")                                                       \
    X(CLIENT_SECRET, "ClientSecret")                                                               \
    X(CONDITION, "Condition")                                                                      \
    X(CONNECTION_ARN, "ConnectionArn")                                                             \
    X(CONNECTION_STATE, "ConnectionState")                                                         \
    X(CONNECTIVITY_PARAMETERS, "ConnectivityParameters")                                           \
    X(DEAD_LETTER_CONFIG, "DeadLetterConfig")                                                      \
    X(DESCRIPTION, "Description")                                                                  \
    X(DESTINATION, "Destination")                                                                  \
    X(DETAIL, "Detail")                                                                            \
    X(DETAIL_TYPE, "DetailType")                                                                   \
    X(ENDPOINT_ID, "EndpointId")                                                                   \
    X(ENTRIES, "Entries")                                                                          \
    X(EVENT, "Event")                                                                              \
    X(EVENT_BUS_NAME, "EventBusName")                                                              \
    X(EVENT_END_TIME, "EventEndTime")                                                              \
    X(EVENT_PATTERN, "EventPattern")                                                               \
    X(EVENT_SOURCE_ARN, "EventSourceArn")                                                          \
    X(EVENT_SOURCE_NAME, "EventSourceName")                                                        \
    X(EVENT_START_TIME, "EventStartTime")                                                          \
    X(FILTER_ARNS, "FilterArns")                                                                   \
    X(FORCE, "Force")                                                                              \
    X(HEADER_PARAMETERS, "HeaderParameters")                                                       \
    X(HTTP_METHOD, "HttpMethod")                                                                   \
    X(HTTP_PARAMETERS, "HttpParameters")                                                           \
    X(ID, "Id")                                                                                    \
    X(IDS, "Ids")                                                                                  \
    X(INCLUDE_DETAIL, "IncludeDetail")                                                             \
    X(INPUT, "Input")                                                                              \
    X(INPUT_PATH, "InputPath")                                                                     \
    X(INPUT_PATHS_MAP, "InputPathsMap")                                                            \
    X(INPUT_TEMPLATE, "InputTemplate")                                                             \
    X(INPUT_TRANSFORMER, "InputTransformer")                                                       \
    X(INVOCATION_CONNECTIVITY_PARAMETERS, "InvocationConnectivityParameters")                      \
    X(INVOCATION_ENDPOINT, "InvocationEndpoint")                                                   \
    X(INVOCATION_HTTP_PARAMETERS, "InvocationHttpParameters")                                      \
    X(INVOCATION_RATE_LIMIT_PER_SECOND, "InvocationRateLimitPerSecond")                            \
    X(IS_VALUE_SECRET, "IsValueSecret")                                                            \
    X(KEY, "Key")                                                                                  \
    X(KINESIS_PARAMETERS, "KinesisParameters")                                                     \
    X(KMS_KEY_IDENTIFIER, "KmsKeyIdentifier")                                                      \
    X(LEVEL, "Level")                                                                              \
    X(LIMIT, "Limit")                                                                              \
    X(LOG_CONFIG, "LogConfig")                                                                     \
    X(MAXIMUM_EVENT_AGE_IN_SECONDS, "MaximumEventAgeInSeconds")                                    \
    X(MAXIMUM_RETRY_ATTEMPTS, "MaximumRetryAttempts")                                              \
    X(MESSAGE_GROUP_ID, "MessageGroupId")                                                          \
    X(NAME, "Name")                                                                                \
    X(NAME_PREFIX, "NamePrefix")                                                                   \
    X(NEXT_TOKEN, "NextToken")                                                                     \
    X(OAUTH_HTTP_PARAMETERS, "OAuthHttpParameters")                                                \
    X(OAUTH_PARAMETERS, "OAuthParameters")                                                         \
    X(PARTITION_KEY_PATH, "PartitionKeyPath")                                                      \
    X(PASSWORD, "Password")                                                                        \
    X(PATH_PARAMETER_VALUES, "PathParameterValues")                                                \
    X(POLICY, "Policy")                                                                            \
    X(PRINCIPAL, "Principal")                                                                      \
    X(QUERY_STRING_PARAMETERS, "QueryStringParameters")                                            \
    X(REMOVE_ALL_PERMISSIONS, "RemoveAllPermissions")                                              \
    X(REPLAY_NAME, "ReplayName")                                                                   \
    X(RESOURCE_ARN, "ResourceARN")                                                                 \
    X(RESOURCES, "Resources")                                                                      \
    X(RETENTION_DAYS, "RetentionDays")                                                             \
    X(RETRY_POLICY, "RetryPolicy")                                                                 \
    X(ROLE_ARN, "RoleArn")                                                                         \
    X(RULE, "Rule")                                                                                \
    X(SCHEDULE_EXPRESSION, "ScheduleExpression")                                                   \
    X(SOURCE, "Source")                                                                            \
    X(SQS_PARAMETERS, "SqsParameters")                                                             \
    X(STATE, "State")                                                                              \
    X(STATEMENT_ID, "StatementId")                                                                 \
    X(TAG_KEYS, "TagKeys")                                                                         \
    X(TAGS, "Tags")                                                                                \
    X(TARGET_ARN, "TargetArn")                                                                     \
    X(TARGETS, "Targets")                                                                          \
    X(TIME, "Time")                                                                                \
    X(TRACE_HEADER, "TraceHeader")                                                                 \
    X(TYPE, "Type")                                                                                \
    X(USERNAME, "Username")                                                                        \
    X(VALUE, "Value")

MODEL_ENUM(MODEL_MEMBERS)

#endif
