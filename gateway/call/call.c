#include "gateway/call/call.h"

#include "core/encode.h"
#include "core/mem.h"
#include "gateway/integration/parameters.h"
#include "gateway/stage/validation.h"
#include "gateway/websocket/handshake.h"
#include "gateway/websocket/sessions.h"

#include <assert.h>

/* --- the set of calls --- */

struct calls *calls_create(struct context *context, const struct gateway_options *options,
                           struct usage *usage)
{
    struct calls *calls = mem_zalloc(sizeof(*calls));
    calls->context = context;
    calls->backends.clock = context->clock;
    calls->backends.invoker = options->invoker;
    calls->usage = usage;
    calls->on_request = options->on_request;
    calls->report_ctx = options->ctx;
    calls->iam = options->iam;
    calls->on_warning = options->on_warning;
    calls->verifier = jwt_verifier_create(context, &options->tokens);
    calls->backends.client = http_client_create(context);
    calls->backends.region = mem_strdup(options->region);
    calls->account_id = mem_strdup(options->account_id);
    calls->backends.edge_url = options->edge_url != NULL ? mem_strdup(options->edge_url) : NULL;
    calls->logs.sink = options->log_sink;
    calls->time_second = INT64_MIN;
    const struct ws_sessions_options sessions = {
        .context = context,
        .backends = &calls->backends,
        .logs = &calls->logs,
        .usage = usage,
        .on_request = options->on_request,
        .ctx = options->ctx,
    };
    calls->sessions = ws_sessions_create(&sessions);
    return calls;
}

static void calls_free(struct calls *calls)
{
    ws_sessions_release(calls->sessions);
    mem_free(calls->backends.region);
    mem_free(calls->account_id);
    mem_free(calls->backends.edge_url);
    mem_free(calls);
}

static void call_free(struct call *call)
{
    struct calls *calls = call->calls;
    if (call->all_prev != NULL) {
        call->all_prev->all_next = call->all_next;
    } else {
        calls->all = call->all_next;
    }
    if (call->all_next != NULL) {
        call->all_next->all_prev = call->all_prev;
    }
    buf_finish(&call->event);
    buf_finish(&call->label);
    buf_finish(&call->reason);
    buf_finish(&call->scratch);
    mem_free(call);
    if (calls->is_closed && calls->all == NULL) {
        calls_free(calls);
    }
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct call *call = CONTAINER_OF(handle, struct call, timer);
    struct calls *calls = call->calls;
    bool is_last = --calls->open_timers == 0 && calls->is_closing && !calls->is_closed;
    call->is_timer_open = false;
    if (is_last) {
        calls->is_closed = true;
        calls->on_closed(calls->close_ctx);
    }
    if (!call->is_invoked && call->exchange == NULL) {
        call_free(call);
    }
}

static void close_timer(struct call *call)
{
    if (!uv_is_closing((uv_handle_t *)&call->timer)) {
        uv_close((uv_handle_t *)&call->timer, on_timer_closed);
    }
}

static struct call *call_create(struct calls *calls)
{
    struct call *call = mem_zalloc(sizeof(*call));
    call->calls = calls;
    buf_init(&call->event, EVENT_LEN_MAX);
    buf_init(&call->label, REQUEST_HEAD_MAX + 64);
    buf_init(&call->reason, RESPONSE_LEN_MAX);
    buf_init(&call->scratch, RESPONSE_LEN_MAX);
    call->all_next = calls->all;
    if (calls->all != NULL) {
        calls->all->all_prev = call;
    }
    calls->all = call;
    if (uv_timer_init(calls->context->loop, &call->timer) != 0) {
        abort(); /* libuv documents no failure */
    }
    call->is_timer_open = true;
    calls->open_timers++;
    return call;
}

static struct call *take_call(struct calls *calls)
{
    struct call *call = calls->idle;
    if (call == NULL) {
        return call_create(calls);
    }
    calls->idle = call->idle_next;
    calls->idle_count--;
    return call;
}

static void trim_buf(struct buf *buf)
{
    if (buf->cap > CALL_BUF_KEPT) {
        buf_finish(buf);
    } else {
        buf_clear(buf);
    }
}

