/* Websockets over real sockets: the handshake, messages, every way to end, limits, many at once. */
#include "support.h"

#include "core/http/websocket.h"

#include <criterion/criterion.h>

#include <malloc.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANDSHAKE                                                                                  \
    "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"     \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
#define LITERAL(text)                                                                              \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define NORMAL_CLOSE "\x88\x82\0\0\0\0\x03\xe8" /* with a key of zeros, as most frames here */

static const struct http_headers no_headers = {NULL, 0};

static struct fixture fixture;

/* What the owner of the websockets saw, and how it behaves. */
static struct owner {
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
} owner;

static void on_message(void *ctx, struct websocket *websocket, enum websocket_kind kind,
                       struct slice message)
{
    struct owner *me = ctx;
    me->has_message = true;
    if (message.len < 100) {
        buf_printf(&me->events, "%s(%.*s) ", kind == WEBSOCKET_TEXT ? "text" : "binary",
                   SLICE_ARG(message));
    } else {
        buf_printf(&me->events, "%zu ", message.len);
    }
    if (slice_is(message, "close")) {
        websocket_close(websocket, 4000, SLICE("bye"));
        websocket_close(websocket, 4001, SLICE("twice"));
        cr_expect_eq(websocket_send(websocket, kind, message), STATUS_CANCELLED);
    } else if (slice_is(message, "pause")) {
        websocket_pause(websocket);
    } else {
        cr_expect_eq(websocket_send(websocket, kind, message), STATUS_OK);
    }
}

static void on_ping(void *ctx, struct websocket *websocket, struct slice payload)
{
    struct owner *me = ctx;
    (void)websocket;
    buf_printf(&me->events, "ping(%.*s) ", SLICE_ARG(payload));
}

static void on_close(void *ctx, struct websocket *websocket, const struct websocket_close *close)
{
    static const char *const closers[] = {
        [WEBSOCKET_BY_CLIENT] = "client",
        [WEBSOCKET_BY_OWNER] = "owner",
        [WEBSOCKET_BY_SERVER] = "server",
    };
    struct owner *me = ctx;
    cr_expect_eq(websocket_send(websocket, WEBSOCKET_TEXT, SLICE("x")), STATUS_CANCELLED);
    buf_printf(&me->events, "close(%u%s%.*s %s%s) ", (unsigned)close->code,
               close->reason.len != 0 ? " " : "", SLICE_ARG(close->reason), closers[close->closer],
               close->is_clean ? " clean" : "");
    me->websocket = NULL;
    me->is_closed = true;
}

static void on_gone(void *ctx, struct http_exchange *exchange)
{
    (void)exchange;
    ((struct owner *)ctx)->is_gone = true;
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct owner *me = ctx;
    int status = websocket_check(http_request(exchange));
    if (status != 101) {
        http_respond(exchange, status, websocket_refusal_headers(status), SLICE("no"));
    } else if (me->decides_late) {
        me->waiting = exchange;
        me->is_waiting = true;
        http_on_gone(exchange, on_gone, me);
        cr_expect_not(http_fin_is_gone(exchange));
    } else {
        me->websocket = websocket_accept(exchange, &me->options, me->protocol, me);
        me->is_accepted = true;
    }
}

static void set_up(void)
{
    fixture_init(&fixture);
    owner = (struct owner){
        .options = {.on_message = on_message, .on_ping = on_ping, .on_close = on_close},
        .events = BUF_INIT(1 << 20),
    };
}

static void tear_down(void)
{
    fixture_finish(&fixture);
    cr_expect_null(owner.websocket, "on_close is always the last thing");
    buf_finish(&owner.events);
}

TestSuite(websocket, .init = set_up, .fini = tear_down);

static void serve(struct http_limits limits)
{
    fixture_serve(&fixture, on_request, &owner, limits);
}

static const char *events(void)
{
    return buf_cstr(&owner.events);
}

/* --- a client --- */

static void put_frame(struct buf *out, uint8_t first, struct slice payload)
{
    static const char key[4] = {0x12, (char)0x9a, 0x00, 0x7f};
    buf_append_char(out, (char)first);
    if (payload.len < 126) {
        buf_append_char(out, (char)(0x80 | payload.len));
    } else {
        size_t bytes = payload.len < 65536 ? 2 : 8;
        buf_append_char(out, (char)(0x80 | (bytes == 2 ? 126 : 127)));
        while (bytes-- != 0) {
            buf_append_char(out, (char)((uint64_t)payload.len >> (8 * bytes)));
        }
    }
    buf_append(out, slice_of(key, sizeof(key)));
    for (size_t i = 0; i < payload.len; i++) {
        buf_append_char(out, (char)(payload.ptr[i] ^ key[i % 4]));
    }
}

