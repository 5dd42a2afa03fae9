#include "scheduler/s3/object.h"

#include "core/encode.h"
#include "scheduler/s3/number.h"

#include <assert.h>

#define FORMAT 1

enum object_flag {
    FLAG_MARKER = 1,
    FLAG_NULL = 2,
    FLAG_MULTIPART = 4,
    FLAG_COMPOSITE = 8,
    FLAG_LEGAL_HOLD = 16
};

/* --- writing a record --- */

static void put_u32(struct buf *buf, uint32_t value)
{
    char bytes[4] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8), (char)value};
    buf_append(buf, slice_of(bytes, sizeof(bytes)));
}

static void put_u64(struct buf *buf, uint64_t value)
{
    char bytes[8];
    number_write(bytes, value);
    buf_append(buf, slice_of(bytes, sizeof(bytes)));
}

static void put_text(struct buf *buf, struct slice text)
{
    put_u32(buf, (uint32_t)text.len);
    buf_append(buf, text);
}

static void put_pairs(struct buf *buf, struct http_headers pairs)
{
    put_u32(buf, (uint32_t)pairs.count);
    for (size_t i = 0; i < pairs.count; i++) {
        put_text(buf, pairs.items[i].name);
        put_text(buf, pairs.items[i].value);
    }
}

static uint8_t flags_of(const struct object *object)
{
    return (uint8_t)((object->is_marker ? FLAG_MARKER : 0) | (object->is_null ? FLAG_NULL : 0) |
                     (object->is_multipart ? FLAG_MULTIPART : 0) |
                     (object->is_composite ? FLAG_COMPOSITE : 0) |
                     (object->has_legal_hold ? FLAG_LEGAL_HOLD : 0));
}

void object_encode(struct buf *buf, const struct object *object)
{
    buf_append_char(buf, FORMAT);
    buf_append_char(buf, (char)flags_of(object));
    buf_append_char(buf, (char)object->algorithm);
    buf_append_char(buf, (char)object->lock_mode);
    put_u64(buf, object->number);
    put_u64(buf, (uint64_t)object->modified_ms);
    put_u64(buf, object->size);
    put_u64(buf, (uint64_t)object->lock_until_ms);
    buf_append(buf, slice_of(object->salt, SALT_LEN));
    put_text(buf, object->checksum);
    put_text(buf, object->etag);
    put_text(buf, object->storage_class);
    put_text(buf, object->acl);
    put_pairs(buf, object->headers);
    put_pairs(buf, object->tags);
    put_u32(buf, (uint32_t)object->part_count);
    for (size_t i = 0; i < object->part_count; i++) {
        const struct object_part *part = &object->parts[i];
        put_u64(buf, part->body.id);
        put_u64(buf, part->body.size);
        put_u32(buf, part->number << 1 | part->body.is_inline);
        put_text(buf, part->checksum);
    }
}

/* --- reading it --- */

struct record {
    struct slice rest;
    bool has_failed;
};

static struct slice take(struct record *record, size_t len)
{
    if (record->rest.len < len) {
        record->has_failed = true;
        return slice_of("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", len <= 16 ? len : 0);
    }
    struct slice bytes = slice_take(record->rest, len);
    record->rest = slice_skip(record->rest, len);
    return bytes;
}

static uint8_t take_u8(struct record *record)
{
    return (uint8_t)take(record, 1).ptr[0];
}

static uint32_t take_u32(struct record *record)
{
    struct slice bytes = take(record, 4);
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        value = value << 8 | (uint8_t)bytes.ptr[i];
    }
    return value;
}

static uint64_t take_u64(struct record *record)
{
    return number_read(take(record, 8).ptr);
}

static struct slice take_text(struct record *record)
{
    return take(record, take_u32(record));
}

static struct http_headers take_pairs(struct record *record, struct arena *arena)
{
    uint32_t count = take_u32(record);
    if (count > record->rest.len / 8) {
        record->has_failed = true;
        return (struct http_headers){NULL, 0};
    }
    struct http_header *items = arena_array(arena, count, sizeof(*items));
    for (uint32_t i = 0; i < count; i++) {
        items[i].name = take_text(record);
        items[i].value = take_text(record);
    }
    return (struct http_headers){items, count};
}

