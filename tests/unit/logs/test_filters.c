#include "core/encode.h"
#include "core/mem.h"
#include "scheduler/logs/limits.h"
#include "scheduler/logs/log_store.h"
#include "scheduler/metrics/datapoints.h"
#include "tests/support/bus.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <zlib.h>

#define FUNCTION "arn:aws:lambda:us-east-1:000000000000:function:target"

/* What the function was given: the event's data, decompressed. */
struct seen {
    struct buf events;
    size_t count;
};

static void decompress(struct buf *out, struct slice compressed)
{
    static char bytes[1 << 20];
    z_stream stream = {.zalloc = Z_NULL};
    char *input = mem_alloc(compressed.len);
    memcpy(input, compressed.ptr, compressed.len);
    cr_assert_eq(inflateInit2(&stream, MAX_WBITS + 16), Z_OK);
    stream.next_in = (Bytef *)input;
    stream.avail_in = (uInt)compressed.len;
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = sizeof bytes;
    cr_assert_eq(inflate(&stream, Z_FINISH), Z_STREAM_END);
    buf_append(out, slice_of(bytes, sizeof bytes - stream.avail_out));
    (void)inflateEnd(&stream);
    mem_free(input);
}

static void op_invoke(struct api_call *call, void *ctx)
{
    struct seen *seen = ctx;
    AUTO_BUF data = BUF_INIT(1 << 20);
    struct slice text = json_at(api_body(call), "awslogs.data");
    cr_assert(slice_is(api_path_param(call, "FunctionName"), FUNCTION));
    cr_assert(base64_decode(&data, slice_take(slice_skip(text, 1), text.len - 2)));
    decompress(&seen->events, buf_slice(&data));
    buf_append_char(&seen->events, '\n');
    seen->count++;
    api_reply_empty(call, 202);
}

static const struct api_op lambda_ops[] = {
    {.name = "Invoke",
     .run = op_invoke,
     .method = "POST",
     .path = "/2015-03-31/functions/{FunctionName}/invocations"},
    {.name = NULL},
};
static const struct wire_error lambda_errors[STATUS_COUNT];
static const struct api_service fake_lambda = {
    .name = "lambda", .protocol = API_REST_JSON, .ops = lambda_ops, .errors = lambda_errors};

static void start(struct bus *bus)
{
    edge_register(bus->edge, &fake_lambda, bus->ctx);
    scheduler_start(bus->scheduler);
}

static void begin(struct bus *bus, struct seen *seen)
{
    *bus = (struct bus){.ctx = seen};
    *seen = (struct seen){.events = BUF_INIT(8 << 20)};
    bus_open(bus);
    start(bus);
    bus_ok(bus, "logs", "CreateLogGroup", "{'logGroupName':'g'}");
    bus_ok(bus, "logs", "CreateLogStream", "{'logGroupName':'g','logStreamName':'a'}");
    bus_ok(bus, "logs", "CreateLogStream", "{'logGroupName':'g','logStreamName':'b'}");
}

static void end(struct bus *bus, struct seen *seen)
{
    bus_close(bus);
    buf_finish(&seen->events);
}

static void put(struct bus *bus, const char *stream, const char *message)
{
    char body[4096];
    (void)snprintf(body, sizeof body,
                   "{'logGroupName':'g','logStreamName':'%s','logEvents':[{'timestamp':%" PRId64
                   ",'message':'%s'}]}",
                   stream, clock_epoch_ms(&bus->clock), message);
    bus_ok(bus, "logs", "PutLogEvents", body);
}

static void subscribe(struct bus *bus, const char *name, const char *pattern)
{
    char body[1024];
    (void)snprintf(
        body, sizeof body,
        "{'logGroupName':'g','filterName':'%s','filterPattern':'%s','destinationArn':'" FUNCTION
        "'}",
        name, pattern);
    bus_ok(bus, "logs", "PutSubscriptionFilter", body);
}

