/* Sessions: what goes on over the connections of WebSocket APIs, from the handshake to the last event.
 *
 *     create (the handshake has begun) -> open -> messages -> on_close, $disconnect, gone
 *                                     \-> drop (refused)
 *
 * Messages     Each is an invocation of its route's function; those of one connection run at the same time and may end in
 *              any order, as on AWS. Beyond WS_RUNNING_MAX of them the client is not read from until one has ended.
 * Answers      What the function returned goes back if the route has a route response; errors do in any case, as error
 *              frames, and the connection stays open.
 * Deployments  A connection stays and goes by what is deployed last; it ends with its stage or its API.
 * Ownership    Sessions belong to the set and are gone after drop, miss, or on_close. A session holds a reference to its API.
 * Thread       Loop thread only.
 * Limits       gateway/websocket/limits.h. Events of more than WS_EVENTS_MAX bytes, all connections together, do not wait
 *              for functions: "Too Many Requests".
 * Source       API Gateway Developer Guide, "Overview of WebSocket APIs"; quotas as of limits.h. */
#ifndef SLS_GATEWAY_WEBSOCKET_SESSIONS_H
#define SLS_GATEWAY_WEBSOCKET_SESSIONS_H

#include "core/http/server.h"
#include "gateway/websocket/connections.h"

struct access_streams; /* stage/access_log.h */
struct backends;       /* integration/backend.h */
struct usage;          /* stage/usage.h */
struct ws_sessions;

struct ws_session {
    struct ws_connection *connection;
    struct api_config *config; /* as it is deployed now; counted */
    /* sessions.c's */
    struct ws_sessions *all;
    struct ws_session *prev, *next;
    size_t running; /* messages whose answer is awaited */
    bool is_paused;
    bool is_leaving; /* its API or the gateway goes: closed as soon as it is open */
};

struct ws_sessions_options {
    struct context *context;
    const struct backends *backends; /* outlive the sessions, as do: */
    struct access_streams *logs;
    struct usage *usage;                                                /* what limits messages */
    void (*on_request)(void *ctx, const struct request_report *report); /* may be NULL */
    void *ctx;
};

struct ws_sessions *ws_sessions_create(const struct ws_sessions_options *options);
/* After ws_sessions_close(): nobody begins anything any more. Frees when the last session and delivery has ended. */
void ws_sessions_release(struct ws_sessions *all);
/* By which @connections are found. */
const struct ws_connections *ws_sessions_connections(const struct ws_sessions *all);
/* What was served by `old` is by `config` from now on; NULL: not any more, its connections are closed with 1001. */
void ws_sessions_redeploy(struct ws_sessions *all, const struct api_config *old,
                          struct api_config *config);
/* Closes all connections with 1001, waits for them and for their last events until the drain is over, then runs
 * `on_closed` (never inside). What is left then (connections of a server that is not closed, functions that run on) ends
 * without a word. */
void ws_sessions_close(struct ws_sessions *all, uint32_t drain_ms, void (*on_closed)(void *ctx),
                       void *ctx);

/* --- one of them --- */

/* `facts` as of ws_connections_add(). */
struct ws_session *ws_session_create(struct ws_sessions *all, struct api_config *config,
                                     struct slice stage, const struct ws_facts *facts);
/* Takes the exchange over, which passed websocket_check(). False: the client is gone, or the server is being destroyed;
 * the exchange is over all the same. */
MUST_CHECK bool ws_session_open(struct ws_session *session, struct http_exchange *exchange,
                                struct slice protocol);
/* Ends one that was not opened: it was refused; or it was let in and is not there: $disconnect is told. NULL is a no-op. */
void ws_session_drop(struct ws_session *session);
void ws_session_miss(struct ws_session *session);

#endif
