#include <sls_client.h>

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    HEAD_MAX = 65536, /* of an answer of the Runtime API */
    EVENT_MAX = HEAD_MAX + 6291556,
    READ_STEP = 65536, /* at least this much room for one recv() */
    ATTEMPTS = 3,
};

#define NEXT_PATH "/2018-06-01/runtime/invocation/next"

static const char *const field_names[SLS_FIELD_COUNT] = {
    [SLS_FIELD_REQUEST_ID] = "Lambda-Runtime-Aws-Request-Id",
    [SLS_FIELD_DEADLINE] = "Lambda-Runtime-Deadline-Ms",
    [SLS_FIELD_FUNCTION_ARN] = "Lambda-Runtime-Invoked-Function-Arn",
    [SLS_FIELD_TRACE_ID] = "Lambda-Runtime-Trace-Id",
    [SLS_FIELD_CLIENT_CONTEXT] = "Lambda-Runtime-Client-Context",
    [SLS_FIELD_COGNITO_IDENTITY] = "Lambda-Runtime-Cognito-Identity",
    [SLS_FIELD_TENANT_ID] = "Lambda-Runtime-Aws-Tenant-Id",
    [SLS_FIELD_CONTENT_TYPE] = "Content-Type",
};

/* --- buffers --- */

static int buffer_reserve(struct sls_buffer *buffer, size_t more, size_t max)
{
    if (more > max || buffer->len > max - more) {
        return SLS_TOO_LARGE;
    }
    size_t need = buffer->len + more;
    if (need <= buffer->capacity) {
        return SLS_OK;
    }
    size_t capacity = buffer->capacity < READ_STEP ? READ_STEP : buffer->capacity;
    while (capacity < need) {
        capacity *= 2;
    }
    char *bytes = realloc(buffer->bytes, capacity);
    if (bytes == NULL) {
        return SLS_NO_MEMORY;
    }
    buffer->bytes = bytes;
    buffer->capacity = capacity;
    return SLS_OK;
}

int sls_buffer_append(struct sls_buffer *buffer, const void *bytes, size_t len, size_t max)
{
    int status = buffer_reserve(buffer, len, max);
    if (status == SLS_OK && len > 0) {
        memcpy(buffer->bytes + buffer->len, bytes, len);
        buffer->len += len;
    }
    return status;
}

int sls_buffer_append_json(struct sls_buffer *buffer, const char *text, size_t len, size_t max)
{
    static const char short_escapes[] = "btnvfr"; /* of 8 to 13; v is not JSON's */
    size_t start = buffer->len;
    int status = sls_buffer_append(buffer, "\"", 1, max);
    size_t from = 0;
    for (size_t i = 0; i < len && status == SLS_OK; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 0x20 && byte != '"' && byte != '\\') {
            continue;
        }
        char escape[8];
        int size;
        if (byte == '"' || byte == '\\') {
            size = snprintf(escape, sizeof(escape), "\\%c", byte);
        } else if (byte >= 8 && byte <= 13 && byte != 11) {
            size = snprintf(escape, sizeof(escape), "\\%c", short_escapes[byte - 8]);
        } else {
            size = snprintf(escape, sizeof(escape), "\\u%04x", byte);
        }
        status = sls_buffer_append(buffer, text + from, i - from, max);
        if (status == SLS_OK) {
            status = sls_buffer_append(buffer, escape, (size_t)size, max);
        }
        from = i + 1;
    }
    if (status == SLS_OK) {
        status = sls_buffer_append(buffer, text + from, len - from, max);
    }
    if (status == SLS_OK) {
        status = sls_buffer_append(buffer, "\"", 1, max);
    }
    if (status != SLS_OK) {
        buffer->len = start;
    }
    return status;
}

/* Appends formatted text; nothing of it on failure. */
int sls_buffer_vprintf(struct sls_buffer *buffer, size_t max, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    size_t room = buffer->capacity - buffer->len;
    int size = vsnprintf(room > 0 ? buffer->bytes + buffer->len : NULL, room, format, args);
    int status = size < 0 ? SLS_MISUSE : buffer_reserve(buffer, (size_t)size + 1, max + 1);
    if (status == SLS_OK) {
        if ((size_t)size >= room) {
            (void)vsnprintf(buffer->bytes + buffer->len, (size_t)size + 1, format, again);
        }
        buffer->len += (size_t)size;
    }
    va_end(again);
    return status;
}

/* --- the connection --- */

void sls_client_disconnect(struct sls_client *client)
{
    if (client->fd >= 0) {
        int saved = errno;
        close(client->fd);
        errno = saved;
    }
    client->fd = -1;
    client->in.len = 0;
    client->consumed = 0;
}

