/* What holds whatever happens: every record is taken at least once, and those of a key in order. */
#include "mapping_world.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define KEYS 6

struct promises {
    int written[KEYS]; /* rounds of each key */
    int taken[KEYS];   /* rounds that the function has taken, without a gap */
    bool reports;      /* ReportBatchItemFailures */
    bool is_calm;      /* the function is well from now on */
    char answer[256];
};

static int number_at(const struct call *call, size_t record, const char *path)
{
    char whole[96];
    (void)snprintf(whole, sizeof whole, "Records.%zu.dynamodb.%s", record, path);
    struct slice raw = call_at(call, whole);
    int64_t number = -1;
    cr_assert(slice_to_i64(slice_of(raw.ptr + 1, raw.len - 2), &number), "%s", whole);
    return (int)number;
}

/* The first `count` records of the call were taken. */
static void take(struct promises *promises, const struct call *call, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int key = number_at(call, i, "Keys.p.S");
        int round = number_at(call, i, "NewImage.t.S");
        cr_assert_leq(round, promises->taken[key], "key %d: %d was skipped", key,
                      promises->taken[key]);
        if (round == promises->taken[key]) {
            promises->taken[key]++;
        }
    }
}

static void answer(struct mapping_world *world, const struct call *call,
                   struct invoke_result *result)
{
    struct promises *promises = world->ctx;
    size_t count = call_records(call);
    int dice = promises->is_calm ? 0 : rand() % 10;
    if (dice == 9) {
        result->outcome = INVOKE_THROTTLED;
    } else if (dice >= 7) {
        result->outcome = INVOKE_FUNCTION_ERROR;
    } else if (dice >= 5 && promises->reports) {
        size_t at = (size_t)rand() % count;
        (void)snprintf(promises->answer, sizeof promises->answer,
                       "{\"batchItemFailures\":[{\"itemIdentifier\":\"%.*s\"}]}",
                       SLICE_ARG(call_sequence(call, at)));
        result->payload = slice_from(promises->answer);
        take(promises, call, at);
    } else {
        take(promises, call, count);
    }
}

static void write_some(struct mapping_world *world, struct promises *promises)
{
    for (int i = rand() % 12; i > 0; i--) {
        char key[16], round[16];
        int number = rand() % KEYS;
        (void)snprintf(key, sizeof key, "%d", number);
        (void)snprintf(round, sizeof round, "%d", promises->written[number]++);
        world_put_text(world, key, round);
    }
}

static void change_something(struct mapping_world *world)
{
    char body[128];
    (void)snprintf(body, sizeof body,
                   "{'ParallelizationFactor':%d,'BatchSize':%d,'BisectBatchOnFunctionError':%s}",
                   1 + rand() % 10, 1 + rand() % 20, rand() % 2 == 0 ? "true" : "false");
    (void)world_call(world, "UpdateEventSourceMapping", body);
}

static void disturb(struct mapping_world *world)
{
    int dice = rand() % 7;
    if (dice == 4) {
        change_something(world);
    } else if (!world_disturb(world, dice)) {
        bus_advance(&world->bus, rand() % 5000);
    }
}

static void run(unsigned seed)
{
    struct mapping_world world;
    struct promises promises = {.reports = seed % 2 == 0};
    char settings[200];
    srand(seed);
    world_open(&world);
    world.answer = answer;
    world.ctx = &promises;
    (void)snprintf(settings, sizeof settings,
                   "'StartingPosition':'TRIM_HORIZON','ParallelizationFactor':%d,'BatchSize':%d,"
                   "'MaximumBatchingWindowInSeconds':%d,'FunctionResponseTypes':[%s]",
                   1 + rand() % 10, 1 + rand() % 20, rand() % 3,
                   promises.reports ? "'ReportBatchItemFailures'" : "");
    world_map(&world, settings);
    for (int step = 0; step < 25; step++) {
        write_some(&world, &promises);
        disturb(&world);
    }
    promises.is_calm = true;
    world_rest(&world);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    bus_advance(&world.bus, 200000);
    for (int key = 0; key < KEYS; key++) {
        cr_assert_eq(promises.taken[key], promises.written[key], "seed %u, key %d: %d of %d", seed,
                     key, promises.taken[key], promises.written[key]);
    }
    world_close(&world);
}

Test(mapping_promises, every_record_is_taken_and_those_of_a_key_in_order)
{
    for (unsigned seed = 1; seed <= 16; seed++) {
        run(seed);
    }
}
