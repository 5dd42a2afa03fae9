/* Non-proxy integrations of REST and WebSocket APIs, compiled: what becomes of a request on its way to the backend, and of
 * the answer on its way back.
 *
 *     request  -> template of its content type (or as it is, or 415) -> parameters -> backend
 *     answer   -> the response whose pattern matches -> parameters, template of Accept -> client
 *
 * WebSocket APIs choose templates by the keys that selection expressions give, and responses by their own keys: "$default",
 * "/2\\d\\d/", or a text.
 *
 * Ownership  Lives in its API's arena, but for templates and patterns: transform_finish().
 * Errors     INVALID for a template or a pattern that does not compile, for parameters of no known form.
 * Source     API Gateway Developer Guide, "Data transformations for REST APIs", "Integration passthrough behaviors",
 *            reference/api-gateway.md 2.8. */
#ifndef SLS_GATEWAY_INTEGRATION_TRANSFORM_H
#define SLS_GATEWAY_INTEGRATION_TRANSFORM_H

#include "gateway/event/event.h"
#include "gateway/java_regex.h"
#include "gateway/vtl/vtl.h"
#include "gateway/websocket/selection.h"

struct transform_template {
    struct slice content_type;
    struct vtl_template *vtl;
};

struct transform_templates {
    struct transform_template *items;
    size_t count;
};

struct transform_response {
    int status;                        /* REST */
    struct slice text;                 /* WebSocket: exactly this is said; empty: see the pattern */
    struct java_regex *pattern;        /* NULL: the default */
    struct pairs parameters;           /* the integration's */
    const struct selection *selection; /* WebSocket: of the template; NULL: none */
    struct transform_templates templates;
    enum content_handling content_handling;
};

struct transform {
    enum passthrough passthrough;
    const struct selection *selection; /* WebSocket: of the request template; NULL: none */
    struct transform_templates request;
    struct transform_response *responses;
    size_t response_count;
};

/* `spec` outlives the transform. */
MUST_CHECK enum status transform_init(struct transform *transform, struct arena *arena,
                                      enum api_kind kind, const struct integration_spec *spec,
                                      struct fault *reterr);
void transform_finish(struct transform *transform);

/* The template for a request of this content type; NULL with true: the body passes as it is. False: 415. */
MUST_CHECK bool transform_choose_request(const struct transform *transform,
                                         struct slice content_type, struct vtl_template **ret_vtl);
/* The same for a message. */
MUST_CHECK bool transform_choose_request_of(const struct transform *transform, struct arena *arena,
                                            struct slice message, struct vtl_template **ret_vtl);
/* By what the backend said: a status as text, a function's errorMessage; NULL text: it went well. NULL: there is none. */
const struct transform_response *transform_choose_response(const struct transform *transform,
                                                           struct slice said);
/* By Accept, else JSON, else the first; NULL: the body passes as it is. */
const struct transform_template *
transform_choose_template(const struct transform_response *response, struct slice accept);
/* By key, else $default: WebSocket APIs. */
const struct transform_template *
transform_choose_template_of(const struct transform_response *response, struct arena *arena,
                             const struct selection_source *source);

/* The statusCode of a MOCK integration's rendered template; 0: it is none. AWS reads more than JSON there. */
int transform_mock_status(struct slice text);

#endif
