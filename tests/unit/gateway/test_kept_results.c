/* What authorizers keep of their functions' answers: until it ends, within bounds, the latest used. */
#include "gateway/auth/authorizer.h"

#include "core/arena.h"
#include "core/mem.h"
#include "gateway/lru.h"

#include <criterion/criterion.h>

#define TTL_S 60

static struct authorizer open_one(struct arena *arena)
{
    struct authorizer authorizer;
    const struct authorizer_spec spec = {.kind = AUTHORIZER_REQUEST, .ttl_s = TTL_S};
    mem_install();
    cr_assert_eq(authorizer_init(&authorizer, arena, &spec, NULL), STATUS_OK);
    return authorizer;
}

static struct slice key_of(struct arena *arena, const char *stage, size_t number)
{
    return arena_printf(arena, "%s\n1 %zu", stage, number);
}

static bool has(struct authorizer *authorizer, struct slice key, int64_t now_ms)
{
    return authorizer_kept(authorizer, key, now_ms).ptr != NULL;
}

Test(kept_results, end_with_the_ttl_and_the_newest_counts)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct authorizer authorizer = open_one(&arena);
    struct slice key = key_of(&arena, "dev", 1);
    cr_expect_not(has(&authorizer, key, 0), "nothing was kept");
    authorizer_keep(&authorizer, key, SLICE("one"), 1000);
    authorizer_keep(&authorizer, key, SLICE("two"), 2000);
    cr_expect(slice_is(authorizer_kept(&authorizer, key, 2000 + TTL_S * 1000 - 1), "two"));
    cr_expect_eq(authorizer.kept->count, 1);
    cr_expect_not(has(&authorizer, key, 2000 + TTL_S * 1000));
    cr_expect_eq(authorizer.kept->count, 0, "what has ended is let go");
    authorizer_finish(&authorizer);
}

Test(kept_results, are_bounded_in_number_and_the_one_used_longest_ago_goes)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct authorizer authorizer = open_one(&arena);
    for (size_t i = 0; i < AUTHORIZER_KEPT_MAX; i++) {
        authorizer_keep(&authorizer, key_of(&arena, "dev", i), SLICE("{}"), 0);
    }
    cr_expect(has(&authorizer, key_of(&arena, "dev", 0), 1), "used: the newest now");
    for (size_t i = 0; i < 10; i++) {
        authorizer_keep(&authorizer, key_of(&arena, "dev", AUTHORIZER_KEPT_MAX + i), SLICE("{}"),
                        0);
        cr_expect_eq(authorizer.kept->count, AUTHORIZER_KEPT_MAX);
    }
    for (size_t i = 0; i < AUTHORIZER_KEPT_MAX + 10; i++) {
        bool is_gone = i >= 1 && i <= 10;
        cr_expect_neq(has(&authorizer, key_of(&arena, "dev", i), 1), is_gone, "%zu", i);
    }
    authorizer_finish(&authorizer);
}

Test(kept_results, are_bounded_in_bytes)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct authorizer authorizer = open_one(&arena);
    size_t len = AUTHORIZER_KEPT_SIZE_MAX / 4;
    struct slice large = slice_of(arena_alloc(&arena, len), len);
    for (size_t i = 0; i < 5; i++) {
        authorizer_keep(&authorizer, key_of(&arena, "dev", i), large, 0);
        cr_expect_leq(authorizer.kept->size, AUTHORIZER_KEPT_SIZE_MAX);
    }
    cr_expect_eq(authorizer.kept->count, 3);
    cr_expect(has(&authorizer, key_of(&arena, "dev", 4), 1));
    struct slice huge = slice_of(arena_alloc(&arena, AUTHORIZER_KEPT_SIZE_MAX), //
                                 AUTHORIZER_KEPT_SIZE_MAX);
    authorizer_keep(&authorizer, key_of(&arena, "dev", 9), huge, 0);
    cr_expect_not(has(&authorizer, key_of(&arena, "dev", 9), 1), "larger than all that may be");
    cr_expect_leq(authorizer.kept->size, AUTHORIZER_KEPT_SIZE_MAX);
    authorizer_finish(&authorizer);
}

Test(kept_results, of_one_stage_are_forgotten)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct authorizer authorizer = open_one(&arena);
    authorizer_forget(&authorizer, SLICE("dev"));
    for (size_t i = 0; i < 100; i++) {
        authorizer_keep(&authorizer, key_of(&arena, i % 2 ? "dev" : "development", i), SLICE("{}"),
                        0);
    }
    authorizer_forget(&authorizer, SLICE("dev"));
    cr_expect_eq(authorizer.kept->count, 50);
    for (size_t i = 0; i < 100; i++) {
        cr_expect_eq(has(&authorizer, key_of(&arena, i % 2 ? "dev" : "development", i), 1),
                     i % 2 == 0, "%zu", i);
    }
    authorizer_finish(&authorizer);
}
