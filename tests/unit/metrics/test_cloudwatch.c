#include "core/mem.h"
#include "scheduler/metrics/limits.h"
#include "scheduler/metrics/metrics.h"
#include "tests/support/bus.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define START "1767225600"
#define RANGE "'StartTime':1767225600,'EndTime':1767226200,"

static const char *ok(struct bus *bus, const char *operation, const char *body)
{
    return bus_ok(bus, "monitoring", operation, body);
}

static void is(struct bus *bus, const char *path, const char *json)
{
    cr_assert(bus_is(bus, path, json), "%s is %.*s, not %s", path, SLICE_ARG(bus_at(bus, path)),
              json);
}

static void put(struct bus *bus, const char *name, int seconds, const char *rest)
{
    char body[1024];
    (void)snprintf(body, sizeof body,
                   "{'Namespace':'app','MetricData':[{'MetricName':'%s','Timestamp':%d,"
                   "'Dimensions':[{'Name':'d','Value':'1'}],%s}]}",
                   name, 1767225600 + seconds, rest);
    ok(bus, "PutMetricData", body);
}

Test(cloudwatch, data_are_put_and_their_statistics_read)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    put(&bus, "m", 0, "'Value':4,'Unit':'Seconds'");
    put(&bus, "m", 30, "'Values':[1,2],'Counts':[3,1],'Unit':'Seconds'");
    put(&bus, "m", 60,
        "'StatisticValues':{'SampleCount':2,'Sum':10,'Minimum':4,'Maximum':6},'Unit':'Seconds'");
    for (int round = 0; round < 2; round++) {
        ok(&bus, "GetMetricStatistics",
           "{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]," RANGE
           "'Period':60,'Statistics':['Sum','SampleCount','Average','Minimum','Maximum']}");
        is(&bus, "Label", "'m'");
        is(&bus, "Datapoints.0",
           "{'Timestamp':" START
           ",'Sum':9,'SampleCount':5,'Average':1.8,'Minimum':1,'Maximum':4,'Unit':'Seconds'}");
        is(&bus, "Datapoints.1.Sum", "10");
        is(&bus, "Datapoints.2", "");
        bus_reopen(&bus);
    }
    ok(&bus, "GetMetricStatistics",
       "{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]," RANGE
       "'Period':60,'ExtendedStatistics':['p50','p100']}");
    is(&bus, "Datapoints.0.ExtendedStatistics", "{'p50':1,'p100':4}");
    is(&bus, "Datapoints.1.ExtendedStatistics", "{}"); /* nobody knows the values of a set */
    ok(&bus, "GetMetricStatistics",
       "{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]," RANGE
       "'Period':300,'Statistics':['Sum']}");
    is(&bus, "Datapoints", "[{'Timestamp':" START ",'Sum':19,'Unit':'Seconds'}]");
    ok(&bus, "GetMetricStatistics",
       "{'Namespace':'app','MetricName':'m'," RANGE "'Period':60,'Statistics':['Sum']}");
    is(&bus, "Datapoints", "[]"); /* another set of dimensions is another metric */
    bus_close(&bus);
}

Test(cloudwatch, units_are_kept_apart)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    put(&bus, "m", 0, "'Value':1,'Unit':'Count'");
    put(&bus, "m", 0, "'Value':2");
    ok(&bus, "GetMetricStatistics",
       "{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]," RANGE
       "'Period':60,'Statistics':['Sum']}");
    is(&bus, "Datapoints.0.Unit", "'None'");
    is(&bus, "Datapoints.1.Unit", "'Count'");
    ok(&bus, "GetMetricStatistics",
       "{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]," RANGE
       "'Period':60,'Statistics':['Sum'],'Unit':'Count'}");
    is(&bus, "Datapoints", "[{'Timestamp':" START ",'Sum':1,'Unit':'Count'}]");
    bus_close(&bus);
}

