#include "runtime/runtime_api.h"
#include "core/buf.h"
#include "core/encode.h"
#include "core/http/server.h"
#include "core/json_scan.h"
#include "core/json_writer.h"
#include "core/mem.h"
#include "runtime/errors.h"
#include "runtime/limits.h"

#include <assert.h>
#include <inttypes.h>

enum runtime_state {
    RUNTIME_NONE, /* refused */
    RUNTIME_STARTED,
    RUNTIME_READY,
    RUNTIME_RUNNING,
    RUNTIME_RESPONSE,
    RUNTIME_ERROR_RESPONSE,
    RUNTIME_RESPONSE_SENT,
    RUNTIME_INIT_ERROR,
    RUNTIME_STATE_COUNT
};

enum runtime_call { CALL_NEXT, CALL_RESPONSE, CALL_ERROR, CALL_INIT_ERROR, CALL_COUNT };

/* The words of the 403, as AWS's supervisor names its states. */
static const char *const state_names[RUNTIME_STATE_COUNT] = {
    [RUNTIME_NONE] = "",
    [RUNTIME_STARTED] = "Started",
    [RUNTIME_READY] = "Ready",
    [RUNTIME_RUNNING] = "Running",
    [RUNTIME_RESPONSE] = "InvocationResponse",
    [RUNTIME_ERROR_RESPONSE] = "InvocationErrorResponse",
    [RUNTIME_RESPONSE_SENT] = "RuntimeResponseSentState",
    [RUNTIME_INIT_ERROR] = "InitError",
};

/* While an answer is being read, /next keeps the state: it is held. */
static const enum runtime_state next_state[RUNTIME_STATE_COUNT][CALL_COUNT] = {
    [RUNTIME_STARTED] = {[CALL_NEXT] = RUNTIME_READY, [CALL_INIT_ERROR] = RUNTIME_INIT_ERROR},
    [RUNTIME_READY] = {[CALL_NEXT] = RUNTIME_READY},
    [RUNTIME_RUNNING] = {[CALL_NEXT] = RUNTIME_RUNNING,
                         [CALL_RESPONSE] = RUNTIME_RESPONSE,
                         [CALL_ERROR] = RUNTIME_ERROR_RESPONSE},
    [RUNTIME_RESPONSE] = {[CALL_NEXT] = RUNTIME_RESPONSE},
    [RUNTIME_ERROR_RESPONSE] = {[CALL_NEXT] = RUNTIME_ERROR_RESPONSE},
    [RUNTIME_RESPONSE_SENT] = {[CALL_NEXT] = RUNTIME_READY},
};

static const enum runtime_state call_target[CALL_COUNT] = {
    [CALL_NEXT] = RUNTIME_READY,
    [CALL_RESPONSE] = RUNTIME_RESPONSE,
    [CALL_ERROR] = RUNTIME_ERROR_RESPONSE,
    [CALL_INIT_ERROR] = RUNTIME_INIT_ERROR,
};

