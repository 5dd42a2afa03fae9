#include "core/http/http.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static const struct http_header items[] = {
    {SLICE_INIT("Host"), SLICE_INIT("a")},
    {SLICE_INIT("Connection"), SLICE_INIT("keep-alive, Upgrade")},
    {SLICE_INIT("X-Empty"), SLICE_INIT("")},
    {SLICE_INIT("x-twice"), SLICE_INIT("one")},
    {SLICE_INIT("X-Twice"), SLICE_INIT("two ,\tthree")},
};
static const struct http_headers headers = {items, COUNT_OF(items)};

Test(http, a_header_is_found_without_case_and_the_first_one_wins)
{
    cr_assert(slice_is(http_header_get(headers, "hOST"), "a"));
    cr_assert(slice_is(http_header_get(headers, "x-twice"), "one"));
}

Test(http, an_absent_header_is_null_and_an_empty_one_is_not)
{
    cr_assert_null(http_header_get(headers, "X-None").ptr);
    cr_assert_not_null(http_header_get(headers, "x-empty").ptr);
    static const struct http_header bare[] = {{SLICE_INIT("A"), {NULL, 0}}};
    cr_assert_not_null(http_header_get((struct http_headers){bare, 1}, "a").ptr);
}

Test(http, a_token_is_an_element_of_any_header_of_that_name)
{
    static const struct {
        const char *name, *token;
        bool want;
    } rows[] = {
        {"connection", "upgrade", true}, {"connection", "keep-alive", true},
        {"connection", "up", false},     {"X-TWICE", "three", true},
        {"x-twice", "two", true},        {"x-twice", "one", true},
        {"x-none", "one", false},        {"x-empty", "one", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(http_header_has_token(headers, rows[i].name, rows[i].token), rows[i].want,
                     "case %zu: %s %s", i, rows[i].name, rows[i].token);
    }
}

Test(http, a_header_that_could_break_the_framing_is_not_valid)
{
    static const struct {
        struct slice name, value;
        bool want;
    } rows[] = {
        {SLICE_INIT("X-A"), SLICE_INIT("b c\td"), true},
        {SLICE_INIT("X-A"), SLICE_INIT(""), true},
        {SLICE_INIT("X-A"), SLICE_INIT("caf\xc3\xa9"), true},
        {SLICE_INIT(""), SLICE_INIT("b"), false},
        {SLICE_INIT("X A"), SLICE_INIT("b"), false},
        {SLICE_INIT("X-A:"), SLICE_INIT("b"), false},
        {SLICE_INIT("X\r\nY"), SLICE_INIT("b"), false},
        {SLICE_INIT("X-A"), SLICE_INIT("b\r\nSet-Cookie: x"), false},
        {SLICE_INIT("X-A"), SLICE_INIT("b\n"), false},
        {SLICE_INIT("X-A"), SLICE_INIT("b\0c"), false},
        {SLICE_INIT("X-A"), SLICE_INIT("b\x7f"), false},
        {SLICE_INIT("caf\xc3\xa9"), SLICE_INIT("b"), false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(http_header_is_valid(rows[i].name, rows[i].value), rows[i].want, "case %zu",
                     i);
    }
}

Test(http, a_control_byte_is_found_wherever_it_stands_in_a_value)
{
    for (int byte = 0; byte < 256; byte++) {
        bool want = (byte >= 0x20 && byte != 0x7f) || byte == '\t';
        for (size_t at = 0; at < 20; at++) {
            char value[20];
            memset(value, 0xff, sizeof(value));
            value[at] = (char)byte;
            cr_expect_eq(http_header_is_valid(SLICE("X-A"), slice_of(value, sizeof(value))), want,
                         "byte %d at %zu", byte, at);
        }
    }
}

Test(http, each_status_has_its_text)
{
    static const struct {
        int status;
        const char *text;
    } rows[] = {{100, "Continue"},
                {200, "OK"},
                {404, "Not Found"},
                {511, "Network Authentication Required"},
                {431, "Request Header Fields Too Large"},
                {99, "Unknown"},
                {299, "Unknown"},
                {600, "Unknown"},
                {-1, "Unknown"}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_str_eq(http_status_text(rows[i].status), rows[i].text, "%d", rows[i].status);
    }
}
