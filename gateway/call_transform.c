/* Non-proxy integrations of REST APIs: functions, HTTP backends, AWS services and mocks, with what is transformed around
 * them.
 *
 * A service is asked as AWS's gateway does it: an HTTP request to its endpoint, which is the edge; action/X is the POST that
 * the service's protocol has for X, path/x is that path. So what the service answers is what the client's SDK would see.
 *
 * Source  API Gateway Developer Guide, "Set up data transformations in API Gateway", "AWS service integrations". */
#include "core/encode.h"
#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/call.h"
#include "gateway/parameters.h"
#include "gateway/rest_value.h"
#include "gateway/service_request.h"
#include "gateway/transform.h"

#define URL_TEXT_MAX 16384u

/* What a request carries from its way there to its way back. */
struct transforming {
    struct vtl_overrides overrides;
    struct buf rendered;
};

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
    AUTO_BUF out = BUF_INIT(1024 * 1024);
    event_put_rest_context(&out, in);
    struct slice text = slice_skip(buf_slice(&out), key.len);
    return arena_copy(in->arena, slice_take(text, text.len - 1));
}

static struct vtl_input input_of(const struct event_input *in, struct slice body,
                                 const struct transforming *transforming)
{
    struct fields query;
    fields_parse_query(&query, in->arena, in->query, true);
    return (struct vtl_input){
        .body = body,
        .path = path_params(in),
        .querystring = params_of(in->arena, &query),
        .header = header_params(in),
        .context = context_json(in),
        .stage_variables = stage_params(in),
        .overrides = transforming->overrides.json,
    };
}

/* False when the template failed: then the request is refused. */
static bool render(struct call *call, const struct event_input *in, struct vtl_template *vtl,
                   struct slice body, struct transforming *transforming, struct slice *ret_text)
{
    struct fault fault;
    struct vtl_input input = input_of(in, body, transforming);
    buf_clear(&call->scratch);
    if (vtl_render(vtl, &input, in->arena, &call->scratch, &transforming->overrides, &fault) !=
        STATUS_OK) {
        call_refuse(call, REFUSAL_INTERNAL,
                    arena_printf(in->arena, "mapping template: %s", fault.text), NULL);
        return false;
    }
    *ret_text = arena_copy(in->arena, buf_slice(&call->scratch));
    return true;
}

/* --- the way back --- */

struct backend_answer {
    struct slice said; /* what selection patterns look at; NULL: it went well */
    struct http_headers headers;
    struct slice body;
    int mock_status; /* of a MOCK; else 0 */
};

