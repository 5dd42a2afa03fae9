#include "support.h"

#include <unistd.h>

static const struct stage_spec stages[] = {{.name = SLICE_INIT("$default")}};
static const struct route_spec get_a[] = {LAMBDA_ROUTE("GET", "/a")};
static const struct route_spec get_b[] = {LAMBDA_ROUTE("GET", "/b")};
static const struct route_spec twice[] = {LAMBDA_ROUTE("GET", "/{x}"), LAMBDA_ROUTE("GET", "/{y}")};
static const struct route_spec bad_method[] = {LAMBDA_ROUTE("FETCH", "/a")};

static struct api_spec api_with(const char *id, const struct route_spec *routes, size_t count)
{
    return (struct api_spec){.kind = API_HTTP,
                             .logical_id = slice_from(id),
                             .id = SLICE("a1"),
                             .stages = stages,
                             .stage_count = 1,
                             .routes = routes,
                             .route_count = count};
}

Test(gateway, keeps_its_port_and_replaces_routes_on_reload)
{
    struct fixture f;
    fixture_open(&f);
    struct api_spec api = api_with("Api", get_a, 1);
    fixture_configure(&f, &api);
    uint16_t port = f.port;
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/a", "", NULL)), 200);
    api.routes = get_b;
    fixture_configure(&f, &api);
    cr_expect_eq(f.port, port);
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/a", "", NULL)), 404);
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/b", "", NULL)), 200);
    fixture_close(&f);
}

Test(gateway, changes_nothing_when_a_configuration_is_wrong)
{
    struct fixture f;
    struct fault fault = {.text = ""};
    fixture_open(&f);
    struct api_spec api = api_with("Api", get_a, 1);
    fixture_configure(&f, &api);
    struct api_spec no_stage = api_with("Other", get_b, 1);
    no_stage.stage_count = 0;
    struct api_spec taken = api_with("Other", get_b, 1);
    taken.port = f.port;
    const struct {
        struct api_spec specs[2];
        enum status status;
        const char *says;
    } rows[] = {
        {{api_with("Api", get_b, 1), api_with("New", twice, 2)}, STATUS_INVALID, "same route"},
        {{api_with("Api", get_b, 1), api_with("New", bad_method, 1)},
         STATUS_INVALID,
         "no such method"},
        {{api_with("Api", get_b, 1), api_with("Api", get_b, 1)}, STATUS_INVALID, "two APIs"},
        {{api_with("Api", get_b, 1), no_stage}, STATUS_INVALID, "no stage"},
        {{api_with("Api", get_b, 1), taken}, STATUS_UNAVAILABLE, "cannot listen"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(gateway_configure(f.gateway, rows[i].specs, 2, &fault), rows[i].status,
                     "row %zu", i);
        cr_expect(strstr(fault.text, rows[i].says) != NULL, "row %zu: %s", i, fault.text);
        cr_expect_eq(gateway_port(f.gateway, SLICE("Api")), f.port);
        cr_expect_eq(gateway_port(f.gateway, SLICE("New")), 0);
        cr_expect_eq(response_status(fixture_get(&f, "GET", "/a", "", NULL)), 200);
    }
    fixture_close(&f);
}

Test(gateway, gives_each_api_a_port_and_stops_those_that_are_gone)
{
    struct fixture f;
    struct fault fault = {.text = ""};
    fixture_open(&f);
    const struct api_spec specs[] = {api_with("One", get_a, 1), api_with("Two", get_b, 1)};
    cr_assert_eq(gateway_configure(f.gateway, specs, 2, &fault), STATUS_OK, "%s", fault.text);
    uint16_t one = gateway_port(f.gateway, SLICE("One"));
    f.port = gateway_port(f.gateway, SLICE("Two"));
    cr_expect(one != 0 && f.port != 0 && one != f.port);
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/b", "", NULL)), 200);
    cr_assert_eq(gateway_configure(f.gateway, specs, 1, &fault), STATUS_OK);
    cr_expect_eq(gateway_port(f.gateway, SLICE("Two")), 0);
    f.port = gateway_port(f.gateway, SLICE("One"));
    cr_expect_eq(f.port, one);
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/a", "", NULL)), 200);
    fixture_close(&f);
}

Test(gateway, closes_while_a_function_runs_and_forgets_the_call_when_it_ends)
{
    static const struct route_spec slow[] = {{.method = SLICE_INIT("GET"),
                                              .path = SLICE_INIT("/a"),
                                              .integration.function = SLICE_INIT("fn"),
                                              .integration.timeout_ms = 20}};
    struct fixture f;
    fixture_open(&f);
    struct api_spec api = api_with("Api", slow, 1);
    fixture_configure(&f, &api);
    f.delay_ms = 120;
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/a", "", NULL)), 503);
    cr_expect_eq(f.running, 1);
    fixture_close(&f); /* runs the loop until the function has ended; ASan looks for the rest */
    cr_expect_eq(f.running, 0);
}

Test(gateway, answers_bodies_over_the_limits_with_413)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("POST", "/a")};
    struct fixture f;
    fixture_open(&f);
    struct api_spec api = api_with("Api", routes, 1);
    fixture_configure(&f, &api);
    const char *response = fixture_send(&f, "POST /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                                            "Content-Length: 10485761\r\n\r\n");
    cr_expect_eq(response_status(response), 413);
    cr_expect_str_eq(response_body(response), "{\"message\":\"Request Entity Too Large\"}");
    static char body[9 * 1024 * 1024 + 1];
    memset(body, 'a', sizeof(body) - 1);
    response = fixture_get(&f, "POST", "/a", "Content-Type: text/plain\r\n", body);
    cr_expect_eq(response_status(response), 413);
    cr_expect_str_eq(f.report_reason, "event over Lambda's limit");
    cr_expect_eq(f.invocations, 0);
    fixture_close(&f);
}

