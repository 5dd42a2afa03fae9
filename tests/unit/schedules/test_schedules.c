#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/schedules/schedules.h"
#include "tests/support/bus.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define ROLE "'RoleArn':'arn:aws:iam::000000000000:role/r'"
#define HELLO "'Target':{'Arn':'arn:aws:lambda:us-east-1:000000000000:function:hello'," ROLE "}"
#define OFF "'FlexibleTimeWindow':{'Mode':'OFF'}"

/* The event bus with a Lambda API that keeps the events it is sent. */
struct world {
    struct bus bus;
    char events[4096]; /* a line each */
    size_t len;
};

static void invoke(struct api_call *call, void *ctx)
{
    struct world *world = ctx;
    world->len += (size_t)snprintf(world->events + world->len, sizeof world->events - world->len,
                                   "%.*s\n", SLICE_ARG(api_body(call)));
    cr_assert_lt(world->len, sizeof world->events);
    api_reply_empty(call, 202);
}

static const struct api_op lambda_ops[] = {
    {"Invoke", invoke, "POST", "/2015-03-31/functions/{FunctionName}/invocations", false},
    {NULL, NULL, NULL, NULL, false},
};
static const struct wire_error lambda_errors[STATUS_COUNT];
static const struct api_service fake_lambda = {
    .name = "lambda", .protocol = API_REST_JSON, .ops = lambda_ops, .errors = lambda_errors};

static void begin(struct world *world)
{
    *world = (struct world){.len = 0};
    bus_open(&world->bus);
    edge_register(world->bus.edge, &fake_lambda, world);
    scheduler_start(world->bus.scheduler);
}

static void restart(struct world *world)
{
    bus_reopen(&world->bus);
    edge_register(world->bus.edge, &fake_lambda, world);
    scheduler_start(world->bus.scheduler);
}

static void forget(struct world *world)
{
    world->len = 0;
    world->events[0] = '\0';
}

static size_t fired(const struct world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->len; i++) {
        count += world->events[i] == '\n';
    }
    return count;
}

static const char *create(struct world *world, const char *name, const char *body)
{
    AUTO_ARENA arena = ARENA_INIT;
    return bus_rest(&world->bus, "scheduler", "CreateSchedule",
                    arena_cstr(&arena, arena_printf(&arena, "Name=%s", name)), "", body);
}

static const char *on_name(struct world *world, const char *operation, const char *name,
                           const char *body)
{
    AUTO_ARENA arena = ARENA_INIT;
    return bus_rest(&world->bus, "scheduler", operation,
                    arena_cstr(&arena, arena_printf(&arena, "Name=%s", name)), "", body);
}

