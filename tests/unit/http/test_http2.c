/* HTTP/2 with prior knowledge: the same exchanges as in HTTP/1.1, on streams. */
#include "h2_client.h"

#include "core/http/websocket.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static const struct http_headers no_headers = {NULL, 0};

static struct fixture fixture;
static struct h2_client client;

static void set_up(void)
{
    fixture_init(&fixture);
    fixture.speaks_http2 = true;
}

static void tear_down(void)
{
    h2_client_close(&client);
    fixture_finish(&fixture);
}

TestSuite(http2, .init = set_up, .fini = tear_down);

static void serve(http_request_fn *on_request, void *ctx, struct http_limits limits)
{
    fixture_serve(&fixture, on_request, ctx, limits);
    h2_client_open(&client, &fixture, 0);
}

static struct h2_answer *talk(const struct h2_request *request)
{
    return h2_client_wait(&client, h2_client_send(&client, request));
}

/* --- requests --- */

Test(http2, a_handler_sees_what_it_would_see_in_http_1)
{
    static const struct {
        struct h2_request request;
        const char *want;
    } rows[] = {
        {{.path = "/a%20b?c=d"}, "GET|/a%20b|c=d|host=x||"},
        {{.path = "/", .headers = {"a", "1", "b", ""}}, "GET|/||host=x,a=1,b=||"},
        {{.path = "*", .method = "OPTIONS"}, "OPTIONS|/||host=x||"},
        {{.path = "/", .body = SLICE_INIT("hello")}, "POST|/||host=x|hello|"},
        {{.path = "/", .headers = {"content-length", "5"}, .body = SLICE_INIT("hello")},
         "POST|/||host=x,content-length=5|hello|"},
        {{.path = "/", .method = "PUT", .body = SLICE_INIT("")}, "PUT|/||host=x||"},
        {{.path = "/", .body = SLICE_INIT("hi"), .trailers = {"sum", "7"}},
         "POST|/||host=x|hi|sum=7"},
        {{.path = "/", .headers = {"cookie", "a=1", "x", "y", "cookie", "b=2"}},
         "GET|/||host=x,cookie=a=1; b=2,x=y||"},
        {{.path = "/", .headers = {"host", "x"}}, "GET|/||host=x||"},
    };
    serve(echo_handler, NULL, (struct http_limits){0});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct h2_answer *answer = talk(&rows[i].request);
        cr_expect_str_eq(buf_cstr(&answer->body), rows[i].want, "case %zu", i);
        cr_expect_eq(answer->code, NGHTTP2_NO_ERROR);
    }
    cr_expect_eq(http_server_connections(fixture.server), 1);
}

Test(http2, a_request_may_come_byte_by_byte)
{
    serve(echo_handler, NULL, (struct http_limits){0});
    struct h2_request request = {
        .path = "/p", .body = SLICE("hello"), .trailers = {"sum", "7"}, .headers = {"a", "b"}};
    int32_t id = h2_client_send(&client, &request);
    const uint8_t *bytes;
    ssize_t len;
    while ((len = nghttp2_session_mem_send(client.session, &bytes)) > 0) {
        client_send_slowly(&fixture, client.fd, slice_of((const char *)bytes, (size_t)len));
    }
    cr_expect_str_eq(buf_cstr(&h2_client_wait(&client, id)->body),
                     "POST|/p||host=x,a=b|hello|sum=7");
}

Test(http2, a_large_body_comes_whole)
{
    serve(echo_handler, NULL, (struct http_limits){0});
    char *body = mem_zalloc(5 << 20);
    memset(body, 'b', 5 << 20);
    struct h2_request request = {.path = "/", .body = slice_of(body, 5 << 20)};
    struct h2_answer *answer = talk(&request);
    cr_expect_eq(answer->body.len, strlen("POST|/||host=x||") + (5 << 20));
    mem_free(body);
}

