/* Websockets over real sockets: the handshake, frames and messages, and their limits. */
#include "websocket_world.h"

#include <criterion/criterion.h>

#include <sys/socket.h>

#define LITERAL(text)                                                                              \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

static const struct http_headers no_headers = {NULL, 0};

TestSuite(websocket, .init = ws_set_up, .fini = ws_tear_down);

/* --- the handshake --- */

Test(websocket, a_handshake_is_answered_as_in_the_rfc)
{
    ws_serve((struct http_limits){0});
    ws_owner.protocol = SLICE("chat");
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&ws_fixture);
    client_send_text(&ws_fixture, fd, HANDSHAKE);
    cr_assert(client_read_until(&ws_fixture, fd, "\r\n\r\n", &received));
    cr_assert_str_eq(buf_cstr(&received), "HTTP/1.1 101 Switching Protocols\r\n"
                                          "Upgrade: websocket\r\n"
                                          "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                                          "Sec-WebSocket-Protocol: chat\r\n"
                                          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                          "Connection: Upgrade\r\n\r\n");
    cr_assert_eq(http_server_connections(ws_fixture.server), 1, "it counts among the connections");
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
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *got = client_talk(&ws_fixture, slice_from(rows[i].request), false, &received);
        for (size_t j = 0; j < 3 && rows[i].want[j] != NULL; j++) {
            cr_expect_not_null(strstr(got, rows[i].want[j]), "case %zu: %s", i, got);
        }
    }
}

Test(websocket, the_owner_may_decide_later_and_nothing_sent_meanwhile_is_lost)
{
    ws_serve((struct http_limits){0});
    ws_owner.decides_late = true;
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&ws_fixture);
    client_send_text(&ws_fixture, fd, HANDSHAKE);
    pump_until(&ws_fixture, &ws_owner.is_waiting);
    client_send(&ws_fixture, fd, SLICE("\x81\x85\0\0\0\0early"));
    pump_for(&ws_fixture, 20);
    cr_assert_str_eq(ws_events(), "");
    ws_owner.websocket =
        websocket_accept(ws_owner.waiting, &ws_owner.options, SLICE(""), &ws_owner);
    cr_assert_not_null(ws_owner.websocket);
    cr_assert_str_eq(ws_events(), "", "nothing runs inside the call");
    cr_assert(client_read_until(&ws_fixture, fd,
                                "\x81\x05"
                                "early",
                                &received));
    cr_assert_null(strstr(buf_cstr(&received), "Protocol:"), "%s", buf_cstr(&received));
}

Test(websocket, a_refused_client_may_go_on_with_http)
{
    ws_serve((struct http_limits){0});
    ws_owner.decides_late = true;
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&ws_fixture);
    client_send_text(&ws_fixture, fd, HANDSHAKE);
    pump_until(&ws_fixture, &ws_owner.is_waiting);
    http_respond(ws_owner.waiting, 403, no_headers, SLICE("Forbidden"));
    cr_assert(client_read_until(&ws_fixture, fd, "Forbidden", &received));
    client_send_text(&ws_fixture, fd, ASK("GET", "1.1", ""));
    cr_assert(client_read_until(&ws_fixture, fd, "HTTP/1.1 426 ", &received));
}

Test(websocket, a_client_that_leaves_before_the_answer_is_gone_and_cannot_be_accepted)
{
    ws_serve((struct http_limits){0});
    ws_owner.decides_late = true;
    AUTO_CLIENT fd = client_connect(&ws_fixture);
    client_send_text(&ws_fixture, fd, HANDSHAKE);
    pump_until(&ws_fixture, &ws_owner.is_waiting);
    cr_assert_eq(shutdown(fd, SHUT_WR), 0);
    pump_until(&ws_fixture, &ws_owner.is_gone);
    cr_assert_null(websocket_accept(ws_owner.waiting, &ws_owner.options, SLICE(""), &ws_owner));
}