static struct slice answer_value(const struct event_input *in, const struct backend_answer *answer,
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

static void map_headers(const struct event_input *in, const struct transform_response *chosen,
                        const struct backend_answer *answer, struct response *response)
{
    static const struct slice prefix = SLICE_INIT("method.response.header.");
    for (size_t i = 0; i < chosen->parameters.count; i++) {
        const struct name_value_pair *pair = &chosen->parameters.items[i];
        struct slice value = answer_value(in, answer, pair->value);
        struct slice name = slice_skip(pair->name, prefix.len);
        if (value.ptr != NULL && http_header_is_valid(name, value)) {
            response_set(response, name, value);
        }
    }
}

static struct slice convert(struct call *call, enum content_handling handling, struct slice body)
{
    struct arena *arena = http_arena(call->exchange);
    buf_clear(&call->scratch);
    if (handling == CONTENT_TO_TEXT && !slice_is_utf8(body)) {
        base64_encode(&call->scratch, body);
    } else if (handling != CONTENT_TO_BINARY || !base64_decode(&call->scratch, body)) {
        return body;
    }
    return arena_copy(arena, buf_slice(&call->scratch));
}

static void answer_with(struct call *call, const struct transform_response *chosen,
                        const struct backend_answer *answer, struct transforming *transforming,
                        const struct invoke_result *result)
{
    struct event_input in;
    call_event_input(call, SLICE(""), &in);
    struct slice body = convert(call, chosen->content_handling, answer->body);
    const struct transform_template *template =
        transform_choose_template(chosen, http_header_get(call->headers, "accept"));
    if (template != NULL && !render(call, &in, template->vtl, body, transforming, &body)) {
        return;
    }
    struct response response;
    response_init(&response, in.arena, chosen->status);
    response_add(&response, SLICE("Content-Type"),
                 template != NULL ? template->content_type : SLICE("application/json"));
    map_headers(&in, chosen, answer, &response);
    const struct vtl_overrides *overrides = &transforming->overrides;
    for (size_t i = 0; i < overrides->response_header.count; i++) {
        const struct vtl_override *header = &overrides->response_header.items[i];
        if (header->count > 0 && http_header_is_valid(header->name, header->values[0])) {
            response_set(&response, header->name, header->values[0]);
        }
    }
    if (overrides->response_status != 0) {
        response.status = (int)overrides->response_status;
    }
    if (call->route->integration == INTEGRATION_FUNCTION && call->trace.reply.len > 0) {
        response_add(&response, SLICE("X-Amzn-Trace-Id"), call->trace.reply);
    }
    response.body = body;
    call_answer(call, &response, result);
}

/* A mock has no answer: what chooses among its responses is its status. */
static void come_back(struct call *call, const struct backend_answer *answer,
                      struct transforming *transforming, const struct invoke_result *result)
{
    const struct transform *transform = call->route->transform;
    const struct transform_response *chosen = transform_choose_response(transform, answer->said);
    if (answer->mock_status != 0) {
        for (size_t i = 0; i < transform->response_count; i++) {
            if (transform->responses[i].status == answer->mock_status) {
                chosen = &transform->responses[i];
            }
        }
    }
    if (chosen == NULL) {
        call_refuse(call, REFUSAL_INTERNAL,
                    SLICE("no integration response is for what the backend said"), result);
        return;
    }
    answer_with(call, chosen, answer, transforming, result);
}

/* --- functions --- */

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    struct call *call = ctx;
    call->is_invoked = false;
    if (call->is_timer_open) {
        (void)uv_timer_stop(&call->timer);
    }
    if (call->exchange == NULL) {
        call_release(call);
        return;
    }
    if (result->outcome != INVOKE_OK && result->outcome != INVOKE_FUNCTION_ERROR) {
        call_answer_outcome(call, result);
        return;
    }
    struct arena *arena = http_arena(call->exchange);
    struct backend_answer answer = {.body = arena_copy(arena, result->payload)};
    if (result->outcome == INVOKE_FUNCTION_ERROR) {
        answer.said = json_text_member(arena, result->payload, "errorMessage");
        if (answer.said.ptr == NULL) {
            answer.said = SLICE("");
        }
    }
    come_back(call, &answer, call->transforming, result);
}

static void on_accepted(void *ctx, enum status status)
{
    struct call *call = ctx;
    call->is_invoked = false;
    if (call->exchange == NULL) {
        call_release(call);
    } else if (status != STATUS_OK) {
        call_refuse(call, REFUSAL_INTERNAL, SLICE("the invocation could not be kept"), NULL);
    } else {
        const struct backend_answer answer = {.body = SLICE("")};
        come_back(call, &answer, call->transforming, NULL);
    }
}

static void invoke_function(struct call *call, struct slice payload)
{
    buf_clear(&call->event);
    buf_append(&call->event, payload);
    const struct target *target = route_target(call->route, call->chosen.stage);
    struct invoke_request request = {
        .function = target->function,
        .qualifier = target->qualifier,
        .payload = buf_slice(&call->event),
        .trace_id = call->trace.event,
        .source = buf_slice(&call->label),
    };
    call->is_invoked = true;
    call->was_invoked = true;
    if (call->route->backend.is_async && call->calls->async.accept != NULL) {
        request.source = SLICE("api");
        call->calls->async.accept(call->calls->async.ctx, &request, on_accepted, call);
        return;
    }
    (void)uv_timer_start(&call->timer, call_on_timeout, call->route->timeout_ms, 0);
    invoker_invoke(&call->calls->invoker, &request, on_invoked, call);
}

/* --- backends of HTTP --- */

