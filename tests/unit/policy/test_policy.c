#include "gateway/policy/policy.h"

#include "core/buf.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#define ARN "arn:aws:execute-api:us-east-1:000000000000:abc123/prod/"
#define API "arn:aws:execute-api:us-east-1:000000000000:abc123/"
#define HEAD "{\"Version\":\"2012-10-17\",\"Statement\":"
#define ALLOW "\"Effect\":\"Allow\",\"Action\":\"execute-api:Invoke\""
#define DENY "\"Effect\":\"Deny\",\"Action\":\"execute-api:Invoke\""

static enum policy_verdict judge(enum policy_kind kind, const char *text,
                                 const struct policy_request *request)
{
    struct fault fault = {.text = ""};
    enum policy_verdict verdict = policy_judge(kind, slice_from(text), request, &fault);
    cr_expect(verdict != POLICY_MALFORMED || fault.text[0] != '\0', "%s", text);
    return verdict;
}

/* Of an authorizer, for a GET of /pets. */
static enum policy_verdict judge_get(const char *text)
{
    struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                     .resource = SLICE(ARN "GET/pets/1")};
    return judge(POLICY_OF_AUTHORIZER, text, &request);
}

Test(policy, judges_actions_and_resources)
{
    static const struct {
        const char *text;
        enum policy_verdict verdict;
    } rows[] = {
        {HEAD "[{" ALLOW ",\"Resource\":\"" ARN "GET/pets/1\"}]}", POLICY_ALLOW},
        {HEAD "{" ALLOW ",\"Resource\":[\"x\",\"" ARN "GET/*\"]}}", POLICY_ALLOW},
        {"{\"Statement\":{" ALLOW ",\"Resource\":\"*\"}}", POLICY_ALLOW},
        {HEAD "[{" ALLOW ",\"Resource\":\"arn:aws:execute-api:*:*:abc123/*/GET/pets/?\"}]}",
         POLICY_ALLOW},
        {HEAD "[{" ALLOW ",\"Resource\":\"" ARN "GET/pets\"}]}", POLICY_NO_MATCH},
        {HEAD "[{" ALLOW ",\"Resource\":\"" ARN "POST/*\"}]}", POLICY_NO_MATCH},
        {HEAD "[{\"Effect\":\"Allow\",\"Action\":[\"s3:*\",\"EXECUTE-api:inv*\"],\"Resource\":"
              "\"*\"}]}",
         POLICY_ALLOW},
        {HEAD "[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}", POLICY_ALLOW},
        {HEAD "[{\"Effect\":\"Allow\",\"Action\":\"execute-api:ManageConnections\",\"Resource\":"
              "\"*\"}]}",
         POLICY_NO_MATCH},
        {HEAD "[{\"Effect\":\"Allow\",\"NotAction\":\"s3:*\",\"Resource\":\"*\"}]}", POLICY_ALLOW},
        {HEAD "[{\"Effect\":\"Allow\",\"NotAction\":\"execute-api:*\",\"Resource\":\"*\"}]}",
         POLICY_NO_MATCH},
        {HEAD "[{" ALLOW ",\"NotResource\":\"" ARN "DELETE/*\"}]}", POLICY_ALLOW},
        {HEAD "[{" ALLOW ",\"NotResource\":[\"" ARN "GET/*\",\"x\"]}]}", POLICY_NO_MATCH},
        /* a deny wins wherever it stands */
        {HEAD "[{" DENY ",\"Resource\":\"*\"},{" ALLOW ",\"Resource\":\"*\"}]}",
         POLICY_EXPLICIT_DENY},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\"},{" DENY ",\"Resource\":\"" ARN "GET/*\"}]}",
         POLICY_EXPLICIT_DENY},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\"},{" DENY ",\"Resource\":\"" ARN "PUT/*\"}]}",
         POLICY_ALLOW},
        {HEAD "[]}", POLICY_NO_MATCH},
        /* an authorizer's principals and what it calls its own are not looked at */
        {HEAD "[{\"Sid\":\"a\",\"Principal\":\"nobody\",\"Comment\":1," ALLOW
              ",\"Resource\":\"*\"}]}",
         POLICY_ALLOW},
        {"{\"Version\":\"2008-10-17\",\"Statement\":[{" ALLOW ",\"Resource\":\"*\"}]}",
         POLICY_ALLOW},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum policy_verdict verdict = judge_get(rows[i].text);
        cr_expect_eq(verdict, rows[i].verdict, "%s: %s", rows[i].text,
                     policy_verdict_name(verdict));
    }
}

