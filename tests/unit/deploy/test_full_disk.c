/* A full disk: an operation that is refused has changed nothing, neither in memory nor for the next start. */
#include "requests.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "scheduler/mapping/mapping.h"
#include "scheduler/state.h"

#include <criterion/criterion.h>
#include <string.h>

#define SNAPSHOT_MAX (1U << 20)
#define MAPPING_ARN "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:@MAPPING"

static const struct request questions[] = {
    {"sqs", "ListQueues", "", "{}"},
    {"sqs", "GetQueueAttributes", "", "{'QueueUrl':'q','AttributeNames':['All']}"},
    {"sqs", "GetQueueAttributes", "", "{'QueueUrl':'dead','AttributeNames':['All']}"},
    {"sqs", "ListQueueTags", "", "{'QueueUrl':'q'}"},
    {"sqs", "ListMessageMoveTasks", "",
     "{'SourceArn':'arn:aws:sqs:us-east-1:000000000000:dead','MaxResults':10}"},
    {"lambda", "ListEventSourceMappings", "", ""},
    {"lambda", "ListFunctionEventInvokeConfigs", "FunctionName=f", ""},
    {"lambda", "GetPolicy", "FunctionName=f", ""},
    {"lambda", "GetFunctionRecursionConfig", "FunctionName=f", ""},
    {"lambda", "ListFunctionUrlConfigs", "FunctionName=f", ""},
    {"lambda", "ListTags", "Resource=" MAPPING_ARN, ""},
    {"sns", "ListTopics", "", "{}"},
    {"sns", "ListSubscriptions", "", "{}"},
    {"sns", "GetTopicAttributes", "", "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t'}"},
    {"sns", "GetTopicAttributes", "", "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t.fifo'}"},
    {"sns", "GetDataProtectionPolicy", "",
     "{'ResourceArn':'arn:aws:sns:us-east-1:000000000000:t'}"},
    {"sns", "GetSubscriptionAttributes", "", "{'SubscriptionArn':'@SQS'}"},
    {"sns", "GetSubscriptionAttributes", "", "{'SubscriptionArn':'@HTTP'}"},
    {"sns", "ListTagsForResource", "", "{'ResourceArn':'arn:aws:sns:us-east-1:000000000000:t'}"},
    {"events", "ListRules", "", "{}"},
    {"events", "ListRules", "", "{'EventBusName':'own'}"},
    {"events", "ListTargetsByRule", "", "{'Rule':'r'}"},
    {"events", "ListTagsForResource", "",
     "{'ResourceARN':'arn:aws:events:us-east-1:000000000000:rule/r'}"},
    {"events", "ListTagsForResource", "",
     "{'ResourceARN':'arn:aws:events:us-east-1:000000000000:event-bus/default'}"},
    {"events", "DescribeEventBus", "", "{}"},
    {"events", "DescribeEventBus", "", "{'Name':'own'}"},
    {"events", "ListEventBuses", "", "{}"},
    {"events", "ListArchives", "", "{}"},
    {"events", "DescribeArchive", "", "{'ArchiveName':'a'}"},
    {"events", "ListReplays", "", "{}"},
    {"events", "ListConnections", "", "{}"},
    {"events", "DescribeConnection", "", "{'Name':'c'}"},
    {"events", "ListApiDestinations", "", "{}"},
    {"scheduler", "ListSchedules", "", ""},
    {"scheduler", "ListScheduleGroups", "", ""},
    {"scheduler", "GetSchedule", "Name=n", ""},
    {"scheduler", "ListTagsForResource",
     "ResourceArn=arn:aws:scheduler:us-east-1:000000000000:schedule-group/g", ""},
    {"s3", "ListBuckets", "", ""},
    {"s3", "ListObjectsV2", "Bucket=bkt", ""},
    {"s3", "ListMultipartUploads", "Bucket=bkt", ""},
    {"s3", "GetBucketTagging", "Bucket=bkt", ""},
    {"s3", "GetBucketCors", "Bucket=bkt", ""},
    {"s3", "GetBucketLifecycleConfiguration", "Bucket=bkt", ""},
    {"s3", "GetBucketNotificationConfiguration", "Bucket=bkt", ""},
    {"s3", "GetBucketVersioning", "Bucket=bkt", ""},
    {"s3", "GetBucketPolicy", "Bucket=bkt", ""},
    {"kinesis", "ListStreams", "", "{}"},
    {"kinesis", "DescribeStreamSummary", "", "{'StreamName':'s'}"},
    {"kinesis", "ListTagsForStream", "", "{'StreamName':'s'}"},
    {"kinesis", "ListShards", "", "{'StreamName':'s'}"},
    {"kinesis", "ListStreamConsumers", "",
     "{'StreamARN':'arn:aws:kinesis:us-east-1:000000000000:stream/s'}"},
    {"logs", "DescribeLogGroups", "", "{}"},
    {"logs", "ListTagsLogGroup", "", "{'logGroupName':'g'}"},
    {"logs", "DescribeLogStreams", "", "{'logGroupName':'g'}"},
    {"logs", "GetLogEvents", "", "{'logGroupName':'g','logStreamName':'s','startFromHead':true}"},
    {"logs", "DescribeSubscriptionFilters", "", "{'logGroupName':'g'}"},
    {"logs", "DescribeMetricFilters", "", "{'logGroupName':'g'}"},
    {"monitoring", "ListMetrics", "", "{'Namespace':'n'}"},
};

