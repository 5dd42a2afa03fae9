/* UpdateTable: what a request asks of a table, checked, and the version of the table that comes out.
 *
 *     table_update_check()   what needs no table, on the loop
 *     table_update_apply()   the rest, in the change on the writer thread: all checks, then ids, entries and streams
 *
 * Errors  In the words of the service.
 * Source  reference/dynamodb.md section 7.2. */
#ifndef SLS_STORE_TABLE_UPDATE_H
#define SLS_STORE_TABLE_UPDATE_H

#include "store/table/table_input.h"

struct table_update {
    struct arena *arena;
    const struct record *input;
    struct table_place place;
    int64_t now_ms;
    bool is_slow; /* --slow-tables: states last */
    /* results */
    struct slice building;    /* the index that is being created, or empty */
    struct throughput before; /* the table's units until the change is over */
    bool changes_state;       /* the reply says UPDATING */
};

MUST_CHECK const struct problem *table_update_check(struct arena *arena,
                                                    const struct record *input);
/* NULL with a problem. */
struct table *table_update_apply(struct table_update *update, struct txn *txn,
                                 const struct table *newest, const struct problem **ret_problem);

/* --- parts: check and change `table`, a copy of the newest version, and put nothing --- */

MUST_CHECK const struct problem *update_billing(struct table_update *update, struct table *table);
MUST_CHECK const struct problem *update_indexes(struct table_update *update, struct table *table);
MUST_CHECK const struct problem *check_index_updates(struct arena *arena,
                                                     const struct field *updates);
MUST_CHECK const struct problem *check_index_limit(struct arena *arena, const struct table *newest,
                                                   const struct field *updates);
MUST_CHECK const struct problem *update_replicas(struct table_update *update, struct table *table);
MUST_CHECK const struct problem *update_options(struct table_update *update, struct table *table);
/* Sets what changed and when. */
void throughput_change(struct throughput *throughput, const struct throughput *wanted,
                       int64_t now_ms);

#endif
