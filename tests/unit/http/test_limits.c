/* What a client may cost: every limit of struct http_limits, and what is said when it is reached.
 */
#include "support.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture fixture;

static void set_up(void)
{
    fixture_init(&fixture);
}

static void tear_down(void)
{
    fixture_finish(&fixture);
}

TestSuite(limits, .init = set_up, .fini = tear_down);

static void serve(struct http_limits limits)
{
    fixture_serve(&fixture, echo_handler, NULL, limits);
}

/* "GET /<filler> HTTP/1.1..." so that the whole head has `len` bytes. */
static void make_head(struct buf *request, size_t len, bool in_target)
{
    static const char end[] = "\r\n\r\n";
    buf_clear(request);
    buf_append_text(request, in_target ? "GET /" : "GET / HTTP/1.1\r\nHost: x\r\nA: ");
    size_t rest = in_target ? strlen(" HTTP/1.1\r\nHost: x") : 0;
    while (request->len + rest + sizeof(end) - 1 < len) {
        buf_append_char(request, 'a');
    }
    buf_append_text(request, in_target ? " HTTP/1.1\r\nHost: x" : "");
    buf_append_text(request, end);
    cr_assert_eq(request->len, len);
}

Test(limits, a_head_of_exactly_the_limit_is_taken_and_one_byte_more_refused)
{
    serve((struct http_limits){.head_len = 2000});
    AUTO_BUF request = BUF_INIT(1 << 20);
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (int slow = 0; slow < 2; slow++) {
        make_head(&request, 2000, false);
        const char *got = client_talk(&fixture, buf_slice(&request), slow == 1, &received);
        cr_expect_not_null(strstr(got, "HTTP/1.1 200 "), "%s", got);
        make_head(&request, 2001, false);
        got = client_talk(&fixture, buf_slice(&request), slow == 1, &received);
        cr_expect_not_null(strstr(got, "HTTP/1.1 431 "), "%s", got);
        cr_expect_not_null(strstr(got, "Connection: close"), "%s", got);
    }
}

Test(limits, a_target_that_alone_exceeds_the_head_is_414)
{
    serve((struct http_limits){.head_len = 2000});
    AUTO_BUF request = BUF_INIT(1 << 20);
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (int slow = 0; slow < 2; slow++) {
        make_head(&request, 5000, true);
        const char *got = client_talk(&fixture, buf_slice(&request), slow == 1, &received);
        cr_expect_not_null(strstr(got, "HTTP/1.1 414 "), "%s", got);
    }
}

Test(limits, a_header_line_of_megabytes_is_taken_where_the_listener_allows_it)
{
    serve((struct http_limits){.head_len = 8u << 20});
    AUTO_BUF request = BUF_INIT(16u << 20);
    AUTO_BUF received = BUF_INIT(16u << 20);
    make_head(&request, 3u << 20, false);
    const char *got = client_talk(&fixture, buf_slice(&request), false, &received);
    cr_assert(slice_starts_with(slice_from(got), SLICE("HTTP/1.1 200 ")));
    cr_assert_gt(received.len, (3u << 20) - 100);
}

Test(limits, one_header_too_many_is_431)
{
    serve((struct http_limits){.header_count = 40});
    AUTO_BUF request = BUF_INIT(1 << 20);
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (int count = 40; count <= 41; count++) {
        buf_clear(&request);
        buf_append_text(&request, "GET / HTTP/1.1\r\nHost: x\r\n");
        for (int i = 1; i < count; i++) {
            buf_printf(&request, "A%d: b\r\n", i);
        }
        buf_append_text(&request, "\r\n");
        for (int slow = 0; slow < 2; slow++) {
            const char *got = client_talk(&fixture, buf_slice(&request), slow == 1, &received);
            cr_expect_not_null(strstr(got, count == 40 ? "HTTP/1.1 200 " : "HTTP/1.1 431 "),
                               "%d: %s", count, got);
        }
    }
}

Test(limits, a_body_beyond_the_limit_is_413_whichever_way_it_is_framed)
{
    serve((struct http_limits){.body_len = 10});
    static const struct {
        const char *rest, *want;
    } rows[] = {
        {"Content-Length: 10\r\n\r\n0123456789", "HTTP/1.1 200 "},
        {"Content-Length: 11\r\n\r\n01234567890", "HTTP/1.1 413 "},
        {"Content-Length: 9000000000\r\n\r\n0123", "HTTP/1.1 413 "},
        {"Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n",
         "HTTP/1.1 200 "},
        {"Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n567890\r\n0\r\n\r\n",
         "HTTP/1.1 413 "},
    };
    AUTO_BUF request = BUF_INIT(1 << 20);
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows) * 2; i++) {
        buf_clear(&request);
        buf_printf(&request, "POST / HTTP/1.1\r\nHost: x\r\n%s", rows[i / 2].rest);
        const char *got = client_talk(&fixture, buf_slice(&request), i % 2 == 1, &received);
        cr_expect_not_null(strstr(got, rows[i / 2].want), "case %zu: %s", i, got);
        if (strstr(rows[i / 2].want, "413") != NULL) {
            cr_expect_not_null(strstr(got, "{\"message\":\"too large\"}"), "case %zu: %s", i, got);
        }
    }
}

