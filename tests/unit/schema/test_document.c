#include "gateway/schema/document.h"

#include "core/mem.h"

#include <criterion/criterion.h>

static struct json_value read(struct arena *arena, const char *text)
{
    struct json_value value;
    cr_assert(document_read(arena, slice_from(text), &value), "%s", text);
    return value;
}

Test(document, prints_as_jackson_does)
{
    static const struct {
        const char *text, *printed;
    } rows[] = {
        {" { } ", "{}"},
        {"[ ]", "[]"},
        {"[1 , 2.50,\"a\\u0041\\n\", true,false , null]", "[1,2.5,\"aA\\n\",true,false,null]"},
        {"{\"b\" : {\"\": []}, \"a\":[[1],{}]}", "{\"b\":{\"\":[]},\"a\":[[1],{}]}"},
        {"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\""},
        {"{\"a\":1,\"b\":2,\"a\":3}", "{\"a\":3,\"b\":2}"},
        {"{\"b\":1,\"a\":2,\"b\":3,\"c\":4,\"\\u0062\":5}", "{\"b\":5,\"a\":2,\"c\":4}"},
        {"1e2", "1E+2"},
        {"[\"\\u001f\\\\u001f\\u000b\\n\"]", "[\"\\u001F\\\\u001f\\u000B\\n\"]"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF printed = BUF_INIT(1000);
        struct json_value value = read(&arena, rows[i].text);
        value_print(&printed, &value);
        cr_expect_str_eq(buf_cstr(&printed), rows[i].printed, "%s", rows[i].text);
    }
}

Test(document, refuses_what_is_no_json)
{
    static const char *const rows[] = {
        "",    " ",  "{",   "[1,]",     "{\"a\"}",        "nul",
        "1 2", "01", "'a'", "\"\xff\"", "[1e9999999999]", "{}x",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct json_value value;
        cr_expect_not(document_read(&arena, slice_from(rows[i]), &value), "%s", rows[i]);
    }
}

Test(document, finds_members_by_name)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct json_value value = read(&arena, "{\"b\":1,\"\":2,\"a\":3,\"aa\":4,\"c\":[],\"b\":5}");
    const struct json_value *member = value_member(&value, SLICE("b"));
    cr_assert_not_null(member);
    cr_expect(slice_is(value_text(member), "5"));
    cr_expect_not_null(value_member(&value, SLICE("")));
    cr_expect_not_null(value_member(&value, SLICE("aa")));
    cr_expect_null(value_member(&value, SLICE("aaa")));
    cr_expect_null(value_member(&value, SLICE("d")));
    cr_expect_null(value_member(value_member(&value, SLICE("c")), SLICE("a")));
    cr_expect_not_null(value_member_of(&value, "c", JSON_ARRAY));
    cr_expect_null(value_member_of(&value, "c", JSON_OBJECT));
}

Test(document, orders_names_by_utf_16_units)
{
    /* U+E000, U+FF5E and U+10000, whose surrogates come before both. */
    static const char *const rows[] = {
        "", "a", "ab", "b", "\xed\x9f\xbf", "\xf0\x90\x80\x80", "\xee\x80\x80", "\xef\xbd\x9e"};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t k = 0; k < COUNT_OF(rows); k++) {
            int order = name_compare(slice_from(rows[i]), slice_from(rows[k]));
            cr_expect_eq(order, i == k ? 0 : i < k ? -1 : 1, "%zu %zu", i, k);
        }
    }
}

Test(document, compares_by_value)
{
    static const struct {
        const char *a, *b;
        bool is_equal;
    } rows[] = {
        {"1", "1.0", true},
        {"[1,2]", "[1.0,2e0]", true},
        {"[1,2]", "[2,1]", false},
        {"[1]", "[1,1]", false},
        {"{\"a\":1,\"b\":2}", "{\"b\":2.0,\"a\":1}", true},
        {"{\"a\":1}", "{\"b\":1}", false},
        {"{\"a\":1}", "{\"a\":1,\"b\":1}", false},
        {"0", "false", false},
        {"1", "true", false},
        {"true", "false", false},
        {"null", "false", false},
        {"\"1\"", "1", false},
        {"\"a\"", "\"\\u0061\"", true},
        {"[]", "{}", false},
        {"\"\"", "null", false},
        {"[[[1]]]", "[[[1.00]]]", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct json_value a = read(&arena, rows[i].a), b = read(&arena, rows[i].b);
        int order = value_compare(&a, &b);
        cr_expect_eq(order == 0, rows[i].is_equal, "%s %s", rows[i].a, rows[i].b);
        cr_expect_eq(value_compare(&b, &a), -order, "%s %s", rows[i].b, rows[i].a);
    }
}

Test(document, takes_sixteen_bytes_a_value)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(4 << 20);
    buf_append_text(&text, "[0");
    for (size_t i = 0; i < 1 << 20; i++) {
        buf_append_text(&text, ",0");
    }
    buf_append_char(&text, ']');
    struct json_value value;
    cr_assert(document_read(&arena, buf_slice(&text), &value));
    cr_expect_eq(value.len, (1 << 20) + 1);
    cr_expect_lt(arena.used, text.len * 8 + 4096);
}
