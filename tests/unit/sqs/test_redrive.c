/* Dead letters, who may send them where, and how they come back. */
#include "sqs_client.h"

TestSuite(sqs_redrive, .init = open_bus, .fini = close_bus);

#define ARN "arn:aws:sqs:us-east-1:000000000000:"

/* "'RedrivePolicy':'{...}'" */
static const char *redrive_to(const char *target, const char *count)
{
    return body_of("'RedrivePolicy':'{\\\"deadLetterTargetArn\\\":\\\"" ARN
                   "%s\\\",\\\"maxReceiveCount\\\":%s}'",
                   target, count);
}

static void make_pair(void)
{
    make("dlq");
    make_with("q", redrive_to("dlq", "1"));
}

/* Sends, and receives until it is a dead letter. */
static void kill_message(const char *queue, const char *message)
{
    send_text(queue, message);
    cr_assert_str_eq(receive_some(queue, 1, ",'VisibilityTimeout':0"), message);
    cr_assert_str_eq(receive_some(queue, 1, ",'VisibilityTimeout':0"), "");
}

Test(sqs_redrive, moves_what_was_received_too_often)
{
    make_pair();
    send_text("q", "poison");
    char id[64];
    (void)snprintf(id, sizeof id, "%s", at("MessageId"));
    cr_expect_str_eq(receive("q"), "poison");
    bus_advance(&bus, 30000);
    cr_expect_str_eq(receive("q"), "");
    cr_expect_str_eq(receive("dlq"), "poison");
    cr_expect_str_eq(at("Messages.0.MessageId"), id);
    cr_expect_str_eq(at("Messages.0.Attributes.ApproximateReceiveCount"), "2");
    cr_expect_str_eq(at("Messages.0.Attributes.DeadLetterQueueSourceArn"), ARN "q");
    cr_expect_str_eq(at("Messages.0.Attributes.SentTimestamp"), "1767225600000");
    attribute("q", "ApproximateNumberOfMessages", "0");
}

Test(sqs_redrive, goes_on_after_the_dead_letter_queue_was_made_anew)
{
    make_pair();
    kill_message("q", "one");
    ok("DeleteQueue", "{'QueueUrl':'dlq'}");
    send_text("q", "two");
    for (int i = 0; i < 3; i++) {
        cr_expect_str_eq(receive_some("q", 1, ",'VisibilityTimeout':0"), "two",
                         "nothing is lost while it is not there");
    }
    make("dlq");
    cr_expect_str_eq(receive("q"), "");
    cr_expect_str_eq(receive_some("dlq", 10, ""), "two");
    bus_reopen(&bus);
    kill_message("q", "three");
    cr_expect_str_eq(receive_some("dlq", 10, ""), "three");
}

