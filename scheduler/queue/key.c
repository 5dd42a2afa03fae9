#include "scheduler/queue/message.h"

#include <assert.h>

void key_add_u64(struct message_key *key, uint64_t number)
{
    assert(key->len + 8 <= MESSAGE_KEY_MAX);
    for (int shift = 56; shift >= 0; shift -= 8) {
        key->bytes[key->len++] = (char)(number >> shift);
    }
}

void key_add_bytes(struct message_key *key, const char *bytes, size_t len)
{
    assert(key->len + len <= MESSAGE_KEY_MAX);
    memcpy(key->bytes + key->len, bytes, len);
    key->len += len;
}

struct message_key key_begin(uint64_t space_number, enum key_kind kind)
{
    struct message_key key;
    key.len = 0;
    key_add_u64(&key, space_number << 8 | (uint8_t)kind);
    return key;
}

uint64_t key_u64_at(struct slice key, size_t offset)
{
    assert(offset + 8 <= key.len);
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++) {
        number = number << 8 | (uint8_t)key.ptr[offset + i];
    }
    return number;
}

bool key_seek(struct cursor *cursor, const struct message_key *from, size_t prefix)
{
    return cursor_seek(cursor, message_key_slice(from)) && cursor->key.len >= prefix &&
           memcmp(cursor->key.ptr, from->bytes, prefix) == 0;
}
