/* The version that a request is about. */
#ifndef SLS_SCHEDULER_S3_OBJECT_FIND_H
#define SLS_SCHEDULER_S3_OBJECT_FIND_H

#include "scheduler/s3/request.h"

/* By key and version id of the request; decoded into its arena, so that it outlives the txn. NoSuchKey, NoSuchVersion,
 * MethodNotAllowed for a delete marker. */
MUST_CHECK const struct refusal *object_find_for(struct request *request, struct txn *txn,
                                                 struct object *ret_object);
/* The same for any bucket, key and version. */
MUST_CHECK const struct refusal *object_find_in(struct request *request, struct txn *txn,
                                                const struct bucket *bucket, struct slice key,
                                                struct slice version_id, struct object *ret_object);
/* With a snapshot of its own. */
MUST_CHECK const struct refusal *object_find_now(struct request *request,
                                                 struct object *ret_object);

#endif
