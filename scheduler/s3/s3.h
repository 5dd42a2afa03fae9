/* S3: buckets, objects, their versions, uploads in parts, notifications and mirror folders.
 *
 * Thread  Loop thread.
 * Source  reference/events.md section 4; botocore's service model s3 2006-03-01. */
#ifndef SLS_SCHEDULER_S3_S3_H
#define SLS_SCHEDULER_S3_S3_H

#include "scheduler/parts.h"
#include "scheduler/s3/bodies.h"
#include "scheduler/s3/bucket.h"

struct s3 {
    struct scheduler *scheduler;
    struct bodies *bodies;
    struct name_index buckets;
    struct lifecycle_sweep *lifecycle;
    struct mirrors *mirrors; /* NULL: none */
    char owner_id[65];       /* the canonical user id of the one account */
    uint64_t number;         /* the last that was given to a version, an upload or a bucket */
    size_t users;            /* requests and sweeps under way, and the scheduler */
};

/* Reads the buckets and registers the service at the edge. */
struct s3 *s3_create(struct scheduler *scheduler);
void s3_start(struct s3 *s3);
/* What is under way ends first, whatever became of its connection. NULL is a no-op. */
void s3_destroy(struct s3 *s3);
void s3_use(struct s3 *s3);
void s3_unuse(struct s3 *s3);

/* A number greater than all before, also those of earlier runs once a job has put it (s3_put_number). */
uint64_t s3_next_number(struct s3 *s3);
/* Writer thread: every job that puts what has a number. */
void s3_put_number(struct txn *txn, uint64_t number);

extern const struct api_service s3_service;

#endif