Test(policy, tells_what_is_malformed)
{
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"", "the policy is no JSON, at offset 0"},
        {"null", "the policy has no 'Statement'"},
        {"[]", "the policy has no 'Statement'"},
        {"{\"Version\":\"2012-10-17\"}", "the policy has no 'Statement'"},
        {"{\"Version\":\"2012-10-18\",\"Statement\":[]}",
         "'Version' must be \"2012-10-17\" or \"2008-10-17\""},
        {"{\"Version\":null,\"Statement\":[]}",
         "'Version' must be \"2012-10-17\" or \"2008-10-17\""},
        {HEAD "\"x\"}", "statement 0: it is no object"},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\"},null]}", "statement 1: it is no object"},
        {HEAD "[{\"Action\":\"*\",\"Resource\":\"*\"}]}",
         "statement 0: 'Effect' must be \"Allow\" or \"Deny\""},
        {HEAD "[{\"Effect\":\"allow\",\"Action\":\"*\",\"Resource\":\"*\"}]}",
         "statement 0: 'Effect' must be \"Allow\" or \"Deny\""},
        {HEAD "[{\"Effect\":\"Allow\",\"Resource\":\"*\"}]}",
         "statement 0: it has neither 'Action' nor 'NotAction'"},
        {HEAD "[{" ALLOW "}]}", "statement 0: it has neither 'Resource' nor 'NotResource'"},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\",\"NotResource\":\"*\"}]}",
         "statement 0: it has both 'Resource' and 'NotResource'"},
        {HEAD "[{" ALLOW ",\"Resource\":[]}]}", "statement 0: 'Resource' is an empty list"},
        {HEAD "[{" ALLOW ",\"Resource\":null}]}",
         "statement 0: 'Resource' must be a string or a list of strings"},
        {HEAD "[{" ALLOW ",\"Resource\":[\"*\",1]}]}",
         "statement 0: 'Resource' must be a string or a list of strings"},
        /* what libraries with an optional condition write */
        {HEAD "[{" ALLOW ",\"Resource\":\"*\",\"Condition\":null}]}",
         "statement 0: 'Condition' must be an object"},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\",\"Condition\":{\"StringIs\":{}}}]}",
         "statement 0: there is no condition operator 'StringIs'"},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\",\"Condition\":{\"NullIfExists\":{\"a\":\"true\"}}}]}",
         "statement 0: there is no condition operator 'NullIfExists'"},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\",\"Condition\":{\"StringLike\":\"a\"}}]}",
         "statement 0: 'StringLike' must be an object"},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\",\"Condition\":{\"IpAddress\":{\"aws:SourceIp\":"
              "\"10.0.0.0/33\"}}}]}",
         "statement 0: '10.0.0.0/33' is no value for IpAddress"},
        {HEAD "[{" ALLOW ",\"Resource\":\"*\",\"Condition\":{\"NumericEquals\":{\"a\":\"x\"}}}]}",
         "statement 0: 'x' is no value for NumericEquals"},
    };
    struct policy_request request = {.action = SLICE("a"), .resource = SLICE("r")};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct fault fault = {.text = ""};
        cr_expect_eq(policy_judge(POLICY_OF_AUTHORIZER, slice_from(rows[i].text), &request, &fault),
                     POLICY_MALFORMED, "%s", rows[i].text);
        cr_expect_str_eq(fault.text, rows[i].reason, "%s\ngives %s", rows[i].text, fault.text);
    }
}

Test(policy, limits_its_size)
{
    AUTO_BUF text = BUF_INIT(2 * POLICY_TEXT_MAX);
    AUTO_ARENA arena = ARENA_INIT;
    const struct policy *policy;
    struct fault fault;
    buf_append_text(&text, HEAD "[{" ALLOW ",\"Resource\":\"*\"}]");
    while (text.len < POLICY_TEXT_MAX - 1) {
        buf_append_char(&text, ' ');
    }
    buf_append_char(&text, '}');
    cr_expect_eq(policy_parse(&arena, POLICY_OF_AUTHORIZER, buf_slice(&text), &policy, &fault),
                 STATUS_OK);
    buf_append_char(&text, ' ');
    cr_expect_eq(policy_parse(&arena, POLICY_OF_AUTHORIZER, buf_slice(&text), &policy, &fault),
                 STATUS_LIMIT);
}

