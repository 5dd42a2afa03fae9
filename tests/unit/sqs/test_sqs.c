/* The operations on standard queues and their messages. */
#include "sqs_client.h"

TestSuite(sqs, .init = open_bus, .fini = close_bus);

/* --- queues --- */

Test(sqs, makes_a_queue_with_aws_defaults)
{
    make("orders");
    cr_expect_str_eq(at("QueueUrl"), "http://127.0.0.1:4566/000000000000/orders");
    static const char *const rows[][2] = {
        {"VisibilityTimeout", "30"},
        {"MaximumMessageSize", "1048576"},
        {"MessageRetentionPeriod", "345600"},
        {"DelaySeconds", "0"},
        {"ReceiveMessageWaitTimeSeconds", "0"},
        {"SqsManagedSseEnabled", "true"},
        {"QueueArn", "arn:aws:sqs:us-east-1:000000000000:orders"},
        {"CreatedTimestamp", "1767225600"},
        {"ApproximateNumberOfMessages", "0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        attribute("orders", rows[i][0], rows[i][1]);
    }
    ok("GetQueueAttributes", "{'QueueUrl':'orders','AttributeNames':['All']}");
    cr_expect_eq(bus_at(&bus, "Attributes.FifoQueue").len, 0);
    cr_expect_eq(bus_at(&bus, "Attributes.DeduplicationScope").len, 0);
    cr_expect_eq(bus_at(&bus, "Attributes.Policy").len, 0);
    ok("GetQueueAttributes", "{'QueueUrl':'orders'}");
    cr_expect(is_whole("{}"));
}

Test(sqs, makes_the_same_queue_again_and_refuses_another)
{
    ok("CreateQueue", "{'QueueName':'q','Attributes':{'DelaySeconds':'1','VisibilityTimeout':9}}");
    ok("CreateQueue", "{'QueueName':'q','Attributes':{'DelaySeconds':'1'}}");
    ok("CreateQueue", "{'QueueName':'q'}");
    cr_expect_str_eq(
        refused("CreateQueue", "{'QueueName':'q','Attributes':{'DelaySeconds':'2'}}"),
        "QueueNameExists: A queue already exists with the same name and a different value for "
        "attribute DelaySeconds");
}

Test(sqs, refuses_attributes_in_aws_words)
{
    static const struct {
        const char *attributes, *expected;
    } rows[] = {
        {"'Colour':'red'", "InvalidAttributeName: Unknown Attribute Colour."},
        {"'FifoQueue':'false'", "InvalidAttributeName: Unknown Attribute FifoQueue."},
        {"'ContentBasedDeduplication':'true'",
         "InvalidAttributeName: Unknown Attribute ContentBasedDeduplication."},
        {"'DeduplicationScope':'queue'", "InvalidAttributeName: You can specify the "
                                         "DeduplicationScope only when FifoQueue is set to true."},
        {"'DelaySeconds':'901'",
         "InvalidAttributeValue: Invalid value for the parameter DelaySeconds."},
        {"'DelaySeconds':''",
         "InvalidAttributeValue: Invalid value for the parameter DelaySeconds."},
        {"'DelaySeconds':' 6'",
         "InvalidAttributeValue: Invalid value for the parameter DelaySeconds."},
        {"'MaximumMessageSize':'1048577'",
         "InvalidAttributeValue: Invalid value for the parameter MaximumMessageSize."},
        {"'MessageRetentionPeriod':'59'",
         "InvalidAttributeValue: Invalid value for the parameter MessageRetentionPeriod."},
        {"'VisibilityTimeout':true",
         "InvalidAttributeValue: Invalid value for the parameter VisibilityTimeout."},
        {"'QueueArn':'x'", "InvalidAttributeName: Unknown Attribute QueueArn."},
        {"'KmsMasterKeyId':'k','SqsManagedSseEnabled':'true'",
         "InvalidAttributeName: You can use one type of server-side encryption (SSE) at one time. "
         "You can either enable KMS SSE or SQS SSE."},
        {"'Policy':'nonsense'", "InvalidAttributeValue: Invalid value for the parameter Policy."},
        {"'RedrivePolicy':' '", "InvalidAttributeValue: Invalid value for the parameter "
                                "RedrivePolicy. Reason: Redrive policy is not a valid JSON map."},
    };
    make("there");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char body[512];
        (void)snprintf(body, sizeof body, "{'QueueName':'q','Attributes':{%s}}",
                       rows[i].attributes);
        cr_expect_str_eq(refused("CreateQueue", body), rows[i].expected, "%s", rows[i].attributes);
        (void)snprintf(body, sizeof body, "{'QueueUrl':'there','Attributes':{%s}}",
                       rows[i].attributes);
        cr_expect_str_eq(refused("SetQueueAttributes", body), rows[i].expected, "%s",
                         rows[i].attributes);
    }
    ok("ListQueues", "{'QueueNamePrefix':'q'}");
    cr_expect(is_whole("{}"), "nothing was made");
}

