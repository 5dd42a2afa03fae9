#include "core/http/h2.h"

#include "core/mem.h"

#include <assert.h>

#define OUT_KEPT 65536 /* a larger buffer is given back when it has run empty */

static const struct carrier_ops h2_carrier;

struct h2_stream *h2_stream_create(struct h2_session *session, int32_t id)
{
    struct connection *connection = session->connection;
    struct h2_stream *stream = mem_zalloc(sizeof(*stream));
    stream->carrier = (struct carrier){.ops = &h2_carrier,
                                       .server = connection->carrier.server,
                                       .peer = &connection->peer,
                                       .is_open = true};
    stream->session = session;
    stream->id = id;
    buf_init(&stream->in, H2_CONNECTION_WINDOW);
    buf_init(&stream->out, SIZE_MAX / 2);
    arena_init(&stream->arena, 256);
    (void)exchange_take(&stream->carrier);
    stream->next = session->streams;
    if (stream->next != NULL) {
        stream->next->previous = stream;
    }
    session->streams = stream;
    session->stream_count++;
    session->idle_deadline = 0;
    return stream;
}

static void unready(struct h2_stream *stream)
{
    struct h2_stream **link = &stream->session->ready;
    while (*link != stream) {
        link = &(*link)->next_ready;
    }
    *link = stream->next_ready;
    stream->is_ready = false;
}

void h2_stream_destroy(struct h2_stream *stream)
{
    struct h2_session *session = stream->session;
    assert(stream->carrier.exchange == NULL);
    if (stream->is_ready) {
        unready(stream);
    }
    if (stream->previous != NULL) {
        stream->previous->next = stream->next;
    } else {
        session->streams = stream->next;
    }
    if (stream->next != NULL) {
        stream->next->previous = stream->previous;
    }
    session->stream_count--;
    buf_finish(&stream->in);
    buf_finish(&stream->out);
    arena_finish(&stream->arena);
    mem_free(stream);
}

void h2_stream_ready(struct h2_stream *stream)
{
    struct h2_session *session = stream->session;
    if (stream->is_ready) {
        return;
    }
    stream->is_ready = true;
    stream->next_ready = NULL;
    struct h2_stream **end = &session->ready;
    while (*end != NULL) {
        end = &(*end)->next_ready;
    }
    *end = stream;
    if (!session->connection->is_running) {
        server_wake(stream->carrier.server, session->connection);
    }
}

static struct h2_stream *stream_of(struct carrier *carrier)
{
    return CONTAINER_OF(carrier, struct h2_stream, carrier);
}

static size_t unsent(const struct h2_stream *stream)
{
    return stream->out.len - stream->out_at;
}

/* --- the request's body --- */

static void consume(struct h2_stream *stream, size_t len)
{
    if (len != 0) {
        (void)stream->session->library->session_consume(stream->session->nghttp2, stream->id, len);
    }
}

void h2_stream_discard(struct h2_stream *stream, size_t len)
{
    consume(stream, len);
    stream->discarded_len += len;
    if (stream->is_answered && !stream->is_body_end && stream->discarded_len > DISCARD_LEN) {
        h2_stream_reset(stream, NGHTTP2_NO_ERROR);
    }
}

static void take_body(struct h2_stream *stream, struct http_exchange *exchange)
{
    struct carrier *carrier = &stream->carrier;
    while (carrier->exchange == exchange && carrier->is_open && reader_wants(exchange)) {
        if (reader_foresees_limit(exchange)) {
            reader_tell_limit(exchange);
        } else if (stream->in.len != 0) {
            struct buf piece = stream->in;
            buf_init(&stream->in, H2_CONNECTION_WINDOW);
            consume(stream, piece.len);
            reader_take(exchange, buf_slice(&piece));
            buf_finish(&piece);
        } else if (stream->is_body_end) {
            reader_finish(exchange, STATUS_OK);
        } else {
            return;
        }
    }
}