Test(sqs_redrive, refuses_policies_in_aws_words)
{
    static const struct {
        const char *policy, *expected;
    } rows[] = {
        {"{}", "Value {} for parameter RedrivePolicy is invalid. Reason: Redrive policy does not "
               "contain mandatory attribute: maxReceiveCount."},
        {"{\\\"maxReceiveCount\\\":5}",
         "Value {\\\"maxReceiveCount\\\":5} for parameter RedrivePolicy is invalid. Reason: "
         "Redrive "
         "policy does not contain mandatory attribute: deadLetterTargetArn."},
        {"{\\\"deadLetterTargetArn\\\":\\\"dummy\\\",\\\"maxReceiveCount\\\":42}",
         "Value {\\\"deadLetterTargetArn\\\":\\\"dummy\\\",\\\"maxReceiveCount\\\":42} for "
         "parameter "
         "RedrivePolicy is invalid. Reason: Invalid value for deadLetterTargetArn."},
        {"{\\\"deadLetterTargetArn\\\":\\\"" ARN "dlq\\\",\\\"maxReceiveCount\\\":\\\"x\\\"}",
         "Value {\\\"deadLetterTargetArn\\\":\\\"" ARN
         "dlq\\\",\\\"maxReceiveCount\\\":\\\"x\\\"} for parameter RedrivePolicy is invalid. "
         "Reason: "
         "Invalid value for maxReceiveCount: x, valid values are from 1 to 1000 both inclusive."},
        {"{\\\"deadLetterTargetArn\\\":\\\"" ARN "none\\\",\\\"maxReceiveCount\\\":1}",
         "Value {\\\"deadLetterTargetArn\\\":\\\"" ARN
         "none\\\",\\\"maxReceiveCount\\\":1} for parameter RedrivePolicy is invalid. Reason: Dead "
         "letter target does not exist."},
        {"{\\\"deadLetterTargetArn\\\":\\\"" ARN "f.fifo\\\",\\\"maxReceiveCount\\\":1}",
         "Value {\\\"deadLetterTargetArn\\\":\\\"" ARN
         "f.fifo\\\",\\\"maxReceiveCount\\\":1} for parameter RedrivePolicy is invalid. Reason: "
         "Dead-letter queue must be same type of queue as the source.."},
    };
    make("dlq");
    make("q");
    make_with("f.fifo", "'FifoQueue':'true'");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *expected = body_of("InvalidParameterValueException: %s", rows[i].expected);
        cr_expect_str_eq(refused("SetQueueAttributes",
                                 body_of("{'QueueUrl':'q','Attributes':{'RedrivePolicy':'%s'}}",
                                         rows[i].policy)),
                         expected);
    }
    ok("SetQueueAttributes",
       body_of("{'QueueUrl':'q','Attributes':{%s}}", redrive_to("dlq", "\\\"42\\\"")));
    ok("SetQueueAttributes", "{'QueueUrl':'q','Attributes':{'RedrivePolicy':''}}");
    attribute("q", "RedrivePolicy", "");
}

Test(sqs_redrive, asks_the_dead_letter_queue_whom_it_lets)
{
    static const struct {
        const char *policy;
        bool is_allowed;
    } rows[] = {
        {"{\\\"redrivePermission\\\":\\\"denyAll\\\"}", false},
        {"{\\\"redrivePermission\\\":\\\"byQueue\\\",\\\"sourceQueueArns\\\":[\\\"" ARN
         "other\\\"]}",
         false},
        {"{\\\"redrivePermission\\\":\\\"byQueue\\\",\\\"sourceQueueArns\\\":[\\\"" ARN
         "other\\\",\\\"" ARN "q\\\"]}",
         true},
        {"{\\\"redrivePermission\\\":\\\"allowAll\\\"}", true},
        {"", true},
    };
    make("dlq");
    make("q");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ok("SetQueueAttributes",
           body_of("{'QueueUrl':'dlq','Attributes':{'RedriveAllowPolicy':'%s'}}", rows[i].policy));
        (void)bus_call(&bus, "sqs", "SetQueueAttributes",
                       body_of("{'QueueUrl':'q','Attributes':{%s}}", redrive_to("dlq", "3")));
        cr_expect_eq(bus.status == 200, rows[i].is_allowed, "%s", rows[i].policy);
    }
    static const char *const wrong[] = {"[]", "{}", "{\\\"redrivePermission\\\":\\\"byQueue\\\"}",
                                        "{\\\"redrivePermission\\\":\\\"allowAll\\\","
                                        "\\\"sourceQueueArns\\\":[\\\"x\\\"]}"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        (void)refused(
            "SetQueueAttributes",
            body_of("{'QueueUrl':'dlq','Attributes':{'RedriveAllowPolicy':'%s'}}", wrong[i]));
    }
}

