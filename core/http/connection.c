#include "core/http/h2.h"

#include "core/mem.h"

#include <assert.h>

#define REQUESTS_PER_RUN 32     /* or frames, of one connection; then others have their turn */
#define TLS_HANDSHAKE_RECORD 22 /* RFC 8446, 5.1; no HTTP begins like this */

struct connection *connection_create(struct http_server *server)
{
    struct connection *connection = mem_zalloc(sizeof(*connection));
    connection->carrier = (struct carrier){
        .ops = &h1_carrier, .server = server, .peer = &connection->peer, .is_open = true};
    /* Reading stops at PENDING_LEN; what one read brings beyond it still has to fit. */
    buf_init(&connection->pending, PENDING_LEN + READ_LEN);
    buf_init(&connection->held, HELD_LEN);
    int rc = uv_tcp_init(server->context->loop, &connection->tcp);
    assert(rc == 0); /* allocates nothing */
    server->open_handles++;
    connection->next = server->connections;
    if (connection->next != NULL) {
        connection->next->previous = connection;
    }
    server->connections = connection;
    server->connection_count++;
    return connection;
}

static void on_closed(uv_handle_t *handle)
{
    struct connection *connection = CONTAINER_OF(handle, struct connection, tcp);
    struct http_server *server = connection->carrier.server;
    struct http_exchange *exchange = connection->carrier.exchange;
    if (exchange != NULL) {
        exchange_abandon(exchange);
    }
    if (connection->websocket != NULL) {
        websocket_gone(connection);
    }
    h2_session_destroy(connection->h2);
    tls_channel_destroy(connection->tls);
    server_forget(server, connection);
    buf_finish(&connection->pending);
    buf_finish(&connection->held);
    mem_free(connection);
    server_handle_closed(server);
}

static void enter_closed(struct connection *connection)
{
    connection->state = CONNECTION_CLOSED;
    connection->carrier.is_open = false;
    if (connection->h2 != NULL) {
        h2_session_cut(connection->h2);
    }
}

void connection_close(struct connection *connection)
{
    if (connection_is_open(connection) && connection->tls != NULL) {
        tls_channel_shut(connection);
    }
    if (connection_is_open(connection)) {
        enter_closed(connection);
        uv_close((uv_handle_t *)&connection->tcp, on_closed);
    }
}

void connection_reset(struct connection *connection)
{
    if (connection_is_open(connection)) {
        enter_closed(connection);
        /* Refused while a shutdown is under way; the bytes left then are not worth keeping either.
         */
        if (uv_tcp_close_reset(&connection->tcp, on_closed) != 0) {
            uv_close((uv_handle_t *)&connection->tcp, on_closed);
        }
    }
}

static void enter(struct connection *connection, enum connection_state state)
{
    connection->state = state;
    connection->read_deadline = 0;
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct connection *connection = CONTAINER_OF(request->handle, struct connection, tcp);
    mem_free(request);
    if (status == UV_ECANCELED || !connection_is_open(connection)) {
        return;
    }
    connection->is_flushed = true;
    connection->write_deadline = 0;
    if (status != 0 || connection->is_eof || !connection->has_unread) {
        connection_close(connection);
        return;
    }
    connection->read_deadline = uv_now(connection->carrier.server->context->loop) + LINGER_MS;
    server_arm(connection->carrier.server, connection->read_deadline);
}

void connection_linger(struct connection *connection)
{
    /* Closing while input is unread would reset the connection, and the client might lose the
     * response with it (RFC 9112, 9.6). */
    output_send_held(connection);
    if (!connection_is_open(connection)) {
        return;
    }
    if (connection->tls != NULL) {
        tls_channel_shut(connection);
        if (!connection_is_open(connection)) {
            return;
        }
    }
    connection->has_unread = !connection->is_body_end || connection_unread(connection) != 0;
    enter(connection, CONNECTION_LINGER);
    uv_shutdown_t *request = mem_alloc(sizeof(*request));
    if (uv_shutdown(request, (uv_stream_t *)&connection->tcp, on_shutdown) != 0) {
        mem_free(request);
        connection_close(connection);
    }
}

void connection_response_done(struct connection *connection)
{
    if (!connection_is_open(connection)) {
        return;
    }
    if (connection->state == CONNECTION_WEBSOCKET) {
        connection_wake(connection);
        return;
    }
    if (connection->must_close || connection->carrier.server->is_draining) {
        output_send_held(connection);
        if (!connection_is_open(connection)) {
            return;
        }
        if (connection->is_body_end && connection_unread(connection) == 0 &&
            output_queued(connection) == 0) {
            connection_close(connection);
        } else {
            connection_linger(connection);
        }
    } else if (!connection->is_body_end) {
        enter(connection, CONNECTION_DISCARD);
        connection->discarded = 0;
    } else {
        enter(connection, CONNECTION_IDLE);
    }
    connection_wake(connection);
}

