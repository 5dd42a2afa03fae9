/* RedrivePolicy and RedriveAllowPolicy: which messages become dead letters, and whose.
 *
 *     {"deadLetterTargetArn":"arn:aws:sqs:...","maxReceiveCount":3}
 *     {"redrivePermission":"allowAll|denyAll|byQueue","sourceQueueArns":["arn:aws:sqs:..."]}
 *
 * Ownership  Texts are in the arena, or point into the policy.
 * Source     SQS API Reference, SetQueueAttributes; the refusals' words as other emulators recorded them from AWS. */
#ifndef SLS_SCHEDULER_SQS_REDRIVE_H
#define SLS_SCHEDULER_SQS_REDRIVE_H

#include "scheduler/arn.h"

struct refusal;

struct redrive {
    struct slice target_arn;
    struct slice target; /* its name */
    uint32_t receives_max;
};

/* What can be said of the policy alone. */
MUST_CHECK const struct refusal *redrive_parse(struct arena *arena, struct slice policy,
                                               struct redrive *ret_redrive);
bool redrive_equals(struct slice a, struct slice b);

MUST_CHECK const struct refusal *redrive_allow_check(struct arena *arena, struct slice policy);
/* A policy that was checked, or none (SLICE_NULL): may the queue of this ARN send its dead letters here? */
bool redrive_allows(struct slice policy, struct slice source_arn);

#endif
