#include "core/http/private.h"

#include "core/mem.h"

#include <assert.h>

static struct connection *connection_of(llhttp_t *parser)
{
    return CONTAINER_OF(parser, struct connection, parser);
}

static int refuse(struct connection *connection, int status)
{
    connection->refusal = status;
    return HPE_USER;
}

static size_t position(const struct connection *connection, const char *at)
{
    return connection->chunk_at + (size_t)(at - connection->chunk);
}

/* A piece of a trailer is kept here and now: the chunk it stands in is gone when the next one
 * comes. */
static bool keep_trailer(struct http_exchange *exchange, const char *at, size_t len)
{
    buf_append(&exchange->trailer_text, slice_of(at, len));
    return buf_status(&exchange->trailer_text) == STATUS_OK;
}

static int on_url(llhttp_t *parser, const char *at, size_t len)
{
    struct connection *connection = connection_of(parser);
    struct http_exchange *exchange = connection->carrier.exchange;
    if (exchange->target_len == 0) {
        exchange->target_at = (uint32_t)position(connection, at);
    }
    exchange->target_len += (uint32_t)len;
    return 0;
}

static struct span *add_span(struct connection *connection)
{
    connection->has_value = false;
    return request_add_span(connection->carrier.exchange);
}

static int on_header_field(llhttp_t *parser, const char *at, size_t len)
{
    struct connection *connection = connection_of(parser);
    struct http_exchange *exchange = connection->carrier.exchange;
    if (exchange == NULL) { /* trailers of a body that is dropped */
        return 0;
    }
    bool is_trailer = connection->state != CONNECTION_HEAD;
    size_t start = is_trailer ? exchange->trailer_text.len : position(connection, at);
    struct span *span;
    if (exchange->span_count == 0 || connection->has_value) {
        span = add_span(connection);
        if (span == NULL) {
            return refuse(connection, 431);
        }
        span->name_at = (uint32_t)start;
    } else {
        span = &exchange->spans[exchange->span_count - 1];
    }
    span->name_len += (uint32_t)len;
    return !is_trailer || keep_trailer(exchange, at, len) ? 0 : refuse(connection, 431);
}

static int on_header_value(llhttp_t *parser, const char *at, size_t len)
{
    struct connection *connection = connection_of(parser);
    struct http_exchange *exchange = connection->carrier.exchange;
    if (exchange == NULL) {
        return 0;
    }
    bool is_trailer = connection->state != CONNECTION_HEAD;
    size_t start = position(connection, at);
    struct span *span = &exchange->spans[exchange->span_count - 1];
    if (span->value_len == 0) {
        span->value_at = (uint32_t)(is_trailer ? exchange->trailer_text.len : start);
    } else if (len != 0 && start != connection->span_end) {
        return refuse(connection, 400); /* a folded line (RFC 9112, 5.2) */
    }
    span->value_len += (uint32_t)len;
    connection->span_end = start + len;
    connection->has_value = true;
    return !is_trailer || keep_trailer(exchange, at, len) ? 0 : refuse(connection, 431);
}

/* The parser stops here, so that the handler is not called from inside it. */
static int on_headers_complete(llhttp_t *parser)
{
    (void)parser;
    return HPE_PAUSED;
}

static int on_body(llhttp_t *parser, const char *at, size_t len)
{
    connection_of(parser)->piece = slice_of(at, len);
    return HPE_PAUSED;
}

static int on_message_complete(llhttp_t *parser)
{
    connection_of(parser)->is_message_end = true;
    return HPE_PAUSED;
}

/* llhttp lets chunk extensions be as long as they like. */
static int on_chunk_extension(llhttp_t *parser, const char *at, size_t len)
{
    (void)at;
    struct connection *connection = connection_of(parser);
    connection->extension_len += len;
    return connection->extension_len <= EXTENSION_LEN ? 0 : refuse(connection, 400);
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
};

void h1_head_start(struct connection *connection)
{
    llhttp_init(&connection->parser, HTTP_REQUEST, &settings);
    connection->has_value = false;
    connection->span_end = 0;
    connection->extension_len = 0;
    connection->must_close = false;
    connection->waits_for_100 = false;
}

void h1_head_take_trailers(struct http_exchange *exchange)
{
    if (exchange->span_count != 0) {
        exchange->trailers = request_take_headers(exchange, exchange->trailer_text.ptr);
    }
}

/* "chunked", once and alone, is what we undo. llhttp decides whether the body is chunked; this
 * refuses what it may read otherwise than the next hop does. */
static int check_transfer_encoding(const struct http_request *request)
{
    struct slice value = SLICE_NULL;
    for (size_t i = 0; i < request->headers.count; i++) {
        const struct http_header *header = &request->headers.items[i];
        if (!slice_ieq(header->name, SLICE("transfer-encoding"))) {
            continue;
        }
        struct slice rest = header->value;
        struct slice coding;
        while (slice_split(&rest, ',', &coding)) {
            if (!slice_ieq(slice_trim(coding), SLICE("chunked"))) {
                return 501;
            }
        }
        if (value.ptr != NULL) {
            return 400;
        }
        value = header->value;
    }
    return slice_ieq(value, SLICE("chunked")) && !request->is_http10 ? 200 : 400;
}

