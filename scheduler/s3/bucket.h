/* Buckets: all in memory, each change written behind and answered when it is on disk.
 *
 *     STATE_BUCKET  name -> {"Space":n,"Created":ms,"Region":"...","Versioning":"Enabled","ObjectLock":true,"Deployed":n,
 *                            "Configs":{"cors":"<CORSConfiguration>...",...}}
 *     DB_OBJECTS    'b' | space u64 BE -> nothing: the bucket is there, for jobs that put objects into it
 *
 * Lifecycle  A bucket that is deleted stays in memory while calls hold it (bucket_ref); what they still submit is
 *            refused by the writer, which looks for the space.
 * Ownership  Texts belong to the bucket. The forms of configurations that are asked for often (cors, notification...)
 *            are made when they are set.
 * Thread     Loop thread, but for bucket_is_there(). */
#ifndef SLS_SCHEDULER_S3_BUCKET_H
#define SLS_SCHEDULER_S3_BUCKET_H

#include "scheduler/name_index.h"
#include "scheduler/parts.h"
#include "scheduler/s3/bucket_name.h"
#include "scheduler/s3/refusal.h"
#include "scheduler/s3/retention.h"

struct cors;
struct lifecycle;
struct notifications;

enum versioning { VERSIONING_NEVER, VERSIONING_ENABLED, VERSIONING_SUSPENDED };

/* What is kept as text for a bucket and told again: the order is the table's of config.c. */
enum bucket_config {
    CONFIG_ACCELERATE,
    CONFIG_ACL,
    CONFIG_CORS,
    CONFIG_ENCRYPTION,
    CONFIG_LIFECYCLE,
    CONFIG_LOGGING,
    CONFIG_NOTIFICATION,
    CONFIG_OBJECT_LOCK,
    CONFIG_OWNERSHIP,
    CONFIG_POLICY,
    CONFIG_PUBLIC_ACCESS,
    CONFIG_REPLICATION,
    CONFIG_REQUEST_PAYMENT,
    CONFIG_TAGGING,
    CONFIG_WEBSITE,
    CONFIG_COUNT
};

struct bucket {
    struct slice name;   /* first: name_index.h */
    struct slice region; /* that it was made for */
    uint64_t space;      /* of its keys */
    int64_t created_ms;
    enum versioning versioning;
    bool has_lock;   /* object lock */
    bool is_new;     /* not yet submitted for the first time */
    bool is_leaving; /* a job looks whether it is empty */
    bool is_deleted;
    uint32_t deployed; /* configurations that the template set: bits 1 << enum bucket_config */
    struct slice configs[CONFIG_COUNT]; /* ptr NULL: none */
    struct cors *cors;
    struct lifecycle *lifecycle;
    struct retention retention; /* of versions that are put */
    struct notifications *notifications;
    size_t refs;
};

struct bucket *bucket_new(struct slice name, struct slice region, uint64_t space, int64_t now_ms);
struct bucket *bucket_ref(struct bucket *bucket);
void bucket_unref(struct bucket *bucket); /* NULL is a no-op */
/* Copies; ptr NULL takes it away. Its form in memory follows. */
void bucket_set_config(struct bucket *bucket, enum bucket_config config, struct slice text);

/* An index of them holds a reference to each. */
void buckets_load(struct scheduler *scheduler, struct name_index *buckets);
void buckets_finish(struct name_index *buckets);
void buckets_remove(struct name_index *buckets, struct bucket *bucket);

/* The record, for STATE_BUCKET. */
void bucket_write(struct buf *json, const struct bucket *bucket);

/* --- any thread, with a txn --- */

void bucket_mark(struct txn *txn, uint64_t space);
void bucket_unmark(struct txn *txn, uint64_t space);
bool bucket_is_there(struct txn *txn, uint64_t space);

#endif
