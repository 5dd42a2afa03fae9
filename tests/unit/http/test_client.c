/* The client against our own server. */
#include "support.h"

#include "core/http/client.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static struct fixture fixture;
static struct http_client *client;

static void set_up(void)
{
    fixture_init(&fixture);
    client = http_client_create(&fixture.context);
}

static void tear_down(void)
{
    http_client_destroy(client);
    fixture_finish(&fixture);
}

TestSuite(client, .init = set_up, .fini = tear_down);

struct result {
    bool is_done;
    enum status status;
    int http_status;
    struct buf body;
    struct buf headers;
    char fault[FAULT_TEXT_MAX];
};

static void on_done(void *ctx, enum status status, const struct http_client_response *response,
                    const struct fault *fault)
{
    struct result *result = ctx;
    cr_assert(!result->is_done, "completed twice");
    result->is_done = true;
    result->status = status;
    (void)snprintf(result->fault, sizeof(result->fault), "%s", fault->text);
    cr_assert_eq(response != NULL, status == STATUS_OK);
    if (response == NULL) {
        return;
    }
    result->http_status = response->status;
    buf_append(&result->body, response->body);
    for (size_t i = 0; i < response->headers.count; i++) {
        buf_printf(&result->headers, "%.*s=%.*s\n", SLICE_ARG(response->headers.items[i].name),
                   SLICE_ARG(response->headers.items[i].value));
    }
}

static void result_reset(struct result *result)
{
    buf_finish(&result->body);
    buf_finish(&result->headers);
    *result = (struct result){.body = BUF_INIT(32u << 20), .headers = BUF_INIT(1 << 20)};
}

static void ask(struct result *result, struct http_client_request request, const char *target)
{
    char url[256];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", (unsigned)fixture.port, target);
    request.url = slice_from(url);
    if (request.method.len == 0) {
        request.method = SLICE("GET");
    }
    result_reset(result);
    http_client_send(client, &request, on_done, result);
    memset(url, 'x', sizeof(url)); /* it must have been copied */
    cr_assert(!result->is_done, "completed inside the call");
    pump_until(&fixture, &result->is_done);
}

Test(client, what_is_asked_arrives_and_what_is_answered_comes_back)
{
    static const struct http_header headers[] = {
        {SLICE_INIT("X-A"), SLICE_INIT("b")},
        {SLICE_INIT("X-Empty"), SLICE_INIT("")},
        {SLICE_INIT("X-Bad"), SLICE_INIT("a\nb")},
        {SLICE_INIT("Content-Length"), SLICE_INIT("9")},
        {SLICE_INIT("Content-Type"), SLICE_INIT("t/u")},
    };
    static const struct {
        struct slice method, body;
        size_t header_count;
        const char *want;
    } rows[] = {
        {SLICE_INIT("GET"), SLICE_INIT(""), 0, "GET|/p|q=1|Host=HOST||"},
        {SLICE_INIT("GET"), SLICE_INIT(""), 4, "GET|/p|q=1|Host=HOST,X-A=b,X-Empty=||"},
        {SLICE_INIT("POST"), SLICE_INIT("hello"), 5,
         "POST|/p|q=1|Host=HOST,X-A=b,X-Empty=,Content-Type=t/u,Content-Length=5|hello|"},
        {SLICE_INIT("POST"), SLICE_INIT(""), 0, "POST|/p|q=1|Host=HOST,Content-Length=0||"},
        {SLICE_INIT("DELETE"), SLICE_INIT(""), 0, "DELETE|/p|q=1|Host=HOST||"},
        {SLICE_INIT("PATCH"), SLICE_INIT("a"), 0, "PATCH|/p|q=1|Host=HOST,Content-Length=1|a|"},
        {SLICE_INIT("GET"), SLICE_INIT("b"), 0, "GET|/p|q=1|Host=HOST,Content-Length=1|b|"},
        {SLICE_INIT("OPTIONS"), SLICE_INIT(""), 0, "OPTIONS|/p|q=1|Host=HOST||"},
    };
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    static struct result result;
    char host[32];
    (void)snprintf(host, sizeof(host), "127.0.0.1:%u", (unsigned)fixture.port);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ask(&result,
            (struct http_client_request){.method = rows[i].method,
                                         .body = rows[i].body,
                                         .headers = {headers, rows[i].header_count}},
            "/p?q=1");
        cr_assert_eq(result.status, STATUS_OK, "case %zu: %s", i, result.fault);
        cr_expect_eq(result.http_status, 200);
        AUTO_BUF want = BUF_INIT(1024);
        const char *mark = strstr(rows[i].want, "HOST");
        buf_append(&want, slice_of(rows[i].want, (size_t)(mark - rows[i].want)));
        buf_append_text(&want, host);
        buf_append_text(&want, mark + 4);
        cr_expect_str_eq(buf_cstr(&result.body), buf_cstr(&want), "case %zu", i);
        cr_expect_not_null(strstr(buf_cstr(&result.headers), "Content-Length="));
        cr_expect_null(strstr(buf_cstr(&result.headers), "HTTP/"));
    }
    result_reset(&result);
}

