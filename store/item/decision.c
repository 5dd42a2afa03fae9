#include "store/item/decision.h"

#include "store/item/capacity.h"
#include "store/stream/change_log.h"

/* What conditions are asked about where there is no item: one without members. */
static struct slice empty_item(void)
{
    static const char no_members[4] = {0};
    return slice_of(no_members, sizeof(no_members));
}

static void reset_results(struct write_action *action)
{
    action->problem = NULL;
    action->had_old = action->has_new = false;
    action->old_item = action->new_item = SLICE_NULL;
    action->old_size = action->new_size = 0;
    action->units = 0;
    memset(action->index_units, 0, sizeof(action->index_units));
    action->is_changed = action->is_logged = false;
}

static const struct problem *condition_failed(const struct decision *decision, struct arena *arena)
{
    const struct problem *plain =
        problem_make(arena, PROBLEM_CONDITION_FAILED, "The conditional request failed");
    if (!decision->action->returns_old_on_failure || decision->old_item.ptr == NULL) {
        return plain;
    }
    struct problem *with_item = arena_alloc(arena, sizeof(*with_item));
    *with_item = *plain;
    with_item->item = arena_copy(arena, decision->old_item);
    return with_item;
}

static const struct problem *read_old(struct decision *decision, struct txn *txn,
                                      struct arena *arena)
{
    struct write_action *action = decision->action;
    struct slice value = SLICE_NULL;
    if (!txn_get(txn, DB_ITEMS, key_slice(&decision->key), &value)) {
        return txn_failed(txn) ? problem_make(arena, PROBLEM_INTERNAL, "Internal server error")
                               : NULL;
    }
    struct stored_item stored = stored_item(value);
    if (!key_is_same(&decision->table->keys, stored.item, action->item)) {
        /* Another partition key of the same hash (key.h): never overwritten. */
        return problem_make(arena, PROBLEM_INTERNAL, "Internal server error");
    }
    decision->old_item = stored.item;
    action->had_old = true;
    action->old_size = stored.size;
    return NULL;
}

static bool holds(const struct decision *decision)
{
    const struct write_action *action = decision->action;
    if (action->must_exist && !action->had_old) {
        return false;
    }
    return action->condition == NULL ||
           expression_matches(action->condition,
                              action->had_old ? decision->old_item : empty_item());
}

/* The value may have changed since the sweeper saw it. */
static bool is_still_expired(const struct decision *decision)
{
    int64_t expires_s = 0, now_s = decision->now_ms / 1000;
    return decision->action->had_old &&
           item_expires(decision->old_item, decision->table->ttl_attribute, &expires_s) &&
           expires_s <= now_s && expires_s > now_s - EXPIRY_AGE_MAX_S;
}

static const struct problem *build_new(struct decision *decision, struct arena *arena)
{
    struct write_action *action = decision->action;
    switch (action->kind) {
    case WRITE_PUT:
        decision->new_item = action->item;
        /* The loop checked it against the version it knew: an index may have come since. */
        return decision->table != action->table
                   ? write_check_item(arena, decision->table, action->item)
                   : NULL;
    case WRITE_UPDATE: {
        const struct problem *problem = update_apply(arena, action->update, decision->old_item,
                                                     action->item, &decision->new_item);
        if (problem != NULL || decision->new_item.ptr == NULL) {
            return problem;
        }
        return write_check_updated(arena, decision->table, decision->old_item, decision->new_item);
    }
    case WRITE_DELETE:
        if (action->is_expiry && !is_still_expired(decision)) {
            decision->new_item = decision->old_item;
        }
        return NULL;
    case WRITE_CHECK:
        decision->new_item = decision->old_item;
        return NULL;
    }
    return NULL;
}

/* Table units count from the larger of the two items, also when nothing was written in the end. */
static void count_units(struct write_action *action)
{
    action->units = capacity_write_units(action->old_size > action->new_size ? action->old_size
                                                                             : action->new_size);
}

static void refuse(struct decision *decision, const struct problem *problem)
{
    struct write_action *action = decision->action;
    if (action->kind == WRITE_PUT) {
        action->new_size = (uint32_t)item_size(action->item);
    }
    count_units(action);
    action->has_new = false;
    action->new_size = 0;
    action->problem = problem;
}

static const struct problem *decide(struct decision *decision, struct txn *txn, struct arena *arena)
{
    struct write_action *action = decision->action;
    decision->table = table_newest(action->table);
    if (decision->table == NULL) {
        return problem_make(arena, PROBLEM_RESOURCE_NOT_FOUND, "Requested resource not found");
    }
    key_of_item(decision->table->id, &decision->table->keys, action->item, &decision->key);
    const struct problem *problem = read_old(decision, txn, arena);
    if (problem != NULL) {
        return problem;
    }
    if (action->must_not_exist && action->had_old) {
        return problem_make(arena, PROBLEM_DUPLICATE_ITEM, "Duplicate primary key exists in table");
    }
    return holds(decision) ? build_new(decision, arena) : condition_failed(decision, arena);
}

