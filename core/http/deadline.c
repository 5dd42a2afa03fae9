#include "core/http/h2.h"

#include <assert.h>
#include <sys/socket.h>

uint64_t deadline_of(const struct connection *connection)
{
    const struct http_limits *limits = &connection->carrier.server->options.limits;
    uint64_t now = uv_now(connection->carrier.server->context->loop);
    uint64_t kept = connection->read_deadline;
    switch (connection->state) {
    case CONNECTION_IDLE:
        return output_queued(connection) == 0 ? now + limits->idle_ms : 0;
    case CONNECTION_HANDSHAKE:
    case CONNECTION_HEAD:
        return kept != 0 ? kept : now + limits->head_ms;
    case CONNECTION_BODY:
        return reader_wants(connection->carrier.exchange) ? now + limits->body_stall_ms : 0;
    case CONNECTION_DISCARD:
        return kept != 0 ? kept : now + limits->body_stall_ms;
    case CONNECTION_LINGER:
        return kept;
    case CONNECTION_HTTP2:
        return connection->h2->deadline;
    case CONNECTION_WEBSOCKET:
        return websocket_deadline(connection);
    case CONNECTION_WAIT:
        return connection->is_eof ? now + PROBE_MS : 0;
    case CONNECTION_CLOSED:
        return 0;
    }
    assert(0);
    return 0;
}

/* libuv does not look for errors on a stream that was read to its end. */
static bool has_error(const struct connection *connection)
{
    uv_os_fd_t fd;
    int error = 0;
    socklen_t len = sizeof(error);
    return uv_fileno((const uv_handle_t *)&connection->tcp, &fd) != 0 ||
           getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0;
}

void connection_expire(struct connection *connection, uint64_t now)
{
    if (connection->write_deadline != 0 && connection->write_deadline <= now) {
        size_t queued = output_queued(connection);
        if (queued >= connection->write_seen) {
            if (connection->state == CONNECTION_WEBSOCKET) {
                websocket_stalled(connection);
            }
            connection_reset(connection);
            return;
        }
        connection->write_seen = queued; /* it reads, if slowly */
        connection->write_deadline =
            now + connection->carrier.server->options.limits.write_stall_ms;
    }
    if (connection->held_deadline != 0 && connection->held_deadline <= now) {
        output_send_held(connection);
    }
    if (!connection_is_open(connection) || connection->read_deadline == 0 ||
        connection->read_deadline > now) {
        return;
    }
    if (connection->state == CONNECTION_HTTP2) {
        h2_session_expire(connection, now);
    } else if (connection->state == CONNECTION_HEAD || connection->state == CONNECTION_BODY) {
        connection->is_body_end = false;
        h1_refuse(connection, 408);
    } else if (connection->state == CONNECTION_WAIT && !has_error(connection)) {
        connection->read_deadline = now + PROBE_MS;
    } else {
        connection_close(connection);
    }
}
