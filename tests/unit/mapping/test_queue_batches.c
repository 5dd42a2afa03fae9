/* How many messages a batch has, how many batches run at once, and when: of standard queues. */
#include "queue_world.h"

#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>

Test(queue_batches, batches_by_size_and_uses_the_room_there_is)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'Enabled':false,'BatchSize':4");
    for (int i = 0; i < 10; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        world_send(&world, text);
    }
    world.is_manual = true;
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_wait_calls(&world, 3);
    cr_expect_str_eq(world_bodies(&world), "0 1 2 3|4 5 6 7|8 9");
    cr_expect_eq(world.running, 3);
    for (size_t i = 0; i < 3; i++) {
        world_end_call(&world, i);
    }
    world_rest(&world);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, runs_more_batches_at_once_the_longer_there_are_messages)
{
    struct mapping_world world;
    world_open_queue(&world, "'VisibilityTimeout':'600'", "'BatchSize':1");
    world.is_manual = true;
    for (int i = 0; i < 23; i++) {
        world_send(&world, "x");
    }
    world_wait_calls(&world, 5);
    bus_advance(&world.bus, 999);
    cr_expect_eq(world.count, 5);
    bus_advance(&world.bus, 1);
    world_wait_calls(&world, 10);
    world_end_calls(&world, 0, 5);
    world_wait_calls(&world, 15);
    bus_advance(&world.bus, 999);
    cr_expect_eq(world.running, 10);
    bus_advance(&world.bus, 1);
    world_wait_calls(&world, 20);
    cr_expect_eq(world.running, 15);
    bus_advance(&world.bus, 1000);
    world_wait_calls(&world, 23); /* that was the last: the queue is empty */
    world_end_calls(&world, 5, 23);
    world_rest(&world);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    for (int i = 0; i < 9; i++) {
        world_send(&world, "y");
    }
    world_wait_calls(&world, 28);
    bus_advance(&world.bus, 999);
    cr_expect_eq(world.running, 5, "few at first, again");
    world_end_calls(&world, 23, 28);
    world_wait_calls(&world, 32);
    world_end_calls(&world, 28, 32);
    world_rest(&world);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, provisioned_pollers_have_ten_batches_each)
{
    struct mapping_world world;
    world_open_queue(
        &world, "'VisibilityTimeout':'600'",
        "'BatchSize':1,'ProvisionedPollerConfig':{'MinimumPollers':2,'MaximumPollers':3}");
    world.is_manual = true;
    for (int i = 0; i < 35; i++) {
        world_send(&world, "x");
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
    world_end_calls(&world, 0, 10);
    bus_advance(&world.bus, 5000);
    cr_expect_eq(world.running, 20, "not more than that now");
    world_end_calls(&world, 10, 30);
    world_wait_calls(&world, 35);
    world_end_calls(&world, 30, 35);
    world_rest(&world);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, gathers_until_the_batching_window_ends_or_the_batch_is_full)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'BatchSize':12,'MaximumBatchingWindowInSeconds':10");
    world_send(&world, "a");
    bus_advance(&world.bus, 4000);
    world_send(&world, "b");
    bus_advance(&world.bus, 5999);
    cr_expect_eq(world.count, 0);
    bus_advance(&world.bus, 1);
    cr_expect_str_eq(world_bodies(&world), "a b");
    cr_expect_eq(world.calls[0]->at_ms, 10000);
    for (int i = 0; i < 13; i++) {
        world_send(&world, "x");
    }
    world_rest(&world);
    cr_assert_eq(world.count, 2, "full before the window's end");
    cr_expect_eq(call_records(world.calls[1]), 12);
    bus_advance(&world.bus, 10000);
    cr_assert_eq(world.count, 3);
    cr_expect_eq(call_records(world.calls[2]), 1);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, what_full_batches_leave_has_a_window_of_its_own)
{
    struct mapping_world world;
    AUTO_BUF body = BUF_INIT(2000);
    world_open_queue(&world, "", "'BatchSize':5,'MaximumBatchingWindowInSeconds':10");
    world_send(&world, "a");
    bus_advance(&world.bus, 9000);
    buf_append_text(&body, "{'QueueUrl':'orders','Entries':[");
    for (int i = 0; i < 10; i++) {
        buf_printf(&body, "%s{'Id':'%d','MessageBody':'%d'}", i > 0 ? "," : "", i, i);
    }
    buf_append_text(&body, "]}");
    (void)bus_ok(&world.bus, "sqs", "SendMessageBatch", buf_cstr(&body));
    world_wait_calls(&world, 2);
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a 0 1 2 3|4 5 6 7 8");
    bus_advance(&world.bus, 9999);
    cr_expect_eq(world.count, 2);
    bus_advance(&world.bus, 1);
    cr_expect_str_eq(world_bodies(&world), "a 0 1 2 3|4 5 6 7 8|9");
    cr_expect_eq(world.calls[2]->at_ms, 19000);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, a_smaller_batch_size_ends_the_gathering)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'BatchSize':12,'MaximumBatchingWindowInSeconds':100");
    for (int i = 0; i < 5; i++) {
        world_send(&world, "x");
    }
    bus_advance(&world.bus, 1000);
    cr_expect_eq(world.count, 0);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':3}");
    world_rest(&world);
    cr_assert_eq(world.count, 1, "at once");
    cr_expect_str_eq(world_bodies(&world), "x x x");
    world_send(&world, "y");
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "x x x|x x y");
    cr_expect(json_is(slice_from(world.calls[1]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, a_smaller_batch_size_holds_for_what_comes_with_the_change)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'BatchSize':12,'MaximumBatchingWindowInSeconds':100");
    for (int i = 0; i < 5; i++) {
        world_send(&world, "x");
    }
    bus_advance(&world.bus, 1000);
    bus_hold_writer(&world.bus, 50);
    (void)bus_call(&world.bus, "sqs", "SendMessage", "{'QueueUrl':'orders','MessageBody':'y'}");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':4}");
    bus_advance(&world.bus, 100000);
    for (size_t i = 0; i < world.count; i++) {
        cr_expect_leq(call_records(world.calls[i]), 4, "%s", world_bodies(&world));
    }
    cr_expect_eq(world.count, 2);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, holds_messages_long_enough_to_gather_and_run)
{
    struct mapping_world world;
    world_open(&world);
    world.timeout_ms = 10000;
    (void)bus_ok(&world.bus, "sqs", "CreateQueue",
                 "{'QueueName':'orders','Attributes':{'VisibilityTimeout':'15'}}");
    (void)snprintf(world.stream_arn, sizeof world.stream_arn, QUEUE_ARN);
    world_map(&world, "'MaximumBatchingWindowInSeconds':20");
    world.is_manual = true;
    world_send(&world, "a");
    bus_advance(&world.bus, 20000);
    cr_assert_eq(world.count, 1);
    bus_advance(&world.bus, 9000);
    cr_expect_eq(world.count, 1, "it was not visible again before the function ended");
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, maximum_concurrency_caps_what_is_received)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'BatchSize':1,'ScalingConfig':{'MaximumConcurrency':2}");
    world.is_manual = true;
    for (int i = 0; i < 5; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        world_send(&world, text);
    }
    world_wait_calls(&world, 2);
    bus_advance(&world.bus, 1000);
    cr_expect_eq(world.count, 2);
    cr_expect_str_eq(world_counts(&world, "orders"), "3 2");
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
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    world_close(&world);
}

