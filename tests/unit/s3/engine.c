#include "tests/unit/s3/engine.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>

void test_engine_begin(struct test_engine *test)
{
    struct fault fault;
    *test = (struct test_engine){.dir = "/tmp/sls-s3-XXXXXX"};
    cr_assert_not_null(mkdtemp(test->dir));
    cr_assert_eq(uv_loop_init(&test->loop), 0);
    clock_init_manual(&test->clock, 1700000000000LL);
    test->context = (struct context){&test->loop, &test->clock, &test->log, NULL, NULL};
    const struct engine_options options = {.dir = test->dir, .is_volatile = true};
    cr_assert_eq(engine_open(&test->context, &options, &test->engine, &fault), STATUS_OK, "%s",
                 fault.text);
}

static void on_closed(void *ctx)
{
    ((struct test_engine *)ctx)->is_closed = true;
}

void test_engine_end(struct test_engine *test)
{
    engine_close(test->engine, on_closed, test);
    (void)uv_run(&test->loop, UV_RUN_DEFAULT);
    cr_assert(test->is_closed);
    cr_assert_eq(uv_loop_close(&test->loop), 0);
    cr_assert_eq(file_remove_tree(test->dir, NULL), STATUS_OK);
}

struct write {
    struct write_job job;
    void (*run)(void *ctx, struct txn *txn);
    void *ctx;
    bool is_done;
    enum status status;
};

static void run(struct write_job *job, struct txn *txn)
{
    struct write *write = CONTAINER_OF(job, struct write, job);
    write->run(write->ctx, txn);
}

static void done(struct write_job *job, enum status status)
{
    struct write *write = CONTAINER_OF(job, struct write, job);
    write->is_done = true;
    write->status = status;
}

void test_engine_write(struct test_engine *test, void (*run_it)(void *ctx, struct txn *txn),
                       void *ctx)
{
    struct write write = {.job = {.run = run, .done = done}, .run = run_it, .ctx = ctx};
    engine_submit(test->engine, &write.job);
    while (!write.is_done) {
        (void)uv_run(&test->loop, UV_RUN_ONCE);
    }
    cr_assert_eq(write.status, STATUS_OK);
}
