/* The model's tables: one shape for each type of the service, written with the macros below. Private to model*.c.
 *
 *     STRUCTURE(tag, "Tag", NEED(KEY, tag_key), NEED(VALUE, tag_value));
 *     LIST(tags, tag);
 *
 * The order of members is the order in which the service tells what is wrong with them.
 *
 * Ownership  Static data. */
#ifndef SLS_STORE_MODEL_SHAPES_H
#define SLS_STORE_MODEL_SHAPES_H

#include "store/api/model.h"

struct pattern {
    const char *text; /* as the messages print it */
    bool (*matches)(struct slice text);
};

enum need {
    OPTIONAL,
    NEEDED,      /* "Member must not be null" */
    NEEDED_FIRST /* absent: refused in words of its own, before any constraint */
};

struct member {
    enum member_id id;
    enum need need;
    const struct shape *shape;
};

struct shape {
    enum field_type type;
    const char *name; /* STRUCT: "KeySchemaElement" */
    bool has_min, has_max;
    int64_t min, max;   /* characters, elements, entries, or the value itself */
    bool is_table;      /* the name of a table or its ARN, which may be longer */
    bool is_moved;      /* its bound is told in the newer words, whichever were chosen */
    bool is_asked_for;  /* the operation itself tells that it is empty, in the older words */
    bool stays_old;     /* an input whose constraints are never told in the newer words */
    const char *values; /* of an enumeration, as the messages print them: "HASH, RANGE" */
    const struct pattern *pattern;
    const struct member *members; /* STRUCT */
    size_t member_count;
    const struct shape *element; /* LIST, and the values of a MAP */
    const struct shape *key;     /* MAP; NULL: any text */
};

/* What an operation takes. */
struct input {
    struct slice operation;
    struct shape shape;
};

#define AT_LEAST(lowest) .has_min = true, .min = (lowest)
#define AT_MOST(highest) .has_max = true, .max = (highest)
#define BETWEEN(lowest, highest) AT_LEAST(lowest), AT_MOST(highest)
#define VALUES(text) .values = (text)
#define PATTERN(id) .pattern = &(id)

#define SHAPE(id, kind, ...) const struct shape shape_##id = {.type = (kind), __VA_ARGS__}
#define PLAIN(id, kind) const struct shape shape_##id = {.type = (kind)}
#define STRING(id, ...) SHAPE(id, FIELD_STRING, __VA_ARGS__)
#define INTEGER(id, ...) SHAPE(id, FIELD_INTEGER, __VA_ARGS__)
#define LIST(id, of) SHAPE(id, FIELD_LIST, .element = &shape_##of)
#define MAP(id, of) SHAPE(id, FIELD_MAP, .element = &shape_##of)
#define NAMED_MAP(id, of) SHAPE(id, FIELD_MAP, .key = &shape_attribute_name, .element = &shape_##of)
#define BOUNDED_LIST(id, of, ...) SHAPE(id, FIELD_LIST, .element = &shape_##of, __VA_ARGS__)
#define TABLE_MAP(id, of, ...)                                                                     \
    SHAPE(id, FIELD_MAP, .key = &shape_table, .element = &shape_##of, __VA_ARGS__)
#define STRUCTURE(id, text, ...) SHAPE(id, FIELD_STRUCT, .name = (text), MEMBERS(__VA_ARGS__))

#define MAY(id, of)                                                                                \
    {                                                                                              \
        MEMBER_##id, OPTIONAL, &shape_##of                                                         \
    }
#define NEED(id, of)                                                                               \
    {                                                                                              \
        MEMBER_##id, NEEDED, &shape_##of                                                           \
    }
#define NEED_FIRST(id, of)                                                                         \
    {                                                                                              \
        MEMBER_##id, NEEDED_FIRST, &shape_##of                                                     \
    }
#define MEMBERS(...)                                                                               \
    .members = (const struct member[]){__VA_ARGS__},                                               \
    .member_count = sizeof((const struct member[]){__VA_ARGS__}) / sizeof(struct member)

#define INPUT(name_of_operation, ...)                                                              \
    {                                                                                              \
        SLICE_INIT(name_of_operation),                                                             \
        {                                                                                          \
            .type = FIELD_STRUCT, .name = name_of_operation "Input", MEMBERS(__VA_ARGS__)          \
        }                                                                                          \
    }
#define OLD_INPUT(name_of_operation, ...)                                                          \
    {                                                                                              \
        SLICE_INIT(name_of_operation),                                                             \
        {                                                                                          \
            .type = FIELD_STRUCT, .name = name_of_operation "Input", .stays_old = true,            \
            MEMBERS(__VA_ARGS__)                                                                   \
        }                                                                                          \
    }
#define EMPTY_INPUT(name_of_operation)                                                             \
    {                                                                                              \
        SLICE_INIT(name_of_operation),                                                             \
        {                                                                                          \
            .type = FIELD_STRUCT, .name = name_of_operation "Input"                                \
        }                                                                                          \
    }

/* By family; each ends with an empty name. */
extern const struct input item_inputs[];  /* model_shapes_items.c */
extern const struct input table_inputs[]; /* model_shapes_tables.c */
extern const struct input copy_inputs[];  /* model_shapes_copies.c: backups, exports, imports */
extern const struct input
    setting_inputs[]; /* model_shapes_settings.c: what is kept and told, no more */

/* Shared by the families: model_shapes.c. */
extern const struct pattern name_pattern;
extern const struct shape shape_text, shape_flag, shape_long, shape_timestamp;
extern const struct shape shape_item;     /* a map of attribute values */
extern const struct shape shape_table;    /* a table's name or ARN */
extern const struct shape shape_new_name; /* of a table or index, 3 to 255 */
extern const struct shape shape_positive, shape_positive_long, shape_hundred;
extern const struct shape shape_long_arn; /* of a backup, an export, a stream */
extern const struct shape shape_attribute_name;
extern const struct shape shape_attribute_names; /* ExpressionAttributeNames */
extern const struct shape shape_billing_mode, shape_table_class, shape_sse;
extern const struct shape shape_throughput, shape_on_demand, shape_warm;
extern const struct shape shape_definitions, shape_key_schema, shape_local_indexes,
    shape_global_indexes, shape_index_key_schema, shape_projection;
extern const struct shape shape_vector_indexes, shape_vector_attribute, shape_search_schema,
    shape_distance;

/* model_constraints.c: every violated constraint of `record`, in one problem; NULL when there is none. */
MUST_CHECK const struct problem *constraints_check(struct arena *arena, const struct shape *shape,
                                                   const struct record *record);

/* The inside of a record; the fields stand in the order of the shape's members. */
struct record {
    const struct shape *shape;
    struct field fields[];
};

#endif