static void set_read_deadline(struct h2_stream *stream)
{
    const struct http_exchange *exchange = stream->carrier.exchange;
    bool is_dropped = exchange == NULL;
    if (stream->is_body_end || (!is_dropped && !reader_wants(exchange))) {
        stream->read_deadline = 0;
        return;
    }
    if (is_dropped && stream->read_deadline != 0) {
        return; /* however much of it comes */
    }
    stream->read_deadline =
        h2_session_now(stream->session) + stream->carrier.server->options.limits.body_stall_ms;
    h2_session_arm(stream->session, stream->read_deadline);
}

static void dispatch(struct h2_stream *stream)
{
    struct http_server *server = stream->carrier.server;
    struct http_exchange *exchange = stream->carrier.exchange;
    if (stream->refusal != 200) {
        h2_stream_refuse(stream, stream->refusal);
        return;
    }
    exchange->is_dispatched = true;
    server->options.on_request(server->options.ctx, exchange);
}

void h2_stream_run(struct h2_stream *stream)
{
    struct carrier *carrier = &stream->carrier;
    struct http_exchange *exchange = carrier->exchange;
    if (exchange != NULL && !exchange->is_dispatched && carrier->is_open && stream->refusal != 0) {
        dispatch(stream);
    }
    if (carrier->exchange != NULL) {
        take_body(stream, carrier->exchange);
    }
    if (carrier->exchange != NULL && carrier->is_open) {
        exchange_sent(carrier->exchange, unsent(stream));
    }
    if (carrier->exchange != NULL && !carrier->is_open) {
        exchange_abandon(carrier->exchange);
    }
    if (stream->is_closed) {
        h2_stream_destroy(stream);
    } else {
        set_read_deadline(stream);
    }
}

/* --- the response --- */

/* nghttp2 asks for the next bytes of a DATA frame. */
static ssize_t on_data_wanted(nghttp2_session *nghttp2, int32_t id, uint8_t *bytes, size_t room,
                              uint32_t *flags, nghttp2_data_source *source, void *user)
{
    (void)user;
    struct h2_stream *stream = source->ptr;
    struct http_exchange *exchange = stream->carrier.exchange;
    size_t len = unsent(stream) < room ? unsent(stream) : room;
    if (len == 0 && !stream->is_out_end) {
        return NGHTTP2_ERR_DEFERRED;
    }
    if (len != 0) {
        memcpy(bytes, stream->out.ptr + stream->out_at, len);
        stream->out_at += len;
        h2_calm_earn(&stream->session->calm, len);
    }
    stream->write_deadline = 0;
    if (unsent(stream) != 0) {
        stream->write_deadline =
            h2_session_now(stream->session) + stream->carrier.server->options.limits.write_stall_ms;
        h2_session_arm(stream->session, stream->write_deadline);
    } else {
        stream->out_at = 0;
        buf_clear(&stream->out);
        if (stream->out.cap > OUT_KEPT) {
            buf_finish(&stream->out);
        }
        if (stream->is_out_end) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
        }
        if (stream->is_out_end && stream->trailer_count != 0 &&
            stream->session->library->submit_trailer(nghttp2, id, stream->trailers,
                                                     stream->trailer_count) == 0) {
            *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        }
    }
    if (exchange != NULL && exchange->waits_for_drain) {
        h2_stream_ready(stream);
    }
    return (ssize_t)len;
}

static void append_out(struct h2_stream *stream, struct slice bytes)
{
    if (stream->out_at > stream->out.len / 2) {
        buf_consume(&stream->out, stream->out_at);
        stream->out_at = 0;
    }
    buf_append(&stream->out, bytes);
    if (unsent(stream) != 0 && stream->write_deadline == 0) {
        stream->write_deadline =
            h2_session_now(stream->session) + stream->carrier.server->options.limits.write_stall_ms;
        h2_session_arm(stream->session, stream->write_deadline);
    }
}

