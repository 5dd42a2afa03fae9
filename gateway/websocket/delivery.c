/* One event of a connection on its way to a function, and what of the answer goes back.
 *
 * A delivery knows its connection by id: the connection may be gone before the function has answered. */
#include "core/mem.h"
#include "gateway/limits.h"
#include "gateway/refusal.h"
#include "gateway/stage.h"
#include "gateway/usage.h"
#include "gateway/websocket/error_frame.h"
#include "gateway/websocket/limits.h"
#include "gateway/websocket/sessions_private.h"
#include "gateway/websocket/ws_answer.h"
#include "gateway/websocket/ws_routes.h"

struct delivery {
    struct ws_sessions *all;
    struct delivery *prev, *next;
    struct api_config *config;   /* counted */
    const struct route *route;   /* NULL: none takes this message */
    const struct target *target; /* the route's function, in this stage */
    uv_timer_t timer;            /* the integration timeout */
    bool is_invoked;             /* the invoker holds the event */
    bool is_answered;            /* and reported: only the invoker is waited for */
    bool is_timer_open;
    bool is_disconnect;
    bool asks_function;
    uint16_t close_code; /* of a disconnect */
    uint64_t started_ns;
    char connection_id[ID_SHORT_MAX];
    char request_id[ID_SHORT_MAX];
    struct buf event;
    struct buf label; /* "MESSAGE /dev join" */
    size_t method_len;
};

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

/* Once the invoker needs the event no more. */
static void release(struct delivery *delivery)
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

/* Answered, as far as the client is concerned: what there is to say goes to it, if it is still there. */
static void finish(struct delivery *delivery, int status, struct slice frame, struct slice reason,
                   const struct invoke_result *result)
{
    if (delivery->is_answered) {
        return;
    }
    delivery->is_answered = true;
    struct ws_session *session =
        delivery->is_disconnect ? NULL
                                : sessions_find(delivery->all, slice_from(delivery->connection_id));
    if (session != NULL && frame.len != 0 &&
        websocket_send(session->connection->websocket, WEBSOCKET_TEXT, frame) == STATUS_LIMIT &&
        reason.len == 0) {
        reason = SLICE("the client does not read");
    }
    report(delivery, status, reason, result);
    if (session != NULL) {
        session_answered(session);
    }
}

static void fail(struct delivery *delivery, int status, enum error_frame error, struct slice reason,
                 const struct invoke_result *result)
{
    AUTO_BUF frame = BUF_INIT(1024);
    if (!delivery->is_disconnect) {
        error_frame_write(&frame, error, slice_from(delivery->connection_id),
                          slice_from(delivery->request_id));
    }
    finish(delivery, status, buf_slice(&frame), reason, result);
}

static void answer(struct delivery *delivery, const struct invoke_result *result)
{
    struct ws_answer said;
    struct fault fault = {.text = ""};
    struct arena *arena = &delivery->all->scratch;
    if (delivery->is_disconnect) { /* nobody asks for its answer */
        finish(delivery, 200, SLICE(""), SLICE(""), result);
    } else if (ws_answer_read(arena, result->payload, &said, &fault) != STATUS_OK) {
        fail(delivery, 502, ERROR_FRAME_INTERNAL, slice_from(fault.text), result);
    } else if (delivery->route->has_response && said.body.len > WS_MESSAGE_MAX) {
        fail(delivery, 502, ERROR_FRAME_INTERNAL, SLICE("the answer is over 128 KB"), result);
    } else {
        finish(delivery, said.status, delivery->route->has_response ? said.body : SLICE(""),
               SLICE(""), result);
    }
    arena_reset(arena);
}

static void on_invoked(void *ctx, const struct invoke_result *result)
{
    struct delivery *delivery = ctx;
    delivery->is_invoked = false;
    delivery->all->event_len -= delivery->event.len;
    if (delivery->is_answered) {
        release(delivery);
        return;
    }
    if (result->outcome == INVOKE_OK) {
        answer(delivery, result);
    } else {
        struct slice reason;
        enum refusal refusal = refusal_of_outcome(result, &reason);
        fail(delivery, refusal_text(API_WEBSOCKET, refusal)->status, ERROR_FRAME_INTERNAL, reason,
             result);
    }
    release(delivery);
}

