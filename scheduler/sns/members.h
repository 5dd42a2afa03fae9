/* Names of the input members of SNS. Source: the service's public model, API version 2010-03-31. */
#ifndef SLS_SCHEDULER_SNS_MEMBERS_H
#define SLS_SCHEDULER_SNS_MEMBERS_H

#include "core/api/model.h"

#define SNS_MEMBERS(X)                                                                             \
    X(AWS_ACCOUNT_ID, "AWSAccountId")                                                              \
    X(ACTION_NAME, "ActionName")                                                                   \
    X(ATTRIBUTE_NAME, "AttributeName")                                                             \
    X(ATTRIBUTE_VALUE, "AttributeValue")                                                           \
    X(ATTRIBUTES, "Attributes")                                                                    \
    X(AUTHENTICATE_ON_UNSUBSCRIBE, "AuthenticateOnUnsubscribe")                                    \
    X(BINARY_VALUE, "BinaryValue")                                                                 \
    X(DATA_PROTECTION_POLICY, "DataProtectionPolicy")                                              \
    X(DATA_TYPE, "DataType")                                                                       \
    X(ENDPOINT, "Endpoint")                                                                        \
    X(ID, "Id")                                                                                    \
    X(KEY, "Key")                                                                                  \
    X(LABEL, "Label")                                                                              \
    X(MESSAGE, "Message")                                                                          \
    X(MESSAGE_ATTRIBUTES, "MessageAttributes")                                                     \
    X(MESSAGE_DEDUPLICATION_ID, "MessageDeduplicationId")                                          \
    X(MESSAGE_GROUP_ID, "MessageGroupId")                                                          \
    X(MESSAGE_STRUCTURE, "MessageStructure")                                                       \
    X(NAME, "Name")                                                                                \
    X(NEXT_TOKEN, "NextToken")                                                                     \
    X(PHONE_NUMBER, "PhoneNumber")                                                                 \
    X(PROTOCOL, "Protocol")                                                                        \
    X(PUBLISH_BATCH_REQUEST_ENTRIES, "PublishBatchRequestEntries")                                 \
    X(RESOURCE_ARN, "ResourceArn")                                                                 \
    X(RETURN_SUBSCRIPTION_ARN, "ReturnSubscriptionArn")                                            \
    X(STRING_VALUE, "StringValue")                                                                 \
    X(SUBJECT, "Subject")                                                                          \
    X(SUBSCRIPTION_ARN, "SubscriptionArn")                                                         \
    X(TAG_KEYS, "TagKeys")                                                                         \
    X(TAGS, "Tags")                                                                                \
    X(TARGET_ARN, "TargetArn")                                                                     \
    X(TOKEN, "Token")                                                                              \
    X(TOPIC_ARN, "TopicArn")                                                                       \
    X(VALUE, "Value")

MODEL_ENUM(SNS_MEMBERS)

extern const struct model sns_model; /* model_shapes.c */

#endif
