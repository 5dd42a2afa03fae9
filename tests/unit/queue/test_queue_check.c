#include "queue_world.h"

#include "scheduler/queue/message.h"

#include <criterion/criterion.h>

/* Spoils one thing behind the queue's back. */
static void spoil(void *ctx, struct queue_txn *q)
{
    const char *what = ctx;
    uint64_t space = q->record.space;
    if (what[0] == '#') { /* the count */
        q->record.total++;
        return;
    }
    struct message_key key = key_of_u64(space, (enum key_kind)what[0], 1);
    (void)txn_delete(q->txn, DB_MESSAGES, message_key_slice(&key));
}

static void drop_hidden(void *ctx, struct queue_txn *q)
{
    int64_t until_ms;
    uint64_t seq;
    (void)ctx;
    cr_assert(message_first_hidden(q, &until_ms, &seq));
    struct message_key key = key_begin(q->record.space, KEY_HIDDEN);
    key_add_u64(&key, (uint64_t)until_ms);
    key_add_u64(&key, seq);
    (void)txn_delete(q->txn, DB_MESSAGES, message_key_slice(&key));
}

Test(queue_check, finds_what_is_missing_or_miscounted)
{
    static const struct {
        const char *what;
        uint64_t problems;
    } rows[] = {
        {"#", 1}, /* a message too many in the count */
        {"A", 1}, /* a visible message that nobody can take */
        {"M", 2}, /* its entry leads nowhere, and the count is wrong */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct queue_world world;
        char what[2];
        snprintf(what, sizeof what, "%s", rows[i].what);
        queue_world_begin(&world);
        struct queue *queue = open_queue(&world, make_queue(&world));
        (void)put_text(&world, queue, "", "body");
        cr_assert_eq(work_on(&world, queue, spoil, what), STATUS_OK);
        world.damages = rows[i].problems;
        queue_world_end(&world);
    }
}

Test(queue_check, finds_a_hidden_message_that_nothing_will_show)
{
    struct queue_world world;
    queue_world_begin(&world);
    struct queue *queue = open_queue(&world, make_queue(&world));
    (void)put_text(&world, queue, "g", "body");
    cr_assert_str_eq(took(&world, queue, 1, 30000), "body");
    cr_assert_eq(work_on(&world, queue, drop_hidden, NULL), STATUS_OK);
    world.damages = 2; /* and one held message less than counted */
    queue_world_end(&world);
}
