/* API keys, usage plans and limits, on a clock that the test turns. */
#include "support.h"

#define GOOD "good-key-0123456789abcdef"
#define OTHER "other-key-0123456789abcde"
#define HEADER(value) "x-api-key: " value "\r\n"
#define MONDAY_MS INT64_C(1767571200000) /* 2026-01-05T00:00:00Z */

static const struct route_spec keyed_routes[] = {
    {.method = SLICE_INIT("GET"),
     .path = SLICE_INIT("/a"),
     .integration.function = SLICE_INIT("fn"),
     .needs_api_key = true},
    {.method = SLICE_INIT("GET"),
     .path = SLICE_INIT("/b"),
     .integration.function = SLICE_INIT("fn"),
     .needs_api_key = true},
    LAMBDA_ROUTE("GET", "/open"),
};

static const struct api_key_spec keys[] = {
    {SLICE_INIT("k1"), SLICE_INIT("Good"), SLICE_INIT(GOOD), true, false},
    {SLICE_INIT("k2"), SLICE_INIT("Other"), SLICE_INIT(OTHER), true, false},
    {SLICE_INIT("k3"), SLICE_INIT("Off"), SLICE_INIT("off-key-0123456789abcdef"), false, false},
    {SLICE_INIT("k4"), SLICE_INIT("Lone"), SLICE_INIT("lone-key-0123456789abcd"), true, false},
};

static const struct slice plan_keys[] = {SLICE_INIT("k1"), SLICE_INIT("k2"), SLICE_INIT("k3")};
static const struct plan_stage_spec plan_stages[] = {
    {.api_id = SLICE_INIT("abc123"), .stage = SLICE_INIT("dev")}};

#define PLAN                                                                                       \
    .id = SLICE_INIT("p1"), .name = SLICE_INIT("Basic"), .stages = plan_stages, .stage_count = 1,  \
    .key_ids = {plan_keys, 3}

static const struct usage_plan_spec unlimited = {PLAN, .throttle = {-1, -1}};

static void give_plan(struct fixture *f, const struct usage_plan_spec *plan)
{
    const struct usage_spec usage = {keys, COUNT_OF(keys), plan, 1};
    gateway_configure_usage(f->gateway, &usage);
}

static void configure_api(struct fixture *f, enum api_kind kind, const struct stage_spec *stage,
                          const struct route_spec *routes, size_t route_count)
{
    const struct api_spec api = {.kind = kind,
                                 .logical_id = SLICE_INIT("Api"),
                                 .id = SLICE_INIT("abc123"),
                                 .stages = stage,
                                 .stage_count = 1,
                                 .routes = routes,
                                 .route_count = route_count};
    clock_init_manual(&f->clock, MONDAY_MS);
    fixture_configure(f, &api);
}

static void open_api(struct fixture *f, enum api_kind kind, const struct stage_spec *stage,
                     const struct route_spec *routes, size_t route_count)
{
    fixture_open(f);
    configure_api(f, kind, stage, routes, route_count);
}

static void open_keyed(struct fixture *f, const struct usage_plan_spec *plan)
{
    static const struct stage_spec dev = {.name = SLICE_INIT("dev")};
    open_api(f, API_REST, &dev, keyed_routes, COUNT_OF(keyed_routes));
    give_plan(f, plan);
}

static int get(struct fixture *f, const char *target, const char *headers)
{
    return response_status(fixture_get(f, "GET", target, headers, NULL));
}

