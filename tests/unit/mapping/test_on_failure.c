/* Where batches that are given up go. */
#include "mapping_world.h"

#include "core/json_scan.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define QUEUE_ARN "arn:aws:sqs:us-east-1:000000000000:failed"

static void make_queue(struct mapping_world *world)
{
    bus_ok(&world->bus, "sqs", "CreateQueue", "{'QueueName':'failed'}");
}

static void fail_always(struct mapping_world *world, const struct call *call,
                        struct invoke_result *result)
{
    (void)world;
    (void)call;
    result->outcome = INVOKE_FUNCTION_ERROR;
}

/* How many messages the queue has got; the first one's text. */
static size_t take_told(struct mapping_world *world, struct arena *arena, struct slice *ret_first)
{
    size_t count = 0;
    struct slice text;
    bus_ok(&world->bus, "sqs", "ReceiveMessage", "{'QueueUrl':'failed','MaxNumberOfMessages':10}");
    for (struct slice raw; count < 10; count++) {
        char path[32];
        (void)snprintf(path, sizeof path, "Messages.%zu.Body", count);
        raw = bus_at(&world->bus, path);
        if (!json_raw_string(arena, raw, &text)) {
            break;
        }
        if (count == 0) {
            *ret_first = arena_copy(arena, text);
        }
    }
    return count;
}

Test(on_failure, a_queue_is_told_what_is_known_of_the_batch)
{
    struct mapping_world world;
    AUTO_ARENA arena = ARENA_INIT;
    world_open(&world);
    make_queue(&world);
    world.answer = fail_always;
    world_put(&world, "a");
    world_put(&world, "b");
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','MaximumRetryAttempts':1,"
                      "'DestinationConfig':{'OnFailure':{'Destination':'" QUEUE_ARN "'}}");
    bus_advance(&world.bus, 10000);
    expect_calls(&world, "a b|a b");
    struct slice record;
    cr_assert_eq(take_told(&world, &arena, &record), 1);
    cr_expect(json_is(record, "requestContext.functionArn", "'" FUNCTION_ARN "'"));
    cr_expect(json_is(record, "requestContext.condition", "'RetryAttemptsExhausted'"));
    cr_expect(json_is(record, "requestContext.approximateInvokeCount", "2"));
    cr_expect(
        json_is(record, "requestContext.requestId", "'11111111-2222-4333-8444-555555555555'"));
    cr_expect(json_is(record, "responseContext",
                      "{'statusCode':200,'executedVersion':'$LATEST','functionError':"
                      "'Unhandled'}"));
    cr_expect(json_is(record, "DDBStreamBatchInfo.batchSize", "2"));
    cr_expect(json_is(record, "DDBStreamBatchInfo.approximateArrivalOfFirstRecord",
                      "'2026-01-01T00:00:00Z'"));
    cr_expect(json_is(record, "timestamp", "'2026-01-01T00:00:01.000Z'"));
    struct slice first = json_at(record, "DDBStreamBatchInfo.startSequenceNumber");
    struct slice last = json_at(record, "DDBStreamBatchInfo.endSequenceNumber");
    cr_expect(slice_search(first, call_sequence(world.calls[0], 0)) == 1);
    cr_expect(slice_search(last, call_sequence(world.calls[0], 1)) == 1);
    cr_expect_eq(json_at(record, "payload").len, 0);
    world_close(&world);
}

Test(on_failure, a_record_that_was_never_tried_is_told_as_too_old_without_an_answer)
{
    struct mapping_world world;
    AUTO_ARENA arena = ARENA_INIT;
    world_open(&world);
    make_queue(&world);
    world_put(&world, "a");
    bus_advance(&world.bus, 61000);
    world_put(&world, "b");
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','MaximumRecordAgeInSeconds':60,"
                      "'DestinationConfig':{'OnFailure':{'Destination':'" QUEUE_ARN "'}}");
    world_rest(&world);
    expect_calls(&world, "b");
    struct slice record;
    cr_assert_eq(take_told(&world, &arena, &record), 1);
    cr_expect(json_is(record, "requestContext.condition", "'RecordAgeExceeded'"));
    cr_expect(json_is(record, "DDBStreamBatchInfo.batchSize", "1"));
    cr_expect_eq(json_at(record, "responseContext").len, 0);
    world_close(&world);
}

Test(on_failure, what_is_given_up_is_told_although_the_program_ends_at_once)
{
    struct mapping_world world;
    AUTO_ARENA arena = ARENA_INIT;
    world_open(&world);
    make_queue(&world);
    world.answer = fail_always;
    world_put(&world, "a");
    world.is_manual = true;
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','MaximumRetryAttempts':0,"
                      "'DestinationConfig':{'OnFailure':{'Destination':'" QUEUE_ARN "'}}");
    world_wait_calls(&world, 1);
    world_end_call(&world, 0);
    world.is_manual = false;
    world_reopen(&world);
    bus_advance(&world.bus, 3600000);
    struct slice record;
    cr_expect_eq(take_told(&world, &arena, &record), 1);
    expect_calls(&world, "a");
    world_close(&world);
}
