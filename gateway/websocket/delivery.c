/* Events of connections: what becomes of each, functions behind proxy integrations, and what of their answers goes back. */
#include "gateway/websocket/delivery.h"
#include "core/mem.h"
#include "gateway/limits.h"
#include "gateway/stage/access_log.h"
#include "gateway/stage/stage.h"
#include "gateway/stage/usage.h"
#include "gateway/stage/validation.h"
#include "gateway/websocket/limits.h"
#include "gateway/websocket/ws_answer.h"
#include "gateway/websocket/ws_routes.h"

/* --- its life --- */

struct delivery *delivery_next(const struct delivery *delivery)
{
    return delivery->next;
}

static struct delivery *create(struct ws_session *session, const char *method,
                               const struct stage *stage, const struct route *route)
{
    struct ws_sessions *all = session->all;
    struct delivery *delivery = mem_zalloc(sizeof(*delivery));
    delivery->all = all;
    delivery->config = api_config_ref(session->config);
    delivery->route = route;
    delivery->target = route != NULL ? route_target(route, stage) : NULL;
    delivery->started_ns = uv_hrtime();
    (void)id_api_request(delivery->request_id);
    memcpy(delivery->connection_id, session->connection->id, sizeof(delivery->connection_id));
    arena_init(&delivery->arena, 4096);
    buf_init(&delivery->event, EVENT_LEN_MAX);
    buf_init(&delivery->label, REQUEST_HEAD_MAX);
    buf_append_text(&delivery->label, method);
    delivery->method_len = delivery->label.len;
    buf_printf(&delivery->label, " /%.*s%s%.*s", SLICE_ARG(stage->name), route != NULL ? " " : "",
               SLICE_ARG(route != NULL ? route->key : SLICE("")));
    (void)uv_timer_init(all->options.context->loop, &delivery->timer);
    delivery->is_timer_open = true;
    all->open_timers++;
    delivery->next = all->deliveries;
    if (all->deliveries != NULL) {
        all->deliveries->prev = delivery;
    }
    all->deliveries = delivery;
    return delivery;
}

static void destroy(struct delivery *delivery)
{
    struct ws_sessions *all = delivery->all;
    if (delivery->prev != NULL) {
        delivery->prev->next = delivery->next;
    } else {
        all->deliveries = delivery->next;
    }
    if (delivery->next != NULL) {
        delivery->next->prev = delivery->prev;
    }
    api_config_unref(delivery->config);
    arena_finish(&delivery->arena);
    buf_finish(&delivery->event);
    buf_finish(&delivery->label);
    mem_free(delivery);
    sessions_settle(all);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct delivery *delivery = CONTAINER_OF((uv_timer_t *)handle, struct delivery, timer);
    struct ws_sessions *all = delivery->all;
    delivery->is_timer_open = false;
    if (!delivery->is_invoked) {
        destroy(delivery);
    }
    sessions_timer_closed(all);
}

static void close_timer(struct delivery *delivery)
{
    if (!uv_is_closing((uv_handle_t *)&delivery->timer)) {
        uv_close((uv_handle_t *)&delivery->timer, on_timer_closed);
    }
}

void delivery_release(struct delivery *delivery)
{
    if (delivery->is_timer_open) {
        close_timer(delivery);
    } else {
        destroy(delivery);
    }
}

void delivery_abandon(struct delivery *delivery)
{
    delivery->is_answered = true;
    close_timer(delivery);
}

/* --- what becomes of it --- */

static void report(const struct delivery *delivery, int status, struct slice reason,
                   const struct invoke_result *result)
{
    const struct ws_sessions_options *options = &delivery->all->options;
    if (options->on_request == NULL) {
        return;
    }
    struct slice label = buf_slice(&delivery->label);
    const struct request_report text = {
        .api = delivery->config->logical_id,
        .method = slice_take(label, delivery->method_len),
        .path = slice_skip(label, delivery->method_len + 1),
        .route_key = delivery->route != NULL ? delivery->route->key : SLICE_NULL,
        .function = delivery->asks_function ? delivery->target->function : SLICE_NULL,
        .status = status,
        .close_code = delivery->close_code,
        .duration_us = (uv_hrtime() - delivery->started_ns) / 1000,
        .reason = reason,
        .request_id = slice_from(delivery->request_id),
        .connection_id = slice_from(delivery->connection_id),
        .invocation = result,
    };
    options->on_request(options->ctx, &text);
}

