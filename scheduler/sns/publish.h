/* One Publish or PublishBatch on its way: who gets what, signed, and one commit with all deliveries.
 *
 *     publish_begin -> publish_add, for each message -> publish_submit -> signer -> writer -> on_published
 *
 * FIFO       What was published within five minutes is known by its deduplication id in the same commit: a duplicate is
 *            answered with the ids of the first one, and delivered to nobody. Sequence numbers are given on the loop, so
 *            that they stand in what is delivered; their order is that of the commits.
 * Ownership  All of it lives in the arena of the request, which belongs to other threads between submit and
 *            on_published.
 * Thread     Loop thread. */
#ifndef SLS_SCHEDULER_SNS_PUBLISH_H
#define SLS_SCHEDULER_SNS_PUBLISH_H

#include "scheduler/sns/publication.h"
#include "scheduler/sns/sns_private.h"

struct publish;

struct published {
    struct slice entry_id;
    const char *message_id;
    struct slice sequence_number; /* empty: not FIFO */
};
/* OK, NOT_FOUND (the topic was deleted meanwhile) or UNAVAILABLE; `items` in the order they were added. */
typedef void published_fn(void *ctx, enum status status, const struct published *items,
                          size_t count);

/* `max` messages at most; `trace` is the X-Amzn-Trace-Id of the request, or empty. */
struct publish *publish_begin(struct sns *sns, struct arena *arena, struct topic *topic, size_t max,
                              struct slice trace);
void publish_add(struct publish *publish, const struct publication *publication);
void publish_submit(struct publish *publish, published_fn *on_published, void *ctx);

#endif
