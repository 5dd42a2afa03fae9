/* A sandbox is one process group that serves one function, one invocation at a time, through a
 * Runtime API listener of its own.
 *
 *     SPARE -> STARTING -> IDLE <-> BUSY
 *        \________\_________\________\____> STOPPING -> freed
 *
 * Lifecycle  sandbox_create starts the process at once. Whatever ends it (exit, timeout, memory,
 *            stop), the whole tree is killed and reaped, then its API closed, before on_gone, after
 *            which the memory is freed.
 * Ownership  The owner (a pool, or the spares) is told; it frees nothing. Plans are referenced.
 * Thread     Loop thread only. Callbacks may run inside a call of the Runtime API, never inside
 *            sandbox_*().
 * Source     Lambda Developer Guide, "Lambda execution environment lifecycle". */
#ifndef SLS_RUNTIME_SANDBOX_H
#define SLS_RUNTIME_SANDBOX_H

#include "runtime/invocation.h"
#include "runtime/platform.h"

enum sandbox_state {
    SANDBOX_SPARE,
    SANDBOX_STARTING,
    SANDBOX_IDLE,
    SANDBOX_BUSY,
    SANDBOX_STOPPING,
};

struct sandbox_owner {
    /* Its init is over. */
    void (*on_ready)(void *ctx, struct sandbox *sandbox);
    /* It waits for an event, after init and after each invocation. */
    void (*on_idle)(void *ctx, struct sandbox *sandbox, bool is_first);
    /* Init failed and no invocation was bound to it: the owner may give one to sandbox_fail(),
     * inside this call. `is_timeout`: AWS tries the init again, with an invocation bound to it. */
    void (*on_init_failed)(void *ctx, struct sandbox *sandbox, bool is_timeout);
    /* The invocation is over for its caller: the owner completes it. */
    void (*on_result)(void *ctx, struct sandbox *sandbox, struct invocation *invocation,
                      struct invoke_result *result);
    /* It will serve no more. Comes before the result of what it was doing. */
    void (*on_stopping)(void *ctx, struct sandbox *sandbox);
    /* Its processes are dead, its memory is freed after the call. */
    void (*on_gone)(void *ctx, struct sandbox *sandbox);
    void *ctx;
};

struct sandbox_options {
    struct platform *platform;
    struct plan *plan;
    struct sandbox_owner owner;
    const char *slot_dir;     /* of an earlier sandbox, whose /tmp is kept; NULL: a new one */
    struct invocation *bound; /* its init runs as a part of this invocation (suppressed init) */
    bool is_spare;            /* no function yet: plan tells only the interpreter */
};

/* NULL with `reterr` when the machine has no process, descriptor or port left. */
MUST_CHECK enum status sandbox_create(const struct sandbox_options *options,
                                      struct sandbox **ret_sandbox, struct fault *reterr);
/* Requires IDLE (asserted): queueing is the pool's work. */
void sandbox_invoke(struct sandbox *sandbox, struct invocation *invocation);
/* Requires SPARE: from now on it is a starting sandbox of that function and of that owner. The
 * files of `slot_dir`'s /tmp (may be NULL) move into its own. */
void sandbox_adopt(struct sandbox *sandbox, struct plan *plan, const struct sandbox_owner *owner,
                   const char *slot_dir, struct invocation *bound);
/* The result of a failed init for one invocation. */
void sandbox_fail(struct sandbox *sandbox, struct invocation *invocation);
/* Kills it; a running invocation completes as UNAVAILABLE. May be called at any time. */
void sandbox_stop(struct sandbox *sandbox);
/* What the coarse timer does with one sandbox: memory limit and high-water mark; an init that takes
 * long (it waits for something) no longer counts as a start. True while there is something to
 * watch. */
bool sandbox_tick(struct sandbox *sandbox);

enum sandbox_state sandbox_state(const struct sandbox *sandbox);
struct plan *sandbox_plan(const struct sandbox *sandbox);
const void *sandbox_owner_ctx(const struct sandbox *sandbox);
bool sandbox_is_bound(const struct sandbox *sandbox); /* starting, with an invocation of its own */
bool sandbox_is_finishing(const struct sandbox *sandbox); /* has answered, is not idle yet */
bool sandbox_is_ready(const struct sandbox *sandbox);     /* on_ready has run */
/* It ended by a crash, a timeout or a failed init, which AWS calls a reset: the next one takes over
 * its /tmp. In on_gone, sandbox_take_slot() leaves the directory to the owner (mem_free the path).
 */
bool sandbox_is_reset(const struct sandbox *sandbox);
char *sandbox_take_slot(struct sandbox *sandbox);
uint64_t sandbox_idle_since_ns(const struct sandbox *sandbox);
struct sandbox *sandbox_next(const struct sandbox *sandbox); /* of platform->sandboxes */
/* A link for the owner's list of idle sandboxes. */
struct sandbox **sandbox_owner_link(struct sandbox *sandbox);

#endif
