#include "support.h"

#include "core/json_writer.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#include <ctype.h>
#include <signal.h>

/* --- the fakes --- */

static void op_echo(struct api_call *call, void *ctx)
{
    (void)ctx;
    AUTO_BUF text = BUF_INIT(1 << 20);
    buf_printf(&text, "%s|", api_operation(call)->name);
    static const char *const params[] = {"FunctionName", "Bucket", "Key", "Resource", "Uuid"};
    for (size_t i = 0; i < COUNT_OF(params); i++) {
        struct slice value = api_path_param(call, params[i]);
        if (value.ptr != NULL) {
            buf_printf(&text, "%s=%.*s|", params[i], SLICE_ARG(value));
        }
    }
    struct http_headers query = api_query_params(call);
    for (size_t i = 0; i < query.count; i++) {
        buf_printf(&text, "%.*s=%.*s|", SLICE_ARG(query.items[i].name),
                   SLICE_ARG(query.items[i].value));
    }
    buf_append(&text, api_body(call));
    struct http_header type = {SLICE("Content-Type"), SLICE("text/plain")};
    api_reply_raw(call, 200, (struct http_headers){&type, 1}, buf_slice(&text));
}

static void op_result(struct api_call *call, void *ctx)
{
    (void)ctx;
    bool is_json = api_call_protocol(call) == API_JSON || api_call_protocol(call) == API_REST_JSON;
    if (is_json) {
        api_reply_json(call, 200, SLICE("{\"ok\":true}"));
    } else {
        api_reply_xml(call, 200, SLICE("<Ok>true</Ok>"));
    }
}

static void op_empty(struct api_call *call, void *ctx)
{
    (void)ctx;
    api_reply_empty(call, 200);
}

static void op_fail(struct api_call *call, void *ctx)
{
    (void)ctx;
    struct fault fault;
    (void)fault_set(&fault, STATUS_NOT_FOUND, "no \"such\" <thing>");
    api_reply_fault(call, &fault);
}

static void op_crash(struct api_call *call, void *ctx)
{
    (void)ctx;
    struct fault fault;
    (void)fault_set(&fault, STATUS_INTERNAL, "bug");
    api_reply_fault(call, &fault);
}

static void on_gone(void *ctx, struct api_call *call)
{
    struct fixture *fixture = ctx;
    cr_assert_eq(call, fixture->held);
    fixture->saw_gone = true;
}

static void op_hold(struct api_call *call, void *ctx)
{
    struct fixture *fixture = ctx;
    fixture->held = call;
    api_on_gone(call, on_gone, fixture);
}

static bool on_stream_data(void *ctx, struct http_exchange *exchange, struct slice bytes)
{
    (void)ctx;
    (void)http_stream_write(exchange, bytes);
    return true;
}

static void on_stream_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    struct api_call *call = ctx;
    cr_assert_eq(exchange, api_exchange(call));
    cr_assert_eq(status, STATUS_OK);
    api_stream_end(call, (struct http_headers){NULL, 0});
}

/* Sends back what it reads, as it comes. */
static void op_stream(struct api_call *call, void *ctx)
{
    (void)ctx;
    struct http_header type = {SLICE("Content-Type"), SLICE("text/plain")};
    http_stream_begin(api_exchange(call), 200,
                      api_stream_headers(call, (struct http_headers){&type, 1}), -1);
    struct http_reader reader = {on_stream_data, on_stream_end, call};
    http_read_stream(api_exchange(call), &reader);
}

static const struct wire_error errors[STATUS_COUNT] = {
    [STATUS_NOT_FOUND] = {404, "ThingNotFound"},
};

static const struct api_op plain_ops[] = {
    {"Echo", op_echo, NULL, NULL, false},   {"Result", op_result, NULL, NULL, false},
    {"Empty", op_empty, NULL, NULL, false}, {"Fail", op_fail, NULL, NULL, false},
    {"Crash", op_crash, NULL, NULL, false}, {"Hold", op_hold, NULL, NULL, false},
    {"Missing", NULL, NULL, NULL, false},   {NULL, NULL, NULL, NULL, false},
};

