/* HTTP APIs from socket to socket. */
#include "support.h"

static const struct stage_spec default_stage[] = {{.name = SLICE_INIT("$default")}};
static const struct stage_spec two_stages[] = {{.name = SLICE_INIT("$default")},
                                               {.name = SLICE_INIT("dev")}};

#define HTTP_API(route_list, stage_list)                                                           \
    {                                                                                              \
        .kind = API_HTTP, .logical_id = SLICE_INIT("Api"), .id = SLICE_INIT("a1b2c3d4e5"),         \
        .stages = stage_list, .stage_count = COUNT_OF(stage_list), .routes = route_list,           \
        .route_count = COUNT_OF(route_list)                                                        \
    }

static void expect_event(struct fixture *f, const char *row, const char *part, bool is_there)
{
    const char *event = fixture_event(f);
    cr_expect_eq(strstr(event, part) != NULL, is_there, "%s: %s %s in %s", row, part,
                 is_there ? "expected" : "not expected", event);
}

Test(http_api, picks_the_route_of_the_aws_example_table)
{
    static const struct route_spec routes[] = {
        LAMBDA_ROUTE("GET", "/pets/dog/1"),    LAMBDA_ROUTE("GET", "/pets/dog/{id}"),
        LAMBDA_ROUTE("GET", "/pets/{proxy+}"), LAMBDA_ROUTE("ANY", "/{proxy+}"),
        LAMBDA_ROUTE("", "$default"),          LAMBDA_ROUTE("POST", "/items"),
    };
    static const struct api_spec api = HTTP_API(routes, default_stage);
    static const struct {
        const char *row, *method, *target, *key;
    } rows[] = {
        {"1", "GET", "/pets/dog/1", "GET /pets/dog/1"},
        {"1", "GET", "/pets/dog/2", "GET /pets/dog/{id}"},
        {"1", "GET", "/pets/cat/1", "GET /pets/{proxy+}"},
        {"1", "POST", "/test/5", "ANY /{proxy+}"},
        {"1", "POST", "/pets/dog/1", "ANY /{proxy+}"},
        {"4", "POST", "/items", "POST /items"},
        {"9", "GET", "/x", "ANY /{proxy+}"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *response = fixture_get(&f, rows[i].method, rows[i].target, "", NULL);
        cr_expect_eq(response_status(response), 200);
        char key[128];
        (void)snprintf(key, sizeof(key), "\"routeKey\":\"%s\"", rows[i].key);
        expect_event(&f, rows[i].row, key, true);
        cr_expect_str_eq(f.report_route, rows[i].key, "case %s", rows[i].row);
    }
    expect_event(&f, "9", "\"http\":{\"method\":\"GET\",\"path\":\"/x\"", true);
    cr_expect_str_eq(f.source, "GET /x");
    cr_expect_str_eq(f.function, "fn");
    cr_expect_str_eq(f.report_api, "Api");
    cr_expect(f.report_has_invocation);
    fixture_close(&f);
}

Test(http_api, answers_not_found_where_no_route_fits)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x")};
    static const struct api_spec api = HTTP_API(routes, default_stage);
    static const char *const rows[][2] = {
        {"PUT", "/x"}, {"GET", "/"}, {"GET", "/x/"}, {"GET", "/X"}};
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *response = fixture_get(&f, rows[i][0], rows[i][1], "", NULL);
        cr_expect_eq(response_status(response), 404, "case 2: %s %s", rows[i][0], rows[i][1]);
        cr_expect_str_eq(response_body(response), "{\"message\":\"Not Found\"}");
        cr_expect_str_eq(response_header(response, "Content-Type", 0), "application/json");
        const char *id = response_header(response, "Apigw-Requestid", 0);
        cr_expect(id != NULL && strlen(id) == 16, "case 2: %s", id);
        cr_expect_str_eq(f.report_reason, "no route");
    }
    const char *response = fixture_get(&f, "HEAD", "/x", "", NULL);
    cr_expect_eq(response_status(response), 404, "case 2: HEAD");
    cr_expect_str_eq(response_body(response), "");
    cr_expect_eq(f.invocations, 0);
    fixture_close(&f);
}

