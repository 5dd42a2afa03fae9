/* Why S3 says no: what one error tells on the wire.
 *
 * A function that may refuse returns `const struct refusal *`, NULL when all is well. The wire's codes, statuses and
 * usual words stand in the table of refusal.c and nowhere else.
 *
 * Ownership  Refusals lie in the arena.
 * Source     events.md 1.3 and 4; Amazon S3 API Reference, "Error responses". */
#ifndef SLS_SCHEDULER_S3_REFUSAL_H
#define SLS_SCHEDULER_S3_REFUSAL_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/http/http.h"

enum s3_error {
    S3_ACCESS_DENIED,
    S3_ACCESS_FORBIDDEN,
    S3_AUTHORIZATION_QUERY_PARAMETERS,
    S3_BAD_DIGEST,
    S3_BAD_REQUEST,
    S3_BUCKET_ALREADY_OWNED,
    S3_BUCKET_NOT_EMPTY,
    S3_CONTENT_SHA256_MISMATCH,
    S3_ENTITY_TOO_LARGE,
    S3_ENTITY_TOO_SMALL,
    S3_ILLEGAL_LOCATION,
    S3_ILLEGAL_VERSIONING,
    S3_INCOMPLETE_BODY,
    S3_INSUFFICIENT_STORAGE,
    S3_INTERNAL,
    S3_INVALID_ARGUMENT,
    S3_INVALID_BUCKET_NAME,
    S3_INVALID_BUCKET_OWNER,
    S3_INVALID_BUCKET_STATE,
    S3_INVALID_DIGEST,
    S3_INVALID_LOCATION,
    S3_INVALID_OBJECT_STATE,
    S3_INVALID_PART,
    S3_INVALID_PART_NUMBER,
    S3_INVALID_PART_ORDER,
    S3_INVALID_POLICY_DOCUMENT,
    S3_INVALID_RANGE,
    S3_INVALID_REQUEST,
    S3_INVALID_STORAGE_CLASS,
    S3_INVALID_TAG,
    S3_INVALID_URI,
    S3_KEY_TOO_LONG,
    S3_MALFORMED_ACL,
    S3_MALFORMED_POLICY,
    S3_MALFORMED_POST,
    S3_MALFORMED_XML,
    S3_METADATA_TOO_LARGE,
    S3_METHOD_NOT_ALLOWED,
    S3_MISSING_CONTENT_LENGTH,
    S3_MISSING_SECURITY_HEADER,
    S3_NO_SUCH_BUCKET,
    S3_NO_SUCH_CONFIGURATION, /* its code is the configuration's own */
    S3_NO_SUCH_KEY,
    S3_NO_SUCH_LOCK_CONFIGURATION,
    S3_NO_SUCH_UPLOAD,
    S3_NO_SUCH_VERSION,
    S3_NOT_IMPLEMENTED,
    S3_NOT_MODIFIED, /* no error on the wire */
    S3_OPERATION_ABORTED,
    S3_PRECONDITION_FAILED,
    S3_TOO_MANY_BUCKETS,
    S3_UNEXPECTED_CONTENT,
    S3_ERROR_COUNT
};

#define REFUSAL_DETAILS_MAX 6

struct refusal {
    enum s3_error error;
    const char *code; /* on the wire */
    int http_status;
    struct slice message;
    struct http_header details[REFUSAL_DETAILS_MAX]; /* elements behind the message */
    size_t detail_count;
    struct http_header headers[2]; /* of the reply */
    size_t header_count;
};

/* With the usual words of the error. */
struct refusal *refuse(struct arena *arena, enum s3_error error);
struct refusal *refuse_text(struct arena *arena, enum s3_error error, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Adds an element and returns `refusal`. `value` is copied. */
struct refusal *refusal_tell(struct arena *arena, struct refusal *refusal, const char *element,
                             struct slice value);
/* "InvalidArgument" of a parameter: with ArgumentName and ArgumentValue. */
struct refusal *refuse_argument(struct arena *arena, const char *name, struct slice value,
                                const char *message);
/* The inside of <Error>, but for its ids. */
void refusal_write(struct buf *xml, const struct refusal *refusal);

#endif
