/* The configurations of a bucket that are kept as text and told again: one table for all their operations.
 *
 * Source  events.md 4.1; Amazon S3 API Reference. */
#ifndef SLS_SCHEDULER_S3_CONFIG_H
#define SLS_SCHEDULER_S3_CONFIG_H

#include "scheduler/s3/bucket.h"

struct config_row {
    const char *parameter; /* "cors": of the query, and the name in the bucket's record */
};

extern const struct config_row config_rows[CONFIG_COUNT];

#endif
