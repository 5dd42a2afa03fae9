#include "core/http/h2.h"

#include "core/mem.h"

#include <assert.h>

#define BATCH_LEN 65536 /* frames are joined up to so much for one write call */

static struct http_server *server_of(const struct h2_session *session)
{
    return session->connection->carrier.server;
}

static const struct http_limits *limits_of(const struct h2_session *session)
{
    return &server_of(session)->options.limits;
}

void h2_session_arm(struct h2_session *session, uint64_t deadline)
{
    if (session->deadline == 0 || deadline < session->deadline) {
        session->deadline = deadline;
    }
}

/* --- nghttp2's callbacks: they note what came --- */

/* Whoever floods gets a GOAWAY, and nothing of what it sent behind is looked at. */
static void demand_calm(struct h2_session *session)
{
    (void)session->library->session_terminate_session(session->nghttp2, NGHTTP2_ENHANCE_YOUR_CALM);
}

static int on_begin_frame(nghttp2_session *nghttp2, const nghttp2_frame_hd *frame, void *user)
{
    (void)nghttp2;
    struct h2_session *session = user;
    uint64_t now = h2_session_now(session);
    if (!h2_calm_spend(&session->calm, frame, now)) {
        demand_calm(session);
    }
    if (frame->type == NGHTTP2_HEADERS) {
        session->block_len = 0;
        session->head_deadline = now + limits_of(session)->head_ms;
        h2_session_arm(session, session->head_deadline);
    }
    if (frame->type == NGHTTP2_HEADERS || frame->type == NGHTTP2_CONTINUATION) {
        session->block_len += frame->length;
        /* Encoding makes fields shorter; this is a block without end, or without content. */
        if (session->block_len > 2 * limits_of(session)->head_len) {
            demand_calm(session);
        }
    }
    return 0;
}

static int on_frame(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *user)
{
    struct h2_session *session = user;
    struct h2_stream *stream =
        session->library->session_get_stream_user_data(nghttp2, frame->hd.stream_id);
    bool is_head = frame->hd.type == NGHTTP2_HEADERS;
    if (is_head) {
        session->head_deadline = 0;
    }
    if (stream == NULL || (!is_head && frame->hd.type != NGHTTP2_DATA)) {
        return 0;
    }
    stream->is_body_end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (is_head && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        h2_head_end(stream);
    } else if (is_head) {
        h2_head_end_trailers(stream);
    }
    h2_stream_ready(stream);
    return 0;
}

static int on_data(nghttp2_session *nghttp2, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t len, void *user)
{
    (void)flags;
    struct h2_session *session = user;
    struct h2_stream *stream = session->library->session_get_stream_user_data(nghttp2, id);
    if (stream == NULL) {
        return session->library->session_consume_connection(nghttp2, len);
    }
    if (stream->carrier.exchange == NULL || !stream->carrier.is_open) {
        h2_stream_discard(stream, len);
        return 0;
    }
    buf_append(&stream->in, slice_of((const char *)bytes, len));
    assert(buf_status(&stream->in) == STATUS_OK); /* the windows are smaller */
    h2_stream_ready(stream);
    return 0;
}

static int on_frame_sent(nghttp2_session *nghttp2, const nghttp2_frame *frame, void *user)
{
    struct h2_session *session = user;
    bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (ends && (frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA)) {
        struct h2_stream *stream =
            session->library->session_get_stream_user_data(nghttp2, frame->hd.stream_id);
        if (stream != NULL) {
            stream->is_answered = true;
            h2_stream_discard(stream, 0);
        }
    }
    return 0;
}

static int on_stream_close(nghttp2_session *nghttp2, int32_t id, uint32_t code, void *user)
{
    (void)code;
    struct h2_session *session = user;
    struct h2_stream *stream = session->library->session_get_stream_user_data(nghttp2, id);
    if (stream != NULL) {
        /* Bytes the handler has not taken are no longer the stream's, but still the connection's. */
        (void)session->library->session_consume_connection(nghttp2, stream->in.len);
        stream->carrier.is_open = false;
        stream->is_closed = true;
        h2_stream_ready(stream);
    }
    return 0;
}

/* --- the session --- */

