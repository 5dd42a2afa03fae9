#include "scheduler/pattern/pattern_index.h"

#include "core/mem.h"
#include "scheduler/pattern/evaluation.h"

#include <stdlib.h>

#define BUCKETS_FIRST 64u
#define CROWD_MAX 8u /* a bucket of so many is as bad as any fuller one */
#define REMOVALS_MAX                                                                               \
    64 /* beyond as many as there are entries: then what they left behind is cleared away */

/* An entry in a bucket. Buckets are told apart by their hash alone: a stranger in one costs an evaluation. */
struct bucket_node {
    uint64_t hash;
    struct pattern_entry *entry;
    struct bucket_node *next;
};

struct pattern_index {
    struct arena arena; /* paths, and the entries' ids of them */
    struct paths *paths;
    struct pattern_entry **entries;
    size_t count;
    size_t capacity;
    size_t removals;
    struct bucket_node **buckets;
    size_t bucket_count; /* a power of two */
    size_t node_count;
    struct bucket_node *always; /* candidates whatever the event says */
    uint64_t next_number;
    uint64_t matches;
};

static uint64_t bucket_hash(uint32_t path_id, struct slice text)
{
    uint64_t hash = slice_hash(text) ^ (uint64_t)path_id * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

/* Of those that only ask that there is a field. */
static uint64_t field_hash(uint32_t path_id)
{
    return ~bucket_hash(path_id, SLICE(""));
}

/* --- buckets --- */

static struct bucket_node **bucket_of(const struct pattern_index *index, uint64_t hash)
{
    return &index->buckets[hash & (index->bucket_count - 1)];
}

static void widen(struct pattern_index *index)
{
    struct bucket_node **old = index->buckets;
    size_t old_count = index->bucket_count;
    index->bucket_count *= 2;
    index->buckets = mem_array(index->bucket_count, sizeof(struct bucket_node *));
    for (size_t i = 0; i < old_count; i++) {
        for (struct bucket_node *node = old[i], *next; node != NULL; node = next) {
            next = node->next;
            struct bucket_node **bucket = bucket_of(index, node->hash);
            node->next = *bucket;
            *bucket = node;
        }
    }
    mem_free(old);
}

static void put_node(struct pattern_index *index, struct bucket_node **list, uint64_t hash,
                     struct pattern_entry *entry)
{
    struct bucket_node *node = mem_zalloc(sizeof *node);
    *node = (struct bucket_node){.hash = hash, .entry = entry, .next = *list};
    *list = node;
    index->node_count++;
}

static void put_in_bucket(struct pattern_index *index, uint64_t hash, struct pattern_entry *entry)
{
    if (index->node_count > index->bucket_count) {
        widen(index);
    }
    put_node(index, bucket_of(index, hash), hash, entry);
}

static size_t crowd_of(const struct pattern_index *index, uint64_t hash)
{
    size_t crowd = 0;
    for (const struct bucket_node *node = *bucket_of(index, hash);
         node != NULL && crowd < CROWD_MAX; node = node->next) {
        crowd += node->hash == hash ? 1 : 0;
    }
    return crowd;
}

static void drop_nodes(struct pattern_index *index, struct bucket_node **list,
                       const struct pattern_entry *entry)
{
    while (*list != NULL) {
        struct bucket_node *node = *list;
        if (entry == NULL || node->entry == entry) {
            *list = node->next;
            mem_free(node);
            index->node_count--;
        } else {
            list = &node->next;
        }
    }
}

/* NULL: of all entries. */
static void drop_entry(struct pattern_index *index, const struct pattern_entry *entry)
{
    drop_nodes(index, &index->always, entry);
    for (size_t i = 0; i < index->bucket_count; i++) {
        drop_nodes(index, &index->buckets[i], entry);
    }
}

/* --- entries --- */

/* What a clause lets its conjunction wait behind, best first. */
enum wait { WAIT_STRINGS, WAIT_FIELD, WAIT_NOTHING /* it may hold without a field */ };

static enum wait wait_of(const struct clause *clause)
{
    enum wait wait = WAIT_STRINGS;
    for (size_t i = 0; i < clause->count; i++) {
        if (clause->items[i].kind == ITEM_ABSENT) {
            return WAIT_NOTHING;
        }
        if (clause->items[i].kind != ITEM_TEXT || clause->items[i].is_negated) {
            wait = WAIT_FIELD;
        }
    }
    return wait;
}

/* The buckets of a clause: one for each string, or that of its field. */
static size_t bucket_count_of(const struct clause *clause)
{
    return wait_of(clause) == WAIT_STRINGS ? clause->count : 1;
}

static uint64_t clause_hash(const struct pattern_entry *entry, const struct clause *clause,
                            size_t i)
{
    uint32_t path_id = entry->path_ids[clause->path_id];
    return wait_of(clause) == WAIT_STRINGS ? bucket_hash(path_id, clause->items[i].operands[0].text)
                                           : field_hash(path_id);
}

static size_t clause_crowd(const struct pattern_index *index, const struct pattern_entry *entry,
                           const struct clause *clause)
{
    size_t most = 0;
    for (size_t i = 0; i < bucket_count_of(clause); i++) {
        size_t crowd = crowd_of(index, clause_hash(entry, clause, i));
        most = crowd > most ? crowd : most;
    }
    return most;
}

/* The clause that a conjunction waits behind; NULL: it has none to wait for. Of equals the longest path: it says most. */
static const struct clause *best_clause(const struct pattern_index *index,
                                        const struct pattern_entry *entry,
                                        const struct conjunction *conjunction)
{
    const struct clause *best = NULL;
    enum wait best_wait = WAIT_NOTHING;
    size_t best_crowd = 0;
    for (size_t i = 0; i < conjunction->count; i++) {
        const struct clause *clause = &entry->pattern->clauses[conjunction->clauses[i]];
        enum wait wait = wait_of(clause);
        if (wait == WAIT_NOTHING || wait > best_wait) {
            continue;
        }
        size_t crowd = clause_crowd(index, entry, clause);
        if (wait < best_wait || crowd < best_crowd ||
            (crowd == best_crowd && clause->path.len > best->path.len)) {
            best = clause;
            best_wait = wait;
            best_crowd = crowd;
        }
    }
    return best;
}

static void file_entry(struct pattern_index *index, struct pattern_entry *entry)
{
    const struct pattern *pattern = entry->pattern;
    entry->path_ids =
        arena_array(&index->arena, paths_count(pattern->paths), sizeof *entry->path_ids);
    for (size_t i = 0; i < pattern->clause_count; i++) {
        const struct clause *clause = &pattern->clauses[i];
        entry->path_ids[clause->path_id] = paths_add(index->paths, clause->path);
    }
    for (size_t i = 0; i < pattern->conjunction_count; i++) {
        const struct clause *clause = best_clause(index, entry, &pattern->conjunctions[i]);
        if (clause == NULL) {
            put_node(index, &index->always, 0, entry);
            continue;
        }
        for (size_t k = 0; k < bucket_count_of(clause); k++) {
            put_in_bucket(index, clause_hash(entry, clause, k), entry);
        }
    }
}

static void begin(struct pattern_index *index)
{
    arena_init(&index->arena, 4096);
    index->paths = paths_create(&index->arena);
}

/* Paths and ids of what was removed go. */
static void rebuild(struct pattern_index *index)
{
    drop_entry(index, NULL);
    arena_finish(&index->arena);
    begin(index);
    index->removals = 0;
    for (size_t i = 0; i < index->count; i++) {
        file_entry(index, index->entries[i]);
    }
}

struct pattern_index *pattern_index_create(void)
{
    struct pattern_index *index = mem_zalloc(sizeof *index);
    index->bucket_count = BUCKETS_FIRST;
    index->buckets = mem_array(index->bucket_count, sizeof(struct bucket_node *));
    begin(index);
    return index;
}

void pattern_index_destroy(struct pattern_index *index)
{
    if (index == NULL) {
        return;
    }
    drop_entry(index, NULL);
    arena_finish(&index->arena);
    mem_free(index->buckets);
    mem_free(index->entries);
    mem_free(index);
}

void pattern_index_add(struct pattern_index *index, struct pattern_entry *entry)
{
    if (index->count == index->capacity) {
        index->capacity = index->capacity == 0 ? 16 : index->capacity * 2;
        index->entries =
            mem_realloc(index->entries, index->capacity * sizeof(struct pattern_entry *));
    }
    entry->number = index->next_number++;
    entry->seen = 0;
    entry->place = index->count;
    index->entries[index->count++] = entry;
    file_entry(index, entry);
}

void pattern_index_remove(struct pattern_index *index, struct pattern_entry *entry)
{
    struct pattern_entry *last = index->entries[--index->count];
    index->entries[entry->place] = last;
    last->place = entry->place;
    if (++index->removals > index->count + REMOVALS_MAX) {
        rebuild(index);
    } else {
        drop_entry(index, entry);
    }
}

/* --- matching --- */

struct candidates {
    struct pattern_entry **entries;
    size_t count;
};

static void add_candidate(struct pattern_index *index, struct candidates *candidates,
                          struct pattern_entry *entry)
{
    if (entry->seen != index->matches) {
        entry->seen = index->matches;
        candidates->entries[candidates->count++] = entry;
    }
}

static void add_bucket(struct pattern_index *index, struct candidates *candidates, uint64_t hash)
{
    for (struct bucket_node *node = *bucket_of(index, hash); node != NULL; node = node->next) {
        if (node->hash == hash) {
            add_candidate(index, candidates, node->entry);
        }
    }
}

static int compare_numbers(const void *a, const void *b)
{
    const struct pattern_entry *const *left = a;
    const struct pattern_entry *const *right = b;
    return (*left)->number < (*right)->number ? -1 : (*left)->number > (*right)->number;
}

static struct candidates gather(struct pattern_index *index, const struct event_fields *fields,
                                struct arena *arena)
{
    struct candidates candidates = {
        .entries = arena_array(arena, index->count, sizeof(struct pattern_entry *))};
    index->matches++;
    for (struct bucket_node *node = index->always; node != NULL; node = node->next) {
        add_candidate(index, &candidates, node->entry);
    }
    for (uint32_t id = 0; id < paths_count(index->paths); id++) {
        const struct event_field *field = event_fields_first(fields, id);
        if (field != NULL) {
            add_bucket(index, &candidates, field_hash(id));
        }
        for (; field != NULL; field = field->next) {
            if (field->kind == FIELD_TEXT) {
                add_bucket(index, &candidates, bucket_hash(id, field->text));
            }
        }
    }
    return candidates;
}

void pattern_index_match(struct pattern_index *index, struct slice event,
                         void (*each)(void *ctx, struct pattern_entry *entry), void *ctx)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_ARENA scratch = ARENA_INIT;
    struct event_fields *fields = event_fields_create(&arena, index->paths);
    const struct pattern_part part = {.member = SLICE(""), .json = event};
    event_fields_add_parts(fields, &part, 1);
    struct candidates candidates = gather(index, fields, &arena);
    struct pattern_entry **matches = candidates.entries; /* few of many, at their front */
    size_t count = 0;
    for (size_t i = 0; i < candidates.count; i++) {
        struct pattern_entry *entry = candidates.entries[i];
        if (pattern_holds(entry->pattern, fields, entry->path_ids, &scratch)) {
            matches[count++] = entry;
        }
        arena_reset(&scratch);
    }
    qsort(matches, count, sizeof(struct pattern_entry *), compare_numbers);
    for (size_t i = 0; i < count; i++) {
        each(ctx, matches[i]);
    }
}
