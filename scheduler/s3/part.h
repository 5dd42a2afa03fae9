/* A part from the bytes that came: by UploadPart or UploadPartCopy. */
#ifndef SLS_SCHEDULER_S3_PART_H
#define SLS_SCHEDULER_S3_PART_H

#include "scheduler/s3/body_writer.h"
#include "scheduler/s3/object.h"

/* `algorithm`: of the part's own checksum; the writer has hashed what upload.h wants. */
void part_fill(struct object *part, struct object_part *entry, const struct object *upload,
               struct arena *arena, const struct body_writer *writer, enum checksum algorithm);

#endif
