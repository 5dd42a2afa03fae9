/* REST APIs from socket to socket. */
#include "support.h"

static const struct stage_spec stages[] = {{.name = SLICE_INIT("stage")}};
static const struct slice png[] = {SLICE_INIT("image/png")};

/* The OPTIONS mock that SAM writes for CORS. */
static const struct name_value_pair cors_request[] = {
    {SLICE_INIT("application/json"), SLICE_INIT("{\n  \"statusCode\" : 200\n}\n")}};
static const struct name_value_pair cors_headers[] = {
    {SLICE_INIT("method.response.header.Access-Control-Allow-Origin"), SLICE_INIT("'*'")},
    {SLICE_INIT("method.response.header.Access-Control-Allow-Methods"),
     SLICE_INIT("'GET,OPTIONS'")}};
static const struct name_value_pair cors_body[] = {
    {SLICE_INIT("application/json"), SLICE_INIT("{}\n")}};
static const struct integration_response_spec cors_response[] = {
    {.status = SLICE_INIT("200"), .parameters = {cors_headers, 2}, .templates = {cors_body, 1}}};
#define CORS_MOCK                                                                                  \
    {                                                                                              \
        .kind = INTEGRATION_MOCK, .request_templates = {cors_request, 1},                          \
        .responses = cors_response, .response_count = 1                                            \
    }

#define REST_API(route_list)                                                                       \
    {                                                                                              \
        .kind = API_REST, .logical_id = SLICE_INIT("Rest"), .id = SLICE_INIT("r1b2c3d4e5"),        \
        .stages = stages, .stage_count = 1, .routes = route_list,                                  \
        .route_count = COUNT_OF(route_list)                                                        \
    }

static void expect_event(struct fixture *f, const char *row, const char *part)
{
    const char *event = fixture_event(f);
    cr_expect(strstr(event, part) != NULL, "%s: %s expected in %s", row, part, event);
}

Test(rest_api, keeps_paths_as_they_were_sent)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("ANY", "/{proxy+}"),
                                               LAMBDA_ROUTE("ANY", "/hardcoded")};
    static const struct api_spec api = REST_API(routes);
    static const struct {
        const char *target, *path, *params, *resource, *context_path;
    } rows[] = {
        /* case 33 */
        {"/stage/proxy-value/", "/proxy-value/", "{\"proxy\":\"proxy-value\"}", "/{proxy+}",
         "/stage/proxy-value/"},
        {"/stage/proxy-value//double-slash", "/proxy-value//double-slash",
         "{\"proxy\":\"proxy-value//double-slash\"}", "/{proxy+}",
         "/stage/proxy-value//double-slash"},
        {"//stage/proxy-value", "/proxy-value", "{\"proxy\":\"proxy-value\"}", "/{proxy+}",
         "/stage/proxy-value"},
        {"/stage//proxy-value", "/proxy-value", "{\"proxy\":\"proxy-value\"}", "/{proxy+}",
         "/stage//proxy-value"},
        {"/stage//hardcoded", "/hardcoded", "null", "/hardcoded", "/stage//hardcoded"},
        {"/stage/user/test%2Balias@g.com/plus/test+alias@g.com",
         "/user/test%2Balias@g.com/plus/test+alias@g.com",
         "{\"proxy\":\"user/test%2Balias@g.com/plus/test+alias@g.com\"}", "/{proxy+}",
         "/stage/user/test%2Balias@g.com/plus/test+alias@g.com"},
        {"/hardcoded", "/hardcoded", "null", "/hardcoded", "/stage/hardcoded"}, /* as sam local */
        {"/other/x", "/other/x", "{\"proxy\":\"other/x\"}", "/{proxy+}", "/stage/other/x"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char part[256];
        cr_expect_eq(response_status(fixture_get(&f, "GET", rows[i].target, "", NULL)), 200);
        (void)snprintf(part, sizeof(part),
                       "{\"resource\":\"%s\",\"path\":\"%s\",\"httpMethod\":\"GET\"",
                       rows[i].resource, rows[i].path);
        expect_event(&f, rows[i].target, part);
        (void)snprintf(part, sizeof(part), "\"pathParameters\":%s,", rows[i].params);
        expect_event(&f, rows[i].target, part);
        (void)snprintf(part, sizeof(part), "\"path\":\"%s\",\"accountId\"", rows[i].context_path);
        expect_event(&f, rows[i].target, part);
    }
    fixture_close(&f);
}

