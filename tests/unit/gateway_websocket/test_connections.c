/* Connections by id, their ends on the clock, and @connections: over real sockets. */
#include "core/mem.h"
#include "gateway/websocket/connections.h"
#include "gateway/websocket/limits.h"
#include "gateway/websocket/management.h"
#include "tests/unit/http/support.h"

#include <criterion/criterion.h>

#define MINUTE_MS (60 * 1000)
#define EPOCH_MS INT64_C(784111777000) /* the fixture's clock: 1994-11-06T08:49:37Z */

static struct fixture fixture;

/* One API "ws1" whose stage is the first segment of a path: what is not @connections is a handshake. */
static struct gate {
    struct ws_connections *all;
    struct management management;
    struct websocket_options options;
    struct ws_connection *last;
    uint16_t close_code;
    int status; /* of the last management request */
    char reason[64];
    bool is_closed;
} gate;

static void on_message(void *ctx, struct websocket *websocket, enum websocket_kind kind,
                       struct slice message)
{
    (void)ctx;
    cr_expect_eq(websocket_send(websocket, kind, message), STATUS_OK);
}

static void on_close(void *ctx, struct websocket *websocket, const struct websocket_close *close)
{
    struct ws_connection *connection = ctx;
    cr_expect_eq(connection->websocket, websocket);
    gate.close_code = close->code;
    gate.is_closed = true;
    ws_connection_remove(connection);
}

static void on_managed(void *ctx, int status, const char *reason)
{
    cr_expect_eq(ctx, &gate);
    gate.status = status;
    (void)snprintf(gate.reason, sizeof(gate.reason), "%s", reason);
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    const struct http_request *request = http_request(exchange);
    struct slice rest = slice_skip(request->path, 1);
    struct slice stage = slice_take(rest, slice_find(rest, '/'));
    struct slice id = management_id(http_arena(exchange), slice_skip(rest, stage.len));
    if (id.ptr != NULL) {
        management_handle(&gate.management, SLICE("ws1"), stage, id, exchange);
        return;
    }
    struct ws_facts facts = {
        .source_ip = slice_from(http_peer_address(exchange)),
        .user_agent = http_header_get(request->headers, "user-agent"),
        .domain = SLICE("ws1.example"),
    };
    gate.last = ws_connections_add(gate.all, SLICE("ws1"), stage, &facts, &gate);
    struct websocket *websocket = websocket_accept(exchange, &gate.options, SLICE(""), gate.last);
    cr_assert_not_null(websocket);
    ws_connection_open(gate.last, websocket);
}

static void set_up(void)
{
    fixture_init(&fixture);
    fixture.context.alarms = alarms_create(&fixture.loop, &fixture.clock);
    gate = (struct gate){.options = {.on_message = on_message, .on_close = on_close}};
    gate.all = ws_connections_create(&fixture.context);
    gate.management =
        (struct management){.connections = gate.all, .on_done = on_managed, .ctx = &gate};
    fixture_serve(&fixture, on_request, NULL, (struct http_limits){0});
}

static void on_server_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void tear_down(void)
{
    bool is_closed = false;
    http_server_destroy(fixture.server, 0, on_server_closed, &is_closed);
    fixture.server = NULL;
    pump_until(&fixture, &is_closed);
    cr_expect_eq(ws_connections_count(gate.all), 0);
    ws_connections_destroy(gate.all);
    alarms_destroy(fixture.context.alarms);
    pump(&fixture, -1);
    fixture_finish(&fixture);
}

TestSuite(connections, .init = set_up, .fini = tear_down);

static int connect_to(const char *stage)
{
    AUTO_BUF text = BUF_INIT(1 << 12);
    int fd = client_connect(&fixture);
    buf_printf(&text,
               "GET /%s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
               "User-Agent: wscat\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
               stage);
    client_send(&fixture, fd, buf_slice(&text));
    buf_clear(&text);
    cr_assert(client_read_until(&fixture, fd, "\r\n\r\n", &text));
    cr_assert_not_null(strstr(buf_cstr(&text), " 101 "));
    return fd;
}