Test(cloudwatch, seconds_are_there_for_metrics_of_high_resolution)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    put(&bus, "m", 1, "'Value':1,'StorageResolution':1");
    put(&bus, "m", 7, "'Value':2,'StorageResolution':1");
    put(&bus, "m", 8, "'Value':4");
    ok(&bus, "GetMetricStatistics",
       "{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]," RANGE
       "'Period':5,'Statistics':['Sum']}");
    is(&bus, "Datapoints.0.Sum", "1");
    is(&bus, "Datapoints.1.Timestamp", "1767225605");
    is(&bus, "Datapoints.1.Sum", "2");
    ok(&bus, "GetMetricStatistics",
       "{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]," RANGE
       "'Period':60,'Statistics':['Sum']}");
    is(&bus, "Datapoints.0.Sum", "7");
    bus_close(&bus);
}

#define STAT(id, name, stat)                                                                       \
    "{'Id':'" id "','MetricStat':{'Metric':{'Namespace':'app','MetricName':'" name                 \
    "','Dimensions':[{'Name':'d','Value':'1'}]},'Period':60,'Stat':'" stat "'}}"

Test(cloudwatch, many_metrics_and_math_in_one_request)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    put(&bus, "m", 0, "'Value':4");
    put(&bus, "m", 60, "'Value':6,'Unit':'Count'");
    put(&bus, "m", 60, "'Value':2");
    put(&bus, "k", 60, "'Value':2");
    ok(&bus, "GetMetricData",
       "{" RANGE "'MetricDataQueries':[" STAT("m1", "m", "Sum") "," STAT(
           "m2", "k", "Average") ",{'Id':'e1','Expression':'m1 / m2','Label':'ratio'},"
                                 "{'Id':'e2','Expression':'SUM([e1, m1])','ReturnData':false}]}");
    is(&bus, "MetricDataResults.0.Label", "'m'");
    is(&bus, "MetricDataResults.0.Timestamps", "[1767225660,1767225600]");
    is(&bus, "MetricDataResults.0.Values", "[8,4]");
    is(&bus, "MetricDataResults.0.StatusCode", "'Complete'");
    is(&bus, "MetricDataResults.2",
       "{'Id':'e1','Label':'ratio','Timestamps':[1767225660],'Values':[4],'StatusCode':'Complete'"
       "}");
    is(&bus, "MetricDataResults.3", "");
    ok(&bus, "GetMetricData",
       "{" RANGE "'ScanBy':'TimestampAscending','MaxDatapoints':2,'MetricDataQueries':[" STAT(
           "m1", "m", "Sum") "," STAT("m2", "k", "p90") "]}");
    is(&bus, "MetricDataResults.0.Values", "[4,8]");
    is(&bus, "MetricDataResults.1.Values", "[]");
    is(&bus, "MetricDataResults.1.StatusCode", "'PartialData'");
    char body[1024];
    (void)snprintf(
        body, sizeof body,
        "{" RANGE
        "'ScanBy':'TimestampAscending','MaxDatapoints':2,'NextToken':%.*s,'MetricDataQueries':["
        "%s,%s]}",
        SLICE_ARG(bus_at(&bus, "NextToken")), STAT("m1", "m", "Sum"), STAT("m2", "k", "p90"));
    ok(&bus, "GetMetricData", body);
    is(&bus, "MetricDataResults.0.Values", "[]");
    is(&bus, "MetricDataResults.1.Values", "[2]");
    is(&bus, "NextToken", "");
    ok(&bus, "GetMetricData",
       "{" RANGE "'MetricDataQueries':[" STAT("m1", "m", "Sum") "," STAT(
           "m2", "k", "Sum") ",{'Id':'e','Expression':'METRICS() * 2'}]}");
    is(&bus, "MetricDataResults.2.Label", "'m'");
    is(&bus, "MetricDataResults.3.Label", "'k'");
    is(&bus, "MetricDataResults.3.Values", "[4]");
    bus_close(&bus);
}

