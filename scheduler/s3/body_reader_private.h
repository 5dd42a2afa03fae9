/* A reader from the inside: bodies.c keeps the files of those under way. */
#ifndef SLS_SCHEDULER_S3_BODY_READER_PRIVATE_H
#define SLS_SCHEDULER_S3_BODY_READER_PRIVATE_H

#include "scheduler/s3/bodies_private.h"
#include "scheduler/s3/body_reader.h"

struct body_reader {
    struct bodies *bodies;
    struct body_reader *previous, *next;
    struct doomed *doomed; /* the record is gone: the last reader unlinks */
    struct body_events events;
    struct body *list; /* `count` of them */
    size_t count;
    size_t at;       /* the body being read */
    uint64_t offset; /* in it */
    uint64_t left;   /* of the whole */
    int fd;          /* of that body; -1 */
    char *buffer;
    size_t buffer_len;
    uv_work_t work;
    ssize_t got; /* by the last step; negative: failed */
    bool is_working, is_destroyed;
};

#endif