void call_release(struct call *call)
{
    struct calls *calls = call->calls;
    if (call->is_invoked || call->exchange != NULL) {
        return;
    }
    api_config_unref(call->config);
    call->config = NULL;
    call->route = NULL;
    call->chosen.stage = NULL;
    call->stream_state = STREAM_NONE;
    call->is_stream_paused = false;
    call->was_invoked = false;
    call->connection_id[0] = '\0';
    call->authorizer = (struct event_authorizer){.event = SLICE_NULL};
    call->key = (struct event_key){.id = SLICE_NULL};
    call->identity = call->challenge = call->usage_key = call->cache_key = SLICE_NULL;
    call->error_message = call->error_type = call->error_validation = SLICE_NULL;
    call->integration_started_ns = 0;
    call->integration_status = 0;
    call->stream_len = 0;
    call->warns_of_cache = false;
    call->caller = (struct event_caller){.arn = SLICE_NULL};
    call->has_read_body = false;
    call->body = SLICE("");
    trim_buf(&call->event);
    trim_buf(&call->label);
    trim_buf(&call->reason);
    trim_buf(&call->scratch);
    if (!call->is_timer_open) {
        call_free(call);
    } else if (calls->is_closing || calls->idle_count == CALLS_KEPT) {
        close_timer(call);
    } else {
        call->idle_next = calls->idle;
        calls->idle = call;
        calls->idle_count++;
    }
}

static void on_nothing_open(uv_handle_t *handle)
{
    struct calls *calls = handle->data;
    mem_free(handle);
    calls->is_closed = true;
    calls->on_closed(calls->close_ctx);
    if (calls->all == NULL) {
        calls_free(calls);
    }
}

void calls_close(struct calls *calls, void (*on_closed)(void *ctx), void *ctx)
{
    calls->is_closing = true;
    jwt_verifier_destroy(calls->verifier);
    calls->verifier = NULL;
    http_client_destroy(calls->backends.client);
    calls->backends.client = NULL;
    access_streams_close(&calls->logs);
    calls->on_closed = on_closed;
    calls->close_ctx = ctx;
    if (calls->open_timers == 0) { /* a handle of no use but to come back later */
        uv_timer_t *later = mem_zalloc(sizeof(*later));
        later->data = calls;
        (void)uv_timer_init(calls->context->loop, later);
        uv_close((uv_handle_t *)later, on_nothing_open);
        return;
    }
    for (struct call *call = calls->all; call != NULL; call = call->all_next) {
        close_timer(call);
    }
}

void call_warn_once(struct call *call, struct slice position, struct slice text)
{
    struct calls *calls = call->calls;
    uint64_t hash = slice_hash(text) * 31 + slice_hash(position);
    for (size_t i = 0; i < calls->told_count; i++) {
        if (calls->told[i] == hash) {
            return;
        }
    }
    if (calls->on_warning != NULL && calls->told_count < WARNINGS_TOLD_MAX) {
        calls->told[calls->told_count++] = hash;
        calls->on_warning(calls->report_ctx, position, text);
    }
}

/* --- the invocation --- */

bool call_resume(struct call *call)
{
    call->is_invoked = false;
    if (call->is_timer_open) {
        (void)uv_timer_stop(&call->timer);
    }
    if (call->exchange == NULL) {
        call_release(call);
        return false;
    }
    return true;
}

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    struct call *call = ctx;
    if (call_resume(call) && !call_stream_finish(call, result)) {
        call_answer_outcome(call, result);
    }
}

void call_on_timeout(uv_timer_t *timer)
{
    struct call *call = CONTAINER_OF(timer, struct call, timer);
    if (call->exchange != NULL && call->is_guarding) {
        call_guard_timed_out(call);
    } else if (call->exchange != NULL && !call_stream_cut(call, SLICE("integration timeout"))) {
        call_refuse(call, REFUSAL_TIMEOUT, SLICE("integration timeout"), NULL);
    }
}

/* --- the request --- */

/* A host without its port: "localhost:3000", "[::1]:3000". */
static struct slice host_name(struct slice host)
{
    size_t colon = slice_rfind(host, ':');
    size_t bracket = slice_rfind(host, ']');
    if (colon == SLICE_NPOS || (bracket != SLICE_NPOS && colon < bracket)) {
        return host;
    }
    return slice_take(host, colon);
}

static struct slice time_text(struct calls *calls, int64_t epoch_ms)
{
    if (epoch_ms / 1000 != calls->time_second) {
        calls->time_second = epoch_ms / 1000;
        (void)time_clf(calls->time, epoch_ms);
    }
    return slice_from(calls->time);
}