Test(cloudwatch, metrics_are_listed_and_filtered)
{
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    put(&bus, "m", 0, "'Value':4");
    put(&bus, "k", 0, "'Value':4");
    metric_count(bus.scheduler, SLICE("AWS/Lambda"), SLICE("Errors"), NULL, 0, 1, UNIT_COUNT);
    ok(&bus, "ListMetrics", "{'Namespace':'app','MetricName':'m'}");
    is(&bus, "Metrics",
       "[{'Namespace':'app','MetricName':'m','Dimensions':[{'Name':'d','Value':'1'}]}]");
    ok(&bus, "ListMetrics", "{'Dimensions':[{'Name':'d'}]}");
    cr_assert_neq(bus_at(&bus, "Metrics.1").len, 0);
    is(&bus, "Metrics.2", "");
    ok(&bus, "ListMetrics", "{'Dimensions':[{'Name':'d','Value':'2'}]}");
    is(&bus, "Metrics", "[]");
    ok(&bus, "ListMetrics", "{'Namespace':'AWS/Lambda'}"); /* what was counted just now */
    is(&bus, "Metrics.0.Dimensions", "[]");
    bus_advance(&bus, INT64_C(4) * 3600 * 1000);
    ok(&bus, "ListMetrics", "{'RecentlyActive':'PT3H'}");
    is(&bus, "Metrics", "[]");
    ok(&bus, "ListMetrics", "{}");
    cr_assert_neq(bus_at(&bus, "Metrics.2").len, 0);
    bus_close(&bus);
}

Test(cloudwatch, lists_come_in_pages)
{
    struct bus bus = {.ctx = NULL};
    char name[32], body[256];
    size_t seen = 0;
    bus_open(&bus);
    for (int i = 0; i < METRIC_LIST_MAX + 20; i++) {
        (void)snprintf(name, sizeof name, "m%d", i);
        metric_count(bus.scheduler, SLICE("app"), slice_from(name), NULL, 0, 1, UNIT_COUNT);
    }
    ok(&bus, "ListMetrics", "{}");
    for (int page = 0; page < 2; page++) {
        struct slice rest = buf_slice(&bus.reply);
        for (size_t at; (at = slice_search(rest, SLICE("\"MetricName\""))) != SLICE_NPOS; seen++) {
            rest = slice_skip(rest, at + 1);
        }
        (void)snprintf(body, sizeof body, "{'NextToken':%.*s}",
                       SLICE_ARG(bus_at(&bus, "NextToken")));
        if (page == 0) {
            ok(&bus, "ListMetrics", body);
        }
    }
    is(&bus, "NextToken", "");
    cr_assert_eq(seen, METRIC_LIST_MAX + 20);
    bus_close(&bus);
}

