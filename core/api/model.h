/* Requests as typed records: what each operation of a service takes, its types and its constraints, as tables.
 *
 *     JSON body                    \
 *     form or query string          > model_read() -> struct record (typed, constraints hold) -> the operation
 *     JSON body + path + query     /
 *
 * One pass makes the record and finds JSON that does not parse and wrong types (serialization, at once); then all
 * violated constraints are told together ("2 validation errors detected: Value ..."; at most 10). The messages are
 * derived from the tables, as AWS's own services derive them from theirs: no operation words a constraint.
 *
 *     static void op_publish(struct api_call *call, void *ctx)
 *     {
 *         const struct record *input;
 *         if (!model_read(&sns_model, call, &input)) {
 *             return; // it has replied
 *         }
 *         struct slice arn = record_text(input, MEMBER_TOPIC_ARN);
 *         const struct field *attributes = record_get(input, MEMBER_MESSAGE_ATTRIBUTES);
 *         for (size_t i = 0; i < attributes->count; i++) { ... attributes->items[i].key, .record ... }
 *
 * Tables     model_shapes.h shows how they are written.
 * Protocols  One table serves all a service speaks: members have their name in JSON, and a `.wire` name where forms,
 *            paths, query strings or headers call them otherwise. In process a query service takes JSON as well.
 * Ownership  Records live in the arena and point into the request.
 * Limits     Unknown members are ignored; null counts as absent. MODEL_FIELDS_MAX members, elements and entries in
 *            one request.
 * Source     The services' public models (botocore), and the messages of their Java framework as kinesalite and
 *            LocalStack recorded them. */
#ifndef SLS_CORE_API_MODEL_H
#define SLS_CORE_API_MODEL_H

#include "core/api/api.h"

#define MODEL_FIELDS_MAX 100000

/* MODEL_ENUM(MODEL_MEMBERS) of a service's list of names: enum member_id {MEMBER_TABLE_NAME, ...}. */
#define MODEL_MEMBER_ID(id, text) MEMBER_##id,
#define MODEL_ENUM(members) enum member_id { members(MODEL_MEMBER_ID) MEMBER_COUNT };

enum field_type {
    FIELD_STRING, /* also enums and patterns */
    FIELD_INTEGER,
    FIELD_LONG,
    FIELD_DOUBLE,
    FIELD_BOOL,
    FIELD_TIMESTAMP, /* epoch seconds, in forms and query strings also ISO 8601; kept as milliseconds */
    FIELD_BLOB,      /* base64, kept decoded */
    FIELD_STRUCT,
    FIELD_LIST,
    FIELD_MAP,
    FIELD_DOCUMENT, /* any JSON, kept as `raw` */
    FIELD_OWN       /* a type the service reads itself */
};

struct model; /* the tables of a service */
struct shape;
struct record;

/* The value of a member, an element or a map's entry. */
struct field {
    bool is_set;           /* false: absent or null; the rest, but for the key, is zero then */
    struct slice raw;      /* as the client wrote it: JSON, or text from a form, path or query */
    struct slice key;      /* entries of a map */
    union {                /* by the field's type */
        struct slice text; /* STRING, BLOB */
        int64_t number;    /* INTEGER, LONG, TIMESTAMP */
        double real;       /* DOUBLE */
        bool flag;         /* BOOL */
        const struct record *record; /* STRUCT */
        struct {
            const struct field *items; /* LIST, MAP (in the client's order, a name twice too) */
            size_t count;
        };
        const void *own; /* OWN: what its reader made */
    };
};

/* `id` is of the service's enum member_id. An absent member gives an unset field, never NULL; also for a NULL record. */
const struct field *record_get(const struct record *record, int id);
static inline struct slice record_text(const struct record *record, int id)
{
    return record_get(record, id)->text; /* SLICE_NULL when absent */
}
static inline bool record_has(const struct record *record, int id)
{
    return record_get(record, id)->is_set;
}

/* What is wrong with a request. */
enum model_fault_kind {
    MODEL_SERIALIZATION, /* no JSON, or a wrong type: the first one */
    MODEL_MISSING,       /* a member marked NEED_FIRST is not there */
    MODEL_VALIDATION     /* violated constraints, all of them */
};

struct model_fault {
    enum model_fault_kind kind;
    struct slice text;   /* ptr NULL: the error has none */
    struct slice member; /* MISSING: its name */
};

/* NULL for an operation that is not in the tables. */
const struct shape *model_input(const struct model *model, struct slice operation);
/* These return NULL when `*ret_record` is good. */
MUST_CHECK const struct model_fault *model_parse_json(const struct model *model,
                                                      struct arena *arena,
                                                      const struct shape *shape, struct slice body,
                                                      const struct record **ret_record);
MUST_CHECK const struct model_fault *
model_parse_form(const struct model *model, struct arena *arena, const struct shape *shape,
                 struct http_headers params, const struct record **ret_record);
/* The input of the call's operation, in the call's protocol. The operation must be in the tables (asserted). */
MUST_CHECK const struct model_fault *model_parse_call(const struct model *model,
                                                      struct api_call *call,
                                                      const struct record **ret_record);

/* The same, but a fault is answered: true when there is a record, false when the call is over. */
MUST_CHECK bool model_read(const struct model *model, struct api_call *call,
                           const struct record **ret_record);
/* Replies with ValidationException or SerializationException (JSON), ValidationError, MissingParameter or MalformedInput (query).
 * A service with other names looks at the fault itself. */
void model_reply_fault(struct api_call *call, const struct model_fault *fault);

#endif