void call_event_input(struct call *call, struct slice body, struct event_input *ret_in)
{
    struct http_exchange *exchange = call->exchange;
    struct arena *arena = http_arena(exchange);
    int64_t epoch_ms = clock_epoch_ms(call->calls->context->clock);
    struct slice host = http_header_get(call->headers, "host");
    *ret_in = (struct event_input){
        .config = call->config,
        .route = call->route,
        .stage = call->chosen.stage,
        .values = call->match.values,
        .method = call->method,
        .context_path = call->chosen.stage != NULL
                            ? stage_full_path(arena, &call->chosen, call->path)
                            : call->path,
        .query = call->query,
        .headers = call->headers,
        .body = body,
        .peer = slice_from(http_peer_address(exchange)),
        .is_tls = http_is_tls(exchange),
        .domain = host.ptr != NULL ? host_name(host) : SLICE("localhost"),
        .trace = call->trace.event,
        .request_id = slice_from(call->request_id),
        .extended_id = slice_from(call->extended_id),
        .epoch_ms = epoch_ms,
        .time = time_text(call->calls, epoch_ms),
        .authorizer = call->authorizer,
        .caller = call->caller,
        .key = call->key,
        .arena = arena,
    };
    if (call->session != NULL) {
        ret_in->context = handshake_context(call, ret_in);
    }
    if (call->config->kind == API_REST) {
        ret_in->path = call->chosen.path;
    } else if (call->route != NULL && call->route->is_payload_v1) {
        ret_in->path = stage_full_path(arena, &call->chosen, call->sent_path);
    } else {
        ret_in->path = ret_in->context_path;
    }
}

/* HTTP APIs: what the route maps, but for requestContext, which tells of the client's request. */
static void map_request(const struct call *call, struct event_input *in)
{
    const struct pairs parameters = call->route->backend.request_parameters;
    struct message message = {.arena = in->arena, .path = in->path, .query = in->query};
    const struct event_input from = *in;
    const struct parameter_source source = {.in = &from};
    if (call->config->kind != API_HTTP || parameters.count == 0) {
        return;
    }
    for (size_t i = 0; i < in->headers.count; i++) {
        message_add(&message, in->headers.items[i].name, in->headers.items[i].value);
    }
    mapping_apply(parameters, &source, &message);
    in->headers = (struct http_headers){message.headers, message.header_count};
    in->path = message.path;
    in->query = message.query;
}

static void write_event(struct call *call, struct slice body)
{
    struct event_input in;
    call_event_input(call, body, &in);
    map_request(call, &in);
    if (call->session != NULL) {
        handshake_write_event(call, &in);
    } else if (call->config->kind == API_REST) {
        event_write_rest(&call->event, &in);
    } else if (call->route->is_payload_v1) {
        event_write_v1(&call->event, &in);
    } else {
        event_write_v2(&call->event, &in);
    }
}

/* REST APIs with a request validator: false when the request is refused. */
static bool is_valid(struct call *call, struct slice body)
{
    struct slice errors = SLICE("");
    struct event_input in;
    if (call->route->validation == NULL) {
        return true;
    }
    call_event_input(call, body, &in);
    if (!validation_parameters(call->route->validation, &in, &errors)) {
        call_refuse_because(
            call, REFUSAL_BAD_PARAMETERS,
            arena_printf(in.arena, "Missing required request parameters: %.*s", SLICE_ARG(errors)),
            SLICE(""), SLICE("parameters are missing"));
        return false;
    }
    if (!validation_body(call->route->validation, &in, &errors)) {
        call_refuse_because(call, REFUSAL_BAD_BODY, SLICE("Invalid request body"), errors,
                            arena_printf(in.arena, "body: %.*s", SLICE_ARG(errors)));
        return false;
    }
    return true;
}

/* False when the request is refused: the stage lacks a variable that the function's name has. */
static bool has_target(struct call *call)
{
    const struct route *route = call->route;
    if ((route->integration != INTEGRATION_LAMBDA && route->integration != INTEGRATION_FUNCTION) ||
        route_target(route, call->chosen.stage)->function.ptr != NULL) {
        return true;
    }
    call_refuse(call, REFUSAL_INTERNAL,
                arena_printf(
                    http_arena(call->exchange), "stage %.*s has no variable for %.*s%s%.*s",
                    SLICE_ARG(call->chosen.stage->name), SLICE_ARG(route->target.function),
                    route->target.qualifier.len > 0 ? ":" : "", SLICE_ARG(route->target.qualifier)),
                NULL);
    return false;
}

