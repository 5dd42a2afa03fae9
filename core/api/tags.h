/* The tags of a resource: keys with values, in the order of their keys.
 *
 * As JSON they are an object, {"team":"orders"}, or a list, [{"Key":"team","Value":"orders"}]: each service keeps them as it
 * tells them.
 *
 * Ownership  Results are in the arena; their texts stay where they came from.
 * Source     AWS General Reference, "Tagging AWS resources". */
#ifndef SLS_CORE_API_TAGS_H
#define SLS_CORE_API_TAGS_H

#include "core/api/model.h"
#include "core/json_writer.h"

#define TAGS_MAX 50 /* of one resource; the services refuse more, each in its own words */

struct tag {
    struct slice key, value;
};

struct tags {
    struct tag *items;
    size_t count;
};

/* A key twice: its last value counts. What is no tag is passed over. */
struct tags tags_of_object(struct arena *arena, struct slice json);
/* Also of a template, whose values may be numbers and booleans. */
struct tags tags_of_list(struct arena *arena, struct slice json);
/* Of a request: entries of a map, or records with a key and a value. */
struct tags tags_of_map(struct arena *arena, const struct field *map);
struct tags tags_of_records(struct arena *arena, const struct field *list, int key_member,
                            int value_member);

/* Adds one, for which there must be room; its texts are not copied. False: the key was there, its value is replaced. */
bool tags_set(struct tags *tags, struct slice key, struct slice value);
/* Those of `added` count where both have a key. */
struct tags tags_with(struct arena *arena, const struct tags *tags, const struct tags *added);
/* Without those of a list of keys. */
struct tags tags_without(struct arena *arena, const struct tags *tags, const struct field *keys);
bool tags_equal(const struct tags *a, const struct tags *b);
/* Whether each of `some` is among `tags`, with its value. */
bool tags_include(const struct tags *tags, const struct tags *some);

void tags_write_object(struct json_writer *w, const struct tags *tags);
void tags_write_list(struct json_writer *w, const struct tags *tags);
/* The same as a text; SLICE_NULL when there are none. */
struct slice tags_object(struct arena *arena, const struct tags *tags);
struct slice tags_list(struct arena *arena, const struct tags *tags);

/* Letters and digits of all scripts, blanks and _ . : / = + - @, as most services want keys and values. */
bool tag_text_is_valid(struct slice text);

#endif