static bool submit_settings(struct h2_session *session)
{
    const struct http_limits *limits = limits_of(session);
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, (uint32_t)limits->streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)limits->head_len},
    };
    return session->library->submit_settings(session->nghttp2, NGHTTP2_FLAG_NONE, settings,
                                             COUNT_OF(settings)) == 0 &&
           session->library->session_set_local_window_size(session->nghttp2, NGHTTP2_FLAG_NONE, 0,
                                                           H2_CONNECTION_WINDOW) == 0;
}

static bool create_nghttp2(struct h2_session *session)
{
    const struct h2_library *library = session->library;
    nghttp2_session_callbacks *callbacks = NULL;
    nghttp2_option *option = NULL;
    bool is_made =
        library->session_callbacks_new(&callbacks) == 0 && library->option_new(&option) == 0;
    if (is_made) {
        library->session_callbacks_set_on_begin_frame_callback(callbacks, on_begin_frame);
        library->session_callbacks_set_on_begin_headers_callback(callbacks, h2_head_begin);
        library->session_callbacks_set_on_header_callback(callbacks, h2_head_field);
        library->session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
        library->session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
        library->session_callbacks_set_on_frame_send_callback(callbacks, on_frame_sent);
        library->session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
        library->option_set_no_auto_window_update(option, 1); /* bodies wait for their handlers */
        library->option_set_no_closed_streams(option, 1);
        is_made = library->session_server_new2(&session->nghttp2, callbacks, session, option) == 0;
    }
    library->option_del(option);
    library->session_callbacks_del(callbacks);
    return is_made;
}

/* The server's, loaded when it is needed first; NULL when there is none. */
static const struct h2_library *find_library(struct http_server *server)
{
    const struct http_server_options *options = &server->options;
    if (server->h2_library == NULL && !server->h2_is_missing) {
        struct h2_library library;
        struct fault fault;
        if (h2_library_load(&library, &fault) == STATUS_OK) {
            server->h2_library = mem_alloc(sizeof(library));
            *server->h2_library = library;
        } else {
            server->h2_is_missing = true;
            if (options->on_http2_missing != NULL) {
                options->on_http2_missing(options->ctx, &fault);
            }
        }
    }
    return server->h2_library;
}

bool h2_session_is_possible(struct http_server *server)
{
    return find_library(server) != NULL;
}

bool h2_session_begin(struct connection *connection)
{
    const struct h2_library *library = find_library(connection->carrier.server);
    if (library == NULL) {
        return false;
    }
    struct h2_session *session = mem_zalloc(sizeof(*session));
    session->connection = connection;
    session->library = library;
    uint64_t now = h2_session_now(session);
    h2_calm_start(&session->calm, now);
    session->idle_deadline = now + limits_of(session)->idle_ms;
    session->deadline = session->idle_deadline;
    /* llhttp has read the preface already. */
    const uint8_t *preface = (const uint8_t *)NGHTTP2_CLIENT_MAGIC;
    if (!create_nghttp2(session) || !submit_settings(session) ||
        session->library->session_mem_recv(session->nghttp2, preface, NGHTTP2_CLIENT_MAGIC_LEN) <
            0) {
        h2_session_destroy(session);
        return false;
    }
    connection->h2 = session;
    connection->state = CONNECTION_HTTP2;
    return true;
}

void h2_session_cut(struct h2_session *session)
{
    session->is_over = true;
    for (struct h2_stream *stream = session->streams; stream != NULL; stream = stream->next) {
        stream->carrier.is_open = false;
    }
}

void h2_session_destroy(struct h2_session *session)
{
    if (session == NULL) {
        return;
    }
    h2_session_cut(session);
    while (session->streams != NULL) {
        session->streams->is_closed = true;
        h2_stream_run(session->streams);
    }
    session->library->session_del(session->nghttp2);
    mem_free(session);
}

/* Nothing is left to say: what was sent arrives, then the connection is closed. */
static void end(struct h2_session *session)
{
    struct connection *connection = session->connection;
    if (!session->is_over) {
        h2_session_cut(session);
        connection->is_body_end = false; /* the client may still be sending */
        connection_linger(connection);
    }
}

/* Frames go out while the socket takes them. Those of a stream are limited by its windows, the others by what
 * was parsed, which stops while bytes are queued. */
