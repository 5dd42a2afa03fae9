/* How asynchronous invocations of a function are tried again and told of: EventInvokeConfig, by function and qualifier,
 * and what stands in the function's own configuration: its dead-letter queue and RecursiveLoop.
 *
 * Lifecycle  Read at creation, written behind (state.h). A template's functions say theirs again at each deployment, so
 *            of RecursiveLoop only what came by the API is kept: it holds until a template says otherwise.
 * Source     Lambda API reference, "PutFunctionEventInvokeConfig"; limits from there. */
#ifndef SLS_SCHEDULER_INVOKE_CONFIG_H
#define SLS_SCHEDULER_INVOKE_CONFIG_H

#include "scheduler/parts.h"
#include "scheduler/state.h"

#define RETRIES_DEFAULT 2
#define EVENT_AGE_DEFAULT_S 21600
#define DESTINATION_ARN_MAX 350 /* bytes */

struct invoke_config {
    struct slice function;               /* name */
    struct slice qualifier;              /* "$LATEST", an alias or a version */
    int32_t max_retries;                 /* -1: not given */
    int32_t max_age_s;                   /* -1: not given */
    struct slice on_success, on_failure; /* ARNs; empty: none */
    int64_t modified_ms;
};

struct function_settings {
    struct slice dead_letter_arn; /* empty: none */
    bool allows_loops;            /* RecursiveLoop: Allow */
};

struct invoke_configs;

struct invoke_configs *invoke_configs_create(struct scheduler *scheduler);
void invoke_configs_destroy(struct invoke_configs *configs);

/* NULL when there is none. Valid until the next change. `qualifier` empty: $LATEST. */
const struct invoke_config *invoke_config_find(const struct invoke_configs *configs,
                                               struct slice function, struct slice qualifier);
/* The next of a function's by qualifier, after `after` (empty: the first). */
const struct invoke_config *invoke_config_after(const struct invoke_configs *configs,
                                                struct slice function, struct slice after);
/* Replaces; takes effect at once, and is kept when `on_written` says so. */
void invoke_config_put(struct invoke_configs *configs, const struct invoke_config *config,
                       state_written_fn *on_written, void *ctx);
bool invoke_config_delete(struct invoke_configs *configs, struct slice function,
                          struct slice qualifier, state_written_fn *on_written, void *ctx);

/* Of functions that said nothing: no dead letters, no loops. */
struct function_settings function_settings_find(const struct invoke_configs *configs,
                                                struct slice function);

enum loops { LOOPS_UNSAID, LOOPS_ALLOWED, LOOPS_TERMINATED };

/* By a deployment. `loops` UNSAID leaves what was said by the API. */
void function_settings_deploy(struct invoke_configs *configs, struct slice function,
                              struct slice dead_letter_arn, enum loops loops);
/* By PutFunctionRecursionConfig. */
void function_loops_put(struct invoke_configs *configs, struct slice function, enum loops loops,
                        state_written_fn *on_written, void *ctx);

#endif
