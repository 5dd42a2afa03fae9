#include "gateway/lru.h"

#include "core/mem.h"

static void unlink_use(struct lru *lru, struct lru_entry *entry)
{
    *(entry->newer != NULL ? &entry->newer->older : &lru->newest) = entry->older;
    *(entry->older != NULL ? &entry->older->newer : &lru->oldest) = entry->newer;
}

static void link_newest(struct lru *lru, struct lru_entry *entry)
{
    entry->newer = NULL;
    entry->older = lru->newest;
    *(lru->newest != NULL ? &lru->newest->newer : &lru->oldest) = entry;
    lru->newest = entry;
}

static struct lru_entry *find(const struct lru *lru, struct slice key, uint64_t hash)
{
    struct lru_entry *entry = lru->buckets[hash % LRU_BUCKETS];
    while (entry != NULL && (entry->hash != hash || !slice_eq(entry->key, key))) {
        entry = entry->bucket_next;
    }
    return entry;
}

struct lru_entry *lru_find(struct lru *lru, struct slice key)
{
    struct lru_entry *entry = find(lru, key, slice_hash(key));
    if (entry != NULL) {
        unlink_use(lru, entry);
        link_newest(lru, entry);
    }
    return entry;
}

void lru_drop(struct lru *lru, struct lru_entry *entry)
{
    struct lru_entry **link = &lru->buckets[entry->hash % LRU_BUCKETS];
    while (*link != entry) {
        link = &(*link)->bucket_next;
    }
    *link = entry->bucket_next;
    unlink_use(lru, entry);
    lru->size -= entry->size;
    lru->count--;
    mem_free(entry);
}

void lru_flush(struct lru *lru)
{
    while (lru->oldest != NULL) {
        lru_drop(lru, lru->oldest);
    }
}

void lru_put(struct lru *lru, struct lru_entry *entry)
{
    entry->hash = slice_hash(entry->key);
    struct lru_entry *old = find(lru, entry->key, entry->hash);
    if (old != NULL) {
        lru_drop(lru, old);
    }
    struct lru_entry **bucket = &lru->buckets[entry->hash % LRU_BUCKETS];
    entry->bucket_next = *bucket;
    *bucket = entry;
    link_newest(lru, entry);
    lru->size += entry->size;
    lru->count++;
    while (lru->size > lru->size_max || lru->count > lru->count_max) {
        lru_drop(lru, lru->oldest);
    }
}

struct slice lru_text(char **at, struct slice text)
{
    struct slice copy = slice_of(*at, text.len);
    if (text.len > 0) {
        memcpy(*at, text.ptr, text.len);
    }
    *at += text.len;
    return copy;
}