Test(policy, names_the_statement_that_decided)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct policy *policy;
    struct fault fault;
    struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                     .resource = SLICE(ARN "GET/a")};
    cr_assert_eq(
        policy_parse(&arena, POLICY_OF_AUTHORIZER,
                     SLICE(HEAD "[{" ALLOW ",\"Resource\":\"" ARN "PUT/*\"},"
                                "{\"Sid\":\"readers\"," ALLOW ",\"Resource\":\"" ARN
                                "GET/*\"},{" ALLOW ",\"Resource\":\"*\"},"
                                "{\"Sid\":\"secret\"," DENY ",\"Resource\":\"*/secret\"}]}"),
                     &policy, &fault),
        STATUS_OK, "%s", fault.text);
    struct policy_decision decision = policy_evaluate(policy, &request);
    cr_expect_eq(decision.verdict, POLICY_ALLOW);
    cr_expect_eq(decision.statement, 1);
    cr_expect(slice_is(decision.sid, "readers"));
    request.resource = SLICE(ARN "GET/secret");
    decision = policy_evaluate(policy, &request);
    cr_expect_eq(decision.verdict, POLICY_EXPLICIT_DENY);
    cr_expect_eq(decision.statement, 3);
    cr_expect(slice_is(decision.sid, "secret"));
    request.action = SLICE("execute-api:ManageConnections");
    decision = policy_evaluate(policy, &request);
    cr_expect_eq(decision.verdict, POLICY_NO_MATCH);
    cr_expect_eq(decision.statement, SIZE_MAX);
}

/* --- resource policies --- */

Test(policy, judges_who_asks)
{
    static const char *const anyone[] = {"\"*\"", "{\"AWS\":\"*\"}", "{\"AWS\":[\"x\",\"*\"]}",
                                         NULL};
    static const char ann[] = "arn:aws:iam::111122223333:user/ann";
    static const char session[] = "arn:aws:sts::111122223333:assumed-role/admin/ann";
    static const struct {
        const char *principal, *who;
        bool matches;
    } rows[] = {
        {"{\"AWS\":\"arn:aws:iam::111122223333:user/ann\"}", ann, true},
        {"{\"AWS\":\"arn:aws:iam::111122223333:user/ann\"}", "", false},
        {"{\"AWS\":\"arn:aws:iam::111122223333:user/*\"}", ann, false},
        {"{\"AWS\":\"111122223333\"}", ann, true},
        {"{\"AWS\":\"111122223333\"}", "", false},
        {"{\"AWS\":[\"444455556666\",\"arn:aws:iam::111122223333:root\"]}", session, true},
        {"{\"AWS\":\"444455556666\"}", ann, false},
        {"{\"AWS\":\"arn:aws:iam::111122223333:role/admin\"}", session, true},
        {"{\"AWS\":\"arn:aws:iam::111122223333:role/some/path/admin\"}", session, true},
        {"{\"AWS\":\"arn:aws:iam::111122223333:role/reader\"}", session, false},
        {"{\"AWS\":\"arn:aws:iam::444455556666:role/admin\"}", session, false},
        {"{\"Service\":\"apigateway.amazonaws.com\"}", "apigateway.amazonaws.com", true},
        {"{\"Service\":\"apigateway.amazonaws.com\"}", ann, false},
        {"{\"Federated\":\"x\",\"AWS\":\"arn:aws:iam::111122223333:user/ann\"}", ann, true},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int is_not = 0; is_not < 2; is_not++) {
            struct slice text =
                arena_printf(&arena, HEAD "[{\"%sPrincipal\":%s," ALLOW ",\"Resource\":\"*\"}]}",
                             is_not ? "Not" : "", rows[i].principal);
            struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                             .resource = SLICE(ARN "GET/"),
                                             .principal = slice_from(rows[i].who)};
            cr_expect_eq(judge(POLICY_OF_RESOURCE, text.ptr, &request),
                         rows[i].matches != (is_not == 1) ? POLICY_ALLOW : POLICY_NO_MATCH,
                         "%s %s %d", rows[i].principal, rows[i].who, is_not);
        }
    }
    for (size_t i = 0; anyone[i] != NULL; i++) {
        struct slice text = arena_printf(
            &arena, HEAD "[{\"Principal\":%s," ALLOW ",\"Resource\":\"*\"}]}", anyone[i]);
        struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                         .resource = SLICE(ARN "GET/")};
        cr_expect_eq(judge(POLICY_OF_RESOURCE, text.ptr, &request), POLICY_ALLOW, "%s", anyone[i]);
    }
}