static void send_frame(int fd, uint8_t first, struct slice payload)
{
    AUTO_BUF bytes = BUF_INIT(1 << 22);
    put_frame(&bytes, first, payload);
    client_send(&fixture, fd, buf_slice(&bytes));
}

/* What came behind the response's head. */
static struct slice after_head(const struct buf *received)
{
    size_t at = slice_search(buf_slice(received), SLICE("\r\n\r\n"));
    return at == SLICE_NPOS ? SLICE_NULL : slice_skip(buf_slice(received), at + 4);
}

/* Connects and shakes hands; what came is not kept. */
static int open_websocket(void)
{
    AUTO_BUF received = BUF_INIT(1 << 16);
    int fd = client_connect(&fixture);
    owner.is_accepted = false;
    client_send_text(&fixture, fd, HANDSHAKE);
    cr_assert(client_read_until(&fixture, fd, "\r\n\r\n", &received));
    cr_assert(owner.is_accepted && owner.websocket != NULL, "%s", buf_cstr(&received));
    return fd;
}

/* The handshake, `input`, FIN; then all there is to read, in `received`. */
static void talk(struct slice input, bool is_slow, struct buf *received)
{
    AUTO_BUF bytes = BUF_INIT(1 << 22);
    buf_append_text(&bytes, HANDSHAKE);
    buf_append(&bytes, input);
    buf_clear(&owner.events);
    owner.is_closed = false;
    (void)client_talk(&fixture, buf_slice(&bytes), is_slow, received);
    pump_until(&fixture, &owner.is_closed);
}

static void expect_bytes(struct slice got, struct slice want, const char *what, bool is_slow)
{
    cr_expect(slice_eq(got, want), "%s, slow %d: %zu bytes, not %zu", what, is_slow, got.len,
              want.len);
    for (size_t i = 0; i < got.len && i < want.len; i++) {
        cr_assert_eq(got.ptr[i], want.ptr[i], "%s, slow %d: byte %zu is %02x, not %02x", what,
                     is_slow, i, (unsigned char)got.ptr[i], (unsigned char)want.ptr[i]);
    }
}

/* --- the handshake --- */

Test(websocket, a_handshake_is_answered_as_in_the_rfc)
{
    serve((struct http_limits){0});
    owner.protocol = SLICE("chat");
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, HANDSHAKE);
    cr_assert(client_read_until(&fixture, fd, "\r\n\r\n", &received));
    cr_assert_str_eq(buf_cstr(&received), "HTTP/1.1 101 Switching Protocols\r\n"
                                          "Upgrade: websocket\r\n"
                                          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                          "Sec-WebSocket-Protocol: chat\r\n"
                                          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                          "Connection: Upgrade\r\n\r\n");
    cr_assert_eq(http_server_connections(fixture.server), 1, "it counts among the connections");
}

#define ASK(method, version, headers) method " / HTTP/" version "\r\nHost: x\r\n" headers "\r\n"
#define UPGRADE "Upgrade: h2c, WebSocket\r\nConnection: upgrade\r\n"
#define VERSION_13 "Sec-WebSocket-Version: 13\r\n"
#define KEY "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"

Test(websocket, a_request_that_is_no_handshake_is_told_why)
{
    static const struct {
        const char *request;
        const char *want[3];
    } rows[] = {
        {ASK("GET", "1.1", UPGRADE VERSION_13 KEY), {"HTTP/1.1 101 ", "s3pPLMBiTxaQ9kYGzzhZRbK+"}},
        {ASK("POST", "1.1", UPGRADE VERSION_13 KEY), {"HTTP/1.1 405 ", "\r\nAllow: GET\r\n"}},
        {ASK("GET", "1.1", ""),
         {"HTTP/1.1 426 Upgrade Required\r\n", "\r\nUpgrade: websocket\r\n",
          "\r\nConnection: Upgrade\r\n"}},
        {ASK("GET", "1.1", "Connection: close\r\n"),
         {"HTTP/1.1 426 ", "\r\nConnection: Upgrade, close\r\n"}},
        {ASK("GET", "1.1", "Upgrade: websocket\r\n" VERSION_13 KEY), {"HTTP/1.1 426 "}},
        {ASK("GET", "1.1", "Upgrade: h2c\r\nConnection: upgrade\r\n" VERSION_13 KEY),
         {"HTTP/1.1 426 "}},
        {ASK("GET", "1.1", UPGRADE "Sec-WebSocket-Version: 8\r\n" KEY),
         {"HTTP/1.1 426 ", "\r\nSec-WebSocket-Version: 13\r\n"}},
        {ASK("GET", "1.1", UPGRADE KEY), {"HTTP/1.1 426 "}},
        {ASK("GET", "1.1", UPGRADE VERSION_13), {"HTTP/1.1 400 "}},
        {ASK("GET", "1.1", UPGRADE VERSION_13 "Sec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n"),
         {"HTTP/1.1 400 "}},
        {ASK("GET", "1.1", UPGRADE VERSION_13 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ\r\n"),
         {"HTTP/1.1 400 "}},
        {ASK("GET", "1.1", UPGRADE VERSION_13 "Sec-WebSocket-Key: ----IHNhbXBsZSBub25jZQ==\r\n"),
         {"HTTP/1.1 400 "}},
        {ASK("GET", "1.0", UPGRADE VERSION_13 KEY), {"HTTP/1.1 400 "}},
        {ASK("GET", "1.1", UPGRADE VERSION_13 KEY "Content-Length: 2\r\n") "hi",
         {"HTTP/1.1 400 ", "{\"message\":null}"}},
    };
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = client_talk(&fixture, slice_from(rows[i].request), false, &received);
        for (size_t j = 0; j < 3 && rows[i].want[j] != NULL; j++) {
            cr_expect_not_null(strstr(got, rows[i].want[j]), "case %zu: %s", i, got);
        }
    }
}

