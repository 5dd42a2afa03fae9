#include "mapping_world.h"

#include "core/mem.h"
#include "scheduler/mapping/mapping.h"
#include "scheduler/state.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define HORIZON "'StartingPosition':'TRIM_HORIZON'"

static void fail_some(struct mapping_world *world, const struct call *call,
                      struct invoke_result *result)
{
    (void)call;
    if (world->failures != 0) {
        world->failures -= world->failures > 0;
        result->outcome = INVOKE_FUNCTION_ERROR;
        result->payload = SLICE("{\"errorMessage\":\"no\"}");
    }
}

/* Fails whenever "bad" is among the records. */
static void fail_bad(struct mapping_world *world, const struct call *call,
                     struct invoke_result *result)
{
    (void)world;
    if (strstr(call_keys(call), "bad") != NULL) {
        result->outcome = INVOKE_FUNCTION_ERROR;
    }
}

Test(stream_mapping, delivers_what_is_written_at_once_and_in_order)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON);
    world_put(&world, "a");
    world_wait_calls(&world, 1);
    world_put(&world, "b");
    world_wait_calls(&world, 2);
    world_rest(&world);
    expect_calls(&world, "a|b");
    cr_expect_eq(world.calls[1]->at_ms, 0, "no time has passed");
    cr_expect_str_eq(world.calls[0]->source, "stream notes");
    world_close(&world);
}

Test(stream_mapping, events_look_as_aws_sends_them)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON);
    world_put_text(&world, "a", "one");
    world_wait_calls(&world, 1);
    world_put_text(&world, "a", "two");
    world_wait_calls(&world, 2);
    world_delete(&world, "a");
    world_wait_calls(&world, 3);
    static const char *const wanted[][3] = {
        {"'INSERT'", "'one'", ""}, {"'MODIFY'", "'two'", "'one'"}, {"'REMOVE'", "", "'two'"}};
    for (size_t i = 0; i < 3; i++) {
        struct slice event = slice_from(world.calls[i]->payload);
        cr_expect(json_is(event, "Records.0.eventName", wanted[i][0]), "%zu", i);
        cr_expect(json_is(event, "Records.0.dynamodb.NewImage.t.S", wanted[i][1]), "%zu", i);
        cr_expect(json_is(event, "Records.0.dynamodb.OldImage.t.S", wanted[i][2]), "%zu", i);
        cr_expect(json_is(event, "Records.0.eventSource", "'aws:dynamodb'"));
        cr_expect(json_is(event, "Records.0.eventVersion", "'1.1'"));
        cr_expect(json_is(event, "Records.0.dynamodb.StreamViewType", "'NEW_AND_OLD_IMAGES'"));
        cr_expect(json_is(event, "Records.0.awsRegion", "'us-east-1'"));
        cr_expect(slice_search(call_at(world.calls[i], "Records.0.eventSourceARN"),
                               slice_from(world.stream_arn)) == 1);
        cr_expect(slice_starts_with(event, SLICE("{\"Records\":[{")));
        cr_expect(slice_ends_with(event, SLICE("}]}")));
    }
    world_close(&world);
}