/* The headers that say where the request ends and whom it is for. */
static int check_headers(struct connection *connection, struct http_request *request)
{
    size_t hosts = 0;
    bool has_encoding = false;
    for (size_t i = 0; i < request->headers.count; i++) {
        const struct http_header *header = &request->headers.items[i];
        if (header->name.len == 4 && slice_ieq(header->name, SLICE("host"))) {
            hosts++;
        } else if (header->name.len == 6 && slice_ieq(header->name, SLICE("expect"))) {
            if (!request->is_http10 && !slice_ieq(header->value, SLICE("100-continue"))) {
                return 417;
            }
            connection->waits_for_100 = !request->is_http10;
        } else if (header->name.len == 17 && slice_ieq(header->name, SLICE("transfer-encoding"))) {
            has_encoding = true;
        }
    }
    if (hosts > 1 || (hosts == 0 && !request->is_http10)) {
        return 400;
    }
    const llhttp_t *parser = &connection->parser;
    bool has_length = (parser->flags & F_CONTENT_LENGTH) != 0;
    if (has_encoding) {
        int status = check_transfer_encoding(request);
        if (status != 200) {
            return status;
        }
        if (has_length || (parser->flags & F_CHUNKED) == 0) {
            return 400;
        }
    } else if (has_length && parser->content_length > INT64_MAX) {
        return 400;
    }
    request->content_length =
        has_encoding ? -1 : (has_length ? (int64_t)parser->content_length : 0);
    request->has_body = request->content_length != 0;
    connection->is_chunked = has_encoding;
    connection->waits_for_100 = connection->waits_for_100 && request->has_body;
    connection->must_close = llhttp_should_keep_alive(parser) == 0;
    return 200;
}

static int build_request(struct connection *connection)
{
    struct http_exchange *exchange = connection->carrier.exchange;
    struct http_request *request = &exchange->request;
    const llhttp_t *parser = &connection->parser;
    if (parser->http_major != 1) {
        return 505;
    }
    if (parser->method == HTTP_CONNECT) {
        return 501; /* we are no proxy */
    }
    struct slice head = buf_slice(&exchange->head);
    request->target = slice_of(head.ptr + exchange->target_at, exchange->target_len);
    request->method = slice_take(head, slice_find(head, ' '));
    request->is_http10 = parser->http_minor == 0;
    exchange->is_head_method = parser->method == HTTP_HEAD;
    request->headers = request_take_headers(exchange, head.ptr);
    int status = request_split_target(request);
    return status == 200 ? check_headers(connection, request) : status;
}

/* A method that llhttp does not know, or no HTTP at all: a TLS greeting, say. Told by the bytes up
 * to the offending one, so that it does not matter how they were split. */
static int refuse_method(struct connection *connection, struct slice chunk)
{
    struct http_exchange *exchange = connection->carrier.exchange;
    size_t at = (size_t)(llhttp_get_error_pos(&connection->parser) - chunk.ptr);
    buf_append(&exchange->head, slice_take(chunk, at + 1));
    return http_header_is_valid(buf_slice(&exchange->head), SLICE("")) ? 501 : 400;
}

int h1_head_parse(struct connection *connection)
{
    struct http_exchange *exchange = connection->carrier.exchange;
    size_t room = exchange->head.max - exchange->head.len;
    struct slice chunk = slice_take(connection->in, room);
    connection->chunk = chunk.ptr;
    connection->chunk_at = exchange->head.len;
    enum llhttp_errno error = llhttp_execute(&connection->parser, chunk.ptr, chunk.len);
    if (error == HPE_OK) {
        buf_append(&exchange->head, chunk);
        connection->in = slice_skip(connection->in, chunk.len);
        if (chunk.len < room) {
            return 0;
        }
        return exchange->span_count == 0 ? 414 : 431;
    }
    if (error == HPE_PAUSED) {
        chunk.len = (size_t)(llhttp_get_error_pos(&connection->parser) - chunk.ptr);
        buf_append(&exchange->head, chunk);
        connection->in = slice_skip(connection->in, chunk.len);
        return build_request(connection);
    }
    if (error == HPE_USER) {
        return connection->refusal;
    }
    if (error == HPE_INVALID_METHOD) {
        return refuse_method(connection, chunk);
    }
    if (error == HPE_PAUSED_H2_UPGRADE) {
        size_t len = (size_t)(llhttp_get_error_pos(&connection->parser) - chunk.ptr);
        connection->in = slice_skip(connection->in, len);
        return H1_HEAD_IS_HTTP2;
    }
    return error == HPE_INVALID_VERSION ? 505 : 400;
}
