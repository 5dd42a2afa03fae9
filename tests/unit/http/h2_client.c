#include "h2_client.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#include <errno.h>
#include <sys/socket.h>

struct h2_answer *h2_client_answer(struct h2_client *client, int32_t id)
{
    cr_assert_lt((size_t)id / 2, COUNT_OF(client->answers));
    return &client->answers[id / 2];
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)session;
    struct h2_answer *answer = h2_client_answer(user, frame->hd.stream_id);
    if (answer->head.len != 0) {
        buf_append_char(&answer->head, '|');
    }
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                     void *user)
{
    (void)session;
    (void)flags;
    struct h2_answer *answer = h2_client_answer(user, frame->hd.stream_id);
    struct slice key = slice_of((const char *)name, name_len);
    struct slice text = slice_of((const char *)value, value_len);
    if (slice_is(key, ":status") && slice_is(text, "100")) {
        answer->is_continued = true;
        return 0;
    }
    buf_printf(&answer->head, "%s%.*s=%.*s", answer->head.len != 0 ? "," : "", SLICE_ARG(key),
               SLICE_ARG(text));
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t len, void *user)
{
    (void)session;
    (void)flags;
    buf_append(&h2_client_answer(user, id)->body, slice_of((const char *)bytes, len));
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)session;
    struct h2_client *client = user;
    if (frame->hd.type == NGHTTP2_GOAWAY) {
        client->has_goaway = true;
        client->goaway_code = frame->goaway.error_code;
    }
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
    (void)session;
    struct h2_answer *answer = h2_client_answer(user, id);
    answer->is_closed = true;
    answer->code = code;
    return 0;
}

void h2_client_open(struct h2_client *client, struct fixture *fixture, uint32_t window)
{
    *client = (struct h2_client){.fixture = fixture, .fd = client_connect(fixture), .reads = true};
    for (size_t i = 0; i < COUNT_OF(client->answers); i++) {
        buf_init(&client->answers[i].head, 1 << 20);
        buf_init(&client->answers[i].body, 1 << 26);
    }
    nghttp2_session_callbacks *callbacks;
    cr_assert_eq(nghttp2_session_callbacks_new(&callbacks), 0);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    nghttp2_option *option;
    cr_assert_eq(nghttp2_option_new(&option), 0);
    nghttp2_option_set_no_auto_window_update(option, window != 0);
    nghttp2_option_set_peer_max_concurrent_streams(option, H2_STREAMS_MAX);
    cr_assert_eq(nghttp2_session_client_new2(&client->session, callbacks, client, option), 0);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_settings_entry entry = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    cr_assert_eq(nghttp2_submit_settings(client->session, 0, &entry, window != 0), 0);
}

void h2_client_close(struct h2_client *client)
{
    client_close(&client->fd);
    nghttp2_session_del(client->session);
    for (size_t i = 0; i < COUNT_OF(client->answers); i++) {
        buf_finish(&client->answers[i].head);
        buf_finish(&client->answers[i].body);
    }
}

static nghttp2_nv field_of(const char *name, const char *value)
{
    return (nghttp2_nv){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name),
                        strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static size_t put_fields(nghttp2_nv *fields, const char *const *texts, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i + 1 < count && texts[i] != NULL; i += 2) {
        fields[used++] = field_of(texts[i], texts[i + 1]);
    }
    return used;
}

struct upload {
    const struct h2_request *request;
    size_t at;
};

static ssize_t on_body_wanted(nghttp2_session *session, int32_t id, uint8_t *bytes, size_t room,
                              uint32_t *flags, nghttp2_data_source *source, void *user)
{
    (void)user;
    struct upload *upload = source->ptr;
    struct slice rest = slice_take(slice_skip(upload->request->body, upload->at), room);
    if (rest.len != 0) {
        memcpy(bytes, rest.ptr, rest.len);
    }
    upload->at += rest.len;
    if (upload->at < upload->request->body.len) {
        return (ssize_t)rest.len;
    }
    if (upload->request->is_open) {
        return rest.len != 0 ? (ssize_t)rest.len : NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    nghttp2_nv fields[2];
    size_t count =
        put_fields(fields, upload->request->trailers, COUNT_OF(upload->request->trailers));
    if (count != 0) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        cr_assert_eq(nghttp2_submit_trailer(session, id, fields, count), 0);
    }
    return (ssize_t)rest.len;
}

