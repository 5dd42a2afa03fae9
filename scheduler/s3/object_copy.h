/* Bytes of one object on their way into another, or into a part: read, hashed and written piece by piece.
 *
 * Lifecycle  object_copy_source() finds and checks the source; object_copy_start() copies; `on_done` runs once, later. Then the caller
 *            owns `writer` (NULL when refused).
 * Ownership  Lives in the request's arena. The source's files stay until the copy has ended.
 * Source     Amazon S3 API Reference, CopyObject and UploadPartCopy. */
#ifndef SLS_SCHEDULER_S3_OBJECT_COPY_H
#define SLS_SCHEDULER_S3_OBJECT_COPY_H

#include "scheduler/s3/body_reader.h"
#include "scheduler/s3/body_writer.h"
#include "scheduler/s3/condition.h"
#include "scheduler/s3/request.h"

struct object_copy {
    struct request *request;
    struct slice bucket_name, key, version_id; /* of the source */
    struct bucket *bucket;                     /* held until the copy is over */
    struct object source;
    struct slice inline_bytes; /* in the arena; ptr NULL: in files */
    struct byte_range range;
    bool is_part;
    uint32_t checksums; /* bits 1 << enum checksum */
    struct body_reader *reader;
    struct body_writer *writer;
    void (*on_done)(struct object_copy *copy, const struct refusal *refusal);
    void *ctx;
};

/* x-amz-copy-source, its object, and the conditions on it. The range is all of it. */
MUST_CHECK const struct refusal *object_copy_source(struct request *request,
                                                    struct object_copy *copy);
void object_copy_start(struct object_copy *copy);
void object_copy_finish(
    struct object_copy *copy); /* lets the source go; the writer stays the caller's */
/* x-amz-copy-source-version-id, when the source has one. */
void object_copy_add_headers(struct object_copy *copy);

#endif
