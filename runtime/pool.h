/* The sandboxes of one function and the invocations that wait for them.
 *
 *     invoke -> idle sandbox (the one used last)  |  new sandbox, up to the limit
 *               |  queue, first in first out
 *
 * A function whose invocations take well under a millisecond has no use for more processes than the
 * processors can run: when `lanes` of its sandboxes are busy, a request waits for one of them, as
 * long as the queue is worth a few milliseconds by its recent durations. When it stalls all the
 * same, idle sandboxes and new ones serve it, and the next requests do not wait. Slower functions
 * never wait.
 *
 * Whichever sandbox becomes idle first serves the head of the queue. A changed file or template
 * makes a new plan: idle sandboxes of the old one stop, busy ones after their invocation, and the
 * next invocation runs new code.
 *
 * Lifecycle  create; retire when the function is gone: the queue is still served, then
 *            on_pool_empty.
 * Limits     Reserved concurrency throttles with 429; without it the limit follows the machine's
 *            memory and invocations wait.
 * Thread     Loop thread only. */
#ifndef SLS_RUNTIME_POOL_H
#define SLS_RUNTIME_POOL_H

#include "runtime/platform.h"

struct pool;

struct pool *pool_create(struct platform *platform, struct function *function);
/* Takes the invocation over; it completes later, never inside. */
void pool_invoke(struct pool *pool, struct invocation *invocation);
/* Another configuration: a new plan follows. Keeps queue and counts. */
void pool_configure(struct pool *pool, struct function *function);
/* Something the plan was made from has changed. */
void pool_refresh(struct pool *pool);
void pool_debug(struct pool *pool, uint16_t port);
void pool_retire(struct pool *pool);
/* Completes the queue as UNAVAILABLE and kills every sandbox. */
void pool_stop(struct pool *pool);
/* It was hungry and may try again. */
void pool_feed(struct pool *pool);
/* What waits for sandboxes that have answered, and do not come back, gets others. */
void pool_lose_patience(struct pool *pool);
void pool_stop_idle_since(struct pool *pool, uint64_t before_ns);

struct function *pool_function(const struct pool *pool);
/* NULL while it is being prepared. */
const struct plan *pool_plan(const struct pool *pool);
void pool_state(const struct pool *pool, struct function_state *ret_state);
void pool_code(struct pool *pool, struct function_state *ret_state);
bool pool_is_quiet(const struct pool *pool); /* nothing queued or running */
struct pool **pool_hungry_link(struct pool *pool);

#endif
