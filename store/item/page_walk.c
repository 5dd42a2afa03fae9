#include "store/item/page_walk.h"

#include <assert.h>
#include <stdlib.h>

#define RUN_PREFIX_LEN (ENGINE_KEY_MAX - KEY_TIE_LEN)

struct run_entry {
    struct slice encoding;
    uint8_t tie[KEY_TIE_LEN];
};

static const struct key_schema *page_keys(const struct page *page)
{
    return page->index != NULL ? &page->index->keys : &page->table->keys;
}

void walk_encode(struct buf *buf, const struct page *page, struct slice item)
{
    const struct key_schema *keys = page_keys(page);
    for (uint8_t i = 0; i < keys->range_count; i++) {
        struct slice name = keys->parts[keys->hash_count + i].name;
        key_append_range(buf, item_get(item, name), page->index == NULL);
    }
}

/* --- the range of keys --- */

static void append(struct key *key, struct slice bytes)
{
    assert(key->len + bytes.len <= sizeof(key->bytes));
    if (bytes.len != 0) {
        memcpy(key->bytes + key->len, bytes.ptr, bytes.len);
        key->len = (uint16_t)(key->len + bytes.len);
    }
}

/* The next key there can be. */
static void append_zero(struct key *key)
{
    append(key, slice_of("", 1));
}

/* All that starts with upper's key is below it from now on. */
static void close_prefix(struct walk *walk)
{
    bool has_end = key_prefix_end(&walk->upper);
    assert(has_end); /* no id is all ones */
}

static void set_lower(struct walk *walk, const struct key_range *range)
{
    append(&walk->lower, slice_take(range->lower, KEY_RANGE_MAX));
    if (range->lower.len > KEY_RANGE_MAX) {
        walk->checks_range = true;
    } else if (range->lower_exclusive && walk->db == DB_ITEMS) {
        append_zero(&walk->lower);
    } else if (range->lower_exclusive) {
        bool has_end = key_prefix_end(&walk->lower);
        assert(has_end);
    }
}

static void set_upper(struct walk *walk, const struct key_range *range)
{
    if (range->has_prefix) {
        append(&walk->upper, slice_take(range->lower, KEY_RANGE_MAX));
        close_prefix(walk);
    } else if (range->upper.ptr == NULL) {
        close_prefix(walk);
    } else {
        append(&walk->upper, slice_take(range->upper, KEY_RANGE_MAX));
        if (range->upper.len > KEY_RANGE_MAX) {
            walk->checks_range = true;
            close_prefix(walk);
        } else if (!range->upper_exclusive && walk->db == DB_ENTRIES) {
            close_prefix(walk);
        } else if (!range->upper_exclusive) {
            append_zero(&walk->upper);
        }
    }
}

static void set_query_bounds(struct walk *walk, uint32_t id)
{
    const struct key_range *range = &walk->page->range;
    uint8_t hash[KEY_HASH_LEN];
    key_hash(walk->keys->parts, range->hash, range->hash_count, hash);
    key_prefix_hash(id, hash, &walk->lower);
    walk->upper = walk->lower;
    set_upper(walk, range);
    set_lower(walk, range);
}

static void set_scan_bounds(struct walk *walk, uint32_t id)
{
    const struct page *page = walk->page;
    key_prefix_id(id, &walk->lower);
    walk->upper = walk->lower;
    if (page->segment_count == 0) {
        close_prefix(walk);
        return;
    }
    uint8_t first[KEY_HASH_LEN], end[KEY_HASH_LEN];
    bool has_end = false;
    if (!key_segment(page->segment, page->segment_count, first, end, &has_end)) {
        walk->is_empty = true;
        return;
    }
    key_prefix_hash(id, first, &walk->lower);
    if (has_end) {
        key_prefix_hash(id, end, &walk->upper);
    } else {
        close_prefix(walk);
    }
}

void walk_begin(struct walk *walk, struct page *page, struct txn *txn)
{
    *walk = (struct walk){.page = page, .txn = txn, .keys = page_keys(page)};
    walk->db = page->index != NULL ? DB_ENTRIES : DB_ITEMS;
    arena_init(&walk->arena, 16 * 1024);
    buf_init(&walk->encoding, 64 * 1024);
    uint32_t id = page->index != NULL ? page->index->id : page->table->id;
    if (page->is_query) {
        set_query_bounds(walk, id);
    } else {
        set_scan_bounds(walk, id);
    }
    cursor_open(&walk->cursor, txn, walk->db);
}

