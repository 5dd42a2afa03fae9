#include "core/http/private.h"

#include "core/mem.h"

#include <assert.h>

#define HEAD_EXTRA_LEN 320  /* status line and the server's own headers, at most */
#define HEAD_KEEP_LEN 65536 /* a larger head buffer is given back */
#define JOIN_LEN 4096       /* a smaller body is copied behind its head: one iovec */

static char *put(char *at, struct slice text)
{
    if (text.len != 0) {
        memcpy(at, text.ptr, text.len);
    }
    return at + text.len;
}

static char *put_decimal(char *at, uint64_t value)
{
    char digits[20];
    size_t count = 0;
    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count != 0) {
        *at++ = digits[--count];
    }
    return at;
}

static char *put_status_line(char *at, int status)
{
    if (status == 200) {
        return put(at, SLICE("HTTP/1.1 200 OK\r\n"));
    }
    at = put(at, SLICE("HTTP/1.1 "));
    at = put_decimal(at, (uint64_t)status);
    *at++ = ' ';
    at = put(at, slice_from(http_status_text(status)));
    return put(at, SLICE("\r\n"));
}

static char *put_headers(char *at, struct http_headers headers)
{
    for (size_t i = 0; i < headers.count; i++) {
        const struct http_header *header = &headers.items[i];
        if (response_header_is_ours(header->name) ||
            !http_header_is_valid(header->name, header->value)) {
            continue;
        }
        at = put(at, header->name);
        at = put(at, SLICE(": "));
        at = put(at, header->value);
        at = put(at, SLICE("\r\n"));
    }
    return at;
}

/* Writes the head into server->out with room for `extra` bytes behind it, which the caller may
 * fill. */
static struct slice build_head(struct connection *connection, const struct response_head *head,
                               size_t extra, char **ret_end)
{
    struct http_server *server = connection->carrier.server;
    struct http_headers headers = head->headers;
    size_t len = HEAD_EXTRA_LEN + extra;
    for (size_t i = 0; i < headers.count; i++) {
        len += headers.items[i].name.len + headers.items[i].value.len + 4;
    }
    if (server->out.cap > HEAD_KEEP_LEN) {
        buf_finish(&server->out);
    }
    buf_clear(&server->out);
    char *start = buf_reserve(&server->out, len);
    if (start == NULL) {
        start = buf_reserve(&server->out, HEAD_EXTRA_LEN + extra);
        headers.count = 0;
    }
    char *at = put_status_line(start, head->status);
    at = put_headers(at, headers);
    at = put(at, response_date_line(server));
    const struct http_exchange *exchange = connection->carrier.exchange;
    if (head->content_length >= 0) {
        at = put(at, SLICE("Content-Length: "));
        at = put_decimal(at, (uint64_t)head->content_length);
        at = put(at, SLICE("\r\n"));
    } else if (head->content_length == LENGTH_UNKNOWN && !exchange->request.is_http10) {
        at = put(at, SLICE("Transfer-Encoding: chunked\r\n"));
    }
    if (head->is_upgrade) {
        bool is_last = connection->must_close && head->status != 101;
        at = put(at, is_last ? SLICE("Connection: Upgrade, close\r\n")
                             : SLICE("Connection: Upgrade\r\n"));
    } else if (connection->must_close) {
        at = put(at, SLICE("Connection: close\r\n"));
    } else if (exchange != NULL && exchange->request.is_http10) {
        at = put(at, SLICE("Connection: keep-alive\r\n"));
    }
    at = put(at, SLICE("\r\n"));
    *ret_end = at;
    return slice_of(start, (size_t)(at - start));
}

/* Head and body with one write call; what may wait for the next response, and is whole, with none.
 */
static void send_head(struct connection *connection, const struct response_head *head,
                      struct slice body, bool may_wait)
{
    bool is_joined = body.len <= JOIN_LEN;
    char *end;
    struct slice text = build_head(connection, head, is_joined ? body.len : 0, &end);
    if (is_joined) {
        text.len += (size_t)(put(end, body) - end);
        body = SLICE_NULL;
    }
    if (may_wait && is_joined && output_hold(connection, text)) {
        return;
    }
    struct slice parts[] = {text, body};
    output_write(connection, parts, COUNT_OF(parts));
}

/* A response that says "keep-alive" must be one behind which the next request can be found. */
static void decide_close(struct connection *connection, int status)
{
    bool is_unread = !connection->is_body_end;
    bool is_last = connection->is_eof && connection_unread(connection) == 0;
    if (connection->carrier.server->is_draining || is_last || status < 200 ||
        (is_unread && (connection->waits_for_100 || connection->body_left > DISCARD_LEN))) {
        connection->must_close = true;
    }
}

