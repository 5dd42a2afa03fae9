#include "store/copy/past.h"

#include "core/mem.h"

#include <stdlib.h>

/* Changes of one key: the sequences of the first and the last of them. */
struct changed {
    struct slice key;
    uint64_t first, last;
};

/* Keys are gathered from the log's end backwards, and now and then sorted and joined, so that a counter that
 * changed a million times takes one place. */
struct changes {
    struct changed *items;
    size_t count, capacity;
    struct arena keys;
};

#define JOIN_AT_FIRST 16384

static int compare_changed(const void *left, const void *right)
{
    const struct changed *a = left;
    const struct changed *b = right;
    return slice_compare(a->key, b->key);
}

static void join(struct changes *changes)
{
    struct arena kept_keys = ARENA_INIT;
    size_t kept = 0;
    qsort(changes->items, changes->count, sizeof(*changes->items), compare_changed);
    for (size_t i = 0; i < changes->count; i++) {
        struct changed *item = &changes->items[i];
        struct changed *before = kept > 0 ? &changes->items[kept - 1] : NULL;
        if (before != NULL && slice_eq(before->key, item->key)) {
            before->first = item->first < before->first ? item->first : before->first;
            before->last = item->last > before->last ? item->last : before->last;
        } else {
            struct slice key = arena_copy(&kept_keys, item->key);
            changes->items[kept++] = (struct changed){key, item->first, item->last};
        }
    }
    changes->count = kept;
    arena_finish(&changes->keys);
    changes->keys = kept_keys;
}

static void make_room(struct changes *changes)
{
    if (changes->count > 0) {
        join(changes);
    }
    if (changes->count * 2 >= changes->capacity) {
        changes->capacity = changes->capacity == 0 ? JOIN_AT_FIRST : changes->capacity * 2;
        changes->items = mem_realloc(changes->items, changes->capacity * sizeof(*changes->items));
    }
}

static void add(struct changes *changes, const struct key_schema *keys, const struct change *change)
{
    struct key key;
    key_of_item(0, keys, change->old_item.ptr != NULL ? change->old_item : change->new_item, &key);
    if (changes->count == changes->capacity) {
        make_room(changes);
    }
    changes->items[changes->count++] =
        (struct changed){arena_copy(&changes->keys, key_without_id(key_slice(&key))),
                         change->sequence, change->sequence};
}

/* Those of from_ms <= time < to_ms. The times of a log do not go back but by a turned clock: the walk ends at the
 * first record of before the window. */
static void gather(struct changes *changes, struct txn *txn, uint32_t id,
                   const struct key_schema *keys, int64_t from_ms, int64_t to_ms)
{
    *changes = (struct changes){.keys = ARENA_INIT};
    struct change_cursor cursor;
    struct change change;
    change_cursor_open(&cursor, txn, id);
    for (bool has = change_cursor_last(&cursor, &change); has && change.time_ms >= from_ms;
         has = change_cursor_prev(&cursor, &change)) {
        if (change.time_ms < to_ms) {
            add(changes, keys, &change);
        }
    }
    change_cursor_close(&cursor);
    if (changes->count > 0) {
        join(changes);
    }
}

static void release(struct changes *changes)
{
    mem_free(changes->items);
    arena_finish(&changes->keys);
}

struct walk {
    struct txn *txn;
    struct changes changes;
    struct change_cursor log;
    size_t at; /* in changes */
    past_item_fn *on_item;
    void *ctx;
};

/* The item of the changed key at hand, as it was. */
static bool emit_old(struct walk *walk)
{
    const struct changed *changed = &walk->changes.items[walk->at++];
    struct change change;
    if (!change_cursor_from(&walk->log, changed->first, &change) ||
        change.sequence != changed->first || change.old_item.ptr == NULL) {
        return true;
    }
    struct past_item item = {changed->key, change.old_item, (uint32_t)item_size(change.old_item)};
    return walk->on_item(walk->ctx, &item);
}

static bool walk_items(struct walk *walk, struct cursor *cursor, uint32_t id)
{
    struct key start;
    key_prefix_id(id, &start);
    struct slice prefix = key_slice(&start);
    for (bool has = cursor_seek(cursor, prefix); has && slice_starts_with(cursor->key, prefix);
         has = cursor_next(cursor)) {
        struct slice key = key_without_id(cursor->key);
        int order = 1;
        while (walk->at < walk->changes.count &&
               (order = slice_compare(walk->changes.items[walk->at].key, key)) <= 0) {
            if (!emit_old(walk)) {
                return false;
            }
            if (order == 0) {
                break;
            }
        }
        struct stored_item stored = stored_item(cursor->value);
        struct past_item item = {key, stored.item, stored.size};
        if (order != 0 && !walk->on_item(walk->ctx, &item)) {
            return false;
        }
    }
    while (walk->at < walk->changes.count) {
        if (!emit_old(walk)) {
            return false;
        }
    }
    return true;
}

bool past_items(struct txn *txn, uint32_t id, const struct key_schema *keys, int64_t time_ms,
                past_item_fn *on_item, void *ctx)
{
    struct walk walk = {.txn = txn, .on_item = on_item, .ctx = ctx};
    if (time_ms != PAST_NOW) {
        gather(&walk.changes, txn, id, keys, time_ms + 1, INT64_MAX);
    }
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_ITEMS);
    change_cursor_open(&walk.log, txn, id);
    bool is_whole = walk_items(&walk, &cursor, id);
    change_cursor_close(&walk.log);
    release(&walk.changes);
    return is_whole;
}

bool past_changes(struct txn *txn, uint32_t id, const struct key_schema *keys, int64_t from_ms,
                  int64_t to_ms, past_change_fn *on_change, void *ctx)
{
    struct changes changes;
    gather(&changes, txn, id, keys, from_ms, to_ms);
    struct change_cursor log;
    change_cursor_open(&log, txn, id);
    bool goes_on = true;
    for (size_t i = 0; i < changes.count && goes_on; i++) {
        struct change change;
        struct past_change window = {SLICE_NULL, SLICE_NULL, 0};
        if (!change_cursor_from(&log, changes.items[i].first, &change)) {
            continue;
        }
        window.old_item = change.old_item;
        if (change_cursor_from(&log, changes.items[i].last, &change)) {
            window.new_item = change.new_item;
            window.time_ms = change.time_ms;
        }
        if (window.old_item.ptr != NULL || window.new_item.ptr != NULL) {
            goes_on = on_change(ctx, &window);
        }
    }
    change_cursor_close(&log);
    release(&changes);
    return goes_on;
}
