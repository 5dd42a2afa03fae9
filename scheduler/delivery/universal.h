/* Universal targets of EventBridge Scheduler: any operation of a service, with its parameters as the input.
 *
 *     arn:aws:scheduler:::aws-sdk:SERVICE:action        "aws-sdk:sqs:sendMessage", {"QueueUrl":...,"MessageBody":...}
 *
 * Errors  INVALID: malformed, or an action that only reads, which AWS refuses too. UNSUPPORTED names a service whose
 *         operations cannot be called here.
 * Source  EventBridge Scheduler User Guide, "Using universal targets". */
#ifndef SLS_SCHEDULER_UNIVERSAL_H
#define SLS_SCHEDULER_UNIVERSAL_H

#include "core/api/api.h"

/* `resource` is the ARN's last part. */
MUST_CHECK enum status universal_check(struct slice resource, struct fault *reterr);
/* The call that it stands for, with `input`; of a resource that was checked. Everything is in the arena, or the input's. */
struct api_internal_request universal_call(struct arena *arena, struct slice resource,
                                           struct slice input);

/* Whether its operation is one of the service's, and emulated; of a resource that was checked. */
bool universal_is_there(struct edge *edge, struct slice resource);

#endif
