/* What a WebSocket API tells a client whose message it could not have handled: a text message. The connection stays open.
 *
 *     {"message": "Forbidden", "connectionId":"VNRUSeldSwMCIRQ=", "requestId":"VNRXVFJOywMF3-Q="}
 *
 * Source  Captured from API Gateway, blanks included (aws-samples/simple-websockets-chat-app, issues 24 and 42; Kludex/mangum, issue 128). */
#ifndef SLS_GATEWAY_WEBSOCKET_ERROR_FRAME_H
#define SLS_GATEWAY_WEBSOCKET_ERROR_FRAME_H

#include "core/buf.h"

enum error_frame {
    ERROR_FRAME_NO_ROUTE,   /* "Forbidden" */
    ERROR_FRAME_INTERNAL,   /* the integration failed, or answered what is no answer */
    ERROR_FRAME_TIMEOUT,    /* "Endpoint request timed out" */
    ERROR_FRAME_THROTTLED,  /* "Too Many Requests" */
    ERROR_FRAME_BAD_BODY,   /* "Bad request body": no model takes it */
    ERROR_FRAME_MEDIA_TYPE, /* "Unsupported Media Type": no template is for it */
    ERROR_FRAME_COUNT
};

struct slice error_frame_message(enum error_frame error);

void error_frame_write(struct buf *buf, enum error_frame error, struct slice connection_id,
                       struct slice request_id);

#endif
