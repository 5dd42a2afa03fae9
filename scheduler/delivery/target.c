#include "scheduler/delivery/target.h"

#include "core/clock.h"
#include "core/encode.h"
#include "core/http/client.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "scheduler/arn.h"
#include "scheduler/async/async.h"
#include "scheduler/delivery/deliveries.h"
#include "scheduler/delivery/universal.h"

#include <assert.h>

#define BODY_MAX                                                                                   \
    (48U << 20) /* of a request in process: six bytes for each of the longest payload */

/* One request on its way. */
struct sending {
    struct scheduler *scheduler;
    struct arena arena;
    struct target_request request;
    struct arn arn;
    struct buf body;
    target_sent_fn *on_sent;
    void *ctx;
    bool has_log_stream;
};

struct target_service {
    const char *name;    /* the ARN's third part */
    const char *service; /* as the edge knows it */
    const char *operation;
    void (*write)(struct sending *sending); /* fills `body` */
    void (*send)(struct sending *sending);  /* NULL: one call of the operation with `body` */
};

static void finish(struct sending *sending, const struct target_result *result)
{
    sending->on_sent(sending->ctx, result);
    buf_finish(&sending->body);
    arena_finish(&sending->arena);
    mem_free(sending);
}

/* --- what came back --- */

static enum retry_cause cause_of(int http_status)
{
    if (http_status == 429) {
        return RETRY_AFTER_THROTTLE;
    }
    return http_status >= 500 ? RETRY_AFTER_ERROR : RETRY_NEVER;
}

static struct slice between(struct slice xml, const char *open, const char *close)
{
    size_t at = slice_search(xml, slice_from(open));
    if (at == SLICE_NPOS) {
        return SLICE("");
    }
    struct slice rest = slice_skip(xml, at + strlen(open));
    size_t end = slice_search(rest, slice_from(close));
    return end == SLICE_NPOS ? SLICE("") : slice_take(rest, end);
}

/* Code and message of an error, whichever way the service tells them. */
static void read_error(struct sending *sending, struct http_headers headers, struct slice body,
                       struct target_result *result)
{
    struct arena *arena = &sending->arena;
    if (json_raw_kind(slice_trim(body)) == JSON_OBJECT) {
        struct slice type = http_header_get(headers, "x-amzn-errortype");
        result->code = type.len > 0 ? type : json_text_member(arena, body, "__type");
        size_t hash = slice_rfind(result->code, '#');
        result->code = hash != SLICE_NPOS ? slice_skip(result->code, hash + 1) : result->code;
        result->message = json_text_member(arena, body, "message");
        if (result->message.len == 0) {
            result->message = json_text_member(arena, body, "Message");
        }
        return;
    }
    result->code = between(body, "<Code>", "</Code>");
    result->message = between(body, "<Message>", "</Message>");
}

/* An entry of PutEvents may fail although the call did not. */
static void read_entry_error(struct sending *sending, struct slice body,
                             struct target_result *result)
{
    struct json_scan scan = json_scan_array(json_raw_member(body, "Entries"));
    struct slice entry;
    if (json_i64_member(body, "FailedEntryCount", 0) != 0 && json_scan_element(&scan, &entry)) {
        result->is_taken = false;
        result->cause = RETRY_NEVER;
        result->code = json_text_member(&sending->arena, entry, "ErrorCode");
        result->message = json_text_member(&sending->arena, entry, "ErrorMessage");
    }
}

static void on_reply(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct sending *sending = ctx;
    struct target_result result = {.is_taken = http_status >= 200 && http_status < 300,
                                   .code = SLICE(""),
                                   .message = SLICE("")};
    if (http_status == 0) {
        result.cause = RETRY_NEVER;
        result.code = SLICE("UnknownOperationException");
        result.message = SLICE("sls-local does not have this service.");
    } else if (!result.is_taken) {
        result.cause = cause_of(http_status);
        read_error(sending, headers, body, &result);
    } else if (slice_is(sending->arn.service, "events")) {
        read_entry_error(sending, body, &result);
    }
    finish(sending, &result);
}

/* --- requests in process --- */

#define CALL_HEADERS_MAX 4