Test(schedules, are_made_shown_changed_and_deleted)
{
    struct world world;
    begin(&world);
    create(
        &world, "nightly",
        "{'ScheduleExpression':'cron(0 2 * * ? *)','ScheduleExpressionTimezone':'Europe/Berlin',"
        "'Description':'d','StartDate':1767225700,'EndDate':1798761600.5,"
        "'FlexibleTimeWindow':{'Mode':'FLEXIBLE','MaximumWindowInMinutes':15},"
        "'ActionAfterCompletion':'DELETE','Target':{'Arn':'arn:aws:sqs:us-east-1:000000000000:q',"
        "'Input':'say \\'hi\\'','DeadLetterConfig':{'Arn':'arn:aws:sqs:us-east-1:000000000000:d'},"
        "'RetryPolicy':{'MaximumRetryAttempts':3}," ROLE "}}");
    cr_assert_eq(world.bus.status, 200, "%s", buf_cstr(&world.bus.reply));
    cr_expect(bus_is(&world.bus, "ScheduleArn",
                     "'arn:aws:scheduler:us-east-1:000000000000:schedule/default/nightly'"));
    for (int restarts = 0; restarts < 2; restarts++) { /* what is on disk reads the same */
        on_name(&world, "GetSchedule", "nightly", "");
        cr_expect(bus_is(&world.bus, "ScheduleExpressionTimezone", "'Europe/Berlin'"));
        cr_expect(bus_is(&world.bus, "FlexibleTimeWindow",
                         "{'MaximumWindowInMinutes':15,'Mode':'FLEXIBLE'}"));
        cr_expect(bus_is(&world.bus, "StartDate", "1767225700"));
        cr_expect(bus_is(&world.bus, "EndDate", "1798761600.5"));
        cr_expect(bus_is(&world.bus, "CreationDate", "1767225600"));
        cr_expect(bus_is(&world.bus, "ActionAfterCompletion", "'DELETE'"));
        cr_expect(bus_is(&world.bus, "Target.Input", "'say \\'hi\\''"), "%s",
                  buf_cstr(&world.bus.reply));
        cr_expect(bus_is(&world.bus, "Target.RetryPolicy",
                         "{'MaximumEventAgeInSeconds':86400,'MaximumRetryAttempts':3}"));
        cr_expect(bus_is(&world.bus, "Target.DeadLetterConfig.Arn",
                         "'arn:aws:sqs:us-east-1:000000000000:d'"));
        restart(&world);
    }
    bus_advance(&world.bus, 1000);
    on_name(&world, "UpdateSchedule", "nightly",
            "{'ScheduleExpression':'rate(5 minutes)','State':'DISABLED'," OFF "," HELLO "}");
    cr_assert_eq(world.bus.status, 200, "%s", buf_cstr(&world.bus.reply));
    on_name(&world, "GetSchedule", "nightly", "");
    cr_expect(bus_is(&world.bus, "State", "'DISABLED'"));
    cr_expect(bus_is(&world.bus, "Description", "")); /* what is not said is not kept */
    cr_expect(bus_is(&world.bus, "ScheduleExpressionTimezone", "'UTC'"));
    cr_expect(bus_is(&world.bus, "CreationDate", "1767225600"));
    cr_expect(bus_is(&world.bus, "LastModificationDate", "1767225601"));
    cr_expect(bus_is(&world.bus, "Target.RetryPolicy.MaximumRetryAttempts", "185"));
    on_name(&world, "DeleteSchedule", "nightly", "");
    cr_expect_eq(world.bus.status, 200);
    restart(&world);
    on_name(&world, "GetSchedule", "nightly", "");
    cr_expect_eq(world.bus.status, 404);
    cr_expect(bus_is(&world.bus, "Message", "'Schedule nightly does not exist.'"));
    bus_close(&world.bus);
}

