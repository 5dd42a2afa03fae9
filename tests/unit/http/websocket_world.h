/* A server whose requests become websockets that answer each message with itself, and clients that are sockets. */
#ifndef SLS_TESTS_WEBSOCKET_WORLD_H
#define SLS_TESTS_WEBSOCKET_WORLD_H

#include "core/http/websocket.h"
#include "support.h"

#define HANDSHAKE                                                                                  \
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"     \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define NORMAL_CLOSE "\x88\x82\0\0\0\0\x03\xe8" /* with a key of zeros, as most frames here */

/* What the owner of the websockets saw, and how it behaves: "close" and "pause" are messages it obeys. */
struct owner {
    struct websocket_options options;
    struct websocket *websocket; /* the last that was accepted */
    struct http_exchange *waiting;
    struct buf events; /* "text(hello) ping(x) close(1000 bye client clean) " */
    struct slice protocol;
    bool decides_late;
    bool is_waiting;
    bool is_accepted;
    bool is_closed;
    bool is_gone;
    bool has_message;
};

/* Each test is a process of its own: TestSuite(x, .init = ws_set_up, .fini = ws_tear_down). */
extern struct fixture ws_fixture;
extern struct owner ws_owner;
void ws_set_up(void);
void ws_tear_down(void);

void ws_serve(struct http_limits limits);
const char *ws_events(void); /* the owner's */
/* Begins to destroy the server; *ret_is_closed tells when it is done. */
void ws_drain(uint32_t ms, bool *ret_is_closed);

void ws_put_frame(struct buf *out, uint8_t first, struct slice payload);
void ws_send_frame(int fd, uint8_t first, struct slice payload);
/* What came behind the response's head. */
struct slice ws_after_head(const struct buf *received);
/* Connects and shakes hands; what came is not kept. */
int ws_open(void);
/* The handshake, `input`, FIN; then all there is to read, in `received`. */
void ws_talk(struct slice input, bool is_slow, struct buf *received);
/* `len` bytes of text. */
struct slice ws_text_of(struct buf *text, size_t len);
/* `what` and `is_slow` are for the message. */
void ws_expect_bytes(struct slice got, struct slice want, const char *what, bool is_slow);

#endif
