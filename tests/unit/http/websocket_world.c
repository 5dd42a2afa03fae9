#include "websocket_world.h"

#include <criterion/criterion.h>

struct fixture ws_fixture;
struct owner ws_owner;

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

void ws_set_up(void)
{
    fixture_init(&ws_fixture);
    ws_owner = (struct owner){
        .options = {.on_message = on_message, .on_ping = on_ping, .on_close = on_close},
        .events = BUF_INIT(1 << 20),
    };
}

void ws_tear_down(void)
{
    fixture_finish(&ws_fixture);
    cr_expect_null(ws_owner.websocket, "on_close is always the last thing");
    buf_finish(&ws_owner.events);
}

void ws_serve(struct http_limits limits)
{
    fixture_serve(&ws_fixture, on_request, &ws_owner, limits);
}

const char *ws_events(void)
{
    return buf_cstr(&ws_owner.events);
}

void ws_put_frame(struct buf *out, uint8_t first, struct slice payload)
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

void ws_send_frame(int fd, uint8_t first, struct slice payload)
{
    AUTO_BUF bytes = BUF_INIT(1 << 22);
    ws_put_frame(&bytes, first, payload);
    client_send(&ws_fixture, fd, buf_slice(&bytes));
}

struct slice ws_after_head(const struct buf *received)
{
    size_t at = slice_search(buf_slice(received), SLICE("\r\n\r\n"));
    return at == SLICE_NPOS ? SLICE_NULL : slice_skip(buf_slice(received), at + 4);
}

int ws_open(void)
{
    AUTO_BUF received = BUF_INIT(1 << 16);
    int fd = client_connect(&ws_fixture);
    ws_owner.is_accepted = false;
    client_send_text(&ws_fixture, fd, HANDSHAKE);
    cr_assert(client_read_until(&ws_fixture, fd, "\r\n\r\n", &received));
    cr_assert(ws_owner.is_accepted && ws_owner.websocket != NULL, "%s", buf_cstr(&received));
    return fd;
}

void ws_talk(struct slice input, bool is_slow, struct buf *received)
{
    AUTO_BUF bytes = BUF_INIT(1 << 22);
    buf_append_text(&bytes, HANDSHAKE);
    buf_append(&bytes, input);
    buf_clear(&ws_owner.events);
    ws_owner.is_closed = false;
    (void)client_talk(&ws_fixture, buf_slice(&bytes), is_slow, received);
    pump_until(&ws_fixture, &ws_owner.is_closed);
}

static void on_drained(void *ctx)
{
    *(bool *)ctx = true;
}

void ws_drain(uint32_t ms, bool *ret_is_closed)
{
    http_server_destroy(ws_fixture.server, ms, on_drained, ret_is_closed);
    ws_fixture.server = NULL;
}

struct slice ws_text_of(struct buf *text, size_t len)
{
    buf_clear(text);
    for (size_t i = 0; i < len; i++) {
        buf_append_char(text, (char)('a' + i % 23));
    }
    return buf_slice(text);
}

void ws_expect_bytes(struct slice got, struct slice want, const char *what, bool is_slow)
{
    cr_expect(slice_eq(got, want), "%s, slow %d: %zu bytes, not %zu", what, is_slow, got.len,
              want.len);
    for (size_t i = 0; i < got.len && i < want.len; i++) {
        cr_assert_eq(got.ptr[i], want.ptr[i], "%s, slow %d: byte %zu is %02x, not %02x", what,
                     is_slow, i, (unsigned char)got.ptr[i], (unsigned char)want.ptr[i]);
    }
}
