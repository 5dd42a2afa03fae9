/* The resources of a template on their way to the services: one row a type.
 *
 * Phases  Things first (queues, topics, buckets, streams, buses), then what refers to them (subscriptions, rules,
 *         mappings, notifications): a phase begins when the one before is through.
 * Wiring  What was deployed is remembered (STATE_DEPLOYED); a row with a withdraw() takes its resource away when a
 *         later deployment no longer has it. */
#ifndef SLS_SCHEDULER_DEPLOY_H
#define SLS_SCHEDULER_DEPLOY_H

#include "scheduler/parts.h"

enum resource_phase { PHASE_THINGS, PHASE_WIRING, PHASE_COUNT };

struct resource_run; /* one resource on its way */

/* A row of a part's table, which a NULL type ends; deploy.c knows the tables. `resource` lives until the run ends, later
 * or at once. Deploying what is there already as described writes nothing. */
struct resource_type {
    const char *type; /* "AWS::SQS::Queue" */
    enum resource_phase phase;
    void (*deploy)(struct scheduler *scheduler, const struct resource *resource,
                   struct resource_run *run);
    /* With the resource as it was last deployed; NULL: it holds data and stays. */
    void (*withdraw)(struct scheduler *scheduler, const struct resource *resource,
                     struct resource_run *run);
};

/* --- the end of a run: exactly one of these --- */

void resource_done(struct resource_run *run);
/* UNSUPPORTED and NOT_FOUND, and INVALID for a resource with unknown values, leave it out (what is there of it is
 * withdrawn); everything else that is not OK refuses the deployment. */
void resource_end(struct resource_run *run, enum status status, const struct fault *fault);
void resource_refuse(struct resource_run *run, enum status status, const char *format, ...)
    PRINTF_LIKE(3, 4);
void resource_written(void *run, enum status status); /* a state_written_fn */
void resource_replied(void *run, enum status status, struct slice body,
                      const struct fault *fault); /* a service_reply_fn */

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