static void answer(void *ctx, struct http_exchange *exchange)
{
    static const struct http_header items[] = {{SLICE_INIT("Location"), SLICE_INIT("/elsewhere")},
                                               {SLICE_INIT("Set-Cookie"), SLICE_INIT("a=1")},
                                               {SLICE_INIT("Set-Cookie"), SLICE_INIT("b=2")}};
    struct slice *body = ctx;
    http_respond(exchange, 302, (struct http_headers){items, 3}, *body);
}

Test(client, a_redirect_is_an_answer_like_any_other)
{
    struct slice body = SLICE("look there");
    fixture_serve(&fixture, answer, &body, (struct http_limits){0});
    static struct result result;
    ask(&result, (struct http_client_request){0}, "/");
    cr_assert_eq(result.status, STATUS_OK, "%s", result.fault);
    cr_assert_eq(result.http_status, 302);
    cr_assert_str_eq(buf_cstr(&result.body), "look there");
    cr_assert_not_null(
        strstr(buf_cstr(&result.headers), "Location=/elsewhere\nSet-Cookie=a=1\nSet-Cookie=b=2\n"));
    ask(&result, (struct http_client_request){.method = SLICE("HEAD")}, "/");
    cr_assert_eq(result.status, STATUS_OK, "%s", result.fault);
    cr_assert_eq(result.body.len, 0);
    cr_assert_not_null(strstr(buf_cstr(&result.headers), "Content-Length=10\n"));
    result_reset(&result);
}

static void stream_handler(void *ctx, struct http_exchange *exchange)
{
    http_stream_begin(exchange, 200, (struct http_headers){NULL, 0}, -1);
    (void)http_stream_write(exchange, *(struct slice *)ctx);
    (void)http_stream_write(exchange, *(struct slice *)ctx);
    http_stream_end(exchange, (struct http_headers){NULL, 0});
}

Test(client, a_response_larger_than_allowed_is_a_limit_however_it_is_framed)
{
    struct slice body = SLICE("0123456789");
    static struct result result;
    fixture_serve(&fixture, answer, &body, (struct http_limits){0});
    ask(&result, (struct http_client_request){.max_len = 10}, "/");
    cr_assert_eq(result.status, STATUS_OK, "%s", result.fault);
    ask(&result, (struct http_client_request){.max_len = 9}, "/");
    cr_assert_eq(result.status, STATUS_LIMIT, "%s", result.fault);
    result_reset(&result);
}

Test(client, a_stream_larger_than_allowed_is_a_limit)
{
    struct slice body = SLICE("0123456789");
    static struct result result;
    fixture_serve(&fixture, stream_handler, &body, (struct http_limits){0});
    ask(&result, (struct http_client_request){.max_len = 20}, "/");
    cr_assert_eq(result.status, STATUS_OK, "%s", result.fault);
    cr_assert_str_eq(buf_cstr(&result.body), "01234567890123456789");
    ask(&result, (struct http_client_request){.max_len = 19}, "/");
    cr_assert_eq(result.status, STATUS_LIMIT, "%s", result.fault);
    result_reset(&result);
}

static void silent_handler(void *ctx, struct http_exchange *exchange)
{
    *(struct http_exchange **)ctx = exchange;
}

Test(client, a_server_that_is_silent_is_a_timeout)
{
    static struct result result;
    struct http_exchange *exchange = NULL;
    fixture_serve(&fixture, silent_handler, &exchange, (struct http_limits){0});
    ask(&result, (struct http_client_request){.timeout_ms = 100}, "/slow?secret=1");
    cr_assert_eq(result.status, STATUS_TIMEOUT);
    cr_assert_not_null(strstr(result.fault, "/slow: "), "%s", result.fault);
    cr_assert_null(strstr(result.fault, "secret"), "%s", result.fault);
    cr_assert_not_null(exchange);
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, SLICE("late"));
    result_reset(&result);
}

