/* WebSocket APIs: the handshake and authorizers. Numbers are rows of the conformance table. */
#include "sessions_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>

TestSuite(sessions, .init = ws_set_up, .fini = ws_tear_down);

/* --- 61, 68: the handshake --- */

Test(sessions, a_connection_opens_when_connect_says_so)
{
    static const struct {
        const char *function;
        int status;
        const char *reason;
    } rows[] = {
        {"ok", 101, ""},
        {"speaks", 101, ""},
        {"forbids", 403, ""},
        {"throws", 502, "function error"},
        {"mute", 502, "the answer is not an object with a statusCode"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route_spec routes[] = {
            {.path = SLICE("$connect"), .integration.function = slice_from(rows[i].function)}};
        ws_configure(routes, 1);
        AUTO_CLIENT fd = ws_dial("/dev?token=a%20b", "");
        cr_expect_eq(ws_status_of(ws_head_of(fd)), rows[i].status, "%s", rows[i].function);
        ws_wait_until(ws_has_reported, 1);
        cr_expect_eq(ws_world.reports[0].status, rows[i].status);
        cr_expect_str_eq(ws_world.reports[0].reason, rows[i].reason);
        cr_expect_str_eq(ws_world.reports[0].method, "CONNECT");
        cr_expect_str_eq(ws_world.reports[0].path, "/dev");
        cr_expect_str_eq(ws_world.reports[0].route, "$connect");
        cr_expect_str_eq(ws_world.reports[0].function, rows[i].function);
        ws_expect_in(&ws_world.asked[ws_world.asked_count - 1], "\"eventType\":\"CONNECT\"");
        ws_expect_in(&ws_world.asked[ws_world.asked_count - 1], "\"domainName\":\"ws.test:3001\"");
        ws_expect_in(&ws_world.asked[ws_world.asked_count - 1], "\"stage\":\"dev\"");
        ws_expect_in(&ws_world.asked[ws_world.asked_count - 1],
                     "\"queryStringParameters\":{\"token\":\"a b\"}");
        client_close(&fd);
        if (rows[i].status == 101) { /* without a $disconnect route */
            ws_wait_until(ws_has_reported, 2);
            cr_expect_eq(ws_world.reports[1].close_code, 1006);
        }
        ws_world.report_count = 0;
    }
}

Test(sessions, without_a_connect_route_everybody_is_let_in)
{
    const struct route_spec routes[] = {ROUTE("a", "ok")};
    ws_configure(routes, 1);
    AUTO_CLIENT fd = ws_open("/");
    cr_expect_eq(ws_world.asked_count, 0);
    cr_expect_eq(ws_world.reports[0].status, 101);
    cr_expect_str_eq(ws_world.reports[0].function, "");
}

Test(sessions, the_protocol_is_the_one_that_connect_names)
{
    const struct route_spec says[] = {ROUTE("$connect", "speaks")};
    const struct route_spec says_not[] = {ROUTE("$connect", "ok")};
    ws_configure(says, 1);
    AUTO_CLIENT first = ws_dial("/dev", "Sec-WebSocket-Protocol: chat, other\r\n");
    cr_expect_not_null(strstr(ws_head_of(first), "\r\nSec-WebSocket-Protocol: chat\r\n"));
    ws_configure(says_not, 1);
    AUTO_CLIENT second = ws_dial("/dev", "Sec-WebSocket-Protocol: chat, other\r\n");
    const char *head = ws_head_of(second);
    cr_expect_eq(ws_status_of(head), 101);
    cr_expect_null(strstr(head, "Sec-WebSocket-Protocol"));
}

Test(sessions, what_is_no_handshake_is_refused)
{
    static struct buf got = BUF_INIT(1 << 16);
    const struct route_spec routes[] = {ROUTE("$connect", "ok")};
    ws_configure(routes, 1);
#define REST " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    const char *plain = client_talk(&ws_fixture, SLICE("GET /dev" REST), false, &got);
    cr_expect_eq(ws_status_of(plain), 426);
    cr_expect_not_null(strstr(plain, "\r\nUpgrade: websocket\r\n"));
    cr_expect_eq(ws_status_of(client_talk(&ws_fixture, SLICE("GET /" REST), false, &got)), 426);
    cr_expect_eq(ws_status_of(client_talk(&ws_fixture, SLICE("POST /dev" REST), false, &got)), 405);
    const char *astray = client_talk(&ws_fixture, SLICE("GET /nowhere" REST), false, &got);
    cr_expect_eq(ws_status_of(astray), 403);
    cr_expect_not_null(strstr(astray, "{\"message\":\"Forbidden\"}"));
    cr_expect_str_eq(LAST_REPORT.reason, "no such stage");
    AUTO_CLIENT fd = ws_dial("/dev/below", "");
    cr_expect_eq(ws_status_of(ws_head_of(fd)), 403);
    cr_expect_eq(ws_world.asked_count, 0);
}

/* --- authorizers --- */

static void guard(const char *authorizer)
{
    const struct route_spec routes[] = {
        {.path = SLICE("$connect"),
         .integration.function = SLICE("ok"),
         .authorization = AUTHORIZATION_AUTHORIZER,
         .authorizer_id = slice_from(authorizer)},
        ROUTE("a", "ok"),
    };
    ws_configure(routes, COUNT_OF(routes));
}

Test(sessions, an_authorizer_decides_before_connect_is_asked)
{
    guard("allow");
    AUTO_CLIENT nobody = ws_dial("/dev", "");
    cr_expect_eq(ws_status_of(ws_head_of(nobody)), 401);
    cr_expect_str_eq(LAST_REPORT.reason, "authorizer Allow: the request has no token");
    cr_expect_eq(ws_world.asked_count, 0);
    AUTO_CLIENT known = ws_dial("/dev?token=t", "");
    cr_expect_eq(ws_status_of(ws_head_of(known)), 101);
    cr_expect_eq(ws_world.asked_count, 2);
    ws_expect_in(&ws_world.asked[0],
                 "\"type\":\"REQUEST\",\"methodArn\":\"arn:aws:execute-api:us-east-1:"
                 "000000000000:ws1/dev/$connect\"");
    ws_expect_in(&ws_world.asked[0], "\"Upgrade\":\"websocket\"");
    static const char facts[] =
        "\"authorizer\":{\"principalId\":\"u1\",\"integrationLatency\":7,\"n\":\"1\"}";
    ws_expect_in(&ws_world.asked[1], facts);
    ws_say(known, "{\"action\":\"a\"}");
    ws_wait_until(ws_has_asked, 3);
    ws_expect_in(&ws_world.asked[2], facts);
    AUTO_CLIENT elsewhere = ws_dial("/other?token=t", ""); /* its policy is for dev */
    cr_expect_eq(ws_status_of(ws_head_of(elsewhere)), 403);
    guard("deny");
    AUTO_CLIENT denied = ws_dial("/dev", "");
    cr_expect_eq(ws_status_of(ws_head_of(denied)), 403);
    cr_expect_eq(ws_world.asked_count, 5);
}

Test(sessions, who_leaves_while_the_authorizer_thinks_never_connects)
{
    guard("held");
    AUTO_CLIENT fd = ws_dial("/dev", "");
    ws_wait_until(ws_has_asked, 1);
    client_reset(&fd);
    pump_for(&ws_fixture, 20);
    ws_answer_all(); /* "held" is no policy: refused either way; what matters is that nobody is asked */
    ws_wait_until(ws_has_reported, 1);
    cr_expect_eq(ws_world.asked_count, 1);
    cr_expect(strncmp(LAST_REPORT.reason, "authorizer Held: ", 17) == 0, "%s", LAST_REPORT.reason);
}

Test(sessions, who_leaves_while_connect_runs_is_told_to_have_gone)
{
    const struct route_spec routes[] = {ROUTE("$connect", "held"), ROUTE("$disconnect", "ok")};
    ws_configure(routes, COUNT_OF(routes));
    AUTO_CLIENT fd = ws_dial("/dev", "");
    ws_wait_until(ws_has_asked, 1);
    client_reset(&fd);
    pump_for(&ws_fixture, 20);
    ws_give_answer(&ws_world.asked[0]);
    ws_wait_until(ws_has_reported, 2);
    cr_expect_str_eq(ws_world.reports[0].reason, "the client has left");
    ws_expect_in(&ws_world.asked[1], "\"disconnectStatusCode\":1006");
    ws_expect_in(&ws_world.asked[1], ws_world.reports[0].connection_id);
}
