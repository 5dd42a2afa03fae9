#include "store/stream/change_log.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>

struct world {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    char dir[64];
    struct engine *engine;
    void (*body)(struct txn *txn);
    struct write_job job;
};

static void world_begin(struct world *world)
{
    struct fault fault;
    memset(world, 0, sizeof *world);
    mem_install();
    cr_assert_eq(uv_loop_init(&world->loop), 0);
    clock_init_manual(&world->clock, 0);
    log_init(&world->log, &world->clock, LOG_WARN);
    world->context = (struct context){&world->loop, &world->clock, &world->log, NULL, NULL};
    snprintf(world->dir, sizeof world->dir, "/tmp/sls-change-log-XXXXXX");
    cr_assert_not_null(mkdtemp(world->dir));
    struct engine_options options = {.dir = world->dir, .is_volatile = true};
    cr_assert_eq(engine_open(&world->context, &options, &world->engine, &fault), STATUS_OK);
}

static void world_end(struct world *world)
{
    struct fault fault;
    engine_close(world->engine, NULL, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&world->loop), 0);
    cr_assert_eq(file_remove_tree(world->dir, &fault), STATUS_OK);
}

static void run_body(struct write_job *job, struct txn *txn)
{
    CONTAINER_OF(job, struct world, job)->body(txn);
    cr_assert_not(txn_failed(txn));
}

static void on_done(struct write_job *job, enum status status)
{
    (void)job;
    cr_assert_eq(status, STATUS_OK);
}

/* In a transaction of its own. */
static void in_job(struct world *world, void (*body)(struct txn *txn))
{
    world->body = body;
    world->job = (struct write_job){.run = run_body, .done = on_done};
    engine_submit(world->engine, &world->job);
    while (engine_pending(world->engine) > 0) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
}

static void append(struct txn *txn, uint32_t table_id, int64_t time_ms)
{
    struct table table = {.id = table_id};
    change_log_append(txn, &table, time_ms, CHANGE_INSERT, false, SLICE_NULL, SLICE("\0\0\0\0"));
}

static size_t count_records(struct txn *txn, uint32_t table_id)
{
    struct change_cursor cursor;
    struct change change;
    size_t count = 0;
    change_cursor_open(&cursor, txn, table_id);
    for (bool more = change_cursor_from(&cursor, 0, &change); more;
         more = change_cursor_next(&cursor, &change)) {
        count++;
    }
    change_cursor_close(&cursor);
    return count;
}

static void append_every_kind(struct txn *txn)
{
    struct table table = {.id = 7};
    cr_expect_eq(change_log_next(txn, 7), 1);
    change_log_append(txn, &table, 1000, CHANGE_INSERT, false, SLICE_NULL, SLICE("new"));
    cr_expect_eq(change_log_next(txn, 7), 2);
    change_log_append(txn, &table, 1001, CHANGE_MODIFY, false, SLICE("old"), SLICE("newer"));
    change_log_append(txn, &table, INT64_C(1) << 41, CHANGE_REMOVE, true, SLICE("last"),
                      SLICE_NULL);
    append(txn, 6, 1);
    append(txn, 8, 1);
}

static void expect_every_kind(struct txn *txn)
{
    struct change_cursor cursor;
    struct change change;
    change_cursor_open(&cursor, txn, 7);
    cr_assert(change_cursor_from(&cursor, 0, &change));
    cr_expect_eq(change.sequence, 1);
    cr_expect_eq(change.time_ms, 1000);
    cr_expect_eq(change.kind, CHANGE_INSERT);
    cr_expect_not(change.is_expiry);
    cr_expect_null(change.old_item.ptr);
    cr_expect(slice_is(change.new_item, "new"));
    cr_assert(change_cursor_next(&cursor, &change));
    cr_expect_eq(change.sequence, 2);
    cr_expect_eq(change.kind, CHANGE_MODIFY);
    cr_expect(slice_is(change.old_item, "old"));
    cr_expect(slice_is(change.new_item, "newer"));
    cr_assert(change_cursor_next(&cursor, &change));
    cr_expect_eq(change.time_ms, INT64_C(1) << 41);
    cr_expect_eq(change.kind, CHANGE_REMOVE);
    cr_expect(change.is_expiry);
    cr_expect(slice_is(change.old_item, "last"));
    cr_expect_null(change.new_item.ptr);
    cr_expect_not(change_cursor_next(&cursor, &change), "another table's log follows");

    cr_assert(change_cursor_last(&cursor, &change));
    cr_expect_eq(change.sequence, 3);
    cr_assert(change_cursor_prev(&cursor, &change));
    cr_assert(change_cursor_prev(&cursor, &change));
    cr_expect_eq(change.sequence, 1);
    cr_expect_not(change_cursor_prev(&cursor, &change), "another table's log precedes");
    cr_expect(change_cursor_from(&cursor, 3, &change));
    cr_expect_not(change_cursor_from(&cursor, 4, &change));
    change_cursor_close(&cursor);
    change_cursor_open(&cursor, txn, 5);
    cr_expect_not(change_cursor_from(&cursor, 0, &change));
    cr_expect_not(change_cursor_last(&cursor, &change));
    change_cursor_close(&cursor);
}

Test(change_log, tells_every_kind_of_change_as_it_was_appended)
{
    struct world world;
    world_begin(&world);
    in_job(&world, append_every_kind);
    in_job(&world, expect_every_kind);
    world_end(&world);
}

static void append_and_trim(struct txn *txn)
{
    for (int i = 0; i < 10; i++) {
        append(txn, 3, i);
        append(txn, 4, i);
    }
    cr_expect_eq(change_log_trim(txn, 3, 7, 4), 4);
    cr_expect_eq(count_records(txn, 3), 6);
    cr_expect_eq(change_log_trim(txn, 3, 7, 100), 2);
    cr_expect_eq(change_log_trim(txn, 3, 7, 100), 0);
    cr_expect_eq(change_log_trim(txn, 3, UINT64_MAX, 100), 4);
    cr_expect_eq(count_records(txn, 3), 0);
    cr_expect_eq(count_records(txn, 4), 10);
}

static void append_after_trim(struct txn *txn)
{
    struct change_cursor cursor;
    struct change change;
    cr_expect_eq(change_log_next(txn, 3), 11);
    append(txn, 3, 100);
    change_cursor_open(&cursor, txn, 3);
    cr_assert(change_cursor_from(&cursor, 0, &change));
    cr_expect_eq(change.sequence, 11);
    change_cursor_close(&cursor);
}

Test(change_log, never_uses_a_sequence_again_after_trimming)
{
    struct world world;
    world_begin(&world);
    in_job(&world, append_and_trim);
    in_job(&world, append_after_trim);
    world_end(&world);
}
