#include "core/mem.h"
#include "gateway/stage/response_cache.h"

#include <criterion/criterion.h>

#include <stdio.h>

static void keep(struct response_cache *cache, const char *key, struct slice body, int64_t until_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct response response;
    response_init(&response, &arena, 201);
    response_add(&response, SLICE("X-Own"), SLICE("value"));
    response_add(&response, SLICE("X-Amzn-Trace-Id"), SLICE("Root=1-2-3"));
    response.body = body;
    response_cache_keep(cache, slice_from(key), &response, until_ms);
}

static bool has(struct response_cache *cache, const char *key, int64_t now_ms)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct response response;
    response_init(&response, &arena, 0);
    return response_cache_find(cache, slice_from(key), now_ms, &response);
}

Test(response_cache, gives_back_what_is_fresh)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct response_cache *cache = response_cache_create();
    struct response response;
    keep(cache, "a", SLICE("first"), 100);
    keep(cache, "a", SLICE("second"), 100);
    response_init(&response, &arena, 0);
    cr_assert(response_cache_find(cache, SLICE("a"), 99, &response));
    cr_expect_eq(response.status, 201);
    cr_expect(slice_is(response.body, "second"));
    cr_expect_eq(response.header_count, 1, "a run's trace is not the answer's");
    cr_expect(slice_is(response.headers[0].value, "value"));
    cr_expect(!has(cache, "b", 0));
    cr_expect(!has(cache, "a", 100), "it has ended");
    cr_expect(!has(cache, "a", 0), "and is gone");
    keep(cache, "a", SLICE("x"), 100);
    response_cache_flush(cache);
    cr_expect(!has(cache, "a", 0));
    response_cache_unref(cache);
}

Test(response_cache, drops_what_was_used_longest_ago)
{
    struct response_cache *cache = response_cache_create();
    char *large = mem_zalloc(RESPONSE_CACHE_ENTRY_MAX);
    struct slice body = slice_of(large, RESPONSE_CACHE_ENTRY_MAX - 100);
    char key[16];
    keep(cache, "too large", slice_of(large, RESPONSE_CACHE_ENTRY_MAX), 100);
    cr_expect(!has(cache, "too large", 0));
    for (int i = 0; i < 62; i++) { /* and one more fits */
        (void)snprintf(key, sizeof key, "%d", i);
        keep(cache, key, body, 100);
    }
    cr_expect(has(cache, "0", 0));
    keep(cache, "62", body, 100);
    keep(cache, "63", body, 100);
    cr_expect(has(cache, "0", 0));
    cr_expect(!has(cache, "1", 0));
    cr_expect(has(cache, "2", 0) && has(cache, "63", 0));
    for (int i = 0; i < (int)RESPONSE_CACHE_COUNT_MAX + 1; i++) {
        (void)snprintf(key, sizeof key, "k%d", i);
        keep(cache, key, SLICE(""), 100);
    }
    cr_expect(!has(cache, "k0", 0) && !has(cache, "63", 0));
    cr_expect(has(cache, "k1", 0));
    response_cache_unref(cache);
    mem_free(large);
}

Test(response_cache, rules_of_methods)
{
    static const struct route_settings_spec settings[] = {
        {.method = SLICE_INIT("*"), .path = SLICE_INIT("*"), .caches = true, .cache_ttl_s = -1},
        {.method = SLICE_INIT("POST"),
         .path = SLICE_INIT("/kept"),
         .caches = true,
         .cache_ttl_s = 9000},
        {.method = SLICE_INIT("GET"),
         .path = SLICE_INIT("/fresh"),
         .caches = false,
         .cache_ttl_s = 5},
        {.method = SLICE_INIT("*"), .path = SLICE_INIT("/short"), .caches = true, .cache_ttl_s = 0},
    };
    static const struct {
        const char *method, *path;
        uint32_t ttl_s;
    } rows[] = {
        {"GET", "/a", 300},   {"POST", "/a", 0},    {"POST", "/kept", 3600}, {"GET", "/kept", 300},
        {"GET", "/fresh", 0}, {"GET", "/short", 0}, {"ANY", "/a", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(cache_rule_of(settings, COUNT_OF(settings), slice_from(rows[i].method),
                                   slice_from(rows[i].path))
                         .ttl_s,
                     rows[i].ttl_s, "%s %s", rows[i].method, rows[i].path);
    }
}
