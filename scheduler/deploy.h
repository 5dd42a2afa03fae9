/* The resources of a template on their way to the services: one row a type.
 *
 * Phases  Things first (queues, topics, buckets, streams, buses), then what refers to them (subscriptions, rules,
 *         mappings, notifications): a phase begins when the one before is through.
 * Wiring  What was deployed is remembered (STATE_DEPLOYED); a row with a withdraw() takes its resource away when a
 *         later deployment no longer has it. */
#ifndef SLS_SCHEDULER_DEPLOY_H
#define SLS_SCHEDULER_DEPLOY_H

#include "scheduler/parts.h"

/* Runs exactly once, later or at once. UNSUPPORTED and NOT_FOUND, and INVALID for a resource with unknown values, leave
 * it out (what is there of it is withdrawn); everything else that is not OK refuses the deployment. */
typedef void resource_done_fn(void *ctx, enum status status, const struct fault *fault);

enum resource_phase { PHASE_THINGS, PHASE_WIRING, PHASE_COUNT };

/* A row of a part's table, which a NULL type ends; deploy.c knows the tables. `resource` lives until `on_done`.
 * Deploying what is there already as described writes nothing. */
struct resource_type {
    const char *type; /* "AWS::SQS::Queue" */
    enum resource_phase phase;
    void (*deploy)(struct scheduler *scheduler, const struct resource *resource,
                   resource_done_fn *on_done, void *ctx);
    /* With the resource as it was last deployed; NULL: it holds data and stays. */
    void (*withdraw)(struct scheduler *scheduler, const struct resource *resource,
                     resource_done_fn *on_done, void *ctx);
};

/* "Sub: template.yaml:12:3: ...": what is not as the template says, although the rest is deployed. */
void resource_notice(struct scheduler *scheduler, const struct resource *resource,
                     const char *format, ...) PRINTF_LIKE(3, 4);

/* A public operation in process, its HTTP error as a fault: "QueueNameExists: A queue already exists...". `on_reply`
 * runs once, later, with the reply's body (empty unless OK). Everything is copied. */
typedef void service_reply_fn(void *ctx, enum status status, struct slice body,
                              const struct fault *fault);
void service_call(struct scheduler *scheduler, const char *service, const char *operation,
                  struct slice body, service_reply_fn *on_reply, void *ctx);

#endif
