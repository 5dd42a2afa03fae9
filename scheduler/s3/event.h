/* Events of objects, as targets get them: one record a message, and EventBridge's own form.
 *
 * An event is prepared on the loop before the job that makes it true, which puts its deliveries.
 *
 * Source  events.md 4.6; Amazon S3 User Guide, "Event message structure", "Amazon S3 and EventBridge". */
#ifndef SLS_SCHEDULER_S3_EVENT_H
#define SLS_SCHEDULER_S3_EVENT_H

#include "scheduler/delivery/delivery.h"
#include "scheduler/s3/object_write.h"
#include "scheduler/s3/request.h"

enum event_kind {
    EVENT_CREATED_PUT,
    EVENT_CREATED_POST,
    EVENT_CREATED_COPY,
    EVENT_CREATED_COMPLETE,
    EVENT_REMOVED_DELETE,
    EVENT_REMOVED_MARKER,
    EVENT_TAGGING_PUT,
    EVENT_TAGGING_DELETE,
    EVENT_ACL_PUT,
    EVENT_EXPIRED_DELETE, /* by a lifecycle rule */
    EVENT_EXPIRED_MARKER,
    EVENT_KIND_COUNT
};

struct event {
    enum event_kind kind;
    const struct bucket *bucket;
    struct slice key;
    struct slice version_id; /* ptr NULL: the bucket has no versions */
    uint64_t number;         /* the sequencer */
    uint64_t size;
    struct slice etag;
    /* who caused it */
    struct slice request_id;
    struct slice source_ip;
    struct slice trace; /* X-Amzn-Trace-Id, or empty */
    int64_t now_ms;
};

/* Deliveries of the event to all that the bucket notifies of it, before those of `list`. */
void event_prepare(struct s3 *s3, struct arena *arena, const struct event *event,
                   struct prepared_delivery **list);
/* Who causes the events of a request. */
struct event event_of_request(const struct request *request, enum event_kind kind);

/* Prepares the deliveries of a change that has its number. */
void event_of_change(const struct request *request, struct object_change *change,
                     enum event_kind kind);

/* The key as events tell it and filters match it: a space is '+', a slash stays. */
struct slice event_key(struct arena *arena, struct slice key);

#endif