static struct connection *connection_of(struct carrier *carrier)
{
    return CONTAINER_OF(carrier, struct connection, carrier);
}

static void respond(struct carrier *carrier, const struct response_head *head, struct slice body)
{
    struct connection *connection = connection_of(carrier);
    decide_close(connection, head->status);
    bool may_wait = head->status >= 200 && head->status < 300 && connection->is_body_end;
    send_head(connection, head, body, may_wait);
}

static void begin(struct carrier *carrier, const struct response_head *head)
{
    struct connection *connection = connection_of(carrier);
    bool is_counted = head->content_length != LENGTH_UNKNOWN;
    bool is_http10 = carrier->exchange->request.is_http10;
    if (!is_counted && is_http10) {
        connection->must_close = true; /* that is how the end is told */
    }
    connection->sends_chunks = !is_counted && !is_http10 && !carrier->exchange->is_response_bare;
    decide_close(connection, head->status);
    send_head(connection, head, SLICE_NULL, false);
}

static bool stream_write(struct carrier *carrier, struct slice bytes)
{
    struct connection *connection = connection_of(carrier);
    if (connection->sends_chunks) {
        char size[24];
        int len = snprintf(size, sizeof(size), "%zx\r\n", bytes.len);
        struct slice parts[] = {slice_of(size, (size_t)len), bytes, SLICE("\r\n")};
        output_write(connection, parts, COUNT_OF(parts));
    } else {
        output_write(connection, &bytes, 1);
    }
    return !connection_is_open(connection) ||
           output_queued(connection) <= carrier->server->options.limits.pending_len;
}

static void stream_end(struct carrier *carrier, struct http_headers trailers)
{
    struct connection *connection = connection_of(carrier);
    if (!connection->sends_chunks) {
        return;
    }
    size_t len = 8;
    for (size_t i = 0; i < trailers.count; i++) {
        len += trailers.items[i].name.len + trailers.items[i].value.len + 4;
    }
    struct buf *out = &carrier->server->out;
    buf_clear(out);
    char *start = buf_reserve(out, len);
    if (start == NULL) {
        start = buf_reserve(out, 8);
        trailers.count = 0;
    }
    char *at = put(start, SLICE("0\r\n"));
    at = put_headers(at, trailers);
    at = put(at, SLICE("\r\n"));
    struct slice last = slice_of(start, (size_t)(at - start));
    output_write(connection, &last, 1);
}

static void cut(struct carrier *carrier)
{
    connection_reset(connection_of(carrier));
}

static void refuse(struct carrier *carrier, int status)
{
    h1_refuse(connection_of(carrier), status);
}

static void left(struct carrier *carrier)
{
    connection_response_done(connection_of(carrier));
}

/* The reader was set, or goes on: tells it at once what is known already, else lets the bytes come. */
static void read_body(struct carrier *carrier)
{
    struct connection *connection = connection_of(carrier);
    struct http_exchange *exchange = carrier->exchange;
    if (connection->state == CONNECTION_WAIT && reader_wants(exchange)) {
        reader_finish(exchange, STATUS_OK);
        return;
    }
    if (connection->waits_for_100 && exchange->response_state == RESPONSE_NONE) {
        struct slice line = SLICE("HTTP/1.1 100 Continue\r\n\r\n");
        connection->waits_for_100 = false;
        output_write(connection, &line, 1);
    }
    connection_wake(connection);
}

const struct carrier_ops h1_carrier = {
    .read = read_body,
    .respond = respond,
    .begin = begin,
    .write = stream_write,
    .end = stream_end,
    .cut = cut,
    .refuse = refuse,
    .left = left,
};

void h1_refuse(struct connection *connection, int status)
{
    struct http_exchange *exchange = connection->carrier.exchange;
    if (exchange != NULL && exchange->response_state == RESPONSE_STREAM) {
        connection_reset(connection);
        return;
    }
    struct response_head head = {.status = status};
    struct slice body = response_reject_body(connection->carrier.server, &head);
    connection->must_close = true;
    bool is_bare = exchange != NULL && exchange->is_head_method;
    send_head(connection, &head, is_bare ? SLICE_NULL : body, false);
    if (connection_is_open(connection)) {
        connection_linger(connection);
    }
    if (exchange != NULL) {
        exchange_abandon(exchange);
    }
}

void h1_switch_protocols(struct connection *connection, struct http_headers headers)
{
    struct response_head head = {101, headers, LENGTH_NONE, true};
    send_head(connection, &head, SLICE_NULL, false);
}
