#include "core/http/private.h"

/* The first memory of a body that comes in pieces: a client may promise more than it sends. */
#define BODY_RESERVE 65536

void body_start(struct connection *connection)
{
    const struct http_request *request = &connection->exchange->request;
    connection->is_body_end = !request->has_body;
    connection->body_left = connection->is_chunked ? 0 : (uint64_t)request->content_length;
    connection->is_message_end = false;
}

bool body_is_wanted(const struct http_exchange *exchange)
{
    return !exchange->is_paused &&
           (exchange->reader_kind == READER_ALL || exchange->reader_kind == READER_STREAM);
}

/* Takes the next body bytes from the input, perhaps none. False when the framing is broken. */
static bool next_piece(struct connection *connection, struct slice *ret_piece)
{
    if (!connection->is_chunked) {
        size_t len = connection->in.len;
        if (len > connection->body_left) {
            len = (size_t)connection->body_left;
        }
        *ret_piece = slice_of(connection->in.ptr, len);
        connection->in = slice_skip(connection->in, len);
        connection->body_left -= len;
        connection->is_body_end = connection->body_left == 0;
        return true;
    }
    connection->piece = SLICE_NULL;
    connection->chunk = connection->in.ptr;
    llhttp_resume(&connection->parser);
    enum llhttp_errno error =
        llhttp_execute(&connection->parser, connection->in.ptr, connection->in.len);
    size_t len = connection->in.len;
    if (error == HPE_PAUSED) {
        len = (size_t)(llhttp_get_error_pos(&connection->parser) - connection->in.ptr);
    } else if (error != HPE_OK) {
        return false;
    }
    connection->chunk_at += len;
    connection->in = slice_skip(connection->in, len);
    connection->is_body_end = connection->is_message_end;
    *ret_piece = connection->piece;
    return true;
}

void body_finish(struct http_exchange *exchange, enum status status)
{
    enum reader_kind kind = exchange->reader_kind;
    exchange->reader_kind = READER_DONE;
    if (kind == READER_STREAM) {
        exchange->reader.on_end(exchange->reader.ctx, exchange, status);
    } else if (kind == READER_ALL) {
        struct slice body = exchange->whole_body;
        if (body.ptr == NULL) {
            body = exchange->body.ptr != NULL ? buf_slice(&exchange->body) : SLICE("");
        }
        exchange->on_body(exchange->body_ctx, exchange, status,
                          status == STATUS_OK ? body : SLICE(""));
    }
}

static void tell_limit(struct connection *connection, struct http_exchange *exchange)
{
    if (!exchange->answers_limit) {
        body_finish(exchange, STATUS_LIMIT);
        return;
    }
    if (exchange->response_state != RESPONSE_NONE) {
        connection_reset(connection); /* too late for a 413: the handler hears of it as gone */
        return;
    }
    exchange_hold(exchange);
    exchange_detach(exchange);
    response_refuse(connection, 413);
    body_finish(exchange, STATUS_LIMIT);
    exchange->is_ended = true;
    exchange_drop(exchange);
}

/* False when the body grew beyond its limit. */
static bool keep(struct http_exchange *exchange, struct slice piece)
{
    int64_t expected = exchange->request.content_length;
    if (expected > 0 && (uint64_t)expected > exchange->body_max) {
        return false;
    }
    if (piece.len > exchange->body_max - exchange->body.len) {
        return false;
    }
    if (expected > 0 && piece.len == (size_t)expected) {
        exchange->whole_body = arena_copy(&exchange->arena, piece);
        return true;
    }
    if (exchange->body.ptr == NULL && expected > 0) {
        exchange->body.max = exchange->body_max;
        (void)buf_reserve(&exchange->body,
                          expected < BODY_RESERVE ? (size_t)expected : BODY_RESERVE);
    }
    exchange->body.max = exchange->body_max;
    buf_append(&exchange->body, piece);
    return true;
}

bool body_step(struct connection *connection)
{
    struct http_exchange *exchange = connection->exchange;
    if (!body_is_wanted(exchange)) {
        return false;
    }
    if (connection->is_body_end) {
        connection->state = CONNECTION_WAIT;
        head_build_trailers(exchange);
        body_finish(exchange, STATUS_OK);
        return true;
    }
    if (exchange->reader_kind == READER_ALL && exchange->request.content_length > 0 &&
        (uint64_t)exchange->request.content_length > exchange->body_max) {
        tell_limit(connection, exchange); /* no need to wait for the bytes */
        return true;
    }
    if (connection->in.len == 0 && !connection->is_eof) {
        return false;
    }
    struct slice piece;
    if (connection->in.len == 0 || !next_piece(connection, &piece)) {
        connection->must_close = true;
        connection->state = CONNECTION_WAIT;
        body_finish(exchange, STATUS_INVALID);
        return true;
    }
    if (piece.len == 0) {
        return true;
    }
    if (exchange->reader_kind == READER_ALL) {
        if (!keep(exchange, piece)) {
            tell_limit(connection, exchange);
        }
        return true;
    }
    exchange->is_paused = true; /* before the call: it may resume inside */
    bool goes_on = exchange->reader.on_data(exchange->reader.ctx, exchange, piece);
    if (goes_on && connection->exchange == exchange) { /* else it ended the exchange */
        exchange->is_paused = false;
    }
    return true;
}

bool body_discard_step(struct connection *connection)
{
    if (connection->is_body_end) {
        connection->state = CONNECTION_IDLE;
        return true;
    }
    if (connection->in.len == 0) {
        if (connection->is_eof) {
            connection_close(connection);
        }
        return false;
    }
    size_t before = connection->in.len;
    struct slice piece;
    bool is_valid = next_piece(connection, &piece);
    connection->discarded += before - connection->in.len;
    if (!is_valid || connection->discarded > DISCARD_LEN) {
        connection_linger(connection);
    }
    return true;
}
