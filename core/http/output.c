#include "core/http/private.h"

#include "core/mem.h"

#include <assert.h>

#define PARTS_MAX 4 /* and one for what is held */

/* Bytes the socket did not take. The connection outlives the request: libuv completes it before the
 * close callback. */
struct queued {
    uv_write_t request;
    char bytes[];
};

size_t output_queued(const struct connection *connection)
{
    return uv_stream_get_write_queue_size((const uv_stream_t *)&connection->tcp);
}

static void on_write(uv_write_t *request, int status)
{
    struct connection *connection = CONTAINER_OF(request->handle, struct connection, tcp);
    mem_free(CONTAINER_OF(request, struct queued, request));
    if (!connection_is_open(connection)) {
        return;
    }
    if (status != 0) {
        connection_close(connection);
        return;
    }
    size_t queued = output_queued(connection);
    if (queued == 0) {
        connection->write_deadline = 0;
    }
    if (connection->h2 != NULL) {
        server_wake(connection->carrier.server, connection); /* frames, and streams, may wait */
    } else if (connection->carrier.exchange != NULL) {
        exchange_sent(connection->carrier.exchange, queued);
    }
    if (connection->state == CONNECTION_WEBSOCKET) {
        websocket_sent(connection);
    } else if (connection->state == CONNECTION_IDLE) {
        connection_wake(connection); /* pipelined requests may have waited for this */
    }
}

static void queue(struct connection *connection, const struct slice *parts, size_t count,
                  size_t skip, size_t len)
{
    struct queued *queued = mem_alloc(sizeof(*queued) + len);
    char *at = queued->bytes;
    for (size_t i = 0; i < count; i++) {
        struct slice part = slice_skip(parts[i], skip);
        skip -= parts[i].len - part.len;
        if (part.len != 0) {
            memcpy(at, part.ptr, part.len);
            at += part.len;
        }
    }
    uv_buf_t buf = uv_buf_init(queued->bytes, (unsigned int)len);
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    if (uv_write(&queued->request, stream, &buf, 1, on_write) != 0) {
        mem_free(queued);
        connection_close(connection);
        return;
    }
    if (connection->write_deadline == 0) {
        struct http_server *server = connection->carrier.server;
        connection->write_seen = output_queued(connection);
        connection->write_deadline =
            uv_now(server->context->loop) + server->options.limits.write_stall_ms;
        server_arm(server, connection->write_deadline);
    }
}

void output_send(struct connection *connection, const struct slice *parts, size_t count)
{
    uv_buf_t bufs[PARTS_MAX + 1] = {{0}};
    unsigned int used = 0;
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len != 0) {
            /* libuv only reads the bytes; its struct has no const. */
            bufs[used++] = (uv_buf_t){.base = (char *)(uintptr_t)parts[i].ptr, .len = parts[i].len};
            len += parts[i].len;
        }
    }
    int sent = uv_try_write((uv_stream_t *)&connection->tcp, bufs, used);
    if (sent == UV_EAGAIN) {
        sent = 0;
    }
    if (sent >= 0 && (size_t)sent < len) {
        queue(connection, parts, count, (size_t)sent, len - (size_t)sent);
    }
    if (sent < 0) {
        connection_close(connection);
    }
}

void output_write(struct connection *connection, const struct slice *parts, size_t count)
{
    assert(count <= PARTS_MAX);
    struct slice all[PARTS_MAX + 1];
    bool has_held = connection->held.len != 0;
    if (has_held) {
        all[0] = buf_slice(&connection->held);
        for (size_t i = 0; i < count; i++) {
            all[i + 1] = parts[i];
        }
        parts = all;
        count++;
    }
    if (connection->tls != NULL) {
        tls_channel_write(connection, parts, count);
    } else {
        output_send(connection, parts, count);
    }
    if (has_held) {
        buf_clear(&connection->held);
        connection->held_deadline = 0;
    }
}

bool output_hold(struct connection *connection, struct slice bytes)
{
    struct http_server *server = connection->carrier.server;
    struct slice next = connection->is_running ? connection->in : buf_slice(&connection->pending);
    /* A whole head without a body behind it: not the first half of a request, which may take its
     * time, and not the stray line end some clients send behind a body. */
    if (!server->options.merges_pipelined || connection->must_close || server->is_draining ||
        connection->is_eof || next.len < 16 || !slice_ends_with(next, SLICE("\r\n\r\n")) ||
        connection->held.len + bytes.len > HELD_LEN) {
        return false;
    }
    buf_append(&connection->held, bytes);
    if (connection->held_deadline == 0) {
        connection->held_deadline = uv_now(server->context->loop) + HELD_MS;
        server_arm(server, connection->held_deadline);
    }
    return true;
}

void output_send_held(struct connection *connection)
{
    if (connection->held.len != 0) {
        output_write(connection, NULL, 0);
    }
}
