#include "tests/unit/events/events_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define BUS_B_ARN ARN("events", "event-bus/b")
#define DEFAULT_BUS_ARN ARN("events", "event-bus/default")
#define RULE_B_R_ARN ARN("events", "rule/b/r")
#define RULE_B_X_ARN ARN("events", "rule/b/x")
#define BUS_X_ARN ARN("events", "event-bus/x")

Test(buses, there_is_always_a_default_bus)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert(bus_is(&world.bus, "Name", "'default'"));
    cr_assert(bus_is(&world.bus, "Arn", "'" DEFAULT_BUS_ARN "'"));
    world_fails(&world, "DeleteEventBus", "{'Name':'default'}", "ValidationException",
                "Cannot delete event bus default.");
    world_fails(&world, "CreateEventBus", "{'Name':'default'}", "ResourceAlreadyExistsException",
                "Event bus default already exists.");
    world_close(&world);
}

Test(buses, a_bus_is_made_told_changed_and_deleted)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus",
             "{'Name':'b','Description':'one','DeadLetterConfig':{'Arn':'" FUNCTION_ARN "'}}");
    cr_assert(bus_is(&world.bus, "EventBusArn", "'" BUS_B_ARN "'"));
    world_fails(&world, "CreateEventBus", "{'Name':'b'}", "ResourceAlreadyExistsException",
                "Event bus b already exists.");
    bus_advance(&world.bus, 1000);
    world_ok(&world, "UpdateEventBus", "{'Name':'b','Description':'two'}");
    cr_assert(bus_is(&world.bus, "Description", "'two'"));
    world_restart(&world);
    world_ok(&world, "DescribeEventBus", "{'Name':'" BUS_B_ARN "'}");
    cr_assert(bus_is(&world.bus, "Description", "'two'"));
    cr_assert(bus_is(&world.bus, "DeadLetterConfig", ""));
    cr_assert(bus_is(&world.bus, "CreationTime", "1767225600"));
    cr_assert(bus_is(&world.bus, "LastModifiedTime", "1767225601"));
    world_ok(&world, "DeleteEventBus", "{'Name':'b'}");
    world_ok(&world, "DeleteEventBus", "{'Name':'b'}");
    world_fails(&world, "DescribeEventBus", "{'Name':'b'}", "ResourceNotFoundException",
                "Event bus b does not exist.");
    world_restart(&world);
    world_fails(&world, "DescribeEventBus", "{'Name':'b'}", "ResourceNotFoundException", NULL);
    world_close(&world);
}

Test(buses, an_update_that_changes_nothing_is_no_modification)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b','Description':'one'}");
    bus_advance(&world.bus, 1000);
    world_ok(&world, "UpdateEventBus", "{'Name':'b','Description':'one'}");
    world_ok(&world, "DescribeEventBus", "{'Name':'b'}");
    cr_assert(bus_is(&world.bus, "LastModifiedTime", "1767225600"));
    world_close(&world);
}

Test(buses, a_bus_with_rules_stays)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_rule(&world, "b", "r", "{'source':['app']}", TO_FUNCTION);
    world_fails(&world, "DeleteEventBus", "{'Name':'b'}", "ValidationException",
                "Event bus b can't be deleted since it has rules.");
    world_close(&world);
}

Test(buses, partner_event_sources_are_refused_by_name)
{
    struct world world;
    world_open(&world);
    world_fails(&world, "CreateEventBus",
                "{'Name':'aws.partner/example/b','EventSourceName':'aws.partner/example/b'}",
                "ValidationException",
                "sls-local does not emulate partner event sources (EventSourceName).");
    world_close(&world);
}

Test(buses, lists_come_in_pages_by_name)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b2'}");
    world_ok(&world, "CreateEventBus", "{'Name':'b1'}");
    world_ok(&world, "CreateEventBus", "{'Name':'b3'}");
    world_ok(&world, "ListEventBuses", "{'NamePrefix':'b'}");
    cr_assert(bus_is(&world.bus, "EventBuses.0.Name", "'b1'"));
    cr_assert(bus_is(&world.bus, "EventBuses.2.Name", "'b3'"));
    cr_assert(bus_is(&world.bus, "EventBuses.3", ""));
    world_ok(&world, "ListEventBuses", "{'Limit':2}");
    cr_assert(bus_is(&world.bus, "EventBuses.1.Name", "'b2'"));
    cr_assert(bus_is(&world.bus, "EventBuses.2", ""));
    AUTO_BUF next = BUF_INIT(1024);
    buf_printf(&next, "{'Limit':2,'NextToken':%.*s}", SLICE_ARG(bus_at(&world.bus, "NextToken")));
    world_ok(&world, "ListEventBuses", buf_cstr(&next));
    cr_assert(bus_is(&world.bus, "EventBuses.0.Name", "'b3'"));
    cr_assert(bus_is(&world.bus, "EventBuses.1.Name", "'default'"));
    cr_assert(bus_is(&world.bus, "NextToken", ""));
    world_fails(&world, "ListEventBuses", "{'NextToken':'!'}", "ValidationException", NULL);
    world_close(&world);
}

/* --- permissions --- */

