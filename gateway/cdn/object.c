#include "core/mem.h"
#include "gateway/cdn/cdn_private.h"

struct object *cdn_object_find(struct location *location, struct slice key)
{
    struct lru_entry *entry = lru_find(&location->cache, key);
    return entry != NULL ? CONTAINER_OF(entry, struct object, entry) : NULL;
}

struct answer cdn_object_answer(const struct object *object, int64_t now_ms)
{
    return (struct answer){
        .status = object->status,
        .headers = {object->headers, object->header_count},
        .body = object->body,
        .age_s = now_ms > object->stored_ms ? (now_ms - object->stored_ms) / 1000 : 0,
    };
}

/* now + seconds, without going over. */
static int64_t later(int64_t now_ms, int64_t seconds)
{
    return seconds > INT32_MAX ? INT64_MAX : now_ms + seconds * 1000;
}

static void set_times(struct object *object, const struct freshness *freshness, int64_t now_ms)
{
    object->stored_ms = now_ms;
    object->fresh_ms = later(now_ms, freshness->fresh_s);
    object->stale_while_ms = later(object->fresh_ms, freshness->stale_while_s);
    object->stale_error_ms = later(object->fresh_ms, freshness->stale_error_s);
}

void cdn_object_refresh(struct object *object, const struct freshness *freshness, int64_t now_ms)
{
    set_times(object, freshness, now_ms);
}

void cdn_object_drop(struct location *location, struct object *object)
{
    lru_drop(&location->cache, &object->entry);
}

struct object *cdn_object_keep(struct location *location, struct slice key, struct slice uri,
                               const struct answer *answer, const struct freshness *freshness,
                               bool is_error, int64_t now_ms)
{
    size_t texts = key.len + uri.len + answer->body.len;
    for (size_t i = 0; i < answer->headers.count; i++) {
        texts += answer->headers.items[i].name.len + answer->headers.items[i].value.len;
    }
    if (texts > CDN_CACHE_OBJECT_MAX) {
        return NULL;
    }
    size_t head = sizeof(struct object) + answer->headers.count * sizeof(struct http_header);
    struct object *object = mem_zalloc(head + texts);
    char *at = (char *)object + head;
    object->status = answer->status;
    object->is_error = is_error;
    object->entry.size = head + texts;
    object->entry.key = lru_text(&at, key);
    object->uri = lru_text(&at, uri);
    object->body = lru_text(&at, answer->body);
    for (size_t i = 0; i < answer->headers.count; i++) {
        struct http_header *header = &object->headers[object->header_count++];
        header->name = lru_text(&at, answer->headers.items[i].name);
        header->value = lru_text(&at, answer->headers.items[i].value);
    }
    set_times(object, freshness, now_ms);
    lru_put(&location->cache, &object->entry);
    return object;
}
