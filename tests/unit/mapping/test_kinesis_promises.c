/* What holds of a stream's shards whatever happens to them: every record is taken, and those of a key in order, over
 * splits and merges. */
#include "mapping_world.h"

#include "core/encode.h"
#include "core/json_writer.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define STREAM_ARN "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"
#define KEYS 8

struct promises {
    int written[KEYS];
    int taken[KEYS]; /* without a gap */
    bool is_calm;
    char answer[400];
};

/* "key round" */
static void read_record(const struct call *call, size_t record, int *ret_key, int *ret_round)
{
    char path[64];
    AUTO_BUF data = BUF_INIT(100);
    (void)snprintf(path, sizeof path, "Records.%zu.kinesis.data", record);
    struct slice raw = call_at(call, path);
    cr_assert(base64_decode(&data, slice_of(raw.ptr + 1, raw.len - 2)));
    cr_assert_eq(sscanf(buf_cstr(&data), "%d %d", ret_key, ret_round), 2);
}

static void take(struct promises *promises, const struct call *call, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int key, round;
        read_record(call, i, &key, &round);
        cr_assert_leq(round, promises->taken[key], "key %d: %d was skipped", key,
                      promises->taken[key]);
        promises->taken[key] += round == promises->taken[key];
    }
}

static void answer(struct mapping_world *world, const struct call *call,
                   struct invoke_result *result)
{
    struct promises *promises = world->ctx;
    size_t count = call_records(call);
    int dice = promises->is_calm ? 9 : rand() % 10;
    if (dice < 2) {
        result->outcome = INVOKE_FUNCTION_ERROR;
    } else if (dice < 3) {
        result->outcome = INVOKE_THROTTLED;
    } else if (dice < 5) {
        size_t at = (size_t)rand() % count;
        char path[64];
        (void)snprintf(path, sizeof path, "Records.%zu.kinesis.sequenceNumber", at);
        (void)snprintf(promises->answer, sizeof promises->answer,
                       "{\"batchItemFailures\":[{\"itemIdentifier\":%.*s}]}",
                       SLICE_ARG(call_at(call, path)));
        result->payload = slice_from(promises->answer);
        take(promises, call, at);
    } else {
        take(promises, call, count);
    }
}

static void put_some(struct mapping_world *world, struct promises *promises)
{
    for (int i = rand() % 12; i > 0; i--) {
        char body[200], text[32];
        AUTO_BUF data = BUF_INIT(100);
        int key = rand() % KEYS;
        (void)snprintf(text, sizeof text, "%d %d", key, promises->written[key]++);
        base64_encode(&data, slice_from(text));
        (void)snprintf(body, sizeof body,
                       "{'StreamName':'clicks','PartitionKey':'key-%d','Data':'%.*s'}", key,
                       SLICE_ARG(buf_slice(&data)));
        (void)bus_ok(&world->bus, "kinesis", "PutRecord", body);
    }
}

static void disturb(struct mapping_world *world)
{
    char body[200];
    int dice = rand() % 8;
    if (dice == 4) {
        (void)snprintf(
            body, sizeof body,
            "{'ParallelizationFactor':%d,'BatchSize':%d,'BisectBatchOnFunctionError':%s}",
            1 + rand() % 5, 1 + rand() % 10, rand() % 2 == 0 ? "true" : "false");
        (void)world_call(world, "UpdateEventSourceMapping", body);
    } else if (!world_disturb(world, dice)) { /* refused when it is too much at once */
        (void)snprintf(body, sizeof body,
                       "{'StreamName':'clicks','TargetShardCount':%d,'ScalingType':"
                       "'UNIFORM_SCALING'}",
                       1 + rand() % 6);
        (void)bus_call(&world->bus, "kinesis", "UpdateShardCount", body);
        bus_advance(&world->bus, 30000);
    }
    bus_advance(&world->bus, rand() % 5000);
}

static void run(unsigned seed)
{
    struct mapping_world world;
    struct promises promises = {.is_calm = false};
    srand(seed);
    world_open(&world);
    world.answer = answer;
    world.ctx = &promises;
    (void)bus_ok(&world.bus, "kinesis", "CreateStream", "{'StreamName':'clicks','ShardCount':2}");
    bus_advance(&world.bus, 5000);
    (void)snprintf(world.stream_arn, sizeof world.stream_arn, STREAM_ARN);
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','BatchSize':4,"
                      "'FunctionResponseTypes':['ReportBatchItemFailures']");
    for (int step = 0; step < 25; step++) {
        put_some(&world, &promises);
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

Test(kinesis_promises, every_record_is_taken_and_those_of_a_key_in_order)
{
    for (unsigned seed = 1; seed <= 6; seed++) {
        run(seed);
    }
}
