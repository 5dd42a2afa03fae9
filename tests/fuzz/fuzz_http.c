/* links: sls_http */
/* Bytes of a client, fed to a connection whole and again byte by byte: both ways must answer the
 * same. The first letter of a path chooses what the handler does. */
#include "core/http/private.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

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

static void on_upgrade_closed(uv_handle_t *handle)
{
    free(handle);
}

static void on_request(void *ctx, struct http_exchange *exchange)
{
    const struct http_request *request = http_request(exchange);
    char choice = request->path.len > 1 ? request->path.ptr[1] : 'a';
    struct slice rest;
    uv_stream_t *stream;
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
        stream = http_upgrade(exchange, no_headers, &rest);
        if (stream != NULL) {
            uv_close((uv_handle_t *)stream, on_upgrade_closed);
        }
        break;
    default:
        http_read_all(exchange, on_body, ctx);
        break;
    }
}

static void collect(int fd, struct buf *output)
{
    ssize_t count;
    do {
        char *room = buf_reserve(output, 65536);
        count = read(fd, room, 65536);
        buf_advance(output, count > 0 ? (size_t)count : 0);
    } while (count > 0);
}

static void talk(struct context *context, struct slice input, size_t step, struct buf *output)
{
    struct http_server_options options = {
        .on_request = on_request,
        .limits = {.head_len = 1024, .header_count = 8, .body_len = 64},
    };
    struct http_server *server = http_server_create(context, &options);
    int fds[2];
    int rc = socketpair(AF_UNIX, SOCK_STREAM, 0, fds);
    assert(rc == 0);
    rc = fcntl(fds[1], F_SETFL, O_NONBLOCK);
    assert(rc == 0);
    struct connection *connection = connection_create(server);
    rc = uv_tcp_open(&connection->tcp, fds[0]);
    assert(rc == 0);
    connection_start(connection, 0);
    bool is_open = true;
    while (input.len != 0 && is_open) {
        connection_feed(connection, slice_take(input, step));
        input = slice_skip(input, step);
        is_open = connection_is_open(connection);
        if (is_open && connection->is_ready) {
            (void)uv_run(context->loop, UV_RUN_NOWAIT);
            is_open = server->connection_count != 0 && connection_is_open(connection);
        }
    }
    if (is_open) {
        connection_feed_end(connection);
    }
    for (int i = 0; i < 1000 && server->connection_count != 0 && server->ready != NULL; i++) {
        (void)uv_run(context->loop, UV_RUN_NOWAIT);
        collect(fds[1], output);
    }
    collect(fds[1], output);
    http_server_destroy(server, 0, NULL, NULL);
    (void)uv_run(context->loop, UV_RUN_DEFAULT);
    collect(fds[1], output);
    (void)close(fds[1]);
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
    static uv_loop_t loop;
    static bool is_init;
    if (!is_init) {
        is_init = uv_loop_init(&loop) == 0;
    }
    struct clock clock;
    clock_init_manual(&clock, 0);
    struct log log;
    log_init(&log, &clock, LOG_OFF);
    struct context context = {&loop, &clock, &log, NULL};
    struct slice input = slice_take(slice_of((const char *)bytes, len), 32768);
    AUTO_BUF whole = BUF_INIT(1u << 30);
    AUTO_BUF pieces = BUF_INIT(1u << 30);
    talk(&context, input, input.len + 1, &whole);
    talk(&context, input, 1, &pieces);
    if (!slice_eq(buf_slice(&whole), buf_slice(&pieces))) {
        assert(slice_eq(before_refusal(buf_slice(&whole)), before_refusal(buf_slice(&pieces))));
    }
    return 0;
}
