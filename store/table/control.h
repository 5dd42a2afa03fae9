/* What the operations on tables share: finding the table, changing it, saying what is there now.
 *
 * Thread  Loop thread. */
#ifndef SLS_STORE_CONTROL_H
#define SLS_STORE_CONTROL_H

#include "store/api/operation.h"
#include "store/table/catalog.h"
#include "store/table/table_input.h"

/* The region the client signed for, or the store's own. */
struct table_place control_place(const struct operation *operation);
struct table_place store_place(const struct store *store);
int64_t store_now_ms(struct store *store);

/* RESOURCE_NOT_FOUND, "Requested resource not found: Table: <name> not found". */
const struct problem *control_not_found(struct arena *arena, struct slice name_or_arn);
/* By name or ARN, in any state but CREATING or DELETING when `must_be_ready`; borrowed. */
MUST_CHECK const struct problem *control_table(struct operation *operation,
                                               struct slice name_or_arn, bool must_be_ready,
                                               struct table **ret_table);
/* RESOURCE_IN_USE when a table is not ACTIVE. */
MUST_CHECK const struct problem *control_check_idle(struct arena *arena, const struct table *table);
/* Writer thread, in a change(): whether a table of the name is there already; RESOURCE_IN_USE is the change's problem
 * then. */
bool control_exists_already(struct catalog_change *change, struct txn *txn, struct slice name);
/* Writer thread: what a change() does to delete a table. */
void control_delete(struct catalog_change *change, struct txn *txn, const struct table *newest,
                    int64_t now_ms);

/* Whether the table and all its indexes are ACTIVE. */
bool control_is_settled(const struct table *table);
/* Writer thread, in a change(): the version after the states that end by themselves; NULL when there are none. An index
 * that is still being filled stays CREATING. */
struct table *control_settle(struct catalog_change *change, struct txn *txn,
                             const struct table *newest, int64_t now_ms);

/* A change of one table for an operation. Fill in, then control_change(); `reply` runs on the loop once the change
 * was published, a problem of change() is sent by itself. */
struct control {
    struct catalog_change change;
    struct operation *operation;
    void (*reply)(struct control *control);
    struct table *draft; /* given back at the end; may be NULL */
    int64_t now_ms;
    void *state; /* the operation's own */
};
struct control *control_create(struct operation *operation);
void control_change(struct control *control, struct table *table);

/* A change of what lies beside a table in DB_META, for an operation. `run` on the writer thread; it may set
 * `problem`, and then leaves everything as it was. */
struct control_write {
    struct operation *operation;
    struct table *table; /* referenced; may be NULL */
    const struct problem *problem;
    void (*run)(struct control_write *write, struct txn *txn);
    void (*reply)(struct control_write *write);
    void *state; /* the operation's own */
    struct write_job job;
};
void control_write(struct operation *operation, struct table *table,
                   void (*run)(struct control_write *write, struct txn *txn),
                   void (*reply)(struct control_write *write), void *state);

/* `"TableDescription":{...}` with statistics as they are; `key` "Table" for DescribeTable. */
struct describe;
void control_describe(struct operation *operation, const char *key, const struct table *table,
                      struct describe *how);

#endif
