/* The events of WebSocket APIs: a client connects, says something, is gone; and what an authorizer of $connect gets.
 *
 *     CONNECT     headers, query (when there is one), requestContext
 *     MESSAGE     requestContext with messageId, body
 *     DISCONNECT  four headers that say nothing, requestContext with disconnectStatusCode and -Reason
 *     authorizer  type REQUEST, methodArn, headers with Connection and Upgrade, query, stageVariables, requestContext
 *
 * What is empty is absent. Written straight into a buffer as the events of requests are (gateway/event.h).
 *
 * Ownership  Everything is borrowed for the call.
 * Errors     An event beyond the buffer's maximum: buf_status().
 * Source     Events captured from API Gateway, 2022 to 2025, in the order of their members; Developer Guide, "Create
 *            proxy integrations for WebSocket APIs" and "Control access with REQUEST authorizers". */
#ifndef SLS_GATEWAY_WEBSOCKET_WS_EVENT_H
#define SLS_GATEWAY_WEBSOCKET_WS_EVENT_H

#include "gateway/event/event.h"

/* Of a connection: in each of its events. */
struct ws_facts {
    struct slice connection_id;
    int64_t connected_ms; /* epoch; on $connect: now */
    struct slice source_ip;
    struct slice user_agent; /* empty: the client named none */
    struct slice domain;     /* Host with its port: handlers make the URL of @connections from it */
    struct slice
        authorizer; /* the members of an object, as JSON: "principalId":"u1",...; empty: none authorized */
    struct slice
        identity; /* the same of who signed the handshake, for `identity`; empty: not asked */
};

/* Of one event. */
struct ws_event_input {
    const struct api_config *config;
    const struct stage *stage;
    const struct ws_facts *facts;
    struct slice route_key_json; /* with quotes */
    struct slice request_id;     /* requestId and extendedRequestId */
    int64_t epoch_ms;
    struct slice time; /* the same as text: 12/Mar/2020:19:03:58 +0000 */
};

/* What happened, for ws_event_write_context(). */
struct ws_occasion {
    const char *type;        /* "CONNECT", "MESSAGE", "DISCONNECT" */
    struct slice message_id; /* of a message */
    uint16_t close_code;     /* of a disconnect, with its reason */
    struct slice close_reason;
};

/* requestContext alone, an object: $context of templates and logs. */
void ws_event_write_context(struct buf *buf, const struct ws_event_input *in,
                            const struct ws_occasion *occasion);
/* `request` is the handshake; its headers, query, peer, domain, trace and arena are looked at. */
void ws_event_write_connect(struct buf *buf, const struct ws_event_input *in,
                            const struct event_input *request);
void ws_event_write_authorizer(struct buf *buf, const struct ws_event_input *in,
                               const struct event_input *request, struct slice method_arn);
void ws_event_write_message(struct buf *buf, const struct ws_event_input *in,
                            struct slice message_id, struct slice body);
/* `code` as of struct websocket_close; its reason, or what API Gateway says for it. */
void ws_event_write_disconnect(struct buf *buf, const struct ws_event_input *in, uint16_t code,
                               struct slice reason);

#endif
