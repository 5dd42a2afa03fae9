#include "support.h"

#include <arpa/inet.h>

/* --- the fake function --- */

struct fake_call {
    uv_timer_t timer;
    struct fixture *fixture;
    invoke_done_fn *on_done;
    void *done_ctx;
    struct slice payload;
    struct buf event; /* what the payload must still be at the end */
    struct invoke_stream *stream;
    const struct slice *chunk;
    bool is_started, is_waiting, is_auth;
};

static void on_fake_closed(uv_handle_t *handle)
{
    struct fake_call *call = CONTAINER_OF(handle, struct fake_call, timer);
    buf_finish(&call->event);
    mem_free(call);
}

static void on_fake_due(uv_timer_t *timer);

static void fake_resume(void *ctx)
{
    struct fake_call *call = ctx;
    cr_assert(call->is_waiting, "resume without a pause");
    call->is_waiting = false;
    cr_assert_eq(uv_timer_start(&call->timer, on_fake_due, 0, 0), 0);
}

/* True when all chunks are out. */
static bool fake_stream(struct fake_call *call)
{
    if (!call->is_started) {
        call->is_started = true;
        call->stream->resume = fake_resume;
        call->stream->resume_ctx = call;
        call->stream->on_start(call->stream->ctx,
                               SLICE("application/vnd.awslambda.http-integration-response"));
    }
    while (call->chunk->ptr != NULL) {
        struct slice bytes = *call->chunk++;
        if (!call->stream->on_data(call->stream->ctx, bytes)) {
            call->is_waiting = true;
            call->fixture->pauses++;
            return false;
        }
    }
    return true;
}

static void on_fake_due(uv_timer_t *timer)
{
    struct fake_call *call = CONTAINER_OF(timer, struct fake_call, timer);
    struct fixture *f = call->fixture;
    if (call->stream != NULL && f->chunks != NULL && !fake_stream(call)) {
        return;
    }
    cr_expect(slice_eq(call->payload, buf_slice(&call->event)),
              "the payload changed before on_done");
    struct slice payload = slice_from(f->payload);
    if (f->payload_len != 0) {
        payload.len = f->payload_len;
    }
    if (call->is_auth) {
        payload = slice_from(f->auth_payload);
    }
    struct invoke_result result = {
        .outcome = call->is_auth ? f->auth_outcome : f->outcome,
        .failure = f->failure,
        .payload = call->stream != NULL && f->chunks != NULL ? SLICE_NULL : payload,
        .message = slice_from(f->message),
        .stream_error_type = slice_from(f->stream_error),
        .request_id = SLICE("invocation-1"),
    };
    f->running--;
    call->on_done(call->done_ctx, &result);
    uv_close((uv_handle_t *)timer, on_fake_closed);
}

static void copy_text(char *out, size_t size, struct slice text)
{
    (void)snprintf(out, size, "%.*s", SLICE_ARG(text));
}

static void fake_invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                        void *done_ctx)
{
    struct fixture *f = ctx;
    struct fake_call *call = mem_zalloc(sizeof(*call));
    *call = (struct fake_call){.fixture = f,
                               .on_done = on_done,
                               .done_ctx = done_ctx,
                               .payload = request->payload,
                               .stream = request->stream,
                               .chunk = f->chunks};
    buf_init(&call->event, 64 << 20);
    buf_append(&call->event, request->payload);
    call->is_auth = slice_is(request->function, "auth");
    f->running++;
    cr_assert_eq(uv_timer_init(&f->loop, &call->timer), 0);
    cr_assert_eq(uv_timer_start(&call->timer, on_fake_due,
                                call->is_auth ? f->auth_delay_ms : f->delay_ms, 0),
                 0);
    if (call->is_auth) {
        f->auth_invocations++;
        copy_text(f->auth_event, sizeof(f->auth_event), request->payload);
        return;
    }
    buf_clear(&f->event);
    buf_append(&f->event, request->payload);
    copy_text(f->function, sizeof(f->function), request->function);
    copy_text(f->source, sizeof(f->source), request->source);
    copy_text(f->trace, sizeof(f->trace), request->trace_id);
    f->invocations++;
}

/* --- the fixture --- */

