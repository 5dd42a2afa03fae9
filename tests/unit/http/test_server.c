/* The life of connections and exchanges: keep-alive, late answers, clients that leave, drain. */
#include "support.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#include <sys/socket.h>

static const struct http_headers no_headers = {NULL, 0};

static struct fixture fixture;

static void set_up(void)
{
    fixture_init(&fixture);
}

static void tear_down(void)
{
    fixture_finish(&fixture);
}

TestSuite(server, .init = set_up, .fini = tear_down);

/* Keeps exchanges for the test to answer. */
struct keeper {
    struct http_exchange *exchanges[16];
    size_t count;
    size_t gone;
    bool has_one;
    bool has_two;
    bool is_gone;
};

static void on_gone(void *ctx, struct http_exchange *exchange)
{
    struct keeper *keeper = ctx;
    cr_assert(http_is_gone(exchange));
    keeper->gone++;
    keeper->is_gone = true;
}

static void keeping_handler(void *ctx, struct http_exchange *exchange)
{
    struct keeper *keeper = ctx;
    cr_assert_lt(keeper->count, COUNT_OF(keeper->exchanges));
    keeper->exchanges[keeper->count++] = exchange;
    keeper->has_one = true;
    keeper->has_two = keeper->count == 2;
    http_on_gone(exchange, on_gone, keeper);
}

#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

Test(server, a_whole_response_is_framed_dated_and_kept_alive)
{
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    for (int i = 0; i < 3; i++) {
        buf_clear(&received);
        client_send_text(&fixture, fd, GET("/"));
        cr_assert(client_read_until(&fixture, fd, "GET|/||Host=x||", &received));
        cr_assert_str_eq(buf_cstr(&received), "HTTP/1.1 200 OK\r\n"
                                              "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                                              "Content-Length: 15\r\n\r\nGET|/||Host=x||");
    }
    clock_advance(&fixture.clock, 1000);
    client_send_text(&fixture, fd, GET("/"));
    cr_assert(client_read_until(&fixture, fd, "08:49:38 GMT", &received));
    cr_assert_eq(http_server_connections(fixture.server), 1);
}

static void header_handler(void *ctx, struct http_exchange *exchange)
{
    static const struct http_header items[] = {
        {SLICE_INIT("X-Good"), SLICE_INIT("yes")},
        {SLICE_INIT("X-Bad"), SLICE_INIT("a\r\nX-Injected: b")},
        {SLICE_INIT("Bad Name"), SLICE_INIT("b")},
        {SLICE_INIT("content-length"), SLICE_INIT("999")},
        {SLICE_INIT("Transfer-Encoding"), SLICE_INIT("chunked")},
        {SLICE_INIT("CONNECTION"), SLICE_INIT("close")},
        {SLICE_INIT("Date"), SLICE_INIT("today")},
        {SLICE_INIT("X-Last"), SLICE_INIT("")},
    };
    int status = *(int *)ctx;
    http_respond(exchange, status, (struct http_headers){items, COUNT_OF(items)}, SLICE("body"));
}

Test(server, headers_that_would_break_the_response_are_dropped)
{
    int status = 201;
    fixture_serve(&fixture, header_handler, &status, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    const char *got = client_talk(&fixture, SLICE(GET("/")), false, &received);
    cr_assert_str_eq(got, "HTTP/1.1 201 Created\r\nX-Good: yes\r\nX-Last: \r\n"
                          "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 4\r\n"
                          "\r\nbody");
}

Test(server, statuses_without_body_have_none_and_head_has_only_the_length)
{
    static const struct {
        int status;
        const char *request, *want;
    } rows[] = {
        {204, GET("/"), "HTTP/1.1 204 No Content\r\nX-Good: yes\r\nX-Last: \r\n"},
        {304, GET("/"), "HTTP/1.1 304 Not Modified\r\nX-Good: yes\r\nX-Last: \r\n"},
        {200, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", "Content-Length: 4\r\n"},
        {999, GET("/"), "HTTP/1.1 999 Unknown\r\n"},
        {0, GET("/"), "HTTP/1.1 500 Internal Server Error\r\n"},
        {100000, GET("/"), "HTTP/1.1 500 Internal Server Error\r\n"},
    };
    int status = 0;
    fixture_serve(&fixture, header_handler, &status, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        status = rows[i].status;
        const char *got = client_talk(&fixture, slice_from(rows[i].request), false, &received);
        cr_expect_not_null(strstr(got, rows[i].want), "case %zu: %s", i, got);
        bool is_bare = i < 3;
        cr_expect_eq(slice_ends_with(slice_from(got), SLICE("\r\n\r\n")), is_bare, "case %zu: %s",
                     i, got);
        cr_expect_eq(strstr(got, "Content-Length") != NULL, i >= 2, "case %zu: %s", i, got);
    }
}

Test(server, an_http10_client_is_kept_alive_only_when_it_asks)
{
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    cr_assert(client_read_until(&fixture, fd, "GET|/1|", &received));
    cr_assert_not_null(strstr(buf_cstr(&received), "\r\nConnection: keep-alive\r\n"));
    buf_clear(&received);
    client_send_text(&fixture, fd, "GET /2 HTTP/1.0\r\n\r\n");
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert_not_null(strstr(buf_cstr(&received), "\r\nConnection: close\r\n"));
    cr_assert_not_null(strstr(buf_cstr(&received), "GET|/2|"));
}

Test(server, a_late_answer_goes_out_and_the_waiting_pipeline_goes_on)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1") GET("/2"));
    pump_until(&fixture, &keeper.has_one);
    pump_for(&fixture, 20);
    cr_assert_eq(keeper.count, 1, "the second must wait for the first");
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("first"));
    cr_assert_eq(keeper.count, 1, "on_request ran inside the handler's call");
    pump_until(&fixture, &keeper.has_two);
    cr_assert(slice_is(http_request(keeper.exchanges[1])->path, "/2"));
    http_respond(keeper.exchanges[1], 200, no_headers, SLICE("second"));
    cr_assert(client_read_until(&fixture, fd, "second", &received));
    cr_assert_lt(strstr(buf_cstr(&received), "first"), strstr(buf_cstr(&received), "second"));
}

Test(server, a_flood_of_pipelined_bytes_does_not_grow_memory)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    pump_until(&fixture, &keeper.has_one);
    size_t sent = 0;
    static char bytes[65536];
    memset(bytes, 'a', sizeof(bytes));
    for (int i = 0; i < 2000; i++) {
        ssize_t count = send(fd, bytes, sizeof(bytes), MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        (void)uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    cr_assert_lt(sent, 64u << 20, "the server reads on and on");
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("first"));
    AUTO_BUF received = BUF_INIT(1 << 20);
    cr_assert(client_read_until(&fixture, fd, "first", &received));
}

Test(server, a_client_that_half_closes_still_gets_its_late_answer)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    (void)shutdown(fd, SHUT_WR);
    pump_until(&fixture, &keeper.has_one);
    pump_for(&fixture, 30);
    cr_assert(!http_is_gone(keeper.exchanges[0]));
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("late"));
    AUTO_BUF received = BUF_INIT(1 << 20);
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert(slice_ends_with(buf_slice(&received), SLICE("\r\nConnection: close\r\n\r\nlate")),
              "%s", buf_cstr(&received));
    cr_assert_eq(keeper.gone, 0);
}

