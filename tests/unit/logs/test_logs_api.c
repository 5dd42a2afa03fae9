#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/log_store.h"
#include "tests/support/bus.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdio.h>

#define ok(bus, operation, ...) call_with(bus, true, operation, __VA_ARGS__)
#define refused(bus, operation, ...) call_with(bus, false, operation, __VA_ARGS__)

PRINTF_LIKE(4, 5)
static const char *call_with(struct bus *bus, bool is_ok, const char *operation, const char *format,
                             ...)
{
    static char body[65536];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(body, sizeof body, format, args);
    va_end(args);
    const char *reply = bus_call(bus, "logs", operation, body);
    cr_assert_eq(bus->status == 200, is_ok, "%s %s: %s", operation, body, reply);
    return reply;
}

static void make_stream(struct bus *bus, const char *group, const char *stream)
{
    ok(bus, "CreateLogGroup", "{'logGroupName':'%s'}", group);
    ok(bus, "CreateLogStream", "{'logGroupName':'%s','logStreamName':'%s'}", group, stream);
}

static void put(struct bus *bus, const char *group, const char *stream, int64_t ms,
                const char *message)
{
    ok(bus, "PutLogEvents",
       "{'logGroupName':'%s','logStreamName':'%s','logEvents':[{'timestamp':%" PRId64
       ",'message':'%s'}]}",
       group, stream, BUS_START_MS + ms, message);
}

static void is(struct bus *bus, const char *path, const char *json)
{
    cr_assert(bus_is(bus, path, json), "%s is %.*s, not %s", path, SLICE_ARG(bus_at(bus, path)),
              json);
}

Test(logs_api, groups_are_made_described_and_removed)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    ok(&bus, "CreateLogGroup", "{'logGroupName':'/app/b','tags':{'k':'v'}}");
    ok(&bus, "CreateLogGroup", "{'logGroupName':'/app/a','logGroupClass':'INFREQUENT_ACCESS'}");
    refused(&bus, "CreateLogGroup", "{'logGroupName':'/app/a'}");
    is(&bus, "__type", "'ResourceAlreadyExistsException'");
    is(&bus, "message", "'The specified log group already exists'");
    refused(&bus, "CreateLogGroup", "{'logGroupName':'a b'}");
    is(&bus, "__type", "'InvalidParameterException'");
    ok(&bus, "PutRetentionPolicy", "{'logGroupName':'/app/b','retentionInDays':7}");
    refused(&bus, "PutRetentionPolicy", "{'logGroupName':'/app/b','retentionInDays':8}");
    for (int round = 0; round < 2; round++) {
        ok(&bus, "DescribeLogGroups", "{'logGroupNamePrefix':'/app'}");
        is(&bus, "logGroups.0.logGroupName", "'/app/a'");
        is(&bus, "logGroups.0.logGroupClass", "'INFREQUENT_ACCESS'");
        is(&bus, "logGroups.0.retentionInDays", "");
        is(&bus, "logGroups.1.retentionInDays", "7");
        is(&bus, "logGroups.1.creationTime", "1767225600000");
        is(&bus, "logGroups.1.arn", "'arn:aws:logs:us-east-1:000000000000:log-group:/app/b:*'");
        is(&bus, "logGroups.1.logGroupArn",
           "'arn:aws:logs:us-east-1:000000000000:log-group:/app/b'");
        is(&bus, "nextToken", "");
        bus_reopen(&bus);
    }
    ok(&bus, "DeleteRetentionPolicy", "{'logGroupName':'/app/b'}");
    ok(&bus, "DeleteLogGroup", "{'logGroupName':'/app/a'}");
    refused(&bus, "DeleteLogGroup", "{'logGroupName':'/app/a'}");
    is(&bus, "message", "'The specified log group does not exist.'");
    ok(&bus, "DescribeLogGroups", "{}");
    is(&bus, "logGroups.0.logGroupName", "'/app/b'");
    is(&bus, "logGroups.0.retentionInDays", "");
    bus_close(&bus);
}