struct runtime_api {
    struct context *context;
    struct runtime_api_events events;
    struct http_server *server;
    enum runtime_state state;
    struct runtime_event event;
    char active_id[128]; /* of the invocation that may be answered; empty: none */
    size_t active_id_len;
    struct http_exchange *waiters[NEXT_WAITERS_MAX]; /* /next, oldest first */
    size_t waiter_count;
    /* A client that asks while its event runs waits this long for its answer. */
    uv_timer_t ask_again;
    bool is_delivered;               /* somebody has been given the event */
    struct http_exchange *answering; /* whose body is being read */
    struct http_exchange *spare_waiter;
    struct buf spare_json; /* for a spare that has not asked yet */
    struct buf body;       /* of an answer of unknown or excessive length */
    uint64_t answer_len;
    bool is_over_limit;
    bool is_closing;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

static const struct http_header json_header[] = {
    {SLICE_INIT("Content-Type"), SLICE_INIT("application/json")}};
static const struct slice accepted_body = SLICE_INIT("{\"status\":\"OK\"}\n");

static void respond_json(struct http_exchange *exchange, int status, struct slice body)
{
    http_respond(exchange, status, (struct http_headers){json_header, 1}, body);
}

static void respond_accepted(struct http_exchange *exchange)
{
    respond_json(exchange, 202, accepted_body);
}

static void refuse(struct http_exchange *exchange, enum runtime_refusal refusal)
{
    respond_json(exchange, refusal_status[refusal], refusal_body(refusal));
}

/* Moves on, or answers 403 and stays. */
static bool advance(struct runtime_api *api, struct http_exchange *exchange, enum runtime_call call)
{
    enum runtime_state state = next_state[api->state][call];
    if (state != RUNTIME_NONE) {
        api->state = state;
        return true;
    }
    AUTO_BUF text = BUF_INIT(1024);
    refusal_transition(&text, state_names[api->state], state_names[call_target[call]]);
    respond_json(exchange, 403, buf_slice(&text));
    return false;
}

/* --- next --- */

static void respond_event(struct runtime_api *api, struct http_exchange *exchange)
{
    const struct runtime_event *event = &api->event;
    struct http_header headers[6];
    size_t count = 0;
    char deadline[24];
    int deadline_len = snprintf(deadline, sizeof deadline, "%" PRId64, event->deadline_epoch_ms);

    /* Always a Content-Type: three of the official clients crash without one. */
    headers[count++] = json_header[0];
    headers[count++] =
        (struct http_header){SLICE("Lambda-Runtime-Aws-Request-Id"), event->request_id};
    headers[count++] = (struct http_header){SLICE("Lambda-Runtime-Deadline-Ms"),
                                            slice_of(deadline, (size_t)deadline_len)};
    headers[count++] =
        (struct http_header){SLICE("Lambda-Runtime-Invoked-Function-Arn"), event->arn};
    if (event->trace_id.len > 0) {
        headers[count++] = (struct http_header){SLICE("Lambda-Runtime-Trace-Id"), event->trace_id};
    }
    if (event->client_context.len > 0) {
        headers[count++] =
            (struct http_header){SLICE("Lambda-Runtime-Client-Context"), event->client_context};
    }
    api->is_delivered = true;
    http_on_gone(exchange, NULL, NULL);
    http_respond(exchange, 200, (struct http_headers){headers, count}, event->payload);
}

static struct http_exchange *take_waiter(struct runtime_api *api)
{
    struct http_exchange *exchange = api->waiters[0];
    api->waiter_count--;
    memmove(&api->waiters[0], &api->waiters[1], api->waiter_count * sizeof api->waiters[0]);
    return exchange;
}

static void on_waiter_gone(void *ctx, struct http_exchange *exchange)
{
    struct runtime_api *api = ctx;
    for (size_t i = 0; i < api->waiter_count; i++) {
        if (api->waiters[i] == exchange) {
            api->waiter_count--;
            memmove(&api->waiters[i], &api->waiters[i + 1],
                    (api->waiter_count - i) * sizeof api->waiters[0]);
            break;
        }
    }
    http_respond(exchange, 500, (struct http_headers){NULL, 0}, SLICE_NULL);
}

/* The runtime asks again after its answer: the invocation is over for the sandbox too. */
static void become_ready(struct runtime_api *api)
{
    api->state = RUNTIME_READY;
    api->active_id_len = 0;
    api->event = (struct runtime_event){0};
    api->events.on_next(api->events.ctx);
}

/* The client has lost its event: it gets the same one again. */
static void on_ask_again(uv_timer_t *timer)
{
    struct runtime_api *api = CONTAINER_OF(timer, struct runtime_api, ask_again);
    if (api->state == RUNTIME_RUNNING && api->waiter_count > 0) {
        respond_event(api, take_waiter(api));
    }
}

static void serve_next(struct runtime_api *api, struct http_exchange *exchange)
{
    enum runtime_state before = api->state;
    if (api->waiter_count == NEXT_WAITERS_MAX) {
        AUTO_BUF text = BUF_INIT(1024);
        refusal_transition(&text, state_names[before], state_names[RUNTIME_READY]);
        respond_json(exchange, 403, buf_slice(&text));
        return;
    }
    if (!advance(api, exchange, CALL_NEXT)) {
        return;
    }
    if (before == RUNTIME_RUNNING && !api->is_delivered) {
        respond_event(api, exchange);
        return;
    }
    if (before == RUNTIME_RUNNING) {
        /* AWS's Node client asks on one connection while its failed stream is still to come on
         * another. */
        uv_timer_start(&api->ask_again, on_ask_again, ASK_AGAIN_MS, 0);
    }
    api->waiters[api->waiter_count++] = exchange;
    http_on_gone(exchange, on_waiter_gone, api);
    if (before == RUNTIME_STARTED || before == RUNTIME_RESPONSE_SENT) {
        become_ready(api);
    }
}

void runtime_api_dispatch(struct runtime_api *api, const struct runtime_event *event)
{
    assert(api->state == RUNTIME_READY);
    assert(event->request_id.len <= sizeof api->active_id);
    api->event = *event;
    api->active_id_len = event->request_id.len;
    memcpy(api->active_id, event->request_id.ptr, event->request_id.len);
    api->state = RUNTIME_RUNNING;
    api->is_delivered = false;
    if (api->waiter_count > 0) { /* else the next /next gets it at once */
        respond_event(api, take_waiter(api));
    }
}

/* --- answers --- */

static void settle(struct runtime_api *api, const struct runtime_answer *answer)
{
    api->state = RUNTIME_RESPONSE_SENT;
    api->answering = NULL;
    uv_timer_stop(&api->ask_again); /* who waits has its turn with the next event */
    api->event = (struct runtime_event){0};
    if (!api->is_closing) {
        api->events.on_answer(api->events.ctx, answer);
    }
}

/* A /next that came while the answer was being read has its turn now. */
static void serve_held(struct runtime_api *api)
{
    if (!api->is_closing && api->state == RUNTIME_RESPONSE_SENT && api->waiter_count > 0) {
        become_ready(api);
    }
}

/* The body of `application/vnd.aws.lambda.error.cause+json` without its errorCause. */
static struct slice without_cause(struct http_exchange *exchange, struct slice body)
{
    struct buf text = BUF_INIT(RESPONSE_LEN_MAX);
    struct json_writer w = json_writer_init(&text);
    struct json_scan scan = json_scan_init(body);
    struct slice result = SLICE("Invalid error body");
    struct slice key, value;
    if (json_validate(body, NULL) && json_scan_enter(&scan, '{')) {
        json_open(&w, '{');
        while (json_scan_member(&scan, &key, &value)) {
            struct slice name;
            if (!json_raw_key(http_arena(exchange), key, &name) || slice_is(name, "errorCause")) {
                continue;
            }
            json_write_key(&w, name);
            json_write_raw(&w, value);
        }
        json_close(&w, '}');
        result = arena_copy(http_arena(exchange), buf_slice(&text));
    }
    buf_finish(&text);
    return result;
}

/* What a body that failed half way says at its end, with AWS's own emulator in any response mode:
 * the Go client never names one. */
static void take_trailers(struct http_exchange *exchange, struct runtime_answer *answer,
                          struct buf *error_body)
{
    struct http_headers trailers = http_trailers(exchange);
    struct slice encoded = http_header_get(trailers, "Lambda-Runtime-Function-Error-Body");
    answer->error_type = http_header_get(trailers, "Lambda-Runtime-Function-Error-Type");
    if (!base64_decode(error_body, slice_trim(encoded))) {
        buf_clear(error_body);
    }
    answer->error_body = buf_slice(error_body);
}

static void answer_with(struct runtime_api *api, struct http_exchange *exchange, struct slice body)
{
    struct http_headers headers = http_request(exchange)->headers;
    struct runtime_answer answer = {
        .kind = api->state == RUNTIME_RESPONSE ? ANSWER_RESPONSE : ANSWER_ERROR,
        .body = body,
        .content_type = http_header_get(headers, "Content-Type"),
    };
    AUTO_BUF error_body = BUF_INIT(RESPONSE_LEN_MAX);
    if (answer.kind == ANSWER_RESPONSE) {
        take_trailers(exchange, &answer, &error_body);
    } else {
        answer.error_type = http_header_get(headers, "Lambda-Runtime-Function-Error-Type");
        if (slice_ieq(mime_essence(answer.content_type),
                      SLICE("application/vnd.aws.lambda.error.cause+json"))) {
            answer.body = without_cause(exchange, body);
            answer.content_type = SLICE("application/json");
        }
    }
    settle(api, &answer);
    respond_accepted(exchange);
    serve_held(api);
}

/* Cut off before anything was passed on: the runtime may try again. */
static void abandon_answer(struct runtime_api *api, struct http_exchange *exchange)
{
    api->answering = NULL;
    api->state = RUNTIME_RUNNING;
    refuse(exchange, REFUSAL_TRUNCATED);
    if (!api->is_closing && api->waiter_count > 0) {
        respond_event(api, take_waiter(api));
    }
}

static void on_answer_body(void *ctx, struct http_exchange *exchange, enum status status,
                           struct slice body)
{
    struct runtime_api *api = ctx;
    if (status == STATUS_OK) {
        answer_with(api, exchange, body);
    } else {
        abandon_answer(api, exchange);
    }
}

static bool on_answer_piece(void *ctx, struct http_exchange *exchange, struct slice bytes)
{
    struct runtime_api *api = ctx;
    (void)exchange;
    api->answer_len += bytes.len;
    if (api->answer_len > RESPONSE_LEN_MAX) {
        api->is_over_limit = true; /* read to its end all the same: the runtime survives this */
        buf_finish(&api->body);
        return true;
    }
    buf_append(&api->body, bytes);
    return true;
}

static void on_answer_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    struct runtime_api *api = ctx;
    if (status != STATUS_OK) {
        abandon_answer(api, exchange);
    } else if (api->is_over_limit) {
        struct runtime_answer answer = {.kind = ANSWER_TOO_LARGE};
        settle(api, &answer);
        refuse(exchange, REFUSAL_TOO_LARGE);
        serve_held(api);
    } else {
        answer_with(api, exchange, buf_slice(&api->body));
    }
    buf_finish(&api->body);
}

