#include "tests/unit/events/events_world.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/events/limits.h"
#include "scheduler/state.h"

#include <criterion/criterion.h>

#define ARCHIVE_ARN ARN("events", "archive/a")
#define NO_BUS_ARN ARN("events", "event-bus/none")
#define OTHER_ARCHIVE_ARN ARN("events", "archive/x")
#define BUS_B_ARN ARN("events", "event-bus/b")
#define REPLAY_AGAIN_ARN ARN("events", "replay/again")
#define RULE_ONE_ARN ARN("events", "rule/one")
#define REPLAY_R_ARN ARN("events", "replay/r")
#define DEFAULT_BUS_ARN ARN("events", "event-bus/default")
#define ARCHIVE "{'ArchiveName':'a','EventSourceArn':'" DEFAULT_BUS_ARN "'}"
#define START_S "1767225600" /* BUS_START_MS */
#define REPLAY(name, start, end)                                                                   \
    "{'ReplayName':'" name "','EventSourceArn':'" ARCHIVE_ARN "','EventStartTime':" start          \
    ",'EventEndTime':" end ",'Destination':{'Arn':'" DEFAULT_BUS_ARN "'}}"
#define REPLAY_ALL(name) REPLAY(name, START_S, "1767312000")

static void expect_counts(struct world *world, const char *events)
{
    world_ok(world, "DescribeArchive", "{'ArchiveName':'a'}");
    cr_assert(bus_is(&world->bus, "EventCount", events), "%s", buf_cstr(&world->bus.reply));
}

static bool state_is(struct world *world, const char *replay, const char *state)
{
    AUTO_BUF body = BUF_INIT(1024);
    buf_printf(&body, "{'ReplayName':'%s'}", replay);
    world_ok(world, "DescribeReplay", buf_cstr(&body));
    return bus_is(&world->bus, "State", state);
}

static bool are_records_gone(struct bus *bus)
{
    struct engine *engine = bus->scheduler->engine;
    struct txn *txn = engine_read_begin(engine, 0);
    bool has = false;
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_RECORDS);
        has = cursor_seek(&cursor, SLICE("e")) && cursor.key.ptr[0] == 'e';
    }
    engine_read_end(engine, txn);
    return !has;
}

static void put_numbered(struct world *world, int from, int count)
{
    for (int i = from; i < from + count; i += PUT_EVENTS_ENTRIES_MAX) {
        AUTO_BUF body = BUF_INIT(8192);
        buf_append_text(&body, "{'Entries':[");
        for (int n = i; n < i + PUT_EVENTS_ENTRIES_MAX && n < from + count; n++) {
            buf_printf(&body, "%s{'Source':'app','DetailType':'T','Detail':'{\\\"n\\\":%d}'}",
                       n > i ? "," : "", n);
        }
        buf_append_text(&body, "]}");
        world_ok(world, "PutEvents", buf_cstr(&body));
    }
}

/* --- archives --- */