Test(policy, is_stricter_with_resource_policies)
{
    static const char *const rows[] = {
        HEAD "[{" ALLOW ",\"Resource\":\"*\"}]}",
        HEAD "[{\"Principal\":\"ann\"," ALLOW ",\"Resource\":\"*\"}]}",
        HEAD "[{\"Principal\":{}," ALLOW ",\"Resource\":\"*\"}]}",
        HEAD "[{\"Principal\":{\"Aws\":\"*\"}," ALLOW ",\"Resource\":\"*\"}]}",
        HEAD "[{\"Principal\":\"*\",\"Comment\":\"x\"," ALLOW ",\"Resource\":\"*\"}]}",
        HEAD "[{\"Principal\":\"*\",\"NotPrincipal\":\"*\"," ALLOW ",\"Resource\":\"*\"}]}",
    };
    struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                     .resource = SLICE(ARN "GET/")};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(judge(POLICY_OF_RESOURCE, rows[i], &request), POLICY_MALFORMED, "%s", rows[i]);
    }
}

Test(policy, takes_resources_in_their_short_form)
{
    static const struct {
        const char *resource;
        bool matches;
    } rows[] = {
        {"execute-api:/*", true},           {"execute-api:/prod/GET/pets", true},
        {"execute-api:/prod/*/pets", true}, {"execute-api:/dev/*", false},
        {"execute-api:*", false},           {"execute-api:/", false},
    };
    AUTO_ARENA arena = ARENA_INIT;
    struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                     .resource = SLICE(ARN "GET/pets")};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text =
            arena_printf(&arena, HEAD "[{\"Principal\":\"*\"," ALLOW ",\"Resource\":\"%s\"}]}",
                         rows[i].resource);
        cr_expect_eq(judge(POLICY_OF_RESOURCE, text.ptr, &request),
                     rows[i].matches ? POLICY_ALLOW : POLICY_NO_MATCH, "%s", rows[i].resource);
        cr_expect_eq(judge(POLICY_OF_AUTHORIZER, text.ptr, &request), POLICY_NO_MATCH, "%s",
                     rows[i].resource);
    }
}

/* The deny list of the Developer Guide, "API Gateway resource policy examples". */
Test(policy, denies_traffic_by_its_address)
{
    static const char text[] =
        HEAD "[{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\","
             "\"Resource\":[\"" API "*\"]},{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":"
             "\"execute-api:Invoke\",\"Resource\":[\"" API "*\"],\"Condition\":{\"IpAddress\":{"
             "\"aws:SourceIp\":[\"192.0.2.0/24\",\"198.51.100.0/24\"]}}}]}";
    static const struct {
        const char *address;
        enum policy_verdict verdict;
    } rows[] = {
        {"192.0.2.255", POLICY_EXPLICIT_DENY},
        {"198.51.100.0", POLICY_EXPLICIT_DENY},
        {"::ffff:192.0.2.1", POLICY_EXPLICIT_DENY},
        {"192.0.3.0", POLICY_ALLOW},
        {"127.0.0.1", POLICY_ALLOW},
        {"::1", POLICY_ALLOW},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice address = slice_from(rows[i].address);
        struct policy_fact fact = {SLICE("AWS:sourceIP"), &address, 1};
        struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                         .resource = SLICE(ARN "GET/pets"),
                                         .facts = &fact,
                                         .fact_count = 1};
        cr_expect_eq(judge(POLICY_OF_RESOURCE, text, &request), rows[i].verdict, "%s",
                     rows[i].address);
    }
}

