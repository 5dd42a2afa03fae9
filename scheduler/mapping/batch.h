/* A batch: records that were gathered for one invocation, and what becomes of them until all are finished. No loop, no
 * clock, no function: the reader (reader.h) does what batch_next() says and reports how it went.
 *
 *     batch_begin_record() / batch_end_record()...  ->  batch_start()
 *     batch_next() -> INVOKE, WAIT, DISCARD or DONE -> batch_succeeded(), batch_failed(), ... -> batch_next() ...
 *
 * Order     Records are finished from the front on. What is left is a row of parts, the front one being worked at; a
 *           batch begins as one part.
 * Failures  The same part is tried again, later, until it succeeds or its retries are used up. With bisecting, a part
 *           of several records is split instead, which costs no retry: in two halves, or where a partial response
 *           says so.
 * Age       Records that are too old are discarded from the front before each attempt.
 * Throttles Are no attempts.
 * Source    Lambda Developer Guide, "Using Lambda to process records from Amazon Kinesis" (error handling);
 *           reference/events.md section 3.3. */
#ifndef SLS_SCHEDULER_MAPPING_BATCH_H
#define SLS_SCHEDULER_MAPPING_BATCH_H

#include "core/json_writer.h"

#define BATCH_PARTS_MAX 20 /* a split halves the front part: log2 of BATCH_SIZE_MAX, and some */
#define BATCH_WHOLE SIZE_MAX

struct batch_record {
    size_t at, len; /* its JSON, in `bytes`; the sequence number follows it */
    size_t sequence_len;
    int64_t arrived_ms;
};

struct batch {
    struct buf bytes;
    struct batch_record *records;
    size_t count, cap;
    size_t json_len; /* of the records, with a comma each */
    bool is_final;   /* of a tumbling window: no records, but one invocation */
    int64_t final_ms;
    struct batch_part {
        size_t end;
        uint32_t failures;
        bool is_exhausted;
    } parts[BATCH_PARTS_MAX]; /* the front one is the last */
    size_t part_count;        /* 0: not started, or done */
    size_t first;             /* the first record that is not finished */
    uint32_t throttles;       /* in a row */
    int64_t wait_ms;          /* no attempt before; 0: at once */
};

struct batch_policy {
    bool bisects;
    int32_t retries_max;  /* -1: no limit */
    int64_t age_max_ms;   /* 0: no limit */
    int64_t retention_ms; /* what failed and is older is given up */
};

enum batch_step { BATCH_DONE, BATCH_INVOKE, BATCH_WAIT, BATCH_DISCARD };
enum batch_condition { DISCARD_RETRIES_EXHAUSTED, DISCARD_TOO_OLD };

struct batch_task {
    enum batch_step step;
    size_t first, end; /* INVOKE, DISCARD; equal for the last invocation of a window */
    int64_t at_ms;     /* WAIT */
    enum batch_condition condition;
    uint32_t invocations; /* DISCARD: of the part, so far */
};

void batch_init(struct batch *batch);
void batch_finish(struct batch *batch);
/* Forgets the records; keeps a moderate amount of memory. */
void batch_clear(struct batch *batch);

/* Where the next record is to be written... */
struct json_writer batch_begin_record(struct batch *batch);
/* ...and read, as long as it is neither kept nor dropped. */
struct slice batch_open_record(const struct batch *batch);
void batch_keep_record(struct batch *batch, struct slice sequence, int64_t arrived_ms);
void batch_drop_record(struct batch *batch);

struct slice batch_record_json(const struct batch *batch, size_t index);
struct slice batch_sequence(const struct batch *batch, size_t index);
/* BATCH_WHOLE when no record between `first` and `end` has that sequence number. */
size_t batch_find(const struct batch *batch, size_t first, size_t end, struct slice sequence);

/* Nothing is added any more. */
void batch_start(struct batch *batch);
/* Instead of records: the last invocation of the window that ended at `end_ms`. */
void batch_start_final(struct batch *batch, int64_t end_ms);
static inline bool batch_is_started(const struct batch *batch)
{
    return batch->part_count > 0;
}

struct batch_task batch_next(struct batch *batch, const struct batch_policy *policy,
                             int64_t now_ms);
/* After INVOKE: the front part is finished. */
void batch_succeeded(struct batch *batch);
/* After INVOKE: records before `at` are finished; BATCH_WHOLE: none is. `is_hopeless`: trying again cannot help. */
void batch_failed(struct batch *batch, const struct batch_policy *policy, size_t at,
                  bool is_hopeless, int64_t now_ms);
/* After INVOKE: the function was not reached. */
void batch_throttled(struct batch *batch, int64_t now_ms);
/* After DISCARD: what the task named is finished. */
void batch_discarded(struct batch *batch, size_t end);
/* There is reason to try at once. */
void batch_hurry(struct batch *batch);

#endif
