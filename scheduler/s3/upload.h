/* Uploads in parts that are under way.
 *
 *     'u'  wide key: the object's key | 00 | number u64 BE      -> the object to be, without parts
 *     'p'  | number u64 BE | part number u16 BE                 -> an object of one part: size, ETag, checksum, body
 *
 * number  of the upload, from the same count as versions; the upload id holds it as a version id does (object.h), so
 *         uploads of a key are listed as they began.
 * Checksums  A part has the checksum that the upload was created with. Without one it has the client's own, and its
 *         CRC64NVME in the one entry of `parts`: what the whole object will have is joined from those.
 *
 * Source  events.md 4.4; Amazon S3 User Guide, "Uploading and copying objects using multipart upload". */
#ifndef SLS_SCHEDULER_S3_UPLOAD_H
#define SLS_SCHEDULER_S3_UPLOAD_H

#include "scheduler/s3/object_write.h"
#include "scheduler/s3/request.h"

#define UPLOAD_BEGUN 'u'

struct slice upload_key(char *bytes, struct slice key, uint64_t number); /* `bytes`: WIDE_KEY_MAX */
MUST_CHECK bool upload_key_split(struct slice wide, struct slice *ret_key, uint64_t *ret_number);
struct slice upload_part_key(char bytes[11], uint64_t number, uint32_t part);

/* The upload that the request names by its uploadId; the record points into the txn. False: NoSuchUpload. */
bool upload_find(struct txn *txn, uint64_t space, struct slice key, struct slice id,
                 struct slice *ret_record);
/* The same with a snapshot, decoded into the request's arena. */
MUST_CHECK const struct refusal *upload_find_for(struct request *request,
                                                 struct object *ret_upload);
const struct refusal *no_such_upload(struct request *request);
MUST_CHECK const struct refusal *part_number_of(struct request *request, uint32_t *ret_number);

/* Calls `each` with every part from `first` on, in order; false ends the walk. The record is valid during the call. */
void upload_parts(struct txn *txn, uint64_t number, uint32_t first,
                  bool (*each)(void *ctx, uint32_t part, struct slice record), void *ctx);
/* Deletes the records of the upload and its parts; `free_body` gets each part's body. */
void upload_delete(struct txn *txn, uint64_t space, struct slice key, uint64_t number,
                   struct arena *arena,
                   void (*free_body)(void *ctx, struct txn *txn, uint32_t part,
                                     const struct body *body),
                   void *ctx);

/* Ends an upload: its parts go. `on_aborted` runs once, later. Lives until then. */
struct upload_abortion {
    struct write_job job;
    struct s3 *s3;
    struct bucket *bucket;
    struct slice key;
    uint64_t number;
    struct arena arena;
    struct body *freed;
    size_t freed_count, freed_cap;
    bool had_upload;
    void (*on_aborted)(void *ctx, enum status status, bool had_upload);
    void *ctx;
};
void upload_abort(struct upload_abortion *abortion, struct s3 *s3, struct bucket *bucket,
                  struct slice key, uint64_t number,
                  void (*on_aborted)(void *ctx, enum status status, bool had_upload), void *ctx);

/* A new part, when its body is there: in a job that replaces the one of the same number. */
struct part_write {
    struct write_job job;
    struct request *request;
    struct slice upload_id;
    uint32_t number;
    struct object part; /* one entry in `parts` */
    void (*on_written)(struct part_write *write, enum status status);
    void *ctx;
    /* results */
    bool has_upload; /* it is still there */
    struct body replaced;
};
void part_write(struct part_write *write);

#endif
