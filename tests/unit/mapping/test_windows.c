/* Tumbling windows, from the records to what the function is told. */
#include "mapping_world.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define WINDOWED "'StartingPosition':'TRIM_HORIZON','TumblingWindowInSeconds':60"

/* Returns how many records it has seen in the window so far as its state. */
static void count_records(struct mapping_world *world, const struct call *call,
                          struct invoke_result *result)
{
    static char text[64];
    int64_t seen = 0;
    (void)world;
    struct slice state = call_at(call, "state.n");
    if (state.len > 0) {
        cr_assert(slice_to_i64(state, &seen));
    }
    (void)snprintf(text, sizeof text, "{\"state\":{\"n\":%zu}}", (size_t)seen + call_records(call));
    result->payload = slice_from(text);
}

static void expect_call(const struct mapping_world *world, size_t index, const char *keys,
                        const char *state, const char *start, bool is_final)
{
    cr_assert_lt(index, world->count);
    struct slice event = slice_from(world->calls[index]->payload);
    cr_expect_str_eq(call_keys(world->calls[index]), keys, "call %zu: %s", index,
                     world->calls[index]->payload);
    cr_expect(json_is(event, "state", state), "call %zu: %s", index, event.ptr);
    cr_expect(json_is(event, "window.start", start), "call %zu: %s", index, event.ptr);
    cr_expect(json_is(event, "isFinalInvokeForWindow", is_final ? "true" : "false"), "call %zu",
              index);
    cr_expect(json_is(event, "isWindowTerminatedEarly", "false"));
}

Test(windows, carry_the_state_and_end_when_their_time_is_over)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = count_records;
    world_map(&world, WINDOWED);
    bus_advance(&world.bus, 10000);
    world_put(&world, "a");
    world_put(&world, "b");
    world_rest(&world);
    bus_advance(&world.bus, 10000);
    world_put(&world, "c");
    world_rest(&world);
    size_t records = world.count;
    bus_advance(&world.bus, 39000);
    cr_expect_eq(world.count, records, "the window is open");
    bus_advance(&world.bus, 2000);
    cr_expect_eq(world.count, records + 1);
    expect_call(&world, records - 1, "c", "{'n':2}", "'2026-01-01T00:00:00Z'", false);
    expect_call(&world, records, "", "{'n':3}", "'2026-01-01T00:00:00Z'", true);
    cr_expect(
        json_is(slice_from(world.calls[records]->payload), "window.end", "'2026-01-01T00:01:00Z'"));
    cr_expect(json_is(slice_from(world.calls[records]->payload), "Records", "[]"));
    world_put(&world, "d");
    world_rest(&world);
    expect_call(&world, records + 1, "d", "{}", "'2026-01-01T00:01:00Z'", false);
    world_close(&world);
}

Test(windows, end_before_the_first_record_behind_them)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = count_records;
    world_put(&world, "a");
    bus_advance(&world.bus, 30000);
    world_put(&world, "b");
    bus_advance(&world.bus, 40000);
    world_put(&world, "c");
    bus_advance(&world.bus, 120000);
    world_put(&world, "d");
    world_map(&world, WINDOWED);
    world_rest(&world);
    cr_assert_geq(world.count, 5);
    expect_call(&world, 0, "a b", "{}", "'2026-01-01T00:00:00Z'", false);
    expect_call(&world, 1, "", "{'n':2}", "'2026-01-01T00:00:00Z'", true);
    expect_call(&world, 2, "c", "{}", "'2026-01-01T00:01:00Z'", false);
    expect_call(&world, 3, "", "{'n':1}", "'2026-01-01T00:01:00Z'", true);
    expect_call(&world, 4, "d", "{}", "'2026-01-01T00:03:00Z'", false);
    world_close(&world);
}

