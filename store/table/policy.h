/* Resource policies: DB_META 'p' ARN of a table or stream -> {"RevisionId":..., "Policy":...}. They are kept and told,
 * not enforced: there is nobody to keep out.
 *
 * Source  reference/dynamodb.md section 15. */
#ifndef SLS_STORE_POLICY_H
#define SLS_STORE_POLICY_H

#include "store/engine/engine.h"
#include "store/problem.h"

#define POLICY_LEN_MAX 20480

MUST_CHECK const struct problem *policy_check(struct arena *arena, struct slice policy);

struct policy {
    struct slice text; /* SLICE_NULL: there is none */
    struct slice revision;
};
struct policy policy_get(struct txn *txn, struct arena *arena, struct slice arn);
/* Writer thread. */
void policy_put(struct txn *txn, struct slice arn, const struct policy *policy);
void policy_remove(struct txn *txn, struct slice arn);

#endif