Test(logs_api, lists_come_in_pages)
{
    struct bus bus = {.ctx = NULL};
    char seen[16] = "";
    bus_open(&bus);
    for (char name = 'a'; name <= 'e'; name++) {
        ok(&bus, "CreateLogGroup", "{'logGroupName':'%c'}", name);
    }
    ok(&bus, "DescribeLogGroups", "{'limit':2}");
    for (;;) {
        for (int i = 0; i < 2 && bus_at(&bus, i == 0 ? "logGroups.0" : "logGroups.1").len > 0;
             i++) {
            struct slice name =
                bus_at(&bus, i == 0 ? "logGroups.0.logGroupName" : "logGroups.1.logGroupName");
            strncat(seen, name.ptr + 1, 1);
        }
        struct slice token = bus_at(&bus, "nextToken");
        if (token.len == 0) {
            break;
        }
        ok(&bus, "DescribeLogGroups", "{'limit':2,'nextToken':%.*s}", SLICE_ARG(token));
    }
    cr_assert_str_eq(seen, "abcde");
    ok(&bus, "DescribeLogGroups", "{'logGroupNamePattern':'c'}");
    is(&bus, "logGroups.0.logGroupName", "'c'");
    is(&bus, "logGroups.1", "");
    refused(&bus, "ListLogGroups", "{'logGroupTags':[{'key':'a'}]}");
    is(&bus, "message", "'sls-local does not look for log groups by logGroupTags'");
    ok(&bus, "ListLogGroups", "{'logGroupNamePattern':'^a|d'}");
    is(&bus, "logGroups.1.logGroupName", "'d'");
    refused(&bus, "DescribeLogGroups", "{'nextToken':'*'}");
    refused(&bus, "DescribeLogGroups", "{'limit':51}");
    refused(&bus, "DescribeLogGroups", "{'logGroupNamePattern':'c','logGroupNamePrefix':'c'}");
    bus_close(&bus);
}

Test(logs_api, tags_go_by_name_and_by_arn)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    ok(&bus, "CreateLogGroup", "{'logGroupName':'g','tags':{'a':'1','b':'2'}}");
    ok(&bus, "TagResource",
       "{'resourceArn':'arn:aws:logs:us-east-1:000000000000:log-group:g','tags':{'b':'3','c':'4'}"
       "}");
    ok(&bus, "ListTagsLogGroup", "{'logGroupName':'g'}");
    is(&bus, "tags", "{'a':'1','b':'3','c':'4'}");
    ok(&bus, "UntagLogGroup", "{'logGroupName':'g','tags':['a','x']}");
    ok(&bus, "UntagResource",
       "{'resourceArn':'arn:aws:logs:us-east-1:000000000000:log-group:g','tagKeys':['c']}");
    bus_reopen(&bus);
    ok(&bus, "ListTagsForResource",
       "{'resourceArn':'arn:aws:logs:us-east-1:000000000000:log-group:g'}");
    is(&bus, "tags", "{'b':'3'}");
    bus_close(&bus);
}

