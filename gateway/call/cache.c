/* REST APIs: answers that a stage keeps, and answers that are packed. */
#include "core/content_encoding.h"
#include "core/mem.h"
#include "gateway/call/call.h"
#include "gateway/integration/rest_value.h"
#include "gateway/stage/response_cache.h"

#define CACHE_KEY_MAX (64u * 1024)

static const struct cache_rule *rule_of(const struct call *call)
{
    const struct stage *stage = call->chosen.stage;
    return stage->cache_rules != NULL ? &stage->cache_rules[call->route->index] : NULL;
}

/* A text with its length in front, so that no two lists of values are alike. */
static void put_part(struct buf *key, struct slice text)
{
    buf_append_u64(key, text.len);
    buf_append_char(key, ':');
    buf_append(key, text);
}

static struct slice key_of(struct call *call)
{
    const struct integration_spec *backend = &call->route->backend;
    struct event_input in;
    AUTO_BUF key = BUF_INIT(CACHE_KEY_MAX);
    call_event_input(call, SLICE(""), &in);
    put_part(&key, call->method);
    put_part(&key, backend->cache_namespace.len > 0 ? backend->cache_namespace
                                                    : call->route->resource_id);
    for (size_t i = 0; i < backend->cache_key_parameters.count; i++) {
        struct slice value = rest_value(&in, backend->cache_key_parameters.items[i]);
        if (value.ptr == NULL) {
            buf_append_char(&key, '-');
        } else {
            put_part(&key, value);
        }
    }
    return buf_status(&key) == STATUS_OK ? arena_copy(in.arena, buf_slice(&key)) : SLICE_NULL;
}

/* "Cache-Control: max-age=0": the client wants the integration's answer. */
static bool asks_anew(const struct call *call)
{
    struct slice rest = http_header_get(call->headers, "cache-control"), directive;
    while (slice_split(&rest, ',', &directive)) {
        if (slice_ieq(slice_trim(directive), SLICE("max-age=0"))) {
            return true;
        }
    }
    return false;
}

/* Nobody but who signed the request can be allowed execute-api:InvalidateCache; the local credentials are. */
static bool may_invalidate(const struct call *call, const struct cache_rule *rule)
{
    return !rule->needs_authorization || call->caller.id.len > 0;
}

bool call_cache_answer(struct call *call)
{
    const struct cache_rule *rule = rule_of(call);
    struct response_cache *cache = call->chosen.stage->cache;
    if (rule == NULL || rule->ttl_s == 0 || call->route->streams) {
        return false;
    }
    bool is_anew = asks_anew(call);
    if (is_anew && !may_invalidate(call, rule)) {
        if (rule->strategy == UNAUTHORIZED_FAILS) {
            call_refuse(call, REFUSAL_FORBIDDEN,
                        SLICE("Cache-Control: the caller may not invalidate the cache"), NULL);
            return true;
        }
        call->warns_of_cache = rule->strategy == UNAUTHORIZED_WARNS;
        is_anew = false;
    }
    call->cache_key = key_of(call);
    struct response response;
    response_init(&response, http_arena(call->exchange), 0);
    if (is_anew || call->cache_key.ptr == NULL ||
        !response_cache_find(cache, call->cache_key, clock_epoch_ms(call->calls->context->clock),
                             &response)) {
        return false;
    }
    call->cache_key = SLICE_NULL; /* it is kept already */
    call_answer(call, &response, NULL);
    return true;
}

void call_cache_keep(struct call *call, struct response *response)
{
    const struct cache_rule *rule = call->cache_key.ptr != NULL ? rule_of(call) : NULL;
    if (rule != NULL) {
        response_cache_keep(call->chosen.stage->cache, call->cache_key, response,
                            clock_epoch_ms(call->calls->context->clock) +
                                (int64_t)rule->ttl_s * 1000);
        call->cache_key = SLICE_NULL;
    }
    if (call->warns_of_cache) {
        response_add(
            response, SLICE("Warning"),
            SLICE("199 Cache-Control headers were ignored because the caller was unauthorized"));
    }
}

/* --- packed --- */

void call_pack(struct call *call, struct response *response)
{
    int32_t min = call->config->compression_min;
    if (min < 0 || response->body.len < (size_t)min || response->body.len == 0 ||
        response_has(response, "content-encoding")) {
        return;
    }
    struct slice coding = content_coding_for(http_header_get(call->headers, "accept-encoding"));
    struct slice packed =
        coding.ptr != NULL ? content_encode(response->arena, coding, response->body) : SLICE_NULL;
    if (packed.ptr != NULL) {
        response->body = packed;
        response_add(response, SLICE("Content-Encoding"), coding);
    }
}

/* The headers but for Content-Encoding: the body is not packed any more. */
static void drop_coding(struct call *call)
{
    struct http_headers *headers = &call->headers;
    struct http_header *items =
        arena_array(http_arena(call->exchange), headers->count, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < headers->count; i++) {
        if (!slice_ieq(headers->items[i].name, SLICE("content-encoding"))) {
            items[count++] = headers->items[i];
        }
    }
    *headers = (struct http_headers){items, count};
}

bool call_unpack(struct call *call, struct slice *body)
{
    struct slice coding = http_header_get(call->headers, "content-encoding");
    if (call->config->compression_min < 0 || coding.len == 0 || body->len == 0) {
        return true;
    }
    enum status status = content_decode(http_arena(call->exchange), slice_trim(coding),
                                        REQUEST_BODY_MAX, *body, body);
    if (status != STATUS_OK) {
        call_refuse(call, status == STATUS_LIMIT ? REFUSAL_TOO_LARGE : REFUSAL_MEDIA_TYPE,
                    status == STATUS_LIMIT ? SLICE("body over 10 MB")
                                           : SLICE("the body is not in its Content-Encoding"),
                    NULL);
        return false;
    }
    drop_coding(call);
    return true;
}