static bool only_asks(const struct request *request)
{
    return strncmp(request->operation, "Get", 3) == 0;
}

static void ask(struct bus *bus, const struct request *request, struct answer *answer)
{
    *answer = (struct answer){.body = BUF_INIT(1 << 20)};
    request_start(bus, request, answer);
    for (int turn = 0; turn < 200000 && answer->count == 0; turn++) {
        bus_turn(bus);
    }
    cr_assert_eq(answer->count, 1, "%s %s", request->service, request->operation);
}

/* Without the size of a log group: its files get longer when they are closed. */
static void append_kept(struct buf *snapshot, struct slice body)
{
    struct slice member = SLICE("\"storedBytes\":");
    size_t at;
    while ((at = slice_search(body, member)) != SLICE_NPOS) {
        buf_append(snapshot, slice_take(body, at));
        body = slice_skip(body, at + member.len);
        body = slice_skip(body, slice_find(body, ','));
    }
    buf_append(snapshot, body);
}

/* All that can be asked, once everything is at rest. */
static void look(struct bus *bus, struct buf *snapshot)
{
    bus_advance(bus, 0);
    buf_clear(snapshot);
    for (size_t i = 0; i < COUNT_OF(questions); i++) {
        struct answer answer;
        ask(bus, &questions[i], &answer);
        buf_printf(snapshot, "%s %s: %d", questions[i].service, questions[i].operation,
                   answer.status);
        if (answer.status == 200) { /* else there is the number of the request in it */
            buf_append_char(snapshot, ' ');
            append_kept(snapshot, buf_slice(&answer.body));
        }
        buf_append_char(snapshot, '\n');
        buf_finish(&answer.body);
    }
}

/* Where two lines begin to differ. */
static struct slice differing(struct slice line, struct slice other)
{
    size_t at = 0;
    while (at < line.len && at < other.len && line.ptr[at] == other.ptr[at]) {
        at++;
    }
    return slice_take(slice_skip(line, at > 60 ? at - 60 : 0), 200);
}

static void expect_same(struct buf *before, struct buf *after, const struct request *request,
                        const char *when)
{
    struct slice left = buf_slice(before), right = buf_slice(after), old, new;
    while (slice_split(&left, '\n', &old) && slice_split(&right, '\n', &new)) {
        cr_expect(slice_eq(old, new), "%s %s changed, %s, %.*s:\n%.*s\n%.*s", request->service,
                  request->operation, when, SLICE_ARG(slice_take(old, 40)),
                  SLICE_ARG(differing(old, new)), SLICE_ARG(differing(new, old)));
    }
}

