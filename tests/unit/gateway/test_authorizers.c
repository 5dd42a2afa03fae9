/* Lambda authorizers: who is asked, what with, and what comes of the answer. */
#include "support.h"

static const struct stage_spec dev_stage[] = {{.name = SLICE_INIT("dev")}};
static const struct slice header_source[] = {SLICE_INIT("$request.header.Auth")};
static const struct slice two_sources[] = {SLICE_INIT("$request.header.Auth"),
                                           SLICE_INIT("$request.querystring.q")};
static const struct slice rest_source[] = {SLICE_INIT("method.request.header.X-Auth")};

#define GUARDED(verb, template)                                                                    \
    {                                                                                              \
        .method = SLICE_INIT(verb), .path = SLICE_INIT(template),                                  \
        .integration.function = SLICE_INIT("fn"), .authorization = AUTHORIZATION_AUTHORIZER,       \
        .authorizer_id = SLICE_INIT("a1")                                                          \
    }

static const struct route_spec routes[] = {GUARDED("GET", "/a"), GUARDED("GET", "/b"),
                                           GUARDED("GET", "/t/{id}")};

static const struct authorizer_spec simple = {
    .kind = AUTHORIZER_REQUEST,
    .id = SLICE_INIT("a1"),
    .name = SLICE_INIT("Gate"),
    .identity_sources = {header_source, 1},
    .function = SLICE_INIT("auth"),
    .has_simple_responses = true,
};

static void open_api(struct fixture *f, enum api_kind kind,
                     const struct authorizer_spec *authorizer)
{
    const struct api_spec api = {.kind = kind,
                                 .logical_id = SLICE_INIT("Api"),
                                 .id = SLICE_INIT("abc123"),
                                 .stages = dev_stage,
                                 .stage_count = 1,
                                 .routes = routes,
                                 .route_count = 3,
                                 .authorizers = authorizer,
                                 .authorizer_count = 1};
    fixture_open(f);
    fixture_configure(f, &api);
}

static int get(struct fixture *f, const char *target, const char *headers)
{
    return response_status(fixture_get(f, "GET", target, headers, NULL));
}

Test(authorizers, a_simple_answer_lets_in_and_is_in_the_event)
{
    struct fixture f;
    open_api(&f, API_HTTP, &simple);
    f.auth_payload = "{\"isAuthorized\":true,\"context\":{\"n\":1,\"list\":[\"x\"]}}";
    cr_expect_eq(get(&f, "/dev/t/7?q=1", "Auth: me\r\n"), 200);
    cr_expect_eq(f.auth_invocations, 1);
    cr_expect_not_null(
        strstr(fixture_event(&f), "\"authorizer\":{\"lambda\":{\"n\":1,\"list\":[\"x\"]}}"));
    static const char *const parts[] = {
        "{\"version\":\"2.0\",\"type\":\"REQUEST\",",
        "\"routeArn\":\"arn:aws:execute-api:us-east-1:000000000000:abc123/dev/GET/t/7\"",
        "\"identitySource\":[\"me\"]",
        "\"routeKey\":\"GET /t/{id}\"",
        "\"rawPath\":\"/dev/t/7\"",
        "\"rawQueryString\":\"q=1\"",
        "\"pathParameters\":{\"id\":\"7\"}}",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        cr_expect_not_null(strstr(f.auth_event, parts[i]), "%s in %s", parts[i], f.auth_event);
    }
    cr_expect_null(strstr(f.auth_event, "isBase64Encoded"));
    fixture_close(&f);
}