static const struct api_op function_ops[] = {
    {"Invoke", op_echo, "POST", "/2015-03-31/functions/{FunctionName}/invocations", false},
    {"ListFunctions", op_echo, "GET", "/2015-03-31/functions", false},
    {"GetFunction", op_echo, "GET", "/2015-03-31/functions/{FunctionName}", false},
    {"CreateFunction", NULL, "POST", "/2015-03-31/functions", false},
    {"GetPolicy", op_fail, "GET", "/2015-03-31/functions/{FunctionName}/policy", false},
    {"GetAccountSettings", op_result, "GET", "/2016-08-19/account-settings", false},
    {"Stream", op_stream, "POST", "/2021-11-15/stream", true},
    {NULL, NULL, NULL, NULL, false},
};

static const struct api_op object_ops[] = {
    {"ListBuckets", op_echo, "GET", "/", false},
    {"CreateBucket", op_echo, "PUT", "/{Bucket}", false},
    {"ListObjects", op_echo, "GET", "/{Bucket}", false},
    {"ListObjectsV2", op_echo, "GET", "/{Bucket}?list-type=2", false},
    {"GetBucketAcl", NULL, "GET", "/{Bucket}?acl", false},
    {"GetObject", op_echo, "GET", "/{Bucket}/{Key+}", false},
    {"PutObject", op_echo, "PUT", "/{Bucket}/{Key+}", false},
    {"GetObjectTagging", op_result, "GET", "/{Bucket}/{Key+}?tagging", false},
    {"DeleteObject", op_fail, "DELETE", "/{Bucket}/{Key+}", false},
    {NULL, NULL, NULL, NULL, false},
};

static const char *const dynamodb_names[] = {"dynamodb", NULL};
static const char *const dynamodb_targets[] = {"DynamoDB_20120810", "DynamoDBStreams_20120810",
                                               NULL};
static const char *const sqs_names[] = {"sqs", NULL};
static const char *const sqs_targets[] = {"AmazonSQS", NULL};
static const char *const sns_names[] = {"sns", NULL};
static const char *const ec2_names[] = {"ec2", NULL};
static const char *const events_names[] = {"events", NULL};
static const char *const events_targets[] = {"AWSEvents", NULL};
static const char *const function_names[] = {"lambda", NULL};
static const char *const object_names[] = {"s3", NULL};

static const struct api_service services[] = {
    {.name = "dynamodb",
     .signing_names = dynamodb_names,
     .target_prefixes = dynamodb_targets,
     .protocol = API_JSON,
     .json_version = "1.0",
     .ops = plain_ops,
     .errors = errors,
     .sends_crc32 = true},
    {.name = "sqs",
     .signing_names = sqs_names,
     .target_prefixes = sqs_targets,
     .xml_namespace = "http://queue.amazonaws.com/doc/2012-11-05/",
     .query_version = "2012-11-05",
     .protocol = API_JSON,
     .also_query = true,
     .json_version = "1.0",
     .ops = plain_ops,
     .errors = errors},
    {.name = "sns",
     .signing_names = sns_names,
     .xml_namespace = "http://sns.amazonaws.com/doc/2010-03-31/",
     .query_version = "2010-03-31",
     .protocol = API_QUERY,
     .ops = plain_ops,
     .errors = errors},
    {.name = "ec2",
     .signing_names = ec2_names,
     .xml_namespace = "http://ec2.amazonaws.com/doc/2016-11-15/",
     .query_version = "2016-11-15",
     .protocol = API_EC2,
     .ops = plain_ops,
     .errors = errors},
    {.name = "events",
     .signing_names = events_names,
     .target_prefixes = events_targets,
     .protocol = API_JSON,
     .json_version = "1.1",
     .ops = plain_ops,
     .errors = errors},
    {.name = "functions",
     .signing_names = function_names,
     .protocol = API_REST_JSON,
     .ops = function_ops,
     .errors = errors},
    {.name = "objects",
     .signing_names = object_names,
     .protocol = API_REST_XML,
     .has_buckets = true,
     .ops = object_ops,
     .errors = errors},
};

