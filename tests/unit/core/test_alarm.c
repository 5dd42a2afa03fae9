#include "core/alarm.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#define START_MS INT64_C(1767225600000)

struct bell {
    struct alarm alarm;
    struct world *world;
    char name;
    int64_t again_ms; /* after which it rings once more; 0: never */
};

struct world {
    uv_loop_t loop;
    struct clock clock;
    struct alarms *alarms;
    char rung[64];
    size_t count;
    int64_t times[64]; /* of the clock, since START_MS */
    bool is_turned;
    size_t ran;
    uv_timer_t work; /* what a bell has begun */
};

static void begin(struct world *world)
{
    *world = (struct world){.count = 0};
    cr_assert_eq(uv_loop_init(&world->loop), 0);
    clock_init_manual(&world->clock, START_MS);
    world->alarms = alarms_create(&world->loop, &world->clock);
}

static void end(struct world *world)
{
    alarms_destroy(world->alarms);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    cr_assert_eq(uv_loop_close(&world->loop), 0);
}

static void ring(struct alarm *alarm)
{
    struct bell *bell = CONTAINER_OF(alarm, struct bell, alarm);
    struct world *world = bell->world;
    world->times[world->count] = clock_epoch_ms(&world->clock) - START_MS;
    world->rung[world->count++] = bell->name;
    if (bell->again_ms > 0) {
        alarm_set(world->alarms, alarm, alarm->at_ms + bell->again_ms);
    }
}

static struct bell make(struct world *world, char name)
{
    return (struct bell){.alarm.on_due = ring, .world = world, .name = name};
}

static void on_turned(void *ctx, size_t ran)
{
    struct world *world = ctx;
    world->is_turned = true;
    world->ran = ran;
}

static void turn(struct world *world, int64_t ms)
{
    world->is_turned = false;
    cr_assert_eq(alarms_turn(world->alarms, ms, on_turned, world), STATUS_OK);
    for (int i = 0; i < 100000 && !world->is_turned; i++) {
        uv_run(&world->loop, UV_RUN_NOWAIT);
    }
    cr_assert(world->is_turned);
}

Test(alarm, runs_what_is_due_in_the_order_of_the_instants_then_of_setting)
{
    struct world world;
    begin(&world);
    struct bell bells[8];
    const int64_t at[8] = {50, 20, 20, 70, 10, 60, 20, 40};
    for (int i = 0; i < 8; i++) {
        bells[i] = make(&world, (char)('a' + i));
        alarm_set(world.alarms, &bells[i].alarm, START_MS + at[i]);
    }
    alarm_clear(world.alarms, &bells[7].alarm);
    alarm_set(world.alarms, &bells[5].alarm, START_MS + 5); /* moved */
    turn(&world, 55);
    cr_assert_str_eq(world.rung, "febcga");
    cr_assert_eq(world.times[5], 50, "the clock stood at the instant");
    cr_assert_eq(clock_epoch_ms(&world.clock), START_MS + 55);
    cr_assert_eq(world.ran, 4);
    turn(&world, 100);
    cr_assert_str_eq(world.rung, "febcgad");
    end(&world);
}

Test(alarm, meets_every_instant_of_a_repeating_alarm)
{
    struct world world;
    begin(&world);
    struct bell bell = make(&world, 'x');
    bell.again_ms = 60000;
    alarm_set(world.alarms, &bell.alarm, START_MS + 60000);
    turn(&world, 10 * 60000);
    cr_assert_eq(world.count, 10);
    for (size_t i = 0; i < world.count; i++) {
        cr_assert_eq(world.times[i], (int64_t)(i + 1) * 60000);
    }
    alarm_clear(world.alarms, &bell.alarm);
    end(&world);
}

static void on_work_done(uv_timer_t *timer)
{
    struct world *world = CONTAINER_OF(timer, struct world, work);
    world->rung[world->count++] = '!';
    alarms_release(world->alarms);
}

static void begin_work(struct alarm *alarm)
{
    struct bell *bell = CONTAINER_OF(alarm, struct bell, alarm);
    ring(alarm);
    alarms_hold(bell->world->alarms);
    uv_timer_start(&bell->world->work, on_work_done, 20, 0);
}

