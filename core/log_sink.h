/* Where the log events of functions go. The runtime writes; whoever keeps them implements: cli connects the two.
 *
 * Thread  Loop thread only. A write is on the hot path: it costs no system call. */
#ifndef SLS_CORE_LOG_SINK_H
#define SLS_CORE_LOG_SINK_H

#include "core/slice.h"

struct log_stream; /* the implementer's */

struct log_sink {
    /* The stream of one sandbox in its function's group. Texts are copied. NULL: nobody keeps events. */
    struct log_stream *(*open)(void *ctx, struct slice group, struct slice stream);
    /* One event, now: any bytes, without the newline at the end. */
    void (*write)(struct log_stream *stream, struct slice message);
    void (*close)(struct log_stream *stream); /* NULL is a no-op */
    void *ctx;
};

#endif