Test(http_api, writes_what_the_request_was_into_a_2_0_event)
{
    static const struct route_spec routes[] = {
        LAMBDA_ROUTE("GET", "/items"), LAMBDA_ROUTE("GET", "/t/{userId}/orders"),
        LAMBDA_ROUTE("ANY", "/files/{proxy+}"), LAMBDA_ROUTE("POST", "/body")};
    static const struct api_spec api = HTTP_API(routes, two_stages);
    static const struct {
        const char *row, *method, *target, *headers, *body;
        const char *there[4];
        const char *absent[5];
    } rows[] = {
        {"3",
         "GET",
         "/dev/items",
         "",
         NULL,
         {"\"rawPath\":\"/dev/items\"", "\"stage\":\"dev\"", "\"path\":\"/dev/items\""},
         {NULL}},
        {"3",
         "GET",
         "/items",
         "",
         NULL,
         {"\"rawPath\":\"/items\"", "\"stage\":\"$default\""},
         {NULL}},
        {"5",
         "GET",
         "/t/a%20b%C3%A9/orders",
         "",
         NULL,
         {"\"rawPath\":\"/t/a b\xc3\xa9/orders\"", "\"path\":\"/t/a b\xc3\xa9/orders\"",
          "\"pathParameters\":{\"userId\":\"a b\xc3\xa9\"}"},
         {NULL}},
        {"6",
         "GET",
         "/items?q=Hello%20World&tag=C%23%20P&tag=.NET",
         "",
         NULL,
         {"\"rawQueryString\":\"q=Hello%20World&tag=C%23%20P&tag=.NET\"",
          "\"queryStringParameters\":{\"q\":\"Hello World\",\"tag\":\"C# P,.NET\"}"},
         {NULL}},
        {"7",
         "GET",
         "/items",
         "Cookie: session=abc123; theme=dark\r\n",
         NULL,
         {"\"cookies\":[\"session=abc123\",\"theme=dark\"]"},
         {"\"cookie\":"}},
        {"8",
         "GET",
         "/items",
         "",
         NULL,
         {"\"rawQueryString\":\"\"", "\"isBase64Encoded\":false"},
         {"queryStringParameters", "\"body\"", "pathParameters", "cookies", "null"}},
        {"1.1 trailing slash",
         "GET",
         "/files/a/b/",
         "",
         NULL,
         {"\"rawPath\":\"/files/a/b/\"", "\"proxy\":\"a/b\""},
         {NULL}},
        {"10",
         "POST",
         "/body",
         "Content-Type: application/x-www-form-urlencoded\r\n",
         "a=1",
         {"\"body\":\"YT0x\"", "\"isBase64Encoded\":true", "\"content-length\":\"3\""},
         {NULL}},
        {"11",
         "POST",
         "/body",
         "Content-Type: text/plain; charset=iso-8859-1\r\n",
         "a=1",
         {"\"body\":\"YT0x\"", "\"isBase64Encoded\":true"},
         {NULL}},
        {"11",
         "POST",
         "/body",
         "Content-Type: text/plain; charset=UTF-8\r\n",
         "a=1",
         {"\"body\":\"a=1\"", "\"isBase64Encoded\":false"},
         {NULL}},
        {"12",
         "POST",
         "/body",
         "Content-Type: application/json\r\n",
         "{\"a\":\"b\"}",
         {"\"body\":\"{\\\"a\\\":\\\"b\\\"}\"", "\"isBase64Encoded\":false"},
         {NULL}},
        {"12",
         "POST",
         "/body",
         "",
         "{}",
         {"\"body\":\"e30=\"", "\"isBase64Encoded\":true"},
         {NULL}},
        {"1.2 headers",
         "GET",
         "/items",
         "X-Tag: 1\r\nx-tag: 2\r\nKeep-Alive: 5\r\n",
         NULL,
         {"\"x-tag\":\"1,2\"", "\"content-length\":\"0\"", "\"host\":\"api.local:3000\"",
          "\"domainName\":\"api.local\",\"domainPrefix\":\"api\""},
         {"keep-alive", "connection"}},
        {"1.2 forwarded",
         "GET",
         "/items",
         "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n",
         NULL,
         {"\"x-forwarded-for\":\"9.9.9.9, 127.0.0.1\"", "\"x-forwarded-proto\":\"http\"",
          "\"x-forwarded-port\":\""},
         {"https"}},
        {"1.2 trace",
         "GET",
         "/items",
         "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793\r\n",
         NULL,
         {"\"x-amzn-trace-id\":\"Root=1-5759e988-bd862e3fe1be46a994272793\""},
         {NULL}},
        {"1.2 user agent",
         "GET",
         "/items",
         "User-Agent: curl/8.5\r\n",
         NULL,
         {"\"sourceIp\":\"127.0.0.1\",\"userAgent\":\"curl/8.5\""},
         {NULL}},
        {"1.2 user agent", "GET", "/items", "", NULL, {"\"userAgent\":\"\""}, {NULL}},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f.event.len = 0;
        const char *response =
            fixture_get(&f, rows[i].method, rows[i].target, rows[i].headers, rows[i].body);
        cr_expect_eq(response_status(response), 200, "case %s", rows[i].row);
        for (size_t k = 0; k < COUNT_OF(rows[i].there) && rows[i].there[k] != NULL; k++) {
            expect_event(&f, rows[i].row, rows[i].there[k], true);
        }
        for (size_t k = 0; k < COUNT_OF(rows[i].absent) && rows[i].absent[k] != NULL; k++) {
            expect_event(&f, rows[i].row, rows[i].absent[k], false);
        }
        const char *id = response_header(response, "Apigw-Requestid", 0);
        char part[64];
        (void)snprintf(part, sizeof(part), "\"requestId\":\"%s\"", id);
        expect_event(&f, "section 0", part, true);
    }
    fixture_close(&f);
}

