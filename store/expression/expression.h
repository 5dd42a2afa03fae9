/* DynamoDB expressions: condition, filter, key condition, projection, update.
 *
 *     text -> lexer -> parser -> tree (immutable) -> evaluator (condition.c, projection.c, update.c)
 *
 *     cond   := or;  or := and (OR and)*;  and := not (AND not)*;  not := NOT not | prim
 *     prim   := '(' cond ')' | op cmp op | op BETWEEN op AND op | op IN '(' op (',' op)* ')' | func
 *     cmp    := = | <> | < | <= | > | >=          op := path | :value | func(args) | '(' op ')'
 *     path   := name ('.' name | '[' digits ']')*  name := [A-Za-z][A-Za-z0-9_]* | '#'[A-Za-z0-9_]+
 *     update := (SET path '=' sval, ... | REMOVE path, ... | ADD path :v, ... | DELETE path :v, ...)+
 *     sval   := operand | operand ('+'|'-') operand;  operand := path | :v | func | '(' operand ')'
 *     proj   := path (',' path)*
 *
 * The legacy parameters (legacy.h) and PartiQL build the same trees, so there is one evaluator.
 *
 * Ownership  Trees live in the arena they were parsed into; one serves a whole Scan page.
 * Thread     Trees are read by any thread.
 * Errors     VALIDATION with the message AWS sends, "Invalid ConditionExpression: ..." and its like.
 * Limits     Below; nesting is bounded by them, and the parser's own depth by EXPRESSION_DEPTH_MAX.
 * Source     Developer Guide, "Using expressions in DynamoDB"; reference/dynamodb.md section 5. */
#ifndef SLS_STORE_EXPRESSION_H
#define SLS_STORE_EXPRESSION_H

#include "store/problem.h"
#include "store/value/attr_json.h"
#include "store/value/key.h"

#define EXPRESSION_LEN_MAX 4096
#define EXPRESSION_OPERATORS_MAX 300
#define EXPRESSION_IN_MAX 100
#define EXPRESSION_DEPTH_MAX 300

struct path_step {
    bool is_index;
    uint32_t index;
    struct slice name;
};
struct path {
    const struct path_step *steps; /* steps[0] is always a name */
    size_t count;
};

enum expr_kind {
    EXPR_AND,
    EXPR_OR,
    EXPR_NOT,
    EXPR_EQ,
    EXPR_NE,
    EXPR_LT,
    EXPR_LE,
    EXPR_GT,
    EXPR_GE,
    EXPR_BETWEEN,
    EXPR_IN,
    EXPR_ATTRIBUTE_EXISTS,
    EXPR_ATTRIBUTE_NOT_EXISTS,
    EXPR_ATTRIBUTE_TYPE,
    EXPR_BEGINS_WITH,
    EXPR_CONTAINS,
    EXPR_NOT_CONTAINS, /* legacy only: false for an absent attribute */
    EXPR_ALWAYS,       /* legacy and PartiQL: a condition without terms */
    /* operands */
    EXPR_PATH,
    EXPR_VALUE,
    EXPR_SIZE,
    EXPR_IF_NOT_EXISTS,
    EXPR_LIST_APPEND,
    EXPR_PLUS,
    EXPR_MINUS,
    EXPR_SET_ADD,
    EXPR_SET_DELETE, /* PartiQL's SET x = set_add(x, <<..>>) */
    EXPR_KIND_COUNT
};

struct expr {
    enum expr_kind kind;
    struct path path;  /* EXPR_PATH */
    struct attr value; /* EXPR_VALUE */
    const struct expr *const *args;
    size_t arg_count;
};

enum update_kind {
    UPDATE_SET,
    UPDATE_REMOVE,
    UPDATE_ADD,
    UPDATE_DELETE,
    UPDATE_ADD_LEGACY,   /* AttributeUpdates: lists append */
    UPDATE_DELETE_LEGACY /* the same as DELETE in the older words */
};
struct update_action {
    enum update_kind kind;
    struct path path;
    const struct expr *value; /* NULL for REMOVE */
};
struct update {
    const struct update_action *actions; /* in the order of the text */
    size_t count;
    bool is_empty_request; /* no update expression and no AttributeUpdates at all: plain upsert */
};

/* --- placeholders --- */

