/* WebSocket APIs: what clients say, and what becomes of it. Numbers are rows of the conformance table. */
#include "sessions_world.h"

#include "core/mem.h"
#include "gateway/websocket/limits.h"

#include <criterion/criterion.h>

TestSuite(session_messages, .init = ws_set_up, .fini = ws_tear_down);

Test(session_messages, a_function_is_told_of_coming_saying_and_going)
{
    AUTO_CLIENT fd = ws_open_chat();
    ws_say(fd, "{\"action\":\"one\",\"x\":\"\\\"\"}");
    ws_wait_until(ws_has_reported, 2);
    ws_send_frame(fd, 0x88,
                  SLICE("\x03\xe9"
                        "bye"));
    ws_wait_until(ws_has_reported, 3);
    for (size_t i = 0; i < 3; i++) {
        ws_expect_in(&ws_world.asked[i], ws_world.reports[0].connection_id);
        ws_expect_in(&ws_world.asked[i], "\"apiId\":\"ws1\"");
        ws_expect_in(&ws_world.asked[i], "\"userAgent\":\"wscat\",\"sourceIp\":\"127.0.0.1\"");
        cr_expect_str_eq(ws_world.reports[i].connection_id, ws_world.reports[0].connection_id);
        cr_expect_str_eq(ws_world.reports[i].reason, "");
    }
    ws_expect_in(&ws_world.asked[1], "\"routeKey\":\"one\",\"messageId\":\"");
    ws_expect_in(&ws_world.asked[1], "\"body\":\"{\\\"action\\\":\\\"one\\\",\\\"x\\\":"
                                     "\\\"\\\\\\\"\\\"}\",\"isBase64Encoded\":false}");
    ws_expect_in(&ws_world.asked[2], "\"disconnectStatusCode\":1001");
    ws_expect_in(&ws_world.asked[2], "\"disconnectReason\":\"bye\"");
    cr_expect_str_eq(ws_world.reports[1].method, "MESSAGE");
    cr_expect_str_eq(ws_world.reports[1].path, "/dev one");
    cr_expect_eq(ws_world.reports[1].status, 200);
    cr_expect_str_eq(ws_world.reports[2].method, "DISCONNECT");
    cr_expect_eq(ws_world.reports[2].close_code, 1001);
}

Test(session_messages, how_a_client_went_is_told)
{
    static const struct {
        const char *close; /* of the frame; NULL: none */
        const char *code;
    } rows[] = {{"", "\"disconnectStatusCode\":1005"}, {NULL, "\"disconnectStatusCode\":1006"}};
    ws_configure_chat();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_CLIENT fd = ws_open("/dev");
        size_t asked = ws_world.asked_count;
        if (rows[i].close != NULL) {
            ws_send_frame(fd, 0x88, slice_from(rows[i].close));
        } else {
            client_reset(&fd);
        }
        ws_wait_until(ws_has_asked, asked + 1);
        ws_expect_in(&ws_world.asked[asked], rows[i].code);
    }
}

Test(session_messages, an_answer_goes_back_only_with_a_route_response)
{
    AUTO_CLIENT fd = ws_open_chat();
    ws_say(fd, "{\"action\":\"one\"}");
    ws_say(fd, "{\"action\":\"mock\"}");
    ws_wait_until(ws_has_reported, 3);
    ws_say(fd, "{\"action\":\"two\"}");
    ws_expect_message(fd, "said");
}

Test(session_messages, a_message_that_no_route_takes_is_forbidden)
{
    AUTO_CLIENT fd = ws_open_chat();
    ws_say(fd, "{\"action\":\"zz\"}");
    ws_expect_error(fd, "Forbidden");
    cr_expect_eq(LAST_REPORT.status, 403);
    cr_expect_str_eq(LAST_REPORT.reason, "no route");
    ws_say(fd, "{\"action\":\"$connect\"}");
    ws_expect_error(fd, "Forbidden");
    ws_say(fd, "no JSON");
    ws_expect_error(fd, "Forbidden");
    ws_say(fd, "{\"action\":\"two\"}");
    ws_expect_message(fd, "said");
}

