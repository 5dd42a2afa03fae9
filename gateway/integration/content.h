/* Bodies as text or bytes, by the binary media types of a REST API: what contentHandling of non-proxy integrations makes of
 * them. A body is binary when its media type is among those, and text otherwise; text that is to become bytes is Base64.
 *
 * Ownership  A new body is in the arena; else it is what it was.
 * Source     API Gateway Developer Guide, "Content type conversions in API Gateway". */
#ifndef SLS_GATEWAY_INTEGRATION_CONTENT_H
#define SLS_GATEWAY_INTEGRATION_CONTENT_H

#include "gateway/api.h"

/* By a Content-Type; one that is not there means JSON. */
bool content_is_binary(const struct api_config *config, struct slice content_type);
/* By an Accept header: only its first media type counts. */
bool content_wants_binary(const struct api_config *config, struct slice accept);

/* False: the text is no Base64, a configuration error (500); the body stays. */
MUST_CHECK bool content_of_request(struct arena *arena, enum content_handling handling,
                                   bool is_binary, struct slice *body);
MUST_CHECK bool content_of_response(struct arena *arena, enum content_handling handling,
                                    bool is_binary, bool wants_binary, struct slice *body);
/* WebSocket APIs know no media types: what is no UTF-8 is binary. */
MUST_CHECK bool content_of_message(struct arena *arena, enum content_handling handling,
                                   struct slice *body);

#endif
