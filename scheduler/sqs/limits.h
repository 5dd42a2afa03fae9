/* The quotas of SQS, and our own bounds.
 *
 * Source  SQS Developer Guide, "Amazon SQS quotas"; API Reference, CreateQueue, SendMessage, ReceiveMessage. */
#ifndef SLS_SCHEDULER_SQS_LIMITS_H
#define SLS_SCHEDULER_SQS_LIMITS_H

/* --- SQS's --- */

#define QUEUE_NAME_MAX 80
#define MESSAGE_SIZE_MAX 1048576 /* bytes of body and attributes, and of a batch */
#define MESSAGE_ATTRIBUTES_MAX 10
#define ATTRIBUTE_NAME_MAX 256 /* bytes; so has its type */
#define BATCH_ENTRIES_MAX 10
#define BATCH_ID_MAX 80
#define FIFO_ID_MAX 128 /* of message groups and deduplication */
#define RECEIVE_MAX 10  /* messages */
#define WAIT_MAX_S 20
#define VISIBILITY_MAX_S 43200
#define DELAY_MAX_S 900
#define IN_FLIGHT_MAX 120000 /* messages of a queue */
#define PURGE_EVERY_MS 60000
#define PAGE_MAX 1000 /* queues */
#define RECEIVES_MAX 1000
#define SOURCE_ARNS_MAX 10
#define POLICY_STATEMENTS_MAX 20
#define MOVE_RATE_MAX 500 /* messages a second */
#define MOVE_TASKS_SHOWN_MAX 10

/* --- ours --- */

#define SQS_BODY_MAX (16U << 20) /* of a request: a batch whose every byte is escaped */
#define POLICY_LEN_MAX (64U << 10)
#define QUEUE_RECORD_MAX (1U << 20) /* bytes of what is kept of a queue */
#define MOVE_PIECE_MAX 100          /* messages of a piece of a move task without a rate */
#define MOVE_PIECE_BYTES (4U << 20)
#define MOVE_TASKS_KEPT 10 /* of each queue */

#endif