Test(session_messages, an_error_is_a_frame_and_the_connection_stays)
{
    static const struct {
        const char *message, *error, *reason;
        int status;
    } rows[] = {
        {"{\"action\":\"throws\"}", "Internal server error", "function error", 502},
        {"{\"action\":\"mute\"}", "Internal server error",
         "the answer is not an object with a statusCode", 502},
        {"{\"action\":\"sqs\"}", "Internal server error",
         "AWS integration: sls-local does not emulate this integration", 501},
        {"{\"action\":\"late\"}", "Endpoint request timed out", "integration timeout", 504},
    };
    AUTO_CLIENT fd = ws_open_chat();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ws_say(fd, rows[i].message);
        ws_expect_error(fd, rows[i].error);
        cr_expect_eq(LAST_REPORT.status, rows[i].status);
        cr_expect_str_eq(LAST_REPORT.reason, rows[i].reason);
    }
    size_t reports = ws_world.report_count;
    ws_answer_all(); /* what comes after the timeout is nobody's */
    ws_say(fd, "{\"action\":\"two\"}");
    ws_expect_message(fd, "said");
    cr_expect_eq(ws_world.report_count, reports + 1);
}

Test(session_messages, messages_run_at_the_same_time_but_not_too_many)
{
    const struct route_spec routes[] = {
        {.path = SLICE("$default"), .integration.function = SLICE("held"), .has_response = true}};
    ws_configure(routes, 1);
    AUTO_CLIENT fd = ws_open("/dev");
    for (size_t i = 0; i < WS_RUNNING_MAX + 3; i++) {
        ws_say(fd, "x");
    }
    ws_wait_until(ws_has_asked, WS_RUNNING_MAX);
    pump_for(&ws_fixture, 20);
    cr_assert_eq(ws_world.asked_count, WS_RUNNING_MAX);
    ws_give_answer(&ws_world.asked[7]);
    ws_expect_message(fd, "late");
    ws_wait_until(ws_has_asked, WS_RUNNING_MAX + 1);
    pump_for(&ws_fixture, 20);
    cr_assert_eq(ws_world.asked_count, WS_RUNNING_MAX + 1);
    ws_answer_all();
    ws_wait_until(ws_has_asked, WS_RUNNING_MAX + 3);
}

Test(session_messages, events_of_all_connections_have_a_bound)
{
    enum { PIECE = 32 * 1024, PIECES = 4 };
    const struct route_spec routes[] = {ROUTE("$default", "held")};
    AUTO_BUF piece = BUF_INIT(PIECE);
    ws_configure(routes, 1);
    while (piece.len < PIECE) {
        buf_append_char(&piece, '\x01'); /* six bytes in JSON */
    }
    AUTO_CLIENT first = ws_open("/dev");
    AUTO_CLIENT second = ws_open("/dev");
    size_t fit = WS_EVENTS_MAX / (6 * PIECE * PIECES);
    for (size_t i = 0; i < fit + 1; i++) {
        for (int k = 0; k < PIECES; k++) {
            ws_send_frame(i < WS_RUNNING_MAX - 1 ? first : second,
                          (k == 0 ? 1 : 0) | (k == PIECES - 1 ? 0x80 : 0), buf_slice(&piece));
        }
        ws_wait_until(ws_has_asked, i < fit ? i + 1 : 0);
    }
    AUTO_BUF got = BUF_INIT(1 << 16);
    cr_assert(client_read_until(&ws_fixture, second, "=\"}", &got));
    cr_expect_not_null(strstr(buf_cstr(&got) + 2, "\"Too Many Requests\""));
    cr_expect_str_eq(LAST_REPORT.reason, "too many messages wait for functions");
    cr_expect_eq(LAST_REPORT.status, 429);
    cr_expect_eq(ws_world.asked_count, fit);
}

/* --- 67: what a client may not say --- */

Test(session_messages, binary_and_large_messages_end_the_connection)
{
    enum { MESSAGE = 129 * 1024, PIECE = 32 * 1024 };
    static char bytes[MESSAGE];
    memset(bytes, 'a', sizeof(bytes));
    ws_configure_chat();
    AUTO_CLIENT binary = ws_open("/dev");
    ws_send_frame(binary, 0x82, SLICE("x"));
    ws_expect_close(binary, 1003);
    AUTO_CLIENT frame = ws_open("/dev");
    ws_send_frame(frame, 0x81, slice_of(bytes, PIECE + 1));
    ws_expect_close(frame, 1009);
    AUTO_CLIENT message = ws_open("/dev");
    for (size_t at = 0; at < MESSAGE; at += PIECE) {
        size_t len = MESSAGE - at < PIECE ? MESSAGE - at : PIECE;
        ws_send_frame(message, (at == 0 ? 1 : 0) | (at + len == MESSAGE ? 0x80 : 0),
                      slice_of(bytes + at, len));
    }
    ws_expect_close(message, 1009);
    ws_wait_until(ws_has_reported, 6);
    cr_expect_eq(ws_world.reports[5].close_code, 1009);
}