static void take_head(struct record *record, struct object *object)
{
    record->has_failed = take_u8(record) != FORMAT;
    uint8_t flags = take_u8(record);
    object->is_marker = (flags & FLAG_MARKER) != 0;
    object->is_null = (flags & FLAG_NULL) != 0;
    object->is_multipart = (flags & FLAG_MULTIPART) != 0;
    object->is_composite = (flags & FLAG_COMPOSITE) != 0;
    object->has_legal_hold = (flags & FLAG_LEGAL_HOLD) != 0;
    uint8_t algorithm = take_u8(record);
    record->has_failed = record->has_failed || algorithm >= CHECKSUM_COUNT;
    object->algorithm = algorithm < CHECKSUM_COUNT ? (enum checksum)algorithm : CHECKSUM_NONE;
    object->lock_mode = (enum lock_mode)(take_u8(record) % 3);
    object->number = take_u64(record);
    object->modified_ms = (int64_t)take_u64(record);
    object->size = take_u64(record);
    object->lock_until_ms = (int64_t)take_u64(record);
    memcpy(object->salt, take(record, SALT_LEN).ptr, SALT_LEN);
    object->checksum = take_text(record);
    object->etag = take_text(record);
    object->storage_class = take_text(record);
    object->acl = take_text(record);
}

bool object_decode_head(struct slice bytes, struct object *ret_object)
{
    struct record record = {.rest = bytes};
    *ret_object = (struct object){.number = 0};
    take_head(&record, ret_object);
    return !record.has_failed;
}

bool object_decode(struct arena *arena, struct slice bytes, struct object *ret_object)
{
    struct record record = {.rest = bytes};
    *ret_object = (struct object){.number = 0};
    take_head(&record, ret_object);
    ret_object->headers = take_pairs(&record, arena);
    ret_object->tags = take_pairs(&record, arena);
    uint32_t count = take_u32(&record);
    if (record.has_failed || count > record.rest.len / 24) {
        return false;
    }
    struct object_part *parts = arena_array(arena, count, sizeof(*parts));
    for (uint32_t i = 0; i < count; i++) {
        parts[i].body.id = take_u64(&record);
        parts[i].body.size = take_u64(&record);
        uint32_t number = take_u32(&record);
        parts[i].number = number >> 1;
        parts[i].body.is_inline = (number & 1) != 0;
        parts[i].checksum = take_text(&record);
    }
    ret_object->parts = parts;
    ret_object->part_count = count;
    return !record.has_failed && record.rest.len == 0;
}

struct body *object_bodies(struct arena *arena, const struct object *object)
{
    struct body *bodies = arena_array(arena, object->part_count, sizeof(*bodies));
    for (size_t i = 0; i < object->part_count; i++) {
        bodies[i] = object->parts[i].body;
    }
    return bodies;
}

/* --- version ids --- */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";

/* 24 bytes in 32 characters: the number, made to look random by the salt, and the salt. */
void version_id_write(char out[VERSION_ID_LEN + 1], uint64_t number, const char salt[SALT_LEN])
{
    char bytes[8 + SALT_LEN];
    number_write(bytes, number ^ number_read(salt));
    memcpy(bytes + 8, salt, SALT_LEN);
    for (size_t i = 0; i < sizeof(bytes); i += 3) {
        uint32_t word = (uint32_t)(uint8_t)bytes[i] << 16 | (uint32_t)(uint8_t)bytes[i + 1] << 8 |
                        (uint8_t)bytes[i + 2];
        for (int shift = 18; shift >= 0; shift -= 6) {
            *out++ = alphabet[word >> shift & 63];
        }
    }
    *out = '\0';
}