Test(schedules, refuse_with_the_services_words)
{
    static const struct {
        const char *body;
        int status;
        const char *message;
    } rows[] = {
        {"{'ScheduleExpression':'rate(10 seconds)'," OFF "," HELLO "}", 400,
         "Invalid Schedule Expression rate(10 seconds)."},
        {"{'ScheduleExpression':' rate(10 minutes)'," OFF "," HELLO "}", 400,
         "Invalid Schedule Expression  rate(10 minutes)."},
        {"{'ScheduleExpression':'at(2021-12-31T23:59:59Z)'," OFF "," HELLO "}", 400,
         "Invalid Schedule Expression at(2021-12-31T23:59:59Z)."},
        {"{'ScheduleExpression':'rate(1 hour)','ScheduleExpressionTimezone':'Mars/Base'," OFF
         "," HELLO "}",
         400, "Invalid Schedule Expression Timezone Mars/Base."},
        {"{'ScheduleExpression':'rate(1 hour)','GroupName':'none'," OFF "," HELLO "}", 404,
         "Schedule group none does not exist."},
        {"{'ScheduleExpression':'rate(1 hour)','StartDate':1767225299," OFF "," HELLO "}", 400,
         "The StartDate you specify cannot be earlier than 5 minutes ago."},
        {"{'ScheduleExpression':'rate(1 hour)','StartDate':1767225600,'EndDate':1767225600," OFF
         "," HELLO "}",
         400, "The StartDate you specify must come before the EndDate."},
        {"{'ScheduleExpression':'rate(1 hour)','FlexibleTimeWindow':{'Mode':'FLEXIBLE'}," HELLO "}",
         400, "MaximumWindowInMinutes must be specified for a FLEXIBLE time window."},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF ",'Target':{'Arn':'nobody'," ROLE "}}", 400,
         "Provided Arn is not in correct format."},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:ecs:us-east-1:000000000000:cluster/c'," ROLE "}}",
         400,
         "sls-local has no schedules with the target arn:aws:ecs:us-east-1:000000000000:cluster/c"},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:scheduler:::aws-sdk:sqs:sendPigeon','Input':'{}'," ROLE "}}",
         400, "sls-local has no universal target aws-sdk:sqs:sendPigeon"},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:sqs:us-east-1:000000000000:q','EcsParameters':{}," ROLE "}}",
         400, "sls-local has no schedules whose target has EcsParameters"},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:sqs:us-east-1:000000000000:q',"
         "'EventBridgePutRawEventsParameters':{}," ROLE "}}",
         400, "sls-local has no schedules whose target has EventBridgePutRawEventsParameters"},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:lambda:us-east-1:000000000000:function:f','Input':'no "
         "json'," ROLE "}}",
         400, "Input must be a well-formed JSON."},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:sqs:us-east-1:000000000000:q.fifo'," ROLE "}}",
         400, "SqsParameters must be specified for a FIFO queue target."},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:kinesis:us-east-1:000000000000:stream/s'," ROLE "}}",
         400, "KinesisParameters must be specified for a Kinesis target."},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF
         ",'Target':{'Arn':'arn:aws:events:us-east-1:000000000000:event-bus/default'," ROLE "}}",
         400, "EventBridgeParameters must be specified for an EventBridge target."},
        {"{'ScheduleExpression':'rate(1 hour)'," OFF ",'Target':{'Arn':'a','RoleArn':'r'}}", 400,
         "1 validation error detected: Value 'r' at 'target.roleArn' failed to satisfy constraint: "
         "Member must satisfy regular expression pattern: "
         "arn:aws[a-z-]*:iam::\\d{12}:role\\/[\\w+=,.@\\/-]+"},
        {"{" OFF "," HELLO "}", 400,
         "1 validation error detected: Value null at 'scheduleExpression' failed to satisfy "
         "constraint: Member must not be null"},
        {"{'ScheduleExpression':'rate(1 hour)','FlexibleTimeWindow':{'Mode':'ON'}," HELLO "}", 400,
         "1 validation error detected: Value 'ON' at 'flexibleTimeWindow.mode' failed to satisfy "
         "constraint: Member must satisfy enum value set: [OFF, FLEXIBLE]"},
    };
    struct world world;
    begin(&world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice message;
        create(&world, "x", rows[i].body);
        cr_expect_eq(world.bus.status, rows[i].status, "row %zu: %d", i, world.bus.status);
        cr_assert(json_raw_string(&arena, bus_at(&world.bus, "Message"), &message), "row %zu: %s",
                  i, buf_cstr(&world.bus.reply));
        cr_expect(slice_is(message, rows[i].message), "row %zu: %.*s", i, SLICE_ARG(message));
    }
    bus_close(&world.bus);
}

Test(schedules, are_made_once_by_a_token)
{
    static const char body[] =
        "{'ScheduleExpression':'rate(1 hour)','ClientToken':'t'," OFF "," HELLO "}";
    struct world world;
    begin(&world);
    create(&world, "x", body);
    cr_expect_eq(world.bus.status, 200);
    create(&world, "x", body);
    cr_expect_eq(world.bus.status, 200, "the same request again");
    create(&world, "x",
           "{'ScheduleExpression':'rate(2 hours)','ClientToken':'t'," OFF "," HELLO "}");
    cr_expect_eq(world.bus.status, 409, "another with its token");
    create(&world, "x",
           "{'ScheduleExpression':'rate(1 hour)','ClientToken':'u'," OFF "," HELLO "}");
    cr_expect_eq(world.bus.status, 409);
    cr_expect(bus_is(&world.bus, "Message", "'Schedule x already exists.'"));
    bus_close(&world.bus);
}

Test(schedules, fire_a_rate_at_once_and_from_there)
{
    struct world world;
    begin(&world);
    create(&world, "x", "{'ScheduleExpression':'rate(20 minutes)'," OFF "," HELLO "}");
    bus_advance(&world.bus, HOUR_MS);
    cr_expect_eq(fired(&world), 4, "%s", world.events);
    struct slice first =
        slice_take(slice_from(world.events), slice_find(slice_from(world.events), '\n'));
    cr_expect(json_is(first, "source", "'aws.scheduler'"));
    cr_expect(json_is(first, "detail-type", "'Scheduled Event'"));
    cr_expect(json_is(first, "time", "'2026-01-01T00:00:00Z'"));
    cr_expect(json_is(first, "detail", "'{}'"));
    cr_expect(json_is(first, "resources",
                      "['arn:aws:scheduler:us-east-1:000000000000:schedule/default/x']"));
    bus_close(&world.bus);
}

