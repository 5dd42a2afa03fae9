/* A connection that the fuzzers of core/http feed by hand, over one end of a socket pair. */
#ifndef SLS_TESTS_FUZZ_HTTP_FEED_H
#define SLS_TESTS_FUZZ_HTTP_FEED_H

#include "core/http/private.h"

#include <assert.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static void collect(int fd, struct buf *output)
{
    ssize_t count;
    do {
        char *room = buf_reserve(output, 65536);
        count = read(fd, room, 65536);
        buf_advance(output, count > 0 ? (size_t)count : 0);
    } while (count > 0);
}

/* `input` in pieces of `step` bytes, then FIN; what the server says goes to `output`. */
static void feed(struct context *context, const struct http_server_options *options,
                 struct slice input, size_t step, struct buf *output)
{
    struct http_server *server = http_server_create(context, options);
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

/* The loop is made once: libuv's threads and signals are not part of what is fuzzed. */
static struct context feed_context(struct clock *clock, struct log *log)
{
    static uv_loop_t loop;
    static bool is_init;
    if (!is_init) {
        is_init = uv_loop_init(&loop) == 0;
    }
    clock_init_manual(clock, 0);
    log_init(log, clock, LOG_OFF);
    return (struct context){&loop, clock, log, NULL, NULL};
}

#endif