static bool on_stream_piece(void *ctx, struct http_exchange *exchange, struct slice bytes)
{
    struct runtime_api *api = ctx;
    struct slice type = http_header_get(http_request(exchange)->headers, "Content-Type");
    api->answer_len += bytes.len;
    if (api->is_closing || api->is_over_limit) {
        return true;
    }
    if (api->answer_len > STREAM_LEN_MAX) {
        api->is_over_limit = true;
        return true;
    }
    return api->events.on_stream(api->events.ctx, type, bytes);
}

static void on_stream_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    struct runtime_api *api = ctx;
    struct runtime_answer answer = {
        .kind = ANSWER_RESPONSE,
        .is_streamed = true,
        .content_type = http_header_get(http_request(exchange)->headers, "Content-Type"),
    };
    struct buf error_body = BUF_INIT(RESPONSE_LEN_MAX);
    if (status != STATUS_OK) {
        answer.kind = ANSWER_TRUNCATED;
    } else if (api->is_over_limit) {
        answer.kind = ANSWER_TOO_LARGE;
    } else {
        take_trailers(exchange, &answer, &error_body);
    }
    settle(api, &answer);
    if (answer.kind == ANSWER_TRUNCATED) {
        refuse(exchange, REFUSAL_TRUNCATED);
    } else if (answer.kind == ANSWER_TOO_LARGE) {
        refuse(exchange, REFUSAL_TOO_LARGE);
    } else {
        respond_accepted(exchange);
    }
    serve_held(api);
    buf_finish(&error_body);
}

