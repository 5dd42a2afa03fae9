#include "store/item/page_private.h"
#include "store/item/page_walk.h"
#include "store/item/writer.h"

#define TOO_LONG_HASH                                                                              \
    "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size "    \
    "limit of2048 bytes"
#define TOO_LONG_RANGE                                                                             \
    "One or more parameter values were invalid: Aggregated size of all range keys has exceeded "   \
    "the size limit of 1024 bytes"
#define MISMATCH "The provided key element does not match the schema"
#define INVALID "The provided starting key is invalid"

/* --- keys of items --- */

struct key_names {
    struct slice names[1 + 1 + KEY_PARTS_MAX];
    size_t count;
};

/* Sorted, each once. */
static void add_names(struct key_names *names, const struct key_schema *schema)
{
    for (size_t i = 0; i < key_part_count(schema); i++) {
        struct slice name = schema->parts[i].name;
        size_t at = 0;
        while (at < names->count && slice_compare(names->names[at], name) < 0) {
            at++;
        }
        if (at < names->count && slice_eq(names->names[at], name)) {
            continue;
        }
        memmove(names->names + at + 1, names->names + at,
                (names->count - at) * sizeof(names->names[0]));
        names->names[at] = name;
        names->count++;
    }
}

static struct key_names names_of(const struct table *table, const struct table_index *index)
{
    struct key_names names = {.count = 0};
    add_names(&names, &table->keys);
    if (index != NULL) {
        add_names(&names, &index->keys);
    }
    return names;
}

struct slice page_key_of(struct arena *arena, const struct table *table,
                         const struct table_index *index, struct slice item)
{
    struct key_names names = names_of(table, index);
    AUTO_BUF buf = BUF_INIT(64 * 1024 * 1024); /* a start key may come unchecked */
    size_t mark = attr_open(&buf, ATTR_NONE);
    uint32_t count = 0;
    for (size_t i = 0; i < names.count; i++) {
        struct attr attr = item_get(item, names.names[i]);
        if (attr.type != ATTR_NONE) {
            attr_write_member(&buf, names.names[i], attr);
            count++;
        }
    }
    attr_close(&buf, ATTR_NONE, mark, count);
    return arena_copy(arena, buf_slice(&buf));
}

void page_seek_start_key(struct page *page)
{
    if (page->index != NULL) {
        key_of_entry(page->index->id, &page->index->keys, &page->table->keys, page->start_key,
                     &page->position);
    } else {
        key_of_item(page->table->id, &page->table->keys, page->start_key, &page->position);
    }
    page->has_position = true;
    if (key_is_long(key_slice(&page->position))) {
        AUTO_BUF encoding = BUF_INIT(64 * 1024);
        walk_encode(&encoding, page, page->start_key);
        page->run_position = arena_copy(page->arena, buf_slice(&encoding));
    }
}

/* --- ExclusiveStartKey --- */

static const struct problem *refuse_start(struct arena *arena, const char *text)
{
    return problem_invalid(arena, "%s", text);
}

/* Of the queried schema: these are told as they are. */
static const struct problem *check_schema(struct arena *arena, const struct key_schema *schema,
                                          struct slice key)
{
    const struct key_part *part = NULL;
    switch (key_check(schema, key, &part)) {
    case KEY_FITS:
        break;
    case KEY_MISSING:
        return refuse_start(arena, INVALID);
    case KEY_WRONG_TYPE:
        return refuse_start(arena, MISMATCH);
    case KEY_EMPTY:
        return problem_bad_parameter(arena,
                                     "The AttributeValue for a key attribute cannot contain an "
                                     "empty %s value. Key: %.*s",
                                     part->type == ATTR_B ? "binary" : "string",
                                     SLICE_ARG(part->name));
    case KEY_HASH_TOO_LONG:
        return refuse_start(arena, TOO_LONG_HASH);
    case KEY_RANGE_TOO_LONG:
        return refuse_start(arena, TOO_LONG_RANGE);
    }
    return NULL;
}

