/* Received messages on their way back to their queue: what is accepted is deleted, what is released goes back as if it
 * had not been received. (The words are AMQP's.)
 *
 * Queue      By its number: that of a queue that was deleted meanwhile, and maybe made again by its name, is nobody's.
 * Failures   What could not be written (disk full) is tried again until it could; settlement_abandon() ends that, and
 *            what was accepted comes again when its time has lapsed.
 * Ownership  Frees itself after on_end(), or in settlement_submit() when there is nothing to do.
 * Thread     Loop thread only. */
#ifndef SLS_SCHEDULER_MAPPING_SETTLEMENT_H
#define SLS_SCHEDULER_MAPPING_SETTLEMENT_H

#include "scheduler/parts.h"
#include "scheduler/queue/queue.h"

struct settlement {
    uint64_t queue_id;
    bool must_hold;   /* FIFO: a receipt that has lapsed deletes nothing */
    bool is_last_try; /* it is written now or not at all */
    void (*on_end)(struct settlement *settlement);
    void *ctx;

    /* private */
    struct scheduler *scheduler;
    struct queue_job job;
    struct alarm alarm;
    struct queue_receipt *receipts; /* accepted ones from the front, released ones from the back */
    size_t accepted, released, cap;
    struct settlement *next; /* its owner's */
};

struct settlement *settlement_create(struct scheduler *scheduler, size_t cap);
void settlement_accept(struct settlement *settlement, struct queue_receipt receipt);
void settlement_release(struct settlement *settlement, struct queue_receipt receipt);
/* True when it is under way: on_end() runs once, later. */
MUST_CHECK bool settlement_submit(struct settlement *settlement);
/* What the writer has now is the last try; without one it ends soon. */
void settlement_abandon(struct settlement *settlement);

#endif
