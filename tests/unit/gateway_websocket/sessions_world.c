#include "sessions_world.h"

#include "core/mem.h"

#include <criterion/criterion.h>

struct fixture ws_fixture;
struct ws_world ws_world;

/* --- functions, by name --- */

static const struct function {
    const char *name;
    enum invoke_outcome outcome;
    const char *payload;
    bool is_held; /* answers when it is told to */
} functions[FUNCTIONS] = {
    {"ok", INVOKE_OK, "{\"statusCode\":200,\"body\":\"said\"}", false},
    {"forbids", INVOKE_OK, "{\"statusCode\":403}", false},
    {"throws", INVOKE_FUNCTION_ERROR, "{\"errorMessage\":\"no\"}", false},
    {"mute", INVOKE_OK, "null", false},
    {"speaks", INVOKE_OK, "{\"statusCode\":201,\"headers\":{\"Sec-WebSocket-Protocol\":\"chat\"}}",
     false},
    {"held", INVOKE_OK, "{\"statusCode\":200,\"body\":\"late\"}", true},
    {"allow", INVOKE_OK,
     "{\"principalId\":\"u1\",\"context\":{\"n\":1},\"policyDocument\":{\"Version\":\"2012-10-17\","
     "\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"execute-api:Invoke\",\"Resource\":"
     "\"arn:aws:execute-api:us-east-1:000000000000:ws1/dev/$connect\"}]}}",
     false},
    {"deny", INVOKE_OK,
     "{\"principalId\":\"u1\",\"policyDocument\":{\"Version\":\"2012-10-17\",\"Statement\":[{"
     "\"Effect\":\"Deny\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"*\"}]}}",
     false},
};

void ws_give_answer(struct asked *asked)
{
    for (size_t i = 0; i < FUNCTIONS; i++) {
        const struct function *function = &functions[i];
        if (strcmp(function->name, asked->function) == 0) {
            const struct invoke_result result = {.outcome = function->outcome,
                                                 .payload = slice_from(function->payload),
                                                 .duration_us = 7000};
            asked->is_answered = true;
            asked->on_done(asked->ctx, &result);
            return;
        }
    }
    cr_assert_fail("no function %s", asked->function);
}

static bool is_held(const struct asked *asked)
{
    return strcmp(asked->function, "held") == 0;
}

static void on_answering(uv_idle_t *handle)
{
    uv_idle_stop(handle);
    for (size_t i = 0; i < ws_world.asked_count; i++) {
        if (!ws_world.asked[i].is_answered && !is_held(&ws_world.asked[i])) {
            ws_give_answer(&ws_world.asked[i]);
        }
    }
}

static void invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                   void *done_ctx)
{
    struct asked *asked = &ws_world.asked[ws_world.asked_count++];
    (void)ctx;
    cr_assert_leq(ws_world.asked_count, (size_t)ASKED_MAX);
    asked->on_done = on_done;
    asked->ctx = done_ctx;
    asked->event = mem_alloc(request->payload.len + 1);
    memcpy(asked->event, request->payload.ptr, request->payload.len);
    asked->event[request->payload.len] = '\0';
    (void)snprintf(asked->function, sizeof(asked->function), "%.*s", SLICE_ARG(request->function));
    uv_idle_start(&ws_world.answering, on_answering);
}

static void on_report(void *ctx, const struct request_report *report)
{
    (void)ctx;
    cr_assert_lt(ws_world.report_count, COUNT_OF(ws_world.reports));
    cr_assert(slice_is_utf8(report->reason)); /* looks at every byte, where a sanitizer sees it */
#define COPY(field, text)                                                                          \
    (void)snprintf(ws_world.reports[ws_world.report_count].field,                                  \
                   sizeof(ws_world.reports[ws_world.report_count].field), "%.*s", SLICE_ARG(text))
    COPY(method, report->method);
    COPY(path, report->path);
    COPY(route, report->route_key);
    COPY(reason, report->reason);
    COPY(function, report->function);
    COPY(connection_id, report->connection_id);
    ws_world.reports[ws_world.report_count].status = report->status;
    ws_world.reports[ws_world.report_count++].close_code = report->close_code;
}

static struct slice signed_service(struct http_exchange *exchange)
{
    return http_header_get(http_request(exchange)->headers, "x-service");
}

