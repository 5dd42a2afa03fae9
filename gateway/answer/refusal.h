/* What the gateway itself answers, byte for byte as AWS does: HTTP and REST APIs differ in status,
 * spacing and headers. Handshakes of WebSocket APIs are refused as requests of REST APIs are.
 *
 * Source  API Gateway Developer Guide, "Gateway response types"; Lambda Developer Guide, "Invoking Lambda function
 *         URLs", and what function URLs were seen to answer. */
#ifndef SLS_GATEWAY_ANSWER_REFUSAL_H
#define SLS_GATEWAY_ANSWER_REFUSAL_H

#include "core/slice.h"
#include "gateway/gateway.h"

enum refusal {
    REFUSAL_NO_ROUTE,
    REFUSAL_BAD_REQUEST,
    REFUSAL_TOO_LARGE,
    REFUSAL_INTERNAL,      /* 500: the function cannot be invoked */
    REFUSAL_BAD_RESPONSE,  /* the function failed, or its answer is none */
    REFUSAL_THROTTLED,     /* the function's reserved concurrency is used up */
    REFUSAL_TIMEOUT,       /* of the integration */
    REFUSAL_UNAUTHORIZED,  /* nobody is named, or nobody that an authorizer knows */
    REFUSAL_FORBIDDEN,     /* an API key is missing or nobody's */
    REFUSAL_DENIED,        /* no statement of a policy allows it */
    REFUSAL_EXPLICIT_DENY, /* one denies it */
    REFUSAL_AUTHORIZER_FAILURE,
    REFUSAL_AUTHORIZER_CONFIGURATION, /* an authorizer's answer is none */
    REFUSAL_UNREACHABLE,              /* the backend of an integration */
    REFUSAL_MEDIA_TYPE,               /* no request template is for it */
    REFUSAL_BAD_PARAMETERS,
    REFUSAL_BAD_BODY,
    REFUSAL_RATE,       /* over the limit of a plan, a stage or the account */
    REFUSAL_QUOTA,      /* the plan has no more requests for this key */
    REFUSAL_NOT_SIGNED, /* AWS_IAM: these four */
    REFUSAL_INCOMPLETE_SIGNATURE,
    REFUSAL_INVALID_SIGNATURE,
    REFUSAL_UNKNOWN_KEY,
    REFUSAL_COUNT
};

struct refusal_text {
    int status;
    struct slice body;
    struct slice error_type; /* x-amzn-ErrorType; empty for HTTP APIs */
};

const struct refusal_text *refusal_text(enum api_kind kind, enum refusal refusal);
/* What came of an invocation that did not end well. */
enum refusal refusal_of_outcome(const struct invoke_result *result, struct slice *ret_reason);
/* "MISSING_AUTHENTICATION_TOKEN": the type of gateway response. */
struct slice refusal_type(enum refusal refusal);
/* For struct http_server_options: the body when the HTTP server itself refuses a request. */
struct slice refusal_by_server_http(int status);
struct slice refusal_by_server_rest(int status);
struct slice refusal_by_server_url(int status);

#endif