Test(logs_api, streams_are_described_in_either_order)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    make_stream(&bus, "g", "a");
    ok(&bus, "CreateLogStream", "{'logGroupName':'g','logStreamName':'b'}");
    ok(&bus, "CreateLogStream", "{'logGroupName':'g','logStreamName':'bc'}");
    refused(&bus, "CreateLogStream", "{'logGroupName':'g','logStreamName':'a'}");
    is(&bus, "message", "'The specified log stream already exists'");
    put(&bus, "g", "b", 3, "x");
    put(&bus, "g", "a", 5, "x");
    put(&bus, "g", "b", 4, "x");
    for (int round = 0; round < 2; round++) {
        ok(&bus, "DescribeLogStreams", "{'logGroupName':'g'}");
        is(&bus, "logStreams.0.logStreamName", "'a'");
        is(&bus, "logStreams.1.firstEventTimestamp", "1767225600003");
        is(&bus, "logStreams.1.lastEventTimestamp", "1767225600004");
        is(&bus, "logStreams.2.logStreamName", "'bc'");
        is(&bus, "logStreams.2.lastEventTimestamp", "");
        is(&bus, "logStreams.0.arn",
           "'arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:a'");
        ok(&bus, "DescribeLogStreams",
           "{'logGroupName':'g','orderBy':'LastEventTime','descending':true,'limit':1}");
        is(&bus, "logStreams.0.logStreamName", "'a'");
        is(&bus, "logStreams.1", "");
        ok(&bus, "DescribeLogStreams",
           "{'logGroupName':'g','orderBy':'LastEventTime','descending':true,'limit':1,'nextToken':%"
           ".*s}",
           SLICE_ARG(bus_at(&bus, "nextToken")));
        is(&bus, "logStreams.0.logStreamName", "'b'");
        ok(&bus, "DescribeLogStreams", "{'logGroupName':'g','logStreamNamePrefix':'b','limit':1}");
        is(&bus, "logStreams.0.logStreamName", "'b'");
        ok(&bus, "DescribeLogStreams",
           "{'logGroupName':'g','logStreamNamePrefix':'b','limit':1,'nextToken':%.*s}",
           SLICE_ARG(bus_at(&bus, "nextToken")));
        is(&bus, "logStreams.0.logStreamName", "'bc'");
        is(&bus, "nextToken", "");
        bus_reopen(&bus);
    }
    refused(&bus, "DescribeLogStreams",
            "{'logGroupName':'g','logStreamNamePrefix':'b','orderBy':'LastEventTime'}");
    is(&bus, "message", "'Cannot order by LastEventTime with a logStreamNamePrefix.'");
    ok(&bus, "DeleteLogStream", "{'logGroupName':'g','logStreamName':'b'}");
    refused(&bus, "DeleteLogStream", "{'logGroupName':'g','logStreamName':'b'}");
    is(&bus, "message", "'The specified log stream does not exist.'");
    bus_close(&bus);
}

Test(logs_api, events_that_are_put_are_judged_one_by_one)
{
    struct bus bus = {.ctx = NULL};
    const int64_t hour = 3600 * 1000, day = 24 * hour;
    bus_open(&bus);
    make_stream(&bus, "g", "s");
    put(&bus, "g", "s", 0, "one");
    cr_assert_eq(bus_at(&bus, "nextSequenceToken").len, 58);
    is(&bus, "rejectedLogEventsInfo", "");
    ok(&bus, "PutLogEvents",
       "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':%" PRId64
       ",'message':'old'},{'timestamp':%" PRId64 ",'message':'fine'}]}",
       BUS_START_MS - 14 * day - 1, BUS_START_MS - 14 * day);
    is(&bus, "rejectedLogEventsInfo", "{'tooOldLogEventEndIndex':1}");
    ok(&bus, "PutLogEvents",
       "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':%" PRId64
       ",'message':'fine too'},{'timestamp':%" PRId64 ",'message':'new'}]}",
       BUS_START_MS + 2 * hour, BUS_START_MS + 2 * hour + 1);
    is(&bus, "rejectedLogEventsInfo", "{'tooNewLogEventStartIndex':1}");
    ok(&bus, "PutRetentionPolicy", "{'logGroupName':'g','retentionInDays':1}");
    ok(&bus, "PutLogEvents",
       "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':%" PRId64
       ",'message':'expired'}]}",
       BUS_START_MS - 2 * day);
    is(&bus, "rejectedLogEventsInfo", "{'expiredLogEventEndIndex':1}");
    ok(&bus, "DeleteRetentionPolicy", "{'logGroupName':'g'}");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g'}");
    is(&bus, "events.0.message", "'fine'");
    is(&bus, "events.1.message", "'one'");
    is(&bus, "events.2.message", "'fine too'");
    is(&bus, "events.3", "");
    static const struct {
        const char *events, *message;
    } rows[] = {
        {"[{'timestamp':2,'message':'a'},{'timestamp':1,'message':'b'}]",
         "'Log events in a single PutLogEvents request must be in chronological order.'"},
        {"[{'timestamp':1,'message':'a'},{'timestamp':86400002,'message':'b'}]",
         "'The batch of log events in a single PutLogEvents request cannot span more than 24 "
         "hours.'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        refused(&bus, "PutLogEvents", "{'logGroupName':'g','logStreamName':'s','logEvents':%s}",
                rows[i].events);
        is(&bus, "message", rows[i].message);
    }
    refused(
        &bus, "PutLogEvents",
        "{'logGroupName':'g','logStreamName':'none','logEvents':[{'timestamp':1,'message':'a'}]}");
    is(&bus, "message", "'The specified log stream does not exist.'");
    refused(&bus, "PutLogEvents",
            "{'logGroupName':'g','logStreamName':'s','logEvents':[{'timestamp':1,'message':''}]}");
    bus_close(&bus);
}

