#include "core/api/tags.h"

#include "core/mem.h"

#include <criterion/criterion.h>

static void expect(const struct tags *tags, const char *wanted)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice json = tags_object(&arena, tags);
    cr_expect(slice_is(json, wanted), "%.*s is not %s", SLICE_ARG(json), wanted);
}

Test(tags, are_read_from_an_object_in_the_order_of_their_keys)
{
    static const struct {
        const char *json, *wanted;
    } rows[] = {
        {"{\"b\":\"2\",\"a\":\"1\",\"\":\"0\"}", "{\"\":\"0\",\"a\":\"1\",\"b\":\"2\"}"},
        {"{\"a\":\"1\",\"b\":\"2\",\"a\":\"3\"}", "{\"a\":\"3\",\"b\":\"2\"}"},
        {"{\"\\u0061\":\"x\\ny\",\"b\":5,\"c\":null}", "{\"a\":\"x\\ny\"}"},
        {"{}", ""},
        {"[]", ""},
        {"", ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct tags tags = tags_of_object(&arena, slice_from(rows[i].json));
        expect(&tags, rows[i].wanted);
    }
}

Test(tags, of_a_list_may_be_a_template_s)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct tags tags = tags_of_list(
        &arena, SLICE("[{\"Key\":\"b\",\"Value\":5},{\"Key\":\"a\",\"Value\":true},{\"Key\":\"c\"},"
                      "{\"Key\":null,\"Value\":\"x\"},7,{\"Value\":\"1\",\"Key\":\"b\"}]"));
    expect(&tags, "{\"a\":\"true\",\"b\":\"1\"}");
    struct slice list = tags_list(&arena, &tags);
    cr_expect(
        slice_is(list, "[{\"Key\":\"a\",\"Value\":\"true\"},{\"Key\":\"b\",\"Value\":\"1\"}]"),
        "%.*s", SLICE_ARG(list));
    struct tags none = tags_of_list(&arena, SLICE("{}"));
    cr_expect_null(tags_list(&arena, &none).ptr);
}

Test(tags, of_a_request_are_a_map)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct field entries[] = {{.key = SLICE("z"), .text = SLICE("1")},
                                    {.key = SLICE("a"), .text = SLICE("2")},
                                    {.key = SLICE("z"), .text = SLICE("3")}};
    const struct field map = {.is_set = true, .items = entries, .count = COUNT_OF(entries)};
    struct tags tags = tags_of_map(&arena, &map);
    expect(&tags, "{\"a\":\"2\",\"z\":\"3\"}");
}

Test(tags, of_two_become_one_in_which_the_later_value_counts)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct tags tags = tags_of_object(&arena, SLICE("{\"a\":\"1\",\"c\":\"1\"}"));
    struct tags added = tags_of_object(&arena, SLICE("{\"b\":\"2\",\"c\":\"2\"}"));
    struct tags all = tags_with(&arena, &tags, &added);
    expect(&all, "{\"a\":\"1\",\"b\":\"2\",\"c\":\"2\"}");
    expect(&tags, "{\"a\":\"1\",\"c\":\"1\"}");
}

Test(tags, lose_those_of_the_given_keys)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct field keys[] = {{.text = SLICE("c")}, {.text = SLICE("x")}, {.text = SLICE("a")}};
    const struct field list = {.is_set = true, .items = keys, .count = COUNT_OF(keys)};
    struct tags tags = tags_of_object(&arena, SLICE("{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"}"));
    struct tags left = tags_without(&arena, &tags, &list);
    expect(&left, "{\"b\":\"2\"}");
}

Test(tags, are_compared_with_their_values)
{
    static const struct {
        const char *tags, *others;
        bool is_equal, includes;
    } rows[] = {
        {"{\"a\":\"1\",\"b\":\"2\"}", "{\"b\":\"2\",\"a\":\"1\"}", true, true},
        {"{\"a\":\"1\",\"b\":\"2\"}", "{\"b\":\"2\"}", false, true},
        {"{\"a\":\"1\",\"b\":\"2\"}", "{\"b\":\"1\"}", false, false},
        {"{\"a\":\"1\"}", "{\"b\":\"1\"}", false, false},
        {"{\"a\":\"1\"}", "{\"a\":\"1\",\"b\":\"1\"}", false, false},
        {"{\"a\":\"1\"}", "{}", false, true},
        {"{}", "{}", true, true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct tags tags = tags_of_object(&arena, slice_from(rows[i].tags));
        struct tags others = tags_of_object(&arena, slice_from(rows[i].others));
        cr_expect_eq(tags_equal(&tags, &others), rows[i].is_equal, "case %zu", i);
        cr_expect_eq(tags_include(&tags, &others), rows[i].includes, "case %zu", i);
    }
}

Test(tags, have_texts_of_letters_digits_and_a_few_signs)
{
    static const struct {
        const char *text;
        bool is_valid;
    } rows[] = {{"", true},          {"Cost center_1.2:3/4=5+6-7@8", true},
                {"a\xc3\xa4", true}, {"50%", false},
                {"a\tb", false},     {"a,b", false},
                {"#", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(tag_text_is_valid(slice_from(rows[i].text)), rows[i].is_valid, "%s",
                     rows[i].text);
    }
    cr_expect_not(tag_text_is_valid(SLICE("a\0b")));
}
