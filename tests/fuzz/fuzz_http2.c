/* links: sls_http */
/* Frames of an HTTP/2 client behind its preface, fed to a connection whole and again byte by byte. What nghttp2 makes
 * of them is its own; ours are the streams and their exchanges. The first letter of a path chooses what the
 * handler does. */
#include "http_feed.h"

#include "core/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define HELD_MAX 8

/* Exchanges that are answered late, or after their client has gone. */
struct held {
    struct http_exchange *exchanges[HELD_MAX];
    size_t count;
};

static const struct http_headers no_headers = {NULL, 0};

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    (void)ctx;
    if (status != STATUS_LIMIT) {
        http_respond(exchange, status == STATUS_OK ? 200 : 400, http_request(exchange)->headers,
                     body);
    }
}

static bool on_data(void *ctx, struct http_exchange *exchange, struct slice piece)
{
    (void)ctx;
    if (slice_find(piece, '!') != SLICE_NPOS) {
        http_abort(exchange);
        return true;
    }
    if (slice_find(piece, 'p') != SLICE_NPOS) {
        http_read_resume(exchange);
        return false;
    }
    return true;
}

static void on_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    (void)ctx;
    http_stream_begin(exchange, status == STATUS_OK ? 200 : 400, no_headers, -1);
    (void)http_stream_write(exchange, http_request(exchange)->query);
    http_stream_end(exchange, http_trailers(exchange));
}

static void on_gone(void *ctx, struct http_exchange *exchange)
{
    struct held *held = ctx;
    for (size_t i = 0; i < held->count; i++) {
        if (held->exchanges[i] == exchange) {
            held->exchanges[i] = held->exchanges[--held->count];
            break;
        }
    }
    http_respond(exchange, 200, no_headers, SLICE_NULL);
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    struct held *held = ctx;
    const struct http_request *request = http_request(exchange);
    char choice = request->path.len > 1 ? request->path.ptr[1] : 'a';
    switch (choice) {
    case 's':
        http_read_stream(exchange, &(struct http_reader){on_data, on_end, ctx});
        break;
    case 'l':
        http_respond(exchange, 204, no_headers, SLICE("lazy"));
        break;
    case 'h':
        if (held->count == HELD_MAX) {
            http_respond(held->exchanges[--held->count], 200, no_headers, SLICE("late"));
        }
        held->exchanges[held->count++] = exchange;
        http_on_gone(exchange, on_gone, held);
        break;
    case 'f':
        http_stream_begin(exchange, 200, no_headers, 3);
        (void)http_stream_write(exchange, request->query);
        http_stream_end(exchange, no_headers);
        break;
    default:
        http_read_all(exchange, on_body, ctx);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct clock clock;
    struct log log;
    struct context context = feed_context(&clock, &log);
    struct held held = {.count = 0};
    struct http_server_options options = {
        .on_request = on_request,
        .ctx = &held,
        .limits = {.head_len = 1024, .header_count = 8, .body_len = 64, .streams = 4},
        .speaks_http2 = true,
    };
    AUTO_BUF input = BUF_INIT(1u << 20);
    buf_append_text(&input, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    buf_append(&input, slice_take(slice_of((const char *)bytes, len), 32768));
    AUTO_BUF output = BUF_INIT(1u << 30);
    feed(&context, &options, buf_slice(&input), input.len, &output);
    assert(held.count == 0); /* the client has gone, and each was told */
    feed(&context, &options, buf_slice(&input), 1, &output);
    assert(held.count == 0);
    return 0;
}
