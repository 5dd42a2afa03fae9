/* Prepares plans: at once when that is a few stat() calls, else on libuv's thread pool, a few at a
 * time.
 *
 * Completion  on_done runs exactly once per prepare_start(), possibly inside it.
 * Thread      Loop thread only; the work itself touches nothing but its plan. */
#ifndef SLS_RUNTIME_PREPARE_H
#define SLS_RUNTIME_PREPARE_H

#include "runtime/platform.h"

struct preparer;

typedef void prepare_done_fn(void *ctx, struct plan *plan);

struct preparer *preparer_create(struct platform *platform);
void prepare_start(struct preparer *preparer, struct plan *plan, prepare_done_fn *on_done,
                   void *ctx);
/* Nobody waits for the plans of this ctx any more. */
void prepare_forget(struct preparer *preparer, void *ctx);
/* Drops what waits; `on_closed` when no thread works for us any more. */
void preparer_destroy(struct preparer *preparer, void (*on_closed)(void *ctx), void *ctx);

#endif