Test(queue_batches, receives_nothing_while_the_function_has_no_room)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'BatchSize':1");
    world_rest(&world);
    world.available = 0; /* others use it up; the poller waits for messages already */
    world_send(&world, "a");
    bus_advance(&world.bus, 60000);
    cr_expect_eq(world.count, 0);
    cr_expect_str_eq(world_counts(&world, "orders"), "1 0");
    world.available = 1;
    world_end_other(&world);
    world_wait_calls(&world, 1);
    cr_expect(json_is(slice_from(world.calls[0]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"),
              "no receive was used up in vain");
    world_close(&world);
}

Test(queue_batches, holds_a_message_as_its_queue_says_when_it_comes)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world_rest(&world);
    (void)bus_ok(&world.bus, "sqs", "SetQueueAttributes",
                 "{'QueueUrl':'orders','Attributes':{'VisibilityTimeout':'100'}}");
    world.is_manual = true;
    world_send(&world, "a");
    world_wait_calls(&world, 1);
    bus_advance(&world.bus, 90000);
    cr_expect_eq(world.count, 1);
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    cr_expect(json_is(slice_from(world.calls[0]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    world_close(&world);
}

Test(queue_batches, lets_go_of_what_it_gathered_when_there_is_no_room_for_it)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'MaximumBatchingWindowInSeconds':10");
    world_send(&world, "a");
    bus_advance(&world.bus, 5000);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 1");
    world.available = 0;
    bus_advance(&world.bus, 5000);
    cr_expect_str_eq(world_counts(&world, "orders"), "1 0");
    world.available = 1;
    world_end_other(&world);
    bus_advance(&world.bus, 10000);
    cr_expect_str_eq(world_bodies(&world), "a");
    cr_expect(json_is(slice_from(world.calls[0]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    world_close(&world);
}

Test(queue_batches, nobody_waits_for_room_once_a_mapping_is_disabled)
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
