/* --bucket NAME=DIR of `up`: buckets that are folders. */
#ifndef SLS_CLI_BUCKET_FOLDERS_H
#define SLS_CLI_BUCKET_FOLDERS_H

#include "cli/args.h"
#include "scheduler/scheduler.h"

#define BUCKET_FOLDERS_MAX 32

struct bucket_folders {
    struct bucket_folder items[BUCKET_FOLDERS_MAX]; /* texts are in the arena */
    size_t count;
};

/* Relative folders are below the current directory. INVALID for what is no NAME=DIR. */
MUST_CHECK enum status bucket_folders_read(const struct args *args, struct arena *arena,
                                           struct bucket_folders *ret_folders,
                                           struct fault *reterr);

#endif
