/* Single messages: what is put, taken, held and dropped. */
#include "queue_world.h"

#include <criterion/criterion.h>

static struct queue_world world;
static struct queue *queue;
static uint64_t id;

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

static void reopen(void)
{
    queue_world_reopen(&world);
    queue = open_queue(&world, id);
}

TestSuite(queue, .init = setup, .fini = teardown);

Test(queue, gives_messages_in_the_order_of_their_puts)
{
    put_text(&world, queue, "", "a");
    put_text(&world, queue, "", "b");
    put_text(&world, queue, "", "c");
    cr_expect_str_eq(took(&world, queue, 2, 1000), "a b");
    cr_expect_str_eq(took(&world, queue, 2, 1000), "c");
    cr_expect_str_eq(took(&world, queue, 2, 1000), "");
    cr_expect_str_eq(counted(&world, queue), "visible 0 held 3 delayed 0");
}

Test(queue, gives_back_what_was_put_with_a_message)
{
    struct queue_put put =
        put_with(&world, queue,
                 (struct queue_put){.head = SLICE("head"), .body = SLICE("body"), .sent_ms = 77});
    cr_expect_str_eq(took(&world, queue, 1, 1000), "body");
    struct queue_message message = taken(&world, 0);
    cr_expect(slice_is(message.head, "head"));
    cr_expect_eq(message.mark.len, 0);
    cr_expect_eq(message.sent_ms, 77);
    cr_expect_eq(message.first_received_ms, START_MS);
    cr_expect_eq(message.receipt.seq, put.seq);
    cr_expect_eq(message.receipt.receives, 1);
}

Test(queue, shows_a_held_message_again_when_its_time_is_over)
{
    put_text(&world, queue, "", "a");
    took(&world, queue, 1, 1000);
    turn(&world, 999);
    cr_expect_str_eq(took(&world, queue, 1, 1000), "");
    turn(&world, 1);
    cr_expect_str_eq(counted(&world, queue), "visible 1 held 0 delayed 0");
    cr_expect_str_eq(took(&world, queue, 1, 1000), "a");
    cr_expect_eq(taken(&world, 0).receipt.receives, 2);
    cr_expect_eq(taken(&world, 0).first_received_ms, START_MS);
}

Test(queue, keeps_what_became_of_messages_over_a_restart)
{
    put_text(&world, queue, "", "held");
    put_with(&world, queue, (struct queue_put){.delay_ms = 5000, .body = SLICE("late")});
    put_text(&world, queue, "", "gone");
    took(&world, queue, 2, 3000);
    cr_expect_eq(drop(&world, queue, taken(&world, 1).receipt, true), STATUS_OK);
    reopen();
    cr_expect_str_eq(counted(&world, queue), "visible 0 held 1 delayed 1");
    cr_expect_str_eq(took(&world, queue, 9, 1000), "");
    turn(&world, 3000);
    cr_expect_str_eq(took(&world, queue, 9, 10000), "held");
    cr_expect_eq(taken(&world, 0).receipt.receives, 2);
    turn(&world, 2000);
    cr_expect_str_eq(took(&world, queue, 9, 1000), "late");
}

Test(queue, leaves_nothing_of_a_dropped_message)
{
    size_t before = key_count(&world);
    put_with(&world, queue,
             (struct queue_put){.group = SLICE("g"), .delay_ms = 5, .body = SLICE("a")});
    put_text(&world, queue, "", "b");
    turn(&world, 5);
    cr_expect_str_eq(took(&world, queue, 2, 1000), "a b");
    struct queue_receipt first = taken(&world, 0).receipt, second = taken(&world, 1).receipt;
    cr_expect_eq(drop(&world, queue, first, true), STATUS_OK);
    cr_expect_eq(drop(&world, queue, second, false), STATUS_OK);
    cr_expect_eq(key_count(&world), before);
    cr_expect_eq(drop(&world, queue, first, false), STATUS_NOT_FOUND);
}

Test(queue, drops_by_an_old_receipt_unless_it_must_hold)
{
    put_text(&world, queue, "", "a");
    took(&world, queue, 1, 1000);
    struct queue_receipt old = taken(&world, 0).receipt;
    turn(&world, 1000);
    cr_expect_eq(drop(&world, queue, old, true), STATUS_CONFLICT, "visible again");
    took(&world, queue, 1, 1000);
    cr_expect_eq(drop(&world, queue, old, true), STATUS_CONFLICT, "somebody else's");
    cr_expect_eq(drop(&world, queue, old, false), STATUS_OK);
    cr_expect_str_eq(counted(&world, queue), "visible 0 held 0 delayed 0");
}

