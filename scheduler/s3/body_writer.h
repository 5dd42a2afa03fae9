/* The bytes of an object on their way in: hashed and written piece by piece off the loop, kept in memory while they
 * are few enough to lie in LMDB.
 *
 * Lifecycle  create -> put... -> end -> done, at once or later -> the caller's write job -> keep -> destroy. Without
 *            keep, destroy removes what was written; it may be called at any time and waits by itself.
 * Thread     Loop thread.
 * Errors     UNAVAILABLE: the disk is full or broken. It is told at the end; what comes until then is dropped.
 * Limits     Two buffers of 2 * S3_PIECE. */
#ifndef SLS_SCHEDULER_S3_BODY_WRITER_H
#define SLS_SCHEDULER_S3_BODY_WRITER_H

#include "scheduler/s3/bodies.h"
#include "scheduler/s3/checksum.h"

struct body_writer;

struct body_writer_events {
    void (*on_ready)(void *ctx); /* put() said false: it may go on */
    void (*on_done)(void *ctx);  /* end() said false: now it is */
    void *ctx;
};

struct body_writer_options {
    uint32_t checksums; /* bits 1 << enum checksum, MD5 always */
    bool is_part;       /* of an upload: always a file */
    struct body_writer_events events;
};

struct body_writer *body_writer_create(struct bodies *bodies,
                                       const struct body_writer_options *options);
/* Takes all of it, at most S3_PIECE; false: wait for on_ready. */
bool body_writer_put(struct body_writer *writer, struct slice bytes);
/* True: done already; false: on_done follows. */
bool body_writer_end(struct body_writer *writer);

uint64_t body_writer_size(const struct body_writer *writer); /* bytes that came so far */

/* Once it is done. */
MUST_CHECK enum status body_writer_status(const struct body_writer *writer, struct fault *reterr);
const struct hashes *body_writer_hashes(const struct body_writer *writer);
struct body body_writer_body(const struct body_writer *writer);
struct slice body_writer_bytes(const struct body_writer *writer); /* of an inline one */
void body_writer_keep(struct body_writer *writer);                /* its record is committed */
void body_writer_destroy(struct body_writer *writer);             /* NULL is a no-op */

#endif
