/* What server.h hides: the structs of the server and the calls between its files. Included by
 * core/http/ *.c and its own tests only.
 *
 *     server.c       listeners, accept, the timer, drain
 *     connection.c   the states of a connection, its end, bytes in
 *     deadline.c     how long each state may last, and what then
 *     output.c       bytes out: one write call when the socket takes it, a queue when not
 *     tls*.c         between these two and the socket, on connections that began with a TLS handshake
 *     exchange.c     the life of an exchange, and what a handler asks of it
 *     request.c      from the pieces of a parsed head to a struct http_request
 *     reader.c       body bytes to the handler's reader, and its limit
 *     response.c     whole and streamed responses, as far as they do not depend on the wire
 *     h1_head.c      HTTP/1.1: llhttp's callbacks, and how a request is framed
 *     h1_body.c      HTTP/1.1: body bytes out of their framing
 *     h1_response.c  HTTP/1.1: response heads, chunks, refusals
 *     h2_*.c         HTTP/2; see h2.h
 *     websocket*.c   what a connection becomes by websocket_accept()
 *
 * A carrier is what brings one request and takes one response: an HTTP/1.1 connection, for one after the other.
 * An exchange is what the handler holds. It leaves its carrier when the response is complete, or when the client
 * is gone: then it is inert and on its own.
 *
 * Ownership  The server owns connections and spare exchanges; a carrier owns its exchange until
 *            the handler got it, then the handler ends it.
 * Re-entry   Handlers run from connection_run() and may call anything. After each call out, a
 *            step looks at connection->state and carrier.exchange again: both may have moved
 *            on. The connection itself is freed in its close callback only. */
#ifndef SLS_CORE_HTTP_PRIVATE_H
#define SLS_CORE_HTTP_PRIVATE_H

#include "core/http/server.h"

#include <llhttp.h>

#define READ_LEN 65536      /* the read buffer of a server */
#define TLS_READ_LEN 32768  /* of records: with the one begun before, they fit into READ_LEN */
#define PENDING_LEN 65536   /* unparsed bytes of a connection; beyond, reading stops */
#define DISCARD_LEN 65536   /* of an unread body; beyond, the connection is closed */
#define EXTENSION_LEN 16384 /* of all chunk extensions of a body */
#define LINGER_MS 2000      /* a refused client may take so long to read the refusal */
#define PROBE_MS 1000       /* a half-closed client is looked at so often */
#define SPARE_EXCHANGES 64  /* kept for reuse by a server */
#define HELD_MS 100         /* an answer waits for the next of its pipeline, at most */
#define HELD_LEN 4096       /* and is no larger than this, with those before it */
#define EXPIRY_GAP_MS 100   /* deadlines are looked at no more often */
#define PEER_ADDRESS_LEN 46 /* INET6_ADDRSTRLEN */

enum connection_state {
    CONNECTION_IDLE,      /* between requests */
    CONNECTION_HANDSHAKE, /* TLS's; then idle */
    CONNECTION_HEAD,      /* a part of the request line or headers came */
    CONNECTION_BODY, /* the handler has the exchange; body bytes are to come or to be handed on */
    CONNECTION_WAIT, /* the handler has the exchange and all of its body */
    CONNECTION_DISCARD,   /* answered; the unread rest of the body is dropped */
    CONNECTION_HTTP2,     /* the client sent HTTP/2's preface; `h2` has the bytes */
    CONNECTION_WEBSOCKET, /* `websocket` has the bytes */
    CONNECTION_LINGER,    /* answered for the last time; input is dropped until the client closes */
    CONNECTION_CLOSED,    /* given to uv_close() */
};

struct peer {
    char address[PEER_ADDRESS_LEN];
    uint16_t port;
    uint16_t local_port;
    bool is_tls;
};

struct carrier {
    const struct carrier_ops *ops;
    struct http_server *server;
    const struct peer *peer;
    struct http_exchange *exchange; /* NULL between two */
    bool is_open;                   /* something can still be sent */
    bool has_fin;                   /* HTTP/1.1: the client sent FIN */
};

#define LENGTH_UNKNOWN (-1) /* the body comes in pieces */
#define LENGTH_NONE (-2)    /* the status has no body */

struct response_head {
    int status;
    struct http_headers headers;
    int64_t content_length; /* or one of the above */
    bool is_upgrade;        /* Connection: Upgrade */
};

