#include "core/api/params.h"

#include "core/buf.h"
#include "core/mem.h"

#include <criterion/criterion.h>

Test(params, decodes_names_and_values_in_order)
{
    static const struct {
        const char *first;
        const char *second;
        const char *want;
    } rows[] = {
        {"", "", ""},
        {"a=1", "", "a=1;"},
        {"a=1&b=x%20y+z", "c=%26", "a=1;b=x y z;c=&;"},
        {"acl", "", "acl=;"},
        {"a=", "", "a=;"},
        {"&&a=1&&", "", "a=1;"},
        {"a=b=c", "", "a=b=c;"},
        {"%41=1&a=%zz", "", "A=1;a=%zz;"},
        {"", "a=1&a=2", "a=1;a=2;"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF text = BUF_INIT(1024);
        struct http_headers params;
        cr_assert_eq(
            params_parse(&arena, slice_from(rows[i].first), slice_from(rows[i].second), &params),
            STATUS_OK);
        for (size_t k = 0; k < params.count; k++) {
            buf_printf(&text, "%.*s=%.*s;", SLICE_ARG(params.items[k].name),
                       SLICE_ARG(params.items[k].value));
        }
        cr_expect_str_eq(buf_cstr(&text), rows[i].want, "row %zu", i);
    }
}

Test(params, refuses_more_than_the_limit)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(PARAMS_MAX * 4);
    for (size_t i = 0; i < PARAMS_MAX; i++) {
        buf_append_text(&text, i == 0 ? "a=1" : "&a=1");
    }
    struct http_headers params;
    cr_expect_eq(params_parse(&arena, buf_slice(&text), SLICE(""), &params), STATUS_OK);
    cr_expect_eq(params.count, PARAMS_MAX);
    cr_expect_eq(params_parse(&arena, buf_slice(&text), SLICE("b"), &params), STATUS_LIMIT);
}

Test(params, tells_absent_from_empty)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = SLICE("acl&x=%31");
    cr_expect_null(params_find(&arena, text, SLICE("y")).ptr);
    cr_expect_not_null(params_find(&arena, text, SLICE("acl")).ptr);
    cr_expect(slice_is(params_find(&arena, text, SLICE("x")), "1"));
    cr_expect_null(params_find(&arena, SLICE(""), SLICE("")).ptr);
}
