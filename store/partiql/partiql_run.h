/* What the three PartiQL operations share: statements of a request, writes, single items, rows.
 *
 * Ownership  In the operation's arena. */
#ifndef SLS_STORE_PARTIQL_RUN_H
#define SLS_STORE_PARTIQL_RUN_H

#include "store/api/operation.h"
#include "store/item/writer.h"
#include "store/partiql/partiql.h"

/* The values of a record's Parameters; the first bad one refuses, before any statement is read. */
struct partiql_parameters {
    struct attr *values;
    size_t count;
};
MUST_CHECK const struct problem *partiql_parameters(struct arena *arena,
                                                    const struct record *record,
                                                    struct partiql_parameters *ret_parameters);
/* Parses and binds the record's Statement. */
MUST_CHECK const struct problem *partiql_prepare(struct arena *arena, const struct record *record,
                                                 const struct partiql_parameters *parameters,
                                                 const struct partiql **ret_partiql);
static inline bool partiql_is_read(const struct partiql *partiql)
{
    return partiql->kind == PARTIQL_SELECT;
}

/* INSERT, UPDATE, DELETE or EXISTS as an action on `table`. `*ret_is_mismatch`: the statement does not name one item of
 * the table, which cancels a transaction instead of refusing it. */
MUST_CHECK const struct problem *partiql_action(struct arena *arena, const struct partiql *partiql,
                                                struct table *table,
                                                struct write_action *ret_action,
                                                bool *ret_is_mismatch);
/* The row of RETURNING; SLICE_NULL when there is none. */
struct slice partiql_returned(struct arena *arena, const struct partiql *partiql,
                              const struct write_action *action);

/* A SELECT of one item, as batches and transactions take it; `operation_name` for the message. A key of another type is
 * no problem here: `*ret_is_mismatch`. */
MUST_CHECK const struct problem *
partiql_item_key(struct arena *arena, const struct partiql *partiql, const struct table *table,
                 const char *operation_name, struct slice *ret_key, bool *ret_is_mismatch);

/* The index of a SELECT, NULL when it names none; global ones with several key attributes are not for PartiQL. */
MUST_CHECK const struct problem *partiql_index(struct arena *arena, const struct partiql *partiql,
                                               const struct table *table,
                                               const struct table_index **ret_index);

/* The selected columns of an item, by their own names. */
void partiql_print_row(struct json_writer *w, const struct partiql *partiql, struct slice item);

#endif
