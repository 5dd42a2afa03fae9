/* Streams as event source mappings read them: shards, each a row of records with growing sequence numbers. A kind
 * (DynamoDB Streams, Kinesis) is a table of functions; what is done with records is the same for all (reader.h).
 *
 * Wake-up    `on_change` runs on the loop after each commit that brought records or shards; nobody polls.
 * Positions  The sequence number of the last record that needs not be read again. They are decimal texts without
 *            leading zeros, so the longer is the greater.
 * Ownership  A source is its mapping's, from open() to close().
 * Thread     Loop thread only. */
#ifndef SLS_SCHEDULER_MAPPING_SOURCE_H
#define SLS_SCHEDULER_MAPPING_SOURCE_H

#include "core/json_writer.h"
#include "scheduler/parts.h"

#define SEQUENCE_TEXT_MAX 128 /* Kinesis API reference, SequenceNumber */
#define SHARD_PARENTS_MAX 2

struct sequence {
    char text[SEQUENCE_TEXT_MAX];
    size_t len; /* 0: before the first record */
};
static inline struct slice sequence_text(const struct sequence *sequence)
{
    return slice_of(sequence->text, sequence->len);
}
void sequence_set(struct sequence *sequence, struct slice text);
int sequence_compare(struct slice a, struct slice b);

enum starting_position { START_NONE, START_LATEST, START_TRIM_HORIZON, START_AT_TIMESTAMP };

struct shard_info {
    struct slice id;                         /* as the service calls it */
    struct slice key;                        /* names no other shard, ever */
    struct slice parents[SHARD_PARENTS_MAX]; /* read to their ends before this one; empty: none */
};

struct source_record {
    struct slice sequence;
    int64_t arrived_ms;
    const void *raw; /* the kind's, for print() and key_hash() */
};

enum read_verdict {
    READ_ON,  /* taken: the next one */
    READ_STOP /* not taken: the reading ends before it */
};
typedef enum read_verdict source_record_fn(void *ctx, const struct source_record *record);

struct source_kind;

struct source {
    const struct source_kind *kind;
    void (*on_change)(void *ctx);
    void *ctx;
};

struct source_kind {
    const char *batch_info; /* "DDBStreamBatchInfo": of failure records */
    bool has_arrival_ms;    /* their arrival times have milliseconds */

    /* NULL when there is no such stream. */
    struct source *(*open)(struct scheduler *scheduler, struct slice arn,
                           void (*on_change)(void *ctx), void *ctx);
    void (*close)(struct source *source);
    /* All that can still be read, in any order. */
    void (*each_shard)(struct source *source,
                       void (*on_shard)(void *ctx, const struct shard_info *shard), void *ctx);
    /* What a mapping that is made now begins after. */
    void (*start)(struct source *source, struct slice shard, enum starting_position position,
                  int64_t timestamp_ms, struct sequence *ret_after);
    /* Gives records from behind `after` on, one after the other, until one is not taken or none is left. True when
     * the shard is closed and there is nothing behind what was taken. */
    bool (*read)(struct source *source, struct slice shard, const struct sequence *after,
                 source_record_fn *on_record, void *ctx);
    /* Inside on_record(): the record as an event has it, a whole object. */
    void (*print)(const struct source *source, struct json_writer *w,
                  const struct source_record *record);
    /* Inside on_record(): of the key whose records stay in order. */
    uint64_t (*key_hash)(const struct source *source, const struct source_record *record);
    /* After which the service forgets a record. */
    int64_t (*retention_ms)(const struct source *source);
};

extern const struct source_kind source_dynamodb, source_kinesis;

#endif
