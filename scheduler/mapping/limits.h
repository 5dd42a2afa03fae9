/* Sizes of event source mappings. Source: Lambda Developer Guide, "Lambda quotas" and the parameter tables of each
 * event source; Lambda API model. */
#ifndef SLS_SCHEDULER_MAPPING_LIMITS_H
#define SLS_SCHEDULER_MAPPING_LIMITS_H

/* Bytes. */
#define BATCH_EVENT_MAX 6291456U      /* of a synchronous invocation */
#define WINDOW_STATE_LEN_MAX 1048576U /* of a tumbling window's state; more ends the window */
#define FILTER_PATTERN_LEN_MAX 4096
#define RECORD_LEN_MAX (24U << 20)     /* one record as event JSON: 10 MiB of data in base64 */
#define RESPONSE_TEXT_MAX 4096         /* of a mapping as the API prints it, without its filters */
#define MAPPING_JSON_MAX (1U << 20)    /* a mapping's record */
#define CHECKPOINT_JSON_MAX (8U << 20) /* a checkpoint's record, the window's state in it */

/* Counts. */
#define BATCH_SIZE_MAX 10000
#define QUEUE_BATCH_SIZE_MAX 10 /* without a batching window, and of FIFO queues */
#define READERS_MAX 10          /* ParallelizationFactor */
/* Batches of a standard queue at once: as it becomes active, more each second in which it still has messages, and at
 * most. Developer Guide, "Configuring scaling behavior for SQS event source mappings": 5, 300 a minute. */
#define QUEUE_BATCHES_FIRST 5
#define QUEUE_BATCHES_MORE 5
#define QUEUE_BATCHES_MAX 1000
/* Provisioned mode: an event poller has ten invocations at once, and a queue gets up to 1,000 more a minute. */
#define POLLERS_LEAST 2
#define POLLERS_DEFAULT 200 /* MaximumPollers */
#define BATCHES_OF_A_POLLER 10
#define PROVISIONED_BATCHES_MORE 17
#define FILTERS_MAX 10       /* the quota: 5, 10 on request */
#define LIST_PAGE_MAX 100    /* ListEventSourceMappings, whatever MaxItems says */
#define SCANNED_PER_TURN 500 /* records that one reader looks at before others have their turn */
/* Records without an invocation before their end is written down. */
#define SKIPPED_PER_CHECKPOINT 1000

/* Seconds. */
#define RECORD_AGE_MIN_S 60 /* MaximumRecordAgeInSeconds, but for -1 */

/* Milliseconds. */
#define RETRY_FIRST_MS 1000 /* doubling with each failure of a batch */
#define RETRY_LAST_MS 60000
#define THROTTLE_FIRST_MS 250 /* doubling with each refusal in a row */
#define THROTTLE_LAST_MS 10000
#define RECEIVE_AGAIN_MS                                                                           \
    1000 /* after a queue could not be read, or is at its limit of held messages */
#define SETTLE_AGAIN_MS 1000 /* after what became of messages could not be written */
/* How much later than its end a tumbling window's last record may be committed. */
#define WINDOW_GRACE_MS 200

#endif
