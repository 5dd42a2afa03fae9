#include "gateway/response_cache.h"

#include "core/mem.h"
#include "gateway/stage_throttle.h"

#define BUCKETS 4096u /* a power of two */

struct kept {
    struct kept *bucket_next;
    struct kept *newer, *older; /* by their last use */
    int64_t until_ms;
    uint64_t hash;
    int status;
    size_t size; /* of all of it */
    size_t header_count;
    struct slice key, body;
    struct http_header headers[]; /* then the bytes of key, headers and body */
};

struct response_cache {
    struct kept *buckets[BUCKETS];
    struct kept *newest, *oldest;
    size_t size, count;
};

struct response_cache *response_cache_create(void)
{
    return mem_zalloc(sizeof(struct response_cache));
}

void response_cache_destroy(struct response_cache *cache)
{
    if (cache != NULL) {
        response_cache_flush(cache);
        mem_free(cache);
    }
}

struct cache_rule cache_rule_of(const struct route_settings_spec *settings, size_t count,
                                struct slice method, struct slice path)
{
    const struct route_settings_spec *best = NULL;
    int best_rank = SETTINGS_NO_MATCH;
    for (size_t i = 0; i < count; i++) {
        int rank = settings_rank(&settings[i], method, path);
        if (rank > best_rank) {
            best_rank = rank;
            best = &settings[i];
        }
    }
    if (best == NULL || !best->caches ||
        ((slice_is(best->method, "*") || best->method.len == 0) && !slice_is(method, "GET"))) {
        return (struct cache_rule){.ttl_s = 0};
    }
    int32_t ttl_s = best->cache_ttl_s < 0 ? CACHE_TTL_DEFAULT_S : best->cache_ttl_s;
    return (struct cache_rule){
        .ttl_s = (uint32_t)(ttl_s > CACHE_TTL_MAX_S ? CACHE_TTL_MAX_S : ttl_s),
        .needs_authorization = best->cache_needs_authorization,
        .strategy = best->unauthorized_strategy,
    };
}

/* --- entries --- */

static void unlink_use(struct response_cache *cache, struct kept *kept)
{
    *(kept->newer != NULL ? &kept->newer->older : &cache->newest) = kept->older;
    *(kept->older != NULL ? &kept->older->newer : &cache->oldest) = kept->newer;
}

static void link_newest(struct response_cache *cache, struct kept *kept)
{
    kept->newer = NULL;
    kept->older = cache->newest;
    *(cache->newest != NULL ? &cache->newest->newer : &cache->oldest) = kept;
    cache->newest = kept;
}

static struct kept **find(struct response_cache *cache, struct slice key, uint64_t hash)
{
    struct kept **link = &cache->buckets[hash % BUCKETS];
    while (*link != NULL && ((*link)->hash != hash || !slice_eq((*link)->key, key))) {
        link = &(*link)->bucket_next;
    }
    return link;
}

static void drop(struct response_cache *cache, struct kept **link)
{
    struct kept *kept = *link;
    *link = kept->bucket_next;
    unlink_use(cache, kept);
    cache->size -= kept->size;
    cache->count--;
    mem_free(kept);
}

void response_cache_flush(struct response_cache *cache)
{
    while (cache->oldest != NULL) {
        drop(cache, find(cache, cache->oldest->key, cache->oldest->hash));
    }
}

bool response_cache_find(struct response_cache *cache, struct slice key, int64_t now_ms,
                         struct response *ret)
{
    struct kept **link = find(cache, key, slice_hash(key));
    struct kept *kept = *link;
    if (kept == NULL) {
        return false;
    }
    if (kept->until_ms <= now_ms) {
        drop(cache, link);
        return false;
    }
    unlink_use(cache, kept);
    link_newest(cache, kept);
    ret->status = kept->status;
    ret->body = kept->body;
    for (size_t i = 0; i < kept->header_count; i++) {
        response_add(ret, kept->headers[i].name, kept->headers[i].value);
    }
    return true;
}

static struct slice put(char **at, struct slice text)
{
    struct slice copy = slice_of(*at, text.len);
    memcpy(*at, text.ptr, text.len);
    *at += text.len;
    return copy;
}

/* Of the function's run, not of its answer. */
static bool is_of_one_request(const struct http_header *header)
{
    return slice_ieq(header->name, SLICE("X-Amzn-Trace-Id"));
}

void response_cache_keep(struct response_cache *cache, struct slice key,
                         const struct response *response, int64_t until_ms)
{
    uint64_t hash = slice_hash(key);
    struct kept **old = find(cache, key, hash);
    if (*old != NULL) {
        drop(cache, old);
    }
    size_t texts = key.len + response->body.len;
    for (size_t i = 0; i < response->header_count; i++) {
        texts += response->headers[i].name.len + response->headers[i].value.len;
    }
    if (texts > RESPONSE_CACHE_ENTRY_MAX) {
        return;
    }
    size_t head = sizeof(struct kept) + response->header_count * sizeof(struct http_header);
    struct kept *kept = mem_zalloc(head + texts);
    char *at = (char *)kept + head;
    kept->hash = hash;
    kept->status = response->status;
    kept->until_ms = until_ms;
    kept->size = head + texts;
    kept->key = put(&at, key);
    kept->body = put(&at, response->body);
    for (size_t i = 0; i < response->header_count; i++) {
        if (!is_of_one_request(&response->headers[i])) {
            struct http_header *header = &kept->headers[kept->header_count++];
            header->name = put(&at, response->headers[i].name);
            header->value = put(&at, response->headers[i].value);
        }
    }
    struct kept **link = &cache->buckets[hash % BUCKETS];
    kept->bucket_next = *link;
    *link = kept;
    link_newest(cache, kept);
    cache->size += kept->size;
    cache->count++;
    while (cache->size > RESPONSE_CACHE_MAX || cache->count > RESPONSE_CACHE_COUNT_MAX) {
        drop(cache, find(cache, cache->oldest->key, cache->oldest->hash));
    }
}
