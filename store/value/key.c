#include "store/value/key.h"

#include <assert.h>
#include <md5.h>

#define SLOTS 4096 /* of the first 12 bits of a hash: segments of a Scan are made of whole slots */

static void put_id(struct key *key, uint32_t id)
{
    key->bytes[0] = (uint8_t)(id >> 24);
    key->bytes[1] = (uint8_t)(id >> 16 & 0xff);
    key->bytes[2] = (uint8_t)(id >> 8 & 0xff);
    key->bytes[3] = (uint8_t)(id & 0xff);
    key->len = KEY_ID_LEN;
}

static void put_bytes(struct key *key, const void *bytes, size_t len)
{
    assert(key->len + len <= ENGINE_KEY_MAX);
    memcpy(key->bytes + key->len, bytes, len);
    key->len = (uint16_t)(key->len + len);
}

/* --- what does not fit --- */

enum key_fit key_check(const struct key_schema *schema, struct slice item,
                       const struct key_part **ret_part)
{
    size_t hash_len = 0;
    size_t range_len = 0;
    size_t count = key_part_count(schema);
    for (size_t i = 0; i < count; i++) {
        const struct key_part *part = &schema->parts[i];
        bool is_hash = i < schema->hash_count;
        size_t *len = is_hash ? &hash_len : &range_len;
        struct attr attr = item_get(item, part->name);
        enum key_fit fit = KEY_FITS;
        *len += attr.raw.len;
        if (attr.type == ATTR_NONE) {
            fit = KEY_MISSING;
        } else if (attr.type != part->type) {
            fit = KEY_WRONG_TYPE;
        } else if (attr.raw.len == 0) {
            fit = KEY_EMPTY;
        } else if (is_hash && hash_len > PARTITION_KEY_MAX) {
            fit = KEY_HASH_TOO_LONG;
        } else if (!is_hash && range_len > SORT_KEY_MAX) {
            fit = KEY_RANGE_TOO_LONG;
        }
        if (fit != KEY_FITS) {
            if (ret_part != NULL) {
                *ret_part = part;
            }
            return fit;
        }
    }
    return KEY_FITS;
}

bool key_is_same(const struct key_schema *schema, struct slice a, struct slice b)
{
    for (size_t i = 0; i < key_part_count(schema); i++) {
        if (!attr_eq(item_get(a, schema->parts[i].name), item_get(b, schema->parts[i].name))) {
            return false;
        }
    }
    return true;
}

/* --- hashes --- */

static void hash_begin(MD5_CTX *md5)
{
    MD5Init(md5);
    MD5Update(md5, (const uint8_t *)"Outliers", 8);
}

static void hash_add(MD5_CTX *md5, struct slice bytes)
{
    if (bytes.len != 0) {
        MD5Update(md5, (const uint8_t *)bytes.ptr, bytes.len);
    }
}

/* Parts that could run into each other are kept apart by their lengths. */
static void hash_add_length(MD5_CTX *md5, size_t len)
{
    uint8_t bytes[4] = {(uint8_t)(len >> 24), (uint8_t)(len >> 16 & 0xff),
                        (uint8_t)(len >> 8 & 0xff), (uint8_t)(len & 0xff)};
    MD5Update(md5, bytes, sizeof(bytes));
}

void key_hash(const struct key_part *parts, const struct attr *values, size_t count,
              uint8_t out[KEY_HASH_LEN])
{
    MD5_CTX md5;
    hash_begin(&md5);
    for (size_t i = 0; i < count; i++) {
        assert(values[i].type == parts[i].type);
        if (count > 1) {
            hash_add_length(&md5, values[i].raw.len);
        }
        hash_add(&md5, values[i].raw);
    }
    MD5Final(out, &md5);
}

static void hash_of_item(const struct key_schema *schema, struct slice item,
                         uint8_t out[KEY_HASH_LEN])
{
    struct attr values[KEY_PARTS_MAX];
    for (size_t i = 0; i < schema->hash_count; i++) {
        values[i] = item_get(item, schema->parts[i].name);
    }
    key_hash(schema->parts, values, schema->hash_count, out);
}

/* Of the table's whole key. The partition key's length tells "a", "bc" from "ab", "c". */
static void put_tie(struct key *key, const struct key_schema *table, struct slice item)
{
    uint8_t tie[KEY_TIE_LEN];
    MD5_CTX md5;
    struct slice hash = item_get(item, table->parts[0].name).raw;
    hash_begin(&md5);
    if (table->range_count != 0) {
        hash_add_length(&md5, hash.len);
    }
    hash_add(&md5, hash);
    if (table->range_count != 0) {
        hash_add(&md5, item_get(item, table->parts[1].name).raw);
    }
    MD5Final(tie, &md5);
    put_bytes(key, tie, sizeof(tie));
}

/* --- ranges --- */

/* Bytes that go to a key, or are only counted once it is full. */
struct range {
    uint8_t bytes[KEY_RANGE_MAX];
    size_t len; /* of the whole encoding */
};

static void range_put(struct range *range, const void *bytes, size_t len)
{
    if (range->len < KEY_RANGE_MAX && len != 0) {
        size_t room = KEY_RANGE_MAX - range->len;
        memcpy(range->bytes + range->len, bytes, len < room ? len : room);
    }
    range->len += len;
}

