/* How a service writes its tables: its members, one shape for each type, one input for each operation.
 *
 *     // members.h: the names of all input members
 *     #define MODEL_MEMBERS(X)                \
 *         X(ATTRIBUTES, "Attributes")         \
 *         X(NAME, "Name")                     \
 *         X(TAGS, "Tags") ...
 *     MODEL_ENUM(MODEL_MEMBERS)               // enum member_id: MEMBER_ATTRIBUTES, ...
 *
 *     // shapes.c
 *     static STRING(name, BETWEEN(1, 256), PATTERN(name_pattern));
 *     static PLAIN(text, FIELD_STRING);
 *     static MAP(attributes, text);
 *     static STRUCTURE(tag, "Tag", NEED(KEY, tag_key), NEED(VALUE, text));
 *     static BOUNDED_LIST(tags, tag, AT_MOST(50));
 *     static const struct input topic_inputs[] = {
 *         INPUT("CreateTopic", NEED(NAME, name), MAY(ATTRIBUTES, attributes), MAY(TAGS, tags)),
 *         EMPTY_INPUT("ListThings"),
 *         INPUTS_END
 *     };
 *     static const struct input *const inputs[] = {topic_inputs, NULL};
 *     MODEL_NAMES(names, MODEL_MEMBERS);
 *     const struct model sns_model = {.names = names, .inputs = inputs};
 *
 * Order      Of members: that in which the service tells what is wrong with them.
 * Forms      Lists are "Name.member.1", maps "Name.entry.1.key" and ".value"; with `.is_flat = true` in their shape
 *            "Name.1" and "Name.1.key". `.entry_key` and `.entry_value` of a map rename these two; `.wire` of a member
 *            renames it: MAY(ATTRIBUTES, attributes, .wire = "Attribute"), though its own name is taken as well. What is
 *            flat may leave the number of an only element out: "Name=a", "Name.key=a&Name.value=b".
 * REST       `.from = FROM_PATH`, FROM_QUERY or FROM_HEADER of a member that is not in the body; the name there is
 *            `.wire`, else the member's own: NEED(NAME, name, .from = FROM_PATH). A list from the query is its
 *            parameter, repeated.
 * Ownership  Static data. Private to the tables of a service and to core/api/model*.c. */
#ifndef SLS_CORE_API_MODEL_SHAPES_H
#define SLS_CORE_API_MODEL_SHAPES_H

#include "core/api/model.h"

struct pattern {
    const char *text; /* as the messages print it */
    bool (*matches)(struct slice text);
};

enum need {
    OPTIONAL,
    NEEDED,      /* "Member must not be null" */
    NEEDED_FIRST /* absent: MODEL_MISSING, before any constraint */
};

enum member_source { FROM_BODY, FROM_PATH, FROM_QUERY, FROM_HEADER };

struct member {
    int id;
    enum need need;
    const struct shape *shape;
    enum member_source from; /* rest-json */
    const char *wire;        /* its name outside of JSON; NULL: the same */
};

/* A type the service reads itself. */
struct own_type {
    /* `raw` is one valid JSON value, and not null: */
    const struct model_fault *(*parse)(struct arena *arena, const struct shape *shape,
                                       bool is_element, struct slice raw, const void **ret_own);
    const char
        *null_element; /* JSON that is read for a null in a list or map; NULL: it is absent */
};

struct shape {
    enum field_type type;
    const char *name; /* STRUCT: "KeySchemaElement" */
    bool has_min, has_max;
    bool is_flat;       /* LIST, MAP */
    unsigned traits;    /* of the service: its hooks know them */
    int64_t min, max;   /* characters, bytes, elements, entries, or the value itself */
    const char *values; /* of an enumeration, as the messages print them: "HASH, RANGE" */
    const struct pattern *pattern;
    const struct member *members; /* STRUCT */
    size_t member_count;
    const struct shape *element; /* LIST, and the values of a MAP */
    const struct shape *key;     /* MAP; NULL: any text */
    const char *entry_key;       /* MAP in forms; NULL: "key" */
    const char *entry_value;     /* NULL: "value" */
    const struct own_type *own;  /* OWN */
};

/* What an operation takes. */
struct input {
    struct slice operation;
    struct shape shape;
};

