/* The streams, as they are kept in memory and, as one JSON object each, in STATE_STREAM.
 *
 *     create: in memory at once -> written -> on_written       change: the same       delete: written -> gone
 *
 * Whoever asks sees a change at once, and what is to be deleted no more; its caller answers when it is on disk. Until
 * then no shard has come to its end, since a reader would not come back to it. Records of a deleted stream are swept
 * piece by piece; until they are gone its id is remembered under a key that is no stream's name, and not used again.
 *
 * Ownership  A stream owns its shards and copies its settings. Settings given to a change may be changed copies of
 *            the stream's own. A pointer to a stream is good until the loop turns.
 * Thread     Loop thread only. */
#ifndef SLS_SCHEDULER_KINESIS_STREAM_H
#define SLS_SCHEDULER_KINESIS_STREAM_H

#include "scheduler/kinesis/hash_key.h"
#include "scheduler/kinesis/sequence_number.h"
#include "scheduler/kinesis/stream_log.h"
#include "scheduler/state.h"

#define SHARD_NONE UINT32_MAX
#define SHARD_ID_LEN 21 /* "shardId-000000000000" and NUL */

struct shard {
    uint32_t number;
    uint32_t parents[2]; /* SHARD_NONE: none; the second only after a merge */
    struct hash_key first;
    struct hash_key last;
    int64_t created_ms;
    int64_t closed_ms; /* 0: open */
    /* What comes next; from the disk when it is asked for first (shard_load()). */
    bool is_loaded;
    uint64_t next_index;
    int64_t newest_ms; /* of the last record: no later one is older */
};

enum stream_mode { MODE_PROVISIONED, MODE_ON_DEMAND };

struct consumer {
    struct slice name;
    int64_t created_ms;
    struct slice tags;   /* JSON object, keys in order */
    struct slice policy; /* empty: none */
};

struct stream_settings {
    enum stream_mode mode;
    bool is_auto_distributed; /* whatever the partition key */
    int64_t retention_hours;
    int64_t record_kib;  /* of one record, at most */
    int64_t warm_mib;    /* per second; only told */
    uint32_t monitored;  /* shard-level metrics, a bit each; only told */
    struct slice key_id; /* of KMS; empty: not encrypted. Only told. */
    struct slice tags;
    struct slice policy;
    const struct consumer *consumers;
    size_t consumer_count;
};

struct kinesis;

struct kinesis_stream {
    struct slice name; /* first: name_index.h */
    struct kinesis *kinesis;
    uint32_t id; /* of its records; never another stream's while there are some */
    struct slice arn;
    int64_t created_ms;
    struct stream_settings settings;
    struct arena arena; /* of the settings */
    struct shard *shards;
    size_t shard_count; /* by number, without those that were forgotten */
    uint32_t turn;      /* is_auto_distributed: whose it is */
    uint32_t reshards;  /* on their way to the disk */
    bool is_leaving;    /* its deletion is: nobody finds it */
    struct stream_log_watch *watches;
};

void shard_id_print(uint32_t number, char out[SHARD_ID_LEN]);
/* "shardId-000000000001", "shardId-1" and "1", as the service takes them. */
MUST_CHECK bool shard_id_parse(struct slice text, uint32_t *ret_number);
const char *shard_first_sequence(const struct shard *shard, char out[SEQUENCE_TEXT_LEN]);
const char *shard_last_sequence(const struct shard *shard,
                                char out[SEQUENCE_TEXT_LEN]); /* closed */
static inline bool shard_is_open(const struct shard *shard)
{
    return shard->closed_ms == 0;
}

/* No record will follow. */
static inline bool shard_is_over(const struct kinesis_stream *stream, const struct shard *shard)
{
    return !shard_is_open(shard) && stream->reshards == 0;
}

/* NULL when there is none. */
struct kinesis_stream *stream_find_name(struct kinesis *kinesis, struct slice name);
/* Also by one that is being deleted: no other may be created. */
bool stream_name_is_taken(const struct kinesis *kinesis, struct slice name);
/* By its ARN or that of one of its consumers; then `*ret_consumer` (may be NULL) is that one, else NULL. */
struct kinesis_stream *stream_find_arn(struct kinesis *kinesis, struct slice arn,
                                       const struct consumer **ret_consumer);
/* The first whose name comes after `name`. */
struct kinesis_stream *stream_next(struct kinesis *kinesis, struct slice name);

struct shard *stream_shard(struct kinesis_stream *stream, uint32_t number);
struct shard *stream_shard_of(struct kinesis_stream *stream,
                              struct hash_key key); /* the open one */
/* The open one that the next record of this partition key goes to. */
struct shard *stream_shard_for(struct kinesis_stream *stream, struct slice partition_key);
size_t stream_open_shards(const struct kinesis_stream *stream);
static inline int64_t stream_retention_ms(const struct kinesis_stream *stream)
{
    return stream->settings.retention_hours * 3600 * 1000;
}
const struct consumer *stream_consumer(const struct kinesis_stream *stream, struct slice name);
/* ARN of the consumer, in `arena`. */
struct slice consumer_arn(struct arena *arena, const struct kinesis_stream *stream,
                          const struct consumer *consumer);

/* The name is not taken. `on_written` runs once, later: OK or UNAVAILABLE (then all is as it was). It may be NULL. */
struct kinesis_stream *stream_create(struct kinesis *kinesis, struct slice name,
                                     const struct stream_settings *settings, uint32_t shard_count,
                                     state_written_fn *on_written, void *ctx);
void stream_change(struct kinesis_stream *stream, const struct stream_settings *settings,
                   state_written_fn *on_written, void *ctx);
/* The open shards in `closing` (numbers) get no more records; in their place come `count` shards over `ranges`, whose
 * parents are those of `closing` that they overlap. Told as a change. */
struct shard_range {
    struct hash_key first;
    struct hash_key last;
};
void stream_reshard(struct kinesis_stream *stream, const uint32_t *closing, size_t closing_count,
                    const struct shard_range *ranges, size_t count, state_written_fn *on_written,
                    void *ctx);
/* The same with as many shards of even widths as `target` says: at most twice, at least half of those open now. Where old
 * shards are too uneven for that, neighbours are merged or shards are halved. */
void stream_scale(struct kinesis_stream *stream, size_t target, state_written_fn *on_written,
                  void *ctx);
void stream_delete(struct kinesis_stream *stream, state_written_fn *on_written, void *ctx);
/* Drops shards that closed before `horizon_ms`; told as a change when there were any. */
void stream_forget_shards(struct kinesis_stream *stream, int64_t horizon_ms);

#endif
