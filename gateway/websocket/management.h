/* The @connections API, by which anybody reaches a connected client: "/{stage}/@connections/{id}" of the API's own address.
 *
 *     POST    the body goes to the client as one text message: 200
 *     GET     since when it is connected, who it is, when a message last came or went: 200
 *     DELETE  closes it with 1000: 204
 *
 * Errors   400 BadRequestException for what is no id (or no text), 410 GoneException (without a body, as AWS has it) for an
 *          id that is not open, a client that does not read included; 413 PayloadTooLargeException; 403 for other methods.
 * Thread   Loop thread only.
 * Limits   WS_MESSAGE_MAX.
 * Source   API Gateway Developer Guide, "Use @connections commands in your backend service"; the service's model. */
#ifndef SLS_GATEWAY_WEBSOCKET_MANAGEMENT_H
#define SLS_GATEWAY_WEBSOCKET_MANAGEMENT_H

#include "core/http/server.h"
#include "gateway/websocket/connections.h"

/* Runs once, when the request was answered; `reason` is empty for what went well. */
typedef void management_done_fn(void *ctx, int status, const char *reason);

struct management {
    const struct ws_connections *connections;
    management_done_fn *on_done; /* may be NULL */
    void *ctx;
    bool has_body; /* it was read before, for its signature: */
    struct slice body;
};

/* The id in a path below the stage, "/@connections/VNRUSeldSwMCIRQ%3D", decoded; SLICE_NULL: the path is another one. */
struct slice management_id(struct arena *arena, struct slice path);
/* Answers. `management`, `api_id`, `stage` and `id` are kept until then: the last three may be the exchange's arena's. */
void management_handle(const struct management *management, struct slice api_id, struct slice stage,
                       struct slice id, struct http_exchange *exchange);

#endif