/* The line of the stage's access log. */
static void log_access(struct delivery *delivery, const struct delivery_outcome *outcome,
                       struct slice error)
{
    struct ws_sessions *all = delivery->all;
    const struct stage *stage = delivery->in.stage;
    if (stage->access_log == NULL) {
        return;
    }
    uint64_t now = uv_hrtime();
    bool has_integration = delivery->asked_ns != 0;
    bool has_failed = has_integration && error.len > 0;
    const struct invoke_result *invocation = outcome->invocation;
    const struct access_facts facts = {
        .status = outcome->status,
        .response_len = outcome->frame.len,
        .latency_us = (now - delivery->started_ns) / 1000,
        .has_integration = has_integration,
        .integration_us = (now - delivery->asked_ns) / 1000,
        .integration_status = delivery->integration_status,
        .integration_id = invocation != NULL ? invocation->request_id : SLICE_NULL,
        .integration_error = has_failed ? outcome->reason : SLICE_NULL,
        .error_message = error,
        .validation = delivery->validation,
    };
    AUTO_BUF line = BUF_INIT(ACCESS_LINE_MAX);
    access_log_write(stage->access_log, &delivery->in, &facts, &line);
    access_streams_write(all->options.logs, stage->access_log, buf_slice(&line));
}

/* Answered, as far as the client is concerned: what there is to say goes to it, if it is still there. */
static void finish(struct delivery *delivery, struct delivery_outcome outcome, struct slice error)
{
    if (delivery->is_answered) {
        return;
    }
    delivery->is_answered = true;
    struct ws_session *session =
        delivery->is_disconnect ? NULL
                                : sessions_find(delivery->all, slice_from(delivery->connection_id));
    if (session != NULL && outcome.frame.len != 0 &&
        websocket_send(session->connection->websocket,
                       outcome.is_binary ? WEBSOCKET_BINARY : WEBSOCKET_TEXT,
                       outcome.frame) == STATUS_LIMIT &&
        outcome.reason.len == 0) {
        outcome.reason = SLICE("the client does not read");
    }
    log_access(delivery, &outcome, error);
    report(delivery, outcome.status, outcome.reason, outcome.invocation);
    if (session != NULL) {
        session_answered(session);
    }
}

void delivery_finish(struct delivery *delivery, const struct delivery_outcome *outcome)
{
    finish(delivery, *outcome, SLICE(""));
}

/* With nothing to say. */
static void finish_silent(struct delivery *delivery, int status, const struct invoke_result *result)
{
    finish(delivery, (struct delivery_outcome){.status = status, .invocation = result}, SLICE(""));
}

void delivery_fail(struct delivery *delivery, int status, enum error_frame error,
                   struct slice reason, const struct invoke_result *invocation)
{
    AUTO_BUF frame = BUF_INIT(1024);
    if (!delivery->is_disconnect) {
        error_frame_write(&frame, error, slice_from(delivery->connection_id),
                          slice_from(delivery->request_id));
    }
    const struct delivery_outcome outcome = {
        .status = status, .frame = buf_slice(&frame), .reason = reason, .invocation = invocation};
    finish(delivery, outcome, error_frame_message(error));
}

static void answer(struct delivery *delivery, const struct invoke_result *result)
{
    struct ws_answer said;
    struct fault fault = {.text = ""};
    struct arena *arena = &delivery->all->scratch;
    if (delivery->is_disconnect) { /* nobody asks for its answer */
        finish_silent(delivery, 200, result);
    } else if (ws_answer_read(arena, result->payload, &said, &fault) != STATUS_OK) {
        delivery_fail(delivery, 502, ERROR_FRAME_INTERNAL, slice_from(fault.text), result);
    } else if (delivery->route->has_response && said.body.len > WS_MESSAGE_MAX) {
        delivery_fail(delivery, 502, ERROR_FRAME_INTERNAL, SLICE("the answer is over 128 KB"),
                      result);
    } else {
        const struct delivery_outcome outcome = {.status = said.status,
                                                 .frame = delivery->route->has_response ? said.body
                                                                                        : SLICE(""),
                                                 .invocation = result};
        delivery_finish(delivery, &outcome);
    }
    arena_reset(arena);
}