struct model {
    const struct slice *names;         /* by member id */
    const struct input *const *inputs; /* families, the last NULL; each ends with INPUTS_END */
    const struct model_hooks *hooks;   /* NULL: as most services do */
};

#define MODEL_MEMBER_NAME(id, text) SLICE_INIT(text),
#define MODEL_NAMES(id, members) static const struct slice id[] = {members(MODEL_MEMBER_NAME)}

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
#define BOUNDED_LIST(id, of, ...) SHAPE(id, FIELD_LIST, .element = &shape_##of, __VA_ARGS__)
#define BOUNDED_MAP(id, of, ...) SHAPE(id, FIELD_MAP, .element = &shape_##of, __VA_ARGS__)
#define STRUCTURE(id, text, ...) SHAPE(id, FIELD_STRUCT, .name = (text), MEMBERS(__VA_ARGS__))

/* The rest behind the shape's name are fields of struct member. */
#define MAY(member, ...) MODEL_ROW(member, OPTIONAL, __VA_ARGS__)
#define NEED(member, ...) MODEL_ROW(member, NEEDED, __VA_ARGS__)
#define NEED_FIRST(member, ...) MODEL_ROW(member, NEEDED_FIRST, __VA_ARGS__)
#define MODEL_ROW(member, how, ...)                                                                \
    {                                                                                              \
        .id = MEMBER_##member, .need = how, .shape = &shape_##__VA_ARGS__                          \
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
#define EMPTY_INPUT(name_of_operation)                                                             \
    {                                                                                              \
        SLICE_INIT(name_of_operation),                                                             \
        {                                                                                          \
            .type = FIELD_STRUCT, .name = name_of_operation "Input"                                \
        }                                                                                          \
    }
#define INPUTS_END                                                                                 \
    {                                                                                              \
        SLICE_INIT(""),                                                                            \
        {                                                                                          \
            .type = FIELD_STRUCT                                                                   \
        }                                                                                          \
    }

/* The inside of a record; the fields stand in the order of the shape's members. */
struct record {
    const struct shape *shape;
    struct field fields[];
};

/* --- where a service differs from most --- */

/* The way to a value: "keySchema", 2, "keyType". */
struct model_path {
    const struct model_path *parent;
    int member;
    size_t number;    /* of an element, from 1; 0: none */
    struct slice key; /* of an entry; ptr NULL: none */
};

enum violation_kind {
    VIOLATION_NULL,
    VIOLATION_PATTERN,
    VIOLATION_LEAST,
    VIOLATION_MOST,
    VIOLATION_VALUES,
    VIOLATION_INSIDE /* of a key, value or element, told at what holds it */
};

struct violation {
    enum violation_kind kind;
    const struct shape *shape;
    const struct field *field;
    const struct model_path *path;
    struct slice constraint; /* "Member must not be null" */
};

/* The violations of one request, as they are collected. */
struct model_check {
    const struct model *model;
    const struct shape *input;
    struct arena *arena;
    size_t count;
    size_t most;                     /* the rest is left out */
    struct buf text;                 /* "Value ...; Value ..." */
    const struct model_fault *aside; /* told when there is nothing else */
};

/* Each may be NULL. */
struct model_hooks {
    /* A JSON value that is not of the scalar's type: true when it was taken all the same. */
    bool (*convert)(const struct shape *shape, struct slice raw, struct field *field);
    /* The words for one that was not taken. */
    struct slice (*wrong_type)(struct arena *arena, const struct shape *shape, bool is_element,
                               struct slice raw);
    /* For shapes with traits: the shape that this value is judged by. Messages still tell of its own. */
    const struct shape *(*judge_by)(const struct shape *shape, const struct field *field);
    /* Before the first violation is looked for; may change `most`. */
    void (*begin)(struct model_check *check);
    /* In the place of model_tell(). */
    void (*tell)(struct model_check *check, const struct violation *violation);
};

/* `text` is kept as it is. */
const struct model_fault *model_fault_of(struct arena *arena, enum model_fault_kind kind,
                                         struct slice text);
/* "Value 'x' at 'a.b' failed to satisfy constraint: ..." into `text`, counted. */
void model_tell(struct model_check *check, const struct violation *violation);
void model_print_path(struct buf *buf, const struct model *model, const struct model_path *path,
                      bool is_upper); /* as the members are named, else with small letters first */

#endif
