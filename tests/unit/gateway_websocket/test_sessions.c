/* WebSocket APIs from the handshake to the last event: a whole gateway with a fake function, and clients that are sockets.
 * Numbers are rows of the conformance table. */
#include "core/mem.h"
#include "gateway/gateway.h"
#include "gateway/websocket/limits.h"
#include "tests/unit/http/support.h"

#include <criterion/criterion.h>
#include <sys/socket.h>

/* --- functions, by name --- */

enum { ASKED_MAX = 4096, FUNCTIONS = 8 };

struct asked {
    char function[32];
    char *event;
    invoke_done_fn *on_done;
    void *ctx;
    bool is_answered;
};

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

static struct fixture fixture;

static struct world {
    struct gateway *gateway;
    struct asked asked[ASKED_MAX];
    size_t asked_count;
    uv_idle_t answering;
    struct {
        char method[16], path[64], route[32], reason[128], function[32], connection_id[32];
        int status;
        uint16_t close_code;
    } reports[256];
    size_t report_count;
    bool is_closed;
} world;

static void give_answer(struct asked *asked)
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
    for (size_t i = 0; i < world.asked_count; i++) {
        if (!world.asked[i].is_answered && !is_held(&world.asked[i])) {
            give_answer(&world.asked[i]);
        }
    }
}

static void invoke(void *ctx, const struct invoke_request *request, invoke_done_fn *on_done,
                   void *done_ctx)
{
    struct asked *asked = &world.asked[world.asked_count++];
    (void)ctx;
    cr_assert_leq(world.asked_count, (size_t)ASKED_MAX);
    asked->on_done = on_done;
    asked->ctx = done_ctx;
    asked->event = mem_alloc(request->payload.len + 1);
    memcpy(asked->event, request->payload.ptr, request->payload.len);
    asked->event[request->payload.len] = '\0';
    (void)snprintf(asked->function, sizeof(asked->function), "%.*s", SLICE_ARG(request->function));
    uv_idle_start(&world.answering, on_answering);
}

static void on_report(void *ctx, const struct request_report *report)
{
    (void)ctx;
    cr_assert_lt(world.report_count, COUNT_OF(world.reports));
    cr_assert(slice_is_utf8(report->reason)); /* looks at every byte, where a sanitizer sees it */
#define COPY(field, text)                                                                          \
    (void)snprintf(world.reports[world.report_count].field,                                        \
                   sizeof(world.reports[world.report_count].field), "%.*s", SLICE_ARG(text))
    COPY(method, report->method);
    COPY(path, report->path);
    COPY(route, report->route_key);
    COPY(reason, report->reason);
    COPY(function, report->function);
    COPY(connection_id, report->connection_id);
    world.reports[world.report_count].status = report->status;
    world.reports[world.report_count++].close_code = report->close_code;
}

static struct slice signed_service(struct http_exchange *exchange)
{
    return http_header_get(http_request(exchange)->headers, "x-service");
}

/* --- an API --- */

#define ROUTE(key, name)                                                                           \
    {                                                                                              \
        .path = SLICE_INIT(key), .integration.function = SLICE_INIT(name)                          \
    }

static const struct stage_spec stages[] = {{.name = SLICE_INIT("dev")},
                                           {.name = SLICE_INIT("other")}};

static void configure(const struct route_spec *routes, size_t count)
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
    cr_assert_eq(gateway_configure(world.gateway, &api, 1, &fault), STATUS_OK, "%s", fault.text);
    fixture.port = gateway_port(world.gateway, api.logical_id);
}

static void set_up(void)
{
    fixture_init(&fixture);
    world = (struct world){0};
    const struct gateway_options options = {
        .host = "127.0.0.1",
        .region = "us-east-1",
        .account_id = "000000000000",
        .invoker = {invoke, NULL},
        .signed_service = signed_service,
        .on_request = on_report,
    };
    (void)uv_idle_init(&fixture.loop, &world.answering);
    world.gateway = gateway_create(&fixture.context, &options);
}

static void on_gateway_closed(void *ctx)
{
    *(bool *)ctx = true;
}

