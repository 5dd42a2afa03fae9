#include "world.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <time.h>

#define WAIT_TURNS 200000

static void open_store(struct world *world)
{
    char dir[80];
    (void)snprintf(dir, sizeof dir, "%s/logs", world->dir);
    world->store = log_store_create(&world->context, dir, false);
}

void world_begin(struct world *world)
{
    *world = (struct world){.count = 0};
    cr_assert_eq(uv_loop_init(&world->loop), 0);
    clock_init_manual(&world->clock, START_MS);
    log_init(&world->log, &world->clock, LOG_OFF);
    world->context = (struct context){.loop = &world->loop,
                                      .clock = &world->clock,
                                      .log = &world->log,
                                      .alarms = alarms_create(&world->loop, &world->clock)};
    (void)snprintf(world->dir, sizeof world->dir, "/tmp/sls-logs-XXXXXX");
    cr_assert_not_null(mkdtemp(world->dir));
    buf_init(&world->text, 64 << 20);
    open_store(world);
}

static void on_done(void *ctx)
{
    ((struct world *)ctx)->is_done = true;
}

void world_wait(struct world *world)
{
    for (int i = 0; i < WAIT_TURNS && !world->is_done; i++) {
        uv_run(&world->loop, UV_RUN_NOWAIT);
        struct timespec pause = {0, 20000};
        (void)nanosleep(&pause, NULL);
    }
    cr_assert(world->is_done);
}

static void close_store(struct world *world)
{
    world->is_done = false;
    log_store_destroy(world->store, on_done, world);
    world_wait(world);
}

void world_reopen(struct world *world)
{
    close_store(world);
    open_store(world);
}

void world_crash(struct world *world)
{
    char command[256];
    /* A copy from before the end is what a killed process leaves. */
    (void)snprintf(command, sizeof command, "cp -r %s/logs %s/before", world->dir, world->dir);
    cr_assert_eq(system(command), 0);
    close_store(world);
    (void)snprintf(command, sizeof command, "rm -r %s/logs && mv %s/before %s/logs", world->dir,
                   world->dir, world->dir);
    cr_assert_eq(system(command), 0);
    open_store(world);
}

void world_end(struct world *world)
{
    struct fault fault;
    close_store(world);
    alarms_destroy(world->context.alarms);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&world->loop), 0);
    buf_finish(&world->text);
    cr_assert_eq(file_remove_tree(world->dir, &fault), STATUS_OK);
}

struct log_group *world_group(struct world *world, const char *name)
{
    return log_store_group(world->store, slice_from(name));
}

void world_write(struct world *world, const char *group, const char *stream, const char *message)
{
    struct log_sink sink = log_store_sink(world->store);
    struct log_stream *opened = sink.open(sink.ctx, slice_from(group), slice_from(stream));
    sink.write(opened, slice_from(message));
    sink.close(opened);
}

static void on_turned(void *ctx, size_t ran)
{
    (void)ran;
    on_done(ctx);
}

void world_advance(struct world *world, int64_t ms)
{
    world->is_done = false;
    cr_assert_eq(alarms_turn(world->context.alarms, ms, on_turned, world), STATUS_OK);
    world_wait(world);
}

static void on_page(void *ctx, const struct log_page *page)
{
    struct world *world = ctx;
    buf_clear(&world->text);
    for (size_t i = 0; i < page->count; i++) {
        const struct log_event *event = &page->events[i];
        buf_printf(&world->text, "%.*s@%d:%.*s\n", SLICE_ARG(event->stream),
                   (int)(event->position.at_ms - START_MS), SLICE_ARG(event->message));
        world->last = event->position;
        if (i == 0) {
            world->first = event->position;
        }
    }
    world->count = page->count;
    world->has_more = page->has_more;
    world->is_done = true;
}

const char *world_read(struct world *world, const char *group, const struct log_query *query)
{
    world->is_done = false;
    log_query_run(world_group(world, group), query, on_page, world);
    world_wait(world);
    return buf_cstr(&world->text);
}

const char *world_read_all(struct world *world, const char *group)
{
    return world_read(world, group,
                      &(struct log_query){.from_ms = 0, .to_ms = INT64_MAX, .limit = 10000});
}

static void on_synced(void *ctx, enum status status)
{
    struct world *world = ctx;
    world->status = status;
    world->is_done = true;
}

enum status world_sync(struct world *world, const char *group)
{
    world->is_done = false;
    cr_assert_eq(log_group_flush(world_group(world, group)), STATUS_OK);
    log_group_sync(world_group(world, group), on_synced, world);
    world_wait(world);
    return world->status;
}
