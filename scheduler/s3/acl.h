/* Access control lists: kept and told, never enforced (sls-local checks no permissions).
 *
 * Source  Amazon S3 User Guide, "Access control list (ACL) overview". */
#ifndef SLS_SCHEDULER_S3_ACL_H
#define SLS_SCHEDULER_S3_ACL_H

#include "core/api/xml_read.h"
#include "scheduler/s3/request.h"

/* What x-amz-acl and x-amz-grant-* say, as the grants that are kept; empty: private. */
MUST_CHECK const struct refusal *acl_of_headers(struct s3 *s3, struct arena *arena,
                                                struct http_headers headers, struct slice *ret_acl);
/* The same from the headers or the body of PutBucketAcl and PutObjectAcl: there must be one. */
MUST_CHECK const struct refusal *acl_of_request(struct request *request, struct slice *ret_acl);
/* <AccessControlPolicy> of the kept grants. */
void acl_write(struct buf *xml, const struct request *request, struct slice acl);

#endif
