/* What every long-lived object needs from the program that owns it; passed to constructors by main().
 * Borrowed: outlives everything. There is no default loop and no file-scope state. */
#ifndef SLS_CORE_CONTEXT_H
#define SLS_CORE_CONTEXT_H

#include "core/alarm.h"
#include "core/log.h"

#include <uv.h>

struct context {
    uv_loop_t *loop;
    struct clock *clock;
    struct log *log;
    struct alarms *alarms; /* NULL where nothing is ever due: parts that need them say so */
    /* Authorities (PEM) that our own HTTPS client trusts instead of the machine's; NULL: those. */
    const char *ca_file;
};

#endif
