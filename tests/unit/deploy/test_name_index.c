#include "scheduler/name_index.h"

#include "core/mem.h"

#include <criterion/criterion.h>

struct thing {
    struct slice name;
    int number;
};

Test(name_index, keeps_things_in_the_order_of_their_names)
{
    static const char *const words[] = {"b", "aa", "", "c", "a", "ab", "b-", "C", "z", "bb"};
    static const char *const sorted[] = {"", "C", "a", "aa", "ab", "b", "b-", "bb", "c", "z"};
    struct thing things[COUNT_OF(words)];
    struct name_index index = {.count = 0};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        things[i] = (struct thing){slice_from(words[i]), (int)i};
        name_index_add(&index, &things[i].name);
    }
    cr_assert_eq(index.count, COUNT_OF(words));
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        cr_expect(slice_is(name_index_name(&index, i), sorted[i]), "place %zu", i);
        const struct thing *found = name_index_find(&index, slice_from(words[i]));
        cr_expect_eq(found, &things[i], "case %zu", i);
    }
    name_index_finish(&index);
}

Test(name_index, gives_the_place_of_a_name_and_the_one_behind_it)
{
    struct thing things[] = {{SLICE("b"), 1}, {SLICE("d"), 2}};
    struct name_index index = {.count = 0};
    static const struct {
        const char *name;
        size_t place, after;
    } rows[] = {{"", 0, 0}, {"a", 0, 0}, {"b", 0, 1}, {"c", 1, 1}, {"d", 1, 2}, {"e", 2, 2}};
    name_index_add(&index, &things[1].name);
    name_index_add(&index, &things[0].name);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice name = slice_from(rows[i].name);
        cr_expect_eq(name_index_place(&index, name), rows[i].place, "%s", rows[i].name);
        cr_expect_eq(name_index_after(&index, name), rows[i].after, "%s", rows[i].name);
    }
    name_index_finish(&index);
}

Test(name_index, loses_only_what_is_removed)
{
    struct thing things[] = {{SLICE("a"), 1}, {SLICE("b"), 2}, {SLICE("c"), 3}};
    struct name_index index = {.count = 0};
    for (size_t i = 0; i < COUNT_OF(things); i++) {
        name_index_add(&index, &things[i].name);
    }
    name_index_remove(&index, &things[1].name);
    cr_expect_null(name_index_find(&index, SLICE("b")));
    cr_expect_eq(name_index_find(&index, SLICE("a")), &things[0]);
    cr_expect_eq(name_index_find(&index, SLICE("c")), &things[2]);
    name_index_finish(&index);
    cr_expect_null(name_index_find(&index, SLICE("a")), "an index is empty when it is finished");
}