Test(alarm, lets_what_an_instant_caused_come_to_rest_before_the_next)
{
    struct world world;
    begin(&world);
    uv_timer_init(&world.loop, &world.work);
    struct bell first = make(&world, 'a');
    struct bell second = make(&world, 'b');
    first.alarm.on_due = begin_work;
    alarm_set(world.alarms, &first.alarm, START_MS + 1000);
    alarm_set(world.alarms, &second.alarm, START_MS + 1001);
    turn(&world, 5000);
    cr_assert_str_eq(world.rung, "a!b");
    uv_close((uv_handle_t *)&world.work, NULL);
    end(&world);
}

struct well {
    struct alarm_source source;
    struct world *world;
    int64_t next_ms;
};

static int64_t well_next(struct alarm_source *source)
{
    return CONTAINER_OF(source, struct well, source)->next_ms;
}

static void well_run(struct alarm_source *source)
{
    struct well *well = CONTAINER_OF(source, struct well, source);
    well->world->rung[well->world->count++] = 'w';
    well->next_ms = ALARM_NEVER;
}

Test(alarm, asks_sources_for_their_next_instant)
{
    struct world world;
    begin(&world);
    struct well well = {.source = {.next_ms = well_next, .run = well_run},
                        .world = &world,
                        .next_ms = START_MS + 30};
    alarms_add_source(world.alarms, &well.source);
    struct bell before = make(&world, 'a');
    struct bell after = make(&world, 'b');
    alarm_set(world.alarms, &before.alarm, START_MS + 20);
    alarm_set(world.alarms, &after.alarm, START_MS + 40);
    turn(&world, 100);
    cr_assert_str_eq(world.rung, "awb");
    alarms_remove_source(world.alarms, &well.source);
    end(&world);
}

static void on_moved(void *ctx)
{
    struct world *world = ctx;
    world->times[world->count] = clock_epoch_ms(&world->clock) - START_MS;
    world->rung[world->count++] = '>';
}

Test(alarm, tells_of_each_move_before_what_is_due_there)
{
    struct world world;
    begin(&world);
    struct bell a = make(&world, 'a');
    alarm_set(world.alarms, &a.alarm, START_MS + 100);
    alarms_observe(world.alarms, on_moved, &world);
    turn(&world, 300);
    cr_expect_str_eq(world.rung, ">a>");
    cr_expect_eq(world.times[0], 100);
    cr_expect_eq(world.times[2], 300);
    cr_expect_eq(clock_ahead_ms(&world.clock), 300);
    end(&world);
}

static void turn_no_further(struct alarm *alarm)
{
    struct bell *bell = CONTAINER_OF(alarm, struct bell, alarm);
    ring(alarm);
    alarms_end_turn(bell->world->alarms);
}

Test(alarm, ends_a_turn_where_it_is)
{
    struct world world;
    begin(&world);
    struct bell a = make(&world, 'a');
    struct bell b = make(&world, 'b');
    a.alarm.on_due = turn_no_further;
    alarm_set(world.alarms, &a.alarm, START_MS + 100);
    alarm_set(world.alarms, &b.alarm, START_MS + 200);
    turn(&world, 300);
    cr_expect_str_eq(world.rung, "a");
    cr_expect_eq(clock_epoch_ms(&world.clock), START_MS + 100);
    cr_expect_not(alarms_is_turning(world.alarms));
    alarms_end_turn(world.alarms); /* there is none */
    alarm_clear(world.alarms, &b.alarm);
    end(&world);
}

Test(alarm, refuses_a_second_turn_while_one_is_under_way)
{
    struct world world;
    begin(&world);
    cr_assert_eq(alarms_turn(world.alarms, 10, on_turned, &world), STATUS_OK);
    cr_assert_eq(alarms_turn(world.alarms, 10, on_turned, &world), STATUS_CONFLICT);
    for (int i = 0; i < 1000 && !world.is_turned; i++) {
        uv_run(&world.loop, UV_RUN_NOWAIT);
    }
    end(&world);
}

Test(alarm, rings_by_itself_when_the_machines_time_comes)
{
    struct world world;
    begin(&world);
    clock_init_system(&world.clock);
    struct bell bell = make(&world, 'x');
    alarm_set(world.alarms, &bell.alarm, clock_epoch_ms(&world.clock) + 5);
    for (int i = 0; i < 100000 && world.count == 0; i++) {
        uv_run(&world.loop, UV_RUN_NOWAIT);
        uv_sleep(1);
    }
    cr_assert_str_eq(world.rung, "x");
    end(&world);
}
