#include "store/item/decision.h"

#include "store/item/capacity.h"

uint32_t entry_size(const struct table_index *index, struct slice item, uint32_t whole_size)
{
    if (index->projection == PROJECT_ALL) {
        return whole_size;
    }
    /* Both are sorted by name: one pass over the item finds them all. */
    size_t size = 0, at = 0;
    struct attr_iter iter = item_iter(item);
    struct slice name = SLICE_NULL;
    struct attr value = ATTR_ABSENT;
    while (at < index->projected_count && attr_next(&iter, &name, &value)) {
        int order = -1;
        while (at < index->projected_count &&
               (order = slice_compare(index->projected[at], name)) < 0) {
            at++;
        }
        if (at < index->projected_count && order == 0) {
            size += member_size(name, value);
            at++;
        }
    }
    return (uint32_t)size;
}

/* Whether an entry that stays where it is shows something else than before. */
static bool projection_differs(const struct table_index *index, struct slice a, struct slice b)
{
    if (index->projection == PROJECT_ALL) {
        return true; /* the items differ, or nobody would ask */
    }
    for (size_t i = 0; i < index->projected_count; i++) {
        if (!attr_eq(item_get(a, index->projected[i]), item_get(b, index->projected[i]))) {
            return true;
        }
    }
    return false;
}

/* An index under construction may still lack the entry of an item that was there before it. */
static bool is_being_built(const struct table_index *index)
{
    return index->state == TABLE_CREATING;
}

static double decide_entry(const struct decision *decision, const struct table_index *index,
                           struct entry_change *change)
{
    const struct write_action *action = decision->action;
    *change = (struct entry_change){.had = false};
    if (index->state == TABLE_DELETING) {
        return 0;
    }
    change->had = decision->old_item.ptr != NULL &&
                  key_check(&index->keys, decision->old_item, NULL) == KEY_FITS;
    change->has = decision->new_item.ptr != NULL &&
                  key_check(&index->keys, decision->new_item, NULL) == KEY_FITS;
    if (change->had) {
        change->old_size = entry_size(index, decision->old_item, action->old_size);
    }
    if (change->has) {
        change->new_size = entry_size(index, decision->new_item, action->new_size);
    }
    bool stays = change->had && change->has &&
                 key_is_same(&index->keys, decision->old_item, decision->new_item);
    change->moves = change->had && change->has && !stays;
    if (change->had && (!stays || is_being_built(index))) {
        key_of_entry(index->id, &index->keys, &decision->table->keys, decision->old_item,
                     &change->old_key);
    }
    if (change->has && (!stays || is_being_built(index))) {
        key_of_entry(index->id, &index->keys, &decision->table->keys, decision->new_item,
                     &change->new_key);
    }
    if (stays) {
        uint32_t larger = change->old_size > change->new_size ? change->old_size : change->new_size;
        return projection_differs(index, decision->old_item, decision->new_item)
                   ? capacity_write_units(larger)
                   : 0;
    }
    return (change->had ? capacity_write_units(change->old_size) : 0) +
           (change->has ? capacity_write_units(change->new_size) : 0);
}

/* Where the client's version of the table has this index: its results are counted in that order. */
static size_t place_of_index(const struct table *table, uint32_t id)
{
    size_t at = 0;
    while (at < table->index_count && table->indexes[at].id != id) {
        at++;
    }
    return at;
}

void entries_decide(struct decision *decision, struct arena *arena)
{
    const struct table *table = decision->table;
    if (decision->entry_room < table->index_count) {
        decision->entries = arena_array(arena, table->index_count, sizeof(*decision->entries));
        decision->entry_room = table->index_count;
    }
    struct write_action *action = decision->action;
    for (size_t i = 0; i < table->index_count; i++) {
        const struct table_index *index = &table->indexes[i];
        double units = decide_entry(decision, index, &decision->entries[i]);
        size_t at = table == action->table ? i : place_of_index(action->table, index->id);
        if (at < action->table->index_count) {
            action->index_units[at] = units;
        }
    }
}

static void count_entry(struct txn *txn, uint32_t id, int64_t items, int64_t bytes)
{
    if (items != 0 || bytes != 0) {
        catalog_stats_add(txn, id, items, bytes);
    }
}

/* Statistics follow what really was there, so that an index is counted right while it is being built. */
static void carry_out_entry(const struct decision *decision, struct txn *txn,
                            const struct table_index *index, const struct entry_change *change)
{
    int64_t items = 0, bytes = 0;
    if (is_being_built(index) || !change->had || !change->has || change->moves) {
        if (change->had && txn_delete(txn, DB_ENTRIES, key_slice(&change->old_key))) {
            items--;
            bytes -= change->old_size;
        }
        if (change->has) {
            txn_put(txn, DB_ENTRIES, key_slice(&change->new_key),
                    key_without_id(key_slice(&decision->key)));
            items++;
            bytes += change->new_size;
        }
    } else {
        bytes = (int64_t)change->new_size - (int64_t)change->old_size;
    }
    count_entry(txn, index->id, items, bytes);
}

void entries_carry_out(struct decision *decision, struct txn *txn)
{
    for (size_t i = 0; i < decision->table->index_count; i++) {
        if (decision->table->indexes[i].state != TABLE_DELETING) {
            carry_out_entry(decision, txn, &decision->table->indexes[i], &decision->entries[i]);
        }
    }
}
