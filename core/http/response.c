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

static char *put_date(char *at, struct http_server *server)
{
    int64_t now_ms = clock_epoch_ms(server->context->clock);
    int64_t second = now_ms >= 0 ? now_ms / 1000 : (now_ms - 999) / 1000;
    if (second != server->date_second || server->date_len == 0) {
        char date[TIME_TEXT_MAX];
        int len = snprintf(server->date_line, sizeof(server->date_line), "Date: %s\r\n",
                           time_http_date(date, now_ms));
        assert(len > 0 && (size_t)len < sizeof(server->date_line));
        server->date_second = second;
        server->date_len = (size_t)len;
    }
    return put(at, slice_of(server->date_line, server->date_len));
}

/* What only the server may say, because it frames the message. */
static bool is_ours(struct slice name)
{
    switch (name.len) {
    case 4:
        return slice_ieq(name, SLICE("date"));
    case 10:
        return slice_ieq(name, SLICE("connection")) || slice_ieq(name, SLICE("keep-alive"));
    case 14:
        return slice_ieq(name, SLICE("content-length"));
    case 17:
        return slice_ieq(name, SLICE("transfer-encoding"));
    default:
        return false;
    }
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
        if (is_ours(header->name) || !http_header_is_valid(header->name, header->value)) {
            continue;
        }
        at = put(at, header->name);
        at = put(at, SLICE(": "));
        at = put(at, header->value);
        at = put(at, SLICE("\r\n"));
    }
    return at;
}

/* How the end of the body is told. */
enum framing { FRAMING_LENGTH, FRAMING_CHUNKED, FRAMING_CLOSE, FRAMING_NONE };

struct response_head {
    int status;
    struct http_headers headers;
    enum framing framing;
    uint64_t content_length;
    bool is_upgrade;
};

/* Writes the head into server->out with room for `extra` bytes behind it, which the caller may
 * fill. */
