#include "core/api/names.h"

#include <criterion/criterion.h>

#include <stdio.h>

Test(names, finds_each_of_many_and_nothing_else)
{
    struct names names = {0};
    char texts[300][8];
    cr_expect_null(names_get(&names, SLICE("n0")));
    for (size_t i = 0; i < 300; i++) {
        int len = snprintf(texts[i], sizeof(texts[i]), "n%zu", i);
        names_add(&names, slice_of(texts[i], (size_t)len), texts[i]);
    }
    for (size_t i = 0; i < 300; i++) {
        cr_expect_eq(names_get(&names, slice_from(texts[i])), texts[i], "%s", texts[i]);
    }
    cr_expect_null(names_get(&names, SLICE("n300")));
    cr_expect_null(names_get(&names, SLICE("")));
    cr_expect_null(names_get(&names, SLICE_NULL));
    names_finish(&names);
}

Test(names, keeps_the_first_of_two_values)
{
    struct names names = {0};
    names_add(&names, SLICE("a"), "first");
    names_add(&names, SLICE("a"), "second");
    cr_expect_str_eq(names_get(&names, SLICE("a")), "first");
    names_finish(&names);
}