Test(buses, permissions_are_kept_as_a_policy)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "PutPermission",
             "{'StatementId':'one','Action':'events:PutEvents','Principal':'111111111111'}");
    world_ok(&world, "PutPermission",
             "{'StatementId':'all','Action':'events:PutEvents','Principal':'*','Condition':{'Type':"
             "'StringEquals','Key':'aws:PrincipalOrgID','Value':'o-1'}}");
    world_restart(&world);
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert(bus_is(
        &world.bus, "Policy",
        "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Sid\\':\\'one\\',\\'Effect\\':"
        "\\'Allow\\',\\'Principal\\':{\\'AWS\\':\\'arn:aws:iam::111111111111:root\\'},\\'Action\\':"
        "\\'events:PutEvents\\',\\'Resource\\':\\'" DEFAULT_BUS_ARN
        "\\'},{\\'Sid\\':\\'all\\',\\'Effect\\':\\'Allow\\',\\'"
        "Principal\\':\\'*\\',\\'Action\\':"
        "\\'events:PutEvents\\',\\'Resource\\':\\'" DEFAULT_BUS_ARN
        "\\',\\'Condition\\':{\\'StringEquals\\':"
        "{\\'aws:PrincipalOrgID\\':\\'o-1\\'}}}]}"
        "'"));
    world_fails(&world, "RemovePermission", "{'StatementId':'two'}", "ResourceNotFoundException",
                "Statement with the provided id does not exist.");
    world_ok(&world, "RemovePermission", "{'StatementId':'one'}");
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert_null(strstr(buf_cstr(&world.bus.reply), "one"));
    world_ok(&world, "RemovePermission", "{'RemoveAllPermissions':true}");
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert(bus_is(&world.bus, "Policy", ""));
    world_close(&world);
}

Test(buses, a_whole_policy_takes_the_place_of_the_statements)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "PutPermission", "{'Policy':'{\\\"Statement\\\":{\\\"Sid\\\":\\\"x\\\"}}'}");
    world_ok(&world, "DescribeEventBus", "{}");
    cr_assert(bus_is(&world.bus, "Policy",
                     "'{\\'Version\\':\\'2012-10-17\\',\\'Statement\\':[{\\'Sid\\':\\'x\\'}]}'"));
    world_fails(&world, "PutPermission", "{'Policy':'[]'}", "ValidationException",
                "Parameter Policy is not valid.");
    world_fails(&world, "PutPermission", "{'StatementId':'a'}", "ValidationException", NULL);
    AUTO_BUF long_policy = BUF_INIT(64 * 1024);
    buf_append_text(&long_policy, "{'Policy':'{\\\"Statement\\\":[\\\"");
    for (int i = 0; i < 10240; i++) {
        buf_append_char(&long_policy, 'x');
    }
    buf_append_text(&long_policy, "\\\"]}'}");
    world_fails(&world, "PutPermission", buf_cstr(&long_policy), "PolicyLengthExceededException",
                NULL);
    world_close(&world);
}

/* --- tags --- */

Test(buses, buses_and_rules_have_tags)
{
    static const char *const arns[] = {BUS_B_ARN, RULE_B_R_ARN};
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b','Tags':[{'Key':'k','Value':'1'}]}");
    world_ok(&world, "PutRule",
             "{'Name':'r','EventBusName':'b','EventPattern':'{\\\"source\\\":[\\\"app\\\"]}',"
             "'Tags':[{'Key':'k','Value':'1'}]}");
    for (size_t i = 0; i < COUNT_OF(arns); i++) {
        AUTO_BUF body = BUF_INIT(4096);
        buf_printf(&body,
                   "{'ResourceARN':'%s','Tags':[{'Key':'k','Value':'2'},{'Key':'l','Value':''}]}",
                   arns[i]);
        world_ok(&world, "TagResource", buf_cstr(&body));
        buf_clear(&body);
        buf_printf(&body, "{'ResourceARN':'%s'}", arns[i]);
        world_ok(&world, "ListTagsForResource", buf_cstr(&body));
        cr_assert(bus_is(&world.bus, "Tags", "[{'Key':'k','Value':'2'},{'Key':'l','Value':''}]"));
        buf_clear(&body);
        buf_printf(&body, "{'ResourceARN':'%s','TagKeys':['k','m']}", arns[i]);
        world_ok(&world, "UntagResource", buf_cstr(&body));
    }
    world_restart(&world);
    for (size_t i = 0; i < COUNT_OF(arns); i++) {
        AUTO_BUF body = BUF_INIT(4096);
        buf_printf(&body, "{'ResourceARN':'%s'}", arns[i]);
        world_ok(&world, "ListTagsForResource", buf_cstr(&body));
        cr_assert(bus_is(&world.bus, "Tags", "[{'Key':'l','Value':''}]"));
    }
    world_fails(&world, "ListTagsForResource", "{'ResourceARN':'" RULE_B_X_ARN "'}",
                "ResourceNotFoundException", "Rule x does not exist on EventBus b.");
    world_fails(&world, "ListTagsForResource", "{'ResourceARN':'" BUS_X_ARN "'}",
                "ResourceNotFoundException", "Event bus x does not exist.");
    world_close(&world);
}

Test(buses, at_most_fifty_tags)
{
    struct world world;
    AUTO_BUF body = BUF_INIT(8192);
    world_open(&world);
    buf_append_text(&body, "{'ResourceARN':'" DEFAULT_BUS_ARN "','Tags':[");
    for (int i = 0; i < 51; i++) {
        buf_printf(&body, "%s{'Key':'k%d','Value':'v'}", i > 0 ? "," : "", i);
    }
    buf_append_text(&body, "]}");
    world_fails(&world, "TagResource", buf_cstr(&body), "LimitExceededException", NULL);
    world_close(&world);
}