Test(stream_mapping, begins_where_it_was_told)
{
    static const struct {
        const char *position, *calls;
    } rows[] = {{"'StartingPosition':'TRIM_HORIZON'", "a b|c"},
                {"'StartingPosition':'LATEST'", "c"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mapping_world world;
        world_open(&world);
        world_put(&world, "a");
        world_put(&world, "b");
        world_map(&world, rows[i].position);
        world_rest(&world);
        world_put(&world, "c");
        world_rest(&world);
        expect_calls(&world, rows[i].calls);
        world_close(&world);
    }
}

Test(stream_mapping, latest_is_fixed_when_the_mapping_is_made)
{
    struct mapping_world world;
    world_open(&world);
    world_put(&world, "before");
    world_map(&world, "'StartingPosition':'LATEST','Enabled':false");
    world_put(&world, "after");
    world_reopen(&world);
    world_rest(&world);
    cr_expect_eq(world.count, 0);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    world_rest(&world);
    expect_calls(&world, "after");
    world_close(&world);
}

Test(stream_mapping, batches_by_size)
{
    struct mapping_world world;
    world_open(&world);
    for (int i = 0; i < 7; i++) {
        char key[2] = {(char)('a' + i), '\0'};
        world_put(&world, key);
    }
    world_map(&world, HORIZON ",'BatchSize':3");
    world_rest(&world);
    expect_calls(&world, "a b c|d e f|g");
    world_close(&world);
}

Test(stream_mapping, a_large_batch_is_gathered_over_several_turns_of_the_loop)
{
    struct mapping_world world;
    world_open(&world);
    for (int i = 0; i < 60; i++) {
        AUTO_BUF body = BUF_INIT(10000);
        buf_append_text(&body, "{'RequestItems':{'notes':[");
        for (int k = 0; k < 25; k++) {
            buf_printf(&body, "%s{'PutRequest':{'Item':{'p':{'S':'%d-%d'}}}}", k > 0 ? "," : "", i,
                       k);
        }
        buf_append_text(&body, "]}}");
        (void)bus_ok(&world.bus, "dynamodb", "BatchWriteItem", buf_cstr(&body));
    }
    world_map(&world, HORIZON ",'BatchSize':1200");
    world_rest(&world);
    cr_assert_eq(world.count, 2);
    cr_expect_eq(call_records(world.calls[0]), 1200);
    cr_expect_eq(call_records(world.calls[1]), 300);
    world_close(&world);
}

Test(stream_mapping, gathers_until_the_batching_window_ends_or_the_batch_is_full)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON ",'BatchSize':3,'MaximumBatchingWindowInSeconds':10");
    world_put(&world, "a");
    bus_advance(&world.bus, 4000);
    world_put(&world, "b");
    bus_advance(&world.bus, 5999);
    cr_expect_eq(world.count, 0, "the window is not over");
    bus_advance(&world.bus, 1);
    expect_calls(&world, "a b");
    cr_expect_eq(world.calls[0]->at_ms, 10000);
    world_put(&world, "c");
    bus_advance(&world.bus, 1000);
    world_put(&world, "d");
    world_put(&world, "e");
    world_rest(&world);
    expect_calls(&world, "a b|c d e");
    cr_expect_eq(world.calls[1]->at_ms, 11000, "full before the window's end");
    world_close(&world);
}

Test(stream_mapping, a_smaller_batch_size_holds_for_what_was_gathered)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','BatchSize':10,"
                      "'MaximumBatchingWindowInSeconds':100");
    for (const char *key = "a\0b\0c\0d\0e\0"; *key != '\0'; key += 2) {
        world_put(&world, key);
    }
    world_rest(&world);
    cr_expect_eq(world.count, 0);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':2}");
    world_rest(&world);
    expect_calls(&world, "a b|c d");
    bus_advance(&world.bus, 100000);
    expect_calls(&world, "a b|c d|e");
    world_close(&world);
}

Test(stream_mapping, a_window_that_ends_while_the_function_runs_starts_nothing)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON ",'BatchSize':2,'MaximumBatchingWindowInSeconds':10");
    world.is_manual = true;
    world_put(&world, "a");
    world_put(&world, "b");
    world_wait_calls(&world, 1);
    bus_advance(&world.bus, 20000);
    cr_expect_eq(world.count, 1);
    world_end_call(&world, 0);
    world_rest(&world);
    expect_calls(&world, "a b");
    world_close(&world);
}

