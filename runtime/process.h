/* One handler process and everything it starts, killed and reaped as one.
 *
 *     gateway ── socketpair ── warden (a fork of the gateway) ── handler ── its children
 *
 * The warden does not exec. It is the subreaper of all that the handler starts, double-forked
 * daemons included. It kills them all when the handler ends, when the gateway asks, and when the
 * gateway is gone: the end of the socket tells it so even after `kill -9`. So nothing survives a
 * sandbox.
 *
 * Lifecycle  process_start(); then on_exit exactly once, when the whole tree is dead and reaped;
 *            then on_closed, after which the memory may go. A failed start calls neither.
 * Ownership  The struct is embedded in its owner; the spec is used up by process_start().
 * Thread     Loop thread only; callbacks run from the loop, on_output also inside
 *            process_drain(). */
#ifndef SLS_RUNTIME_PROCESS_H
#define SLS_RUNTIME_PROCESS_H

#include "core/slice.h"

#include <sys/types.h>
#include <uv.h>

enum process_end {
    PROCESS_EXITED,      /* code: exit status */
    PROCESS_SIGNALLED,   /* code: signal number */
    PROCESS_EXEC_FAILED, /* code: errno */
    PROCESS_CWD_FAILED,  /* code: errno */
};

struct process_exit {
    enum process_end end;
    int code;
    uint64_t max_rss_kb; /* high-water mark of the handler itself */
};

/* Whether a private /tmp and /opt can be had on this machine. */
enum isolation { ISOLATION_NONE, ISOLATION_MOUNTS, ISOLATION_USER_AND_MOUNTS };

struct process_spec {
    const char *path; /* the executable */
    char *const *argv;
    char *const *env;
    const char *cwd;
    const char *tmp_dir; /* mounted on /tmp; NULL: left alone */
    const char *opt_dir; /* mounted on /opt; NULL: left alone */
    enum isolation isolation;
};

struct process_events {
    void (*on_output)(void *ctx, struct slice bytes, bool is_error);
    void (*on_exit)(void *ctx, const struct process_exit *end);
    void (*on_closed)(void *ctx);
    void *ctx;
};

struct process {
    struct process_events events;
    uv_poll_t control;
    uv_poll_t output[2]; /* stdout, stderr */
    int control_fd;
    int output_fds[2];
    pid_t warden_pid;
    pid_t pid;     /* of the handler; 0 until the warden has told it */
    char mark[64]; /* "AWS_LAMBDA_RUNTIME_API=...": what only this tree's environments hold */
    struct process_exit end;
    uint32_t open_handles;
    uint32_t samples;     /* of its memory */
    uint64_t children_kb; /* all descendants', when they were last looked for */
    bool has_end;
    bool is_open; /* between a successful start and on_exit */
};

MUST_CHECK enum status process_start(struct process *process, uv_loop_t *loop,
                                     const struct process_spec *spec,
                                     const struct process_events *events, struct fault *reterr);
/* SIGKILL for the whole tree; on_exit follows. */
void process_kill(struct process *process);
/* Hands over what stands in the output pipes at this moment. */
void process_drain(struct process *process);
/* Resident memory of the handler and its descendants in KiB, 0 when it cannot be read. Descendants
 * are looked for at each DESCENDANTS_EVERY-th call, and count as they were then in between.
 * `*ret_anonymous_kb` is without pages of files, which the kernel can drop. */
uint64_t process_memory_kb(struct process *process, uint64_t *ret_anonymous_kb);

/* A child finds out what sandboxes can have: begun early, it does so while the template is read. A probe that nobody
 * ends goes with the program. */
int process_isolation_begin(void); /* its pid; 0: it could not be started */
enum isolation process_isolation_end(int probe);

#endif