static void close_gateway(uint32_t drain_ms)
{
    gateway_destroy(world.gateway, drain_ms, on_gateway_closed, &world.is_closed);
    world.gateway = NULL;
}

static void answer_all(void)
{
    for (size_t i = 0; i < world.asked_count; i++) {
        if (!world.asked[i].is_answered) {
            give_answer(&world.asked[i]);
        }
    }
}

static void tear_down(void)
{
    if (world.gateway != NULL) {
        close_gateway(0);
    }
    pump_until(&fixture, &world.is_closed);
    answer_all();
    for (size_t i = 0; i < world.asked_count; i++) {
        mem_free(world.asked[i].event);
    }
    uv_close((uv_handle_t *)&world.answering, NULL);
    pump(&fixture, -1);
    fixture_finish(&fixture);
}

TestSuite(sessions, .init = set_up, .fini = tear_down);

/* --- clients --- */

/* Sends a handshake; the client decides when it reads. */
static int dial(const char *target, const char *headers)
{
    AUTO_BUF text = BUF_INIT(1 << 12);
    int fd = client_connect(&fixture);
    buf_printf(&text,
               "GET %s HTTP/1.1\r\nHost: ws.test:3001\r\nUpgrade: websocket\r\n"
               "Connection: Upgrade\r\nUser-Agent: wscat\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s\r\n",
               target, headers);
    client_send(&fixture, fd, buf_slice(&text));
    return fd;
}

/* The head of the answer to a handshake; lives until the next call. */
static const char *head_of(int fd)
{
    static struct buf head = BUF_INIT(1 << 16);
    buf_clear(&head);
    (void)client_read_until(&fixture, fd, "\r\n\r\n", &head);
    return buf_cstr(&head);
}

static int status_of(const char *head)
{
    return (int)strtol(head + sizeof("HTTP/1.1"), NULL, 10);
}

static int open_socket(const char *target)
{
    int fd = dial(target, "");
    cr_assert_eq(status_of(head_of(fd)), 101);
    return fd;
}

static void send_frame(int fd, int first, struct slice text)
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
    client_send(&fixture, fd, buf_slice(&frame));
}

static void say(int fd, const char *text)
{
    send_frame(fd, 0x81, slice_from(text));
}

/* The next message is exactly that text. */
static void expect_message(int fd, const char *text)
{
    AUTO_BUF got = BUF_INIT(1 << 16);
    cr_assert(client_read_until(&fixture, fd, text, &got), "no \"%s\" in \"%s\"", text,
              buf_cstr(&got));
    size_t len = strlen(text);
    size_t head = len < 126 ? 2 : 4;
    cr_assert_eq(got.len, head + len, "more than \"%s\": \"%s\"", text, buf_cstr(&got));
    cr_assert_eq((unsigned char)got.ptr[0], 0x81);
}

static void expect_close(int fd, uint16_t code)
{
    AUTO_BUF got = BUF_INIT(1 << 16);
    const char bytes[] = {(char)(code >> 8), (char)code, '\0'};
    cr_assert(client_read_until(&fixture, fd, bytes, &got));
    cr_assert_eq((unsigned char)got.ptr[0], 0x88);
}

static bool has_asked(size_t count)
{
    return world.asked_count >= count;
}

static bool has_reported(size_t count)
{
    return world.report_count >= count;
}

static void wait_until(bool (*holds)(size_t), size_t count)
{
    for (uint64_t end = uv_hrtime() + (uint64_t)WAIT_MS * 1000000; !holds(count);) {
        cr_assert_lt(uv_hrtime(), end, "%zu asked, %zu reported", world.asked_count,
                     world.report_count);
        pump(&fixture, -1);
    }
}

#define LAST_REPORT world.reports[world.report_count - 1]

/* "KEY":"text" of an event. */
static void expect_in(const struct asked *asked, const char *text)
{
    cr_expect(strstr(asked->event, text) != NULL, "no %s in %s", text, asked->event);
}

