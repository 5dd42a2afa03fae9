#include "scheduler/s3/listing.h"

#include "core/mem.h"
#include "scheduler/s3/object.h"
#include "tests/unit/s3/engine.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#define KEYS_MAX 120

/* All keys, sorted; and what a page must tell, by looking at each of them. */
struct model {
    struct arena arena;
    struct slice keys[KEYS_MAX];
    size_t count;
    uint64_t space;
};

static int compare(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static void add_key(struct model *model, struct slice key)
{
    for (size_t i = 0; i < model->count; i++) {
        if (slice_eq(model->keys[i], key)) {
            return;
        }
    }
    model->keys[model->count++] = arena_copy(&model->arena, key);
}

/* Few letters, so that prefixes and delimiters meet; some longer than one piece of a wide key. */
static struct slice random_text(char bytes[WIDE_KEY_MAX], size_t max)
{
    static const char letters[] = "ab/\xFF";
    size_t len = 1 + (size_t)rand() % max;
    for (size_t i = 0; i < len; i++) {
        bytes[i] = letters[rand() % 4];
    }
    if (max > 3 && rand() % 6 == 0) {
        memset(bytes, 'a', 600);
        return slice_of(bytes, 600 + len % 3);
    }
    return slice_of(bytes, len);
}

struct expectation {
    struct slice key;
    bool is_prefix;
};

static size_t expect(const struct model *model, struct slice prefix, struct slice delimiter,
                     struct slice after, struct expectation out[KEYS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < model->count; i++) {
        struct slice key = model->keys[i];
        if (!slice_starts_with(key, prefix) || slice_compare(key, after) <= 0) {
            continue;
        }
        size_t at =
            delimiter.len > 0 ? slice_search(slice_skip(key, prefix.len), delimiter) : SLICE_NPOS;
        struct expectation one = {key, at != SLICE_NPOS};
        if (one.is_prefix) {
            one.key = slice_take(key, prefix.len + at + delimiter.len);
        }
        if (count == 0 || !one.is_prefix || !slice_eq(out[count - 1].key, one.key)) {
            out[count++] = one;
        }
    }
    return count;
}

static void check(struct txn *txn, const struct model *model, struct slice prefix,
                  struct slice delimiter, struct slice after)
{
    struct expectation want[KEYS_MAX];
    size_t count = expect(model, prefix, delimiter, after, want);
    struct listing_entry entry;
    AUTO_LISTING listing;
    listing_open(&listing, txn, OBJECT_CURRENT, model->space, prefix, delimiter, 0);
    if (after.len > 0) {
        listing_after(&listing, after);
    }
    for (size_t i = 0; i < count; i++) {
        cr_assert(listing_next(&listing, &entry), "entry %zu of %zu is missing", i, count);
        cr_assert_eq(entry.is_prefix, want[i].is_prefix, "entry %zu", i);
        cr_assert(slice_eq(entry.key, want[i].key), "entry %zu: %.*s, not %.*s", i,
                  SLICE_ARG(entry.key), SLICE_ARG(want[i].key));
    }
    cr_assert_not(listing_next(&listing, &entry), "there is more than %zu", count);
}

static void at_random(void *ctx, struct txn *txn)
{
    struct model *model = ctx;
    char bytes[WIDE_KEY_MAX], prefix[WIDE_KEY_MAX], after[WIDE_KEY_MAX];
    static const struct slice delimiters[] = {SLICE_INIT(""), SLICE_INIT("/"), SLICE_INIT("b"),
                                              SLICE_INIT("a/"), SLICE_INIT("\xFF")};
    model->space = wide_space(txn);
    for (size_t i = 0; i < KEYS_MAX; i++) {
        add_key(model, random_text(bytes, 6));
    }
    qsort(model->keys, model->count, sizeof(model->keys[0]), compare);
    for (size_t i = 0; i < model->count; i++) {
        wide_put(txn, OBJECT_CURRENT, model->space, model->keys[i], SLICE("v"));
    }
    for (int i = 0; i < 3000; i++) {
        struct slice start = rand() % 3 == 0 ? SLICE("") : random_text(prefix, 3);
        struct slice behind = rand() % 2 == 0 ? SLICE("") : random_text(after, 6);
        check(txn, model, start, delimiters[rand() % 5], behind);
    }
}

Test(listing, tells_what_looking_at_every_key_would_tell)
{
    struct test_engine test;
    struct model model = {.arena = ARENA_INIT};
    test_engine_begin(&test);
    srand(7);
    test_engine_write(&test, at_random, &model);
    test_engine_end(&test);
    arena_finish(&model.arena);
}

static void many_below(void *ctx, struct txn *txn)
{
    char key[32];
    uint64_t space = wide_space(txn);
    struct listing_entry entry;
    size_t count = 0;
    (void)ctx;
    for (int i = 0; i < 20000; i++) {
        int len = snprintf(key, sizeof(key), "a/%05d", i);
        wide_put(txn, OBJECT_CURRENT, space, slice_of(key, (size_t)len), SLICE("v"));
    }
    wide_put(txn, OBJECT_CURRENT, space, SLICE("b"), SLICE("v"));
    AUTO_LISTING listing;
    listing_open(&listing, txn, OBJECT_CURRENT, space, SLICE(""), SLICE("/"), 0);
    while (listing_next(&listing, &entry)) {
        count++;
        /* Where it stands is behind all that was rolled up: nothing of it was walked over. */
        cr_expect(slice_is(entry.key, count == 1 ? "a/" : "b"));
        cr_expect(count == 1 ? slice_is(listing.cursor.key, "a/00000")
                             : slice_is(listing.cursor.key, "b"));
    }
    cr_expect_eq(count, 2);
}

Test(listing, a_common_prefix_is_left_with_one_seek)
{
    struct test_engine test;
    test_engine_begin(&test);
    test_engine_write(&test, many_below, NULL);
    test_engine_end(&test);
}
