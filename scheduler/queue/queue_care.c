#include "scheduler/queue/message.h"

bool queue_settle(struct queue_txn *q)
{
    int64_t due_ms;
    return message_settle(q, QUEUE_PIECE_MAX, &due_ms);
}

bool queue_release(struct queue_txn *q, bool is_undone)
{
    struct message_key from = key_begin(q->record.space, KEY_HIDDEN);
    key_add_u64(&from, (uint64_t)QUEUE_FOR_EVER);
    for (uint32_t i = 0; i < QUEUE_PIECE_MAX; i++) {
        struct message_ref ref;
        uint64_t seq;
        {
            AUTO_CURSOR cursor;
            cursor_open(&cursor, q->txn, DB_MESSAGES);
            if (!key_seek(&cursor, &from, from.len)) {
                return false;
            }
            seq = key_u64_at(cursor.key, from.len);
        }
        if (!message_find(q, seq, &ref)) {
            return false;
        }
        if (is_undone) {
            message_undo_receive(&ref);
        }
        message_show(q, &ref);
    }
    return true;
}

/* The oldest message by its age: the first one in order, or the first of those that were put behind younger ones. */
static bool find_oldest(struct queue_txn *q, struct message_ref *ret_ref, size_t *ret_len)
{
    AUTO_CURSOR cursor;
    struct message_key message = key_begin(q->record.space, KEY_MESSAGE);
    struct message_key early = key_begin(q->record.space, KEY_EARLY);
    struct message_ref other;
    struct message_texts texts;
    cursor_open(&cursor, q->txn, DB_MESSAGES);
    if (!key_seek(&cursor, &message, message.len) ||
        !message_load(q, key_u64_at(cursor.key, message.len), ret_ref, &texts)) {
        return false;
    }
    *ret_len = texts.head.len + texts.body.len;
    if (key_seek(&cursor, &early, early.len) &&
        message_load(q, key_u64_at(cursor.key, early.len + 8), &other, &texts) &&
        other.stored.kept_from_ms < ret_ref->stored.kept_from_ms) {
        *ret_ref = other;
        *ret_len = texts.head.len + texts.body.len;
    }
    return true;
}

bool queue_expire(struct queue_txn *q, int64_t *ret_next_ms)
{
    size_t bytes = 0;
    struct message_ref ref;
    *ret_next_ms = QUEUE_FOR_EVER;
    if (q->settings->retention_ms == 0) {
        return false;
    }
    for (uint32_t i = 0; i < QUEUE_PIECE_MAX && bytes < QUEUE_PIECE_BYTES; i++) {
        size_t len;
        if (!find_oldest(q, &ref, &len)) {
            return false;
        }
        if (!message_is_expired(q, &ref.stored)) {
            *ret_next_ms = ref.stored.kept_from_ms + q->settings->retention_ms;
            return false;
        }
        bytes += len;
        message_erase(q, &ref);
    }
    return true;
}

/* --- garbage --- */

bool queue_sweep(struct txn *txn)
{
    struct message_key first = key_begin(0, KEY_GARBAGE);
    size_t bytes = 0;
    uint64_t space;
    {
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_MESSAGES);
        if (!key_seek(&cursor, &first, first.len)) {
            return false;
        }
        space = key_u64_at(cursor.key, first.len);
    }
    struct message_key all = key_begin(space, (enum key_kind)0);
    for (uint32_t i = 0; i < QUEUE_PIECE_MAX && bytes < QUEUE_PIECE_BYTES; i++) {
        struct message_key key = {.len = 0};
        AUTO_CURSOR cursor;
        cursor_open(&cursor, txn, DB_MESSAGES);
        if (!key_seek(&cursor, &all, all.len - 1)) {
            struct message_key done = key_of_u64(0, KEY_GARBAGE, space);
            (void)txn_delete(txn, DB_MESSAGES, message_key_slice(&done));
            return true;
        }
        bytes += cursor.value.len;
        key_add_bytes(&key, cursor.key.ptr, cursor.key.len);
        (void)txn_delete(txn, DB_MESSAGES, message_key_slice(&key));
    }
    return true;
}

bool queue_has_garbage(struct txn *txn)
{
    AUTO_CURSOR cursor;
    struct message_key first = key_begin(0, KEY_GARBAGE);
    cursor_open(&cursor, txn, DB_MESSAGES);
    return key_seek(&cursor, &first, first.len);
}
