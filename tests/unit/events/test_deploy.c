#include "tests/unit/events/events_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define BUS "AWS::Events::EventBus"
#define RULE "AWS::Events::Rule"

struct wanted {
    struct world *world;
    bool is_through;
};

static void on_deployed(void *ctx, enum status status, const struct fault *fault)
{
    cr_assert_eq(status, STATUS_OK, "%s", fault->text);
    ((struct wanted *)ctx)->is_through = true;
}

/* Deploys a template of nothing: what was there is gone. */
static void deploy_nothing(struct world *world)
{
    struct wanted wanted = {.world = world};
    scheduler_deploy(world->bus.scheduler, NULL, 0, on_deployed, &wanted);
    for (int i = 0; i < 100000 && !wanted.is_through; i++) {
        bus_turn(&world->bus);
    }
    cr_assert(wanted.is_through);
    world_settle(world);
}

static void deploy(struct world *world, const char *type, const char *physical_id,
                   const char *properties)
{
    const char *fault = bus_deploy(&world->bus, type, physical_id, properties);
    cr_assert_str_eq(fault, "", "%s", fault);
}

Test(deploy, a_rule_has_its_pattern_and_targets_from_the_template)
{
    struct world world;
    world_open(&world);
    deploy(&world, RULE, "stack-Rule-1",
           "{'EventPattern':{'source':['app'],'detail':{'n':[{'numeric':['>',1]}]}},"
           "'Targets':[{'Id':'t','Arn':'" FUNCTION_ARN "','RetryPolicy':"
           "{'MaximumRetryAttempts':'3','MaximumEventAgeInSeconds':60}}]}");
    world_ok(&world, "DescribeRule", "{'Name':'stack-Rule-1'}");
    cr_assert(bus_is(&world.bus, "EventPattern",
                     "'{\\'source\\':[\\'app\\'],\\'detail\\':{\\'n\\':[{\\'numeric\\':[\\'>\\',"
                     "1]}]}}'"));
    world_ok(&world, "ListTargetsByRule", "{'Rule':'stack-Rule-1'}");
    cr_assert(bus_is(&world.bus, "Targets.0.RetryPolicy",
                     "{'MaximumRetryAttempts':3,'MaximumEventAgeInSeconds':60}"));
    world_put(&world, "", "{'n':1}");
    world_put(&world, "", "{'n':2}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

Test(deploy, a_rule_of_a_bus_is_known_by_bus_and_name)
{
    struct world world;
    world_open(&world);
    deploy(&world, BUS, "b", "{'Name':'b','Description':'d'}");
    deploy(&world, RULE, "b|r",
           "{'Name':'r','EventBusName':'b','EventPattern':{'source':['app']}," TO_FUNCTION "}");
    world_put(&world, "b", "{}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

Test(deploy, a_change_of_the_template_is_a_change_of_the_rule)
{
    struct world world;
    world_open(&world);
    deploy(&world, RULE, "r",
           "{'EventPattern':{'source':['app']},'Targets':[{'Id':'a','Arn':'" FUNCTION_ARN
           "'},{'Id':'b','Arn':'" FUNCTION_ARN "'}]}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 2);
    deploy(&world, RULE, "r",
           "{'EventPattern':{'source':['app']},'Targets':[{'Id':'b','Arn':'" FUNCTION_ARN
           "','Input':'1'}]}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 3);
    cr_assert_str_eq(world.sent[2].event, "1");
    deploy(&world, RULE, "r", "{'EventPattern':{'source':['app']},'State':'DISABLED'}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 3);
    world_close(&world);
}

Test(deploy, a_rule_that_left_the_template_goes_and_a_bus_stays)
{
    struct world world;
    world_open(&world);
    deploy(&world, RULE, "r", "{'EventPattern':{'source':['app']}," TO_FUNCTION "}");
    deploy(&world, BUS, "b", "{'Name':'b'}"); /* the template has nothing else now */
    world_fails(&world, "DescribeRule", "{'Name':'r'}", "ResourceNotFoundException", NULL);
    deploy_nothing(&world);
    world_ok(&world, "DescribeEventBus", "{'Name':'b'}");
    world_close(&world);
}

Test(deploy, the_same_again_writes_nothing_and_keeps_the_schedule)
{
    static const char rule[] = "{'ScheduleExpression':'rate(10 minutes)'," TO_FUNCTION "}";
    struct world world;
    world_open(&world);
    deploy(&world, RULE, "s", rule);
    bus_advance(&world.bus, 9 * 60000);
    deploy(&world, RULE, "s", rule);
    bus_advance(&world.bus, 60000);
    cr_assert_eq(world.sent_count, 1, "counted from the first deployment");
    world_close(&world);
}

Test(deploy, a_target_that_is_not_emulated_is_left_out_with_a_notice)
{
    struct world world;
    world_open(&world);
    deploy(&world, RULE, "r",
           "{'EventPattern':{'source':['app']},'Targets':[{'Id':'m','Arn':"
           "'arn:aws:states:us-east-1:000000000000:stateMachine:m'},{'Id':'t','Arn':'" FUNCTION_ARN
           "'}]}");
    cr_assert_not_null(strstr(
        buf_cstr(&world.bus.notices),
        "r: template.yaml:1:1: a target is left out: sls-local does not emulate targets of the "
        "service states (stateMachine:m, target m)."));
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

Test(deploy, a_rule_of_another_stack_s_bus_is_left_out_with_a_notice)
{
    struct world world;
    world_open(&world);
    deploy(&world, RULE, "core|r",
           "{'Name':'r','EventBusName':'core','EventPattern':{'source':['app']}," TO_FUNCTION "}");
    cr_expect_str_eq(buf_cstr(&world.bus.notices),
                     "core|r: template.yaml:1:1: is left out: ResourceNotFoundException: Event bus "
                     "core does not exist.\n");
    world_close(&world);
}

Test(deploy, what_is_refused_for_a_value_that_nobody_knows_here_is_left_out)
{
    static const char known[] = "{\"EventPattern\":{\"source\":[\"app\"]}}";
    static const char unknown[] = "{\"ScheduleExpression\":\"\"}";
    struct world world;
    world_open(&world);
    struct resource rule = {.logical_id = SLICE("Rule"),
                            .type = SLICE(RULE),
                            .physical_id = SLICE("r"),
                            .properties = slice_from(known),
                            .position = SLICE("template.yaml:7:3")};
    cr_expect_str_eq(bus_deploy_resource(&world.bus, &rule), "");
    rule.properties = slice_from(unknown);
    cr_expect(
        strstr(bus_deploy_resource(&world.bus, &rule), "template.yaml:7:3: Rule: Validation"));
    rule.has_unknown = true;
    cr_expect_str_eq(bus_deploy_resource(&world.bus, &rule), "");
    const char *notices = buf_cstr(&world.bus.notices);
    cr_expect(strstr(notices, "Rule: template.yaml:7:3: is left out: Validation") != NULL, "%s",
              notices);
    cr_expect(strstr(notices, "(a value of it is not known here)") != NULL, "%s", notices);
    bus_call(&world.bus, "events", "DescribeRule", "{'Name':'r'}");
    cr_expect_eq(world.bus.status, 400, "what was deployed before does not go on");
    world_close(&world);
}

Test(deploy, what_cannot_be_is_a_fault_with_its_place)
{
    struct world world;
    world_open(&world);
    const char *fault =
        bus_deploy(&world.bus, RULE, "r", "{'ScheduleExpression':'rate(1 minutes)'}");
    cr_assert_str_eq(fault, "template.yaml:1:1: r: ValidationException: Parameter "
                            "ScheduleExpression is not valid.");
    fault = bus_deploy(&world.bus, RULE, "r", "{'EventPattern':{'source':'app'}}");
    cr_assert_not_null(strstr(fault, "\"source\" must be an object or an array"), "%s", fault);
    world_close(&world);
}

Test(deploy, an_archive_is_made_and_changed)
{
    struct world world;
    world_open(&world);
    deploy(&world, "AWS::Events::Archive", "a",
           "{'SourceArn':'arn:aws:events:us-east-1:000000000000:event-bus/default',"
           "'RetentionDays':'3'}");
    world_put(&world, "", "{}");
    deploy(&world, "AWS::Events::Archive", "a",
           "{'SourceArn':'arn:aws:events:us-east-1:000000000000:event-bus/default',"
           "'EventPattern':{'source':['app']},'RetentionDays':5}");
    world_ok(&world, "DescribeArchive", "{'ArchiveName':'a'}");
    cr_assert(bus_is(&world.bus, "RetentionDays", "5"));
    cr_assert(bus_is(&world.bus, "EventPattern", "'{\\'source\\':[\\'app\\']}'"));
    cr_assert(bus_is(&world.bus, "EventCount", "1"));
    world_close(&world);
}

Test(deploy, connections_and_destinations_are_made_and_changed)
{
    static const char connection[] =
        "{'Name':'c','AuthorizationType':'API_KEY','AuthParameters':{'ApiKeyAuthParameters':"
        "{'ApiKeyName':'n','ApiKeyValue':'v'},'InvocationHttpParameters':{'HeaderParameters':"
        "[{'Key':'k','Value':'v','IsValueSecret':'true'}]}}}";
    struct world world;
    world_open(&world);
    deploy(&world, "AWS::Events::Connection", "c", connection);
    /* Its ARN in a template ends in what the template's reader makes up. */
    for (int i = 7; i <= 8; i++) {
        AUTO_BUF properties = BUF_INIT(1024);
        buf_printf(
            &properties,
            "{'Name':'d','ConnectionArn':'arn:aws:events:us-east-1:000000000000:connection/"
            "c/11111111-2222-3333-4444-555555555555','HttpMethod':'POST',"
            "'InvocationEndpoint':'https://example.com','InvocationRateLimitPerSecond':'%d'}",
            i);
        deploy(&world, "AWS::Events::ApiDestination", "d", buf_cstr(&properties));
    }
    world_ok(&world, "DescribeApiDestination", "{'Name':'d'}");
    cr_assert(bus_is(&world.bus, "InvocationRateLimitPerSecond", "8"));
    bus_advance(&world.bus, 1000);
    deploy(&world, "AWS::Events::Connection", "c", connection);
    world_ok(&world, "DescribeConnection", "{'Name':'c'}");
    cr_assert(bus_is(&world.bus, "LastModifiedTime", "1767225600"), "nothing changed");
    world_close(&world);
}

Test(deploy, a_policy_is_kept_and_withdrawn)
{
    struct world world;
    world_open(&world);
    deploy(&world, "AWS::Events::EventBusPolicy", "p",
           "{'StatementId':'s','Statement':{'Effect':'Allow','Principal':'*','Action':"
           "'events:PutEvents','Resource':'*'}}");
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert_not_null(strstr(buf_cstr(&world.bus.reply), "\\\"Sid\\\":\\\"s\\\""));
    deploy_nothing(&world);
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert(bus_is(&world.bus, "Policy", ""));
    deploy(&world, "AWS::Events::EventBusPolicy", "p",
           "{'StatementId':'s','Action':'events:PutEvents','Principal':'111111111111'}");
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert_not_null(strstr(buf_cstr(&world.bus.reply), "111111111111:root"));
    world_close(&world);
}
