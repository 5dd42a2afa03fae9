/* Groups, dead letters and the five minutes in which texts are known. */
#include "queue_world.h"

#include <criterion/criterion.h>
#include <stdio.h>

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

TestSuite(groups, .init = setup, .fini = teardown);

static void put_three(const char *group)
{
    put_text(&world, queue, group, "foo");
    put_text(&world, queue, group, "bar");
    put_text(&world, queue, group, "baz");
}

Test(groups, keep_back_what_is_behind_a_held_message)
{
    put_three("g");
    put_text(&world, queue, "h", "other");
    cr_expect_str_eq(took(&world, queue, 1, 1000), "foo");
    struct queue_receipt foo = taken(&world, 0).receipt;
    cr_expect_str_eq(took(&world, queue, 9, 1000), "other");
    put_text(&world, queue, "g", "new");
    cr_expect_str_eq(took(&world, queue, 9, 1000), "", "a new message does not free its group");
    reopen();
    cr_expect_str_eq(took(&world, queue, 9, 1000), "");
    cr_expect_eq(drop(&world, queue, foo, true), STATUS_OK);
    cr_expect_str_eq(took(&world, queue, 9, 1000), "bar baz new");
}

Test(groups, go_one_at_a_time_when_asked)
{
    put_three("g");
    put_text(&world, queue, "h", "other");
    struct queue_take take = {.max = 9, .hold_ms = 1000, .is_one_a_group = true};
    cr_expect_str_eq(took_with(&world, queue, &take), "foo other");
}

Test(groups, give_only_what_lies_before_a_message_that_is_held_longer)
{
    static const char *const expected[] = {"", "foo", "foo bar"};
    for (size_t i = 0; i < 3; i++) {
        char group[2] = {(char)('a' + i), '\0'};
        put_three(group);
        cr_assert_str_eq(took(&world, queue, 3, 1000), "foo bar baz");
        hide(&world, queue, taken(&world, i).receipt, 5000);
        turn(&world, 1000);
        cr_expect_str_eq(took(&world, queue, 9, 60000), expected[i], "case %zu", i);
        turn(&world, 60000);
        took(&world, queue, 9, 1000);
        for (size_t j = 0; j < 3; j++) {
            cr_assert_eq(drop(&world, queue, taken(&world, j).receipt, true), STATUS_OK);
        }
    }
}

Test(groups, wait_for_a_delayed_first_message)
{
    put_with(&world, queue,
             (struct queue_put){.group = SLICE("g"), .delay_ms = 2000, .body = SLICE("a")});
    put_with(&world, queue, (struct queue_put){.group = SLICE("g"), .body = SLICE("b")});
    cr_expect_str_eq(took(&world, queue, 9, 1000), "");
    turn(&world, 2000);
    cr_expect_str_eq(took(&world, queue, 9, 1000), "a b");
}

Test(groups, know_a_text_for_five_minutes_whatever_became_of_its_message)
{
    const struct queue_put put = {.unique = SLICE("once"), .body = SLICE("a"), .ident = "first"};
    struct queue_put again = put;
    memcpy(again.ident, "other", 6);
    uint64_t seq = put_with(&world, queue, put).seq;
    took(&world, queue, 1, 1000);
    drop(&world, queue, taken(&world, 0).receipt, true);
    static const int64_t steps_ms[] = {0, 1000, 298999};
    for (size_t i = 0; i < 3; i++) {
        turn(&world, steps_ms[i]);
        reopen();
        struct queue_put result = put_with(&world, queue, again);
        cr_expect(result.is_duplicate, "step %zu", i);
        cr_expect_eq(result.seq, seq);
        cr_expect_str_eq(result.first_ident, "first");
    }
    turn(&world, 1);
    cr_expect_not(put_with(&world, queue, again).is_duplicate);
    cr_expect_str_eq(took(&world, queue, 9, 1000), "a");
}

Test(groups, forget_texts_as_new_ones_come)
{
    for (int i = 0; i < 50; i++) {
        char text[16];
        snprintf(text, sizeof text, "t%d", i);
        put_with(&world, queue, (struct queue_put){.unique = slice_from(text), .body = SLICE("a")});
        took(&world, queue, 1, 1000);
        drop(&world, queue, taken(&world, 0).receipt, true);
        turn(&world, QUEUE_WINDOW_MS / 4);
    }
    cr_expect_lt(key_count(&world), 12, "%zu keys", key_count(&world));
}

Test(groups, give_the_same_messages_to_the_same_attempt)
{
    put_three("g");
    put_text(&world, queue, "h", "other");
    struct queue_take take = {.max = 2, .hold_ms = 1000, .attempt = SLICE("try")};
    cr_expect_str_eq(took_with(&world, queue, &take), "foo bar");
    turn(&world, 600);
    cr_expect_str_eq(took_with(&world, queue, &take), "foo bar");
    cr_expect_eq(taken(&world, 0).receipt.receives, 1);
    turn(&world, 600);
    cr_expect_str_eq(took_with(&world, queue, &take), "foo bar", "held anew by the second");
    struct queue_receipt foo = taken(&world, 0).receipt;
    cr_expect_eq(drop(&world, queue, foo, true), STATUS_OK);
    cr_expect_str_eq(took_with(&world, queue, &take), "other", "changed: a receive like any other");
}

Test(groups, move_dead_letters_with_their_counts)
{
    uint64_t dead_id = make_queue(&world);
    struct queue *dead = open_queue(&world, dead_id);
    queue_change(queue, &(struct queue_settings){.id = id,
                                                 .receives_max = 1,
                                                 .dead_letter_id = dead_id,
                                                 .dead_letter_mark = SLICE("source")});
    put_with(&world, queue,
             (struct queue_put){.group = SLICE("g"), .head = SLICE("h"), .body = SLICE("poison")});
    put_text(&world, queue, "g", "good");
    cr_expect_str_eq(took(&world, queue, 1, 1000), "poison");
    turn(&world, 1000);
    cr_expect_str_eq(took(&world, queue, 9, 1000), "good", "the group goes on behind it");
    cr_expect_str_eq(counted(&world, queue), "visible 0 held 1 delayed 0");
    cr_expect_str_eq(took(&world, dead, 9, 1000), "poison");
    cr_expect_eq(taken(&world, 0).receipt.receives, 2);
    cr_expect_eq(taken(&world, 0).first_received_ms, START_MS);
    cr_expect(slice_is(taken(&world, 0).mark, "source"));
    cr_expect(slice_is(taken(&world, 0).head, "h"));
}

Test(groups, keep_dead_letters_whose_queue_is_gone)
{
    queue_change(
        queue, &(struct queue_settings){.id = id, .receives_max = 1, .dead_letter_id = id + 1000});
    put_text(&world, queue, "", "poison");
    took(&world, queue, 1, 0);
    cr_expect_str_eq(took(&world, queue, 1, 0), "poison");
}
