/* MetricsConfig: what a mapping counts of its events. */
#include "queue_world.h"

#include "core/mem.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNTS "'MetricsConfig':{'Metrics':['EventCount']}"

/* Of the day; -1: there is no such metric. */
static int sum_of(struct mapping_world *world, const char *metric)
{
    char body[600];
    (void)snprintf(body, sizeof body,
                   "{'Namespace':'AWS/Lambda','MetricName':'%s','Dimensions':[{'Name':"
                   "'EventSourceMappingUUID','Value':'%s'}],'StartTime':%d,'EndTime':%d,"
                   "'Period':86400,'Statistics':['Sum']}",
                   metric, world->uuid, (int)(BUS_START_MS / 1000),
                   (int)(BUS_START_MS / 1000) + 86400);
    (void)bus_ok(&world->bus, "monitoring", "GetMetricStatistics", body);
    struct slice sum = bus_at(&world->bus, "Datapoints.0.Sum");
    double value = -1;
    cr_assert(sum.len == 0 || slice_to_double(sum, &value));
    return (int)value;
}

struct wanted {
    const char *metric;
    int sum;
};

static void expect_sums(struct mapping_world *world, const struct wanted *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cr_expect_eq(sum_of(world, rows[i].metric), rows[i].sum, "%s: %d", rows[i].metric,
                     sum_of(world, rows[i].metric));
    }
}

static void report_second(struct mapping_world *world, const struct call *call,
                          struct invoke_result *result)
{
    static char text[200];
    struct slice id = call_at(call, "Records.1.messageId");
    if (world->failures-- > 0) {
        (void)snprintf(text, sizeof text, "{\"batchItemFailures\":[{\"itemIdentifier\":%.*s}]}",
                       SLICE_ARG(id));
        result->payload = slice_from(text);
    }
}

Test(event_count, of_a_queue)
{
    static const struct wanted rows[] = {
        {"PolledEventCount", 5},       {"FilteredOutEventCount", 1}, {"InvokedEventCount", 4},
        {"FailedInvokeEventCount", 1}, {"DeletedEventCount", 3},     {"DroppedEventCount", -1},
    };
    struct mapping_world world;
    world_open_queue(&world, "'VisibilityTimeout':'30'",
                     COUNTS ",'BatchSize':3,'MaximumBatchingWindowInSeconds':10,"
                            "'FunctionResponseTypes':['ReportBatchItemFailures'],"
                            "'FilterCriteria':{'Filters':[{'Pattern':'{\\'body\\':[{\\'prefix\\':"
                            "\\'a\\'}]}'}]}");
    world.answer = report_second;
    world.failures = 1;
    static const char *const texts[] = {"a1", "b", "a2", "a3"};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        world_send(&world, texts[i]);
    }
    bus_advance(&world.bus, 50000); /* the one that failed came again */
    cr_expect_str_eq(world_bodies(&world), "a1 a2 a3|a2");
    expect_sums(&world, rows, COUNT_OF(rows));
    world_close(&world);
}

static void fail_always(struct mapping_world *world, const struct call *call,
                        struct invoke_result *result)
{
    (void)world;
    (void)call;
    result->outcome = INVOKE_FUNCTION_ERROR;
}

Test(event_count, of_a_stream)
{
    static const struct wanted dropped[] = {
        {"PolledEventCount", 2},   {"FilteredOutEventCount", -1},
        {"InvokedEventCount", 4},  {"FailedInvokeEventCount", 4},
        {"DroppedEventCount", 2},  {"OnFailureDestinationDeliveredEventCount", -1},
        {"DeletedEventCount", -1},
    };
    static const struct wanted told[] = {
        {"DroppedEventCount", 2},
        {"OnFailureDestinationDeliveredEventCount", 1},
    };
    struct mapping_world world;
    world_open(&world);
    (void)bus_ok(&world.bus, "sqs", "CreateQueue", "{'QueueName':'dead'}");
    world_map(&world, "'StartingPosition':'TRIM_HORIZON','MaximumRetryAttempts':1,"
                      "'MaximumBatchingWindowInSeconds':5," COUNTS);
    world.answer = fail_always;
    world_put(&world, "a");
    world_put(&world, "b");
    bus_advance(&world.bus, 20000);
    expect_calls(&world, "a b|a b");
    expect_sums(&world, dropped, COUNT_OF(dropped));
    (void)world_call(&world, "UpdateEventSourceMapping",
                     "{'DestinationConfig':{'OnFailure':{'Destination':'" DEAD_ARN "'}}}");
    world_rest(&world);
    world_put(&world, "c");
    bus_advance(&world.bus, 20000);
    expect_sums(&world, told, COUNT_OF(told));
    world_close(&world);
}

Test(event_count, is_only_kept_of_mappings_that_ask_for_it)
{
    struct mapping_world world;
    world_open_queue(&world, "", "'MetricsConfig':{'Metrics':[]}");
    world_send(&world, "a");
    world_rest(&world);
    cr_expect_eq(world.count, 1);
    cr_expect_eq(sum_of(&world, "InvokedEventCount"), -1);
    world_close(&world);
}
