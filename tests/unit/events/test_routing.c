#include "tests/unit/events/events_world.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/delivery/delivery.h"
#include "scheduler/events/limits.h"

#include <criterion/criterion.h>

#define LOG_GROUP_ARN ARN("logs", "log-group:/aws/events/g")
#define NO_BUS_ARN ARN("events", "event-bus/gone")
#define DEFAULT_BUS_ARN ARN("events", "event-bus/default")
#define RULE_R_ARN ARN("events", "rule/r")
#define QUEUE_ARN ARN("sqs", "q")
#define FIFO_ARN ARN("sqs", "q.fifo")
#define NO_QUEUE_ARN ARN("sqs", "gone")
#define DLQ_ARN ARN("sqs", "dlq")

static void make_queue(struct world *world, const char *name, const char *attributes)
{
    AUTO_BUF body = BUF_INIT(1024);
    buf_printf(&body, "{'QueueName':'%s','Attributes':{%s}}", name, attributes);
    bus_ok(&world->bus, "sqs", "CreateQueue", buf_cstr(&body));
}

static void receive(struct world *world, const char *name)
{
    AUTO_BUF body = BUF_INIT(1024);
    buf_printf(&body,
               "{'QueueUrl':'http://127.0.0.1:4566/" ACCOUNT "/%s','MaxNumberOfMessages':10,"
               "'MessageSystemAttributeNames':['All'],'MessageAttributeNames':['All']}",
               name);
    bus_ok(&world->bus, "sqs", "ReceiveMessage", buf_cstr(&body));
}

/* Whether the text of a received message is JSON with this at `path`. */
static bool message_is(const struct world *world, size_t at, const char *path, const char *json)
{
    AUTO_ARENA arena = ARENA_INIT;
    char place[64];
    struct slice text;
    (void)snprintf(place, sizeof place, "Messages.%zu.Body", at);
    return json_raw_string(&arena, bus_at(&world->bus, place), &text) && json_is(text, path, json);
}

static bool attribute_is(const struct world *world, const char *name, const char *json)
{
    char place[128];
    (void)snprintf(place, sizeof place, "Messages.0.MessageAttributes.%s.StringValue", name);
    return bus_is(&world->bus, place, json);
}

/* --- what targets get --- */

Test(routing, a_queue_gets_the_event_as_its_body)
{
    struct world world;
    world_open(&world);
    make_queue(&world, "q", "");
    world_rule(&world, "", "r", "{'source':['app']}",
               "'Targets':[{'Id':'a','Arn':'" QUEUE_ARN "'}]");
    world_put(&world, "", "{'a':1}");
    receive(&world, "q");
    cr_assert(message_is(&world, 0, "detail", "{'a':1}"));
    cr_assert(bus_is(&world.bus, "Messages.1", ""));
    world_close(&world);
}

Test(routing, a_fifo_queue_gets_its_group_and_drops_what_comes_twice)
{
    struct world world;
    world_open(&world);
    make_queue(&world, "q.fifo", "'FifoQueue':'true','ContentBasedDeduplication':'true'");
    world_rule(&world, "", "r", "{'source':['app']}",
               "'Targets':[{'Id':'a','Arn':'" FIFO_ARN
               "','Input':'{}','SqsParameters':{'MessageGroupId':'g'}}]");
    world_put(&world, "", "{'a':1}");
    world_put(&world, "", "{'a':2}");
    receive(&world, "q.fifo");
    cr_assert(bus_is(&world.bus, "Messages.0.Body", "'{}'"));
    cr_assert(bus_is(&world.bus, "Messages.0.Attributes.MessageGroupId", "'g'"));
    cr_assert(bus_is(&world.bus, "Messages.1", ""), "the same content");
    world_close(&world);
}

Test(routing, a_log_group_gets_an_event_of_its_own)
{
    struct world world;
    world_open(&world);
    bus_ok(&world.bus, "logs", "CreateLogGroup", "{'logGroupName':'/aws/events/g'}");
    world_rule(&world, "", "r", "{'source':['app']}",
               "'Targets':[{'Id':'a','Arn':'" LOG_GROUP_ARN "'}]");
    world_put(&world, "", "{'a':1}");
    bus_ok(&world.bus, "logs", "FilterLogEvents", "{'logGroupName':'/aws/events/g'}");
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text;
    cr_assert(json_raw_string(&arena, bus_at(&world.bus, "events.0.message"), &text));
    cr_assert(json_is(text, "detail", "{'a':1}"));
    world_close(&world);
}

