#include "core/api/edge.h"

static const struct http_header expose = {
    SLICE_INIT("Access-Control-Expose-Headers"),
    SLICE_INIT(
        "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-amzn-Remapped-Content-Type,"
        "x-amz-request-id,x-amz-id-2,x-amz-crc32,x-amz-function-error,x-amz-executed-version,"
        "x-amz-log-result,x-amz-version-id,x-amz-delete-marker,ETag,Date,Content-Range,Location")};

void cors_add_headers(struct http_header *items, size_t *count, struct slice origin)
{
    if (origin.ptr == NULL) {
        return;
    }
    items[(*count)++] = (struct http_header){SLICE("Access-Control-Allow-Origin"), origin};
    items[(*count)++] = (struct http_header){SLICE("Vary"), SLICE("Origin")};
    items[(*count)++] = expose;
}

void cors_answer_preflight(struct http_exchange *exchange, struct slice origin)
{
    struct http_headers asked = http_request(exchange)->headers;
    struct slice wanted_headers = http_header_get(asked, "access-control-request-headers");
    struct slice wanted_method = http_header_get(asked, "access-control-request-method");
    struct http_header items[CORS_HEADERS_MAX + 4];
    size_t count = 0;
    cors_add_headers(items, &count, origin);
    items[count++] = (struct http_header){
        SLICE("Access-Control-Allow-Methods"),
        wanted_method.len != 0 ? wanted_method : SLICE("GET,HEAD,POST,PUT,PATCH,DELETE,OPTIONS")};
    items[count++] = (struct http_header){SLICE("Access-Control-Max-Age"), SLICE("172800")};
    if (wanted_headers.len != 0) {
        items[count++] =
            (struct http_header){SLICE("Access-Control-Allow-Headers"), wanted_headers};
    }
    if (slice_is(http_header_get(asked, "access-control-request-private-network"), "true")) {
        items[count++] =
            (struct http_header){SLICE("Access-Control-Allow-Private-Network"), SLICE("true")};
    }
    http_respond(exchange, 200, (struct http_headers){items, count}, SLICE(""));
}
