/* The event bus: queues, buckets, topics, rules, schedules, streams and the mappings that feed them to functions.
 *
 *     scheduler_open -> (services are on the edge) -> scheduler_deploy, again and again -> scheduler_close
 *
 * What `up` sees of this folder. All state lives in the store's environment: what a client was told is accepted is on
 * disk, and goes on after the next scheduler_open().
 *
 * Ownership  Options and resources are copied; store and edge are borrowed and outlive the scheduler.
 * Thread     Loop thread only.
 * Source     DESIGN.md; reference/events.md. */
#ifndef SLS_SCHEDULER_SCHEDULER_H
#define SLS_SCHEDULER_SCHEDULER_H

#include "core/api/api.h"
#include "core/context.h"
#include "core/resource.h"
#include "runtime/invoke.h"
#include "store/store.h"

struct scheduler;
struct log_store;

/* A firing that was missed while nothing ran. */
enum catch_up {
    CATCH_UP_ONE,  /* the newest runs once, if it is at most 5 minutes and one period old */
    CATCH_UP_NONE, /* none runs */
    CATCH_UP_ALL   /* each runs */
};

/* A folder that shows a bucket, and takes uploads for it. */
struct bucket_folder {
    const char *bucket;
    const char *dir; /* absolute */
};

struct scheduler_options {
    const char *data_dir;   /* absolute; bodies of objects and logs are made below it */
    const char *region;     /* "us-east-1" */
    const char *account_id; /* "000000000000" */
    const char
        *edge_url;    /* "http://127.0.0.1:4566": of queue URLs without a Host, subscribe URLs... */
    bool is_volatile; /* --in-memory: bodies are not synced either */
    enum catch_up catch_up;
    const struct bucket_folder *mirrors;
    size_t mirror_count;
    struct invoker invoker; /* synchronous, of the pools */
    struct function_directory functions;
    struct log_store *logs; /* outlives the scheduler */
    /* One line for the page: what was dropped, skipped, stopped, and why. `about` is a name people know. May be
     * NULL. */
    void (*on_notice)(void *ctx, struct slice about, struct slice text);
    /* The Lambda API has changed function URLs: scheduler_function_urls() tells. May be NULL. */
    void (*on_function_urls)(void *ctx);
    void *ctx;
};

/* Registers the services at `edge`. context->alarms must be there. */
MUST_CHECK enum status scheduler_open(struct context *context, struct store *store,
                                      struct edge *edge, const struct scheduler_options *options,
                                      struct scheduler **ret_scheduler, struct fault *reterr);
/* What the Lambda API's Event invocations go through. */
struct async_invoker scheduler_async(struct scheduler *scheduler);

/* `resources` (a template's, which others serve) with what the Lambda API has made of the function URLs among them, and
 * those it has added. In the arena. */
struct resource *scheduler_function_urls(struct scheduler *scheduler, struct arena *arena,
                                         const struct resource *resources, size_t count,
                                         size_t *ret_count);

/* Whether resources of this type are this folder's. */
bool scheduler_deploys(struct slice type);
/* Makes what `resources` describe, changes what is there already, and takes away the wiring (subscriptions, rules,
 * schedules, mappings, notifications) that an earlier deployment made and that is no longer among them; what holds
 * data (queues, topics, buckets, streams, buses) stays. What needs something that sls-local lacks, that another stack
 * has or that nobody knows here is left out, and a notice says so. `on_deployed` runs once, later; `fault` is the first
 * refusal, with the resource's position in front. */
typedef void scheduler_deployed_fn(void *ctx, enum status status, const struct fault *fault);
void scheduler_deploy(struct scheduler *scheduler, const struct resource *resources, size_t count,
                      scheduler_deployed_fn *on_deployed, void *ctx);

/* Starts to deliver: what was accepted before, mappings, schedules. Once, after the first deployment. */
void scheduler_start(struct scheduler *scheduler);

/* Functions are about to be stopped: nothing new is begun, what they still answer counts, and how they end does not.
 * Clients that wait for something (long polls) are answered, and nobody waits from now on. NULL is a no-op. */
void scheduler_stop(struct scheduler *scheduler);
/* Pages below /_sls/ that are this folder's: schedules, and a run of one. True when the request was taken over. */
bool scheduler_answer_page(struct scheduler *scheduler, struct http_exchange *exchange);

/* Lets go of everything: long polls are answered, deliveries under way are left to the next start. Calls on the
 * edge must be over, invocations may still complete. NULL is a no-op. */
void scheduler_close(struct scheduler *scheduler, void (*on_closed)(void *ctx), void *ctx);

/* --- care: the event bus's part of `sls-local store check`; the scheduler may be running --- */

struct scheduler_check {
    uint64_t queues; /* lanes of deliveries are queues, too */
    uint64_t messages;
    uint64_t problems; /* printed one a line */
};
MUST_CHECK enum status scheduler_check(const char *data_dir,
                                       void (*print)(void *ctx, const char *line), void *ctx,
                                       struct scheduler_check *ret_check, struct fault *reterr);

#endif
