#include "core/arena.h"

#include "core/mem.h"

#include <criterion/criterion.h>
#include <stddef.h>

Test(arena, gives_zeroed_memory_aligned_for_any_type)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t len = 0; len < 10000; len = len * 2 + 1) {
        arena_copy(&arena, SLICE("\xff\xff\xff")); /* leaves an odd place behind */
        unsigned char *bytes = arena_alloc(&arena, len);
        cr_expect_eq((uintptr_t)bytes % _Alignof(max_align_t), 0, "len %zu", len);
        for (size_t i = 0; i < len; i++) {
            cr_assert_eq(bytes[i], 0, "len %zu, byte %zu", len, i);
        }
        memset(bytes, 0xff, len);
    }
}

Test(arena, zeroes_again_what_was_used_before_a_reset)
{
    AUTO_ARENA arena = ARENA_INIT;
    memset(arena_alloc(&arena, 1000), 0xff, 1000);
    arena_reset(&arena);
    cr_expect_eq(arena.used, 0);
    unsigned char *bytes = arena_array(&arena, 10, 100);
    for (size_t i = 0; i < 1000; i++) {
        cr_assert_eq(bytes[i], 0, "byte %zu", i);
    }
}

Test(arena, keeps_all_texts_apart)
{
    AUTO_ARENA arena;
    arena_init(&arena, 256);
    char *texts[500];
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        size_t len = i * 37 % 700; /* some larger than a block */
        texts[i] = arena_alloc(&arena, len + 1);
        memset(texts[i], 'a' + (int)(i % 26), len);
    }
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        size_t len = i * 37 % 700;
        cr_assert_eq(strlen(texts[i]), len, "text %zu", i);
        for (size_t j = 0; j < len; j++) {
            cr_assert_eq(texts[i][j], 'a' + (char)(i % 26), "text %zu, byte %zu", i, j);
        }
    }
}

Test(arena, copies_and_prints_texts)
{
    AUTO_ARENA arena = ARENA_INIT;
    char source[] = "abc";
    struct slice copy = arena_copy(&arena, slice_from(source));
    char *cstr = arena_cstr(&arena, slice_of(source, 2));
    source[0] = 'X';
    cr_expect(slice_is(copy, "abc"));
    cr_expect_str_eq(cstr, "ab");
    cr_expect_str_eq(arena_cstr(&arena, SLICE_NULL), "");
    cr_expect_eq(arena_copy(&arena, SLICE_NULL).len, 0);
}

Test(arena, prints_texts_of_any_length)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (int width = 1; width < 600; width++) {
        struct slice text = arena_printf(&arena, "%*d", width, 5);
        cr_expect_eq(text.len, (size_t)width);
        cr_expect_eq(text.ptr[text.len - 1], '5', "width %d", width);
        cr_expect_eq(text.ptr[text.len], '\0', "width %d: also a C string", width);
    }
}

Test(arena, reuses_its_memory_after_a_reset)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (int i = 0; i < 30; i++) {
        arena_alloc(&arena, 1000);
    }
    arena_reset(&arena);
    struct arena_block *kept = arena.head;
    cr_assert_not_null(kept);
    for (int i = 0; i < 8; i++) {
        arena_alloc(&arena, 1000);
    }
    cr_expect_eq(arena.head, kept, "what fits in the kept block allocates nothing");
}

Test(arena, does_not_hold_on_to_huge_blocks)
{
    AUTO_ARENA arena = ARENA_INIT;
    arena_alloc(&arena, 1 << 20);
    arena_reset(&arena);
    cr_expect_null(arena.head);
    cr_expect_not_null(arena_alloc(&arena, 10), "and works on");
}

Test(arena, counts_what_it_handed_out)
{
    AUTO_ARENA arena = ARENA_INIT;
    arena_alloc(&arena, 100);
    arena_copy(&arena, SLICE("abc"));
    cr_expect_eq(arena.used, 103);
}