Test(rest_api, decodes_query_parameters)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x")};
    static const struct api_spec api = REST_API(routes);
    static const struct {
        const char *query, *single, *multi;
    } rows[] = {
        /* case 34 */
        {"a=x%2By", "{\"a\":\"x+y\"}", "{\"a\":[\"x+y\"]}"},
        {"plus=test+alias", "{\"plus\":\"test alias\"}", "{\"plus\":[\"test alias\"]}"},
        {"d=2023-06-12T18:05:10+00:00", "{\"d\":\"2023-06-12T18:05:10 00:00\"}",
         "{\"d\":[\"2023-06-12T18:05:10 00:00\"]}"},
        {"category=a&category=books", "{\"category\":\"books\"}",
         "{\"category\":[\"a\",\"books\"]}"},
        {"a=1;b=2", "{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":[\"1\"],\"b\":[\"2\"]}"},
        {"flag", "{\"flag\":\"\"}", "{\"flag\":[\"\"]}"},
        {"", "null", "null"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char target[128], part[256];
        (void)snprintf(target, sizeof(target), "/stage/x?%s", rows[i].query);
        (void)fixture_get(&f, "GET", target, "", NULL);
        (void)snprintf(part, sizeof(part),
                       "\"queryStringParameters\":%s,\"multiValueQueryStringParameters\":%s",
                       rows[i].single, rows[i].multi);
        expect_event(&f, rows[i].query, part);
    }
    fixture_close(&f);
}

Test(rest_api, routes_to_the_resource_and_method)
{
    static const struct route_spec routes[] = {
        LAMBDA_ROUTE("POST", "/test"),          LAMBDA_ROUTE("OPTIONS", "/{proxy+}"),
        LAMBDA_ROUTE("GET", "/part1/{param+}"), LAMBDA_ROUTE("GET", "/part1/hard-coded"),
        LAMBDA_ROUTE("GET", "/stage/x"),
    };
    static const struct api_spec api = REST_API(routes);
    static const struct {
        const char *row, *method, *target, *headers, *route;
    } rows[] = {
        {"35", "OPTIONS", "/stage/test", "", "OPTIONS /{proxy+}"},
        {"36", "GET", "/stage/part1/random", "", "GET /part1/{param+}"},
        {"36", "GET", "/stage/part1/hard-coded", "", "GET /part1/hard-coded"},
        {"stage", "GET", "/stage/x", "", "GET /stage/x"}, /* below the stage there is no /x */
        {"2.1", "GET", "/stage/test", "X-HTTP-Method-Override: POST\r\n", "POST /test"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *response =
            fixture_get(&f, rows[i].method, rows[i].target, rows[i].headers, NULL);
        cr_expect_eq(response_status(response), 200, "case %s", rows[i].row);
        cr_expect_str_eq(f.report_route, rows[i].route, "case %s", rows[i].row);
    }
    static const char *const lost[][2] = {
        {"GET", "/stage/nothing"}, {"PUT", "/stage/test"}, {"GET", "/"}};
    for (size_t i = 0; i < COUNT_OF(lost); i++) {
        const char *response = fixture_get(&f, lost[i][0], lost[i][1], "", NULL);
        cr_expect_eq(response_status(response), 403, "case 37: %s", lost[i][1]);
        cr_expect_str_eq(response_body(response), "{\"message\":\"Missing Authentication Token\"}");
        cr_expect_str_eq(response_header(response, "x-amzn-ErrorType", 0),
                         "MissingAuthenticationTokenException");
        cr_expect_eq(strlen(response_header(response, "x-amzn-RequestId", 0)), 36);
        cr_expect_eq(strlen(response_header(response, "x-amz-apigw-id", 0)), 16);
        cr_expect_null(response_header(response, "X-Amzn-Trace-Id", 0));
    }
    fixture_close(&f);
}

Test(rest_api, keeps_the_spelling_of_headers_but_of_those_it_knows)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x"),
                                               LAMBDA_ROUTE("POST", "/x")};
    static const struct api_spec api = REST_API(routes);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    (void)fixture_get(
        &f, "GET", "/stage/x",
        "tEsT-HEADeR: a\r\nauthorization: key\r\nuser-agent: t\r\nx-two: 1\r\nX-Two: 2\r\n"
        "comma: a,b\r\n",
        NULL);
    expect_event(
        &f, "38",
        "\"tEsT-HEADeR\":\"a\",\"Authorization\":\"key\",\"User-Agent\":\"t\",\"x-two\":\"2\"");
    expect_event(&f, "38", "\"x-two\":[\"1\",\"2\"],\"comma\":[\"a,b\"]");
    expect_event(&f, "39", "\"body\":null,\"isBase64Encoded\":false}");
    expect_event(&f, "39",
                 "\"queryStringParameters\":null,\"multiValueQueryStringParameters\":null");
    cr_expect_null(strstr(fixture_event(&f), "onnection"), "dropped before processing");
    (void)fixture_get(&f, "POST", "/stage/x", "Content-Type: image/png\r\n", "text");
    expect_event(&f, "2.4", "\"body\":\"text\",\"isBase64Encoded\":false}");
    cr_expect_null(strstr(fixture_event(&f), "ontent-Length"));
    fixture_close(&f);
}

