/* The change log of a table: every change of an item, in the order of their commits, while the table has a stream or
 * point-in-time recovery.
 *
 *     DB_LOG   table id (u32 BE) | sequence (u64 BE) -> time_ms u64 | kind u8 | flags u8 | u32 old length | old item | new item
 *
 * The sequence grows by one for each record of a table and is never used again. Streams (stream.h) are views of a part of it;
 * recovery walks it backwards.
 *
 * Thread  change_log_append() on the writer thread; reading through any txn. */
#ifndef SLS_STORE_CHANGE_LOG_H
#define SLS_STORE_CHANGE_LOG_H

#include "store/table/catalog.h"

enum change_kind { CHANGE_INSERT, CHANGE_MODIFY, CHANGE_REMOVE };

struct change {
    uint64_t sequence;
    int64_t time_ms;
    enum change_kind kind;
    bool is_expiry;                  /* by TTL: userIdentity dynamodb.amazonaws.com */
    struct slice old_item, new_item; /* SLICE_NULL when there is none; in the txn's pages */
};

/* The sequence a next record would get (1 for a fresh log). */
uint64_t change_log_next(struct txn *txn, uint32_t table_id);
void change_log_append(struct txn *txn, const struct table *table, int64_t time_ms,
                       enum change_kind kind, bool is_expiry, struct slice old_item,
                       struct slice new_item);
/* A cursor over one log. */
struct change_cursor {
    struct cursor cursor;
    uint32_t table_id;
};
void change_cursor_open(struct change_cursor *cursor, struct txn *txn, uint32_t table_id);
void change_cursor_close(struct change_cursor *cursor);
bool change_cursor_from(struct change_cursor *cursor, uint64_t sequence,
                        struct change *ret_change); /* first >= sequence */
bool change_cursor_next(struct change_cursor *cursor, struct change *ret_change);
bool change_cursor_last(struct change_cursor *cursor, struct change *ret_change);
bool change_cursor_prev(struct change_cursor *cursor, struct change *ret_change);
/* False for a record that was not written by change_log_append(); the cursor asserts it. */
bool change_is_whole(struct slice value);
/* Deletes records of before `sequence`, at most `max`; returns how many. Writer thread. */
size_t change_log_trim(struct txn *txn, uint32_t table_id, uint64_t sequence, size_t max);

#endif
