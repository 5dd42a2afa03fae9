/* What a bucket may be called.
 *
 * Source  Amazon S3 User Guide, "General purpose bucket naming rules". */
#ifndef SLS_SCHEDULER_S3_BUCKET_NAME_H
#define SLS_SCHEDULER_S3_BUCKET_NAME_H

#include "core/slice.h"

/* Three to 63 of [a-z0-9.-], not beginning and ending with a sign, that do not look like an address. */
bool bucket_name_is_valid(struct slice name);

#endif