/* One request for "/{stage}/@connections/{id}"; all of the response. */
static const char *manage(const char *method, const char *stage, const char *id, struct slice body)
{
    static struct buf response = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 20);
    buf_printf(&text,
               "%s /%s/%%40connections/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               "Content-Length: %zu\r\n\r\n",
               method, stage, id, body.len);
    buf_append(&text, body);
    gate.status = 0;
    const char *got = client_talk(&fixture, buf_slice(&text), false, &response);
    return got;
}

Test(connections, are_found_by_id_and_only_where_they_belong)
{
    AUTO_CLIENT fd = connect_to("prod");
    struct ws_connection *one = gate.last;
    struct slice id = one->facts.connection_id;
    cr_expect_eq(ws_connections_find(gate.all, SLICE("ws1"), SLICE("prod"), id), one);
    cr_expect_null(ws_connections_find(gate.all, SLICE("ws1"), SLICE("dev"), id));
    cr_expect_null(ws_connections_find(gate.all, SLICE("ws2"), SLICE("prod"), id));
    cr_expect_null(ws_connections_find(gate.all, SLICE("ws1"), SLICE("prod"), SLICE("other")));
    cr_expect_eq(one->facts.connected_ms, EPOCH_MS);
    cr_expect(slice_is(one->facts.user_agent, "wscat"));
    cr_expect(slice_is(one->facts.source_ip, "127.0.0.1"));
    ws_connection_authorize(one, SLICE("\"principalId\":\"u1\""), SLICE(""));
    cr_expect(slice_is(one->facts.authorizer, "\"principalId\":\"u1\""));
    ws_connection_authorize(one, SLICE(""), SLICE("\"user\":\"u1\""));
    cr_expect(one->facts.authorizer.len == 0 && slice_is(one->facts.identity, "\"user\":\"u1\""));
}

Test(connections, are_nobodys_to_find_until_they_are_open)
{
    enum { COUNT = 300 };
    static struct ws_connection *added[COUNT];
    struct ws_facts facts = {.source_ip = SLICE("::1")};
    for (size_t i = 0; i < COUNT; i++) {
        added[i] = ws_connections_add(gate.all, SLICE("ws1"), SLICE("prod"), &facts, NULL);
        cr_expect_null(ws_connections_find(gate.all, SLICE("ws1"), SLICE("prod"),
                                           added[i]->facts.connection_id));
    }
    cr_expect_eq(ws_connections_count(gate.all), COUNT);
    /* One of a table that has grown. */
    AUTO_CLIENT fd = connect_to("prod");
    cr_expect_eq(
        ws_connections_find(gate.all, SLICE("ws1"), SLICE("prod"), gate.last->facts.connection_id),
        gate.last);
    for (size_t i = 0; i < COUNT; i++) {
        ws_connection_remove(added[(i * 7) % COUNT]);
    }
    cr_expect_eq(ws_connections_count(gate.all), 1);
}

static void on_turned(void *ctx, size_t ran)
{
    (void)ran;
    *(bool *)ctx = true;
}

static void turn(int64_t ms)
{
    bool is_turned = false;
    cr_assert_eq(alarms_turn(fixture.context.alarms, ms, on_turned, &is_turned), STATUS_OK);
    pump_until(&fixture, &is_turned);
}

#define GOING_AWAY "\x88\x0c\x03\xe9Going away"