/* Each with the next one behind it, which finds what the first has changed in memory. */
Test(full_disk, what_rests_on_something_refused_changes_nothing_either, .timeout = 120)
{
    struct bus bus = {.ctx = NULL};
    struct buf before = BUF_INIT(SNAPSHOT_MAX), after = BUF_INIT(SNAPSHOT_MAX);
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    for (size_t i = 0; i + 1 < request_count; i++) {
        struct answer answers[2] = {{.body = BUF_INIT(1 << 20)}, {.body = BUF_INIT(1 << 20)}};
        struct answer answer;
        look(&bus, &before);
        bus_fill_disk(true);
        bus_hold_writer(&bus, 20);
        for (size_t k = 0; k < 2; k++) {
            request_start(&bus, &requests[i + k], &answers[k]);
            bus_turn(&bus);
        }
        for (int turn = 0; turn < 200000 && answers[0].count + answers[1].count < 2; turn++) {
            bus_turn(&bus);
        }
        bus_fill_disk(false);
        cr_expect(answers[0].status >= 500 || only_asks(&requests[i]), "%s %s: %d",
                  requests[i].service, requests[i].operation, answers[0].status);
        for (size_t k = 0; k < 2; k++) {
            cr_expect_eq(answers[k].count, 1);
            buf_finish(&answers[k].body);
        }
        look(&bus, &after);
        expect_same(&before, &after, &requests[i], "with another one behind it");
        ask(&bus, &requests[i], &answer);
        buf_finish(&answer.body);
    }
    bus_close(&bus);
    buf_finish(&before);
    buf_finish(&after);
}

Test(full_disk, what_is_refused_changes_nothing_and_is_done_when_it_is_asked_for_again,
     .timeout = 120)
{
    struct bus bus = {.ctx = NULL};
    struct buf before = BUF_INIT(SNAPSHOT_MAX), after = BUF_INIT(SNAPSHOT_MAX);
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    for (size_t i = 0; i < request_count; i++) {
        const struct request *request = &requests[i];
        struct answer answer;
        if (!only_asks(request)) {
            look(&bus, &before);
            bus_fill_disk(true);
            ask(&bus, request, &answer);
            cr_expect(answer.status >= 500, "%s %s: %d %.*s", request->service, request->operation,
                      answer.status, SLICE_ARG(buf_slice(&answer.body)));
            buf_finish(&answer.body);
            bus_fill_disk(false);
            look(&bus, &after);
            expect_same(&before, &after, request, "although it was refused");
        }
        ask(&bus, request, &answer);
        cr_expect(answer.status >= 200 && answer.status < 300, "%s %s: %d %.*s", request->service,
                  request->operation, answer.status, SLICE_ARG(buf_slice(&answer.body)));
        buf_finish(&answer.body);
        if (!only_asks(request)) {
            look(&bus, &before);
            bus_reopen(&bus);
            scheduler_start(bus.scheduler);
            look(&bus, &after);
            expect_same(&before, &after, request, "although it was acknowledged");
        }
    }
    bus_close(&bus);
    buf_finish(&before);
    buf_finish(&after);
}

/* --- what goes by itself --- */

static bool lists(struct bus *bus, const char *service, const char *operation, const char *member)
{
    (void)bus_ok(bus, service, operation, "{}");
    return json_raw_count(bus_at(bus, member)) > 0;
}

static void on_turned(void *ctx, size_t ran)
{
    (void)ran;
    *(bool *)ctx = true;
}

static void fill_disk_at_tick(void *ctx, struct slice key, struct slice json)
{
    (void)key;
    (void)json;
    *(bool *)ctx = true;
    bus_fill_disk(true);
}

Test(full_disk, keeps_a_schedule_that_is_over_until_its_end_can_be_written)
{
    struct bus bus = {.ctx = NULL};
    bool is_turned = false, has_ticked = false;
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    (void)bus_rest(&bus, "scheduler", "CreateSchedule", "Name=n", "",
                   "{'ScheduleExpression':'at(2026-01-01T00:01:00)','FlexibleTimeWindow':"
                   "{'Mode':'OFF'},'ActionAfterCompletion':'DELETE','Target':{'Arn':"
                   "'arn:aws:lambda:us-east-1:000000000000:function:f','RoleArn':"
                   "'arn:aws:iam::000000000000:role/r'}}");
    cr_assert_eq(bus.status, 200);
    cr_assert_eq(alarms_turn(bus.context.alarms, 60000, on_turned, &is_turned), STATUS_OK);
    for (int turn = 0; turn < 200000 && !is_turned; turn++) {
        bus_turn(&bus);
        if (!has_ticked) {
            state_each(bus.scheduler, STATE_TICK, fill_disk_at_tick, &has_ticked);
        }
    }
    cr_assert(is_turned && has_ticked);
    cr_expect(lists(&bus, "scheduler", "ListSchedules", "Schedules"));
    bus_fill_disk(false);
    bus_advance(&bus, 60000);
    cr_expect_not(lists(&bus, "scheduler", "ListSchedules", "Schedules"));
    bus_close(&bus);
}

