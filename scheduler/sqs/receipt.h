/* Receipt handles: base64 of 01 01 01, queue (u64), sequence number (u64), receives (u32) and a check (u32), numbers BE.
 * Opaque to clients; the check tells a handle of ours from anything else.
 *
 * Source  SQS Developer Guide, "Amazon SQS queue and message identifiers". */
#ifndef SLS_SCHEDULER_SQS_RECEIPT_H
#define SLS_SCHEDULER_SQS_RECEIPT_H

#include "core/arena.h"
#include "scheduler/queue/queue_txn.h"

struct slice receipt_write(struct arena *arena, uint64_t queue_id, struct queue_receipt receipt);
/* False when it is none. */
MUST_CHECK bool receipt_read(struct slice handle, uint64_t *ret_queue_id,
                             struct queue_receipt *ret_receipt);

#endif