static void invoke(struct call *call, struct slice body)
{
    if (!call_unpack(call, &body) || !is_valid(call, body) || call_cache_answer(call) ||
        !has_target(call)) {
        return;
    }
    if (call->session != NULL && call->route->integration == INTEGRATION_MOCK &&
        call->route->transform == NULL) { /* nobody is asked */
        handshake_open(call, SLICE(""), NULL);
        return;
    }
    call->integration_started_ns = uv_hrtime();
    if (call->route->integration == INTEGRATION_HTTP_PROXY) {
        call_proxy(call, body);
        return;
    }
    if (call->route->subtype != NULL) {
        call_subtype(call, body);
        return;
    }
    if (call->route->transform != NULL) {
        call_transform(call, body);
        return;
    }
    write_event(call, body);
    if (buf_status(&call->event) != STATUS_OK) {
        call_refuse(call, REFUSAL_TOO_LARGE, SLICE("event over Lambda's limit"), NULL);
        return;
    }
    const struct target *target = route_target(call->route, call->chosen.stage);
    struct invoke_request request = {
        .function = target->function,
        .qualifier = target->qualifier,
        .payload = buf_slice(&call->event),
        .trace_id = call->trace.event,
        .source = buf_slice(&call->label),
        .stream = call->route->streams ? call_stream_start(call) : NULL,
    };
    if (call->config->kind == API_URL) {
        request.request_id = slice_from(call->request_id);
    }
    call->is_invoked = true;
    call->was_invoked = true;
    (void)uv_timer_start(&call->timer, call_on_timeout, call->route->timeout_ms, 0);
    invoker_invoke(&call->calls->backends.invoker, &request, on_invoked, call);
}

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    struct call *call = ctx;
    assert(call->exchange == exchange);
    if (status == STATUS_OK) {
        call->has_read_body = true;
        call->body = body;
        call->on_body(call, body);
    } else if (status == STATUS_LIMIT) { /* answered by the server already */
        call_log_access(call, 413, 0, SLICE(""), NULL);
        call_end_exchange(call, 413, SLICE("body over 10 MB"), NULL);
    } else {
        call_refuse(call, REFUSAL_BAD_REQUEST, SLICE("body cut off or malformed"), NULL);
    }
}

void call_read_body(struct call *call, call_body_fn *on_read)
{
    if (call->has_read_body || !http_request(call->exchange)->has_body) {
        on_read(call, call->body);
        return;
    }
    call->on_body = on_read;
    http_read_all(call->exchange, on_body, call);
}

static bool find_route(struct call *call)
{
    struct stage_path candidates[STAGE_PATHS_MAX];
    size_t count = stage_paths(call->config, call->path, candidates);
    for (size_t i = 0; i < count; i++) {
        if (router_match(call->config->router, call->method, candidates[i].path, &call->match)) {
            call->chosen = candidates[i];
            call->chosen.stage = stage_draw(call->chosen.stage);
            call->route = call->match.pattern->owner;
            return true;
        }
    }
    call->chosen.stage = count > 0 ? candidates[0].stage : NULL; /* for what is said of it */
    return false;
}

static void read_request(struct call *call, struct slice path)
{
    const struct http_request *request = http_request(call->exchange);
    struct arena *arena = http_arena(call->exchange);
    call->started_ns = http_started_ns(call->exchange);
    call->headers = request->headers;
    call->trace =
        trace_of(arena, call->config->kind, http_header_get(call->headers, "x-amzn-trace-id"),
                 clock_epoch_ms(call->calls->context->clock));
    call->method = request->method;
    call->sent_path = stage_clean_path(call->config, path);
    call->query = request->query;
    call->method_len = request->method.len;
    buf_append(&call->label, request->method);
    buf_append_char(&call->label, ' ');
    buf_append(&call->label, request->path);
    if (call->config->kind == API_HTTP) {
        call->path = percent_decode(arena, call->sent_path, false);
        (void)id_api_request(call->request_id);
        return;
    }
    call->path = call->sent_path;
    if (call->config->kind == API_WEBSOCKET) {
        (void)id_api_request(call->request_id);
        memcpy(call->extended_id, call->request_id, sizeof(call->extended_id));
        return;
    }
    if (call->config->kind == API_URL) { /* the id is the invocation's, too */
        (void)id_uuid(call->request_id);
        return;
    }
    struct slice override = http_header_get(request->headers, "x-http-method-override");
    if (override.len > 0) {
        call->method = override;
    }
    (void)id_uuid(call->request_id);
    (void)id_api_request(call->extended_id);
}

void call_pass(struct call *call)
{
    if (!call_admit(call)) {
        return;
    }
    if (call->session != NULL && !handshake_admit(call)) {
        return;
    }
    if (call->route->integration == INTEGRATION_NOT_POSTED) {
        call_refuse(call, REFUSAL_INTERNAL, SLICE("the integration's httpMethod is not POST"),
                    NULL);
    } else {
        call_read_body(call, invoke);
    }
}

void calls_handle(struct calls *calls, struct api_config *config, struct http_exchange *exchange,
                  struct slice path)
{
    struct call *call = take_call(calls);
    call->config = api_config_ref(config);
    call->exchange = exchange;
    read_request(call, path);
    if (config->kind == API_WEBSOCKET) {
        handshake_begin(call);
    } else if (config->kind == API_URL && call_answers_preflight(call)) {
        call_answer_preflight(call);
    } else if (!find_route(call)) {
        if (call_answers_preflight(call)) {
            call_answer_preflight(call);
        } else {
            call_refuse(call, REFUSAL_NO_ROUTE, SLICE("no route"), NULL);
        }
    } else if (call->route->unsupported.len > 0) {
        call_refuse_unsupported(call);
    } else {
        call_guard(call);
    }
}
