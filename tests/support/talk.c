#include "talk.h"

#include <criterion/criterion.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

void talk_pump(uv_loop_t *loop)
{
    (void)uv_run(loop, UV_RUN_NOWAIT);
    struct pollfd fd = {uv_backend_fd(loop), POLLIN, 0};
    (void)poll(&fd, 1, 1);
}

uint64_t talk_deadline(void)
{
    return uv_hrtime() + WAIT_MS * UINT64_C(1000000);
}

void talk_pump_until(uv_loop_t *loop, uint64_t deadline)
{
    cr_assert_lt(uv_hrtime(), deadline, "it never happened");
    talk_pump(loop);
}

int talk_connect(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(fd, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    return fd;
}

bool talk_read(int fd, struct buf *received)
{
    char bytes[16384];
    ssize_t count = recv(fd, bytes, sizeof(bytes), 0);
    if (count > 0) {
        buf_append(received, slice_of(bytes, (size_t)count));
    }
    return count > 0 || (count < 0 && errno == EAGAIN);
}

const char *talk_all(uv_loop_t *loop, uint16_t port, struct slice request, struct buf *received)
{
    int fd = talk_connect(port);
    uint64_t deadline = talk_deadline();
    buf_clear(received);
    do {
        ssize_t sent = request.len != 0 ? send(fd, request.ptr, request.len, MSG_NOSIGNAL) : 0;
        if (sent > 0) {
            request = slice_skip(request, (size_t)sent);
            if (request.len == 0) {
                (void)shutdown(fd, SHUT_WR);
            }
        }
        talk_pump_until(loop, deadline);
    } while (talk_read(fd, received));
    (void)close(fd);
    return buf_cstr(received);
}

void talk_reset(int fd)
{
    struct linger linger = {1, 0};
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)), 0);
    (void)close(fd);
}