static const char *error_frame(const char *message)
{
    static char text[256];
    (void)snprintf(text, sizeof(text), "{\"message\": \"%s\", \"connectionId\":\"%s\", ", message,
                   world.reports[0].connection_id);
    return text;
}

/* An error frame ends with an id that nobody knows before. */
static void expect_error(int fd, const char *message)
{
    AUTO_BUF got = BUF_INIT(1 << 16);
    AUTO_BUF seen = BUF_INIT(1 << 16);
    cr_assert(client_read_until(&fixture, fd, "=\"}", &got), "%s", buf_cstr(&got));
    buf_append(&seen, slice_skip(buf_slice(&got), 2));
    const char *wanted = error_frame(message);
    cr_expect(strncmp(buf_cstr(&seen), wanted, strlen(wanted)) == 0, "%s", buf_cstr(&seen));
    cr_expect(strncmp(seen.ptr + strlen(wanted), "\"requestId\":\"", 13) == 0);
}

/* --- 61, 68: the handshake --- */

Test(sessions, a_connection_opens_when_connect_says_so)
{
    static const struct {
        const char *function;
        int status;
        const char *reason;
    } rows[] = {
        {"ok", 101, ""},
        {"speaks", 101, ""},
        {"forbids", 403, ""},
        {"throws", 502, "function error"},
        {"mute", 502, "the answer is not an object with a statusCode"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct route_spec routes[] = {
            {.path = SLICE("$connect"), .integration.function = slice_from(rows[i].function)}};
        configure(routes, 1);
        AUTO_CLIENT fd = dial("/dev?token=a%20b", "");
        cr_expect_eq(status_of(head_of(fd)), rows[i].status, "%s", rows[i].function);
        wait_until(has_reported, 1);
        cr_expect_eq(world.reports[0].status, rows[i].status);
        cr_expect_str_eq(world.reports[0].reason, rows[i].reason);
        cr_expect_str_eq(world.reports[0].method, "CONNECT");
        cr_expect_str_eq(world.reports[0].path, "/dev");
        cr_expect_str_eq(world.reports[0].route, "$connect");
        cr_expect_str_eq(world.reports[0].function, rows[i].function);
        expect_in(&world.asked[world.asked_count - 1], "\"eventType\":\"CONNECT\"");
        expect_in(&world.asked[world.asked_count - 1], "\"domainName\":\"ws.test:3001\"");
        expect_in(&world.asked[world.asked_count - 1], "\"stage\":\"dev\"");
        expect_in(&world.asked[world.asked_count - 1],
                  "\"queryStringParameters\":{\"token\":\"a b\"}");
        client_close(&fd);
        if (rows[i].status == 101) { /* without a $disconnect route */
            wait_until(has_reported, 2);
            cr_expect_eq(world.reports[1].close_code, 1006);
        }
        world.report_count = 0;
    }
}

Test(sessions, without_a_connect_route_everybody_is_let_in)
{
    const struct route_spec routes[] = {ROUTE("a", "ok")};
    configure(routes, 1);
    AUTO_CLIENT fd = open_socket("/");
    cr_expect_eq(world.asked_count, 0);
    cr_expect_eq(world.reports[0].status, 101);
    cr_expect_str_eq(world.reports[0].function, "");
}

Test(sessions, the_protocol_is_the_one_that_connect_names)
{
    const struct route_spec says[] = {ROUTE("$connect", "speaks")};
    const struct route_spec says_not[] = {ROUTE("$connect", "ok")};
    configure(says, 1);
    AUTO_CLIENT first = dial("/dev", "Sec-WebSocket-Protocol: chat, other\r\n");
    cr_expect_not_null(strstr(head_of(first), "\r\nSec-WebSocket-Protocol: chat\r\n"));
    configure(says_not, 1);
    AUTO_CLIENT second = dial("/dev", "Sec-WebSocket-Protocol: chat, other\r\n");
    const char *head = head_of(second);
    cr_expect_eq(status_of(head), 101);
    cr_expect_null(strstr(head, "Sec-WebSocket-Protocol"));
}

Test(sessions, what_is_no_handshake_is_refused)
{
    static struct buf got = BUF_INIT(1 << 16);
    const struct route_spec routes[] = {ROUTE("$connect", "ok")};
    configure(routes, 1);
#define REST " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    const char *plain = client_talk(&fixture, SLICE("GET /dev" REST), false, &got);
    cr_expect_eq(status_of(plain), 426);
    cr_expect_not_null(strstr(plain, "\r\nUpgrade: websocket\r\n"));
    cr_expect_eq(status_of(client_talk(&fixture, SLICE("GET /" REST), false, &got)), 426);
    cr_expect_eq(status_of(client_talk(&fixture, SLICE("POST /dev" REST), false, &got)), 405);
    const char *astray = client_talk(&fixture, SLICE("GET /nowhere" REST), false, &got);
    cr_expect_eq(status_of(astray), 403);
    cr_expect_not_null(strstr(astray, "{\"message\":\"Forbidden\"}"));
    cr_expect_str_eq(LAST_REPORT.reason, "no such stage");
    AUTO_CLIENT fd = dial("/dev/below", "");
    cr_expect_eq(status_of(head_of(fd)), 403);
    cr_expect_eq(world.asked_count, 0);
}

/* --- authorizers --- */

static void guard(const char *authorizer)
{
    const struct route_spec routes[] = {
        {.path = SLICE("$connect"),
         .integration.function = SLICE("ok"),
         .authorization = AUTHORIZATION_AUTHORIZER,
         .authorizer_id = slice_from(authorizer)},
        ROUTE("a", "ok"),
    };
    configure(routes, COUNT_OF(routes));
}

Test(sessions, an_authorizer_decides_before_connect_is_asked)
{
    guard("allow");
    AUTO_CLIENT nobody = dial("/dev", "");
    cr_expect_eq(status_of(head_of(nobody)), 401);
    cr_expect_str_eq(LAST_REPORT.reason, "authorizer Allow: the request has no token");
    cr_expect_eq(world.asked_count, 0);
    AUTO_CLIENT known = dial("/dev?token=t", "");
    cr_expect_eq(status_of(head_of(known)), 101);
    cr_expect_eq(world.asked_count, 2);
    expect_in(&world.asked[0], "\"type\":\"REQUEST\",\"methodArn\":\"arn:aws:execute-api:us-east-1:"
                               "000000000000:ws1/dev/$connect\"");
    expect_in(&world.asked[0], "\"Upgrade\":\"websocket\"");
    static const char facts[] =
        "\"authorizer\":{\"principalId\":\"u1\",\"integrationLatency\":7,\"n\":\"1\"}";
    expect_in(&world.asked[1], facts);
    say(known, "{\"action\":\"a\"}");
    wait_until(has_asked, 3);
    expect_in(&world.asked[2], facts);
    AUTO_CLIENT elsewhere = dial("/other?token=t", ""); /* its policy is for dev */
    cr_expect_eq(status_of(head_of(elsewhere)), 403);
    guard("deny");
    AUTO_CLIENT denied = dial("/dev", "");
    cr_expect_eq(status_of(head_of(denied)), 403);
    cr_expect_eq(world.asked_count, 5);
}

Test(sessions, who_leaves_while_the_authorizer_thinks_never_connects)
{
    guard("held");
    AUTO_CLIENT fd = dial("/dev", "");
    wait_until(has_asked, 1);
    client_reset(&fd);
    pump_for(&fixture, 20);
    answer_all(); /* "held" is no policy: refused either way; what matters is that nobody is asked */
    wait_until(has_reported, 1);
    cr_expect_eq(world.asked_count, 1);
    cr_expect(strncmp(LAST_REPORT.reason, "authorizer Held: ", 17) == 0, "%s", LAST_REPORT.reason);
}

Test(sessions, who_leaves_while_connect_runs_is_told_to_have_gone)
{
    const struct route_spec routes[] = {ROUTE("$connect", "held"), ROUTE("$disconnect", "ok")};
    configure(routes, COUNT_OF(routes));
    AUTO_CLIENT fd = dial("/dev", "");
    wait_until(has_asked, 1);
    client_reset(&fd);
    pump_for(&fixture, 20);
    give_answer(&world.asked[0]);
    wait_until(has_reported, 2);
    cr_expect_str_eq(world.reports[0].reason, "the client has left");
    expect_in(&world.asked[1], "\"disconnectStatusCode\":1006");
    expect_in(&world.asked[1], world.reports[0].connection_id);
}

/* --- 62 to 65: messages --- */

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

static int open_chat(void)
{
    configure(chat, COUNT_OF(chat));
    return open_socket("/dev");
}

Test(sessions, a_function_is_told_of_coming_saying_and_going)
{
    AUTO_CLIENT fd = open_chat();
    say(fd, "{\"action\":\"one\",\"x\":\"\\\"\"}");
    wait_until(has_reported, 2);
    send_frame(fd, 0x88,
               SLICE("\x03\xe9"
                     "bye"));
    wait_until(has_reported, 3);
    for (size_t i = 0; i < 3; i++) {
        expect_in(&world.asked[i], world.reports[0].connection_id);
        expect_in(&world.asked[i], "\"apiId\":\"ws1\"");
        expect_in(&world.asked[i], "\"userAgent\":\"wscat\",\"sourceIp\":\"127.0.0.1\"");
        cr_expect_str_eq(world.reports[i].connection_id, world.reports[0].connection_id);
        cr_expect_str_eq(world.reports[i].reason, "");
    }
    expect_in(&world.asked[1], "\"routeKey\":\"one\",\"messageId\":\"");
    expect_in(&world.asked[1], "\"body\":\"{\\\"action\\\":\\\"one\\\",\\\"x\\\":"
                               "\\\"\\\\\\\"\\\"}\",\"isBase64Encoded\":false}");
    expect_in(&world.asked[2], "\"disconnectStatusCode\":1001");
    expect_in(&world.asked[2], "\"disconnectReason\":\"bye\"");
    cr_expect_str_eq(world.reports[1].method, "MESSAGE");
    cr_expect_str_eq(world.reports[1].path, "/dev one");
    cr_expect_eq(world.reports[1].status, 200);
    cr_expect_str_eq(world.reports[2].method, "DISCONNECT");
    cr_expect_eq(world.reports[2].close_code, 1001);
}

Test(sessions, how_a_client_went_is_told)
{
    static const struct {
        const char *close; /* of the frame; NULL: none */
        const char *code;
    } rows[] = {{"", "\"disconnectStatusCode\":1005"}, {NULL, "\"disconnectStatusCode\":1006"}};
    configure(chat, COUNT_OF(chat));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_CLIENT fd = open_socket("/dev");
        size_t asked = world.asked_count;
        if (rows[i].close != NULL) {
            send_frame(fd, 0x88, slice_from(rows[i].close));
        } else {
            client_reset(&fd);
        }
        wait_until(has_asked, asked + 1);
        expect_in(&world.asked[asked], rows[i].code);
    }
}

