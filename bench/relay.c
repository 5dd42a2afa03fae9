/* The limit that the gateway is measured against: a bare relay with the same socket hops and
 * nothing else.
 *
 *     wrk -> relay -> worker process -> relay -> wrk
 *
 * Each worker is a forked process with one TCP connection to the relay, as a sandbox has to its
 * Runtime API. The relay looks at no byte it passes: a request ends at the blank line, the worker
 * gets it whole, its answer goes back whole. No HTTP is parsed, no JSON written, no process
 * watched.
 *
 * usage: bench-relay WORKERS       prints the port, serves until stdin closes
 *
 * Thread  One epoll loop; blocking workers. Requests up to 8 KB without bodies, which is what wrk
 * sends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MAX 4096
#define REQUEST_MAX 8192
#define EVENTS_MAX 256

struct peer {
    int fd;
    int is_worker;
    int partner; /* fd the answer goes to */
    size_t len;
    char bytes[REQUEST_MAX];
};

static struct peer *peers[CONNECTIONS_MAX];
static int idle[CONNECTIONS_MAX];
static size_t idle_count;
static int waiting[CONNECTIONS_MAX];
static size_t wait_head, wait_tail;

static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                             "Content-Length: 27\r\n\r\n{\"message\":\"hello, world!\"}";

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on_loopback(unsigned short *ret_port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
        die("listen");
    }
    *ret_port = ntohs(address.sin_port);
    return fd;
}

static void no_delay(int fd)
{
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static void run_worker(unsigned short port)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        die("connect");
    }
    no_delay(fd);
    char bytes[REQUEST_MAX];
    while (read(fd, bytes, sizeof bytes) > 0) {
        if (write(fd, answer, sizeof answer - 1) < 0) {
            break;
        }
    }
    _exit(0);
}

static void watch(int epoll, int fd, int is_worker)
{
    if (fd >= CONNECTIONS_MAX) {
        close(fd);
        return;
    }
    no_delay(fd);
    peers[fd] = calloc(1, sizeof *peers[fd]);
    peers[fd]->fd = fd;
    peers[fd]->is_worker = is_worker;
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

static void pass_on(int client, int worker)
{
    peers[worker]->partner = client;
    if (write(worker, peers[client]->bytes, peers[client]->len) < 0) {
        die("worker");
    }
    peers[client]->len = 0;
}

static void on_client(struct peer *client)
{
    ssize_t len = read(client->fd, client->bytes + client->len, REQUEST_MAX - client->len);
    if (len <= 0) {
        close(client->fd);
        peers[client->fd] = NULL;
        free(client);
        return;
    }
    client->len += (size_t)len;
    if (client->len < 4 || memcmp(client->bytes + client->len - 4, "\r\n\r\n", 4) != 0) {
        return;
    }
    if (idle_count > 0) {
        pass_on(client->fd, idle[--idle_count]);
    } else {
        waiting[wait_tail++ % CONNECTIONS_MAX] = client->fd;
    }
}

static void on_worker(struct peer *worker)
{
    ssize_t len = read(worker->fd, worker->bytes, REQUEST_MAX);
    if (len <= 0) {
        die("worker gone");
    }
    if (peers[worker->partner] != NULL && write(worker->partner, worker->bytes, (size_t)len) < 0 &&
        errno != EPIPE && errno != ECONNRESET) {
        die("client");
    }
    if (wait_head < wait_tail) {
        pass_on(waiting[wait_head++ % CONNECTIONS_MAX], worker->fd);
    } else {
        idle[idle_count++] = worker->fd;
    }
}

int main(int argc, char **argv)
{
    int workers = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 16;
    signal(SIGPIPE, SIG_IGN);
    unsigned short worker_port;
    unsigned short port;
    int worker_listener = listen_on_loopback(&worker_port);
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < workers; i++) {
        if (fork() == 0) {
            run_worker(worker_port);
        }
        int fd = accept(worker_listener, NULL, NULL);
        watch(epoll, fd, 1);
        idle[idle_count++] = fd;
    }
    int listener = listen_on_loopback(&port);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
    event.data.fd = STDIN_FILENO;
    epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
    printf("%u\n", (unsigned)port);
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(epoll, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == STDIN_FILENO) {
                return 0;
            }
            if (fd == listener) {
                int accepted = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
                if (accepted >= 0) {
                    watch(epoll, accepted, 0);
                }
            } else if (peers[fd] != NULL) {
                (peers[fd]->is_worker ? on_worker : on_client)(peers[fd]);
            }
        }
    }
}