Test(filters, a_subscription_passes_on_what_matches)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    subscribe(&bus, "errors", "ERROR");
    put(&bus, "a", "an ERROR");
    put(&bus, "a", "fine");
    bus_advance(&bus, 1000);
    cr_assert_eq(seen.count, 1, "%s", buf_cstr(&bus.notices));
    struct slice event = buf_slice(&seen.events);
    cr_assert(json_is(event, "messageType", "'DATA_MESSAGE'"));
    cr_assert(json_is(event, "owner", "'000000000000'"));
    cr_assert(json_is(event, "logGroup", "'g'"));
    cr_assert(json_is(event, "logStream", "'a'"));
    cr_assert(json_is(event, "subscriptionFilters", "['errors']"));
    cr_assert(json_is(event, "logEvents.0.message", "'an ERROR'"));
    cr_assert(json_is(event, "logEvents.0.timestamp", "1767225600000"));
    cr_assert(json_is(event, "logEvents.1", ""));
    bus_ok(&bus, "logs", "FilterLogEvents", "{'logGroupName':'g','filterPattern':'ERROR'}");
    cr_assert(slice_eq(bus_at(&bus, "events.0.eventId"), json_at(event, "logEvents.0.id")));
    bus_reopen(&bus); /* the filter is kept */
    start(&bus);
    put(&bus, "b", "ERROR too");
    bus_advance(&bus, 1000);
    cr_assert_eq(seen.count, 2);
    bus_ok(&bus, "logs", "DeleteSubscriptionFilter", "{'logGroupName':'g','filterName':'errors'}");
    put(&bus, "b", "ERROR three");
    bus_advance(&bus, 1000);
    cr_assert_eq(seen.count, 2);
    end(&bus, &seen);
}

Test(filters, a_batch_becomes_one_event_for_each_stream)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    subscribe(&bus, "all", "");
    struct log_sink sink = log_store_sink(bus.logs);
    struct log_stream *streams[2];
    for (size_t i = 0; i < 2; i++) {
        streams[i] = sink.open(sink.ctx, SLICE("g"), slice_from(i == 0 ? "x" : "y"));
    }
    for (int i = 0; i < 10; i++) {
        sink.write(streams[i % 2], SLICE("line"));
    }
    bus_advance(&bus, 1000);
    cr_assert_eq(seen.count, 2);
    char *large = mem_alloc(100 * 1024);
    memset(large, 'l', 100 * 1024);
    for (int i = 0; i < 3; i++) {
        sink.write(streams[0], slice_of(large, 100 * 1024));
    }
    bus_advance(&bus, 1000);
    cr_assert_eq(seen.count, 5, "%zu: no event holds more than it may", seen.count);
    mem_free(large);
    sink.close(streams[0]);
    sink.close(streams[1]);
    end(&bus, &seen);
}

Test(filters, subscriptions_are_described_limited_and_refused)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    subscribe(&bus, "b", "x");
    subscribe(&bus, "a", "{ $.level = ERROR }");
    bus_ok(&bus, "logs", "DescribeSubscriptionFilters", "{'logGroupName':'g'}");
    cr_assert(bus_is(&bus, "subscriptionFilters.0.filterName", "'a'"));
    cr_assert(bus_is(&bus, "subscriptionFilters.0.filterPattern", "'{ $.level = ERROR }'"));
    cr_assert(bus_is(&bus, "subscriptionFilters.0.distribution", "'ByLogStream'"));
    cr_assert(bus_is(&bus, "subscriptionFilters.1.destinationArn", "'" FUNCTION "'"));
    bus_ok(&bus, "logs", "DescribeSubscriptionFilters", "{'logGroupName':'g','limit':1}");
    char body[256];
    (void)snprintf(body, sizeof body, "{'logGroupName':'g','limit':1,'nextToken':%.*s}",
                   SLICE_ARG(bus_at(&bus, "nextToken")));
    bus_ok(&bus, "logs", "DescribeSubscriptionFilters", body);
    cr_assert(bus_is(&bus, "subscriptionFilters.0.filterName", "'b'"));
    static const struct {
        const char *body, *type;
    } rows[] = {
        {"{'logGroupName':'g','filterName':'c','filterPattern':'','destinationArn':'" FUNCTION "'}",
         "'LimitExceededException'"},
        {"{'logGroupName':'g','filterName':'a','filterPattern':'{','destinationArn':'" FUNCTION
         "'}",
         "'InvalidParameterException'"},
        {"{'logGroupName':'g','filterName':'a','filterPattern':'','destinationArn':'arn:aws:"
         "firehose:us-east-1:0:x/y'}",
         "'InvalidParameterException'"},
        {"{'logGroupName':'none','filterName':'a','filterPattern':'','destinationArn':'" FUNCTION
         "'}",
         "'ResourceNotFoundException'"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        bus_call(&bus, "logs", "PutSubscriptionFilter", rows[i].body);
        cr_assert(bus_is(&bus, "__type", rows[i].type), "%s: %s", rows[i].body,
                  buf_cstr(&bus.reply));
    }
    bus_call(&bus, "logs", "DeleteSubscriptionFilter", "{'logGroupName':'g','filterName':'none'}");
    cr_assert(bus_is(&bus, "message", "'The specified subscription filter does not exist.'"));
    end(&bus, &seen);
}