/* --- the steps of a run: true when something happened and another step may follow --- */

static bool idle_step(struct connection *connection)
{
    /* Empty lines before a request are ignored (RFC 9112, 2.2). */
    while (connection->in.len != 0 &&
           (connection->in.ptr[0] == '\r' || connection->in.ptr[0] == '\n')) {
        connection->in = slice_skip(connection->in, 1);
    }
    struct http_server *server = connection->carrier.server;
    if (connection->in.len == 0) {
        if (connection->is_eof && output_queued(connection) == 0) {
            connection_close(connection);
        } else if (connection->is_eof) {
            connection_linger(connection);
        }
        return false;
    }
    if (output_queued(connection) > server->options.limits.pending_len) {
        return false; /* the client asks, but does not read the answers */
    }
    (void)exchange_take(&connection->carrier);
    h1_head_start(connection);
    enter(connection, CONNECTION_HEAD);
    return true;
}

static bool begin_http2(struct connection *connection)
{
    struct http_server *server = connection->carrier.server;
    if (!server->options.speaks_http2 || connection->is_used || server->is_draining ||
        !h2_session_begin(connection)) {
        return false;
    }
    exchange_abandon(connection->carrier.exchange);
    connection->read_deadline = 0;
    return true;
}

static bool head_step(struct connection *connection)
{
    if (connection->in.len == 0) {
        if (connection->is_eof) {
            connection_close(connection);
        }
        return false;
    }
    struct http_server *server = connection->carrier.server;
    int status = h1_head_parse(connection);
    if (status == H1_HEAD_IS_HTTP2) {
        status = begin_http2(connection) ? 0 : 505;
    }
    if (status == 0) {
        return true;
    }
    if (status == 200 && server->is_draining) {
        status = 503;
    }
    if (status != 200) {
        connection->is_body_end = false;
        h1_refuse(connection, status);
        return true;
    }
    struct http_exchange *exchange = connection->carrier.exchange;
    h1_body_start(connection);
    enter(connection, exchange->request.has_body ? CONNECTION_BODY : CONNECTION_WAIT);
    exchange->is_dispatched = true;
    connection->is_used = true;
    server->options.on_request(server->options.ctx, exchange);
    return true;
}

static bool step(struct connection *connection)
{
    switch (connection->state) {
    case CONNECTION_IDLE:
        return idle_step(connection);
    case CONNECTION_HANDSHAKE:
        if (connection->is_eof) {
            connection_close(connection);
        }
        return false;
    case CONNECTION_HEAD:
        return head_step(connection);
    case CONNECTION_BODY:
        return h1_body_step(connection);
    case CONNECTION_HTTP2:
        return h2_session_step(connection);
    case CONNECTION_WEBSOCKET:
        return websocket_step(connection);
    case CONNECTION_DISCARD:
        return h1_body_discard_step(connection);
    case CONNECTION_LINGER:
        connection->in = SLICE_NULL;
        return false;
    case CONNECTION_WAIT:
    case CONNECTION_CLOSED:
        return false;
    }
    assert(0);
    return false;
}

/* `input` is all of `pending`, or bytes from outside while `pending` is empty. */
static void run(struct connection *connection, struct slice input, bool is_pending)
{
    assert(!connection->is_running);
    connection->is_running = true;
    connection->in = input;
    size_t requests = 0;
    bool goes_on = true;
    while (goes_on && requests < REQUESTS_PER_RUN) {
        requests +=
            connection->state == CONNECTION_IDLE || connection->state == CONNECTION_WEBSOCKET;
        goes_on = step(connection);
    }
    connection->is_running = false;
    input = connection->in;
    connection->in = SLICE_NULL;
    if (!connection_is_open(connection)) {
        return;
    }
    if (is_pending) {
        buf_consume(&connection->pending, connection->pending.len - input.len);
    } else {
        buf_append(&connection->pending, input);
    }
    assert(buf_status(&connection->pending) == STATUS_OK);
    if (connection->pending.len == 0) {
        buf_finish(&connection->pending);
    }
    if (goes_on) {
        server_wake(connection->carrier.server, connection);
    }
    connection_settle(connection);
}

void connection_run(struct connection *connection)
{
    if (connection_is_open(connection)) {
        run(connection, buf_slice(&connection->pending), true);
    }
}

