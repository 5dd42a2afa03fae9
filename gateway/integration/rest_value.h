/* Values and URIs of REST and WebSocket APIs' integrations.
 *
 * Source  API Gateway Developer Guide, "Amazon API Gateway API request and response data mapping reference". */
#ifndef SLS_GATEWAY_INTEGRATION_REST_VALUE_H
#define SLS_GATEWAY_INTEGRATION_REST_VALUE_H

#include "gateway/integration/parameters.h"
#include "gateway/vtl/vtl.h"

/* 'text', method.request.{path,querystring,header,multivaluequerystring,multivalueheader}.x, method.request.body[.path],
 * context.x, stageVariables.x; of WebSocket APIs route.request... ; SLICE_NULL: there is none. */
struct slice rest_value(const struct event_input *in, struct slice expression);
/* The integration's request parameters: path variables go into the URI that is returned, the rest into `message`. */
struct slice rest_apply(const struct integration_spec *backend, const struct event_input *in,
                        struct slice uri, struct message *message);
/* {name} of overrides (may be NULL) and of the route's variables, ${stageVariables.x}. */
struct slice rest_fill_uri(const struct event_input *in, struct slice uri,
                           const struct vtl_override_list *overrides);
/* The same of HTTP APIs, whose variables are decoded. */
struct slice uri_fill(const struct event_input *in, struct slice uri);

#endif