Test(sessions, an_answer_goes_back_only_with_a_route_response)
{
    AUTO_CLIENT fd = open_chat();
    say(fd, "{\"action\":\"one\"}");
    say(fd, "{\"action\":\"mock\"}");
    wait_until(has_reported, 3);
    say(fd, "{\"action\":\"two\"}");
    expect_message(fd, "said");
}

Test(sessions, a_message_that_no_route_takes_is_forbidden)
{
    AUTO_CLIENT fd = open_chat();
    say(fd, "{\"action\":\"zz\"}");
    expect_error(fd, "Forbidden");
    cr_expect_eq(LAST_REPORT.status, 403);
    cr_expect_str_eq(LAST_REPORT.reason, "no route");
    say(fd, "{\"action\":\"$connect\"}");
    expect_error(fd, "Forbidden");
    say(fd, "no JSON");
    expect_error(fd, "Forbidden");
    say(fd, "{\"action\":\"two\"}");
    expect_message(fd, "said");
}

Test(sessions, an_error_is_a_frame_and_the_connection_stays)
{
    static const struct {
        const char *message, *error, *reason;
        int status;
    } rows[] = {
        {"{\"action\":\"throws\"}", "Internal server error", "function error", 502},
        {"{\"action\":\"mute\"}", "Internal server error",
         "the answer is not an object with a statusCode", 502},
        {"{\"action\":\"sqs\"}", "Internal server error",
         "AWS integration: sls-local does not emulate this integration", 501},
        {"{\"action\":\"late\"}", "Endpoint request timed out", "integration timeout", 504},
    };
    AUTO_CLIENT fd = open_chat();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        say(fd, rows[i].message);
        expect_error(fd, rows[i].error);
        cr_expect_eq(LAST_REPORT.status, rows[i].status);
        cr_expect_str_eq(LAST_REPORT.reason, rows[i].reason);
    }
    size_t reports = world.report_count;
    answer_all(); /* what comes after the timeout is nobody's */
    say(fd, "{\"action\":\"two\"}");
    expect_message(fd, "said");
    cr_expect_eq(world.report_count, reports + 1);
}