/* Conformance 32, and what the answer may be instead. */
Test(authorizers, of_http_apis_refuse_in_http_s_words)
{
    static const struct {
        const char *headers;
        enum invoke_outcome outcome;
        const char *answer;
        int status;
        size_t invocations;
        const char *body, *reason;
    } rows[] = {
        {"", INVOKE_OK, "{\"isAuthorized\":true}", 401, 0, "{\"message\":\"Unauthorized\"}",
         "authorizer Gate: the request has no Auth"},
        {"Auth:\r\n", INVOKE_OK, "{\"isAuthorized\":true}", 401, 0,
         "{\"message\":\"Unauthorized\"}", "authorizer Gate: the request has no Auth"},
        {"Auth: me\r\n", INVOKE_OK, "{\"isAuthorized\":false}", 403, 1,
         "{\"message\":\"Forbidden\"}", "authorizer Gate: isAuthorized is false"},
        {"Auth: me\r\n", INVOKE_OK, "{\"isAuthorized\":\"true\"}", 500, 1,
         "{\"message\":\"Internal Server Error\"}",
         "authorizer Gate: its answer has no boolean isAuthorized"},
        {"Auth: me\r\n", INVOKE_OK, "not json", 500, 1, "{\"message\":\"Internal Server Error\"}",
         "authorizer Gate: its answer is no JSON object"},
        {"Auth: me\r\n", INVOKE_FUNCTION_ERROR,
         "{\"errorMessage\":\"Unauthorized\",\"errorType\":\"Error\"}", 401, 1,
         "{\"message\":\"Unauthorized\"}", "authorizer Gate: its function says Unauthorized"},
        {"Auth: me\r\n", INVOKE_FUNCTION_ERROR, "{\"errorMessage\":\"boom\"}", 500, 1,
         "{\"message\":\"Internal Server Error\"}",
         "authorizer Gate: its function failed: {\"errorMessage\":\"boom\"}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        open_api(&f, API_HTTP, &simple);
        f.auth_outcome = rows[i].outcome;
        f.auth_payload = rows[i].answer;
        const char *answer = fixture_get(&f, "GET", "/dev/a", rows[i].headers, NULL);
        cr_expect_eq(response_status(answer), rows[i].status, "row %zu: %s", i, answer);
        cr_expect_str_eq(response_body(answer), rows[i].body, "row %zu", i);
        cr_expect_str_eq(f.report_reason, rows[i].reason, "row %zu", i);
        cr_expect_eq(f.auth_invocations, rows[i].invocations, "row %zu", i);
        cr_expect_eq(f.invocations, 0, "row %zu", i);
        fixture_close(&f);
    }
}

/* Conformance 31: what is kept is the policy, and it is judged for each route. */
Test(authorizers, a_kept_policy_is_judged_for_each_route)
{
    struct authorizer_spec kept = simple;
    kept.ttl_s = 60;
    kept.has_simple_responses = false;
    struct fixture f;
    open_api(&f, API_HTTP, &kept);
    f.auth_payload = "{\"principalId\":\"u\",\"policyDocument\":{\"Version\":\"2012-10-17\","
                     "\"Statement\":[{\"Action\":\"execute-api:Invoke\",\"Effect\":\"Allow\","
                     "\"Resource\":\"arn:aws:execute-api:*:*:abc123/dev/GET/a\"}]}}";
    cr_expect_eq(get(&f, "/dev/a", "Auth: me\r\n"), 200);
    cr_expect_eq(get(&f, "/dev/b", "Auth: me\r\n"), 403);
    cr_expect_str_eq(f.report_reason,
                     "authorizer Gate: its policy does not allow "
                     "arn:aws:execute-api:us-east-1:000000000000:abc123/dev/GET/b");
    cr_expect_eq(f.auth_invocations, 1);
    cr_expect_eq(get(&f, "/dev/a", "Auth: you\r\n"), 200);
    cr_expect_eq(f.auth_invocations, 2, "somebody else");
    fixture_close(&f);
}

Test(authorizers, results_end_with_their_ttl)
{
    struct authorizer_spec kept = simple;
    kept.ttl_s = 60;
    kept.identity_sources = (struct texts){two_sources, 2};
    struct fixture f;
    open_api(&f, API_HTTP, &kept);
    clock_init_manual(&f.clock, INT64_C(1767225600000));
    f.auth_payload = "{\"isAuthorized\":true}";
    cr_expect_eq(get(&f, "/dev/a?q=1", "Auth: me\r\n"), 200);
    cr_expect_eq(get(&f, "/dev/b?q=1", "Auth: me\r\n"), 200);
    cr_expect_eq(f.auth_invocations, 1, "a simple answer is for every route");
    cr_expect_eq(get(&f, "/dev/a?q=2", "Auth: me\r\n"), 200);
    cr_expect_eq(f.auth_invocations, 2, "another identity");
    clock_advance(&f.clock, 59999);
    cr_expect_eq(get(&f, "/dev/a?q=1", "Auth: me\r\n"), 200);
    cr_expect_eq(f.auth_invocations, 2);
    clock_advance(&f.clock, 1);
    cr_expect_eq(get(&f, "/dev/a?q=1", "Auth: me\r\n"), 200);
    cr_expect_eq(f.auth_invocations, 3);
    fixture_close(&f);
}

Test(authorizers, format_1_0_has_its_own_event_and_takes_policies_only)
{
    struct authorizer_spec old = simple;
    old.is_payload_v1 = true;
    struct fixture f;
    open_api(&f, API_HTTP, &old);
    f.auth_payload = "{\"isAuthorized\":true}";
    cr_expect_eq(get(&f, "/dev/t/1", "Auth: me\r\n"), 500);
    static const char *const parts[] = {
        "{\"version\":\"1.0\",\"identitySource\":\"me\",\"authorizationToken\":\"me\",\"type\":"
        "\"REQUEST\",\"methodArn\":\"arn:aws:execute-api:us-east-1:000000000000:abc123/dev/GET/t/"
        "1\","
        "\"resource\":\"/t/{id}\",\"path\":\"/dev/t/1\",\"httpMethod\":\"GET\"",
        "\"queryStringParameters\":{}",
        "\"pathParameters\":{\"id\":\"1\"},\"stageVariables\":{},\"requestContext\":{",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        cr_expect_not_null(strstr(f.auth_event, parts[i]), "%s in %s", parts[i], f.auth_event);
    }
    fixture_close(&f);
}

#define POLICY(effect, resource)                                                                   \
    "{\"principalId\":\"u1\",\"policyDocument\":{\"Version\":\"2012-10-17\",\"Statement\":{"       \
    "\"Action\":\"execute-api:Invoke\",\"Effect\":\"" effect "\",\"Resource\":[\"" resource        \
    "\"]}},\"context\":{\"n\":1,\"ok\":true,\"s\":\"x\",\"none\":null}}"

/* Conformance 48. */
Test(authorizers, of_rest_apis_are_asked_by_token)
{
    static const struct authorizer_spec token = {
        .kind = AUTHORIZER_TOKEN,
        .id = SLICE_INIT("a1"),
        .name = SLICE_INIT("Gate"),
        .identity_sources = {rest_source, 1},
        .function = SLICE_INIT("auth"),
        .validation_expression = SLICE_INIT("tok-[0-9]+"),
    };
    static const struct {
        const char *headers;
        enum invoke_outcome outcome;
        const char *answer;
        int status;
        const char *body, *type;
    } rows[] = {
        {"", INVOKE_OK, POLICY("Allow", "*"), 401, "{\"message\":\"Unauthorized\"}",
         "UnauthorizedException"},
        {"X-Auth: tok-x\r\n", INVOKE_OK, POLICY("Allow", "*"), 401,
         "{\"message\":\"Unauthorized\"}", "UnauthorizedException"},
        {"x-auth: tok-1\r\n", INVOKE_FUNCTION_ERROR, "{\"errorMessage\":\"Unauthorized\"}", 401,
         "{\"message\":\"Unauthorized\"}", "UnauthorizedException"},
        {"X-Auth: tok-1\r\n", INVOKE_FUNCTION_ERROR, "{\"errorMessage\":\"other\"}", 500,
         "{\"message\":null}", "AuthorizerConfigurationException"},
        {"X-Auth: tok-1\r\n", INVOKE_OK, "{\"principalId\":\"u\"}", 500, "{\"message\":null}",
         "AuthorizerConfigurationException"},
        {"X-Auth: tok-1\r\n", INVOKE_OK, POLICY("Deny", "*"), 403,
         "{\"Message\":\"User is not authorized to access this resource with an explicit deny\"}",
         "AccessDeniedException"},
        {"X-Auth: tok-1\r\n", INVOKE_OK,
         POLICY("Allow", "arn:aws:execute-api:us-east-1:000000000000:abc123/dev/GET/b"), 403,
         "{\"Message\":\"User is not authorized to access this resource\"}",
         "AccessDeniedException"},
        {"X-Auth: tok-1\r\n", INVOKE_OK, POLICY("Allow", "arn:aws:execute-api:*:*:*/dev/GET/a"),
         200, "", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fixture f;
        open_api(&f, API_REST, &token);
        f.auth_outcome = rows[i].outcome;
        f.auth_payload = rows[i].answer;
        const char *answer = fixture_get(&f, "GET", "/dev/a", rows[i].headers, NULL);
        cr_expect_eq(response_status(answer), rows[i].status, "row %zu: %s", i, answer);
        cr_expect_str_eq(response_body(answer), rows[i].body, "row %zu", i);
        if (rows[i].type != NULL) {
            cr_expect_str_eq(response_header(answer, "x-amzn-ErrorType", 0), rows[i].type);
        } else {
            cr_expect_str_eq(f.auth_event,
                             "{\"type\":\"TOKEN\",\"methodArn\":\"arn:aws:execute-api:us-east-1:"
                             "000000000000:abc123/dev/GET/a\",\"authorizationToken\":\"tok-1\"}");
            cr_expect_not_null(
                strstr(fixture_event(&f),
                       "\"authorizer\":{\"principalId\":\"u1\",\"integrationLatency\":0,"
                       "\"n\":\"1\",\"ok\":\"true\",\"s\":\"x\"}"),
                "%s", fixture_event(&f));
        }
        fixture_close(&f);
    }
}

Test(authorizers, of_rest_apis_are_asked_with_the_request)
{
    static const struct authorizer_spec request = {
        .kind = AUTHORIZER_REQUEST,
        .id = SLICE_INIT("a1"),
        .name = SLICE_INIT("Gate"),
        .function = SLICE_INIT("auth"),
    };
    struct fixture f;
    open_api(&f, API_REST, &request);
    f.auth_payload = POLICY("Allow", "*");
    cr_expect_eq(get(&f, "/dev/t/a%20b?x=1&x=2", "H: v\r\n"), 200, "no source, and no cache");
    static const char *const parts[] = {
        "{\"type\":\"REQUEST\",\"methodArn\":\"arn:aws:execute-api:us-east-1:000000000000:abc123/"
        "dev/"
        "GET/t/a%20b\",\"resource\":\"/t/{id}\",\"path\":\"/t/a%20b\",\"httpMethod\":\"GET\"",
        "\"multiValueQueryStringParameters\":{\"x\":[\"1\",\"2\"]}",
        "\"pathParameters\":{\"id\":\"a%20b\"},\"stageVariables\":{},\"requestContext\":{"
        "\"resourceId\"",
    };
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        cr_expect_not_null(strstr(f.auth_event, parts[i]), "%s in %s", parts[i], f.auth_event);
    }
    cr_expect_eq(f.auth_event[strlen(f.auth_event) - 2], '}');
    cr_expect_null(strstr(f.auth_event, "\"body\""));
    fixture_close(&f);
}

/* REST knows scalars only. */
Test(authorizers, of_rest_apis_may_not_send_objects)
{
    static const struct authorizer_spec request = {.kind = AUTHORIZER_REQUEST,
                                                   .id = SLICE_INIT("a1"),
                                                   .name = SLICE_INIT("Gate"),
                                                   .function = SLICE_INIT("auth")};
    struct fixture f;
    open_api(&f, API_REST, &request);
    f.auth_payload =
        "{\"principalId\":\"u\",\"policyDocument\":{\"Statement\":[{\"Effect\":\"Allow\","
        "\"Action\":\"*\",\"Resource\":\"*\"}]},\"context\":{\"o\":{}}}";
    cr_expect_eq(get(&f, "/dev/a", ""), 500);
    cr_expect_str_eq(f.report_reason, "authorizer Gate: its context has an object or an array");
    fixture_close(&f);
}

Test(authorizers, a_client_that_leaves_is_no_trouble)
{
    struct fixture f;
    open_api(&f, API_HTTP, &simple);
    f.auth_payload = "{\"isAuthorized\":true}";
    f.auth_delay_ms = 20;
    fixture_send_and_leave(&f, "GET /dev/a HTTP/1.1\r\nHost: x\r\nAuth: me\r\n\r\n", LEAVE_AUTH);
    fixture_settle(&f);
    fixture_close(&f);
}
