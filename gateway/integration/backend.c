#include "gateway/integration/backend.h"

#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/integration/parameters.h"
#include "gateway/integration/rest_value.h"
#include "gateway/integration/service_request.h"
#include "gateway/limits.h"

#define COMPLAINT_MAX 256u /* bytes of what a backend said, for the report */

/* --- what templates see --- */

static struct vtl_params params_of(struct arena *arena, const struct fields *fields)
{
    struct vtl_param *items = arena_array(arena, fields->count, sizeof *items);
    for (size_t i = 0; i < fields->count; i++) {
        items[i] = (struct vtl_param){fields->items[i].name, fields->items[i].value};
    }
    return (struct vtl_params){items, fields->count};
}

static struct vtl_params path_params(const struct event_input *in)
{
    const struct route_pattern *pattern = &in->route->pattern;
    struct vtl_param *items = arena_array(in->arena, pattern->param_count, sizeof *items);
    for (size_t i = 0; i < pattern->param_count; i++) {
        items[i] = (struct vtl_param){pattern->param_names[i],
                                      percent_decode(in->arena, in->values[i], false)};
    }
    return (struct vtl_params){items, pattern->param_count};
}

static struct vtl_params header_params(const struct event_input *in)
{
    struct vtl_param *items = arena_array(in->arena, in->headers.count, sizeof *items);
    for (size_t i = 0; i < in->headers.count; i++) {
        items[i] = (struct vtl_param){in->headers.items[i].name, in->headers.items[i].value};
    }
    return (struct vtl_params){items, in->headers.count};
}

static struct vtl_params stage_params(const struct event_input *in)
{
    struct slice key, value, all = in->stage->variables_json;
    size_t count = 0;
    for (struct json_scan scan = json_scan_object(all); json_scan_member(&scan, &key, &value);) {
        count++;
    }
    struct vtl_param *items = arena_array(in->arena, count, sizeof *items);
    count = 0;
    for (struct json_scan scan = json_scan_object(all); json_scan_member(&scan, &key, &value);) {
        count += json_raw_key(in->arena, key, &items[count].name) &&
                 json_raw_string(in->arena, value, &items[count].value);
    }
    return (struct vtl_params){items, count};
}

/* The requestContext of a proxy event is $context. */
static struct slice context_json(const struct event_input *in)
{
    static const struct slice key = SLICE_INIT("\"requestContext\":");
    if (in->context.len > 0) {
        return in->context;
    }
    AUTO_BUF out = BUF_INIT(1024 * 1024);
    event_put_rest_context(&out, in);
    struct slice text = slice_skip(buf_slice(&out), key.len);
    return arena_copy(in->arena, slice_take(text, text.len - 1));
}

enum status backend_render(struct asking *asking, const struct event_input *in,
                           const struct vtl_template *vtl, struct slice *body, struct fault *reterr)
{
    struct fields query;
    fields_parse_query(&query, in->arena, in->query, true);
    const struct vtl_input input = {
        .body = *body,
        .path = path_params(in),
        .querystring = params_of(in->arena, &query),
        .header = header_params(in),
        .context = context_json(in),
        .stage_variables = stage_params(in),
        .overrides = asking->overrides.json,
    };
    struct fault fault;
    AUTO_BUF text = BUF_INIT(RESPONSE_LEN_MAX);
    enum status status = vtl_render(vtl, &input, in->arena, &text, &asking->overrides, &fault);
    if (status != STATUS_OK) {
        return fault_set(reterr, status, "mapping template: %s", fault.text);
    }
    *body = arena_copy(in->arena, buf_slice(&text));
    return STATUS_OK;
}

/* --- what it answered --- */

struct slice backend_said(struct arena *arena, const struct backend_answer *answer)
{
    if (answer->status != 0) {
        return arena_printf(arena, "%d", answer->status);
    }
    if (answer->invocation == NULL || answer->invocation->outcome != INVOKE_FUNCTION_ERROR) {
        return SLICE_NULL;
    }
    struct slice message = json_text_member(arena, answer->body, "errorMessage");
    return message.ptr != NULL ? message : SLICE("");
}

struct slice backend_complaint(struct arena *arena, int status, struct slice body)
{
    struct slice text = slice_trim(slice_take(body, COMPLAINT_MAX));
    return status < 400 ? SLICE("")
                        : arena_printf(arena, "the integration answered %d%s%.*s", status,
                                       text.len > 0 ? ": " : "", SLICE_ARG(text));
}

