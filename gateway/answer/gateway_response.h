/* What a REST API answers itself, as its owner has it: gateway responses.
 *
 *     refusal -> response type -> the API's own status, headers and body for it, or DEFAULT_4XX's, or AWS's
 *
 * Templates know no directives: $context.x and $stageVariables.x stand for their values, $context.error.messageString for the
 * message as a JSON string. Headers are constants ('...'), context.x, stageVariables.x or method.request.{header,querystring,
 * path}.x.
 *
 * Ownership  Lives in its API's arena.
 * Source     API Gateway Developer Guide, "Gateway responses for REST APIs", "Gateway response types". */
#ifndef SLS_GATEWAY_ANSWER_GATEWAY_RESPONSE_H
#define SLS_GATEWAY_ANSWER_GATEWAY_RESPONSE_H

#include "gateway/answer/refusal.h"
#include "gateway/answer/response.h"
#include "gateway/event/event.h"

struct gateway_responses {
    struct gateway_response_spec *items;
    size_t count;
};

struct gateway_responses gateway_responses_copy(struct arena *arena,
                                                const struct gateway_response_spec *specs,
                                                size_t count);

/* What a request was refused for: $context.error.x. */
struct request_error {
    struct slice message;
    struct slice type;       /* "ACCESS_DENIED" */
    struct slice validation; /* validationErrorString; empty: none */
};

/* Changes `response`, which is AWS's own answer; false when the API has none for this type. */
bool gateway_response_apply(const struct gateway_responses *responses,
                            const struct request_error *error, const struct event_input *in,
                            struct response *response);

#endif