static void serve_answer(struct runtime_api *api, struct http_exchange *exchange, struct slice id,
                         enum runtime_call call)
{
    const struct http_request *request = http_request(exchange);
    struct slice mode = http_header_get(request->headers, "Lambda-Runtime-Function-Response-Mode");

    if (api->active_id_len == 0 || !slice_eq(id, slice_of(api->active_id, api->active_id_len))) {
        refuse(exchange, REFUSAL_REQUEST_ID);
        return;
    }
    if (!advance(api, exchange, call)) {
        return;
    }
    api->answering = exchange;
    api->answer_len = 0;
    api->is_over_limit = false;
    if (call == CALL_RESPONSE && mode.ptr != NULL && !slice_is(mode, "streaming")) {
        struct runtime_answer answer = {.kind = ANSWER_BAD_MODE};
        settle(api, &answer);
        refuse(exchange, REFUSAL_RESPONSE_MODE);
        serve_held(api);
        return;
    }
    /* The caller's wish decides too: the Go client streams without naming a mode. */
    bool is_streamed = mode.ptr != NULL || (api->event.wants_stream && request->content_length < 0);
    if (call == CALL_RESPONSE && is_streamed) {
        struct http_reader reader = {on_stream_piece, on_stream_end, api};
        http_read_stream(exchange, &reader);
    } else if (request->content_length >= 0 && request->content_length <= RESPONSE_LEN_MAX) {
        http_read_all_max(exchange, RESPONSE_LEN_MAX, on_answer_body, api);
    } else {
        struct http_reader reader = {on_answer_piece, on_answer_end, api};
        buf_init(&api->body, RESPONSE_LEN_MAX);
        http_read_stream(exchange, &reader);
    }
}