Test(connections, end_when_they_were_idle_for_ten_minutes)
{
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = connect_to("prod");
    turn(WS_IDLE_MS - 1000);
    client_send(&fixture, fd, SLICE("\x81\x82\0\0\0\0hi"));
    cr_assert(client_read_until(&fixture, fd, "\x81\x02hi", &received));
    client_send(&fixture, fd, SLICE("\x89\x81\0\0\0\0p")); /* a ping is no message */
    cr_assert(client_read_until(&fixture, fd, "\x8a\x01p", &received));
    turn(WS_IDLE_MS - 2000);
    cr_expect_not(gate.is_closed);
    client_send(&fixture, fd, SLICE("\x89\x81\0\0\0\0q"));
    cr_assert(client_read_until(&fixture, fd, "\x8a\x01q", &received));
    turn(2000);
    cr_assert(client_read_until(&fixture, fd, GOING_AWAY, &received));
    client_send(&fixture, fd, SLICE("\x88\x82\0\0\0\0\x03\xe9"));
    pump_until(&fixture, &gate.is_closed);
    cr_expect_eq(gate.close_code, 1001);
}

Test(connections, end_after_two_hours_however_much_was_said)
{
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = connect_to("prod");
    for (int i = 0; i < 24; i++) { /* every five minutes, up to the end */
        cr_assert_not(gate.is_closed);
        turn(5 * MINUTE_MS - (i == 23 ? 1000 : 0));
        buf_clear(&received);
        client_send(&fixture, fd, SLICE("\x81\x82\0\0\0\0hi"));
        cr_assert(client_read_until(&fixture, fd, "\x81\x02hi", &received), "at %d", i);
    }
    turn(1000);
    cr_assert(client_read_until(&fixture, fd, GOING_AWAY, &received));
    client_close(&fd);
    pump_until(&fixture, &gate.is_closed);
    cr_expect_eq(gate.close_code, 1001);
}

