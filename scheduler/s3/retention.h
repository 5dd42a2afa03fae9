/* A bucket's default retention: how long its new versions are locked when a request says nothing of it.
 *
 * Source  Amazon S3 User Guide, "Locking objects with Object Lock"; a year is 365 days. */
#ifndef SLS_SCHEDULER_S3_RETENTION_H
#define SLS_SCHEDULER_S3_RETENTION_H

#include "scheduler/s3/object.h"

struct retention {
    enum lock_mode mode; /* LOCK_NONE: there is none */
    int64_t for_ms;
};

/* Of an ObjectLockConfiguration; none for SLICE_NULL and for what is no configuration. */
struct retention retention_of_xml(struct slice xml);

#endif