Test(server, a_pipeline_of_a_half_closed_client_is_answered_to_its_end)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1") GET("/2"));
    (void)shutdown(fd, SHUT_WR);
    pump_until(&fixture, &keeper.has_one);
    pump_for(&fixture, 20);
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("first"));
    pump_until(&fixture, &keeper.has_two);
    http_respond(keeper.exchanges[1], 200, no_headers, SLICE("second"));
    AUTO_BUF received = BUF_INIT(1 << 20);
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert_not_null(strstr(buf_cstr(&received), "second"));
}

Test(server, a_half_closed_client_that_resets_is_noticed_in_seconds)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    (void)shutdown(fd, SHUT_WR);
    pump_until(&fixture, &keeper.has_one);
    pump_for(&fixture, 20);
    client_reset(&fd);
    pump_until(&fixture, &keeper.is_gone);
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("late"));
}

Test(server, a_fin_is_the_end_where_the_listener_says_so)
{
    struct keeper keeper = {0};
    struct http_server_options options = {
        .on_request = keeping_handler, .ctx = &keeper, .fin_is_gone = true};
    fixture.server = http_server_create(&fixture.context, &options);
    struct fault fault;
    cr_assert_eq(http_server_listen(fixture.server, "127.0.0.1", 0, &fixture.port, &fault),
                 STATUS_OK);
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    pump_until(&fixture, &keeper.has_one);
    client_close(&fd);
    pump_until(&fixture, &keeper.is_gone);
    cr_assert_eq(keeper.gone, 1);
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("late"));
}

