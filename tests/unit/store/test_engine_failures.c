#include "engine_world.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

Test(engine, finds_everything_again_after_closing)
{
    static const struct engine_options rows[] = {
        {0}, {.is_volatile = true}, {.map_bytes = 256 << 10}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world world;
        world_begin(&world, rows[i]);
        put_and_wait(&world, 0, 50, 4000);
        for (int again = 0; again < 3; again++) {
            world_close(&world);
            world_open(&world, rows[i]);
            for (int n = 0; n < 50; n++) {
                cr_expect(has_number(&world, n, 0), "case %zu: %d", i, n);
            }
        }
        world_end(&world);
    }
}

static void submit_another(struct write_job *job, enum status status)
{
    struct put_job *put = CONTAINER_OF(job, struct put_job, job);
    on_done(job, status);
    if (put->number < 20) {
        put->number++;
        engine_submit(put->world->engine, job);
    }
}

Test(engine, completes_what_is_queued_before_it_closes)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    struct put_job *jobs = put_jobs(&world, 1, 1, 10);
    jobs->job.done = submit_another; /* and what done() adds */
    engine_submit(world.engine, &jobs->job);
    world_close(&world);
    cr_expect_eq(world.ok_count, 20);
    world_open(&world, (struct engine_options){0});
    cr_expect(has_number(&world, 20, 0));
    mem_free(jobs);
    world_end(&world);
}