Test(sessions, messages_run_at_the_same_time_but_not_too_many)
{
    const struct route_spec routes[] = {
        {.path = SLICE("$default"), .integration.function = SLICE("held"), .has_response = true}};
    configure(routes, 1);
    AUTO_CLIENT fd = open_socket("/dev");
    for (size_t i = 0; i < WS_RUNNING_MAX + 3; i++) {
        say(fd, "x");
    }
    wait_until(has_asked, WS_RUNNING_MAX);
    pump_for(&fixture, 20);
    cr_assert_eq(world.asked_count, WS_RUNNING_MAX);
    give_answer(&world.asked[7]);
    expect_message(fd, "late");
    wait_until(has_asked, WS_RUNNING_MAX + 1);
    pump_for(&fixture, 20);
    cr_assert_eq(world.asked_count, WS_RUNNING_MAX + 1);
    answer_all();
    wait_until(has_asked, WS_RUNNING_MAX + 3);
}

Test(sessions, events_of_all_connections_have_a_bound)
{
    enum { PIECE = 32 * 1024, PIECES = 4 };
    const struct route_spec routes[] = {ROUTE("$default", "held")};
    AUTO_BUF piece = BUF_INIT(PIECE);
    configure(routes, 1);
    while (piece.len < PIECE) {
        buf_append_char(&piece, '\x01'); /* six bytes in JSON */
    }
    AUTO_CLIENT first = open_socket("/dev");
    AUTO_CLIENT second = open_socket("/dev");
    size_t fit = WS_EVENTS_MAX / (6 * PIECE * PIECES);
    for (size_t i = 0; i < fit + 1; i++) {
        for (int k = 0; k < PIECES; k++) {
            send_frame(i < WS_RUNNING_MAX - 1 ? first : second,
                       (k == 0 ? 1 : 0) | (k == PIECES - 1 ? 0x80 : 0), buf_slice(&piece));
        }
        wait_until(has_asked, i < fit ? i + 1 : 0);
    }
    AUTO_BUF got = BUF_INIT(1 << 16);
    cr_assert(client_read_until(&fixture, second, "=\"}", &got));
    cr_expect_not_null(strstr(buf_cstr(&got) + 2, "\"Too Many Requests\""));
    cr_expect_str_eq(LAST_REPORT.reason, "too many messages wait for functions");
    cr_expect_eq(LAST_REPORT.status, 429);
    cr_expect_eq(world.asked_count, fit);
}

