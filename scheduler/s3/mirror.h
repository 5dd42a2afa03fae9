/* Mirror folders: a bucket that is also a folder. What is put into the bucket becomes a file of the folder, a file that
 * is dropped, changed or removed there becomes an upload or a deletion, with its events.
 *
 * In step    A file and an object are the same when size and modification time are: a file that we wrote has the
 *            object's time, an object that came from a file remembers the file's (FILE_MARK). So our own writes cause
 *            nothing, and a start compares without reading a byte.
 * Conflicts  We replace or remove a file only as we left it: what was changed there meanwhile is uploaded instead. A file
 *            that was removed while nothing ran comes back: an object is never deleted for a reason that was not seen.
 * No files   Keys with empty parts, with parts that begin with a dot or end with "~", or below a key that is a file, are
 *            only in the bucket. A key that ends with a slash is a folder.
 * Order      One thing after the other in each folder; the queue holds keys, and each is looked at when its turn comes.
 *
 * Thread     Loop thread. */
#ifndef SLS_SCHEDULER_S3_MIRROR_H
#define SLS_SCHEDULER_S3_MIRROR_H

#include "scheduler/s3/object.h"
#include "scheduler/s3/s3.h"

/* A header of an object that came from a file: "SIZE MTIME_NS". Told to nobody. */
#define FILE_MARK "x-sls-file"

struct mirrors;

/* Of scheduler_options; NULL when there are none. */
struct mirrors *mirrors_create(struct s3 *s3);
/* Makes buckets and folders that are not there, and begins. */
void mirrors_start(struct mirrors *mirrors); /* NULL is a no-op */
/* What is under way ends first. */
void mirrors_destroy(struct mirrors *mirrors, void (*on_closed)(void *ctx), void *ctx);

/* A commit changed the current version of a key; `old`: the one before, number 0: there was none. */
void mirrors_changed(struct mirrors *mirrors, const struct bucket *bucket, struct slice key,
                     const struct object *old); /* NULL is a no-op */

#endif