Test(stream_mapping, records_that_come_while_readers_are_regrouped_do_not_stop_that)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON ",'ParallelizationFactor':4,'BatchSize':1");
    world.is_manual = true;
    world_put(&world, "a");
    world_wait_calls(&world, 1);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'ParallelizationFactor':1}");
    for (int i = 0; i < 8; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "k%d", i);
        world_put(&world, key);
    }
    bus_advance(&world.bus, 1000);
    cr_expect_eq(world.count, 1, "all wait for the reader that runs");
    world_end_call(&world, 0);
    for (size_t i = 1; i < 9; i++) {
        world_wait_calls(&world, i + 1);
        bus_advance(&world.bus, 1000);
        cr_expect_eq(world.count, i + 1, "one reader, one batch");
        world_end_call(&world, i);
    }
    expect_calls(&world, "a|k0|k1|k2|k3|k4|k5|k6|k7");
    world_close(&world);
}

Test(stream_mapping, a_failure_blocks_the_shard_and_repeats_the_same_batch)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_some;
    world.failures = 3;
    world_map(&world, HORIZON);
    world_put(&world, "a");
    world_rest(&world);
    world_put(&world, "b");
    world_rest(&world);
    expect_calls(&world, "a");
    bus_advance(&world.bus, 60000);
    expect_calls(&world, "a|a|a|a|b");
    static const int64_t at_ms[] = {0, 1000, 3000, 7000, 7000};
    for (size_t i = 0; i < COUNT_OF(at_ms); i++) {
        cr_expect_eq(world.calls[i]->at_ms, at_ms[i], "call %zu: %lld", i,
                     (long long)world.calls[i]->at_ms);
    }
    world_close(&world);
}

Test(stream_mapping, gives_up_after_its_retries_and_goes_on)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_bad;
    world_map(&world, HORIZON ",'MaximumRetryAttempts':2,'BatchSize':1");
    world_put(&world, "bad");
    world_put(&world, "good");
    bus_advance(&world.bus, 60000);
    expect_calls(&world, "bad|bad|bad|good");
    cr_expect(strstr(buf_cstr(&world.bus.notices),
                     "f: stream notes: 1 records were given up: its retries are used up") != NULL,
              "%s", buf_cstr(&world.bus.notices));
    world_close(&world);
}

Test(stream_mapping, bisects_around_a_poison_record)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_bad;
    world_put(&world, "a");
    world_put(&world, "b");
    world_put(&world, "bad");
    world_put(&world, "d");
    world_map(&world, HORIZON ",'MaximumRetryAttempts':1,'BisectBatchOnFunctionError':true");
    bus_advance(&world.bus, 60000);
    expect_calls(&world, "a b bad d|a b|bad d|bad|bad|d");
    world_close(&world);
}

Test(stream_mapping, discards_records_that_are_too_old)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_bad;
    world_map(&world, HORIZON ",'MaximumRecordAgeInSeconds':60");
    world_put(&world, "bad");
    bus_advance(&world.bus, 50000);
    size_t tries = world.count;
    world_put(&world, "good");
    bus_advance(&world.bus, 12000);
    cr_expect_gt(tries, 4);
    cr_expect_str_eq(call_keys(world.calls[world.count - 1]), "good");
    cr_expect_eq(world.calls[world.count - 1]->at_ms, 60001, "as soon as it was too old");
    cr_expect(strstr(buf_cstr(&world.bus.notices), "too old") != NULL);
    world_close(&world);
}

/* {"batchItemFailures":[...]} with the sequence number of the record with key "bad", and of the one behind it. */
static void report_bad(struct mapping_world *world, const struct call *call,
                       struct invoke_result *result)
{
    static char text[512];
    (void)world;
    for (size_t i = 0, count = call_records(call); i < count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "Records.%zu.dynamodb.Keys.p.S", i);
        if (slice_is(call_at(call, path), "\"bad\"")) {
            struct slice later = call_sequence(call, i + 1 < count ? i + 1 : i);
            (void)snprintf(text, sizeof text,
                           "{\"batchItemFailures\":[{\"itemIdentifier\":\"%.*s\"},{"
                           "\"itemIdentifier\":\"%.*s\"}]}",
                           SLICE_ARG(later), SLICE_ARG(call_sequence(call, i)));
            result->payload = slice_from(text);
            return;
        }
    }
}