Test(http_api, turns_what_a_function_returns_into_a_response)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x"),
                                               LAMBDA_ROUTE_V1("GET", "/v1")};
    static const struct api_spec api = HTTP_API(routes, default_stage);
    static const struct {
        const char *row, *target, *payload;
        int status;
        const char *type, *body;
    } rows[] = {
        {"13", "/x", "{\"message\":\"hi\"}", 200, "application/json", "{\"message\":\"hi\"}"},
        {"13", "/x", " [1,2]", 200, "application/json", " [1,2]"},
        {"13", "/x", "null", 200, "application/json", "null"},
        {"14", "/x", "\"te\\u0073t\"", 200, "application/json", "test"},
        {"14", "/x", "\"\"", 200, "application/json", ""},
        {"15", "/x", "{\"name\": \"J\", \"age\":", 200, "application/json",
         "{\"name\": \"J\", \"age\":"},
        {"15", "/x", "{\"statusCode\":200}x", 200, "application/json", "{\"statusCode\":200}x"},
        {"16", "/x", "{\"statusCode\":201,\"body\":\"x\"}", 201, "text/plain; charset=utf-8", "x"},
        {"16", "/x", "{\"body\":\"YWI=\",\"isBase64Encoded\":true,\"statusCode\":200}", 200,
         "text/plain; charset=utf-8", "ab"},
        {"16", "/x", "{\"statusCode\":\"201\",\"body\":null,\"extra\":1}", 201,
         "text/plain; charset=utf-8", ""},
        {"16", "/x",
         "{\"statusCode\":200,\"headers\":{\"CONTENT-type\":\"text/html\"},\"body\":\"<p>\"}", 200,
         "text/html", "<p>"},
        {"17", "/x", "{\"statusCode\":0}", 500, "application/json",
         "{\"message\":\"Internal Server Error\"}"},
        {"17", "/x", "{\"statusCode\":200.5}", 500, "application/json",
         "{\"message\":\"Internal Server Error\"}"},
        {"17", "/x", "{\"statusCode\":200,\"body\":{}}", 500, "application/json",
         "{\"message\":\"Internal Server Error\"}"},
        {"17", "/x", "{\"statusCode\":200,\"body\":\"?\",\"isBase64Encoded\":true}", 500,
         "application/json", "{\"message\":\"Internal Server Error\"}"},
        {"23", "/v1", "\"text\"", 500, "application/json",
         "{\"message\":\"Internal Server Error\"}"},
        {"23", "/v1", "{\"message\":\"hi\"}", 500, "application/json",
         "{\"message\":\"Internal Server Error\"}"},
        {"1.5", "/v1", "{\"statusCode\":200,\"body\":\"x\"}", 200, "text/plain; charset=utf-8",
         "x"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f.payload = rows[i].payload;
        const char *response = fixture_get(&f, "GET", rows[i].target, "", NULL);
        cr_expect_eq(response_status(response), rows[i].status, "case %s: %s", rows[i].row,
                     rows[i].payload);
        cr_expect_str_eq(response_body(response), rows[i].body, "case %s: %s", rows[i].row,
                         rows[i].payload);
        cr_expect_str_eq(response_header(response, "Content-Type", 0), rows[i].type, "case %s: %s",
                         rows[i].row, rows[i].payload);
        cr_expect_eq(f.report_reason[0] != '\0', rows[i].status == 500);
    }
    fixture_close(&f);
}

