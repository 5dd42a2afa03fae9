/* Request validators of REST APIs, and what routes of WebSocket APIs ask: held against a request.
 *
 * Parameters first: those that must be there and not be blank. Then the body, by the model of its content type
 * ("application/json" when nothing is said, "$default" for any); a type without a model is not looked at.
 *
 * Ownership  Lives in its API's arena, but for the schemas: validation_finish().
 * Source     API Gateway Developer Guide, "Request validation for REST APIs in API Gateway". */
#ifndef SLS_GATEWAY_STAGE_VALIDATION_H
#define SLS_GATEWAY_STAGE_VALIDATION_H

#include "gateway/event/event.h"
#include "gateway/schema/schema.h"
#include "gateway/websocket/selection.h"

struct body_model {
    struct slice content_type;
    struct schema *schema; /* NULL: everything is good */
};

struct validation {
    bool validates_body, validates_parameters;
    struct slice *parameters; /* "method.request.header.X", sorted */
    size_t parameter_count;
    struct body_model *models;
    size_t model_count;
    const struct selection *selection; /* WebSocket: of the model */
};

/* INVALID for a model that is none, or that there is none of. */
MUST_CHECK enum status validation_init(struct validation *validation, struct arena *arena,
                                       const struct api_spec *api, const struct route_spec *route,
                                       struct fault *reterr);
void validation_finish(struct validation *validation);

/* True: all are there. Otherwise "[a, b]", those that are not. */
MUST_CHECK bool validation_parameters(const struct validation *validation,
                                      const struct event_input *in, struct slice *ret_missing);
MUST_CHECK bool validation_body(const struct validation *validation, const struct event_input *in,
                                struct slice *ret_errors);
/* A message, by the model that the route's expression selects, else $default's; without one it fails. */
MUST_CHECK bool validation_message(const struct validation *validation, struct arena *arena,
                                   struct slice message, struct slice *ret_errors);

#endif
