#include "tests/unit/events/events_world.h"

#include "core/mem.h"
#include "scheduler/events/limits.h"

#include <criterion/criterion.h>

#define BUS_B_ARN ARN("events", "event-bus/b")

Test(put_events, an_event_reaches_the_target_of_a_rule_as_its_envelope)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    world_ok(&world, "PutEvents",
             "{'Entries':[{'Source':'app','DetailType':'Order \\\\ placed','Time':1767225661.5,"
             "'Resources':['arn:a','b'],'Detail':' { \\\"b\\\" : 1.50, \\\"a\\\":[ ] } '}]}");
    char id[64];
    (void)snprintf(id, sizeof id, "%.*s", SLICE_ARG(bus_at(&world.bus, "Entries.0.EventId")));
    world_settle(&world);
    cr_assert_eq(world.sent_count, 1);
    AUTO_BUF wanted = BUF_INIT(4096);
    buf_printf(&wanted,
               "{'version':'0','id':%s,'detail-type':'Order \\\\ placed','source':'app',"
               "'account':'000000000000','time':'2026-01-01T00:01:01Z','region':'us-east-1',"
               "'resources':['arn:a','b'],'detail':{ 'b' : 1.50, 'a':[ ] }}",
               id);
    char *envelope = json_quoted(buf_cstr(&wanted));
    cr_assert_str_eq(world.sent[0].event, envelope);
    cr_assert_str_eq(world.sent[0].function, FUNCTION_ARN);
    mem_free(envelope);
    world_close(&world);
}

Test(put_events, without_time_and_resources_there_are_the_clock_and_nothing)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    world_put(&world, "", "{}");
    cr_assert(world_sent(&world, 0, "time", "'2026-01-01T00:00:00Z'"));
    cr_assert(world_sent(&world, 0, "resources", "[]"));
    cr_assert(world_sent(&world, 0, "detail", "{}"));
    world_close(&world);
}

Test(put_events, a_time_that_no_year_of_four_digits_has_is_the_nearest_that_has)
{
    static const char *const rows[][2] = {{"-1e300", "'1970-01-01T00:00:00Z'"},
                                          {"1e300", "'9999-12-31T23:59:59Z'"}};
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF body = BUF_INIT(1024);
        buf_printf(&body, "{'Entries':[{'Source':'app','DetailType':'T','Detail':'{}','Time':%s}]}",
                   rows[i][0]);
        world_ok(&world, "PutEvents", buf_cstr(&body));
        world_settle(&world);
        cr_assert(world_sent(&world, i, "time", rows[i][1]), "%s", world.sent[i].event);
    }
    world_close(&world);
}

/* Conformance rows 50 and 51, and their like: an entry may fail, the others do not. */
Test(put_events, each_entry_has_its_own_fate_in_its_place)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':[{'prefix':'a'}]}", TO_FUNCTION);
    world_ok(&world, "PutEvents",
             "{'Entries':["
             "{'DetailType':'T','Detail':'{}'},"
             "{'Source':'app','Detail':'{}'},"
             "{'Source':'app','DetailType':'T'},"
             "{'Source':'app','DetailType':'T','Detail':'[1]'},"
             "{'Source':'app','DetailType':'T','Detail':'{\\\"a\\\":}'},"
             "{'Source':'app','DetailType':'T','Detail':'text'},"
             "{'Source':'app','DetailType':'T','Detail':'{}','EventBusName':'nowhere'},"
             "{'Source':'app','DetailType':'T','Detail':'{\\\"n\\\":7}'}]}");
    static const char *const rows[][2] = {
        {"'InvalidArgument'",
         "'Parameter Source is not valid. Reason: Source is a required argument.'"},
        {"'InvalidArgument'",
         "'Parameter DetailType is not valid. Reason: DetailType is a required argument.'"},
        {"'InvalidArgument'",
         "'Parameter Detail is not valid. Reason: Detail is a required argument.'"},
        {"'MalformedDetail'", "'Detail is malformed.'"},
        {"'MalformedDetail'", "'Detail is malformed.'"},
        {"'MalformedDetail'", "'Detail is malformed.'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "Entries.%zu.ErrorCode", i);
        cr_expect(bus_is(&world.bus, path, rows[i][0]), "%s", path);
        (void)snprintf(path, sizeof path, "Entries.%zu.ErrorMessage", i);
        cr_expect(bus_is(&world.bus, path, rows[i][1]), "%s", path);
    }
    cr_assert(bus_is(&world.bus, "FailedEntryCount", "6"));
    cr_assert_eq(bus_at(&world.bus, "Entries.6.EventId").len, 38, "to an unknown bus");
    cr_assert_eq(bus_at(&world.bus, "Entries.7.EventId").len, 38);
    world_settle(&world);
    cr_assert_eq(world.sent_count, 1);
    cr_assert(world_sent(&world, 0, "detail", "{'n':7}"));
    cr_assert_not_null(strstr(buf_cstr(&world.bus.notices), "nowhere: an event is dropped"));
    world_close(&world);
}