void connection_feed(struct connection *connection, struct slice bytes)
{
    if (!connection_is_open(connection) || connection->state == CONNECTION_LINGER) {
        return;
    }
    if (connection->pending.len == 0) {
        run(connection, bytes, false);
        return;
    }
    buf_append(&connection->pending, bytes);
    run(connection, buf_slice(&connection->pending), true);
}

void connection_feed_end(struct connection *connection)
{
    connection->is_eof = true;
    connection->carrier.has_fin = true;
    output_send_held(connection);
    if (connection->state == CONNECTION_LINGER) {
        if (connection->is_flushed) {
            connection_close(connection);
        }
        return;
    }
    connection_run(connection);
    if (connection->state != CONNECTION_WAIT && connection->state != CONNECTION_BODY) {
        return;
    }
    const struct http_exchange *exchange = connection->carrier.exchange;
    if (connection->carrier.server->options.fin_is_gone ||
        (exchange != NULL && exchange->fin_is_gone)) {
        connection_close(connection);
    } else {
        /* Perhaps half-closed: probes bring a reset when nobody is there any more. */
        (void)uv_tcp_keepalive(&connection->tcp, 1, 1);
    }
}

/* --- reading and deadlines --- */

/* The one read buffer serves all connections: a read is parsed, or its rest copied, before the
 * next. */
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    (void)suggested;
    const struct connection *connection = CONTAINER_OF(handle, struct connection, tcp);
    struct http_server *server = connection->carrier.server;
    if (server->read_buffer == NULL) {
        server->read_buffer = mem_alloc(READ_LEN);
    }
    *ret_buf = uv_buf_init(server->read_buffer, connection->tls == NULL ? READ_LEN : TLS_READ_LEN);
}

/* The first byte of a connection that is open tells whether it speaks TLS. */
static void recognize(struct connection *connection, char first)
{
    const struct http_server_options *options = &connection->carrier.server->options;
    connection->is_known = true;
    if (first != TLS_HANDSHAKE_RECORD || connection->state != CONNECTION_IDLE) {
        return;
    }
    if (options->tls == NULL && options->on_tls_trouble != NULL) {
        options->on_tls_trouble(options->ctx, TLS_TROUBLE_NOT_SPOKEN);
    } else if (options->tls != NULL && !tls_channel_begin(connection)) {
        connection_close(connection);
    }
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buf)
{
    struct connection *connection = CONTAINER_OF(stream, struct connection, tcp);
    if (count > 0) {
        struct slice bytes = slice_of(buf->base, (size_t)count);
        if (!connection->is_known) {
            recognize(connection, bytes.ptr[0]);
        }
        if (connection->tls != NULL) {
            tls_channel_read(connection, bytes);
        } else {
            connection_feed(connection, bytes);
        }
    } else if (count == UV_EOF) {
        connection_feed_end(connection);
    } else if (count < 0) {
        connection_close(connection);
    }
}

void connection_settle(struct connection *connection)
{
    if (!connection_is_open(connection)) {
        return;
    }
    bool wants = !connection->is_eof && connection->pending.len < PENDING_LEN;
    if (wants != connection->is_reading) {
        uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
        int rc = wants ? uv_read_start(stream, on_alloc, on_read) : uv_read_stop(stream);
        if (rc != 0) {
            connection_close(connection);
            return;
        }
        connection->is_reading = wants;
    }
    connection->read_deadline = deadline_of(connection);
    if (connection->read_deadline != 0) {
        server_arm(connection->carrier.server, connection->read_deadline);
    }
}

void connection_wake(struct connection *connection)
{
    if (connection->is_running || !connection_is_open(connection)) {
        return;
    }
    bool has_reader =
        connection->state == CONNECTION_BODY && reader_wants(connection->carrier.exchange);
    if (connection->pending.len != 0 || connection->is_eof || has_reader) {
        server_wake(connection->carrier.server, connection);
    }
    connection_settle(connection);
}

void connection_start(struct connection *connection, uint16_t local_port)
{
    struct peer *peer = &connection->peer;
    struct sockaddr_storage address = {0};
    int len = sizeof(address);
    peer->local_port = local_port;
    if (uv_tcp_getpeername(&connection->tcp, (struct sockaddr *)&address, &len) == 0) {
        const struct sockaddr *any = (const struct sockaddr *)&address;
        if (uv_ip_name(any, peer->address, sizeof(peer->address)) != 0) {
            peer->address[0] = '\0';
        }
        peer->port = address.ss_family == AF_INET6
                         ? ntohs(((const struct sockaddr_in6 *)any)->sin6_port)
                         : ntohs(((const struct sockaddr_in *)any)->sin_port);
    }
    (void)uv_tcp_nodelay(&connection->tcp, 1);
    connection_settle(connection);
}