static void on_report(void *ctx, const struct request_report *report)
{
    struct fixture *f = ctx;
    f->reports++;
    f->report_status = report->status;
    f->report_us = report->duration_us;
    f->report_has_invocation = report->invocation != NULL;
    copy_text(f->report_reason, sizeof(f->report_reason), report->reason);
    copy_text(f->report_route, sizeof(f->report_route), report->route_key);
    copy_text(f->report_path, sizeof(f->report_path), report->path);
    copy_text(f->report_api, sizeof(f->report_api), report->api);
}

static void on_warning(void *ctx, struct slice position, struct slice text)
{
    struct fixture *f = ctx;
    (void)position;
    (void)text;
    f->warnings++;
}

void fixture_options(struct fixture *f, bool throttles, struct gateway_options *ret_options)
{
    *ret_options = (struct gateway_options){
        .host = "127.0.0.1",
        .region = "us-east-1",
        .account_id = "000000000000",
        .throttles = throttles,
        .invoker = {fake_invoke, f},
        .on_request = on_report,
        .on_warning = on_warning,
        .ctx = f,
    };
}

static void open_fixture(struct fixture *f, bool throttles, bool is_strict)
{
    struct gateway_options options;
    *f = (struct fixture){.outcome = INVOKE_OK, .payload = "{\"statusCode\":200}"};
    mem_install();
    cr_assert_eq(uv_loop_init(&f->loop), 0);
    clock_init_system(&f->clock);
    log_init(&f->log, &f->clock, LOG_OFF);
    f->context = (struct context){&f->loop, &f->clock, &f->log, NULL, NULL};
    buf_init(&f->event, 64 << 20);
    fixture_options(f, throttles, &options);
    options.iam.is_strict = is_strict;
    f->gateway = gateway_create(&f->context, &options);
}

void fixture_open(struct fixture *f)
{
    open_fixture(f, false, false);
}

void fixture_open_throttled(struct fixture *f)
{
    open_fixture(f, true, false);
}

void fixture_open_strict(struct fixture *f, bool is_strict)
{
    open_fixture(f, false, is_strict);
}

void fixture_configure(struct fixture *f, const struct api_spec *spec)
{
    struct fault fault = {.text = ""};
    cr_assert_eq(gateway_configure(f->gateway, spec, 1, &fault), STATUS_OK, "%s", fault.text);
    f->port = gateway_port(f->gateway, spec->logical_id);
    cr_assert_neq(f->port, 0);
}

static void on_gateway_closed(void *ctx)
{
    struct fixture *f = ctx;
    f->is_closed = true;
}

void fixture_close(struct fixture *f)
{
    gateway_destroy(f->gateway, 0, on_gateway_closed, f);
    cr_expect_eq(uv_run(&f->loop, UV_RUN_DEFAULT), 0);
    cr_expect(f->is_closed);
    cr_expect_eq(uv_loop_close(&f->loop), 0);
    buf_finish(&f->event);
}

