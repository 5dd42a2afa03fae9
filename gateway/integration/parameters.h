/* Parameter mapping of HTTP APIs: requests and responses changed on their way, without a template.
 *
 *     request   append|overwrite|remove:header.X, append|overwrite|remove:querystring.X, overwrite:path
 *     response  append|overwrite|remove:header.X, overwrite:statuscode
 *     values    $request.header.x  $request.querystring.x  $request.path  $request.path.x  $request.body  $request.body.json.path
 *               $response.header.x  $response.body  $response.body.json.path  $context.x  $stageVariables.x  text
 *               and "${...}" of any of them within a text
 *
 * A value that there is none of maps nothing.
 *
 * Ownership  Results live in the arena of the request.
 * Errors     INVALID for a key of no known form, and for headers that AWS reserves.
 * Limits     Bodies are looked at up to PARAMETER_BODY_MAX; a longer one has no members.
 * Source     API Gateway Developer Guide, "Transforming API requests and responses" for HTTP APIs. */
#ifndef SLS_GATEWAY_INTEGRATION_PARAMETERS_H
#define SLS_GATEWAY_INTEGRATION_PARAMETERS_H

#include "gateway/event/event.h"

#define PARAMETER_BODY_MAX (100u * 1024)

/* What is mapped: a request to a backend, or a response to a client. */
struct message {
    struct arena *arena;
    struct http_header *headers;
    size_t header_count, header_cap;
    struct slice path;  /* with the leading '/' */
    struct slice query; /* encoded, without '?' */
    int status;         /* responses */
    struct slice body;
};

void message_add(struct message *message, struct slice name, struct slice value);
void message_remove(struct message *message, struct slice name);
void message_set(struct message *message, struct slice name, struct slice value);
struct slice message_get(const struct message *message, struct slice name);
/* Adds "name=value", encoded. */
void message_add_query(struct message *message, struct slice name, struct slice value);

/* Where values come from. */
struct parameter_source {
    const struct event_input *in;
    const struct message *response; /* NULL while it is a request's */
};

MUST_CHECK enum status mapping_check(struct pairs parameters, bool is_response,
                                     struct fault *reterr);
void mapping_apply(struct pairs parameters, const struct parameter_source *source,
                   struct message *message);
/* SLICE_NULL: there is none. */
struct slice mapping_value(const struct parameter_source *source, struct slice expression);

#endif