/* Conformance 47. */
Test(usage, a_route_with_an_api_key_takes_one_that_is_in_a_plan_of_its_stage)
{
    static const struct {
        const char *headers;
        int status;
        const char *reason;
    } rows[] = {
        {"", 403, "API key: the request has no x-api-key"},
        {HEADER("nobody's-0123456789abcdef"), 403, "API key: no key has this value"},
        {HEADER("off-key-0123456789abcdef"), 403, "API key Off: it is not enabled"},
        {HEADER("lone-key-0123456789abcd"), 403,
         "API key Lone: it is in no usage plan of stage dev"},
        {HEADER(GOOD), 200, ""},
        {HEADER(OTHER), 200, ""},
    };
    struct fixture f;
    open_keyed(&f, &unlimited);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const char *answer = fixture_get(&f, "GET", "/dev/a", rows[i].headers, NULL);
        cr_expect_eq(response_status(answer), rows[i].status, "row %zu: %s", i, answer);
        cr_expect_str_eq(f.report_reason, rows[i].reason, "row %zu", i);
        if (rows[i].status == 403) {
            cr_expect_str_eq(response_body(answer), "{\"message\":\"Forbidden\"}");
            cr_expect_str_eq(response_header(answer, "x-amzn-ErrorType", 0), "ForbiddenException");
        }
    }
    cr_expect_eq(f.invocations, 2);
    cr_expect_eq(get(&f, "/dev/open", ""), 200);
    fixture_close(&f);
}

Test(usage, a_key_stands_in_the_event_of_a_route_that_needs_one)
{
    struct fixture f;
    open_keyed(&f, &unlimited);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    cr_expect_not_null(
        strstr(fixture_event(&f), "\"apiKey\":\"" GOOD "\",\"apiKeyId\":\"k1\",\"sourceIp\":"),
        "%s", fixture_event(&f));
    cr_expect_eq(get(&f, "/dev/open", HEADER(GOOD)), 200);
    cr_expect_null(strstr(fixture_event(&f), "\"apiKey\""));
    fixture_close(&f);
}

Test(usage, a_key_may_be_the_authorizer_s_word_alone)
{
    static const struct stage_spec dev = {.name = SLICE_INIT("dev")};
    static const struct slice source = SLICE_INIT("method.request.header.Auth");
    static const struct authorizer_spec authorizer = {.kind = AUTHORIZER_TOKEN,
                                                      .id = SLICE_INIT("a1"),
                                                      .name = SLICE_INIT("Gate"),
                                                      .identity_sources = {&source, 1},
                                                      .function = SLICE_INIT("auth")};
    static const struct route_spec route = {.method = SLICE_INIT("GET"),
                                            .path = SLICE_INIT("/a"),
                                            .integration.function = SLICE_INIT("fn"),
                                            .authorization = AUTHORIZATION_AUTHORIZER,
                                            .authorizer_id = SLICE_INIT("a1"),
                                            .needs_api_key = true};
    static const struct api_spec api = {.kind = API_REST,
                                        .logical_id = SLICE_INIT("Api"),
                                        .id = SLICE_INIT("abc123"),
                                        .stages = &dev,
                                        .stage_count = 1,
                                        .routes = &route,
                                        .route_count = 1,
                                        .authorizers = &authorizer,
                                        .authorizer_count = 1,
                                        .takes_key_of_authorizer = true};
#define POLICY                                                                                     \
    "{\"principalId\":\"me\",\"policyDocument\":{\"Version\":\"2012-10-17\",\"Statement\":[{"      \
    "\"Effect\":\"Allow\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"*\"}]}"
    struct fixture f;
    fixture_open(&f);
    fixture_configure(&f, &api);
    give_plan(&f, &unlimited);
    f.auth_payload = POLICY ",\"usageIdentifierKey\":\"" GOOD "\"}";
    cr_expect_eq(get(&f, "/dev/a", "Auth: me\r\n"), 200);
    f.auth_payload = POLICY "}";
    cr_expect_eq(get(&f, "/dev/a", "Auth: me\r\n" HEADER(GOOD)), 403);
    cr_expect_str_eq(f.report_reason, "API key: the authorizer gives no usageIdentifierKey");
    fixture_close(&f);
}

Test(usage, the_rate_of_a_plan_is_each_key_s_own)
{
    static const struct usage_plan_spec plan = {PLAN, .throttle = {10, 2}};
    struct fixture f;
    open_keyed(&f, &plan);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    cr_expect_eq(get(&f, "/dev/b", HEADER(GOOD)), 200);
    clock_advance(&f.clock, 20);
    const char *answer = fixture_get(&f, "GET", "/dev/a", HEADER(GOOD), NULL);
    cr_expect_eq(response_status(answer), 429);
    cr_expect_str_eq(response_body(answer), "{\"message\":\"Too Many Requests\"}");
    cr_expect_str_eq(response_header(answer, "x-amzn-ErrorType", 0), "TooManyRequestsException");
    cr_expect_str_eq(f.report_reason, "plan Basic: 10 requests a second, next in 80 ms");
    cr_expect_eq(get(&f, "/dev/a", HEADER(OTHER)), 200);
    cr_expect_eq(get(&f, "/dev/open", ""), 200);
    clock_advance(&f.clock, 80);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 429);
    fixture_close(&f);
}

