/* Resource policies of REST APIs, alone and beside Lambda authorizers. */
#include "support.h"

#define STATEMENT(effect, more)                                                                    \
    "{\"Effect\":\"" effect "\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\","            \
    "\"Resource\":\"execute-api:/*\"" more "}"
#define POLICY(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define ALL STATEMENT("Allow", "")
#define NET(operator) ",\"Condition\":{\"" operator"\":{\"aws:SourceIp\":\"203.0.113.0/24\"}}"
#define AGENT(operator) ",\"Condition\":{\"" operator"\":{\"aws:UserAgent\":\"me\"}}"
#define ARN "arn:aws:execute-api:us-east-1:********0000:abc123/dev/GET/"
#define DENIED                                                                                     \
    "{\"Message\":\"User: anonymous is not authorized to perform: execute-api:Invoke on "          \
    "resource: "
#define EXPLICIT " with an explicit deny\"}"

static const struct stage_spec dev_stage[] = {{.name = SLICE_INIT("dev")}};
static const struct slice source[] = {SLICE_INIT("method.request.header.X-Auth")};
static const struct authorizer_spec gate = {
    .kind = AUTHORIZER_TOKEN,
    .id = SLICE_INIT("a1"),
    .name = SLICE_INIT("Gate"),
    .identity_sources = {source, 1},
    .function = SLICE_INIT("auth"),
};
static const struct route_spec routes[] = {
    LAMBDA_ROUTE("GET", "/a"),
    LAMBDA_ROUTE("GET", "/"),
    {.method = SLICE_INIT("GET"),
     .path = SLICE_INIT("/guarded"),
     .integration.function = SLICE_INIT("fn"),
     .authorization = AUTHORIZATION_AUTHORIZER,
     .authorizer_id = SLICE_INIT("a1")},
};

static struct api_spec api_of(const char *policy)
{
    return (struct api_spec){.kind = API_REST,
                             .logical_id = SLICE_INIT("Api"),
                             .id = SLICE_INIT("abc123"),
                             .stages = dev_stage,
                             .stage_count = 1,
                             .routes = routes,
                             .route_count = COUNT_OF(routes),
                             .authorizers = &gate,
                             .authorizer_count = 1,
                             .compression_min = -1,
                             .policy = slice_from(policy)};
}

static void set_policy(struct fixture *f, const char *policy)
{
    const struct api_spec api = api_of(policy);
    fixture_configure(f, &api);
}

Test(resource_policy, alone_needs_an_allow)
{
    static const struct {
        const char *policy, *target, *headers, *body, *reason;
    } rows[] = {
        {POLICY(ALL), "/dev/a", "", NULL, ""},
        {POLICY(""), "/dev/a", "", DENIED ARN "a\"}",
         "resource policy: no statement allows anonymous from 127.0.0.1 to call GET /a"},
        {POLICY(""), "/dev/", "", DENIED ARN "\"}",
         "resource policy: no statement allows anonymous from 127.0.0.1 to call GET /"},
        {POLICY(STATEMENT("Allow", AGENT("StringEquals"))), "/dev/a", "User-Agent: me\r\n", NULL,
         ""},
        {POLICY(STATEMENT("Allow", AGENT("StringEquals"))), "/dev/a", "User-Agent: you\r\n",
         DENIED ARN "a\"}",
         "resource policy: no statement allows anonymous from 127.0.0.1 to call GET /a"},
        {POLICY(ALL "," STATEMENT("Deny", ",\"Sid\":\"Crawlers\"" AGENT("StringEquals"))), "/dev/a",
         "User-Agent: me\r\n", DENIED ARN "a" EXPLICIT,
         "resource policy: Statement[1] (Crawlers) denies anonymous from 127.0.0.1"},
        {POLICY(ALL "," STATEMENT("Deny", ",\"Condition\":{\"StringNotLike\":{\"aws:Referer\":"
                                          "\"https://me/*\"}}")),
         "/dev/a", "Referer: https://me/x\r\n", NULL, ""},
        {POLICY(ALL "," STATEMENT(
             "Deny", ",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":\"127.0.0.1\"}}")),
         "/dev/a", "", DENIED ARN "a" EXPLICIT,
         "resource policy: Statement[1] denies anonymous from 127.0.0.1"},
        {POLICY(ALL "," STATEMENT("Deny",
                                  ",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}")),
         "/dev/a", "", NULL, ""},
    };
    struct fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        set_policy(&f, rows[i].policy);
        const char *answer = fixture_get(&f, "GET", rows[i].target, rows[i].headers, NULL);
        cr_expect_eq(response_status(answer), rows[i].body == NULL ? 200 : 403, "%zu", i);
        cr_expect(rows[i].body == NULL || strcmp(response_body(answer), rows[i].body) == 0,
                  "%zu: %s", i, response_body(answer));
        cr_expect_str_eq(f.report_reason, rows[i].reason, "%zu", i);
    }
    fixture_close(&f);
}

