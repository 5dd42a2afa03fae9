#include "scheduler/queue/message.h"

#include <sha2.h>

/* Texts are kept by the five minutes in which they were put: one is looked for in the present five and in the ones
 * before, and older ones go, a few with each new one. So nothing has to be found by its age. They are the queue's own,
 * not of its message space: a purge leaves them alone. */

#define WHEN_LEN 8 /* the value begins with when it was put */

static uint64_t five_minutes(const struct queue_txn *q)
{
    return (uint64_t)(q->now_ms / QUEUE_WINDOW_MS);
}

static struct message_key key_of(const struct queue_txn *q, uint64_t five, enum window_kind kind,
                                 struct slice text)
{
    struct message_key key = key_of_u64(q->settings->id, KEY_WINDOW, five);
    const uint8_t domain = (uint8_t)kind;
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA2_CTX sha;
    SHA256Init(&sha);
    SHA256Update(&sha, &domain, 1);
    SHA256Update(&sha, (const uint8_t *)text.ptr, text.len);
    SHA256Final(digest, &sha);
    key_add_bytes(&key, (const char *)digest, GROUP_LEN);
    return key;
}

bool window_find(struct queue_txn *q, enum window_kind kind, struct slice text,
                 struct slice *ret_value)
{
    struct slice value;
    struct message_key key = key_of(q, five_minutes(q), kind, text);
    if (txn_get(q->txn, DB_MESSAGES, message_key_slice(&key), &value)) {
        *ret_value = slice_skip(value, WHEN_LEN);
        return true;
    }
    key = key_of(q, five_minutes(q) - 1, kind, text);
    if (!txn_get(q->txn, DB_MESSAGES, message_key_slice(&key), &value) ||
        (int64_t)key_u64_at(value, 0) + QUEUE_WINDOW_MS <= q->now_ms) {
        return false;
    }
    *ret_value = slice_skip(value, WHEN_LEN);
    return true;
}

static void forget_old(struct queue_txn *q)
{
    struct message_key first = key_begin(q->settings->id, KEY_WINDOW);
    for (unsigned i = 0; i < QUEUE_FORGET_MAX; i++) {
        struct message_key old = {.len = 0};
        AUTO_CURSOR cursor;
        cursor_open(&cursor, q->txn, DB_MESSAGES);
        if (!key_seek(&cursor, &first, first.len) ||
            key_u64_at(cursor.key, first.len) + 1 >= five_minutes(q)) {
            return;
        }
        key_add_bytes(&old, cursor.key.ptr, cursor.key.len);
        (void)txn_delete(q->txn, DB_MESSAGES, message_key_slice(&old));
    }
}

void window_put(struct queue_txn *q, enum window_kind kind, struct slice text, struct slice value)
{
    struct message_key when = {.len = 0};
    struct message_key key = key_of(q, five_minutes(q), kind, text);
    key_add_u64(&when, (uint64_t)q->now_ms);
    txn_put2(q->txn, DB_MESSAGES, message_key_slice(&key), message_key_slice(&when), value);
    forget_old(q);
}
