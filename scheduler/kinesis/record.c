#include "scheduler/kinesis/record.h"

#include "scheduler/kinesis/big_endian.h"

#define FLOOR_KEY_LEN 10
#define FLOOR_LEN 16

static char *put_key(char *at, char kind, uint32_t stream_id, uint32_t shard)
{
    *at++ = 'k';
    *at++ = kind;
    at = big_endian_put(at, stream_id, 4);
    return big_endian_put(at, shard, 4);
}

struct slice stored_record_key_of(struct record_key *key, uint32_t stream_id, uint32_t shard,
                                  uint64_t index)
{
    (void)big_endian_put(put_key(key->bytes, 'r', stream_id, shard), index, 8);
    return slice_of(key->bytes, RECORD_KEY_LEN);
}

void stored_record_head(char out[RECORD_HEAD_LEN], const struct stored_record *record)
{
    char *at = big_endian_put(out, (uint64_t)record->time_ms, 8);
    *at++ = record->is_encrypted ? RECORD_ENCRYPTED : 0;
    (void)big_endian_put(at, record->partition_key.len, 2);
}

bool stored_record_parse(struct slice key, struct slice value, uint32_t stream_id, uint32_t shard,
                         struct stored_record *ret_record)
{
    struct record_key wanted;
    struct slice prefix = stored_record_key_of(&wanted, stream_id, shard, 0);
    if (key.len != RECORD_KEY_LEN || !slice_starts_with(key, slice_take(prefix, 10)) ||
        value.len < RECORD_HEAD_LEN) {
        return false;
    }
    size_t key_len = big_endian_get(value.ptr + 9, 2);
    struct slice rest = slice_skip(value, RECORD_HEAD_LEN);
    if (key_len > rest.len) {
        return false;
    }
    *ret_record = (struct stored_record){
        .index = big_endian_get(key.ptr + 10, 8),
        .time_ms = (int64_t)big_endian_get(value.ptr, 8),
        .is_encrypted = (value.ptr[8] & RECORD_ENCRYPTED) != 0,
        .partition_key = slice_take(rest, key_len),
        .data = slice_skip(rest, key_len),
    };
    return true;
}

bool stored_record_at(struct cursor *cursor, uint32_t stream_id, uint32_t shard, uint64_t index,
                      struct stored_record *ret_record)
{
    struct record_key key;
    return cursor_seek(cursor, stored_record_key_of(&key, stream_id, shard, index)) &&
           stored_record_parse(cursor->key, cursor->value, stream_id, shard, ret_record);
}

bool stored_record_next(struct cursor *cursor, uint32_t stream_id, uint32_t shard,
                        struct stored_record *ret_record)
{
    return cursor_next(cursor) &&
           stored_record_parse(cursor->key, cursor->value, stream_id, shard, ret_record);
}

bool stored_record_last(struct cursor *cursor, uint32_t stream_id, uint32_t shard,
                        struct stored_record *ret_record)
{
    struct record_key key;
    return cursor_seek_before(cursor, stored_record_key_of(&key, stream_id, shard, UINT64_MAX)) &&
           stored_record_parse(cursor->key, cursor->value, stream_id, shard, ret_record);
}

/* Times do not go back within a shard. */
uint64_t stored_record_since(struct cursor *cursor, uint32_t stream_id, uint32_t shard,
                             uint64_t end, int64_t since_ms)
{
    struct stored_record record;
    if (!stored_record_at(cursor, stream_id, shard, 0, &record)) {
        return end;
    }
    uint64_t low = record.index; /* everything before it is older */
    uint64_t high = end;         /* and from here on nothing is */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (!stored_record_at(cursor, stream_id, shard, middle, &record) || record.index >= high) {
            high = middle;
        } else if (record.time_ms < since_ms) {
            low = record.index + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* --- the floor --- */

static struct slice floor_key(char out[FLOOR_KEY_LEN], uint32_t stream_id, uint32_t shard)
{
    (void)put_key(out, 'f', stream_id, shard);
    return slice_of(out, FLOOR_KEY_LEN);
}

void stored_record_floor_get(struct txn *txn, uint32_t stream_id, uint32_t shard,
                             uint64_t *ret_next, int64_t *ret_time_ms)
{
    char key[FLOOR_KEY_LEN];
    struct slice value;
    if (txn_get(txn, DB_RECORDS, floor_key(key, stream_id, shard), &value) &&
        value.len == FLOOR_LEN) {
        *ret_next = big_endian_get(value.ptr, 8);
        *ret_time_ms = (int64_t)big_endian_get(value.ptr + 8, 8);
    }
}

void stored_record_floor_put(struct txn *txn, uint32_t stream_id, uint32_t shard, uint64_t next,
                             int64_t time_ms)
{
    char key[FLOOR_KEY_LEN];
    char value[FLOOR_LEN];
    (void)big_endian_put(big_endian_put(value, next, 8), (uint64_t)time_ms, 8);
    txn_put(txn, DB_RECORDS, floor_key(key, stream_id, shard), slice_of(value, FLOOR_LEN));
}

/* --- the end --- */

size_t stored_record_trim(struct txn *txn, uint32_t stream_id, uint32_t shard, int64_t horizon_ms,
                          size_t max)
{
    struct stored_record record;
    struct stored_record newest;
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_RECORDS);
    if (!stored_record_last(&cursor, stream_id, shard, &newest)) {
        return 0;
    }
    if (newest.time_ms < horizon_ms) {
        stored_record_floor_put(txn, stream_id, shard, newest.index + 1, newest.time_ms);
    }
    size_t count = 0;
    while (count < max && stored_record_at(&cursor, stream_id, shard, 0, &record) &&
           record.time_ms < horizon_ms) {
        struct record_key key;
        (void)txn_delete(txn, DB_RECORDS,
                         stored_record_key_of(&key, stream_id, shard, record.index));
        count++;
    }
    return count;
}

static size_t erase_kind(struct txn *txn, char kind, uint32_t stream_id, size_t max)
{
    char prefix[FLOOR_KEY_LEN];
    (void)put_key(prefix, kind, stream_id, 0);
    struct slice stream = slice_of(prefix, 6);
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_RECORDS);
    size_t count = 0;
    while (count < max && cursor_seek(&cursor, stream) && slice_starts_with(cursor.key, stream)) {
        char key[RECORD_KEY_LEN];
        struct slice found = slice_take(cursor.key, sizeof(key));
        memcpy(key, found.ptr, found.len);
        (void)txn_delete(txn, DB_RECORDS, slice_of(key, found.len));
        count++;
    }
    return count;
}

size_t stored_record_erase(struct txn *txn, uint32_t stream_id, size_t max)
{
    size_t count = erase_kind(txn, 'r', stream_id, max);
    return count + erase_kind(txn, 'f', stream_id, max - count);
}