void decision_make(struct decision *decision, struct txn *txn, struct arena *arena,
                   struct write_action *action, int64_t now_ms, bool keeps_old)
{
    reset_results(action);
    decision->action = action;
    decision->now_ms = now_ms;
    decision->old_item = decision->new_item = SLICE_NULL;
    decision->had_expiry = decision->has_expiry = false;
    const struct problem *problem = decide(decision, txn, arena);
    if (problem != NULL) {
        refuse(decision, problem);
        return;
    }
    const struct table *table = decision->table;
    action->is_changed = !slice_eq(decision->old_item, decision->new_item);
    action->has_new = decision->new_item.ptr != NULL;
    if (action->has_new) {
        action->new_size =
            action->is_changed ? (uint32_t)item_size(decision->new_item) : action->old_size;
    }
    count_units(action);
    bool logs = action->is_changed && table_keeps_log(table);
    if (action->had_old && (action->needs_old || logs || (keeps_old && action->is_changed))) {
        struct slice copy = arena_copy(arena, decision->old_item);
        if (decision->new_item.ptr == decision->old_item.ptr) {
            decision->new_item = copy;
        }
        decision->old_item = copy;
    }
    if (action->needs_old) {
        action->old_item = decision->old_item;
    }
    if (action->needs_new && action->has_new) {
        action->new_item = decision->new_item.ptr == decision->old_item.ptr && !action->needs_old
                               ? arena_copy(arena, decision->new_item)
                               : decision->new_item;
    }
    if (!action->is_changed) {
        return;
    }
    action->is_logged = logs;
    decision->had_expiry = action->had_old && item_expires(decision->old_item, table->ttl_attribute,
                                                           &decision->old_expiry_s);
    decision->has_expiry = action->has_new && item_expires(decision->new_item, table->ttl_attribute,
                                                           &decision->new_expiry_s);
    if (table->index_count > 0) {
        entries_decide(decision, arena);
    }
}

static void carry_out_expiry(const struct decision *decision, struct txn *txn)
{
    const struct table *table = decision->table;
    if (decision->had_expiry == decision->has_expiry &&
        (!decision->has_expiry || decision->old_expiry_s == decision->new_expiry_s)) {
        return;
    }
    /* The item's key attributes are in the action's item, whatever becomes of the rest. */
    struct slice keyed = decision->action->item;
    struct key key;
    if (decision->had_expiry) {
        key_of_ttl(table->ttl_id, decision->old_expiry_s, &table->keys, keyed, &key);
        (void)txn_delete(txn, DB_ENTRIES, key_slice(&key));
    }
    if (decision->has_expiry) {
        key_of_ttl(table->ttl_id, decision->new_expiry_s, &table->keys, keyed, &key);
        txn_put(txn, DB_ENTRIES, key_slice(&key), key_without_id(key_slice(&decision->key)));
    }
}

static enum change_kind kind_of_change(const struct decision *decision)
{
    if (decision->old_item.ptr == NULL) {
        return CHANGE_INSERT;
    }
    return decision->new_item.ptr == NULL ? CHANGE_REMOVE : CHANGE_MODIFY;
}

void decision_carry_out(struct decision *decision, struct txn *txn)
{
    const struct write_action *action = decision->action;
    if (!action->is_changed) {
        return;
    }
    /* The old item's pages may go with the first put: from here on only its copy, if there is one, is read. */
    if (action->has_new) {
        uint8_t head[4];
        stored_item_head(action->new_size, head);
        txn_put2(txn, DB_ITEMS, key_slice(&decision->key),
                 slice_of((const char *)head, sizeof(head)), decision->new_item);
    } else {
        (void)txn_delete(txn, DB_ITEMS, key_slice(&decision->key));
    }
    entries_carry_out(decision, txn);
    carry_out_expiry(decision, txn);
    int64_t items = (action->has_new ? 1 : 0) - (action->had_old ? 1 : 0);
    int64_t bytes = (int64_t)action->new_size - (int64_t)action->old_size;
    if (items != 0 || bytes != 0) {
        catalog_stats_add(txn, decision->table->id, items, bytes);
    }
    if (action->is_logged) {
        change_log_append(txn, decision->table, decision->now_ms, kind_of_change(decision),
                          action->is_expiry, decision->old_item, decision->new_item);
    }
}
