/* Queues that feed a function, over the real SQS. */
#include "queue_world.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(queue_mapping, delivers_what_is_sent_at_once_and_deletes_it)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world_rest(&world);
    world_send(&world, "a");
    world_wait_calls(&world, 1);
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a");
    cr_expect_eq(world.calls[0]->at_ms, 0);
    cr_expect_str_eq(world.calls[0]->source, "sqs orders");
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
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
        world_open_queue(&world, "", rows[i].settings);
        world_send(&world, "a \\'b\\'");
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
    world_open_queue(&world, "'VisibilityTimeout':'8'", "'BatchSize':1");
    world.answer = world_fail_some;
    world.failures = 1;
    world_send(&world, "a");
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
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_mapping, a_poison_message_ends_among_the_dead_letters)
{
    struct mapping_world world;
    world_open_queue(
        &world,
        "'VisibilityTimeout':'5','RedrivePolicy':'{\\'deadLetterTargetArn\\':\\'" DEAD_ARN
        "\\',\\'maxReceiveCount\\':2}'",
        "");
    world.answer = world_fail_some;
    world.failures = 1000;
    world_send(&world, "bad");
    bus_advance(&world.bus, 60000);
    cr_expect_eq(world.count, 2);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    cr_expect_str_eq(world_counts(&world, "dead"), "1 0");
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
    world_open_queue(&world, "",
                     "'Enabled':false,'FunctionResponseTypes':['ReportBatchItemFailures']");
    world.answer = report_bad;
    world_send(&world, "a");
    world_send(&world, "bad");
    world_send(&world, "c");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a bad c");
    cr_expect_str_eq(world_counts(&world, "orders"), "0 1");
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(world_bodies(&world), "a bad c|bad");
    world_close(&world);
}

Test(queue_mapping, a_missing_function_leaves_messages_where_they_are)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'Enabled':false");
    world_send(&world, "a");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world.has_no_function = true;
    world_reopen(&world);
    bus_advance(&world.bus, 100000);
    cr_expect_eq(world.count, 0);
    cr_expect_str_eq(world_counts(&world, "orders"), "1 0");
    world.has_no_function = false;
    world_end_other(&world);
    world_wait_calls(&world, 1);
    world_close(&world);
}

Test(queue_mapping, goes_on_when_a_deployment_brings_the_function)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world.has_no_function = true;
    world_send(&world, "a");
    world_rest(&world);
    cr_expect_eq(world.count, 0);
    world.has_no_function = false;
    cr_expect_str_eq(bus_deploy(&world.bus, "AWS::Lambda::Function", "f", "{}"), "");
    bus_advance(&world.bus, 60000);
    cr_expect_str_eq(world_bodies(&world), "a");
    world_close(&world);
}

Test(queue_mapping, filtered_messages_are_deleted)
{
    struct mapping_world world;
    world_open_queue(
        &world, "",
        "'FilterCriteria':{'Filters':[{'Pattern':'{\\'body\\':{\\'n\\':[{\\'numeric\\':[\\'>"
        "\\',100]}]}}'}]}");
    world_send(&world, "{\\'n\\':99}");
    world_send(&world, "{\\'n\\':101}");
    world_send(&world, "no JSON");
    world_rest(&world);
    cr_expect_eq(world.count, 1);
    cr_expect(json_is(slice_from(world.calls[0]->payload), "Records.0.body", "'{\\'n\\':101}'"));
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

/* The function sends what it gets to its own queue, with the trace it was given. */
static void run_in_circles(struct mapping_world *world, size_t rounds)
{
    char trace[1024] = "";
    world->is_manual = true;
    world_send(world, "ball");
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
    world_open_queue(&world, "", "");
    run_in_circles(&world, 40);
    cr_expect_geq(world.count, 16);
    cr_expect_leq(world.count, 18, "%zu", world.count);
    cr_expect(strstr(buf_cstr(&world.bus.notices), "a message was stopped") != NULL);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}