Test(rest_api, holds_functions_to_the_proxy_response_contract)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x")};
    static const struct api_spec api = REST_API(routes);
    static const struct {
        const char *payload;
        int status;
        const char *body;
    } rows[] = {
        /* case 40 */
        {"{\"statusCode\":200}", 200, ""},
        {"{\"headers\":{\"a\":\"b\"}}", 200, ""},
        {"{\"statusCode\":200,\"headers\":null,\"multiValueHeaders\":null,\"body\":null}", 200, ""},
        {"{\"statusCode\":200,\"headers\":{\"a\":true}}", 200, ""},
        {"{\"statusCode\":\"201\",\"body\":\"x\"}", 201, "x"},
        {"{}", 200, ""},
        {"{\"statusCode\":200,\"multiValueHeaders\":{\"a\":\"b\"}}", 502, NULL},
        {"{\"statusCode\":\"test\"}", 502, NULL},
        {"{\"statusCode\":0}", 502, NULL},
        {"\"just a string\"", 502, NULL},
        {"[1]", 502, NULL},
        {"null", 502, NULL},
        {"", 502, NULL},
        {"{\"statusCode\":200,\"wrongValue\":1}", 502, NULL},
        {"{\"statusCode\":200,\"cookies\":[\"a=1\"]}", 502, NULL},
        {"{\"statusCode\":200,\"body\":{\"a\":1}}", 502, NULL},
        {"{\"statusCode\":200,\"headers\":{\"a\":[1]}}", 502, NULL},
        {"{\"statusCode\":200", 502, NULL},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f.payload = rows[i].payload;
        const char *response = fixture_get(&f, "GET", "/stage/x", "", NULL);
        const char *body =
            rows[i].body != NULL ? rows[i].body : "{\"message\": \"Internal server error\"}";
        cr_expect_eq(response_status(response), rows[i].status, "case 40: %s", rows[i].payload);
        cr_expect_str_eq(response_body(response), body, "case 40: %s", rows[i].payload);
        cr_expect_str_eq(response_header(response, "Content-Type", 0), "application/json");
        const char *type = response_header(response, "x-amzn-ErrorType", 0);
        cr_expect_eq(type != NULL, rows[i].status == 502, "case 40: %s", rows[i].payload);
        cr_expect_eq(response_header(response, "X-Amzn-Trace-Id", 0) != NULL, rows[i].status != 502,
                     "case 43: %s", rows[i].payload);
    }
    fixture_close(&f);
}

