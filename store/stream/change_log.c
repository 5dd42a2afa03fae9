#include "store/stream/change_log.h"

#include <assert.h>

#define KEY_BYTES (4 + 8)
#define HEAD_KEY_BYTES (1 + 4)
#define RECORD_HEAD_BYTES (8 + 1 + 1 + 4)

enum { FLAG_EXPIRY = 1, FLAG_OLD = 2, FLAG_NEW = 4 };

static void put_be(char *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(value >> (8 * (len - 1 - i)));
    }
}

static uint64_t get_be(const char *bytes, size_t len)
{
    uint64_t value = 0;
    for (size_t i = 0; i < len; i++) {
        value = value << 8 | (uint8_t)bytes[i];
    }
    return value;
}

static void put_le(char *out, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(value >> (8 * i));
    }
}

static uint64_t get_le(const char *bytes, size_t len)
{
    uint64_t value = 0;
    for (size_t i = len; i > 0; i--) {
        value = value << 8 | (uint8_t)bytes[i - 1];
    }
    return value;
}

static struct slice record_key(char out[KEY_BYTES], uint32_t table_id, uint64_t sequence)
{
    put_be(out, table_id, 4);
    put_be(out + 4, sequence, 8);
    return slice_of(out, KEY_BYTES);
}

static struct slice head_key(char out[HEAD_KEY_BYTES], uint32_t table_id)
{
    out[0] = 'l';
    put_be(out + 1, table_id, 4);
    return slice_of(out, HEAD_KEY_BYTES);
}

uint64_t change_log_next(struct txn *txn, uint32_t table_id)
{
    char key[HEAD_KEY_BYTES];
    struct slice value;
    if (!txn_get(txn, DB_META, head_key(key, table_id), &value)) {
        return 1;
    }
    assert(value.len == 8);
    return get_le(value.ptr, 8);
}

void change_log_append(struct txn *txn, const struct table *table, int64_t time_ms,
                       enum change_kind kind, bool is_expiry, struct slice old_item,
                       struct slice new_item)
{
    char key[KEY_BYTES], head[HEAD_KEY_BYTES], next[8];
    uint64_t sequence = change_log_next(txn, table->id);
    size_t len = RECORD_HEAD_BYTES + old_item.len + new_item.len;
    char *record = txn_put_space(txn, DB_LOG, record_key(key, table->id, sequence), len);
    if (record == NULL) {
        return;
    }
    int flags = (is_expiry ? FLAG_EXPIRY : 0) | (old_item.ptr != NULL ? FLAG_OLD : 0) |
                (new_item.ptr != NULL ? FLAG_NEW : 0);
    put_le(record, (uint64_t)time_ms, 8);
    record[8] = (char)kind;
    record[9] = (char)flags;
    put_le(record + 10, old_item.len, 4);
    if (old_item.len > 0) {
        memcpy(record + RECORD_HEAD_BYTES, old_item.ptr, old_item.len);
    }
    if (new_item.len > 0) {
        memcpy(record + RECORD_HEAD_BYTES + old_item.len, new_item.ptr, new_item.len);
    }
    put_le(next, sequence + 1, 8);
    txn_put(txn, DB_META, head_key(head, table->id), slice_of(next, sizeof next));
}

void change_cursor_open(struct change_cursor *cursor, struct txn *txn, uint32_t table_id)
{
    cursor_open(&cursor->cursor, txn, DB_LOG);
    cursor->table_id = table_id;
}

void change_cursor_close(struct change_cursor *cursor)
{
    cursor_close(&cursor->cursor);
}

bool change_is_whole(struct slice value)
{
    return value.len >= RECORD_HEAD_BYTES &&
           get_le(value.ptr + 10, 4) <= value.len - RECORD_HEAD_BYTES;
}

/* False when the cursor has left the log. */
static bool read_record(const struct change_cursor *cursor, bool is_found,
                        struct change *ret_change)
{
    struct slice key = cursor->cursor.key;
    struct slice value = cursor->cursor.value;
    if (!is_found || key.len != KEY_BYTES || get_be(key.ptr, 4) != cursor->table_id) {
        return false;
    }
    assert(change_is_whole(value));
    int flags = value.ptr[9];
    struct slice items = slice_skip(value, RECORD_HEAD_BYTES);
    size_t old_len = get_le(value.ptr + 10, 4);
    *ret_change = (struct change){
        .sequence = get_be(key.ptr + 4, 8),
        .time_ms = (int64_t)get_le(value.ptr, 8),
        .kind = (enum change_kind)value.ptr[8],
        .is_expiry = (flags & FLAG_EXPIRY) != 0,
        .old_item = (flags & FLAG_OLD) != 0 ? slice_take(items, old_len) : SLICE_NULL,
        .new_item = (flags & FLAG_NEW) != 0 ? slice_skip(items, old_len) : SLICE_NULL,
    };
    return true;
}

bool change_cursor_from(struct change_cursor *cursor, uint64_t sequence, struct change *ret_change)
{
    char key[KEY_BYTES];
    bool is_found = cursor_seek(&cursor->cursor, record_key(key, cursor->table_id, sequence));
    return read_record(cursor, is_found, ret_change);
}

bool change_cursor_next(struct change_cursor *cursor, struct change *ret_change)
{
    return read_record(cursor, cursor_next(&cursor->cursor), ret_change);
}

/* No record has the last of all sequences. */
bool change_cursor_last(struct change_cursor *cursor, struct change *ret_change)
{
    char key[KEY_BYTES];
    struct slice end = record_key(key, cursor->table_id, UINT64_MAX);
    return read_record(cursor, cursor_seek_before(&cursor->cursor, end), ret_change);
}

bool change_cursor_prev(struct change_cursor *cursor, struct change *ret_change)
{
    return read_record(cursor, cursor_prev(&cursor->cursor), ret_change);
}

size_t change_log_trim(struct txn *txn, uint32_t table_id, uint64_t sequence, size_t max)
{
    size_t count = 0;
    struct change_cursor cursor;
    struct change change = {.sequence = 0};
    change_cursor_open(&cursor, txn, table_id);
    while (count < max && change_cursor_from(&cursor, change.sequence, &change) &&
           change.sequence < sequence) {
        char key[KEY_BYTES];
        count += txn_delete(txn, DB_LOG, record_key(key, table_id, change.sequence));
    }
    change_cursor_close(&cursor);
    return count;
}
