/* Kinesis streams that feed a function: what table streams do not have, several shards. */
#include "mapping_world.h"

#include "core/encode.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define STREAM_ARN "arn:aws:kinesis:us-east-1:000000000000:stream/clicks"
#define HALF "170141183460469231731687303715884105728"

static void make_stream(struct mapping_world *world, int shards)
{
    char body[100];
    (void)snprintf(body, sizeof body, "{'StreamName':'clicks','ShardCount':%d}", shards);
    (void)bus_ok(&world->bus, "kinesis", "CreateStream", body);
    bus_advance(&world->bus, 5000);
}

static void open_stream(struct mapping_world *world, int shards, const char *settings)
{
    world_open(world);
    make_stream(world, shards);
    (void)snprintf(world->stream_arn, sizeof world->stream_arn, STREAM_ARN);
    world_map(world, settings);
}

static void put(struct mapping_world *world, const char *key, const char *text)
{
    char body[400];
    AUTO_BUF data = BUF_INIT(200);
    base64_encode(&data, slice_from(text));
    (void)snprintf(body, sizeof body, "{'StreamName':'clicks','PartitionKey':'%s','Data':'%.*s'}",
                   key, SLICE_ARG(buf_slice(&data)));
    (void)bus_ok(&world->bus, "kinesis", "PutRecord", body);
}

/* What was delivered, call by call: "a b|c". */
static const char *delivered(struct mapping_world *world)
{
    static char text[65536];
    AUTO_BUF all = BUF_INIT(sizeof text - 1);
    for (size_t i = 0; i < world->count; i++) {
        buf_append_text(&all, i > 0 ? "|" : "");
        for (size_t k = 0, count = call_records(world->calls[i]); k < count; k++) {
            char path[64];
            (void)snprintf(path, sizeof path, "Records.%zu.kinesis.data", k);
            struct slice raw = call_at(world->calls[i], path);
            buf_append_text(&all, k > 0 ? " " : "");
            cr_assert(base64_decode(&all, slice_of(raw.ptr + 1, raw.len - 2)));
        }
    }
    (void)snprintf(text, sizeof text, "%.*s", SLICE_ARG(buf_slice(&all)));
    return text;
}

static void split(struct mapping_world *world, const char *shard)
{
    char body[300];
    (void)snprintf(body, sizeof body,
                   "{'StreamName':'clicks','ShardToSplit':'%s','NewStartingHashKey':'" HALF "'}",
                   shard);
    (void)bus_ok(&world->bus, "kinesis", "SplitShard", body);
    bus_advance(&world->bus, 5000);
}

static void fail_some(struct mapping_world *world, const struct call *call,
                      struct invoke_result *result)
{
    (void)call;
    if (world->failures > 0) {
        world->failures--;
        result->outcome = INVOKE_FUNCTION_ERROR;
    }
}

Test(kinesis_mapping, a_batch_has_records_of_one_shard_and_shards_go_side_by_side)
{
    struct mapping_world world;
    open_stream(&world, 2, "'StartingPosition':'TRIM_HORIZON','Enabled':false");
    for (int i = 0; i < 20; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        put(&world, key, "x");
    }
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_rest(&world);
    cr_assert_eq(world.count, 2);
    cr_expect_eq(call_records(world.calls[0]) + call_records(world.calls[1]), 20);
    cr_expect_eq(world.running_most, 2);
    for (size_t i = 0; i < 2; i++) {
        struct slice first = call_at(world.calls[i], "Records.0.eventID");
        for (size_t k = 1; k < call_records(world.calls[i]); k++) {
            char path[40];
            (void)snprintf(path, sizeof path, "Records.%zu.eventID", k);
            cr_expect(
                slice_eq(slice_take(call_at(world.calls[i], path), 21), slice_take(first, 21)));
        }
    }
    world_close(&world);
}

