/* What queues do by themselves: retention, garbage, release, counting what is due. */
#include "core/mem.h"
#include "queue_world.h"
#include "scheduler/queue/limits.h"

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

TestSuite(queue_care, .init = setup, .fini = teardown);

static void do_put_many(void *ctx, struct queue_txn *q)
{
    const int *count = ctx;
    for (int i = 0; i < *count; i++) {
        struct queue_put put = {.delay_ms = -1, .body = SLICE("x")};
        queue_put(q, &put);
    }
}

static void put_many(int count)
{
    cr_assert_eq(work_on(&world, queue, do_put_many, &count), STATUS_OK);
}

static void keep_for(int64_t retention_ms)
{
    queue_change(queue, &(struct queue_settings){.id = id, .retention_ms = retention_ms});
    settle_down(&world);
}

Test(queue_care, drops_what_is_too_old_when_the_clock_comes_there)
{
    size_t before = key_count(&world);
    keep_for(60000);
    put_text(&world, queue, "", "a");
    turn(&world, 30000);
    put_text(&world, queue, "g", "b");
    took(&world, queue, 1, 1000000); /* held, and gone all the same */
    turn(&world, 29999);
    cr_expect_str_eq(counted(&world, queue), "visible 1 held 1 delayed 0");
    turn(&world, 1);
    cr_expect_str_eq(counted(&world, queue), "visible 1 held 0 delayed 0");
    turn(&world, 30000);
    cr_expect_eq(key_count(&world), before);
}

Test(queue_care, drops_what_became_too_old_while_nothing_ran)
{
    keep_for(60000);
    put_many(QUEUE_PIECE_MAX + 10);
    queue_world_reopen(&world);
    clock_advance(&world.clock, 3600000);
    queue = queue_open(world.queues, &(struct queue_settings){.id = id, .retention_ms = 60000});
    cr_expect_str_eq(took(&world, queue, 5, 1000), "", "not given on any account");
    settle_down(&world);
    cr_expect_str_eq(counted(&world, queue), "visible 0 held 0 delayed 0");
}

Test(queue_care, drops_messages_that_are_older_than_those_put_before_them)
{
    uint64_t dead_id = make_queue(&world);
    struct queue *dead =
        queue_open(world.queues, &(struct queue_settings){.id = dead_id, .retention_ms = 60000});
    queue_change(queue,
                 &(struct queue_settings){.id = id, .receives_max = 1, .dead_letter_id = dead_id});
    put_text(&world, queue, "", "old");
    took(&world, queue, 1, 1000);
    turn(&world, 30000);
    put_text(&world, dead, "", "young");
    took(&world, queue, 1, 1000);
    cr_expect_str_eq(counted(&world, dead), "visible 2 held 0 delayed 0");
    turn(&world, 30000);
    cr_expect_str_eq(took(&world, dead, 5, 1000), "young", "its age counts from its first put");
    turn(&world, 30000);
    cr_expect_str_eq(counted(&world, dead), "visible 0 held 0 delayed 0");
}

static void do_purge(void *ctx, struct queue_txn *q)
{
    (void)ctx;
    queue_purge(q);
}

Test(queue_care, purges_at_once_and_sweeps_in_pieces)
{
    size_t before = key_count(&world);
    uint64_t first = put_text(&world, queue, "g", "a");
    put_many(3 * QUEUE_PIECE_MAX);
    took(&world, queue, 10, 100000);
    struct queue_receipt receipt = taken(&world, 0).receipt;
    put_with(&world, queue, (struct queue_put){.unique = SLICE("u"), .body = SLICE("x")});
    cr_assert_eq(work_on(&world, queue, do_purge, NULL), STATUS_OK);
    cr_expect_str_eq(counted(&world, queue), "visible 0 held 0 delayed 0");
    cr_expect_str_eq(took(&world, queue, 10, 1000), "");
    cr_expect_eq(drop(&world, queue, receipt, true), STATUS_NOT_FOUND);
    settle_down(&world);
    cr_expect_eq(key_count(&world), before + 1, "all but the text that is known");
    cr_expect(put_with(&world, queue, (struct queue_put){.unique = SLICE("u")}).is_duplicate);
    cr_expect_gt(put_text(&world, queue, "g", "b"), first, "numbers go on");
}

struct remove_job {
    struct write_job job;
    uint64_t id;
};

static void run_remove(struct write_job *job, struct txn *txn)
{
    queue_remove(txn, CONTAINER_OF(job, struct remove_job, job)->id);
}

static void on_removed(struct write_job *job, enum status status)
{
    (void)job;
    cr_assert_eq(status, STATUS_OK);
}

Test(queue_care, sweeps_a_removed_queue_also_after_a_restart)
{
    put_many(2 * QUEUE_PIECE_MAX);
    put_with(&world, queue, (struct queue_put){.unique = SLICE("u"), .body = SLICE("x")});
    struct remove_job job = {.job = {.run = run_remove, .done = on_removed}, .id = id};
    engine_submit(world.engine, &job.job);
    int count = 1;
    cr_expect_eq(work_on(&world, queue, do_put_many, &count), STATUS_NOT_FOUND);
    queue_world_reopen(&world);
    settle_down(&world);
    cr_expect_eq(key_count(&world), 0);
}

static void on_released(void *ctx, enum status status)
{
    cr_assert_eq(status, STATUS_OK);
    *(bool *)ctx = true;
}

Test(queue_care, releases_what_was_taken_for_ever_and_nothing_else)
{
    put_many(QUEUE_PIECE_MAX + 50);
    took(&world, queue, QUEUE_PIECE_MAX + 20, QUEUE_FOR_EVER);
    put_back(&world, queue, taken(&world, 0).receipt,
             (struct queue_put_back){.at_ms = START_MS + 5000});
    took(&world, queue, 10, 5000);
    queue_world_reopen(&world);
    queue = open_queue(&world, id);
    bool is_released = false;
    queue_release_all(queue, true, on_released, &is_released);
    settle_down(&world);
    cr_expect(is_released);
    cr_expect_str_eq(counted(&world, queue), "visible 1039 held 10 delayed 1");
    took(&world, queue, 1, 1000);
    cr_expect_eq(taken(&world, 0).receipt.receives, 1, "the receive of before does not count");
}

Test(queue_care, counts_and_gives_any_number_of_lapsed_messages)
{
    queue_change(queue, &(struct queue_settings){.id = id, .delay_ms = 1000});
    put_many(QUEUE_COUNT_MAX + 500);
    turn(&world, 1000);
    struct queue_counts counts;
    cr_assert_eq(queue_counts(queue, &counts), STATUS_OK);
    cr_expect(counts.is_estimate);
    settle_down(&world);
    cr_expect_str_eq(counted(&world, queue), "visible 10500 held 0 delayed 0");
    took(&world, queue, 3000, 1000);
    cr_expect_eq(taken(&world, 2999).receipt.receives, 1);
}
