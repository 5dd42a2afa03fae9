/* The only HTTP server: gateway, edge and every sandbox's Runtime API are listeners of it.
 *
 *     connection -> llhttp -> exchange (one request and its response) -> handler
 *     connection -> libnghttp2 -> stream -> exchange -> handler           (where it is asked for)
 *
 * Each of them may begin with a TLS handshake, where the server has a certificate (tls.h).
 *
 * A handler need not know which: over HTTP/2 the request has a Host made of :authority, cutting means resetting the
 * stream, and refusals leave the connection alone.
 *
 * Keep-alive and pipelining (answers in order; the next request is parsed when the previous response is
 * done), chunked bodies both ways, trailers both ways, Expect: 100-continue (sent when the handler starts
 * to read), HEAD (a body given to the response is counted and not sent), back-pressure both ways, graceful
 * drain. A connection may become a websocket: websocket.h.
 *
 * Lifecycle  on_request runs when the headers are complete. The handler then reads the body (or
 *            not) and responds, now or later. The exchange ends, and its arena with it, when the
 *            response is complete and the body consumed; after http_respond() or
 *            http_stream_end() the handler must not touch it again.
 * Peer gone  When the client leaves early the exchange turns inert: on_gone runs (once, if set),
 *            writes do nothing, and the handler still has to finish it with http_respond() or
 *            http_stream_end().
 * Ownership  The exchange and everything reached from its request live until it ends. Slices
 *            given to respond/write are sent or copied inside the call.
 * Thread     Loop thread only. Body callbacks may run inside http_read_*() when the bytes are
 *            there already; on_request never runs inside a call of the handler's.
 * Errors     Malformed requests get 400, 408, 413, 414, 431, 501 or 505 from the server itself
 *            (body and type from `on_reject`, else empty) and the connection is closed.
 * Limits     struct http_limits. */
#ifndef SLS_CORE_HTTP_SERVER_H
#define SLS_CORE_HTTP_SERVER_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/context.h"
#include "core/http/http.h"
#include "core/http/tls.h"

struct http_server;
struct http_exchange;

/* `ctx` is the one given to http_server_create(). */
typedef void http_request_fn(void *ctx, struct http_exchange *exchange);

struct http_server_options {
    http_request_fn *on_request; /* required */
    void *ctx;
    struct http_limits limits;
    /* The body (JSON text) for a refusal by the server itself; NULL: empty bodies. */
    struct slice (*on_reject)(int status);
    /* A client that sends FIN while its answer is awaited is gone at once. Otherwise it may have closed
     * its sending side only: it still gets the answer, and whether it lives is found out within about a
     * minute. Set it where no client half-closes (Runtime API: a function that gave up its `next`). */
    bool fin_is_gone;
    /* A small 2xx answer to a client that has sent its next request behind this one already may wait for
     * the next answer and go out with it, in one write: at most HELD_MS. Set it where the next answer is
     * the one the client waits for (Runtime API: the 202 of /response before the event of /next). */
    bool merges_pipelined;
    /* A connection that begins with HTTP/2's preface is served in HTTP/2 (h2c, prior knowledge); otherwise it gets
     * a 505. So it does where libnghttp2 is missing, of which on_http2_missing (may be NULL) is told, once. */
    bool speaks_http2;
    void (*on_http2_missing)(void *ctx, const struct fault *fault);
    /* Connections that begin with a TLS handshake speak it with this; NULL: they get a 400. Borrowed. */
    struct tls *tls;
    void (*on_tls_trouble)(void *ctx, enum tls_trouble trouble); /* may be NULL */
};

struct http_server *http_server_create(struct context *context,
                                       const struct http_server_options *options);
/* May be called several times. `port` 0 asks for a free one. UNAVAILABLE names address and reason. */
MUST_CHECK enum status http_server_listen(struct http_server *server, const char *host,
                                          uint16_t port, uint16_t *ret_port, struct fault *reterr);
size_t http_server_connections(const struct http_server *server);
/* Stops listening, closes idle connections and websockets, lets running exchanges end until `drain_ms`, then resets
 * what is left; frees the server when libuv has closed its last handle, then calls `on_closed` (may be
 * NULL). Exchanges that are cut off see on_gone and must still be finished by their handler, before or
 * after; NULL server is a no-op. */