Test(schedules, begin_with_the_start_date_and_stop_with_the_end_date)
{
    static const struct {
        const char *expression;
        size_t count;
    } rows[] = {
        {"rate(10 minutes)", 4},        /* 0:05, 0:15, 0:25, 0:35 */
        {"cron(0/10 * * * ? *)", 3},    /* 0:10, 0:20, 0:30 */
        {"cron(5,35 * * * ? *)", 2},    /* both ends */
        {"at(2026-01-01T00:50:00)", 1}, /* knows neither */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct world world;
        begin(&world);
        create(&world, "x",
               arena_cstr(&arena, arena_printf(&arena,
                                               "{'ScheduleExpression':'%s','StartDate':1767225900,"
                                               "'EndDate':1767227700," OFF "," HELLO "}",
                                               rows[i].expression)));
        bus_advance(&world.bus, 2 * HOUR_MS);
        cr_expect_eq(fired(&world), rows[i].count, "%s: %zu", rows[i].expression, fired(&world));
        bus_close(&world.bus);
    }
}

Test(schedules, go_on_from_where_they_were_when_they_are_changed)
{
    struct world world;
    begin(&world);
    create(&world, "x", "{'ScheduleExpression':'rate(1 hour)'," OFF "," HELLO "}");
    bus_advance(&world.bus, 30 * MINUTE_MS);
    cr_expect_eq(fired(&world), 1);
    on_name(&world, "UpdateSchedule", "x",
            "{'ScheduleExpression':'rate(1 hour)','Description':'d'," OFF "," HELLO "}");
    bus_advance(&world.bus, 40 * MINUTE_MS);
    cr_expect_eq(fired(&world), 2, "the same rate goes on");
    on_name(&world, "UpdateSchedule", "x",
            "{'ScheduleExpression':'rate(2 hours)'," OFF "," HELLO "}");
    bus_advance(&world.bus, 30 * MINUTE_MS);
    cr_expect_eq(fired(&world), 3, "another begins anew");
    on_name(&world, "UpdateSchedule", "x",
            "{'ScheduleExpression':'rate(2 hours)','State':'DISABLED'," OFF "," HELLO "}");
    bus_advance(&world.bus, 10 * HOUR_MS);
    cr_expect_eq(fired(&world), 3);
    on_name(&world, "UpdateSchedule", "x",
            "{'ScheduleExpression':'rate(2 hours)'," OFF "," HELLO "}");
    bus_advance(&world.bus, 2 * HOUR_MS);
    cr_expect_eq(fired(&world), 4, "what was missed while disabled stays so");
    bus_close(&world.bus);
}

Test(schedules, put_context_words_into_their_input)
{
    struct world world;
    begin(&world);
    create(
        &world, "x",
        "{'ScheduleExpression':'at(2026-01-01T00:10:00)'," OFF ",'Target':{'Arn':"
        "'arn:aws:lambda:us-east-1:000000000000:function:hello','Input':'{\\'a\\':\\'<aws."
        "scheduler.schedule-arn> <aws.scheduler.scheduled-time>\\',\\'n\\':<aws.scheduler.attempt-"
        "number>,\\'x\\':\\'<aws.scheduler.unknown>\\',\\'i\\':\\'<aws.scheduler.execution-id>\\'}'"
        "," ROLE "}}");
    cr_assert_eq(world.bus.status, 400, "a bare word is no JSON");
    create(&world, "x",
           "{'ScheduleExpression':'at(2026-01-01T00:10:00)'," OFF ",'Target':{'Arn':"
           "'arn:aws:lambda:us-east-1:000000000000:function:hello','Input':'{\\'a\\':\\'<aws."
           "scheduler.schedule-arn> "
           "<aws.scheduler.scheduled-time>\\',\\'n\\':\\'<aws.scheduler.attempt-"
           "number>\\',\\'x\\':\\'<aws.scheduler.unknown>\\',\\'i\\':\\'<aws.scheduler.execution-"
           "id>\\'}'," ROLE "}}");
    cr_assert_eq(world.bus.status, 200, "%s", buf_cstr(&world.bus.reply));
    bus_advance(&world.bus, HOUR_MS);
    struct slice event = slice_from(world.events);
    cr_expect(json_is(event, "a",
                      "'arn:aws:scheduler:us-east-1:000000000000:schedule/default/x "
                      "2026-01-01T00:10:00Z'"),
              "%s", world.events);
    cr_expect(json_is(event, "n", "'1'"));
    cr_expect(json_is(event, "x", "'<aws.scheduler.unknown>'"));
    cr_expect_eq(json_at(event, "i").len, 18, "16 digits and quotes: %s", world.events);
    bus_close(&world.bus);
}

