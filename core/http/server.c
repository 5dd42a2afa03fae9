#include "core/http/h2.h"

#include "core/mem.h"

#include <assert.h>
#include <netdb.h>

#define BACKLOG 1024
#define REFUSED_MAX 64      /* connections beyond the limit that get a 503; more are just closed */
#define OUT_MAX (64u << 20) /* of a response head */

static void take_defaults(struct http_limits *limits)
{
    static const struct http_limits defaults = {
        .head_len = 64 * 1024,
        .header_count = 256,
        .body_len = 10 * 1024 * 1024,
        .head_ms = 10000,
        .body_stall_ms = 30000,
        .idle_ms = 75000,
        .write_stall_ms = 30000,
        .connections = 10000,
        .streams = 128,
        .pending_len = 256 * 1024,
    };
#define DEFAULT(field) limits->field = limits->field != 0 ? limits->field : defaults.field
    DEFAULT(head_len);
    DEFAULT(header_count);
    DEFAULT(body_len);
    DEFAULT(head_ms);
    DEFAULT(body_stall_ms);
    DEFAULT(idle_ms);
    DEFAULT(write_stall_ms);
    DEFAULT(connections);
    DEFAULT(streams);
    DEFAULT(pending_len);
#undef DEFAULT
    assert(limits->head_len <= UINT32_MAX); /* spans are that wide */
}

struct http_server *http_server_create(struct context *context,
                                       const struct http_server_options *options)
{
    assert(options->on_request != NULL);
    struct http_server *server = mem_zalloc(sizeof(*server));
    server->context = context;
    server->options = *options;
    take_defaults(&server->options.limits);
    buf_init(&server->out, OUT_MAX);
    int rc = uv_idle_init(context->loop, &server->wake);
    assert(rc == 0); /* neither fails */
    rc = uv_timer_init(context->loop, &server->expiry);
    assert(rc == 0);
    server->open_handles = 2;
    return server;
}

size_t http_server_connections(const struct http_server *server)
{
    return server->connection_count;
}

/* --- listening --- */

static void on_refused_closed(uv_handle_t *handle)
{
    mem_free(handle);
}

/* Out of the kernel's queue, or the listener would report it for ever. */
static void accept_and_close(struct http_server *server, uv_stream_t *stream)
{
    uv_tcp_t *tcp = mem_zalloc(sizeof(*tcp));
    int rc = uv_tcp_init(server->context->loop, tcp);
    assert(rc == 0);
    (void)uv_accept(stream, (uv_stream_t *)tcp);
    uv_close((uv_handle_t *)tcp, on_refused_closed);
}

/* Between two requests; or still sending the head of one, if nobody is between. */
static bool is_sooner(const struct connection *connection, const struct connection *other)
{
    return other == NULL || connection->state < other->state ||
           (connection->state == other->state && connection->read_deadline < other->read_deadline);
}

/* Makes room for a new connection: the one that has been silent longest goes. False when all are at work. */
static bool close_silent(struct http_server *server)
{
    struct connection *silent = NULL;
    for (struct connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        bool may_go = connection->state == CONNECTION_IDLE || connection->state == CONNECTION_HEAD;
        if (may_go && output_queued(connection) == 0 && is_sooner(connection, silent)) {
            silent = connection;
        }
    }
    if (silent != NULL) {
        connection_close(silent);
    }
    return silent != NULL;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *listener = CONTAINER_OF(stream, struct listener, tcp);
    struct http_server *server = listener->server;
    if (status != 0 || server->is_draining) {
        return; /* out of descriptors, even libuv's spare one: later ones may do better */
    }
    size_t limit = server->options.limits.connections;
    bool is_refused = server->connection_count >= limit && !close_silent(server);
    if (is_refused && server->connection_count >= limit + REFUSED_MAX) {
        accept_and_close(server, stream);
        return;
    }
    struct connection *connection = connection_create(server);
    if (uv_accept(stream, (uv_stream_t *)&connection->tcp) != 0) {
        connection_close(connection);
        return;
    }
    connection_start(connection, listener->port);
    if (is_refused && connection_is_open(connection)) {
        h1_refuse(connection, 503);
    }
}

