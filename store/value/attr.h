/* Attribute values and items in their stored form, read in place.
 *
 *     value     := type (1 byte, enum attr_type), payload
 *     S, B      := varint length, bytes
 *     N         := varint length, bytes of number.h
 *     BOOL      := 0 or 1;   NULL := nothing
 *     SS NS BS  := u32 length of what follows, u32 count, (varint length, bytes)*  sorted by the bytes
 *     L         := u32 length of what follows, u32 count, value*
 *     M         := u32 length of what follows, u32 count, (varint name length, name, value)*  sorted by name
 *     item      := the M payload from its count on
 *     stored    := u32 size of the item in DynamoDB's sense, item          (what DB_ITEMS holds)
 *
 * Integers are little-endian, varints LEB128. Because sets and maps are sorted and numbers have one form,
 * two values are equal exactly when their bytes are. Lengths in front let a reader step over what it does
 * not want: projecting and filtering unpack nothing.
 *
 * Ownership  A struct attr points into the bytes it was read from.
 * Thread     Any.
 * Errors     The bytes are ours: what breaks the form is our own bug (asserted).
 * Source     Developer Guide, "Data types" and "Item sizes and formats"; reference/dynamodb.md section 4. */
#ifndef SLS_STORE_ATTR_H
#define SLS_STORE_ATTR_H

#include "core/buf.h"

enum attr_type {
    ATTR_NONE, /* no value: an absent attribute */
    ATTR_S,
    ATTR_N,
    ATTR_B,
    ATTR_SS,
    ATTR_NS,
    ATTR_BS,
    ATTR_M,
    ATTR_L,
    ATTR_NULL,
    ATTR_BOOL,
    ATTR_TYPE_COUNT
};

/* `raw`: S, B their bytes; N the encoded number; BOOL one byte; M, L and sets from their count on. */
struct attr {
    enum attr_type type;
    struct slice raw;
};

#define ATTR_ABSENT ((struct attr){ATTR_NONE, {NULL, 0}})

const char *attr_type_name(enum attr_type type); /* "SS", "BOOL" */
bool attr_type_of_name(struct slice name, enum attr_type *ret_type);
const char *
attr_type_long_name(enum attr_type type); /* "STRING", "STRING_SET" as expression errors print it */
bool attr_is_set(enum attr_type type);
static inline bool attr_eq(struct attr a, struct attr b)
{
    return a.type == b.type && slice_eq(a.raw, b.raw);
}
/* Order of two S, N or B of one type. */
int attr_compare(struct attr a, struct attr b);

/* --- reading: `raw` of M (or an item), L, sets --- */

uint32_t attr_count(struct slice raw);
/* Steps through members (name set) or elements (name empty, of sets with the members' type). */
struct attr_iter {
    struct slice rest;
    uint32_t left;
    enum attr_type of; /* of a set's members; ATTR_NONE otherwise */
    bool has_names;
};
struct attr_iter attr_iter(struct attr container);
struct attr_iter item_iter(struct slice item);
bool attr_next(struct attr_iter *iter, struct slice *ret_name,
               struct attr *ret_attr); /* ret_name may be NULL */
/* One whole value off the front of *rest: what attr_write() wrote. */
struct attr attr_read(struct slice *rest);
struct slice attr_read_text(struct slice *rest); /* one name or set member */
/* ATTR_ABSENT when there is no such member; stops early, names are sorted. */
struct attr item_get(struct slice item, struct slice name);
struct attr attr_element(struct slice list, uint32_t index); /* ATTR_ABSENT past the end */
bool attr_set_has(struct attr set, struct slice member);

/* --- sizes, by the published formulas --- */

size_t attr_size(struct attr attr);  /* value bytes */
size_t item_size(struct slice item); /* names and values */
static inline size_t member_size(struct slice name, struct attr attr)
{
    return name.len + attr_size(attr);
}

/* --- writing --- */

void attr_write(struct buf *buf, struct attr attr); /* type and payload */
void attr_write_member(struct buf *buf, struct slice name,
                       struct attr attr); /* caller keeps names sorted */
/* The name alone: of a member whose value is written right behind it, by attr_open() for example. */
void attr_write_name(struct buf *buf, struct slice name);
/* A container whose members are appended one by one: L, M, sets, or with ATTR_NONE an item (no type, no
 * length). Returns a mark for attr_close(), which fills in length and count. */
size_t attr_open(struct buf *buf, enum attr_type type);
void attr_close(struct buf *buf, enum attr_type type, size_t mark, uint32_t count);
void attr_write_set_member(struct buf *buf, struct slice bytes);
/* The length of an S, B, name or set member and room for its bytes, counted already: the caller fills them in.
 * NULL when full. */
char *attr_write_room(struct buf *buf, size_t len);

/* What DB_ITEMS holds, taken apart. */
struct stored_item {
    uint32_t size;
    struct slice item;
};
struct stored_item stored_item(struct slice value); /* reads what DB_ITEMS holds */
void stored_item_head(uint32_t size, uint8_t out[4]);

#endif
