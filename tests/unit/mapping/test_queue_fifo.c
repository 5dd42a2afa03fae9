/* FIFO queues that feed a function; and the order of groups, whatever happens. */
#include "queue_world.h"

#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

Test(queue_fifo, a_fifo_group_has_one_batch_and_groups_go_side_by_side)
{
    struct mapping_world world;
    world_open_fifo(&world, "'BatchSize':2");
    world.is_manual = true;
    world_send_fifo(&world, "g1", "a1");
    world_wait_calls(&world, 1);
    world_send_fifo(&world, "g1", "a2");
    world_send_fifo(&world, "g2", "b1");
    world_wait_calls(&world, 2);
    world_send_fifo(&world, "g1", "a3");
    bus_advance(&world.bus, 1000);
    cr_expect_str_eq(world_bodies(&world), "a1|b1");
    world_end_call(&world, 0);
    world_wait_calls(&world, 3);
    cr_expect_str_eq(world_bodies(&world), "a1|b1|a2 a3");
    world_end_call(&world, 1);
    world_end_call(&world, 2);
    world_rest(&world);
    struct slice event = slice_from(world.calls[2]->payload);
    cr_expect(json_is(event, "Records.0.attributes.MessageGroupId", "'g1'"));
    cr_expect_eq(json_at(event, "Records.0.attributes.SequenceNumber").len, 22);
    cr_expect_gt(json_at(event, "Records.0.attributes.MessageDeduplicationId").len, 2);
    cr_expect_str_eq(world_counts(&world, "orders.fifo"), "0 0");
    world_close(&world);
}

/* What waits for messages may have been told of a larger batch; and the event of a batch may be too long. */
Test(queue_fifo, a_fifo_group_has_one_batch_although_it_came_in_more_messages)
{
    struct mapping_world world;
    world_open_fifo(&world, "");
    world_rest(&world);
    world.is_manual = true;
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':2}");
    (void)bus_ok(&world.bus, "sqs", "SendMessageBatch",
                 "{'QueueUrl':'orders.fifo','Entries':["
                 "{'Id':'a','MessageBody':'a','MessageGroupId':'g'},"
                 "{'Id':'b','MessageBody':'b','MessageGroupId':'g'},"
                 "{'Id':'c','MessageBody':'c','MessageGroupId':'g'}]}");
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a b");
    world_end_call(&world, 0);
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a b|c");
    world_end_call(&world, 1);
    world_close(&world);
}

Test(queue_fifo, a_fifo_group_has_one_batch_however_long_its_messages_are)
{
    struct mapping_world world;
    AUTO_BUF body = BUF_INIT(2 << 20);
    world_open_fifo(&world, "'Enabled':false");
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
    cr_expect_str_eq(world_counts(&world, "orders.fifo"), "0 0");
    world_close(&world);
}

Test(queue_fifo, a_failing_fifo_group_holds_up_itself_alone)
{
    struct mapping_world world;
    world_open_fifo(&world, "");
    world.answer = world_fail_some;
    world.failures = 1;
    world_send_fifo(&world, "g1", "a1");
    world_wait_calls(&world, 1);
    world_send_fifo(&world, "g1", "a2");
    world_send_fifo(&world, "g2", "b1");
    world_rest(&world);
    cr_expect_str_eq(world_bodies(&world), "a1|b1");
    bus_advance(&world.bus, 30000);
    cr_expect_str_eq(world_bodies(&world), "a1|b1|a1 a2");
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
    int dice = rand() % 8;
    if (!world_disturb(world, dice) && dice == 4) {
        (void)snprintf(body, sizeof body, "{'BatchSize':%d}", 1 + rand() % 10);
        (void)world_call(world, "UpdateEventSourceMapping", body);
    }
    bus_advance(&world->bus, rand() % 20000);
}

Test(queue_fifo, every_message_is_taken_and_those_of_a_group_in_order)
{
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct mapping_world world;
        struct orders orders = {.is_calm = false};
        srand(seed);
        world_open_fifo(&world, "'FunctionResponseTypes':['ReportBatchItemFailures']");
        world.answer = answer_orders;
        world.ctx = &orders;
        for (int step = 0; step < 20; step++) {
            for (int i = rand() % 8; i > 0; i--) {
                char group[8], text[32];
                int number = rand() % 4;
                (void)snprintf(group, sizeof group, "g%d", number);
                (void)snprintf(text, sizeof text, "g%d %d", number, orders.sent[number]++);
                world_send_fifo(&world, group, text);
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
        cr_expect_str_eq(world_counts(&world, "orders.fifo"), "0 0", "seed %u", seed);
        world_close(&world);
    }
}