/* --- 67: what a client may not say --- */

Test(sessions, binary_and_large_messages_end_the_connection)
{
    enum { MESSAGE = 129 * 1024, PIECE = 32 * 1024 };
    static char bytes[MESSAGE];
    memset(bytes, 'a', sizeof(bytes));
    configure(chat, COUNT_OF(chat));
    AUTO_CLIENT binary = open_socket("/dev");
    send_frame(binary, 0x82, SLICE("x"));
    expect_close(binary, 1003);
    AUTO_CLIENT frame = open_socket("/dev");
    send_frame(frame, 0x81, slice_of(bytes, PIECE + 1));
    expect_close(frame, 1009);
    AUTO_CLIENT message = open_socket("/dev");
    for (size_t at = 0; at < MESSAGE; at += PIECE) {
        size_t len = MESSAGE - at < PIECE ? MESSAGE - at : PIECE;
        send_frame(message, (at == 0 ? 1 : 0) | (at + len == MESSAGE ? 0x80 : 0),
                   slice_of(bytes + at, len));
    }
    expect_close(message, 1009);
    wait_until(has_reported, 6);
    cr_expect_eq(world.reports[5].close_code, 1009);
}

/* --- 66: @connections on the API's own address --- */

static int manage(const char *method, const char *path, const char *id)
{
    static struct buf got = BUF_INIT(1 << 16);
    AUTO_BUF text = BUF_INIT(1 << 12);
    buf_printf(&text,
               "%s %s/@connections/%s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
               "Content-Length: 2\r\n\r\nhi",
               method, path, id);
    return status_of(client_talk(&fixture, buf_slice(&text), false, &got));
}