/* --- the fixture --- */

void fixture_init_with(struct fixture *fixture, struct edge_options options)
{
    *fixture = (struct fixture){0};
    (void)signal(SIGPIPE, SIG_IGN);
    buf_init(&fixture->received, 1 << 24);
    cr_assert_eq(uv_loop_init(&fixture->loop), 0);
    clock_init_manual(&fixture->clock, INT64_C(784111777000)); /* Sun, 06 Nov 1994 08:49:37 GMT */
    log_init(&fixture->log, &fixture->clock, LOG_OFF);
    fixture->context = (struct context){&fixture->loop, &fixture->clock, &fixture->log, NULL, NULL};
    options.region = "us-east-1";
    options.account_id = "000000000000";
    fixture->edge = edge_create(&fixture->context, &options);
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        edge_register(fixture->edge, &services[i], fixture);
    }
    struct fault fault;
    cr_assert_eq(edge_listen(fixture->edge, "127.0.0.1", 0, &fixture->port, &fault), STATUS_OK,
                 "%s", fault.text);
}

void fixture_init(struct fixture *fixture)
{
    fixture_init_with(fixture, (struct edge_options){0});
}

static void on_closed(void *ctx)
{
    struct fixture *fixture = ctx;
    fixture->is_closed = true;
}

void fixture_finish(struct fixture *fixture)
{
    edge_destroy(fixture->edge, 0, on_closed, fixture);
    uint64_t deadline = talk_deadline();
    while (!fixture->is_closed) {
        talk_pump_until(&fixture->loop, deadline);
    }
    cr_assert_eq(uv_run(&fixture->loop, UV_RUN_NOWAIT), 0, "something still lives on the loop");
    cr_assert_eq(uv_loop_close(&fixture->loop), 0);
    buf_finish(&fixture->received);
}

const char *talk(struct fixture *fixture, const char *request)
{
    return talk_all(&fixture->loop, fixture->port, slice_from(request), &fixture->received);
}

const struct http_request *parse_request(struct arena *arena, const char *method,
                                         const char *target, const char *headers)
{
    struct http_request *request = arena_alloc(arena, sizeof(*request));
    struct http_header *items = arena_array(arena, 16, sizeof(*items));
    request->method = slice_from(method);
    request->target = slice_from(target);
    size_t question = slice_find(request->target, '?');
    request->path = slice_take(request->target, question);
    request->query = question != SLICE_NPOS ? slice_skip(request->target, question + 1) : SLICE("");
    struct slice line;
    struct slice rest = slice_from(headers);
    while (slice_split(&rest, '\n', &line)) {
        size_t colon = slice_find(line, ':');
        if (colon != SLICE_NPOS) {
            items[request->headers.count++] = (struct http_header){
                slice_take(line, colon), slice_trim(slice_skip(line, colon + 1))};
        }
    }
    request->headers.items = items;
    request->has_body = http_header_get(request->headers, "content-length").ptr != NULL;
    return request;
}

static bool is_uuid_at(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i])) {
            return false;
        }
    }
    return true;
}

/* S3's: 16 upper-case hex digits. */
static bool is_short_id_at(const char *text)
{
    return strspn(text, "0123456789ABCDEF") == 16;
}

const char *without_ids(struct arena *arena, const char *text)
{
    char *out = arena_cstr(arena, slice_from(text));
    size_t len = 0;
    while (*text != '\0') {
        size_t id_len = is_uuid_at(text) ? 36 : is_short_id_at(text) ? 16 : 0;
        if (id_len > 0) {
            out[len++] = 'I';
            out[len++] = 'D';
            text += id_len;
        } else {
            out[len++] = *text++;
        }
    }
    out[len] = '\0';
    return out;
}
