/* What the files of the session layer share. Private to sessions.c and delivery.c. */
#ifndef SLS_GATEWAY_WEBSOCKET_SESSIONS_PRIVATE_H
#define SLS_GATEWAY_WEBSOCKET_SESSIONS_PRIVATE_H

#include "core/arena.h"
#include "gateway/websocket/sessions.h"

struct delivery;

struct ws_sessions {
    struct ws_sessions_options options;
    struct ws_connections *connections;
    struct ws_session *sessions;
    struct delivery *deliveries;
    struct arena scratch; /* of one message or answer */
    size_t event_len;     /* bytes of events that functions have not answered */
    size_t open_timers;   /* of deliveries, and the drain's */
    uv_timer_t drain;     /* open from ws_sessions_close() to the end */
    bool is_closing;
    bool is_drained;  /* nobody waits any more: timers are closed, nothing new begins */
    bool is_closed;   /* on_closed has run */
    bool is_released; /* the last session or delivery frees the rest */
    void (*on_closed)(void *ctx);
    void *close_ctx;
};

/* sessions.c: after every end of something; may free `all`. */
void sessions_settle(struct ws_sessions *all);
void sessions_timer_closed(struct ws_sessions *all);
/* The session of an open connection; NULL when it is gone. */
struct ws_session *sessions_find(const struct ws_sessions *all, struct slice connection_id);
/* One of its messages is answered. */
void session_answered(struct ws_session *session);

/* delivery.c: one event on its way to a function. */
void deliver_message(struct ws_session *session, struct slice message);
void deliver_disconnect(struct ws_session *session, uint16_t code, struct slice reason);
/* The drain is over: closes its timer; its function may run on. */
void delivery_abandon(struct delivery *delivery);
struct delivery *delivery_next(const struct delivery *delivery);

#endif
