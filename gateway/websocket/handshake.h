/* Requests to a WebSocket API: handshakes, as calls of its $connect route, and @connections.
 *
 *     call -> endpoint or @connections -> authorizer -> $connect -> 101, and the session goes on by itself
 *
 * @connections is open to everybody, or under --strict-iam to who signs for execute-api.
 *
 * The endpoint is "/{stage}"; "/" is the first stage, as serverless-offline's users expect. "/@connections/{id}" is the
 * connection of any stage.
 *
 * Refused   403: no such stage, or denied. 405, 426, 400: no handshake. 401: nobody is named. 502: $connect failed, or its
 *           answer is none. 504: it took too long. Any other status is what $connect said.
 * Source    API Gateway Developer Guide, "Manage connected users and client apps: $connect and $disconnect routes". */
#ifndef SLS_GATEWAY_WEBSOCKET_HANDSHAKE_H
#define SLS_GATEWAY_WEBSOCKET_HANDSHAKE_H

#include "gateway/call/call.h"

/* In the order of a call. */
void handshake_begin(struct call *call);
void handshake_write_authorizer_event(struct call *call, const struct event_input *in,
                                      struct slice arn);
/* The authorizer, if there is one, lets it pass. False: the client has left, and the call is over. */
MUST_CHECK bool handshake_admit(struct call *call);
/* $context of its templates and of its log; empty where there are none. */
struct slice handshake_context(const struct call *call, const struct event_input *in);
void handshake_write_event(struct call *call, const struct event_input *in);
void handshake_answer(struct call *call, const struct invoke_result *result);
/* Another integration answers: its status decides, and it may name the sub-protocol. */
void handshake_respond(struct call *call, const struct response *response,
                       const struct invoke_result *result);
/* Opens without asking a function. */
void handshake_open(struct call *call, struct slice protocol, const struct invoke_result *result);

#endif
