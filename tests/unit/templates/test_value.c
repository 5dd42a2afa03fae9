#include "templates/value.h"

#include "core/buf.h"

#include <criterion/criterion.h>

static const struct source_pos nowhere;

Test(value, large_maps_find_set_and_remove_like_small_ones)
{
    static const size_t sizes[] = {1, 15, 16, 17, 33, 1000, 20000};
    for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct value *map = value_map(&arena, nowhere);
        for (size_t i = 0; i < sizes[s]; i++) {
            value_set(&arena, map, arena_printf(&arena, "Key%zu", i),
                      value_int(&arena, nowhere, (int64_t)i));
        }
        cr_assert_eq(value_count(map), sizes[s]);
        for (size_t i = 0; i < sizes[s]; i++) {
            const struct value *found = value_find(map, arena_printf(&arena, "Key%zu", i));
            cr_assert(found != NULL && found->as.integer == (int64_t)i, "size %zu, key %zu",
                      sizes[s], i);
        }
        cr_assert_null(value_get(map, "Key"));
        cr_assert(value_remove(map, SLICE("Key0")));
        cr_assert_not(value_remove(map, SLICE("Key0")));
        cr_assert_null(value_get(map, "Key0"));
        const struct value *clone = value_clone(&arena, map);
        cr_assert(value_equal(clone, map));
        for (size_t i = 1; i < sizes[s]; i++) {
            struct slice key = arena_printf(&arena, "Key%zu", i);
            cr_assert(value_find(map, key) != NULL && value_find(clone, key) != NULL &&
                          value_find(clone, key) != value_find(map, key),
                      "size %zu, key %zu after the removal", sizes[s], i);
        }
    }
}

Test(value, setting_a_key_again_keeps_its_place)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct value *map = value_map(&arena, nowhere);
    value_set_text(&arena, map, "A", "1");
    value_set_text(&arena, map, "B", "2");
    value_set_text(&arena, map, "A", "3");
    cr_assert_eq(value_count(map), 2);
    cr_assert(slice_is(map->as.map.entries[0].key, "A"));
    cr_assert(value_is(map->as.map.entries[0].value, "3"));
}

Test(value, only_a_single_function_key_makes_an_intrinsic)
{
    AUTO_ARENA arena = ARENA_INIT;
    static const struct {
        const char *first, *second;
        bool is_intrinsic;
    } rows[] = {
        {"Ref", NULL, true},           {"Fn::Sub", NULL, true}, {"Condition", NULL, true},
        {"Fn::If", "Other", false},    {"ref", NULL, false},    {"Name", NULL, false},
        {"Fn::Transform", "X", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct value *map = value_map(&arena, nowhere);
        value_set_text(&arena, map, rows[i].first, "x");
        if (rows[i].second != NULL) {
            value_set_text(&arena, map, rows[i].second, "y");
        }
        cr_expect_eq(value_is_intrinsic(map, NULL, NULL), rows[i].is_intrinsic, "case %zu: %s", i,
                     rows[i].first);
    }
}

Test(value, equality_ignores_the_order_of_keys_and_the_spelling_of_numbers)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct value *a = value_map(&arena, nowhere), *b = value_map(&arena, nowhere);
    value_set(&arena, a, SLICE("x"), value_int(&arena, nowhere, 1));
    value_set(&arena, a, SLICE("y"), value_bool(&arena, nowhere, true));
    value_set(&arena, b, SLICE("y"), value_bool(&arena, nowhere, true));
    value_set(&arena, b, SLICE("x"), value_int(&arena, nowhere, 1));
    cr_assert(value_equal(a, b));
    value_set_text(&arena, b, "x", "1");
    cr_assert_not(value_equal(a, b), "text is no number");
}

Test(value, path_stops_where_a_key_is_missing)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct value *root = value_map(&arena, nowhere), *inner = value_map(&arena, nowhere);
    value_set(&arena, root, SLICE("A"), inner);
    value_set_text(&arena, inner, "B", "leaf");
    cr_assert(value_is(value_path(root, "A", "B", NULL), "leaf"));
    cr_assert_null(value_path(root, "A", "C", "D", NULL));
    cr_assert_null(value_path(root, "A", "B", "C", NULL));
    cr_assert_null(value_path(NULL, "A", NULL));
}
