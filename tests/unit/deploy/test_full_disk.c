/* A full disk: an operation that is refused has changed nothing, neither in memory nor for the next start. */
#include "requests.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <string.h>

#define SNAPSHOT_MAX (1U << 20)

static const struct request questions[] = {
    {.service = "sqs", .operation = "ListQueues", .body = "{}"},
    {.service = "sqs",
     .operation = "GetQueueAttributes",
     .body = "{'QueueUrl':'q','AttributeNames':['All']}"},
    {.service = "sqs",
     .operation = "GetQueueAttributes",
     .body = "{'QueueUrl':'dead','AttributeNames':['All']}"},
    {.service = "sqs", .operation = "ListQueueTags", .body = "{'QueueUrl':'q'}"},
    {.service = "sqs",
     .operation = "ListMessageMoveTasks",
     .body = "{'SourceArn':'arn:aws:sqs:us-east-1:000000000000:dead','MaxResults':10}"},
    {.service = "lambda", .operation = "ListEventSourceMappings", .body = ""},
    {.service = "lambda",
     .operation = "ListFunctionEventInvokeConfigs",
     .path = "FunctionName=f",
     .body = ""},
    {.service = "lambda", .operation = "GetPolicy", .path = "FunctionName=f", .body = ""},
    {.service = "lambda",
     .operation = "GetFunctionRecursionConfig",
     .path = "FunctionName=f",
     .body = ""},
    {.service = "sns", .operation = "ListTopics", .body = "{}"},
    {.service = "sns", .operation = "ListSubscriptions", .body = "{}"},
    {.service = "sns",
     .operation = "GetTopicAttributes",
     .body = "{'TopicArn':'arn:aws:sns:us-east-1:000000000000:t'}"},
    {.service = "sns",
     .operation = "ListTagsForResource",
     .body = "{'ResourceArn':'arn:aws:sns:us-east-1:000000000000:t'}"},
    {.service = "events", .operation = "ListRules", .body = "{}"},
    {.service = "events", .operation = "ListTargetsByRule", .body = "{'Rule':'r'}"},
    {.service = "events", .operation = "ListArchives", .body = "{}"},
    {.service = "events", .operation = "ListEventBuses", .body = "{}"},
    {.service = "events", .operation = "ListReplays", .body = "{}"},
    {.service = "scheduler", .operation = "ListSchedules", .body = ""},
    {.service = "scheduler", .operation = "ListScheduleGroups", .body = ""},
    {.service = "s3", .operation = "ListBuckets", .body = ""},
    {.service = "s3", .operation = "ListObjectsV2", .path = "Bucket=bkt", .body = ""},
    {.service = "kinesis", .operation = "ListStreams", .body = "{}"},
    {.service = "kinesis", .operation = "DescribeStreamSummary", .body = "{'StreamName':'s'}"},
    {.service = "kinesis", .operation = "ListTagsForStream", .body = "{'StreamName':'s'}"},
    {.service = "kinesis", .operation = "ListShards", .body = "{'StreamName':'s'}"},
    {.service = "logs", .operation = "DescribeLogGroups", .body = "{}"},
    {.service = "logs", .operation = "DescribeLogStreams", .body = "{'logGroupName':'g'}"},
    {.service = "logs", .operation = "DescribeSubscriptionFilters", .body = "{'logGroupName':'g'}"},
    {.service = "logs", .operation = "DescribeMetricFilters", .body = "{'logGroupName':'g'}"},
};

/* Services that take back what they could not write. */
static bool is_looked_at(const struct request *request)
{
    return strncmp(request->operation, "Get", 3) != 0 &&
           (strcmp(request->service, "sqs") == 0 || strcmp(request->service, "lambda") == 0);
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
            buf_append(snapshot, buf_slice(&answer.body));
        }
        buf_append_char(snapshot, '\n');
        buf_finish(&answer.body);
    }
}

/* The lines that differ. */
static void expect_same(struct buf *before, struct buf *after, const struct request *request,
                        const char *when)
{
    struct slice left = buf_slice(before), right = buf_slice(after), old, new;
    while (slice_split(&left, '\n', &old) && slice_split(&right, '\n', &new)) {
        cr_expect(slice_eq(old, new), "%s %s changed, %s:\n%.*s\n%.*s", request->service,
                  request->operation, when, SLICE_ARG(old), SLICE_ARG(new));
    }
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
        if (is_looked_at(request)) {
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
        if (is_looked_at(request)) {
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