static void head_handler(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    static const struct http_header items[] = {
        {SLICE_INIT("Content-Type"), SLICE_INIT("text/plain")},
        {SLICE_INIT("Connection"), SLICE_INIT("close")},
        {SLICE_INIT("Transfer-Encoding"), SLICE_INIT("chunked")},
        {SLICE_INIT("Upgrade"), SLICE_INIT("h2c")},
        {SLICE_INIT("X-Bad"), SLICE_INIT("a\nb")},
    };
    http_respond(exchange, slice_is(http_request(exchange)->path, "/none") ? 204 : 200,
                 (struct http_headers){items, COUNT_OF(items)}, SLICE("hello"));
}

Test(http2, a_response_has_lower_case_names_and_nothing_of_the_connection)
{
    serve(head_handler, NULL, (struct http_limits){0});
    static const char head[] =
        ":status=200,content-type=text/plain,date=Sun, 06 Nov 1994 08:49:37 GMT,content-length=5";
    struct h2_answer *answer = talk(&(struct h2_request){.path = "/"});
    cr_expect_str_eq(buf_cstr(&answer->head), head);
    cr_expect_str_eq(buf_cstr(&answer->body), "hello");
    answer = talk(&(struct h2_request){.path = "/", .method = "HEAD"});
    cr_expect_str_eq(buf_cstr(&answer->head), head);
    cr_expect_eq(answer->body.len, 0);
    answer = talk(&(struct h2_request){.path = "/none"});
    cr_expect_str_eq(buf_cstr(&answer->head),
                     ":status=204,content-type=text/plain,date=Sun, 06 Nov 1994 08:49:37 GMT");
}

Test(http2, leave_to_send_a_body_is_given_when_the_handler_reads_it)
{
    serve(echo_handler, NULL, (struct http_limits){0});
    struct h2_answer *answer = talk(&(struct h2_request){
        .path = "/", .headers = {"expect", "100-continue"}, .body = SLICE("x")});
    cr_expect(answer->is_continued);
    answer =
        talk(&(struct h2_request){.path = "/", .headers = {"expect", "tea"}, .body = SLICE("x")});
    cr_expect_not_null(strstr(buf_cstr(&answer->head), ":status=417"));
}

Test(http2, what_cannot_be_served_is_refused_and_the_connection_goes_on)
{
    static char long_value[3000];
    memset(long_value, 'v', sizeof(long_value) - 1);
    static const struct {
        struct h2_request request;
        const char *want;
    } rows[] = {
        {{.path = "/", .headers = {"a", long_value}}, ":status=431"},
        {{.path = "/#fragment"}, ":status=400"},
        {{.path = "/", .headers = {"a", "1", "b", "2", "c", "3", "d", "4"}}, ":status=431"},
        {{.path = "/", .body = SLICE_INIT("0123456789abcdef!")}, ":status=413"},
        {{.path = "/", .headers = {"content-length", "17"}, .is_open = true}, ":status=413"},
        {{.path = "/", .body = SLICE_INIT("0123456789abcdef")}, ":status=200"},
    };
    serve(echo_handler, NULL,
          (struct http_limits){
              .head_len = 2000, .header_count = 3, .body_len = 16, .body_stall_ms = 300});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct h2_answer *answer = talk(&rows[i].request);
        cr_expect_not_null(strstr(buf_cstr(&answer->head), rows[i].want), "case %zu: %s", i,
                           buf_cstr(&answer->head));
        cr_expect(!client.is_ended);
    }
}

static void upgrade_handler(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    int status = websocket_check(http_request(exchange));
    http_respond(exchange, status, websocket_refusal_headers(status), SLICE_NULL);
}

Test(http2, an_upgrade_is_no_matter_of_http2)
{
    serve(upgrade_handler, NULL, (struct http_limits){0});
    struct h2_answer *answer = talk(&(struct h2_request){.path = "/"});
    cr_expect_not_null(strstr(buf_cstr(&answer->head), ":status=426"));
    cr_expect_null(strstr(buf_cstr(&answer->head), "upgrade"), "%s", buf_cstr(&answer->head));
}