Test(limits, a_client_that_sends_too_much_still_reads_its_413)
{
    serve((struct http_limits){.body_len = 1000});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_BUF body = BUF_INIT(4u << 20);
    memset(buf_reserve(&body, 3u << 20), 'a', 3u << 20);
    buf_advance(&body, 3u << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3145728\r\n\r\n");
    client_send(&fixture, fd, buf_slice(&body));
    cr_assert(client_read_until(&fixture, fd, "HTTP/1.1 413 ", &received));
    cr_assert(client_read_end(&fixture, fd, &received), "reset");
}

Test(limits, a_head_that_comes_too_slowly_is_408)
{
    serve((struct http_limits){.head_ms = 50});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHo");
    uint64_t start = uv_hrtime();
    cr_assert(client_read_until(&fixture, fd, "HTTP/1.1 408 ", &received));
    cr_assert_geq(uv_hrtime() - start, 40000000u);
    cr_assert(client_read_end(&fixture, fd, &received));
}

Test(limits, single_bytes_do_not_keep_a_slow_head_alive)
{
    serve((struct http_limits){.head_ms = 100});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nA: ");
    for (int i = 0; i < 200 && received.len == 0; i++) {
        client_send_text(&fixture, fd, "a");
        pump_for(&fixture, 5);
        char bytes[512];
        ssize_t count = recv(fd, bytes, sizeof(bytes), 0);
        buf_append(&received, slice_of(bytes, count > 0 ? (size_t)count : 0));
    }
    cr_assert_not_null(strstr(buf_cstr(&received), "HTTP/1.1 408 "));
}

static bool is_body_told;
static enum status body_told;
static bool is_gone_told;

static void on_gone(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    cr_assert(http_is_gone(exchange));
    cr_assert(!is_gone_told);
    is_gone_told = true;
}

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    (void)ctx;
    (void)body;
    is_body_told = true;
    body_told = status;
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, SLICE("late"));
}

static void watching_handler(void *ctx, struct http_exchange *exchange)
{
    http_on_gone(exchange, on_gone, NULL);
    http_read_all(exchange, on_body, ctx);
}

Test(limits, a_body_that_stalls_is_408_and_the_handler_hears_of_it)
{
    fixture_serve(&fixture, watching_handler, NULL, (struct http_limits){.body_stall_ms = 50});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
    cr_assert(client_read_until(&fixture, fd, "HTTP/1.1 408 ", &received));
    cr_assert(is_gone_told);
    cr_assert(is_body_told);
    cr_assert_eq(body_told, STATUS_CANCELLED);
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert_null(strstr(buf_cstr(&received), "late"));
}

Test(limits, an_idle_connection_is_closed_without_words)
{
    serve((struct http_limits){.idle_ms = 50});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fresh = client_connect(&fixture);
    cr_assert(client_read_end(&fixture, fresh, &received));
    cr_assert_eq(received.len, 0);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(client_read_until(&fixture, fd, "GET|/|", &received));
    buf_clear(&received);
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert_null(strstr(buf_cstr(&received), "HTTP"));
}

static void big_handler(void *ctx, struct http_exchange *exchange)
{
    const size_t len = 32u << 20;
    http_on_gone(exchange, on_gone, ctx);
    char *bytes = mem_zalloc(len);
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, slice_of(bytes, len));
    mem_free(bytes);
}

Test(limits, a_client_that_reads_nothing_is_reset)
{
    fixture_serve(&fixture, big_handler, NULL, (struct http_limits){.write_stall_ms = 60});
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    bool is_over = false;
    for (int i = 0; i < 2000 && !is_over; i++) {
        pump(&fixture, -1);
        is_over = i > 50 && http_server_connections(fixture.server) == 0;
    }
    cr_assert(is_over);
    AUTO_BUF received = BUF_INIT(64u << 20);
    cr_assert(!client_read_end(&fixture, fd, &received), "an orderly end of half an answer");
}

