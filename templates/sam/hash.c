/* The hashes in logical ids: SHA-1 of a value's JSON with sorted keys and without blanks, as the
 * translator prints it, so that the same input gives the same id. */
#include "templates/sam/sam.h"

#include "core/id.h"
#include "core/json_writer.h"

#include <assert.h>
#include <sha1.h>
#include <stdlib.h>

#define CANONICAL_MAX (64u * 1024 * 1024)

void sam_write_ascii_string(struct buf *buf, struct slice text)
{
    static const char hex[] = "0123456789abcdef";
    buf_append_char(buf, '"');
    for (size_t i = 0; i < text.len;) {
        unsigned char c = (unsigned char)text.ptr[i];
        uint32_t code = c;
        size_t len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
        if (c < 0x80) {
            static const char named[] = "\b\t\n\f\r\"\\";
            static const char letters[] = "btnfr\"\\";
            const char *at = c != 0 ? strchr(named, c) : NULL;
            if (at != NULL) {
                buf_append_char(buf, '\\');
                buf_append_char(buf, letters[at - named]);
                i++;
                continue;
            }
            if (c >= 0x20 && c < 0x7f) {
                buf_append_char(buf, (char)c);
                i++;
                continue;
            }
            if (c == 0x7f) {
                buf_append_char(buf, (char)c);
                i++;
                continue;
            }
        } else {
            code = c & (0x7fu >> len);
            for (size_t k = 1; k < len && i + k < text.len; k++) {
                code = (code << 6) | ((unsigned char)text.ptr[i + k] & 0x3f);
            }
        }
        i += len;
        uint32_t units[2] = {code, 0};
        if (code >= 0x10000) {
            units[0] = 0xd800 + ((code - 0x10000) >> 10);
            units[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        for (size_t k = 0; k < 2 && (k == 0 || units[k] != 0); k++) {
            buf_append_text(buf, "\\u");
            for (int shift = 12; shift >= 0; shift -= 4) {
                buf_append_char(buf, hex[(units[k] >> shift) & 0xf]);
            }
        }
    }
    buf_append_char(buf, '"');
}

static int by_key(const void *a, const void *b)
{
    const struct value_entry *const *x = a;
    const struct value_entry *const *y = b;
    return slice_compare((*x)->key, (*y)->key);
}

static void write_canonical(struct sam *sam, struct buf *buf, const struct value *value)
{
    switch (value->kind) {
    case VALUE_NULL:
        buf_append_text(buf, "null");
        break;
    case VALUE_BOOL:
        buf_append_text(buf, value->as.boolean ? "true" : "false");
        break;
    case VALUE_INT:
        buf_append_i64(buf, value->as.integer);
        break;
    case VALUE_FLOAT: {
        struct json_writer writer = json_writer_init(buf);
        json_write_double(&writer, value->as.number);
        break;
    }
    case VALUE_STRING:
        sam_write_ascii_string(buf, value->text);
        break;
    case VALUE_LIST:
        buf_append_char(buf, '[');
        for (size_t i = 0; i < value->as.list.count; i++) {
            if (i > 0) {
                buf_append_char(buf, ',');
            }
            write_canonical(sam, buf, value->as.list.items[i]);
        }
        buf_append_char(buf, ']');
        break;
    case VALUE_MAP: {
        size_t count = value->as.map.count;
        const struct value_entry **entries = arena_array(sam->arena, count, sizeof(*entries));
        for (size_t i = 0; i < count; i++) {
            entries[i] = &value->as.map.entries[i];
        }
        qsort(entries, count, sizeof(*entries), by_key);
        buf_append_char(buf, '{');
        for (size_t i = 0; i < count; i++) {
            if (i > 0) {
                buf_append_char(buf, ',');
            }
            sam_write_ascii_string(buf, entries[i]->key);
            buf_append_char(buf, ':');
            write_canonical(sam, buf, entries[i]->value);
        }
        buf_append_char(buf, '}');
        break;
    }
    }
}

struct slice sam_hash_text(struct sam *sam, struct slice text, size_t digits)
{
    uint8_t digest[SHA1_DIGEST_LENGTH];
    char hex[2 * SHA1_DIGEST_LENGTH + 1];
    assert(digits < sizeof(hex));
    SHA1_CTX context;
    SHA1Init(&context);
    SHA1Update(&context, (const uint8_t *)text.ptr, text.len);
    SHA1Final(digest, &context);
    id_hex(hex, digest, sizeof(digest));
    return arena_copy(sam->arena, slice_of(hex, digits));
}

struct slice sam_hash(struct sam *sam, const struct value *value)
{
    if (!sam_is_truthy(value)) {
        return SLICE("");
    }
    AUTO_BUF buf = BUF_INIT(CANONICAL_MAX);
    if (value->kind == VALUE_STRING) {
        return sam_hash_text(sam, value->text, SAM_HASH_HEX);
    }
    write_canonical(sam, &buf, value);
    return sam_hash_text(sam, buf_slice(&buf), SAM_HASH_HEX);
}

struct slice sam_suffixed(struct sam *sam, struct slice prefix, struct slice suffix)
{
    if (suffix.len > 0 && !slice_is_alnum(suffix, "")) {
        suffix = sam_hash_text(sam, suffix, SAM_HASH_HEX);
    }
    return arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(prefix), SLICE_ARG(suffix));
}
