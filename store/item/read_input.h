/* What a request says about a read: which attributes, which filter, where to go on. Read the same from GetItem,
 * BatchGetItem and TransactGetItems, and from Query and Scan.
 *
 * The first two functions make all checks that need no table, in the service's order; the others those that do.
 *
 * Ownership  In the arena.
 * Source     reference/dynamodb.md sections 2, 5, 6 and 11.2. */
#ifndef SLS_STORE_READ_INPUT_H
#define SLS_STORE_READ_INPUT_H

#include "store/api/model.h"
#include "store/expression/range.h"

enum read_select {
    SELECT_DEFAULT,
    SELECT_ALL_ATTRIBUTES,
    SELECT_ALL_PROJECTED,
    SELECT_SPECIFIC,
    SELECT_COUNT
};

struct read_input {
    bool has_projection; /* ProjectionExpression or AttributesToGet */
    struct projection projection;
    /* Query and Scan */
    enum read_select select;
    const struct expr *filter; /* NULL: none */
    bool filter_is_legacy;
    struct slice start_key;           /* SLICE_NULL: none */
    const struct expr *key_condition; /* Query */
    enum range_source key_source;
};

/* Of a GetItem, of a table of BatchGetItem (its keys are the caller's) or of a Get. `key` may be NULL. */
MUST_CHECK const struct problem *read_input_item(struct arena *arena, const struct record *record,
                                                 const struct item_input *key,
                                                 struct read_input *ret_input);
MUST_CHECK const struct problem *read_input_page(struct arena *arena, const struct record *record,
                                                 bool is_query, struct read_input *ret_input);

/* Key attributes are scalars: no path may lead through one of the table or of an index. */
MUST_CHECK const struct problem *read_check_projection_paths(struct arena *arena,
                                                             const struct table *table,
                                                             const struct read_input *input);
MUST_CHECK const struct problem *read_check_filter_paths(struct arena *arena,
                                                         const struct table *table,
                                                         const struct read_input *input);
/* A Query's filter may not name the keys of what is queried. */
MUST_CHECK const struct problem *read_check_filter_keys(struct arena *arena,
                                                        const struct key_schema *schema,
                                                        const struct read_input *input);
/* What a global index does not have cannot be asked of it. */
MUST_CHECK const struct problem *read_check_projected(struct arena *arena,
                                                      const struct table_index *index,
                                                      const struct read_input *input);

void read_print_item(struct json_writer *w, const struct read_input *input, struct slice item);

#endif
