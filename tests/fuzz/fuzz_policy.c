/* links: sls_policy */
/* A policy. What parses judges twice alike and names who decided; what does not has a reason. */
#include "gateway/policy/policy.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct slice text = slice_of((const char *)bytes, len);
    struct slice values[] = {SLICE("10.0.0.1"), SLICE("2020-06-01T00:00:00Z"),
                             SLICE("arn:aws:s3:::a"), SLICE("999"), SLICE("true")};
    struct policy_fact facts[] = {{SLICE("aws:SourceIp"), values, 1},
                                  {SLICE("d"), values + 1, 1},
                                  {SLICE("k"), values, 5},
                                  {SLICE("n"), values + 3, 1},
                                  {SLICE("b"), values + 4, 1},
                                  {SLICE("aws:username"), values + 2, 1}};
    struct policy_request request = {
        .action = SLICE("execute-api:Invoke"),
        .resource = SLICE("arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/a"),
        .principal = SLICE("arn:aws:sts::111122223333:assumed-role/admin/ann"),
        .facts = facts,
        .fact_count = sizeof facts / sizeof facts[0],
    };
    for (int kind = 0; kind < 2; kind++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct policy *policy;
        struct fault fault = {.text = ""};
        enum policy_kind of = kind == 0 ? POLICY_OF_AUTHORIZER : POLICY_OF_RESOURCE;
        if (policy_parse(&arena, of, text, &policy, &fault) != STATUS_OK) {
            assert(fault.text[0] != '\0');
            assert(policy_judge(of, text, &request, &fault) == POLICY_MALFORMED);
            continue;
        }
        struct policy_decision decision = policy_evaluate(policy, &request);
        assert((decision.verdict == POLICY_NO_MATCH) == (decision.statement == SIZE_MAX));
        assert(policy_judge(of, text, &request, &fault) == decision.verdict);
        struct policy_request anywhere = request;
        anywhere.comes_from_anywhere = true;
        struct policy_decision favoured = policy_evaluate(policy, &anywhere);
        assert(decision.verdict != POLICY_ALLOW || favoured.verdict == POLICY_ALLOW);
        assert(decision.verdict == POLICY_EXPLICIT_DENY ||
               favoured.verdict != POLICY_EXPLICIT_DENY);
        if (favoured.statement != SIZE_MAX) {
            (void)policy_place(policy, favoured.statement, &arena);
        }
    }
    return 0;
}