/* Of the table: told behind a colon. */
static const struct problem *check_table_key(struct arena *arena, const struct table *table,
                                             struct slice key)
{
    const struct problem *problem =
        write_check_key(arena, table, page_key_of(arena, table, NULL, key));
    if (problem == NULL) {
        return NULL;
    }
    return problem_invalid(arena, INVALID ": %.*s", SLICE_ARG(problem->text));
}

static const struct problem *check_query(struct arena *arena, const struct page *page,
                                         struct slice key)
{
    const struct key_schema *keys = page->index != NULL ? &page->index->keys : &page->table->keys;
    const struct key_range *range = &page->range;
    bool has_condition = range->lower.len != 0 || range->upper.ptr != NULL || range->has_prefix;
    bool is_same_partition = true;
    for (uint8_t i = 0; i < range->hash_count; i++) {
        is_same_partition =
            is_same_partition && attr_eq(item_get(key, keys->parts[i].name), range->hash[i]);
    }
    if (!has_condition) {
        return is_same_partition ? NULL
                                 : refuse_start(arena, "The provided starting key is outside query "
                                                       "boundaries based on provided conditions");
    }
    AUTO_BUF encoding = BUF_INIT(64 * 1024);
    walk_encode(&encoding, page, key);
    if (!range_holds(range, buf_slice(&encoding))) {
        return refuse_start(arena,
                            "The provided starting key does not match the range key predicate");
    }
    return is_same_partition ? NULL
                             : refuse_start(arena, "The query can return at most one row and "
                                                   "cannot be restarted");
}

static const struct problem *check_segment(struct arena *arena, const struct page *page,
                                           struct slice key)
{
    struct key position, bound;
    uint8_t first[KEY_HASH_LEN], end[KEY_HASH_LEN];
    bool has_end = false, is_inside = false;
    const struct table_index *index = page->index;
    if (page->segment_count == 0) {
        return NULL;
    }
    uint32_t id = index != NULL ? index->id : page->table->id;
    if (index != NULL) {
        key_of_entry(id, &index->keys, &page->table->keys, key, &position);
    } else {
        key_of_item(id, &page->table->keys, key, &position);
    }
    if (key_segment(page->segment, page->segment_count, first, end, &has_end)) {
        key_prefix_hash(id, first, &bound);
        is_inside = slice_compare(key_slice(&position), key_slice(&bound)) >= 0;
        if (has_end) {
            key_prefix_hash(id, end, &bound);
            is_inside = is_inside && slice_compare(key_slice(&position), key_slice(&bound)) < 0;
        }
    }
    if (is_inside) {
        return NULL;
    }
    return problem_invalid(arena,
                           INVALID ": Invalid ExclusiveStartKey. Please use ExclusiveStartKey with "
                                   "correct Segment. TotalSegments: %u Segment: %u",
                           page->segment_count, page->segment);
}

static const struct problem *check_count(struct arena *arena, const struct page *page,
                                         struct slice key)
{
    if (attr_count(key) == names_of(page->table, page->index).count) {
        return NULL;
    }
    bool is_told_alone = page->is_query || page->index != NULL;
    return refuse_start(arena, is_told_alone ? INVALID : INVALID ": " MISMATCH);
}

const struct problem *page_check_start_partition(struct arena *arena, const struct page *page,
                                                 struct slice key)
{
    struct key_schema hash = page->index != NULL ? page->index->keys : page->table->keys;
    hash.range_count = 0;
    const struct problem *problem = check_count(arena, page, key);
    return problem != NULL ? problem : check_schema(arena, &hash, key);
}

const struct problem *page_check_start_key(struct arena *arena, const struct page *page,
                                           struct slice key)
{
    const struct table_index *index = page->index;
    const struct problem *problem = check_count(arena, page, key);
    if (problem != NULL) {
        return problem;
    }
    if (page->is_query || index != NULL) {
        problem = check_schema(arena, index != NULL ? &index->keys : &page->table->keys, key);
    }
    if (problem == NULL) {
        problem = check_table_key(arena, page->table, key);
    }
    if (problem == NULL && page->is_query) {
        problem = check_query(arena, page, key);
    } else if (problem == NULL) {
        problem = check_segment(arena, page, key);
    }
    return problem;
}
