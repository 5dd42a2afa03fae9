/* What the files of this folder share.
 *
 *     stream.c      streams and shards in memory, and in the state
 *     stream_json.c how they are written there
 *     record.c      records on disk, their keys and how they are read
 *     append.c      records on their way to the disk
 *     table_feed.c  records that come from tables
 *     trim.c        the end of records: retention, deleted streams
 *     stream_log.c  readers in process
 *     scale.c       how many shards there shall be
 *     token.c       shard iterators and page tokens
 *     op_*.c        the operations; kinesis_api.c their table, kinesis_model.c their inputs */
#ifndef SLS_SCHEDULER_KINESIS_KINESIS_PRIVATE_H
#define SLS_SCHEDULER_KINESIS_KINESIS_PRIVATE_H

#include "scheduler/kinesis/kinesis.h"
#include "scheduler/kinesis/stream.h"
#include "scheduler/name_index.h"

struct kinesis {
    struct scheduler *scheduler;
    struct name_index streams;
    uint32_t next_id;
    struct alarm wake;                /* set while a watch is due */
    struct stream_log_watch *orphans; /* of streams that were deleted */
    /* trim.c */
    struct alarm trim_alarm;
    struct trim_job *trim_job; /* with the writer, or NULL */
    bool trims_again;          /* a pass was asked for meanwhile */
    int64_t trim_wanted_ms;    /* and something expires then */
    uint32_t *dead;            /* ids of deleted streams with records left */
    size_t dead_count;
    struct subscription *subscriptions;
    struct table_feed *feeds;
    bool ends_subscriptions; /* nobody waits any more */
    size_t jobs;             /* with the writer, that will come back here */
    bool is_closing;
};

static inline int64_t kinesis_now_ms(const struct kinesis *kinesis)
{
    return scheduler_now_ms(kinesis->scheduler);
}

/* stream.c */
#define DEAD_KEY_MAX 16
struct slice stream_dead_key(uint32_t id, char out[DEAD_KEY_MAX]);
struct kinesis_stream *stream_find_id(struct kinesis *kinesis, uint32_t id);
void streams_load(struct kinesis *kinesis);
void streams_free(struct kinesis *kinesis);

/* stream_json.c */
void stream_json_print(struct json_writer *w, const struct kinesis_stream *stream);
/* Fills in what stream_json_print() wrote; false when it cannot be read. */
MUST_CHECK bool stream_json_parse(struct kinesis_stream *stream, struct slice json);

/* stream_log.c */
void stream_log_changed(struct kinesis_stream *stream); /* after the commit */
void stream_log_ended(struct kinesis_stream *stream);   /* it is being deleted */
void stream_log_on_wake(struct alarm *alarm);
struct stored_record;
/* Gives the records at `index` and behind it that have not expired, until on_record() returns false. True when there
 * is none behind what was taken. */
bool shard_read(struct kinesis_stream *stream, struct shard *shard, uint64_t index,
                bool (*on_record)(void *ctx, const struct stored_record *record), void *ctx);
/* The index of the first record that came at `since_ms` or later, or of the next to come. */
uint64_t shard_index_since(struct kinesis_stream *stream, struct shard *shard, int64_t since_ms);
const char *record_sequence(const struct shard *shard, uint64_t index, int64_t time_ms,
                            char out[SEQUENCE_TEXT_LEN]);

/* trim.c */
void trim_start(struct kinesis *kinesis); /* looks for what has expired, and when the next will */
void trim_expects(struct kinesis *kinesis, int64_t at_ms); /* something expires then */
void trim_bury(struct kinesis *kinesis,
               uint32_t stream_id); /* it was deleted, its records are to go */
void trim_on_alarm(struct alarm *alarm);

/* append.c */
struct append_entry {
    uint32_t shard;
    struct slice partition_key;
    struct slice data;
    /* filled in: */
    uint64_t index;
    int64_t time_ms;
    int64_t shard_ms;  /* when the shard was made */
    struct slice head; /* of the stored record, with the partition key */
};
const char *append_entry_sequence(const struct append_entry *entry, char out[SEQUENCE_TEXT_LEN]);
/* Gives each its place in its shard at once and writes them in one job, with what `also` puts on the writer thread (NULL:
 * nothing). `entries` and what they point to stay until on_appended() runs, once, later: OK or UNAVAILABLE. `arena`
 * lives as long. */
void records_append(struct kinesis_stream *stream, struct arena *arena,
                    struct append_entry *entries, size_t count,
                    void (*also)(void *ctx, struct txn *txn), state_written_fn *on_appended,
                    void *ctx);
/* Looks up what comes next in a shard, unless that is known. */
void shard_load(struct kinesis_stream *stream, struct shard *shard);

/* kinesis.c: around a job of ours with the writer */
void kinesis_job_begun(struct kinesis *kinesis);
void kinesis_job_done(struct kinesis *kinesis);

#endif
