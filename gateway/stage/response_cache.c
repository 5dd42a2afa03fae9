#include "gateway/stage/response_cache.h"

#include "core/mem.h"
#include "gateway/lru.h"
#include "gateway/stage/throttle.h"

struct kept {
    struct lru_entry entry;
    int64_t until_ms;
    int status;
    size_t header_count;
    struct slice body;
    struct http_header headers[]; /* then the bytes of key, headers and body */
};

struct response_cache {
    uint32_t refs;
    struct lru lru;
};

struct response_cache *response_cache_create(void)
{
    struct response_cache *cache = mem_zalloc(sizeof(struct response_cache));
    cache->refs = 1;
    cache->lru.size_max = RESPONSE_CACHE_MAX;
    cache->lru.count_max = RESPONSE_CACHE_COUNT_MAX;
    return cache;
}

struct response_cache *response_cache_ref(struct response_cache *cache)
{
    if (cache != NULL) {
        cache->refs++;
    }
    return cache;
}

void response_cache_unref(struct response_cache *cache)
{
    if (cache != NULL && --cache->refs == 0) {
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

void response_cache_flush(struct response_cache *cache)
{
    lru_flush(&cache->lru);
}

bool response_cache_find(struct response_cache *cache, struct slice key, int64_t now_ms,
                         struct response *ret)
{
    struct lru_entry *entry = lru_find(&cache->lru, key);
    if (entry == NULL) {
        return false;
    }
    const struct kept *kept = CONTAINER_OF(entry, struct kept, entry);
    if (kept->until_ms <= now_ms) {
        lru_drop(&cache->lru, entry);
        return false;
    }
    ret->status = kept->status;
    ret->body = kept->body;
    for (size_t i = 0; i < kept->header_count; i++) {
        response_add(ret, kept->headers[i].name, kept->headers[i].value);
    }
    return true;
}

/* Of the function's run, not of its answer. */
static bool is_of_one_request(const struct http_header *header)
{
    return slice_ieq(header->name, SLICE("X-Amzn-Trace-Id"));
}

void response_cache_keep(struct response_cache *cache, struct slice key,
                         const struct response *response, int64_t until_ms)
{
    size_t texts = key.len + response->body.len;
    for (size_t i = 0; i < response->header_count; i++) {
        texts += response->headers[i].name.len + response->headers[i].value.len;
    }
    if (texts > RESPONSE_CACHE_ENTRY_MAX) {
        struct lru_entry *old = lru_find(&cache->lru, key);
        if (old != NULL) {
            lru_drop(&cache->lru, old);
        }
        return;
    }
    size_t head = sizeof(struct kept) + response->header_count * sizeof(struct http_header);
    struct kept *kept = mem_zalloc(head + texts);
    char *at = (char *)kept + head;
    kept->status = response->status;
    kept->until_ms = until_ms;
    kept->entry.size = head + texts;
    kept->entry.key = lru_text(&at, key);
    kept->body = lru_text(&at, response->body);
    for (size_t i = 0; i < response->header_count; i++) {
        if (!is_of_one_request(&response->headers[i])) {
            struct http_header *header = &kept->headers[kept->header_count++];
            header->name = lru_text(&at, response->headers[i].name);
            header->value = lru_text(&at, response->headers[i].value);
        }
    }
    lru_put(&cache->lru, &kept->entry);
}
