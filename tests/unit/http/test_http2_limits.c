/* What an HTTP/2 client may cost: floods are answered with GOAWAY, slowness with a reset. */
#include "h2_client.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#include <sys/socket.h>

static struct fixture fixture;
static struct h2_client client;

static void set_up(void)
{
    fixture_init(&fixture);
    fixture.speaks_http2 = true;
}

static void tear_down(void)
{
    if (client.session != NULL) {
        h2_client_close(&client);
    }
    fixture_finish(&fixture);
}

TestSuite(http2_limits, .init = set_up, .fini = tear_down);

static void serve(struct http_limits limits)
{
    fixture_serve(&fixture, echo_handler, NULL, limits);
    h2_client_open(&client, &fixture, 0);
    (void)h2_client_wait(&client, h2_client_send(&client, &(struct h2_request){.path = "/"}));
}

/* "GET /" to "x" as HPACK writes it: indexes of the static table, and one literal. */
#define BLOCK SLICE("\x82\x84\x86\x41\x01x")

static void put_reset(struct buf *out, int32_t id)
{
    h2_put_frame(out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, id,
                 BLOCK);
    h2_put_frame(out, NGHTTP2_RST_STREAM, 0, id, SLICE("\0\0\0\x08"));
}

static void put_ping(struct buf *out, int32_t id)
{
    (void)id;
    h2_put_frame(out, NGHTTP2_PING, 0, 0, SLICE("12345678"));
}

static void put_settings(struct buf *out, int32_t id)
{
    (void)id;
    h2_put_frame(out, NGHTTP2_SETTINGS, 0, 0, SLICE(""));
}

static void put_priority(struct buf *out, int32_t id)
{
    h2_put_frame(out, NGHTTP2_PRIORITY, 0, id, SLICE("\0\0\0\0\x10"));
}

static void put_window_update(struct buf *out, int32_t id)
{
    (void)id;
    h2_put_frame(out, NGHTTP2_WINDOW_UPDATE, 0, 0, SLICE("\0\0\0\x01"));
}

/* The first opens a stream, the rest are empty. */
static void put_empty_data(struct buf *out, int32_t id)
{
    if (id == 3) {
        h2_put_frame(out, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 3, BLOCK);
    }
    h2_put_frame(out, NGHTTP2_DATA, 0, 3, SLICE(""));
}

static void put_continuation(struct buf *out, int32_t id)
{
    if (id == 3) {
        h2_put_frame(out, NGHTTP2_HEADERS, 0, 3, BLOCK);
    }
    h2_put_frame(out, NGHTTP2_CONTINUATION, 0, 3, SLICE(""));
}

Test(http2_limits, floods_end_the_connection_with_a_demand_for_calm)
{
    static const struct {
        const char *name;
        void (*put)(struct buf *out, int32_t id);
    } rows[] = {
        {"rapid reset", put_reset},
        {"pings", put_ping},
        {"settings", put_settings},
        {"priorities", put_priority},
        {"window updates", put_window_update},
        {"empty data", put_empty_data},
        {"continuations", put_continuation},
    };
    serve((struct http_limits){0});
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        h2_client_close(&client);
        h2_client_open(&client, &fixture, 0);
        (void)h2_client_wait(&client, h2_client_send(&client, &(struct h2_request){.path = "/"}));
        AUTO_BUF flood = BUF_INIT(1 << 24);
        for (int32_t n = 0; n < 3000; n++) {
            rows[i].put(&flood, 3 + 2 * n);
        }
        h2_client_send_raw(&client, buf_slice(&flood));
        h2_client_wait_end(&client);
        cr_expect(client.has_goaway, "%s", rows[i].name);
        cr_expect_eq(client.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM, "%s: %u", rows[i].name,
                     client.goaway_code);
        cr_expect_lt(client.received_len, 100000, "%s: %zu bytes back", rows[i].name,
                     client.received_len);
    }
}