Test(logs_api, filtering_pages_through_streams_and_patterns)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    make_stream(&bus, "g", "a");
    ok(&bus, "CreateLogStream", "{'logGroupName':'g','logStreamName':'ab'}");
    put(&bus, "g", "a", 1, "first");
    put(&bus, "g", "ab", 1, "second");
    put(&bus, "g", "a", 2, "third");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g','limit':2,'interleaved':true}");
    is(&bus, "events.0.message", "'first'");
    is(&bus, "events.0.logStreamName", "'a'");
    is(&bus, "events.0.ingestionTime", "1767225600000");
    is(&bus, "events.1.message", "'second'");
    is(&bus, "searchedLogStreams", "[]");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g','limit':2,'nextToken':%.*s}",
       SLICE_ARG(bus_at(&bus, "nextToken")));
    is(&bus, "events.0.message", "'third'");
    is(&bus, "nextToken", "");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g','logStreamNames':['ab']}");
    is(&bus, "events.0.message", "'second'");
    is(&bus, "events.1", "");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g','logStreamNamePrefix':'ab'}");
    is(&bus, "events.0.message", "'second'");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g','filterPattern':'?third ?first'}");
    is(&bus, "events.1.message", "'third'");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g','startFromHead':false,'limit':1}");
    is(&bus, "events.0.message", "'third'");
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g','nextToken':%.*s}",
       SLICE_ARG(bus_at(&bus, "nextToken")));
    is(&bus, "events.0.message", "'second'");
    is(&bus, "events.1.message", "'first'");
    ok(&bus, "FilterLogEvents",
       "{'logGroupName':'g','startTime':1767225600001,'endTime':1767225600001}");
    is(&bus, "events.1.message", "'second'");
    is(&bus, "events.2", "");
    refused(&bus, "FilterLogEvents", "{'logGroupName':'g','filterPattern':'{'}");
    is(&bus, "__type", "'InvalidParameterException'");
    refused(&bus, "FilterLogEvents",
            "{'logGroupName':'g','logStreamNames':['a'],'logStreamNamePrefix':'a'}");
    refused(&bus, "FilterLogEvents", "{'logGroupName':'g','nextToken':'x'}");
    refused(&bus, "FilterLogEvents", "{}");
    refused(&bus, "FilterLogEvents", "{'logGroupName':'none'}");
    is(&bus, "__type", "'ResourceNotFoundException'");
    ok(&bus, "FilterLogEvents",
       "{'logGroupIdentifier':'arn:aws:logs:us-east-1:000000000000:log-group:g'}");
    bus_close(&bus);
}