Test(websocket, the_owner_may_decide_later_and_nothing_sent_meanwhile_is_lost)
{
    serve((struct http_limits){0});
    owner.decides_late = true;
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, HANDSHAKE);
    pump_until(&fixture, &owner.is_waiting);
    client_send(&fixture, fd, SLICE("\x81\x85\0\0\0\0early"));
    pump_for(&fixture, 20);
    cr_assert_str_eq(events(), "");
    owner.websocket = websocket_accept(owner.waiting, &owner.options, SLICE(""), &owner);
    cr_assert_not_null(owner.websocket);
    cr_assert_str_eq(events(), "", "nothing runs inside the call");
    cr_assert(client_read_until(&fixture, fd,
                                "\x81\x05"
                                "early",
                                &received));
    cr_assert_null(strstr(buf_cstr(&received), "Protocol:"), "%s", buf_cstr(&received));
}

Test(websocket, a_refused_client_may_go_on_with_http)
{
    serve((struct http_limits){0});
    owner.decides_late = true;
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, HANDSHAKE);
    pump_until(&fixture, &owner.is_waiting);
    http_respond(owner.waiting, 403, no_headers, SLICE("Forbidden"));
    cr_assert(client_read_until(&fixture, fd, "Forbidden", &received));
    client_send_text(&fixture, fd, ASK("GET", "1.1", ""));
    cr_assert(client_read_until(&fixture, fd, "HTTP/1.1 426 ", &received));
}

Test(websocket, a_client_that_leaves_before_the_answer_is_gone_and_cannot_be_accepted)
{
    serve((struct http_limits){0});
    owner.decides_late = true;
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, HANDSHAKE);
    pump_until(&fixture, &owner.is_waiting);
    cr_assert_eq(shutdown(fd, SHUT_WR), 0);
    pump_until(&fixture, &owner.is_gone);
    cr_assert_null(websocket_accept(owner.waiting, &owner.options, SLICE(""), &owner));
}

static void on_drained(void *ctx)
{
    *(bool *)ctx = true;
}

/* Begins to destroy the server; *ret_is_closed tells when it is done. */
static void drain(uint32_t ms, bool *ret_is_closed)
{
    http_server_destroy(fixture.server, ms, on_drained, ret_is_closed);
    fixture.server = NULL;
}

Test(websocket, a_server_that_drains_accepts_none)
{
    serve((struct http_limits){0});
    owner.decides_late = true;
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, HANDSHAKE);
    pump_until(&fixture, &owner.is_waiting);
    bool is_drained = false;
    drain(5000, &is_drained);
    cr_assert_null(websocket_accept(owner.waiting, &owner.options, SLICE(""), &owner));
    cr_assert(client_read_until(&fixture, fd, "HTTP/1.1 503 ", &received));
    client_close(&fd);
    pump_until(&fixture, &is_drained);
}

/* --- frames and messages --- */