Test(schedules, delete_themselves_after_the_last_firing_if_told_to)
{
    static const struct {
        const char *expression, *action;
        int status; /* of GetSchedule in the end */
    } rows[] = {
        {"at(2026-01-01T00:10:00)", "DELETE", 404},
        {"at(2026-01-01T00:10:00)", "NONE", 200},
        {"cron(0/10 0 1 1 ? 2026)", "DELETE", 404},
        {"at(2025-01-01T00:10:00)", "DELETE", 200}, /* has never fired */
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct world world;
        begin(&world);
        create(&world, "x",
               arena_cstr(&arena, arena_printf(&arena,
                                               "{'ScheduleExpression':'%s',"
                                               "'ActionAfterCompletion':'%s'," OFF "," HELLO "}",
                                               rows[i].expression, rows[i].action)));
        cr_assert_eq(world.bus.status, 200, "%s", buf_cstr(&world.bus.reply));
        bus_advance(&world.bus, 2 * HOUR_MS);
        on_name(&world, "GetSchedule", "x", "");
        cr_expect_eq(world.bus.status, rows[i].status, "row %zu: %d", i, world.bus.status);
        restart(&world);
        on_name(&world, "GetSchedule", "x", "");
        cr_expect_eq(world.bus.status, rows[i].status, "row %zu: %d", i, world.bus.status);
        bus_close(&world.bus);
    }
}

Test(schedules, fire_once_whatever_happens_to_the_program)
{
    struct world world;
    begin(&world);
    create(&world, "x", "{'ScheduleExpression':'cron(0 * * * ? *)'," OFF "," HELLO "}");
    bus_advance(&world.bus, 3 * HOUR_MS);
    cr_expect_eq(fired(&world), 3);
    restart(&world);
    bus_advance(&world.bus, HOUR_MS - 1);
    cr_expect_eq(fired(&world), 3);
    bus_advance(&world.bus, 1);
    cr_expect_eq(fired(&world), 4);
    bus_close(&world.bus);
}

static size_t count_of(struct world *world, const char *list)
{
    AUTO_ARENA arena = ARENA_INIT;
    size_t count = 0;
    while (bus_at(&world->bus, arena_cstr(&arena, arena_printf(&arena, "%s.%zu.Name", list, count)))
               .len > 0) {
        count++;
    }
    return count;
}

