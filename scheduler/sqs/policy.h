/* Policies of queues: stored and echoed, never enforced; AddPermission and RemovePermission edit them.
 *
 * Source  SQS API Reference, AddPermission; the recorded policies of reference/events.md. */
#ifndef SLS_SCHEDULER_SQS_POLICY_H
#define SLS_SCHEDULER_SQS_POLICY_H

#include "core/arena.h"

struct field;
struct refusal;

MUST_CHECK const struct refusal *sqs_policy_check(struct arena *arena, struct slice policy);

struct permission_input {
    struct slice label;
    const struct field *accounts; /* lists of texts */
    const struct field *actions;
};
/* `policy` may be empty. */
MUST_CHECK const struct refusal *sqs_policy_add(struct arena *arena, struct slice policy,
                                                struct slice queue_arn,
                                                const struct permission_input *permission,
                                                struct slice *ret_policy);
/* `*ret_policy` is empty when no statement is left. */
MUST_CHECK const struct refusal *sqs_policy_remove(struct arena *arena, struct slice policy,
                                                   struct slice label, struct slice *ret_policy);

#endif
