/* A target of a rule: where an event goes, what it gets of it, and what happens when that fails.
 *
 * Ownership  A target lives in the arena it was parsed into.
 * Source     EventBridge API reference, "Target"; User Guide, "Event bus targets". */
#ifndef SLS_SCHEDULER_EVENTS_TARGET_H
#define SLS_SCHEDULER_EVENTS_TARGET_H

#include "core/api/model.h"
#include "scheduler/events/json_path.h"
#include "scheduler/events/target_input.h"

enum target_service {
    TARGET_LAMBDA,
    TARGET_SQS,
    TARGET_SNS,
    TARGET_KINESIS,
    TARGET_BUS,
    TARGET_API_DESTINATION,
    TARGET_LOGS
};

struct target {
    struct slice id;
    struct slice arn;
    struct slice json; /* as it was put: what ListTargetsByRule tells */
    enum target_service service;
    const struct target_input *input;
    struct slice message_group_id;
    const struct json_path *partition_key_path; /* NULL: the event's id */
    struct slice http_parameters;               /* JSON; empty: none */
    struct slice dead_letter_arn;               /* empty: none */
    uint32_t max_attempts;
    uint32_t max_age_s;
};

/* `json` is what PutTargets was given, its shape checked. INVALID or UNSUPPORTED in AWS's words, or ours. */
MUST_CHECK enum status target_parse(struct arena *arena, struct slice json,
                                    struct target *ret_target, struct fault *reterr);

#endif
