/* Queues that feed a function, over the real SQS. */
#include "mapping_world.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define QUEUE_ARN "arn:aws:sqs:us-east-1:000000000000:orders"
#define DEAD_ARN "arn:aws:sqs:us-east-1:000000000000:dead"

/* A world with the queue "orders" (visibility 30 s unless `attributes` say otherwise) and a mapping of it. */
static void open_queue(struct mapping_world *world, const char *attributes, const char *settings)
{
    char body[1000];
    world_open(world);
    (void)bus_ok(&world->bus, "sqs", "CreateQueue", "{'QueueName':'dead'}");
    (void)snprintf(body, sizeof body, "{'QueueName':'orders','Attributes':{%s}}", attributes);
    (void)bus_ok(&world->bus, "sqs", "CreateQueue", body);
    (void)snprintf(world->stream_arn, sizeof world->stream_arn, QUEUE_ARN);
    world_map(world, settings);
}

static void open_fifo(struct mapping_world *world, const char *settings)
{
    world_open(world);
    (void)bus_ok(&world->bus, "sqs", "CreateQueue",
                 "{'QueueName':'orders.fifo','Attributes':{'FifoQueue':'true',"
                 "'ContentBasedDeduplication':'true'}}");
    (void)snprintf(world->stream_arn, sizeof world->stream_arn, QUEUE_ARN ".fifo");
    world_map(world, settings);
}

static void send_text(struct mapping_world *world, const char *text)
{
    char body[400];
    (void)snprintf(body, sizeof body, "{'QueueUrl':'orders','MessageBody':'%s'}", text);
    (void)bus_ok(&world->bus, "sqs", "SendMessage", body);
}

static void send_fifo(struct mapping_world *world, const char *group, const char *text)
{
    char body[400];
    (void)snprintf(body, sizeof body,
                   "{'QueueUrl':'orders.fifo','MessageBody':'%s','MessageGroupId':'%s'}", text,
                   group);
    (void)bus_ok(&world->bus, "sqs", "SendMessage", body);
}

/* Visible and held messages, "3 1". */
static const char *counts(struct mapping_world *world, const char *queue)
{
    static char text[64];
    char body[200];
    (void)snprintf(body, sizeof body,
                   "{'QueueUrl':'%s','AttributeNames':['ApproximateNumberOfMessages',"
                   "'ApproximateNumberOfMessagesNotVisible']}",
                   queue);
    (void)bus_ok(&world->bus, "sqs", "GetQueueAttributes", body);
    struct slice visible = bus_at(&world->bus, "Attributes.ApproximateNumberOfMessages");
    struct slice held = bus_at(&world->bus, "Attributes.ApproximateNumberOfMessagesNotVisible");
    (void)snprintf(text, sizeof text, "%.*s %.*s", (int)visible.len - 2, visible.ptr + 1,
                   (int)held.len - 2, held.ptr + 1);
    return text;
}

/* The bodies of all calls, "a b|c". */
static const char *bodies(struct mapping_world *world)
{
    static char text[65536];
    AUTO_BUF all = BUF_INIT(sizeof text - 1);
    for (size_t i = 0; i < world->count; i++) {
        buf_append_text(&all, i > 0 ? "|" : "");
        for (size_t k = 0, count = call_records(world->calls[i]); k < count; k++) {
            char path[64];
            (void)snprintf(path, sizeof path, "Records.%zu.body", k);
            struct slice body = call_at(world->calls[i], path);
            buf_printf(&all, "%s%.*s", k > 0 ? " " : "", (int)body.len - 2, body.ptr + 1);
        }
    }
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(buf_slice(&all)));
    return text;
}

static void fail_some(struct mapping_world *world, const struct call *call,
                      struct invoke_result *result)
{
    (void)call;
    if (world->failures > 0) {
        world->failures--;
        result->outcome = INVOKE_FUNCTION_ERROR;
    }
}