Test(schedules, are_listed_by_page_group_prefix_and_state)
{
    struct world world;
    begin(&world);
    on_name(&world, "CreateScheduleGroup", "g", "{}");
    for (int i = 0; i < 7; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        create(&world, arena_cstr(&arena, arena_printf(&arena, "%s%d", i % 2 ? "odd" : "even", i)),
               arena_cstr(&arena,
                          arena_printf(&arena,
                                       "{'ScheduleExpression':'rate(1 hour)','GroupName':'%s',"
                                       "'State':'%s'," OFF "," HELLO "}",
                                       i < 3 ? "g" : "default", i == 4 ? "DISABLED" : "ENABLED")));
        cr_assert_eq(world.bus.status, 200);
    }
    static const struct {
        const char *query;
        size_t count;
    } rows[] = {
        {"", 7},
        {"ScheduleGroup=g", 3},
        {"NamePrefix=even", 4},
        {"ScheduleGroup=g&NamePrefix=even", 2},
        {"State=DISABLED", 1},
        {"MaxResults=2", 2},
        {"NamePrefix=none", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bus_rest(&world.bus, "scheduler", "ListSchedules", "", rows[i].query, "");
        cr_expect_eq(count_of(&world, "Schedules"), rows[i].count, "%s: %s", rows[i].query,
                     buf_cstr(&world.bus.reply));
    }
    cr_expect(bus_is(&world.bus, "NextToken", ""));
    bus_rest(&world.bus, "scheduler", "ListSchedules", "", "ScheduleGroup=none", "");
    cr_expect_eq(world.bus.status, 404);
    /* page by page */
    char query[256] = "MaxResults=3";
    size_t seen = 0;
    size_t pages = 0;
    for (struct slice token = {"", 1}; token.len > 0; pages++) {
        AUTO_ARENA arena = ARENA_INIT;
        bus_rest(&world.bus, "scheduler", "ListSchedules", "", query, "");
        cr_assert_eq(world.bus.status, 200, "%s", buf_cstr(&world.bus.reply));
        seen += count_of(&world, "Schedules");
        if (!json_raw_string(&arena, bus_at(&world.bus, "NextToken"), &token)) {
            token = SLICE("");
        }
        (void)snprintf(query, sizeof query, "MaxResults=3&NextToken=%.*s", SLICE_ARG(token));
    }
    cr_expect_eq(seen, 7);
    cr_expect_eq(pages, 3);
    bus_rest(&world.bus, "scheduler", "ListSchedules", "", "NextToken=%25", "");
    cr_expect_eq(world.bus.status, 400);
    bus_close(&world.bus);
}

Test(schedule_groups, take_their_schedules_along)
{
    struct world world;
    begin(&world);
    on_name(&world, "CreateScheduleGroup", "g", "{'Tags':[{'Key':'a','Value':'1'}]}");
    cr_expect(bus_is(&world.bus, "ScheduleGroupArn",
                     "'arn:aws:scheduler:us-east-1:000000000000:schedule-group/g'"));
    on_name(&world, "CreateScheduleGroup", "g", "{}");
    cr_expect_eq(world.bus.status, 409);
    create(&world, "x", "{'GroupName':'g','ScheduleExpression':'rate(1 hour)'," OFF "," HELLO "}");
    create(&world, "x", "{'ScheduleExpression':'rate(1 hour)'," OFF "," HELLO "}");
    bus_advance(&world.bus, MINUTE_MS);
    cr_expect_eq(fired(&world), 2);
    on_name(&world, "GetScheduleGroup", "g", "");
    cr_expect(bus_is(&world.bus, "State", "'ACTIVE'"));
    cr_expect(bus_is(&world.bus, "CreationDate", "1767225600"));
    bus_rest(&world.bus, "scheduler", "ListScheduleGroups", "", "", "");
    cr_expect_eq(count_of(&world, "ScheduleGroups"), 2);
    on_name(&world, "DeleteScheduleGroup", "default", "");
    cr_expect_eq(world.bus.status, 400);
    on_name(&world, "DeleteScheduleGroup", "g", "");
    cr_expect_eq(world.bus.status, 200);
    forget(&world);
    for (int restarts = 0; restarts < 2; restarts++) {
        bus_advance(&world.bus, HOUR_MS);
        cr_expect_eq(fired(&world), (size_t)restarts + 1, "only the other one fires");
        bus_rest(&world.bus, "scheduler", "ListSchedules", "", "", "");
        cr_expect_eq(count_of(&world, "Schedules"), 1);
        on_name(&world, "GetScheduleGroup", "g", "");
        cr_expect_eq(world.bus.status, 404);
        restart(&world);
    }
    bus_close(&world.bus);
}

#define GROUP_ARN "ResourceArn=arn:aws:scheduler:us-east-1:000000000000:schedule-group/g"

Test(schedule_groups, have_tags)
{
    struct world world;
    begin(&world);
    on_name(&world, "CreateScheduleGroup", "g", "{'Tags':[{'Key':'a','Value':'1'}]}");
    bus_rest(&world.bus, "scheduler", "TagResource", GROUP_ARN, "",
             "{'Tags':[{'Key':'b','Value':'2'},{'Key':'a','Value':'3'}]}");
    cr_expect_eq(world.bus.status, 200, "%s", buf_cstr(&world.bus.reply));
    restart(&world);
    bus_rest(&world.bus, "scheduler", "ListTagsForResource", GROUP_ARN, "", "");
    cr_expect(bus_is(&world.bus, "Tags", "[{'Key':'a','Value':'3'},{'Key':'b','Value':'2'}]"));
    bus_rest(&world.bus, "scheduler", "UntagResource", GROUP_ARN, "TagKeys=a&TagKeys=b", "");
    bus_rest(&world.bus, "scheduler", "ListTagsForResource", GROUP_ARN, "", "");
    cr_expect(bus_is(&world.bus, "Tags", "[]"), "%s", buf_cstr(&world.bus.reply));
    bus_rest(&world.bus, "scheduler", "ListTagsForResource",
             "ResourceArn=arn:aws:scheduler:us-east-1:000000000000:schedule/default/x", "", "");
    cr_expect_eq(world.bus.status, 400, "only groups have tags");
    bus_close(&world.bus);
}

Test(schedules, follow_the_template)
{
    struct world world;
    begin(&world);
    const char *properties =
        "{'Name':'nightly','ScheduleExpression':'rate(1 hour)','StartDate':'2020-01-01T00:00:00Z',"
        "'FlexibleTimeWindow':{'Mode':'FLEXIBLE','MaximumWindowInMinutes':'5'},"
        "'Target':{'Arn':'arn:aws:lambda:us-east-1:000000000000:function:hello','RetryPolicy':"
        "{'MaximumRetryAttempts':'2','MaximumEventAgeInSeconds':60}," ROLE "}}";
    cr_expect_str_eq(bus_deploy(&world.bus, "AWS::Scheduler::Schedule", "nightly", properties), "");
    on_name(&world, "GetSchedule", "nightly", "");
    cr_expect(bus_is(&world.bus, "FlexibleTimeWindow.MaximumWindowInMinutes", "5"));
    cr_expect(bus_is(&world.bus, "Target.RetryPolicy",
                     "{'MaximumEventAgeInSeconds':60,'MaximumRetryAttempts':2}"));
    cr_expect(bus_is(&world.bus, "StartDate", "1577836800"));
    bus_advance(&world.bus, 5000);
    bus_deploy(&world.bus, "AWS::Scheduler::Schedule", "nightly", properties);
    on_name(&world, "GetSchedule", "nightly", "");
    cr_expect(bus_is(&world.bus, "LastModificationDate", "1767225600"), "nothing has changed");
    /* gone from the template */
    cr_expect_str_eq(bus_deploy(&world.bus, "AWS::Scheduler::ScheduleGroup", "g",
                                "{'Tags':[{'Key':'a','Value':'b'}]}"),
                     "");
    on_name(&world, "GetSchedule", "nightly", "");
    cr_expect_eq(world.bus.status, 404);
    on_name(&world, "GetScheduleGroup", "g", "");
    cr_expect_eq(world.bus.status, 200);
    bus_close(&world.bus);
}

Test(schedules, of_the_template_with_foreign_targets_are_left_out_with_a_notice)
{
    struct world world;
    begin(&world);
    cr_expect_str_eq(bus_deploy(&world.bus, "AWS::Scheduler::Schedule", "task",
                                "{'ScheduleExpression':'rate(1 hour)'," OFF "," HELLO "}"),
                     "");
    cr_expect_str_eq(
        bus_deploy(&world.bus, "AWS::Scheduler::Schedule", "task",
                   "{'ScheduleExpression':'rate(1 hour)'," OFF
                   ",'Target':{'Arn':'arn:aws:ecs:us-east-1:000000000000:cluster/c'," ROLE
                   ",'EcsParameters':{'TaskDefinitionArn':'t'}}}"),
        "");
    cr_expect_neq(
        slice_search(buf_slice(&world.bus.notices), SLICE("task: template.yaml:1:1: is left out")),
        SLICE_NPOS, "%s", buf_cstr(&world.bus.notices));
    on_name(&world, "GetSchedule", "task", "");
    cr_expect_eq(world.bus.status, 404, "the one that was deployed before does not go on");
    cr_expect_str_eq(bus_deploy(&world.bus, "AWS::Scheduler::Schedule", "bad",
                                "{'ScheduleExpression':'rate(1 weeks)'," OFF "," HELLO "}"),
                     "template.yaml:1:1: bad: Invalid Schedule Expression rate(1 weeks).");
    bus_close(&world.bus);
}