static const struct stage_spec stages[] = {{.name = SLICE_INIT("dev")},
                                           {.name = SLICE_INIT("other")}};

void ws_configure(const struct route_spec *routes, size_t count)
{
    static const struct slice source = SLICE_INIT("route.request.querystring.token");
    static const struct authorizer_spec authorizers[] = {
        {.kind = AUTHORIZER_REQUEST,
         .id = SLICE_INIT("allow"),
         .name = SLICE_INIT("Allow"),
         .identity_sources = {&source, 1},
         .function = SLICE_INIT("allow")},
        {.kind = AUTHORIZER_REQUEST,
         .id = SLICE_INIT("deny"),
         .name = SLICE_INIT("Deny"),
         .function = SLICE_INIT("deny")},
        {.kind = AUTHORIZER_REQUEST,
         .id = SLICE_INIT("held"),
         .name = SLICE_INIT("Held"),
         .function = SLICE_INIT("held")},
    };
    const struct api_spec api = {
        .kind = API_WEBSOCKET,
        .logical_id = SLICE("Chat"),
        .id = SLICE("ws1"),
        .stages = stages,
        .stage_count = COUNT_OF(stages),
        .routes = routes,
        .route_count = count,
        .authorizers = authorizers,
        .authorizer_count = COUNT_OF(authorizers),
        .route_selection = SLICE("$request.body.action"),
    };
    struct fault fault = {.text = ""};
    cr_assert_eq(gateway_configure(ws_world.gateway, &api, 1, &fault), STATUS_OK, "%s", fault.text);
    ws_fixture.port = gateway_port(ws_world.gateway, api.logical_id);
}

void ws_set_up(void)
{
    fixture_init(&ws_fixture);
    ws_world = (struct ws_world){0};
    const struct gateway_options options = {
        .host = "127.0.0.1",
        .region = "us-east-1",
        .account_id = "000000000000",
        .invoker = {invoke, NULL},
        .signed_service = signed_service,
        .on_request = on_report,
    };
    (void)uv_idle_init(&ws_fixture.loop, &ws_world.answering);
    ws_world.gateway = gateway_create(&ws_fixture.context, &options);
}

static void on_gateway_closed(void *ctx)
{
    *(bool *)ctx = true;
}

void ws_close_gateway(uint32_t drain_ms)
{
    gateway_destroy(ws_world.gateway, drain_ms, on_gateway_closed, &ws_world.is_closed);
    ws_world.gateway = NULL;
}

void ws_answer_all(void)
{
    for (size_t i = 0; i < ws_world.asked_count; i++) {
        if (!ws_world.asked[i].is_answered) {
            ws_give_answer(&ws_world.asked[i]);
        }
    }
}

void ws_tear_down(void)
{
    if (ws_world.gateway != NULL) {
        ws_close_gateway(0);
    }
    pump_until(&ws_fixture, &ws_world.is_closed);
    ws_answer_all();
    for (size_t i = 0; i < ws_world.asked_count; i++) {
        mem_free(ws_world.asked[i].event);
    }
    uv_close((uv_handle_t *)&ws_world.answering, NULL);
    pump(&ws_fixture, -1);
    fixture_finish(&ws_fixture);
}

/* --- clients --- */

int ws_dial(const char *target, const char *headers)
{
    AUTO_BUF text = BUF_INIT(1 << 12);
    int fd = client_connect(&ws_fixture);
    buf_printf(&text,
               "GET %s HTTP/1.1\r\nHost: ws.test:3001\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nUser-Agent: wscat\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
               target, headers);
    client_send(&ws_fixture, fd, buf_slice(&text));
    return fd;
}

const char *ws_head_of(int fd)
{
    static struct buf head = BUF_INIT(1 << 16);
    buf_clear(&head);
    (void)client_read_until(&ws_fixture, fd, "\r\n\r\n", &head);
    return buf_cstr(&head);
}

int ws_status_of(const char *head)
{
    return (int)strtol(head + sizeof("HTTP/1.1"), NULL, 10);
}

int ws_open(const char *target)
{
    int fd = ws_dial(target, "");
    cr_assert_eq(ws_status_of(ws_head_of(fd)), 101);
    return fd;
}

