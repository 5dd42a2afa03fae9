#include "store/table/policy.h"

#include "core/json_scan.h"
#include "core/json_writer.h"
#include "store/table/meta.h"

const struct problem *policy_check(struct arena *arena, struct slice policy)
{
    struct json_scan scan = json_scan_init(policy);
    struct slice statement;
    if (policy.len > POLICY_LEN_MAX) {
        return problem_bad_parameter(arena, "Maximum policy size of %d bytes exceeded",
                                     POLICY_LEN_MAX);
    }
    if (!json_validate(policy, NULL) || !json_scan_enter(&scan, '{')) {
        return problem_bad_parameter(arena,
                                     "Invalid policy document: This policy contains invalid Json");
    }
    if (!json_raw_find(policy, "Statement", &statement)) {
        return problem_bad_parameter(
            arena, "Invalid policy document: Could not parse the policy: Statement is empty!");
    }
    return NULL;
}

struct policy policy_get(struct txn *txn, struct arena *arena, struct slice arn)
{
    struct policy policy = {SLICE_NULL, SLICE_NULL};
    struct slice json = meta_get(txn, arena, 'p', arn);
    struct slice text, revision;
    if (json.ptr != NULL && json_raw_find(json, "Policy", &text) &&
        json_raw_find(json, "RevisionId", &revision) &&
        json_raw_string(arena, revision, &policy.revision) &&
        json_raw_string(arena, text, &policy.text)) {
        return policy;
    }
    return (struct policy){SLICE_NULL, SLICE_NULL};
}

void policy_put(struct txn *txn, struct slice arn, const struct policy *policy)
{
    AUTO_BUF json = BUF_INIT(8 * POLICY_LEN_MAX);
    struct json_writer w = json_writer_init(&json);
    json_open(&w, '{');
    json_put_string(&w, "RevisionId", policy->revision);
    json_put_string(&w, "Policy", policy->text);
    json_close(&w, '}');
    meta_put(txn, 'p', arn, buf_slice(&json));
}

void policy_remove(struct txn *txn, struct slice arn)
{
    meta_put(txn, 'p', arn, SLICE_NULL);
}
