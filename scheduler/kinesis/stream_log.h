/* The records of Kinesis streams, for readers in process: event source mappings, SubscribeToShard.
 *
 *     stream_log_watch(ARN) -> on_change, after each commit -> stream_log_read() from the reader's own position
 *
 * Nobody polls. A position is the sequence number of the last record that needs not be read again; it survives
 * restarts. What is read is committed, in the order of the sequence numbers, and not older than the retention.
 *
 * Shards     A shard that was split or merged is closed: it gets no more records, and its children begin where it ends.
 *            To keep the order of a partition key, read a shard to its end before its children.
 * Deleting   A watched stream may be deleted: on_change runs once more, and then it has no shards. A stream that is
 *            made under the name again is another one; watch anew.
 * Ownership  The watch is the reader's, and embedded in it. Slices handed to callbacks are valid during them.
 * Thread     Loop thread only. on_change never runs inside a call of this header.
 * Source     Kinesis Data Streams Developer Guide, "Terminology and concepts"; API reference, GetRecords. */
#ifndef SLS_SCHEDULER_KINESIS_STREAM_LOG_H
#define SLS_SCHEDULER_KINESIS_STREAM_LOG_H

#include "core/json_writer.h"
#include "scheduler/parts.h"

#define STREAM_LOG_SEQUENCE_DIGITS                                                                 \
    56 /* of a sequence number: all have as many, so they compare as texts */

struct kinesis_stream;

struct stream_log_watch {
    /* The stream has records or shards it had not, or has gone. Several commits before the loop turns are one call. */
    void (*on_change)(struct stream_log_watch *watch);
    void *ctx;
    /* Kinesis' own: */
    struct kinesis_stream *stream; /* NULL: deleted */
    struct stream_log_watch *next;
    bool is_due;
};

/* `arn` is a stream's, or that of one of its registered consumers. False when there is none; then nothing is watched. */
MUST_CHECK bool stream_log_watch(struct scheduler *scheduler, struct slice arn,
                                 struct stream_log_watch *watch);
void stream_log_unwatch(struct scheduler *scheduler, struct stream_log_watch *watch);

struct stream_log_shard {
    struct slice id;         /* "shardId-000000000000"; never used twice in a stream */
    struct slice parents[2]; /* empty: none. They may be gone already, with their last record. */
    struct slice first,
        last; /* sequence numbers: where it starts, and (empty while it is open) ends */
};
/* Those that still hold records, or may get some; parents before their children. */
void stream_log_each_shard(const struct stream_log_watch *watch,
                           void (*on_shard)(void *ctx, const struct stream_log_shard *shard),
                           void *ctx);
/* After which the stream forgets a record. */
int64_t stream_log_retention_ms(const struct stream_log_watch *watch);

enum stream_log_start { STREAM_LOG_TRIM_HORIZON, STREAM_LOG_LATEST, STREAM_LOG_AT_TIMESTAMP };
/* The position from which a new reader of `shard` goes on: behind it lies the oldest record, nothing yet, or the
 * first record that arrived at `timestamp_ms` or later. */
void stream_log_position(struct scheduler *scheduler, const struct stream_log_watch *watch,
                         struct slice shard, enum stream_log_start start, int64_t timestamp_ms,
                         char ret_after[STREAM_LOG_SEQUENCE_DIGITS + 1]);

struct stream_log_record {
    struct slice sequence;
    int64_t arrived_ms;
    struct slice partition_key;
    struct slice data; /* the bytes, not in base64 */
    bool is_encrypted; /* as the stream said when it came: only told */
};
/* Gives the records of `shard` behind `after` (empty: from the oldest), one after the other, until on_record() returns
 * false: that record is not taken. True when the shard is closed, or gone, and nothing lies behind what was taken. */
bool stream_log_read(struct scheduler *scheduler, const struct stream_log_watch *watch,
                     struct slice shard, struct slice after,
                     bool (*on_record)(void *ctx, const struct stream_log_record *record),
                     void *ctx);
/* Inside on_record(): the record as a Lambda event has it, a whole object. `source_arn` is the mapping's. */
void stream_log_print(struct scheduler *scheduler, struct json_writer *w, struct slice shard,
                      const struct stream_log_record *record, struct slice source_arn);

#endif