Test(connections, a_post_is_a_text_message)
{
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF large = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = connect_to("prod");
    const char *id = gate.last->id;
    const char *got = manage("POST", "prod", id, SLICE("h\xc3\xa9llo"));
    cr_expect_not_null(strstr(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    cr_expect_not_null(strstr(got, "Content-Length: 0\r\n"), "%s", got);
    cr_assert(client_read_until(&fixture, fd, "\x81\x06h\xc3\xa9llo", &received));
    cr_expect_eq(gate.status, 200);
    cr_expect_str_eq(gate.reason, "");
    /* The "=" of the id percent-encoded, as SDKs do. */
    char encoded[32];
    (void)snprintf(encoded, sizeof(encoded), "%.15s%%3D", id);
    got = manage("POST", "prod", encoded, SLICE(""));
    cr_expect_not_null(strstr(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    while (large.len < WS_MESSAGE_MAX) {
        buf_append_char(&large, 'a');
    }
    got = manage("POST", "prod", id, buf_slice(&large));
    cr_expect_not_null(strstr(got, "HTTP/1.1 200 OK\r\n"), "%s", got);
    cr_assert(client_read_until(&fixture, fd, "\x81\x7f", &received));
    buf_append_char(&large, 'a');
    got = manage("POST", "prod", id, buf_slice(&large));
    cr_expect_not_null(strstr(got, "HTTP/1.1 413 "), "%s", got);
    cr_expect_not_null(strstr(got, "x-amzn-ErrorType: PayloadTooLargeException\r\n"), "%s", got);
    got = manage("POST", "prod", id, SLICE("\xff"));
    cr_expect_not_null(strstr(got, "HTTP/1.1 400 "), "%s", got);
    cr_expect_str_eq(gate.reason, "BadRequestException");
}

Test(connections, a_get_tells_who_it_is_and_since_when)
{
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = connect_to("prod");
    turn(MINUTE_MS);
    client_send(&fixture, fd, SLICE("\x81\x82\0\0\0\0hi"));
    cr_assert(client_read_until(&fixture, fd, "\x81\x02hi", &received));
    turn(MINUTE_MS);
    const char *got = manage("GET", "prod", gate.last->id, SLICE(""));
    cr_expect_not_null(strstr(got,
                              "\r\n\r\n{\"connectedAt\":\"1994-11-06T08:49:37Z\","
                              "\"identity\":{\"sourceIp\":\"127.0.0.1\",\"userAgent\":\"wscat\"},"
                              "\"lastActiveAt\":\"1994-11-06T08:50:37Z\"}"),
                       "%s", got);
    cr_expect_not_null(strstr(got, "Content-Type: application/json\r\n"), "%s", got);
    cr_expect_not_null(strstr(got, "x-amzn-RequestId: "), "%s", got);
}

Test(connections, a_delete_closes_with_1000_and_then_it_is_gone)
{
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = connect_to("prod");
    char id[ID_SHORT_MAX];
    (void)snprintf(id, sizeof(id), "%s", gate.last->id);
    const char *got = manage("DELETE", "prod", id, SLICE(""));
    cr_expect_not_null(strstr(got, "HTTP/1.1 204 No Content\r\n"), "%s", got);
    cr_assert(client_read_until(&fixture, fd, "\x88\x02\x03\xe8", &received));
    /* Closing, and closed: both are gone. */
    got = manage("POST", "prod", id, SLICE("x"));
    cr_expect_not_null(strstr(got, "HTTP/1.1 410 Gone\r\n"), "%s", got);
    client_send(&fixture, fd, SLICE("\x88\x82\0\0\0\0\x03\xe8"));
    pump_until(&fixture, &gate.is_closed);
    cr_expect_eq(gate.close_code, 1000);
    static const char *const methods[] = {"POST", "GET", "DELETE"};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        got = manage(methods[i], "prod", id, SLICE(""));
        cr_expect_not_null(strstr(got, "HTTP/1.1 410 Gone\r\n"), "%s", got);
        cr_expect_not_null(strstr(got, "x-amzn-ErrorType: GoneException\r\n"), "%s", got);
        cr_expect_not_null(strstr(got, "Content-Length: 0\r\n"), "%s", got);
        cr_expect_eq(gate.status, 410);
    }
}

Test(connections, what_is_no_id_and_no_command_is_told_so)
{
    static const struct {
        const char *method;
        const char *stage;
        const char *id;
        const char *want;
    } rows[] = {
        {"POST", "prod", "abc", "\r\n\r\n{\"message\":\"Invalid connectionId: abc\"}"},
        {"POST", "prod", "abc", "x-amzn-ErrorType: BadRequestException\r\n"},
        {"GET", "prod", "a%22b", "{\"message\":\"Invalid connectionId: a\\\"b\"}"},
        {"GET", "prod", "VNRUSeldSwMCIRQ=", "HTTP/1.1 410 "},
        {"PUT", "prod", "VNRUSeldSwMCIRQ=", "{\"message\":\"Missing Authentication Token\"}"},
        {"PUT", "prod", "VNRUSeldSwMCIRQ=", "HTTP/1.1 403 "},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *got = manage(rows[i].method, rows[i].stage, rows[i].id, SLICE("x"));
        cr_expect_not_null(strstr(got, rows[i].want), "case %zu: %s", i, got);
    }
    AUTO_CLIENT fd = connect_to("prod");
    const char *got = manage("POST", "dev", gate.last->id, SLICE("x"));
    cr_expect_not_null(strstr(got, "HTTP/1.1 410 "), "another stage: %s", got);
}

Test(management, an_id_is_what_stands_behind_connections)
{
    static const struct {
        const char *path;
        const char *id; /* NULL: another path */
    } rows[] = {
        {"/@connections/VNRUSeldSwMCIRQ=", "VNRUSeldSwMCIRQ="},
        {"/%40connections/VNRUSeldSwMCIRQ%3D", "VNRUSeldSwMCIRQ="},
        {"/@connections/x", "x"},
        {"/@connections/", NULL},
        {"/@connections", NULL},
        {"/@connections/a/b", NULL},
        {"/prod/@connections/a", NULL},
        {"/", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice id = management_id(&arena, slice_from(rows[i].path));
        cr_expect_eq(id.ptr != NULL, rows[i].id != NULL, "%s", rows[i].path);
        cr_expect(rows[i].id == NULL || slice_is(id, rows[i].id), "%s", rows[i].path);
    }
}