Test(sqs, refuses_names_that_queues_cannot_have)
{
    static const struct {
        const char *body, *expected;
    } rows[] = {
        {"{'QueueName':'a b'}", "InvalidParameterValueException: Can only include alphanumeric "
                                "characters, hyphens, or underscores. 1 to 80 in length"},
        {"{'QueueName':''}", "InvalidParameterValueException: Can only include alphanumeric "
                             "characters, hyphens, or underscores. 1 to 80 in length"},
        {"{'QueueName':'a.fifo'}", "InvalidParameterValueException: Can only include alphanumeric "
                                   "characters, hyphens, or underscores. 1 to 80 in length"},
        {"{'QueueName':'a','Attributes':{'FifoQueue':'true'}}",
         "InvalidParameterValueException: The name of a FIFO queue can only include alphanumeric "
         "characters, hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in "
         "length."},
        {"{}", "MissingRequiredParameterException: The request must contain the parameter "
               "QueueName."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(refused("CreateQueue", rows[i].body), rows[i].expected, "%s",
                         rows[i].body);
    }
}

Test(sqs, keeps_queues_over_a_restart)
{
    ok("CreateQueue",
       "{'QueueName':'q','Attributes':{'DelaySeconds':'7'},'tags':{'b':'2','a':'1'}}");
    ok("CreateQueue", "{'QueueName':'gone'}");
    ok("DeleteQueue", "{'QueueUrl':'gone'}");
    bus_reopen(&bus);
    attribute("q", "DelaySeconds", "7");
    ok("ListQueueTags", "{'QueueUrl':'q'}");
    cr_expect(bus_is(&bus, "Tags", "{'a':'1','b':'2'}"));
    ok("ListQueues", "{}");
    cr_expect(bus_is(&bus, "QueueUrls", "['http://127.0.0.1:4566/000000000000/q']"));
}

Test(sqs, takes_any_form_of_a_queue_url)
{
    static const char *const urls[] = {
        "orders",
        "http://127.0.0.1:4566/000000000000/orders",
        "http://other:1/000000000000/orders/",
        "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
        "http://localhost.localstack.cloud:4566/queue/us-east-1/000000000000/orders",
    };
    make("orders");
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        ok("GetQueueAttributes", body_of("{'QueueUrl':'%s'}", urls[i]));
    }
    cr_expect_str_eq(refused("SendMessage", "{'QueueUrl':'x','MessageBody':'a'}"),
                     "QueueDoesNotExist: The specified queue does not exist.");
    cr_expect_str_eq(refused("SendMessage", "{'MessageBody':'a'}"),
                     "MissingRequiredParameterException: The request must contain the parameter "
                     "QueueUrl.");
    cr_expect_str_eq(refused("GetQueueUrl", "{'QueueName':'x'}"),
                     "QueueDoesNotExist: The specified queue does not exist.");
}

Test(sqs, lists_queues_in_pages)
{
    static const char *const names[] = {"b", "a", "c", "other"};
    for (size_t i = 0; i < 4; i++) {
        make(names[i]);
    }
    ok("ListQueues", "{'MaxResults':2}");
    cr_expect(bus_is(&bus, "QueueUrls",
                     "['http://127.0.0.1:4566/000000000000/a','http://"
                     "127.0.0.1:4566/000000000000/b']"));
    char token[256];
    (void)snprintf(token, sizeof token, "{'MaxResults':2,'NextToken':'%s'}", at("NextToken"));
    ok("ListQueues", token);
    cr_expect_str_eq(at("QueueUrls.0"), "http://127.0.0.1:4566/000000000000/c");
    cr_expect_str_eq(at("QueueUrls.1"), "http://127.0.0.1:4566/000000000000/other");
    cr_expect_eq(bus_at(&bus, "NextToken").len, 0);
    ok("ListQueues", "{'QueueNamePrefix':'x'}");
    cr_expect(is_whole("{}"));
    (void)refused("ListQueues", "{'MaxResults':1001}");
}