Test(sqs_redrive, lists_the_sources_of_a_dead_letter_queue)
{
    make_pair();
    make_with("r", redrive_to("dlq", "2"));
    ok("ListDeadLetterSourceQueues", "{'QueueUrl':'dlq'}");
    cr_expect(is_whole("{'queueUrls':['http://127.0.0.1:4566/000000000000/q','http://"
                       "127.0.0.1:4566/000000000000/r']}"));
    ok("ListDeadLetterSourceQueues", "{'QueueUrl':'q'}");
    cr_expect(is_whole("{'queueUrls':[]}"));
}

/* --- move tasks --- */

static void start_move(const char *more)
{
    ok("StartMessageMoveTask", body_of("{'SourceArn':'" ARN "dlq'%s}", more));
}

static void list_moves(void)
{
    ok("ListMessageMoveTasks", "{'SourceArn':'" ARN "dlq','MaxResults':10}");
}

Test(sqs_redrive, moves_dead_letters_back_to_where_each_came_from)
{
    make_pair();
    make_with("r", redrive_to("dlq", "1"));
    kill_message("q", "a");
    kill_message("r", "b");
    kill_message("q", "c");
    start_move("");
    cr_expect_gt(strlen(at("TaskHandle")), 40);
    bus_advance(&bus, 0);
    list_moves();
    cr_expect(bus_is(&bus, "Results",
                     "[{'Status':'COMPLETED','SourceArn':'" ARN
                     "dlq','ApproximateNumberOfMessagesMoved':3,"
                     "'ApproximateNumberOfMessagesToMove':3,'StartedTimestamp':1767225600000}]"),
              "%s", at("Results"));
    cr_expect_str_eq(receive_some("q", 10, ""), "a c");
    cr_expect_str_eq(at("Messages.0.Attributes.ApproximateReceiveCount"), "1");
    cr_expect_str_eq(at("Messages.0.Attributes.DeadLetterQueueSourceArn"), "");
    cr_expect_str_eq(receive_some("r", 10, ""), "b");
    attribute("dlq", "ApproximateNumberOfMessages", "0");
}

Test(sqs_redrive, moves_at_the_rate_that_is_asked_for_and_goes_on_after_a_restart)
{
    make_pair();
    make("to");
    for (int i = 0; i < 4; i++) {
        kill_message("q", "x");
    }
    start_move(",'DestinationArn':'" ARN "to','MaxNumberOfMessagesPerSecond':1");
    bus_advance(&bus, 0);
    attribute("to", "ApproximateNumberOfMessages", "1");
    list_moves();
    cr_expect_str_eq(at("Results.0.Status"), "RUNNING");
    cr_expect_gt(strlen(at("Results.0.TaskHandle")), 40);
    bus_advance(&bus, 1000);
    attribute("to", "ApproximateNumberOfMessages", "2");
    bus_reopen(&bus);
    scheduler_start(bus.scheduler);
    bus_advance(&bus, 0);
    attribute("to", "ApproximateNumberOfMessages", "3");
    bus_advance(&bus, 2000);
    list_moves();
    cr_expect_str_eq(at("Results.0.Status"), "COMPLETED");
    cr_expect_str_eq(at("Results.0.ApproximateNumberOfMessagesMoved"), "4");
    cr_expect_eq(bus_at(&bus, "Results.0.TaskHandle").len, 0);
    attribute("to", "ApproximateNumberOfMessages", "4");
}

