#include "core/http/private.h"

#include <assert.h>

struct slice response_date_line(struct http_server *server)
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
    return slice_of(server->date_line, server->date_len);
}

struct slice response_reject_body(const struct http_server *server, struct response_head *head)
{
    static const struct http_header type = {SLICE_INIT("Content-Type"),
                                            SLICE_INIT("application/json")};
    const struct http_server_options *options = &server->options;
    struct slice body = options->on_reject != NULL ? options->on_reject(head->status) : SLICE("");
    head->headers = (struct http_headers){&type, body.len != 0};
    head->content_length = (int64_t)body.len;
    return body;
}

static bool status_has_body(int status)
{
    return status >= 200 && status != 204 && status != 304;
}

/* Fills in what the status decides. */
static void start(struct http_exchange *exchange, struct response_head *head)
{
    if (head->status < 100 || head->status > 999) {
        head->status = 500;
    }
    bool has_body = status_has_body(head->status);
    exchange->is_response_bare = exchange->is_head_method || !has_body;
    if (!has_body) {
        head->content_length = LENGTH_NONE;
    }
}

void http_respond(struct http_exchange *exchange, int status, struct http_headers headers,
                  struct slice body)
{
    assert(exchange->response_state == RESPONSE_NONE);
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier != NULL) {
        /* 426 names in Upgrade what it wants (RFC 9110, 15.5.22). */
        struct response_head head = {status, headers, (int64_t)body.len, status == 426};
        start(exchange, &head);
        carrier->ops->respond(carrier, &head, exchange->is_response_bare ? SLICE_NULL : body);
    }
    exchange_end(exchange);
}

void http_stream_begin(struct http_exchange *exchange, int status, struct http_headers headers,
                       int64_t content_length)
{
    assert(exchange->response_state == RESPONSE_NONE);
    exchange->response_state = RESPONSE_STREAM;
    exchange->response_left = content_length >= 0 ? content_length : -1;
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier != NULL) {
        struct response_head head = {status, headers,
                                     content_length >= 0 ? content_length : LENGTH_UNKNOWN, false};
        start(exchange, &head);
        carrier->ops->begin(carrier, &head);
    }
}

bool http_stream_write(struct http_exchange *exchange, struct slice bytes)
{
    assert(exchange->response_state == RESPONSE_STREAM);
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier == NULL || exchange->is_response_bare) {
        return true;
    }
    if (exchange->response_left >= 0) {
        bytes = slice_take(bytes, (size_t)exchange->response_left);
        exchange->response_left -= (int64_t)bytes.len;
    }
    if (bytes.len == 0 || carrier->ops->write(carrier, bytes)) {
        return true;
    }
    exchange->waits_for_drain = true;
    return false;
}

void http_stream_end(struct http_exchange *exchange, struct http_headers trailers)
{
    assert(exchange->response_state == RESPONSE_STREAM);
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier != NULL && !exchange->is_response_bare && exchange->response_left > 0) {
        carrier->ops->cut(carrier); /* fewer bytes than promised: only a cut tells the client */
    } else if (carrier != NULL) {
        carrier->ops->end(carrier, trailers);
    }
    exchange_end(exchange);
}

void http_abort(struct http_exchange *exchange)
{
    struct carrier *carrier = exchange_carrier(exchange);
    if (carrier != NULL) {
        carrier->ops->cut(carrier);
    }
    exchange_end(exchange);
}
