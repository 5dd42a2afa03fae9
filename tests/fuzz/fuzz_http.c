/* links: sls_http */
/* Bytes of a client, fed to a connection whole and again byte by byte: both ways must answer the
 * same. The first letter of a path chooses what the handler does. */
#include "http_feed.h"

#include "core/http/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static const struct http_headers no_headers = {NULL, 0};

static void on_body(void *ctx, struct http_exchange *exchange, enum status status,
                    struct slice body)
{
    (void)ctx;
    if (status == STATUS_LIMIT) {
        return;
    }
    http_respond(exchange, status == STATUS_OK ? 200 : 400, http_request(exchange)->headers, body);
}

static void on_body_max(void *ctx, struct http_exchange *exchange, enum status status,
                        struct slice body)
{
    (void)ctx;
    http_respond(exchange, status == STATUS_LIMIT ? 413 : 201, http_trailers(exchange), body);
}

/* Acts on bytes, wherever they stand in a piece: how a body is cut must not matter. */
static bool on_data(void *ctx, struct http_exchange *exchange, struct slice piece)
{
    (void)ctx;
    bool goes_on = true;
    for (size_t i = 0; i < piece.len; i++) {
        if (piece.ptr[i] == '!') {
            http_abort(exchange);
            return true;
        }
        if (piece.ptr[i] == '?') {
            http_respond(exchange, 202, no_headers, SLICE("enough"));
            return true;
        }
        goes_on = goes_on && piece.ptr[i] != 'p';
    }
    if (!goes_on) {
        http_read_resume(exchange);
    }
    return goes_on;
}

static void on_end(void *ctx, struct http_exchange *exchange, enum status status)
{
    (void)ctx;
    http_stream_begin(exchange, status == STATUS_OK ? 200 : 400, no_headers, -1);
    (void)http_stream_write(exchange, http_request(exchange)->query);
    http_stream_end(exchange, http_trailers(exchange));
}

static void on_message(void *ctx, struct websocket *websocket, enum websocket_kind kind,
                       struct slice message)
{
    (void)ctx;
    (void)websocket_send(websocket, kind, message);
}

static void on_close(void *ctx, struct websocket *websocket, const struct websocket_close *close)
{
    (void)ctx;
    (void)websocket;
    (void)close;
}

static const struct websocket_options websocket_options = {.on_message = on_message,
                                                           .on_close = on_close};

static void on_request(void *ctx, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    char choice = request->path.len > 1 ? request->path.ptr[1] : 'a';
    int status = websocket_check(request);
    switch (choice) {
    case 'm':
        http_read_all_max(exchange, 8, on_body_max, ctx);
        break;
    case 's':
        http_read_stream(exchange, &(struct http_reader){on_data, on_end, ctx});
        break;
    case 'l':
        http_respond(exchange, 204, no_headers, SLICE("lazy"));
        break;
    case 'f':
        http_stream_begin(exchange, 200, no_headers, 3);
        (void)http_stream_write(exchange, request->query);
        http_stream_end(exchange, no_headers);
        break;
    case 'u':
        if (status == 101) {
            (void)websocket_accept(exchange, &websocket_options, request->query, NULL);
        } else {
            http_respond(exchange, status, websocket_refusal_headers(status), SLICE_NULL);
        }
        break;
    default:
        http_read_all(exchange, on_body, ctx);
        break;
    }
}

/* Without the refusal at its end: of two faults in one head, whole input may show another one
 * first. */
static struct slice before_refusal(struct slice output)
{
    size_t at = SLICE_NPOS;
    for (size_t i = 0; i + 10 <= output.len; i++) {
        struct slice start = slice_of(output.ptr + i, 10);
        if (slice_is(start, "HTTP/1.1 4") || slice_is(start, "HTTP/1.1 5")) {
            at = i;
        }
    }
    assert(at != SLICE_NPOS);
    return slice_take(output, at);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct clock clock;
    struct log log;
    struct context context = feed_context(&clock, &log);
    struct http_server_options options = {
        .on_request = on_request,
        .limits = {.head_len = 1024, .header_count = 8, .body_len = 64},
    };
    struct slice input = slice_take(slice_of((const char *)bytes, len), 32768);
    AUTO_BUF whole = BUF_INIT(1u << 30);
    AUTO_BUF pieces = BUF_INIT(1u << 30);
    feed(&context, &options, input, input.len + 1, &whole);
    feed(&context, &options, input, 1, &pieces);
    if (!slice_eq(buf_slice(&whole), buf_slice(&pieces))) {
        assert(slice_eq(before_refusal(buf_slice(&whole)), before_refusal(buf_slice(&pieces))));
    }
    return 0;
}