int sls_client_connect(struct sls_client *client)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    if (getaddrinfo(client->host, client->port, &hints, &found) != 0) {
        return SLS_LOST;
    }
    for (const struct addrinfo *one = found; one != NULL && client->fd < 0; one = one->ai_next) {
        client->fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (client->fd >= 0 && connect(client->fd, one->ai_addr, one->ai_addrlen) != 0) {
            sls_client_disconnect(client);
        }
    }
    freeaddrinfo(found);
    if (client->fd < 0) {
        return SLS_LOST;
    }
    int on = 1;
    (void)setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return SLS_OK;
}

/* Sends all parts, which it changes. */
int sls_client_send(struct sls_client *client, struct iovec *parts, size_t count)
{
    while (count > 0) {
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
        ssize_t sent = sendmsg(client->fd, &message, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR) {
                continue;
            }
            return SLS_LOST;
        }
        size_t left = (size_t)sent;
        while (count > 0 && left >= parts->iov_len) {
            left -= parts->iov_len;
            parts++;
            count--;
        }
        if (count > 0) {
            parts->iov_base = (char *)parts->iov_base + left;
            parts->iov_len -= left;
        }
    }
    return SLS_OK;
}

/* Reads at least one more byte behind in.len, leaving room for a 0 byte. */
static int receive(struct sls_client *client)
{
    struct sls_buffer *in = &client->in;
    int status = buffer_reserve(in, READ_STEP, (size_t)EVENT_MAX + READ_STEP);
    if (status != SLS_OK) {
        return status == SLS_TOO_LARGE ? SLS_PROTOCOL : status;
    }
    for (;;) {
        ssize_t size = recv(client->fd, in->bytes + in->len, in->capacity - in->len - 1, 0);
        if (size > 0) {
            in->len += (size_t)size;
            return SLS_OK;
        }
        if (size == 0) {
            errno = ECONNRESET;
            return SLS_LOST;
        }
        if (errno != EINTR) {
            return SLS_LOST;
        }
    }
}

/* --- answers --- */

static bool parse_size(const char *text, int base, size_t *ret_size)
{
    char *end;
    errno = 0;
    unsigned long long size = strtoull(text, &end, base);
    if (end == text || errno != 0 || size > EVENT_MAX || *text == '-') {
        return false;
    }
    *ret_size = (size_t)size;
    return true;
}

/* One header line, both halves ended by 0 bytes. */
static int take_header(struct sls_answer *answer, const char *start, char *name, char *value)
{
    if (strcasecmp(name, "Content-Length") == 0) {
        return parse_size(value, 10, &answer->body_len) ? SLS_OK : SLS_PROTOCOL;
    }
    if (strcasecmp(name, "Transfer-Encoding") == 0) {
        answer->is_chunked = strcasecmp(value, "chunked") == 0;
        return answer->is_chunked ? SLS_OK : SLS_PROTOCOL;
    }
    for (int field = 0; field < SLS_FIELD_COUNT; field++) {
        if (strcasecmp(name, field_names[field]) == 0) {
            answer->fields[field] = (size_t)(value - start);
        }
    }
    return SLS_OK;
}

/* The head lies in `head`..`end`, its last CRLF included. Positions are taken from `start`. */
static int parse_head(struct sls_answer *answer, const char *start, char *head, char *end)
{
    *answer = (struct sls_answer){0};
    if (end - head < 14 || memcmp(head, "HTTP/1.", 7) != 0) {
        return SLS_PROTOCOL;
    }
    answer->status = (head[9] - '0') * 100 + (head[10] - '0') * 10 + (head[11] - '0');
    char *line = strstr(head, "\r\n") + 2;
    while (line < end) {
        char *line_end = strstr(line, "\r\n");
        char *colon = memchr(line, ':', (size_t)(line_end - line));
        if (colon == NULL) {
            return SLS_PROTOCOL;
        }
        char *next = line_end + 2;
        while (line_end > colon + 1 && (line_end[-1] == ' ' || line_end[-1] == '\t')) {
            line_end--;
        }
        *colon = '\0';
        *line_end = '\0';
        int status = take_header(answer, start, line, colon + 1 + strspn(colon + 1, " \t"));
        if (status != SLS_OK) {
            return status;
        }
        line = next;
    }
    return SLS_OK;
}

/* Waits until `mark` stands in the unread bytes from `from` on, at most `max` bytes away. */
static int wait_for(struct sls_client *client, size_t from, const char *mark, size_t max,
                    size_t *ret_position)
{
    for (;;) {
        struct sls_buffer *in = &client->in;
        if (in->len > from) {
            in->bytes[in->len] = '\0';
            const char *found = strstr(in->bytes + from, mark);
            if (found != NULL) {
                *ret_position = (size_t)(found - in->bytes);
                return SLS_OK;
            }
            if (in->len - from > max || memchr(in->bytes + from, 0, in->len - from) != NULL) {
                return SLS_PROTOCOL;
            }
        }
        int status = receive(client);
        if (status != SLS_OK) {
            return status;
        }
    }
}