Test(http2_limits, what_a_busy_client_sends_is_no_flood)
{
    serve((struct http_limits){0});
    AUTO_BUF frames = BUF_INIT(1 << 24);
    for (int32_t n = 0; n < 100; n++) {
        put_ping(&frames, 0);
        put_priority(&frames, 3 + 2 * n);
        put_reset(&frames, 3 + 2 * n);
    }
    h2_client_send_raw(&client, buf_slice(&frames));
    buf_clear(&frames);
    h2_put_frame(&frames, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 301,
                 BLOCK);
    h2_client_send_raw(&client, buf_slice(&frames));
    size_t before = client.received_len;
    uint64_t end = uv_hrtime() + WAIT_MS * UINT64_C(1000000);
    while (client.received_len < before + 100 * 17 + 20) {
        cr_assert_lt(uv_hrtime(), end);
        cr_assert(!client.is_ended);
        pump(&fixture, client.fd);
        char bytes[4096];
        ssize_t count = recv(client.fd, bytes, sizeof(bytes), 0);
        client.received_len += count > 0 ? (size_t)count : 0;
        client.is_ended = count == 0;
    }
}

Test(http2_limits, a_header_block_without_end_is_cut_off)
{
    serve((struct http_limits){.head_ms = 150});
    AUTO_BUF frame = BUF_INIT(1 << 16);
    h2_put_frame(&frame, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 3, BLOCK);
    h2_client_send_raw(&client, buf_slice(&frame));
    h2_client_wait_end(&client);
    cr_expect_eq(client.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
}

Test(http2_limits, a_header_block_of_megabytes_is_cut_off)
{
    serve((struct http_limits){.head_len = 4096});
    AUTO_BUF frames = BUF_INIT(1 << 24);
    char filler[16000];
    memset(filler, '\x82', sizeof(filler)); /* ":method: GET" again and again */
    h2_put_frame(&frames, NGHTTP2_HEADERS, 0, 3, slice_of(filler, sizeof(filler)));
    h2_client_send_raw(&client, buf_slice(&frames));
    h2_client_wait_end(&client);
    cr_expect_eq(client.goaway_code, NGHTTP2_ENHANCE_YOUR_CALM);
}

static void large_handler(void *ctx, struct http_exchange *exchange)
{
    static char body[1 << 20];
    bool *is_gone = ctx;
    (void)is_gone;
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, slice_of(body, sizeof(body)));
}

Test(http2_limits, a_client_that_gives_no_room_is_reset)
{
    fixture_serve(&fixture, large_handler, NULL, (struct http_limits){.write_stall_ms = 150});
    h2_client_open(&client, &fixture, 1000);
    int32_t id = h2_client_send(&client, &(struct h2_request){.path = "/"});
    struct h2_answer *answer = h2_client_wait(&client, id);
    cr_expect_eq(answer->body.len, 1000);
    cr_expect_eq(answer->code, NGHTTP2_CANCEL);
    cr_expect(!client.is_ended);
}

Test(http2_limits, garbage_is_a_protocol_error)
{
    serve((struct http_limits){0});
    AUTO_BUF frame = BUF_INIT(1 << 16);
    h2_put_frame(&frame, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2, BLOCK); /* a server's id */
    h2_client_send_raw(&client, buf_slice(&frame));
    h2_client_wait_end(&client);
    cr_expect_eq(client.goaway_code, NGHTTP2_PROTOCOL_ERROR);
}

Test(http2_limits, the_preface_is_refused_where_it_is_not_expected)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    AUTO_BUF received = BUF_INIT(1 << 16);
    AUTO_CLIENT fd = client_connect(&fixture);
    client_send_text(&fixture, fd, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    cr_assert(client_read_until(&fixture, fd, "200 OK", &received));
    client_send_text(&fixture, fd, preface);
    cr_assert(client_read_until(&fixture, fd, "505 HTTP Version", &received));
}
