/* What replies tell of an object. */
#ifndef SLS_SCHEDULER_S3_OBJECT_REPLY_H
#define SLS_SCHEDULER_S3_OBJECT_REPLY_H

#include "scheduler/s3/request.h"

/* Of a reply to GET and HEAD: all that is told with the object, but for its checksum. */
void reply_add_object(struct request *request, const struct object *object);
/* x-amz-checksum-... and its type. */
void reply_add_checksum(struct request *request, const struct object *object);
/* x-amz-expiration, when a lifecycle rule lets it go: of the current version. */
void reply_add_expiration(struct request *request, const struct object *object);
/* ETag, quoted. */
void reply_add_etag(struct request *request, struct slice etag);
/* How it is encrypted: what was asked for, else AES256 as for all objects since 2023. */
void reply_add_encryption(struct request *request, struct http_headers stored);

/* <ChecksumCRC32>... and <ChecksumType>, when there is one. */
void write_checksum(struct buf *xml, const struct object *object);
void write_class(struct buf *xml, const struct object *object);
void write_etag(struct buf *xml, struct slice etag);
/* "COMPOSITE" or "FULL_OBJECT" */
struct slice checksum_type(const struct object *object);

#endif
