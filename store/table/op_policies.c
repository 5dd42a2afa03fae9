/* PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy. */
#include "store/stream.h"
#include "store/table/control.h"
#include "store/table/policy.h"

/* The table of ResourceArn, which may name one of its streams. */
static const struct problem *find_resource(struct operation *operation, struct table **ret_table)
{
    struct arena *arena = operation->arena;
    struct slice arn = record_text(operation->input, MEMBER_RESOURCE_ARN);
    if (!slice_starts_with(arn, SLICE("arn:"))) {
        return problem_bad_parameter(arena, "ARNs must start with 'arn:': %.*s", SLICE_ARG(arn));
    }
    size_t at = slice_search(arn, SLICE(":table/"));
    if (!slice_starts_with(arn, SLICE("arn:aws:dynamodb:")) || at == SLICE_NPOS) {
        return problem_bad_parameter(arena, "Provided Arn is not a DynamoDB resource arn: %.*s",
                                     SLICE_ARG(arn));
    }
    size_t slash = slice_find(slice_skip(arn, at + 7), '/');
    struct slice of_table = slash != SLICE_NPOS ? slice_take(arn, at + 7 + slash) : arn;
    struct slice rest = slice_skip(arn, of_table.len);
    if (rest.len != 0 && !slice_starts_with(rest, SLICE("/stream/"))) {
        return problem_bad_parameter(arena,
                                     "Invalid resource arn provided, only table or stream is "
                                     "accepted. Provided resource arn: %.*s",
                                     SLICE_ARG(arn));
    }
    const struct problem *problem = control_table(operation, of_table, true, ret_table);
    struct stream stream;
    if (problem == NULL && rest.len != 0 && !stream_find(operation->store, arena, arn, &stream)) {
        problem = problem_make(arena, PROBLEM_RESOURCE_NOT_FOUND,
                               "Requested resource not found: Stream: %.*s not found for Table: "
                               "%.*s",
                               SLICE_ARG(slice_skip(rest, 8)), SLICE_ARG((*ret_table)->name));
    }
    return problem;
}

static const struct problem *no_policy(struct arena *arena, struct slice arn)
{
    return problem_make(arena, PROBLEM_POLICY_NOT_FOUND,
                        "Resource-based policy not found for the provided ResourceArn: %.*s",
                        SLICE_ARG(arn));
}

static void print_revision(struct operation *operation, struct slice revision)
{
    json_open(&operation->w, '{');
    json_put_string(&operation->w, "RevisionId", revision);
    json_close(&operation->w, '}');
    operation_reply(operation);
}

/* ExpectedRevisionId: NO_POLICY, or the one in force. */
static const struct problem *check_expected(struct operation *operation,
                                            const struct policy *policy)
{
    const struct field *expected = record_get(operation->input, MEMBER_EXPECTED_REVISION_ID);
    bool is_none = slice_is(expected->text, "NO_POLICY");
    if (!expected->is_set || (is_none && policy->text.ptr == NULL) ||
        (!is_none && slice_eq(expected->text, policy->revision))) {
        return NULL;
    }
    return problem_make(operation->arena, PROBLEM_POLICY_NOT_FOUND,
                        "Resource-based policy not found for the provided ResourceArn and "
                        "ExpectedRevisionId: %.*s",
                        SLICE_ARG(expected->text));
}

/* --- PutResourcePolicy --- */

static void put(struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    struct slice arn = record_text(operation->input, MEMBER_RESOURCE_ARN);
    struct policy before = policy_get(txn, operation->arena, arn);
    struct policy *policy = write->state;
    write->problem = check_expected(operation, &before);
    if (write->problem != NULL) {
        return;
    }
    if (before.text.ptr != NULL && slice_eq(before.text, policy->text)) {
        policy->revision = before.revision; /* the same again is no change */
        return;
    }
    policy_put(txn, arn, policy);
}

static void reply_put(struct control_write *write)
{
    const struct policy *policy = write->state;
    print_revision(write->operation, policy->revision);
}

const struct problem *op_put_resource_policy(struct operation *operation)
{
    struct table *table = NULL;
    struct policy *policy = arena_alloc(operation->arena, sizeof(*policy));
    policy->text = record_text(operation->input, MEMBER_POLICY);
    policy->revision =
        arena_printf(operation->arena, "%lld", (long long)store_now_ms(operation->store));
    const struct problem *problem = policy_check(operation->arena, policy->text);
    if (problem == NULL) {
        problem = find_resource(operation, &table);
    }
    if (problem == NULL) {
        control_write(operation, table, put, reply_put, policy);
    }
    return problem;
}

/* --- DeleteResourcePolicy --- */

static void delete (struct control_write *write, struct txn *txn)
{
    struct operation *operation = write->operation;
    struct slice arn = record_text(operation->input, MEMBER_RESOURCE_ARN);
    struct policy *policy = write->state;
    *policy = policy_get(txn, operation->arena, arn);
    write->problem = check_expected(operation, policy);
    if (write->problem == NULL) {
        policy_remove(txn, arn);
    }
}

static void reply_deleted(struct control_write *write)
{
    const struct policy *policy = write->state;
    if (policy->text.ptr != NULL) {
        print_revision(write->operation, policy->revision);
    } else {
        operation_reply(write->operation);
    }
}

const struct problem *op_delete_resource_policy(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = find_resource(operation, &table);
    if (problem == NULL) {
        control_write(operation, table, delete, reply_deleted,
                      arena_alloc(operation->arena, sizeof(struct policy)));
    }
    return problem;
}

/* --- GetResourcePolicy --- */

const struct problem *op_get_resource_policy(struct operation *operation)
{
    struct table *table = NULL;
    const struct problem *problem = find_resource(operation, &table);
    if (problem != NULL) {
        return problem;
    }
    struct slice arn = record_text(operation->input, MEMBER_RESOURCE_ARN);
    struct engine *engine = store_engine(operation->store);
    struct txn *txn = engine_read_begin(engine, 0);
    struct policy policy = policy_get(txn, operation->arena, arn);
    engine_read_end(engine, txn);
    if (policy.text.ptr == NULL) {
        return no_policy(operation->arena, arn);
    }
    json_open(&operation->w, '{');
    json_put_string(&operation->w, "Policy", policy.text);
    json_put_string(&operation->w, "RevisionId", policy.revision);
    json_close(&operation->w, '}');
    operation_reply(operation);
    return NULL;
}
