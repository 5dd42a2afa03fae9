/* WebSocket APIs: @connections, the edge, deployments and the end. */
#include "sessions_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>

TestSuite(session_ends, .init = ws_set_up, .fini = ws_tear_down);

/* --- 66: @connections on the API's own address --- */

static int manage(const char *method, const char *path, const char *id)
{
    static struct buf got = BUF_INIT(1 << 16);
    AUTO_BUF text = BUF_INIT(1 << 12);
    buf_printf(&text,
               "%s %s/@connections/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               "Content-Length: 2\r\n\r\nhi",
               method, path, id);
    return ws_status_of(client_talk(&ws_fixture, buf_slice(&text), false, &got));
}

Test(session_ends, connections_are_managed_below_the_stage_and_without_it)
{
    const struct route_spec routes[] = {ROUTE("$connect", "held")};
    ws_configure(routes, 1);
    AUTO_CLIENT fd = ws_dial("/dev", "");
    ws_wait_until(ws_has_asked, 1);
    char id[17] = "";
    (void)snprintf(id, sizeof(id), "%s",
                   strstr(ws_world.asked[0].event, "\"connectionId\":\"") +
                       sizeof("\"connectionId\":"));
    cr_expect_eq(manage("POST", "/dev", id), 410, "it is not open while $connect runs");
    ws_give_answer(&ws_world.asked[0]);
    cr_assert_eq(ws_status_of(ws_head_of(fd)), 101);
    cr_expect_eq(manage("POST", "/dev", id), 200);
    ws_expect_message(fd, "hi");
    cr_expect_eq(manage("POST", "", id), 200);
    ws_expect_message(fd, "hi");
    cr_expect_eq(manage("POST", "/other", id), 410);
    cr_expect_eq(manage("GET", "/dev", "short"), 400);
    cr_expect_str_eq(LAST_REPORT.method, "GET");
    cr_expect_str_eq(LAST_REPORT.path, "/dev/@connections/short");
    cr_expect_str_eq(LAST_REPORT.reason, "BadRequestException");
    cr_expect_eq(manage("DELETE", "/dev", id), 204);
    ws_expect_close(fd, 1000);
}

/* --- by way of another server: the edge --- */

static void on_edge_request(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    if (ws_world.gateway == NULL || !gateway_take(ws_world.gateway, exchange)) {
        http_respond(exchange, 404, (struct http_headers){NULL, 0}, SLICE(""));
    }
}

static int edge(const char *method, const char *path, const char *id, const char *headers)
{
    static struct buf got = BUF_INIT(1 << 16);
    AUTO_BUF text = BUF_INIT(1 << 12);
    buf_printf(&text,
               "%s %s%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s"
               "Content-Length: 2\r\n\r\nhi",
               method, path, id, headers);
    return ws_status_of(client_talk(&ws_fixture, buf_slice(&text), false, &got));
}

Test(session_ends, the_edge_reaches_connections_and_apis)
{
    ws_configure_chat();
    AUTO_CLIENT fd = ws_open("/dev");
    const char *id = ws_world.reports[0].connection_id;
    fixture_serve(&ws_fixture, on_edge_request, NULL, (struct http_limits){0});
    cr_expect_eq(edge("POST", "/@connections/", id, ""), 200);
    ws_expect_message(fd, "hi");
    cr_expect_eq(edge("POST", "/dev/@connections/", id, "X-Service: execute-api\r\n"), 200);
    ws_expect_message(fd, "hi");
    cr_expect_eq(edge("PUT", "/dev/@connections/", id, "X-Service: s3\r\n"), 404, "an object");
    cr_expect_eq(edge("POST", "/other/@connections/", id, ""), 410);
    cr_expect_eq(edge("POST", "/@connections/", "AAAAAAAAAAAAAAA=", ""), 410);
    cr_expect_eq(edge("POST", "/@connections/", "x", ""), 400);
    cr_expect_eq(edge("POST", "/_aws/execute-api/ws1/dev/@connections/", id, ""), 200);
    ws_expect_message(fd, "hi");
    cr_expect_eq(edge("GET", "/_aws/execute-api/ws1/dev", "", ""), 426);
    cr_expect_eq(edge("GET", "/_aws/execute-api/ws2/dev", "", ""), 403);
    cr_expect_eq(edge("GET", "/bucket/key", "", ""), 404);
}