Test(filters, a_function_is_warned_of_its_own_group)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    bus_ok(&bus, "logs", "CreateLogGroup", "{'logGroupName':'/aws/lambda/target'}");
    bus_ok(&bus, "logs", "PutSubscriptionFilter",
           "{'logGroupName':'/aws/lambda/"
           "target','filterName':'f','filterPattern':'','destinationArn':'" FUNCTION "'}");
    cr_assert_not_null(
        strstr(buf_cstr(&bus.notices), "target: subscribes to all events of its own log group"));
    end(&bus, &seen);
}

/* --- metric filters --- */

struct points {
    char text[512];
    size_t len;
};

static void see(void *ctx, enum metric_unit unit, int64_t at_s, struct aggregate *aggregate)
{
    struct points *points = ctx;
    points->len +=
        (size_t)snprintf(points->text + points->len, sizeof points->text - points->len,
                         "%s@%d=%g/%g ", metric_unit_name(unit), (int)(at_s - BUS_START_MS / 1000),
                         aggregate->sum, aggregate->count);
}

static struct points metric(struct bus *bus, const char *name,
                            const struct metric_dimension *dimensions, size_t count)
{
    const struct metric_id id = {SLICE("app"), slice_from(name), dimensions, count};
    struct points points = {.text = ""};
    struct datapoint_range range = {.resolution_s = METRIC_MINUTE, .from_s = 0, .to_s = INT64_MAX};
    bus_advance(bus, METRIC_FLUSH_MS);
    metric_hash(&id, range.hash);
    struct txn *txn = engine_read_begin(bus->scheduler->engine, 0);
    datapoints_each(txn, &range, see, &points);
    engine_read_end(bus->scheduler->engine, txn);
    return points;
}

static void put_metric(struct bus *bus, const char *pattern, const char *transformation)
{
    char body[1024];
    (void)snprintf(body, sizeof body,
                   "{'logGroupName':'g','filterName':'m','filterPattern':'%s','"
                   "metricTransformations':[{'metricName':"
                   "'n','metricNamespace':'app',%s}]}",
                   pattern, transformation);
    bus_ok(bus, "logs", "PutMetricFilter", body);
}

Test(filters, matches_are_counted)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    put_metric(&bus, "ERROR", "'metricValue':'2','unit':'Count'");
    put(&bus, "a", "ERROR");
    put(&bus, "b", "ERROR");
    put(&bus, "b", "fine");
    cr_assert_str_eq(metric(&bus, "n", NULL, 0).text, "Count@0=4/2 ");
    end(&bus, &seen);
}

Test(filters, values_are_taken_from_events)
{
    struct bus bus;
    struct seen seen;
    static const struct metric_dimension user[] = {{SLICE_INIT("who"), SLICE_INIT("ann")}};
    begin(&bus, &seen);
    put_metric(&bus, "[level, who, size]", "'metricValue':'$size','dimensions':{'who':'$who'}");
    put(&bus, "a", "INFO ann 10");
    put(&bus, "a", "INFO ann 5.5");
    put(&bus, "a", "INFO ann much");
    put(&bus, "a", "INFO bob 1");
    put(&bus, "a", "INFO ann 1 more");
    cr_assert_str_eq(metric(&bus, "n", user, 1).text, "None@0=15.5/2 ");
    end(&bus, &seen);
}

Test(filters, a_minute_without_a_match_has_the_default)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    put_metric(&bus, "ERROR", "'metricValue':'1','defaultValue':0");
    put(&bus, "a", "ERROR");
    put(&bus, "a", "fine");
    bus_advance(&bus, 60000);
    put(&bus, "a", "fine");
    put(&bus, "a", "fine");
    bus_advance(&bus, 180000); /* two minutes without any event */
    cr_assert_str_eq(metric(&bus, "n", NULL, 0).text, "None@0=1/1 None@60=0/1 ");
    end(&bus, &seen);
}