Test(sqs, keeps_a_new_queue_of_an_old_name_apart)
{
    make("q");
    send_text("q", "old");
    cr_expect_str_eq(receive("q"), "old");
    char handle[128];
    (void)snprintf(handle, sizeof handle, "{'QueueUrl':'q','ReceiptHandle':'%s'}",
                   at("Messages.0.ReceiptHandle"));
    ok("DeleteQueue", "{'QueueUrl':'q'}");
    make("q");
    cr_expect_str_eq(receive("q"), "");
    (void)refused("DeleteMessage", handle);
    attribute("q", "ApproximateNumberOfMessages", "0");
}

Test(sqs, tags_and_untags)
{
    make("q");
    ok("ListQueueTags", "{'QueueUrl':'q'}");
    cr_expect(is_whole("{}"));
    ok("TagQueue", "{'QueueUrl':'q','Tags':{'x':'1','y':'','z':'3'}}");
    ok("TagQueue", "{'QueueUrl':'q','Tags':{'x':'2'}}");
    ok("UntagQueue", "{'QueueUrl':'q','TagKeys':['z','none']}");
    ok("ListQueueTags", "{'QueueUrl':'q'}");
    cr_expect(bus_is(&bus, "Tags", "{'x':'2','y':''}"));
}

Test(sqs, takes_no_more_than_fifty_tags)
{
    AUTO_BUF tags = BUF_INIT(4096);
    for (int i = 0; i < 51; i++) {
        buf_printf(&tags, "%s'%d':''", i > 0 ? "," : "", i);
    }
    static const char refusal[] =
        "InvalidParameterValueException: Too many tags added for queue q.";
    cr_expect_str_eq(
        refused("CreateQueue", body_of("{'QueueName':'q','tags':{%s}}", buf_cstr(&tags))), refusal);
    make("q");
    cr_expect_str_eq(refused("TagQueue", body_of("{'QueueUrl':'q','Tags':{%s}}", buf_cstr(&tags))),
                     refusal);
}

Test(sqs, edits_a_policy_by_labels)
{
    make("q");
    const char *add = "{'QueueUrl':'q','Label':'one','AWSAccountIds':['111111111111',"
                      "'222222222222'],'Actions':['ReceiveMessage']}";
    ok("AddPermission", add);
    ok("GetQueueAttributes", "{'QueueUrl':'q','AttributeNames':['Policy']}");
    cr_expect_str_eq(
        at("Attributes.Policy"),
        "{\\\"Version\\\":\\\"2008-10-17\\\",\\\"Id\\\":\\\"arn:aws:sqs:us-east-1:000000000000:q/"
        "SQSDefaultPolicy\\\",\\\"Statement\\\":[{\\\"Sid\\\":\\\"one\\\",\\\"Effect\\\":"
        "\\\"Allow\\\",\\\"Principal\\\":{\\\"AWS\\\":[\\\"arn:aws:iam::111111111111:root\\\","
        "\\\"arn:aws:iam::222222222222:root\\\"]},\\\"Action\\\":\\\"SQS:ReceiveMessage\\\","
        "\\\"Resource\\\":\\\"arn:aws:sqs:us-east-1:000000000000:q\\\"}]}");
    cr_expect_str_eq(refused("AddPermission", add),
                     "InvalidParameterValueException: Value one for parameter Label is invalid. "
                     "Reason: Already exists.");
    ok("RemovePermission", "{'QueueUrl':'q','Label':'one'}");
    ok("GetQueueAttributes", "{'QueueUrl':'q','AttributeNames':['Policy']}");
    cr_expect(is_whole("{}"));
    cr_expect_str_eq(refused("RemovePermission", "{'QueueUrl':'q','Label':'one'}"),
                     "InvalidParameterValueException: Value one for parameter Label is invalid. "
                     "Reason: can't find label.");
}