Test(archives, an_archive_is_made_told_changed_and_deleted)
{
    struct world world;
    world_open(&world);
    world_ok(
        &world, "CreateArchive",
        "{'ArchiveName':'a','EventSourceArn':'" DEFAULT_BUS_ARN
        "','Description':'d','RetentionDays':2,'EventPattern':'{\\\"source\\\":[\\\"app\\\"]}'}");
    cr_assert(world_is(&world, "{'ArchiveArn':'" ARCHIVE_ARN "','CreationTime':" START_S
                               ",'State':'ENABLED'}"),
              "%s", buf_cstr(&world.bus.reply));
    world_restart(&world);
    world_ok(&world, "DescribeArchive", "{'ArchiveName':'a'}");
    cr_assert(world_is(&world, "{'ArchiveArn':'" ARCHIVE_ARN "','ArchiveName':'a',"
                               "'CreationTime':" START_S ",'Description':'d',"
                               "'EventPattern':'{\\'source\\':[\\'app\\']}',"
                               "'EventSourceArn':'" DEFAULT_BUS_ARN "','RetentionDays':2"
                               ",'State':'ENABLED','EventCount':0,'SizeBytes':0}"),
              "%s", buf_cstr(&world.bus.reply));
    world_ok(&world, "UpdateArchive", "{'ArchiveName':'a','RetentionDays':0}");
    world_ok(&world, "ListArchives", "{'EventSourceArn':'" DEFAULT_BUS_ARN "'}");
    cr_assert(bus_is(&world.bus, "Archives.0.ArchiveName", "'a'"));
    cr_assert(bus_is(&world.bus, "Archives.0.RetentionDays", "0"));
    world_ok(&world, "ListArchives", "{'NamePrefix':'b'}");
    cr_assert(bus_is(&world.bus, "Archives", "[]"));
    world_ok(&world, "DeleteArchive", "{'ArchiveName':'a'}");
    world_restart(&world);
    world_fails(&world, "DescribeArchive", "{'ArchiveName':'a'}", "ResourceNotFoundException",
                "Archive a does not exist.");
    world_close(&world);
}

Test(archives, refusals_are_aws_s)
{
    static const struct {
        const char *operation, *body, *code, *message;
    } rows[] = {
        {"CreateArchive", ARCHIVE, "ResourceAlreadyExistsException", "Archive a already exists."},
        {"CreateArchive", "{'ArchiveName':'b','EventSourceArn':'" NO_BUS_ARN "'}",
         "ResourceNotFoundException", "Event bus none does not exist."},
        {"CreateArchive",
         "{'ArchiveName':'b','EventSourceArn':'" DEFAULT_BUS_ARN
         "','EventPattern':'{\\\"a\\\":1}'}",
         "InvalidEventPatternException", NULL},
        {"UpdateArchive", "{'ArchiveName':'a','EventPattern':'{'}", "InvalidEventPatternException",
         NULL},
        {"DeleteArchive", "{'ArchiveName':'x'}", "ResourceNotFoundException",
         "Archive x does not exist."},
        {"DescribeReplay", "{'ReplayName':'x'}", "ResourceNotFoundException",
         "Replay x does not exist."},
        {"CancelReplay", "{'ReplayName':'x'}", "ResourceNotFoundException",
         "Replay x does not exist."},
        {"StartReplay", REPLAY("r", "2", "1"), "ValidationException",
         "Parameter EventEndTime is not valid. Reason: EventStartTime must be before "
         "EventEndTime."},
        {"StartReplay",
         "{'ReplayName':'r','EventSourceArn':'" OTHER_ARCHIVE_ARN
         "','EventStartTime':1,'EventEndTime':2,'Destination':{'Arn':"
         "'" DEFAULT_BUS_ARN "'}}",
         "ValidationException",
         "Parameter EventSourceArn is not valid. Reason: Archive x does not exist."},
        {"StartReplay",
         "{'ReplayName':'r','EventSourceArn':'" ARCHIVE_ARN
         "','EventStartTime':1,'EventEndTime':2,'Destination':{'Arn':"
         "'" BUS_B_ARN "'}}",
         "ValidationException",
         "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not "
         "permitted."},
        {"StartReplay",
         "{'ReplayName':'r','EventSourceArn':'" ARCHIVE_ARN
         "','EventStartTime':1,'EventEndTime':2,'Destination':{'Arn':"
         "'" NO_BUS_ARN "'}}",
         "ResourceNotFoundException", "Event bus none does not exist."},
        {"StartReplay", REPLAY_ALL("done"), "ResourceAlreadyExistsException",
         "Replay done already exists."},
        {"CancelReplay", "{'ReplayName':'done'}", "IllegalStatusException",
         "Replay done is not in a valid state for this operation."},
    };
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_ok(&world, "CreateArchive", ARCHIVE);
    world_ok(&world, "StartReplay", REPLAY_ALL("done"));
    world_settle(&world);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        world_fails(&world, rows[i].operation, rows[i].body, rows[i].code, rows[i].message);
    }
    world_close(&world);
}