Test(client, what_cannot_be_reached_is_unavailable_and_named)
{
    static const struct {
        const char *url, *words;
    } rows[] = {
        {"http://127.0.0.1:1/x", "http://127.0.0.1:1/x: "},
        {"file:///etc/passwd", "file:///etc/passwd: "},
        {"gopher://127.0.0.1/", "gopher://127.0.0.1/: "},
        {"http://", "http://: "},
        {"", ": "},
    };
    static struct result result;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        result_reset(&result);
        struct http_client_request request = {.method = SLICE("GET"),
                                              .url = slice_from(rows[i].url)};
        http_client_send(client, &request, on_done, &result);
        cr_assert(!result.is_done, "completed inside the call");
        pump_until(&fixture, &result.is_done);
        cr_expect_eq(result.status, STATUS_UNAVAILABLE, "case %zu: %s", i, result.fault);
        cr_expect_not_null(strstr(result.fault, rows[i].words), "case %zu: %s", i, result.fault);
    }
    result_reset(&result);
    struct http_client_request request = {.method = SLICE("GET / HTTP/1.1\r\nX: y"),
                                          .url = SLICE("http://127.0.0.1:1/")};
    http_client_send(client, &request, on_done, &result);
    pump_until(&fixture, &result.is_done);
    cr_assert_eq(result.status, STATUS_UNAVAILABLE);
    result_reset(&result);
}

static struct result many[40];

Test(client, many_requests_run_side_by_side_over_large_bodies)
{
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    static char bytes[1u << 20];
    memset(bytes, 'a', sizeof(bytes));
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/big", (unsigned)fixture.port);
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        result_reset(&many[i]);
        struct http_client_request request = {.method = SLICE("PUT"),
                                              .url = slice_from(url),
                                              .body = slice_of(bytes, sizeof(bytes) - i)};
        http_client_send(client, &request, on_done, &many[i]);
    }
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        pump_until(&fixture, &many[i].is_done);
        cr_assert_eq(many[i].status, STATUS_OK, "%s", many[i].fault);
        cr_assert_gt(many[i].body.len, sizeof(bytes) - i);
        result_reset(&many[i]);
    }
}

Test(client, destroying_it_completes_what_is_under_way_as_cancelled)
{
    static struct result result;
    struct http_exchange *exchange = NULL;
    fixture_serve(&fixture, silent_handler, &exchange, (struct http_limits){0});
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)fixture.port);
    result_reset(&result);
    struct http_client_request request = {.method = SLICE("GET"), .url = slice_from(url)};
    http_client_send(client, &request, on_done, &result);
    for (int i = 0; i < 2000 && exchange == NULL; i++) {
        pump(&fixture, -1);
    }
    cr_assert_not_null(exchange);
    http_client_destroy(client);
    client = NULL;
    pump_until(&fixture, &result.is_done);
    cr_assert_eq(result.status, STATUS_CANCELLED);
    http_respond(exchange, 200, (struct http_headers){NULL, 0}, SLICE("late"));
    result_reset(&result);
}

static void destroying_done(void *ctx, enum status status,
                            const struct http_client_response *response, const struct fault *fault)
{
    (void)status;
    (void)response;
    (void)fault;
    bool *is_done = ctx;
    if (!*is_done) {
        *is_done = true;
        http_client_destroy(client);
        client = NULL;
    }
}

Test(client, it_may_be_destroyed_inside_on_done)
{
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)fixture.port);
    bool is_done = false;
    struct http_client_request request = {.method = SLICE("GET"), .url = slice_from(url)};
    for (int i = 0; i < 3; i++) {
        http_client_send(client, &request, destroying_done, &is_done);
    }
    pump_until(&fixture, &is_done);
}

static void sending_done(void *ctx, enum status status, const struct http_client_response *response,
                         const struct fault *fault)
{
    (void)response;
    cr_assert_eq(status, STATUS_OK, "%s", fault->text);
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)fixture.port);
    struct http_client_request request = {.method = SLICE("GET"), .url = slice_from(url)};
    http_client_send(client, &request, on_done, ctx);
}

Test(client, another_request_may_be_sent_inside_on_done)
{
    static struct result result;
    result_reset(&result);
    fixture_serve(&fixture, echo_handler, NULL, (struct http_limits){0});
    char url[64];
    (void)snprintf(url, sizeof(url), "http://127.0.0.1:%u/", (unsigned)fixture.port);
    struct http_client_request request = {.method = SLICE("GET"), .url = slice_from(url)};
    http_client_send(client, &request, sending_done, &result);
    pump_until(&fixture, &result.is_done);
    cr_assert_eq(result.status, STATUS_OK, "%s", result.fault);
    result_reset(&result);
}

Test(client, a_client_that_never_sent_costs_nothing_to_close)
{
    struct http_client *unused = http_client_create(&fixture.context);
    http_client_destroy(unused);
    http_client_destroy(NULL);
}