static void on_listener_closed(uv_handle_t *handle)
{
    struct listener *listener = CONTAINER_OF(handle, struct listener, tcp);
    struct http_server *server = listener->server;
    mem_free(listener);
    server_handle_closed(server);
}

static int resolve(uv_loop_t *loop, const char *host, uint16_t port,
                   struct sockaddr_storage *ret_address)
{
    if (uv_ip4_addr(host, port, (struct sockaddr_in *)ret_address) == 0 ||
        uv_ip6_addr(host, port, (struct sockaddr_in6 *)ret_address) == 0) {
        return 0;
    }
    char service[8];
    (void)snprintf(service, sizeof(service), "%u", (unsigned)port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    uv_getaddrinfo_t request;
    int rc = uv_getaddrinfo(loop, &request, NULL, host, service, &hints);
    if (rc == 0) {
        memcpy(ret_address, request.addrinfo->ai_addr, request.addrinfo->ai_addrlen);
        uv_freeaddrinfo(request.addrinfo);
    }
    return rc;
}

static int bound_port(const uv_tcp_t *tcp, uint16_t *ret_port)
{
    struct sockaddr_storage address;
    int len = sizeof(address);
    int rc = uv_tcp_getsockname(tcp, (struct sockaddr *)&address, &len);
    if (rc == 0) {
        const void *any = &address;
        *ret_port = address.ss_family == AF_INET6
                        ? ntohs(((const struct sockaddr_in6 *)any)->sin6_port)
                        : ntohs(((const struct sockaddr_in *)any)->sin_port);
    }
    return rc;
}

enum status http_server_listen(struct http_server *server, const char *host, uint16_t port,
                               uint16_t *ret_port, struct fault *reterr)
{
    assert(!server->is_draining);
    struct sockaddr_storage address = {0};
    int rc = resolve(server->context->loop, host, port, &address);
    if (rc != 0) {
        return fault_set(reterr, STATUS_UNAVAILABLE, "cannot listen on %s:%u: %s", host,
                         (unsigned)port, uv_strerror(rc));
    }
    struct listener *listener = mem_zalloc(sizeof(*listener));
    listener->server = server;
    rc = uv_tcp_init(server->context->loop, &listener->tcp);
    assert(rc == 0);
    server->open_handles++;
    rc = uv_tcp_bind(&listener->tcp, (const struct sockaddr *)&address, 0);
    if (rc == 0) {
        rc = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
    }
    if (rc == 0) {
        rc = bound_port(&listener->tcp, &listener->port);
    }
    if (rc != 0) {
        uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
        return fault_set(reterr, STATUS_UNAVAILABLE, "cannot listen on %s:%u: %s", host,
                         (unsigned)port, uv_strerror(rc));
    }
    listener->next = server->listeners;
    server->listeners = listener;
    if (ret_port != NULL) {
        *ret_port = listener->port;
    }
    return STATUS_OK;
}

/* --- deadlines --- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/* One timer for all: it fires for the nearest deadline it was told of. Deadlines that moved away in
 * the meantime cost one look, not one timer call per request. */
static void on_expiry(uv_timer_t *timer)
{
    struct http_server *server = CONTAINER_OF(timer, struct http_server, expiry);
    uint64_t now = uv_now(server->context->loop);
    server->expiry_at = 0;
    bool is_over = server->drain_deadline != 0 && server->drain_deadline <= now;
    uint64_t next = is_over ? 0 : server->drain_deadline;
    for (struct connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        if (is_over) {
            connection_reset(connection);
        } else {
            connection_expire(connection, now);
        }
        if (connection_is_open(connection)) {
            next = sooner(next, connection->read_deadline);
            next = sooner(next, connection->write_deadline);
            next = sooner(next, connection->held_deadline);
        }
    }
    if (next != 0) {
        server_arm(server, next > now + EXPIRY_GAP_MS ? next : now + EXPIRY_GAP_MS);
    }
}

void server_arm(struct http_server *server, uint64_t deadline)
{
    if ((server->expiry_at != 0 && server->expiry_at <= deadline) || server->is_closing_last) {
        return;
    }
    uint64_t now = uv_now(server->context->loop);
    server->expiry_at = deadline;
    int rc = uv_timer_start(&server->expiry, on_expiry, deadline > now ? deadline - now : 0, 0);
    assert(rc == 0);
}

/* --- connections that may go on --- */

static void on_wake(uv_idle_t *idle)
{
    struct http_server *server = CONTAINER_OF(idle, struct http_server, wake);
    struct connection *connection = server->ready;
    server->ready = NULL;
    (void)uv_idle_stop(idle);
    while (connection != NULL) {
        struct connection *next = connection->next_ready;
        connection->is_ready = false;
        connection_run(connection);
        connection = next;
    }
}

void server_wake(struct http_server *server, struct connection *connection)
{
    if (connection->is_ready) {
        return;
    }
    connection->is_ready = true;
    connection->next_ready = server->ready;
    if (server->ready == NULL) {
        int rc = uv_idle_start(&server->wake, on_wake);
        assert(rc == 0);
    }
    server->ready = connection;
}

void server_forget(struct http_server *server, struct connection *connection)
{
    if (connection->is_ready) {
        struct connection **link = &server->ready;
        while (*link != NULL && *link != connection) {
            link = &(*link)->next_ready;
        }
        if (*link != NULL) {
            *link = connection->next_ready;
        }
        connection->is_ready = false;
    }
    if (connection->previous != NULL) {
        connection->previous->next = connection->next;
    } else {
        server->connections = connection->next;
    }
    if (connection->next != NULL) {
        connection->next->previous = connection->previous;
    }
    server->connection_count--;
}

/* --- the end --- */

static void on_last_closed(uv_handle_t *handle)
{
    server_handle_closed(handle->data);
}

static void check_drained(struct http_server *server)
{
    if (!server->is_draining || server->connections != NULL || server->is_closing_last) {
        return;
    }
    server->is_closing_last = true;
    server->wake.data = server;
    server->expiry.data = server;
    uv_close((uv_handle_t *)&server->wake, on_last_closed);
    uv_close((uv_handle_t *)&server->expiry, on_last_closed);
}

void server_handle_closed(struct http_server *server)
{
    assert(server->open_handles != 0);
    server->open_handles--;
    check_drained(server);
    if (server->open_handles != 0) {
        return;
    }
    void (*on_closed)(void *) = server->on_closed;
    void *ctx = server->closed_ctx;
    exchanges_free_spares(server);
    buf_finish(&server->out);
    mem_free(server->read_buffer);
    mem_free(server->h2_library);
    mem_free(server);
    if (on_closed != NULL) {
        on_closed(ctx);
    }
}

void http_server_destroy(struct http_server *server, uint32_t drain_ms,
                         void (*on_closed)(void *ctx), void *ctx)
{
    if (server == NULL) {
        return;
    }
    assert(!server->is_draining);
    server->is_draining = true;
    server->on_closed = on_closed;
    server->closed_ctx = ctx;
    for (struct listener *listener = server->listeners; listener != NULL;
         listener = listener->next) {
        uv_close((uv_handle_t *)&listener->tcp, on_listener_closed);
    }
    for (struct connection *connection = server->connections; connection != NULL;
         connection = connection->next) {
        if (connection->state == CONNECTION_WEBSOCKET) {
            websocket_stop(connection, drain_ms == 0);
        } else if (drain_ms == 0) {
            connection_reset(connection);
        } else if (connection->state == CONNECTION_HANDSHAKE) {
            connection_close(connection);
        } else if (connection->state == CONNECTION_IDLE) {
            connection_response_done(connection); /* closed when what is queued was sent */
        } else if (connection->state == CONNECTION_HTTP2) {
            h2_session_drain(connection);
        }
    }
    if (drain_ms != 0) {
        server->drain_deadline = uv_now(server->context->loop) + drain_ms;
        server_arm(server, server->drain_deadline);
    }
    check_drained(server);
}