bool version_id_parse(struct slice id, uint64_t *ret_number, char ret_salt[SALT_LEN])
{
    char bytes[8 + SALT_LEN];
    if (id.len != VERSION_ID_LEN) {
        return false;
    }
    for (size_t i = 0, at = 0; i < id.len; i += 4) {
        uint32_t word = 0;
        for (size_t k = 0; k < 4; k++) {
            const char *found = id.ptr[i + k] != '\0' ? strchr(alphabet, id.ptr[i + k]) : NULL;
            if (found == NULL) {
                return false;
            }
            word = word << 6 | (uint32_t)(found - alphabet);
        }
        bytes[at++] = (char)(word >> 16);
        bytes[at++] = (char)(word >> 8);
        bytes[at++] = (char)word;
    }
    memcpy(ret_salt, bytes + 8, SALT_LEN);
    *ret_number = number_read(bytes) ^ number_read(ret_salt);
    return true;
}

struct slice object_version_id(struct arena *arena, const struct object *object)
{
    char id[VERSION_ID_LEN + 1];
    if (object->is_null) {
        return SLICE("null");
    }
    version_id_write(id, object->number, object->salt);
    return arena_copy(arena, slice_of(id, VERSION_ID_LEN));
}

/* --- keys --- */

struct slice older_key(char *bytes, struct slice key, uint64_t number)
{
    assert(key.len <= S3_KEY_MAX);
    memcpy(bytes, key.ptr, key.len);
    bytes[key.len] = '\0';
    number_write(bytes + key.len + 1, ~number);
    return slice_of(bytes, key.len + 9);
}

bool older_key_split(struct slice wide, struct slice *ret_key, uint64_t *ret_number)
{
    if (wide.len < 10 || wide.ptr[wide.len - 9] != '\0') {
        return false;
    }
    *ret_key = slice_take(wide, wide.len - 9);
    *ret_number = ~number_read(wide.ptr + wide.len - 8);
    return true;
}

bool object_find(struct txn *txn, uint64_t space, struct slice key, struct slice *ret_record)
{
    return wide_get(txn, OBJECT_CURRENT, space, key, ret_record);
}

bool object_find_older(struct txn *txn, uint64_t space, struct slice key, struct slice *ret_record)
{
    char bytes[WIDE_KEY_MAX];
    struct slice found;
    uint64_t number;
    AUTO_WIDE_CURSOR cursor;
    if (key.len > S3_KEY_MAX) {
        return false;
    }
    wide_cursor_open(&cursor, txn, OBJECT_OLDER, space);
    if (!wide_seek(&cursor, older_key(bytes, key, UINT64_MAX)) ||
        !older_key_split(cursor.key, &found, &number) || !slice_eq(found, key)) {
        return false;
    }
    *ret_record = cursor.value;
    return true;
}

static bool is_version(struct slice record, struct slice version_id)
{
    struct object object;
    char id[VERSION_ID_LEN + 1];
    if (!object_decode_head(record, &object)) {
        return false;
    }
    if (object.is_null) {
        return slice_is(version_id, "null");
    }
    version_id_write(id, object.number, object.salt);
    return slice_is(version_id, id);
}

bool object_find_version(struct txn *txn, uint64_t space, struct slice key, struct slice version_id,
                         struct slice *ret_record, bool *ret_is_current)
{
    char bytes[WIDE_KEY_MAX];
    char salt[SALT_LEN];
    uint64_t number;
    struct slice value;
    *ret_is_current = true;
    if (key.len > S3_KEY_MAX) {
        return false;
    }
    if (object_find(txn, space, key, ret_record) && is_version(*ret_record, version_id)) {
        return true;
    }
    *ret_is_current = false;
    if (slice_is(version_id, "null")) {
        if (!wide_get(txn, OBJECT_NULL, space, key, &value) || value.len != 8) {
            return false;
        }
        number = number_read(value.ptr);
    } else if (!version_id_parse(version_id, &number, salt)) {
        return false;
    }
    return wide_get(txn, OBJECT_OLDER, space, older_key(bytes, key, number), ret_record) &&
           is_version(*ret_record, version_id);
}
