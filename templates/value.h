/* What a template file says: a tree of values that remember where they stood.
 *
 *     bytes -> yaml.c -> value tree (short tags already {"Fn::X": ...})
 *           -> sam/ or serverless/ (macros: the same tree, plain CloudFormation afterwards)
 *           -> resolve.c (parameters, conditions, intrinsics) -> deployment.c -> struct deployment
 *
 * Scalars  Plain scalars are typed by the table of the file's dialect (CloudFormation's YAML 1.1
 *          reading, or the Serverless Framework's); `text` is what CloudFormation passes on where
 *          text is wanted (`0755` is "493", `1.50` stays "1.50"), booleans keep what was written.
 *          Quoted and block scalars are strings.
 *
 * Maps     Keep the order of the file. CloudFormation: a repeated key, the last wins. Keys are
 *          text. Entries may be walked and their values replaced in place; keys come and go
 *          through value_set() and value_remove().
 *
 * Memory   Everything lives in the arena of the load. Nodes are shared freely; who changes a tree
 *          he did not build clones it first. */
#ifndef SLS_TEMPLATES_VALUE_H
#define SLS_TEMPLATES_VALUE_H

#include "core/arena.h"

struct source_pos {
    uint16_t file;   /* index into the load's list of files; 0 is the template itself */
    uint32_t line;   /* from 1; 0: nowhere (generated) */
    uint32_t column; /* from 1 */
};

enum value_kind {
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_INT,
    VALUE_FLOAT,
    VALUE_STRING,
    VALUE_LIST,
    VALUE_MAP
};

struct value {
    enum value_kind kind;
    struct source_pos pos;
    struct slice text; /* scalars: as written; VALUE_STRING: the string */
    bool has_unknown;  /* VALUE_STRING: something in it cannot be known here, and is left out */
    union {
        bool boolean;
        int64_t integer;
        double number;
        struct {
            struct value **items;
            size_t count, cap;
        } list;
        struct {
            struct value_entry *entries;
            size_t count, cap;
            uint32_t *slots; /* hash index of large maps, kept by value_set() and value_remove() */
        } map;
    } as;
};

struct value_entry {
    struct slice key;
    struct source_pos key_pos;
    struct value *value;
};

struct value *value_null(struct arena *arena, struct source_pos pos);
struct value *value_bool(struct arena *arena, struct source_pos pos, bool boolean);
struct value *value_int(struct arena *arena, struct source_pos pos, int64_t integer);
struct value *value_string(struct arena *arena, struct source_pos pos, struct slice text);
struct value *value_text(struct arena *arena, struct source_pos pos, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* The empty string that stands for what cannot be known here, but only in another stack or the account. */
struct value *value_unknown(struct arena *arena, struct source_pos pos);
bool value_is_unknown(const struct value *value); /* not NULL, and one of those */
struct value *value_list(struct arena *arena, struct source_pos pos);
struct value *value_map(struct arena *arena, struct source_pos pos);

void value_push(struct arena *arena, struct value *list, struct value *item);
/* Replaces the value of a key that is there, else appends. `key` is not copied. */
void value_set(struct arena *arena, struct value *map, struct slice key, struct value *value);
/* The same with the place of the key, which value_set() takes to be that of the value. */
void value_set_at(struct arena *arena, struct value *map, struct slice key,
                  struct source_pos key_pos, struct value *value);
void value_set_text(struct arena *arena, struct value *map, const char *key, const char *text);
bool value_remove(struct value *map, struct slice key);

/* NULL when `map` is NULL, no map, or has no such key. */
struct value *value_get(const struct value *map, const char *key);
struct value *value_find(const struct value *map, struct slice key);
const struct value_entry *value_entry(const struct value *map, struct slice key);
/* Follows keys: value_path(root, "Resources", "Fn", "Properties", NULL). */
struct value *value_path(const struct value *root, ...) __attribute__((sentinel));
size_t value_count(const struct value *list_or_map);
struct value *value_at(const struct value *list, size_t index);
bool value_is(const struct value *value, const char *text); /* a scalar with that text */
bool value_is_scalar(const struct value *value);            /* not NULL, null, list or map */

/* The text of a scalar as CloudFormation passes it on: "true", "80", "1.50", the string. SLICE_NULL
 * for the rest. */
struct slice value_scalar_text(const struct value *value);

/* A map with exactly one key that is "Ref", "Condition" or "Fn::...": its name and argument. */
bool value_is_intrinsic(const struct value *value, struct slice *ret_name, struct value **ret_arg);
/* {"Ref": name}, {"Fn::GetAtt": [id, attr]}, {"Fn::Sub": text} */
struct value *value_ref(struct arena *arena, struct source_pos pos, struct slice name);
struct value *value_getatt(struct arena *arena, struct source_pos pos, struct slice id,
                           const char *attribute);
struct value *value_sub(struct arena *arena, struct source_pos pos, struct slice text);

struct value *value_clone(struct arena *arena, const struct value *value); /* deep */
bool value_equal(const struct value *a, const struct value *b); /* maps without regard to order */
/* JSON text, for policies, definitions and tests. Keys in file order. */
struct buf;
void value_to_json(struct buf *buf, const struct value *value);

#endif
