/* Members of the inputs of EventBridge Scheduler. Private to scheduler/schedules.
 *
 * Source  The service's public model, API version 2021-06-30. */
#ifndef SLS_SCHEDULER_SCHEDULES_MODEL_H
#define SLS_SCHEDULER_SCHEDULES_MODEL_H

#include "core/api/model_shapes.h"

#define MODEL_MEMBERS(X)                                                                           \
    X(ACTION_AFTER_COMPLETION, "ActionAfterCompletion")                                            \
    X(ARN, "Arn")                                                                                  \
    X(CLIENT_TOKEN, "ClientToken")                                                                 \
    X(DEAD_LETTER_CONFIG, "DeadLetterConfig")                                                      \
    X(DESCRIPTION, "Description")                                                                  \
    X(DETAIL_TYPE, "DetailType")                                                                   \
    X(ECS_PARAMETERS, "EcsParameters")                                                             \
    X(END_DATE, "EndDate")                                                                         \
    X(EVENT_BRIDGE_PARAMETERS, "EventBridgeParameters")                                            \
    X(EVENT_BRIDGE_PUT_EVENTS_V2_PARAMETERS, "EventBridgePutEventsV2Parameters")                   \
    X(EVENT_BRIDGE_PUT_RAW_EVENTS_PARAMETERS, "EventBridgePutRawEventsParameters")                 \
    X(FLEXIBLE_TIME_WINDOW, "FlexibleTimeWindow")                                                  \
    X(GROUP_NAME, "GroupName")                                                                     \
    X(INPUT, "Input")                                                                              \
    X(KEY, "Key")                                                                                  \
    X(KINESIS_PARAMETERS, "KinesisParameters")                                                     \
    X(KMS_KEY_ARN, "KmsKeyArn")                                                                    \
    X(MAX_RESULTS, "MaxResults")                                                                   \
    X(MAXIMUM_EVENT_AGE_IN_SECONDS, "MaximumEventAgeInSeconds")                                    \
    X(MAXIMUM_RETRY_ATTEMPTS, "MaximumRetryAttempts")                                              \
    X(MAXIMUM_WINDOW_IN_MINUTES, "MaximumWindowInMinutes")                                         \
    X(MESSAGE_GROUP_ID, "MessageGroupId")                                                          \
    X(MODE, "Mode")                                                                                \
    X(NAME, "Name")                                                                                \
    X(NAME_PREFIX, "NamePrefix")                                                                   \
    X(NEXT_TOKEN, "NextToken")                                                                     \
    X(PARTITION_KEY, "PartitionKey")                                                               \
    X(RESOURCE_ARN, "ResourceArn")                                                                 \
    X(RETRY_POLICY, "RetryPolicy")                                                                 \
    X(ROLE_ARN, "RoleArn")                                                                         \
    X(SAGE_MAKER_PIPELINE_PARAMETERS, "SageMakerPipelineParameters")                               \
    X(SCHEDULE_EXPRESSION, "ScheduleExpression")                                                   \
    X(SCHEDULE_EXPRESSION_TIMEZONE, "ScheduleExpressionTimezone")                                  \
    X(SOURCE, "Source")                                                                            \
    X(SQS_PARAMETERS, "SqsParameters")                                                             \
    X(START_DATE, "StartDate")                                                                     \
    X(STATE, "State")                                                                              \
    X(TAG_KEYS, "TagKeys")                                                                         \
    X(TAGS, "Tags")                                                                                \
    X(TARGET, "Target")                                                                            \
    X(VALUE, "Value")

MODEL_ENUM(MODEL_MEMBERS)

extern const struct model schedules_model;

#endif
