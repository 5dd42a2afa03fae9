/* Shared by sandbox.c (its life) and sandbox_answer.c (its invocations); nobody else includes it.
 */
#ifndef SLS_RUNTIME_SANDBOX_PRIVATE_H
#define SLS_RUNTIME_SANDBOX_PRIVATE_H

#include "runtime/output.h"
#include "runtime/process.h"
#include "runtime/report.h"
#include "runtime/runtime_api.h"
#include "runtime/sandbox.h"

struct sandbox {
    struct platform *platform;
    struct plan *plan;
    struct sandbox_owner owner;
    struct log_stream *log; /* NULL: a spare, or nobody keeps events */
    struct sandbox *previous_in_platform;
    struct sandbox *next_in_platform;
    struct sandbox *owner_link;
    enum sandbox_state state;

    struct process process;
    struct runtime_api *api;
    uv_timer_t timer;      /* one for init and invocations; started only when none is due earlier */
    uint64_t timer_due_ns; /* 0: not running */
    uint64_t deadline_ns;  /* 0: none */
    uint32_t open_parts;   /* process, api, timer: freed when all are closed */

    char *slot_dir;
    char *tmp_dir;
    bool is_slot_taken;
    char runtime_api[32]; /* "127.0.0.1:40123" */
    char log_stream[128]; /* empty while a spare */

    struct invocation *invocation; /* unanswered; or bound while STARTING */
    uint64_t started_ns;           /* of the process, or of its adoption */
    uint64_t idle_since_ns;
    uint64_t init_us; /* told with the first invocation, then 0 */
    uint32_t start_cost;
    uint32_t max_memory_mb;
    bool is_ready;
    bool is_leaving; /* on_stopping has run */
    bool is_reset;
    bool was_active; /* since the last tick */
    bool is_over_memory;
    struct buf init_error; /* posted to /init/error */
    bool has_init_error;
    char init_error_type[128];
    struct process_exit end;

    struct output output[2];
    struct buf tail;        /* of the log, for a caller that wants it */
    struct buf text;        /* scratch for one log line or error body */
    struct buf stream_body; /* a streamed answer for a buffered caller */
    bool is_stream_over_limit;
};

/* sandbox.c */
void sandbox_set_deadline(struct sandbox *sandbox, uint64_t deadline_ns);

/* sandbox_answer.c */
void sandbox_log_output(void *ctx, struct slice line, bool is_error);
void sandbox_flush_output(struct sandbox *sandbox);
void sandbox_begin(struct sandbox *sandbox, struct invocation *invocation);
void sandbox_dispatch(struct sandbox *sandbox);
void sandbox_log_init_failure(struct sandbox *sandbox, const char *status, struct slice error_type);
/* Ends the running invocation for its caller. */
void sandbox_finish_timeout(struct sandbox *sandbox);
void sandbox_finish_exit(struct sandbox *sandbox);
void sandbox_finish_cancelled(struct sandbox *sandbox);
void sandbox_on_answer(void *ctx, const struct runtime_answer *answer);
bool sandbox_on_stream(void *ctx, struct slice content_type, struct slice bytes);

#endif