Test(routing, inputs_make_what_a_target_gets)
{
    static const char *const rows[][2] = {
        {"'Input':'[1, 2]'", "[1, 2]"},
        {"'InputPath':'$.detail.a'", "'x'"},
        {"'InputPath':'$.detail'", "{'a':'x','o':{ 'b':1 }}"},
        {"'InputTransformer':{'InputPathsMap':{'a':'$.detail.a','o':'$.detail.o'},"
         "'InputTemplate':'{\\\"a\\\":<a>,\\\"o\\\":<o>,\\\"by\\\":<aws.events.rule-name>}'}",
         "{'a':'x','o':{ 'b':1 },'by':'r'}"},
        {"'InputTransformer':{'InputPathsMap':{'o':'$.detail.o'},"
         "'InputTemplate':'\\\"got <o>\\\"'}",
         "'got {b:1}'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct world world;
        AUTO_BUF targets = BUF_INIT(4096);
        char *wanted = json_quoted(rows[i][1]);
        world_open(&world);
        buf_printf(&targets, "'Targets':[{'Id':'a','Arn':'" FUNCTION_ARN "',%s}]", rows[i][0]);
        world_rule(&world, "", "r", "{'source':['app']}", buf_cstr(&targets));
        world_put(&world, "", "{'a':'x','o':{ 'b':1 }}");
        cr_assert_eq(world.sent_count, 1);
        cr_expect_str_eq(world.sent[0].event, wanted, "%s", rows[i][0]);
        mem_free(wanted);
        world_close(&world);
    }
}

/* --- from bus to bus --- */

static void forward(struct world *world, const char *from, const char *rule, const char *to)
{
    AUTO_BUF targets = BUF_INIT(1024);
    buf_printf(&targets, "'Targets':[{'Id':'b','Arn':'" ARN("events", "event-bus/%s") "'}]", to);
    world_rule(world, from, rule, "{'source':['app']}", buf_cstr(&targets));
}

Test(routing, an_event_goes_from_bus_to_bus_as_it_is)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_ok(&world, "CreateEventBus", "{'Name':'c'}");
    forward(&world, "", "to-b", "b");
    forward(&world, "b", "to-c", "c");
    world_rule(&world, "c", "end", "{'detail':{'a':[1]}}", TO_FUNCTION);
    world_put(&world, "", "{'a':1}");
    cr_assert_eq(world.sent_count, 1);
    cr_assert(world_sent(&world, 0, "source", "'app'"));
    cr_assert(world_sent(&world, 0, "detail", "{'a':1}"));
    world_put(&world, "", "{'a':2}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

Test(routing, buses_that_send_to_one_another_come_to_an_end)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    forward(&world, "", "to-b", "b");
    forward(&world, "b", "back", "default");
    world_rule(&world, "b", "end", "{'source':['app']}", TO_FUNCTION);
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, BUS_HOPS_MAX / 2);
    cr_assert_not_null(strstr(buf_cstr(&world.bus.notices), "it has passed 16 event buses"));
    world_close(&world);
}

/* Each bus would send it on many times over: hops alone would not end that in time. */
Test(routing, a_loop_that_multiplies_comes_to_an_end_as_well)
{
    struct world world;
    world_open(&world);
    for (int i = 0; i < 5; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "r%d", i);
        forward(&world, "", name, "default");
    }
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 0);
    world_close(&world);
}

Test(routing, a_bus_that_is_gone_drops_the_event_with_a_notice)
{
    struct world world;
    world_open(&world);
    forward(&world, "", "r", "gone");
    world_put(&world, "", "{}");
    cr_assert_not_null(strstr(buf_cstr(&world.bus.notices),
                              "r: an event is dropped: there is no event bus " NO_BUS_ARN));
    world_close(&world);
}

/* What other parts deliver to a bus: the envelope's members are the entry's. */
Test(routing, a_delivery_to_a_bus_is_an_event_of_it)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['lambda']}", TO_FUNCTION);
    const struct delivery delivery = {
        .target = SLICE(DEFAULT_BUS_ARN),
        .payload = SLICE("{\"version\":\"0\",\"id\":\"1\",\"detail-type\":\"Done\",\"source\":"
                         "\"lambda\",\"time\":\"2020-01-01T00:00:00Z\",\"resources\":[\"a\"],"
                         "\"detail\":{ \"n\": 1.0 }}"),
        .retry = {.shape = RETRY_EXPONENTIAL, .max_retries = 1, .max_age_ms = 60000},
    };
    delivery_send(world.bus.scheduler, &delivery);
    world_settle(&world);
    cr_assert_eq(world.sent_count, 1);
    cr_assert(world_sent(&world, 0, "detail-type", "'Done'"));
    cr_assert(world_sent(&world, 0, "time", "'2020-01-01T00:00:00Z'"));
    cr_assert(world_sent(&world, 0, "resources", "['a']"));
    cr_assert(world_sent(&world, 0, "detail", "{ 'n': 1.0 }"));
    world_close(&world);
}

