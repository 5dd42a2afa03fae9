/* Loops: how often a chain of events has passed through each function.
 *
 * The count travels in the trace header, as on AWS: the SDK inside a function passes X-Amzn-Trace-Id on with its calls,
 * the services pass it on with what they deliver. Its Lineage has an entry for each function of the chain, "HASH:COUNT"
 * joined by '|'.
 *
 *     Root=1-65a1b2c3-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=0;Lineage=9d0f3a51:4|77c1b0e2:3
 *
 * Source  Lambda Developer Guide, "Use Lambda recursive loop detection": the chain stops when a function would run for
 *         about the 17th time. */
#ifndef SLS_SCHEDULER_HOPS_H
#define SLS_SCHEDULER_HOPS_H

#include "scheduler/parts.h"

#define HOPS_MAX 16
#define TRACE_LEN_MAX 1024 /* of a header that is taken over; longer ones begin anew */

/* The trace for an invocation of `function` (an ARN; its qualifier does not count) that `trace` (may be empty) caused.
 * False when the function has run HOPS_MAX times in this chain: it must not run again. `*ret_trace` goes with what is
 * told of that; the next refusal of the same chain gives one whose hops_count() is HOPS_MAX + 2, and so on. */
MUST_CHECK bool hops_next(struct scheduler *scheduler, struct arena *arena, struct slice trace,
                          struct slice function, struct slice *ret_trace);

/* How often the function that hops_next() made `trace` for has run in this chain, this time included. */
unsigned hops_count(struct slice trace);

#endif
