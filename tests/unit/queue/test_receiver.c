/* Who waits, and what wakes him. */
#include "queue_world.h"

#include "core/mem.h"
#include "scheduler/queue/queue_private.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct queue_world world;
static struct queue *queue;
static uint64_t id;

struct waiter {
    struct receiver receiver;
    bool is_done;
    enum status status;
    char got[256];
    int64_t done_ms;
};

static void setup(void)
{
    queue_world_begin(&world);
    id = make_queue(&world);
    queue = open_queue(&world, id);
}

static void teardown(void)
{
    queue_world_end(&world);
}

TestSuite(receiver, .init = setup, .fini = teardown);

static void on_messages(struct receiver *receiver, enum status status)
{
    struct waiter *waiter = CONTAINER_OF(receiver, struct waiter, receiver);
    cr_assert_not(waiter->is_done, "exactly once");
    waiter->is_done = true;
    waiter->status = status;
    waiter->done_ms = clock_epoch_ms(&world.clock) - START_MS;
    size_t len = 0;
    waiter->got[0] = '\0';
    for (size_t i = 0; i < receiver->take.count; i++) {
        struct slice body = receiver->take.messages[i].body;
        len += (size_t)snprintf(waiter->got + len, sizeof waiter->got - len, "%s%.*s",
                                i > 0 ? " " : "", SLICE_ARG(body));
    }
}

static void receive(struct waiter *waiter, uint32_t max, int64_t wait_ms)
{
    waiter->is_done = false;
    waiter->receiver.take.max = max;
    waiter->receiver.take.hold_ms = 30000;
    waiter->receiver.wait_ms = wait_ms;
    waiter->receiver.on_messages = on_messages;
    queue_receive(queue, &waiter->receiver);
    cr_expect_not(waiter->is_done, "never inside the call");
}

static void expect(const struct waiter *waiter, enum status status, const char *got,
                   int64_t done_ms)
{
    cr_expect(waiter->is_done, "\"%s\" is awaited", got);
    cr_expect_eq(waiter->status, status, "%s", status_name(waiter->status));
    cr_expect_str_eq(waiter->got, got);
    cr_expect_eq(waiter->done_ms, done_ms, "%lld", (long long)waiter->done_ms);
}

Test(receiver, gets_what_is_there_and_does_not_wait_for_more)
{
    struct waiter waiter = {.is_done = false};
    put_text(&world, queue, "", "a");
    put_text(&world, queue, "", "b");
    receive(&waiter, 10, 20000);
    settle_down(&world);
    expect(&waiter, STATUS_OK, "a b", 0);
    receiver_finish(&waiter.receiver);
}

Test(receiver, ends_with_nothing_when_its_time_is_up)
{
    struct waiter none = {.is_done = false}, second = {.is_done = false};
    receive(&none, 10, 0);
    settle_down(&world);
    expect(&none, STATUS_OK, "", 0);
    receive(&none, 10, 0); /* it is known by now that nothing is there */
    receive(&second, 10, 1000);
    turn(&world, 999);
    expect(&none, STATUS_OK, "", 0);
    cr_expect_not(second.is_done);
    turn(&world, 1);
    expect(&second, STATUS_OK, "", 1000);
    receiver_finish(&none.receiver);
    receiver_finish(&second.receiver);
}

Test(receiver, is_woken_by_a_put_a_lapse_a_delay_and_a_return)
{
    struct waiter waiter = {.is_done = false};
    receive(&waiter, 10, 60000);
    turn(&world, 1000);
    put_text(&world, queue, "", "put");
    settle_down(&world);
    expect(&waiter, STATUS_OK, "put", 1000);

    receive(&waiter, 10, 60000);
    turn(&world, 60000);
    expect(&waiter, STATUS_OK, "put", 31000);
    cr_expect_eq(drop(&world, queue, waiter.receiver.take.messages[0].receipt, false), STATUS_OK);

    put_with(&world, queue, (struct queue_put){.delay_ms = 700, .body = SLICE("late")});
    receive(&waiter, 10, 60000);
    turn(&world, 1000);
    expect(&waiter, STATUS_OK, "late", 61700);

    struct queue_receipt receipt = waiter.receiver.take.messages[0].receipt;
    receive(&waiter, 10, 60000);
    settle_down(&world);
    cr_expect_eq(hide(&world, queue, receipt, 0), STATUS_OK);
    settle_down(&world);
    cr_expect(waiter.is_done);
    cr_expect_str_eq(waiter.got, "late");
    receiver_finish(&waiter.receiver);
}

Test(receiver, is_woken_in_the_order_of_coming)
{
    struct waiter waiters[3] = {{.is_done = false}};
    for (size_t i = 0; i < 3; i++) {
        receive(&waiters[i], 1, 60000);
    }
    settle_down(&world);
    put_text(&world, queue, "", "a");
    put_text(&world, queue, "", "b");
    settle_down(&world);
    expect(&waiters[0], STATUS_OK, "a", 0);
    expect(&waiters[1], STATUS_OK, "b", 0);
    cr_expect_not(waiters[2].is_done);
    receiver_cancel(&waiters[2].receiver);
    settle_down(&world);
    expect(&waiters[2], STATUS_CANCELLED, "", 0);
    for (size_t i = 0; i < 3; i++) {
        receiver_finish(&waiters[i].receiver);
    }
}