Test(server, a_fin_is_the_end_for_an_exchange_that_says_so)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    pump_until(&fixture, &keeper.has_one);
    cr_assert_not(http_fin_is_gone(keeper.exchanges[0]));
    client_close(&fd);
    pump_until(&fixture, &keeper.is_gone);
    cr_assert_eq(keeper.gone, 1);
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("late"));
}

Test(server, a_fin_that_came_before_is_told)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    (void)shutdown(fd, SHUT_WR);
    pump_until(&fixture, &keeper.has_one);
    pump_for(&fixture, 20);
    cr_assert(http_fin_is_gone(keeper.exchanges[0]));
    cr_assert_not(keeper.is_gone);
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("in time"));
    client_close(&fd);
}

Test(server, a_client_that_resets_is_gone_once_and_the_exchange_inert)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    pump_until(&fixture, &keeper.has_one);
    struct http_exchange *exchange = keeper.exchanges[0];
    cr_assert_str_eq(http_peer_address(exchange), "127.0.0.1");
    uint16_t peer_port = http_peer_port(exchange);
    client_reset(&fd);
    pump_until(&fixture, &keeper.is_gone);
    cr_assert_eq(http_server_connections(fixture.server), 0);
    cr_assert_eq(keeper.gone, 1);
    cr_assert_str_eq(http_peer_address(exchange), "127.0.0.1");
    cr_assert_eq(http_peer_port(exchange), peer_port);
    cr_assert_eq(http_local_port(exchange), fixture.port);
    cr_assert(slice_is(http_request(exchange)->path, "/1"));
    cr_assert(slice_is(arena_copy(http_arena(exchange), SLICE("still usable")), "still usable"));
    http_stream_begin(exchange, 200, no_headers, -1);
    cr_assert(http_stream_write(exchange, SLICE("to nobody")));
    http_stream_end(exchange, no_headers);
    cr_assert_eq(keeper.gone, 1);
}

Test(server, a_closed_client_is_noticed_when_the_stream_is_written)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    pump_until(&fixture, &keeper.has_one);
    http_stream_begin(keeper.exchanges[0], 200, no_headers, -1);
    client_close(&fd);
    for (int i = 0; i < 1000 && !keeper.is_gone; i++) {
        (void)http_stream_write(keeper.exchanges[0], SLICE("tick"));
        cr_assert(i > 0 || !keeper.is_gone, "on_gone ran inside the handler's call");
        pump(&fixture, -1);
    }
    cr_assert(keeper.is_gone);
    http_stream_end(keeper.exchanges[0], no_headers);
}

struct finisher {
    bool has_one;
    bool is_gone;
};

static void finishing_gone(void *ctx, struct http_exchange *exchange)
{
    ((struct finisher *)ctx)->is_gone = true;
    http_respond(exchange, 200, no_headers, SLICE("nobody listens"));
}

static void finishing_handler(void *ctx, struct http_exchange *exchange)
{
    ((struct finisher *)ctx)->has_one = true;
    http_on_gone(exchange, finishing_gone, ctx);
}

Test(server, an_exchange_may_be_finished_inside_on_gone)
{
    struct finisher finisher = {0};
    fixture_serve(&fixture, finishing_handler, &finisher, (struct http_limits){0});
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    pump_until(&fixture, &finisher.has_one);
    client_reset(&fd);
    pump_until(&fixture, &finisher.is_gone);
}

static void aborting_handler(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    http_stream_begin(exchange, 200, no_headers, -1);
    (void)http_stream_write(exchange, SLICE("half"));
    http_abort(exchange);
}