Test(kinesis_mapping, child_shards_wait_for_their_parent_to_be_read_to_its_end)
{
    struct mapping_world world;
    open_stream(&world, 1, "'StartingPosition':'TRIM_HORIZON','BatchSize':1");
    world.answer = fail_some;
    world.failures = 3;
    put(&world, "k", "1");
    world_wait_calls(&world, 1);
    put(&world, "k", "2");
    split(&world, "shardId-000000000000"); /* five seconds: two more failures */
    put(&world, "k", "3");
    world_rest(&world);
    cr_expect_str_eq(delivered(&world), "1|1|1", "%s", delivered(&world));
    bus_advance(&world.bus, 10000);
    cr_expect_str_eq(delivered(&world), "1|1|1|1|2|3");
    world_reopen(&world);
    put(&world, "k", "4");
    bus_advance(&world.bus, 10000);
    cr_expect_str_eq(delivered(&world), "1|1|1|1|2|3|4", "the parent is not read again");
    world_close(&world);
}

Test(kinesis_mapping, a_merged_shard_waits_for_both_its_parents)
{
    struct mapping_world world;
    open_stream(&world, 2, "'StartingPosition':'TRIM_HORIZON','Enabled':false");
    for (int i = 0; i < 6; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        put(&world, key, "p");
    }
    (void)bus_ok(&world.bus, "kinesis", "MergeShards",
                 "{'StreamName':'clicks','ShardToMerge':'shardId-000000000000',"
                 "'AdjacentShardToMerge':'shardId-000000000001'}");
    bus_advance(&world.bus, 5000);
    put(&world, "k0", "c");
    world.is_manual = true;
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_wait_calls(&world, 2);
    world_end_call(&world, 0);
    bus_advance(&world.bus, 1000);
    cr_expect_eq(world.count, 2);
    world_end_call(&world, 1);
    world_wait_calls(&world, 3);
    cr_expect_eq(call_records(world.calls[2]), 1);
    world_end_call(&world, 2);
    world_rest(&world);
    world_close(&world);
}

Test(kinesis_mapping, latest_begins_behind_what_is_there_and_at_the_beginning_of_later_shards)
{
    struct mapping_world world;
    world_open(&world);
    make_stream(&world, 1);
    put(&world, "k", "old");
    (void)snprintf(world.stream_arn, sizeof world.stream_arn, STREAM_ARN);
    world_map(&world, "'StartingPosition':'LATEST','Enabled':false");
    put(&world, "k", "1");
    split(&world, "shardId-000000000000");
    put(&world, "k", "2");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_rest(&world);
    cr_expect_str_eq(delivered(&world), "1|2");
    world_close(&world);
}

Test(kinesis_mapping, a_stream_that_is_deleted_and_made_again_is_read_from_its_beginning)
{
    struct mapping_world world;
    open_stream(&world, 1, "'StartingPosition':'TRIM_HORIZON'");
    put(&world, "k", "1");
    world_rest(&world);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':false}");
    world_rest(&world);
    (void)bus_ok(&world.bus, "kinesis", "DeleteStream", "{'StreamName':'clicks'}");
    bus_advance(&world.bus, 5000);
    make_stream(&world, 1);
    put(&world, "k", "2");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_rest(&world);
    cr_expect_str_eq(delivered(&world), "1|2");
    world_close(&world);
}

Test(kinesis_mapping, several_readers_of_a_shard_keep_the_order_of_each_key)
{
    struct mapping_world world;
    open_stream(&world, 1,
                "'StartingPosition':'TRIM_HORIZON','ParallelizationFactor':3,'BatchSize':2,"
                "'Enabled':false");
    for (int round = 0; round < 5; round++) {
        for (int key = 0; key < 6; key++) {
            char name[16], text[32];
            (void)snprintf(name, sizeof name, "k%d", key);
            (void)snprintf(text, sizeof text, "k%dr%d", key, round);
            put(&world, name, text);
        }
    }
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_rest(&world);
    const char *all = delivered(&world);
    for (int key = 0; key < 6; key++) {
        const char *before = all;
        for (int round = 0; round < 5; round++) {
            char text[32];
            (void)snprintf(text, sizeof text, "k%dr%d", key, round);
            const char *at = strstr(all, text);
            cr_assert_not_null(at, "%s", text);
            cr_expect_geq(at, before, "%s", text);
            before = at;
        }
    }
    cr_expect_gt(world.running_most, 1);
    world_close(&world);
}
