/* The checks of a body that was read whole: Content-MD5, x-amz-content-sha256 and checksum headers of XML requests. */
#ifndef SLS_SCHEDULER_S3_BODY_CHECK_H
#define SLS_SCHEDULER_S3_BODY_CHECK_H

#include "scheduler/s3/request.h"

/* `is_required`: S3 wants a Content-MD5 or a checksum for this operation. */
MUST_CHECK const struct refusal *body_check(struct request *request, bool is_required);

#endif
