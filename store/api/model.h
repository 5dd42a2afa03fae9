/* The service model: every operation's input, its types and its constraints, as one table.
 *
 *     body -> model_parse() -> struct record (typed) -> the operation
 *
 * One pass makes the record and finds, in the service's order: JSON that does not parse and wrong types
 * (SerializationException, at once), then the violated constraints, all of them (ValidationException, "2 validation
 * errors detected: Value ..."; at most 10). Messages are derived from the table: no other file words a constraint.
 *
 * Wording    The service has two generations of messages; one of them is chosen for the whole process
 *            (`--dynamodb-wording old|new`) and never mixed. Where they differ in values instead of constraints
 *            (the "1 validation error detected: " prefix, "for key :v") ask wording_is_new().
 * Ownership  Records live in the arena and point into the body.
 * Limits     Unknown members are ignored; null counts as absent. MODEL_FIELDS_MAX members, elements and entries in
 *            one request, attribute values not counted.
 * Source     The service's public model; reference/dynamodb.md sections 2 and 19. */
#ifndef SLS_STORE_MODEL_H
#define SLS_STORE_MODEL_H

#include "store/api/members.h" /* enum member_id: MEMBER_TABLE_NAME for "TableName", ... */
#include "store/value/attr_json.h"

#define MODEL_FIELDS_MAX 100000

enum field_type {
    FIELD_STRING, /* also enums and patterns */
    FIELD_INTEGER,
    FIELD_LONG,
    FIELD_DOUBLE, /* kept as it was written */
    FIELD_BOOL,
    FIELD_TIMESTAMP, /* epoch seconds, kept as milliseconds */
    FIELD_STRUCT,
    FIELD_LIST,
    FIELD_MAP,
    FIELD_ATTR, /* an AttributeValue */
    FIELD_ITEM  /* a map of AttributeValues: Item, Key, ExpressionAttributeValues */
};

struct record;
struct shape;

/* The value of a member, an element or a map's entry. */
struct field {
    bool is_set;           /* false: absent or null; the rest, but for the key, is zero then */
    struct slice raw;      /* as the client wrote it */
    struct slice key;      /* entries of a map */
    union {                /* by the field's type */
        struct slice text; /* STRING */
        int64_t number;    /* INTEGER, LONG, TIMESTAMP */
        bool flag;         /* BOOL */
        const struct record *record; /* STRUCT */
        struct {
            const struct field *items; /* LIST, MAP (in the client's order, a name twice too) */
            size_t count;
        };
        struct attr_input attr; /* ATTR */
        struct item_input item; /* ITEM */
    };
};

/* An absent member gives an unset field, never NULL; also for a NULL record. */
const struct field *record_get(const struct record *record, enum member_id id);
static inline struct slice record_text(const struct record *record, enum member_id id)
{
    return record_get(record, id)->text; /* SLICE_NULL when absent */
}
static inline bool record_has(const struct record *record, enum member_id id)
{
    return record_get(record, id)->is_set;
}
const char *member_name(enum member_id id); /* "TableName" */

/* NULL for an operation that is not in the model. */
const struct shape *model_input(struct slice operation);
MUST_CHECK const struct problem *model_parse(struct arena *arena, const struct shape *shape,
                                             struct slice body, const struct record **ret_record);

void wording_choose(bool is_new); /* once, before the first request */
bool wording_is_new(void);

#endif
