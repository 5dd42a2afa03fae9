/* Booted interpreters without a function: a cold start takes one and only runs the handler's own
 * init.
 *
 * Kept for each interpreter in use; a used one is replaced in the background. What only a new
 * process can honour (NODE_OPTIONS, LD_PRELOAD, a wrapper, a debugger, mounted layers) starts the
 * ordinary way. */
#ifndef SLS_RUNTIME_SPARES_H
#define SLS_RUNTIME_SPARES_H

#include "runtime/platform.h"

struct spares *spares_create(struct platform *platform);
/* Functions of this plan exist: keep spares that fit it. */
void spares_want(struct spares *spares, const struct plan *plan);
/* A waiting spare that fits, or NULL; a replacement follows. */
struct sandbox *spares_take(struct spares *spares, const struct plan *plan);
/* Before each deploy: what nobody wants again until the next spares_trim() is stopped there. */
void spares_unwant(struct spares *spares);
void spares_trim(struct spares *spares);
void spares_stop(struct spares *spares); /* and starts no more */
/* After spares_stop(); `on_closed` when the timer's handle is closed (the
 * processes are sandboxes of the platform and end with them). */
void spares_destroy(struct spares *spares, void (*on_closed)(void *ctx), void *ctx);

#endif
