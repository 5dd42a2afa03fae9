/* What a client says of an object it makes: metadata, tags, locks, encryption. From the headers of PutObject,
 * CreateMultipartUpload and CopyObject, or the fields of a POST form.
 *
 * Source  events.md 4.1; Amazon S3 API Reference, PutObject. */
#ifndef SLS_SCHEDULER_S3_OBJECT_INPUT_H
#define SLS_SCHEDULER_S3_OBJECT_INPUT_H

#include "scheduler/s3/bucket.h"
#include "scheduler/s3/object.h"
#include "scheduler/s3/refusal.h"
#include "scheduler/s3/s3.h"

enum object_input_parts {
    INPUT_METADATA = 1, /* content-type... and x-amz-meta-* */
    INPUT_TAGS = 2,
    INPUT_SETTINGS = 4, /* storage class, encryption, redirect, locks, ACL */
    INPUT_ALL = 7
};

/* Fills headers, tags, locks and ACL of `object`. Headers that are told with the object have lower-case names. */
MUST_CHECK const struct refusal *object_input(struct s3 *s3, struct arena *arena,
                                              const struct bucket *bucket,
                                              struct http_headers headers,
                                              enum object_input_parts parts, struct object *object);

/* The metadata of `source` and, beside it, `settings`. */
struct http_headers object_metadata_of(struct arena *arena, const struct object *source,
                                       struct http_headers settings);

/* Of PUT and DELETE. */
struct write_condition;
MUST_CHECK const struct refusal *write_condition_of(struct arena *arena,
                                                    struct http_headers headers, bool is_delete,
                                                    struct write_condition *ret_condition);
struct slice without_quotes(struct slice etag);
#endif