void fixture_settle(struct fixture *f)
{
    while (f->running > 0) {
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
}

const char *fixture_event(struct fixture *f)
{
    return buf_cstr(&f->event);
}

/* --- the client --- */

struct client {
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct slice request;
    struct buf *answer;
    bool is_done;
};

static void on_client_closed(uv_handle_t *handle)
{
    CONTAINER_OF(handle, struct client, tcp)->is_done = true;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    static char bytes[65536];
    (void)handle;
    (void)suggested;
    *ret = uv_buf_init(bytes, sizeof(bytes));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct client *client = CONTAINER_OF(stream, struct client, tcp);
    if (count > 0) {
        buf_append(client->answer, slice_of(bytes->base, (size_t)count));
    } else if (count < 0 && !uv_is_closing((uv_handle_t *)stream)) {
        uv_close((uv_handle_t *)stream, on_client_closed);
    }
}

static void on_written(uv_write_t *write, int status)
{
    (void)write;
    (void)status;
}

static void on_connected(uv_connect_t *connect, int status)
{
    struct client *client = CONTAINER_OF(connect, struct client, connect);
    cr_assert_eq(status, 0);
    char *base = (char *)(uintptr_t)client->request.ptr; /* libuv only reads it */
    uv_buf_t out = uv_buf_init(base, (unsigned)client->request.len);
    cr_assert_eq(uv_write(&client->write, (uv_stream_t *)&client->tcp, &out, 1, on_written), 0);
    cr_assert_eq(uv_read_start((uv_stream_t *)&client->tcp, on_alloc, on_read), 0);
}

struct slice fixture_send_bytes(struct fixture *f, struct slice request)
{
    static struct buf answer;
    buf_finish(&answer);
    buf_init(&answer, 64 << 20);
    struct client client = {.request = request, .answer = &answer};
    struct sockaddr_in address;
    cr_assert_eq(uv_ip4_addr("127.0.0.1", f->port, &address), 0);
    cr_assert_eq(uv_tcp_init(&f->loop, &client.tcp), 0);
    cr_assert_eq(uv_tcp_connect(&client.connect, &client.tcp, (const struct sockaddr *)&address,
                                on_connected),
                 0);
    while (!client.is_done) {
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
    return slice_of(buf_cstr(&answer), answer.len);
}

const char *fixture_send(struct fixture *f, const char *request)
{
    return fixture_send_bytes(f, slice_from(request)).ptr;
}

static void on_connected_deaf(uv_connect_t *connect, int status)
{
    struct client *client = CONTAINER_OF(connect, struct client, connect);
    cr_assert_eq(status, 0);
    char *base = (char *)(uintptr_t)client->request.ptr;
    uv_buf_t out = uv_buf_init(base, (unsigned)client->request.len);
    cr_assert_eq(uv_write(&client->write, (uv_stream_t *)&client->tcp, &out, 1, on_written), 0);
}

void fixture_send_and_leave(struct fixture *f, const char *request, enum leave when)
{
    struct client client = {.request = slice_from(request)};
    struct sockaddr_in address;
    const size_t *counts[] = {&f->invocations, &f->auth_invocations, &f->pauses, &f->reports};
    size_t before = *counts[when];
    cr_assert_eq(uv_ip4_addr("127.0.0.1", f->port, &address), 0);
    cr_assert_eq(uv_tcp_init(&f->loop, &client.tcp), 0);
    cr_assert_eq(uv_tcp_connect(&client.connect, &client.tcp, (const struct sockaddr *)&address,
                                on_connected_deaf),
                 0);
    while (*counts[when] == before) {
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
    cr_assert_eq(uv_tcp_close_reset(&client.tcp, on_client_closed), 0);
    while (!client.is_done) {
        (void)uv_run(&f->loop, UV_RUN_ONCE);
    }
}

const char *fixture_get(struct fixture *f, const char *method, const char *target,
                        const char *headers, const char *body)
{
    AUTO_BUF request = BUF_INIT(32 << 20);
    buf_printf(&request, "%s %s HTTP/1.1\r\nHost: api.local:3000\r\nConnection: close\r\n%s",
               method, target, headers);
    if (body != NULL) {
        buf_printf(&request, "Content-Length: %zu\r\n", strlen(body));
    }
    buf_append_text(&request, "\r\n");
    buf_append_text(&request, body != NULL ? body : "");
    return fixture_send(f, buf_cstr(&request));
}

/* --- reading a response --- */

int response_status(const char *response)
{
    int status = 0;
    return sscanf(response, "HTTP/1.1 %d", &status) == 1 ? status : -1;
}

const char *response_body(const char *response)
{
    const char *end = strstr(response, "\r\n\r\n");
    return end != NULL ? end + 4 : "";
}

const char *response_header(const char *response, const char *name, size_t index)
{
    static char value[1024];
    const char *end = strstr(response, "\r\n\r\n");
    size_t name_len = strlen(name);
    for (const char *line = strstr(response, "\r\n"); line != NULL && line < end;
         line = strstr(line + 2, "\r\n")) {
        const char *text = line + 2;
        if (strncmp(text, name, name_len) == 0 && text[name_len] == ':' && index-- == 0) {
            (void)snprintf(value, sizeof(value), "%.*s", (int)(strcspn(text + name_len + 2, "\r")),
                           text + name_len + 2);
            return value;
        }
    }
    return NULL;
}