Test(gateway, reads_chunked_bodies_and_absolute_targets)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("POST", "/a")};
    struct fixture f;
    fixture_open(&f);
    struct api_spec api = api_with("Api", routes, 1);
    fixture_configure(&f, &api);
    const char *response = fixture_send(
        &f, "POST http://api.local/a HTTP/1.1\r\nHost: api.local\r\nConnection: close\r\n"
            "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n"
            "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    cr_expect_eq(response_status(response), 200);
    cr_expect(strstr(fixture_event(&f), "\"body\":\"abcde\"") != NULL);
    cr_expect(strstr(fixture_event(&f), "\"content-length\":\"5\"") != NULL);
    cr_expect_null(strstr(fixture_event(&f), "transfer-encoding"));
    fixture_close(&f);
}

Test(gateway, answers_many_requests_of_one_connection_with_fresh_ids)
{
    struct fixture f;
    fixture_open(&f);
    struct api_spec api = api_with("Api", get_a, 1);
    fixture_configure(&f, &api);
    AUTO_BUF requests = BUF_INIT(1 << 20);
    for (int i = 0; i < 200; i++) {
        buf_printf(&requests, "GET /a HTTP/1.1\r\nHost: x\r\n%s\r\n",
                   i == 199 ? "Connection: close\r\n" : "");
    }
    const char *response = fixture_send(&f, buf_cstr(&requests));
    size_t count = 0;
    const char *last = NULL;
    for (const char *at = strstr(response, "Apigw-Requestid: "); at != NULL;
         at = strstr(at + 1, "Apigw-Requestid: ")) {
        cr_expect(last == NULL || strncmp(last, at, 33) != 0);
        last = at;
        count++;
    }
    cr_expect_eq(count, 200);
    cr_expect_eq(f.invocations, 200);
    fixture_close(&f);
}

Test(gateway, lets_the_function_end_when_its_client_leaves)
{
    struct fixture f;
    fixture_open(&f);
    struct api_spec api = api_with("Api", get_a, 1);
    fixture_configure(&f, &api);
    f.delay_ms = 50;
    fixture_send_and_leave(&f, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", LEAVE_INVOKED);
    fixture_settle(&f);
    cr_expect_eq(f.reports, 1);
    cr_expect_eq(f.report_status, 200);
    f.delay_ms = 0;
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/a", "", NULL)), 200);
    fixture_close(&f);
}
