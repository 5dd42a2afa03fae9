/* The only HTTP client: libcurl's multi interface on the loop. libcurl and its 36 libraries are loaded with
 * dlopen() by the first request, so a program that makes none does not pay for them.
 *
 * Ownership  Everything passed in is copied. The response is valid during on_done only.
 * Errors     on_done's status: OK (any HTTP status), TIMEOUT, UNAVAILABLE (no connection, no
 *            libcurl; `fault` says which), LIMIT (response larger than max_len), CANCELLED.
 * Thread     Loop thread only; on_done never runs inside http_client_send(). */
#ifndef SLS_CORE_HTTP_CLIENT_H
#define SLS_CORE_HTTP_CLIENT_H

#include "core/context.h"
#include "core/http/http.h"

struct http_client;

struct http_client_request {
    struct slice method;
    struct slice url; /* http or https */
    struct http_headers headers;
    struct slice body;
    uint32_t timeout_ms; /* whole request; 0: 30 s */
    uint32_t connect_timeout_ms; /* 0: 5 s */
    size_t max_len;      /* of the response body; 0: 10 MiB */
};

struct http_client_response {
    int status;
    struct http_headers headers;
    struct slice body;
};

typedef void http_client_done_fn(void *ctx, enum status status,
                                 const struct http_client_response *response,
                                 const struct fault *fault);

struct http_client *http_client_create(struct context *context);
void http_client_send(struct http_client *client, const struct http_client_request *request,
                      http_client_done_fn *on_done, void *ctx);
/* Completes what is under way with CANCELLED; frees when libuv has closed the last handle. */
void http_client_destroy(struct http_client *client);

#endif
