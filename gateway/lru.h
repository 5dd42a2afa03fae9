/* What caches of the gateway keep: entries by key, the one used longest ago goes first.
 *
 * The entry is embedded at the front of what its owner keeps, with the key and all else in the same piece of memory
 * (mem_alloc), which the store frees.
 *
 * Thread  Loop thread only.
 * Limits  size_max bytes as the owner counts them, and count_max entries. */
#ifndef SLS_GATEWAY_LRU_H
#define SLS_GATEWAY_LRU_H

#include "core/slice.h"

#define LRU_BUCKETS 4096u /* a power of two */

struct lru_entry {
    struct lru_entry *bucket_next;
    struct lru_entry *newer, *older; /* by their last use */
    uint64_t hash;
    struct slice key;
    size_t size; /* of all of it */
};

struct lru {
    struct lru_entry *buckets[LRU_BUCKETS];
    struct lru_entry *newest, *oldest;
    size_t size, count;
    size_t size_max, count_max;
};

/* NULL when there is none; else it is the newest now. */
struct lru_entry *lru_find(struct lru *lru, struct slice key);
/* Takes `entry`, whose key and size are set, in the place of the one of that key, and drops what is beyond the limits. */
void lru_put(struct lru *lru, struct lru_entry *entry);
void lru_drop(struct lru *lru, struct lru_entry *entry);
void lru_flush(struct lru *lru);
/* Copies `text` to `*at` and steps over it: for owners that lay out an entry. */
struct slice lru_text(char **at, struct slice text);

#endif