#define A POLICY_ALLOW
#define N POLICY_NO_MATCH
#define D POLICY_EXPLICIT_DENY

/* Tables A and B of the Developer Guide, "How API Gateway resource policies affect authorization workflow". */
Test(policy, combines_with_who_else_guards_a_method)
{
    static const struct {
        enum policy_verdict partner, resource, alone, either, both;
    } rows[] = {
        {A, A, A, A, A}, {A, N, N, A, N}, {A, D, D, D, D}, {N, A, A, A, N}, {N, N, N, N, N},
        {N, D, D, D, D}, {D, A, A, D, D}, {D, N, N, D, D}, {D, D, D, D, D},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum policy_verdict partner = rows[i].partner, resource = rows[i].resource;
        cr_expect_eq(policy_combine(POLICY_ALONE, partner, resource), rows[i].alone, "%zu", i);
        cr_expect_eq(policy_combine(POLICY_EITHER_MAY, partner, resource), rows[i].either, "%zu",
                     i);
        cr_expect_eq(policy_combine(POLICY_BOTH_MUST, partner, resource), rows[i].both, "%zu", i);
    }
}

Test(policy, favours_a_request_whose_network_cannot_be_known)
{
    static const struct {
        const char *effect, *condition, *principal;
        enum policy_verdict exact, favoured; /* beside an Allow of everything, where it is a Deny */
    } rows[] = {
        {"Allow", "\"IpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}", "", N, A},
        {"Allow", "\"StringEquals\":{\"aws:sourceVpce\":\"vpce-1\"}", "", N, A},
        {"Allow", "\"Null\":{\"aws:SourceVpc\":\"false\"}", "", N, A},
        {"Allow", "\"NotIpAddress\":{\"aws:SourceIp\":\"127.0.0.0/8\"}", "", N, N},
        {"Allow",
         "\"IpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"},"
         "\"StringEquals\":{\"aws:UserAgent\":\"x\"}",
         "", N, N},
        {"Deny", "\"NotIpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}", "", D, A},
        {"Deny", "\"StringNotEquals\":{\"aws:SourceVpc\":[\"vpc-1\",\"vpc-2\"]}", "", D, A},
        {"Deny", "\"Null\":{\"aws:SourceVpc\":\"true\"}", "", D, A},
        /* where it must not come from */
        {"Deny", "\"IpAddress\":{\"aws:SourceIp\":\"127.0.0.0/8\"}", "", D, D},
        {"Deny", "\"IpAddress\":{\"aws:SourceIp\":\"203.0.113.0/24\"}", "", A, A},
        {"Deny", "\"StringNotEquals\":{\"aws:Referer\":\"x\"}", "", D, D},
        /* of an organization is who has a name */
        {"Deny", "\"StringNotEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}", "", D, D},
        {"Deny", "\"StringNotEquals\":{\"aws:PrincipalOrgID\":\"o-1\"}",
         "arn:aws:iam::000000000000:user/test", D, A},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text = arena_printf(
            &arena,
            HEAD "[%s{\"Effect\":\"%s\",\"Principal\":\"*\",\"Action\":\"execute-api:Invoke\","
                 "\"Resource\":\"execute-api:/*\",\"Condition\":{%s}}]}",
            rows[i].effect[0] == 'D' ? "{" ALLOW ",\"Principal\":\"*\",\"Resource\":\"*\"}," : "",
            rows[i].effect, rows[i].condition);
        struct slice address = SLICE("127.0.0.1");
        struct policy_fact fact = {SLICE("aws:SourceIp"), &address, 1};
        struct policy_request request = {.action = SLICE("execute-api:Invoke"),
                                         .resource = SLICE(ARN "GET/pets"),
                                         .principal = slice_from(rows[i].principal),
                                         .facts = &fact,
                                         .fact_count = 1};
        cr_expect_eq(judge(POLICY_OF_RESOURCE, text.ptr, &request), rows[i].exact, "%zu", i);
        request.comes_from_anywhere = true;
        cr_expect_eq(judge(POLICY_OF_RESOURCE, text.ptr, &request), rows[i].favoured, "%zu", i);
    }
}
