#include "scheduler/sqs/message.h"

#include <md5.h>
#include <string.h>

#define SEQUENCE_FIRST UINT64_C(10000000000000000000)

/* --- ids and digests --- */

void sqs_message_make_id(char id[MESSAGE_ID_LEN])
{
    id_random(id, MESSAGE_ID_LEN);
    id[6] = (char)((id[6] & 0x0f) | 0x40); /* a UUID of version 4 */
    id[8] = (char)((id[8] & 0x3f) | 0x80);
}

const char *sqs_message_id_text(char out[ID_UUID_MAX], const char id[MESSAGE_ID_LEN])
{
    static const size_t groups[] = {4, 2, 2, 2, 6};
    char *at = out;
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
        if (i > 0) {
            *at++ = '-';
        }
        id_hex(at, id, groups[i]);
        at += 2 * groups[i];
        id += groups[i];
    }
    return out;
}

struct slice sqs_sequence_text(struct arena *arena, uint64_t seq)
{
    return arena_printf(arena, "%llu", (unsigned long long)(SEQUENCE_FIRST + seq));
}

void sqs_md5_of(char out[MD5_LEN], struct slice bytes)
{
    MD5_CTX md5;
    uint8_t digest[MD5_LEN];
    MD5Init(&md5);
    MD5Update(&md5, (const uint8_t *)bytes.ptr, bytes.len);
    MD5Final(digest, &md5);
    memcpy(out, digest, MD5_LEN);
}

const char *sqs_md5_text(char out[MD5_TEXT_MAX], const char md5[MD5_LEN])
{
    id_hex(out, md5, MD5_LEN);
    return out;
}

/* --- writing --- */

static void put_number(struct buf *buf, uint32_t number, int bytes)
{
    while (bytes-- > 0) {
        buf_append_char(buf, (char)(number >> (8 * bytes)));
    }
}

static void put_text(struct buf *buf, struct slice text)
{
    put_number(buf, (uint32_t)text.len, 2);
    buf_append(buf, text);
}

struct slice sqs_message_write(struct arena *arena, const struct message *message)
{
    AUTO_BUF head = BUF_INIT(2 * MESSAGE_SIZE_MAX);
    buf_append(&head, slice_of(message->id, MESSAGE_ID_LEN));
    buf_append(&head, slice_of(message->body_md5, MD5_LEN));
    put_text(&head, message->sender);
    put_text(&head, message->trace);
    put_text(&head, message->group);
    put_text(&head, message->deduplication_id);
    for (size_t i = 0; i < message->attribute_count; i++) {
        const struct message_attribute *attribute = &message->attributes[i];
        put_text(&head, attribute->name);
        put_text(&head, attribute->type);
        put_number(&head, attribute->is_binary, 1);
        put_number(&head, (uint32_t)attribute->value.len, 4);
        buf_append(&head, attribute->value);
    }
    return arena_copy(arena, buf_slice(&head));
}

/* --- reading --- */

static bool take_number(struct slice *rest, int bytes, uint32_t *ret_number)
{
    if (rest->len < (size_t)bytes) {
        return false;
    }
    *ret_number = 0;
    for (int i = 0; i < bytes; i++) {
        *ret_number = *ret_number << 8 | (uint8_t)rest->ptr[i];
    }
    *rest = slice_skip(*rest, (size_t)bytes);
    return true;
}

static bool take_bytes(struct slice *rest, size_t len, struct slice *ret_bytes)
{
    if (rest->len < len) {
        return false;
    }
    *ret_bytes = slice_take(*rest, len);
    *rest = slice_skip(*rest, len);
    return true;
}

static bool take_text(struct slice *rest, struct slice *ret_text)
{
    uint32_t len;
    return take_number(rest, 2, &len) && take_bytes(rest, len, ret_text);
}

static bool take_attribute(struct slice *rest, struct message_attribute *ret_attribute)
{
    uint32_t is_binary, len;
    if (!take_text(rest, &ret_attribute->name) || !take_text(rest, &ret_attribute->type) ||
        !take_number(rest, 1, &is_binary) || !take_number(rest, 4, &len)) {
        return false;
    }
    ret_attribute->is_binary = is_binary != 0;
    return take_bytes(rest, len, &ret_attribute->value);
}

bool sqs_message_read(struct arena *arena, struct slice head, struct message *ret_message)
{
    struct message message = {.attribute_count = 0};
    struct slice id, md5;
    if (!take_bytes(&head, MESSAGE_ID_LEN, &id) || !take_bytes(&head, MD5_LEN, &md5) ||
        !take_text(&head, &message.sender) || !take_text(&head, &message.trace) ||
        !take_text(&head, &message.group) || !take_text(&head, &message.deduplication_id)) {
        return false;
    }
    memcpy(message.id, id.ptr, MESSAGE_ID_LEN);
    memcpy(message.body_md5, md5.ptr, MD5_LEN);
    if (head.len > 0) {
        struct message_attribute *attributes =
            arena_array(arena, MESSAGE_ATTRIBUTES_MAX, sizeof *attributes);
        while (head.len > 0) {
            if (message.attribute_count == MESSAGE_ATTRIBUTES_MAX ||
                !take_attribute(&head, &attributes[message.attribute_count++])) {
                return false;
            }
        }
        message.attributes = attributes;
    }
    *ret_message = message;
    return true;
}

/* --- attributes --- */

int sqs_message_attribute_compare(const void *left, const void *right)
{
    const struct message_attribute *a = left, *b = right;
    return slice_compare(a->name, b->name);
}

static void add_to_md5(MD5_CTX *md5, struct slice text)
{
    const uint8_t len[] = {(uint8_t)(text.len >> 24), (uint8_t)(text.len >> 16),
                           (uint8_t)(text.len >> 8), (uint8_t)text.len};
    MD5Update(md5, len, sizeof len);
    MD5Update(md5, (const uint8_t *)text.ptr, text.len);
}

void sqs_message_attributes_md5(char out[MD5_LEN], const struct message_attribute *attributes,
                                size_t count)
{
    MD5_CTX md5;
    uint8_t digest[MD5_LEN];
    MD5Init(&md5);
    for (size_t i = 0; i < count; i++) {
        const uint8_t kind = attributes[i].is_binary ? 2 : 1;
        add_to_md5(&md5, attributes[i].name);
        add_to_md5(&md5, attributes[i].type);
        MD5Update(&md5, &kind, 1);
        add_to_md5(&md5, attributes[i].value);
    }
    MD5Final(digest, &md5);
    memcpy(out, digest, MD5_LEN);
}
