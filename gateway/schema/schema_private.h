/* A compiled schema: nodes, one for each object of the model that is a schema.
 *
 * A node has rules, one for each of its keywords that says something of a value itself, in the order in which they are asked
 * (keyword.h); and children, the schemas of elements and members, which come after all rules, and only if none was broken. */
#ifndef SLS_GATEWAY_SCHEMA_SCHEMA_PRIVATE_H
#define SLS_GATEWAY_SCHEMA_SCHEMA_PRIVATE_H

#include "gateway/schema/decimal.h"
#include "gateway/schema/document.h"
#include "gateway/schema/ecma_regex.h"
#include "gateway/schema/limits.h"
#include "gateway/schema/schema.h"

/* The primitive types, in the order in which they are told; a set of them is a mask. */
enum json_type {
    TYPE_ARRAY = 1 << 0,
    TYPE_BOOLEAN = 1 << 1,
    TYPE_INTEGER = 1 << 2,
    TYPE_NULL = 1 << 3,
    TYPE_NUMBER = 1 << 4,
    TYPE_OBJECT = 1 << 5,
    TYPE_STRING = 1 << 6,
};
#define TYPES_NUMERIC (TYPE_INTEGER | TYPE_NUMBER)
#define TYPES_ALL 0x7fu
#define TYPE_COUNT 7

enum json_type type_of(const struct json_value *value); /* validate.c */
const char *type_name(enum json_type type);

struct keyword;
struct schema_node;

struct node_list {
    const struct schema_node **nodes;
    size_t count;
};

struct name_list {
    struct slice *names; /* in order */
    size_t count;
};

/* "dependencies": of one property. */
struct dependency {
    struct slice property;
    struct name_list names;         /* that must be there too; */
    const struct schema_node *node; /* or what the object must be like */
};

/* What a keyword of a schema says. */
struct rule {
    const struct keyword *keyword;
    union {
        uint32_t limit; /* of lengths and counts; additionalItems: elements that "items" names */
        struct {
            const struct json_value *literal;
            struct decimal number;
            bool is_exclusive;
        } bound;
        const struct json_value *values; /* enum */
        unsigned types;
        struct {
            struct ecma_regex *regex;
            struct slice source;
        } pattern;
        struct node_list schemas;
        struct name_list names; /* required */
        struct {
            struct dependency *items;
            size_t count;
        } dependencies;
        const struct format *format;
        const struct schema_node *node; /* additionalProperties: whose properties are named */
    };
};

struct property {
    struct slice name;
    const struct schema_node *node;
};

struct pattern_property {
    struct slice source;
    struct ecma_regex *regex;
    const struct schema_node *node;
};

enum node_state { NODE_UNSEEN, NODE_ON_PATH, NODE_SEEN };

/* A schema that a value is held against along with another one's: allOf, not, $ref... */
struct node_edge {
    struct schema_node *node;
    const struct node_edge *next;
};

struct schema_node {
    const struct json_value *source;
    const struct document *document;
    /* Where it stands, for errors: below another one ("/properties", "age"), or at a pointer of its document. */
    const struct schema_node *parent;
    const char *keyword;
    struct slice step;
    const struct schema_node *target; /* of $ref: nothing else counts then */

    struct rule *rules;
    size_t rule_count;

    struct property *properties; /* by name */
    size_t property_count;
    struct pattern_property *patterns; /* by expression */
    size_t pattern_count;
    const struct schema_node *additional_properties; /* NULL: anything, or nothing (a rule) */
    const struct schema_node *items;                 /* of all elements */
    struct node_list item_list;                      /* or of the first ones */
    const struct schema_node *additional_items;

    const struct node_edge *edges;
    enum node_state state; /* while chains are measured */
    uint32_t chain;        /* nodes a value passes through at most, this one included */
};

/* The schema of a property that is named; NULL when it is not. */
const struct schema_node *schema_property(const struct schema_node *node, struct slice name);

struct document {
    struct slice rest_api_id, name; /* empty: the model itself */
    struct json_value root;
};

struct schema {
    struct arena arena;
    const struct schema_node *root;
    struct ecma_regex **regexes; /* all of them */
    size_t regex_count;
};

/* --- compiling --- */

struct compiler {
    struct schema *schema;
    struct arena *arena; /* the schema's */
    const struct schema_options *options;
    struct schema_problem *problem;
    struct document **documents;
    size_t document_count;
    struct schema_node **nodes; /* in the order in which they were met, and are compiled */
    size_t node_count, node_room;
    size_t *slots; /* hash table: number of the node + 1 of a source */
    size_t slot_count;
};

/* "Invalid model schema specified", and in the detail where (NULL: the model as a whole) and why. Returns INVALID. */
enum status compile_error(struct compiler *compiler, const struct schema_node *node,
                          const char *format, ...) PRINTF_LIKE(3, 4);
/* The node of an object of the document, at that pointer; it is compiled later. */
struct schema_node *compile_node(struct compiler *compiler, const struct document *document,
                                 const struct json_value *source, struct slice pointer);
/* A schema below `node`: of elements and members (the null step where there is only one of the keyword). */
struct schema_node *compile_child(struct compiler *compiler, const struct schema_node *node,
                                  const struct json_value *source, const char *keyword,
                                  struct slice step);
/* `next` is asked of the same value. */
void compile_edge(struct compiler *compiler, struct schema_node *node, struct schema_node *next);
/* Keeps it for schema_destroy(). */
void compile_keep_regex(struct compiler *compiler, struct ecma_regex *regex);
/* schema_reference.c */
MUST_CHECK enum status compile_reference(struct compiler *compiler, struct schema_node *node,
                                         struct slice reference);
/* Reads a model; the first one has no name. */
MUST_CHECK enum status compile_document(struct compiler *compiler, struct slice rest_api_id,
                                        struct slice name, struct slice text,
                                        const struct document **ret_document);
/* keyword_compile.c: all keywords of a node that is no reference. */
MUST_CHECK enum status compile_keywords(struct compiler *compiler, struct schema_node *node);

#endif
