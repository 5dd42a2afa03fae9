#include "gateway/throttle/throttle.h"

#include "core/mem.h"

#include <assert.h>

struct throttles {
    struct scope_table *buckets;
};

struct throttles *throttles_create(size_t max_buckets)
{
    assert(max_buckets >= THROTTLE_LEVELS_MAX); /* none is forgotten while a request is judged */
    struct throttles *throttle = mem_zalloc(sizeof *throttle);
    throttle->buckets = scope_table_create(sizeof(struct token_bucket), max_buckets);
    return throttle;
}

void throttles_destroy(struct throttles *throttle)
{
    if (throttle != NULL) {
        scope_table_destroy(throttle->buckets);
        mem_free(throttle);
    }
}

static struct token_bucket *bucket_of(struct throttles *throttle,
                                      const struct throttle_level *level, uint64_t now_ns)
{
    bool is_new;
    struct token_bucket *bucket = scope_table_get(throttle->buckets, level->scope, &is_new);
    if (is_new) {
        token_bucket_init(bucket, &level->limit, now_ns);
    }
    return bucket;
}

struct throttle_outcome throttles_take(struct throttles *throttle,
                                       const struct throttle_level *levels, size_t count,
                                       uint64_t now_ns)
{
    struct token_bucket *buckets[THROTTLE_LEVELS_MAX];
    struct throttle_outcome outcome = {.is_allowed = true};
    assert(count <= THROTTLE_LEVELS_MAX);
    for (size_t i = 0; i < count; i++) {
        buckets[i] = bucket_of(throttle, &levels[i], now_ns);
        uint64_t wait_ns = token_bucket_wait_ns(buckets[i], &levels[i].limit, now_ns);
        if (wait_ns > outcome.wait_ns) {
            outcome = (struct throttle_outcome){.level = i, .wait_ns = wait_ns};
        }
    }
    for (size_t i = 0; i < count && outcome.is_allowed; i++) {
        token_bucket_take(buckets[i]);
    }
    return outcome;
}

size_t throttles_bucket_count(const struct throttles *throttle)
{
    return scope_table_count(throttle->buckets);
}
