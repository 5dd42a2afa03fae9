/* FIFO queues: groups, duplicates, and what their messages need. */
#include "sqs_client.h"

TestSuite(sqs_fifo, .init = open_bus, .fini = close_bus);

static void make_fifo(const char *attributes)
{
    make_with("q.fifo", body_of("'FifoQueue':'true'%s", attributes));
}

static void put(const char *message, const char *group, const char *id)
{
    send_more("q.fifo", message,
              body_of(",'MessageGroupId':'%s'%s%s%s", group,
                      id[0] != '\0' ? ",'MessageDeduplicationId':'" : "", id,
                      id[0] != '\0' ? "'" : ""));
}

Test(sqs_fifo, has_attributes_of_its_own)
{
    make_fifo("");
    attribute("q.fifo", "FifoQueue", "true");
    attribute("q.fifo", "ContentBasedDeduplication", "false");
    attribute("q.fifo", "DeduplicationScope", "queue");
    attribute("q.fifo", "FifoThroughputLimit", "perQueue");
    ok("SetQueueAttributes", "{'QueueUrl':'q.fifo','Attributes':{'FifoQueue':'true'}}");
    cr_expect_str_eq(
        refused("SetQueueAttributes", "{'QueueUrl':'q.fifo','Attributes':{'FifoQueue':'false'}}"),
        "InvalidAttributeValue: Invalid value for the parameter FifoQueue. Reason: Modifying queue "
        "type is not supported.");
    (void)refused("SetQueueAttributes",
                  "{'QueueUrl':'q.fifo','Attributes':{'FifoThroughputLimit':'perMessageGroupId'}}");
    ok("SetQueueAttributes", "{'QueueUrl':'q.fifo','Attributes':{'FifoThroughputLimit':"
                             "'perMessageGroupId','DeduplicationScope':'messageGroup'}}");
    (void)refused("SetQueueAttributes",
                  "{'QueueUrl':'q.fifo','Attributes':{'DeduplicationScope':'queue'}}");
}

Test(sqs_fifo, needs_a_group_and_something_to_tell_duplicates_by)
{
    make_fifo("");
    cr_expect_str_eq(
        refused("SendMessage",
                "{'QueueUrl':'q.fifo','MessageBody':'a','MessageDeduplicationId':'d'}"),
        "MissingRequiredParameterException: The request must contain the parameter "
        "MessageGroupId.");
    cr_expect_str_eq(
        refused("SendMessage", "{'QueueUrl':'q.fifo','MessageBody':'a','MessageGroupId':'g'}"),
        "InvalidParameterValueException: The queue should either have ContentBasedDeduplication "
        "enabled or MessageDeduplicationId provided explicitly");
    cr_expect_str_eq(
        refused("SendMessageBatch", "{'QueueUrl':'q.fifo','Entries':[{'Id':'1','MessageBody':'a',"
                                    "'MessageDeduplicationId':'d'}]}"),
        "InvalidParameterValueException: The request must contain the parameter MessageGroupId.");
    cr_expect_str_eq(
        refused("SendMessageBatch", "{'QueueUrl':'q.fifo','Entries':[{'Id':'1','MessageBody':'a',"
                                    "'MessageGroupId':'d'}]}"),
        "InvalidParameterValueException: The queue should either have ContentBasedDeduplication "
        "enabled or MessageDeduplicationId provided explicitly");
    cr_expect_str_eq(
        refused("SendMessage", "{'QueueUrl':'q.fifo','MessageBody':'a','MessageGroupId':'g',"
                               "'MessageDeduplicationId':'d','DelaySeconds':2}"),
        "InvalidParameterValueException: Value 2 for parameter DelaySeconds is invalid. Reason: "
        "The request include parameter that is not valid for this queue type.");
}

Test(sqs_fifo, numbers_its_messages)
{
    make_fifo("");
    put("a", "g", "1");
    char first[64];
    (void)snprintf(first, sizeof first, "%s", at("SequenceNumber"));
    put("b", "g", "2");
    cr_expect_eq(strlen(first), 20);
    cr_expect_gt(strcmp(at("SequenceNumber"), first), 0);
    cr_expect_str_eq(receive("q.fifo"), "a");
    cr_expect_str_eq(at("Messages.0.Attributes.SequenceNumber"), first);
    cr_expect_str_eq(at("Messages.0.Attributes.MessageGroupId"), "g");
    cr_expect_str_eq(at("Messages.0.Attributes.MessageDeduplicationId"), "1");
}