void ws_send_frame(int fd, int first, struct slice text)
{
    AUTO_BUF frame = BUF_INIT(1 << 20);
    buf_append_char(&frame, (char)first);
    if (text.len < 126) {
        buf_append_char(&frame, (char)(0x80 | text.len));
    } else {
        cr_assert_leq(text.len, (size_t)UINT16_MAX);
        buf_append_char(&frame, (char)(0x80 | 126));
        buf_append_char(&frame, (char)(text.len >> 8));
        buf_append_char(&frame, (char)text.len);
    }
    buf_append(&frame, SLICE("\0\0\0\0"));
    buf_append(&frame, text);
    client_send(&ws_fixture, fd, buf_slice(&frame));
}

void ws_say(int fd, const char *text)
{
    ws_send_frame(fd, 0x81, slice_from(text));
}

void ws_expect_message(int fd, const char *text)
{
    AUTO_BUF got = BUF_INIT(1 << 16);
    cr_assert(client_read_until(&ws_fixture, fd, text, &got), "no \"%s\" in \"%s\"", text,
              buf_cstr(&got));
    size_t len = strlen(text);
    size_t head = len < 126 ? 2 : 4;
    cr_assert_eq(got.len, head + len, "more than \"%s\": \"%s\"", text, buf_cstr(&got));
    cr_assert_eq((unsigned char)got.ptr[0], 0x81);
}

void ws_expect_close(int fd, uint16_t code)
{
    AUTO_BUF got = BUF_INIT(1 << 16);
    const char bytes[] = {(char)(code >> 8), (char)code, '\0'};
    cr_assert(client_read_until(&ws_fixture, fd, bytes, &got));
    cr_assert_eq((unsigned char)got.ptr[0], 0x88);
}

bool ws_has_asked(size_t count)
{
    return ws_world.asked_count >= count;
}

bool ws_has_reported(size_t count)
{
    return ws_world.report_count >= count;
}

void ws_wait_until(bool (*holds)(size_t), size_t count)
{
    for (uint64_t end = uv_hrtime() + (uint64_t)WAIT_MS * 1000000; !holds(count);) {
        cr_assert_lt(uv_hrtime(), end, "%zu asked, %zu reported", ws_world.asked_count,
                     ws_world.report_count);
        pump(&ws_fixture, -1);
    }
}

void ws_expect_in(const struct asked *asked, const char *text)
{
    cr_expect(strstr(asked->event, text) != NULL, "no %s in %s", text, asked->event);
}

const char *ws_error_frame(const char *message)
{
    static char text[256];
    (void)snprintf(text, sizeof(text), "{\"message\": \"%s\", \"connectionId\":\"%s\", ", message,
                   ws_world.reports[0].connection_id);
    return text;
}

void ws_expect_error(int fd, const char *message)
{
    AUTO_BUF got = BUF_INIT(1 << 16);
    AUTO_BUF seen = BUF_INIT(1 << 16);
    cr_assert(client_read_until(&ws_fixture, fd, "=\"}", &got), "%s", buf_cstr(&got));
    buf_append(&seen, slice_skip(buf_slice(&got), 2));
    const char *wanted = ws_error_frame(message);
    cr_expect(strncmp(buf_cstr(&seen), wanted, strlen(wanted)) == 0, "%s", buf_cstr(&seen));
    cr_expect(strncmp(seen.ptr + strlen(wanted), "\"requestId\":\"", 13) == 0);
}

static const struct route_spec chat[] = {
    ROUTE("$connect", "ok"),
    ROUTE("$disconnect", "ok"),
    ROUTE("one", "ok"),
    ROUTE("throws", "throws"),
    ROUTE("mute", "mute"),
    {.path = SLICE_INIT("two"), .integration.function = SLICE_INIT("ok"), .has_response = true},
    {.path = SLICE_INIT("late"),
     .integration.function = SLICE_INIT("held"),
     .integration.timeout_ms = 50,
     .has_response = true},
    {.path = SLICE_INIT("sqs"),
     .integration.kind = INTEGRATION_SERVICE,
     .unsupported = SLICE_INIT("AWS integration: sls-local does not emulate this integration")},
    {.path = SLICE_INIT("mock"), .integration.kind = INTEGRATION_MOCK},
};

void ws_configure_chat(void)
{
    ws_configure(chat, COUNT_OF(chat));
}

int ws_open_chat(void)
{
    ws_configure_chat();
    return ws_open("/dev");
}
