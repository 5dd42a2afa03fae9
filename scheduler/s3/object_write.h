/* Changes of objects: one job on the writer thread decides and applies them, with the deliveries of their events.
 *
 *     put            a new current version; what it replaces is kept (versions) or freed
 *     delete         the current version goes, or a delete marker comes
 *     delete version one version goes for good; the one before it becomes the current one
 *     edit           the record of a version is written again: tags, ACL, locks
 *
 * Ownership  The changes and what they point to live until `on_written`; results lie in `arena`, which nobody else
 *            touches meanwhile.
 * Thread     object_write() and `on_written` on the loop; `edit` and `also` on the writer thread, perhaps again. */
#ifndef SLS_SCHEDULER_S3_OBJECT_WRITE_H
#define SLS_SCHEDULER_S3_OBJECT_WRITE_H

#include "scheduler/s3/object.h"
#include "scheduler/s3/refusal.h"
#include "scheduler/s3/s3.h"

struct prepared_delivery;

enum change_kind { CHANGE_PUT, CHANGE_DELETE, CHANGE_DELETE_VERSION, CHANGE_EDIT };

/* What must hold of the current version. */
struct write_condition {
    bool is_absent;      /* If-None-Match: * */
    struct slice etag;   /* If-Match: without quotes; ptr NULL: any */
    struct slice size;   /* x-amz-if-match-size; ptr NULL: any */
    int64_t modified_ms; /* x-amz-if-match-last-modified-time; 0: any */
};

struct object_change {
    enum change_kind kind;
    struct slice key;
    struct slice version_id; /* delete version, edit; ptr NULL: the current one */
    struct write_condition condition;
    /* Put: what is put. Delete with versions: the marker. number, salt and is_null are filled in by
     * object_change_number(). */
    struct object object;
    struct slice bytes; /* put: of an inline body */
    bool bypasses_governance;
    bool (*edit)(struct arena *arena, struct object *object,
                 void *ctx, /* false: refused, in `ret_refusal` */
                 const struct refusal **ret_refusal);
    /* Applied with the change: false refuses it. What it frees goes to *ret_freed. May be NULL. */
    bool (*also)(struct object_change *change, struct arena *arena, struct txn *txn);
    void *ctx;                            /* of both */
    struct prepared_delivery *deliveries; /* put when the change took place */
    bool tells_always;                    /* ... or found nothing to delete */

    /* results */
    const struct refusal *refusal; /* NULL: done */
    bool has_changed;              /* false: there was nothing to delete */
    bool was_marker;               /* delete version: a marker went */
    struct object
        old; /* head of the version that was replaced, deleted or edited; number 0: none */
    struct slice old_id; /* its version id */
    struct body *freed;
    size_t freed_count, freed_cap;
};

struct object_write {
    struct write_job job;
    struct s3 *s3;
    struct bucket *bucket;
    struct arena *arena;
    struct object_change *changes;
    size_t count;
    void (*on_written)(struct object_write *write, enum status status); /* OK: see each change */
    void *ctx;
    /* filled in by object_write() */
    uint64_t space;
    enum versioning versioning;
    uint64_t number; /* the highest of the changes */
};

/* Gives the change its number and version id, and what the bucket locks by default, so that its event can be told before it is submitted. */
void object_change_number(struct s3 *s3, const struct bucket *bucket, struct object_change *change);
/* `bucket` is held until on_written. The changes have their numbers, and none got one since. */
void object_write(struct object_write *write);

/* For `also`: a body whose record is deleted with the change. */
void object_change_free(struct object_change *change, struct arena *arena, struct txn *txn,
                        const struct body *body);

#endif