Test(stream_mapping, a_partial_failure_goes_on_at_the_lowest_record_named)
{
    static const struct {
        const char *settings, *calls;
    } rows[] = {
        {",'MaximumRetryAttempts':1", "a bad c d|bad c d|e"}, /* two attempts in all */
        {",'MaximumRetryAttempts':2", "a bad c d|bad c d|bad c d|e"},
        {",'MaximumRetryAttempts':1,'BisectBatchOnFunctionError':true",
         "a bad c d|bad c d|bad|bad|c d|e"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char settings[200];
        struct mapping_world world;
        world_open(&world);
        world.answer = report_bad;
        world_put(&world, "a");
        world_put(&world, "bad");
        world_put(&world, "c");
        world_put(&world, "d");
        (void)snprintf(settings, sizeof settings,
                       "%s%s,'FunctionResponseTypes':["
                       "'ReportBatchItemFailures']",
                       HORIZON, rows[i].settings);
        world_map(&world, settings);
        bus_advance(&world.bus, 60000);
        world_put(&world, "e");
        world_rest(&world);
        cr_expect_str_eq(world_calls(&world), rows[i].calls, "case %zu: %s", i,
                         world_calls(&world));
        world_close(&world);
    }
}

static void answer_ctx(struct mapping_world *world, const struct call *call,
                       struct invoke_result *result)
{
    if (call == world->calls[0]) {
        result->payload = slice_from(world->ctx);
    }
}

Test(stream_mapping, answers_that_name_no_record_fail_the_whole_batch)
{
    static const struct {
        const char *answer;
        bool fails;
    } rows[] = {
        {"{\"batchItemFailures\":[]}", false},
        {"{}", false},
        {"null", false},
        {"", false},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"\"}]}", true},
        {"{\"batchItemFailures\":[{\"itemIdentifier\":\"123\"}]}", true},
        {"{\"batchItemFailures\":[{\"foo\":\"x\"}]}", true},
        {"not JSON", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct mapping_world world;
        union {
            const char *from;
            void *to;
        } answer = {rows[i].answer};
        world_open(&world);
        world.answer = answer_ctx;
        world.ctx = answer.to;
        world_put(&world, "a");
        world_put(&world, "b");
        world_map(&world, HORIZON ",'FunctionResponseTypes':['ReportBatchItemFailures']");
        bus_advance(&world.bus, 60000);
        cr_expect_str_eq(world_calls(&world), rows[i].fails ? "a b|a b" : "a b", "case %zu", i);
        world_close(&world);
    }
}

Test(stream_mapping, filtered_records_do_not_reach_the_function_and_are_passed)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world,
              HORIZON ",'FilterCriteria':{'Filters':[{'Pattern':'{\\'dynamodb\\':{\\'NewImage\\':{"
                      "\\'t\\':{\\'S\\':[{\\'prefix\\':\\'yes\\'}]}}}}'}]}");
    world_put_text(&world, "a", "no");
    world_put_text(&world, "b", "yes, b");
    world_put_text(&world, "c", "no");
    world_rest(&world);
    world_put_text(&world, "d", "yes, d");
    world_rest(&world);
    expect_calls(&world, "b|d");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'FilterCriteria':{}}");
    world_put_text(&world, "e", "no");
    world_rest(&world);
    expect_calls(&world, "b|d|e");
    world_close(&world);
}

Test(stream_mapping, goes_on_after_a_restart_where_it_was)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON);
    world_put(&world, "a");
    world_wait_calls(&world, 1);
    world_rest(&world);
    world_reopen(&world);
    world_rest(&world);
    world_put(&world, "b");
    world_rest(&world);
    expect_calls(&world, "a|b");
    world_close(&world);
}