static void on_timeout(uv_timer_t *timer)
{
    struct delivery *delivery = CONTAINER_OF(timer, struct delivery, timer);
    fail(delivery, 504, ERROR_FRAME_TIMEOUT, SLICE("integration timeout"), NULL);
}

static void invoke(struct delivery *delivery)
{
    const struct route *route = delivery->route;
    struct ws_sessions *all = delivery->all;
    if (delivery->target->function.ptr == NULL) {
        fail(delivery, 500, ERROR_FRAME_INTERNAL,
             SLICE("the stage has no variable for the function's name"), NULL);
        release(delivery);
        return;
    }
    if (buf_status(&delivery->event) != STATUS_OK) {
        fail(delivery, 413, ERROR_FRAME_INTERNAL, SLICE("event over Lambda's limit"), NULL);
        release(delivery);
        return;
    }
    if (all->event_len + delivery->event.len > WS_EVENTS_MAX) {
        fail(delivery, 429, ERROR_FRAME_THROTTLED, SLICE("too many messages wait for functions"),
             NULL);
        release(delivery);
        return;
    }
    const struct invoke_request request = {
        .function = delivery->target->function,
        .qualifier = delivery->target->qualifier,
        .payload = buf_slice(&delivery->event),
        .source = buf_slice(&delivery->label),
    };
    all->event_len += delivery->event.len;
    delivery->is_invoked = true;
    delivery->asks_function = true;
    (void)uv_timer_start(&delivery->timer, on_timeout, route->timeout_ms, 0);
    invoker_invoke(&all->options.invoker, &request, on_invoked, delivery);
}

/* False: the integration is none that asks a function, and the delivery is over. */
static bool asks_function(struct delivery *delivery)
{
    const struct route *route = delivery->route;
    if (route == NULL) {
        if (delivery->is_disconnect) {
            finish(delivery, 200, SLICE(""), SLICE(""), NULL);
        } else {
            fail(delivery, 403, ERROR_FRAME_NO_ROUTE, SLICE("no route"), NULL);
        }
    } else if (route->unsupported.len > 0) {
        fail(delivery, 501, ERROR_FRAME_INTERNAL, route->unsupported, NULL);
    } else if (route->integration == INTEGRATION_MOCK) {
        finish(delivery, 200, SLICE(""), SLICE(""), NULL);
    } else {
        return true;
    }
    release(delivery);
    return false;
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
    fail(delivery, 429, ERROR_FRAME_THROTTLED, usage_rate_reason(&all->scratch, &request, &refusal),
         NULL);
    arena_reset(&all->scratch);
    release(delivery);
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
        .route_key_json = delivery->route->key_json,
        .request_id = slice_from(delivery->request_id),
        .epoch_ms = now_ms,
        .time = slice_from(time_clf(time, now_ms)),
    };
}

void deliver_message(struct ws_session *session, struct slice message)
{
    const struct api_config *config = session->config;
    const struct stage *stage = stage_named(config, session->connection->stage);
    size_t index = ws_routes_find(config->ws_routes, &session->all->scratch, message);
    const struct route *route = index != WS_ROUTE_NONE ? &config->routes[index] : NULL;
    arena_reset(&session->all->scratch);
    struct delivery *delivery = create(session, "MESSAGE", stage, route);
    if (asks_function(delivery) && is_admitted(delivery, stage)) {
        char time[TIME_TEXT_MAX];
        char message_id[ID_SHORT_MAX];
        const struct ws_event_input in = event_input(delivery, session, stage, time);
        ws_event_write_message(&delivery->event, &in, slice_from(id_api_request(message_id)),
                               message);
        invoke(delivery);
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
    delivery->is_disconnect = true;
    delivery->close_code = code;
    if (asks_function(delivery)) {
        char time[TIME_TEXT_MAX];
        const struct ws_event_input in = event_input(delivery, session, stage, time);
        ws_event_write_disconnect(&delivery->event, &in, code, reason);
        invoke(delivery);
    }
}