/* How a carrier is asked; never when it is not open, but for left(). */
struct carrier_ops {
    /* The handler wants body bytes: its reader was set, or goes on. */
    void (*read)(struct carrier *carrier);
    /* Head and body (empty for HEAD, whatever the head says), then left(). */
    void (*respond)(struct carrier *carrier, const struct response_head *head, struct slice body);
    void (*begin)(struct carrier *carrier, const struct response_head *head);
    /* False: more than pending_len is unsent. */
    bool (*write)(struct carrier *carrier, struct slice bytes);
    void (*end)(struct carrier *carrier, struct http_headers trailers);
    /* What was begun cannot be ended well: the client has to notice. The exchange is told later. */
    void (*cut)(struct carrier *carrier);
    /* The server's own answer; the exchange was detached. */
    void (*refuse)(struct carrier *carrier, int status);
    /* The exchange is over and no longer the carrier's. */
    void (*left)(struct carrier *carrier);
};

struct connection {
    uv_tcp_t tcp;
    struct carrier carrier; /* of HTTP/1.1's exchanges; open until `state` is CLOSED */
    struct connection *previous;
    struct connection *next;
    struct connection *next_ready; /* valid while is_ready */
    struct tls_channel *tls;       /* NULL: not TLS */
    struct h2_session *h2;         /* NULL: not HTTP/2 */
    struct websocket *websocket;   /* while `state` is WEBSOCKET, or until it was told of the end */
    enum connection_state state;
    llhttp_t parser;
    struct slice in;    /* not parsed yet; only inside connection_run() */
    struct buf pending; /* not parsed yet, between two calls of it */
    const char *chunk;  /* what llhttp_execute() was given */
    size_t chunk_at;    /* where that stands in the head, or in the body with its framing */
    size_t span_end;    /* where the last piece of a header ended, in the same count */
    struct slice piece; /* body bytes of the last llhttp_execute() */
    uint64_t body_left; /* of a Content-Length */
    size_t discarded;
    size_t extension_len;    /* of chunk extensions so far */
    uint64_t read_deadline;  /* loop time in ms; 0: none */
    uint64_t write_deadline; /* set while bytes are queued */
    struct buf held;         /* answers that wait for the next one (merges_pipelined) */
    uint64_t held_deadline;  /* 0: none waits */
    size_t write_seen;       /* the queue when write_deadline was set */
    int refusal;             /* the status a parser callback wants */
    struct peer peer;
    bool is_running;     /* inside connection_run() */
    bool is_ready;       /* in server->ready */
    bool is_reading;     /* uv_read_start() was called */
    bool is_eof;         /* the client sent FIN */
    bool is_chunked;     /* the request's body */
    bool is_body_end;    /* the body's last byte was parsed */
    bool is_message_end; /* llhttp saw it, in the last llhttp_execute() */
    bool has_value;      /* of the last span, a piece came: the next name begins another */
    bool must_close;     /* after this response */
    bool is_flushed;     /* lingering: all was sent, FIN too */
    bool has_unread;     /* lingering: the client may still be sending */
    bool waits_for_100;  /* Expect: 100-continue, not sent yet */
    bool sends_chunks;   /* the response's body */
    bool is_used;        /* a request came: HTTP/2's preface is too late */
    bool is_known;       /* the first byte came: whether it speaks TLS */
};

struct listener {
    uv_tcp_t tcp;
    struct http_server *server;
    struct listener *next;
    uint16_t port;
};

struct http_server {
    struct context *context;
    struct http_server_options options; /* limits without zeros */
    struct listener *listeners;
    struct connection *connections;
    size_t connection_count;
    struct connection *ready; /* to be run by `wake` */
    struct http_exchange *spares;
    size_t spare_count;
    char *read_buffer;             /* READ_LEN, allocated by the first read */
    struct buf out;                /* the response head being built */
    struct h2_library *h2_library; /* loaded by the first connection that needs it */
    bool h2_is_missing;
    uv_idle_t wake;          /* active while `ready` is not empty */
    uv_timer_t expiry;       /* active while a deadline exists */
    uint64_t expiry_at;      /* 0: not active */
    uint64_t drain_deadline; /* 0: not draining */
    size_t open_handles;
    bool is_draining;
    bool is_closing_last; /* `wake` and `expiry` are being closed */
    int64_t date_second;
    char date_line[TIME_TEXT_MAX + 8]; /* "Date: ...\r\n" */
    size_t date_len;
    void (*on_closed)(void *ctx);
    void *closed_ctx;
};