Test(archives, what_matches_is_kept_and_counted)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_ok(&world, "CreateArchive",
             "{'ArchiveName':'a','EventSourceArn':'" DEFAULT_BUS_ARN
             "','EventPattern':'{\\\"detail\\\":{\\\"n\\\":[1]}}'}");
    world_put(&world, "", "{'n':1}");
    world_put(&world, "", "{'n':2}");
    world_put(&world, "b", "{'n':1}");
    expect_counts(&world, "1");
    cr_assert(slice_is(bus_at(&world.bus, "SizeBytes"), "200"), "%s", buf_cstr(&world.bus.reply));
    world_put(&world, "", "{'n':1}");
    world_restart(&world);
    expect_counts(&world, "2");
    world_close(&world);
}

Test(archives, events_go_when_they_are_too_old)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive",
             "{'ArchiveName':'a','EventSourceArn':'" DEFAULT_BUS_ARN "','RetentionDays':2}");
    world_put(&world, "", "{'n':1}");
    bus_advance(&world.bus, DAY_MS);
    world_put(&world, "", "{'n':2}");
    bus_advance(&world.bus, DAY_MS);
    expect_counts(&world, "2");
    bus_advance(&world.bus, 1);
    expect_counts(&world, "1");
    world_restart(&world);
    bus_advance(&world.bus, DAY_MS);
    expect_counts(&world, "0");
    cr_assert(bus_is(&world.bus, "SizeBytes", "0"));
    world_put(&world, "", "{'n':3}");
    world_ok(&world, "UpdateArchive", "{'ArchiveName':'a','RetentionDays':0}");
    bus_advance(&world.bus, 10 * DAY_MS);
    expect_counts(&world, "1");
    world_ok(&world, "UpdateArchive", "{'ArchiveName':'a','RetentionDays':1}");
    world_settle(&world);
    expect_counts(&world, "0");
    world_close(&world);
}

Test(archives, a_deleted_archive_takes_its_events_along)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    put_numbered(&world, 0, ARCHIVE_SWEEP_EVENTS + 10);
    world_ok(&world, "DeleteArchive", "{'ArchiveName':'a'}");
    world_settle(&world);
    cr_assert(are_records_gone(&world.bus));
    world_ok(&world, "CreateArchive", ARCHIVE);
    expect_counts(&world, "0");
    world_ok(&world, "StartReplay", REPLAY_ALL("r"));
    world_rule(&world, "", "rule", "{'source':['app']}", TO_FUNCTION);
    world_settle(&world);
    cr_assert_eq(world.sent_count, 0);
    world_close(&world);
}

/* As if the process had ended between the end of the archive and that of its events. */
Test(archives, what_a_stop_has_left_of_a_deleted_archive_goes_at_the_next_start)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    world_put(&world, "", "{}");
    state_write(world.bus.scheduler, STATE_ARCHIVE, SLICE("a"), SLICE_NULL, NULL, NULL);
    world_settle(&world);
    cr_assert_not(are_records_gone(&world.bus));
    world_restart(&world);
    bus_wait(&world.bus, are_records_gone, "the rest goes");
    world_close(&world);
}

/* --- replays --- */