Test(websocket, a_server_that_drains_accepts_none)
{
    ws_serve((struct http_limits){0});
    ws_owner.decides_late = true;
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&ws_fixture);
    client_send_text(&ws_fixture, fd, HANDSHAKE);
    pump_until(&ws_fixture, &ws_owner.is_waiting);
    bool is_drained = false;
    ws_drain(5000, &is_drained);
    cr_assert_null(websocket_accept(ws_owner.waiting, &ws_owner.options, SLICE(""), &ws_owner));
    cr_assert(client_read_until(&ws_fixture, fd, "HTTP/1.1 503 ", &received));
    client_close(&fd);
    pump_until(&ws_fixture, &is_drained);
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
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int is_slow = 0; is_slow < 2; is_slow++) {
            ws_talk(rows[i].input, is_slow != 0, &received);
            cr_expect_str_eq(ws_events(), rows[i].events, "%s, slow %d", rows[i].name, is_slow);
            ws_expect_bytes(ws_after_head(&received), rows[i].output, rows[i].name, is_slow != 0);
        }
    }
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
    ws_owner.options.takes_binary = true;
    ws_owner.options.message_len = 1000000;
    ws_owner.options.frame_len = 1000000;
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 22);
    AUTO_BUF text = BUF_INIT(1 << 20);
    AUTO_BUF input = BUF_INIT(1 << 22);
    AUTO_BUF want = BUF_INIT(1 << 22);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_CLIENT fd = ws_open();
        struct slice message = ws_text_of(&text, rows[i].len);
        buf_clear(&input);
        ws_put_frame(&input, 0x82, message);
        ws_put_frame(&input, 0x88, SLICE("\x03\xe8"));
        client_send(&ws_fixture, fd, buf_slice(&input));
        buf_clear(&received);
        (void)client_read_end(&ws_fixture, fd, &received);
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
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 20);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_BUF input = BUF_INIT(1 << 20);
        for (size_t j = 0; j < rows[i].frames; j++) {
            ws_put_frame(&input, j == 0 ? 0x01 : 0x00, ws_text_of(&text, (size_t)32 * 1024));
        }
        ws_put_frame(&input, rows[i].frames == 0 ? 0x81 : 0x80, ws_text_of(&text, rows[i].last));
        ws_put_frame(&input, 0x88, SLICE("\x03\xe8"));
        ws_talk(buf_slice(&input), false, &received);
        cr_expect_str_eq(ws_events(), rows[i].events, "%s", rows[i].name);
    }
    /* Frames of nothing are no way around it: they cost nothing either. */
    AUTO_CLIENT fd = ws_open();
    buf_clear(&ws_owner.events);
    ws_send_frame(fd, 0x01, SLICE(""));
    for (int i = 0; i < 1000; i++) {
        ws_send_frame(fd, 0x00, SLICE(""));
    }
    ws_send_frame(fd, 0x80, SLICE("end"));
    buf_clear(&received);
    cr_assert(client_read_until(&ws_fixture, fd, "end", &received));
    cr_assert_str_eq(ws_events(), "text(end) ");
}

Test(websocket, a_paused_owner_gets_nothing_until_it_resumes)
{
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = ws_open();
    struct websocket *websocket = ws_owner.websocket;
    ws_send_frame(fd, 0x81, SLICE("pause"));
    ws_send_frame(fd, 0x81, SLICE("more"));
    pump_until(&ws_fixture, &ws_owner.has_message);
    /* More than is kept: the rest stays with the client. */
    AUTO_BUF flood = BUF_INIT(1 << 24);
    for (int i = 0; i < 512; i++) {
        ws_put_frame(&flood, 0x81, ws_text_of(&text, 30000));
    }
    ws_put_frame(&flood, 0x88, SLICE("\x03\xe8"));
    size_t sent = 0;
    for (int i = 0; i < 50; i++) {
        ssize_t count = send(fd, flood.ptr + sent, flood.len - sent, MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        pump(&ws_fixture, -1);
    }
    cr_assert_lt(sent, flood.len, "somebody holds 15 MB");
    cr_assert_str_eq(ws_events(), "text(pause) ");
    websocket_resume(websocket);
    cr_assert_str_eq(ws_events(), "text(pause) ", "nothing runs inside the call");
    uint64_t end = uv_hrtime() + UINT64_C(1000000) * WAIT_MS;
    char sink[65536];
    while (
        !ws_owner.is_closed) { /* both ways at once, or the server waits for its client to read */
        cr_assert_lt(uv_hrtime(), end);
        ssize_t count = send(fd, flood.ptr + sent, flood.len - sent, MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        pump(&ws_fixture, fd);
        while (recv(fd, sink, sizeof(sink), 0) > 0) {
        }
    }
    cr_assert(slice_starts_with(buf_slice(&ws_owner.events),
                                SLICE("text(pause) text(more) 30000 30000 ")));
    cr_assert_eq(sent, flood.len);
    cr_assert_not_null(strstr(ws_events(), "close(1000 client clean) "));
    (void)client_read_end(&ws_fixture, fd, &received);
}

Test(websocket, the_last_message_of_either_side_is_its_last_activity)
{
    ws_serve((struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = ws_open();
    struct websocket *websocket = ws_owner.websocket;
    uint64_t start = clock_monotonic_ns(&ws_fixture.clock);
    cr_assert_eq(websocket_active_ns(websocket), start);
    clock_advance(&ws_fixture.clock, 1000);
    ws_send_frame(fd, 0x89, SLICE("ping"));
    ws_send_frame(fd, 0x01, SLICE("half"));
    cr_assert(client_read_until(&ws_fixture, fd, "ping", &received));
    pump_for(&ws_fixture, 10);
    cr_assert_eq(websocket_active_ns(websocket), start, "neither pings nor pieces count");
    ws_send_frame(fd, 0x80, SLICE("whole"));
    cr_assert(client_read_until(&ws_fixture, fd, "halfwhole", &received));
    cr_assert_eq(websocket_active_ns(websocket), start + UINT64_C(1000000000));
    clock_advance(&ws_fixture.clock, 500);
    cr_assert_eq(websocket_send(websocket, WEBSOCKET_TEXT, SLICE("out")), STATUS_OK);
    cr_assert_eq(websocket_active_ns(websocket), start + UINT64_C(1500000000));
}