static void limit_file(rlim_t bytes)
{
    struct rlimit limit;
    getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(engine, goes_on_when_a_full_disk_has_room_again)
{
    struct world world;
    signal(SIGXFSZ, SIG_IGN);
    world_begin(&world, (struct engine_options){0});
    limit_file(1 << 20);
    int acknowledged = 0;
    while (world.unavailable_count == 0) {
        acknowledged = world.ok_count;
        put_and_wait(&world, world.done_count, 1, 50000);
        cr_assert_lt(world.done_count, 100, "the limit was not met");
    }
    cr_expect_geq(acknowledged, 5);
    put_and_wait(&world, 1000, 3, 50000);
    cr_expect_geq(world.unavailable_count, 2);
    for (int i = 0; i < acknowledged; i++) {
        cr_expect(has_number(&world, i, 0), "%d", i);
    }
    cr_expect_not(has_number(&world, acknowledged, 0));

    limit_file(RLIM_INFINITY);
    put_and_wait(&world, 2000, 20, 50000);
    cr_expect_eq(world.ok_count, acknowledged + 20);
    char lines[2000];
    ssize_t len = read(world.log_pipe[0], lines, sizeof lines - 1);
    lines[len > 0 ? len : 0] = '\0';
    cr_expect_not_null(strstr(lines, "store cannot write"), "%s", lines);
    cr_expect_not_null(strstr(lines, "store writes again"), "%s", lines);
    world_close(&world);
    world_open(&world, (struct engine_options){0});
    for (int i = 0; i < acknowledged; i++) {
        cr_expect(has_number(&world, i, 0));
    }
    cr_expect(has_number(&world, 2019, 0));
    world_end(&world);
}

/* A put that runs until it is let go. */
struct held_put {
    struct put_job put;
    atomic_bool is_running, may_end;
};

static void run_held(struct write_job *job, struct txn *txn)
{
    struct held_put *held = CONTAINER_OF(job, struct held_put, put.job);
    run_put(job, txn);
    atomic_store(&held->is_running, true);
    while (!atomic_load(&held->may_end)) {
        sched_yield();
    }
}

/* As negative numbers, among those that are done. */
static void on_refused(struct write_job *job)
{
    struct put_job *put = CONTAINER_OF(job, struct put_job, job);
    cr_expect_not(has_number(put->world, put->number, 0));
    put->world->done[put->world->done_count++] = -put->number;
}

static void start_put(struct put_job *put, struct world *world, int number)
{
    put->world = world;
    put->number = number;
    put->job = (struct write_job){.run = run_put, .refused = on_refused, .done = on_done};
    engine_submit(world->engine, &put->job);
}

static void put_again(struct write_job *job, enum status status)
{
    struct put_job *put = CONTAINER_OF(job, struct put_job, job);
    on_done(job, status);
    limit_file(RLIM_INFINITY);
    start_put(put, put->world, put->number);
}

Test(engine, refuses_with_a_job_what_was_submitted_before_it_was_known_to_fail)
{
    static const int order[] = {-1, -2, -3, 1, 2, 3, 1};
    struct world world;
    struct held_put first = {.put = {.value_len = 10}};
    struct put_job second = {.refuses = true}, third = {.refuses = true}; /* need no room */
    signal(SIGXFSZ, SIG_IGN);
    world_begin(&world, (struct engine_options){0});
    limit_file(0);
    start_put(&first.put, &world, 1);
    first.put.job.run = run_held;
    first.put.job.done = put_again;
    while (!atomic_load(&first.is_running)) {
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    start_put(&second, &world, 2);
    uv_run(&world.loop, UV_RUN_NOWAIT); /* it is with the writer now */
    start_put(&third, &world, 3);
    atomic_store(&first.may_end, true);
    wait_for_all(&world);
    cr_assert_eq(world.done_count, COUNT_OF(order));
    for (size_t i = 0; i < COUNT_OF(order); i++) {
        cr_expect_eq(world.done[i], order[i], "%zu: %d", i, world.done[i]);
    }
    cr_expect_eq(world.unavailable_count, 3);
    cr_expect_eq(world.ok_count, 1);
    cr_expect(has_number(&world, 1, 0));
    world_end(&world);
}

/* Makes LMDB's descriptor for its meta pages useless: the commit fails after the data was written, which
 * LMDB takes as fatal for its environment. */
static void break_meta_descriptor(const char *dir)
{
    char path[128];
    struct stat store, other;
    snprintf(path, sizeof path, "%s/store.mdb", dir);
    cr_assert_eq(stat(path, &store), 0);
    for (int fd = 0; fd < 200; fd++) {
        int flags = fcntl(fd, F_GETFL);
        if (flags >= 0 && (flags & O_ACCMODE) == O_WRONLY && fstat(fd, &other) == 0 &&
            other.st_ino == store.st_ino && other.st_dev == store.st_dev) {
            int null = open("/dev/null", O_RDONLY);
            dup2(null, fd);
            close(null);
            return;
        }
    }
    cr_assert_fail("no such descriptor");
}

Test(engine, opens_the_environment_again_when_it_has_failed_for_good)
{
    struct world world;
    world_begin(&world, (struct engine_options){.lag_max_ms = 100});
    put_and_wait(&world, 0, 1, 10);
    break_meta_descriptor(world.dir);
    put_and_wait(&world, 1, 1, 10);
    cr_expect_eq(world.unavailable_count, 1);
    put_and_wait(&world, 2, 1, 10);
    cr_expect_eq(world.ok_count, 2);
    cr_expect(has_number(&world, 0, 0));
    cr_expect_not(has_number(&world, 1, 0));
    cr_expect(has_number(&world, 2, 0));
    world_end(&world);
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) /* they reserve address space */
Test(engine, keeps_the_old_map_when_there_is_no_room_for_a_larger_one)
{
    struct world world;
    world_begin(&world, (struct engine_options){.map_bytes = 64 << 20, .is_volatile = true});
    put_and_wait(&world, 0, 1, 10);
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert_not_null(file);
    cr_assert_eq(fscanf(file, "%lu", &pages), 1);
    fclose(file);
    struct rlimit limit, before;
    getrlimit(RLIMIT_AS, &before);
    limit = before;
    limit.rlim_cur = (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + (24 << 20);
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    while (world.unavailable_count == 0 && world.done_count < 100) {
        put_and_wait(&world, world.done_count, 1, VALUE_MAX);
    }
    cr_expect_eq(world.unavailable_count, 1);
    cr_expect(has_number(&world, 0, 0));
    cr_expect(has_number(&world, world.ok_count - 1, 0));
    cr_assert_eq(setrlimit(RLIMIT_AS, &before), 0);
    put_and_wait(&world, 1000, 10, VALUE_MAX);
    cr_expect_eq(world.unavailable_count, 1);
    cr_expect(has_number(&world, 1009, 0));
    world_end(&world);
}
#endif

static void tell_number(struct write_job *job, enum status status)
{
    struct put_job *put = CONTAINER_OF(job, struct put_job, job);
    struct world *world = put->world;
    cr_assert_eq(status, STATUS_OK);
    if (write(world->log_pipe[1], &put->number, sizeof put->number) != sizeof put->number) {
        _exit(3);
    }
    put->number += 16;
    engine_submit(world->engine, job);
}

/* 16 writers without end; each acknowledged number goes into the pipe. */
static void write_until_killed(struct world *world, int first)
{
    world->log.fd = 2;
    world_open(world, (struct engine_options){.map_bytes = 256 << 10});
    struct put_job *jobs = put_jobs(world, first, 16, 900);
    for (int i = 0; i < 16; i++) {
        jobs[i].job.committed = NULL;
        jobs[i].job.done = tell_number;
        engine_submit(world->engine, &jobs[i].job);
    }
    uv_run(&world->loop, UV_RUN_DEFAULT);
    _exit(4);
}

Test(engine, has_every_acknowledged_write_after_kill_9)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    world_close(&world);
    enum { ROUNDS = 5, PER_ROUND = 400 };
    static bool acknowledged[ROUNDS * 1000000];
    for (int round = 0; round < ROUNDS; round++) {
        pid_t child = fork();
        cr_assert_geq(child, 0);
        if (child == 0) {
            close(world.log_pipe[0]);
            write_until_killed(&world, round * 1000000);
        }
        int number = 0, count = 0;
        close(world.log_pipe[1]);
        while (read(world.log_pipe[0], &number, sizeof number) == sizeof number) {
            acknowledged[number] = true;
            if (++count == PER_ROUND + 37 * round) {
                kill(child, SIGKILL);
            }
        }
        int status;
        waitpid(child, &status, 0);
        cr_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL, "child: %x",
                  (unsigned)status);
        close(world.log_pipe[0]);
        cr_assert_eq(pipe(world.log_pipe), 0);

        world_open(&world, (struct engine_options){0});
        for (int i = 0; i < ROUNDS * 1000000; i++) {
            cr_assert(!acknowledged[i] || has_number(&world, i, 0), "%d is lost", i);
        }
        world_close(&world);
    }
    world.log.fd = world.log_pipe[1];
    world_open(&world, (struct engine_options){0});
    world_end(&world);
}

static void write_file(const char *dir, const char *name, struct slice bytes)
{
    char path[512];
    struct fault fault;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    cr_assert_eq(file_write(path, bytes, &fault), STATUS_OK);
}

static void run_other_version(struct write_job *job, struct txn *txn)
{
    (void)job;
    txn_put(txn, DB_META, SLICE("v"), slice_of("\7\1\0\0", 4));
}

static void expect_refused(struct world *world, struct engine_options options, const char *words)
{
    struct fault fault = {.text = ""};
    struct engine *engine = NULL;
    cr_expect_eq(engine_open(&world->context, &options, &engine, &fault), STATUS_UNAVAILABLE);
    cr_expect_null(engine);
    cr_expect_not_null(strstr(fault.text, words), "%s, not: %s", words, fault.text);
    cr_expect_not_null(strstr(fault.text, options.dir), "%s", fault.text);
}

Test(engine, says_why_it_cannot_open)
{
    struct world world;
    world_begin(&world, (struct engine_options){0});
    expect_refused(&world, (struct engine_options){.dir = world.dir}, "another process");
    struct put_job job = {.job = {.run = run_other_version, .done = on_done}, .world = &world};
    engine_submit(world.engine, &job.job);
    world_close(&world);
    expect_refused(&world, (struct engine_options){.dir = world.dir}, "format 263, this program");
    expect_refused(&world, (struct engine_options){.dir = world.dir, .is_read_only = true},
                   "format");

    char path[256];
    char text[20000];
    snprintf(path, sizeof path, "%s/none", world.dir);
    expect_refused(&world, (struct engine_options){.dir = path}, "no such directory");
    cr_assert_eq(mkdir(path, 0755), 0);
    expect_refused(&world, (struct engine_options){.dir = path, .is_read_only = true},
                   "no such file");
    memset(text, 'x', sizeof text);
    write_file(path, "store.mdb", slice_of(text, sizeof text));
    expect_refused(&world, (struct engine_options){.dir = path}, "not a store");
    snprintf(path, sizeof path, "%s/full", world.dir);
    cr_assert_eq(mkdir(path, 0755), 0);
    signal(SIGXFSZ, SIG_IGN);
    limit_file(4096);
    expect_refused(&world, (struct engine_options){.dir = path}, "File too large");
    limit_file(RLIM_INFINITY);
    expect_refused(&world, (struct engine_options){.dir = "/proc"}, "store.mdb");
    snprintf(path, sizeof path, "%s/again", world.dir);
    cr_assert_eq(mkdir(path, 0755), 0);
    struct engine_options options = {.dir = path};
    struct fault fault;
    cr_assert_eq(engine_open(&world.context, &options, &world.engine, &fault), STATUS_OK);
    world_end(&world);
}