Test(websocket, frames_become_messages_or_a_close_that_says_what_was_wrong)
{
    static const struct {
        const char *name;
        struct slice input;
        const char *events;
        struct slice output;
    } rows[] = {
        {"an empty message", LITERAL("\x81\x80\0\0\0\0" NORMAL_CLOSE),
         "text() close(1000 client clean) ", LITERAL("\x81\x00\x88\x02\x03\xe8")},
        {"a masked message", LITERAL("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" NORMAL_CLOSE),
         "text(Hello) close(1000 client clean) ", LITERAL("\x81\x05Hello\x88\x02\x03\xe8")},
        {"a message in pieces",
         LITERAL("\x01\x82\0\0\0\0He\x00\x80\0\0\0\0\x80\x83\0\0\0\0llo" NORMAL_CLOSE),
         "text(Hello) close(1000 client clean) ", LITERAL("\x81\x05Hello\x88\x02\x03\xe8")},
        {"a character in pieces", LITERAL("\x01\x81\0\0\0\0\xc3\x80\x81\0\0\0\0\xa9" NORMAL_CLOSE),
         "text(\xc3\xa9) close(1000 client clean) ", LITERAL("\x81\x02\xc3\xa9\x88\x02\x03\xe8")},
        {"a ping", LITERAL("\x89\x82\0\0\0\0hi" NORMAL_CLOSE), "ping(hi) close(1000 client clean) ",
         LITERAL("\x8a\x02hi\x88\x02\x03\xe8")},
        {"a ping inside a message",
         LITERAL("\x01\x81\0\0\0\0"
                 "a\x89\x80\0\0\0\0\x80\x81\0\0\0\0"
                 "b" NORMAL_CLOSE),
         "ping() text(ab) close(1000 client clean) ",
         LITERAL("\x8a\x00\x81\x02"
                 "ab\x88\x02\x03\xe8")},
        {"a pong nobody asked for", LITERAL("\x8a\x81\0\0\0\0x" NORMAL_CLOSE),
         "close(1000 client clean) ", LITERAL("\x88\x02\x03\xe8")},
        {"a close without a code", LITERAL("\x88\x80\0\0\0\0"), "close(1005 client clean) ",
         LITERAL("\x88\x00")},
        {"a close with a reason",
         LITERAL("\x88\x85\0\0\0\0\x0f\xa0"
                 "bye"),
         "close(4000 bye client clean) ", LITERAL("\x88\x02\x0f\xa0")},
        {"frames behind a close", LITERAL(NORMAL_CLOSE "\x81\x81\0\0\0\0x\xff\xff"),
         "close(1000 client clean) ", LITERAL("\x88\x02\x03\xe8")},
        {"a fin without a close", LITERAL("\x81\x81\0\0\0\0x"), "text(x) close(1006 client) ",
         LITERAL("\x81\x01x")},
        {"a fin inside a head", LITERAL("\x81"), "close(1006 client) ", LITERAL("")},
        {"a fin inside a frame", LITERAL("\x81\x85\0\0\0\0hel"), "close(1006 client) ",
         LITERAL("")},
        {"a fin inside a ping", LITERAL("\x89\x85\0\0\0\0hel"), "close(1006 client) ", LITERAL("")},
        {"a close of one byte", LITERAL("\x88\x81\0\0\0\0\x03"), "close(1002 server) ",
         LITERAL("\x88\x02\x03\xea")},
        {"a code nobody may send", LITERAL("\x88\x82\0\0\0\0\x03\xed"), "close(1002 server) ",
         LITERAL("\x88\x02\x03\xea")},
        {"a reason that is no text", LITERAL("\x88\x83\0\0\0\0\x03\xe8\xff"), "close(1007 server) ",
         LITERAL("\x88\x02\x03\xef")},
        {"a code registered after the rfc", LITERAL("\x88\x82\0\0\0\0\x03\xf4"),
         "close(1012 client clean) ", LITERAL("\x88\x02\x03\xf4")},
        {"a frame without a key", LITERAL("\x81\x01x"), "close(1002 server) ",
         LITERAL("\x88\x02\x03\xea")},
        {"a compressed frame", LITERAL("\xc1\x81\0\0\0\0x"), "close(1002 server) ",
         LITERAL("\x88\x02\x03\xea")},
        {"a continuation of nothing", LITERAL("\x80\x81\0\0\0\0x"), "close(1002 server) ",
         LITERAL("\x88\x02\x03\xea")},
        {"a message inside a message", LITERAL("\x01\x81\0\0\0\0x\x81\x81\0\0\0\0y"),
         "close(1002 server) ", LITERAL("\x88\x02\x03\xea")},
        {"a continuation when the message was over", LITERAL("\x81\x81\0\0\0\0x\x80\x81\0\0\0\0y"),
         "text(x) close(1002 server) ", LITERAL("\x81\x01x\x88\x02\x03\xea")},
        {"binary, which is not taken", LITERAL("\x82\x81\0\0\0\0x"), "close(1003 server) ",
         LITERAL("\x88\x02\x03\xeb")},
        {"bytes that are no text", LITERAL("\x81\x82\0\0\0\0\xc3\x28"), "close(1007 server) ",
         LITERAL("\x88\x02\x03\xef")},
        {"half a character", LITERAL("\x01\x81\0\0\0\0\xc3\x80\x80\0\0\0\0"), "close(1007 server) ",
         LITERAL("\x88\x02\x03\xef")},
        {"a surrogate", LITERAL("\x81\x83\0\0\0\0\xed\xa0\x80"), "close(1007 server) ",
         LITERAL("\x88\x02\x03\xef")},
        {"a request where a frame should be", LITERAL("GET / HTTP/1.1\r\n\r\n"),
         "close(1002 server) ", LITERAL("\x88\x02\x03\xea")},
        {"an owner that closes",
         LITERAL("\x81\x85\0\0\0\0close\x81\x81\0\0\0\0x\x89\x80\0\0\0\0"
                 "\x88\x82\0\0\0\0\x03\xe8"),
         "text(close) close(4000 bye owner clean) ",
         LITERAL("\x88\x05\x0f\xa0"
                 "bye")},
        {"garbage for an owner that closes", LITERAL("\x81\x85\0\0\0\0close\xff"),
         "text(close) close(4000 bye owner) ",
         LITERAL("\x88\x05\x0f\xa0"
                 "bye")},
        {"a fin for an owner that closes", LITERAL("\x81\x85\0\0\0\0close"),
         "text(close) close(4000 bye owner) ",
         LITERAL("\x88\x05\x0f\xa0"
                 "bye")},
    };
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int is_slow = 0; is_slow < 2; is_slow++) {
            talk(rows[i].input, is_slow != 0, &received);
            cr_expect_str_eq(events(), rows[i].events, "%s, slow %d", rows[i].name, is_slow);
            expect_bytes(after_head(&received), rows[i].output, rows[i].name, is_slow != 0);
        }
    }
}

