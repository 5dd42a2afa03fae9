/* Bounds of the queue; all ours. Each is what one piece of work does before it lets others go on. */
#ifndef SLS_SCHEDULER_QUEUE_LIMITS_H
#define SLS_SCHEDULER_QUEUE_LIMITS_H

#define QUEUE_SETTLE_MAX 200          /* due messages that one take makes visible */
#define QUEUE_SKIP_MAX 200            /* messages that one take drops or moves on its way */
#define QUEUE_SKIP_BYTES (4U << 20)   /* of them */
#define QUEUE_PIECE_MAX 1000          /* messages or keys of a piece of background work */
#define QUEUE_PIECE_BYTES (16U << 20) /* of them */
#define QUEUE_COUNT_MAX 10000         /* due messages that are looked at to count */
#define QUEUE_FORGET_MAX 4            /* old texts that go with each new one */
#define QUEUE_EXPIRY_AGAIN_MS 60000   /* after what is too old could not be dropped (disk full) */

#endif
