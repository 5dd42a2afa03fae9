/* The quotas of WebSocket APIs.
 *
 * Source  API Gateway Developer Guide, "Quotas for configuring and running a WebSocket API". */
#ifndef SLS_GATEWAY_WEBSOCKET_LIMITS_H
#define SLS_GATEWAY_WEBSOCKET_LIMITS_H

#define WS_MESSAGE_MAX (128u * 1024) /* bytes, either way; @connections answers 413 beyond */
#define WS_FRAME_MAX (32u * 1024)    /* bytes of one frame of it, from the client */
#define WS_IDLE_MS (10 * 60 * 1000)  /* without a message in either direction: closed with 1001 */
#define WS_LIFETIME_MS (2 * 60 * 60 * 1000) /* of a connection: closed with 1001 */
#define WS_TIMEOUT_MS 29000u                /* of an integration, when it names none */

/* Ours. */
#define WS_RUNNING_MAX 64u /* messages of one connection at functions; then it is not read from */
#define WS_EVENTS_MAX (64u * 1024 * 1024) /* bytes of events at functions, of all connections */

#endif
