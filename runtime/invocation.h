/* One event on its way through a function: queued, running, answered.
 *
 * Ownership  Made by the invoker, owned by a pool's queue or by the sandbox that runs it, given
 * back with invocation_free() when its caller has its result. Kept for reuse: a warm call allocates
 * nothing. */
#ifndef SLS_RUNTIME_INVOCATION_H
#define SLS_RUNTIME_INVOCATION_H

#include "core/arena.h"
#include "runtime/invoke.h"

struct function;

struct invocation {
    struct invocation *next; /* in a queue or in the free list */
    struct arena arena;
    struct function *function; /* referenced; NULL when no function was found */
    struct slice function_name;
    struct slice request_id;
    struct slice arn; /* as invoked */
    struct slice version;
    struct slice trace_id;
    struct slice client_context;
    struct slice source;
    struct slice payload; /* borrowed until on_done */
    struct invoke_stream *stream;
    invoke_done_fn *on_done;
    void *done_ctx;
    uint64_t queued_ns;             /* when it began to wait; 0 if it never did */
    uint64_t started_ns;            /* 0 until a sandbox has it */
    uint64_t deadline_ns;           /* 0: none */
    uint32_t concurrent;            /* of the function's when it came, itself among them */
    uint32_t concurrent_all;        /* of all functions' */
    uint32_t concurrent_unreserved; /* of all without reserved concurrency; 0: it is of another */
    bool wants_log_tail;
    bool has_streamed; /* on_start has run */
    char uuid[ID_UUID_MAX];
    char trace[ID_TRACE_MAX + 64];
};

#endif