/* The trace goes along, so that the service hands it on and a loop is noticed. */
static void call(struct sending *sending, const struct target_service *service,
                 struct http_headers given, const struct http_header *path_params,
                 api_reply_fn *on_answer)
{
    struct http_header headers[CALL_HEADERS_MAX];
    size_t count = 0;
    assert(given.count < CALL_HEADERS_MAX);
    while (count < given.count) {
        headers[count] = given.items[count];
        count++;
    }
    if (sending->request.trace.len > 0) {
        headers[count++] = (struct http_header){SLICE("X-Amzn-Trace-Id"), sending->request.trace};
    }
    const struct api_internal_request request = {
        .service = slice_from(service->service),
        .operation = slice_from(service->operation),
        .headers = {headers, count},
        .path_params = path_params,
        .body = buf_slice(&sending->body),
    };
    api_internal_call(sending->scheduler->edge, &request, on_answer, sending);
}

/* The parameters' members, as they are. */
static void copy_parameters(struct json_writer *w, struct slice parameters)
{
    struct json_scan scan = json_scan_object(parameters);
    struct slice key, value;
    while (json_scan_member(&scan, &key, &value)) {
        json_write_key(w, key);
        json_write_raw(w, value);
    }
}

static void write_message(struct sending *sending)
{
    const struct scheduler *scheduler = sending->scheduler;
    struct json_writer w = json_writer_init(&sending->body);
    json_open(&w, '{');
    json_key_text(&w, "QueueUrl");
    json_write_string(&w, arena_printf(&sending->arena, "%s/%.*s/%.*s", scheduler->options.edge_url,
                                       SLICE_ARG(sending->arn.account),
                                       SLICE_ARG(sending->arn.resource)));
    json_put_string(&w, "MessageBody", sending->request.payload);
    copy_parameters(&w, sending->request.parameters);
    json_close(&w, '}');
}

/* A stream's Data is base64 of the payload. */
static void write_record(struct sending *sending)
{
    AUTO_BUF data = BUF_INIT(BODY_MAX);
    base64_encode(&data, sending->request.payload);
    struct json_writer w = json_writer_init(&sending->body);
    json_open(&w, '{');
    json_put_string(&w, "StreamARN", sending->request.target);
    json_put_string(&w, "Data", buf_slice(&data));
    copy_parameters(&w, sending->request.parameters);
    json_close(&w, '}');
}

/* The members of an event envelope, as an entry of PutEvents has them. */
static void write_entry(struct sending *sending)
{
    static const struct {
        const char *envelope, *entry;
    } members[] = {{"source", "Source"}, {"detail-type", "DetailType"}, {"resources", "Resources"}};
    struct slice event = sending->request.payload;
    struct slice raw;
    int64_t time_ms;
    struct json_writer w = json_writer_init(&sending->body);
    json_open(&w, '{');
    json_key_text(&w, "Entries");
    json_open(&w, '[');
    json_open(&w, '{');
    json_put_string(&w, "EventBusName", sending->request.target);
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        if (json_raw_find(event, members[i].envelope, &raw)) {
            json_put_raw(&w, members[i].entry, raw);
        }
    }
    if (time_parse_iso8601(json_text_member(&sending->arena, event, "time"), &time_ms)) {
        json_put_i64(&w, "Time", time_ms / 1000);
    }
    json_put_string(&w, "Detail", json_raw_find(event, "detail", &raw) ? raw : SLICE("{}"));
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
}

static const struct target_service bus_service = {"events", "events", "PutEvents", NULL, NULL};
static const struct target_service api_destination_service = {"events", "events",
                                                              "InvokeApiDestination", NULL, NULL};

/* A bus, or an API destination, which the same service reaches. */
static void send_to_events(struct sending *sending)
{
    const struct target_service *service = &bus_service;
    if (slice_starts_with(sending->arn.resource, SLICE("api-destination/"))) {
        struct json_writer w = json_writer_init(&sending->body);
        service = &api_destination_service;
        json_open(&w, '{');
        json_put_string(&w, "ApiDestinationArn", sending->request.target);
        json_put_string(&w, "Payload", sending->request.payload);
        if (sending->request.parameters.len > 0) {
            json_put_raw(&w, "HttpParameters", sending->request.parameters);
        }
        json_close(&w, '}');
    } else {
        write_entry(sending);
    }
    call(sending, service, (struct http_headers){NULL, 0}, NULL, on_reply);
}

/* In process a query service takes JSON. */
static void write_notification(struct sending *sending)
{
    struct json_writer w = json_writer_init(&sending->body);
    json_open(&w, '{');
    json_put_string(&w, "TopicArn", sending->request.target);
    json_put_string(&w, "Message", sending->request.payload);
    copy_parameters(&w, sending->request.parameters);
    json_close(&w, '}');
}

/* --- Invoke, asynchronously: the answer comes when the event is kept --- */

static const struct target_service function_service = {"lambda", "lambda", "Invoke", NULL, NULL};