/* `len` bytes of text. */
static struct slice text_of(struct buf *text, size_t len)
{
    buf_clear(text);
    for (size_t i = 0; i < len; i++) {
        buf_append_char(text, (char)('a' + i % 23));
    }
    return buf_slice(text);
}

Test(websocket, messages_of_every_length_come_back)
{
    static const struct {
        size_t len;
        struct slice head;
    } rows[] = {
        {0, LITERAL("\x82\x00")},
        {1, LITERAL("\x82\x01")},
        {125, LITERAL("\x82\x7d")},
        {126, LITERAL("\x82\x7e\x00\x7e")},
        {65535, LITERAL("\x82\x7e\xff\xff")},
        {65536, LITERAL("\x82\x7f\0\0\0\0\0\x01\0\0")},
        {1000000, LITERAL("\x82\x7f\0\0\0\0\0\x0f\x42\x40")},
    };
    owner.options.takes_binary = true;
    owner.options.message_len = 1000000;
    owner.options.frame_len = 1000000;
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 22);
    AUTO_BUF text = BUF_INIT(1 << 20);
    AUTO_BUF input = BUF_INIT(1 << 22);
    AUTO_BUF want = BUF_INIT(1 << 22);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_CLIENT fd = open_websocket();
        struct slice message = text_of(&text, rows[i].len);
        buf_clear(&input);
        put_frame(&input, 0x82, message);
        put_frame(&input, 0x88, SLICE("\x03\xe8"));
        client_send(&fixture, fd, buf_slice(&input));
        buf_clear(&received);
        (void)client_read_end(&fixture, fd, &received);
        buf_clear(&want);
        buf_append(&want, rows[i].head);
        buf_append(&want, message);
        buf_append(&want, SLICE("\x88\x02\x03\xe8"));
        cr_expect(slice_eq(buf_slice(&received), buf_slice(&want)), "%zu bytes", rows[i].len);
    }
}

Test(websocket, messages_and_frames_beyond_their_limits_are_too_big)
{
    const struct {
        const char *name;
        size_t frames; /* of 32 KiB */
        size_t last;   /* bytes of the last one */
        const char *events;
    } rows[] = {
        {"a whole frame", 0, 32 * 1024, "32768 close(1000 client clean) "},
        {"a byte more", 0, 32 * 1024 + 1, "close(1009 server) "},
        {"a whole message", 3, 32 * 1024, "131072 close(1000 client clean) "},
        {"a byte more than a message", 4, 1, "close(1009 server) "},
    };
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_BUF input = BUF_INIT(1 << 20);
        for (size_t j = 0; j < rows[i].frames; j++) {
            put_frame(&input, j == 0 ? 0x01 : 0x00, text_of(&text, (size_t)32 * 1024));
        }
        put_frame(&input, rows[i].frames == 0 ? 0x81 : 0x80, text_of(&text, rows[i].last));
        put_frame(&input, 0x88, SLICE("\x03\xe8"));
        talk(buf_slice(&input), false, &received);
        cr_expect_str_eq(events(), rows[i].events, "%s", rows[i].name);
    }
    /* Frames of nothing are no way around it: they cost nothing either. */
    AUTO_CLIENT fd = open_websocket();
    buf_clear(&owner.events);
    send_frame(fd, 0x01, SLICE(""));
    for (int i = 0; i < 1000; i++) {
        send_frame(fd, 0x00, SLICE(""));
    }
    send_frame(fd, 0x80, SLICE("end"));
    buf_clear(&received);
    cr_assert(client_read_until(&fixture, fd, "end", &received));
    cr_assert_str_eq(events(), "text(end) ");
}