/* Conformance row 56. */
Test(archives, replayed_events_carry_the_name_of_the_replay_and_are_not_archived_again)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    world_put(&world, "", "{ 'n' : 1 }");
    world_rule(&world, "", "rule", "{'source':['app']}", TO_FUNCTION);
    world_ok(&world, "StartReplay", REPLAY_ALL("again"));
    cr_assert(world_is(&world, "{'ReplayArn':'" REPLAY_AGAIN_ARN "',"
                               "'ReplayStartTime':" START_S ",'State':'STARTING'}"),
              "%s", buf_cstr(&world.bus.reply));
    world_settle(&world);
    cr_assert_eq(world.sent_count, 1);
    const char *event = world.sent[0].event;
    cr_assert(slice_starts_with(slice_from(event), SLICE("{\"version\":\"0\",\"id\":\"")));
    cr_assert_not_null(strstr(event, "\"region\":\"us-east-1\",\"replay-name\":\"again\","
                                     "\"resources\":[],\"detail\":{ \"n\" : 1 }}"));
    cr_assert(state_is(&world, "again", "'COMPLETED'"));
    cr_assert(bus_is(&world.bus, "EventSourceArn", "'" ARCHIVE_ARN "'"));
    cr_assert(bus_is(&world.bus, "Destination", "{'Arn':'" DEFAULT_BUS_ARN "'}"));
    cr_assert(bus_is(&world.bus, "EventStartTime", START_S));
    cr_assert(bus_is(&world.bus, "EventLastReplayedTime", START_S));
    cr_assert(bus_is(&world.bus, "ReplayEndTime", START_S));
    expect_counts(&world, "1");
    world_restart(&world);
    cr_assert(state_is(&world, "again", "'COMPLETED'"));
    world_close(&world);
}

static int number_at(const struct world *world, size_t at)
{
    int64_t number = -1;
    cr_assert(json_raw_i64(json_at(slice_from(world->sent[at].event), "detail.n"), &number));
    return (int)number;
}

Test(archives, a_replay_takes_the_events_between_two_times)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    for (int i = 0; i < 4; i++) {
        put_numbered(&world, i, 1);
        bus_advance(&world.bus, 60000);
    }
    world_rule(&world, "", "rule", "{'replay-name':['r']}", TO_FUNCTION);
    world_ok(&world, "StartReplay", REPLAY("r", "1767225660", "1767225780"));
    world_settle(&world);
    cr_assert_eq(world.sent_count, 2);
    cr_assert_eq(number_at(&world, 0) + number_at(&world, 1), 3, "the second and the third");
    world_close(&world);
}

Test(archives, a_replay_goes_on_where_a_stop_has_ended_it)
{
    enum { COUNT = 3 * REPLAY_STEP_EVENTS + 50 };
    static bool seen[COUNT];
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    put_numbered(&world, 0, COUNT);
    world_rule(&world, "", "rule", "{'replay-name':['r']}", TO_FUNCTION);
    world_ok(&world, "StartReplay", REPLAY_ALL("r"));
    bool is_over = state_is(&world, "r", "'COMPLETED'");
    world_restart(&world);
    cr_assert_not(is_over, "or the stop came too late");
    bus_advance(&world.bus, 60000); /* an attempt may have failed while everything stopped */
    cr_assert(state_is(&world, "r", "'COMPLETED'"));
    cr_assert_eq(world.sent_count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        int number = number_at(&world, i);
        cr_assert_not(seen[number], "%d comes once", number);
        seen[number] = true;
    }
    world_close(&world);
}

Test(archives, a_replay_may_go_to_some_rules_only)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_ok(&world, "CreateArchive", ARCHIVE);
    put_numbered(&world, 0, 1);
    world_rule(&world, "", "one", "{'source':['app']}",
               "'Targets':[{'Id':'t','Arn':'" FUNCTION_ARN "'},{'Id':'b','Arn':'" BUS_B_ARN "'}]");
    world_rule(&world, "", "two", "{'source':['app']}", TO_FUNCTION);
    world_rule(&world, "b", "behind", "{'source':['app']}", TO_FUNCTION);
    world_ok(&world, "StartReplay",
             "{'ReplayName':'r','EventSourceArn':'" ARCHIVE_ARN "','EventStartTime':" START_S
             ",'EventEndTime':1767312000,'Destination':{'Arn':'" DEFAULT_BUS_ARN
             "','FilterArns':['" RULE_ONE_ARN "']}}");
    world_settle(&world);
    cr_assert_eq(world.sent_count, 2, "to the target of one, and behind the bus");
    world_close(&world);
}