static void pump(struct h2_session *session)
{
    struct connection *connection = session->connection;
    struct buf *out = &server_of(session)->out;
    bool has_more = true;
    while (has_more && connection_is_open(connection) &&
           output_queued(connection) <= limits_of(session)->pending_len) {
        buf_clear(out);
        while (has_more && out->len < BATCH_LEN) {
            const uint8_t *bytes;
            ssize_t len = session->library->session_mem_send(session->nghttp2, &bytes);
            has_more = len > 0;
            if (has_more) {
                buf_append(out, slice_of((const char *)bytes, (size_t)len));
            }
        }
        if (out->len != 0) {
            struct slice batch = buf_slice(out);
            output_write(connection, &batch, 1);
        }
    }
}

static void run_ready(struct h2_session *session)
{
    struct h2_stream *last = session->ready;
    while (last != NULL && last->next_ready != NULL) {
        last = last->next_ready;
    }
    bool has_more = last != NULL;
    while (has_more && session->ready != NULL && !session->is_over) {
        struct h2_stream *stream = session->ready;
        has_more = stream != last; /* what becomes ready meanwhile has its turn later */
        session->ready = stream->next_ready;
        stream->is_ready = false;
        h2_stream_run(stream);
    }
    if (session->stream_count == 0 && session->idle_deadline == 0) {
        session->idle_deadline = h2_session_now(session) + limits_of(session)->idle_ms;
        h2_session_arm(session, session->idle_deadline);
    }
}

static bool is_finished(const struct h2_session *session)
{
    return session->library->session_want_read(session->nghttp2) == 0 &&
           session->library->session_want_write(session->nghttp2) == 0;
}

bool h2_session_step(struct connection *connection)
{
    struct h2_session *session = connection->h2;
    if (connection->in.len != 0 && output_queued(connection) <= limits_of(session)->pending_len) {
        const uint8_t *bytes = (const uint8_t *)connection->in.ptr;
        ssize_t taken =
            session->library->session_mem_recv(session->nghttp2, bytes, connection->in.len);
        connection->in = SLICE_NULL;
        if (taken < 0) { /* what is left to nghttp2 besides floods is the machine's memory */
            demand_calm(session);
        }
    }
    run_ready(session);
    pump(session);
    if (!connection_is_open(connection)) {
        return false;
    }
    if (connection->is_eof) {
        connection_close(connection); /* it can send nothing more, not even room in its windows */
    } else if (is_finished(session)) {
        end(session);
    } else if (session->ready != NULL) {
        server_wake(server_of(session), connection);
    }
    return false;
}

void h2_session_flush(struct h2_session *session)
{
    if (!session->connection->is_running) {
        pump(session);
        connection_settle(session->connection);
    }
}

/* --- deadlines and the end --- */

static void find_deadline(struct h2_session *session)
{
    session->deadline = 0;
    if (session->head_deadline != 0) {
        h2_session_arm(session, session->head_deadline);
    }
    if (session->idle_deadline != 0) {
        h2_session_arm(session, session->idle_deadline);
    }
    for (struct h2_stream *stream = session->streams; stream != NULL; stream = stream->next) {
        if (stream->read_deadline != 0) {
            h2_session_arm(session, stream->read_deadline);
        }
        if (stream->write_deadline != 0) {
            h2_session_arm(session, stream->write_deadline);
        }
    }
}

void h2_session_expire(struct connection *connection, uint64_t now)
{
    struct h2_session *session = connection->h2;
    if (session->head_deadline != 0 && session->head_deadline <= now) {
        demand_calm(session);
        session->head_deadline = 0;
    }
    if (session->idle_deadline != 0 && session->idle_deadline <= now) {
        (void)session->library->session_terminate_session(session->nghttp2, NGHTTP2_NO_ERROR);
        session->idle_deadline = 0;
    }
    struct h2_stream *next;
    for (struct h2_stream *stream = session->streams; stream != NULL; stream = next) {
        next = stream->next;
        h2_stream_expire(stream, now);
    }
    find_deadline(session);
    connection_run(connection);
}

void h2_session_drain(struct connection *connection)
{
    struct h2_session *session = connection->h2;
    (void)session->library->submit_goaway(
        session->nghttp2, NGHTTP2_FLAG_NONE,
        session->library->session_get_last_proc_stream_id(session->nghttp2), NGHTTP2_NO_ERROR, NULL,
        0);
    server_wake(server_of(session), connection);
}
