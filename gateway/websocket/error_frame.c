#include "gateway/websocket/error_frame.h"

static const char *const messages[ERROR_FRAME_COUNT] = {
    [ERROR_FRAME_NO_ROUTE] = "Forbidden",
    [ERROR_FRAME_INTERNAL] = "Internal server error",
    [ERROR_FRAME_TIMEOUT] = "Endpoint request timed out",
    [ERROR_FRAME_THROTTLED] = "Too Many Requests",
    [ERROR_FRAME_BAD_BODY] = "Bad request body",
    [ERROR_FRAME_MEDIA_TYPE] = "Unsupported Media Type",
};

struct slice error_frame_message(enum error_frame error)
{
    return slice_from(messages[error]);
}

void error_frame_write(struct buf *buf, enum error_frame error, struct slice connection_id,
                       struct slice request_id)
{
    buf_printf(buf, "{\"message\": \"%s\", \"connectionId\":\"%.*s\", \"requestId\":\"%.*s\"}",
               messages[error], SLICE_ARG(connection_id), SLICE_ARG(request_id));
}