static void send_to_function(struct sending *sending)
{
    const struct http_header headers[] = {
        {SLICE("X-Amz-Invocation-Type"), SLICE("Event")},
        {SLICE("X-Sls-Source"), sending->request.source},
    };
    const struct http_header path_params[] = {{SLICE("FunctionName"), sending->request.target},
                                              {SLICE_NULL, SLICE_NULL}};
    async_check_permission(sending->scheduler->async, sending->request.target,
                           sending->request.source_arn);
    buf_append(&sending->body, sending->request.payload);
    call(sending, &function_service, (struct http_headers){headers, COUNT_OF(headers)}, path_params,
         on_reply);
}

/* --- PutLogEvents: a stream of the day for each target --- */

static const struct target_service log_stream_service = {"logs", "logs", "CreateLogStream", NULL,
                                                         NULL};
static const struct target_service log_events_service = {"logs", "logs", "PutLogEvents", NULL,
                                                         NULL};

static void put_log_events(struct sending *sending);

/* There already is as good as made. */
static void on_log_stream(void *ctx, int http_status, struct http_headers headers,
                          struct slice body)
{
    struct sending *sending = ctx;
    (void)http_status;
    (void)headers;
    (void)body;
    sending->has_log_stream = true;
    put_log_events(sending);
}

static void put_log_events(struct sending *sending)
{
    /* log-group:NAME or log-group:NAME:* */
    struct slice group = slice_skip(sending->arn.resource, sizeof "log-group:" - 1);
    group = slice_take(group, slice_find(group, ':'));
    int64_t now_ms = scheduler_now_ms(sending->scheduler);
    char day[TIME_TEXT_MAX];
    buf_clear(&sending->body);
    struct json_writer w = json_writer_init(&sending->body);
    json_open(&w, '{');
    json_put_string(&w, "logGroupName", group);
    json_put_text(&w, "logStreamName", time_path_date(day, now_ms));
    if (!sending->has_log_stream) {
        json_close(&w, '}');
        call(sending, &log_stream_service, (struct http_headers){NULL, 0}, NULL, on_log_stream);
        return;
    }
    json_key_text(&w, "logEvents");
    json_open(&w, '[');
    json_open(&w, '{');
    json_put_i64(&w, "timestamp", now_ms);
    json_put_string(&w, "message", sending->request.payload);
    json_close(&w, '}');
    json_close(&w, ']');
    json_close(&w, '}');
    call(sending, &log_events_service, (struct http_headers){NULL, 0}, NULL, on_reply);
}

/* --- PutObject: the failure record of a mapping or an asynchronous invocation --- */

static const struct target_service object_service = {"s3", "s3", "PutObject", NULL, NULL};

static void send_to_bucket(struct sending *sending)
{
    const struct http_header path_params[] = {
        {SLICE("Bucket"), sending->arn.resource},
        {SLICE("Key"), json_text_member(&sending->arena, sending->request.parameters, "Key")},
        {SLICE_NULL, SLICE_NULL}};
    const struct http_header type = {SLICE("Content-Type"), SLICE("application/json")};
    buf_append(&sending->body, sending->request.payload);
    call(sending, &object_service, (struct http_headers){&type, 1}, path_params, on_reply);
}

/* --- universal targets: the payload is the operation's input --- */

static void send_to_operation(struct sending *sending)
{
    const struct api_internal_request request =
        universal_call(&sending->arena, sending->arn.resource, sending->request.payload);
    api_internal_call(sending->scheduler->edge, &request, on_reply, sending);
}

/* --- HTTP(S) endpoints --- */

static bool is_url(struct slice target)
{
    return slice_starts_with(target, SLICE("http://")) ||
           slice_starts_with(target, SLICE("https://"));
}

static void on_http_done(void *ctx, enum status status, const struct http_client_response *response,
                         const struct fault *fault)
{
    struct sending *sending = ctx;
    struct target_result result = {.is_taken = false, .code = SLICE(""), .message = SLICE("")};
    if (status == STATUS_OK) {
        result.is_taken = response->status >= 200 && response->status < 300;
        result.cause = cause_of(response->status);
        result.code = arena_printf(&sending->arena, "HTTP%d", response->status);
        result.message = slice_from(http_status_text(response->status));
    } else {
        result.cause = RETRY_AFTER_ERROR;
        result.code = SLICE("ConnectionFailed");
        result.message = slice_from(fault->text);
    }
    finish(sending, &result);
}

