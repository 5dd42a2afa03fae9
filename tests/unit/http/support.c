#include "support.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

void fixture_init(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    (void)signal(SIGPIPE, SIG_IGN);
    cr_assert_eq(uv_loop_init(&fixture->loop), 0);
    clock_init_manual(&fixture->clock, INT64_C(784111777000)); /* Sun, 06 Nov 1994 08:49:37 GMT */
    log_init(&fixture->log, &fixture->clock, LOG_OFF);
    fixture->context = (struct context){&fixture->loop, &fixture->clock, &fixture->log, NULL, NULL};
}

static struct slice reject_text(int status)
{
    return status == 413 ? SLICE("{\"message\":\"too large\"}") : SLICE("{\"message\":null}");
}

void fixture_serve(struct fixture *fixture, http_request_fn *on_request, void *ctx,
                   struct http_limits limits)
{
    struct http_server_options options = {
        .on_request = on_request,
        .ctx = ctx,
        .limits = limits,
        .on_reject = reject_text,
        .speaks_http2 = fixture->speaks_http2,
        .tls = fixture->tls,
        .on_tls_trouble = fixture->on_tls_trouble,
    };
    fixture->server = http_server_create(&fixture->context, &options);
    struct fault fault;
    cr_assert_eq(http_server_listen(fixture->server, "127.0.0.1", 0, &fixture->port, &fault),
                 STATUS_OK, "%s", fault.text);
}

static void on_closed(void *ctx)
{
    struct fixture *fixture = ctx;
    cr_assert(!fixture->is_closed);
    fixture->is_closed = true;
}

void fixture_finish(struct fixture *fixture)
{
    if (fixture->server != NULL) {
        http_server_destroy(fixture->server, 0, on_closed, fixture);
        fixture->server = NULL;
        pump_until(fixture, &fixture->is_closed);
    }
    cr_assert_eq(uv_run(&fixture->loop, UV_RUN_NOWAIT), 0, "something still lives on the loop");
    cr_assert_eq(uv_loop_close(&fixture->loop), 0);
}

void pump(struct fixture *fixture, int fd)
{
    (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    struct pollfd fds[] = {{uv_backend_fd(&fixture->loop), POLLIN, 0}, {fd, POLLIN, 0}};
    (void)poll(fds, fd >= 0 ? 2 : 1, 1);
}

static uint64_t now_ms(void)
{
    return uv_hrtime() / 1000000;
}

void pump_until(struct fixture *fixture, const bool *flag)
{
    uint64_t end = now_ms() + WAIT_MS;
    while (!*flag) {
        cr_assert_lt(now_ms(), end, "it never happened");
        pump(fixture, -1);
    }
}

void pump_for(struct fixture *fixture, uint32_t ms)
{
    uint64_t end = now_ms() + ms;
    while (now_ms() < end) {
        pump(fixture, -1);
    }
}

int client_connect(struct fixture *fixture)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(fd, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(fixture->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* The kernel completes it without the server's doing. */
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    int one = 1;
    cr_assert_eq(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)), 0);
    cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

void client_send(struct fixture *fixture, int fd, struct slice bytes)
{
    uint64_t end = now_ms() + WAIT_MS;
    while (bytes.len != 0) {
        ssize_t sent = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes = slice_skip(bytes, (size_t)sent);
        } else if (errno != EAGAIN) {
            return; /* the server has closed: its answer tells why */
        } else {
            cr_assert_lt(now_ms(), end, "the server reads nothing");
            pump(fixture, -1);
        }
    }
}

void client_send_slowly(struct fixture *fixture, int fd, struct slice bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        client_send(fixture, fd, slice_of(bytes.ptr + i, 1));
        (void)uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
}

void client_send_text(struct fixture *fixture, int fd, const char *text)
{
    client_send(fixture, fd, slice_from(text));
}

/* 1: bytes came; 0: none yet; -1: end; -2: reset. */
static int read_some(int fd, struct buf *received)
{
    char bytes[16384];
    ssize_t count = recv(fd, bytes, sizeof(bytes), 0);
    if (count > 0) {
        buf_append(received, slice_of(bytes, (size_t)count));
        return 1;
    }
    if (count == 0) {
        return -1;
    }
    return errno == EAGAIN ? 0 : -2;
}

bool client_read_until(struct fixture *fixture, int fd, const char *text, struct buf *received)
{
    uint64_t end = now_ms() + WAIT_MS;
    while (slice_search(buf_slice(received), slice_from(text)) == SLICE_NPOS) {
        cr_assert_lt(now_ms(), end, "no \"%s\" in: %s", text, buf_cstr(received));
        pump(fixture, fd);
        if (read_some(fd, received) < 0) {
            return false;
        }
    }
    return true;
}

bool client_read_end(struct fixture *fixture, int fd, struct buf *received)
{
    uint64_t end = now_ms() + WAIT_MS;
    for (;;) {
        cr_assert_lt(now_ms(), end, "no end after: %s", buf_cstr(received));
        pump(fixture, fd);
        int result = read_some(fd, received);
        if (result < 0) {
            return result == -1;
        }
    }
}

const char *client_talk(struct fixture *fixture, struct slice request, bool is_slow,
                        struct buf *received)
{
    AUTO_CLIENT fd = client_connect(fixture);
    if (is_slow) {
        client_send_slowly(fixture, fd, request);
    } else {
        client_send(fixture, fd, request);
    }
    (void)shutdown(fd, SHUT_WR);
    buf_clear(received);
    (void)client_read_end(fixture, fd, received);
    return buf_cstr(received);
}

void client_close(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

void client_reset(int *fd)
{
    struct linger linger = {1, 0};
    cr_assert_eq(setsockopt(*fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    client_close(fd);
}

static void put_headers(struct buf *text, struct http_headers headers)
{
    for (size_t i = 0; i < headers.count; i++) {
        if (i != 0) {
            buf_append_char(text, ',');
        }
        buf_append(text, headers.items[i].name);
        buf_append_char(text, '=');
        buf_append(text, headers.items[i].value);
    }
}

static void on_echo_body(void *ctx, struct http_exchange *exchange, enum status status,
                         struct slice body)
{
    (void)ctx;
    const struct http_request *request = http_request(exchange);
    if (status == STATUS_LIMIT) {
        return;
    }
    AUTO_BUF text = BUF_INIT(1 << 24);
    if (status != STATUS_OK) {
        buf_append_text(&text, status_name(status));
        http_respond(exchange, 400, (struct http_headers){NULL, 0}, buf_slice(&text));
        return;
    }
    buf_append(&text, request->method);
    buf_append_char(&text, '|');
    buf_append(&text, request->path);
    buf_append_char(&text, '|');
    buf_append(&text, request->query);
    buf_append_char(&text, '|');
    put_headers(&text, request->headers);
    buf_append_char(&text, '|');
    buf_append(&text, body);
    buf_append_char(&text, '|');
    put_headers(&text, http_trailers(exchange));
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, buf_slice(&text));
}

void echo_handler(void *ctx, struct http_exchange *exchange)
{
    http_read_all(exchange, on_echo_body, ctx);
}