static int wait_until(struct sls_client *client, size_t len)
{
    while (client->in.len < len) {
        int status = receive(client);
        if (status != SLS_OK) {
            return status;
        }
    }
    return SLS_OK;
}

/* Reads a chunked body and closes its gaps, so that it lies there as if it had come in one piece.
 */
static int read_chunks(struct sls_client *client, struct sls_answer *answer)
{
    size_t read = answer->body;
    answer->body_len = 0;
    for (;;) {
        size_t line_end;
        size_t size;
        int status = wait_for(client, read, "\r\n", 1024, &line_end);
        if (status != SLS_OK) {
            return status;
        }
        if (!parse_size(client->in.bytes + read, 16, &size)) {
            return SLS_PROTOCOL;
        }
        if (size == 0) {
            read = line_end + 2;
            break;
        }
        read = line_end + 2;
        status = wait_until(client, read + size + 2);
        if (status != SLS_OK) {
            return status;
        }
        char *bytes = client->in.bytes;
        memmove(bytes + answer->body + answer->body_len, bytes + read, size);
        answer->body_len += size;
        read += size + 2;
    }
    for (;;) { /* trailers, which nobody here sends with a meaning */
        size_t line_end;
        int status = wait_for(client, read, "\r\n", HEAD_MAX, &line_end);
        if (status != SLS_OK) {
            return status;
        }
        bool is_last = line_end == read;
        read = line_end + 2;
        if (is_last) {
            client->consumed = read;
            return SLS_OK;
        }
    }
}

/* Reads the next answer whole. A 0 byte follows its body if nothing else does. */
int sls_client_read(struct sls_client *client, struct sls_answer *answer)
{
    size_t head_end;
    int status = wait_for(client, client->consumed, "\r\n\r\n", HEAD_MAX, &head_end);
    if (status != SLS_OK) {
        return status;
    }
    char *start = client->in.bytes;
    status = parse_head(answer, start, start + client->consumed, start + head_end + 2);
    if (status != SLS_OK) {
        return status;
    }
    answer->body = head_end + 4;
    if (answer->is_chunked) {
        status = read_chunks(client, answer);
    } else {
        status = wait_until(client, answer->body + answer->body_len);
        client->consumed = answer->body + answer->body_len;
    }
    if (status == SLS_OK && (answer->is_chunked || client->consumed == client->in.len)) {
        client->in.bytes[answer->body + answer->body_len] = '\0';
    }
    return status;
}

/* --- requests --- */

struct iovec sls_part(const char *bytes, size_t len)
{
    union {
        const char *from;
        char *to;
    } cast = {.from = bytes}; /* struct iovec serves readers too, so its pointer is not const */
    return (struct iovec){.iov_base = cast.to, .iov_len = len};
}

/* Sends `posts` (0 or 1 POST, in `count` parts) and the request for the next event in one go, then
 * reads both answers. Started over on a new connection when this one is lost. */
int sls_client_exchange(struct sls_client *client, const struct iovec *post, size_t count)
{
    char next[512];
    int next_len = snprintf(next, sizeof(next), "GET " NEXT_PATH " HTTP/1.1\r\nHost: %s:%s\r\n\r\n",
                            client->host, client->port);
    int status = SLS_LOST;
    bool is_posted = count == 0;
    client->in.len = 0;
    client->consumed = 0;
    for (int attempt = 0; attempt < ATTEMPTS && status == SLS_LOST; attempt++) {
        if (client->fd < 0 && sls_client_connect(client) != SLS_OK) {
            continue;
        }
        struct iovec parts[SLS_PARTS_MAX];
        size_t part_count = is_posted ? 0 : count;
        for (size_t i = 0; i < part_count; i++) {
            parts[i] = post[i];
        }
        parts[part_count++] = sls_part(next, (size_t)next_len);
        status = sls_client_send(client, parts, part_count);
        if (status == SLS_OK && !is_posted) {
            status = sls_client_read(client, &client->event);
            /* Refused (too late, too large) is answered all the same; 500 means: exit. */
            is_posted = status == SLS_OK;
            if (is_posted && client->event.status == 500) {
                status = SLS_PROTOCOL;
            }
        }
        if (status == SLS_OK) {
            status = sls_client_read(client, &client->event);
        }
        if (status != SLS_OK) {
            sls_client_disconnect(client);
        }
    }
    if (status == SLS_OK &&
        (client->event.status != 200 || client->event.fields[SLS_FIELD_REQUEST_ID] == 0)) {
        status = SLS_PROTOCOL;
    }
    return status;
}
