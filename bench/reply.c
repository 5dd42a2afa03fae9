/* The limit that the store is measured against: a bare HTTP reply, and nothing else.
 *
 * One epoll loop. A request ends after its Content-Length bytes; whatever it was, the same answer of SIZE bytes goes
 * back. No HTTP is parsed beyond that one header, no JSON read or written, nothing stored.
 *
 * usage: bench-reply SIZE       prints the port, serves until stdin closes */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4096
#define REQUEST_MAX 65536
#define EVENTS_MAX 256

struct client {
    size_t len;
    char bytes[REQUEST_MAX];
};

static struct client *clients[CONNECTIONS_MAX];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* Bytes of the first whole request; 0 when it is not whole yet. */
static size_t request_len(const struct client *client)
{
    const char *end = memmem(client->bytes, client->len, "\r\n\r\n", 4);
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - client->bytes) + 4;
    const char *length = memmem(client->bytes, head, "Content-Length: ", 16);
    size_t body = length != NULL ? (size_t)strtoul(length + 16, NULL, 10) : 0;
    return head + body <= client->len ? head + body : 0;
}

static void on_client(int fd, const char *answer, size_t answer_len)
{
    struct client *client = clients[fd];
    ssize_t len = read(fd, client->bytes + client->len, REQUEST_MAX - client->len);
    if (len <= 0) {
        close(fd);
        free(client);
        clients[fd] = NULL;
        return;
    }
    client->len += (size_t)len;
    size_t used;
    while ((used = request_len(client)) > 0) {
        memmove(client->bytes, client->bytes + used, client->len - used);
        client->len -= used;
        for (size_t sent = 0; sent < answer_len;) { /* blocking: the load generator reads all of it */
            ssize_t part = write(fd, answer + sent, answer_len - sent);
            if (part <= 0) {
                return;
            }
            sent += (size_t)part;
        }
    }
}

int main(int argc, char **argv)
{
    size_t size = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 100;
    signal(SIGPIPE, SIG_IGN);
    char *answer = malloc(size + 256);
    int head = sprintf(answer,
                       "HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.0\r\n"
                       "Content-Length: %zu\r\n\r\n",
                       size);
    memset(answer + head, 'x', size);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, 1024) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &len) != 0) {
        die("listen");
    }
    printf("%u\n", (unsigned)ntohs(address.sin_port));
    fflush(stdout);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = STDIN_FILENO;
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO) {
                return 0;
            }
            if (fd != listener) {
                on_client(fd, answer, (size_t)head + size);
                continue;
            }
            int accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
            if (accepted < 0 || accepted >= CONNECTIONS_MAX) {
                close(accepted);
                continue;
            }
            int one = 1;
            setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
            clients[accepted] = calloc(1, sizeof *clients[accepted]);
            event.data.fd = accepted;
            epoll_ctl(epoll, EPOLL_CTL_ADD, accepted, &event);
        }
    }
}