Test(sessions, connections_are_managed_below_the_stage_and_without_it)
{
    const struct route_spec routes[] = {ROUTE("$connect", "held")};
    configure(routes, 1);
    AUTO_CLIENT fd = dial("/dev", "");
    wait_until(has_asked, 1);
    char id[17] = "";
    (void)snprintf(id, sizeof(id), "%s",
                   strstr(world.asked[0].event, "\"connectionId\":\"") +
                       sizeof("\"connectionId\":"));
    cr_expect_eq(manage("POST", "/dev", id), 410, "it is not open while $connect runs");
    give_answer(&world.asked[0]);
    cr_assert_eq(status_of(head_of(fd)), 101);
    cr_expect_eq(manage("POST", "/dev", id), 200);
    expect_message(fd, "hi");
    cr_expect_eq(manage("POST", "", id), 200);
    expect_message(fd, "hi");
    cr_expect_eq(manage("POST", "/other", id), 410);
    cr_expect_eq(manage("GET", "/dev", "short"), 400);
    cr_expect_str_eq(LAST_REPORT.method, "GET");
    cr_expect_str_eq(LAST_REPORT.path, "/dev/@connections/short");
    cr_expect_str_eq(LAST_REPORT.reason, "BadRequestException");
    cr_expect_eq(manage("DELETE", "/dev", id), 204);
    expect_close(fd, 1000);
}

/* --- by way of another server: the edge --- */

static void on_edge_request(void *ctx, struct http_exchange *exchange)
{
    (void)ctx;
    if (world.gateway == NULL || !gateway_take(world.gateway, exchange)) {
        http_respond(exchange, 404, (struct http_headers){NULL, 0}, SLICE(""));
    }
}

static int edge(const char *method, const char *path, const char *id, const char *headers)
{
    static struct buf got = BUF_INIT(1 << 16);
    AUTO_BUF text = BUF_INIT(1 << 12);
    buf_printf(&text,
               "%s %s%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s"
               "Content-Length: 2\r\n\r\nhi",
               method, path, id, headers);
    return status_of(client_talk(&fixture, buf_slice(&text), false, &got));
}

Test(sessions, the_edge_reaches_connections_and_apis)
{
    configure(chat, COUNT_OF(chat));
    AUTO_CLIENT fd = open_socket("/dev");
    const char *id = world.reports[0].connection_id;
    fixture_serve(&fixture, on_edge_request, NULL, (struct http_limits){0});
    cr_expect_eq(edge("POST", "/@connections/", id, ""), 200);
    expect_message(fd, "hi");
    cr_expect_eq(edge("POST", "/dev/@connections/", id, "X-Service: execute-api\r\n"), 200);
    expect_message(fd, "hi");
    cr_expect_eq(edge("PUT", "/dev/@connections/", id, "X-Service: s3\r\n"), 404, "an object");
    cr_expect_eq(edge("POST", "/other/@connections/", id, ""), 410);
    cr_expect_eq(edge("POST", "/@connections/", "AAAAAAAAAAAAAAA=", ""), 410);
    cr_expect_eq(edge("POST", "/@connections/", "x", ""), 400);
    cr_expect_eq(edge("POST", "/_aws/execute-api/ws1/dev/@connections/", id, ""), 200);
    expect_message(fd, "hi");
    cr_expect_eq(edge("GET", "/_aws/execute-api/ws1/dev", "", ""), 426);
    cr_expect_eq(edge("GET", "/_aws/execute-api/ws2/dev", "", ""), 403);
    cr_expect_eq(edge("GET", "/bucket/key", "", ""), 404);
}

