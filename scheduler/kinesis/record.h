/* Records on disk.
 *
 *     DB_RECORDS   'k' 'r' stream id u32 | shard u32 | index u64            -> time u64 (ms) | flags u8 | key length u16 |
 *                                                                              partition key | data
 *                  'k' 'f' stream id u32 | shard u32                        -> next index u64 | time u64
 *     (all integers big-endian)
 *
 * The second kind stands for the last record of a shard once that has expired, so that no sequence number is given
 * twice.
 *
 * Thread  Whoever has the transaction. */
#ifndef SLS_SCHEDULER_KINESIS_RECORD_H
#define SLS_SCHEDULER_KINESIS_RECORD_H

#include "scheduler/kinesis/stream.h"

#define RECORD_KEY_LEN 18
#define RECORD_HEAD_LEN 11
#define RECORD_ENCRYPTED 1 /* flag */

struct record_key {
    char bytes[RECORD_KEY_LEN];
};

struct stored_record {
    uint64_t index;
    int64_t time_ms;
    bool is_encrypted;
    struct slice partition_key;
    struct slice data;
};

struct slice stored_record_key_of(struct record_key *key, uint32_t stream_id, uint32_t shard,
                                  uint64_t index);
void stored_record_head(char out[RECORD_HEAD_LEN], const struct stored_record *record);
/* Of a cursor's key and value. False when the key is not of that shard, or the value cannot be read. */
MUST_CHECK bool stored_record_parse(struct slice key, struct slice value, uint32_t stream_id,
                                    uint32_t shard, struct stored_record *ret_record);

/* The first record at `index` or behind it. */
MUST_CHECK bool stored_record_at(struct cursor *cursor, uint32_t stream_id, uint32_t shard,
                                 uint64_t index, struct stored_record *ret_record);
MUST_CHECK bool stored_record_next(struct cursor *cursor, uint32_t stream_id, uint32_t shard,
                                   struct stored_record *ret_record);
MUST_CHECK bool stored_record_last(struct cursor *cursor, uint32_t stream_id, uint32_t shard,
                                   struct stored_record *ret_record);
/* The index of the first record that is not older than `since_ms`; `end` when there is none before it. */
uint64_t stored_record_since(struct cursor *cursor, uint32_t stream_id, uint32_t shard,
                             uint64_t end, int64_t since_ms);

/* What the floor says; untouched when there is none. */
void stored_record_floor_get(struct txn *txn, uint32_t stream_id, uint32_t shard,
                             uint64_t *ret_next, int64_t *ret_time_ms);
void stored_record_floor_put(struct txn *txn, uint32_t stream_id, uint32_t shard, uint64_t next,
                             int64_t time_ms);

/* Deletes up to `max` of a shard's records that are older than `horizon_ms`, and remembers where it was when the last
 * one goes. Returns how many were deleted. */
size_t stored_record_trim(struct txn *txn, uint32_t stream_id, uint32_t shard, int64_t horizon_ms,
                          size_t max);
/* Deletes up to `max` entries of a stream, of both kinds. Returns how many were deleted. */
size_t stored_record_erase(struct txn *txn, uint32_t stream_id, size_t max);

#endif
