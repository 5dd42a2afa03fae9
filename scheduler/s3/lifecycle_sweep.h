/* Expirations: at each midnight UTC, and at the start for those that were missed, what the lifecycle rules of the buckets
 * let go goes: objects, older versions, delete markers that hide nothing, uploads that were begun and never completed.
 *
 * A sweep goes page by page; what it deletes is a job a page, and goes with its events (s3:LifecycleExpiration:*).
 *
 * Thread  Loop thread. */
#ifndef SLS_SCHEDULER_S3_LIFECYCLE_SWEEP_H
#define SLS_SCHEDULER_S3_LIFECYCLE_SWEEP_H

#include "scheduler/s3/s3.h"

struct lifecycle_sweep;

struct lifecycle_sweep *lifecycle_sweep_create(struct s3 *s3);
/* NULL is a no-op. A page under way ends by itself. */
void lifecycle_sweep_destroy(struct lifecycle_sweep *sweep);
/* Looks at all buckets now, and at midnight again while any has rules. */
void lifecycle_sweep_start(struct lifecycle_sweep *sweep);
/* The rules of a bucket changed: midnight may be of interest, or no longer. */
void lifecycle_sweep_rearm(struct lifecycle_sweep *sweep);

#endif
