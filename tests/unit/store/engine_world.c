#include "engine_world.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct slice key_of_number(int number, char out[16])
{
    return slice_of(out, (size_t)snprintf(out, 16, "k%08d", number));
}

void run_put(struct write_job *job, struct txn *txn)
{
    static const char zeros[VALUE_MAX];
    struct put_job *put = CONTAINER_OF(job, struct put_job, job);
    char key[16];
    struct slice value;
    put->runs++;
    put->world->ran[put->world->ran_count++ % 512] = put->number;
    put->finds_before = txn_get(txn, DB_ITEMS, key_of_number(put->number - 1, key), &value);
    if (!put->refuses) {
        txn_put2(txn, DB_ITEMS, key_of_number(put->number, key), slice_from("head"),
                 slice_of(zeros, put->value_len));
    }
}

void on_committed(struct write_job *job)
{
    struct put_job *put = CONTAINER_OF(job, struct put_job, job);
    put->world->committed[put->world->committed_count++ % 512] = put->number;
}

void on_done(struct write_job *job, enum status status)
{
    struct put_job *put = CONTAINER_OF(job, struct put_job, job);
    struct world *world = put->world;
    world->done[world->done_count++ % 512] = put->number;
    world->ok_count += status == STATUS_OK;
    world->unavailable_count += status == STATUS_UNAVAILABLE;
}

static void on_closed(void *ctx)
{
    struct world *world = ctx;
    world->is_closed = true;
}

void world_open(struct world *world, struct engine_options options)
{
    struct fault fault = {.text = ""};
    options.dir = world->dir;
    world->is_closed = false;
    cr_assert_eq(engine_open(&world->context, &options, &world->engine, &fault), STATUS_OK, "%s",
                 fault.text);
}

void world_begin(struct world *world, struct engine_options options)
{
    memset(world, 0, sizeof *world);
    mem_install();
    cr_assert_eq(uv_loop_init(&world->loop), 0);
    clock_init_manual(&world->clock, 1000000);
    log_init(&world->log, &world->clock, LOG_WARN);
    cr_assert_eq(pipe(world->log_pipe), 0);
    world->log.fd = world->log_pipe[1];
    world->context = (struct context){&world->loop, &world->clock, &world->log, NULL, NULL};
    snprintf(world->dir, sizeof world->dir, "/tmp/sls-engine-XXXXXX");
    cr_assert_not_null(mkdtemp(world->dir));
    world_open(world, options);
}

void world_close(struct world *world)
{
    engine_close(world->engine, on_closed, world);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert(world->is_closed);
}

void world_end(struct world *world)
{
    struct fault fault;
    world_close(world);
    cr_assert_eq(uv_loop_close(&world->loop), 0, "a handle is still open");
    cr_assert_eq(file_remove_tree(world->dir, &fault), STATUS_OK);
    close(world->log_pipe[0]);
    close(world->log_pipe[1]);
}

void wait_for_all(struct world *world)
{
    while (engine_pending(world->engine) > 0) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
}

struct put_job *put_jobs(struct world *world, int first, int count, size_t value_len)
{
    struct put_job *jobs = mem_array((size_t)count, sizeof *jobs);
    for (int i = 0; i < count; i++) {
        jobs[i] =
            (struct put_job){.job = {.run = run_put, .committed = on_committed, .done = on_done},
                             .world = world,
                             .number = first + i,
                             .value_len = value_len};
    }
    return jobs;
}

void put_and_wait(struct world *world, int first, int count, size_t value_len)
{
    struct put_job *jobs = put_jobs(world, first, count, value_len);
    for (int i = 0; i < count; i++) {
        engine_submit(world->engine, &jobs[i].job);
    }
    wait_for_all(world);
    mem_free(jobs);
}

bool has_number(struct world *world, int number, uint32_t age_ms)
{
    char key[16];
    struct slice value;
    struct txn *txn = engine_read_begin(world->engine, age_ms);
    cr_assert_not(txn_failed(txn));
    bool has = txn_get(txn, DB_ITEMS, key_of_number(number, key), &value);
    cr_assert(!has || slice_starts_with(value, SLICE("head")));
    engine_read_end(world->engine, txn);
    return has;
}
