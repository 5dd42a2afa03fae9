/* The event a function receives for a request: payload 2.0 and 1.0 of HTTP APIs, the proxy event
 * of REST APIs.
 *
 * Events are written straight into a buffer, in one pass; a body is escaped or base64-encoded into
 * it once. Things that are empty are absent in 2.0, null in 1.0 and REST.
 *
 * Ownership  Everything in the input is borrowed for the call; scratch memory is its arena's.
 * Errors     An event beyond the buffer's maximum: buf_status().
 * Source     API Gateway Developer Guide, "Create AWS Lambda proxy integrations for HTTP APIs" and
 *            "Lambda proxy integrations in API Gateway". */
#ifndef SLS_GATEWAY_EVENT_EVENT_H
#define SLS_GATEWAY_EVENT_EVENT_H

#include "core/buf.h"
#include "gateway/api.h"
#include "gateway/event/fields.h"
#include "gateway/event/headers.h"

/* Who was let in, by what. Empty when nobody asked. */
struct event_authorizer {
    struct slice
        event; /* requestContext.authorizer, a JSON object in the form of the route's events */
    struct slice facts; /* what $context.authorizer.x finds: a JSON object */
};

/* Who signed a request to a route that AWS_IAM guards. Empty elsewhere. */
struct event_caller {
    struct slice account_id, access_key;
    struct slice id;  /* "AIDA...": user, caller, userId, callerId */
    struct slice arn; /* userArn */
};

/* The API key of a route that needs one. Empty elsewhere. */
struct event_key {
    struct slice id;
    struct slice value;
};

struct event_input {
    const struct api_config *config;
    const struct route *route;
    const struct stage *stage;
    const struct slice *values; /* of the route's variables, in order */
    struct slice method;
    struct slice
        path; /* 2.0: decoded, with stage; 1.0: as sent, with stage; REST: as sent, without */
    struct slice
        context_path;   /* requestContext's: with stage; decoded for HTTP APIs, as sent for REST */
    struct slice query; /* as sent */
    struct http_headers headers;
    struct slice body;
    struct slice peer;   /* address of the client */
    bool is_tls;         /* it came by HTTPS */
    struct slice domain; /* Host without port */
    struct slice trace;  /* X-Amzn-Trace-Id as the function sees it */
    struct slice request_id;
    struct slice extended_id; /* REST; HTTP APIs use request_id for both */
    int64_t epoch_ms;
    struct slice time; /* the same as text: 12/Mar/2020:19:03:58 +0000 */
    struct event_authorizer authorizer;
    struct event_caller caller;
    struct event_key key;
    struct slice context; /* WebSocket: requestContext, a JSON object; else empty */
    struct arena *arena;
};

void event_write_v2(struct buf *buf, const struct event_input *in);
void event_write_v1(struct buf *buf, const struct event_input *in);
void event_write_rest(struct buf *buf, const struct event_input *in);

/* From "routeKey" to "stageVariables", with a comma behind: what an integration's event and an authorizer's share. */
void event_put_v2_request(struct buf *buf, const struct event_input *in);
/* From "resource" to "requestContext" of an authorizer's event; what is empty is {} there. */
void event_put_authorizer_request(struct buf *buf, const struct event_input *in);
void event_put_v1_context(struct buf *buf, const struct event_input *in);   /* and a comma */
void event_put_rest_context(struct buf *buf, const struct event_input *in); /* and a comma */

/* --- shared by the three --- */

/* An event is mostly constant text: with room in the buffer it is a store or two, not a call. */
static inline void event_put(struct buf *buf, struct slice text)
{
    if (buf->ptr == NULL || buf->is_full || text.len > buf->cap - buf->len) {
        buf_append(buf, text);
        return;
    }
    memcpy(buf->ptr + buf->len, text.ptr, text.len);
    buf->len += text.len;
}

#define EVENT_PUT(buf, literal) event_put((buf), SLICE(literal))

void event_put_string(struct buf *buf, struct slice text); /* quoted and escaped */
/* {"name":"value"} of the route's variables; it must have some. */
void event_put_params(struct buf *buf, const struct event_input *in);
void event_put_body(struct buf *buf, struct slice body, bool is_base64);
/* What 1.0 and REST share. "resource" to "multiValueQueryStringParameters", and a comma. */
void event_put_request(struct buf *buf, const struct event_input *in, const struct fields *headers,
                       const struct fields *query);
/* "headers", "multiValueHeaders", and a comma; null when there are none. */
void event_put_headers(struct buf *buf, const struct fields *headers);
/* "queryStringParameters", "multiValueQueryStringParameters", and a comma; null when there are none. */
void event_put_query(struct buf *buf, const struct fields *query);
/* "pathParameters" and "stageVariables", and a comma. */
void event_put_variables(struct buf *buf, const struct event_input *in);
/* "body", "isBase64Encoded" and the end of the event. */
void event_put_end(struct buf *buf, struct slice body, bool is_base64);
/* requestContext.identity of 1.0 and REST: all null but sourceIp, userAgent, the API key where one is needed, and who signed
 * where that is asked. */
void event_put_identity(struct buf *buf, const struct event_input *in);
/* The members of a caller, for the identity of a WebSocket API's events. */
void event_put_caller(struct buf *buf, const struct event_caller *caller);
/* The first label of a host name. */
struct slice event_domain_prefix(struct slice domain);
/* HTTP APIs: what is not known to be UTF-8 text travels as base64. */
bool event_is_text(struct slice content_type);

#endif
