#include "cli/descriptor_limit.h"

#include <sys/resource.h>

#define DESCRIPTORS_MIN 64 /* `up` itself takes about twenty, a sandbox seven */

/* Sandboxes get Lambda's limit, whatever ours is. */
enum status descriptor_limit_raise(struct fault *reterr)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return STATUS_OK;
    }
    if (files.rlim_cur < files.rlim_max) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    return files.rlim_max >= DESCRIPTORS_MIN
               ? STATUS_OK
               : fault_set(reterr, STATUS_UNAVAILABLE,
                           "the limit of open files is %llu and at least %d are needed: raise it "
                           "with ulimit -n",
                           (unsigned long long)files.rlim_max, DESCRIPTORS_MIN);
}