Test(http_api, sends_headers_and_cookies_as_the_gateway_spells_and_orders_them)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x"),
                                               LAMBDA_ROUTE_V1("GET", "/v1")};
    static const struct api_spec api = HTTP_API(routes, default_stage);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    f.payload = "{\"statusCode\":200,\"headers\":{\"myheader\":\"v\",\"X-NUM\":7,\"x-flag\":true,"
                "\"set-cookie\":\"c=3\",\"content-length\":\"999\"},\"cookies\":[\"a=1\",\"b=2\"],"
                "\"multiValueHeaders\":{\"x-ignored\":[\"1\"]},\"body\":\"ok\"}";
    const char *response = fixture_get(&f, "GET", "/x", "", NULL);
    cr_expect_str_eq(response_header(response, "Set-Cookie", 0), "a=1", "case 19");
    cr_expect_str_eq(response_header(response, "Set-Cookie", 1), "b=2", "case 19");
    cr_expect_str_eq(response_header(response, "Set-Cookie", 2), "c=3", "case 19");
    cr_expect_str_eq(response_header(response, "Myheader", 0), "v", "case 20");
    cr_expect_str_eq(response_header(response, "X-Num", 0), "7");
    cr_expect_str_eq(response_header(response, "X-Flag", 0), "true");
    cr_expect_null(response_header(response, "X-Ignored", 0));
    cr_expect_str_eq(response_header(response, "Content-Length", 0), "2");
    f.payload = "{\"statusCode\":200,\"headers\":{\"myheader\":\"single\"},"
                "\"multiValueHeaders\":{\"MyHeader\":[\"m1\",\"m2\"],\"other\":[\"o\"]}}";
    response = fixture_get(&f, "GET", "/v1", "", NULL);
    cr_expect_str_eq(response_header(response, "Myheader", 0), "single", "case 21");
    cr_expect_str_eq(response_header(response, "Myheader", 1), "m1", "case 21");
    cr_expect_str_eq(response_header(response, "Myheader", 2), "m2", "case 21");
    cr_expect_str_eq(response_header(response, "Other", 0), "o", "case 21");
    fixture_close(&f);
}

Test(http_api, keeps_the_path_encoded_in_a_1_0_event)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE_V1("GET", "/users/{id}"),
                                               LAMBDA_ROUTE_V1("POST", "/users")};
    static const struct api_spec api = HTTP_API(routes, two_stages);
    static const char *const parts[] = {
        "{\"version\":\"1.0\",\"resource\":\"/users/{id}\",\"path\":\"/dev/users/a%20b\"",
        "\"pathParameters\":{\"id\":\"a b\"}",
        "\"resourceId\":\"GET /users/{id}\",\"resourcePath\":\"/users/{id}\",\"stage\":\"dev\"",
        "\"path\":\"/dev/users/a b\"",
        "\"queryStringParameters\":{\"a\":\"2\"},\"multiValueQueryStringParameters\":{\"a\":[\"1\","
        "\"2\"]}",
        "\"x-mIXed\":\"b\"",
        "\"x-mIXed\":[\"a\",\"b\"]",
        "\"Host\":\"api.local:3000\"",
        "\"User-Agent\":\"t\"",
        "\"cookie\":\"a=1\"",
        "\"stageVariables\":null,\"body\":null,\"isBase64Encoded\":false}",
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    (void)fixture_get(&f, "GET", "/dev/users/a%20b?a=1&a=2",
                      "x-mIXed: a\r\nX-Mixed: b\r\nuser-agent: t\r\ncookie: a=1\r\n", NULL);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        expect_event(&f, "22", parts[i], true);
    }
    (void)fixture_get(&f, "POST", "/users", "", NULL);
    expect_event(&f, "1.5",
                 "\"queryStringParameters\":null,\"multiValueQueryStringParameters\":null", true);
    expect_event(&f, "1.5", "\"pathParameters\":null", true);
    fixture_close(&f);
}

