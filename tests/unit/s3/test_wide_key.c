#include "scheduler/s3/wide_key.h"

#include "core/arena.h"
#include "core/mem.h"
#include "tests/unit/s3/engine.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define KEYS_MAX 400

/* A sorted array of keys: what the tree must be like. */
struct model {
    struct arena arena;
    struct slice keys[KEYS_MAX];
    size_t count;
};

static size_t model_from(const struct model *model, struct slice key)
{
    size_t at = 0;
    while (at < model->count && slice_compare(model->keys[at], key) < 0) {
        at++;
    }
    return at;
}

static bool model_has(const struct model *model, struct slice key)
{
    size_t at = model_from(model, key);
    return at < model->count && slice_eq(model->keys[at], key);
}

static void model_put(struct model *model, struct slice key)
{
    size_t at = model_from(model, key);
    if (!model_has(model, key)) {
        memmove(&model->keys[at + 1], &model->keys[at], (model->count - at) * sizeof(key));
        model->keys[at] = arena_copy(&model->arena, key);
        model->count++;
    }
}

static void model_delete(struct model *model, struct slice key)
{
    size_t at = model_from(model, key);
    model->count--;
    memmove(&model->keys[at], &model->keys[at + 1], (model->count - at) * sizeof(key));
}

/* Lengths at which a key begins to need another piece, and their neighbours. */
static const size_t edges[] = {
    0,    1,    2,    WIDE_PIECE - 1,     WIDE_PIECE,     WIDE_PIECE + 1,     WIDE_PIECE + 2,
    1024, 1033, 1100, 2 * WIDE_PIECE - 1, 2 * WIDE_PIECE, 2 * WIDE_PIECE + 1, 600};

/* Few different bytes, so that many keys share long beginnings. */
static struct slice random_key(char bytes[WIDE_KEY_MAX])
{
    static const char alphabet[] = {'\x00', 'a', '\xFF'};
    size_t len = edges[(size_t)rand() % COUNT_OF(edges)];
    memset(bytes, 'k', len);
    for (int i = 0; i < 2 && len > 0; i++) {
        size_t places[] = {0, len - 1, len / 2, WIDE_PIECE - 1, WIDE_PIECE, 2 * WIDE_PIECE};
        size_t at = places[(size_t)rand() % COUNT_OF(places)];
        bytes[at < len ? at : len - 1] = alphabet[(size_t)rand() % COUNT_OF(alphabet)];
    }
    return slice_of(bytes, len);
}

static void check_walk(struct wide_cursor *cursor, const struct model *model, struct slice from)
{
    size_t at = model_from(model, from);
    bool has = wide_seek(cursor, from);
    for (; at < model->count; at++, has = wide_next(cursor)) {
        cr_assert(has, "the walk ends before key %zu of %zu", at, model->count);
        cr_assert(slice_eq(cursor->key, model->keys[at]), "key %zu of %zu differs", at,
                  model->count);
        cr_assert(slice_eq(cursor->value, slice_take(model->keys[at], 7)), "value %zu", at);
    }
    cr_assert_not(has, "the walk goes on behind the last key");
}

static void check(struct txn *txn, const struct model *model, uint64_t space)
{
    char bytes[WIDE_KEY_MAX];
    AUTO_WIDE_CURSOR cursor;
    wide_cursor_open(&cursor, txn, 'c', space);
    check_walk(&cursor, model, SLICE(""));
    for (int i = 0; i < 20; i++) {
        struct slice from = random_key(bytes), value;
        check_walk(&cursor, model, from);
        cr_assert_eq(wide_get(txn, 'c', space, from, &value), model_has(model, from));
    }
}

static void at_random(void *ctx, struct txn *txn)
{
    struct model *model = ctx;
    char bytes[WIDE_KEY_MAX];
    uint64_t space = wide_space(txn);
    for (int i = 0; i < 4000; i++) {
        struct slice key = random_key(bytes);
        bool wants_more = (i / 500) % 2 == 0;
        if (model->count < KEYS_MAX - 1 && (wants_more || rand() % 4 == 0)) {
            wide_put(txn, 'c', space, key, slice_take(key, 7));
            model_put(model, key);
        } else {
            bool was_there = model_has(model, key);
            cr_assert_eq(wide_delete(txn, 'c', space, key), was_there);
            if (was_there) {
                model_delete(model, key);
            }
        }
        if (i % 200 == 0) {
            check(txn, model, space);
        }
    }
    check(txn, model, space);
}

Test(wide_key, keys_of_any_length_are_an_ordered_map)
{
    struct test_engine test;
    struct model model = {.arena = ARENA_INIT};
    test_engine_begin(&test);
    srand(4);
    test_engine_write(&test, at_random, &model);
    test_engine_end(&test);
    arena_finish(&model.arena);
}

static void nothing_remains(void *ctx, struct txn *txn)
{
    static char longest[WIDE_KEY_MAX];
    uint64_t space = wide_space(txn), other = wide_space(txn);
    memset(longest, 'x', sizeof(longest));
    (void)ctx;
    for (size_t len = 0; len <= WIDE_KEY_MAX; len += 10) {
        wide_put(txn, 'c', space, slice_of(longest, len), SLICE("v"));
    }
    cr_expect(wide_is_empty(txn, 'c', other));
    cr_expect(wide_is_empty(txn, 'v', space));
    cr_expect_not(wide_is_empty(txn, 'c', space));
    for (size_t len = 0; len <= WIDE_KEY_MAX; len += 10) {
        cr_expect(wide_delete(txn, 'c', space, slice_of(longest, len)), "%zu", len);
        cr_expect_not(wide_delete(txn, 'c', space, slice_of(longest, len)), "%zu", len);
    }
    AUTO_CURSOR cursor;
    cursor_open(&cursor, txn, DB_OBJECTS);
    cr_expect_not(cursor_seek(&cursor, SLICE("")), "ways stay behind");
}

Test(wide_key, the_last_key_takes_the_way_to_it_along)
{
    struct test_engine test;
    test_engine_begin(&test);
    test_engine_write(&test, nothing_remains, NULL);
    test_engine_end(&test);
}

static void beyond(void *ctx, struct txn *txn)
{
    static char longer[2000];
    struct slice value;
    AUTO_WIDE_CURSOR cursor;
    uint64_t space = wide_space(txn);
    (void)ctx;
    memset(longer, 'x', sizeof(longer));
    wide_put(txn, 'c', space, slice_of(longer, WIDE_KEY_MAX), SLICE("1"));
    wide_put(txn, 'c', space, SLICE("y"), SLICE("2"));
    wide_cursor_open(&cursor, txn, 'c', space);
    cr_expect_not(wide_get(txn, 'c', space, slice_of(longer, sizeof(longer)), &value));
    cr_expect_not(wide_delete(txn, 'c', space, slice_of(longer, sizeof(longer))));
    cr_expect(wide_seek(&cursor, slice_of(longer, sizeof(longer))));
    cr_expect(slice_is(cursor.key, "y"));
}

Test(wide_key, what_is_asked_for_may_be_longer_than_any_key)
{
    struct test_engine test;
    test_engine_begin(&test);
    test_engine_write(&test, beyond, NULL);
    test_engine_end(&test);
}