Test(archives, a_replay_can_be_cancelled)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    put_numbered(&world, 0, 5 * REPLAY_STEP_EVENTS);
    world_rule(&world, "", "rule", "{'replay-name':['r']}", TO_FUNCTION);
    world_ok(&world, "StartReplay", REPLAY_ALL("r"));
    world_ok(&world, "CancelReplay", "{'ReplayName':'r'}");
    cr_assert(world_is(&world, "{'ReplayArn':'" REPLAY_R_ARN "',"
                               "'State':'CANCELLING'}"));
    world_settle(&world);
    cr_assert(state_is(&world, "r", "'CANCELLED'"));
    cr_assert_lt(world.sent_count, 5 * REPLAY_STEP_EVENTS);
    size_t sent = world.sent_count;
    world_restart(&world);
    cr_assert_eq(world.sent_count, sent);
    cr_assert(state_is(&world, "r", "'CANCELLED'"));
    world_ok(&world, "ListReplays", "{'State':'CANCELLED'}");
    cr_assert(bus_is(&world.bus, "Replays.0.ReplayName", "'r'"));
    world_ok(&world, "ListReplays", "{'State':'COMPLETED'}");
    cr_assert(bus_is(&world.bus, "Replays", "[]"));
    world_close(&world);
}

Test(archives, at_most_ten_replays_run)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    /* Every call below takes a commit, and every replay a step in it. */
    put_numbered(&world, 0, 2 * ACTIVE_REPLAYS_MAX * REPLAY_STEP_EVENTS);
    for (int i = 0; i <= ACTIVE_REPLAYS_MAX; i++) {
        AUTO_BUF body = BUF_INIT(4096);
        buf_printf(&body,
                   "{'ReplayName':'r%d','EventSourceArn':'" ARCHIVE_ARN
                   "','EventStartTime':" START_S
                   ",'EventEndTime':1767312000,'Destination':{'Arn':'" DEFAULT_BUS_ARN "'}}",
                   i);
        if (i < ACTIVE_REPLAYS_MAX) {
            world_ok(&world, "StartReplay", buf_cstr(&body));
            continue;
        }
        world_fails(&world, "StartReplay", buf_cstr(&body), "LimitExceededException",
                    "The requested resource exceeds the maximum number allowed.");
        world_settle(&world);
        world_ok(&world, "StartReplay", buf_cstr(&body));
    }
    world_close(&world);
}

Test(archives, a_finished_replay_is_forgotten_after_ninety_days)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateArchive", ARCHIVE);
    world_ok(&world, "StartReplay", REPLAY_ALL("r"));
    world_settle(&world);
    bus_advance(&world.bus, REPLAY_KEPT_DAYS * DAY_MS - 1);
    cr_assert(state_is(&world, "r", "'COMPLETED'"));
    bus_advance(&world.bus, 1);
    world_fails(&world, "DescribeReplay", "{'ReplayName':'r'}", "ResourceNotFoundException", NULL);
    world_restart(&world);
    world_fails(&world, "DescribeReplay", "{'ReplayName':'r'}", "ResourceNotFoundException", NULL);
    world_close(&world);
}

/* A schedule whose target is a bus: its events are archived there. */
Test(archives, a_scheduled_event_that_a_bus_gets_is_archived)
{
    struct world world;
    world_open(&world);
    world_ok(&world, "CreateEventBus", "{'Name':'b'}");
    world_ok(&world, "CreateArchive", "{'ArchiveName':'a','EventSourceArn':'" BUS_B_ARN "'}");
    world_ok(&world, "PutRule", "{'Name':'s','ScheduleExpression':'rate(1 minute)'}");
    world_ok(&world, "PutTargets", "{'Rule':'s','Targets':[{'Id':'t','Arn':'" BUS_B_ARN "'}]}");
    bus_advance(&world.bus, 3 * 60000);
    expect_counts(&world, "3");
    world_close(&world);
}