Test(sessions, what_came_by_the_edge_may_outlive_the_gateway)
{
    static const struct route_spec routes[] = {ROUTE("$connect", "ok"), ROUTE("$default", "held")};
    configure(routes, COUNT_OF(routes));
    fixture_serve(&fixture, on_edge_request, NULL, (struct http_limits){0});
    AUTO_CLIENT fd = open_socket("/_aws/execute-api/ws1/dev");
    say(fd, "x");
    wait_until(has_asked, 2);
    AUTO_CLIENT unread = client_connect(&fixture); /* a body that does not come */
    client_send_text(&fixture, unread,
                     "POST /@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: x\r\n"
                     "Content-Length: 2\r\n\r\n");
    pump_for(&fixture, 20);
    close_gateway(0);
    pump_until(&fixture, &world.is_closed);
    expect_close(fd, 1001);
} /* the server of the two is closed by tear_down() */

/* --- deployments and the end --- */

Test(sessions, a_connection_goes_by_what_is_deployed_last)
{
    const struct route_spec before[] = {ROUTE("$connect", "ok"), ROUTE("a", "throws")};
    const struct route_spec after[] = {
        ROUTE("$disconnect", "ok"),
        {.path = SLICE("a"), .integration.function = SLICE("ok"), .has_response = true}};
    configure(before, COUNT_OF(before));
    AUTO_CLIENT fd = open_socket("/dev");
    say(fd, "{\"action\":\"a\"}");
    expect_error(fd, "Internal server error");
    configure(after, COUNT_OF(after));
    say(fd, "{\"action\":\"a\"}");
    expect_message(fd, "said");
    client_reset(&fd);
    wait_until(has_reported, 4);
    cr_expect_str_eq(world.reports[3].function, "ok");
    cr_expect_eq(world.reports[3].close_code, 1006);
}

Test(sessions, a_connection_ends_with_its_api)
{
    AUTO_CLIENT fd = open_chat();
    struct fault fault;
    cr_assert_eq(gateway_configure(world.gateway, NULL, 0, &fault), STATUS_OK);
    expect_close(fd, 1001);
    client_close(&fd);
    wait_until(has_reported, 2);
    cr_expect_str_eq(world.reports[1].method, "DISCONNECT");
    expect_in(&world.asked[1], "\"disconnectStatusCode\":1001");
}

Test(sessions, the_end_is_told_and_waited_for)
{
    const struct route_spec routes[] = {ROUTE("$disconnect", "held")};
    configure(routes, 1);
    AUTO_CLIENT fd = open_socket("/dev");
    close_gateway(WAIT_MS);
    expect_close(fd, 1001);
    send_frame(fd, 0x88, SLICE("\x03\xe9"));
    wait_until(has_asked, 1);
    pump_for(&fixture, 20);
    cr_expect_not(world.is_closed, "it waits for $disconnect");
    expect_in(&world.asked[0], "\"disconnectStatusCode\":1001");
    answer_all();
    pump_until(&fixture, &world.is_closed);
    cr_expect_eq(world.report_count, 2);
}

Test(sessions, the_end_does_not_wait_for_ever)
{
    configure(chat, COUNT_OF(chat));
    const struct route_spec routes[] = {ROUTE("$disconnect", "held"), ROUTE("$default", "held")};
    configure(routes, COUNT_OF(routes));
    AUTO_CLIENT fd = open_socket("/dev");
    say(fd, "x");
    wait_until(has_asked, 1);
    close_gateway(50);
    pump_until(&fixture, &world.is_closed); /* functions are answered in tear_down() */
}
