/* The names of all members that SQS's operations take. */
#ifndef SLS_SCHEDULER_SQS_MEMBERS_H
#define SLS_SCHEDULER_SQS_MEMBERS_H

#include "core/api/model.h"

#define SQS_MEMBERS(X)                                                                             \
    X(ACTIONS, "Actions")                                                                          \
    X(ATTRIBUTE_NAMES, "AttributeNames")                                                           \
    X(ATTRIBUTES, "Attributes")                                                                    \
    X(AWS_ACCOUNT_IDS, "AWSAccountIds")                                                            \
    X(BINARY_VALUE, "BinaryValue")                                                                 \
    X(DATA_TYPE, "DataType")                                                                       \
    X(DELAY_SECONDS, "DelaySeconds")                                                               \
    X(DESTINATION_ARN, "DestinationArn")                                                           \
    X(ENTRIES, "Entries")                                                                          \
    X(ID, "Id")                                                                                    \
    X(LABEL, "Label")                                                                              \
    X(MAX_NUMBER_OF_MESSAGES, "MaxNumberOfMessages")                                               \
    X(MAX_NUMBER_OF_MESSAGES_PER_SECOND, "MaxNumberOfMessagesPerSecond")                           \
    X(MAX_RESULTS, "MaxResults")                                                                   \
    X(MESSAGE_ATTRIBUTE_NAMES, "MessageAttributeNames")                                            \
    X(MESSAGE_ATTRIBUTES, "MessageAttributes")                                                     \
    X(MESSAGE_BODY, "MessageBody")                                                                 \
    X(MESSAGE_DEDUPLICATION_ID, "MessageDeduplicationId")                                          \
    X(MESSAGE_GROUP_ID, "MessageGroupId")                                                          \
    X(MESSAGE_SYSTEM_ATTRIBUTE_NAMES, "MessageSystemAttributeNames")                               \
    X(MESSAGE_SYSTEM_ATTRIBUTES, "MessageSystemAttributes")                                        \
    X(NEW_TAGS, "tags")                                                                            \
    X(NEXT_TOKEN, "NextToken")                                                                     \
    X(QUEUE_NAME, "QueueName")                                                                     \
    X(QUEUE_NAME_PREFIX, "QueueNamePrefix")                                                        \
    X(QUEUE_OWNER, "QueueOwnerAWSAccountId")                                                       \
    X(QUEUE_URL, "QueueUrl")                                                                       \
    X(RECEIPT_HANDLE, "ReceiptHandle")                                                             \
    X(RECEIVE_REQUEST_ATTEMPT_ID, "ReceiveRequestAttemptId")                                       \
    X(SOURCE_ARN, "SourceArn")                                                                     \
    X(STRING_VALUE, "StringValue")                                                                 \
    X(TAG_KEYS, "TagKeys")                                                                         \
    X(TAGS, "Tags")                                                                                \
    X(TASK_HANDLE, "TaskHandle")                                                                   \
    X(VISIBILITY_TIMEOUT, "VisibilityTimeout")                                                     \
    X(WAIT_TIME_SECONDS, "WaitTimeSeconds")

MODEL_ENUM(SQS_MEMBERS)

#endif
