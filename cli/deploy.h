/* From a resolved template to what the runtime and the gateway take: the one place that knows
 * everybody. */
#ifndef SLS_CLI_DEPLOY_H
#define SLS_CLI_DEPLOY_H

#include "cli/env_vars.h"
#include "gateway/control/control.h"
#include "runtime/lambda.h"
#include "scheduler/scheduler.h"
#include "templates/deployment.h"

struct deploy_target {
    struct lambda *lambda;
    struct control_plane *control; /* the gateway's; NULL: functions only */
    struct scheduler *scheduler;   /* knows function URLs of the Lambda API; may be NULL */
    const struct env_vars *env;    /* may be NULL */
    uint16_t first_port;           /* of the first API; the others follow; 0: free ports */
};

/* Functions first, then APIs. UNAVAILABLE when a port is taken, INVALID for routes that contradict
 * each other: the functions are deployed then and the APIs as they were. */
MUST_CHECK enum status deploy_apply(const struct deploy_target *target,
                                    const struct deployment *deployment, struct fault *reterr);
/* The second half of it. */
MUST_CHECK enum status deploy_apis(const struct deploy_target *target,
                                   const struct deployment *deployment, struct fault *reterr);

#endif
