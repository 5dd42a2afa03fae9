#include "gateway/answer/refusal.h"

/* Kinds of answers. */
enum manner { MANNER_HTTP, MANNER_REST, MANNER_URL, MANNER_COUNT };

static enum manner manner_of(enum api_kind kind)
{
    return kind == API_HTTP ? MANNER_HTTP : kind == API_URL ? MANNER_URL : MANNER_REST;
}

/* The words come with the request. */
#define SIGNATURES                                                                                 \
    [REFUSAL_INCOMPLETE_SIGNATURE] = {403, {NULL, 0}, SLICE_INIT("IncompleteSignatureException")}, \
    [REFUSAL_INVALID_SIGNATURE] = {403, {NULL, 0}, SLICE_INIT("InvalidSignatureException")},       \
    [REFUSAL_UNKNOWN_KEY] = {403, {NULL, 0}, SLICE_INIT("UnrecognizedClientException")}
/* Of a function URL, where the function is to blame, or this machine. */
#define URL_BROKEN                                                                                 \
    {                                                                                              \
        502, SLICE_INIT("Internal Server Error"),                                                  \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define URL_FORBIDDEN                                                                              \
    {                                                                                              \
        403,                                                                                       \
            SLICE_INIT("{\"Message\":\"Forbidden. For troubleshooting Function URL authorization " \
                       "issues, see: "                                                             \
                       "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html\"}"),          \
            SLICE_INIT("AccessDeniedException")                                                    \
    }

static const struct refusal_text texts[MANNER_COUNT][REFUSAL_COUNT] =
    {
        [MANNER_HTTP] =
            {
                [REFUSAL_NO_ROUTE] = {404, SLICE_INIT("{\"message\":\"Not Found\"}"), {0}},
                [REFUSAL_BAD_REQUEST] = {400, SLICE_INIT("{\"message\":\"Bad Request\"}"), {0}},
                [REFUSAL_TOO_LARGE] = {413,
                                       SLICE_INIT("{\"message\":\"Request Entity Too Large\"}"),
                                       {0}},
                [REFUSAL_INTERNAL] = {500,
                                      SLICE_INIT("{\"message\":\"Internal Server Error\"}"),
                                      {0}},
                [REFUSAL_BAD_RESPONSE] = {500,
                                          SLICE_INIT("{\"message\":\"Internal Server Error\"}"),
                                          {0}},
                /* No capture of a throttled function behind an HTTP API is known. */
                [REFUSAL_THROTTLED] = {503,
                                       SLICE_INIT("{\"message\":\"Service Unavailable\"}"),
                                       {0}},
                [REFUSAL_TIMEOUT] = {503, SLICE_INIT("{\"message\":\"Service Unavailable\"}"), {0}},
                [REFUSAL_UNAUTHORIZED] = {401, SLICE_INIT("{\"message\":\"Unauthorized\"}"), {0}},
                [REFUSAL_FORBIDDEN] = {403, SLICE_INIT("{\"message\":\"Forbidden\"}"), {0}},
                [REFUSAL_DENIED] = {403, SLICE_INIT("{\"message\":\"Forbidden\"}"), {0}},
                [REFUSAL_EXPLICIT_DENY] = {403, SLICE_INIT("{\"message\":\"Forbidden\"}"), {0}},
                [REFUSAL_AUTHORIZER_FAILURE] =
                    {500, SLICE_INIT("{\"message\":\"Internal Server Error\"}"), {0}},
                [REFUSAL_AUTHORIZER_CONFIGURATION] =
                    {500, SLICE_INIT("{\"message\":\"Internal Server Error\"}"), {0}},
                /* HTTP APIs validate nothing. */
                [REFUSAL_BAD_PARAMETERS] = {400, SLICE_INIT("{\"message\":\"Bad Request\"}"), {0}},
                [REFUSAL_BAD_BODY] = {400, SLICE_INIT("{\"message\":\"Bad Request\"}"), {0}},
                [REFUSAL_RATE] = {429, SLICE_INIT("{\"message\":\"Too Many Requests\"}"), {0}},
                [REFUSAL_QUOTA] = {429, SLICE_INIT("{\"message\":\"Limit Exceeded\"}"), {0}},
                [REFUSAL_UNREACHABLE] = {503,
                                         SLICE_INIT("{\"message\":\"Service Unavailable\"}"),
                                         {0}},
                [REFUSAL_MEDIA_TYPE] = {415,
                                        SLICE_INIT("{\"message\":\"Unsupported Media Type\"}"),
                                        {0}},
                [REFUSAL_NOT_SIGNED] = {403, SLICE_INIT("{\"message\":\"Forbidden\"}"), {0}},
                [REFUSAL_INCOMPLETE_SIGNATURE] = {403,
                                                  SLICE_INIT("{\"message\":\"Forbidden\"}"),
                                                  {0}},
                [REFUSAL_INVALID_SIGNATURE] = {403, SLICE_INIT("{\"message\":\"Forbidden\"}"), {0}},
                [REFUSAL_UNKNOWN_KEY] = {403, SLICE_INIT("{\"message\":\"Forbidden\"}"), {0}},
            },
        [MANNER_REST] =
            {
                SIGNATURES,
                [REFUSAL_NOT_SIGNED] = {403,
                                        SLICE_INIT(
                                            "{\"message\":\"Missing Authentication Token\"}"),
                                        SLICE_INIT("MissingAuthenticationTokenException")},
                [REFUSAL_NO_ROUTE] = {403,
                                      SLICE_INIT("{\"message\":\"Missing Authentication Token\"}"),
                                      SLICE_INIT("MissingAuthenticationTokenException")},
                [REFUSAL_BAD_REQUEST] = {400, SLICE_INIT("{\"message\":\"Bad Request\"}"),
                                         SLICE_INIT("BadRequestException")},
                [REFUSAL_TOO_LARGE] = {413, SLICE_INIT("{\"message\":\"Request Too Long\"}"),
                                       SLICE_INIT("RequestTooLargeException")},
                [REFUSAL_INTERNAL] = {500, SLICE_INIT("{\"message\": \"Internal server error\"}"),
                                      SLICE_INIT("InternalServerErrorException")},
                [REFUSAL_BAD_RESPONSE] = {502,
                                          SLICE_INIT("{\"message\": \"Internal server error\"}"),
                                          SLICE_INIT("InternalServerErrorException")},
                [REFUSAL_THROTTLED] = {500, SLICE_INIT("{\"message\": \"Internal server error\"}"),
                                       SLICE_INIT("InternalServerErrorException")},
                [REFUSAL_TIMEOUT] = {504,
                                     SLICE_INIT("{\"message\": \"Endpoint request timed out\"}"),
                                     SLICE_INIT("InternalServerErrorException")},
                [REFUSAL_UNAUTHORIZED] = {401, SLICE_INIT("{\"message\":\"Unauthorized\"}"),
                                          SLICE_INIT("UnauthorizedException")},
                [REFUSAL_FORBIDDEN] = {403, SLICE_INIT("{\"message\":\"Forbidden\"}"),
                                       SLICE_INIT("ForbiddenException")},
                [REFUSAL_DENIED] = {403,
                                    SLICE_INIT(
                                        "{\"Message\":\"User is not authorized to access this "
                                        "resource\"}"),
                                    SLICE_INIT("AccessDeniedException")},
                [REFUSAL_EXPLICIT_DENY] = {403,
                                           SLICE_INIT("{\"Message\":\"User is not authorized to "
                                                      "access this resource with an "
                                                      "explicit deny\"}"),
                                           SLICE_INIT("AccessDeniedException")},
                [REFUSAL_AUTHORIZER_FAILURE] = {500, SLICE_INIT("{\"message\":null}"),
                                                SLICE_INIT("AuthorizerConfigurationException")},
                [REFUSAL_AUTHORIZER_CONFIGURATION] =
                    {500, SLICE_INIT("{\"message\":null}"),
                     SLICE_INIT("AuthorizerConfigurationException")},
                [REFUSAL_BAD_PARAMETERS] = {400,
                                            SLICE_INIT("{\"message\": \"Missing required request "
                                                       "parameters\"}"),
                                            SLICE_INIT("BadRequestException")},
                [REFUSAL_BAD_BODY] = {400, SLICE_INIT("{\"message\": \"Invalid request body\"}"),
                                      SLICE_INIT("BadRequestException")},
                [REFUSAL_RATE] = {429, SLICE_INIT("{\"message\":\"Too Many Requests\"}"),
                                  SLICE_INIT("TooManyRequestsException")},
                [REFUSAL_QUOTA] = {429, SLICE_INIT("{\"message\":\"Limit Exceeded\"}"),
                                   SLICE_INIT("LimitExceededException")},
                [REFUSAL_UNREACHABLE] = {504,
                                         SLICE_INIT(
                                             "{\"message\": \"Network error communicating with "
                                             "endpoint\"}"),
                                         SLICE_INIT("InternalServerErrorException")},
                [REFUSAL_MEDIA_TYPE] = {415,
                                        SLICE_INIT("{\"message\": \"Unsupported Media Type\"}"),
                                        SLICE_INIT("BadRequestException")},
            },
        [MANNER_URL] =
            {
                SIGNATURES,
                [REFUSAL_NOT_SIGNED] = URL_FORBIDDEN,
                [REFUSAL_NO_ROUTE] = {403, SLICE_INIT("{\"Message\":null}"),
                                      SLICE_INIT("AccessDeniedException")},
                [REFUSAL_BAD_REQUEST] = {400, SLICE_INIT("{\"message\":\"Bad Request\"}"),
                                         SLICE_INIT("BadRequestException")},
                [REFUSAL_TOO_LARGE] = {413,
                                       SLICE_INIT("{\"message\":\"Request must be smaller than "
                                                  "6291456 bytes for the InvokeFunction "
                                                  "operation\"}"),
                                       SLICE_INIT("RequestEntityTooLargeException")},
                [REFUSAL_INTERNAL] = URL_BROKEN,
                [REFUSAL_BAD_RESPONSE] = URL_BROKEN,
                [REFUSAL_THROTTLED] = {429,
                                       SLICE_INIT("{\"Reason\":\"ReservedFunctionConcurrentInvocati"
                                                  "onLimitExceeded\",\"Type\":\"User\",\"message\":"
                                                  "\"Rate Exceeded.\"}"),
                                       SLICE_INIT("TooManyRequestsException")},
                [REFUSAL_TIMEOUT] = {504,
                                     SLICE_INIT("{\"message\":\"Gateway Timeout\"}"),
                                     {NULL, 0}},
                [REFUSAL_UNAUTHORIZED] = URL_FORBIDDEN,
                [REFUSAL_FORBIDDEN] = URL_FORBIDDEN,
                [REFUSAL_DENIED] = URL_FORBIDDEN,
                [REFUSAL_EXPLICIT_DENY] = URL_FORBIDDEN,
                /* Nothing of the following stands between a URL and its function. */
                [REFUSAL_AUTHORIZER_FAILURE] = URL_BROKEN,
                [REFUSAL_AUTHORIZER_CONFIGURATION] = URL_BROKEN,
                [REFUSAL_UNREACHABLE] = URL_BROKEN,
                [REFUSAL_MEDIA_TYPE] = URL_BROKEN,
                [REFUSAL_BAD_PARAMETERS] = URL_BROKEN,
                [REFUSAL_BAD_BODY] = URL_BROKEN,
                [REFUSAL_RATE] = URL_BROKEN,
                [REFUSAL_QUOTA] = URL_BROKEN,
            },
};

const struct refusal_text *refusal_text(enum api_kind kind, enum refusal refusal)
{
    return &texts[manner_of(kind)][refusal];
}

struct slice refusal_type(enum refusal refusal)
{
    static const struct slice types[REFUSAL_COUNT] = {
        [REFUSAL_NO_ROUTE] = SLICE_INIT("MISSING_AUTHENTICATION_TOKEN"),
        [REFUSAL_BAD_REQUEST] = SLICE_INIT("DEFAULT_4XX"),
        [REFUSAL_TOO_LARGE] = SLICE_INIT("REQUEST_TOO_LARGE"),
        [REFUSAL_INTERNAL] = SLICE_INIT("API_CONFIGURATION_ERROR"),
        [REFUSAL_BAD_RESPONSE] = SLICE_INIT("DEFAULT_5XX"),
        [REFUSAL_THROTTLED] = SLICE_INIT("INTEGRATION_FAILURE"),
        [REFUSAL_TIMEOUT] = SLICE_INIT("INTEGRATION_TIMEOUT"),
        [REFUSAL_UNAUTHORIZED] = SLICE_INIT("UNAUTHORIZED"),
        [REFUSAL_FORBIDDEN] = SLICE_INIT("INVALID_API_KEY"),
        [REFUSAL_DENIED] = SLICE_INIT("ACCESS_DENIED"),
        [REFUSAL_EXPLICIT_DENY] = SLICE_INIT("ACCESS_DENIED"),
        [REFUSAL_AUTHORIZER_FAILURE] = SLICE_INIT("AUTHORIZER_FAILURE"),
        [REFUSAL_AUTHORIZER_CONFIGURATION] = SLICE_INIT("AUTHORIZER_CONFIGURATION_ERROR"),
        [REFUSAL_UNREACHABLE] = SLICE_INIT("INTEGRATION_FAILURE"),
        [REFUSAL_MEDIA_TYPE] = SLICE_INIT("UNSUPPORTED_MEDIA_TYPE"),
        [REFUSAL_BAD_PARAMETERS] = SLICE_INIT("BAD_REQUEST_PARAMETERS"),
        [REFUSAL_BAD_BODY] = SLICE_INIT("BAD_REQUEST_BODY"),
        [REFUSAL_RATE] = SLICE_INIT("THROTTLED"),
        [REFUSAL_QUOTA] = SLICE_INIT("QUOTA_EXCEEDED"),
        [REFUSAL_NOT_SIGNED] = SLICE_INIT("MISSING_AUTHENTICATION_TOKEN"),
        [REFUSAL_INCOMPLETE_SIGNATURE] = SLICE_INIT("INVALID_SIGNATURE"),
        [REFUSAL_INVALID_SIGNATURE] = SLICE_INIT("INVALID_SIGNATURE"),
        [REFUSAL_UNKNOWN_KEY] = SLICE_INIT("INVALID_SIGNATURE"),
    };
    return types[refusal];
}

static struct slice failure_reason(const struct invoke_result *result)
{
    switch (result->failure) {
    case FAILURE_TIMEOUT:
        return SLICE("function timed out");
    case FAILURE_EXIT:
        return SLICE("function process ended");
    case FAILURE_MEMORY:
        return SLICE("function ran out of memory");
    case FAILURE_INIT:
        return SLICE("function init failed");
    case FAILURE_TOO_LARGE:
        return SLICE("response over Lambda's limit");
    case FAILURE_NONE:
    case FAILURE_HANDLED:
        break;
    }
    return SLICE("function error");
}

enum refusal refusal_of_outcome(const struct invoke_result *result, struct slice *ret_reason)
{
    switch (result->outcome) {
    case INVOKE_OK:
    case INVOKE_FUNCTION_ERROR:
        *ret_reason = failure_reason(result);
        return REFUSAL_BAD_RESPONSE;
    case INVOKE_NOT_FOUND:
        *ret_reason = SLICE("no such function");
        return REFUSAL_INTERNAL;
    case INVOKE_THROTTLED:
        *ret_reason = SLICE("function throttled");
        return REFUSAL_THROTTLED;
    case INVOKE_TOO_LARGE:
        *ret_reason = SLICE("event over Lambda's limit");
        return REFUSAL_TOO_LARGE;
    case INVOKE_UNAVAILABLE:
        break;
    }
    *ret_reason = result->message.len > 0 ? result->message : SLICE("function cannot run here");
    return REFUSAL_INTERNAL;
}

static struct slice by_server(enum manner manner, int status)
{
    switch (status) {
    case 408:
        return SLICE("{\"message\":\"Request Timeout\"}");
    case 413:
        return texts[manner][REFUSAL_TOO_LARGE].body;
    case 414:
        return SLICE("{\"message\":\"URI Too Long\"}");
    case 431:
        return SLICE("{\"message\":\"Request Header Fields Too Large\"}");
    default:
        return texts[manner][REFUSAL_BAD_REQUEST].body;
    }
}

struct slice refusal_by_server_http(int status)
{
    return by_server(MANNER_HTTP, status);
}

struct slice refusal_by_server_rest(int status)
{
    return by_server(MANNER_REST, status);
}

struct slice refusal_by_server_url(int status)
{
    return by_server(MANNER_URL, status);
}
