/* Which route of a WebSocket API a client's coming, its messages and its going belong to.
 *
 *     $connect, $disconnect   those two events, and no message, whatever it says
 *     a message               the route whose key its selection expression gives, exactly; else $default
 *
 * Ownership  Lives in the arena it was made in; knows routes by their index in the spec.
 * Thread     Any, once made.
 * Errors     INVALID for a malformed or missing expression, an empty key and one that begins with another "$" word, and
 *            for an authorizer of another route than $connect;
 *            CONFLICT for two routes of one key.
 * Source     API Gateway Developer Guide, "Create routes for WebSocket APIs". */
#ifndef SLS_GATEWAY_WEBSOCKET_WS_ROUTES_H
#define SLS_GATEWAY_WEBSOCKET_WS_ROUTES_H

#include "core/arena.h"
#include "gateway/spec.h"

#define WS_ROUTE_NONE SIZE_MAX /* there is no such route */

struct ws_routes;

MUST_CHECK enum status ws_routes_create(struct arena *arena, const struct api_spec *spec,
                                        const struct ws_routes **ret_routes, struct fault *reterr);
size_t ws_routes_connect(const struct ws_routes *routes);
size_t ws_routes_disconnect(const struct ws_routes *routes);
/* NONE is answered with an error frame. `scratch` may be reset afterwards. */
size_t ws_routes_find(const struct ws_routes *routes, struct arena *scratch, struct slice message);

#endif
