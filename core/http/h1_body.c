#include "core/http/private.h"

void h1_body_start(struct connection *connection)
{
    const struct http_request *request = &connection->carrier.exchange->request;
    connection->is_body_end = !request->has_body;
    connection->body_left = connection->is_chunked ? 0 : (uint64_t)request->content_length;
    connection->is_message_end = false;
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

bool h1_body_step(struct connection *connection)
{
    struct http_exchange *exchange = connection->carrier.exchange;
    if (!reader_wants(exchange)) {
        return false;
    }
    if (connection->is_body_end) {
        connection->state = CONNECTION_WAIT;
        h1_head_take_trailers(exchange);
        reader_finish(exchange, STATUS_OK);
        return true;
    }
    if (reader_foresees_limit(exchange)) {
        reader_tell_limit(exchange); /* no need to wait for the bytes */
        return true;
    }
    if (connection->in.len == 0 && !connection->is_eof) {
        return false;
    }
    struct slice piece;
    if (connection->in.len == 0 || !next_piece(connection, &piece)) {
        connection->must_close = true;
        connection->state = CONNECTION_WAIT;
        reader_finish(exchange, STATUS_INVALID);
        return true;
    }
    if (piece.len != 0) {
        reader_take(exchange, piece);
    }
    return true;
}

bool h1_body_discard_step(struct connection *connection)
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