/* ExpressionAttributeNames and Values of a request; remembers which were used. */
struct placeholders;
/* `names` a raw JSON object of strings (type-checked by the model), SLICE_NULL when absent; `values` as the model
 * parsed them. The syntax of keys, emptiness and bad values are refused here. */
MUST_CHECK const struct problem *placeholders_parse(struct arena *arena, struct slice names,
                                                    const struct item_input *values,
                                                    struct placeholders **ret_placeholders);
/* "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}"; last of the checks. */
MUST_CHECK const struct problem *placeholders_check_used(struct arena *arena,
                                                         const struct placeholders *placeholders);

/* --- parsing --- */

/* `label`: "ConditionExpression", "FilterExpression", "KeyConditionExpression": named in messages. */
MUST_CHECK const struct problem *expression_parse_condition(struct arena *arena, const char *label,
                                                            struct slice text,
                                                            struct placeholders *placeholders,
                                                            const struct expr **ret_expr);
MUST_CHECK const struct problem *expression_parse_update(struct arena *arena, struct slice text,
                                                         struct placeholders *placeholders,
                                                         struct update *ret_update);

/* Overlapping paths are refused by the parser; given anyway, the shorter wins. Paths in the order of projection_sort()
 * are taken as they are, others are sorted anew for each item. */
struct projection {
    const struct path *paths;
    size_t count;
};
void projection_sort(struct path *paths, size_t count);
/* By their steps, indexes before names, a path before those that go on from it. */
int path_compare(const struct path *a, const struct path *b);
MUST_CHECK const struct problem *expression_parse_projection(struct arena *arena, struct slice text,
                                                             struct placeholders *placeholders,
                                                             struct projection *ret_projection);
bool is_reserved_word(struct slice word);                  /* any case */
void path_print(struct buf *buf, const struct path *path); /* "[a, [1], b]" as messages print it */

/* --- evaluating --- */

struct attr path_get(const struct path *path,
                     struct slice item); /* ATTR_ABSENT when there is nothing */
/* A missing attribute makes a comparison false (<> true), never an error. */
bool expression_matches(const struct expr *condition, struct slice item);
/* First top-level name used anywhere in `expr` that is in `schema`, and whether a path goes on through it; for
 * "Filter Expression can only contain non-primary key attributes". */
bool expression_uses_key(const struct expr *expr, const struct key_schema *schema,
                         struct slice *ret_name, bool *ret_is_nested);

/* The projected item as DynamoDB JSON or in item form: nested pieces wrapped in their parents, list elements
 * closed up, in the item's own order. */
void projection_print(struct json_writer *w, const struct projection *projection,
                      struct slice item);
void projection_apply(struct buf *buf, const struct projection *projection, struct slice item);

/* --- updating (update.c) --- */

/* Builds the new item from `old_item` (SLICE_NULL: the upsert starts from `key`, the Key map). All right-hand sides
 * read the old item. Key attributes were refused before (update_check_keys). *ret_item is in the arena.
 * With an update that only removes on a missing item *ret_item is SLICE_NULL: nothing is created. */
MUST_CHECK const struct problem *update_apply(struct arena *arena, const struct update *update,
                                              struct slice old_item, struct slice key,
                                              struct slice *ret_item);
/* UPDATED_OLD and UPDATED_NEW: the touched paths as they were, or are now; SLICE_NULL when nothing is left.
 * Positions of list elements are those of the old item for UPDATED_OLD, the new one for UPDATED_NEW. */
struct slice update_touched(struct arena *arena, const struct update *update, struct slice item);
/* "Cannot update attribute <a>. This attribute is part of the key", also for a path that goes on through one. */
MUST_CHECK const struct problem *update_check_keys(struct arena *arena, const struct update *update,
                                                   const struct key_schema *schema);
/* No operand may go on through a key attribute: told after a wrong type for an index key. */
MUST_CHECK const struct problem *update_check_key_paths(struct arena *arena,
                                                        const struct update *update,
                                                        const struct key_schema *schema);
/* Of an index: its key attributes may be updated, but no path may go on through one. */
MUST_CHECK const struct problem *update_check_index_keys(struct arena *arena,
                                                         const struct update *update,
                                                         const struct key_schema *schema);
#endif
