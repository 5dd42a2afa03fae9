/* HTTP_PROXY integrations: the request goes to a backend as it is, but for what the route maps, and so does the answer.
 *
 * HTTP APIs  Forwarded instead of X-Forwarded-*; integration/parameters.h. A backend that cannot be reached: 503.
 * REST APIs  integration.request.{path,querystring,header}.x <- method.request..., context.x, stageVariables.x, 'text'; the
 *            request's own query and headers go along. A backend that cannot be reached: 504.
 *
 * WebSocket APIs  A handshake goes as a request to a REST API does; delivery_backend.c sends messages.
 *
 * Source  API Gateway Developer Guide, "Create HTTP proxy integrations for HTTP APIs", "HTTP proxy integration" of REST. */
#include "core/encode.h"
#include "core/mem.h"
#include "gateway/call/call.h"
#include "gateway/integration/parameters.h"
#include "gateway/integration/rest_value.h"

static bool is_hop_by_hop(struct slice name)
{
    static const char *const names[] = {"connection",
                                        "keep-alive",
                                        "proxy-authenticate",
                                        "proxy-authorization",
                                        "te",
                                        "trailer",
                                        "transfer-encoding",
                                        "upgrade",
                                        "content-length",
                                        "expect"};
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (slice_ieq(name, slice_from(names[i]))) {
            return true;
        }
    }
    return false;
}

/* Of a handshake, but for the sub-protocol: it is made with the gateway. */
static bool is_of_handshake(struct slice name)
{
    return slice_istarts_with(name, SLICE("sec-websocket-")) &&
           !slice_ieq(name, SLICE("sec-websocket-protocol"));
}

/* --- the request --- */

/* "http://host/path?query" apart. */
static void split_url(struct slice url, struct slice *ret_origin, struct message *message)
{
    size_t scheme = slice_search(url, SLICE("://"));
    size_t host = scheme != SLICE_NPOS ? scheme + 3 : 0;
    size_t slash = slice_find(slice_skip(url, host), '/');
    struct slice rest = slash != SLICE_NPOS ? slice_skip(url, host + slash) : SLICE("/");
    *ret_origin = slash != SLICE_NPOS ? slice_take(url, host + slash) : url;
    size_t mark = slice_find(rest, '?');
    message->path = slice_take(rest, mark);
    message->query = mark != SLICE_NPOS ? slice_skip(rest, mark + 1) : SLICE("");
}

static void copy_headers(struct call *call, const struct event_input *in, struct message *message)
{
    bool is_rest = call->config->kind != API_HTTP;
    for (size_t i = 0; i < call->headers.count; i++) {
        const struct http_header *header = &call->headers.items[i];
        if (!is_hop_by_hop(header->name) && !is_of_handshake(header->name) &&
            !slice_ieq(header->name, SLICE("host")) &&
            !slice_istarts_with(header->name, SLICE("x-forwarded-"))) {
            message_add(message, header->name, header->value);
        }
    }
    if (is_rest) {
        message_set(message, SLICE("X-Forwarded-For"), in->peer);
        message_set(message, SLICE("X-Forwarded-Proto"),
                    in->is_tls ? SLICE("https") : SLICE("http"));
        message_set(message, SLICE("x-amzn-apigateway-api-id"), call->config->id);
    } else {
        struct slice host = http_header_get(call->headers, "host");
        message_set(message, SLICE("Forwarded"),
                    arena_printf(in->arena, "by=127.0.0.1;for=%.*s;host=%.*s;proto=%s",
                                 SLICE_ARG(in->peer), SLICE_ARG(host),
                                 in->is_tls ? "https" : "http"));
        message_set(message, SLICE("Via"), SLICE("HTTP/1.1 AmazonAPIGateway"));
    }
    message_set(message, SLICE("X-Amzn-Trace-Id"), call->trace.event);
}

static struct slice add_query(struct arena *arena, struct slice a, struct slice b)
{
    return a.len == 0   ? b
           : b.len == 0 ? a
                        : arena_printf(arena, "%.*s&%.*s", SLICE_ARG(a), SLICE_ARG(b));
}

/* --- the answer --- */

void call_pass_on(struct call *call, const struct http_client_response *answer)
{
    struct response response;
    call->integration_status = answer->status;
    response_init(&response, http_arena(call->exchange), answer->status);
    for (size_t i = 0; i < answer->headers.count; i++) {
        const struct http_header *header = &answer->headers.items[i];
        if (call->config->kind == API_REST) {
            response_pass_rest(&response, header->name, header->value);
        } else {
            response_pass_http(&response, call->config, header->name, header->value);
        }
    }
    response.body = answer->body;
    call_answer(call, &response, NULL);
}

static void on_answer(void *ctx, enum status status, const struct http_client_response *answer,
                      const struct fault *fault)
{
    struct call *call = ctx;
    if (!call_resume(call)) {
        return;
    }
    if (status == STATUS_OK) {
        call_pass_on(call, answer);
    } else if (status == STATUS_TIMEOUT) {
        call_refuse(call, REFUSAL_TIMEOUT, SLICE("integration timeout"), NULL);
    } else {
        struct slice reason =
            arena_printf(http_arena(call->exchange), "%.*s: %s",
                         SLICE_ARG(call->route->backend.uri), fault != NULL ? fault->text : "");
        call_refuse(call, REFUSAL_UNREACHABLE, reason, NULL);
    }
}

/* A path that was mapped: what no URL can have is encoded, what is encoded stays. */
static struct slice encoded_path(struct arena *arena, struct slice path)
{
    AUTO_BUF out = BUF_INIT(3 * path.len + 1);
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (c <= ' ' || c >= 0x7f || strchr("\"#<>\\^`{|}", c) != NULL) {
            percent_encode(&out, slice_of(&c, 1), false);
        } else {
            buf_append_char(&out, c);
        }
    }
    return arena_copy(arena, buf_slice(&out));
}

void call_proxy(struct call *call, struct slice body)
{
    const struct integration_spec *backend = &call->route->backend;
    bool is_rest = call->config->kind != API_HTTP;
    struct arena *arena = http_arena(call->exchange);
    struct event_input in;
    struct message message = {.arena = arena, .body = body};
    struct slice origin, uri = backend->uri;
    call_event_input(call, body, &in);
    copy_headers(call, &in, &message);
    if (is_rest) {
        uri = rest_apply(backend, &in, uri, &message);
    }
    struct slice mapped = message.query;
    split_url(is_rest ? rest_fill_uri(&in, uri, NULL) : uri_fill(&in, uri), &origin, &message);
    message.query = add_query(arena, add_query(arena, message.query, call->query), mapped);
    if (!is_rest) {
        const struct parameter_source source = {.in = &in};
        const char *own = message.path.ptr;
        mapping_apply(backend->request_parameters, &source, &message);
        if (message.path.ptr != own) {
            message.path = encoded_path(arena, message.path);
        }
    }
    struct slice method = backend->http_method.len == 0 || slice_is(backend->http_method, "ANY")
                              ? call->method
                              : backend->http_method;
    struct http_client_request request = {
        .method = method,
        .url = arena_printf(arena, "%.*s%.*s%s%.*s", SLICE_ARG(origin), SLICE_ARG(message.path),
                            message.query.len > 0 ? "?" : "", SLICE_ARG(message.query)),
        .headers = {message.headers, message.header_count},
        .body = message.body,
        .timeout_ms = call->route->timeout_ms,
    };
    call->is_invoked = true;
    http_client_send(call->calls->backends.client, &request, on_answer, call);
}
