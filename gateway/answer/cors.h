/* The CORS configuration of an HTTP API or a function URL, as the headers it adds.
 *
 * A configured API answers a preflight itself when no route takes OPTIONS, a URL always; it drops the
 * access-control-* headers of its functions, and adds its own to every reply whose request has an
 * Origin that is allowed.
 *
 * Ownership  Texts are built once in the given arena.
 * Source     API Gateway Developer Guide, "Configure CORS for HTTP APIs"; Lambda Developer Guide, "Cross-origin resource
 *            sharing (CORS)" of function URLs. */
#ifndef SLS_GATEWAY_ANSWER_CORS_H
#define SLS_GATEWAY_ANSWER_CORS_H

#include "core/arena.h"
#include "core/http/http.h"
#include "gateway/gateway.h"

#define CORS_HEADERS_MAX 6u

struct cors {
    bool is_set;
    bool allows_any_origin; /* "*" is among the origins */
    bool allows_credentials;
    bool varies;
    struct slice *origins;
    size_t origin_count;
    struct slice methods; /* joined, empty when not configured */
    struct slice headers;
    struct slice exposed;
    struct slice max_age;
};

/* `varies`: answers say Vary: Origin, and an origin that may send credentials is named where all are allowed: URLs. */
void cors_init(struct cors *cors, struct arena *arena, const struct cors_spec *spec, bool varies);
/* Headers for a reply to a request from `origin` (SLICE_NULL: none sent). `out` has room for
 * CORS_HEADERS_MAX; returns how many were written. */
size_t cors_reply_headers(const struct cors *cors, struct slice origin, struct http_header *out);
/* The same for the gateway's own answer to a preflight; `asks_method`: the request carries
 * Access-Control-Request-Method. */
size_t cors_preflight_headers(const struct cors *cors, struct slice origin, bool asks_method,
                              struct http_header *out);

#endif
