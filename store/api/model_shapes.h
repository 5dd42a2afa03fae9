/* The tables of the service (core/api/model_shapes.h), by family. Private to model*.c. */
#ifndef SLS_STORE_MODEL_SHAPES_H
#define SLS_STORE_MODEL_SHAPES_H

#include "core/api/model_shapes.h"
#include "store/api/model.h"

/* What is this service's own about a shape: model_words.c. */
enum shape_trait {
    SHAPE_IS_TABLE = 1,     /* the name of a table or its ARN, which may be longer */
    SHAPE_IS_MOVED = 2,     /* its bound is told in the newer words, whichever were chosen */
    SHAPE_IS_ASKED_FOR = 4, /* the operation itself tells that it is empty, in the older words */
    SHAPE_STAYS_OLD = 8     /* an input whose constraints are never told in the newer words */
};

#define NAMED_MAP(id, of) BOUNDED_MAP(id, of, .key = &shape_attribute_name)
#define TABLE_MAP(id, of, ...) BOUNDED_MAP(id, of, .key = &shape_table, __VA_ARGS__)
#define OLD_INPUT(name_of_operation, ...)                                                          \
    {                                                                                              \
        SLICE_INIT(name_of_operation),                                                             \
        {                                                                                          \
            .type = FIELD_STRUCT, .name = name_of_operation "Input", .traits = SHAPE_STAYS_OLD,    \
            MEMBERS(__VA_ARGS__)                                                                   \
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

/* The two types of our own. */
extern const struct own_type attr_type, item_type; /* model.c */
extern const struct model_hooks dynamodb_hooks;    /* model_words.c */

#endif