static void on_answer(void *ctx, enum status status, const struct http_client_response *answer,
                      const struct fault *fault)
{
    struct call *call = ctx;
    call->is_invoked = false;
    if (call->exchange == NULL) {
        call_release(call);
    } else if (status == STATUS_OK) {
        call->integration_status = answer->status;
        struct backend_answer back = {
            .said = arena_printf(http_arena(call->exchange), "%d", answer->status),
            .headers = answer->headers,
            .body = answer->body,
        };
        come_back(call, &back, call->transforming, NULL);
    } else {
        call_refuse(call, status == STATUS_TIMEOUT ? REFUSAL_TIMEOUT : REFUSAL_UNREACHABLE,
                    slice_from(fault != NULL ? fault->text : "integration timeout"), NULL);
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

static void send_request(struct call *call, struct slice url, struct slice method,
                         struct message *message)
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
        .timeout_ms = call->route->timeout_ms,
    };
    call->is_invoked = true;
    http_client_send(call->calls->client, &request, on_answer, call);
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

static void ask_service(struct call *call, struct slice uri, struct message *message)
{
    struct slice service, kind, rest;
    struct arena *arena = message->arena;
    if (!split_service(uri, &service, &kind, &rest)) {
        call_refuse(call, REFUSAL_INTERNAL,
                    arena_printf(arena, "'%.*s' is no service integration", SLICE_ARG(uri)), NULL);
        return;
    }
    bool is_action = slice_is(kind, "action");
    if (is_action) {
        service_request_action(message, service, rest);
    }
    service_request_sign(message, slice_from(call->calls->region), service,
                         clock_epoch_ms(call->calls->context->clock));
    const struct integration_spec *backend = &call->route->backend;
    send_request(call,
                 arena_printf(arena, "%s/%.*s", call->calls->edge_url,
                              is_action ? 0 : (int)rest.len, rest.ptr),
                 is_action || backend->http_method.len == 0 ? SLICE("POST") : backend->http_method,
                 message);
}

/* --- the way there --- */

static void go(struct call *call, const struct event_input *in, struct slice body)
{
    const struct integration_spec *backend = &call->route->backend;
    const struct transforming *transforming = call->transforming;
    struct message message = {.arena = in->arena, .body = body};
    struct slice uri = rest_apply(backend, in, backend->uri, &message);
    uri = rest_fill_uri(in, uri, &transforming->overrides.path);
    apply_overrides(&message, &transforming->overrides);
    if (message_get(&message, SLICE("Accept")).ptr == NULL) {
        message_add(&message, SLICE("Accept"), SLICE("application/json"));
    }
    message_set(&message, SLICE("User-Agent"),
                arena_printf(in->arena, "AmazonAPIGateway_%.*s", SLICE_ARG(call->config->id)));
    message_set(&message, SLICE("X-Amzn-Apigateway-Api-Id"), call->config->id);
    message_set(&message, SLICE("X-Amzn-Trace-Id"), call->trace.event);
    if (call->route->integration == INTEGRATION_SERVICE) {
        ask_service(call, uri, &message);
        return;
    }
    if (message_get(&message, SLICE("Content-Type")).ptr == NULL && body.len > 0) {
        message_add(&message, SLICE("Content-Type"), SLICE("application/json"));
    }
    send_request(call, uri,
                 backend->http_method.len == 0 || slice_is(backend->http_method, "ANY")
                     ? call->method
                     : backend->http_method,
                 &message);
}

static void mock(struct call *call, struct slice text)
{
    const struct backend_answer answer = {.body = SLICE(""),
                                          .mock_status = transform_mock_status(text)};
    if (answer.mock_status == 0) {
        call_refuse(call, REFUSAL_INTERNAL,
                    SLICE("the mock's template gave no object with an integer statusCode"), NULL);
    } else {
        come_back(call, &answer, call->transforming, NULL);
    }
}

void call_transform(struct call *call, struct slice body)
{
    struct event_input in;
    struct vtl_template *vtl;
    call_event_input(call, body, &in);
    call->transforming = arena_alloc(in.arena, sizeof *call->transforming);
    if (!transform_choose_request(call->route->transform,
                                  http_header_get(call->headers, "content-type"), &vtl)) {
        call_refuse(call, REFUSAL_MEDIA_TYPE, SLICE("no request template is for this content type"),
                    NULL);
        return;
    }
    struct slice text = convert(call, call->route->backend.content_handling, body);
    if (vtl != NULL && !render(call, &in, vtl, text, call->transforming, &text)) {
        return;
    }
    switch (call->route->integration) {
    case INTEGRATION_MOCK:
        mock(call, text);
        return;
    case INTEGRATION_FUNCTION:
        invoke_function(call, text);
        return;
    case INTEGRATION_HTTP:
    case INTEGRATION_SERVICE:
        go(call, &in, text);
        return;
    case INTEGRATION_LAMBDA:
    case INTEGRATION_SUBTYPE:
    case INTEGRATION_HTTP_PROXY:
    case INTEGRATION_NOT_POSTED:
    case INTEGRATION_UNSUPPORTED:
        break;
    }
    call_refuse(call, REFUSAL_INTERNAL, SLICE("no integration"), NULL);
}