struct slice backend_value(const struct event_input *in, const struct backend_answer *answer,
                           struct slice expression)
{
    static const struct slice header = SLICE_INIT("integration.response.header."),
                              many = SLICE_INIT("integration.response.multivalueheader."),
                              body = SLICE_INIT("integration.response.body");
    struct message message = {.arena = in->arena, .body = answer->body};
    const struct parameter_source source = {.in = in, .response = &message};
    if (slice_starts_with(expression, header) || slice_starts_with(expression, many)) {
        struct slice name =
            slice_skip(expression, slice_starts_with(expression, header) ? header.len : many.len);
        return http_header_get(answer->headers, arena_cstr(in->arena, name));
    }
    if (slice_starts_with(expression, body)) {
        return mapping_value(&source, arena_printf(in->arena, "$response.body%.*s",
                                                   SLICE_ARG(slice_skip(expression, body.len))));
    }
    return rest_value(in, expression);
}

static void fail(struct asking *asking, enum refusal refusal, struct slice reason)
{
    const struct backend_answer answer = {.has_failed = true, .refusal = refusal, .reason = reason};
    asking->on_done(asking->ctx, &answer);
}

/* --- functions --- */

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    const struct asking *asking = ctx;
    struct backend_answer answer = {.body = result->payload, .invocation = result};
    if (result->outcome != INVOKE_OK && result->outcome != INVOKE_FUNCTION_ERROR) {
        answer.has_failed = true;
        answer.refusal = refusal_of_outcome(result, &answer.reason);
    }
    asking->on_done(asking->ctx, &answer);
}

static void on_accepted(void *ctx, enum status status)
{
    struct asking *asking = ctx;
    const struct backend_answer answer = {.body = SLICE("")};
    if (status != STATUS_OK) {
        fail(asking, REFUSAL_INTERNAL, SLICE("the invocation could not be kept"));
    } else {
        asking->on_done(asking->ctx, &answer);
    }
}

static void invoke_function(struct asking *asking, struct slice payload)
{
    const struct backends *backends = asking->backends;
    buf_clear(asking->payload);
    buf_append(asking->payload, payload);
    struct invoke_request request = {
        .function = asking->target->function,
        .qualifier = asking->target->qualifier,
        .payload = buf_slice(asking->payload),
        .trace_id = asking->trace,
        .source = asking->source,
    };
    if (asking->route->backend.is_async && backends->async.accept != NULL) {
        request.source = SLICE("api");
        backends->async.accept(backends->async.ctx, &request, on_accepted, asking);
        return;
    }
    invoker_invoke(&backends->invoker, &request, on_invoked, asking);
}

/* --- backends of HTTP --- */

static void on_answer(void *ctx, enum status status, const struct http_client_response *response,
                      const struct fault *fault)
{
    struct asking *asking = ctx;
    if (status == STATUS_OK) {
        const struct backend_answer answer = {
            .status = response->status, .headers = response->headers, .body = response->body};
        asking->on_done(asking->ctx, &answer);
    } else {
        fail(asking, status == STATUS_TIMEOUT ? REFUSAL_TIMEOUT : REFUSAL_UNREACHABLE,
             slice_from(fault != NULL ? fault->text : "integration timeout"));
    }
}

static void apply_overrides(struct message *message, const struct vtl_overrides *overrides)
{
    for (size_t i = 0; i < overrides->header.count; i++) {
        const struct vtl_override *header = &overrides->header.items[i];
        if (header->count > 0 && http_header_is_valid(header->name, header->values[0])) {
            message_set(message, header->name, header->values[0]);
        }
    }
    for (size_t i = 0; i < overrides->querystring.count; i++) {
        const struct vtl_override *query = &overrides->querystring.items[i];
        for (size_t k = 0; k < query->count; k++) {
            message_add_query(message, query->name, query->values[k]);
        }
    }
}

static void send_request(struct asking *asking, struct slice url, struct slice method,
                         const struct message *message)
{
    bool has_body =
        !slice_is(method, "GET") && !slice_is(method, "HEAD") && !slice_is(method, "OPTIONS");
    struct http_client_request request = {
        .method = method,
        .url = arena_printf(message->arena, "%.*s%s%.*s", SLICE_ARG(url),
                            message->query.len == 0              ? ""
                            : slice_find(url, '?') != SLICE_NPOS ? "&"
                                                                 : "?",
                            SLICE_ARG(message->query)),
        .headers = {message->headers, message->header_count},
        .body = has_body ? message->body : SLICE(""),
        .timeout_ms = asking->route->timeout_ms,
    };
    http_client_send(asking->backends->client, &request, on_answer, asking);
}