Test(stream_mapping, a_batch_that_was_not_answered_before_a_stop_comes_again)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_some;
    world.failures = 1;
    world_map(&world, HORIZON ",'MaximumRetryAttempts':0");
    world.is_manual = true;
    world_put(&world, "a");
    world_wait_calls(&world, 1);
    scheduler_stop(world.bus.scheduler);
    world_end_call(&world, 0); /* as a function that is killed with us */
    world.is_manual = false;
    world_reopen(&world);
    world_rest(&world);
    expect_calls(&world, "a|a");
    cr_expect_eq(world.bus.notices.len, 0, "%s", buf_cstr(&world.bus.notices));
    world_close(&world);
}

Test(stream_mapping, a_batch_that_was_answered_during_a_stop_does_not_come_again)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON);
    world.is_manual = true;
    world_put(&world, "a");
    world_wait_calls(&world, 1);
    scheduler_stop(world.bus.scheduler);
    world_end_call(&world, 0);
    world.is_manual = false;
    world_reopen(&world);
    world_rest(&world);
    expect_calls(&world, "a");
    world_close(&world);
}

Test(stream_mapping, throttles_are_no_attempts_and_a_missing_function_is_waited_for)
{
    static const enum invoke_outcome outcomes[] = {INVOKE_THROTTLED, INVOKE_NOT_FOUND,
                                                   INVOKE_UNAVAILABLE};
    for (size_t i = 0; i < COUNT_OF(outcomes); i++) {
        struct mapping_world world;
        world_open(&world);
        world.is_manual = true;
        world_map(&world, HORIZON ",'MaximumRetryAttempts':0");
        world_put(&world, "a");
        for (size_t k = 0; k < 5; k++) {
            for (int s = 0; s < 20 && world.count == k; s++) {
                bus_advance(&world.bus, 500);
            }
            cr_assert_eq(world.count, k + 1);
            world.calls[k]->result.outcome = outcomes[i];
            world.calls[k]->is_over = true;
            world.running--;
            world.calls[k]->on_done(world.calls[k]->done_ctx, &world.calls[k]->result);
        }
        world.is_manual = false;
        bus_advance(&world.bus, 20000);
        expect_calls(&world, "a|a|a|a|a|a");
        world_close(&world);
    }
}

static void expect_result(struct mapping_world *world, const char *result)
{
    (void)world_call(world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world->bus, "LastProcessingResult", result), "%s: %s", result,
              buf_cstr(&world->bus.reply));
}

Test(stream_mapping, the_last_result_outlives_a_restart)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_some;
    world.failures = 1;
    world_map(&world, "'StartingPosition':'TRIM_HORIZON'");
    expect_result(&world, "'No records processed'");
    world_reopen(&world);
    expect_result(&world, "'No records processed'");
    world_put(&world, "a");
    world_wait_calls(&world, 1);
    expect_result(&world, "'PROBLEM: Function call failed'");
    bus_reopen(&world.bus);
    expect_result(&world, "'PROBLEM: Function call failed'");
    world_start(&world);
    bus_advance(&world.bus, 1000);
    expect_result(&world, "'OK'");
    world_reopen(&world);
    expect_result(&world, "'OK'");
    world.is_manual = true;
    world.failures = 1;
    world_put(&world, "b");
    world_wait_calls(&world, 3);
    scheduler_stop(world.bus.scheduler);
    world_end_call(&world, 2); /* as a function that is killed with us */
    world_reopen(&world);
    expect_result(&world, "'OK'");
    world_wait_calls(&world, 4);
    world_end_call(&world, 3);
    (void)world_call(&world, "DeleteEventSourceMapping", "");
    world_close(&world);
}