Test(resource_policy, networks_are_met_by_this_machine_unless_iam_is_strict)
{
    static const struct {
        const char *policy, *reason;
    } rows[] = {
        {POLICY(STATEMENT("Allow", NET("IpAddress"))),
         "resource policy: Statement[0] allows it from aws:SourceIp 203.0.113.0/24 only, not from "
         "127.0.0.1"},
        {POLICY(ALL "," STATEMENT("Deny", NET("NotIpAddress"))),
         "resource policy: Statement[1] denies anonymous from 127.0.0.1, which is outside "
         "aws:SourceIp 203.0.113.0/24"},
    };
    for (int is_strict = 0; is_strict < 2; is_strict++) {
        struct fixture f;
        fixture_open_strict(&f, is_strict == 1);
        for (size_t i = 0; i < COUNT_OF(rows); i++) {
            set_policy(&f, rows[i].policy);
            cr_expect_eq(response_status(fixture_get(&f, "GET", "/dev/a", "", NULL)),
                         is_strict ? 403 : 200, "%zu", i);
            cr_expect_str_eq(f.report_reason, is_strict ? rows[i].reason : "", "%zu", i);
        }
        cr_expect_eq(f.warnings, is_strict ? 0 : COUNT_OF(rows), "told once each");
        fixture_close(&f);
    }
}

Test(resource_policy, beside_a_lambda_authorizer_one_of_them_must_allow)
{
#define GATE(effect)                                                                               \
    "{\"principalId\":\"u\",\"policyDocument\":{\"Version\":\"2012-10-17\",\"Statement\":[{"       \
    "\"Effect\":\"" effect "\",\"Action\":\"execute-api:Invoke\",\"Resource\":\"*\"}]}}"
    static const char neither[] = "{\"principalId\":\"u\",\"policyDocument\":{\"Version\":"
                                  "\"2012-10-17\",\"Statement\":[]}}";
    static const struct {
        const char *authorizer, *policy;
        int status;
        size_t asked;
    } rows[] = {
        {GATE("Allow"), POLICY(ALL), 200, 1},
        {GATE("Allow"), POLICY(""), 200, 1},
        {GATE("Allow"), POLICY(STATEMENT("Deny", "")), 403, 0},
        {neither, POLICY(ALL), 200, 1},
        {neither, POLICY(""), 403, 1},
        {neither, POLICY(STATEMENT("Deny", "")), 403, 0},
        {GATE("Deny"), POLICY(ALL), 403, 1},
        {GATE("Deny"), POLICY(""), 403, 1},
        {GATE("Deny"), POLICY(STATEMENT("Deny", "")), 403, 0},
    };
    struct fixture f;
    fixture_open(&f);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        size_t before = f.auth_invocations;
        f.auth_payload = rows[i].authorizer;
        set_policy(&f, rows[i].policy);
        const char *answer = fixture_get(&f, "GET", "/dev/guarded", "X-Auth: t\r\n", NULL);
        cr_expect_eq(response_status(answer), rows[i].status, "%zu", i);
        cr_expect_eq(f.auth_invocations - before, rows[i].asked, "%zu", i);
        if (rows[i].asked == 0) {
            cr_expect_str_eq(response_body(answer), DENIED ARN "guarded" EXPLICIT, "%zu", i);
        }
    }
    fixture_close(&f);
}

Test(resource_policy, that_is_none_is_not_served)
{
    struct fixture f;
    struct fault fault;
    fixture_open(&f);
    const struct api_spec api = api_of(POLICY("{\"Effect\":\"Allow\",\"Action\":\"*\"}"));
    cr_expect_eq(gateway_configure(f.gateway, &api, 1, &fault), STATUS_INVALID);
    cr_expect_str_eq(fault.text,
                     "API Api: Invalid policy document. Please check the policy syntax and ensure "
                     "that Principals are valid. (statement 0: it has neither 'Principal' nor "
                     "'NotPrincipal')");
    fixture_close(&f);
}
