/* Where a reader begins in a shard, and a page of what it finds there: common to GetRecords and SubscribeToShard.
 * Private to scheduler/kinesis.
 *
 * Source  API reference, GetShardIterator and StartingPosition. */
#ifndef SLS_SCHEDULER_KINESIS_POSITION_H
#define SLS_SCHEDULER_KINESIS_POSITION_H

#include "scheduler/kinesis/operations.h"

struct position_input {
    struct slice type; /* "AT_SEQUENCE_NUMBER" */
    struct slice sequence;
    const struct field *timestamp;
    const char *operation; /* for messages */
};

/* The index of the first record to read; it need not be there yet. */
MUST_CHECK bool read_position(struct api_call *call, struct kinesis_stream *stream,
                              struct shard *shard, const struct position_input *input,
                              uint64_t *ret_index);

struct record_page {
    struct json_writer *w;
    uint64_t next;    /* the index to begin with, and then to go on with */
    size_t count_max; /* records */
    size_t len_max;   /* bytes of data, but for the first record */
    /* what was found */
    size_t count;
    size_t len;
    int64_t last_ms; /* of the last record */
    bool is_over;    /* the shard is closed, and there is nothing more */
};

/* "Records" and "MillisBehindLatest". */
void print_page(struct record_page *page, struct kinesis_stream *stream, struct shard *shard);

#endif