Test(rest_api, merges_both_header_maps_and_remaps_what_is_its_own)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x")};
    static const struct api_spec api = REST_API(routes);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    f.payload =
        "{\"statusCode\":200,\"headers\":{\"my-header\":\"single\",\"x-b\":\"1\",\"Date\":\"then\","
        "\"Connection\":\"close\",\"server\":\"mine\",\"te\":\"x\",\"content-Type\":\"text/css\"},"
        "\"multiValueHeaders\":{\"My-Header\":[\"m1\",\"m2\"],\"X-B\":[\"1\",\"2\"],"
        "\"Set-Cookie\":[\"a=1\",\"b=2\"]}}";
    const char *response = fixture_get(&f, "GET", "/stage/x", "", NULL);
    cr_expect_str_eq(response_header(response, "My-Header", 0), "m1", "case 41");
    cr_expect_str_eq(response_header(response, "My-Header", 1), "m2", "case 41");
    cr_expect_str_eq(response_header(response, "My-Header", 2), "single", "case 41");
    cr_expect_null(response_header(response, "my-header", 0), "case 41: the list's spelling");
    cr_expect_str_eq(response_header(response, "X-B", 1), "2");
    cr_expect_null(response_header(response, "X-B", 2), "the same pair is sent once");
    cr_expect_str_eq(response_header(response, "Set-Cookie", 1), "b=2");
    cr_expect_str_eq(response_header(response, "content-Type", 0), "text/css");
    cr_expect_null(response_header(response, "Content-Type", 0));
    cr_expect_str_eq(response_header(response, "x-amzn-Remapped-Date", 0), "then", "case 57");
    cr_expect_str_eq(response_header(response, "x-amzn-Remapped-Connection", 0), "close",
                     "case 57");
    cr_expect_str_eq(response_header(response, "x-amzn-Remapped-server", 0), "mine", "case 57");
    cr_expect_null(response_header(response, "te", 0));
    fixture_close(&f);
}

Test(rest_api, sends_bytes_only_when_the_client_and_the_api_agree)
{
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/x"),
                                               LAMBDA_ROUTE("POST", "/x")};
    struct api_spec api = REST_API(routes);
    api.binary_media_types = (struct texts){png, 1};
    static const struct {
        const char *accept, *body;
    } rows[] = {
        /* case 42 */
        {"Accept: image/png\r\n", "bin"},
        {"Accept: image/png;q=1, text/html\r\n", "bin"},
        {"Accept: image/jpg\r\n", "Ymlu"},
        {"Accept: */*\r\n", "Ymlu"},
        {"Accept: image/*\r\n", "Ymlu"},
        {"Accept: text/html, image/png\r\n", "Ymlu"},
        {"", "Ymlu"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    f.payload = "{\"statusCode\":200,\"body\":\"Ymlu\",\"isBase64Encoded\":true}";
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *response = fixture_get(&f, "GET", "/stage/x", rows[i].accept, NULL);
        cr_expect_str_eq(response_body(response), rows[i].body, "case 42: %s", rows[i].accept);
    }
    f.payload = "{\"statusCode\":200,\"body\":\"?\",\"isBase64Encoded\":true}";
    cr_expect_eq(response_status(fixture_get(&f, "GET", "/stage/x", "Accept: image/png\r\n", NULL)),
                 500);
    f.payload = "{}";
    (void)fixture_get(&f, "POST", "/stage/x", "Content-Type: image/png\r\n", "bin");
    expect_event(&f, "42", "\"body\":\"Ymlu\",\"isBase64Encoded\":true}");
    fixture_close(&f);
}

Test(rest_api, keeps_the_trace_of_the_client)
{
    static const struct route_spec routes[] = {
        LAMBDA_ROUTE("GET", "/x"),
        {.method = SLICE_INIT("OPTIONS"), .path = SLICE_INIT("/x"), .integration = CORS_MOCK}};
    static const struct api_spec api = REST_API(routes);
    static const char *const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    const char *response = fixture_get(&f, "GET", "/stage/x", "", NULL);
    const char *echo = response_header(response, "X-Amzn-Trace-Id", 0);
    cr_expect(strlen(f.trace) == 40 && strncmp(f.trace, "Root=1-", 7) == 0, "case 43: %s", f.trace);
    cr_expect(strncmp(echo, f.trace, 40) == 0, "case 43: %s", echo);
    cr_expect(strncmp(echo + 40, ";Parent=", 8) == 0 && strcmp(echo + 64, ";Sampled=0") == 0, "%s",
              echo);
    response = fixture_get(&f, "GET", "/stage/x",
                           "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;"
                           "Parent=53995c3f42cd8ad8;Sampled=1\r\n",
                           NULL);
    char want[128];
    (void)snprintf(want, sizeof(want), "%s;Parent=53995c3f42cd8ad8;Sampled=1", root);
    cr_expect_str_eq(response_header(response, "X-Amzn-Trace-Id", 0), want, "case 43");
    cr_expect_str_eq(f.trace, want, "case 43");
    (void)fixture_get(&f, "GET", "/stage/x",
                      "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793\r\n", NULL);
    cr_expect(strncmp(f.trace, root, strlen(root)) == 0 && strstr(f.trace, ";Parent=") != NULL,
              "%s", f.trace);
    response = fixture_get(&f, "OPTIONS", "/stage/x", "", NULL);
    cr_expect_null(response_header(response, "X-Amzn-Trace-Id", 0), "case 43: not for MOCK");
    fixture_close(&f);
}