Test(sqs, purges_once_a_minute)
{
    make("q");
    send_text("q", "a");
    send_text("q", "b");
    (void)receive("q");
    ok("PurgeQueue", "{'QueueUrl':'q'}");
    attribute("q", "ApproximateNumberOfMessages", "0");
    attribute("q", "ApproximateNumberOfMessagesNotVisible", "0");
    cr_expect_str_eq(
        refused("PurgeQueue", "{'QueueUrl':'q'}"),
        "PurgeQueueInProgress: Only one PurgeQueue operation on q is allowed every 60 seconds.");
    bus_advance(&bus, 60000);
    ok("PurgeQueue", "{'QueueUrl':'q'}");
}

/* --- messages --- */

Test(sqs, sends_and_receives_with_digests_and_attributes)
{
    make("q");
    ok("SendMessage",
       "{'QueueUrl':'q','MessageBody':'hello','MessageAttributes':{'Hello':{'DataType':'String',"
       "'StringValue':'There'},'General':{'DataType':'String','StringValue':'Kenobi'},'Help.Me':{"
       "'DataType':'String','StringValue':'Me'}},'MessageSystemAttributes':{'AWSTraceHeader':{"
       "'DataType':'String','StringValue':'Root=1-5759e988-bd862e3fe1be46a994272793'}}}");
    cr_expect_str_eq(at("MD5OfMessageBody"), "5d41402abc4b2a76b9719d911017c592");
    cr_expect_str_eq(at("MD5OfMessageAttributes"), "4c360f3fdafd970e05fae2f149d997f5");
    cr_expect_eq(strlen(at("MD5OfMessageSystemAttributes")), 32);
    cr_expect_eq(bus_at(&bus, "SequenceNumber").len, 0);
    char id[64];
    (void)snprintf(id, sizeof id, "%s", at("MessageId"));
    cr_expect_eq(strlen(id), 36);
    bus_advance(&bus, 1234);
    ok("ReceiveMessage", "{'QueueUrl':'q','MessageAttributeNames':['Hel.*'],"
                         "'MessageSystemAttributeNames':['All']}");
    cr_expect_str_eq(at("Messages.0.MessageId"), id);
    cr_expect_str_eq(at("Messages.0.MD5OfBody"), "5d41402abc4b2a76b9719d911017c592");
    cr_expect_eq(bus_at(&bus, "Messages.0.MessageAttributes.General").len, 0);
    cr_expect(bus_is(&bus, "Messages.0.MessageAttributes.Hello",
                     "{'StringValue':'There','DataType':'String'}"));
    cr_expect(bus_is(&bus, "Messages.0.Attributes",
                     "{'SenderId':'000000000000','ApproximateFirstReceiveTimestamp':"
                     "'1767225601234','ApproximateReceiveCount':'1','SentTimestamp':"
                     "'1767225600000','AWSTraceHeader':'Root=1-5759e988-"
                     "bd862e3fe1be46a994272793'}"),
              "%.*s", SLICE_ARG(bus_at(&bus, "Messages.0.Attributes")));
}

Test(sqs, gives_only_the_attributes_that_are_asked_for)
{
    /* Names, then the digest over what is returned; recorded from AWS. */
    static const char *const rows[][2] = {
        {"", ""},
        {"'All'", "4c360f3fdafd970e05fae2f149d997f5"},
        {"'.*'", "4c360f3fdafd970e05fae2f149d997f5"},
        {"'Hello','Generally'", "a311262e065454b75da111d535b8dacd"},
        {"'Hello','General'", "fca026605781cb4126a1e9044df24232"},
        {"'Hel.*'", "83fee93c1bcd8b9a5a923ffacdc636c7"},
        {"'Foo','Help'", ""},
    };
    make("q");
    ok("SendMessage",
       "{'QueueUrl':'q','MessageBody':'msg','MessageAttributes':{'Hello':{'DataType':'String',"
       "'StringValue':'There'},'General':{'DataType':'String','StringValue':'Kenobi'},'Help.Me':{"
       "'DataType':'String','StringValue':'Me'}}}");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ok("ReceiveMessage",
           body_of("{'QueueUrl':'q','VisibilityTimeout':0,'MessageAttributeNames':[%s]}",
                   rows[i][0]));
        cr_expect_str_eq(at("Messages.0.MD5OfMessageAttributes"), rows[i][1], "%s", rows[i][0]);
    }
}