bool delivery_end(struct delivery *delivery)
{
    delivery->is_invoked = false;
    delivery->all->event_len -= delivery->held;
    if (delivery->is_answered) {
        delivery_release(delivery);
        return false;
    }
    return true;
}

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    struct delivery *delivery = ctx;
    if (!delivery_end(delivery)) {
        return;
    }
    if (result->outcome == INVOKE_OK) {
        delivery->integration_status = 200;
        answer(delivery, result);
    } else {
        struct slice reason;
        enum refusal refusal = refusal_of_outcome(result, &reason);
        delivery_fail(delivery, refusal_text(API_WEBSOCKET, refusal)->status, ERROR_FRAME_INTERNAL,
                      reason, result);
    }
    delivery_release(delivery);
}

static void on_timeout(uv_timer_t *timer)
{
    struct delivery *delivery = CONTAINER_OF(timer, struct delivery, timer);
    delivery_fail(delivery, 504, ERROR_FRAME_TIMEOUT, SLICE("integration timeout"), NULL);
}

/* False: the delivery is over. */
static bool refuse(struct delivery *delivery, int status, enum error_frame error,
                   struct slice reason)
{
    delivery_fail(delivery, status, error, reason, NULL);
    delivery_release(delivery);
    return false;
}

bool delivery_begin(struct delivery *delivery, size_t len)
{
    const struct route *route = delivery->route;
    struct ws_sessions *all = delivery->all;
    bool is_function =
        route->integration == INTEGRATION_LAMBDA || route->integration == INTEGRATION_FUNCTION;
    if (is_function && delivery->target->function.ptr == NULL) {
        return refuse(delivery, 500, ERROR_FRAME_INTERNAL,
                      SLICE("the stage has no variable for the function's name"));
    }
    if (all->event_len + len > WS_EVENTS_MAX) {
        return refuse(delivery, 429, ERROR_FRAME_THROTTLED,
                      SLICE("too many messages wait for functions"));
    }
    delivery->held = len;
    all->event_len += len;
    delivery->is_invoked = true;
    delivery->asks_function = is_function;
    delivery->asked_ns = uv_hrtime();
    if (is_function) { /* backends have a time of their own */
        (void)uv_timer_start(&delivery->timer, on_timeout, route->timeout_ms, 0);
    }
    return true;
}

static void invoke(struct delivery *delivery)
{
    if (buf_status(&delivery->event) != STATUS_OK) {
        (void)refuse(delivery, 413, ERROR_FRAME_INTERNAL, SLICE("event over Lambda's limit"));
        return;
    }
    if (!delivery_begin(delivery, delivery->event.len)) {
        return;
    }
    const struct invoke_request request = {
        .function = delivery->target->function,
        .qualifier = delivery->target->qualifier,
        .payload = buf_slice(&delivery->event),
        .source = buf_slice(&delivery->label),
    };
    invoker_invoke(&delivery->all->options.backends->invoker, &request, on_invoked, delivery);
}

/* False: the integration is none that asks anybody, and the delivery is over. */
static bool asks_somebody(struct delivery *delivery)
{
    const struct route *route = delivery->route;
    if (route == NULL && !delivery->is_disconnect) {
        return refuse(delivery, 403, ERROR_FRAME_NO_ROUTE, SLICE("no route"));
    }
    if (route != NULL && route->unsupported.len > 0) {
        return refuse(delivery, 501, ERROR_FRAME_INTERNAL, route->unsupported);
    }
    if (route == NULL || (route->integration == INTEGRATION_MOCK && route->transform == NULL)) {
        finish_silent(delivery, 200, NULL);
        delivery_release(delivery);
        return false;
    }
    return true;
}

/* False: no model of the route takes the message, and the delivery is over. */
static bool is_valid(struct delivery *delivery, struct slice message)
{
    const struct validation *validation = delivery->route->validation;
    struct slice errors = SLICE("");
    if (validation == NULL || !validation->validates_body ||
        validation_message(validation, &delivery->arena, message, &errors)) {
        return true;
    }
    delivery->validation = errors;
    return refuse(delivery, 400, ERROR_FRAME_BAD_BODY,
                  arena_printf(&delivery->arena, "body: %.*s", SLICE_ARG(errors)));
}