int32_t h2_client_send(struct h2_client *client, const struct h2_request *request)
{
    bool has_body = request->body.ptr != NULL || request->is_open;
    const char *method = request->method != NULL ? request->method : has_body ? "POST" : "GET";
    nghttp2_nv fields[8] = {field_of(":method", method), field_of(":path", request->path),
                            field_of(":scheme", "http"), field_of(":authority", "x")};
    size_t count = 4 + put_fields(fields + 4, request->headers, COUNT_OF(request->headers));
    static struct upload uploads[H2_STREAMS_MAX]; /* each test is a process */
    static size_t upload_count;
    struct upload *upload = &uploads[upload_count++];
    *upload = (struct upload){request, 0};
    nghttp2_data_provider provider = {{.ptr = upload}, on_body_wanted};
    int32_t id = nghttp2_submit_request(client->session, NULL, fields, count,
                                        has_body ? &provider : NULL, NULL);
    cr_assert_gt(id, 0);
    return id;
}

static void flush(struct h2_client *client)
{
    const uint8_t *bytes;
    ssize_t len = nghttp2_session_mem_send(client->session, &bytes);
    while (len > 0) {
        client_send(client->fixture, client->fd, slice_of((const char *)bytes, (size_t)len));
        len = nghttp2_session_mem_send(client->session, &bytes);
    }
    cr_assert_eq(len, 0, "%s", nghttp2_strerror((int)len));
}

void h2_client_turn(struct h2_client *client)
{
    flush(client);
    pump(client->fixture, client->reads ? client->fd : -1);
    if (!client->reads || client->is_ended) {
        return;
    }
    uint8_t bytes[16384];
    ssize_t count = recv(client->fd, bytes, sizeof(bytes), 0);
    if (count > 0) {
        client->received_len += (size_t)count;
        cr_assert_eq(nghttp2_session_mem_recv(client->session, bytes, (size_t)count), count);
    } else if (count == 0 || errno != EAGAIN) {
        client->is_ended = true;
    }
}

struct h2_answer *h2_client_wait(struct h2_client *client, int32_t id)
{
    struct h2_answer *answer = h2_client_answer(client, id);
    uint64_t end = uv_hrtime() + WAIT_MS * UINT64_C(1000000);
    while (!answer->is_closed && !client->is_ended) {
        cr_assert_lt(uv_hrtime(), end, "no end of stream %d: %s", id, buf_cstr(&answer->head));
        h2_client_turn(client);
    }
    (void)buf_cstr(&answer->head);
    (void)buf_cstr(&answer->body);
    return answer;
}

void h2_client_wait_end(struct h2_client *client)
{
    uint64_t end = uv_hrtime() + WAIT_MS * UINT64_C(1000000);
    while (!client->is_ended) {
        cr_assert_lt(uv_hrtime(), end, "the connection stays");
        h2_client_turn(client);
    }
}

void h2_put_frame(struct buf *out, uint8_t type, uint8_t flags, int32_t id, struct slice payload)
{
    char head[9] = {(char)(payload.len >> 16),
                    (char)(payload.len >> 8),
                    (char)payload.len,
                    (char)type,
                    (char)flags,
                    (char)(id >> 24),
                    (char)(id >> 16),
                    (char)(id >> 8),
                    (char)id};
    buf_append(out, slice_of(head, sizeof(head)));
    buf_append(out, payload);
}

void h2_client_send_raw(struct h2_client *client, struct slice bytes)
{
    flush(client);
    client_send(client->fixture, client->fd, bytes);
}