Test(sqs, digests_numbers_and_bytes)
{
    make("q");
    ok("SendMessage", "{'QueueUrl':'q','MessageBody':'test','MessageAttributes':{'attr1':{"
                      "'DataType':'Number','StringValue':'99.12'}}}");
    cr_expect_str_eq(at("MD5OfMessageAttributes"), "d302007e9aa062660afc85fd0a482472");
    ok("SendMessage",
       "{'QueueUrl':'q','MessageBody':'test','MessageAttributes':{'attr1':{'DataType':'Binary',"
       "'BinaryValue':'dHJhY2VwYXJlbnQeMDAtNzc0MDYyZDZjMzcwODFhNWEwYjliNWI4OGUzMDYyN2MtMmQyNDgyMjEx"
       "ZjY0ODlkYS0wMQ=='}}}");
    cr_expect_str_eq(at("MD5OfMessageAttributes"), "8cbe4db156db8a94db8b801b7addb984");
    (void)receive("q");
    ok("ReceiveMessage", "{'QueueUrl':'q','MessageAttributeNames':['attr1']}");
    cr_expect(bus_is(&bus, "Messages.0.MessageAttributes.attr1.BinaryValue",
                     "'dHJhY2VwYXJlbnQeMDAtNzc0MDYyZDZjMzcwODFhNWEwYjliNWI4OGUzMDYyN2MtMmQyNDgyMjEx"
                     "ZjY0ODlkYS0wMQ=='"));
}

Test(sqs, refuses_messages_in_aws_words)
{
    static const struct {
        const char *more, *expected;
    } rows[] = {
        {"'MessageBody':''", "MissingRequiredParameterException: The request must contain the "
                             "parameter MessageBody."},
        {"'MessageBody':'a\\u0007'",
         "InvalidMessageContents: Invalid binary character '#x7' was found in the message body, "
         "the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | "
         "[#x10000-#x10FFFF]."},
        {"'MessageBody':'a\\uffff'",
         "InvalidMessageContents: Invalid binary character '#xFFFF' was found in the message body, "
         "the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | "
         "[#x10000-#x10FFFF]."},
        {"'MessageBody':'a','DelaySeconds':901",
         "InvalidParameterValueException: Value 901 for parameter DelaySeconds is invalid. Reason: "
         "DelaySeconds must be >= 0 and <= 900."},
        {"'MessageBody':'a','MessageDeduplicationId':'d'",
         "InvalidParameterValueException: Value d for parameter MessageDeduplicationId is invalid. "
         "Reason: The request include parameter that is not valid for this queue type."},
        {"'MessageBody':'a','MessageAttributes':{'E':{'DataType':'String','StringValue':''}}",
         "InvalidParameterValueException: Message (user) attribute 'E' must contain a non-empty "
         "value of type 'String'."},
        {"'MessageBody':'a','MessageAttributes':{'E':{'DataType':'Text','StringValue':'x'}}",
         "InvalidParameterValueException: The message attribute 'E' has an invalid message "
         "attribute type, the set of supported type prefixes is Binary, Number, and String."},
        {"'MessageBody':'a','MessageAttributes':{'E':{'DataType':'Number','StringValue':'x'}}",
         "InvalidParameterValueException: Can't cast the value of message (user) attribute 'E' to "
         "a number."},
        {"'MessageBody':'a','MessageAttributes':{'aWs.x':{'DataType':'String','StringValue':'x'}}",
         "InvalidParameterValueException: You can't use message attribute names beginning with "
         "'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they "
         "cannot start or end with '.'."},
        {"'MessageBody':'a','DelaySeconds':'five'",
         "SerializationException: STRING_VALUE can not be converted to an Integer"},
        {"'MessageBody':['a']", "SerializationException: Start of list found where not expected"},
        {"'MessageBody':'a','MessageGroupId':'a b'",
         "InvalidParameterValueException: Value a b for parameter MessageGroupId is invalid. "
         "Reason: MessageGroupId can only include alphanumeric and punctuation characters. 1 to "
         "128 in length."},
    };
    make("q");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(refused("SendMessage", body_of("{'QueueUrl':'q',%s}", rows[i].more)),
                         rows[i].expected, "%s", rows[i].more);
    }
    attribute("q", "ApproximateNumberOfMessages", "0");
}