Test(usage, a_method_of_a_plan_has_a_limit_beside_the_plan_s)
{
    static const struct route_settings_spec throttles[] = {
        {.method = SLICE_INIT("GET"), .path = SLICE_INIT("/a"), .throttle = {1, 1}}};
    static const struct plan_stage_spec stage = {.api_id = SLICE_INIT("abc123"),
                                                 .stage = SLICE_INIT("dev"),
                                                 .throttles = throttles,
                                                 .throttle_count = 1};
    const struct usage_plan_spec plan = {.id = SLICE("p1"),
                                         .name = SLICE("Basic"),
                                         .stages = &stage,
                                         .stage_count = 1,
                                         .key_ids = {plan_keys, 3},
                                         .throttle = {0, 3}};
    struct fixture f;
    open_keyed(&f, &plan);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 429);
    cr_expect_str_eq(f.report_reason, "plan Basic, GET /a: 1 request a second, next in 1 s");
    cr_expect_eq(get(&f, "/dev/b", HEADER(GOOD)), 200);
    cr_expect_eq(get(&f, "/dev/b", HEADER(GOOD)), 200);
    cr_expect_eq(get(&f, "/dev/b", HEADER(GOOD)), 429);
    cr_expect_str_eq(f.report_reason,
                     "plan Basic: 0 requests a second, so that none passes any more");
    fixture_close(&f);
}

Test(usage, a_quota_counts_what_passed_and_begins_anew_with_its_period)
{
    static const struct usage_plan_spec plan = {PLAN, .throttle = {1, 1}, .has_quota = true,
                                                .quota = {2, QUOTA_DAY, 0}};
    struct fixture f;
    open_keyed(&f, &plan);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 429); /* not counted */
    clock_advance(&f.clock, 3600000);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    const char *answer = fixture_get(&f, "GET", "/dev/b", HEADER(GOOD), NULL);
    cr_expect_eq(response_status(answer), 429);
    cr_expect_str_eq(response_body(answer), "{\"message\":\"Limit Exceeded\"}");
    cr_expect_str_eq(response_header(answer, "x-amzn-ErrorType", 0), "LimitExceededException");
    cr_expect_str_eq(f.report_reason, "plan Basic: 2 requests a day used up, next in 23 h");
    cr_expect_eq(get(&f, "/dev/a", HEADER(OTHER)), 200);
    clock_advance(&f.clock, INT64_C(23) * 3600000);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    fixture_close(&f);
}

Test(usage, what_was_used_outlives_a_reload_that_does_not_change_the_limit)
{
    static const struct usage_plan_spec narrow = {PLAN, .throttle = {0, 1}, .has_quota = true,
                                                  .quota = {3, QUOTA_MONTH, 0}};
    static const struct usage_plan_spec wide = {PLAN, .throttle = {0, 5}, .has_quota = true,
                                                .quota = {3, QUOTA_MONTH, 0}};
    struct fixture f;
    open_keyed(&f, &narrow);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    give_plan(&f, &narrow);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 429);
    give_plan(&f, &wide);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    cr_expect_eq(get(&f, "/dev/a", HEADER(GOOD)), 200);
    const char *answer = fixture_get(&f, "GET", "/dev/a", HEADER(GOOD), NULL);
    cr_expect_str_eq(response_body(answer), "{\"message\":\"Limit Exceeded\"}");
    fixture_close(&f);
}