/* {"Headers":{"Content-Type":"text/plain"},"Method":"PUT"}; POST when nothing is said. */
static void send_to_url(struct sending *sending)
{
    struct slice parameters = sending->request.parameters;
    struct slice method = json_text_member(&sending->arena, parameters, "Method");
    struct json_scan scan = json_scan_object(json_raw_member(parameters, "Headers"));
    struct slice key, value;
    struct http_header headers[64];
    size_t count = 0;
    while (count < COUNT_OF(headers) && json_scan_member(&scan, &key, &value)) {
        if (json_raw_key(&sending->arena, key, &headers[count].name) &&
            json_raw_string(&sending->arena, value, &headers[count].value)) {
            count++;
        }
    }
    const struct http_client_request request = {
        .method = method.len > 0 ? method : SLICE("POST"),
        .url = sending->request.target,
        .headers = {headers, count},
        .body = sending->request.payload,
        .timeout_ms = 15000,
    };
    http_client_send(deliveries_http(sending->scheduler->deliveries), &request, on_http_done,
                     sending);
}

/* --- the table --- */

static const struct target_service services[] = {
    {"lambda", "lambda", "Invoke", NULL, send_to_function},
    {"sqs", "sqs", "SendMessage", write_message, NULL},
    {"sns", "sns", "Publish", write_notification, NULL},
    {"events", NULL, NULL, NULL, send_to_events},
    {"kinesis", "kinesis", "PutRecord", write_record, NULL},
    {"logs", "logs", "PutLogEvents", NULL, put_log_events},
    {"s3", "s3", "PutObject", NULL, send_to_bucket},
    {"scheduler", NULL, NULL, NULL, send_to_operation},
};

static const struct target_service *find_service(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(services); i++) {
        if (slice_is(name, services[i].name)) {
            return &services[i];
        }
    }
    return NULL;
}

enum status target_check(struct slice target, struct fault *reterr)
{
    struct arn arn;
    if (is_url(target)) {
        return STATUS_OK;
    }
    if (target.len > TARGET_ARN_MAX || !arn_parse(target, &arn)) {
        return fault_set(reterr, STATUS_INVALID, "'%.*s' is neither an ARN nor a URL",
                         SLICE_ARG(slice_take(target, TARGET_ARN_MAX)));
    }
    if (find_service(arn.service) == NULL) {
        return fault_set(reterr, STATUS_UNSUPPORTED,
                         "sls-local does not deliver to the service '%.*s'",
                         SLICE_ARG(arn.service));
    }
    return slice_is(arn.service, "scheduler") ? universal_check(arn.resource, reterr) : STATUS_OK;
}

static struct target_request copy_request(struct arena *arena, const struct target_request *request)
{
    return (struct target_request){
        .target = arena_copy(arena, request->target),
        .payload = arena_copy(arena, request->payload),
        .parameters = arena_copy(arena, request->parameters),
        .source = arena_copy(arena, request->source),
        .source_arn = arena_copy(arena, request->source_arn),
        .trace = arena_copy(arena, request->trace),
    };
}

/* What target_check() refuses is told the way a service would: later. */
static void on_refused(void *ctx, int http_status, struct http_headers headers, struct slice body)
{
    struct sending *sending = ctx;
    struct fault fault = {.text = ""};
    (void)http_status;
    (void)headers;
    (void)body;
    enum status status = target_check(sending->request.target, &fault);
    const struct target_result result = {.is_taken =
                                             status == STATUS_OK, /* it never is: that is why */
                                         .cause = RETRY_NEVER,
                                         .code = SLICE("INVALID_TARGET"),
                                         .message = slice_from(fault.text)};
    finish(sending, &result);
}

void target_send(struct scheduler *scheduler, const struct target_request *request,
                 target_sent_fn *on_sent, void *ctx)
{
    static const struct target_service none = {"", "", "", NULL, NULL};
    struct sending *sending = mem_zalloc(sizeof *sending);
    sending->scheduler = scheduler;
    sending->on_sent = on_sent;
    sending->ctx = ctx;
    arena_init(&sending->arena, request->payload.len + 1024);
    buf_init(&sending->body, BODY_MAX);
    sending->request = copy_request(&sending->arena, request);
    if (is_url(sending->request.target)) {
        send_to_url(sending);
        return;
    }
    const struct target_service *service = NULL;
    if (target_check(sending->request.target, NULL) == STATUS_OK &&
        arn_parse(sending->request.target, &sending->arn)) {
        service = find_service(sending->arn.service);
    }
    if (service == NULL) {
        call(sending, &none, (struct http_headers){NULL, 0}, NULL, on_refused);
    } else if (service->send != NULL) {
        service->send(sending);
    } else {
        service->write(sending);
        call(sending, service, (struct http_headers){NULL, 0}, NULL, on_reply);
    }
}
