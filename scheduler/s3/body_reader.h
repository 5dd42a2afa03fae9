/* The bytes of a stored object on their way out, piece by piece off the loop.
 *
 * Lifecycle  create -> on_data..., paused when it returns false -> on_end, once, when not paused -> destroy. Never inside
 *            create or resume. destroy at any time ends it without on_end.
 * Ownership  `list` is copied.
 * Thread     Loop thread.
 * Errors     UNAVAILABLE: a file cannot be read. */
#ifndef SLS_SCHEDULER_S3_BODY_READER_H
#define SLS_SCHEDULER_S3_BODY_READER_H

#include "scheduler/s3/bodies.h"

struct body_events {
    /* False pauses. Valid during the call, or while paused. */
    bool (*on_data)(void *ctx, struct slice bytes);
    void (*on_end)(void *ctx, enum status status);
    void *ctx;
};

/* `len` bytes from `from` of the files of one object, one behind the other. */
struct body_reader *body_reader_create(struct bodies *bodies, const struct body *list, size_t count,
                                       uint64_t from, uint64_t len,
                                       const struct body_events *events);
void body_reader_resume(struct body_reader *reader);
void body_reader_destroy(struct body_reader *reader); /* NULL is a no-op */

#endif