void http_server_destroy(struct http_server *server, uint32_t drain_ms,
                         void (*on_closed)(void *ctx), void *ctx);

/* --- the request --- */

struct http_request {
    struct slice method; /* upper case as sent: "GET" */
    struct slice target; /* as sent: "/a%20b?x=1" */
    struct slice path;   /* target up to '?', still encoded; "/" for "*" and empty */
    struct slice query;  /* after '?', still encoded; empty when none */
    struct http_headers headers;
    bool is_http10;
    bool has_body;          /* a Content-Length above 0, or chunked */
    int64_t content_length; /* -1 when chunked */
};

const struct http_request *http_request(const struct http_exchange *exchange);
struct http_headers http_trailers(const struct http_exchange *exchange); /* after the body's end */
struct arena *http_arena(struct http_exchange *exchange);      /* freed with the exchange */
const char *http_peer_address(struct http_exchange *exchange); /* "127.0.0.1", no port */
uint16_t http_peer_port(struct http_exchange *exchange);
uint16_t http_local_port(struct http_exchange *exchange);
bool http_is_tls(const struct http_exchange *exchange);
uint64_t http_started_ns(const struct http_exchange *exchange); /* uv_hrtime() at the first byte */
/* `on_gone` runs once if the client leaves before the response is complete; NULL unsets. */
void http_on_gone(struct http_exchange *exchange,
                  void (*on_gone)(void *ctx, struct http_exchange *), void *ctx);
/* For an answer that may take long: from now on a client that sends FIN is gone at once, on this exchange. True when it
 * has sent it already; then it may still be there. */
bool http_fin_is_gone(struct http_exchange *exchange);
bool http_is_gone(const struct http_exchange *exchange);

/* --- reading the body --- */

/* The whole body, at most the listener's body_len; `status` is OK, LIMIT (413 was answered by the server
 * and the exchange is over: do not touch it), CANCELLED (client gone, finish the exchange) or
 * INVALID (broken chunking or cut off by the client; finish the exchange). The slice lives as long as
 * the exchange. */
typedef void http_body_fn(void *ctx, struct http_exchange *exchange, enum status status,
                          struct slice body);
void http_read_all(struct http_exchange *exchange, http_body_fn *on_body, void *ctx);
/* As above with another maximum, and with LIMIT left to the handler: it must respond itself. */
void http_read_all_max(struct http_exchange *exchange, size_t max, http_body_fn *on_body,
                       void *ctx);

/* Piece by piece. `on_data` gets bytes valid during the call; returning false pauses reading until
 * http_read_resume(). `on_end` runs once, status as above (no LIMIT). */
struct http_reader {
    bool (*on_data)(void *ctx, struct http_exchange *exchange, struct slice bytes);
    void (*on_end)(void *ctx, struct http_exchange *exchange, enum status status);
    void *ctx;
};
void http_read_stream(struct http_exchange *exchange, const struct http_reader *reader);
void http_read_resume(struct http_exchange *exchange);
/* A handler that responds without reading: the server reads and drops up to 64 KiB, then closes. */

/* --- the response --- */

/* One piece. Content-Length, Date and Connection are the server's; do not pass them. 1xx, 204 and 304
 * carry no body. Headers that are not valid are dropped. */
void http_respond(struct http_exchange *exchange, int status, struct http_headers headers,
                  struct slice body);
/* In pieces, chunked (or until close for HTTP/1.0); with `content_length` >= 0, exactly so many bytes:
 * what is more is dropped, what is less cuts the connection. Announce trailers with a Trailer header. */
void http_stream_begin(struct http_exchange *exchange, int status, struct http_headers headers,
                       int64_t content_length);
/* False: more than pending_len is unsent; wait for on_drain (the bytes were taken all the same). When the
 * client leaves meanwhile, on_gone runs; on_drain does if there is no on_gone. */
bool http_stream_write(struct http_exchange *exchange, struct slice bytes);
void http_on_drain(struct http_exchange *exchange,
                   void (*on_drain)(void *ctx, struct http_exchange *), void *ctx);
void http_stream_end(struct http_exchange *exchange, struct http_headers trailers);
/* Cuts the connection so that the client notices: a stream that failed half way. Ends the exchange. */
void http_abort(struct http_exchange *exchange);

#endif
