/* The one place that knows how DynamoDB's keys become LMDB's.
 *
 *     item in DB_ITEMS        id (u32 BE) | hash (16) | range                    -> stored item
 *     entry in DB_ENTRIES     id (u32 BE) | hash (16) | range | tie (16)         -> the item's key without id
 *     TTL entry in DB_ENTRIES id (u32 BE) | epoch seconds (u64 BE) | tie (16)    -> the item's key without id
 *
 * id    of the table, index, TTL index or backup: a number never used again (catalog.h).
 * hash  MD5 of "Outliers" and the partition key's bytes: the order of a Scan, as on AWS, and the slots of
 *       parallel segments. Of multi-attribute index keys: over all their parts, each after its length (u32 BE).
 * range The sort key, order-preserving: S and B as they are, N as in number.h. In an entry, or before
 *       another part, S and B are escaped (00 -> 00 FF) and end with 00 00, N ends with 00.
 * tie   MD5 of "Outliers", partition key and sort key of the table: orders equal index keys. In a table with a sort
 *       key the partition key's length (u32 BE) goes before it, so that "a", "bc" and "ab", "c" differ.
 *
 * Long keys. LMDB's keys end at 511 bytes, a sort key may have 1,024. A range of more than
 * KEY_RANGE_MAX bytes (with its terminator) is cut there without a terminator and always followed by a tie
 * (in DB_ITEMS as well), so a key is long exactly when it has ENGINE_KEY_MAX bytes. Neighbours with the same
 * cut range form a run, whose order the reader takes from the items' own attributes (reader.h).
 *
 * Two partition keys with one MD5 (an attack; it does not happen by itself) are told apart by the items'
 * attributes: a write that meets a stranger under its key is refused with InternalServerError, a read finds
 * nothing.
 *
 * Limits  Partition key 2,048 bytes, sort key 1,024 (checked by whoever takes them from a client).
 * Source  DESIGN.md decision 3; reference/dynamodb.md sections 11.4 and 16.1. */
#ifndef SLS_STORE_KEY_H
#define SLS_STORE_KEY_H

#include "store/engine/engine.h"
#include "store/value/attr.h"

#define KEY_HASH_LEN 16
#define KEY_TIE_LEN 16
#define KEY_ID_LEN 4
#define KEY_RANGE_MAX (ENGINE_KEY_MAX - KEY_ID_LEN - KEY_HASH_LEN - KEY_TIE_LEN) /* 475 */
#define KEY_PARTS_MAX 8 /* 4 partition and 4 sort key attributes of a GSI */
#define PARTITION_KEY_MAX 2048
#define SORT_KEY_MAX 1024

struct key_part {
    struct slice name;
    enum attr_type type; /* S, N or B */
};

/* Key attributes in the order of the KeySchema: partition first. A table has 1 + 0..1. */
struct key_schema {
    struct key_part parts[KEY_PARTS_MAX];
    uint8_t hash_count;
    uint8_t range_count;
};

static inline size_t key_part_count(const struct key_schema *schema)
{
    return (size_t)schema->hash_count + schema->range_count;
}

struct key {
    uint16_t len;
    uint8_t bytes[ENGINE_KEY_MAX];
};

static inline struct slice key_slice(const struct key *key)
{
    return slice_of((const char *)key->bytes, key->len);
}
static inline bool key_is_long(struct slice key)
{
    return key.len == ENGINE_KEY_MAX;
}
/* The key of an item without its id: what entries point with. */
static inline struct slice key_without_id(struct slice key)
{
    return slice_skip(key, KEY_ID_LEN);
}

/* Why an item has no key by a schema. */
enum key_fit {
    KEY_FITS,
    KEY_MISSING, /* an attribute is absent: in an index, not indexed */
    KEY_WRONG_TYPE,
    KEY_EMPTY, /* an empty string or binary */
    KEY_HASH_TOO_LONG,
    KEY_RANGE_TOO_LONG
};
/* `*ret_part`: the first part that does not fit (may be NULL). Of several reasons the first in KeySchema order. */
enum key_fit key_check(const struct key_schema *schema, struct slice item,
                       const struct key_part **ret_part);

/* Whether two items, or Key maps, have the same values in all key attributes. */
bool key_is_same(const struct key_schema *schema, struct slice a, struct slice b);
/* Of an item, or of a Key map, that fits. */
void key_of_item(uint32_t id, const struct key_schema *schema, struct slice item,
                 struct key *ret_key);
void key_of_entry(uint32_t id, const struct key_schema *index, const struct key_schema *table,
                  struct slice item, struct key *ret_key);
void key_of_ttl(uint32_t id, int64_t expires_s, const struct key_schema *table, struct slice item,
                struct key *ret_key);
/* The item an entry points to: table id in front of the entry's value. */
void key_of_target(uint32_t table_id, struct slice entry_value, struct key *ret_key);

/* --- for ranges --- */

void key_hash(const struct key_part *parts, const struct attr *values, size_t count,
              uint8_t out[KEY_HASH_LEN]);
/* Everything of one id: [id, id + 1). Everything of one partition: the key itself is the inclusive lower bound,
 * key_prefix_end() of it the exclusive upper one. */
void key_prefix_id(uint32_t id, struct key *ret_key);
void key_prefix_hash(uint32_t id, const uint8_t hash[KEY_HASH_LEN], struct key *ret_key);
/* Next after all keys that start with `key`: false when there is none (all FF). */
bool key_prefix_end(struct key *key);
/* Appends the encoded form of a sort key value: all of it (up to 2 * 1,024 + 2 bytes), cut nowhere. With
 * `is_last_of_item` without terminator (DB_ITEMS), else with. */
void key_append_range(struct buf *buf, struct attr value, bool is_last_of_item);
/* Hash bounds of a Scan segment: slots of the first 12 bits, ceil(4096 * s / n) to ceil(4096 * (s + 1) / n).
 * False when the segment is empty. `*ret_has_end` false: up to the end of the id. */
bool key_segment(uint32_t segment, uint32_t total, uint8_t ret_first[KEY_HASH_LEN],
                 uint8_t ret_end[KEY_HASH_LEN], bool *ret_has_end);

#endif