Test(cloudwatch, refuses_in_the_words_of_the_service)
{
    static const struct {
        const char *operation, *body, *type, *message;
    } rows[] = {
        {"PutMetricData", "{'Namespace':'AWS/x','MetricData':[]}",
         "'InvalidParameterValueException'",
         "'The value AWS/ for parameter Namespace is invalid.'"},
        {"PutMetricData", "{'MetricData':[]}", "'ValidationException'",
         "'1 validation error detected: Value null at 'namespace' failed to satisfy constraint: "
         "Member must not be "
         "null'"},
        {"PutMetricData", "{'Namespace':'a','MetricData':[{'MetricName':'m'}]}",
         "'MissingRequiredParameterException'",
         "'The parameter MetricData.member.1.Value is required.'"},
        {"PutMetricData",
         "{'Namespace':'a','MetricData':[{'MetricName':'m','Value':1},{'MetricName':'m','Value':1,'"
         "Values':[1]}]}",
         "'InvalidParameterCombinationException'",
         "'The parameters MetricData.member.2.Value and MetricData.member.2.Values are mutually "
         "exclusive and you have "
         "specified both.'"},
        {"PutMetricData",
         "{'Namespace':'a','MetricData':[{'MetricName':'m','Values':[1],'Counts':[1,2]}]}",
         "'InvalidParameterValueException'",
         "'The parameters MetricData.member.1.Values and MetricData.member.1.Counts must be of the "
         "same size.'"},
        {"PutMetricData", "{'Namespace':'a','MetricData':[{'MetricName':'m','Value':1e200}]}",
         "'InvalidParameterValueException'",
         "'The value 1e+200 for parameter MetricData.member.1.Value is invalid.'"},
        {"PutMetricData",
         "{'Namespace':'a','MetricData':[{'MetricName':'m','Value':1,'Timestamp':1767232801}]}",
         "'InvalidParameterValueException'",
         "'The parameter MetricData.member.1.Timestamp must specify a time no more than two hours "
         "in the future.'"},
        {"PutMetricData",
         "{'Namespace':'a','MetricData':[{'MetricName':'m','Value':1,'StorageResolution':2}]}",
         "'InvalidParameterValueException'",
         "'The parameter MetricData.member.1.StorageResolution must be 1 or 60.'"},
        {"GetMetricStatistics",
         "{'Namespace':'a','MetricName':'m','StartTime':2,'EndTime':1,'Period':60,'Statistics':['"
         "Sum']}",
         "'InvalidParameterValueException'",
         "'The parameter StartTime must be less than the parameter EndTime.'"},
        {"GetMetricStatistics",
         "{'Namespace':'a','MetricName':'m','StartTime':0,'EndTime':86460,'Period':60,'Statistics':"
         "['Sum']}",
         "'InvalidParameterCombinationException'",
         "'You have requested up to 1441 datapoints, which exceeds the limit of 1,440. You may "
         "reduce the datapoints "
         "requested by increasing Period, or decreasing the time range.'"},
        {"GetMetricStatistics",
         "{'Namespace':'a','MetricName':'m','StartTime':0,'EndTime':60,'Period':60,'"
         "ExtendedStatistics':['x1']}",
         "'InvalidParameterValueException'",
         "'The value x1 for parameter ExtendedStatistics is not supported.'"},
        {"GetMetricData", "{" RANGE "'MetricDataQueries':[{'Id':'e1','Expression':'x + 1'}]}",
         "'ValidationException'", "'Error in expression 'e1': Undefined variable 'x''"},
        {"GetMetricData",
         "{" RANGE "'MetricDataQueries':[{'Id':'a','Expression':'b'},{'Id':'b','Expression':'a'}]}",
         "'ValidationException'", "'Error in expression 'a': 'a' refers to itself'"},
        {"GetMetricData", "{" RANGE "'MetricDataQueries':[{'Id':'E','Expression':'1'}]}",
         "'ValidationException'",
         "'MetricDataQueries.member.1: The value for parameter Id is not matching the expected "
         "pattern "
         "^[a-z][a-zA-Z0-9_]*$.'"},
        {"GetMetricData", "{" RANGE "'MetricDataQueries':[{'Id':'e','Expression':'1'}]}",
         "'ValidationException'",
         "'Error in expression 'e': The result is not a time series, and cannot be returned'"},
        {"ListMetrics", "{'NextToken':'x'}", "'InvalidNextToken'", "'The token is invalid.'"},
    };
    struct bus bus = {.ctx = NULL};
    bus_open(&bus);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bus_call(&bus, "monitoring", rows[i].operation, rows[i].body);
        cr_assert(bus_is(&bus, "__type", rows[i].type), "%s: %s", rows[i].body,
                  buf_cstr(&bus.reply));
        struct slice told = bus_at(&bus, "message");
        struct slice wanted = slice_from(rows[i].message);
        cr_assert(told.len == wanted.len &&
                      slice_eq(slice_take(slice_skip(told, 1), told.len - 2),
                               slice_take(slice_skip(wanted, 1), wanted.len - 2)),
                  "%s: %.*s", rows[i].body, SLICE_ARG(told));
    }
    bus_close(&bus);
}
