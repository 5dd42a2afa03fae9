/* Streams as targets: what rules and schedules send becomes records. */
#include "kinesis_client.h"

#include <criterion/criterion.h>

static bool has_record(struct bus *bus)
{
    AUTO_ARENA arena = ARENA_INIT;
    return data_of(bus, &arena, "s", 0)[0] != '\0';
}

Test(target, a_rule_puts_its_events_into_a_stream)
{
    struct bus bus = {.ctx = NULL};
    AUTO_ARENA arena = ARENA_INIT;
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    make_stream(&bus, "s", 1);
    bus_ok(&bus, "events", "PutRule",
           "{'Name':'r','EventPattern':'{\\\"source\\\":[\\\"shop\\\"]}'}");
    bus_ok(&bus, "events", "PutTargets",
           "{'Rule':'r','Targets':[{'Id':'1','Arn':'" STREAM_OF(
               "s") "',"
                    "'RoleArn':'arn:aws:iam::000000000000:role/r','InputPath':'$.detail',"
                    "'KinesisParameters':{'PartitionKeyPath':'$.detail.id'}}]}");
    bus_ok(&bus, "events", "PutEvents",
           "{'Entries':[{'Source':'shop','DetailType':'t','Detail':'{\\\"id\\\":\\\"k7\\\"}'}]}");
    bus_wait(&bus, has_record, "the record");
    cr_expect_str_eq(data_of(&bus, &arena, "s", 0), "{\"id\":\"k7\"}");
    cr_expect(bus_is(&bus, "Records.0.PartitionKey", "'k7'"));
    bus_close(&bus);
}

Test(target, a_schedule_puts_its_input_into_a_stream)
{
    struct bus bus = {.ctx = NULL};
    AUTO_ARENA arena = ARENA_INIT;
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    make_stream(&bus, "s", 1);
    (void)bus_rest(&bus, "scheduler", "CreateSchedule", "Name=n", "",
                   "{'ScheduleExpression':'rate(1 minute)','FlexibleTimeWindow':{'Mode':'OFF'},"
                   "'Target':{'Arn':'" STREAM_OF(
                       "s") "','RoleArn':'arn:aws:iam::000000000000:role/r',"
                            "'Input':'tick','KinesisParameters':{'PartitionKey':'p'}}}");
    cr_assert_eq(bus.status, 200);
    bus_advance(&bus, 61000);
    bus_wait(&bus, has_record, "the record");
    cr_expect_eq(strncmp(data_of(&bus, &arena, "s", 0), "tick", 4), 0);
    cr_expect(bus_is(&bus, "Records.0.PartitionKey", "'p'"));
    bus_close(&bus);
}