/* --- when a target fails --- */

Test(routing, a_target_that_fails_is_tried_again_and_the_dead_letter_queue_gets_the_event)
{
    struct world world;
    world_open(&world);
    make_queue(&world, "dlq", "");
    world_rule(&world, "", "r", "{'source':['app']}",
               "'Targets':[{'Id':'a','Arn':'" FUNCTION_ARN
               "','InputPath':'$.detail','RetryPolicy':{'MaximumRetryAttempts':2},"
               "'DeadLetterConfig':{'Arn':'" DLQ_ARN "'}}]");
    world.fails_with = 500;
    world_put(&world, "", "{'a':1}");
    cr_assert_eq(world.sent_count, 1);
    bus_advance(&world.bus, 3600000);
    cr_assert_eq(world.sent_count, 3);
    receive(&world, "dlq");
    cr_assert(message_is(&world, 0, "detail", "{'a':1}"), "%s", buf_cstr(&world.bus.reply));
    cr_assert(attribute_is(&world, "RULE_ARN", "'" RULE_R_ARN "'"));
    cr_assert(attribute_is(&world, "TARGET_ARN", "'" FUNCTION_ARN "'"));
    cr_assert(attribute_is(&world, "ERROR_CODE", "'Broken'"));
    cr_assert(attribute_is(&world, "ERROR_MESSAGE", "'The function is broken.'"));
    cr_assert(attribute_is(&world, "EXHAUSTED_RETRY_CONDITION", "'MaximumRetryAttempts'"));
    cr_assert(attribute_is(&world, "RETRY_ATTEMPTS", "'2'"));
    world_close(&world);
}

Test(routing, an_event_that_is_too_old_is_given_up)
{
    struct world world;
    world_open(&world);
    make_queue(&world, "dlq", "");
    world_rule(&world, "", "r", "{'source':['app']}",
               "'Targets':[{'Id':'a','Arn':'" FUNCTION_ARN
               "','RetryPolicy':{'MaximumEventAgeInSeconds':60},'DeadLetterConfig':{'Arn':'" DLQ_ARN
               "'}}]");
    world.fails_with = 500;
    world_put(&world, "", "{}");
    bus_advance(&world.bus, DAY_MS);
    receive(&world, "dlq");
    cr_assert(attribute_is(&world, "EXHAUSTED_RETRY_CONDITION", "'MaximumEventAgeInSeconds'"));
    world_close(&world);
}

Test(routing, without_a_policy_there_are_185_attempts_more_or_a_day)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    world.fails_with = 500;
    world_put(&world, "", "{}");
    bus_advance(&world.bus, DAY_MS - 1);
    size_t tried = world.sent_count;
    cr_assert_gt(tried, 10);
    cr_assert_leq(tried, 186);
    bus_advance(&world.bus, DAY_MS);
    cr_assert_eq(world.sent_count, tried);
    cr_assert_not_null(strstr(buf_cstr(&world.bus.notices), "rule r: gave up a delivery"));
    world_close(&world);
}

Test(routing, a_target_that_is_not_there_is_given_up_at_once)
{
    struct world world;
    world_open(&world);
    make_queue(&world, "dlq", "");
    world_rule(&world, "", "r", "{'source':['app']}",
               "'Targets':[{'Id':'a','Arn':'" NO_QUEUE_ARN "','DeadLetterConfig':{'Arn':'" DLQ_ARN
               "'}}]");
    world_put(&world, "", "{'a':1}");
    receive(&world, "dlq");
    cr_assert(message_is(&world, 0, "detail", "{'a':1}"));
    cr_assert(attribute_is(&world, "ERROR_CODE", "'QueueDoesNotExist'"), "%s",
              buf_cstr(&world.bus.reply));
    cr_assert(attribute_is(&world, "EXHAUSTED_RETRY_CONDITION", ""));
    world_close(&world);
}