/* A window has one state, and a shard that is divided has several readers. */
Test(windows, take_no_parallelization_factor)
{
    static const char *const updates[] = {
        "{'ParallelizationFactor':2}",
        "{'TumblingWindowInSeconds':0,'ParallelizationFactor':2}",
        "{'TumblingWindowInSeconds':1}",
        "{'TumblingWindowInSeconds':1,'ParallelizationFactor':1}",
    };
    struct mapping_world world;
    world_open(&world);
    world.answer = count_records;
    world_map(&world, WINDOWED);
    for (size_t i = 0; i < COUNT_OF(updates); i++) {
        world_rest(&world);
        const char *reply = world_call(&world, "UpdateEventSourceMapping", updates[i]);
        cr_expect_eq(world.bus.status, i % 2 == 0 ? 400 : 202, "case %zu: %s", i, reply);
        cr_expect(i % 2 != 0 || strstr(reply, "ParallelizationFactor must be 1 when "
                                              "TumblingWindowInSeconds is set.") != NULL,
                  "case %zu: %s", i, reply);
    }
    world_close(&world);
}

Test(windows, survive_a_restart_with_their_state)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = count_records;
    world_map(&world, WINDOWED);
    world_put(&world, "a");
    world_rest(&world);
    world_reopen(&world);
    world_put(&world, "b");
    world_rest(&world);
    expect_call(&world, 1, "b", "{'n':1}", "'2026-01-01T00:00:00Z'", false);
    world_reopen(&world);
    bus_advance(&world.bus, 61000);
    expect_call(&world, 2, "", "{'n':2}", "'2026-01-01T00:00:00Z'", true);
    world_reopen(&world);
    bus_advance(&world.bus, 300000);
    cr_expect_eq(world.count, 3, "the last invocation is made once");
    world_close(&world);
}

static void forget_state_once(struct mapping_world *world, const struct call *call,
                              struct invoke_result *result)
{
    if (world->failures > 0) {
        world->failures--;
        result->payload = SLICE("{\"batchItemFailures\":[]}");
        return;
    }
    count_records(world, call, result);
}

Test(windows, an_answer_without_a_state_is_a_failure)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = forget_state_once;
    world.failures = 1;
    world_map(&world, WINDOWED);
    world_put(&world, "a");
    bus_advance(&world.bus, 5000);
    expect_calls(&world, "a|a");
    expect_call(&world, 1, "a", "{}", "'2026-01-01T00:00:00Z'", false);
    world_close(&world);
}

static void fail_finals(struct mapping_world *world, const struct call *call,
                        struct invoke_result *result)
{
    if (call_records(call) == 0 && world->failures > 0) {
        world->failures--;
        result->outcome = INVOKE_FUNCTION_ERROR;
        return;
    }
    count_records(world, call, result);
}

Test(windows, a_last_invocation_that_fails_holds_up_the_shard_until_it_succeeds)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_finals;
    world.failures = 2;
    world_map(&world, WINDOWED);
    world_put(&world, "a");
    bus_advance(&world.bus, 60500);
    world_put(&world, "b");
    bus_advance(&world.bus, 20000);
    expect_calls(&world, "a||||b");
    expect_call(&world, 3, "", "{'n':1}", "'2026-01-01T00:00:00Z'", true);
    world_close(&world);
}

static void grow(struct mapping_world *world, const struct call *call, struct invoke_result *result)
{
    struct buf *state = world->ctx;
    (void)call;
    result->payload = world->count == 1 ? buf_slice(state) : SLICE("{\"state\":{\"n\":0}}");
}

Test(windows, a_state_over_a_megabyte_terminates_the_window_early)
{
    struct mapping_world world;
    AUTO_BUF state = BUF_INIT(4U << 20);
    world_open(&world);
    buf_append_text(&state, "{\"state\":\"");
    for (size_t i = 0; i < 1048576; i++) {
        buf_append_char(&state, 'x');
    }
    buf_append_text(&state, "\"}");
    world.answer = grow;
    world.ctx = &state;
    world_map(&world, WINDOWED);
    world_put(&world, "a");
    world_rest(&world);
    world_put(&world, "b");
    world_rest(&world);
    cr_assert_eq(world.count, 3);
    struct slice told = slice_from(world.calls[1]->payload);
    cr_expect(json_is(told, "Records", "[]"));
    cr_expect(json_is(told, "isWindowTerminatedEarly", "true"));
    cr_expect(json_is(told, "isFinalInvokeForWindow", "false"));
    cr_expect_eq(json_at(told, "state").len, 1048578, "with the state that was too large");
    expect_call(&world, 2, "b", "{}", "'2026-01-01T00:00:00Z'", false);
    world_close(&world);
}

/* --- whatever happens --- */

#define WINDOWS_MAX 64