Test(receiver, all_that_lapses_at_once_wakes_as_many_as_it_takes)
{
    struct waiter waiters[5] = {{.is_done = false}};
    for (int i = 0; i < 5; i++) {
        put_with(&world, queue, (struct queue_put){.delay_ms = 1000, .body = SLICE("x")});
    }
    for (size_t i = 0; i < 5; i++) {
        receive(&waiters[i], 1, 60000);
    }
    turn(&world, 1000);
    for (size_t i = 0; i < 5; i++) {
        expect(&waiters[i], STATUS_OK, "x", 1000);
        receiver_finish(&waiters[i].receiver);
    }
}

Test(receiver, that_leaves_while_parked_takes_nothing)
{
    struct waiter waiter = {.is_done = false};
    receive(&waiter, 10, 20000);
    settle_down(&world);
    receiver_cancel(&waiter.receiver);
    cr_expect_not(waiter.is_done, "never inside the call");
    put_text(&world, queue, "", "a");
    settle_down(&world);
    expect(&waiter, STATUS_CANCELLED, "", 0);
    cr_expect_str_eq(counted(&world, queue), "visible 1 held 0 delayed 0");
    receiver_finish(&waiter.receiver);
}

Test(receiver, that_leaves_while_taking_gives_back_as_if_nothing_had_been)
{
    struct waiter waiter = {.is_done = false}, other = {.is_done = false};
    put_text(&world, queue, "", "a");
    receive(&waiter, 10, 20000);
    receiver_cancel(&waiter.receiver);
    receive(&other, 10, 20000);
    settle_down(&world);
    expect(&waiter, STATUS_CANCELLED, "", 0);
    expect(&other, STATUS_OK, "a", 0);
    cr_expect_eq(other.receiver.take.messages[0].receipt.receives, 1);
    receiver_finish(&waiter.receiver);
    receiver_finish(&other.receiver);
}

Test(receiver, hears_that_its_queue_is_closed)
{
    struct waiter parked = {.is_done = false}, taking = {.is_done = false};
    receive(&parked, 10, 20000);
    settle_down(&world);
    put_text(&world, queue, "", "a");
    receive(&taking, 10, 20000);
    queue_close(queue);
    settle_down(&world);
    cr_expect_eq(taking.status, STATUS_NOT_FOUND);
    cr_expect(parked.is_done && taking.is_done);
    queue = open_queue(&world, id);
    cr_expect_str_eq(taking.got, "");
    receiver_finish(&parked.receiver);
    receiver_finish(&taking.receiver);
}

Test(receiver, costs_no_write_while_nothing_is_there)
{
    struct waiter waiters[4] = {{.is_done = false}};
    struct engine_stats before, after;
    receive(&waiters[0], 1, 0);
    settle_down(&world);
    engine_stats(world.engine, &before);
    for (size_t i = 0; i < 4; i++) {
        receive(&waiters[i], 1, 1000);
    }
    turn(&world, 1000);
    engine_stats(world.engine, &after);
    cr_expect_eq(after.jobs, before.jobs);
    cr_expect_not(alarm_is_set(&queue->wake));
    for (size_t i = 0; i < 4; i++) {
        expect(&waiters[i], STATUS_OK, "", 1000);
        receiver_finish(&waiters[i].receiver);
    }
}

Test(receiver, gets_dead_letters_as_they_come)
{
    uint64_t source_id = make_queue(&world);
    struct queue *source = queue_open(
        world.queues,
        &(struct queue_settings){.id = source_id, .receives_max = 1, .dead_letter_id = id});
    struct waiter waiter = {.is_done = false};
    receive(&waiter, 1, 60000);
    put_text(&world, source, "", "poison");
    took(&world, source, 1, 1000);
    turn(&world, 1000);
    cr_expect_not(waiter.is_done);
    took(&world, source, 1, 1000);
    settle_down(&world);
    expect(&waiter, STATUS_OK, "poison", 1000);
    receiver_finish(&waiter.receiver);
}

Test(receiver, passes_over_any_number_of_messages_that_are_too_old)
{
    struct waiter waiter = {.is_done = false};
    for (int i = 0; i < 450; i++) {
        put_text(&world, queue, "", "old");
    }
    clock_advance(&world.clock, 60000);
    queue_change(queue, &(struct queue_settings){.id = id, .retention_ms = 60000});
    put_text(&world, queue, "", "new");
    receive(&waiter, 10, 0);
    settle_down(&world);
    expect(&waiter, STATUS_OK, "new", 60000);
    receiver_finish(&waiter.receiver);
}
