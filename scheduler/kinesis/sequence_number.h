/* Sequence numbers: decimal numbers of 56 digits that grow within a shard, composed as those of AWS are known to be.
 *
 *     bits, the highest first: 2 (4) | second the shard was made (36) | shard & 15 (4) | index (64) | 0 (8) |
 *                              second of the record (36) | shard (32) | 2 (4)
 *
 * The index counts the records of a shard from 1, and is what orders them; 0 is the shard's own first number, and
 * SEQUENCE_INDEX_END its last, once it is closed.
 *
 * Source  What kinesalite found out about them (db/index.js there, "parseSequence"). */
#ifndef SLS_SCHEDULER_KINESIS_SEQUENCE_NUMBER_H
#define SLS_SCHEDULER_KINESIS_SEQUENCE_NUMBER_H

#include "core/slice.h"
#include "scheduler/kinesis/stream_log.h"

#define SEQUENCE_TEXT_LEN (STREAM_LOG_SEQUENCE_DIGITS + 1) /* with NUL */
#define SEQUENCE_INDEX_END ((uint64_t)INT64_MAX)

struct sequence_number {
    int64_t shard_s; /* when the shard was made, epoch seconds */
    uint32_t shard;
    uint64_t index;
    int64_t record_s; /* when the record came */
};

const char *sequence_number_print(const struct sequence_number *number,
                                  char out[SEQUENCE_TEXT_LEN]);
/* False for what is not composed so. */
MUST_CHECK bool sequence_number_parse(struct slice text, struct sequence_number *ret_number);

#endif