/* --- several at once --- */

struct held {
    struct http_exchange *exchanges[8];
    size_t count;
    size_t gone_count;
    bool is_gone;
};

static void on_gone(void *ctx, struct http_exchange *exchange)
{
    struct held *held = ctx;
    cr_expect(http_is_gone(exchange));
    held->gone_count++;
    held->is_gone = true;
    http_respond(exchange, 200, no_headers, SLICE("nobody"));
}

static void holding_handler(void *ctx, struct http_exchange *exchange)
{
    struct held *held = ctx;
    http_on_gone(exchange, on_gone, held);
    held->exchanges[held->count++] = exchange;
}

static void wait_held(struct held *held, size_t count)
{
    uint64_t end = uv_hrtime() + WAIT_MS * UINT64_C(1000000);
    while (held->count < count) {
        cr_assert_lt(uv_hrtime(), end);
        h2_client_turn(&client);
    }
}

Test(http2, streams_are_answered_in_any_order)
{
    struct held held = {0};
    serve(holding_handler, &held, (struct http_limits){0});
    static const struct h2_request request = {.path = "/"};
    int32_t first = h2_client_send(&client, &request);
    int32_t second = h2_client_send(&client, &request);
    wait_held(&held, 2);
    http_respond(held.exchanges[1], 200, no_headers, SLICE("two"));
    cr_expect_str_eq(buf_cstr(&h2_client_wait(&client, second)->body), "two");
    cr_expect(!h2_client_answer(&client, first)->is_closed);
    http_respond(held.exchanges[0], 200, no_headers, SLICE("one"));
    cr_expect_str_eq(buf_cstr(&h2_client_wait(&client, first)->body), "one");
}

Test(http2, a_reset_stream_is_gone_and_the_others_stay)
{
    struct held held = {0};
    serve(holding_handler, &held, (struct http_limits){0});
    static const struct h2_request request = {.path = "/"};
    int32_t first = h2_client_send(&client, &request);
    int32_t second = h2_client_send(&client, &request);
    wait_held(&held, 2);
    cr_assert_eq(nghttp2_submit_rst_stream(client.session, 0, first, NGHTTP2_CANCEL), 0);
    h2_client_turn(&client);
    pump_until(&fixture, &held.is_gone);
    cr_expect_eq(held.gone_count, 1);
    http_respond(held.exchanges[1], 200, no_headers, SLICE("two"));
    cr_expect_str_eq(buf_cstr(&h2_client_wait(&client, second)->body), "two");
}

Test(http2, all_exchanges_are_gone_when_the_client_leaves)
{
    struct held held = {0};
    serve(holding_handler, &held, (struct http_limits){0});
    static const struct h2_request request = {.path = "/"};
    (void)h2_client_send(&client, &request);
    (void)h2_client_send(&client, &request);
    wait_held(&held, 2);
    client_close(&client.fd);
    pump_until(&fixture, &held.is_gone);
    pump_for(&fixture, 5);
    cr_expect_eq(held.gone_count, 2);
    cr_expect_eq(http_server_connections(fixture.server), 0);
}

Test(http2, more_streams_than_allowed_are_refused)
{
    struct held held = {0};
    serve(holding_handler, &held, (struct http_limits){.streams = 2});
    static const struct h2_request request = {.path = "/"};
    int32_t ids[3];
    for (size_t i = 0; i < 3; i++) {
        ids[i] = h2_client_send(&client, &request);
    }
    cr_expect_eq(h2_client_wait(&client, ids[2])->code, NGHTTP2_REFUSED_STREAM);
    cr_expect_eq(held.count, 2);
    http_respond(held.exchanges[0], 200, no_headers, SLICE("one"));
    http_respond(held.exchanges[1], 200, no_headers, SLICE("two"));
    cr_expect_str_eq(buf_cstr(&h2_client_wait(&client, ids[1])->body), "two");
}