Test(websocket, a_paused_owner_gets_nothing_until_it_resumes)
{
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = open_websocket();
    struct websocket *websocket = owner.websocket;
    send_frame(fd, 0x81, SLICE("pause"));
    send_frame(fd, 0x81, SLICE("more"));
    pump_until(&fixture, &owner.has_message);
    /* More than is kept: the rest stays with the client. */
    AUTO_BUF flood = BUF_INIT(1 << 24);
    for (int i = 0; i < 512; i++) {
        put_frame(&flood, 0x81, text_of(&text, 30000));
    }
    put_frame(&flood, 0x88, SLICE("\x03\xe8"));
    size_t sent = 0;
    for (int i = 0; i < 50; i++) {
        ssize_t count = send(fd, flood.ptr + sent, flood.len - sent, MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        pump(&fixture, -1);
    }
    cr_assert_lt(sent, flood.len, "somebody holds 15 MB");
    cr_assert_str_eq(events(), "text(pause) ");
    websocket_resume(websocket);
    cr_assert_str_eq(events(), "text(pause) ", "nothing runs inside the call");
    uint64_t end = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    char sink[65536];
    while (!owner.is_closed) { /* both ways at once, or the server waits for its client to read */
        cr_assert_lt(uv_hrtime(), end);
        ssize_t count = send(fd, flood.ptr + sent, flood.len - sent, MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        pump(&fixture, fd);
        while (recv(fd, sink, sizeof(sink), 0) > 0) {
        }
    }
    cr_assert(
        slice_starts_with(buf_slice(&owner.events), SLICE("text(pause) text(more) 30000 30000 ")));
    cr_assert_eq(sent, flood.len);
    cr_assert_not_null(strstr(events(), "close(1000 client clean) "));
    (void)client_read_end(&fixture, fd, &received);
}

Test(websocket, the_last_message_of_either_side_is_its_last_activity)
{
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = open_websocket();
    struct websocket *websocket = owner.websocket;
    uint64_t start = clock_monotonic_ns(&fixture.clock);
    cr_assert_eq(websocket_active_ns(websocket), start);
    clock_advance(&fixture.clock, 1000);
    send_frame(fd, 0x89, SLICE("ping"));
    send_frame(fd, 0x01, SLICE("half"));
    cr_assert(client_read_until(&fixture, fd, "ping", &received));
    pump_for(&fixture, 10);
    cr_assert_eq(websocket_active_ns(websocket), start, "neither pings nor pieces count");
    send_frame(fd, 0x80, SLICE("whole"));
    cr_assert(client_read_until(&fixture, fd, "halfwhole", &received));
    cr_assert_eq(websocket_active_ns(websocket), start + UINT64_C(1000000000));
    clock_advance(&fixture.clock, 500);
    cr_assert_eq(websocket_send(websocket, WEBSOCKET_TEXT, SLICE("out")), STATUS_OK);
    cr_assert_eq(websocket_active_ns(websocket), start + UINT64_C(1500000000));
}

/* --- the end --- */

Test(websocket, a_reason_is_cut_at_a_character)
{
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_BUF reason = BUF_INIT(1 << 16);
    (void)text_of(&reason, 122);
    buf_append_text(&reason, "\xc3\xa9");
    AUTO_CLIENT fd = open_websocket();
    websocket_close(owner.websocket, WEBSOCKET_NORMAL, buf_slice(&reason));
    cr_assert(client_read_until(&fixture, fd, "defg", &received));
    cr_assert_eq(received.len, 2 + 2 + 122);
    cr_assert_eq(received.ptr[1], 124);
}

Test(websocket, a_client_that_does_not_answer_a_close_is_cut)
{
    owner.options.closing_ms = 50;
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = open_websocket();
    websocket_close(owner.websocket, WEBSOCKET_GOING_AWAY, SLICE("Going away"));
    cr_assert_not(owner.is_closed, "on_close never runs inside the call");
    (void)client_read_end(&fixture, fd, &received);
    pump_until(&fixture, &owner.is_closed);
    cr_assert_str_eq(events(), "close(1001 Going away owner) ");
    expect_bytes(buf_slice(&received), SLICE("\x88\x0c\x03\xe9Going away"), "close", false);
}

Test(websocket, a_client_that_goes_on_sending_does_not_put_the_end_off)
{
    owner.options.closing_ms = 50;
    serve((struct http_limits){0});
    AUTO_BUF text = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = open_websocket();
    websocket_close(owner.websocket, WEBSOCKET_NORMAL, SLICE(""));
    uint64_t end = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    while (!owner.is_closed) {
        cr_assert_lt(uv_hrtime(), end);
        send_frame(fd, 0x81, text_of(&text, 20000));
        pump(&fixture, -1);
    }
    cr_assert_str_eq(events(), "close(1000 owner) ");
}

Test(websocket, a_connection_that_breaks_is_abnormal)
{
    serve((struct http_limits){0});
    AUTO_CLIENT fd = open_websocket();
    client_reset(&fd);
    pump_until(&fixture, &owner.is_closed);
    cr_assert_str_eq(events(), "close(1006 client) ");
}

Test(websocket, a_refusal_reaches_a_client_that_is_still_sending)
{
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = open_websocket();
    send_frame(fd, 0x82, text_of(&text, 600000)); /* the first bytes are refused already */
    cr_assert(client_read_end(&fixture, fd, &received), "reset");
    expect_bytes(buf_slice(&received), SLICE("\x88\x02\x03\xeb"), "close", false);
}

Test(websocket, a_drain_says_going_away_and_ends_with_the_answers)
{
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = open_websocket();
    bool is_drained = false;
    drain(WAIT_MS, &is_drained);
    cr_assert_not(owner.is_closed);
    cr_assert(client_read_until(&fixture, fd, "Going away", &received));
    expect_bytes(buf_slice(&received), SLICE("\x88\x0c\x03\xe9Going away"), "close", false);
    client_send(&fixture, fd, SLICE("\x88\x82\0\0\0\0\x03\xe9"));
    pump_until(&fixture, &is_drained);
    cr_assert_str_eq(events(), "close(1001 Going away server clean) ");
}

Test(websocket, a_drain_cuts_who_does_not_answer)
{
    owner.options.closing_ms = WAIT_MS;
    serve((struct http_limits){0});
    AUTO_CLIENT fd = open_websocket();
    bool is_drained = false;
    drain(30, &is_drained);
    pump_until(&fixture, &is_drained);
    cr_assert_str_eq(events(), "close(1001 Going away server) ");
    client_close(&fd);
}

Test(websocket, a_server_destroyed_at_once_cuts_and_still_tells)
{
    serve((struct http_limits){0});
    AUTO_CLIENT fd = open_websocket();
    bool is_drained = false;
    drain(0, &is_drained);
    cr_assert_not(owner.is_closed);
    pump_until(&fixture, &is_drained);
    cr_assert_str_eq(events(), "close(1001 server) ");
    client_close(&fd);
}

/* --- clients that do not read --- */

Test(websocket, messages_wait_for_a_slow_client_in_order_and_are_counted)
{
    serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 26);
    AUTO_BUF want = BUF_INIT(1 << 26);
    AUTO_CLIENT fd = open_websocket();
    struct websocket *websocket = owner.websocket;
    AUTO_BUF text = BUF_INIT(1 << 20);
    struct slice big = text_of(&text, 60000);
    cr_assert_eq(websocket_queued(websocket), 0);
    while (websocket_queued(websocket) < 200000) {
        cr_assert_eq(websocket_send(websocket, WEBSOCKET_TEXT, big), STATUS_OK);
        buf_append(&want, SLICE("\x81\x7e\xea\x60"));
        buf_append(&want, big);
    }
    size_t before = websocket_queued(websocket);
    cr_assert_eq(websocket_send(websocket, WEBSOCKET_BINARY, SLICE("last")), STATUS_OK);
    buf_append(&want, SLICE("\x82\x04last"));
    cr_assert_eq(websocket_queued(websocket), before + 6);
    websocket_close(websocket, WEBSOCKET_NORMAL, SLICE(""));
    buf_append(&want, SLICE("\x88\x02\x03\xe8"));
    cr_assert(client_read_until(&fixture, fd, "\x88\x02\x03\xe8", &received));
    cr_assert(slice_eq(buf_slice(&received), buf_slice(&want)));
    client_send(&fixture, fd, SLICE(NORMAL_CLOSE));
    pump_until(&fixture, &owner.is_closed);
    cr_assert_str_eq(events(), "close(1000 owner clean) ");
}

Test(websocket, a_client_that_never_reads_is_cut_when_its_queue_is_full)
{
    owner.options.queue_len = 100000;
    serve((struct http_limits){0});
    AUTO_CLIENT fd = open_websocket();
    struct websocket *websocket = owner.websocket;
    AUTO_BUF text = BUF_INIT(1 << 20);
    struct slice message = text_of(&text, 10000);
    enum status status = STATUS_OK;
    size_t most = 0;
    for (size_t i = 0; i < 100000 && status == STATUS_OK; i++) {
        most = websocket_queued(websocket) > most ? websocket_queued(websocket) : most;
        status = websocket_send(websocket, WEBSOCKET_TEXT, message);
    }
    cr_assert_eq(status, STATUS_LIMIT);
    cr_assert_leq(most, 100000 + 10000, "no more than the queue, and a message with the socket");
    cr_assert_not(owner.is_closed, "on_close never runs inside the call");
    cr_assert_eq(websocket_send(websocket, WEBSOCKET_TEXT, message), STATUS_CANCELLED);
    pump_until(&fixture, &owner.is_closed);
    cr_assert_str_eq(events(), "close(1008 server) ");
}

Test(websocket, a_client_that_stops_reading_is_cut_in_time)
{
    owner.options.queue_len = 1 << 26;
    serve((struct http_limits){.write_stall_ms = 50});
    AUTO_CLIENT fd = open_websocket();
    AUTO_BUF text = BUF_INIT(1 << 20);
    while (websocket_queued(owner.websocket) == 0) {
        cr_assert_eq(websocket_send(owner.websocket, WEBSOCKET_TEXT, text_of(&text, 500000)),
                     STATUS_OK);
    }
    pump_until(&fixture, &owner.is_closed);
    cr_assert_str_eq(events(), "close(1008 server) ");
}

Test(websocket, a_flood_of_pings_waits_for_its_pongs_to_be_read)
{
    owner.options.on_ping = NULL;
    serve((struct http_limits){.pending_len = 4096, .write_stall_ms = 200});
    AUTO_CLIENT fd = open_websocket();
    int small = 4096;
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
    AUTO_BUF flood = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 10);
    for (int i = 0; i < 1000; i++) {
        put_frame(&flood, 0x89, text_of(&text, 125));
    }
    uint64_t end = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    size_t most = 0;
    size_t sent = 0;
    while (!owner.is_closed) {
        cr_assert_lt(uv_hrtime(), end, "%zu queued", most);
        ssize_t count = send(fd, flood.ptr + sent, flood.len - sent, MSG_NOSIGNAL);
        sent = (sent + (count > 0 ? (size_t)count : 0)) % flood.len;
        for (int i = 0; i < 50; i++) { /* a few frames each */
            (void)uv_run(&fixture.loop, UV_RUN_NOWAIT);
        }
        pump(&fixture, -1);
        if (owner.websocket != NULL && websocket_queued(owner.websocket) > most) {
            most = websocket_queued(owner.websocket);
        }
    }
    cr_assert_str_eq(events(), "close(1008 server) ");
    cr_assert_gt(most, 4096);
    cr_assert_leq(most, 4096 + 127);
}

