/* Iterators and page tokens. */
#include "core/mem.h"
#include "scheduler/kinesis/token.h"

#include <criterion/criterion.h>

Test(token, comes_back_as_it_was_made)
{
    static const struct token rows[] = {
        {TOKEN_ITERATOR, 1767225600000, 1, 0, 0, SLICE_INIT("s")},
        {TOKEN_SHARDS, 0, UINT32_MAX, INT32_MAX, UINT64_MAX, SLICE_INIT("")},
        {TOKEN_CONSUMERS, INT64_MAX, 0, 7, 42, SLICE_INIT("a-name.with_all-its-letters")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct token got;
        struct slice text = token_print(&arena, &rows[i]);
        cr_assert(token_parse(&arena, rows[i].kind, text, &got), "case %zu", i);
        cr_expect_eq(got.issued_ms, rows[i].issued_ms);
        cr_expect_eq(got.stream_id, rows[i].stream_id);
        cr_expect_eq(got.shard, rows[i].shard);
        cr_expect_eq(got.index, rows[i].index);
        cr_expect(slice_eq(got.text, rows[i].text));
        cr_expect_not(token_parse(&arena, TOKEN_STREAMS, text, &got), "of another kind");
    }
}

Test(token, that_was_changed_anywhere_is_none)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct token token = {TOKEN_ITERATOR, 1767225600000, 1, 0, 9, SLICE("stream")};
    struct slice text = token_print(&arena, &token);
    struct token got;
    for (size_t i = 0; i < text.len; i++) {
        char *copy = arena_cstr(&arena, text);
        copy[i] = copy[i] == 'A' ? 'B' : 'A';
        cr_expect_not(token_parse(&arena, TOKEN_ITERATOR, slice_of(copy, text.len), &got), "at %zu",
                      i);
        cr_expect_not(token_parse(&arena, TOKEN_ITERATOR, slice_take(text, i), &got), "%zu bytes",
                      i);
    }
}

Test(token, of_the_longest_name_is_no_longer_than_an_iterator_may_be)
{
    AUTO_ARENA arena = ARENA_INIT;
    char name[128];
    memset(name, 'n', sizeof(name));
    const struct token token = {TOKEN_ITERATOR, 1, 1, 1, 1, slice_of(name, sizeof(name))};
    cr_expect_leq(token_print(&arena, &token).len, 512);
}