Test(http_api, tells_failures_as_aws_does)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x")};
    static const struct api_spec api = HTTP_API(routes, default_stage);
    static const struct {
        const char *row;
        enum invoke_outcome outcome;
        enum invoke_failure failure;
        const char *message;
        int status;
        const char *body, *reason;
    } rows[] = {
        {"18", INVOKE_FUNCTION_ERROR, FAILURE_HANDLED, NULL, 500,
         "{\"message\":\"Internal Server Error\"}", "function error"},
        {"18", INVOKE_FUNCTION_ERROR, FAILURE_TIMEOUT, NULL, 500,
         "{\"message\":\"Internal Server Error\"}", "function timed out"},
        {"", INVOKE_NOT_FOUND, FAILURE_NONE, NULL, 500, "{\"message\":\"Internal Server Error\"}",
         "no such function"},
        {"", INVOKE_THROTTLED, FAILURE_NONE, NULL, 503, "{\"message\":\"Service Unavailable\"}",
         "function throttled"},
        {"", INVOKE_TOO_LARGE, FAILURE_NONE, NULL, 413,
         "{\"message\":\"Request Entity Too Large\"}", "event over Lambda's limit"},
        {"", INVOKE_UNAVAILABLE, FAILURE_NONE, "ruby3.4 is not installed", 500,
         "{\"message\":\"Internal Server Error\"}", "ruby3.4 is not installed"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f.outcome = rows[i].outcome;
        f.failure = rows[i].failure;
        f.message = rows[i].message;
        const char *response = fixture_get(&f, "GET", "/x", "", NULL);
        cr_expect_eq(response_status(response), rows[i].status, "row %zu", i);
        cr_expect_str_eq(response_body(response), rows[i].body, "row %zu", i);
        cr_expect_str_eq(f.report_reason, rows[i].reason, "row %zu", i);
        cr_expect_eq(f.report_status, rows[i].status);
    }
    fixture_close(&f);
}

Test(http_api, answers_at_the_integration_timeout_while_the_function_runs_on)
{
    static const struct route_spec routes[] = {{.method = SLICE_INIT("GET"),
                                                .path = SLICE_INIT("/x"),
                                                .integration.function = SLICE_INIT("fn"),
                                                .integration.timeout_ms = 60}};
    static const struct api_spec api = HTTP_API(routes, default_stage);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    f.delay_ms = 300;
    const char *response = fixture_get(&f, "GET", "/x", "", NULL);
    cr_expect_eq(response_status(response), 503, "case 24");
    cr_expect_str_eq(response_body(response), "{\"message\":\"Service Unavailable\"}", "case 24");
    cr_expect_eq(f.running, 1, "the function was given up");
    cr_expect_str_eq(f.report_reason, "integration timeout");
    cr_expect_not(f.report_has_invocation);
    cr_expect(f.report_us >= 50000 && f.report_us < 250000, "answered after %d us",
              (int)f.report_us);
    fixture_settle(&f);
    cr_expect_eq(f.reports, 1);
    f.delay_ms = 0; /* and the call is good for another request */
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/x", "", NULL)), 200);
    fixture_close(&f);
}

