/* The server's side of WebSocket: a request that asks for it becomes a socket of messages.
 *
 *     connection -> frames (websocket_frame.h) -> messages -> owner
 *
 * Lifecycle  on_request gets the handshake like any request. Its owner looks with websocket_check() and decides,
 *            now or later: http_respond() refuses, websocket_accept() takes over. From then on the connection is a
 *            websocket until on_close, which runs exactly once, as the last thing, and never inside a call of
 *            the owner's; the websocket is freed when it returns.
 * Ends       The client says Close: it is answered and on_close runs. The owner says websocket_close(): on_close
 *            runs when the client has answered, or after closing_ms. What breaks RFC 6455 or a limit is told
 *            the client (1002, 1003, 1007, 1009) and ends at once. http_server_destroy() closes with 1001
 *            ("going away") what is open, and cuts what has not answered when the drain is over.
 * Slow       Messages for a client that does not read wait, up to queue_len bytes; one more, or
 *            limits.write_stall_ms without a byte taken, and it is cut: on_close says 1008. While more than
 *            limits.pending_len waits nothing is read from it either.
 * Waiting    A client that has asked must not half-close: an owner that answers late calls http_fin_is_gone().
 *            Bytes it sends before the answer are kept, 64 KiB at most, and read after it.
 * Ownership  The server owns websockets; `options` are borrowed and outlive them. Messages given to an
 *            owner live during the call only, those it sends are sent or copied inside the call.
 * Thread     Loop thread only.
 * Memory     Nothing but structs while no message is half received or unsent: an idle connection takes less than 1 KB
 *            of the heap, 897 bytes with glibc (tests/unit/http/test_websocket.c measures it), 9 MB for 10,000.
 * Limits     struct websocket_options; a websocket counts among limits.connections.
 * Extensions None are negotiated, permessage-deflate neither.
 * Source     RFC 6455. Framing is ours and not wslay's: each of its contexts takes 8.8 KB, it answers broken frames with
 *            a Close that has no code, takes Close frames of one byte for good ones and refuses 1012 to 1014. */
#ifndef SLS_CORE_HTTP_WEBSOCKET_H
#define SLS_CORE_HTTP_WEBSOCKET_H

#include "core/http/server.h"

struct websocket;

#define WEBSOCKET_REASON_MAX 123 /* bytes of a reason: a control frame has room for no more */

/* As sent in Close frames, but for NO_STATUS (there was no code in it) and ABNORMAL (there was no Close). */
enum websocket_code {
    WEBSOCKET_NORMAL = 1000,
    WEBSOCKET_GOING_AWAY = 1001,
    WEBSOCKET_PROTOCOL_ERROR = 1002,
    WEBSOCKET_UNSUPPORTED_DATA = 1003,
    WEBSOCKET_NO_STATUS = 1005,
    WEBSOCKET_ABNORMAL = 1006,
    WEBSOCKET_INVALID_DATA = 1007,
    WEBSOCKET_POLICY = 1008,
    WEBSOCKET_TOO_BIG = 1009,
    WEBSOCKET_INTERNAL_ERROR = 1011,
    WEBSOCKET_RESTART = 1012,
};

enum websocket_kind { WEBSOCKET_TEXT = 1, WEBSOCKET_BINARY = 2 };

enum websocket_closer {
    WEBSOCKET_BY_CLIENT, /* its Close came first, or its connection broke */
    WEBSOCKET_BY_OWNER,  /* websocket_close() */
    WEBSOCKET_BY_SERVER, /* a broken rule or limit, or the server's end */
};

struct websocket_close {
    uint16_t code;       /* the one that was said first; else NO_STATUS or ABNORMAL */
    struct slice reason; /* valid UTF-8; empty when none was given */
    enum websocket_closer closer;
    bool is_clean; /* Close frames went both ways */
};

/* What an owner wants of its websockets. Zero numbers take the default in brackets. */
struct websocket_options {
    /* A whole message; text is valid UTF-8. None comes after websocket_close(). */
    void (*on_message)(void *ctx, struct websocket *websocket, enum websocket_kind kind,
                       struct slice message); /* required */
    /* A ping, which is answered already; may be NULL. */
    void (*on_ping)(void *ctx, struct websocket *websocket, struct slice payload);
    void (*on_close)(void *ctx, struct websocket *websocket,
                     const struct websocket_close *close); /* required */
    size_t message_len; /* of one received [128 KiB]; beyond: 1009 */
    size_t frame_len;   /* of one frame of it [32 KiB]; beyond: 1009 */
    size_t
        queue_len; /* bytes waiting for the client [1 MiB]; not below the owner's largest message */
    uint32_t closing_ms; /* for the client's answer to a Close [2 s]; then it is cut */
    bool takes_binary;   /* else binary messages: 1003 */
};

/* --- the handshake --- */

/* 101: websocket_accept() will do. Else the status that the request deserves: 405 (not a GET), 426 (does not ask for an
 * upgrade to "websocket", as HTTP/2 cannot, or not for version 13) or 400 (no valid key, or HTTP/1.0). */
int websocket_check(const struct http_request *request);
/* The headers that belong to such a refusal. */
struct http_headers websocket_refusal_headers(int status);

/* Answers 101 and takes the connection over; the exchange ends. `protocol` is sent as Sec-WebSocket-Protocol unless it is
 * empty (or not a valid value). `ctx` is for the callbacks. Requires a request that passed websocket_check(). NULL when
 * there is nothing to take over: the client is gone, or it was answered with 400 (a body that was not read) or 503 (the
 * server is being destroyed). */
struct websocket *websocket_accept(struct http_exchange *exchange,
                                   const struct websocket_options *options, struct slice protocol,
                                   void *ctx);

/* --- an open websocket --- */

/* CANCELLED: it is closing or broken, on_close comes or has been asked for. LIMIT: this message was one too many for a
 * client that does not read; it is cut and on_close comes. Text must be valid UTF-8: nobody looks. */
MUST_CHECK enum status websocket_send(struct websocket *websocket, enum websocket_kind kind,
                                      struct slice message);
size_t websocket_queued(const struct websocket *websocket); /* bytes the client has not taken */
/* Sends Close behind what was sent; a no-op when it is closing already. `code` must be one that may be sent (1000 to
 * 1003, 1007 to 1014, 3000 to 4999; asserted), `reason` is cut to WEBSOCKET_REASON_MAX at a character. */
void websocket_close(struct websocket *websocket, uint16_t code, struct slice reason);
/* While paused no message is handed over, and soon the client cannot send any. A Close waits behind them too. */
void websocket_pause(struct websocket *websocket);
void websocket_resume(struct websocket *websocket);
/* clock_monotonic_ns() of the last whole message in either direction; of the accept when there was none. Pings and pieces
 * of messages do not count: idle and lifetime timers, and what they look at, are the owner's. */
uint64_t websocket_active_ns(const struct websocket *websocket);

#endif
