#include "tests/unit/events/events_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define RULE_R_ARN ARN("events", "rule/r")
#define RULE_B_R_ARN ARN("events", "rule/b/r")
#define BUS_B_ARN ARN("events", "event-bus/b")
#define MACHINE_ARN ARN("states", "stateMachine:m")
#define CLUSTER_ARN ARN("ecs", "cluster/c")
#define LAYER_ARN ARN("lambda", "layer:l")
#define FIFO_ARN ARN("sqs", "q.fifo")
#define STREAM_ARN ARN("kinesis", "stream/s")
#define OTHER_QUEUE_ARN ARN("sqs", "other")
#define NO_QUEUE_ARN ARN("sqs", "none")
#define RULE_S_ARN ARN("events", "rule/s")
#define PATTERN "'EventPattern':'{\\\"source\\\":[\\\"app\\\"]}'"

Test(rules, a_rule_is_made_told_and_deleted)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "PutRule",
             "{'Name':'r'," PATTERN ",'Description':'d','RoleArn':'arn:aws:iam::1:role/x'}");
    cr_assert(bus_is(&world.bus, "RuleArn", "'" RULE_R_ARN "'"));
    world_restart(&world);
    world_ok(&world, "DescribeRule", "{'Name':'r'}");
    cr_assert(world_is(&world, "{'Arn':'" RULE_R_ARN "','EventBusName':'default','Name':'r',"
                               "'Description':'d','EventPattern':'{\\'source\\':[\\'app\\']}',"
                               "'RoleArn':'arn:aws:iam::1:role/x','State':'ENABLED',"
                               "'CreatedBy':'" ACCOUNT "'}"),
              "%s", buf_cstr(&world.bus.reply));
    world_ok(&world, "DeleteRule", "{'Name':'r'}");
    world_ok(&world, "DeleteRule", "{'Name':'r'}");
    world_fails(&world, "DescribeRule", "{'Name':'r'}", "ResourceNotFoundException",
                "Rule r does not exist on EventBus default.");
    world_restart(&world);
    world_fails(&world, "DescribeRule", "{'Name':'r'}", "ResourceNotFoundException", NULL);
    world_close(&world);
}

Test(rules, on_another_bus_the_arn_has_the_bus)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_ok(&world, "PutRule", "{'Name':'r','EventBusName':'b'," PATTERN "}");
    cr_assert(bus_is(&world.bus, "RuleArn", "'" RULE_B_R_ARN "'"));
    world_fails(&world, "DescribeRule", "{'Name':'r'}", "ResourceNotFoundException",
                "Rule r does not exist on EventBus default.");
    world_restart(&world);
    world_ok(&world, "DescribeRule", "{'Name':'r','EventBusName':'" BUS_B_ARN "'}");
    cr_assert(bus_is(&world.bus, "EventBusName", "'b'"));
    world_close(&world);
}

Test(rules, refusals_are_aws_s)
{
    static const struct {
        const char *operation, *body, *code, *message;
    } rows[] = {
        {"PutRule", "{'Name':'r'}", "ValidationException",
         "Parameter(s) EventPattern or ScheduleExpression must be specified."},
        {"PutRule", "{'Name':'r','EventBusName':'x'," PATTERN "}", "ResourceNotFoundException",
         "Event bus x does not exist."},
        {"PutRule", "{'Name':'r','EventPattern':'{\\\"a\\\":[]}'}", "InvalidEventPatternException",
         NULL},
        {"PutRule", "{'Name':'r','ScheduleExpression':'rate(1 minutes)'}", "ValidationException",
         "Parameter ScheduleExpression is not valid."},
        {"PutRule", "{'Name':'r','ScheduleExpression':'rate(0 minutes)'}", "ValidationException",
         "Parameter ScheduleExpression is not valid."},
        {"PutRule", "{'Name':'r','ScheduleExpression':'cron(0 1 * * * *)'}", "ValidationException",
         "Parameter ScheduleExpression is not valid."},
        {"PutRule", "{'Name':'r','ScheduleExpression':'at(2026-01-01T00:00:00)'}",
         "ValidationException", "Parameter ScheduleExpression is not valid."},
        {"PutRule", "{'Name':'r','EventBusName':'b','ScheduleExpression':'rate(5 minutes)'}",
         "ValidationException", "ScheduleExpression is supported only on the default event bus."},
        {"EnableRule", "{'Name':'x'}", "ResourceNotFoundException",
         "Rule x does not exist on EventBus default."},
        {"PutTargets", "{'Rule':'x'," TO_FUNCTION "}", "ResourceNotFoundException",
         "Rule x does not exist on EventBus default."},
        {"ListTargetsByRule", "{'Rule':'x'}", "ResourceNotFoundException",
         "Rule x does not exist on EventBus default."},
        {"RemoveTargets", "{'Rule':'x','Ids':['a']}", "ResourceNotFoundException",
         "Rule x does not exist on EventBus default."},
    };
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_fails(&world, rows[i].operation, rows[i].body, rows[i].code, rows[i].message);
    }
    bus_call(&world.bus, "events", "PutRule", "{'Name':'a b'," PATTERN "}");
    cr_assert_not_null(strstr(buf_cstr(&world.bus.reply),
                              "Value 'a b' at 'name' failed to satisfy constraint: Member must "
                              "satisfy regular expression pattern: [\\\\.\\\\-_A-Za-z0-9]+"));
    world_close(&world);
}