/* --- the end --- */

static void set_flag(void *ctx)
{
    bool *flag = ctx;
    *flag = true;
}

Test(http2, draining_lets_streams_end_and_takes_no_more)
{
    struct held held = {0};
    serve(holding_handler, &held, (struct http_limits){0});
    static const struct h2_request request = {.path = "/"};
    int32_t id = h2_client_send(&client, &request);
    wait_held(&held, 1);
    struct http_server *server = fixture.server;
    fixture.server = NULL;
    bool is_closed = false;
    http_server_destroy(server, 60000, set_flag, &is_closed);
    uint64_t end = uv_hrtime() + WAIT_MS * UINT64_C(1000000);
    while (!client.has_goaway) {
        cr_assert_lt(uv_hrtime(), end);
        h2_client_turn(&client);
    }
    cr_expect_eq(client.goaway_code, NGHTTP2_NO_ERROR);
    http_respond(held.exchanges[0], 200, no_headers, SLICE("last"));
    cr_expect_str_eq(buf_cstr(&h2_client_wait(&client, id)->body), "last");
    h2_client_wait_end(&client);
    pump_until(&fixture, &is_closed);
}

Test(http2, an_idle_connection_is_told_to_go)
{
    serve(echo_handler, NULL, (struct http_limits){.idle_ms = 120});
    (void)talk(&(struct h2_request){.path = "/"});
    h2_client_wait_end(&client);
    cr_expect(client.has_goaway);
    cr_expect_eq(client.goaway_code, NGHTTP2_NO_ERROR);
}

static void aborting_handler(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    if (slice_is(http_request(exchange)->path, "/short")) {
        http_stream_begin(exchange, 200, no_headers, 10);
        (void)http_stream_write(exchange, SLICE("abc"));
        http_stream_end(exchange, no_headers);
    } else if (slice_is(http_request(exchange)->path, "/abort")) {
        http_stream_begin(exchange, 200, no_headers, -1);
        http_abort(exchange);
    } else {
        http_respond(exchange, 200, no_headers, SLICE("fine"));
    }
}

Test(http2, a_response_that_fails_half_way_resets_its_stream_only)
{
    serve(aborting_handler, NULL, (struct http_limits){0});
    cr_expect_eq(talk(&(struct h2_request){.path = "/short"})->code, NGHTTP2_INTERNAL_ERROR);
    cr_expect_eq(talk(&(struct h2_request){.path = "/abort"})->code, NGHTTP2_INTERNAL_ERROR);
    cr_expect_str_eq(buf_cstr(&talk(&(struct h2_request){.path = "/"})->body), "fine");
}

Test(http2, the_rest_of_a_body_that_nobody_reads_is_stopped)
{
    serve(aborting_handler, NULL, (struct http_limits){0});
    char *body = mem_zalloc(8 << 20);
    struct h2_request small = {.path = "/", .body = slice_of(body, 1000)};
    struct h2_request large = {.path = "/", .body = slice_of(body, 8 << 20)};
    cr_expect_str_eq(buf_cstr(&talk(&small)->body), "fine");
    struct h2_answer *answer = talk(&large);
    cr_expect_str_eq(buf_cstr(&answer->body), "fine");
    cr_expect_eq(answer->code, NGHTTP2_NO_ERROR);
    cr_expect_str_eq(buf_cstr(&talk(&small)->body), "fine");
    mem_free(body);
}

/* --- pieces, and back-pressure --- */

struct script {
    struct http_exchange *exchange;
    struct buf body;
    bool is_paused;
    bool is_ended;
    enum status status;
    size_t written;
    size_t drains;
};

static bool on_piece(void *ctx, struct http_exchange *exchange, struct slice bytes)
{
    (void)exchange;
    struct script *script = ctx;
    buf_append(&script->body, bytes);
    script->is_paused = true;
    return false;
}

static void on_pieces_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    struct script *script = ctx;
    script->is_ended = true;
    script->status = status;
    http_respond(exchange, 200, no_headers, SLICE("read"));
}

