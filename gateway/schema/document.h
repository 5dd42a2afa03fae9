/* A JSON text read once into values that keep its bytes: for models, which are read often and by structure, and for the
 * bodies held against them.
 *
 * Numbers stay text, of any length; strings are decoded; members of one name are one (the last value, at the first's place, as
 * Jackson has it). Nothing is rounded, so whatever is equal is equal by value.
 *
 * Ownership  Values live in the arena they were read into and point into the text where nothing was escaped.
 * Thread     Any, once read.
 * Limits     JSON_DEPTH_MAX levels. One pass over the text; at most 16 bytes for each byte of it, and as many while it is read
 *            ("[0,0,0"). */
#ifndef SLS_GATEWAY_SCHEMA_DOCUMENT_H
#define SLS_GATEWAY_SCHEMA_DOCUMENT_H

#include "core/arena.h"
#include "core/buf.h"
#include "core/json.h"
#include "core/json_writer.h"

struct json_member;

struct json_value {
    enum json_kind kind;
    uint32_t len; /* bytes of a text, number of elements or members; 1 for true */
    union {
        const char *chars; /* a string's, decoded; a number's, as they were */
        const struct json_value *elements;
        const struct json_member *members; /* as they stand in the text */
    };
};

struct json_member {
    struct slice name;
    struct json_value value;
};

static inline struct slice value_text(const struct json_value *value)
{
    return slice_of(value->chars, value->len);
}

/* The members of an object by name: an array of as many pointers. */
static inline const struct json_member *const *value_sorted(const struct json_value *object)
{
    return (const struct json_member *const *)(const void *)(object->members + object->len);
}

/* False for what is no JSON (one value, white space around it), and for numbers whose exponent exceeds 32 bits, which Java
 * refuses too. `text` must outlive the values. */
MUST_CHECK bool document_read(struct arena *arena, struct slice text, struct json_value *ret_value);

/* NULL when `object` is none or has no such member. */
const struct json_value *value_member(const struct json_value *object, struct slice name);
/* The member of that name, of that kind; NULL otherwise. */
const struct json_value *value_member_of(const struct json_value *object, const char *name,
                                         enum json_kind kind);

/* A total order in which two values are neighbours exactly when they are equal as JSON Schema has it: 1 and 1.0 are, members
 * have no order. */
int value_compare(const struct json_value *a, const struct json_value *b);
/* Of texts, as Java orders them: by UTF-16 units. */
int name_compare(struct slice a, struct slice b);

/* As Jackson prints it: no white space, numbers without trailing zeros. */
void value_print(struct buf *buf, const struct json_value *value);
/* A string alone: Jackson's hexadecimal digits are large, "\\u001F". */
void value_print_string(struct json_writer *w, struct slice text);

#endif