Test(limits, a_client_that_reads_slowly_is_not_reset)
{
    fixture_serve(&fixture, big_handler, NULL, (struct http_limits){.write_stall_ms = 1500});
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    AUTO_BUF received = BUF_INIT(64u << 20);
    /* Longer than the limit in all, and far from it between two reads, on a busy machine too. */
    for (int i = 0; i < 100; i++) {
        pump_for(&fixture, 20);
        char *bytes = buf_reserve(&received, 1u << 20);
        ssize_t count = recv(fd, bytes, 1u << 20, 0);
        buf_advance(&received, count > 0 ? (size_t)count : 0);
    }
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert_gt(received.len, 32u << 20, "%zu bytes", received.len);
}

static void expect_answer(int fd, const char *request, const char *want)
{
    AUTO_BUF received = BUF_INIT(1 << 20);
    client_send_text(&fixture, fd, request);
    cr_expect(client_read_until(&fixture, fd, want, &received), "%s", want);
}

#define POST_HEAD "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
#define GET_REQUEST "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

Test(limits, connections_beyond_the_maximum_get_503_when_all_are_at_work)
{
    serve((struct http_limits){.connections = 3});
    int fds[3];
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = client_connect(&fixture);
        expect_answer(fds[i], POST_HEAD, "HTTP/1.1 100 ");
    }
    cr_assert_eq(http_server_connections(fixture.server), 3);
    AUTO_CLIENT fourth = client_connect(&fixture);
    expect_answer(fourth, GET_REQUEST, "HTTP/1.1 503 ");
    client_close(&fourth);
    client_close(&fds[0]);
    while (http_server_connections(fixture.server) > 2) {
        pump(&fixture, -1);
    }
    AUTO_CLIENT fifth = client_connect(&fixture);
    expect_answer(fifth, GET_REQUEST, "GET|/|");
    client_close(&fds[1]);
    client_close(&fds[2]);
}

Test(limits, who_is_silent_longest_makes_room_for_a_new_connection)
{
    serve((struct http_limits){.connections = 3});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT head = client_connect(&fixture);
    client_send_text(&fixture, head, "GET / HTTP/1.1\r\nHost: ");
    AUTO_CLIENT older = client_connect(&fixture);
    expect_answer(older, GET_REQUEST, "GET|/|");
    pump_for(&fixture, 5);
    AUTO_CLIENT newer = client_connect(&fixture);
    expect_answer(newer, GET_REQUEST, "GET|/|");
    AUTO_CLIENT fourth = client_connect(&fixture);
    expect_answer(fourth, POST_HEAD, "HTTP/1.1 100 ");
    cr_expect(client_read_end(&fixture, older, &received), "the one that was idle longest");
    expect_answer(newer, POST_HEAD, "HTTP/1.1 100 ");
    AUTO_CLIENT fifth = client_connect(&fixture);
    expect_answer(fifth, GET_REQUEST, "GET|/|");
    cr_expect(client_read_end(&fixture, head, &received),
              "nobody is idle: a head that is not whole");
}

Test(limits, the_server_goes_on_after_it_ran_out_of_descriptors)
{
    serve((struct http_limits){0});
    int before[8];
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        before[i] = client_connect(&fixture); /* in the kernel's queue, not accepted yet */
    }
    struct rlimit old;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &old), 0);
    int next = dup(0);
    struct rlimit none = {(rlim_t)next, old.rlim_max};
    client_close(&next);
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    for (int i = 0; i < 20; i++) {
        (void)uv_run(&fixture.loop, UV_RUN_NOWAIT);
    }
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &old), 0);
    for (size_t i = 0; i < COUNT_OF(before); i++) {
        client_close(&before[i]);
    }
    AUTO_BUF received = BUF_INIT(1 << 20);
    const char *got =
        client_talk(&fixture, SLICE("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), false, &received);
    cr_assert_not_null(strstr(got, "GET|/|"), "%s", got);
}

Test(limits, a_thousand_idle_connections_cost_little_memory)
{
    serve((struct http_limits){0});
    struct rlimit limit;
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_max < 2100) {
        return;
    }
    size_t before;
    size_t after;
    cr_assert_eq(uv_resident_set_memory(&before), 0);
    static int fds[1000];
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        fds[i] = client_connect(&fixture);
        client_send_text(&fixture, fds[i], "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        buf_clear(&received);
        cr_assert(client_read_until(&fixture, fds[i], "GET|/|", &received));
    }
    cr_assert_eq(http_server_connections(fixture.server), 1000);
    cr_assert_eq(uv_resident_set_memory(&after), 0);
    for (size_t i = 0; i < COUNT_OF(fds); i++) {
        client_close(&fds[i]);
    }
#if !defined(__SANITIZE_ADDRESS__)
    cr_assert_lt(after - before, 3u << 20, "%zu bytes for 1000 connections", after - before);
#endif
}
