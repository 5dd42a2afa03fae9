/* The one notion of a target: what an ARN or URL stands for, and how something is sent to it.
 *
 * A target is reached by the public operation of its service, in process: Invoke (asynchronous), SendMessage, Publish,
 * PutEvents, PutRecord, PutLogEvents, PutObject; an HTTP(S) endpoint by a request. One table in target.c has them all.
 *
 * Thread  Loop thread only. `on_sent` runs once, later. */
#ifndef SLS_SCHEDULER_TARGET_H
#define SLS_SCHEDULER_TARGET_H

#include "scheduler/delivery/retry.h"
#include "scheduler/parts.h"

#define TARGET_ARN_MAX 1600 /* bytes; EventBridge's limit of an ARN */

/* Everything is copied. The members are those of struct delivery. */
struct target_request {
    struct slice target;
    struct slice payload;
    struct slice parameters;
    struct slice source; /* "rule nightly": the word of the page's line */
    struct slice source_arn;
    struct slice trace;
};

struct target_result {
    bool is_taken;
    enum retry_cause cause; /* when it was not */
    struct slice
        code; /* "AWS.SimpleQueueService.NonExistentQueue"; valid during the call, as is the message */
    struct slice message;
};
typedef void target_sent_fn(void *ctx, const struct target_result *result);

void target_send(struct scheduler *scheduler, const struct target_request *request,
                 target_sent_fn *on_sent, void *ctx);

/* Whether sls-local can deliver to it at all: OK, INVALID for what is no ARN or URL, UNSUPPORTED with the service's
 * name. Whether there is such a queue or function is found out when something is sent. */
MUST_CHECK enum status target_check(struct slice target, struct fault *reterr);

#endif
