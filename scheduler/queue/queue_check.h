/* Holds the queues of a store against themselves: every message, entry and count (`sls-local store check`).
 *
 * Nothing is trusted: lengths of keys and values are looked at before they are read.
 *
 * Thread  Any, on a snapshot. */
#ifndef SLS_SCHEDULER_QUEUE_CHECK_H
#define SLS_SCHEDULER_QUEUE_CHECK_H

#include "store/engine/engine.h"

struct queue_check {
    void (*print)(void *ctx, const char *line); /* one problem each */
    void *ctx;
    uint64_t queues, messages, problems; /* results */
};

void queue_check_all(struct txn *txn, struct queue_check *check);

#endif
