/* A request's body on its way into a body_writer: unframed, counted, hashed, and held against all that the client said
 * of it, in headers and trailers.
 *
 * Lifecycle  intake_check() looks at the headers before anything is read; intake_start() reads; `on_done` runs once.
 *            Afterwards the caller owns `writer` (NULL when refused).
 * Ownership  Lives in the request's arena.
 * Source     events.md 4.3. */
#ifndef SLS_SCHEDULER_S3_INTAKE_H
#define SLS_SCHEDULER_S3_INTAKE_H

#include "scheduler/s3/aws_chunked.h"
#include "scheduler/s3/body_writer.h"
#include "scheduler/s3/request.h"

struct intake {
    struct request *request;
    struct body_writer *writer;
    bool is_part;                /* of an upload */
    uint32_t more_checksums;     /* wanted besides: bits 1 << enum checksum */
    struct aws_chunked *decoder; /* NULL: the body comes plain */
    struct buf decoded;
    struct slice rest;       /* of an in-process call's body */
    uint64_t declared;       /* length that the body must have; UINT64_MAX: not said */
    enum checksum algorithm; /* that the client named; NONE: it named none */
    struct slice checksum;   /* base64, as it was sent; ptr NULL: in a trailer, or not at all */
    bool is_in_trailer;
    struct slice md5;                        /* Content-MD5; ptr NULL: none */
    struct slice sha256;                     /* hex, of the plain body; ptr NULL: none */
    void (*on_ready)(struct intake *intake); /* NULL: reading goes on */
    void (*on_done)(struct intake *intake, const struct refusal *refusal);
    void *ctx;
};

/* Fills `intake` from the headers. Checksums in the query of a presigned URL are not the body's. */
MUST_CHECK const struct refusal *intake_check(struct request *request, struct intake *intake);
void intake_start(struct intake *intake);
/* The same step by step, for bytes that are unframed elsewhere: `on_ready` of the intake tells when put said to wait. */
void intake_open(struct intake *intake);
MUST_CHECK const struct refusal *intake_put(struct intake *intake, struct slice bytes,
                                            bool *ret_goes_on);
void intake_close(struct intake *intake); /* on_done follows, or runs inside */
void intake_fail(struct intake *intake, const struct refusal *refusal); /* on_done runs inside */
/* What the checksum of the body is told and stored as: of the client's algorithm, else `otherwise`. */
struct slice intake_checksum(const struct intake *intake, enum checksum checksum);
struct slice intake_etag(const struct intake *intake); /* 32 hex digits */

/* The checksum headers among `headers` (or form fields): at most one. */
MUST_CHECK const struct refusal *checksum_of_headers(struct arena *arena,
                                                     struct http_headers headers,
                                                     enum checksum *ret_algorithm,
                                                     struct slice *ret_value);
/* "x-amz-checksum-algorithm" and its like; refuses what is unknown. */
MUST_CHECK const struct refusal *checksum_of_name(struct arena *arena, struct slice name,
                                                  enum checksum *ret_algorithm);

#endif
