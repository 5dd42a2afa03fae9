#include "gateway/websocket/handshake.h"

#include "core/mem.h"
#include "gateway/websocket/management.h"
#include "gateway/websocket/sessions.h"
#include "gateway/websocket/ws_answer.h"
#include "gateway/websocket/ws_routes.h"

/* --- @connections --- */

static void on_managed(void *ctx, int status, const char *reason)
{
    call_end_exchange(ctx, status, slice_from(reason), NULL);
}

/* False: it is no @connections. */
static bool find_managed(const struct call *call, struct slice *ret_stage, struct slice *ret_id)
{
    struct stage_path paths[STAGE_PATHS_MAX];
    size_t count = stage_paths(call->config, call->path, paths);
    for (size_t i = 0; i < count; i++) {
        *ret_id = management_id(http_arena(call->exchange), paths[i].path);
        if (ret_id->ptr != NULL) {
            *ret_stage = paths[i].has_prefix ? paths[i].stage->name : SLICE_NULL;
            return true;
        }
    }
    return false;
}

static void manage(struct call *call)
{
    struct slice stage, id;
    struct management *management = arena_alloc(http_arena(call->exchange), sizeof(*management));
    *management = (struct management){.connections = ws_sessions_connections(call->calls->sessions),
                                      .on_done = on_managed,
                                      .ctx = call,
                                      .has_body = call->has_read_body,
                                      .body = call->body};
    (void)find_managed(call, &stage, &id);
    management_handle(management, call->config->id, stage, id, call->exchange);
}

/* Whoever is here may manage, unless signatures are asked for. */
static void guard_management(struct call *call)
{
    if (call->calls->iam.is_strict) {
        call_guard_iam(call, manage);
    } else {
        manage(call);
    }
}

/* --- the handshake --- */

static void refuse_status(struct call *call, int status, struct slice reason)
{
    struct arena *arena = http_arena(call->exchange);
    struct http_headers headers = websocket_refusal_headers(status);
    struct response response;
    response_init(&response, arena, status);
    response_add(&response, SLICE("Content-Type"), SLICE("application/json"));
    for (size_t i = 0; i < headers.count; i++) {
        response_add(&response, headers.items[i].name, headers.items[i].value);
    }
    response.body = arena_printf(arena, "{\"message\":\"%s\"}", http_status_text(status));
    call_respond(call, &response, reason, NULL);
}

static void create_session(struct call *call)
{
    struct slice host = http_header_get(call->headers, "host");
    const struct ws_facts facts = {
        .source_ip = slice_from(http_peer_address(call->exchange)),
        .user_agent = http_header_get(call->headers, "user-agent"),
        .domain = host.ptr != NULL ? host : SLICE("localhost"),
    };
    call->session =
        ws_session_create(call->calls->sessions, call->config, call->chosen.stage->name, &facts);
    memcpy(call->connection_id, call->session->connection->id, sizeof(call->connection_id));
    (void)http_fin_is_gone(call->exchange);
    buf_clear(&call->label);
    buf_printf(&call->label, "CONNECT %.*s", SLICE_ARG(http_request(call->exchange)->path));
    call->method_len = sizeof("CONNECT") - 1;
}

static void ask_connect(struct call *call)
{
    size_t index = ws_routes_connect(call->config->ws_routes);
    create_session(call);
    if (index == WS_ROUTE_NONE) {
        handshake_open(call, SLICE(""), NULL);
        return;
    }
    call->route = &call->config->routes[index];
    if (call->route->unsupported.len > 0) {
        call_refuse_unsupported(call);
    } else {
        call_guard(call);
    }
}

void handshake_begin(struct call *call)
{
    struct stage_path paths[STAGE_PATHS_MAX];
    size_t count = stage_paths(call->config, call->path, paths);
    struct slice stage, id;
    if (find_managed(call, &stage, &id)) {
        guard_management(call);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (slice_is(paths[i].path, "/")) {
            call->chosen = paths[i];
        }
    }
    int status = websocket_check(http_request(call->exchange));
    if (call->chosen.stage == NULL) {
        call_refuse(call, REFUSAL_FORBIDDEN, SLICE("no such stage"), NULL);
    } else if (status != 101) {
        refuse_status(call, status, SLICE("no WebSocket handshake"));
    } else {
        ask_connect(call);
    }
}