void walk_end(struct walk *walk)
{
    cursor_close(&walk->cursor);
    buf_finish(&walk->encoding);
    arena_finish(&walk->arena);
}

void walk_remember(struct walk *walk, const struct found *found)
{
    struct page *page = walk->page;
    page->position.len = 0;
    append(&page->position, found->key);
    page->has_position = true;
    page->run_position =
        found->encoding.ptr != NULL ? arena_copy(page->arena, found->encoding) : SLICE_NULL;
}

/* --- single steps --- */

/* The stored item below a key of the walk's database. */
static bool find_item(struct walk *walk, struct slice value, struct found *found)
{
    if (walk->db == DB_ENTRIES) {
        struct key target;
        key_of_target(walk->page->table->id, value, &target);
        if (!txn_get(walk->txn, DB_ITEMS, key_slice(&target), &value)) {
            found->item = SLICE_NULL;
            return false;
        }
    }
    struct stored_item stored = stored_item(value);
    found->size = stored.size;
    found->item = stored.item;
    return true;
}

/* Two partition keys with one hash: the other one's items are not meant. */
static bool is_of_partition(const struct walk *walk, struct slice item)
{
    const struct key_range *range = &walk->page->range;
    for (uint8_t i = 0; i < range->hash_count; i++) {
        if (!attr_eq(item_get(item, walk->keys->parts[i].name), range->hash[i])) {
            return false;
        }
    }
    return true;
}

/* Whether the page's range has it, beyond what the bounds of the keys say. */
static bool is_wanted(struct walk *walk, const struct found *found)
{
    if (!walk->page->is_query) {
        return true;
    }
    if (!is_of_partition(walk, found->item)) {
        return false;
    }
    if (!walk->checks_range) {
        return true;
    }
    if (found->encoding.ptr != NULL) {
        return range_holds(&walk->page->range, found->encoding);
    }
    buf_clear(&walk->encoding);
    walk_encode(&walk->encoding, walk->page, found->item);
    return range_holds(&walk->page->range, buf_slice(&walk->encoding));
}

static bool is_inside(const struct walk *walk)
{
    struct slice key = walk->cursor.key;
    if (walk->page->is_reverse) {
        return slice_compare(key, key_slice(&walk->lower)) >= 0;
    }
    return slice_compare(key, key_slice(&walk->upper)) < 0;
}

static bool step(struct walk *walk)
{
    return walk->page->is_reverse ? cursor_prev(&walk->cursor) : cursor_next(&walk->cursor);
}

/* --- runs --- */

static int compare_run_entries(const void *left, const void *right)
{
    const struct run_entry *a = left;
    const struct run_entry *b = right;
    int order = slice_compare(a->encoding, b->encoding);
    return order != 0 ? order : memcmp(a->tie, b->tie, KEY_TIE_LEN);
}

static struct slice run_prefix(const struct walk *walk)
{
    return slice_take(key_slice(&walk->run_key), RUN_PREFIX_LEN);
}

static bool is_in_run(const struct walk *walk)
{
    struct slice key = walk->cursor.key;
    return key_is_long(key) && slice_starts_with(key, run_prefix(walk));
}

static void keep_run_entry(struct walk *walk, size_t *capacity)
{
    struct found found;
    if (!find_item(walk, walk->cursor.value, &found)) {
        walk->page->has_failed = true; /* an entry without its item */
        return;
    }
    if (walk->run_count == *capacity) {
        struct run_entry *old = walk->run;
        *capacity = *capacity != 0 ? *capacity * 2 : 16;
        walk->run = arena_array(&walk->arena, *capacity, sizeof(*walk->run));
        if (old != NULL) {
            memcpy(walk->run, old, walk->run_count * sizeof(*old));
        }
    }
    buf_clear(&walk->encoding);
    walk_encode(&walk->encoding, walk->page, found.item);
    struct run_entry *entry = &walk->run[walk->run_count++];
    entry->encoding = arena_copy(&walk->arena, buf_slice(&walk->encoding));
    memcpy(entry->tie, slice_skip(walk->cursor.key, RUN_PREFIX_LEN).ptr, KEY_TIE_LEN);
}

