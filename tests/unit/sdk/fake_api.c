#include "fake_api.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct stream {
    int fd;
    char *bytes;
    size_t len;
    size_t reads;
};

static bool stream_more(struct stream *stream)
{
    enum { STEP = 65536 };
    stream->bytes = realloc(stream->bytes, stream->len + STEP + 1);
    ssize_t size = recv(stream->fd, stream->bytes + stream->len, STEP, 0);
    if (size <= 0) {
        return false;
    }
    stream->reads++;
    stream->len += (size_t)size;
    stream->bytes[stream->len] = '\0';
    return true;
}

/* The length of the first whole request in `text`, 0 when it is not whole yet. */
static size_t request_len(const char *text, size_t len)
{
    const char *end = len == 0 ? NULL : strstr(text, "\r\n\r\n");
    if (end == NULL) {
        return 0;
    }
    size_t head = (size_t)(end - text) + 4;
    const char *length = strstr(text, "Content-Length: ");
    const char *chunked = strstr(text, "Transfer-Encoding: chunked");
    if (length != NULL && length < end) {
        size_t whole = head + (size_t)strtoul(length + 16, NULL, 10);
        return whole <= len ? whole : 0;
    }
    if (chunked == NULL || chunked > end) {
        return head;
    }
    size_t at = head;
    for (;;) {
        if (at >= len || strstr(text + at, "\r\n") == NULL) {
            return 0;
        }
        size_t size = (size_t)strtoul(text + at, NULL, 16);
        size_t data = (size_t)(strstr(text + at, "\r\n") - text) + 2;
        if (size == 0) {
            const char *last = strncmp(text + data, "\r\n", 2) == 0
                                   ? text + data - 2
                                   : strstr(text + data, "\r\n\r\n");
            return last == NULL ? 0 : (size_t)(last - text) + 4;
        }
        at = data + size + 2;
    }
}

static void send_pieces(int fd, const struct fake_answer *answer, size_t piece)
{
    size_t len = answer->len > 0 ? answer->len : strlen(answer->bytes);
    for (size_t at = 0; at < len;) {
        size_t size = piece == 0 || piece > len - at ? len - at : piece;
        ssize_t sent = send(fd, answer->bytes + at, size, MSG_NOSIGNAL);
        if (sent <= 0) {
            return; /* the client gave up on us: a test may want that */
        }
        at += (size_t)sent;
    }
}

static void *serve(void *argument)
{
    struct fake_api *fake = argument;
    struct stream stream = {.fd = -1};
    while (fake->request_count < fake->answer_count) {
        if (stream.fd < 0) {
            stream.fd = accept(fake->listener, NULL, NULL);
            int on = 1;
            setsockopt(stream.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            stream.len = 0;
            fake->connections++;
        }
        size_t len = request_len(stream.bytes, stream.len);
        if (len == 0) {
            if (!stream_more(&stream)) {
                close(stream.fd);
                stream.fd = -1;
                if (fake->connections > FAKE_REQUESTS_MAX) {
                    break;
                }
            }
            continue;
        }
        size_t index = fake->request_count++;
        fake->requests[index] = calloc(1, len + 1);
        memcpy(fake->requests[index], stream.bytes, len);
        fake->reads[index] = stream.reads;
        memmove(stream.bytes, stream.bytes + len, stream.len - len + 1);
        stream.len -= len;
        if (fake->answers[index].bytes == NULL) {
            close(stream.fd);
            stream.fd = -1;
        } else {
            send_pieces(stream.fd, &fake->answers[index], fake->piece);
        }
    }
    close(fake->listener);
    if (stream.fd >= 0) {
        shutdown(stream.fd, SHUT_WR);
        while (
            stream_more(&stream)) { /* until the client is gone too: no reset cuts what we sent */
        }
        close(stream.fd);
    }
    free(stream.bytes);
    return NULL;
}

void fake_api_start(struct fake_api *fake)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    fake->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(bind(fake->listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    cr_assert(listen(fake->listener, 8) == 0);
    cr_assert(getsockname(fake->listener, (struct sockaddr *)&address, &len) == 0);
    char text[32];
    snprintf(text, sizeof(text), "127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    setenv("AWS_LAMBDA_RUNTIME_API", text, 1);
    cr_assert(pthread_create(&fake->thread, NULL, serve, fake) == 0);
}

void fake_api_join(struct fake_api *fake)
{
    pthread_join(fake->thread, NULL);
}

void fake_api_finish(struct fake_api *fake)
{
    for (size_t i = 0; i < fake->request_count; i++) {
        free(fake->requests[i]);
    }
}
