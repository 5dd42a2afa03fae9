/* Changes of buckets: in memory at once, told when they are on disk.
 *
 * Thread  Loop thread; `on_written` and `on_removed` run once, later. */
#ifndef SLS_SCHEDULER_S3_BUCKET_WRITE_H
#define SLS_SCHEDULER_S3_BUCKET_WRITE_H

#include "core/api/xml_read.h"
#include "scheduler/s3/s3.h"
#include "scheduler/state.h"

/* A new bucket, in memory only: bucket_save() follows. */
struct bucket *bucket_create(struct s3 *s3, struct slice name, struct slice region);
/* Writes the record as it is now. NULL: nobody waits. */
void bucket_save(struct s3 *s3, struct bucket *bucket, state_written_fn *on_written, void *ctx);
/* Deletes the bucket, and its uploads under way, if it holds no version of any object. */
void bucket_remove(struct s3 *s3, struct bucket *bucket,
                   void (*on_removed)(void *ctx, enum status status, bool was_empty), void *ctx);
/* Sets its tags, checked, from <Tags><Tag>... of CreateBucket. */
MUST_CHECK const struct refusal *bucket_set_tags(struct arena *arena, struct bucket *bucket,
                                                 const struct xml_node *tags);

#endif