Test(rules, a_disabled_rule_matches_nothing)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    world_ok(&world, "DisableRule", "{'Name':'r'}");
    world_put(&world, "", "{}");
    world_restart(&world);
    world_ok(&world, "DescribeRule", "{'Name':'r'}");
    cr_assert(bus_is(&world.bus, "State", "'DISABLED'"));
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 0);
    world_ok(&world, "EnableRule", "{'Name':'r'}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

Test(rules, putting_a_rule_again_changes_it_and_keeps_its_targets)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    world_ok(&world, "PutRule", "{'Name':'r','EventPattern':'{\\\"source\\\":[\\\"else\\\"]}'}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 0);
    world_ok(&world, "PutRule", "{'Name':'r'," PATTERN "}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

/* --- targets --- */

Test(rules, targets_are_told_as_they_were_put)
{
    struct world world;
    world_open(&world);
    world_rule(
        &world, "", "r", "{'source':['app']}",
        "'Targets':[{'Id':'one','Arn':'" FUNCTION_ARN "','RetryPolicy':"
        "{'MaximumRetryAttempts':2,'MaximumEventAgeInSeconds':60}},{'Id':'two','Arn':'" FUNCTION_ARN
        "','InputPath':'$.detail'}]");
    cr_assert(world_is(&world, "{'FailedEntries':[],'FailedEntryCount':0}"));
    world_ok(&world, "PutTargets",
             "{'Rule':'r','Targets':[{'Id':'one','Arn':'" FUNCTION_ARN "','Input':'1'}]}");
    world_restart(&world);
    world_ok(&world, "ListTargetsByRule", "{'Rule':'r'}");
    cr_assert(world_is(&world,
                       "{'Targets':[{'Id':'one','Arn':'" FUNCTION_ARN "','Input':'1'},{'Id':'two',"
                       "'Arn':'" FUNCTION_ARN "','InputPath':'$.detail'}]}"),
              "%s", buf_cstr(&world.bus.reply));
    world_ok(&world, "ListTargetsByRule", "{'Rule':'r','Limit':1}");
    cr_assert(bus_is(&world.bus, "Targets.0.Id", "'one'"));
    cr_assert(bus_is(&world.bus, "Targets.1", ""));
    AUTO_BUF next = BUF_INIT(1024);
    buf_printf(&next, "{'Rule':'r','NextToken':%.*s}", SLICE_ARG(bus_at(&world.bus, "NextToken")));
    world_ok(&world, "ListTargetsByRule", buf_cstr(&next));
    cr_assert(bus_is(&world.bus, "Targets.0.Id", "'two'"));
    cr_assert(bus_is(&world.bus, "NextToken", ""));
    world_close(&world);
}

Test(rules, a_rule_with_targets_stays)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    world_fails(&world, "DeleteRule", "{'Name':'r'}", "ValidationException",
                "Rule can't be deleted since it has targets.");
    world_ok(&world, "RemoveTargets", "{'Rule':'r','Ids':['t','no']}");
    cr_assert(bus_is(&world.bus, "FailedEntryCount", "1"));
    cr_assert(bus_is(&world.bus, "FailedEntries.0.TargetId", "'no'"));
    cr_assert(bus_is(&world.bus, "FailedEntries.0.ErrorCode", "'ResourceNotFoundException'"));
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 0);
    world_ok(&world, "DeleteRule", "{'Name':'r'}");
    world_close(&world);
}

Test(rules, at_most_five_targets)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "PutRule", "{'Name':'r'," PATTERN "}");
    for (int i = 0; i <= 5; i++) {
        AUTO_BUF body = BUF_INIT(1024);
        buf_printf(&body, "{'Rule':'r','Targets':[{'Id':'t%d','Arn':'" FUNCTION_ARN "'}]}", i);
        if (i < 5) {
            world_ok(&world, "PutTargets", buf_cstr(&body));
        } else {
            world_fails(&world, "PutTargets", buf_cstr(&body), "LimitExceededException",
                        "The requested resource exceeds the maximum number allowed.");
        }
    }
    world_ok(&world, "PutTargets",
             "{'Rule':'r','Targets':[{'Id':'t4','Arn':'" FUNCTION_ARN "','Input':'4'}]}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 5);
    cr_assert_str_eq(world.sent[4].event, "4");
    world_close(&world);
}