Test(queue_mapping, delivers_what_is_sent_at_once_and_deletes_it)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world_rest(&world);
    send_text(&world, "a");
    world_wait_calls(&world, 1);
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a");
    cr_expect_eq(world.calls[0]->at_ms, 0);
    cr_expect_str_eq(world.calls[0]->source, "sqs orders");
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, events_look_as_aws_sends_them)
{
    static const struct {
        const char *settings;
        const char *md5; /* of a message without attributes */
    } rows[] = {{"", ""}, {"'MaximumBatchingWindowInSeconds':1", "null"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mapping_world world;
        open_queue(&world, "", rows[i].settings);
        send_text(&world, "a \\'b\\'");
        bus_advance(&world.bus, 2000);
        (void)bus_ok(&world.bus, "sqs", "SendMessage",
                     "{'QueueUrl':'orders','MessageBody':'x','MessageAttributes':{'attr1':{"
                     "'DataType':'Number','StringValue':'99.12'}},'MessageSystemAttributes':{"
                     "'AWSTraceHeader':{'DataType':'String','StringValue':'Root=1-5e3d83c1-"
                     "e6a0db584850d61342823d4c'}}}");
        bus_advance(&world.bus, 2000);
        cr_assert_eq(world.count, 2);
        struct slice event = slice_from(world.calls[0]->payload);
        cr_expect(slice_starts_with(event, SLICE("{\"Records\":[{\"messageId\":\"")));
        cr_expect(json_is(event, "Records.0.body", "'a \\'b\\''"), "%s", event.ptr);
        cr_expect(json_is(event, "Records.0.md5OfMessageAttributes", rows[i].md5), "%s", event.ptr);
        cr_expect(json_is(event, "Records.0.messageAttributes", "{}"));
        cr_expect(json_is(event, "Records.0.eventSource", "'aws:sqs'"));
        cr_expect(json_is(event, "Records.0.eventSourceARN", "'" QUEUE_ARN "'"));
        cr_expect(json_is(event, "Records.0.awsRegion", "'us-east-1'"));
        cr_expect(json_is(event, "Records.0.attributes.ApproximateReceiveCount", "'1'"));
        cr_expect(json_is(event, "Records.0.attributes.SentTimestamp", "'1767225600000'"));
        cr_expect_eq(json_at(event, "Records.0.md5OfBody").len, 34);
        cr_expect_gt(json_at(event, "Records.0.receiptHandle").len, 2);
        cr_expect_gt(json_at(event, "Records.0.attributes.SenderId").len, 2);
        cr_expect_eq(json_at(event, "Records.0.attributes.MessageGroupId").len, 0);
        event = slice_from(world.calls[1]->payload);
        cr_expect(json_is(event, "Records.0.md5OfMessageAttributes",
                          "'d302007e9aa062660afc85fd0a482472'"));
        cr_expect(json_is(event, "Records.0.messageAttributes.attr1",
                          "{'stringValue':'99.12','stringListValues':[],'binaryListValues':[],"
                          "'dataType':'Number'}"));
        cr_expect(json_is(event, "Records.0.attributes.AWSTraceHeader",
                          "'Root=1-5e3d83c1-e6a0db584850d61342823d4c'"));
        cr_expect(strstr(world.calls[1]->trace, "Root=1-5e3d83c1-e6a0db584850d61342823d4c") ==
                  world.calls[1]->trace);
        cr_expect(strstr(world.calls[1]->trace, "Lineage=") != NULL, "%s", world.calls[1]->trace);
        world_close(&world);
    }
}

Test(queue_mapping, a_failed_batch_comes_again_when_its_visibility_has_lapsed)
{
    struct mapping_world world;
    open_queue(&world, "'VisibilityTimeout':'8'", "'BatchSize':1");
    world.answer = fail_some;
    world.failures = 1;
    send_text(&world, "a");
    bus_advance(&world.bus, 7999);
    cr_expect_eq(world.count, 1);
    bus_advance(&world.bus, 1);
    cr_assert_eq(world.count, 2);
    cr_expect_eq(world.calls[1]->at_ms, 8000);
    cr_expect(slice_eq(call_at(world.calls[0], "Records.0.messageId"),
                       call_at(world.calls[1], "Records.0.messageId")));
    cr_expect_not(slice_eq(call_at(world.calls[0], "Records.0.receiptHandle"),
                           call_at(world.calls[1], "Records.0.receiptHandle")));
    cr_expect(json_is(slice_from(world.calls[1]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'2'"));
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, a_poison_message_ends_among_the_dead_letters)
{
    struct mapping_world world;
    open_queue(&world,
               "'VisibilityTimeout':'5','RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" DEAD_ARN
               "\\',\\'maxReceiveCount\\':2}'",
               "");
    world.answer = fail_some;
    world.failures = 1000;
    send_text(&world, "bad");
    bus_advance(&world.bus, 60000);
    cr_expect_eq(world.count, 2);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    cr_expect_str_eq(counts(&world, "dead"), "1 0");
    world_close(&world);
}

/* Reports the message whose body is "bad". */
static void report_bad(struct mapping_world *world, const struct call *call,
                       struct invoke_result *result)
{
    static char text[256];
    (void)world;
    for (size_t i = 0, count = call_records(call); i < count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "Records.%zu.body", i);
        if (slice_is(call_at(call, path), "\"bad\"")) {
            (void)snprintf(path, sizeof path, "Records.%zu.messageId", i);
            struct slice id = call_at(call, path);
            (void)snprintf(text, sizeof text, "{\"batchItemFailures\":[{\"itemIdentifier\":%.*s}]}",
                           SLICE_ARG(id));
            result->payload = slice_from(text);
        }
    }
}

Test(queue_mapping, only_the_items_that_failed_come_again)
{
    struct mapping_world world;
    open_queue(&world, "", "'Enabled':false,'FunctionResponseTypes':['ReportBatchItemFailures']");
    world.answer = report_bad;
    send_text(&world, "a");
    send_text(&world, "bad");
    send_text(&world, "c");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a bad c");
    cr_expect_str_eq(counts(&world, "orders"), "0 1");
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(bodies(&world), "a bad c|bad");
    world_close(&world);
}

Test(queue_mapping, batches_by_size_and_uses_the_room_there_is)
{
    struct mapping_world world;
    open_queue(&world, "", "'Enabled':false,'BatchSize':4");
    for (int i = 0; i < 10; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        send_text(&world, text);
    }
    world.is_manual = true;
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_wait_calls(&world, 3);
    cr_expect_str_eq(bodies(&world), "0 1 2 3|4 5 6 7|8 9");
    cr_expect_eq(world.running, 3);
    for (size_t i = 0; i < 3; i++) {
        world_end_call(&world, i);
    }
    world_rest(&world);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

static void end_calls(struct mapping_world *world, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        world_end_call(world, i);
    }
}

Test(queue_mapping, runs_more_batches_at_once_the_longer_there_are_messages)
{
    struct mapping_world world;
    open_queue(&world, "'VisibilityTimeout':'600'", "'BatchSize':1");
    world.is_manual = true;
    for (int i = 0; i < 23; i++) {
        send_text(&world, "x");
    }
    world_wait_calls(&world, 5);
    bus_advance(&world.bus, 999);
    cr_expect_eq(world.count, 5);
    bus_advance(&world.bus, 1);
    world_wait_calls(&world, 10);
    end_calls(&world, 0, 5);
    world_wait_calls(&world, 15);
    bus_advance(&world.bus, 999);
    cr_expect_eq(world.running, 10);
    bus_advance(&world.bus, 1);
    world_wait_calls(&world, 20);
    cr_expect_eq(world.running, 15);
    bus_advance(&world.bus, 1000);
    world_wait_calls(&world, 23); /* that was the last: the queue is empty */
    end_calls(&world, 5, 23);
    world_rest(&world);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    for (int i = 0; i < 9; i++) {
        send_text(&world, "y");
    }
    world_wait_calls(&world, 28);
    bus_advance(&world.bus, 999);
    cr_expect_eq(world.running, 5, "few at first, again");
    end_calls(&world, 23, 28);
    world_wait_calls(&world, 32);
    end_calls(&world, 28, 32);
    world_rest(&world);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, provisioned_pollers_have_ten_batches_each)
{
    struct mapping_world world;
    open_queue(&world, "'VisibilityTimeout':'600'",
               "'BatchSize':1,'ProvisionedPollerConfig':{'MinimumPollers':2,'MaximumPollers':3}");
    world.is_manual = true;
    for (int i = 0; i < 35; i++) {
        send_text(&world, "x");
    }
    world_wait_calls(&world, 20);
    bus_advance(&world.bus, 999);
    cr_expect_eq(world.count, 20, "by the least");
    bus_advance(&world.bus, 1);
    world_wait_calls(&world, 30);
    bus_advance(&world.bus, 5000);
    cr_expect_eq(world.count, 30, "by the most");
    (void)world_call(&world, "UpdateEventSourceMapping",
                     "{'ProvisionedPollerConfig':{'MinimumPollers':2,'MaximumPollers':2}}");
    world_rest(&world);
    end_calls(&world, 0, 10);
    bus_advance(&world.bus, 5000);
    cr_expect_eq(world.running, 20, "not more than that now");
    end_calls(&world, 10, 30);
    world_wait_calls(&world, 35);
    end_calls(&world, 30, 35);
    world_rest(&world);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, gathers_until_the_batching_window_ends_or_the_batch_is_full)
{
    struct mapping_world world;
    open_queue(&world, "", "'BatchSize':12,'MaximumBatchingWindowInSeconds':10");
    send_text(&world, "a");
    bus_advance(&world.bus, 4000);
    send_text(&world, "b");
    bus_advance(&world.bus, 5999);
    cr_expect_eq(world.count, 0);
    bus_advance(&world.bus, 1);
    cr_expect_str_eq(bodies(&world), "a b");
    cr_expect_eq(world.calls[0]->at_ms, 10000);
    for (int i = 0; i < 13; i++) {
        send_text(&world, "x");
    }
    world_rest(&world);
    cr_assert_eq(world.count, 2, "full before the window's end");
    cr_expect_eq(call_records(world.calls[1]), 12);
    bus_advance(&world.bus, 10000);
    cr_assert_eq(world.count, 3);
    cr_expect_eq(call_records(world.calls[2]), 1);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, what_full_batches_leave_has_a_window_of_its_own)
{
    struct mapping_world world;
    AUTO_BUF body = BUF_INIT(2000);
    open_queue(&world, "", "'BatchSize':5,'MaximumBatchingWindowInSeconds':10");
    send_text(&world, "a");
    bus_advance(&world.bus, 9000);
    buf_append_text(&body, "{'QueueUrl':'orders','Entries':[");
    for (int i = 0; i < 10; i++) {
        buf_printf(&body, "%s{'Id':'%d','MessageBody':'%d'}", i > 0 ? "," : "", i, i);
    }
    buf_append_text(&body, "]}");
    (void)bus_ok(&world.bus, "sqs", "SendMessageBatch", buf_cstr(&body));
    world_wait_calls(&world, 2);
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a 0 1 2 3|4 5 6 7 8");
    bus_advance(&world.bus, 9999);
    cr_expect_eq(world.count, 2);
    bus_advance(&world.bus, 1);
    cr_expect_str_eq(bodies(&world), "a 0 1 2 3|4 5 6 7 8|9");
    cr_expect_eq(world.calls[2]->at_ms, 19000);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, a_smaller_batch_size_ends_the_gathering)
{
    struct mapping_world world;
    open_queue(&world, "", "'BatchSize':12,'MaximumBatchingWindowInSeconds':100");
    for (int i = 0; i < 5; i++) {
        send_text(&world, "x");
    }
    bus_advance(&world.bus, 1000);
    cr_expect_eq(world.count, 0);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':3}");
    world_rest(&world);
    cr_assert_eq(world.count, 1, "at once");
    cr_expect_str_eq(bodies(&world), "x x x");
    send_text(&world, "y");
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "x x x|x x y");
    cr_expect(json_is(slice_from(world.calls[1]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, a_smaller_batch_size_holds_for_what_comes_with_the_change)
{
    struct mapping_world world;
    open_queue(&world, "", "'BatchSize':12,'MaximumBatchingWindowInSeconds':100");
    for (int i = 0; i < 5; i++) {
        send_text(&world, "x");
    }
    bus_advance(&world.bus, 1000);
    bus_hold_writer(&world.bus, 50);
    (void)bus_call(&world.bus, "sqs", "SendMessage", "{'QueueUrl':'orders','MessageBody':'y'}");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':4}");
    bus_advance(&world.bus, 100000);
    for (size_t i = 0; i < world.count; i++) {
        cr_expect_leq(call_records(world.calls[i]), 4, "%s", bodies(&world));
    }
    cr_expect_eq(world.count, 2);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, holds_messages_long_enough_to_gather_and_run)
{
    struct mapping_world world;
    world_open(&world);
    world.timeout_ms = 10000;
    (void)bus_ok(&world.bus, "sqs", "CreateQueue",
                 "{'QueueName':'orders','Attributes':{'VisibilityTimeout':'15'}}");
    (void)snprintf(world.stream_arn, sizeof world.stream_arn, QUEUE_ARN);
    world_map(&world, "'MaximumBatchingWindowInSeconds':20");
    world.is_manual = true;
    send_text(&world, "a");
    bus_advance(&world.bus, 20000);
    cr_assert_eq(world.count, 1);
    bus_advance(&world.bus, 9000);
    cr_expect_eq(world.count, 1, "it was not visible again before the function ended");
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, maximum_concurrency_caps_what_is_received)
{
    struct mapping_world world;
    open_queue(&world, "", "'BatchSize':1,'ScalingConfig':{'MaximumConcurrency':2}");
    world.is_manual = true;
    for (int i = 0; i < 5; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        send_text(&world, text);
    }
    world_wait_calls(&world, 2);
    bus_advance(&world.bus, 1000);
    cr_expect_eq(world.count, 2);
    cr_expect_str_eq(counts(&world, "orders"), "3 2");
    for (size_t i = 0; i < 5; i++) {
        world_wait_calls(&world, i + 1);
        world_end_call(&world, i);
        bus_advance(&world.bus, 1000);
    }
    cr_expect_eq(world.running_most, 2);
    for (size_t i = 0; i < 5; i++) {
        cr_expect(json_is(slice_from(world.calls[i]->payload),
                          "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    }
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, receives_nothing_while_the_function_has_no_room)
{
    struct mapping_world world;
    open_queue(&world, "", "'BatchSize':1");
    world_rest(&world);
    world.available = 0; /* others use it up; the poller waits for messages already */
    send_text(&world, "a");
    bus_advance(&world.bus, 60000);
    cr_expect_eq(world.count, 0);
    cr_expect_str_eq(counts(&world, "orders"), "1 0");
    world.available = 1;
    world_end_other(&world);
    world_wait_calls(&world, 1);
    cr_expect(json_is(slice_from(world.calls[0]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"),
              "no receive was used up in vain");
    world_close(&world);
}

Test(queue_mapping, a_missing_function_leaves_messages_where_they_are)
{
    struct mapping_world world;
    open_queue(&world, "", "'Enabled':false");
    send_text(&world, "a");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world.has_no_function = true;
    world_reopen(&world);
    bus_advance(&world.bus, 100000);
    cr_expect_eq(world.count, 0);
    cr_expect_str_eq(counts(&world, "orders"), "1 0");
    world.has_no_function = false;
    world_end_other(&world);
    world_wait_calls(&world, 1);
    world_close(&world);
}

Test(queue_mapping, goes_on_when_a_deployment_brings_the_function)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world.has_no_function = true;
    send_text(&world, "a");
    world_rest(&world);
    cr_expect_eq(world.count, 0);
    world.has_no_function = false;
    cr_expect_str_eq(bus_deploy(&world.bus, "AWS::Lambda::Function", "f", "{}"), "");
    bus_advance(&world.bus, 60000);
    cr_expect_str_eq(bodies(&world), "a");
    world_close(&world);
}

Test(queue_mapping, filtered_messages_are_deleted)
{
    struct mapping_world world;
    open_queue(&world, "",
               "'FilterCriteria':{'Filters':[{'Pattern':'{\\'body\\':{\\'n\\':[{\\'numeric\\':[\\'>"
               "\\',100]}]}}'}]}");
    send_text(&world, "{\\'n\\':99}");
    send_text(&world, "{\\'n\\':101}");
    send_text(&world, "no JSON");
    world_rest(&world);
    cr_expect_eq(world.count, 1);
    cr_expect(json_is(slice_from(world.calls[0]->payload), "Records.0.body", "'{\\'n\\':101}'"));
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, a_fifo_group_has_one_batch_and_groups_go_side_by_side)
{
    struct mapping_world world;
    open_fifo(&world, "'BatchSize':2");
    world.is_manual = true;
    send_fifo(&world, "g1", "a1");
    world_wait_calls(&world, 1);
    send_fifo(&world, "g1", "a2");
    send_fifo(&world, "g2", "b1");
    world_wait_calls(&world, 2);
    send_fifo(&world, "g1", "a3");
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(bodies(&world), "a1|b1");
    world_end_call(&world, 0);
    world_wait_calls(&world, 3);
    cr_expect_str_eq(bodies(&world), "a1|b1|a2 a3");
    world_end_call(&world, 1);
    world_end_call(&world, 2);
    world_rest(&world);
    struct slice event = slice_from(world.calls[2]->payload);
    cr_expect(json_is(event, "Records.0.attributes.MessageGroupId", "'g1'"));
    cr_expect_eq(json_at(event, "Records.0.attributes.SequenceNumber").len, 22);
    cr_expect_gt(json_at(event, "Records.0.attributes.MessageDeduplicationId").len, 2);
    cr_expect_str_eq(counts(&world, "orders.fifo"), "0 0");
    world_close(&world);
}

/* What waits for messages may have been told of a larger batch; and the event of a batch may be too long. */
Test(queue_mapping, a_fifo_group_has_one_batch_although_it_came_in_more_messages)
{
    struct mapping_world world;
    open_fifo(&world, "");
    world_rest(&world);
    world.is_manual = true;
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':2}");
    (void)bus_ok(&world.bus, "sqs", "SendMessageBatch",
                 "{'QueueUrl':'orders.fifo','Entries':["
                 "{'Id':'a','MessageBody':'a','MessageGroupId':'g'},"
                 "{'Id':'b','MessageBody':'b','MessageGroupId':'g'},"
                 "{'Id':'c','MessageBody':'c','MessageGroupId':'g'}]}");
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a b");
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a b|c");
    world_end_call(&world, 1);
    world_close(&world);
}

Test(queue_mapping, a_fifo_group_has_one_batch_however_long_its_messages_are)
{
    struct mapping_world world;
    AUTO_BUF body = BUF_INIT(2 << 20);
    open_fifo(&world, "'Enabled':false");
    for (int i = 0; i < 5; i++) {
        buf_clear(&body);
        buf_printf(&body, "{'QueueUrl':'orders.fifo','MessageGroupId':'g','MessageBody':'%d", i);
        for (int k = 0; k < 900000; k++) {
            buf_append_text(&body, "\\n"); /* two bytes in the event */
        }
        buf_append_text(&body, "'}");
        (void)bus_ok(&world.bus, "sqs", "SendMessage", buf_cstr(&body));
    }
    world.is_manual = true;
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_wait_calls(&world, 1);
    bus_advance(&world.bus, 0);
    cr_expect_eq(world.running_most, 1);
    for (size_t i = 0; i < world.count; i++) {
        world_end_call(&world, i);
        bus_advance(&world.bus, 0);
    }
    cr_expect_eq(world.running_most, 1);
    cr_expect_str_eq(counts(&world, "orders.fifo"), "0 0");
    world_close(&world);
}

Test(queue_mapping, a_failing_fifo_group_holds_up_itself_alone)
{
    struct mapping_world world;
    open_fifo(&world, "");
    world.answer = fail_some;
    world.failures = 1;
    send_fifo(&world, "g1", "a1");
    world_wait_calls(&world, 1);
    send_fifo(&world, "g1", "a2");
    send_fifo(&world, "g2", "b1");
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a1|b1");
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(bodies(&world), "a1|b1|a1 a2");
    world_close(&world);
}

Test(queue_mapping, disabling_ends_with_what_runs_and_strands_nothing)
{
    struct mapping_world world;
    open_queue(&world, "", "'BatchSize':5,'MaximumBatchingWindowInSeconds':100");
    world.is_manual = true;
    for (int i = 0; i < 7; i++) {
        send_text(&world, "x");
    }
    world_wait_calls(&world, 1);
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(counts(&world, "orders"), "0 7");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':false}");
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(counts(&world, "orders"), "2 5", "what was gathered went back");
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "State", "'Disabling'"));
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(counts(&world, "orders"), "2 0");
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "State", "'Disabled'"));
    send_text(&world, "y");
    bus_advance(&world.bus, 200000);
    cr_expect_eq(world.count, 1);
    world_close(&world);
}

static void be_stopped(struct mapping_world *world, const struct call *call,
                       struct invoke_result *result)
{
    (void)world;
    (void)call;
    result->outcome = INVOKE_UNAVAILABLE;
}

Test(queue_mapping, what_was_stopped_with_the_program_comes_at_once_with_the_next)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world.is_manual = true;
    send_text(&world, "a");
    world_wait_calls(&world, 1);
    scheduler_stop(world.bus.scheduler);
    world.answer = be_stopped;
    world_end_call(&world, 0);
    world.answer = NULL;
    world.is_manual = false;
    world_reopen(&world);
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a|a");
    cr_expect(json_is(slice_from(world.calls[1]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    world_close(&world);
}

Test(queue_mapping, a_deleted_queue_that_is_made_again_feeds_the_function_again)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world_rest(&world);
    (void)bus_ok(&world.bus, "sqs", "DeleteQueue", "{'QueueUrl':'orders'}");
    world_rest(&world);
    cr_expect(strstr(buf_cstr(&world.bus.notices), "the queue is gone") != NULL);
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'orders'}");
    send_text(&world, "a");
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a");
    world_close(&world);
}

Test(queue_mapping, a_queue_that_is_deleted_while_the_function_runs_is_no_trouble)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world.is_manual = true;
    send_text(&world, "a");
    world_wait_calls(&world, 1);
    (void)bus_ok(&world.bus, "sqs", "DeleteQueue", "{'QueueUrl':'orders'}");
    world_end_call(&world, 0);
    world_rest(&world);
    world.is_manual = false;
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'orders'}");
    send_text(&world, "b");
    world_rest(&world);
    cr_expect_str_eq(bodies(&world), "a|b");
    world_close(&world);
}

Test(queue_mapping, what_ran_for_a_deleted_queue_deletes_nothing_of_its_namesake)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world.is_manual = true;
    send_text(&world, "a");
    world_wait_calls(&world, 1);
    (void)bus_ok(&world.bus, "sqs", "DeleteQueue", "{'QueueUrl':'orders'}");
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'orders'}");
    send_text(&world, "b");
    world_wait_calls(&world, 2);
    world_end_call(&world, 0);
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(counts(&world, "orders"), "0 1");
    world.failures = 1;
    world.answer = fail_some;
    world_end_call(&world, 1);
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(bodies(&world), "a|b|b");
    world_end_call(&world, 2);
    world_close(&world);
}

Test(queue_mapping, holds_a_message_as_its_queue_says_when_it_comes)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world_rest(&world);
    (void)bus_ok(&world.bus, "sqs", "SetQueueAttributes",
                 "{'QueueUrl':'orders','Attributes':{'VisibilityTimeout':'100'}}");
    world.is_manual = true;
    send_text(&world, "a");
    world_wait_calls(&world, 1);
    bus_advance(&world.bus, 90000);
    cr_expect_eq(world.count, 1);
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    cr_expect(json_is(slice_from(world.calls[0]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    world_close(&world);
}

Test(queue_mapping, lets_go_of_what_it_gathered_when_there_is_no_room_for_it)
{
    struct mapping_world world;
    open_queue(&world, "", "'MaximumBatchingWindowInSeconds':10");
    send_text(&world, "a");
    bus_advance(&world.bus, 5000);
    cr_expect_str_eq(counts(&world, "orders"), "0 1");
    world.available = 0;
    bus_advance(&world.bus, 5000);
    cr_expect_str_eq(counts(&world, "orders"), "1 0");
    world.available = 1;
    world_end_other(&world);
    bus_advance(&world.bus, 10000);
    cr_expect_str_eq(bodies(&world), "a");
    cr_expect(json_is(slice_from(world.calls[0]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    world_close(&world);
}

Test(queue_mapping, deletes_what_is_done_as_soon_as_the_disk_takes_it)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world.is_manual = true;
    send_text(&world, "a");
    world_wait_calls(&world, 1);
    bus_fill_disk(true);
    world_end_call(&world, 0);
    bus_advance(&world.bus, 5000);
    cr_expect_str_eq(counts(&world, "orders"), "0 1");
    bus_fill_disk(false);
    bus_advance(&world.bus, 60000);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    cr_expect_eq(world.count, 1);
    world_close(&world);
}

Test(queue_mapping, stops_on_a_full_disk)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    world.is_manual = true;
    send_text(&world, "a");
    world_wait_calls(&world, 1);
    bus_fill_disk(true);
    world_end_call(&world, 0);
    bus_advance(&world.bus, 1000);
    bus_fill_disk(false); /* for what else is closed */
    world_reopen(&world);
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(bodies(&world), "a|a");
    world_end_call(&world, 1);
    world_close(&world);
}

Test(queue_mapping, nobody_waits_for_room_once_a_mapping_is_disabled)
{
    struct mapping_world world;
    world_open(&world);
    world.available = 0;
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'orders'}");
    (void)snprintf(world.stream_arn, sizeof world.stream_arn, QUEUE_ARN);
    world_map(&world, "");
    world_rest(&world);
    cr_expect_not_null(world.watches);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':false}");
    world_rest(&world);
    cr_expect_null(world.watches);
    world_close(&world);
}

/* The function sends what it gets to its own queue, with the trace it was given. */
static void run_in_circles(struct mapping_world *world, size_t rounds)
{
    char trace[1024] = "";
    world->is_manual = true;
    send_text(world, "ball");
    world_wait_calls(world, 1);
    for (size_t i = 0; i < rounds && world->count > i; i++) {
        char body[1400];
        (void)snprintf(trace, sizeof trace, "%s", world->calls[i]->trace);
        (void)snprintf(body, sizeof body,
                       "{'QueueUrl':'orders','MessageBody':'ball','MessageSystemAttributes':{"
                       "'AWSTraceHeader':{'DataType':'String','StringValue':'%s'}}}",
                       trace[0] != '\0' ? trace : "Root=1-5e3d83c1-e6a0db584850d61342823d4c");
        (void)bus_ok(&world->bus, "sqs", "SendMessage", body);
        world_end_call(world, i);
        bus_advance(&world->bus, 1000);
    }
}

Test(queue_mapping, a_message_that_goes_in_circles_is_stopped)
{
    struct mapping_world world;
    open_queue(&world, "", "");
    run_in_circles(&world, 40);
    cr_expect_geq(world.count, 16);
    cr_expect_leq(world.count, 18, "%zu", world.count);
    cr_expect(strstr(buf_cstr(&world.bus.notices), "a message was stopped") != NULL);
    cr_expect_str_eq(counts(&world, "orders"), "0 0");
    world_close(&world);
}

/* --- whatever happens --- */

struct orders {
    int sent[4], taken[4];
    bool is_calm;
    char answer[2000];
};

static int number_of(const struct call *call, size_t record, int *ret_group)
{
    char path[64];
    (void)snprintf(path, sizeof path, "Records.%zu.body", record);
    struct slice body = call_at(call, path); /* "g3 17" */
    int64_t number = -1;
    *ret_group = body.ptr[2] - '0';
    cr_assert(slice_to_i64(slice_of(body.ptr + 4, body.len - 5), &number));
    return (int)number;
}

static void take(struct orders *orders, const struct call *call, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int group;
        int number = number_of(call, i, &group);
        cr_assert_leq(number, orders->taken[group], "group %d: %d was skipped", group,
                      orders->taken[group]);
        orders->taken[group] += number == orders->taken[group];
    }
}

/* As functions of FIFO queues do: the first that failed, and all behind it. */
static const char *report_from(struct orders *orders, const struct call *call, size_t at,
                               size_t count)
{
    AUTO_BUF json = BUF_INIT(sizeof orders->answer - 1);
    buf_append_text(&json, "{\"batchItemFailures\":[");
    for (size_t i = at; i < count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "Records.%zu.messageId", i);
        buf_printf(&json, "%s{\"itemIdentifier\":%.*s}", i > at ? "," : "",
                   SLICE_ARG(call_at(call, path)));
    }
    buf_append_text(&json, "]}");
    (void)snprintf(orders->answer, sizeof orders->answer, "%.*s", SLICE_ARG(buf_slice(&json)));
    return orders->answer;
}

static void answer_orders(struct mapping_world *world, const struct call *call,
                          struct invoke_result *result)
{
    struct orders *orders = world->ctx;
    int dice = orders->is_calm ? 9 : rand() % 10;
    if (dice < 2) {
        result->outcome = INVOKE_FUNCTION_ERROR;
    } else if (dice < 3) {
        result->outcome = INVOKE_THROTTLED;
    } else if (dice < 6) {
        size_t count = call_records(call), at = (size_t)rand() % count;
        take(orders, call, at);
        result->payload = slice_from(report_from(orders, call, at, count));
    } else {
        take(orders, call, call_records(call));
    }
}

static void disturb(struct mapping_world *world)
{
    char body[64];
    switch (rand() % 8) {
    case 0:
        world_reopen(world);
        break;
    case 1:
        bus_fill_disk(true);
        bus_advance(&world->bus, rand() % 5000);
        bus_fill_disk(false);
        break;
    case 2:
        (void)world_call(world, "UpdateEventSourceMapping", "{'Enabled':false}");
        break;
    case 3:
        (void)world_call(world, "UpdateEventSourceMapping", "{'Enabled':true}");
        break;
    case 4:
        (void)snprintf(body, sizeof body, "{'BatchSize':%d}", 1 + rand() % 10);
        (void)world_call(world, "UpdateEventSourceMapping", body);
        break;
    default:
        break;
    }
    bus_advance(&world->bus, rand() % 20000);
}

Test(queue_mapping, every_message_is_taken_and_those_of_a_group_in_order)
{
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct mapping_world world;
        struct orders orders = {.is_calm = false};
        srand(seed);
        open_fifo(&world, "'FunctionResponseTypes':['ReportBatchItemFailures']");
        world.answer = answer_orders;
        world.ctx = &orders;
        for (int step = 0; step < 20; step++) {
            for (int i = rand() % 8; i > 0; i--) {
                char group[8], text[32];
                int number = rand() % 4;
                (void)snprintf(group, sizeof group, "g%d", number);
                (void)snprintf(text, sizeof text, "g%d %d", number, orders.sent[number]++);
                send_fifo(&world, group, text);
            }
            disturb(&world);
        }
        orders.is_calm = true;
        world_rest(&world);
        (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
        bus_advance(&world.bus, 120000);
        for (int group = 0; group < 4; group++) {
            cr_assert_eq(orders.taken[group], orders.sent[group], "seed %u, group %d: %d of %d",
                         seed, group, orders.taken[group], orders.sent[group]);
        }
        cr_expect_str_eq(counts(&world, "orders.fifo"), "0 0", "seed %u", seed);
        world_close(&world);
    }
}