Test(filters, metric_filters_are_described_and_refused)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    put_metric(&bus, "{ $.ms = * }",
               "'metricValue':'$.ms','unit':'Milliseconds','dimensions':{'a':'$.a'}");
    bus_ok(&bus, "logs", "CreateLogGroup", "{'logGroupName':'h'}");
    bus_ok(&bus, "logs", "PutMetricFilter",
           "{'logGroupName':'h','filterName':'k','filterPattern':'x','metricTransformations':[{'"
           "metricName':'o',"
           "'metricNamespace':'app','metricValue':'1'}]}");
    bus_ok(&bus, "logs", "DescribeMetricFilters", "{}");
    cr_assert(bus_is(
        &bus, "metricFilters.0.metricTransformations",
        "[{'metricName':'n','metricNamespace':'app','metricValue':'$.ms','dimensions':{'a':'$.a'},"
        "'unit':'Milliseconds'}]"));
    cr_assert(bus_is(&bus, "metricFilters.1.logGroupName", "'h'"));
    bus_ok(&bus, "logs", "DescribeMetricFilters", "{'limit':1}");
    char body[256];
    (void)snprintf(body, sizeof body, "{'nextToken':%.*s}", SLICE_ARG(bus_at(&bus, "nextToken")));
    bus_ok(&bus, "logs", "DescribeMetricFilters", body);
    cr_assert(bus_is(&bus, "metricFilters.0.filterName", "'k'"));
    bus_ok(&bus, "logs", "DescribeMetricFilters", "{'metricName':'o','metricNamespace':'app'}");
    cr_assert(bus_is(&bus, "metricFilters.0.filterName", "'k'"));
    bus_ok(&bus, "logs", "DescribeLogGroups", "{'logGroupNamePrefix':'g'}");
    cr_assert(bus_is(&bus, "logGroups.0.metricFilterCount", "1"));
    static const char *const rows[] = {
        "'filterPattern':'x','metricTransformations':[{'metricName':'n','metricNamespace':'a','"
        "metricValue':'$.x'}]",
        "'filterPattern':'[a]','metricTransformations':[{'metricName':'n','metricNamespace':'a','"
        "metricValue':'$b'}]",
        "'filterPattern':'x','metricTransformations':[]",
        "'filterPattern':'[a]','metricTransformations':[{'metricName':'n','metricNamespace':'a','"
        "metricValue':'1',"
        "'defaultValue':0,'dimensions':{'a':'$a'}}]",
        "'filterPattern':'{ $.a = "
        "1','metricTransformations':[{'metricName':'n','metricNamespace':'a',"
        "'metricValue':'1'}]",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char refused[512];
        (void)snprintf(refused, sizeof refused, "{'logGroupName':'g','filterName':'r',%s}",
                       rows[i]);
        bus_call(&bus, "logs", "PutMetricFilter", refused);
        cr_assert(bus_is(&bus, "__type", "'InvalidParameterException'"), "%s: %s", rows[i],
                  buf_cstr(&bus.reply));
    }
    bus_ok(&bus, "logs", "DeleteMetricFilter", "{'logGroupName':'g','filterName':'m'}");
    bus_call(&bus, "logs", "DeleteMetricFilter", "{'logGroupName':'g','filterName':'m'}");
    cr_assert(bus_is(&bus, "__type", "'ResourceNotFoundException'"));
    end(&bus, &seen);
}

Test(filters, a_pattern_can_be_tried)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    bus_ok(&bus, "logs", "TestMetricFilter",
           "{'filterPattern':'[a, b = 4*, ...]','logEventMessages':['x 404 y','x 200 y','z 4']}");
    cr_assert(
        bus_is(&bus, "matches",
               "[{'eventNumber':1,'eventMessage':'x 404 "
               "y','extractedValues':{'$a':'x','$b':'404','$3':'y'}},"
               "{'eventNumber':3,'eventMessage':'z 4','extractedValues':{'$a':'z','$b':'4'}}]"),
        "%s", buf_cstr(&bus.reply));
    end(&bus, &seen);
}

Test(filters, a_stop_passes_on_the_last_events)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    subscribe(&bus, "errors", "ERROR");
    put_metric(&bus, "ERROR", "'metricValue':'1','defaultValue':0");
    struct log_sink sink = log_store_sink(bus.logs);
    struct log_stream *stream = sink.open(sink.ctx, SLICE("g"), SLICE("x"));
    sink.write(stream, SLICE("an ERROR"));
    sink.close(stream);
    bus_reopen(&bus);
    start(&bus);
    cr_assert_str_eq(metric(&bus, "n", NULL, 0).text, "None@0=1/1 ");
    cr_assert_eq(seen.count, 1);
    end(&bus, &seen);
}

/* --- embedded metrics and templates --- */