Test(rules, targets_that_cannot_be_are_refused)
{
    static const char *const rows[][3] = {
        {"{'Id':'t','Arn':'nothing'}", "ValidationException",
         "Parameter nothing is not valid. Reason: Provided Arn is not in correct format."},
        {"{'Id':'t','Arn':'" MACHINE_ARN "'}", "ValidationException",
         "sls-local does not emulate targets of the service states (stateMachine:m, target t)."},
        {"{'Id':'t','Arn':'" CLUSTER_ARN "'}", "ValidationException",
         "sls-local does not emulate targets of the service ecs (cluster/c, target t)."},
        {"{'Id':'t','Arn':'" LAYER_ARN "'}", "ValidationException", NULL},
        {"{'Id':'t','Arn':'" FIFO_ARN "'}", "ValidationException",
         "Parameter(s) SqsParameters must be specified for target: t."},
        {"{'Id':'t','Arn':'" FUNCTION_ARN "','Input':'1','InputPath':'$.a'}", "ValidationException",
         "Only one of Input, InputPath, or InputTransformer must be provided for target t."},
        {"{'Id':'t','Arn':'" FUNCTION_ARN "','InputTransformer':{'InputPathsMap':{'a':'$.a'},"
         "'InputTemplate':'{\\\"a\\\":<b>}'}}",
         "ValidationException", "InputTemplate for target t contains invalid placeholder b."},
        {"{'Id':'t','Arn':'" BUS_B_ARN "','Input':'1'}", "ValidationException", NULL},
        {"{'Id':'t','Arn':'" FUNCTION_ARN "','DeadLetterConfig':{'Arn':'" FIFO_ARN "'}}",
         "ValidationException",
         "Parameter DeadLetterConfig.Arn is not valid for target t. Reason: A dead-letter queue "
         "must be a standard queue of SQS."},
        {"{'Id':'t','Arn':'" FUNCTION_ARN "','DeadLetterConfig':{'Arn':'" FUNCTION_ARN "'}}",
         "ValidationException", NULL},
        {"{'Id':'t','Arn':'" STREAM_ARN "','KinesisParameters':"
         "{'PartitionKeyPath':'a'}}",
         "ValidationException", "Invalid PartitionKeyPath for target t."},
    };
    struct world world;
    world_open(&world);
    world_ok(&world, "PutRule", "{'Name':'r'," PATTERN "}");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF body = BUF_INIT(4096);
        buf_printf(&body, "{'Rule':'r','Targets':[{'Id':'good','Arn':'" FUNCTION_ARN "'},%s]}",
                   rows[i][0]);
        world_fails(&world, "PutTargets", buf_cstr(&body), rows[i][1], rows[i][2]);
    }
    world_ok(&world, "ListTargetsByRule", "{'Rule':'r'}");
    cr_assert(bus_is(&world.bus, "Targets", "[]"), "all or none");
    world_close(&world);
}

/* --- lists --- */

Test(rules, lists_page_and_look_for_prefix_and_target)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "b1", "{'source':['app']}", TO_FUNCTION);
    world_rule(&world, "", "b2", "{'source':['app']}",
               "'Targets':[{'Id':'t','Arn':'" OTHER_QUEUE_ARN "'}]");
    world_rule(&world, "", "a1", "{'source':['app']}", TO_FUNCTION);
    world_ok(&world, "ListRules", "{'NamePrefix':'b'}");
    cr_assert(bus_is(&world.bus, "Rules.0.Name", "'b1'"));
    cr_assert(bus_is(&world.bus, "Rules.0.Targets", ""));
    cr_assert(bus_is(&world.bus, "Rules.1.Name", "'b2'"));
    cr_assert(bus_is(&world.bus, "Rules.2", ""));
    world_ok(&world, "ListRuleNamesByTarget", "{'TargetArn':'" FUNCTION_ARN "'}");
    cr_assert(world_is(&world, "{'RuleNames':['a1','b1']}"));
    world_ok(&world, "ListRuleNamesByTarget", "{'TargetArn':'" FUNCTION_ARN "','Limit':1}");
    cr_assert(bus_is(&world.bus, "RuleNames", "['a1']"));
    AUTO_BUF next = BUF_INIT(1024);
    buf_printf(&next, "{'TargetArn':'" FUNCTION_ARN "','NextToken':%.*s}",
               SLICE_ARG(bus_at(&world.bus, "NextToken")));
    world_ok(&world, "ListRuleNamesByTarget", buf_cstr(&next));
    cr_assert(world_is(&world, "{'RuleNames':['b1']}"));
    world_ok(&world, "ListRuleNamesByTarget", "{'TargetArn':'" NO_QUEUE_ARN "'}");
    cr_assert(world_is(&world, "{'RuleNames':[]}"));
    world_close(&world);
}