Test(sqs_redrive, can_be_cancelled)
{
    make_pair();
    make("to");
    for (int i = 0; i < 3; i++) {
        kill_message("q", "x");
    }
    start_move(",'DestinationArn':'" ARN "to','MaxNumberOfMessagesPerSecond':1");
    const char *cancel = body_of("{'TaskHandle':'%s'}", at("TaskHandle"));
    bus_advance(&bus, 0);
    cr_expect_str_eq(
        refused("StartMessageMoveTask", "{'SourceArn':'" ARN "dlq'}"),
        "InvalidParameterValueException: There is already a task running. Only one active task is "
        "allowed for a source queue arn at a given time.");
    bus_fill_disk(true);
    (void)bus_call(&bus, "sqs", "CancelMessageMoveTask", cancel);
    cr_expect_geq(bus.status, 500);
    bus_fill_disk(false);
    list_moves();
    cr_expect_str_eq(at("Results.0.Status"), "RUNNING");
    ok("CancelMessageMoveTask", cancel);
    cr_expect(is_whole("{'ApproximateNumberOfMessagesMoved':1}"));
    bus_reopen(&bus); /* at once */
    scheduler_start(bus.scheduler);
    bus_advance(&bus, 5000);
    list_moves();
    cr_expect_str_eq(at("Results.0.Status"), "CANCELLED");
    attribute("dlq", "ApproximateNumberOfMessages", "2");
    (void)refused("CancelMessageMoveTask", cancel);
}

Test(sqs_redrive, fails_when_its_destination_goes)
{
    make_pair();
    make("to");
    for (int i = 0; i < 3; i++) {
        kill_message("q", "x");
    }
    start_move(",'DestinationArn':'" ARN "to','MaxNumberOfMessagesPerSecond':1");
    bus_advance(&bus, 0);
    ok("DeleteQueue", "{'QueueUrl':'to'}");
    bus_advance(&bus, 1000);
    list_moves();
    cr_expect_str_eq(at("Results.0.Status"), "FAILED");
    cr_expect_str_eq(at("Results.0.FailureReason"), "AWS.SimpleQueueService.NonExistentQueue");
    attribute("dlq", "ApproximateNumberOfMessages", "2");
}

Test(sqs_redrive, refuses_moves_in_aws_words)
{
    static const struct {
        const char *operation, *body, *expected;
    } rows[] = {
        {"StartMessageMoveTask", "{'SourceArn':'" ARN "q'}",
         "InvalidParameterValueException: Source queue must be configured as a Dead Letter Queue."},
        {"StartMessageMoveTask", "{'SourceArn':'" ARN "none'}",
         "ResourceNotFoundException: The resource that you specified for the SourceArn parameter "
         "doesn't exist."},
        {"StartMessageMoveTask", "{'SourceArn':'x'}",
         "InvalidParameterValueException: You must use this format to specify the SourceArn: "
         "arn:<partition>:<service>:<region>:<account-id>:<resource-id>"},
        {"StartMessageMoveTask", "{'SourceArn':'" ARN "dlq','DestinationArn':'" ARN "none'}",
         "ResourceNotFoundException: The resource that you specified for the DestinationArn "
         "parameter doesn't exist."},
        {"StartMessageMoveTask", "{'SourceArn':'" ARN "dlq','MaxNumberOfMessagesPerSecond':501}",
         "InvalidParameterValueException: Value for parameter MaxNumberOfMessagesPerSecond is "
         "invalid. Reason: You must enter a number that's between 1 and 500."},
        {"CancelMessageMoveTask", "{'TaskHandle':'foobared'}",
         "InvalidParameterValueException: Value for parameter TaskHandle is invalid."},
        {"CancelMessageMoveTask", /* {"taskId":"x","sourceArn":"...:none"} */
         "{'TaskHandle':'eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjAwMDAwMD"
         "AwMDAwMDpub25lIn0='}",
         "ResourceNotFoundException: The resource that you specified for the SourceArn parameter "
         "doesn't exist."},
        {"CancelMessageMoveTask", /* {"taskId":"x","sourceArn":"...:dlq"} */
         "{'TaskHandle':'eyJ0YXNrSWQiOiJ4Iiwic291cmNlQXJuIjoiYXJuOmF3czpzcXM6dXMtZWFzdC0xOjAwMDAwMD"
         "AwMDAwMDpkbHEifQ=='}",
         "ResourceNotFoundException: Task does not exist."},
    };
    make_pair();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cr_expect_str_eq(refused(rows[i].operation, rows[i].body), rows[i].expected, "%s",
                         rows[i].body);
    }
}