static nghttp2_nv field_of(struct slice name, struct slice value)
{
    /* nghttp2 only reads and copies them; its struct has no const. */
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name.ptr,
                        .namelen = name.len,
                        .value = (uint8_t *)(uintptr_t)value.ptr,
                        .valuelen = value.len};
}

static struct slice lower(struct arena *arena, struct slice name)
{
    char *text = arena_alloc(arena, name.len);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        text[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return slice_of(text, name.len);
}

/* What belongs to a connection has no place in a stream (RFC 9113, 8.2.2). */
static bool is_sendable(const struct http_header *header)
{
    return !response_header_is_ours(header->name) && !slice_ieq(header->name, SLICE("upgrade")) &&
           !slice_ieq(header->name, SLICE("proxy-connection")) &&
           http_header_is_valid(header->name, header->value);
}

static size_t put_headers(struct arena *arena, nghttp2_nv *fields, struct http_headers headers)
{
    size_t count = 0;
    for (size_t i = 0; i < headers.count; i++) {
        const struct http_header *header = &headers.items[i];
        if (is_sendable(header)) {
            fields[count++] = field_of(lower(arena, header->name), header->value);
        }
    }
    return count;
}

/* What is said without DATA behind it ends the stream at once. */
static void submit_head(struct h2_stream *stream, const struct response_head *head, bool has_data)
{
    struct arena *arena = &stream->arena;
    nghttp2_nv *fields = arena_array(arena, head->headers.count + 3, sizeof(*fields));
    /* 101 is HTTP/1.1's, and other 1xx are not the end of anything. */
    int status = head->status >= 200 ? head->status : 500;
    fields[0] = field_of(SLICE(":status"), arena_printf(arena, "%d", status));
    size_t count = 1 + put_headers(arena, fields + 1, head->headers);
    struct slice date = response_date_line(stream->carrier.server);
    date = slice_trim(slice_skip(date, slice_find(date, ' ')));
    fields[count++] = field_of(SLICE("date"), date);
    if (head->content_length >= 0) {
        fields[count++] =
            field_of(SLICE("content-length"),
                     arena_printf(arena, "%llu", (unsigned long long)head->content_length));
    }
    nghttp2_data_provider provider = {.source.ptr = stream, .read_callback = on_data_wanted};
    if (stream->session->library->submit_response(stream->session->nghttp2, stream->id, fields,
                                                  count, has_data ? &provider : NULL) != 0) {
        h2_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
    }
}

static void respond(struct carrier *carrier, const struct response_head *head, struct slice body)
{
    struct h2_stream *stream = stream_of(carrier);
    stream->is_out_end = true;
    append_out(stream, body);
    submit_head(stream, head, body.len != 0);
    h2_session_flush(stream->session);
}

static void begin(struct carrier *carrier, const struct response_head *head)
{
    struct h2_stream *stream = stream_of(carrier);
    bool is_bare = carrier->exchange->is_response_bare;
    stream->is_out_end = is_bare;
    submit_head(stream, head, !is_bare);
    h2_session_flush(stream->session);
}

static bool stream_write(struct carrier *carrier, struct slice bytes)
{
    struct h2_stream *stream = stream_of(carrier);
    append_out(stream, bytes);
    (void)stream->session->library->session_resume_data(stream->session->nghttp2, stream->id);
    h2_session_flush(stream->session);
    return !carrier->is_open || unsent(stream) <= carrier->server->options.limits.pending_len;
}

static void stream_end(struct carrier *carrier, struct http_headers trailers)
{
    struct h2_stream *stream = stream_of(carrier);
    if (stream->is_out_end) {
        return;
    }
    struct http_header *copies = arena_array(&stream->arena, trailers.count, sizeof(*copies));
    for (size_t i = 0; i < trailers.count; i++) {
        copies[i] = (struct http_header){trailers.items[i].name,
                                         arena_copy(&stream->arena, trailers.items[i].value)};
    }
    nghttp2_nv *fields = arena_array(&stream->arena, trailers.count, sizeof(*fields));
    stream->trailers = fields;
    stream->trailer_count =
        put_headers(&stream->arena, fields, (struct http_headers){copies, trailers.count});
    stream->is_out_end = true;
    (void)stream->session->library->session_resume_data(stream->session->nghttp2, stream->id);
    h2_session_flush(stream->session);
}

void h2_stream_reset(struct h2_stream *stream, uint32_t code)
{
    if (stream->carrier.is_open) {
        stream->carrier.is_open = false;
        (void)stream->session->library->submit_rst_stream(stream->session->nghttp2,
                                                          NGHTTP2_FLAG_NONE, stream->id, code);
        h2_stream_ready(stream); /* which tells the exchange */
    }
}

static void cut(struct carrier *carrier)
{
    struct h2_stream *stream = stream_of(carrier);
    h2_stream_reset(stream, NGHTTP2_INTERNAL_ERROR);
    h2_session_flush(stream->session);
}

/* What the handler left of the body is dropped, and what of the response is unsent goes on its own. */
static void left(struct carrier *carrier)
{
    struct h2_stream *stream = stream_of(carrier);
    size_t len = stream->in.len;
    buf_finish(&stream->in);
    h2_stream_discard(stream, len);
    h2_stream_ready(stream); /* for its deadline, or its end */
}

static void refuse(struct carrier *carrier, int status)
{
    struct response_head head = {.status = status};
    struct slice body = response_reject_body(carrier->server, &head);
    respond(carrier, &head, body);
    left(carrier);
}

void h2_stream_refuse(struct h2_stream *stream, int status)
{
    struct carrier *carrier = &stream->carrier;
    struct http_exchange *exchange = carrier->exchange;
    if (exchange == NULL || exchange->response_state == RESPONSE_STREAM) {
        h2_stream_reset(stream, NGHTTP2_CANCEL);
        return;
    }
    bool is_bare = exchange->is_head_method;
    struct response_head head = {.status = status};
    struct slice body = response_reject_body(carrier->server, &head);
    respond(carrier, &head, is_bare ? SLICE_NULL : body);
    exchange_abandon(exchange);
    left(carrier);
}

static void read_body(struct carrier *carrier)
{
    struct h2_stream *stream = stream_of(carrier);
    if (stream->waits_for_100 && carrier->exchange->response_state == RESPONSE_NONE) {
        nghttp2_nv status = field_of(SLICE(":status"), SLICE("100"));
        stream->waits_for_100 = false;
        (void)stream->session->library->submit_headers(stream->session->nghttp2, NGHTTP2_FLAG_NONE,
                                                       stream->id, NULL, &status, 1, NULL);
        h2_session_flush(stream->session);
    }
    h2_stream_ready(stream);
}

static const struct carrier_ops h2_carrier = {
    .read = read_body,
    .respond = respond,
    .begin = begin,
    .write = stream_write,
    .end = stream_end,
    .cut = cut,
    .refuse = refuse,
    .left = left,
};

/* --- deadlines --- */

void h2_stream_expire(struct h2_stream *stream, uint64_t now)
{
    if (stream->write_deadline != 0 && stream->write_deadline <= now) {
        if (output_queued(stream->session->connection) != 0) {
            /* The socket is what is slow, and has a deadline of its own. */
            stream->write_deadline = now + stream->carrier.server->options.limits.write_stall_ms;
        } else {
            stream->write_deadline = 0;
            h2_stream_reset(stream, NGHTTP2_CANCEL);
        }
    }
    if (stream->read_deadline != 0 && stream->read_deadline <= now) {
        stream->read_deadline = 0;
        if (stream->carrier.exchange != NULL && stream->carrier.is_open) {
            h2_stream_refuse(stream, 408);
        } else {
            h2_stream_reset(stream, NGHTTP2_NO_ERROR);
        }
    }
}