/* From the cursor's long key on, all of its run; the cursor ends behind it. False at the end of the keys. */
static bool gather_run(struct walk *walk)
{
    size_t capacity = 0;
    bool is_there = true;
    arena_reset(&walk->arena);
    walk->run = NULL;
    walk->run_count = 0;
    walk->run_key.len = 0;
    append(&walk->run_key, walk->cursor.key);
    while (is_there && is_in_run(walk)) {
        keep_run_entry(walk, &capacity);
        is_there = step(walk);
    }
    if (walk->run_count > 1) {
        qsort(walk->run, walk->run_count, sizeof(*walk->run), compare_run_entries);
    }
    walk->run_left = walk->run_count;
    return is_there;
}

/* Leaves out what the page has evaluated already. */
static void skip_in_run(struct walk *walk)
{
    const struct page *page = walk->page;
    struct run_entry last = {.encoding = page->run_position};
    memcpy(last.tie, page->position.bytes + RUN_PREFIX_LEN, KEY_TIE_LEN);
    while (walk->run_left != 0) {
        size_t at = page->is_reverse ? walk->run_left - 1 : walk->run_count - walk->run_left;
        int order = compare_run_entries(&walk->run[at], &last);
        if (page->is_reverse ? order < 0 : order > 0) {
            break;
        }
        walk->run_left--;
    }
}

static void take_from_run(struct walk *walk, struct found *found)
{
    size_t at = walk->page->is_reverse ? walk->run_left - 1 : walk->run_count - walk->run_left;
    const struct run_entry *entry = &walk->run[at];
    struct slice value;
    walk->run_left--;
    memcpy(walk->run_key.bytes + RUN_PREFIX_LEN, entry->tie, KEY_TIE_LEN);
    found->key = key_slice(&walk->run_key);
    found->encoding = entry->encoding;
    if (!txn_get(walk->txn, walk->db, found->key, &value) || !find_item(walk, value, found)) {
        found->item = SLICE_NULL;
    }
}

/* The run in which the page stopped, when there is still something of it. */
static bool resume_run(struct walk *walk)
{
    const struct page *page = walk->page;
    struct key end = page->position;
    end.len = RUN_PREFIX_LEN;
    bool is_there;
    if (page->is_reverse) {
        bool has_end = key_prefix_end(&end);
        assert(has_end);
        is_there = cursor_seek_before(&walk->cursor, key_slice(&end));
    } else {
        append_zero(&end); /* beyond a range of exactly the cut length: it comes before the run */
        is_there = cursor_seek(&walk->cursor, key_slice(&end));
    }
    walk->run_key = page->position;
    if (is_there && is_in_run(walk)) {
        is_there = gather_run(walk);
        skip_in_run(walk);
    }
    return is_there;
}

/* --- the walk --- */

/* To the first key of what is left. */
static bool start(struct walk *walk)
{
    const struct page *page = walk->page;
    if (walk->is_empty) {
        return false;
    }
    if (page->has_position && key_is_long(key_slice(&page->position))) {
        return resume_run(walk);
    }
    if (page->is_reverse) {
        const struct key *end = page->has_position ? &page->position : &walk->upper;
        return cursor_seek_before(&walk->cursor, key_slice(end));
    }
    struct key next = page->has_position ? page->position : walk->lower;
    if (page->has_position) {
        append_zero(&next);
    }
    return cursor_seek(&walk->cursor, key_slice(&next));
}

/* The next entry in order, wanted or not. */
static bool take_next(struct walk *walk, struct found *found)
{
    for (;;) {
        *found = (struct found){.key = SLICE_NULL};
        if (walk->run_left != 0) {
            take_from_run(walk, found);
            return true;
        }
        if (walk->must_step) {
            walk->must_step = false;
            walk->has_key = step(walk);
        }
        if (!walk->has_key || !is_inside(walk)) {
            return false;
        }
        if (!key_is_long(walk->cursor.key)) {
            walk->must_step = true;
            found->key = walk->cursor.key;
            (void)find_item(walk, walk->cursor.value, found);
            return true;
        }
        walk->has_key = gather_run(walk);
    }
}

bool walk_next(struct walk *walk, struct found *ret_found)
{
    if (!walk->has_started) {
        walk->has_started = true;
        walk->has_key = start(walk);
    }
    while (take_next(walk, ret_found)) {
        if (ret_found->item.ptr == NULL) {
            walk->page->has_failed = true; /* an entry without its item */
        } else if (is_wanted(walk, ret_found)) {
            return true;
        }
    }
    return false;
}
