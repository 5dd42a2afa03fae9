/* The quotas of API Gateway that are kept here, and the bounds of our own.
 *
 * Source  API Gateway Developer Guide, "Quotas for configuring and running an HTTP API" and the
 *         same for a REST API. */
#ifndef SLS_GATEWAY_LIMITS_H
#define SLS_GATEWAY_LIMITS_H

#define REQUEST_BODY_MAX (10u * 1024 * 1024) /* bytes; both kinds of API */
#define REQUEST_HEAD_MAX 10240u              /* bytes of request line and headers together */
#define HTTP_TIMEOUT_MS 30000u               /* of an integration, when the route names none */
#define REST_TIMEOUT_MS 29000u
#define STREAM_TIMEOUT_MS 900000u /* responseTransferMode STREAM: 15 minutes */
#define STREAM_PRELUDE_MAX                                                                         \
    (16u *                                                                                         \
     1024) /* bytes in which a streamed response's metadata must end                         \
                  */

/* Ours. Lambda takes 6 MB: a larger event is not worth finishing. */
#define EVENT_LEN_MAX (8u * 1024 * 1024)
#define ROUTE_PARAMS_MAX 32u       /* variables of one route */
#define ROUTE_SEGMENTS_MAX 128u    /* of one route's template: bounds the router's recursion */
#define RESPONSE_HEADERS_MAX 1000u /* lines of one response; AWS stops at 10,240 bytes */
#define RESPONSE_LEN_MAX (20u * 1024 * 1024) /* a decoded body; streams have no limit */
#define WARNINGS_TOLD_MAX 32u       /* what is served otherwise than AWS would, told once each */
#define CALLS_KEPT 64u              /* idle calls kept for the next requests */
#define CALL_BUF_KEPT (256u * 1024) /* bytes of buffer an idle call may hold on to */

#endif
