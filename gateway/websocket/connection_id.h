/* Ids of WebSocket connections: 15 characters of base64url and a "=", such as "VNRUSeldSwMCIRQ=". They are made as request
 * ids are (id_api_request()); in the URLs of @connections the "=" is percent-encoded, or not. */
#ifndef SLS_GATEWAY_WEBSOCKET_CONNECTION_ID_H
#define SLS_GATEWAY_WEBSOCKET_CONNECTION_ID_H

#include "core/slice.h"

/* What is no id at all is answered 400 "Invalid connectionId: x", a well-formed one that is not connected 410. */
bool connection_id_is_valid(struct slice id);

#endif
