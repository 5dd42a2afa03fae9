#include "queue_world.h"

#include "core/file.h"
#include "core/mem.h"
#include "scheduler/queue/queue_check.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct queue_message *last_messages;
static size_t last_count;

static void open_engine(struct queue_world *world)
{
    struct fault fault = {.text = ""};
    const struct engine_options options = {.dir = world->dir, .is_volatile = true};
    cr_assert_eq(engine_open(&world->context, &options, &world->engine, &fault), STATUS_OK, "%s",
                 fault.text);
    world->queues = queues_create(&world->context, world->engine);
}

void queue_world_begin(struct queue_world *world)
{
    memset(world, 0, sizeof *world);
    mem_install();
    cr_assert_eq(uv_loop_init(&world->loop), 0);
    clock_init_manual(&world->clock, START_MS);
    log_init(&world->log, &world->clock, LOG_WARN);
    world->context = (struct context){.loop = &world->loop,
                                      .clock = &world->clock,
                                      .log = &world->log,
                                      .alarms = alarms_create(&world->loop, &world->clock)};
    snprintf(world->dir, sizeof world->dir, "/tmp/sls-queue-XXXXXX");
    cr_assert_not_null(mkdtemp(world->dir));
    arena_init(&world->arena, 4096);
    open_engine(world);
}

static void on_closed(void *ctx)
{
    struct queue_world *world = ctx;
    world->is_closed = true;
}

static void on_queues_closed(void *ctx)
{
    struct queue_world *world = ctx;
    engine_close(world->engine, on_closed, world);
}

static void close_engine(struct queue_world *world)
{
    world->is_closed = false;
    queues_destroy(world->queues, on_queues_closed, world);
    while (!world->is_closed) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
}

static void on_problem(void *ctx, const char *line)
{
    (void)ctx;
    cr_log_error("%s", line);
}

/* Whatever a test did: what is there agrees with itself. */
static void check(struct queue_world *world)
{
    struct queue_check found = {.print = on_problem};
    struct txn *txn = engine_read_begin(world->engine, 0);
    queue_check_all(txn, &found);
    engine_read_end(world->engine, txn);
    cr_assert_eq(found.problems, world->damages, "%llu problems",
                 (unsigned long long)found.problems);
}

void queue_world_end(struct queue_world *world)
{
    struct fault fault;
    check(world);
    close_engine(world);
    alarms_destroy(world->context.alarms);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&world->loop), 0, "a handle is still open");
    cr_assert_eq(file_remove_tree(world->dir, &fault), STATUS_OK);
    arena_finish(&world->arena);
}

void queue_world_reopen(struct queue_world *world)
{
    check(world);
    close_engine(world);
    open_engine(world);
}

static void on_turned(void *ctx, size_t ran)
{
    bool *is_turned = ctx;
    (void)ran;
    *is_turned = true;
}

void turn(struct queue_world *world, int64_t ms)
{
    bool is_turned = false;
    cr_assert_eq(alarms_turn(world->context.alarms, ms, on_turned, &is_turned), STATUS_OK);
    while (!is_turned) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
}

void settle_down(struct queue_world *world)
{
    turn(world, 0);
}

/* --- jobs --- */

struct make_job {
    struct write_job job;
    uint64_t id;
};

static void run_make(struct write_job *job, struct txn *txn)
{
    CONTAINER_OF(job, struct make_job, job)->id = queue_make(txn);
}

static void on_made(struct write_job *job, enum status status)
{
    (void)job;
    cr_assert_eq(status, STATUS_OK);
}

static void run_engine(struct queue_world *world)
{
    while (engine_pending(world->engine) > 0) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
}

uint64_t make_queue(struct queue_world *world)
{
    struct make_job make = {.job = {.run = run_make, .done = on_made}};
    engine_submit(world->engine, &make.job);
    run_engine(world);
    return make.id;
}

struct queue *open_queue(struct queue_world *world, uint64_t id)
{
    return queue_open(world->queues, &(struct queue_settings){.id = id});
}

struct work_job {
    struct queue_job job;
    queue_work_fn *work;
    void *ctx;
    bool is_done;
    enum status status;
};

static void do_work(struct queue_job *job, struct queue_txn *q)
{
    struct work_job *work = CONTAINER_OF(job, struct work_job, job);
    work->work(work->ctx, q);
}

static void on_worked(struct queue_job *job, enum status status)
{
    struct work_job *work = CONTAINER_OF(job, struct work_job, job);
    work->is_done = true;
    work->status = status;
}

