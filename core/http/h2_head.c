#include "core/http/h2.h"

#include "core/mem.h"

static struct slice text_of(const uint8_t *bytes, size_t len)
{
    return slice_of((const char *)bytes, len);
}

int h2_head_begin(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *user)
{
    struct h2_session *session = user;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        struct h2_stream *stream = h2_stream_create(session, frame->hd.stream_id);
        return session->library->session_set_stream_user_data(nghttp2, frame->hd.stream_id, stream);
    }
    return 0;
}

/* Keeps the text in the head, or in the trailers' text; 0 or the status that says why not. */
static int keep(struct buf *text, struct slice value, uint32_t *ret_at, uint32_t *ret_len)
{
    *ret_at = (uint32_t)text->len;
    *ret_len = (uint32_t)value.len;
    buf_append(text, value);
    return buf_status(text) == STATUS_OK ? 0 : 431;
}

static struct span *pseudo_span(struct h2_stream *stream, struct slice name)
{
    if (slice_is(name, ":method")) {
        return &stream->method;
    }
    if (slice_is(name, ":path")) {
        return &stream->target;
    }
    return slice_is(name, ":authority") ? &stream->authority : NULL;
}

static int take_field(struct h2_stream *stream, bool is_trailer, struct slice name,
                      struct slice value)
{
    struct http_exchange *exchange = stream->carrier.exchange;
    struct buf *text = is_trailer ? &exchange->trailer_text : &exchange->head;
    if (name.len != 0 && name.ptr[0] == ':') {
        struct span *span = pseudo_span(stream, name);
        return span != NULL ? keep(text, value, &span->value_at, &span->value_len) : 0;
    }
    struct span *span = request_add_span(exchange);
    if (span == NULL) {
        return 431;
    }
    int status = keep(text, name, &span->name_at, &span->name_len);
    return status == 0 ? keep(text, value, &span->value_at, &span->value_len) : status;
}

/* The block is decoded to its end even when it is refused: the next one is compressed with what it taught. */
int h2_head_field(nghttp2_session *nghttp2, const nghttp2_frame *frame, const uint8_t *name,
                  size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                  void *user)
{
    (void)flags;
    struct h2_session *session = user;
    struct h2_stream *stream =
        session->library->session_get_stream_user_data(nghttp2, frame->hd.stream_id);
    if (stream == NULL || stream->carrier.exchange == NULL) {
        return 0;
    }
    bool is_trailer = frame->headers.cat != NGHTTP2_HCAT_REQUEST;
    if (!is_trailer && stream->refusal != 0) {
        return 0;
    }
    int status = take_field(stream, is_trailer, text_of(name, name_len), text_of(value, value_len));
    if (status != 0 && is_trailer) {
        h2_stream_reset(stream, NGHTTP2_ENHANCE_YOUR_CALM);
    } else if (status != 0) {
        stream->refusal = status;
    }
    return 0;
}

static struct slice span_value(const struct http_exchange *exchange, const struct span *span)
{
    return slice_of(exchange->head.ptr + span->value_at, span->value_len);
}

/* A cookie may come in crumbs, one field each; whoever reads the headers expects one (RFC 9113, 8.2.3). */
static struct slice join_cookies(struct arena *arena, struct http_headers headers)
{
    size_t len = 0;
    for (size_t i = 0; i < headers.count; i++) {
        len += slice_is(headers.items[i].name, "cookie") ? headers.items[i].value.len + 2 : 0;
    }
    char *text = arena_alloc(arena, len);
    char *at = text;
    for (size_t i = 0; i < headers.count; i++) {
        struct slice value = headers.items[i].value;
        if (!slice_is(headers.items[i].name, "cookie")) {
            continue;
        }
        if (at != text) {
            memcpy(at, "; ", 2);
            at += 2;
        }
        if (value.len != 0) {
            memcpy(at, value.ptr, value.len);
            at += value.len;
        }
    }
    return slice_of(text, (size_t)(at - text));
}

/* As HTTP/1.1 would have them: with a Host, and one Cookie. */
static struct http_headers translate(struct h2_stream *stream, struct http_headers sent)
{
    struct http_exchange *exchange = stream->carrier.exchange;
    struct http_header *items =
        arena_array(&exchange->arena, sent.count + 1, sizeof(struct http_header));
    size_t count = 0;
    bool has_cookie = false;
    bool has_authority = stream->authority.value_len != 0;
    if (has_authority) {
        items[count++] =
            (struct http_header){SLICE("host"), span_value(exchange, &stream->authority)};
    }
    for (size_t i = 0; i < sent.count; i++) {
        struct http_header header = sent.items[i];
        bool is_cookie = slice_is(header.name, "cookie");
        if ((is_cookie && has_cookie) || (has_authority && slice_is(header.name, "host"))) {
            continue;
        }
        if (is_cookie) {
            has_cookie = true;
            header.value = join_cookies(&exchange->arena, sent);
        }
        items[count++] = header;
    }
    return (struct http_headers){items, count};
}

/* How long the body is, and whether the client waits for leave to send it. 200, or the status to refuse with. */
static int frame_body(struct h2_stream *stream, struct http_request *request)
{
    struct slice length = http_header_get(request->headers, "content-length");
    uint64_t value = 0;
    request->content_length = -1;
    if (length.ptr != NULL) {
        if (!slice_to_u64(length, &value) || value > INT64_MAX) {
            return 400;
        }
        request->content_length = (int64_t)value;
    }
    if (stream->is_body_end) {
        request->content_length = 0;
    }
    request->has_body = request->content_length != 0;
    struct slice expect = http_header_get(request->headers, "expect");
    if (expect.ptr != NULL && !slice_ieq(expect, SLICE("100-continue"))) {
        return 417;
    }
    stream->waits_for_100 = expect.ptr != NULL && request->has_body;
    return 200;
}

void h2_head_end(struct h2_stream *stream)
{
    struct http_exchange *exchange = stream->carrier.exchange;
    if (stream->refusal != 0) {
        return;
    }
    struct http_request *request = &exchange->request;
    request->method = span_value(exchange, &stream->method);
    request->target = span_value(exchange, &stream->target);
    exchange->is_head_method = slice_is(request->method, "HEAD");
    struct http_headers sent = request_take_headers(exchange, exchange->head.ptr);
    request->headers = translate(stream, sent);
    stream->refusal = slice_is(request->method, "CONNECT") ? 501 : request_split_target(request);
    if (stream->refusal == 200) {
        stream->refusal = frame_body(stream, request);
    }
}

void h2_head_end_trailers(struct h2_stream *stream)
{
    struct http_exchange *exchange = stream->carrier.exchange;
    if (exchange != NULL && stream->carrier.is_open) {
        exchange->trailers = request_take_headers(exchange, exchange->trailer_text.ptr);
    }
}