static struct slice build_head(struct connection *connection, const struct response_head *head,
                               size_t extra, char **ret_end)
{
    struct http_server *server = connection->server;
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
    at = put_date(at, server);
    if (head->framing == FRAMING_LENGTH) {
        at = put(at, SLICE("Content-Length: "));
        at = put_decimal(at, head->content_length);
        at = put(at, SLICE("\r\n"));
    } else if (head->framing == FRAMING_CHUNKED) {
        at = put(at, SLICE("Transfer-Encoding: chunked\r\n"));
    }
    const struct http_exchange *exchange = connection->exchange;
    if (head->is_upgrade) {
        at = put(at, SLICE("Connection: Upgrade\r\n"));
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

static bool status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

/* A response that says "keep-alive" must be one behind which the next request can be found. */
static void decide_close(struct connection *connection, int status)
{
    bool is_unread = !connection->is_body_end;
    bool is_last = connection->is_eof && connection_unread(connection) == 0;
    if (connection->server->is_draining || is_last || status < 200 ||
        (is_unread && (connection->waits_for_100 || connection->body_left > DISCARD_LEN))) {
        connection->must_close = true;
    }
}

static int sendable_status(int status)
{
    return status >= 100 && status <= 999 ? status : 500;
}

void http_respond(struct http_exchange *exchange, int status, struct http_headers headers,
                  struct slice body)
{
    assert(exchange->response_state == RESPONSE_NONE);
    struct connection *connection = exchange_connection(exchange);
    if (connection != NULL) {
        status = sendable_status(status);
        decide_close(connection, status);
        bool has_body = status_has_body(status);
        struct response_head head = {
            .status = status,
            .headers = headers,
            .framing = has_body ? FRAMING_LENGTH : FRAMING_NONE,
            .content_length = body.len,
        };
        bool may_wait = status >= 200 && status < 300 && connection->is_body_end;
        send_head(connection, &head, has_body && !exchange->is_head_method ? body : SLICE_NULL,
                  may_wait);
    }
    exchange_end(exchange);
}

void http_stream_begin(struct http_exchange *exchange, int status, struct http_headers headers,
                       int64_t content_length)
{
    assert(exchange->response_state == RESPONSE_NONE);
    exchange->response_state = RESPONSE_STREAM;
    exchange->response_left = content_length >= 0 ? content_length : -1;
    struct connection *connection = exchange_connection(exchange);
    if (connection == NULL) {
        return;
    }
    status = sendable_status(status);
    struct response_head head = {.status = status, .headers = headers};
    exchange->is_response_bare = exchange->is_head_method || !status_has_body(status);
    if (!status_has_body(status)) {
        head.framing = FRAMING_NONE;
    } else if (content_length >= 0) {
        head.framing = FRAMING_LENGTH;
        head.content_length = (uint64_t)content_length;
    } else if (exchange->request.is_http10) {
        head.framing = FRAMING_CLOSE;
        connection->must_close = true;
    } else {
        head.framing = FRAMING_CHUNKED;
        exchange->is_response_chunked = !exchange->is_response_bare;
    }
    decide_close(connection, status);
    send_head(connection, &head, SLICE_NULL, false);
}

bool http_stream_write(struct http_exchange *exchange, struct slice bytes)
{
    assert(exchange->response_state == RESPONSE_STREAM);
    struct connection *connection = exchange_connection(exchange);
    if (connection == NULL || exchange->is_response_bare) {
        return true;
    }
    if (exchange->response_left >= 0) {
        bytes = slice_take(bytes, (size_t)exchange->response_left);
        exchange->response_left -= (int64_t)bytes.len;
    }
    if (bytes.len == 0) {
        return true; /* a chunk of 0 bytes would end the body */
    }
    if (exchange->is_response_chunked) {
        char size[24];
        int len = snprintf(size, sizeof(size), "%zx\r\n", bytes.len);
        struct slice parts[] = {slice_of(size, (size_t)len), bytes, SLICE("\r\n")};
        output_write(connection, parts, COUNT_OF(parts));
    } else {
        output_write(connection, &bytes, 1);
    }
    if (!connection_is_open(connection) ||
        output_queued(connection) <= connection->server->options.limits.pending_len) {
        return true;
    }
    exchange->waits_for_drain = true;
    return false;
}

void http_stream_end(struct http_exchange *exchange, struct http_headers trailers)
{
    assert(exchange->response_state == RESPONSE_STREAM);
    struct connection *connection = exchange_connection(exchange);
    if (connection != NULL && !exchange->is_response_bare && exchange->response_left > 0) {
        http_abort(exchange); /* fewer bytes than promised: only a cut tells the client */
        return;
    }
    if (connection != NULL && exchange->is_response_chunked) {
        size_t len = 8;
        for (size_t i = 0; i < trailers.count; i++) {
            len += trailers.items[i].name.len + trailers.items[i].value.len + 4;
        }
        struct buf *out = &connection->server->out;
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
    exchange_end(exchange);
}

void http_abort(struct http_exchange *exchange)
{
    struct connection *connection = exchange_connection(exchange);
    if (connection != NULL) {
        connection_reset(connection);
    }
    exchange_end(exchange);
}

void response_continue(struct connection *connection)
{
    struct slice line = SLICE("HTTP/1.1 100 Continue\r\n\r\n");
    connection->waits_for_100 = false;
    output_write(connection, &line, 1);
}

void response_refuse(struct connection *connection, int status)
{
    struct http_exchange *exchange = connection->exchange;
    if (exchange != NULL && exchange->response_state == RESPONSE_STREAM) {
        connection_reset(connection);
        return;
    }
    const struct http_server_options *options = &connection->server->options;
    struct slice body = options->on_reject != NULL ? options->on_reject(status) : SLICE("");
    static const struct http_header type = {SLICE_INIT("Content-Type"),
                                            SLICE_INIT("application/json")};
    connection->must_close = true;
    struct response_head head = {
        .status = status,
        .headers = {&type, body.len != 0},
        .framing = FRAMING_LENGTH,
        .content_length = body.len,
    };
    bool is_bare = exchange != NULL && exchange->is_head_method;
    send_head(connection, &head, is_bare ? SLICE_NULL : body, false);
    if (connection_is_open(connection)) {
        connection_linger(connection);
    }
    if (exchange != NULL && exchange->is_dispatched) {
        exchange_gone(exchange);
    } else if (exchange != NULL) {
        connection->exchange = NULL;
        exchange_release(exchange, connection->server);
    }
}

uv_stream_t *http_upgrade(struct http_exchange *exchange, struct http_headers headers,
                          struct slice *ret_rest)
{
    assert(exchange->response_state == RESPONSE_NONE);
    *ret_rest = SLICE("");
    struct connection *connection = exchange_connection(exchange);
    if (connection == NULL) {
        exchange_end(exchange);
        return NULL;
    }
    if (!connection->is_body_end) {
        http_respond(exchange, 400, (struct http_headers){NULL, 0}, SLICE_NULL);
        return NULL;
    }
    struct response_head head = {
        .status = 101, .headers = headers, .framing = FRAMING_NONE, .is_upgrade = true};
    send_head(connection, &head, SLICE_NULL, false);
    if (!connection_is_open(connection)) {
        exchange_end(exchange);
        return NULL;
    }
    struct http_server *server = connection->server;
    struct slice rest = connection->is_running ? connection->in : buf_slice(&connection->pending);
    server->rest.len = 0;
    buf_append(&server->rest, rest);
    *ret_rest = buf_slice(&server->rest);
    connection->in = SLICE_NULL;
    buf_finish(&connection->pending);
    buf_finish(&connection->held);
    connection->state = CONNECTION_UPGRADED;
    if (connection->is_reading) {
        (void)uv_read_stop((uv_stream_t *)&connection->tcp);
    }
    exchange_end(exchange);
    server_forget(server, connection);
    server_handle_closed(server);
    return (uv_stream_t *)&connection->tcp;
}
