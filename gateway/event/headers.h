/* The headers of a request as a function sees them: what the gateway drops, spells and adds.
 *
 * Added are Host (when missing), X-Forwarded-For, -Port and -Proto, X-Amzn-Trace-Id and, for HTTP
 * APIs, Content-Length.
 *
 * Source  API Gateway Developer Guide, "Important notes" (remapped and dropped headers). */
#ifndef SLS_GATEWAY_EVENT_HEADERS_H
#define SLS_GATEWAY_EVENT_HEADERS_H

#include "core/http/http.h"
#include "gateway/event/fields.h"
#include "gateway/gateway.h"

enum header_style {
    HEADERS_V2,      /* written lower-case; no cookie */
    HEADERS_URL,     /* the same with cookies, without the signature of an AWS_IAM URL */
    HEADERS_V1,      /* as the client spelled them, but for those the gateway knows */
    HEADERS_REST,    /* the same with another set */
    HEADERS_UPGRADE, /* as REST, and nothing is dropped: authorizers of WebSocket APIs */
};

struct event_input;

void headers_collect(struct fields *fields, const struct event_input *in, enum header_style style);

struct trace {
    struct slice event; /* what the function sees */
    struct slice reply; /* what a REST API tells the client */
};

/* `sent` is the client's X-Amzn-Trace-Id or SLICE_NULL. A Root is kept. A REST API completes it
 * with a parent and a sampling decision. */
struct trace trace_of(struct arena *arena, enum api_kind kind, struct slice sent, int64_t epoch_ms);

/* A name as Go's net/http and AWS's HTTP API front spell it: "content-type" -> "Content-Type". */
struct slice header_canonical(struct arena *arena, struct slice name);

#endif
