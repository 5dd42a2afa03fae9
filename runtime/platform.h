/* What all functions of one `lambda` share. Made and freed by lambda.c, borrowed by everyone below
 * it. */
#ifndef SLS_RUNTIME_PLATFORM_H
#define SLS_RUNTIME_PLATFORM_H

#include "core/context.h"
#include "runtime/lambda.h"
#include "runtime/plan.h"

struct pool;
struct invocation;
struct preparer;
struct sandbox;
struct spares;

struct platform {
    struct context *context;
    struct plan_settings settings;
    struct lambda_observer observer;
    struct log_sink log_sink;
    struct preparer *preparer;
    struct spares *spares;     /* NULL: none kept */
    struct sandbox *sandboxes; /* all of them, of every function */
    uint32_t sandbox_count;
    uint32_t next_slot;
    uint32_t in_flight;            /* invocations of all functions */
    uint32_t unreserved_in_flight; /* of those without reserved concurrency */
    uint64_t next_plan;
    uint32_t default_concurrency; /* 0: by memory */
    uint32_t idle_ms;
    uint64_t memory_kb; /* of the machine */
    /* Starts under way, in units of work: a burst must not thrash the machine. */
    uint32_t starting;
    uint32_t starting_max;
    uint32_t lanes;      /* busy sandboxes of one function that keep all processors busy */
    struct pool *hungry; /* pools that wait for a start, first come first served */
    struct pool **hungry_end;
    uint32_t removals; /* trees being removed aside */
    bool is_ticking;
    bool is_closing;
    /* A retired pool has nothing left; it is freed after the call. */
    void (*on_pool_empty)(struct platform *platform, struct pool *pool);
    void (*on_sandbox_gone)(struct platform *platform); /* or a tree it left behind */
    void (*start_tick)(struct platform *platform);
    void (*start_patience)(struct platform *platform);
    /* Completes an invocation that no sandbox has, after the call that failed it. `payload` and
     * `message` are copied. */
    void (*defer)(struct platform *platform, struct invocation *invocation,
                  const struct invoke_result *result);
    struct invocation *free_invocations;
    struct function_watch *watches; /* first come, first told */
};

/* Machine time, which the handler's processes live in: context->clock may be turned, they cannot.
 */
static inline uint64_t platform_now_ns(void)
{
    return uv_hrtime();
}

void platform_notice(struct platform *platform, struct slice function, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* A notice of what is wrong with a function; begins with its place in the template when known. */
void platform_problem(struct platform *platform, const struct function_spec *spec,
                      const char *format, ...) PRINTF_LIKE(3, 4);
/* Starts the coarse timer if it is not running: memory, slow starts. */
static inline void platform_tick_soon(struct platform *platform)
{
    if (!platform->is_ticking) {
        platform->start_tick(platform);
    }
}
/* Units of work of one start, and whether there is room for it now. */
uint32_t platform_start_cost(const struct plan *plan);
bool platform_may_start(const struct platform *platform, uint32_t cost);
/* Returns the units of a finished start and lets waiting pools start. */
void platform_start_done(struct platform *platform, uint32_t cost);

void platform_watch(struct platform *platform, struct function_watch *watch);
void platform_unwatch(struct platform *platform, struct function_watch *watch);

/* Removes a tree that nobody uses any more, in libuv's thread pool: a sandbox may have filled its
 * /tmp. A failure is logged; on_sandbox_gone() follows. */
void platform_remove_tree(struct platform *platform, const char *path);

/* At the start: removes unpacked code that a killed gateway left half-made, and all versions but
 * the one used last. */
void unpacked_sweep(struct platform *platform);

struct invocation *invocation_new(struct platform *platform);
/* Tells observer and caller, and gives the invocation back. */
void invocation_complete(struct platform *platform, struct invocation *invocation,
                         struct invoke_result *result);

#endif
