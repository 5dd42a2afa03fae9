#include "gateway/refusal.h"

static const struct refusal_text texts[2][REFUSAL_COUNT] = {
    [API_HTTP] =
        {
            [REFUSAL_NO_ROUTE] = {404, SLICE_INIT("{\"message\":\"Not Found\"}"), {0}},
            [REFUSAL_BAD_REQUEST] = {400, SLICE_INIT("{\"message\":\"Bad Request\"}"), {0}},
            [REFUSAL_TOO_LARGE] = {413,
                                   SLICE_INIT("{\"message\":\"Request Entity Too Large\"}"),
                                   {0}},
            [REFUSAL_INTERNAL] = {500, SLICE_INIT("{\"message\":\"Internal Server Error\"}"), {0}},
            [REFUSAL_BAD_RESPONSE] = {500,
                                      SLICE_INIT("{\"message\":\"Internal Server Error\"}"),
                                      {0}},
            /* No capture of a throttled function behind an HTTP API is known. */
            [REFUSAL_THROTTLED] = {503, SLICE_INIT("{\"message\":\"Service Unavailable\"}"), {0}},
            [REFUSAL_TIMEOUT] = {503, SLICE_INIT("{\"message\":\"Service Unavailable\"}"), {0}},
        },
    [API_REST] =
        {
            [REFUSAL_NO_ROUTE] = {403, SLICE_INIT("{\"message\":\"Missing Authentication Token\"}"),
                                  SLICE_INIT("MissingAuthenticationTokenException")},
            [REFUSAL_BAD_REQUEST] = {400, SLICE_INIT("{\"message\":\"Bad Request\"}"),
                                     SLICE_INIT("BadRequestException")},
            [REFUSAL_TOO_LARGE] = {413, SLICE_INIT("{\"message\":\"Request Too Long\"}"),
                                   SLICE_INIT("RequestTooLargeException")},
            [REFUSAL_INTERNAL] = {500, SLICE_INIT("{\"message\": \"Internal server error\"}"),
                                  SLICE_INIT("InternalServerErrorException")},
            [REFUSAL_BAD_RESPONSE] = {502, SLICE_INIT("{\"message\": \"Internal server error\"}"),
                                      SLICE_INIT("InternalServerErrorException")},
            [REFUSAL_THROTTLED] = {500, SLICE_INIT("{\"message\": \"Internal server error\"}"),
                                   SLICE_INIT("InternalServerErrorException")},
            [REFUSAL_TIMEOUT] = {504, SLICE_INIT("{\"message\": \"Endpoint request timed out\"}"),
                                 SLICE_INIT("InternalServerErrorException")},
        },
};

const struct refusal_text *refusal_text(enum api_kind kind, enum refusal refusal)
{
    return &texts[kind][refusal];
}

static struct slice by_server(enum api_kind kind, int status)
{
    switch (status) {
    case 408:
        return SLICE("{\"message\":\"Request Timeout\"}");
    case 413:
        return texts[kind][REFUSAL_TOO_LARGE].body;
    case 414:
        return SLICE("{\"message\":\"URI Too Long\"}");
    case 431:
        return SLICE("{\"message\":\"Request Header Fields Too Large\"}");
    default:
        return texts[kind][REFUSAL_BAD_REQUEST].body;
    }
}

struct slice refusal_by_server_http(int status)
{
    return by_server(API_HTTP, status);
}

struct slice refusal_by_server_rest(int status)
{
    return by_server(API_REST, status);
}
