/* PutSubscriptionFilter and its family. */
#include "scheduler/arn.h"
#include "scheduler/logs/logs_private.h"

#define FILTER_JSON_MAX (64U << 10)

/* --- putting --- */

static void print_filter(struct buf *json, const struct record *input, const struct group *group,
                         int64_t created_ms)
{
    struct slice role = record_text(input, MEMBER_ROLE_ARN);
    struct slice distribution = record_text(input, MEMBER_DISTRIBUTION);
    struct json_writer w = json_writer_init(json);
    json_open(&w, '{');
    json_put_string(&w, "filterName", record_text(input, MEMBER_FILTER_NAME));
    json_put_string(&w, "logGroupName", group->name);
    json_put_string(&w, "filterPattern", record_text(input, MEMBER_FILTER_PATTERN));
    json_put_string(&w, "destinationArn", record_text(input, MEMBER_DESTINATION_ARN));
    if (role.ptr != NULL) {
        json_put_string(&w, "roleArn", role);
    }
    json_put_string(&w, "distribution",
                    distribution.ptr != NULL ? distribution : SLICE("ByLogStream"));
    json_put_bool(&w, "applyOnTransformedLogs", false);
    json_put_i64(&w, "creationTime", created_ms);
    json_close(&w, '}');
}

/* A filter that passes everything its own function says back to it runs for ever. */
static void warn_of_loop(const struct group *group, const struct log_filter *filter,
                         struct slice function)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice own = arena_printf(&arena, "/aws/lambda/%.*s", SLICE_ARG(function));
    if (slice_eq(own, group->name) && log_pattern_takes_all(filter->pattern)) {
        scheduler_notice(group->logs->scheduler, function,
                         "subscribes to all events of its own log group: each invocation causes "
                         "the next");
    }
}

struct putting {
    struct api_call *call;
    struct logs *logs;
    struct slice group_name;
    struct log_filter *filter;
};

/* The group may have gone while the destination was looked for. */
static void put(struct putting *putting)
{
    struct group *group = group_find(putting->logs, putting->group_name);
    if (group == NULL) {
        log_filter_destroy(putting->filter);
        logs_reply_no_group(putting->call);
        return;
    }
    log_filter_insert(&group->subscriptions, putting->filter);
    group_save(group, logs_reply_written, putting->call);
}

static void on_stream_described(void *ctx, enum status status, struct slice body,
                                const struct fault *fault)
{
    struct putting *putting = ctx;
    (void)body;
    (void)fault;
    if (status == STATUS_OK) {
        put(putting);
        return;
    }
    log_filter_destroy(putting->filter);
    logs_refuse(putting->call, "Could not deliver test message to specified Kinesis stream. Check "
                               "if the given kinesis stream is in ACTIVE state.");
}

static void find_stream(struct putting *putting, const struct arn *arn)
{
    AUTO_BUF body = BUF_INIT(4096);
    struct json_writer w = json_writer_init(&body);
    struct slice name = arn->resource;
    name = slice_starts_with(name, SLICE("stream/")) ? slice_skip(name, strlen("stream/")) : name;
    json_open(&w, '{');
    json_put_string(&w, "StreamName", name);
    json_close(&w, '}');
    service_call(putting->logs->scheduler, "kinesis", "DescribeStreamSummary", buf_slice(&body),
                 on_stream_described, putting);
}

static void find_function(struct putting *putting, const struct group *group, struct slice arn)
{
    const struct function_directory *functions = &putting->logs->scheduler->options.functions;
    struct function_facts facts;
    if (functions->find == NULL || !functions->find(functions->ctx, arn, &facts)) {
        log_filter_destroy(putting->filter);
        logs_refuse(putting->call,
                    "Could not execute the lambda function. Make sure you have given CloudWatch "
                    "Logs permission to execute your function.");
        return;
    }
    warn_of_loop(group, putting->filter, facts.name);
    put(putting);
}

void op_put_subscription_filter(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    struct fault fault;
    struct arn arn;
    AUTO_BUF json = BUF_INIT(FILTER_JSON_MAX);
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL ||
        logs_is_beyond_us(call, input)) {
        return;
    }
    struct slice name = record_text(input, MEMBER_FILTER_NAME);
    struct slice destination = record_text(input, MEMBER_DESTINATION_ARN);
    struct log_filter *old = log_filter_find(group->subscriptions, name);
    if (old == NULL && log_filter_count(group->subscriptions) == LOG_SUBSCRIPTIONS_MAX) {
        (void)fault_set(&fault, STATUS_LIMIT, "Resource limit exceeded.");
        api_reply_fault(call, &fault);
        return;
    }
    struct putting *putting = arena_alloc(api_arena(call), sizeof *putting);
    *putting = (struct putting){.call = call, .logs = ctx, .group_name = group->name};
    print_filter(&json, input, group, scheduler_now_ms(group->logs->scheduler));
    if (log_filter_parse(FILTER_SUBSCRIPTION, buf_slice(&json), &putting->filter, &fault) !=
        STATUS_OK) {
        api_reply_fault(call, &fault);
    } else if (arn_parse(destination, &arn) && slice_is(arn.service, "lambda")) {
        find_function(putting, group, destination);
    } else if (arn_parse(destination, &arn) && slice_is(arn.service, "kinesis")) {
        find_stream(putting, &arn);
    } else {
        log_filter_destroy(putting->filter);
        logs_refuse(call,
                    "sls-local delivers log events to functions and Kinesis streams only, not "
                    "to %.*s",
                    SLICE_ARG(destination));
    }
}

/* --- describing and deleting --- */

struct filter_page {
    struct slice prefix, after;
    size_t limit, count;
    bool has_more;
    struct slice last;
};

static void print_page(struct json_writer *w, const struct log_filter *filter,
                       struct filter_page *page)
{
    for (; filter != NULL && !page->has_more; filter = filter->next) {
        if (!slice_starts_with(filter->name, page->prefix) ||
            (page->after.len > 0 && slice_compare(filter->name, page->after) <= 0)) {
            continue;
        }
        page->has_more = page->count == page->limit;
        if (!page->has_more) {
            json_write_raw(w, filter->json);
            page->last = filter->name;
            page->count++;
        }
    }
}

void op_describe_subscription_filters(struct api_call *call, void *ctx)
{
    const struct record *input;
    struct group *group;
    struct filter_page page = {.count = 0};
    if (!logs_read(call, &input) || (group = logs_named_group(ctx, call, input)) == NULL ||
        !logs_page_begin(call, input, &page.after, &page.limit)) {
        return;
    }
    AUTO_BUF body = BUF_INIT(LOGS_REPLY_MAX);
    struct json_writer w = json_writer_init(&body);
    page.prefix = record_text(input, MEMBER_FILTER_NAME_PREFIX);
    json_open(&w, '{');
    json_key_text(&w, "subscriptionFilters");
    json_open(&w, '[');
    print_page(&w, group->subscriptions, &page);
    json_close(&w, ']');
    if (page.has_more) {
        logs_page_end(call, &w, page.last);
    }
    json_close(&w, '}');
    api_reply_json(call, 200, buf_slice(&body));
}

void op_delete_subscription_filter(struct api_call *call, void *ctx)
{
    logs_delete_filter(call, ctx, FILTER_SUBSCRIPTION);
}