static void reading_handler(void *ctx, struct http_exchange *exchange)
{
    struct script *script = ctx;
    script->exchange = exchange;
    http_read_stream(exchange, &(struct http_reader){on_piece, on_pieces_end, script});
}

Test(http2, a_reader_that_pauses_stops_the_client_at_its_window)
{
    struct script script = {.body = BUF_INIT(1 << 25)};
    serve(reading_handler, &script, (struct http_limits){0});
    char *body = mem_zalloc(4 << 20);
    struct h2_request request = {.path = "/", .body = slice_of(body, 4 << 20)};
    int32_t id = h2_client_send(&client, &request);
    uint64_t end = uv_hrtime() + WAIT_MS * UINT64_C(1000000);
    while (!script.is_paused) {
        cr_assert_lt(uv_hrtime(), end);
        h2_client_turn(&client);
    }
    for (int i = 0; i < 50; i++) {
        h2_client_turn(&client);
    }
    cr_expect_leq(nghttp2_session_get_stream_remote_window_size(client.session, id), 0);
    cr_expect_lt(script.body.len, 1 << 20);
    cr_expect_eq(nghttp2_session_get_remote_window_size(client.session) > 0, true,
                 "other streams may still send");
    while (!script.is_ended) {
        cr_assert_lt(uv_hrtime(), end);
        if (script.is_paused) {
            script.is_paused = false;
            http_read_resume(script.exchange);
        }
        h2_client_turn(&client);
    }
    cr_expect_eq(script.status, STATUS_OK);
    cr_expect_eq(script.body.len, 4 << 20);
    (void)h2_client_wait(&client, id);
    buf_finish(&script.body);
    mem_free(body);
}

Test(http2, a_body_that_stalls_is_refused)
{
    serve(echo_handler, NULL, (struct http_limits){.body_stall_ms = 150});
    struct h2_answer *answer =
        talk(&(struct h2_request){.path = "/", .body = SLICE("abc"), .is_open = true});
    cr_expect_not_null(strstr(buf_cstr(&answer->head), ":status=408"), "%s",
                       buf_cstr(&answer->head));
    cr_expect_eq(answer->code, NGHTTP2_NO_ERROR);
    cr_expect(!client.is_ended);
}

#define PIECES 200
static char piece[16384];

static void write_on(void *ctx, struct http_exchange *exchange)
{
    struct script *script = ctx;
    static const struct http_header trailer = {SLICE_INIT("X-Sum"), SLICE_INIT("12")};
    while (script->written < PIECES) {
        script->written++;
        if (!http_stream_write(exchange, slice_of(piece, sizeof(piece)))) {
            script->drains++;
            return;
        }
    }
    http_stream_end(exchange, (struct http_headers){&trailer, 1});
}

static void writing_handler(void *ctx, struct http_exchange *exchange)
{
    http_stream_begin(exchange, 200, no_headers, -1);
    http_on_drain(exchange, write_on, ctx);
    write_on(ctx, exchange);
}

Test(http2, a_writer_waits_for_the_client_and_ends_with_its_trailers)
{
    struct script script = {0};
    serve(writing_handler, &script, (struct http_limits){0});
    client.reads = false;
    int32_t id = h2_client_send(&client, &(struct h2_request){.path = "/"});
    for (int i = 0; i < 50; i++) {
        h2_client_turn(&client);
    }
    cr_expect_gt(script.written, 0);
    cr_expect_lt(script.written, PIECES / 2, "%zu pieces without anybody reading", script.written);
    client.reads = true;
    struct h2_answer *answer = h2_client_wait(&client, id);
    cr_expect_gt(script.drains, 0);
    cr_expect_eq(answer->body.len, sizeof(piece) * PIECES);
    cr_expect_not_null(strstr(buf_cstr(&answer->head), "|,x-sum=12"), "%s",
                       buf_cstr(&answer->head));
}
