/* Bodies in pieces, both ways: back-pressure, trailers, 100-continue, HTTP/1.0, promised lengths.
 */
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

TestSuite(stream, .init = set_up, .fini = tear_down);

/* --- out --- */

struct script {
    int status;
    int64_t content_length;
    const char *pieces[4];
    struct http_headers trailers;
};

static void scripted_handler(void *ctx, struct http_exchange *exchange)
{
    const struct script *script = ctx;
    http_stream_begin(exchange, script->status, no_headers, script->content_length);
    for (size_t i = 0; i < COUNT_OF(script->pieces) && script->pieces[i] != NULL; i++) {
        cr_assert(http_stream_write(exchange, slice_from(script->pieces[i])));
    }
    http_stream_end(exchange, script->trailers);
}

static const struct http_header trailer_items[] = {
    {SLICE_INIT("X-Sum"), SLICE_INIT("12")},
    {SLICE_INIT("X-Bad"), SLICE_INIT("a\nb")},
    {SLICE_INIT("X-End"), SLICE_INIT("yes")},
};

#define HEAD_OF(status, rest)                                                                      \
    "HTTP/1.1 " status "\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n" rest "\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define CLOSE "Connection: close\r\n"

Test(stream, each_way_to_frame_a_response_is_what_the_client_expects)
{
    static const struct {
        const char *request;
        struct script script;
        const char *want;
    } rows[] = {
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
         {200, -1, {"abc", "", "0123456789abcdef"}, {NULL, 0}},
         HEAD_OF("200 OK", CHUNKED) "3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
         {200, -1, {"abc"}, {trailer_items, 3}},
         HEAD_OF("200 OK", CHUNKED) "3\r\nabc\r\n0\r\nX-Sum: 12\r\nX-End: yes\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
         {200, -1, {NULL}, {NULL, 0}},
         HEAD_OF("200 OK", CHUNKED) "0\r\n\r\n"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
         {200, 6, {"abc", "def"}, {NULL, 0}},
         HEAD_OF("200 OK", "Content-Length: 6\r\n") "abcdef"},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
         {200, 4, {"abc", "def"}, {NULL, 0}},
         HEAD_OF("200 OK", "Content-Length: 4\r\n") "abcd"},
        {"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
         {200, -1, {"abc"}, {trailer_items, 1}},
         HEAD_OF("200 OK", CHUNKED)},
        {"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n",
         {200, 10, {"abc"}, {NULL, 0}},
         HEAD_OF("200 OK", "Content-Length: 10\r\n")},
        {"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
         {204, -1, {"abc"}, {NULL, 0}},
         HEAD_OF("204 No Content", "")},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         {200, -1, {"abc", "def"}, {trailer_items, 1}},
         HEAD_OF("200 OK", CLOSE) "abcdef"},
        {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         {200, 3, {"abc"}, {NULL, 0}},
         HEAD_OF("200 OK", "Content-Length: 3\r\nConnection: keep-alive\r\n") "abc"},
    };
    static struct script script;
    fixture_serve(&fixture, scripted_handler, &script, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        script = rows[i].script;
        AUTO_CLIENT fd = client_connect(&fixture);
        buf_clear(&received);
        client_send_text(&fixture, fd, rows[i].request);
        cr_assert(client_read_until(&fixture, fd, rows[i].want, &received), "case %zu: %s", i,
                  buf_cstr(&received));
        (void)shutdown(fd, SHUT_WR);
        cr_assert(client_read_end(&fixture, fd, &received));
        cr_expect_str_eq(buf_cstr(&received), rows[i].want, "case %zu", i);
    }
}

