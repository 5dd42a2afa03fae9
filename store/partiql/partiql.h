/* PartiQL statements, from text to what the writer and the reader do.
 *
 *     text -> partiql_parse() -> statement -> partiql_bind() -> struct partiql -> plan against a table
 *
 * Binding gives names, values and parameters their meaning and builds the trees of expression.h; it needs no table.
 * Planning finds the keys: one item to read or write, or the partitions and ranges that a SELECT reads.
 *
 * Ownership  Everything lives in the arena.
 * Errors     VALIDATION in the service's words.
 * Source     reference/dynamodb.md section 13; Developer Guide, "PartiQL - a SQL-compatible query language". */
#ifndef SLS_STORE_PARTIQL_H
#define SLS_STORE_PARTIQL_H

#include "store/expression/range.h"
#include "store/partiql/partiql_parser.h"

#define PARTIQL_READS_MAX 50 /* partitions and ranges of one SELECT */

struct partiql {
    enum partiql_kind kind; /* EXISTS: table and where are those of its SELECT */
    struct slice table;
    struct slice index; /* SLICE_NULL: none */
    bool is_star;
    const struct path *columns; /* SELECT: in the order of the text */
    const struct slice *names;  /* what they are called in the result */
    size_t column_count;
    const struct expr *where; /* NULL: none */
    const struct slice *orders;
    const bool *is_descending;
    size_t order_count;
    struct slice item; /* INSERT */
    struct update update;
    enum partiql_returning returning;
};

/* `parameters`: one for each '?'. */
MUST_CHECK const struct problem *partiql_bind(struct arena *arena,
                                              const struct partiql_statement *statement,
                                              const struct attr *parameters, size_t parameter_count,
                                              const struct partiql **ret_partiql);

/* --- planning --- */

/* A WHERE taken apart: the item's key, and the conditions beside it. */
struct partiql_key {
    struct slice key;        /* SLICE_NULL: the WHERE does not name one item */
    const struct expr *rest; /* NULL: nothing else was asked */
    struct slice mistyped;   /* the first key attribute compared with a value of another type */
    struct slice
        repeated; /* a key attribute with two different values; their later ones are in `rest` */
};
/* `takes_in`: an IN with one value counts as an equality, as it does in reads. */
void partiql_plan_key(struct arena *arena, const struct key_schema *schema,
                      const struct expr *where, bool takes_in, struct partiql_key *ret_key);

/* The ranges of partitions that a SELECT reads one after the other; a Scan when it has none. */
struct partiql_reads {
    bool is_scan;
    bool is_reverse;
    struct key_range *ranges;
    size_t count; /* 0 without a scan: nothing can match */
};
MUST_CHECK const struct problem *partiql_plan_reads(struct arena *arena,
                                                    const struct partiql *partiql,
                                                    const struct key_schema *schema, bool is_entry,
                                                    struct partiql_reads *ret_reads);

/* Which part of the key an operand is; key_part_count() when none. */
size_t partiql_find_part(const struct key_schema *schema, const struct expr *operand);

/* --- between the files of the binder --- */

struct partiql_binder {
    struct arena *arena;
    struct slice text;
    const struct attr *parameters;
    size_t parameter_count;
    unsigned truth_depth; /* conditions compared with one another */
};

/* What a literal or a parameter stands for. */
MUST_CHECK const struct problem *partiql_value(const struct partiql_binder *binder,
                                               const struct term *term, struct attr *ret_value);
/* The struct of an INSERT. */
MUST_CHECK const struct problem *partiql_item(const struct partiql_binder *binder,
                                              const struct term *term, struct slice *ret_item);
bool partiql_is_value(const struct term *term);
/* A path or a value, as an operand. */
bool partiql_is_plain(const struct term *term);
MUST_CHECK const struct problem *partiql_plain(const struct partiql_binder *binder,
                                               const struct term *term,
                                               const struct expr **ret_expr);
MUST_CHECK const struct problem *partiql_path(const struct partiql_binder *binder,
                                              const struct term *term, struct path *ret_path);
MUST_CHECK const struct problem *partiql_condition(struct partiql_binder *binder,
                                                   const struct term *term,
                                                   const struct expr **ret_expr);
/* A path, a value or size(). */
MUST_CHECK const struct problem *partiql_operand(struct partiql_binder *binder,
                                                 const struct term *term,
                                                 const struct expr **ret_expr);
bool partiql_is_condition(const struct term *term);
/* A comparison, or an IN with `count` members, of which a side is a condition. */
MUST_CHECK const struct problem *partiql_truths(struct partiql_binder *binder,
                                                const struct term *term,
                                                const struct expr **ret_expr);
MUST_CHECK const struct problem *partiql_truth_in(struct partiql_binder *binder,
                                                  const struct term *term,
                                                  const struct term *const *members, size_t count,
                                                  const struct expr **ret_expr);

const struct expr *partiql_expr(struct arena *arena, enum expr_kind kind,
                                const struct expr *const *args, size_t count); /* copies `args` */
const struct expr *partiql_expr_one(struct arena *arena, enum expr_kind kind, const struct expr *a);
const struct expr *partiql_expr_two(struct arena *arena, enum expr_kind kind, const struct expr *a,
                                    const struct expr *b);
const struct expr *partiql_value_expr(struct arena *arena, struct attr value);
const struct expr *partiql_path_expr(struct arena *arena, struct path path);
/* "Incorrect operand type for operator or function; ..." when the value of an EXPR_VALUE is of none of `types` (1u <<
 * type). */
MUST_CHECK const struct problem *partiql_check_type(struct arena *arena, const char *operator_name,
                                                    const struct expr *operand, unsigned types);
MUST_CHECK const struct problem *partiql_check_count(struct arena *arena, const struct term *call,
                                                     size_t count);

#endif
