#include "core/http/private.h"

/* The first memory of a body that comes in pieces: a client may promise more than it sends. */
#define BODY_RESERVE 65536

void reader_finish(struct http_exchange *exchange, enum status status)
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

bool reader_foresees_limit(const struct http_exchange *exchange)
{
    int64_t expected = exchange->request.content_length;
    return exchange->reader_kind == READER_ALL && expected > 0 &&
           (uint64_t)expected > exchange->body_max;
}

void reader_tell_limit(struct http_exchange *exchange)
{
    struct carrier *carrier = exchange->carrier;
    if (!exchange->answers_limit) {
        reader_finish(exchange, STATUS_LIMIT);
        return;
    }
    if (exchange->response_state != RESPONSE_NONE) {
        carrier->ops->cut(carrier); /* too late for a 413: the handler hears of it as gone */
        return;
    }
    exchange_hold(exchange);
    exchange_detach(exchange);
    carrier->ops->refuse(carrier, 413);
    reader_finish(exchange, STATUS_LIMIT);
    exchange->is_ended = true;
    exchange_drop(exchange);
}

/* False when the body grew beyond its limit. */
static bool keep(struct http_exchange *exchange, struct slice piece)
{
    if (reader_foresees_limit(exchange) || piece.len > exchange->body_max - exchange->body.len) {
        return false;
    }
    int64_t expected = exchange->request.content_length;
    if (expected > 0 && piece.len == (size_t)expected) {
        exchange->whole_body = arena_copy(&exchange->arena, piece);
        return true;
    }
    exchange->body.max = exchange->body_max;
    if (exchange->body.ptr == NULL && expected > 0) {
        (void)buf_reserve(&exchange->body,
                          expected < BODY_RESERVE ? (size_t)expected : BODY_RESERVE);
    }
    buf_append(&exchange->body, piece);
    return true;
}

void reader_take(struct http_exchange *exchange, struct slice piece)
{
    if (exchange->reader_kind == READER_ALL) {
        if (!keep(exchange, piece)) {
            reader_tell_limit(exchange);
        }
        return;
    }
    const struct carrier *carrier = exchange->carrier;
    exchange->is_paused = true; /* before the call: it may resume inside */
    bool goes_on = exchange->reader.on_data(exchange->reader.ctx, exchange, piece);
    if (goes_on && carrier->exchange == exchange) { /* else it ended the exchange */
        exchange->is_paused = false;
    }
}