Test(server, an_aborted_stream_is_seen_by_the_client)
{
    fixture_serve(&fixture, aborting_handler, NULL, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1"));
    (void)client_read_end(&fixture, fd, &received);
    cr_assert(!slice_ends_with(buf_slice(&received), SLICE("0\r\n\r\n")));
}

static void lazy_handler(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    http_respond(exchange, 200, no_headers, http_request(exchange)->path);
}

Test(server, an_unread_body_is_dropped_when_small_and_ends_the_connection_when_large)
{
    fixture_serve(&fixture, lazy_handler, NULL, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF request = BUF_INIT(8u << 20);
    struct slice small = SLICE("POST /small HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"
                               "POST /chunks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                               "\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n" GET("/next"));
    for (int i = 0; i < 2; i++) {
        const char *got = client_talk(&fixture, small, i == 1, &received);
        cr_assert_not_null(strstr(got, "/small"), "%s", got);
        cr_assert_not_null(strstr(got, "/chunks"), "%s", got);
        cr_assert_not_null(strstr(got, "/next"), "%s", got);
    }
    buf_append_text(&request, "POST /large HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
    memset(buf_reserve(&request, 1000000), 'a', 1000000);
    buf_advance(&request, 1000000);
    buf_append_text(&request, GET("/next"));
    const char *got = client_talk(&fixture, buf_slice(&request), false, &received);
    cr_assert_not_null(strstr(got, "\r\nConnection: close\r\n"), "%s", got);
    cr_assert_not_null(strstr(got, "/large"), "%s", got);
    cr_assert_null(strstr(got, "/next"), "%s", got);
}

static void on_drained(void *ctx)
{
    *(bool *)ctx = true;
}

Test(server, a_drain_closes_idle_connections_and_lets_running_exchanges_end)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT idle = client_connect(&fixture);
    AUTO_CLIENT half = client_connect(&fixture);
    AUTO_CLIENT busy = client_connect(&fixture);
    client_send_text(&fixture, half, "GET /half HTTP/1.1\r\n");
    client_send_text(&fixture, busy, GET("/1"));
    pump_until(&fixture, &keeper.has_one);
    bool is_drained = false;
    http_server_destroy(fixture.server, 60000, on_drained, &is_drained);
    fixture.server = NULL;
    cr_assert(client_read_end(&fixture, idle, &received));
    cr_assert_eq(received.len, 0);
    client_send_text(&fixture, half, "Host: x\r\n\r\n");
    cr_assert(client_read_until(&fixture, half, "HTTP/1.1 503 ", &received));
    client_close(&half);
    cr_assert(!is_drained);
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("at last"));
    buf_clear(&received);
    cr_assert(client_read_end(&fixture, busy, &received));
    cr_assert_not_null(strstr(buf_cstr(&received), "\r\nConnection: close\r\n\r\nat last"));
    pump_until(&fixture, &is_drained);
    cr_assert_eq(keeper.gone, 0);
}

Test(server, a_drain_ends_at_its_deadline_and_handlers_may_finish_after_the_server)
{
    struct keeper keeper = {0};
    fixture_serve(&fixture, keeping_handler, &keeper, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT busy = client_connect(&fixture);
    client_send_text(&fixture, busy, GET("/1"));
    pump_until(&fixture, &keeper.has_one);
    bool is_drained = false;
    http_server_destroy(fixture.server, 30, on_drained, &is_drained);
    fixture.server = NULL;
    pump_until(&fixture, &is_drained);
    cr_assert_eq(keeper.gone, 1);
    cr_assert(!client_read_end(&fixture, busy, &received), "no reset");
    cr_assert(slice_is(http_request(keeper.exchanges[0])->path, "/1"));
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("too late"));
}

Test(server, it_may_be_destroyed_before_it_listened_and_twice_is_a_matter_of_null)
{
    struct http_server_options options = {.on_request = echo_handler};
    struct http_server *server = http_server_create(&fixture.context, &options);
    bool is_closed = false;
    http_server_destroy(server, 1000, on_drained, &is_closed);
    cr_assert(!is_closed, "on_closed ran inside the call");
    pump_until(&fixture, &is_closed);
    http_server_destroy(NULL, 0, NULL, NULL);
}

static void destroying_handler(void *ctx, struct http_exchange *exchange)
{
    http_server_destroy(fixture.server, 0, on_drained, ctx);
    fixture.server = NULL;
    cr_assert(http_is_gone(exchange));
    http_respond(exchange, 200, no_headers, SLICE("?"));
}

Test(server, a_handler_may_destroy_the_server)
{
    bool is_closed = false;
    fixture_serve(&fixture, destroying_handler, &is_closed, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/1") GET("/2"));
    (void)client_read_end(&fixture, fd, &received);
    pump_until(&fixture, &is_closed);
}

Test(server, an_address_in_use_is_named)
{
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    struct fault fault;
    uint16_t port;
    cr_assert_eq(http_server_listen(fixture.server, "127.0.0.1", fixture.port, &port, &fault),
                 STATUS_UNAVAILABLE);
    char wanted[64];
    (void)snprintf(wanted, sizeof(wanted), "cannot listen on 127.0.0.1:%u: address already in use",
                   (unsigned)fixture.port);
    cr_assert_str_eq(fault.text, wanted);
    cr_assert_eq(http_server_listen(fixture.server, "192.0.2.1", 0, &port, &fault),
                 STATUS_UNAVAILABLE);
    cr_assert_eq(http_server_listen(fixture.server, "localhost", 0, &port, &fault), STATUS_OK);
    cr_assert_neq(port, 0);
    cr_assert_neq(port, fixture.port);
}

/* --- answers that wait for the next of their pipeline --- */

/* "/now" and "/error" are answered at once, "/later" when the test says so. */
static void merging_handler(void *ctx, struct http_exchange *exchange)
{
    struct slice path = http_request(exchange)->path;
    if (slice_is(path, "/later")) {
        keeping_handler(ctx, exchange);
    } else {
        http_respond(exchange, slice_is(path, "/error") ? 403 : 202, no_headers, SLICE("at once"));
    }
}

static void serve_merging(struct keeper *keeper)
{
    struct http_server_options options = {
        .on_request = merging_handler, .ctx = keeper, .merges_pipelined = true};
    struct fault fault;
    fixture.server = http_server_create(&fixture.context, &options);
    cr_assert_eq(http_server_listen(fixture.server, "127.0.0.1", 0, &fixture.port, &fault),
                 STATUS_OK, "%s", fault.text);
}

/* What the client has after the loop went round a few times; far less than HELD_MS. */
static ssize_t received_now(int fd, char *bytes, size_t max)
{
    for (int i = 0; i < 10; i++) {
        uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    return recv(fd, bytes, max, MSG_DONTWAIT);
}

Test(server, an_answer_waits_for_the_next_one_of_a_pipeline_and_goes_out_with_it)
{
    struct keeper keeper = {0};
    char bytes[4096];
    serve_merging(&keeper);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/now") GET("/now") GET("/later"));
    pump_until(&fixture, &keeper.has_one);
    cr_assert_lt(received_now(fd, bytes, sizeof bytes), 0, "both were to wait");
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("the event"));
    ssize_t count = received_now(fd, bytes, sizeof bytes - 1);
    cr_assert_gt(count, 0);
    bytes[count] = '\0';
    const char *second = strstr(bytes + 1, "HTTP/1.1 202");
    const char *third = strstr(bytes, "HTTP/1.1 200");
    cr_assert(strncmp(bytes, "HTTP/1.1 202", 12) == 0 && second != NULL && third > second, "%s",
              bytes);
    cr_assert(slice_ends_with(slice_from(bytes), SLICE("the event")));
}

Test(server, an_answer_that_waits_is_sent_when_the_next_takes_long)
{
    struct keeper keeper = {0};
    serve_merging(&keeper);
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/now") GET("/later"));
    cr_assert(client_read_until(&fixture, fd, "at once", &received));
    cr_assert_eq(keeper.count, 1);
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("the event"));
    cr_assert(client_read_until(&fixture, fd, "the event", &received));
}

Test(server, what_may_not_wait_is_sent_at_once)
{
    static const char *const requests[] = {
        GET("/now"),                             /* nothing behind it */
        GET("/now") "\r\n",                      /* a stray line end */
        GET("/now") "GET /later HTTP/1.1\r\nHo", /* half a request */
        GET("/error") GET("/later"),             /* an error */
    };
    struct keeper keeper = {0};
    serve_merging(&keeper);
    for (size_t i = 0; i < COUNT_OF(requests); i++) {
        char bytes[4096];
        ssize_t count = -1;
        AUTO_CLIENT fd = client_connect(&fixture);
        uint64_t start_ms = uv_hrtime() / 1000000;
        client_send_text(&fixture, fd, requests[i]);
        while (count < 0 && uv_hrtime() / 1000000 - start_ms < 50) {
            count = received_now(fd, bytes, sizeof bytes);
        }
        cr_expect_gt(count, 0, "case %zu", i);
    }
    for (size_t i = 0; i < keeper.count; i++) {
        http_respond(keeper.exchanges[i], 200, no_headers, SLICE_NULL);
    }
}

Test(server, a_client_that_half_closes_gets_the_answer_that_waits)
{
    struct keeper keeper = {0};
    serve_merging(&keeper);
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, GET("/now") GET("/later"));
    pump_until(&fixture, &keeper.has_one);
    shutdown(fd, SHUT_WR);
    cr_assert(client_read_until(&fixture, fd, "at once", &received));
    http_respond(keeper.exchanges[0], 200, no_headers, SLICE("the event"));
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert(slice_ends_with(buf_slice(&received), SLICE("the event")));
}
