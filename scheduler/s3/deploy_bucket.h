#ifndef SLS_SCHEDULER_S3_DEPLOY_BUCKET_H
#define SLS_SCHEDULER_S3_DEPLOY_BUCKET_H

#include "scheduler/deploy.h"

/* Buckets and their policies. */
extern const struct resource_type bucket_resources[];

#endif