Test(rest_api, answers_mock_integrations_without_a_function)
{
    static const struct route_spec routes[] = {
        {.method = SLICE_INIT("OPTIONS"), .path = SLICE_INIT("/x"), .integration = CORS_MOCK}};
    static const struct api_spec api = REST_API(routes);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    const char *response = fixture_get(&f, "OPTIONS", "/x", "Origin: http://e\r\n", NULL);
    cr_expect_eq(response_status(response), 200);
    cr_expect_str_eq(response_body(response), "{}\n");
    cr_expect_str_eq(response_header(response, "Access-Control-Allow-Origin", 0), "*");
    cr_expect_str_eq(response_header(response, "Access-Control-Allow-Methods", 0), "GET,OPTIONS");
    cr_expect_eq(f.invocations, 0);
    fixture_close(&f);
}

Test(rest_api, tells_failures_as_aws_does)
{
    static const struct route_spec routes[] = {{.method = SLICE_INIT("ANY"),
                                                .path = SLICE_INIT("/x"),
                                                .integration.function = SLICE_INIT("fn"),
                                                .integration.timeout_ms = 50}};
    static const struct api_spec api = REST_API(routes);
    static const struct {
        enum invoke_outcome outcome;
        uint32_t delay_ms;
        int status;
        const char *body;
    } rows[] = {
        {INVOKE_FUNCTION_ERROR, 0, 502, "{\"message\": \"Internal server error\"}"},
        {INVOKE_NOT_FOUND, 0, 500, "{\"message\": \"Internal server error\"}"},
        {INVOKE_THROTTLED, 0, 500, "{\"message\": \"Internal server error\"}"},
        {INVOKE_UNAVAILABLE, 0, 500, "{\"message\": \"Internal server error\"}"},
        {INVOKE_TOO_LARGE, 0, 413, "{\"message\":\"Request Too Long\"}"},
        {INVOKE_OK, 200, 504, "{\"message\": \"Endpoint request timed out\"}"},
    };
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        f.outcome = rows[i].outcome;
        f.delay_ms = rows[i].delay_ms;
        const char *response = fixture_get(&f, "GET", "/x", "", NULL);
        cr_expect_eq(response_status(response), rows[i].status, "row %zu", i);
        cr_expect_str_eq(response_body(response), rows[i].body, "row %zu", i);
    }
    fixture_settle(&f);
    fixture_close(&f);
}

Test(rest_api, does_not_invoke_by_another_method_than_post)
{
    static const struct route_spec routes[] = {{.method = SLICE_INIT("GET"),
                                                .path = SLICE_INIT("/x"),
                                                .integration.function = SLICE_INIT("fn"),
                                                .integration.kind = INTEGRATION_NOT_POSTED}};
    static const struct api_spec api = REST_API(routes);
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    const char *response = fixture_get(&f, "GET", "/stage/x", "", NULL);
    cr_expect_eq(response_status(response), 500, "case 56");
    cr_expect_str_eq(response_body(response), "{\"message\": \"Internal server error\"}");
    cr_expect_str_eq(response_header(response, "x-amzn-ErrorType", 0),
                     "InternalServerErrorException");
    cr_expect_eq(f.invocations, 0);
    fixture_close(&f);
}