void runtime_api_resume(struct runtime_api *api)
{
    if (api->answering != NULL) {
        http_read_resume(api->answering);
    }
}

static void on_init_error_body(void *ctx, struct http_exchange *exchange, enum status status,
                               struct slice body)
{
    struct runtime_api *api = ctx;
    if (status == STATUS_LIMIT) {
        refuse(exchange, REFUSAL_TOO_LARGE);
        return;
    }
    if (status != STATUS_OK) {
        refuse(exchange, REFUSAL_TRUNCATED);
        return;
    }
    if (!api->is_closing) {
        struct slice type =
            http_header_get(http_request(exchange)->headers, "Lambda-Runtime-Function-Error-Type");
        api->events.on_init_error(api->events.ctx, body, type);
    }
    respond_accepted(exchange);
}

static void serve_init_error(struct runtime_api *api, struct http_exchange *exchange)
{
    if (advance(api, exchange, CALL_INIT_ERROR)) {
        http_read_all_max(exchange, INIT_ERROR_MAX, on_init_error_body, api);
    }
}

/* --- spares --- */

static void on_spare_gone(void *ctx, struct http_exchange *exchange)
{
    struct runtime_api *api = ctx;
    api->spare_waiter = NULL;
    http_respond(exchange, 500, (struct http_headers){NULL, 0}, SLICE_NULL);
}

static void hand_over(struct runtime_api *api)
{
    if (api->spare_waiter != NULL && api->spare_json.len > 0) {
        struct http_exchange *exchange = api->spare_waiter;
        api->spare_waiter = NULL;
        http_on_gone(exchange, NULL, NULL);
        respond_json(exchange, 200, buf_slice(&api->spare_json));
        buf_finish(&api->spare_json);
    }
}

static void serve_spare(struct runtime_api *api, struct http_exchange *exchange)
{
    if (api->spare_waiter != NULL || api->state != RUNTIME_STARTED) {
        http_respond(exchange, 409, (struct http_headers){NULL, 0}, SLICE_NULL);
        return;
    }
    api->spare_waiter = exchange;
    http_on_gone(exchange, on_spare_gone, api);
    hand_over(api);
}

void runtime_api_adopt(struct runtime_api *api, struct slice json)
{
    buf_init(&api->spare_json, json.len);
    buf_append(&api->spare_json, json);
    hand_over(api);
}

/* --- requests --- */

static const struct slice telemetry_refusal =
    SLICE_INIT("{\"errorType\":\"Telemetry.NotSupported\","
               "\"errorMessage\":\"Telemetry API is not supported\"}");
static const struct slice logs_refusal =
    SLICE_INIT("{\"errorType\":\"Logs.NotSupported\","
               "\"errorMessage\":\"Logs API is not supported\"}");
static const struct slice path_refusal =
    SLICE_INIT("{\"errorType\":\"NotFound\",\"errorMessage\":\"sls-local has no such Runtime API "
               "path; extensions and SnapStart are not emulated\"}\n");

