/* HTTP/2 with prior knowledge (h2c), as a carrier of exchanges: libnghttp2 speaks, we decide. Private to core/http.
 *
 *     connection (the socket) -> h2_session -> h2_stream, one per exchange, each a carrier
 *
 *     h2_session.c   begins, moves bytes both ways, deadlines, GOAWAY, the end; nghttp2's callbacks
 *     h2_head.c      header blocks become a struct http_request, or a refusal
 *     h2_stream.c    the life of a stream: body bytes in, response out
 *     h2_calm.c      what a client may waste of our time
 *
 * Re-entry   Handlers never run inside nghttp2: its callbacks only note on the stream what came and put it
 *            among the ready ones, which h2_session_step() runs.
 * Memory     Body bytes wait in the stream until the handler takes them; the flow-control windows bound them.
 *            Response bytes wait in the stream, a writer is told to pause at limits.pending_len as in HTTP/1.1.
 *            While the socket does not take bytes, nothing is framed and nothing is parsed.
 * Source     RFC 9113 (HTTP/2); the floods of CVE-2019-9511 to 9518, CVE-2023-44487 and CVE-2024-28182. */
#ifndef SLS_CORE_HTTP_H2_H
#define SLS_CORE_HTTP_H2_H

#include "core/http/h2_library.h"
#include "core/http/private.h"

#define H2_STREAM_WINDOW (256 * 1024)      /* bytes of a body the handler has not taken */
#define H2_CONNECTION_WINDOW (1024 * 1024) /* of all bodies of a connection */

/* h2_calm.c: tokens, spent by frames that bring no request further, earned by time and by bytes we send. */
struct h2_calm {
    uint32_t tokens;
    uint64_t refilled_ms; /* loop time */
};
void h2_calm_start(struct h2_calm *calm, uint64_t now_ms);
/* False: the client has gone too far. */
bool h2_calm_spend(struct h2_calm *calm, const nghttp2_frame_hd *frame, uint64_t now_ms);
void h2_calm_earn(struct h2_calm *calm, size_t sent_len);

struct h2_session {
    struct connection *connection;
    const struct h2_library *library;
    nghttp2_session *nghttp2;
    struct h2_stream *streams;
    struct h2_stream *ready; /* to be run by h2_session_step() */
    size_t stream_count;
    struct h2_calm calm;
    size_t block_len;       /* of the header block being received, encoded */
    uint64_t head_deadline; /* of that; loop time in ms, 0: none is being received */
    uint64_t idle_deadline; /* while there are no streams */
    uint64_t deadline;      /* no later than the nearest of all of them; 0: none */
    bool is_over;           /* nothing more is exchanged; the socket is being closed */
};

struct h2_stream {
    struct carrier carrier;
    struct h2_session *session;
    struct h2_stream *previous;
    struct h2_stream *next;
    struct h2_stream *next_ready; /* valid while is_ready */
    int32_t id;
    int refusal;        /* what the head deserves; 0: still being received, 200: a request */
    struct span method; /* the pseudo-headers; `value_at` and `value_len` */
    struct span target;
    struct span authority;
    struct buf in;        /* body bytes not taken */
    size_t discarded_len; /* body bytes that came after the exchange's end */
    struct buf out;       /* response bytes not framed, from `out_at` on */
    size_t out_at;
    const nghttp2_nv *trailers; /* of the response, in `arena` */
    size_t trailer_count;
    struct arena arena;
    uint64_t read_deadline;  /* for body bytes; 0: none */
    uint64_t write_deadline; /* for room in the client's windows; 0: nothing waits */
    bool waits_for_100;
    bool is_body_end; /* END_STREAM came */
    bool is_out_end;  /* the response is all in `out` */
    bool is_answered; /* END_STREAM was sent */
    bool is_closed;   /* nghttp2 has forgotten it */
    bool is_ready;
};

/* --- h2_session.c --- */

/* Whether there is a libnghttp2; loads it. */
bool h2_session_is_possible(struct http_server *server);
/* Takes over a connection whose client has sent the preface. False when it cannot be served: no
 * libnghttp2, no memory. */
bool h2_session_begin(struct connection *connection);
/* What connection_run() does while HTTP/2 is spoken: false, nothing more can be done now. */
bool h2_session_step(struct connection *connection);
/* Response bytes were queued in nghttp2: sends them, unless that will happen anyway. */
void h2_session_flush(struct h2_session *session);
/* `deadline` is due no later. */
void h2_session_arm(struct h2_session *session, uint64_t deadline);
static inline uint64_t h2_session_now(const struct h2_session *session)
{
    return uv_now(session->connection->carrier.server->context->loop);
}
void h2_session_expire(struct connection *connection, uint64_t now);
void h2_session_drain(struct connection *connection); /* takes no more streams */
/* The socket is closed: streams can send nothing any more. */
void h2_session_cut(struct h2_session *session);
void h2_session_destroy(struct h2_session *session); /* tells the exchanges left; NULL is a no-op */

/* --- h2_head.c: nghttp2's callbacks --- */

int h2_head_begin(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *user);
int h2_head_field(nghttp2_session *nghttp2, const nghttp2_frame *frame, const uint8_t *name,
                  size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                  void *user);
void h2_head_end(struct h2_stream *stream); /* the request's block is complete */
void h2_head_end_trailers(struct h2_stream *stream);

/* --- h2_stream.c --- */

struct h2_stream *h2_stream_create(struct h2_session *session, int32_t id);
void h2_stream_ready(struct h2_stream *stream);
/* Hands on what came. May free the stream. */
void h2_stream_run(struct h2_stream *stream);
void h2_stream_refuse(struct h2_stream *stream, int status);
void h2_stream_reset(struct h2_stream *stream, uint32_t code);
void h2_stream_expire(struct h2_stream *stream, uint64_t now);
/* Nobody reads the rest of the request's body: takes a little, then stops the client. */
void h2_stream_discard(struct h2_stream *stream, size_t len);
void h2_stream_destroy(struct h2_stream *stream);

#endif
