#include "gateway/throttle/scope_table.h"

#include "core/mem.h"

#include <assert.h>

#define BUCKETS_MIN 16

/* Followed by its record, aligned, and that by its scope: for each part its length and its bytes. */
struct entry {
    struct entry *next_in_bucket;
    struct entry *newer, *older;
    uint64_t hash;
    size_t scope_len;
};

struct scope_table {
    struct entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t count, max;
    size_t record_len; /* rounded up */
    struct entry *newest, *oldest;
};

static void *record_of(struct entry *entry)
{
    return entry + 1;
}

static char *scope_of(const struct scope_table *table, struct entry *entry)
{
    return (char *)record_of(entry) + table->record_len;
}

static uint64_t hash_scope(struct scope scope)
{
    uint64_t hash = scope.count;
    for (size_t i = 0; i < scope.count; i++) {
        hash = (hash * UINT64_C(0x9e3779b97f4a7c15)) ^ slice_hash(scope.parts[i]);
    }
    return hash ^ hash >> 32;
}

static size_t scope_len(struct scope scope)
{
    size_t len = 0;
    for (size_t i = 0; i < scope.count; i++) {
        len += sizeof(size_t) + scope.parts[i].len;
    }
    return len;
}

static void write_scope(char *at, struct scope scope)
{
    for (size_t i = 0; i < scope.count; i++) {
        struct slice part = scope.parts[i];
        memcpy(at, &part.len, sizeof part.len);
        at += sizeof part.len;
        if (part.len > 0) {
            memcpy(at, part.ptr, part.len);
        }
        at += part.len;
    }
}

/* Both are of one length. */
static bool is_scope(const char *at, struct scope scope)
{
    for (size_t i = 0; i < scope.count; i++) {
        struct slice part = scope.parts[i];
        if (memcmp(at, &part.len, sizeof part.len) != 0 ||
            !slice_eq(slice_of(at + sizeof part.len, part.len), part)) {
            return false;
        }
        at += sizeof part.len + part.len;
    }
    return true;
}

static struct entry **find_slot(const struct scope_table *table, struct scope scope, uint64_t hash)
{
    size_t len = scope_len(scope);
    struct entry **slot = &table->buckets[hash & (table->bucket_count - 1)];
    while (*slot != NULL && ((*slot)->hash != hash || (*slot)->scope_len != len ||
                             !is_scope(scope_of(table, *slot), scope))) {
        slot = &(*slot)->next_in_bucket;
    }
    return slot;
}

/* --- the order in which they were asked for --- */

static void unlink_entry(struct scope_table *table, struct entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &table->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &table->oldest) = entry->newer;
}

static void link_newest(struct scope_table *table, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = table->newest;
    *(table->newest != NULL ? &table->newest->newer : &table->oldest) = entry;
    table->newest = entry;
}

static void forget_oldest(struct scope_table *table)
{
    struct entry *entry = table->oldest;
    struct entry **slot = &table->buckets[entry->hash & (table->bucket_count - 1)];
    while (*slot != entry) {
        slot = &(*slot)->next_in_bucket;
    }
    *slot = entry->next_in_bucket;
    unlink_entry(table, entry);
    mem_free(entry);
    table->count--;
}

/* --- the table --- */

static void grow(struct scope_table *table)
{
    mem_free(table->buckets);
    table->bucket_count *= 2;
    table->buckets = mem_array(table->bucket_count, sizeof(struct entry *));
    for (struct entry *entry = table->newest; entry != NULL; entry = entry->older) {
        struct entry **bucket = &table->buckets[entry->hash & (table->bucket_count - 1)];
        entry->next_in_bucket = *bucket;
        *bucket = entry;
    }
}

static struct entry *add(struct scope_table *table, struct scope scope, uint64_t hash)
{
    if (table->count == table->max) {
        forget_oldest(table);
    }
    if (table->count == table->bucket_count) {
        grow(table);
    }
    size_t len = scope_len(scope);
    struct entry *entry = mem_zalloc(sizeof *entry + table->record_len + len);
    struct entry **bucket = &table->buckets[hash & (table->bucket_count - 1)];
    entry->hash = hash;
    entry->scope_len = len;
    entry->next_in_bucket = *bucket;
    *bucket = entry;
    write_scope(scope_of(table, entry), scope);
    table->count++;
    return entry;
}

void *scope_table_get(struct scope_table *table, struct scope scope, bool *ret_is_new)
{
    uint64_t hash = hash_scope(scope);
    struct entry *entry = *find_slot(table, scope, hash);
    *ret_is_new = entry == NULL;
    if (entry == NULL) {
        entry = add(table, scope, hash);
    } else {
        unlink_entry(table, entry);
    }
    link_newest(table, entry);
    return record_of(entry);
}

void *scope_table_find(const struct scope_table *table, struct scope scope)
{
    struct entry *entry = *find_slot(table, scope, hash_scope(scope));
    return entry != NULL ? record_of(entry) : NULL;
}

size_t scope_table_count(const struct scope_table *table)
{
    return table->count;
}

struct scope_table *scope_table_create(size_t record_len, size_t max_records)
{
    assert(max_records > 0);
    struct scope_table *table = mem_zalloc(sizeof *table);
    table->record_len = (record_len + 7) / 8 * 8;
    table->max = max_records;
    table->bucket_count = BUCKETS_MIN;
    table->buckets = mem_array(table->bucket_count, sizeof(struct entry *));
    return table;
}

void scope_table_destroy(struct scope_table *table)
{
    if (table == NULL) {
        return;
    }
    while (table->count > 0) {
        forget_oldest(table);
    }
    mem_free(table->buckets);
    mem_free(table);
}
