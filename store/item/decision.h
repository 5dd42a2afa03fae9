/* What the writer does about one action: decided from the state before it, carried out afterwards.
 *
 *     decision_make()       reads the old item, asks the condition, builds and checks the new one; puts nothing
 *     decision_carry_out()  item, index entries, TTL entry, change log, statistics; refuses nothing any more
 *
 * Between the two of one action no other may put, unless the decision was told to copy the old item: what was read
 * lies in the transaction's pages.
 *
 * Thread  Writer thread, inside run(). */
#ifndef SLS_STORE_DECISION_H
#define SLS_STORE_DECISION_H

#include "store/item/writer.h"

/* One index: its entry before and after. */
struct entry_change {
    bool had, has;               /* whether the item was, is in the index */
    bool moves;                  /* both, under another key */
    uint32_t old_size, new_size; /* as projected; 0 without an entry */
    struct key old_key, new_key; /* set when the entry comes, goes or moves */
};

struct decision {
    struct write_action *action;
    struct table *table; /* the newest version */
    struct key key;
    struct slice old_item, new_item; /* SLICE_NULL: there is none */
    struct entry_change *entries;    /* by table->indexes; of a changed item only */
    size_t entry_room;
    bool had_expiry, has_expiry;
    int64_t old_expiry_s, new_expiry_s;
    int64_t now_ms;
};

/* Sets action->problem, or the plan. `keeps_old`: another action puts before this one is carried out. */
void decision_make(struct decision *decision, struct txn *txn, struct arena *arena,
                   struct write_action *action, int64_t now_ms, bool keeps_old);
void decision_carry_out(struct decision *decision, struct txn *txn);

/* --- index entries (decision_entries.c) --- */

void entries_decide(struct decision *decision, struct arena *arena);
void entries_carry_out(struct decision *decision, struct txn *txn);
/* Bytes of an item's entry in an index, as projected. */
uint32_t entry_size(const struct table_index *index, struct slice item, uint32_t whole_size);

#endif