/* "/2018-06-01/runtime/invocation/ID/response": cuts ID out. */
static bool match_answer(struct slice path, struct slice *ret_id, enum runtime_call *ret_call)
{
    static const struct slice prefix = SLICE_INIT("/2018-06-01/runtime/invocation/");
    if (!slice_starts_with(path, prefix)) {
        return false;
    }
    struct slice rest = slice_skip(path, prefix.len);
    size_t slash = slice_find(rest, '/');
    if (slash == SLICE_NPOS) {
        return false;
    }
    *ret_id = slice_take(rest, slash);
    struct slice verb = slice_skip(rest, slash);
    *ret_call = slice_is(verb, "/response") ? CALL_RESPONSE : CALL_ERROR;
    return *ret_call == CALL_RESPONSE || slice_is(verb, "/error");
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct runtime_api *api = ctx;
    const struct http_request *request = http_request(exchange);
    struct slice path = request->path;
    struct slice id;
    enum runtime_call call;
    bool is_get = slice_is(request->method, "GET");
    bool is_post = slice_is(request->method, "POST");

    if (api->is_closing) {
        http_respond(exchange, 500, (struct http_headers){NULL, 0}, SLICE_NULL);
    } else if (is_post && match_answer(path, &id, &call)) {
        serve_answer(api, exchange, id, call);
    } else if (is_get && slice_is(path, "/2018-06-01/runtime/invocation/next")) {
        serve_next(api, exchange);
    } else if (is_post && slice_is(path, "/2018-06-01/runtime/init/error")) {
        serve_init_error(api, exchange);
    } else if (is_get && slice_is(path, "/2018-06-01/ping")) {
        http_respond(exchange, 200, (struct http_headers){NULL, 0}, SLICE("pong"));
    } else if (is_get && slice_is(path, "/sls/spare/next")) {
        serve_spare(api, exchange);
    } else if (slice_is(path, "/2022-07-01/telemetry")) {
        respond_json(exchange, 202, telemetry_refusal);
    } else if (slice_is(path, "/2020-08-15/logs")) {
        respond_json(exchange, 202, logs_refusal);
    } else {
        respond_json(exchange, 404, path_refusal);
    }
}

/* --- life --- */

struct runtime_api *runtime_api_create(struct context *context,
                                       const struct runtime_api_events *events)
{
    struct runtime_api *api = mem_zalloc(sizeof *api);
    api->context = context;
    api->events = *events;
    api->state = RUNTIME_STARTED;
    struct http_server_options options = {
        .on_request = on_request,
        .ctx = api,
        .merges_pipelined = true,
        .limits =
            {
                .head_len = RUNTIME_HEAD_MAX,
                .body_len = RESPONSE_LEN_MAX,
                .connections = RUNTIME_CONNECTIONS_MAX,
                /* A handler may compute for 15 minutes between two requests. */
                .idle_ms = 24 * 3600 * 1000,
                .body_stall_ms = 900 * 1000,
                .write_stall_ms = 900 * 1000,
            },
    };
    api->server = http_server_create(context, &options);
    uv_timer_init(context->loop, &api->ask_again);
    return api;
}

enum status runtime_api_listen(struct runtime_api *api, uint16_t *ret_port, struct fault *reterr)
{
    return http_server_listen(api->server, "127.0.0.1", 0, ret_port, reterr);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct runtime_api *api = CONTAINER_OF((uv_timer_t *)handle, struct runtime_api, ask_again);
    void (*on_closed)(void *) = api->on_closed;
    void *closed_ctx = api->closed_ctx;
    buf_finish(&api->spare_json);
    buf_finish(&api->body);
    mem_free(api);
    on_closed(closed_ctx);
}

static void on_server_closed(void *ctx)
{
    struct runtime_api *api = ctx;
    uv_close((uv_handle_t *)&api->ask_again, on_timer_closed);
}

void runtime_api_destroy(struct runtime_api *api, void (*on_closed)(void *ctx), void *ctx)
{
    assert(!api->is_closing);
    api->is_closing = true;
    api->on_closed = on_closed;
    api->closed_ctx = ctx;
    http_server_destroy(api->server, 0, on_server_closed, api);
}