Test(queue, holds_for_longer_or_shorter_as_the_holder_says)
{
    put_text(&world, queue, "", "a");
    took(&world, queue, 1, 1000);
    struct queue_receipt receipt = taken(&world, 0).receipt;
    cr_expect_eq(hide(&world, queue, receipt, 5000), STATUS_OK);
    turn(&world, 4999);
    cr_expect_str_eq(took(&world, queue, 1, 1000), "");
    cr_expect_eq(hide(&world, queue, receipt, 0), STATUS_OK);
    cr_expect_eq(hide(&world, queue, receipt, 1000), STATUS_CONFLICT, "it is not held any more");
    cr_expect_str_eq(took(&world, queue, 1, 1000), "a");
    cr_expect_eq(hide(&world, queue, receipt, 1000), STATUS_CONFLICT, "it is somebody else's");
}

Test(queue, puts_back_with_a_note_and_as_if_it_had_not_been_received)
{
    put_text(&world, queue, "", "a");
    took(&world, queue, 1, QUEUE_FOR_EVER);
    cr_expect_eq(put_back(&world, queue, taken(&world, 0).receipt,
                          (struct queue_put_back){.at_ms = START_MS + 7, .note = 42}),
                 STATUS_OK);
    cr_expect_str_eq(counted(&world, queue), "visible 0 held 0 delayed 1");
    turn(&world, 7);
    took(&world, queue, 1, 1000);
    cr_expect_eq(taken(&world, 0).note, 42);
    cr_expect_eq(taken(&world, 0).receipt.receives, 2);
    put_back(&world, queue, taken(&world, 0).receipt,
             (struct queue_put_back){.is_undone = true, .note = 43});
    took(&world, queue, 1, 1000);
    cr_expect_eq(taken(&world, 0).note, 43);
    cr_expect_eq(taken(&world, 0).receipt.receives, 2);
    cr_expect_eq(taken(&world, 0).first_received_ms, START_MS);
}

Test(queue, stops_at_its_limit_of_held_messages)
{
    queue_change(queue, &(struct queue_settings){.id = id, .held_max = 2});
    for (int i = 0; i < 4; i++) {
        put_text(&world, queue, "", "a");
    }
    struct queue_take take = {.max = 10, .hold_ms = 1000};
    cr_expect_str_eq(took_with(&world, queue, &take), "a a");
    cr_expect_not(take.is_limited);
    cr_expect_str_eq(took_with(&world, queue, &take), "");
    cr_expect(take.is_limited);
    turn(&world, 1000);
    cr_expect_str_eq(took_with(&world, queue, &take), "a a");
}

Test(queue, stops_at_the_bytes_that_are_asked_for)
{
    put_text(&world, queue, "", "aaaa");
    put_text(&world, queue, "", "bbbb");
    put_text(&world, queue, "", "c");
    struct queue_take take = {.max = 10, .hold_ms = 1000, .bytes_max = 2};
    cr_expect_str_eq(took_with(&world, queue, &take), "aaaa", "one is always given");
    cr_expect(take.has_more);
    take.bytes_max = 5;
    cr_expect_str_eq(took_with(&world, queue, &take), "bbbb c");
}

Test(queue, leaves_visible_what_is_taken_for_no_time)
{
    put_text(&world, queue, "", "a");
    put_text(&world, queue, "g", "b");
    put_text(&world, queue, "g", "c");
    cr_expect_str_eq(took(&world, queue, 10, 0), "a b c");
    cr_expect_str_eq(counted(&world, queue), "visible 3 held 0 delayed 0");
    cr_expect_str_eq(took(&world, queue, 10, 1000), "a b c");
    cr_expect_eq(taken(&world, 2).receipt.receives, 2);
}

Test(queue, holds_no_longer_than_its_limit_since_the_take)
{
    queue_change(queue, &(struct queue_settings){.id = id, .hold_max_ms = 10000});
    put_text(&world, queue, "", "a");
    took(&world, queue, 1, 5000);
    turn(&world, 4000);
    cr_expect_eq(hide(&world, queue, taken(&world, 0).receipt, 6001), STATUS_LIMIT);
    cr_expect_eq(hide(&world, queue, taken(&world, 0).receipt, 6000), STATUS_OK);
    turn(&world, 6000);
    cr_expect_str_eq(took(&world, queue, 1, 5000), "a");
    cr_expect_eq(hide(&world, queue, taken(&world, 0).receipt, 10000), STATUS_OK, "taken anew");
}

Test(queue, is_not_found_once_it_is_removed)
{
    struct queue_counts counts;
    put_text(&world, queue, "", "a");
    struct txn *txn = engine_read_begin(world.engine, 0);
    cr_expect(queue_exists(txn, id));
    cr_expect_eq(queue_count(txn, id + 100, START_MS, &counts), STATUS_NOT_FOUND);
    engine_read_end(world.engine, txn);
}