Test(filters, events_with_embedded_metrics_become_metrics)
{
    struct bus bus;
    struct seen seen;
    static const struct metric_dimension fn[] = {{SLICE_INIT("fn"), SLICE_INIT("hello")}};
    begin(&bus, &seen);
    put(&bus, "a",
        "{\\\"_aws\\\":{\\\"Timestamp\\\":1767225600000,\\\"CloudWatchMetrics\\\":[{"
        "\\\"Namespace\\\":\\\"app\\\","
        "\\\"Dimensions\\\":[[\\\"fn\\\"]],\\\"Metrics\\\":[{\\\"Name\\\":\\\"ms\\\",\\\"Unit\\\":"
        "\\\"Milliseconds\\\"}]}]},\\\"fn\\\":\\\"hello\\\",\\\"ms\\\":[1,2.5]}");
    cr_assert_str_eq(metric(&bus, "ms", fn, 1).text, "Milliseconds@0=3.5/2 ");
    end(&bus, &seen);
}

Test(filters, templates_make_groups_streams_and_filters)
{
    struct bus bus;
    struct seen seen;
    begin(&bus, &seen);
    for (int round = 0; round < 2; round++) {
        cr_assert_str_eq(
            bus_deploy(
                &bus, "AWS::Logs::LogGroup", "t",
                "{'LogGroupName':'t','RetentionInDays':'14','Tags':[{'Key':'a','Value':'b'}]}"),
            "");
    }
    bus_ok(&bus, "logs", "DescribeLogGroups", "{'logGroupNamePrefix':'t'}");
    cr_assert(bus_is(&bus, "logGroups.0.retentionInDays", "14"));
    bus_ok(&bus, "logs", "ListTagsLogGroup", "{'logGroupName':'t'}");
    cr_assert(bus_is(&bus, "tags", "{'a':'b'}"));
    cr_assert_str_eq(bus_deploy(&bus, "AWS::Logs::LogGroup", "t", "{'LogGroupName':'t'}"), "");
    bus_ok(&bus, "logs", "DescribeLogGroups", "{'logGroupNamePrefix':'t'}");
    cr_assert(bus_is(&bus, "logGroups.0.retentionInDays", ""));
    cr_assert_str_eq(
        bus_deploy(&bus, "AWS::Logs::LogStream", "s", "{'LogGroupName':'t','LogStreamName':'s'}"),
        "");
    bus_ok(&bus, "logs", "DescribeLogStreams", "{'logGroupName':'t'}");
    cr_assert(bus_is(&bus, "logStreams.0.logStreamName", "'s'"));
    cr_assert_str_eq(
        bus_deploy(
            &bus, "AWS::Logs::SubscriptionFilter", "sub",
            "{'LogGroupName':'/aws/lambda/later','FilterPattern':'x','DestinationArn':'" FUNCTION
            "'}"),
        "");
    bus_ok(&bus, "logs", "DescribeSubscriptionFilters", "{'logGroupName':'/aws/lambda/later'}");
    cr_assert(bus_is(&bus, "subscriptionFilters.0.filterName", "'sub'"));
    cr_assert_str_eq(
        bus_deploy(
            &bus, "AWS::Logs::MetricFilter", "met",
            "{'LogGroupName':'t','FilterPattern':'x','MetricTransformations':[{'MetricName':'m',"
            "'MetricNamespace':'app','MetricValue':'1','DefaultValue':'0'}]}"),
        "");
    bus_ok(&bus, "logs", "DescribeMetricFilters", "{'logGroupName':'t'}");
    cr_assert(bus_is(&bus, "metricFilters.0.metricTransformations.0.defaultValue", "0"));
    bus_advance(&bus, 1000);
    cr_assert_str_eq(bus_deploy(&bus, "AWS::Logs::LogGroup", "t", "{'LogGroupName':'t'}"), "");
    /* A deployment without them takes the filters away. */
    bus_ok(&bus, "logs", "DescribeMetricFilters", "{'logGroupName':'t'}");
    cr_assert(bus_is(&bus, "metricFilters", "[]"));
    bus_ok(&bus, "logs", "DescribeSubscriptionFilters", "{'logGroupName':'/aws/lambda/later'}");
    cr_assert(bus_is(&bus, "subscriptionFilters", "[]"));
    const char *fault =
        bus_deploy(&bus, "AWS::Logs::SubscriptionFilter", "bad",
                   "{'LogGroupName':'t','FilterPattern':'{','DestinationArn':'" FUNCTION "'}");
    cr_assert_not_null(
        strstr(fault, "template.yaml:1:1: bad: InvalidParameterException: If a filter pattern"),
        "%s", fault);
    end(&bus, &seen);
}