/* --- many --- */

#define MANY 1000
#define IDLE_LEN 1024 /* bytes of the heap an idle connection may take, websocket.h says */

static struct websocket *websockets[MANY];
static size_t closed_count;

static void on_many_close(void *ctx, struct websocket *websocket,
                          const struct websocket_close *close)
{
    (void)ctx;
    (void)websocket;
    closed_count += close->code == 1001;
}

static size_t heap_len(void)
{
    return mallinfo2().uordblks;
}

/* Nothing to measure where the allocator is not glibc's. */
#if defined(__SANITIZE_ADDRESS__)
#define HEAP_IS_KNOWN false
#else
#define HEAP_IS_KNOWN true
#endif

Test(websocket, a_thousand_idle_connections_are_small_and_answer_all_the_same, .timeout = 60)
{
    struct rlimit files = {0};
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
    files.rlim_cur = files.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    owner.options.on_close = on_many_close;
    serve((struct http_limits){0});
    static int fds[MANY];
    fds[0] = open_websocket(); /* what a server needs once */
    websockets[0] = owner.websocket;
    size_t before = heap_len();
    for (size_t i = 1; i < MANY; i++) {
        fds[i] = open_websocket();
        websockets[i] = owner.websocket;
    }
    owner.websocket = NULL;
    size_t idle_len = (heap_len() - before) / (MANY - 1);
    cr_assert(!HEAP_IS_KNOWN || idle_len <= IDLE_LEN, "%zu bytes each", idle_len);
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_BUF text = BUF_INIT(1 << 16);
    for (size_t i = 0; i < MANY; i++) {
        send_frame(fds[i], 0x81, text_of(&text, 5000));
    }
    for (size_t i = 0; i < MANY; i++) { /* one message to all, behind the echo */
        buf_clear(&received);
        cr_assert(client_read_until(&fixture, fds[i], "uvwabcdefghi", &received));
        cr_assert_eq(websocket_send(websockets[i], WEBSOCKET_TEXT, SLICE("to all")), STATUS_OK);
    }
    for (size_t i = 0; i < MANY; i++) {
        buf_clear(&received);
        cr_assert(client_read_until(&fixture, fds[i], "\x81\x06to all", &received));
    }
    buf_finish(&received);
    buf_finish(&text);
    buf_finish(&owner.events);
    size_t after_len = (heap_len() - before) / (MANY - 1);
    cr_assert(!HEAP_IS_KNOWN || after_len <= IDLE_LEN, "%zu bytes each afterwards", after_len);
    bool is_drained = false;
    drain(WAIT_MS, &is_drained);
    for (size_t i = 0; i < MANY; i++) {
        client_send(&fixture, fds[i], SLICE("\x88\x82\0\0\0\0\x03\xe9"));
        client_close(&fds[i]);
    }
    pump_until(&fixture, &is_drained);
    cr_assert_eq(closed_count, MANY);
}