Test(sqs_fifo, takes_a_message_once_in_five_minutes_also_after_its_deletion)
{
    make_fifo(",'ContentBasedDeduplication':'true'");
    put("a", "g", "");
    char id[64];
    (void)snprintf(id, sizeof id, "%s", at("MessageId"));
    cr_expect_str_eq(receive("q.fifo"), "a");
    ok("DeleteMessage", with_handle("q.fifo", handle_at(0), ""));
    put("a", "other", "");
    cr_expect_str_eq(at("MessageId"), id, "a duplicate is told of the first one");
    bus_reopen(&bus);
    put("a", "g", "");
    cr_expect_str_eq(receive("q.fifo"), "");
    bus_advance(&bus, 300000);
    put("a", "g", "");
    cr_expect_str_eq(receive("q.fifo"), "a");
    cr_expect_str_eq(at("Messages.0.Attributes.MessageDeduplicationId"),
                     "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
}

Test(sqs_fifo, tells_duplicates_by_group_when_that_is_its_scope)
{
    make_fifo(",'DeduplicationScope':'messageGroup'");
    put("a", "one", "d");
    put("b", "two", "d");
    put("c", "two", "d");
    cr_expect_str_eq(receive_some("q.fifo", 10, ""), "a b");
}

Test(sqs_fifo, remembers_over_a_change_of_scope)
{
    make_fifo("");
    put("a", "one", "d");
    ok("SetQueueAttributes",
       "{'QueueUrl':'q.fifo','Attributes':{'DeduplicationScope':'messageGroup'}}");
    put("b", "one", "d");
    cr_expect_str_eq(receive_some("q.fifo", 10, ""), "a");
    bus_advance(&bus, 300000);
    put("c", "one", "d");
    put("d", "two", "d");
    cr_expect_str_eq(receive_some("q.fifo", 10, ""), "a c d");
}

Test(sqs_fifo, keeps_back_what_is_behind_a_message_in_flight)
{
    make_fifo("");
    put("1", "g", "1");
    put("2", "g", "2");
    put("x", "h", "3");
    cr_expect_str_eq(receive("q.fifo"), "1");
    const char *one = handle_at(0);
    cr_expect_str_eq(receive_some("q.fifo", 10, ""), "x");
    put("3", "g", "4");
    cr_expect_str_eq(receive_some("q.fifo", 10, ""), "");
    ok("DeleteMessage", with_handle("q.fifo", one, ""));
    cr_expect_str_eq(receive_some("q.fifo", 10, ""), "2 3");
}

Test(sqs_fifo, refuses_a_handle_that_has_expired)
{
    make_fifo(",'VisibilityTimeout':'2'");
    put("a", "g", "1");
    cr_expect_str_eq(receive("q.fifo"), "a");
    const char *handle = handle_at(0);
    ok("ChangeMessageVisibility", with_handle("q.fifo", handle, ",'VisibilityTimeout':5"));
    bus_advance(&bus, 4000);
    cr_expect_str_eq(receive("q.fifo"), "");
    bus_advance(&bus, 1000);
    const char *expected = body_of("InvalidParameterValueException: Value %s for parameter "
                                   "ReceiptHandle is invalid. Reason: The receipt handle has "
                                   "expired.",
                                   handle);
    cr_expect_str_eq(refused("DeleteMessage", with_handle("q.fifo", handle, "")), expected);
    (void)refused("ChangeMessageVisibility",
                  with_handle("q.fifo", handle, ",'VisibilityTimeout':5"));
    cr_expect_str_eq(receive("q.fifo"), "a");
    ok("DeleteMessage", with_handle("q.fifo", handle_at(0), ""));
}

Test(sqs_fifo, delays_as_the_queue_says_whatever_the_message_says)
{
    make_fifo(",'DelaySeconds':'2'");
    send_more("q.fifo", "a", ",'MessageGroupId':'g','MessageDeduplicationId':'1','DelaySeconds':0");
    cr_expect_str_eq(receive("q.fifo"), "");
    attribute("q.fifo", "ApproximateNumberOfMessagesDelayed", "1");
    bus_advance(&bus, 2000);
    cr_expect_str_eq(receive("q.fifo"), "a");
}

Test(sqs_fifo, gives_the_same_messages_to_the_same_attempt)
{
    make_fifo("");
    put("1", "g", "1");
    put("2", "g", "2");
    const char *attempt = ",'ReceiveRequestAttemptId':'try'";
    cr_expect_str_eq(receive_some("q.fifo", 10, attempt), "1 2");
    const char *handle = handle_at(1);
    cr_expect_str_eq(receive_some("q.fifo", 10, attempt), "1 2");
    cr_expect_str_eq(handle_at(1), handle);
    cr_expect_str_eq(receive_some("q.fifo", 10, ",'ReceiveRequestAttemptId':'other'"), "");
}