enum reader_kind { READER_NONE, READER_ALL, READER_STREAM, READER_DONE };
enum response_state { RESPONSE_NONE, RESPONSE_STREAM, RESPONSE_DONE };

/* Where a header stands in the head: offsets, because the head may still move. */
struct span {
    uint32_t name_at;
    uint32_t name_len;
    uint32_t value_at;
    uint32_t value_len;
};

struct http_exchange {
    struct carrier *carrier; /* NULL when the client is gone */
    struct http_exchange *next_spare;
    struct arena arena;
    struct buf head; /* request line and headers */
    struct buf trailer_text;
    struct span *spans;
    size_t span_count;
    size_t span_cap;
    uint32_t target_at;
    uint32_t target_len;
    struct http_request request;
    struct http_headers trailers;
    uint64_t started_ns;
    void (*on_gone)(void *ctx, struct http_exchange *exchange);
    void *gone_ctx;
    void (*on_drain)(void *ctx, struct http_exchange *exchange);
    void *drain_ctx;
    enum reader_kind reader_kind;
    http_body_fn *on_body;
    void *body_ctx;
    size_t body_max;
    bool answers_limit; /* http_read_all(): 413 is the server's */
    struct buf body;    /* of http_read_all() when it came in pieces */
    struct slice whole_body;
    struct http_reader reader;
    enum response_state response_state;
    int64_t response_left; /* of a promised length; -1: none was */
    bool is_response_bare; /* HEAD, 204, 304: bytes are counted, not sent */
    bool is_head_method;
    bool fin_is_gone;   /* http_fin_is_gone() */
    bool is_dispatched; /* the handler knows it */
    bool is_paused;     /* on_data returned false */
    bool waits_for_drain;
    bool is_ended; /* by the handler; released when `holds` is 0 */
    uint32_t holds;
    struct peer peer; /* copied when the client is gone */
};

/* server.c */
void server_arm(struct http_server *server, uint64_t deadline);
void server_wake(struct http_server *server, struct connection *connection);
void server_forget(struct http_server *server,
                   struct connection *connection);     /* out of every list */
void server_handle_closed(struct http_server *server); /* may free the server */

/* connection.c */
struct connection *connection_create(struct http_server *server);
void connection_start(struct connection *connection, uint16_t local_port);
void connection_feed(struct connection *connection, struct slice bytes); /* as if read */
void connection_feed_end(struct connection *connection);                 /* as if FIN was read */
void connection_run(struct connection *connection);
/* Reading and deadlines follow the state; after each change outside connection_run(). */
void connection_settle(struct connection *connection);
/* Something blocked may go on: runs later, unless it is running now. */
void connection_wake(struct connection *connection);
void connection_response_done(struct connection *connection);
void connection_close(struct connection *connection);
void connection_reset(struct connection *connection);
void connection_linger(struct connection *connection); /* after what is queued was sent */
static inline bool connection_is_open(const struct connection *connection)
{
    return connection->carrier.is_open;
}

/* Bytes that were read and not parsed. */
static inline size_t connection_unread(const struct connection *connection)
{
    return connection->is_running ? connection->in.len : connection->pending.len;
}

/* deadline.c */
uint64_t deadline_of(const struct connection *connection); /* for input, in its state; 0: none */
void connection_expire(struct connection *connection, uint64_t now);

/* output.c */
/* As they are on the socket; output_write() seals what TLS has to. */
void output_send(struct connection *connection, const struct slice *parts, size_t count);
void output_write(struct connection *connection, const struct slice *parts, size_t count);
/* Keeps `bytes` for the next output_write() when that is allowed and room is left; else false. */
bool output_hold(struct connection *connection, struct slice bytes);
void output_send_held(struct connection *connection); /* sends what is held */
size_t output_queued(const struct connection *connection);

/* tls_channel.c */
/* False: no memory for it. */
bool tls_channel_begin(struct connection *connection);
void tls_channel_read(struct connection *connection, struct slice bytes);
void tls_channel_write(struct connection *connection, const struct slice *parts, size_t count);
void tls_channel_shut(struct connection *connection); /* nothing more is written: close_notify */
void tls_channel_destroy(struct tls_channel *channel);

/* exchange.c */
struct http_exchange *exchange_take(struct carrier *carrier);
/* Off its carrier, memory back to `server` (NULL: to the heap). */
void exchange_release(struct http_exchange *exchange, struct http_server *server);
void exchange_detach(struct http_exchange *exchange); /* from its carrier: inert from now on */
void exchange_end(struct http_exchange *exchange);    /* the handler's last word was said */
void exchange_gone(
    struct http_exchange *exchange); /* detaches and tells; not in a handler's call */
