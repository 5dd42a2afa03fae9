/* The checks of a request before its operation runs: method and content type, JSON, target, signature's shape.
 *
 * Errors  Told in the service's order: 404 for what is no API request, SerializationException without a text for what
 *         is no JSON, UnknownOperationException, then what is wrong with the authorization. Signatures are not verified.
 * Source  reference/dynamodb.md sections 1 and 2. */
#ifndef SLS_STORE_WIRE_H
#define SLS_STORE_WIRE_H

#include "core/api/api.h"

/* For api_service.on_call; `service_ctx` is the store. */
bool wire_check(struct api_call *call, void *service_ctx);
/* For api_service.on_error: what the dispatcher refuses. */
bool wire_error(struct api_call *call, int http_status, const char *code, struct slice message);

#endif
