/* What makes a request one to an AWS service at the edge: which it is, and what of it is asked.
 *
 * Source  The services' wire protocols; Signature Version 4. */
#ifndef SLS_GATEWAY_INTEGRATION_SERVICE_REQUEST_H
#define SLS_GATEWAY_INTEGRATION_SERVICE_REQUEST_H

#include "gateway/integration/parameters.h"

/* The protocol's own POST for an action: X-Amz-Target, or Action in the query. */
void service_request_action(struct message *message, struct slice service, struct slice action);
/* Which service it is for stands in the signature's scope; the edge verifies nothing else of it. */
void service_request_sign(struct message *message, struct slice region, struct slice service,
                          int64_t now_ms);

#endif
