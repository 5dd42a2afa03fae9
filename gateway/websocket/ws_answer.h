/* What a function behind a proxy integration says to an event of a WebSocket API.
 *
 *     {"statusCode": 200, "headers": {"Sec-WebSocket-Protocol": "chat"}, "body": "..."}
 *
 * $connect     the status decides: 2xx opens the connection, with the protocol if one was named; any other is what the
 *              handshake is answered with.
 * messages     the body goes back to the client, if its route has a route response; the status decides nothing.
 * $disconnect  nobody asks.
 *
 * Ownership  Texts point into the payload or live in the arena.
 * Errors     INVALID for what is no such object: 502 on $connect, an error frame for a message.
 * Source     API Gateway Developer Guide, "Set up a $connect route that requires a WebSocket subprotocol" and "Set up
 *            route responses". */
#ifndef SLS_GATEWAY_WEBSOCKET_WS_ANSWER_H
#define SLS_GATEWAY_WEBSOCKET_WS_ANSWER_H

#include "core/arena.h"

struct ws_answer {
    int status;
    struct slice protocol; /* empty: none */
    struct slice body;     /* valid UTF-8; empty: nothing is sent */
};

MUST_CHECK enum status ws_answer_read(struct arena *arena, struct slice payload,
                                      struct ws_answer *ret_answer, struct fault *reterr);

#endif
