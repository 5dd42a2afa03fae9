/* The connections of WebSocket APIs, by id, and how long they may last.
 *
 *     add (an id; $connect is asked) -> open (found by others) -> remove (refused, or the websocket's on_close)
 *
 * An open one is closed with 1001 "Going away" when no message came or went for WS_IDLE_MS, and after WS_LIFETIME_MS in
 * any case, on the clock that lessons and tests turn.
 *
 * Ownership  Whoever adds a connection removes it; what its facts point to is copied. The websocket is the server's.
 * Thread     Loop thread only. Nothing here calls the owner; a websocket that is closed tells its owner itself.
 * Memory     A struct and one block of text each.
 * Source     API Gateway Developer Guide, "Quotas for ... WebSocket API": neither ping nor pong keeps a connection. */
#ifndef SLS_GATEWAY_WEBSOCKET_CONNECTIONS_H
#define SLS_GATEWAY_WEBSOCKET_CONNECTIONS_H

#include "core/context.h"
#include "core/http/websocket.h"
#include "core/id.h"
#include "gateway/websocket/ws_event.h"

struct ws_connections;

struct ws_connection {
    struct ws_facts facts; /* texts are its own */
    struct slice api_id;
    struct slice stage;
    struct websocket *websocket; /* NULL until it is open */
    void *owner;
    /* connections.c's */
    struct ws_connections *all;
    struct ws_connection *next; /* in its bucket */
    char id[ID_SHORT_MAX];
    char *texts;
    char *authorizer; /* and the identity */
    struct alarm alarm;
};

/* Without context->alarms nothing is ever idle for too long. */
struct ws_connections *ws_connections_create(struct context *context);
void ws_connections_destroy(
    struct ws_connections *all); /* none is left (asserted); NULL is a no-op */
size_t ws_connections_count(const struct ws_connections *all);

/* `facts` need no connection_id and no connected_ms: they are made here. */
struct ws_connection *ws_connections_add(struct ws_connections *all, struct slice api_id,
                                         struct slice stage, const struct ws_facts *facts,
                                         void *owner);
/* What every event says of the authorizer and of who signed from now on; copied. */
void ws_connection_authorize(struct ws_connection *connection, struct slice authorizer,
                             struct slice identity);
void ws_connection_open(struct ws_connection *connection, struct websocket *websocket);
void ws_connection_remove(struct ws_connection *connection); /* NULL is a no-op */

/* The open connection of that id, of that stage of that API (SLICE_NULL: of any); NULL: there is none, or not yet. */
struct ws_connection *ws_connections_find(const struct ws_connections *all, struct slice api_id,
                                          struct slice stage, struct slice id);
/* Epoch ms of its last message in either direction, of its opening before. */
int64_t ws_connection_active_ms(const struct ws_connection *connection);

#endif
