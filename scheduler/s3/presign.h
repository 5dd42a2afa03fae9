/* Presigned URLs: what their query promises. Signatures are not verified; that they are complete and not yet over is.
 *
 *     SigV4  X-Amz-Algorithm, -Credential, -Date, -Expires, -SignedHeaders, -Signature
 *     SigV2  AWSAccessKeyId, Signature, Expires (epoch seconds)
 *
 * Source  events.md 4.5; Amazon S3 User Guide, "Sharing objects with presigned URLs". */
#ifndef SLS_SCHEDULER_S3_PRESIGN_H
#define SLS_SCHEDULER_S3_PRESIGN_H

#include "core/http/http.h"
#include "scheduler/s3/refusal.h"

/* Of the query's parameters; NULL also for a request that is not presigned. */
MUST_CHECK const struct refusal *presign_check(struct arena *arena, struct http_headers params,
                                               int64_t now_ms);

#endif