enum status work_on(struct queue_world *world, struct queue *queue, queue_work_fn *work, void *ctx)
{
    struct work_job job = {.job = {.work = do_work, .done = on_worked}, .work = work, .ctx = ctx};
    queue_submit(queue, &job.job);
    while (!job.is_done) {
        uv_run(&world->loop, UV_RUN_ONCE);
    }
    return job.status;
}

/* --- shorthands --- */

static void do_put(void *ctx, struct queue_txn *q)
{
    queue_put(q, ctx);
}

struct queue_put put_with(struct queue_world *world, struct queue *queue, struct queue_put put)
{
    cr_assert_eq(work_on(world, queue, do_put, &put), STATUS_OK);
    return put;
}

uint64_t put_text(struct queue_world *world, struct queue *queue, const char *group,
                  const char *body)
{
    return put_with(world, queue,
                    (struct queue_put){
                        .group = slice_from(group), .delay_ms = -1, .body = slice_from(body)})
        .seq;
}

struct take_ctx {
    struct arena *arena;
    struct queue_take *take;
};

static void do_take(void *ctx, struct queue_txn *q)
{
    struct take_ctx *taking = ctx;
    arena_reset(taking->arena);
    queue_take(q, taking->arena, taking->take);
}

const char *took_with(struct queue_world *world, struct queue *queue, struct queue_take *take)
{
    struct take_ctx ctx = {&world->arena, take};
    cr_assert_eq(work_on(world, queue, do_take, &ctx), STATUS_OK);
    last_messages = take->messages;
    last_count = take->count;
    AUTO_BUF text = BUF_INIT(1 << 20);
    for (size_t i = 0; i < last_count; i++) {
        buf_append_text(&text, i > 0 ? " " : "");
        buf_append(&text, last_messages[i].body);
    }
    return arena_cstr(&world->arena, buf_slice(&text));
}

const char *took(struct queue_world *world, struct queue *queue, uint32_t max, int64_t hold_ms)
{
    struct queue_take take = {.max = max, .hold_ms = hold_ms};
    return took_with(world, queue, &take);
}

struct queue_message taken(const struct queue_world *world, size_t index)
{
    (void)world;
    cr_assert_lt(index, last_count);
    return last_messages[index];
}

struct hold_ctx {
    struct queue_receipt receipt;
    bool must_hold;
    int64_t until_ms;
    const struct queue_put_back *how;
    enum status status;
};

static void do_drop(void *ctx, struct queue_txn *q)
{
    struct hold_ctx *hold = ctx;
    hold->status = queue_drop(q, hold->receipt, hold->must_hold);
}

static void do_hide(void *ctx, struct queue_txn *q)
{
    struct hold_ctx *hold = ctx;
    hold->status = queue_hide(q, hold->receipt, hold->until_ms);
}

static void do_put_back(void *ctx, struct queue_txn *q)
{
    struct hold_ctx *hold = ctx;
    hold->status = queue_put_back(q, hold->receipt, hold->how);
}

static enum status hold_work(struct queue_world *world, struct queue *queue, queue_work_fn *work,
                             struct hold_ctx *hold)
{
    cr_assert_eq(work_on(world, queue, work, hold), STATUS_OK);
    return hold->status;
}

enum status drop(struct queue_world *world, struct queue *queue, struct queue_receipt receipt,
                 bool must_hold)
{
    struct hold_ctx hold = {.receipt = receipt, .must_hold = must_hold};
    return hold_work(world, queue, do_drop, &hold);
}

enum status hide(struct queue_world *world, struct queue *queue, struct queue_receipt receipt,
                 int64_t for_ms)
{
    struct hold_ctx hold = {.receipt = receipt, .until_ms = clock_epoch_ms(&world->clock) + for_ms};
    return hold_work(world, queue, do_hide, &hold);
}

enum status put_back(struct queue_world *world, struct queue *queue, struct queue_receipt receipt,
                     struct queue_put_back how)
{
    struct hold_ctx hold = {.receipt = receipt, .how = &how};
    return hold_work(world, queue, do_put_back, &hold);
}

const char *counted(struct queue_world *world, struct queue *queue)
{
    struct queue_counts counts;
    cr_assert_eq(queue_counts(queue, &counts), STATUS_OK);
    return arena_printf(&world->arena, "visible %llu held %llu delayed %llu%c",
                        (unsigned long long)counts.visible, (unsigned long long)counts.held,
                        (unsigned long long)counts.delayed, '\0')
        .ptr;
}

size_t key_count(struct queue_world *world)
{
    size_t count = 0;
    struct txn *txn = engine_read_begin(world->engine, 0);
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_MESSAGES);
        for (bool has = cursor_seek(&cursor, SLICE("")); has; has = cursor_next(&cursor)) {
            count++;
        }
    }
    engine_read_end(world->engine, txn);
    return count;
}
