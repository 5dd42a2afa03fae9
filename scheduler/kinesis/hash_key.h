/* Hash keys: which shard takes a record. The space [0, 2^128 - 1] is divided among the open shards of a stream.
 *
 * Source  Kinesis Data Streams Developer Guide, "Partition key"; API reference, HashKeyRange. */
#ifndef SLS_SCHEDULER_KINESIS_HASH_KEY_H
#define SLS_SCHEDULER_KINESIS_HASH_KEY_H

#include "scheduler/kinesis/decimal.h"

struct hash_key {
    uint64_t high;
    uint64_t low;
};

/* False for what is no decimal number below 2^128. */
MUST_CHECK bool hash_key_parse(struct slice text, struct hash_key *ret_key);
const char *hash_key_print(struct hash_key key, char out[DECIMAL_TEXT_MAX]);
struct hash_key hash_key_of(struct slice partition_key); /* its MD5, big-endian */

int hash_key_compare(struct hash_key a, struct hash_key b);
static inline struct hash_key hash_key_next(struct hash_key key) /* not of the last one */
{
    key.low++;
    key.high += key.low == 0;
    return key;
}
static inline struct hash_key hash_key_previous(struct hash_key key) /* not of the first one */
{
    key.high -= key.low == 0;
    key.low--;
    return key;
}
/* The first key of part `number` (from 0) of `count` equal ones, and the last one. */
struct hash_key hash_key_part_first(uint32_t number, uint32_t count);
struct hash_key hash_key_part_last(uint32_t number, uint32_t count);
/* The first key of the upper half of a range. */
struct hash_key hash_key_middle(struct hash_key first, struct hash_key last);

#endif