Test(session_ends, what_came_by_the_edge_may_outlive_the_gateway)
{
    static const struct route_spec routes[] = {ROUTE("$connect", "ok"), ROUTE("$default", "held")};
    ws_configure(routes, COUNT_OF(routes));
    fixture_serve(&ws_fixture, on_edge_request, NULL, (struct http_limits){0});
    AUTO_CLIENT fd = ws_open("/_aws/execute-api/ws1/dev");
    ws_say(fd, "x");
    ws_wait_until(ws_has_asked, 2);
    AUTO_CLIENT unread = client_connect(&ws_fixture); /* a body that does not come */
    client_send_text(&ws_fixture, unread,
                     "POST /@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 2\r\n\r\n");
    pump_for(&ws_fixture, 20);
    ws_close_gateway(0);
    pump_until(&ws_fixture, &ws_world.is_closed);
    ws_expect_close(fd, 1001);
} /* the server of the two is closed by ws_tear_down() */

/* --- deployments and the end --- */

Test(session_ends, a_connection_goes_by_what_is_deployed_last)
{
    const struct route_spec before[] = {ROUTE("$connect", "ok"), ROUTE("a", "throws")};
    const struct route_spec after[] = {
        ROUTE("$disconnect", "ok"),
        {.path = SLICE("a"), .integration.function = SLICE("ok"), .has_response = true}};
    ws_configure(before, COUNT_OF(before));
    AUTO_CLIENT fd = ws_open("/dev");
    ws_say(fd, "{\"action\":\"a\"}");
    ws_expect_error(fd, "Internal server error");
    ws_configure(after, COUNT_OF(after));
    ws_say(fd, "{\"action\":\"a\"}");
    ws_expect_message(fd, "said");
    client_reset(&fd);
    ws_wait_until(ws_has_reported, 4);
    cr_expect_str_eq(ws_world.reports[3].function, "ok");
    cr_expect_eq(ws_world.reports[3].close_code, 1006);
}

Test(session_ends, a_connection_ends_with_its_api)
{
    AUTO_CLIENT fd = ws_open_chat();
    struct fault fault;
    cr_assert_eq(gateway_configure(ws_world.gateway, NULL, 0, &fault), STATUS_OK);
    ws_expect_close(fd, 1001);
    client_close(&fd);
    ws_wait_until(ws_has_reported, 2);
    cr_expect_str_eq(ws_world.reports[1].method, "DISCONNECT");
    ws_expect_in(&ws_world.asked[1], "\"disconnectStatusCode\":1001");
}

Test(session_ends, the_end_is_told_and_waited_for)
{
    const struct route_spec routes[] = {ROUTE("$disconnect", "held")};
    ws_configure(routes, 1);
    AUTO_CLIENT fd = ws_open("/dev");
    ws_close_gateway(WAIT_MS);
    ws_expect_close(fd, 1001);
    ws_send_frame(fd, 0x88, SLICE("\x03\xe9"));
    ws_wait_until(ws_has_asked, 1);
    pump_for(&ws_fixture, 20);
    cr_expect_not(ws_world.is_closed, "it waits for $disconnect");
    ws_expect_in(&ws_world.asked[0], "\"disconnectStatusCode\":1001");
    ws_answer_all();
    pump_until(&ws_fixture, &ws_world.is_closed);
    cr_expect_eq(ws_world.report_count, 2);
}

Test(session_ends, the_end_does_not_wait_for_ever)
{
    ws_configure_chat();
    const struct route_spec routes[] = {ROUTE("$disconnect", "held"), ROUTE("$default", "held")};
    ws_configure(routes, COUNT_OF(routes));
    AUTO_CLIENT fd = ws_open("/dev");
    ws_say(fd, "x");
    ws_wait_until(ws_has_asked, 1);
    ws_close_gateway(50);
    pump_until(&ws_fixture, &ws_world.is_closed); /* functions are answered in ws_tear_down() */
}
