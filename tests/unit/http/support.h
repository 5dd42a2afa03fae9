/* A server on a loop of its own, and a client that is nothing but a socket: the tests write
 * requests as text, drive the loop by hand and read responses as text. */
#ifndef SLS_TESTS_UNIT_HTTP_SUPPORT_H
#define SLS_TESTS_UNIT_HTTP_SUPPORT_H

#include "core/http/server.h"

#define WAIT_MS 10000 /* for what must happen; then the test fails */

struct fixture {
    uv_loop_t loop;
    struct clock clock;
    struct log log;
    struct context context;
    struct http_server *server;
    uint16_t port;
    bool is_closed; /* the server's on_closed ran */
    bool speaks_http2;
    struct tls *tls; /* NULL: not spoken */
    void (*on_tls_trouble)(void *ctx, enum tls_trouble trouble);
};

void fixture_init(struct fixture *fixture);
/* Creates the server and listens; `on_request` gets `ctx`. */
void fixture_serve(struct fixture *fixture, http_request_fn *on_request, void *ctx,
                   struct http_limits limits);
/* Destroys the server at once, runs the loop dry and asserts that it closes. */
void fixture_finish(struct fixture *fixture);

/* Runs what the loop has to do now, then sleeps until `fd` (or -1), the loop or a millisecond
 * calls. */
void pump(struct fixture *fixture, int fd);
/* Runs the loop until *flag; fails the test after WAIT_MS. */
void pump_until(struct fixture *fixture, const bool *flag);
void pump_for(struct fixture *fixture, uint32_t ms);

int client_connect(struct fixture *fixture);
void client_send(struct fixture *fixture, int fd, struct slice bytes);
void client_send_slowly(struct fixture *fixture, int fd, struct slice bytes); /* byte by byte */
void client_send_text(struct fixture *fixture, int fd, const char *text);
/* Reads until `text` was received, or to the end of the stream; what came is appended to
 * `received`. False when the connection ended (or was reset) before. */
bool client_read_until(struct fixture *fixture, int fd, const char *text, struct buf *received);
/* Reads to the end. False when it was a reset. */
bool client_read_end(struct fixture *fixture, int fd, struct buf *received);
/* One connection: sends all, half-closes, reads to the end. NUL-terminated in `received`. */
const char *client_talk(struct fixture *fixture, struct slice request, bool is_slow,
                        struct buf *received);
void client_close(int *fd);
void client_reset(int *fd); /* RST instead of FIN */

#define AUTO_CLIENT __attribute__((cleanup(client_close))) int

/* Answers 200 with a text that tells all that the handler saw of the request:
 * "POST|/path|query|host=x,a=b|body|trailer=x". */
void echo_handler(void *ctx, struct http_exchange *exchange);

#endif