Test(stream_mapping, disabling_keeps_the_place_and_enabling_goes_on)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON);
    world_put(&world, "a");
    world_rest(&world);
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':false}");
    cr_expect_eq(world.bus.status, 202);
    cr_expect(bus_is(&world.bus, "State", "'Disabling'"));
    world_rest(&world);
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "State", "'Disabled'"));
    world_put(&world, "b");
    world_rest(&world);
    expect_calls(&world, "a");
    (void)world_call(&world, "UpdateEventSourceMapping", "{'Enabled':true}");
    cr_expect(bus_is(&world.bus, "State", "'Enabling'"));
    world_rest(&world);
    expect_calls(&world, "a|b");
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect(bus_is(&world.bus, "State", "'Enabled'"));
    cr_expect(bus_is(&world.bus, "LastProcessingResult", "'OK'"));
    world_close(&world);
}

static void count_record(void *ctx, struct slice key, struct slice json)
{
    (void)key;
    (void)json;
    ++*(size_t *)ctx;
}

Test(stream_mapping, a_deleted_mapping_ends_with_its_running_invocation)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON);
    world.is_manual = true;
    world_put(&world, "a");
    world_wait_calls(&world, 1);
    (void)world_call(&world, "DeleteEventSourceMapping", "");
    cr_expect_eq(world.bus.status, 202);
    cr_expect(bus_is(&world.bus, "State", "'Deleting'"));
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect_eq(world.bus.status, 200);
    cr_expect(bus_is(&world.bus, "State", "'Deleting'"));
    (void)world_call(&world, "UpdateEventSourceMapping", "{'BatchSize':5}");
    cr_expect_eq(world.bus.status, 400);
    cr_expect(strstr(buf_cstr(&world.bus.reply), "Cannot update the event source mapping because "
                                                 "it is in use.") != NULL);
    world_end_call(&world, 0);
    world_rest(&world);
    size_t checkpoints = 0;
    state_each(world.bus.scheduler, STATE_CHECKPOINT, count_record, &checkpoints);
    cr_expect_eq(checkpoints, 0);
    (void)world_call(&world, "GetEventSourceMapping", "");
    cr_expect_eq(world.bus.status, 404);
    world.is_manual = false;
    world_put(&world, "b");
    world_rest(&world);
    world_reopen(&world);
    world_rest(&world);
    expect_calls(&world, "a");
    world_close(&world);
}

/* As on AWS, where it stays readable for a day. */
Test(stream_mapping, the_stream_of_a_deleted_table_is_read_to_its_end)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON ",'BatchSize':1");
    world.is_manual = true;
    world_put(&world, "a");
    world_put(&world, "b");
    world_wait_calls(&world, 1);
    (void)bus_ok(&world.bus, "dynamodb", "DeleteTable", "{'TableName':'notes'}");
    world_end_call(&world, 0);
    world_wait_calls(&world, 2);
    world_end_call(&world, 1);
    bus_advance(&world.bus, 60000);
    expect_calls(&world, "a|b");
    world_close(&world);
}

Test(stream_mapping, several_mappings_of_one_stream_do_not_disturb_each_other)
{
    struct mapping_world world;
    world_open(&world);
    world_map(&world, HORIZON ",'FunctionName':'f:one'");
    world_map(&world, HORIZON ",'FunctionName':'f:two'");
    world_put(&world, "a");
    world_rest(&world);
    world_put(&world, "b");
    world_rest(&world);
    expect_calls(&world, "a|a|b|b");
    world_close(&world);
}

/* --- parallelisation --- */

/* Of "k07" and "3", with their quotes. */
static int number_in(struct slice raw)
{
    int number = 0;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.ptr[i] >= '0' && raw.ptr[i] <= '9') {
            number = number * 10 + raw.ptr[i] - '0';
        }
    }
    return number;
}

static size_t place_in(const char *list, const char *key)
{
    const char *at = strstr(list, key);
    return at != NULL ? (size_t)(at - list) : SIZE_MAX;
}