/* --- its events --- */

static struct ws_event_input ws_input(const struct call *call, const struct event_input *in)
{
    return (struct ws_event_input){
        .config = call->config,
        .stage = call->chosen.stage,
        .facts = &call->session->connection->facts,
        .route_key_json = call->route != NULL ? call->route->key_json : SLICE("null"),
        .request_id = slice_from(call->request_id),
        .epoch_ms = in->epoch_ms,
        .time = in->time,
    };
}

void handshake_write_authorizer_event(struct call *call, const struct event_input *in,
                                      struct slice arn)
{
    const struct ws_event_input own = ws_input(call, in);
    ws_event_write_authorizer(&call->event, &own, in, arn);
}

struct slice handshake_context(const struct call *call, const struct event_input *in)
{
    const struct ws_event_input own = ws_input(call, in);
    const struct ws_occasion occasion = {.type = "CONNECT"};
    bool is_proxy = call->route == NULL || call->route->integration == INTEGRATION_LAMBDA;
    if (is_proxy && call->chosen.stage->access_log == NULL) {
        return SLICE("");
    }
    AUTO_BUF context = BUF_INIT(1024 * 1024);
    ws_event_write_context(&context, &own, &occasion);
    return arena_copy(in->arena, buf_slice(&context));
}

void handshake_write_event(struct call *call, const struct event_input *in)
{
    const struct ws_event_input own = ws_input(call, in);
    ws_event_write_connect(&call->event, &own, in);
}

/* --- its answer --- */

bool handshake_admit(struct call *call)
{
    struct slice facts = call->authorizer.event;
    if (http_is_gone(call->exchange)) {
        call_refuse(call, REFUSAL_BAD_REQUEST, SLICE("the client has left"), NULL);
        return false;
    }
    if (call->caller.access_key.len > 0) {
        AUTO_BUF identity = BUF_INIT(REQUEST_HEAD_MAX);
        event_put_caller(&identity, &call->caller);
        ws_connection_authorize(call->session->connection, SLICE(""), buf_slice(&identity));
    } else if (facts.len > 2) { /* the members of the object */
        ws_connection_authorize(call->session->connection, slice_of(facts.ptr + 1, facts.len - 2),
                                SLICE(""));
    }
    return true;
}

void handshake_open(struct call *call, struct slice protocol, const struct invoke_result *result)
{
    struct ws_session *session = call->session;
    call_log_access(call, 200, 0, SLICE(""), result);
    call->session = NULL;
    if (ws_session_open(session, call->exchange, protocol)) {
        call_end_exchange(call, 101, SLICE(""), result);
        return;
    }
    call_end_exchange(call, 101, SLICE("the client has left"), result);
    ws_session_miss(session);
}

static void answer(struct call *call, int status, struct slice protocol, struct slice reason,
                   const struct invoke_result *result)
{
    if (status / 100 == 2) {
        handshake_open(call, protocol, result);
        return;
    }
    struct response response;
    response_init(&response, http_arena(call->exchange), status);
    call_respond(call, &response, reason, result);
}

void handshake_respond(struct call *call, const struct response *response,
                       const struct invoke_result *result)
{
    struct http_headers headers = {response->headers, response->header_count};
    answer(call, response->status, http_header_get(headers, "sec-websocket-protocol"),
           backend_complaint(http_arena(call->exchange), response->status, response->body), result);
}

void handshake_answer(struct call *call, const struct invoke_result *result)
{
    struct fault fault = {.text = ""};
    struct ws_answer said;
    if (ws_answer_read(http_arena(call->exchange), result->payload, &said, &fault) != STATUS_OK) {
        call_refuse(call, REFUSAL_BAD_RESPONSE, slice_from(fault.text), result);
    } else {
        answer(call, said.status, said.protocol, SLICE_NULL, result);
    }
}