Test(sqs, counts_attributes_as_part_of_a_message)
{
    ok("CreateQueue", "{'QueueName':'q','Attributes':{'MaximumMessageSize':'1024'}}");
    char *body = malloc(2048);
    for (int extra = 0; extra < 2; extra++) {
        (void)snprintf(body, 2048,
                       "{'QueueUrl':'q','MessageBody':'%0*d','MessageAttributes':{'k':{'DataType':"
                       "'String','StringValue':'x'}}}",
                       1016 + extra, 0);
        if (extra == 0) {
            ok("SendMessage", body);
        } else {
            cr_expect_str_eq(refused("SendMessage", body),
                             "InvalidParameterValueException: One or more parameters are invalid. "
                             "Reason: Message must be shorter than 1024 bytes.");
        }
    }
    free(body);
}

Test(sqs, sends_batches_entry_by_entry)
{
    ok("CreateQueue", "{'QueueName':'q','Attributes':{'MaximumMessageSize':'1024'}}");
    char *body = malloc(4096);
    (void)snprintf(body, 4096,
                   "{'QueueUrl':'q','Entries':[{'Id':'1','MessageBody':'a'},{'Id':'2',"
                   "'MessageBody':'%01025d'}]}",
                   0);
    ok("SendMessageBatch", body);
    free(body);
    cr_expect_str_eq(at("Successful.0.Id"), "1");
    cr_expect_str_eq(at("Successful.0.MD5OfMessageBody"), "0cc175b9c0f1b6a831c399e269772661");
    cr_expect(bus_is(&bus, "Failed",
                     "[{'Id':'2','SenderFault':true,'Code':'InvalidParameterValue','Message':'One "
                     "or more parameters are invalid. Reason: Message must be shorter than 1024 "
                     "bytes.'}]"));
    attribute("q", "ApproximateNumberOfMessages", "1");
}

Test(sqs, refuses_batches_in_aws_words)
{
    static const struct {
        const char *entries, *expected;
    } rows[] = {
        {"", "EmptyBatchRequest: There should be at least one SendMessageBatchRequestEntry in the "
             "request."},
        {"{'Id':'a:b','MessageBody':'x'}",
         "InvalidBatchEntryId: A batch entry id can only contain alphanumeric characters, hyphens "
         "and underscores. It can be at most 80 letters long."},
        {"{'Id':'','MessageBody':'x'}",
         "InvalidBatchEntryId: A batch entry id can only contain alphanumeric characters, hyphens "
         "and underscores. It can be at most 80 letters long."},
        {"{'Id':'a','MessageBody':'x'},{'Id':'a','MessageBody':'y'}",
         "BatchEntryIdsNotDistinct: Id a repeated."},
        {"{},{},{},{},{},{},{},{},{},{},{}",
         "TooManyEntriesInBatchRequest: Maximum number of entries per request are 10. You have "
         "sent 11."},
    };
    make("q");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(refused("SendMessageBatch",
                                 body_of("{'QueueUrl':'q','Entries':[%s]}", rows[i].entries)),
                         rows[i].expected, "%s", rows[i].entries);
    }
}

Test(sqs, refuses_a_batch_that_is_too_large)
{
    make("q");
    size_t size = 2 * 1024 * 1024;
    char *body = malloc(size);
    (void)snprintf(body, size,
                   "{'QueueUrl':'q','Entries':[{'Id':'1','MessageBody':'%0524288d'},{'Id':'2',"
                   "'MessageBody':'%0524289d'}]}",
                   0, 0);
    cr_expect_str_eq(refused("SendMessageBatch", body),
                     "BatchRequestTooLong: Batch requests cannot be longer than 1048576 bytes. You "
                     "have sent 1048577 bytes.");
    free(body);
}

Test(sqs, refuses_receives_in_aws_words)
{
    static const struct {
        const char *more, *expected;
    } rows[] = {
        {"'MaxNumberOfMessages':11",
         "InvalidParameterValueException: Value 11 for parameter MaxNumberOfMessages is invalid. "
         "Reason: Must be between 1 and 10, if provided."},
        {"'WaitTimeSeconds':21",
         "InvalidParameterValueException: Value 21 for parameter WaitTimeSeconds is invalid. "
         "Reason: Must be >= 0 and <= 20, if provided."},
        {"'VisibilityTimeout':43201",
         "InvalidParameterValueException: Value 43201 for parameter VisibilityTimeout is invalid. "
         "Reason: Must be >= 0 and <= 43200, if provided."},
    };
    make("q");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(refused("ReceiveMessage", body_of("{'QueueUrl':'q',%s}", rows[i].more)),
                         rows[i].expected, "%s", rows[i].more);
    }
    ok("ReceiveMessage", "{'QueueUrl':'q'}");
    cr_expect(is_whole("{}"));
}