/* Runs without a 00 in one piece. */
static void range_put_escaped(struct range *range, struct slice bytes)
{
    while (bytes.len != 0) {
        size_t plain_len = slice_find(bytes, '\0');
        bool has_zero = plain_len != SLICE_NPOS;
        plain_len = has_zero ? plain_len : bytes.len;
        range_put(range, bytes.ptr, plain_len);
        bytes = slice_skip(bytes, plain_len + has_zero);
        if (has_zero) {
            range_put(range, "\x00\xff", 2);
        }
    }
    range_put(range, "\x00\x00", 2);
}

static void range_put_value(struct range *range, struct attr value)
{
    if (value.type == ATTR_N) {
        range_put(range, value.raw.ptr, value.raw.len);
        range_put(range, "", 1);
    } else {
        range_put_escaped(range, value.raw);
    }
}

void key_append_range(struct buf *buf, struct attr value, bool is_last_of_item)
{
    struct slice rest = value.raw;
    if (is_last_of_item || value.type == ATTR_N) {
        buf_append(buf, rest);
        if (!is_last_of_item) {
            buf_append_char(buf, '\0');
        }
        return;
    }
    for (size_t zero; (zero = slice_find(rest, '\0')) != SLICE_NPOS;
         rest = slice_skip(rest, zero + 1)) {
        buf_append(buf, slice_take(rest, zero));
        buf_append(buf, SLICE("\x00\xff"));
    }
    buf_append(buf, rest);
    buf_append(buf, SLICE("\x00\x00"));
}

/* --- whole keys --- */

void key_of_item(uint32_t id, const struct key_schema *schema, struct slice item,
                 struct key *ret_key)
{
    uint8_t hash[KEY_HASH_LEN];
    assert(schema->hash_count == 1 && schema->range_count <= 1);
    hash_of_item(schema, item, hash);
    key_prefix_hash(id, hash, ret_key);
    if (schema->range_count == 0) {
        return;
    }
    struct slice range = item_get(item, schema->parts[1].name).raw;
    put_bytes(ret_key, range.ptr, range.len < KEY_RANGE_MAX ? range.len : KEY_RANGE_MAX);
    if (range.len > KEY_RANGE_MAX) {
        put_tie(ret_key, schema, item);
    }
}

void key_of_entry(uint32_t id, const struct key_schema *index, const struct key_schema *table,
                  struct slice item, struct key *ret_key)
{
    uint8_t hash[KEY_HASH_LEN];
    struct range range;
    range.len = 0;
    hash_of_item(index, item, hash);
    key_prefix_hash(id, hash, ret_key);
    for (size_t i = index->hash_count; i < key_part_count(index); i++) {
        range_put_value(&range, item_get(item, index->parts[i].name));
    }
    put_bytes(ret_key, range.bytes, range.len < KEY_RANGE_MAX ? range.len : KEY_RANGE_MAX);
    put_tie(ret_key, table, item);
}

void key_of_ttl(uint32_t id, int64_t expires_s, const struct key_schema *table, struct slice item,
                struct key *ret_key)
{
    uint64_t seconds = expires_s > 0 ? (uint64_t)expires_s : 0;
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(seconds >> (56 - 8 * i) & 0xff);
    }
    put_id(ret_key, id);
    put_bytes(ret_key, bytes, sizeof(bytes));
    put_tie(ret_key, table, item);
}

void key_of_target(uint32_t table_id, struct slice entry_value, struct key *ret_key)
{
    put_id(ret_key, table_id);
    put_bytes(ret_key, entry_value.ptr, entry_value.len);
}

/* --- bounds --- */

void key_prefix_id(uint32_t id, struct key *ret_key)
{
    put_id(ret_key, id);
}

void key_prefix_hash(uint32_t id, const uint8_t hash[KEY_HASH_LEN], struct key *ret_key)
{
    put_id(ret_key, id);
    put_bytes(ret_key, hash, KEY_HASH_LEN);
}

bool key_prefix_end(struct key *key)
{
    while (key->len != 0 && key->bytes[key->len - 1] == 0xff) {
        key->len--;
    }
    if (key->len == 0) {
        return false;
    }
    key->bytes[key->len - 1]++;
    return true;
}

static void put_slot(uint64_t slot, uint8_t out[KEY_HASH_LEN])
{
    memset(out, 0, KEY_HASH_LEN);
    out[0] = (uint8_t)(slot >> 4);
    out[1] = (uint8_t)(slot << 4 & 0xf0);
}

bool key_segment(uint32_t segment, uint32_t total, uint8_t ret_first[KEY_HASH_LEN],
                 uint8_t ret_end[KEY_HASH_LEN], bool *ret_has_end)
{
    assert(segment < total);
    uint64_t first = (UINT64_C(1) * SLOTS * segment + total - 1) / total;
    uint64_t end = (UINT64_C(1) * SLOTS * (segment + 1) + total - 1) / total;
    if (first == end) {
        return false;
    }
    put_slot(first, ret_first);
    *ret_has_end = end < SLOTS;
    if (*ret_has_end) {
        put_slot(end, ret_end);
    }
    return true;
}