/* False: a limit of the stage refuses the message, and the delivery is over. */
static bool is_admitted(struct delivery *delivery, const struct stage *stage)
{
    const struct route *route = delivery->route;
    struct ws_sessions *all = delivery->all;
    struct clock *clock = all->options.context->clock;
    const struct usage_request request = {
        .api_id = delivery->config->id,
        .stage = stage->name,
        .route_key = route->key,
        .stage_limit = stage->limits != NULL ? &stage->limits[route->index] : NULL,
    };
    struct usage_refusal refusal;
    if (usage_take(all->options.usage, &request, clock_monotonic_ns(clock), clock_epoch_ms(clock),
                   &refusal) == USAGE_PASSES) {
        return true;
    }
    (void)refuse(delivery, 429, ERROR_FRAME_THROTTLED,
                 usage_rate_reason(&all->scratch, &request, &refusal));
    arena_reset(&all->scratch);
    return false;
}

/* --- the two kinds --- */

static struct ws_event_input event_input(const struct delivery *delivery,
                                         const struct ws_session *session,
                                         const struct stage *stage, char time[TIME_TEXT_MAX])
{
    int64_t now_ms = clock_epoch_ms(delivery->all->options.context->clock);
    return (struct ws_event_input){
        .config = delivery->config,
        .stage = stage,
        .facts = &session->connection->facts,
        .route_key_json = delivery->route != NULL ? delivery->route->key_json : SLICE("null"),
        .request_id = slice_from(delivery->request_id),
        .epoch_ms = now_ms,
        .time = slice_from(time_clf(time, now_ms)),
    };
}

static bool is_proxy_to_function(const struct delivery *delivery)
{
    return delivery->route != NULL && delivery->route->integration == INTEGRATION_LAMBDA;
}

/* What templates and logs see of it, if there are any; the session may go before they look. */
static void describe(struct delivery *delivery, const struct ws_event_input *from,
                     const struct ws_occasion *occasion)
{
    struct arena *arena = &delivery->arena;
    AUTO_BUF context = BUF_INIT(1024 * 1024);
    delivery->in = (struct event_input){
        .config = delivery->config,
        .route = delivery->route,
        .stage = from->stage,
        .method = SLICE("POST"),
        .request_id = from->request_id,
        .extended_id = from->request_id,
        .epoch_ms = from->epoch_ms,
        .arena = arena,
    };
    if (is_proxy_to_function(delivery) && from->stage->access_log == NULL) {
        return;
    }
    ws_event_write_context(&context, from, occasion);
    delivery->in.context = arena_copy(arena, buf_slice(&context));
    delivery->in.time = arena_copy(arena, from->time);
}

void deliver_message(struct ws_session *session, struct slice message)
{
    const struct api_config *config = session->config;
    const struct stage *stage = stage_named(config, session->connection->stage);
    size_t index = ws_routes_find(config->ws_routes, &session->all->scratch, message);
    const struct route *route = index != WS_ROUTE_NONE ? &config->routes[index] : NULL;
    arena_reset(&session->all->scratch);
    struct delivery *delivery = create(session, "MESSAGE", stage, route);
    char time[TIME_TEXT_MAX];
    char message_id[ID_SHORT_MAX];
    const struct ws_event_input in = event_input(delivery, session, stage, time);
    const struct ws_occasion occasion = {.type = "MESSAGE",
                                         .message_id = slice_from(id_api_request(message_id))};
    describe(delivery, &in, &occasion);
    if (!asks_somebody(delivery) || !is_admitted(delivery, stage) || !is_valid(delivery, message)) {
        return;
    }
    if (is_proxy_to_function(delivery)) {
        ws_event_write_message(&delivery->event, &in, occasion.message_id, message);
        invoke(delivery);
    } else {
        delivery_ask(delivery, message);
    }
}

void deliver_disconnect(struct ws_session *session, uint16_t code, struct slice reason)
{
    const struct api_config *config = session->config;
    const struct stage *stage = stage_named(config, session->connection->stage);
    size_t index = ws_routes_disconnect(config->ws_routes);
    if (session->all->is_drained) {
        return;
    }
    struct delivery *delivery = create(session, "DISCONNECT", stage,
                                       index != WS_ROUTE_NONE ? &config->routes[index] : NULL);
    char time[TIME_TEXT_MAX];
    const struct ws_event_input in = event_input(delivery, session, stage, time);
    const struct ws_occasion occasion = {
        .type = "DISCONNECT", .close_code = code, .close_reason = reason};
    delivery->is_disconnect = true;
    delivery->close_code = code;
    describe(delivery, &in, &occasion);
    if (!asks_somebody(delivery)) {
        return;
    }
    if (is_proxy_to_function(delivery)) {
        ws_event_write_disconnect(&delivery->event, &in, code, reason);
        invoke(delivery);
    } else {
        delivery_ask(delivery, SLICE(""));
    }
}