/* "arn:aws:apigateway:us-east-1:dynamodb:action/PutItem", "...:sqs:path/000000000000/queue". */
static bool split_service(struct slice uri, struct slice *ret_service, struct slice *ret_kind,
                          struct slice *ret_rest)
{
    struct slice part = SLICE("");
    for (int i = 0; i < 5; i++) {
        if (!slice_split(&uri, ':', &part)) {
            return false;
        }
    }
    size_t slash = slice_find(uri, '/');
    size_t dot = slice_rfind(part, '.'); /* "bucket.s3" */
    *ret_service = dot != SLICE_NPOS ? slice_skip(part, dot + 1) : part;
    *ret_kind = slice_take(uri, slash);
    *ret_rest = slash != SLICE_NPOS ? slice_skip(uri, slash + 1) : SLICE("");
    return slice_is(*ret_kind, "action") || slice_is(*ret_kind, "path");
}

static void ask_service(struct asking *asking, struct slice uri, struct message *message)
{
    const struct backends *backends = asking->backends;
    struct slice service, kind, rest;
    struct arena *arena = message->arena;
    if (!split_service(uri, &service, &kind, &rest)) {
        fail(asking, REFUSAL_INTERNAL,
             arena_printf(arena, "'%.*s' is no service integration", SLICE_ARG(uri)));
        return;
    }
    bool is_action = slice_is(kind, "action");
    if (is_action) {
        service_request_action(message, service, rest);
    }
    service_request_sign(message, slice_from(backends->region), service,
                         clock_epoch_ms(backends->clock));
    const struct integration_spec *backend = &asking->route->backend;
    send_request(
        asking,
        arena_printf(arena, "%s/%.*s", backends->edge_url, is_action ? 0 : (int)rest.len, rest.ptr),
        is_action || backend->http_method.len == 0 ? SLICE("POST") : backend->http_method, message);
}

static void go(struct asking *asking, const struct event_input *in, struct slice body)
{
    const struct integration_spec *backend = &asking->route->backend;
    struct message message = {.arena = in->arena, .body = body};
    struct slice uri = rest_apply(backend, in, backend->uri, &message);
    uri = rest_fill_uri(in, uri, &asking->overrides.path);
    apply_overrides(&message, &asking->overrides);
    if (message_get(&message, SLICE("Accept")).ptr == NULL) {
        message_add(&message, SLICE("Accept"), SLICE("application/json"));
    }
    message_set(&message, SLICE("User-Agent"),
                arena_printf(in->arena, "AmazonAPIGateway_%.*s", SLICE_ARG(in->config->id)));
    message_set(&message, SLICE("X-Amzn-Apigateway-Api-Id"), in->config->id);
    if (asking->trace.len > 0) {
        message_set(&message, SLICE("X-Amzn-Trace-Id"), asking->trace);
    }
    if (asking->route->integration == INTEGRATION_SERVICE) {
        ask_service(asking, uri, &message);
        return;
    }
    if (message_get(&message, SLICE("Content-Type")).ptr == NULL && body.len > 0) {
        message_add(&message, SLICE("Content-Type"), SLICE("application/json"));
    }
    send_request(asking, uri,
                 backend->http_method.len == 0 || slice_is(backend->http_method, "ANY")
                     ? in->method
                     : backend->http_method,
                 &message);
}

/* A WebSocket API's does without a template. */
static void mock(struct asking *asking, const struct event_input *in, struct slice text)
{
    bool is_plain =
        in->config->kind == API_WEBSOCKET && asking->route->transform->request.count == 0;
    const struct backend_answer answer = {.body = SLICE(""),
                                          .status = is_plain ? 200 : transform_mock_status(text)};
    if (answer.status == 0) {
        fail(asking, REFUSAL_INTERNAL,
             SLICE("the mock's template gave no object with an integer statusCode"));
    } else {
        asking->on_done(asking->ctx, &answer);
    }
}

void backend_ask(struct asking *asking, const struct event_input *in, struct slice body)
{
    switch (asking->route->integration) {
    case INTEGRATION_MOCK:
        mock(asking, in, body);
        return;
    case INTEGRATION_FUNCTION:
        invoke_function(asking, body);
        return;
    case INTEGRATION_HTTP:
    case INTEGRATION_HTTP_PROXY:
    case INTEGRATION_SERVICE:
        go(asking, in, body);
        return;
    case INTEGRATION_LAMBDA:
    case INTEGRATION_SUBTYPE:
    case INTEGRATION_NOT_POSTED:
    case INTEGRATION_UNSUPPORTED:
        break;
    }
    fail(asking, REFUSAL_INTERNAL, SLICE("no integration"));
}