Test(http_api, answers_a_preflight_only_when_no_route_takes_options)
{
    static const struct slice any[] = {SLICE_INIT("*")};
    static const struct slice methods[] = {SLICE_INIT("GET"), SLICE_INIT("POST")};
    static const struct slice headers[] = {SLICE_INIT("x-a"), SLICE_INIT("x-b")};
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x"),
                                               LAMBDA_ROUTE("ANY", "/any/{p+}")};
    struct api_spec api = HTTP_API(routes, default_stage);
    api.cors = (struct cors_spec){.is_set = true,
                                  .max_age_s = 600,
                                  .allow_origins = {any, 1},
                                  .allow_methods = {methods, 2},
                                  .allow_headers = {headers, 2},
                                  .expose_headers = {headers, 1}};
    static const char *const preflight =
        "Origin: https://e.com\r\nAccess-Control-Request-Method: GET\r\n";
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    const char *response = fixture_get(&f, "OPTIONS", "/x", preflight, NULL);
    cr_expect_eq(response_status(response), 204, "case 25");
    cr_expect_str_eq(response_body(response), "");
    cr_expect_null(response_header(response, "Content-Type", 0));
    cr_expect_null(response_header(response, "Content-Length", 0));
    cr_expect_str_eq(response_header(response, "Access-Control-Allow-Origin", 0), "*");
    cr_expect_str_eq(response_header(response, "Access-Control-Allow-Methods", 0), "GET,POST");
    cr_expect_str_eq(response_header(response, "Access-Control-Allow-Headers", 0), "x-a,x-b");
    cr_expect_str_eq(response_header(response, "Access-Control-Max-Age", 0), "600");
    response = fixture_get(&f, "OPTIONS", "/x", "", NULL);
    cr_expect_eq(response_status(response), 204, "without Origin");
    cr_expect_null(response_header(response, "Access-Control-Allow-Origin", 0));
    cr_expect_eq(f.invocations, 0);
    cr_expect_eq(response_status(fixture_get(&f, "OPTIONS", "/any/thing", preflight, NULL)), 200);
    cr_expect_eq(f.invocations, 1, "case 26: a route that takes OPTIONS gets it");
    f.payload =
        "{\"statusCode\":200,\"headers\":{\"access-control-allow-origin\":\"https://mine\"}}";
    response = fixture_get(&f, "GET", "/x", "Origin: https://e.com\r\n", NULL);
    cr_expect_str_eq(response_header(response, "Access-Control-Allow-Origin", 0), "*", "case 27");
    cr_expect_null(response_header(response, "Access-Control-Allow-Origin", 1), "case 27");
    cr_expect_str_eq(response_header(response, "Access-Control-Expose-Headers", 0), "x-a");
    response = fixture_get(&f, "GET", "/x", "", NULL);
    cr_expect_null(response_header(response, "Access-Control-Allow-Origin", 0), "case 27");
    fixture_close(&f);
}

Test(http_api, allows_only_the_origins_it_was_configured_with)
{
    static const struct slice origins[] = {SLICE_INIT("https://a.com"), SLICE_INIT("http://*")};
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x")};
    struct api_spec api = HTTP_API(routes, default_stage);
    api.cors = (struct cors_spec){
        .is_set = true, .allow_credentials = true, .max_age_s = -1, .allow_origins = {origins, 2}};
    static const struct {
        const char *header, *allowed;
    } rows[] = {
        {"Origin: https://a.com\r\n", "https://a.com"},
        {"Origin: http://localhost:8080\r\n", "http://localhost:8080"},
        {"Origin: https://b.com\r\n", NULL},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *response = fixture_get(&f, "GET", "/x", rows[i].header, NULL);
        const char *allowed = response_header(response, "Access-Control-Allow-Origin", 0);
        cr_expect((allowed == NULL) == (rows[i].allowed == NULL), "%s", rows[i].header);
        cr_expect(allowed == NULL || strcmp(allowed, rows[i].allowed) == 0, "%s", rows[i].header);
        const char *credentials = response_header(response, "Access-Control-Allow-Credentials", 0);
        cr_expect((credentials == NULL) == (rows[i].allowed == NULL), "%s", rows[i].header);
    }
    fixture_close(&f);
}

Test(http_api, serves_a_lone_named_stage_with_and_without_its_prefix)
{
    static const struct stage_spec stages[] = {{.name = SLICE_INIT("prod")}};
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x")};
    static const struct api_spec api = HTTP_API(routes, stages);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/x", "", NULL)), 200);
    expect_event(&f, "stage", "\"rawPath\":\"/prod/x\"", true);
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/prod/x", "", NULL)), 200);
    expect_event(&f, "stage", "\"rawPath\":\"/prod/x\"", true);
    fixture_close(&f);
}

Test(http_api, refuses_a_route_it_does_not_support_with_the_reason)
{
    static const struct route_spec routes[] = {
        {.method = SLICE_INIT("GET"),
         .path = SLICE_INIT("/x"),
         .integration.function = SLICE_INIT("fn"),
         .unsupported = SLICE_INIT("no \"JWT\" authorizers")}};
    static const struct api_spec api = HTTP_API(routes, default_stage);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    const char *response = fixture_get(&f, "GET", "/x", "", NULL);
    cr_expect_eq(response_status(response), 501);
    cr_expect_str_eq(response_body(response), "{\"message\":\"no \\\"JWT\\\" authorizers\"}");
    cr_expect_eq(f.invocations, 0);
    fixture_close(&f);
}
