/* Lambda: functions, their pools of sandboxes, their logs, and the invoker over all of them.
 *
 *     lambda -> function -> pool -> sandbox (process group + Runtime API listener of its own)
 *
 * Lifecycle  create, deploy (again and again as the template changes), destroy.
 * Reload     A changed source file, layer or zip makes the next invocation run new code: checked
 *            without delay at each invocation (inotify is drained first). An invocation in flight
 *            ends on the old code.
 * Ownership  Deployed specs are copied.
 * Thread     Loop thread only.
 * Source     Lambda Developer Guide, "Lambda execution environment lifecycle". */
#ifndef SLS_RUNTIME_LAMBDA_H
#define SLS_RUNTIME_LAMBDA_H

#include "core/context.h"
#include "core/log_sink.h"
#include "runtime/function.h"
#include "runtime/invoke.h"

struct lambda;

/* One finished invocation, for the page `up` prints and for metrics. Valid during the call. */
struct invocation_report {
    struct slice function;
    struct slice source; /* of the request: "GET /hello" */
    const struct invoke_result *result;
    struct slice arn; /* as it was invoked: with a qualifier, when it had one */
    uint32_t
        concurrent; /* invocations of the function that were there when it came, itself among them */
    uint32_t concurrent_all; /* of all functions */
    uint32_t
        concurrent_unreserved; /* of all without reserved concurrency; 0: the function has some */
};

/* What a running function and its runtime say, as it happens. Any member may be NULL. */
struct lambda_observer {
    void (*on_report)(void *ctx, const struct invocation_report *report);
    /* One line of a function's stdout or stderr, without its newline; START/END/REPORT lines are
     * not among them (log_sink gets them all). `is_error`: stderr. */
    void (*on_output)(void *ctx, struct slice function, struct slice line, bool is_error);
    /* Reloads, interpreters substituted for missing versions, what cannot run and why. */
    void (*on_notice)(void *ctx, struct slice function, struct slice text);
    void *ctx;
};

struct lambda_options {
    const char *data_dir;     /* absolute; sandboxes/ and runtimes/ are made below it */
    const char *region;       /* "us-east-1" */
    const char *account_id;   /* "000000000000" */
    const char *endpoint_url; /* AWS_ENDPOINT_URL of the functions; NULL: none */
    const char *ca_file;      /* what HTTPS clients in functions trust, too; NULL: nothing */
    const char *ca_bundle;    /* that and the machine's authorities, in one file; or NULL */
    struct lambda_observer observer;
    struct log_sink log_sink; /* of every function; its members may be NULL: nobody keeps events */
    uint32_t default_concurrency; /* sandboxes of an unreserved function; 0: by the memory */
    uint32_t idle_ms;             /* a sandbox unused for so long is stopped; 0: 10 minutes */
    bool has_spares;              /* keep booted spare processes without a function */
    bool watches;                 /* reload on change */
    int probe;                    /* lambda_probe()'s; 0: none was begun */
};

/* Begins to find out what sandboxes can have of this machine; lambda_create() waits for what it said. */
int lambda_probe(void);

MUST_CHECK enum status lambda_create(struct context *context, const struct lambda_options *options,
                                     struct lambda **ret_lambda, struct fault *reterr);
/* Replaces the set of functions. Those whose spec is unchanged keep their sandboxes; others drain
 * on the old code. A function that cannot run here is deployed all the same and says why when
 * invoked. */
void lambda_deploy(struct lambda *lambda, const struct function_spec *specs, size_t count);
struct invoker lambda_invoker(struct lambda *lambda);
/* What the event bus asks before it invokes: directory.c. */
struct function_directory lambda_directory(struct lambda *lambda);
void lambda_watch(struct lambda *lambda, struct function_watch *watch);
void lambda_unwatch(struct lambda *lambda, struct function_watch *watch);
/* Completes what runs with INVOKE_UNAVAILABLE at `drain_ms` at the latest, kills every sandbox,
 * calls `on_closed` when the last handle is closed. NULL is a no-op. */
void lambda_destroy(struct lambda *lambda, uint32_t drain_ms, void (*on_closed)(void *ctx),
                    void *ctx);

/* Starts a sandbox with a debugger listening (node --inspect-brk, python debugpy when
 * installed) on `port`; the function then has one sandbox and no timeout. */
MUST_CHECK enum status lambda_debug(struct lambda *lambda, struct slice function, uint16_t port,
                                    struct fault *reterr);

/* --- reading, for the Lambda API, the console and the page --- */

struct function_state {
    const struct function_spec *spec;
    struct slice arn;         /* unqualified */
    struct slice code_sha256; /* base64; this and the next two by lambda_function_code() only */
    uint64_t code_size;
    struct slice revision_id; /* UUID that follows the spec and the code */
    int64_t last_modified_ms;
    struct slice log_group; /* "/aws/lambda/NAME" */
    struct slice problem;   /* why it cannot run here; empty when it can */
    uint32_t sandboxes, busy, queued;
    uint32_t in_flight;   /* invocations that have not ended */
    uint32_t concurrency; /* how many invocations may run at once */
    uint64_t invocations, errors, throttles;
    void *pool; /* for lambda_function_code() */
};

size_t lambda_function_count(const struct lambda *lambda);
/* In the order of their names. Valid until the next deploy. */
void lambda_function_at(struct lambda *lambda, size_t index, struct function_state *ret_state);
/* Fills code_sha256, code_size and revision_id; walks the code directory once per version of
 * the code. */
void lambda_function_code(struct function_state *state);
/* By name or logical id. */
bool lambda_function_find(struct lambda *lambda, struct slice name,
                          struct function_state *ret_state);

#endif