/* --- schedules --- */

Test(rules, a_schedule_sends_scheduled_events_to_the_targets)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "PutRule", "{'Name':'s','ScheduleExpression':'rate(5 minutes)'}");
    world_ok(&world, "PutTargets", "{'Rule':'s'," TO_FUNCTION "}");
    bus_advance(&world.bus, 299999);
    cr_assert_eq(world.sent_count, 0);
    bus_advance(&world.bus, 1);
    cr_assert_eq(world.sent_count, 1);
    cr_assert_eq(json_at(slice_from(world.sent[0].event), "id").len, 38);
    cr_assert(world_sent(&world, 0, "detail-type", "'Scheduled Event'"));
    cr_assert(world_sent(&world, 0, "source", "'aws.events'"));
    cr_assert(world_sent(&world, 0, "account", "'" ACCOUNT "'"));
    cr_assert(world_sent(&world, 0, "time", "'2026-01-01T00:05:00Z'"));
    cr_assert(world_sent(&world, 0, "region", "'us-east-1'"));
    cr_assert(world_sent(&world, 0, "resources", "['" RULE_S_ARN "']"));
    cr_assert(world_sent(&world, 0, "detail", "{}"));
    bus_advance(&world.bus, 600000);
    cr_assert_eq(world.sent_count, 3);
    world_restart(&world);
    bus_advance(&world.bus, 300000);
    cr_assert_eq(world.sent_count, 4, "the rate counts on");
    world_ok(&world, "DisableRule", "{'Name':'s'}");
    bus_advance(&world.bus, 600000);
    cr_assert_eq(world.sent_count, 4);
    world_ok(&world, "EnableRule", "{'Name':'s'}");
    world_settle(&world);
    cr_assert_eq(world.sent_count, 4, "what passed while it was disabled is not made up for");
    bus_advance(&world.bus, 300000);
    cr_assert_eq(world.sent_count, 5);
    world_ok(&world, "RemoveTargets", "{'Rule':'s','Ids':['t']}");
    world_ok(&world, "DeleteRule", "{'Name':'s'}");
    bus_advance(&world.bus, 600000);
    cr_assert_eq(world.sent_count, 5);
    world_close(&world);
}

Test(rules, a_schedule_counts_on_when_something_else_of_the_rule_changes)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "PutRule", "{'Name':'s','ScheduleExpression':'rate(5 minutes)'}");
    world_ok(&world, "PutTargets", "{'Rule':'s'," TO_FUNCTION "}");
    bus_advance(&world.bus, 240000);
    world_ok(&world, "PutRule",
             "{'Name':'s','ScheduleExpression':'rate(5 minutes)','Description':'d'}");
    world_restart(&world);
    bus_advance(&world.bus, 59999);
    cr_assert_eq(world.sent_count, 0);
    bus_advance(&world.bus, 1);
    cr_assert_eq(world.sent_count, 1);
    world_ok(&world, "PutRule", "{'Name':'s','ScheduleExpression':'rate(2 minutes)'}");
    bus_advance(&world.bus, 119999);
    cr_assert_eq(world.sent_count, 1);
    bus_advance(&world.bus, 1);
    cr_assert_eq(world.sent_count, 2, "another expression counts from now");
    world_close(&world);
}

Test(rules, a_rule_of_another_bus_that_goes_takes_no_schedule_of_its_name_along)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_ok(&world, "PutRule", "{'Name':'s','ScheduleExpression':'rate(5 minutes)'}");
    world_ok(&world, "PutTargets", "{'Rule':'s'," TO_FUNCTION "}");
    world_ok(&world, "PutRule", "{'Name':'s','EventBusName':'b'," PATTERN "}");
    bus_advance(&world.bus, 300000);
    cr_assert_eq(world.sent_count, 1);
    world_ok(&world, "DeleteRule", "{'Name':'s','EventBusName':'b'}");
    world_restart(&world);
    cr_assert_eq(world.sent_count, 1, "what has fired stays fired");
    world_close(&world);
}

Test(rules, a_rule_may_have_a_schedule_and_a_pattern_and_a_constant)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "PutRule",
             "{'Name':'s','ScheduleExpression':'cron(0 12 * * ? *)'," PATTERN "}");
    world_ok(&world, "PutTargets",
             "{'Rule':'s','Targets':[{'Id':'t','Arn':'" FUNCTION_ARN
             "','Input':'{\\\"n\\\": 1}'}]}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 1);
    bus_advance(&world.bus, DAY_MS);
    cr_assert_eq(world.sent_count, 2);
    cr_assert_str_eq(world.sent[1].event, "{\"n\": 1}");
    world_close(&world);
}