Test(stream_mapping, readers_side_by_side_keep_the_order_of_each_key)
{
    struct mapping_world world;
    world_open(&world);
    for (int round = 0; round < 5; round++) {
        for (int key = 0; key < 20; key++) {
            char name[32], text[32];
            (void)snprintf(name, sizeof name, "k%02d", key);
            (void)snprintf(text, sizeof text, "%d", round);
            world_put_text(&world, name, text);
        }
    }
    world_map(&world, HORIZON ",'ParallelizationFactor':4,'BatchSize':3");
    world_rest(&world);
    int rounds[20] = {0};
    size_t records = 0;
    for (size_t i = 0; i < world.count; i++) {
        for (size_t k = 0; k < call_records(world.calls[i]); k++, records++) {
            char path[64];
            (void)snprintf(path, sizeof path, "Records.%zu.dynamodb.Keys.p.S", k);
            int key = number_in(call_at(world.calls[i], path));
            (void)snprintf(path, sizeof path, "Records.%zu.dynamodb.NewImage.t.S", k);
            int round = number_in(call_at(world.calls[i], path));
            cr_assert_eq(round, rounds[key]++, "key %d", key);
        }
    }
    cr_expect_eq(records, 100);
    cr_expect_gt(world.running_most, 1, "side by side");
    cr_expect_leq(world.running_most, 4);
    world_close(&world);
}

Test(stream_mapping, a_failing_reader_does_not_hold_up_the_others_and_all_resume_after_a_restart)
{
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_bad;
    world_map(&world, HORIZON ",'ParallelizationFactor':10");
    world_put(&world, "bad");
    for (int i = 0; i < 20; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "k%02d", i);
        world_put(&world, key);
    }
    world_rest(&world);
    size_t delivered = 0;
    for (int i = 0; i < 20; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "k%02d", i);
        delivered += place_in(world_calls(&world), key) != SIZE_MAX;
    }
    cr_expect_geq(delivered, 14, "only those of the same reader wait");
    cr_expect_lt(delivered, 21);
    size_t before = world.count;
    world.answer = NULL;
    world_reopen(&world);
    world_rest(&world);
    cr_expect_eq(world.count, before + 1, "what was finished is not read again");
    cr_expect_eq(place_in(call_keys(world.calls[before]), "bad"), 0);
    for (int i = 0; i < 20; i++) {
        char key[32];
        (void)snprintf(key, sizeof key, "k%02d", i);
        cr_expect_neq(place_in(world_calls(&world), key), SIZE_MAX, "%s", key);
    }
    world_close(&world);
}

Test(stream_mapping, another_parallelisation_factor_loses_nothing)
{
    static const int factors[] = {3, 10, 1, 7};
    struct mapping_world world;
    world_open(&world);
    world.answer = fail_bad;
    world_map(&world, HORIZON);
    for (size_t f = 0; f < COUNT_OF(factors); f++) {
        char body[64], key[32];
        for (int i = 0; i < 10; i++) {
            (void)snprintf(key, sizeof key, "f%zuk%d", f, i);
            world_put(&world, key);
        }
        (void)snprintf(key, sizeof key, "bad%zu", f);
        world_put(&world, key);
        world_rest(&world);
        (void)snprintf(body, sizeof body, "{'ParallelizationFactor':%d}", factors[f]);
        (void)world_call(&world, "UpdateEventSourceMapping", body);
        cr_expect_eq(world.bus.status, 202);
        world_rest(&world);
    }
    world.answer = NULL;
    bus_advance(&world.bus, 120000);
    for (size_t f = 0; f < COUNT_OF(factors); f++) {
        char key[32];
        (void)snprintf(key, sizeof key, "bad%zu", f);
        cr_expect_neq(place_in(world_calls(&world), key), SIZE_MAX, "%s", key);
        for (int i = 0; i < 10; i++) {
            (void)snprintf(key, sizeof key, "f%zuk%d", f, i);
            cr_expect_neq(place_in(world_calls(&world), key), SIZE_MAX, "%s", key);
        }
    }
    world_close(&world);
}
