/* How calls are answered: by the function's answer, or by the gateway itself. */
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "gateway/answer/gateway_response.h"
#include "gateway/call/call.h"
#include "gateway/integration/parameters.h"
#include "gateway/websocket/handshake.h"
#include "gateway/websocket/sessions.h"

static void report(struct call *call, int status, struct slice reason,
                   const struct invoke_result *result)
{
    struct calls *calls = call->calls;
    if (calls->on_request == NULL || calls->is_closed) {
        return;
    }
    struct slice label = buf_slice(&call->label);
    struct request_report text = {
        .api = call->config->logical_id,
        .method = slice_take(label, call->method_len),
        .path = slice_skip(label, call->method_len + 1),
        .route_key = call->route != NULL ? call->route->key : SLICE_NULL,
        .function = call->was_invoked ? route_target(call->route, call->chosen.stage)->function
                                      : SLICE_NULL,
        .status = status,
        .duration_us = (uv_hrtime() - call->started_ns) / 1000,
        .reason = reason,
        .request_id = slice_from(call->request_id),
        .connection_id = slice_from(call->connection_id),
        .invocation = result,
    };
    calls->on_request(calls->report_ctx, &text);
}

void call_end_exchange(struct call *call, int status, struct slice reason,
                       const struct invoke_result *result)
{
    struct ws_session *refused = call->session;
    call->exchange = NULL;
    call->session = NULL;
    report(call, status, reason, result);
    call_release(call);
    ws_session_drop(refused);
}

static void add_ids(struct call *call, struct response *response)
{
    if (call->config->kind == API_HTTP) {
        response_add(response, SLICE("Apigw-Requestid"), slice_from(call->request_id));
        return;
    }
    response_add(response, SLICE("x-amzn-RequestId"), slice_from(call->request_id));
    if (call->config->kind != API_URL) {
        response_add(response, SLICE("x-amz-apigw-id"), slice_from(call->extended_id));
    }
}

void call_add_headers(struct call *call, struct response *response)
{
    struct http_header cors[CORS_HEADERS_MAX];
    size_t count =
        cors_reply_headers(&call->config->cors, http_header_get(call->headers, "origin"), cors);
    for (size_t i = 0; i < count; i++) {
        response_add(response, cors[i].name, cors[i].value);
    }
    add_ids(call, response);
}

static void send_response(struct call *call, const struct response *response, struct slice reason,
                          const struct invoke_result *result)
{
    struct http_headers headers = {response->headers, response->header_count};
    int status = response->status;
    buf_append(&call->reason, reason); /* it may be the exchange's */
    call_log_access(call, status, response->body.len, reason, result);
    http_respond(call->exchange, status, headers, response->body);
    call_end_exchange(call, status, buf_slice(&call->reason), result);
}

void call_respond(struct call *call, struct response *response, struct slice reason,
                  const struct invoke_result *result)
{
    call_add_headers(call, response);
    send_response(call, response, reason, result);
}

/* What the API's owner has it say instead. */
static void apply_gateway_response(struct call *call, enum refusal refusal, struct slice message,
                                   struct slice validation, struct response *response)
{
    struct event_input in;
    const struct request_error error = {message, refusal_type(refusal), validation};
    call->error_message = message;
    call->error_type = error.type;
    call->error_validation = validation;
    if (call->config->gateway_responses != NULL) {
        call_event_input(call, SLICE(""), &in);
        (void)gateway_response_apply(call->config->gateway_responses, &error, &in, response);
    }
}

static struct response refusal_response(struct call *call, enum refusal refusal)
{
    const struct refusal_text *text = refusal_text(call->config->kind, refusal);
    struct response response;
    response_init(&response, http_arena(call->exchange), text->status);
    response_add(&response, SLICE("Content-Type"), SLICE("application/json"));
    if (text->error_type.len > 0) {
        response_add(&response, SLICE("x-amzn-ErrorType"), text->error_type);
    }
    if (call->challenge.len > 0) {
        response_add(&response, SLICE("www-authenticate"), call->challenge);
    }
    response.body = text->body;
    return response;
}

/* Of a body {"message":"text"} or {"Message":"text"}. */
static struct slice message_of(struct arena *arena, struct slice body)
{
    struct slice message = json_text_member(arena, body, "message");
    return message.ptr != NULL ? message : json_text_member(arena, body, "Message");
}

void call_refuse(struct call *call, enum refusal refusal, struct slice reason,
                 const struct invoke_result *result)
{
    struct response response = refusal_response(call, refusal);
    apply_gateway_response(call, refusal, message_of(http_arena(call->exchange), response.body),
                           SLICE(""), &response);
    call_respond(call, &response, reason, result);
}

/* What is refused behind the routing is spelled with a blank. */
static void refuse_saying(struct call *call, enum refusal refusal, struct slice key,
                          struct slice message, struct slice validation, struct slice reason)
{
    struct response response = refusal_response(call, refusal);
    buf_clear(&call->scratch);
    buf_append(&call->scratch, key);
    event_put_string(&call->scratch, message);
    buf_append_char(&call->scratch, '}');
    response.body = buf_slice(&call->scratch);
    apply_gateway_response(call, refusal, message, validation, &response);
    call_respond(call, &response, reason, NULL);
}

void call_refuse_because(struct call *call, enum refusal refusal, struct slice message,
                         struct slice validation, struct slice reason)
{
    refuse_saying(call, refusal, SLICE("{\"message\": "), message, validation, reason);
}