/* The carrier has no more use for it: gone if a handler has it, else released. */
void exchange_abandon(struct http_exchange *exchange);
/* While held, an ended exchange stays in memory. */
static inline void exchange_hold(struct http_exchange *exchange)
{
    exchange->holds++;
}
void exchange_drop(struct http_exchange *exchange);
void exchanges_free_spares(struct http_server *server);
/* NULL when nothing can be sent any more. */
static inline struct carrier *exchange_carrier(const struct http_exchange *exchange)
{
    struct carrier *carrier = exchange->carrier;
    return carrier != NULL && carrier->is_open ? carrier : NULL;
}
/* Bytes were sent, `unsent` are left: a writer that waits for it is told that there is room. */
void exchange_sent(struct http_exchange *exchange, size_t unsent);

/* request.c */
/* The next header of the head or the trailers; NULL beyond limits.header_count. */
struct span *request_add_span(struct http_exchange *exchange);
/* The headers whose spans were added, in the arena; the texts are at `base`. */
struct http_headers request_take_headers(struct http_exchange *exchange, const char *base);
/* `path` and `query` of the target. 200, or the status to refuse with. */
int request_split_target(struct http_request *request);

/* reader.c */
static inline bool reader_wants(const struct http_exchange *exchange)
{
    return !exchange->is_paused &&
           (exchange->reader_kind == READER_ALL || exchange->reader_kind == READER_STREAM);
}
/* The announced body is longer than the reader takes. */
bool reader_foresees_limit(const struct http_exchange *exchange);
/* Tells the reader LIMIT, or answers 413 and ends the exchange. */
void reader_tell_limit(struct http_exchange *exchange);
/* Hands body bytes on. The handler may end the exchange meanwhile. */
void reader_take(struct http_exchange *exchange, struct slice piece);
/* Tells the reader how the body ended, once. */
void reader_finish(struct http_exchange *exchange, enum status status);

/* response.c */
/* Connection, Date and the like: what only the server may say, because it frames the message. */
static inline bool response_header_is_ours(struct slice name)
{
    switch (name.len) {
    case 4:
        return slice_ieq(name, SLICE("date"));
    case 10:
        return slice_ieq(name, SLICE("connection")) || slice_ieq(name, SLICE("keep-alive"));
    case 14:
        return slice_ieq(name, SLICE("content-length"));
    case 17:
        return slice_ieq(name, SLICE("transfer-encoding"));
    default:
        return false;
    }
}
/* "Date: ...\r\n", of this second. */
struct slice response_date_line(struct http_server *server);
/* What http_server_options.on_reject gives for `status`, and its Content-Type if it is not empty. */
struct slice response_reject_body(const struct http_server *server, struct response_head *head);

/* h1_head.c */
void h1_head_start(struct connection *connection);
/* Parses from connection->in. 0: more is needed; 200: complete; H1_HEAD_IS_HTTP2; else the status to refuse with. */
#define H1_HEAD_IS_HTTP2 2 /* its preface: behind it in connection->in are frames */
int h1_head_parse(struct connection *connection);
/* The trailers that were parsed with a chunked body. */
void h1_head_take_trailers(struct http_exchange *exchange);

/* h1_body.c */
void h1_body_start(struct connection *connection); /* the head is complete */
bool h1_body_step(struct connection *connection);  /* false: blocked, or needs input */
bool h1_body_discard_step(struct connection *connection);

/* h1_response.c */
extern const struct carrier_ops h1_carrier;
void h1_refuse(struct connection *connection, int status);
/* 101: what follows on the connection is not HTTP. The exchange is left to the caller. */
void h1_switch_protocols(struct connection *connection, struct http_headers headers);

/* websocket.c */
struct websocket_options;
/* The 101 was sent: the connection's state changes. */
struct websocket *websocket_begin(struct connection *connection,
                                  const struct websocket_options *options, void *ctx);
bool websocket_step(struct connection *connection);    /* as h2_session_step() */
void websocket_sent(struct connection *connection);    /* bytes were taken by the socket */
void websocket_stalled(struct connection *connection); /* none are: it is about to be cut */
void websocket_stop(struct connection *connection, bool at_once); /* the server's end */
uint64_t websocket_deadline(const struct connection *connection); /* loop time; 0: none */
void websocket_gone(struct connection *connection);               /* tells and frees it */

#endif
