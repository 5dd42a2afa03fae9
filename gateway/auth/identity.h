/* Identity sources: where an authorizer finds who calls.
 *
 *     HTTP        $request.header.Auth  $request.querystring.token  $context.x  $stageVariables.x
 *     REST        method.request.header.Auth  method.request.querystring.token  context.x  stageVariables.x
 *     WebSocket   route.request.header.Auth  route.request.querystring.token  context.x  stageVariables.x
 *
 * Header names are compared without case, the others with it.
 *
 * Source  API Gateway Developer Guide, "Control access to HTTP APIs with AWS Lambda authorizers"; the same for REST. */
#ifndef SLS_GATEWAY_AUTH_IDENTITY_H
#define SLS_GATEWAY_AUTH_IDENTITY_H

#include "gateway/event/event.h"

enum identity_place { IDENTITY_HEADER, IDENTITY_QUERY, IDENTITY_CONTEXT, IDENTITY_STAGE_VARIABLE };

struct identity_source {
    enum identity_place place;
    struct slice name;
};

/* False for an expression of no known form. */
MUST_CHECK bool identity_parse(struct slice expression, struct identity_source *ret_source);
/* SLICE_NULL or empty: the request does not have it. */
struct slice identity_value(const struct identity_source *source, const struct event_input *in);

#endif
