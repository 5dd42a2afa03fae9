#include "gateway/websocket/sessions.h"

#include "core/mem.h"
#include "gateway/stage/stage.h"
#include "gateway/websocket/limits.h"
#include "gateway/websocket/sessions_private.h"

#include <assert.h>

struct ws_sessions *ws_sessions_create(const struct ws_sessions_options *options)
{
    struct ws_sessions *all = mem_zalloc(sizeof(*all));
    all->options = *options;
    all->connections = ws_connections_create(options->context);
    arena_init(&all->scratch, 4096);
    return all;
}

const struct ws_connections *ws_sessions_connections(const struct ws_sessions *all)
{
    return all->connections;
}

/* --- the end of all --- */

static void on_drain_closed(uv_handle_t *handle)
{
    sessions_timer_closed(CONTAINER_OF((uv_timer_t *)handle, struct ws_sessions, drain));
}

static void end_drain(struct ws_sessions *all)
{
    struct delivery *delivery = all->deliveries;
    all->is_drained = true;
    while (delivery != NULL) {
        struct delivery *next = delivery_next(delivery);
        delivery_abandon(delivery);
        delivery = next;
    }
    uv_close((uv_handle_t *)&all->drain, on_drain_closed);
}

static void on_drain_over(uv_timer_t *timer)
{
    struct ws_sessions *all = CONTAINER_OF(timer, struct ws_sessions, drain);
    if (!all->is_drained) {
        end_drain(all);
    }
}

void sessions_settle(struct ws_sessions *all)
{
    bool is_at_rest = all->sessions == NULL && all->deliveries == NULL;
    if (is_at_rest && all->is_closing && !all->is_drained) {
        end_drain(all);
    } else if (is_at_rest && all->is_released) {
        ws_connections_destroy(all->connections);
        arena_finish(&all->scratch);
        mem_free(all);
    }
}

void sessions_timer_closed(struct ws_sessions *all)
{
    assert(all->open_timers > 0);
    if (--all->open_timers == 0 && all->is_drained) {
        all->is_closed = true;
        all->on_closed(all->close_ctx);
    }
}

void ws_sessions_release(struct ws_sessions *all)
{
    assert(all->is_closed);
    all->is_released = true;
    sessions_settle(all);
}

static void leave(struct ws_session *session)
{
    session->is_leaving = true;
    if (session->connection->websocket != NULL) {
        websocket_close(session->connection->websocket, WEBSOCKET_GOING_AWAY, SLICE("Going away"));
    }
}

void ws_sessions_close(struct ws_sessions *all, uint32_t drain_ms, void (*on_closed)(void *ctx),
                       void *ctx)
{
    all->is_closing = true;
    all->on_closed = on_closed;
    all->close_ctx = ctx;
    (void)uv_timer_init(all->options.context->loop, &all->drain);
    all->open_timers++;
    for (struct ws_session *session = all->sessions; session != NULL; session = session->next) {
        leave(session);
    }
    if (all->sessions == NULL && all->deliveries == NULL) {
        end_drain(all);
    } else {
        (void)uv_timer_start(&all->drain, on_drain_over, drain_ms, 0);
    }
}

void ws_sessions_redeploy(struct ws_sessions *all, const struct api_config *old,
                          struct api_config *config)
{
    for (struct ws_session *session = all->sessions; session != NULL; session = session->next) {
        if (session->config != old) {
            continue;
        }
        if (config == NULL || config->kind != API_WEBSOCKET ||
            stage_named(config, session->connection->stage) == NULL) {
            leave(session);
            continue;
        }
        struct api_config *was = session->config;
        session->config = api_config_ref(config);
        api_config_unref(was);
    }
}

/* --- one of them --- */

struct ws_session *ws_session_create(struct ws_sessions *all, struct api_config *config,
                                     struct slice stage, const struct ws_facts *facts)
{
    struct ws_session *session = mem_zalloc(sizeof(*session));
    session->all = all;
    session->config = api_config_ref(config);
    session->connection = ws_connections_add(all->connections, config->id, stage, facts, session);
    session->is_leaving = all->is_closing;
    session->next = all->sessions;
    if (all->sessions != NULL) {
        all->sessions->prev = session;
    }
    all->sessions = session;
    return session;
}

static void destroy(struct ws_session *session)
{
    struct ws_sessions *all = session->all;
    if (session->prev != NULL) {
        session->prev->next = session->next;
    } else {
        all->sessions = session->next;
    }
    if (session->next != NULL) {
        session->next->prev = session->prev;
    }
    ws_connection_remove(session->connection);
    api_config_unref(session->config);
    mem_free(session);
    sessions_settle(all);
}

void ws_session_drop(struct ws_session *session)
{
    if (session != NULL) {
        destroy(session);
    }
}

void ws_session_miss(struct ws_session *session)
{
    if (session != NULL) {
        deliver_disconnect(session, WEBSOCKET_ABNORMAL, SLICE(""));
        destroy(session);
    }
}

static void on_message(void *ctx, struct websocket *websocket, enum websocket_kind kind,
                       struct slice message)
{
    struct ws_session *session = ctx;
    assert(kind == WEBSOCKET_TEXT); /* the server refuses others: takes_binary is not set */
    (void)kind;
    if (++session->running >= WS_RUNNING_MAX) {
        session->is_paused = true;
        websocket_pause(websocket);
    }
    deliver_message(session, message);
}

void session_answered(struct ws_session *session)
{
    session->running--;
    if (session->is_paused && session->running < WS_RUNNING_MAX) {
        session->is_paused = false;
        websocket_resume(session->connection->websocket);
    }
}

static void on_close(void *ctx, struct websocket *websocket, const struct websocket_close *close)
{
    struct ws_session *session = ctx;
    (void)websocket;
    deliver_disconnect(session, close->code, close->reason);
    destroy(session);
}

bool ws_session_open(struct ws_session *session, struct http_exchange *exchange,
                     struct slice protocol)
{
    static const struct websocket_options options = {
        .on_message = on_message,
        .on_close = on_close,
        .message_len = WS_MESSAGE_MAX,
        .frame_len = WS_FRAME_MAX,
    };
    struct websocket *websocket = websocket_accept(exchange, &options, protocol, session);
    if (websocket == NULL) {
        return false;
    }
    ws_connection_open(session->connection, websocket);
    if (session->is_leaving) {
        leave(session);
    }
    return true;
}

struct ws_session *sessions_find(const struct ws_sessions *all, struct slice connection_id)
{
    struct ws_connection *connection =
        ws_connections_find(all->connections, SLICE_NULL, SLICE_NULL, connection_id);
    return connection != NULL ? connection->owner : NULL;
}