Test(usage, a_stage_limits_each_method_by_the_setting_that_names_it_best)
{
    static const struct route_settings_spec settings[] = {
        {.method = SLICE_INIT("GET"), .path = SLICE_INIT("/a"), .throttle = {-1, 3}},
        {.method = SLICE_INIT("*"), .path = SLICE_INIT("*"), .throttle = {0, 2}},
        {.method = SLICE_INIT("*"), .path = SLICE_INIT("/b"), .throttle = {-1, 1}}};
    static const struct stage_spec stage = {
        .name = SLICE_INIT("dev"), .settings = settings, .setting_count = 3};
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/a"), LAMBDA_ROUTE("GET", "/b"),
                                               LAMBDA_ROUTE("GET", "/c")};
    static const struct {
        const char *target;
        int passes;
    } rows[] = {{"/dev/a", 3}, {"/dev/b", 1}, {"/dev/c", 2}};
    struct fixture f;
    open_api(&f, API_REST, &stage, routes, 3);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int k = 0; k < rows[i].passes; k++) {
            cr_expect_eq(get(&f, rows[i].target, ""), 200, "%s %d", rows[i].target, k);
        }
        cr_expect_eq(get(&f, rows[i].target, ""), 429, "%s", rows[i].target);
    }
    cr_expect_str_eq(f.report_reason,
                     "stage dev, GET /c: 0 requests a second, so that none passes any more");
    fixture_close(&f);
}

Test(usage, an_http_api_limits_its_routes_by_their_keys)
{
    static const struct route_settings_spec settings[] = {
        {.path = SLICE_INIT(""), .throttle = {4, 1}},
        {.path = SLICE_INIT("GET /a"), .throttle = {-1, 0}}};
    static const struct stage_spec stage = {
        .name = SLICE_INIT("$default"), .settings = settings, .setting_count = 2};
    static const struct route_spec routes[] = {LAMBDA_ROUTE("GET", "/a"), LAMBDA_ROUTE("GET", "/b"),
                                               LAMBDA_ROUTE("GET", "/c")};
    struct fixture f;
    open_api(&f, API_HTTP, &stage, routes, 3);
    const char *answer = fixture_get(&f, "GET", "/a", "", NULL);
    cr_expect_eq(response_status(answer), 429);
    cr_expect_str_eq(response_body(answer), "{\"message\":\"Too Many Requests\"}");
    cr_expect_null(response_header(answer, "x-amzn-ErrorType", 0));
    cr_expect_str_eq(f.report_reason,
                     "stage $default, GET /a: a burst of 0 requests, so that none passes");
    cr_expect_eq(get(&f, "/b", ""), 200);
    cr_expect_eq(get(&f, "/c", ""), 200);
    cr_expect_eq(get(&f, "/b", ""), 429);
    cr_expect_str_eq(f.report_reason,
                     "stage $default, GET /b: 4 requests a second, next in 250 ms");
    fixture_close(&f);
}

/* Sends 5001 requests at once; the last one is what is left in the report. */
static void flood(struct fixture *f)
{
    static const struct stage_spec stage = {.name = SLICE_INIT("dev")};
    static const struct route_spec mock = {.method = SLICE_INIT("GET"),
                                           .path = SLICE_INIT("/m"),
                                           .integration = {.kind = INTEGRATION_MOCK}};
    configure_api(f, API_REST, &stage, &mock, 1);
    AUTO_BUF burst = BUF_INIT(8 << 20);
    for (int i = 0; i < 5001; i++) {
        buf_printf(&burst, "GET /dev/m HTTP/1.1\r\nHost: a\r\n%s\r\n",
                   i == 5000 ? "Connection: close\r\n" : "");
    }
    (void)fixture_send_bytes(f, buf_slice(&burst));
    cr_expect_eq(f->reports, 5001);
}

Test(usage, an_account_has_a_burst_of_5000)
{
    struct fixture f;
    fixture_open_throttled(&f);
    flood(&f);
    cr_expect_eq(f.report_status, 429);
    cr_expect_str_eq(f.report_reason, "account: 10000 requests a second, next in 1 ms");
    fixture_close(&f);
}

Test(usage, an_account_has_no_limit_unless_asked_for)
{
    struct fixture f;
    fixture_open(&f);
    flood(&f);
    cr_expect_eq(f.report_status, 500); /* the mock has no response to give */
    fixture_close(&f);
}
