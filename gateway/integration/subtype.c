#include "gateway/integration/subtype.h"

#include "core/mem.h"

#define QUEUE                                                                                      \
    {                                                                                              \
        "QueueUrl", SUBTYPE_TEXT, true                                                             \
    }
#define REGION                                                                                     \
    {                                                                                              \
        "Region", SUBTYPE_REGION, false                                                            \
    }

static const struct subtype subtypes[] = {
    {"EventBridge-PutEvents",
     "events",
     "PutEvents",
     false,
     "Entries",
     {{"Detail", SUBTYPE_TEXT, true},
      {"DetailType", SUBTYPE_TEXT, true},
      {"Source", SUBTYPE_TEXT, true},
      {"Time", SUBTYPE_TIME, false},
      {"EventBusName", SUBTYPE_TEXT, false},
      {"Resources", SUBTYPE_LIST, false},
      {"TraceHeader", SUBTYPE_TEXT, false},
      REGION}},
    {"Kinesis-PutRecord",
     "kinesis",
     "PutRecord",
     false,
     NULL,
     {{"StreamName", SUBTYPE_TEXT, true},
      {"Data", SUBTYPE_BYTES, true},
      {"PartitionKey", SUBTYPE_TEXT, true},
      {"SequenceNumberForOrdering", SUBTYPE_TEXT, false},
      {"ExplicitHashKey", SUBTYPE_TEXT, false},
      REGION}},
    {"SQS-SendMessage",
     "sqs",
     "SendMessage",
     true,
     NULL,
     {QUEUE,
      {"MessageBody", SUBTYPE_TEXT, true},
      {"DelaySeconds", SUBTYPE_TEXT, false},
      {"MessageAttributes", SUBTYPE_ATTRIBUTES, false},
      {"MessageDeduplicationId", SUBTYPE_TEXT, false},
      {"MessageGroupId", SUBTYPE_TEXT, false},
      {"MessageSystemAttributes", SUBTYPE_ATTRIBUTES, false},
      REGION}},
    {"SQS-ReceiveMessage",
     "sqs",
     "ReceiveMessage",
     true,
     NULL,
     {QUEUE,
      {"AttributeNames", SUBTYPE_LIST, false},
      {"MaxNumberOfMessages", SUBTYPE_TEXT, false},
      {"MessageAttributeNames", SUBTYPE_LIST, false},
      {"ReceiveRequestAttemptId", SUBTYPE_TEXT, false},
      {"VisibilityTimeout", SUBTYPE_TEXT, false},
      {"WaitTimeSeconds", SUBTYPE_TEXT, false},
      REGION}},
    {"SQS-DeleteMessage",
     "sqs",
     "DeleteMessage",
     true,
     NULL,
     {QUEUE, {"ReceiptHandle", SUBTYPE_TEXT, true}, REGION}},
    {"SQS-PurgeQueue", "sqs", "PurgeQueue", true, NULL, {QUEUE, REGION}},
};

const struct subtype *subtype_find(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(subtypes); i++) {
        if (slice_is(name, subtypes[i].name)) {
            return &subtypes[i];
        }
    }
    return NULL;
}

size_t subtype_parameter_find(const struct subtype *subtype, struct slice name)
{
    for (size_t i = 0; i < SUBTYPE_PARAMETERS_MAX && subtype->parameters[i].name != NULL; i++) {
        if (slice_is(name, subtype->parameters[i].name)) {
            return i;
        }
    }
    return SLICE_NPOS;
}

enum status subtype_check(const struct subtype *subtype, struct pairs parameters,
                          struct fault *reterr)
{
    bool has[SUBTYPE_PARAMETERS_MAX] = {false};
    for (size_t i = 0; i < parameters.count; i++) {
        size_t at = subtype_parameter_find(subtype, parameters.items[i].name);
        if (at == SLICE_NPOS) {
            return fault_set(reterr, STATUS_INVALID, "%s has no parameter '%.*s'", subtype->name,
                             SLICE_ARG(parameters.items[i].name));
        }
        has[at] = true;
    }
    for (size_t i = 0; i < SUBTYPE_PARAMETERS_MAX && subtype->parameters[i].name != NULL; i++) {
        if (subtype->parameters[i].is_required && !has[i]) {
            return fault_set(reterr, STATUS_INVALID, "%s needs the parameter %s", subtype->name,
                             subtype->parameters[i].name);
        }
    }
    return STATUS_OK;
}
