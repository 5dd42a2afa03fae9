/* The child's side of process.h: what runs in the fork, between the gateway and the handler.
 *
 * Only async-signal-safe calls: the gateway has other threads, whose locks nobody will ever release
 * here. */
#ifndef SLS_RUNTIME_WARDEN_H
#define SLS_RUNTIME_WARDEN_H

#include "runtime/process.h"

enum warden_report { WARDEN_STARTED, WARDEN_EXEC_FAILED, WARDEN_CWD_FAILED, WARDEN_ENDED };

/* One packet from warden to gateway. In the other direction any byte means: kill everything. */
struct warden_message {
    int32_t report; /* enum warden_report */
    int32_t value;  /* pid, errno, wait status */
    uint64_t max_rss_kb;
};

struct warden_fds {
    int control;
    int out;
    int err;
};

_Noreturn void warden_main(const struct process_spec *spec, const struct warden_fds *fds);
/* True when this process (a throw-away fork) could be given private mounts that way. */
bool warden_can_isolate(enum isolation isolation);

#endif