Test(logs_api, tokens_of_a_stream_lead_both_ways_and_never_end)
{
    struct bus bus = {.ctx = NULL};
    char forward[128], backward[128];
    bus_open(&bus);
    make_stream(&bus, "g", "s");
    ok(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'s'}");
    (void)snprintf(forward, sizeof forward, "%.*s", SLICE_ARG(bus_at(&bus, "nextForwardToken")));
    cr_assert_neq(forward[0], '\0', "also of an empty stream");
    for (int i = 1; i <= 5; i++) {
        char message[2] = {(char)('0' + i), '\0'};
        put(&bus, "g", "s", i, message);
    }
    ok(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'s','nextToken':%s}", forward);
    is(&bus, "events.0.message", "'1'");
    is(&bus, "events.4.message", "'5'");
    ok(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'s','limit':2}");
    is(&bus, "events.0.message", "'4'");
    is(&bus, "events.1.message", "'5'");
    (void)snprintf(forward, sizeof forward, "%.*s", SLICE_ARG(bus_at(&bus, "nextForwardToken")));
    (void)snprintf(backward, sizeof backward, "%.*s", SLICE_ARG(bus_at(&bus, "nextBackwardToken")));
    ok(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'s','limit':2,'nextToken':%s}",
       backward);
    is(&bus, "events.0.message", "'2'");
    is(&bus, "events.1.message", "'3'");
    ok(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'s','nextToken':%s}", forward);
    is(&bus, "events", "[]");
    is(&bus, "nextForwardToken", forward); /* the same token at the end */
    ok(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'s','limit':1,'nextToken':%.*s}",
       SLICE_ARG(bus_at(&bus, "nextBackwardToken")));
    is(&bus, "events.0.message", "'5'");
    put(&bus, "g", "s", 6, "6");
    ok(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'s','nextToken':%s}", forward);
    is(&bus, "events.0.message", "'6'");
    ok(&bus, "GetLogEvents",
       "{'logGroupName':'g','logStreamName':'s','startFromHead':true,'startTime':1767225600002,'"
       "endTime':1767225600004}");
    is(&bus, "events.0.message", "'2'");
    is(&bus, "events.1.message", "'3'");
    is(&bus, "events.2", "");
    refused(&bus, "GetLogEvents", "{'logGroupName':'g','logStreamName':'none'}");
    bus_close(&bus);
}

Test(logs_api, retention_hides_at_once)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    make_stream(&bus, "g", "s");
    put(&bus, "g", "s", 0, "old");
    ok(&bus, "PutRetentionPolicy", "{'logGroupName':'g','retentionInDays':3}");
    bus_advance(&bus, INT64_C(86400000) * 3 - 10);
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g'}");
    is(&bus, "events.0.message", "'old'");
    bus_advance(&bus, 20);
    ok(&bus, "FilterLogEvents", "{'logGroupName':'g'}");
    is(&bus, "events", "[]");
    ok(&bus, "DescribeLogStreams", "{'logGroupName':'g'}");
    is(&bus, "logStreams.0.logStreamName", "'s'");
    bus_close(&bus);
}

Test(logs_api, a_function_that_logs_has_a_group)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    struct log_sink sink = log_store_sink(bus.logs);
    struct log_stream *stream =
        sink.open(sink.ctx, SLICE("/aws/lambda/f"), SLICE("2026/01/01/[$LATEST]0"));
    sink.write(stream, SLICE("START"));
    bus_advance(&bus, LOG_FLUSH_MS);
    ok(&bus, "FilterLogEvents", "{'logGroupName':'/aws/lambda/f'}");
    is(&bus, "events.0.message", "'START'");
    is(&bus, "events.0.logStreamName", "'2026/01/01/[$LATEST]0'");
    ok(&bus, "DeleteLogGroup", "{'logGroupName':'/aws/lambda/f'}");
    refused(&bus, "FilterLogEvents", "{'logGroupName':'/aws/lambda/f'}");
    sink.write(stream, SLICE("again"));
    bus_advance(&bus, LOG_FLUSH_MS);
    ok(&bus, "FilterLogEvents", "{'logGroupName':'/aws/lambda/f'}");
    is(&bus, "events.0.message", "'again'");
    sink.close(stream);
    bus_close(&bus);
}
