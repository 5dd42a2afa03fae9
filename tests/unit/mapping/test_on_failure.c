/* Where batches that are given up go. */
#include "mapping_world.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define QUEUE_ARN "arn:aws:sqs:us-east-1:000000000000:failed"

/* A service that keeps the bodies it gets. */
struct keeper {
    char *bodies[32];
    size_t count;
};

static void keep(struct api_call *call, void *ctx)
{
    struct keeper *keeper = ctx;
    AUTO_ARENA arena = ARENA_INIT;
    cr_assert_lt(keeper->count, COUNT_OF(keeper->bodies));
    keeper->bodies[keeper->count++] = mem_strdup(arena_cstr(&arena, api_body(call)));
    api_reply_json(call, 200, SLICE("{}"));
}

static const struct wire_error errors[STATUS_COUNT];
static const struct api_op queue_ops[] = {{"SendMessage", keep, NULL, NULL, false},
                                          {NULL, NULL, NULL, NULL, false}};
static const struct api_service fake_queues = {
    .name = "sqs", .protocol = API_JSON, .json_version = "1.0", .ops = queue_ops, .errors = errors};
static void fail_always(struct mapping_world *world, const struct call *call,
                        struct invoke_result *result)
{
    (void)world;
    (void)call;
    result->outcome = INVOKE_FUNCTION_ERROR;
}

static void finish(struct keeper *keeper)
{
    for (size_t i = 0; i < keeper->count; i++) {
        mem_free(keeper->bodies[i]);
    }
}

/* The record inside SendMessage's body. */
static struct slice message_of(struct arena *arena, const struct keeper *keeper, size_t index)
{
    struct slice raw = json_at(slice_from(keeper->bodies[index]), "MessageBody");
    struct slice text;
    cr_assert(json_raw_string(arena, raw, &text), "%s", keeper->bodies[index]);
    return text;
}

Test(on_failure, a_queue_is_told_what_is_known_of_the_batch)
{
    struct mapping_world world;
    struct keeper keeper = {.count = 0};
    AUTO_ARENA arena = ARENA_INIT;
    world_open(&world);
    edge_register(world.bus.edge, &fake_queues, &keeper);
    world.answer = fail_always;
    world_put(&world, "a");
    world_put(&world, "b");
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','MaximumRetryAttempts':1,"
                      "'DestinationConfig':{'OnFailure':{'Destination':'" QUEUE_ARN "'}}");
    bus_advance(&world.bus, 10000);
    expect_calls(&world, "a b|a b");
    cr_assert_eq(keeper.count, 1);
    struct slice record = message_of(&arena, &keeper, 0);
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
    finish(&keeper);
}

Test(on_failure, a_record_that_was_never_tried_is_told_as_too_old_without_an_answer)
{
    struct mapping_world world;
    struct keeper keeper = {.count = 0};
    AUTO_ARENA arena = ARENA_INIT;
    world_open(&world);
    edge_register(world.bus.edge, &fake_queues, &keeper);
    world_put(&world, "a");
    bus_advance(&world.bus, 61000);
    world_put(&world, "b");
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','MaximumRecordAgeInSeconds':60,"
                      "'DestinationConfig':{'OnFailure':{'Destination':'" QUEUE_ARN "'}}");
    world_rest(&world);
    expect_calls(&world, "b");
    cr_assert_eq(keeper.count, 1);
    struct slice record = message_of(&arena, &keeper, 0);
    cr_expect(json_is(record, "requestContext.condition", "'RecordAgeExceeded'"));
    cr_expect(json_is(record, "DDBStreamBatchInfo.batchSize", "1"));
    cr_expect_eq(json_at(record, "responseContext").len, 0);
    world_close(&world);
    finish(&keeper);
}

Test(on_failure, what_is_given_up_is_told_although_the_program_ends_at_once)
{
    struct mapping_world world;
    struct keeper keeper = {.count = 0};
    world_open(&world);
    world.answer = fail_always;
    world_put(&world, "a");
    world.is_manual = true;
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','MaximumRetryAttempts':0,"
                      "'DestinationConfig':{'OnFailure':{'Destination':'" QUEUE_ARN "'}}");
    world_wait_calls(&world, 1);
    world_end_call(&world, 0);
    world.is_manual = false;
    world_reopen(&world); /* there was no service to take it yet */
    edge_register(world.bus.edge, &fake_queues, &keeper);
    bus_advance(&world.bus, 3600000);
    cr_expect_eq(keeper.count, 1, "%zu", keeper.count);
    expect_calls(&world, "a");
    world_close(&world);
    finish(&keeper);
}
