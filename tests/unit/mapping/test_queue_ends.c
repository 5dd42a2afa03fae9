/* Mappings of queues that are disabled, stopped or lose their queue, and a full disk. */
#include "queue_world.h"

#include "tests/support/json_path.h"

#include <criterion/criterion.h>

Test(queue_ends, disabling_ends_with_what_runs_and_strands_nothing)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'BatchSize':5,'MaximumBatchingWindowInSeconds':100");
    world.is_manual = true;
    for (int i = 0; i < 7; i++) {
        world_send(&world, "x");
    }
    world_wait_calls(&world, 1);
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 7");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':false}");
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(world_counts(&world, "orders"), "2 5", "what was gathered went back");
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "State", "'Disabling'"));
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(world_counts(&world, "orders"), "2 0");
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "State", "'Disabled'"));
    world_send(&world, "y");
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

Test(queue_ends, what_was_stopped_with_the_program_comes_at_once_with_the_next)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world.is_manual = true;
    world_send(&world, "a");
    world_wait_calls(&world, 1);
    scheduler_stop(world.bus.scheduler);
    world.answer = be_stopped;
    world_end_call(&world, 0);
    world.answer = NULL;
    world.is_manual = false;
    world_reopen(&world);
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a|a");
    cr_expect(json_is(slice_from(world.calls[1]->payload),
                      "Records.0.attributes.ApproximateReceiveCount", "'1'"));
    world_close(&world);
}

Test(queue_ends, a_deleted_queue_that_is_made_again_feeds_the_function_again)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world_rest(&world);
    (void)bus_ok(&world.bus, "sqs", "DeleteQueue", "{'QueueUrl':'orders'}");
    world_rest(&world);
    cr_expect(strstr(buf_cstr(&world.bus.notices), "the queue is gone") != NULL);
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'orders'}");
    world_send(&world, "a");
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a");
    world_close(&world);
}

Test(queue_ends, a_queue_that_is_deleted_while_the_function_runs_is_no_trouble)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world.is_manual = true;
    world_send(&world, "a");
    world_wait_calls(&world, 1);
    (void)bus_ok(&world.bus, "sqs", "DeleteQueue", "{'QueueUrl':'orders'}");
    world_end_call(&world, 0);
    world_rest(&world);
    world.is_manual = false;
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'orders'}");
    world_send(&world, "b");
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a|b");
    world_close(&world);
}

Test(queue_ends, what_ran_for_a_deleted_queue_deletes_nothing_of_its_namesake)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world.is_manual = true;
    world_send(&world, "a");
    world_wait_calls(&world, 1);
    (void)bus_ok(&world.bus, "sqs", "DeleteQueue", "{'QueueUrl':'orders'}");
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'orders'}");
    world_send(&world, "b");
    world_wait_calls(&world, 2);
    world_end_call(&world, 0);
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 1");
    world.failures = 1;
    world.answer = world_fail_some;
    world_end_call(&world, 1);
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(world_bodies(&world), "a|b|b");
    world_end_call(&world, 2);
    world_close(&world);
}

Test(queue_ends, deletes_what_is_done_as_soon_as_the_disk_takes_it)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world.is_manual = true;
    world_send(&world, "a");
    world_wait_calls(&world, 1);
    bus_fill_disk(true);
    world_end_call(&world, 0);
    bus_advance(&world.bus, 5000);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 1");
    bus_fill_disk(false);
    bus_advance(&world.bus, 60000);
    cr_expect_str_eq(world_counts(&world, "orders"), "0 0");
    cr_expect_eq(world.count, 1);
    world_close(&world);
}

Test(queue_ends, stops_on_a_full_disk)
{
    struct mapping_world world;
    world_open_queue(&world, "", "");
    world.is_manual = true;
    world_send(&world, "a");
    world_wait_calls(&world, 1);
    bus_fill_disk(true);
    world_end_call(&world, 0);
    bus_advance(&world.bus, 1000);
    bus_fill_disk(false); /* for what else is closed */
    world_reopen(&world);
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(world_bodies(&world), "a|a");
    world_end_call(&world, 1);
    world_close(&world);
}