static void count(void *ctx, struct slice key, struct slice json)
{
    (void)key;
    (void)json;
    ++*(size_t *)ctx;
}

Test(full_disk, asks_nobody_to_confirm_a_subscription_that_it_refuses)
{
    static const char subscribe[] =
        "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t','Protocol':'http',"
        "'Endpoint':'http://127.0.0.1:9/'}";
    struct bus bus = {.ctx = NULL};
    size_t lanes = 0;
    bus_open(&bus);
    (void)bus_ok(&bus, "sns", "CreateTopic", "{'Name':'t'}");
    bus_fill_disk(true);
    (void)bus_call(&bus, "sns", "Subscribe", subscribe);
    cr_expect_geq(bus.status, 500);
    bus_fill_disk(false);
    bus_advance(&bus, 0);
    state_each(bus.scheduler, STATE_LANE, count, &lanes);
    cr_expect_eq(lanes, 0);
    (void)bus_ok(&bus, "sns", "Subscribe", subscribe);
    bus_advance(&bus, 0);
    state_each(bus.scheduler, STATE_LANE, count, &lanes);
    cr_expect_eq(lanes, 1);
    bus_close(&bus);
}

Test(full_disk, keeps_a_subscription_that_nobody_confirms_until_its_end_can_be_written)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    scheduler_start(bus.scheduler);
    (void)bus_ok(&bus, "sns", "CreateTopic", "{'Name':'t'}");
    (void)bus_ok(&bus, "sns", "Subscribe",
                 "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t','Protocol':'http',"
                 "'Endpoint':'http://127.0.0.1:9/'}");
    bus_fill_disk(true);
    bus_advance(&bus, INT64_C(2) * 86400000);
    cr_expect(lists(&bus, "sns", "ListSubscriptions", "Subscriptions"));
    bus_fill_disk(false);
    bus_advance(&bus, 60000);
    cr_expect_not(lists(&bus, "sns", "ListSubscriptions", "Subscriptions"));
    bus_close(&bus);
}

/* --- who follows a stream --- */

static void on_invoke(struct bus *bus, const struct invoke_request *request,
                      struct invoke_result *result)
{
    (void)bus;
    (void)result;
    cr_expect_neq(slice_search(request->payload, SLICE("YQ==")), SLICE_NPOS);
}

/* What follows the stream looks at it while the refusal is under way. */
static void refuse_under_its_eyes(struct bus *bus, const struct request *request)
{
    struct answer answer = {.body = BUF_INIT(1 << 20)};
    bus_fill_disk(true);
    bus_hold_writer(bus, 40);
    request_start(bus, request, &answer);
    for (int turn = 0; turn < 200000 && answer.count == 0; turn++) {
        bus_turn(bus);
        if (turn == 10) {
            mappings_look(bus->scheduler->mappings);
        }
    }
    cr_expect_eq(answer.count, 1);
    cr_expect_geq(answer.status, 500, "%s", request->operation);
    buf_finish(&answer.body);
    bus_fill_disk(false);
}

Test(full_disk, leaves_a_stream_with_who_follows_it_when_it_cannot_end_it_or_its_shard)
{
    static const struct request refused[] = {
        {"kinesis", "DeleteStream", "", "{'StreamName':'s'}"},
        {"kinesis", "SplitShard", "",
         "{'StreamName':'s','ShardToSplit':'shardId-000000000000','NewStartingHashKey':'10'}"},
    };
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct bus bus = {.on_invoke = on_invoke};
        bus_open(&bus);
        scheduler_start(bus.scheduler);
        (void)bus_ok(&bus, "kinesis", "CreateStream", "{'StreamName':'s','ShardCount':1}");
        (void)bus_rest(&bus, "lambda", "CreateEventSourceMapping", "", "",
                       "{'FunctionName':'f','EventSourceArn':"
                       "'arn:aws:kinesis:us-east-1:000000000000:stream/s',"
                       "'StartingPosition':'TRIM_HORIZON'}");
        bus_advance(&bus, 0);
        refuse_under_its_eyes(&bus, &refused[i]);
        (void)bus_ok(&bus, "kinesis", "PutRecord",
                     "{'StreamName':'s','PartitionKey':'p','Data':'YQ=='}");
        bus_advance(&bus, 0);
        cr_expect_eq(bus.invocations, 1, "%s", refused[i].operation);
        bus_close(&bus);
    }
}