struct sums {
    char written[WINDOWS_MAX][1024]; /* the records of each window, "3 4 5 " */
    bool is_over[WINDOWS_MAX];
    bool is_calm;
    int number; /* of the next record */
    char answer[4096];
};

static size_t window_now(struct mapping_world *world)
{
    return (size_t)((clock_epoch_ms(&world->bus.clock) - BUS_START_MS) / 60000);
}

/* The state with the first `count` records behind what it was. */
static void add_up(struct sums *sums, const struct call *call, size_t count)
{
    struct slice state = call_at(call, "state"); /* "3 4 ", or {} at first */
    AUTO_BUF answer = BUF_INIT(sizeof sums->answer - 1);
    buf_append_text(&answer, "{\"state\":\"");
    if (state.ptr[0] == '"') {
        buf_append(&answer, slice_of(state.ptr + 1, state.len - 2));
    }
    for (size_t i = 0; i < count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "Records.%zu.dynamodb.Keys.p.S", i);
        struct slice key = call_at(call, path);
        buf_printf(&answer, "%.*s ", (int)key.len - 2, key.ptr + 1);
    }
    buf_append_char(&answer, '"');
    if (count < call_records(call)) {
        struct slice sequence = call_sequence(call, count);
        buf_printf(&answer, ",\"batchItemFailures\":[{\"itemIdentifier\":\"%.*s\"}]",
                   SLICE_ARG(sequence));
    }
    buf_append_char(&answer, '}');
    (void)snprintf(sums->answer, sizeof sums->answer, "%.*s", SLICE_ARG(buf_slice(&answer)));
}

static void expect_sum(struct sums *sums, const struct call *call)
{
    struct slice state = call_at(call, "state"), start = call_at(call, "window.start");
    int64_t start_ms;
    cr_assert(time_parse_iso8601(slice_of(start.ptr + 1, start.len - 2), &start_ms));
    size_t window = (size_t)((start_ms - BUS_START_MS) / 60000);
    cr_assert_lt(window, WINDOWS_MAX);
    sums->is_over[window] = true;
    cr_assert(slice_is(slice_of(state.ptr + 1, state.len - 2), sums->written[window]),
              "window %zu: %.*s instead of %s", window, SLICE_ARG(state), sums->written[window]);
}

static void sum_up(struct mapping_world *world, const struct call *call,
                   struct invoke_result *result)
{
    struct sums *sums = world->ctx;
    size_t count = call_records(call);
    int dice = sums->is_calm ? 9 : rand() % 10;
    if (dice < 2) {
        result->outcome = INVOKE_FUNCTION_ERROR;
    } else if (dice < 3) {
        result->outcome = INVOKE_THROTTLED;
    } else if (count == 0) {
        expect_sum(sums, call);
    } else {
        add_up(sums, call, dice < 6 ? (size_t)rand() % (count + 1) : count);
        result->payload = slice_from(sums->answer);
    }
}

static void disturb(struct mapping_world *world)
{
    if (!world_disturb(world, rand() % 6)) {
        bus_advance(&world->bus, rand() % 40000);
    }
}

Test(windows, add_up_each_record_once)
{
    for (unsigned seed = 1; seed <= 8; seed++) {
        struct mapping_world world;
        struct sums sums = {.number = 0};
        srand(seed);
        world_open(&world);
        world.answer = sum_up;
        world.ctx = &sums;
        world_map(&world, WINDOWED ",'BatchSize':4,"
                                   "'FunctionResponseTypes':['ReportBatchItemFailures']");
        for (int step = 0; step < 30; step++) {
            for (int i = rand() % 8; i > 0; i--) {
                char key[16], *line = sums.written[window_now(&world)];
                size_t len = strlen(line);
                (void)snprintf(key, sizeof key, "%d", sums.number++);
                (void)snprintf(line + len, sizeof sums.written[0] - len, "%s ", key);
                world_put(&world, key);
            }
            disturb(&world);
        }
        sums.is_calm = true;
        world_rest(&world);
        (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
        bus_advance(&world.bus, 200000);
        for (size_t window = 0; window < WINDOWS_MAX; window++) {
            cr_assert_eq(sums.is_over[window], sums.written[window][0] != '\0',
                         "seed %u, window %zu: %s", seed, window, sums.written[window]);
        }
        world_close(&world);
    }
}