Test(put_events, at_most_ten_entries_and_at_least_one)
{
    struct world world;
    AUTO_BUF body = BUF_INIT(64 * 1024);
    world_open(&world);
    buf_append_text(&body, "{'Entries':[");
    for (int i = 0; i < 11; i++) {
        buf_printf(&body, "%s{'Source':'a','DetailType':'T','Detail':'{}'}", i > 0 ? "," : "");
    }
    buf_append_text(&body, "]}");
    bus_call(&world.bus, "events", "PutEvents", buf_cstr(&body));
    cr_assert_eq(world.bus.status, 400);
    cr_assert_not_null(
        strstr(buf_cstr(&world.bus.reply), "Member must have length less than or equal to 10"));
    world_fails(&world, "PutEvents",
                "{'EndpointId':'a.b','Entries':[{'Source':'a','DetailType':'T','Detail':'{}'}]}",
                "ValidationException", "sls-local does not emulate global endpoints (EndpointId).");
    bus_call(&world.bus, "events", "PutEvents", "{'Entries':[]}");
    cr_assert_not_null(
        strstr(buf_cstr(&world.bus.reply), "Member must have length greater than or equal to 1"));
    world_close(&world);
}

/* Source, DetailType, Detail and the resources count, and 14 bytes for a time. */
Test(put_events, all_entries_together_stay_below_256_kilobytes)
{
    static const struct {
        const char *more;
        size_t counts;
    } rows[] = {{"", 0}, {",'Time':1", 14}, {",'Resources':['ab','cde']", 5}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t over = 0; over <= 1; over++) {
            struct world world;
            AUTO_BUF body = BUF_INIT(512 * 1024);
            size_t detail = PUT_EVENTS_SIZE_MAX - 1 + over - rows[i].counts - strlen("app") -
                            strlen("T") - strlen("{\"a\":\"\"}");
            world_open(&world);
            world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
            buf_printf(&body,
                       "{'Entries':[{'Source':'app','DetailType':'T'%s,'Detail':'{\\'a\\':\\'",
                       rows[i].more);
            for (size_t n = 0; n < detail; n++) {
                buf_append_char(&body, 'x');
            }
            buf_append_text(&body, "\\'}'}]}");
            if (over == 0) {
                world_ok(&world, "PutEvents", buf_cstr(&body));
                world_settle(&world);
                cr_assert_eq(world.sent_count, 1);
            } else {
                world_fails(&world, "PutEvents", buf_cstr(&body), "ValidationException",
                            "Total size of the entries in the request is over the limit.");
            }
            world_close(&world);
        }
    }
}

Test(put_events, one_event_for_two_rules_with_one_target_comes_twice)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r1", "{'source':['app']}", TO_FUNCTION);
    world_rule(&world, "", "r2", "{'detail':{'n':[{'numeric':['>',1]}]}}", TO_FUNCTION);
    world_rule(&world, "", "r3", "{'source':['other']}", TO_FUNCTION);
    world_put(&world, "", "{'n':2}");
    cr_assert_eq(world.sent_count, 2);
    world_forget(&world);
    world_put(&world, "", "{'n':1}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

Test(put_events, the_bus_may_be_an_arn_but_not_somebody_elses)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_rule(&world, "b", "r", "{'source':['app']}", TO_FUNCTION);
    world_put(&world, BUS_B_ARN, "{}");
    cr_assert_eq(world.sent_count, 1);
    world_put(&world, "arn:aws:events:us-east-1:111111111111:event-bus/b", "{}");
    world_put(&world, "arn:aws:events:eu-west-1:" ACCOUNT ":event-bus/b", "{}");
    world_put(&world, "", "{}");
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

Test(put_events, deliveries_survive_a_stop_between_commit_and_delivery)
{
    struct world world;
    world_open(&world);
    world_rule(&world, "", "r", "{'source':['app']}", TO_FUNCTION);
    world_ok(&world, "PutEvents", "{'Entries':[{'Source':'app','DetailType':'T','Detail':'{}'}]}");
    cr_assert_eq(world.sent_count, 0, "it is on disk only");
    world_restart(&world);
    bus_advance(&world.bus, 60000); /* an attempt may have failed while everything stopped */
    cr_assert_eq(world.sent_count, 1);
    world_close(&world);
}

/* --- TestEventPattern; the patterns themselves are tests of pattern/ --- */

#define EVENT                                                                                      \
    "{\\\"id\\\":\\\"1\\\",\\\"source\\\":\\\"s\\\",\\\"detail-type\\\":\\\"t\\\","                \
    "\\\"account\\\":"                                                                             \
    "\\\"1\\\",\\\"time\\\":\\\"2026-01-01T00:00:00Z\\\",\\\"region\\\":\\\"r\\\","                \
    "\\\"resources\\\""                                                                            \
    ":[],\\\"detail\\\":{\\\"a\\\":1}}"

Test(put_events, a_pattern_can_be_tried)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "TestEventPattern",
             "{'Event':'" EVENT "','EventPattern':'{\\\"detail\\\":{\\\"a\\\":[1]}}'}");
    cr_assert(bus_is(&world.bus, "Result", "true"));
    world_ok(&world, "TestEventPattern",
             "{'Event':'" EVENT "','EventPattern':'{\\\"detail\\\":{\\\"a\\\":[2]}}'}");
    cr_assert(bus_is(&world.bus, "Result", "false"));
    world_fails(&world, "TestEventPattern", "{'Event':'[]','EventPattern':'{\\\"a\\\":[2]}'}",
                "ValidationException", "Parameter Event is not valid.");
    world_fails(&world, "TestEventPattern", "{'Event':'{}','EventPattern':'{\\\"a\\\":[2]}'}",
                "ValidationException", "Parameter Event is not valid.");
    bus_call(&world.bus, "events", "TestEventPattern",
             "{'Event':'" EVENT "','EventPattern':'{\\\"a\\\":2}'}");
    cr_assert(bus_is(&world.bus, "__type", "'InvalidEventPatternException'"));
    cr_assert_not_null(
        strstr(buf_cstr(&world.bus.reply),
               "Event pattern is not valid. Reason: \\\"a\\\" must be an object or an array"));
    world_close(&world);
}