Test(stream, fewer_bytes_than_promised_cut_the_connection)
{
    static struct script script = {200, 10, {"abc"}, {NULL, 0}};
    fixture_serve(&fixture, scripted_handler, &script, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(!client_read_end(&fixture, fd, &received), "an orderly end: %s", buf_cstr(&received));
}

/* Writes `left` bytes as fast as the client takes them. */
struct pourer {
    struct http_exchange *exchange;
    size_t left;
    size_t most_unsent;
    size_t drains;
    bool is_done;
};

static void pour(void *ctx, struct http_exchange *exchange)
{
    static const char bytes[10000];
    struct pourer *pourer = ctx;
    pourer->drains++;
    while (pourer->left != 0) {
        size_t len = pourer->left < sizeof(bytes) ? pourer->left : sizeof(bytes);
        pourer->left -= len;
        if (!http_stream_write(exchange, slice_of(bytes, len))) {
            return;
        }
    }
    pourer->is_done = true;
    http_stream_end(exchange, no_headers);
}

static void pouring_handler(void *ctx, struct http_exchange *exchange)
{
    http_stream_begin(exchange, 200, no_headers, (int64_t)((struct pourer *)ctx)->left);
    http_on_drain(exchange, pour, ctx);
    pour(ctx, exchange);
}

Test(stream, a_writer_waits_for_a_slow_client_and_loses_nothing)
{
    static struct pourer pourer = {.left = 40000000};
    fixture_serve(&fixture, pouring_handler, &pourer, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(64u << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    pump_for(&fixture, 50);
    cr_assert(!pourer.is_done);
    cr_assert_gt(pourer.left, 20000000, "the writer was not told to wait");
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert(pourer.is_done);
    cr_assert_gt(pourer.drains, 1);
    cr_assert_eq(received.len - slice_search(buf_slice(&received), SLICE("\r\n\r\n")) - 4,
                 40000000);
}

Test(stream, a_writer_that_waits_for_a_client_that_leaves_is_called_once_more)
{
    static struct pourer pourer = {.left = 40000000};
    fixture_serve(&fixture, pouring_handler, &pourer, (struct http_limits){0});
    int fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    pump_for(&fixture, 30);
    cr_assert(!pourer.is_done);
    client_reset(&fd);
    pump_until(&fixture, &pourer.is_done);
}

/* --- in --- */

struct drinker {
    struct http_exchange *exchange;
    struct buf body;
    size_t pieces;
    size_t ends;
    bool pauses; /* after each piece */
    bool is_paused;
    bool resumes_inside;
    bool responds_first;
    bool is_ended;
    enum status status;
};

static bool on_data(void *ctx, struct http_exchange *exchange, struct slice bytes)
{
    struct drinker *drinker = ctx;
    cr_assert(!drinker->is_paused, "data while paused");
    cr_assert_neq(bytes.len, 0);
    buf_append(&drinker->body, bytes);
    drinker->pieces++;
    if (drinker->responds_first) {
        http_respond(exchange, 200, no_headers, SLICE("enough"));
        return true;
    }
    if (drinker->resumes_inside) {
        http_read_resume(exchange);
        return false;
    }
    drinker->is_paused = drinker->pauses;
    return !drinker->pauses;
}

static void on_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    struct drinker *drinker = ctx;
    cr_assert(!drinker->is_paused, "the end while paused");
    drinker->ends++;
    drinker->is_ended = true;
    drinker->status = status;
    http_respond(exchange, 200, no_headers, SLICE("end"));
}

static void drinking_handler(void *ctx, struct http_exchange *exchange)
{
    struct drinker *drinker = ctx;
    drinker->exchange = exchange;
    http_read_stream(exchange, &(struct http_reader){on_data, on_end, drinker});
}

static void drinker_reset(struct drinker *drinker)
{
    buf_finish(&drinker->body);
    *drinker = (struct drinker){.body = BUF_INIT(64u << 20)};
}

Test(stream, a_body_comes_piece_by_piece_and_ends_once)
{
    static const struct slice requests[] = {
        SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabcdef"),
        SLICE_INIT("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                   "2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n"),
    };
    static struct drinker drinker;
    fixture_serve(&fixture, drinking_handler, &drinker, (struct http_limits){.body_len = 3});
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(requests) * 4; i++) {
        drinker_reset(&drinker);
        drinker.resumes_inside = i >= COUNT_OF(requests) * 2;
        const char *got = client_talk(&fixture, requests[i / 2 % 2], i % 2 == 1, &received);
        cr_expect_not_null(strstr(got, "\r\n\r\nend"), "%zu: %s", i, got);
        cr_expect(slice_is(buf_slice(&drinker.body), "abcdef"), "%zu", i);
        cr_expect_eq(drinker.ends, 1);
        cr_expect_eq(drinker.status, STATUS_OK);
        cr_expect_eq(drinker.pieces, i % 2 == 1 ? 6 : 1 + i / 2 % 2, "%zu: %zu", i, drinker.pieces);
    }
    drinker_reset(&drinker);
}

Test(stream, a_paused_reader_stops_the_client_until_it_resumes)
{
    static struct drinker drinker;
    drinker_reset(&drinker);
    drinker.pauses = true;
    /* Long for a loaded machine, and yet shorter than the pause. */
    const uint32_t stall_ms = 1000;
    fixture_serve(&fixture, drinking_handler, &drinker,
                  (struct http_limits){.body_stall_ms = stall_ms});
    AUTO_CLIENT fd = client_connect(&fixture);
    const size_t len = 32u << 20;
    char *bytes = mem_zalloc(len);
    client_send_text(&fixture, fd,
                     "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 33554432\r\n\r\n");
    size_t sent = 0;
    for (uint64_t end = uv_hrtime() + stall_ms * UINT64_C(1500000); uv_hrtime() < end;) {
        ssize_t count = send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        pump(&fixture, -1);
    }
    cr_assert_eq(drinker.pieces, 1);
    cr_assert(!drinker.is_ended, "the pause counted as a stall");
    cr_assert_lt(sent, len, "the client was not stopped");
    while (!drinker.is_ended) {
        ssize_t count = send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);
        sent += count > 0 ? (size_t)count : 0;
        if (drinker.is_paused) {
            drinker.is_paused = false;
            http_read_resume(drinker.exchange);
        }
        pump(&fixture, -1);
    }
    cr_assert_eq(drinker.status, STATUS_OK);
    cr_assert_eq(drinker.body.len, len);
    mem_free(bytes);
    drinker_reset(&drinker);
}

Test(stream, a_handler_may_answer_before_the_body_ended)
{
    static struct drinker drinker;
    fixture_serve(&fixture, drinking_handler, &drinker, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    for (int i = 0; i < 2; i++) {
        drinker_reset(&drinker);
        drinker.responds_first = true;
        const char *got =
            client_talk(&fixture,
                        SLICE("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                              "2\r\nab\r\n4\r\ncdef\r\n0\r\n\r\n"
                              "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd"),
                        i == 1, &received);
        cr_expect_eq(drinker.ends, 0);
        const char *first = strstr(got, "enough");
        cr_assert_not_null(first, "%s", got);
        cr_expect_not_null(strstr(first + 1, "enough"), "%s", got);
    }
    drinker_reset(&drinker);
}

Test(stream, a_client_that_leaves_in_the_body_is_told_apart)
{
    static struct drinker drinker;
    fixture_serve(&fixture, drinking_handler, &drinker, (struct http_limits){0});
    for (int i = 0; i < 2; i++) {
        drinker_reset(&drinker);
        int fd = client_connect(&fixture);
        client_send_text(&fixture, fd,
                         "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nabc");
        while (drinker.pieces == 0) {
            pump(&fixture, -1);
        }
        if (i == 0) {
            client_close(&fd);
        } else {
            client_reset(&fd);
        }
        pump_until(&fixture, &drinker.is_ended);
        cr_expect_eq(drinker.status, i == 0 ? STATUS_INVALID : STATUS_CANCELLED);
        cr_expect_eq(drinker.ends, 1);
    }
    drinker_reset(&drinker);
}

/* --- Expect: 100-continue --- */

struct reader_later {
    struct http_exchange *exchange;
    bool has_one;
};

static void waiting_handler(void *ctx, struct http_exchange *exchange)
{
    struct reader_later *later = ctx;
    later->exchange = exchange;
    later->has_one = true;
}

#define EXPECTING "POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 5\r\n\r\n"

Test(stream, the_client_is_asked_to_continue_when_the_handler_reads)
{
    struct reader_later later = {0};
    fixture_serve(&fixture, waiting_handler, &later, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, EXPECTING);
    pump_until(&fixture, &later.has_one);
    pump_for(&fixture, 20);
    char byte;
    cr_assert_eq(recv(fd, &byte, 1, 0), -1, "nobody reads yet");
    echo_handler(NULL, later.exchange);
    cr_assert(client_read_until(&fixture, fd, "HTTP/1.1 100 Continue\r\n\r\n", &received));
    client_send_text(&fixture, fd, "hello");
    cr_assert(client_read_until(&fixture, fd, "|hello|", &received));
    cr_assert_null(strstr(buf_cstr(&received), "Connection: close"));
}

Test(stream, an_expecting_client_that_is_refused_is_not_waited_for)
{
    struct reader_later later = {0};
    fixture_serve(&fixture, waiting_handler, &later, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, EXPECTING);
    pump_until(&fixture, &later.has_one);
    http_respond(later.exchange, 403, no_headers, SLICE("no"));
    cr_assert(client_read_end(&fixture, fd, &received));
    cr_assert_null(strstr(buf_cstr(&received), "100 Continue"));
    cr_assert_not_null(strstr(buf_cstr(&received), CLOSE));
}

Test(stream, an_http10_client_is_never_asked_to_continue)
{
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 20);
    const char *got = client_talk(
        &fixture, SLICE("POST /p HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi"),
        false, &received);
    cr_assert(slice_starts_with(slice_from(got), SLICE("HTTP/1.1 200 ")), "%s", got);
}