void call_refuse_access(struct call *call, struct slice message, struct slice reason)
{
    refuse_saying(call, REFUSAL_DENIED, SLICE("{\"Message\":"), message, SLICE(""), reason);
}

void call_refuse_token(struct call *call, struct slice message, struct slice reason)
{
    refuse_saying(call, REFUSAL_UNAUTHORIZED, SLICE("{\"message\":"), message, SLICE(""), reason);
}

void call_refuse_signature(struct call *call, enum refusal refusal, struct slice words,
                           struct slice reason)
{
    if (refusal_text(call->config->kind, refusal)->body.ptr != NULL) {
        call_refuse(call, refusal, reason, NULL);
    } else {
        refuse_saying(call, refusal, SLICE("{\"message\":"), words, SLICE(""), reason);
    }
}

void call_refuse_unsupported(struct call *call)
{
    struct response response;
    response_init(&response, http_arena(call->exchange), 501);
    response_add(&response, SLICE("Content-Type"), SLICE("application/json"));
    struct json_writer w = json_writer_init(&call->scratch);
    json_open(&w, '{');
    json_put_string(&w, "message", call->route->unsupported);
    json_close(&w, '}');
    response.body = buf_slice(&call->scratch);
    call_respond(call, &response, call->route->unsupported, NULL);
}

/* A URL leaves other OPTIONS to its function. */
static bool is_url_preflight(const struct call *call)
{
    return call->config->kind == API_URL && http_header_get(call->headers, "origin").ptr != NULL &&
           http_header_get(call->headers, "access-control-request-method").ptr != NULL;
}

bool call_answers_preflight(const struct call *call)
{
    return (call->config->kind == API_HTTP || is_url_preflight(call)) &&
           call->config->cors.is_set && slice_is(call->method, "OPTIONS");
}

void call_answer_preflight(struct call *call)
{
    struct http_header cors[CORS_HEADERS_MAX];
    bool asks = http_header_get(call->headers, "access-control-request-method").ptr != NULL;
    size_t count = cors_preflight_headers(&call->config->cors,
                                          http_header_get(call->headers, "origin"), asks, cors);
    struct response response;
    response_init(&response, http_arena(call->exchange), call->config->kind == API_URL ? 200 : 204);
    for (size_t i = 0; i < count; i++) {
        response_add(&response, cors[i].name, cors[i].value);
    }
    add_ids(call, &response);
    send_response(call, &response, SLICE("preflight"), NULL);
}

/* --- the function's answer --- */

struct response_input call_response_input(struct call *call, struct slice payload)
{
    return (struct response_input){
        .config = call->config,
        .arena = http_arena(call->exchange),
        .scratch = &call->scratch,
        .payload = payload,
        .accept = http_header_get(call->headers, "accept"),
    };
}

static int read_response(const struct route *route, const struct response_input *in,
                         struct response *ret, struct fault *reterr)
{
    if (in->config->kind == API_REST) {
        return response_read_rest(in, ret, reterr);
    }
    return route->is_payload_v1 ? response_read_v1(in, ret, reterr)
                                : response_read_v2(in, ret, reterr);
}

/* HTTP APIs: what the integration maps in answers of this status. */
static void map_response(struct call *call, struct response *response)
{
    const struct integration_spec *backend = &call->route->backend;
    struct event_input in;
    if (call->config->kind != API_HTTP || backend->response_count == 0) {
        return;
    }
    struct slice status = arena_printf(response->arena, "%d", response->status);
    struct message message = {.arena = response->arena,
                              .headers = response->headers,
                              .header_count = response->header_count,
                              .header_cap = response->header_cap,
                              .status = response->status,
                              .body = response->body};
    const struct parameter_source source = {.in = &in, .response = &message};
    call_event_input(call, SLICE(""), &in);
    for (size_t i = 0; i < backend->response_count; i++) {
        if (slice_eq(backend->responses[i].status, status)) {
            mapping_apply(backend->responses[i].parameters, &source, &message);
        }
    }
    response->headers = message.headers;
    response->header_count = message.header_count;
    response->header_cap = message.header_cap;
    response->status = message.status;
}

void call_answer(struct call *call, struct response *response, const struct invoke_result *result)
{
    if (call->session != NULL) {
        handshake_respond(call, response, result);
        return;
    }
    map_response(call, response);
    call_cache_keep(call, response);
    call_pack(call, response);
    call_respond(call, response, SLICE_NULL, result);
}

static void answer_result(struct call *call, const struct invoke_result *result)
{
    struct fault fault = {.text = ""};
    struct response response;
    struct response_input in = call_response_input(call, result->payload);
    int error = read_response(call->route, &in, &response, &fault);
    if (error != 0) {
        call_refuse(call, error == 500 ? REFUSAL_INTERNAL : REFUSAL_BAD_RESPONSE,
                    slice_from(fault.text), result);
        return;
    }
    if (call->trace.reply.len > 0) {
        response_add(&response, SLICE("X-Amzn-Trace-Id"), call->trace.reply);
    }
    call_answer(call, &response, result);
}

void call_answer_outcome(struct call *call, const struct invoke_result *result)
{
    struct slice reason;
    if (result->outcome == INVOKE_OK && call->session != NULL) {
        handshake_answer(call, result);
    } else if (result->outcome == INVOKE_OK) {
        answer_result(call, result);
    } else {
        enum refusal refusal = refusal_of_outcome(result, &reason);
        call_refuse(call, refusal, reason, result);
    }
}