/* --- receipts --- */

Test(sqs, deletes_by_an_old_handle)
{
    char handle[128];
    make("q");
    send_text("q", "a");
    ok("ReceiveMessage", "{'QueueUrl':'q','VisibilityTimeout':1}");
    (void)snprintf(handle, sizeof handle, "%s", at("Messages.0.ReceiptHandle"));
    bus_advance(&bus, 2000);
    ok("ChangeMessageVisibility", with_handle("q", handle, ",'VisibilityTimeout':5"));
    ok("DeleteMessage", with_handle("q", handle, ""));
    ok("DeleteMessage", with_handle("q", handle, ""));
    attribute("q", "ApproximateNumberOfMessages", "0");
}

Test(sqs, refuses_handles_that_are_none)
{
    static const char *const handles[] = {"garbage", "AQEBAAAA", "%%%"};
    make("q");
    for (size_t i = 0; i < 3; i++) {
        char expected[256];
        (void)snprintf(expected, sizeof expected,
                       "ReceiptHandleIsInvalid: The input receipt handle \\\"%s\\\" is not a "
                       "valid receipt handle.",
                       handles[i]);
        cr_expect_str_eq(refused("DeleteMessage", with_handle("q", handles[i], "")), expected);
    }
}

Test(sqs, changes_visibility_within_its_limits)
{
    char handle[128];
    make("q");
    send_text("q", "a");
    ok("ReceiveMessage", "{'QueueUrl':'q'}");
    (void)snprintf(handle, sizeof handle, "%s", at("Messages.0.ReceiptHandle"));
    cr_expect_str_eq(
        refused("ChangeMessageVisibility", with_handle("q", handle, ",'VisibilityTimeout':43201")),
        "InvalidParameterValueException: Value 43201 for parameter VisibilityTimeout is invalid. "
        "Reason: VisibilityTimeout must be an integer between 0 and 43200");
    bus_advance(&bus, 1000);
    cr_expect_str_eq(
        refused("ChangeMessageVisibility", with_handle("q", handle, ",'VisibilityTimeout':43200")),
        "InvalidParameterValueException: Value 43200 for parameter VisibilityTimeout is invalid. "
        "Reason: Total VisibilityTimeout for the message is beyond the limit [43200 seconds]");
    ok("ChangeMessageVisibility", with_handle("q", handle, ",'VisibilityTimeout':0"));
    cr_expect_str_eq(receive("q"), "a");
    cr_expect_str_eq(at("Messages.0.Attributes.ApproximateReceiveCount"), "2");
}

Test(sqs, deletes_and_changes_in_batches)
{
    char body[1024];
    make("q");
    send_text("q", "a");
    send_text("q", "b");
    ok("ReceiveMessage", "{'QueueUrl':'q','MaxNumberOfMessages':10}");
    char one[128], two[128];
    (void)snprintf(one, sizeof one, "%s", at("Messages.0.ReceiptHandle"));
    (void)snprintf(two, sizeof two, "%s", at("Messages.1.ReceiptHandle"));
    (void)snprintf(body, sizeof body,
                   "{'QueueUrl':'q','Entries':[{'Id':'1','ReceiptHandle':'%s','VisibilityTimeout':"
                   "0},{'Id':'2','ReceiptHandle':'x','VisibilityTimeout':0}]}",
                   one);
    ok("ChangeMessageVisibilityBatch", body);
    cr_expect(bus_is(&bus, "Successful", "[{'Id':'1'}]"));
    cr_expect_str_eq(at("Failed.0.Code"), "ReceiptHandleIsInvalid");
    attribute("q", "ApproximateNumberOfMessages", "1");
    (void)snprintf(body, sizeof body,
                   "{'QueueUrl':'q','Entries':[{'Id':'1','ReceiptHandle':'%s'},{'Id':'2',"
                   "'ReceiptHandle':'%s'}]}",
                   one, two);
    ok("DeleteMessageBatch", body);
    cr_expect(is_whole("{'Successful':[{'Id':'1'},{'Id':'2'}]}"));
    attribute("q", "ApproximateNumberOfMessages", "0");
    attribute("q", "ApproximateNumberOfMessagesNotVisible", "0");
}
