#include "core/json.h"

#include "core/buf.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static struct json *parse(struct slice text)
{
    struct json *root = NULL;
    struct fault fault;
    enum status status = json_parse(text, &root, &fault);
    cr_assert_eq(status, STATUS_OK, "%.*s: %s", SLICE_ARG(text), fault.text);
    return root;
}

Test(json, gives_access_to_every_kind_of_value)
{
    AUTO_JSON *root =
        parse(SLICE("{\"s\":\"x\\u00e9\",\"n\":-1.5,\"t\":true,\"f\":false,\"z\":null,"
                    "\"a\":[1,2,3],\"o\":{}}"));
    cr_expect_eq(json_kind(root), JSON_OBJECT);
    cr_expect_eq(json_count(root), 7);
    cr_expect(slice_is(json_text(json_get(root, "s")), "x\xc3\xa9"));
    cr_expect_eq(json_number(json_get(root, "n")), -1.5);
    cr_expect(json_is_true(json_get(root, "t")));
    cr_expect_not(json_is_true(json_get(root, "f")));
    cr_expect_eq(json_kind(json_get(root, "f")), JSON_BOOL);
    cr_expect_eq(json_kind(json_get(root, "z")), JSON_NULL);
    cr_expect_eq(json_kind(json_get(root, "o")), JSON_OBJECT);
    cr_expect_eq(json_count(json_get(root, "a")), 3);
    double sum = 0;
    const struct json *list = json_get(root, "a");
    for (const struct json *n = json_first(list); n != NULL; n = json_next(n)) {
        sum += json_number(n);
    }
    cr_expect_eq(sum, 6);
    cr_expect(slice_is(json_key(json_first(root)), "s"));
}

Test(json, answers_for_what_is_not_there)
{
    AUTO_JSON *root = parse(SLICE("[1]"));
    cr_expect_null(json_get(root, "a"), "an array has no members");
    cr_expect_null(json_get(NULL, "a"));
    cr_expect_eq(json_kind(NULL), JSON_NULL);
    cr_expect_eq(json_count(NULL), 0);
    cr_expect_null(json_first(NULL));
    cr_expect_null(json_text(NULL).ptr);
    cr_expect_null(json_text(root).ptr);
    cr_expect_eq(json_number(root), 0);
    cr_expect_eq(json_key(json_first(root)).len, 0);
    json_free(NULL);
}

Test(json, compares_keys_with_case_and_lets_the_last_one_count)
{
    AUTO_JSON *root = parse(SLICE("{\"Key\":1,\"key\":2,\"key\":3,\"KEY\":4}"));
    cr_expect_eq(json_number(json_get(root, "key")), 3);
    cr_expect_null(json_get(root, "keY"));
}

Test(json, refuses_with_the_offset_of_the_offence)
{
    static const struct {
        struct slice text;
        const char *fault;
    } rows[] = {
        {SLICE_INIT(""), "invalid JSON: expected more at byte 0, where the text ends"},
        {SLICE_INIT("{\"a\":"), "invalid JSON: expected more at byte 5, where the text ends"},
        {SLICE_INIT("{} x"), "invalid JSON: unexpected 'x' at byte 3"},
        {SLICE_INIT("[1,]"), "invalid JSON: unexpected ']' at byte 3"},
        {SLICE_INIT("[\"\n\"]"), "invalid JSON: unexpected byte 0x0a at byte 2"},
        {SLICE_INIT("[01]"), "invalid JSON: unexpected '1' at byte 2"},
        {SLICE_INIT("\"\xff\""), "invalid JSON: unexpected byte 0xff at byte 1"},
        {SLICE_INIT("{\"a\":\"b\\u0000\"}"),
         "invalid JSON: expected a character other than \\u0000 at byte 7"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json *root = NULL;
        struct fault fault;
        cr_expect_eq(json_parse(rows[i].text, &root, &fault), STATUS_INVALID, "case %zu", i);
        cr_expect_str_eq(fault.text, rows[i].fault, "case %zu: %s", i, fault.text);
        cr_expect_null(root, "case %zu", i);
    }
}

Test(json, refuses_what_a_tree_would_change)
{
    static const struct slice rows[] = {
        SLICE_INIT("\"\\u0000\""), SLICE_INIT("\"\\\\\\u0000\""), SLICE_INIT("{\"\\u0000\":1}"),
        SLICE_INIT("\"\\ud800\""), SLICE_INIT("\"\\udc00\""),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json *root = NULL;
        struct fault fault;
        cr_expect_eq(json_parse(rows[i], &root, &fault), STATUS_INVALID, "case %zu", i);
        json_free(root);
    }
    AUTO_JSON *escaped = parse(SLICE("\"\\\\u0000\""));
    cr_expect(slice_is(json_text(escaped), "\\u0000"), "an escaped backslash is no escape");
}

Test(json, never_reads_a_long_number_as_another)
{
    struct slice digits =
        SLICE("1000000000000000000000000000000000000000000000000000000000000000000");
    struct json *root = NULL;
    if (json_parse(digits, &root, NULL) == STATUS_OK) { /* cJSON 1.7.15 stops at 63 characters */
        cr_expect_eq(json_number(root), 1e66);
    }
    json_free(root);
}

Test(json, limits_depth)
{
    for (size_t depth = JSON_DEPTH_MAX; depth <= JSON_DEPTH_MAX + 1; depth++) {
        AUTO_BUF buf = BUF_INIT(1000);
        for (size_t i = 0; i < depth; i++) {
            buf_append_char(&buf, '[');
        }
        for (size_t i = 0; i < depth; i++) {
            buf_append_char(&buf, ']');
        }
        struct json *root = NULL;
        struct fault fault;
        enum status status = json_parse(buf_slice(&buf), &root, &fault);
        cr_expect_eq(status, depth <= JSON_DEPTH_MAX ? STATUS_OK : STATUS_INVALID, "depth %zu",
                     depth);
        json_free(root);
    }
}

Test(json, typed_readers_leave_the_default_for_absent_and_null)
{
    AUTO_JSON *root = parse(SLICE("{\"z\":null}"));
    static const char *const keys[] = {"z", "absent"};
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        struct slice text = SLICE("default");
        int64_t number = 7;
        bool flag = true;
        cr_expect_eq(json_read_text(root, keys[i], &text, NULL), STATUS_OK);
        cr_expect_eq(json_read_i64(root, keys[i], &number, NULL), STATUS_OK);
        cr_expect_eq(json_read_bool(root, keys[i], &flag, NULL), STATUS_OK);
        cr_expect(slice_is(text, "default") && number == 7 && flag, "case %zu", i);
    }
}

Test(json, typed_readers_read_their_type_and_name_the_key_otherwise)
{
    AUTO_JSON *root = parse(SLICE("{\"s\":\"x\",\"i\":9007199254740991,\"b\":true,\"frac\":1.5,"
                                  "\"big\":9007199254740993,\"inf\":1e999}"));
    struct slice text = SLICE_NULL;
    int64_t number = 7;
    bool flag = false;
    struct fault fault;
    cr_expect_eq(json_read_text(root, "s", &text, &fault), STATUS_OK);
    cr_expect(slice_is(text, "x"));
    cr_expect_eq(json_read_i64(root, "i", &number, &fault), STATUS_OK);
    cr_expect_eq(number, INT64_C(9007199254740991));
    cr_expect_eq(json_read_bool(root, "b", &flag, &fault), STATUS_OK);
    cr_expect(flag);

    cr_expect_eq(json_read_text(root, "i", &text, &fault), STATUS_INVALID);
    cr_expect_str_eq(fault.text, "'i' must be a string");
    cr_expect_eq(json_read_i64(root, "s", &number, &fault), STATUS_INVALID);
    cr_expect_str_eq(fault.text, "'s' must be a number");
    cr_expect_eq(json_read_bool(root, "s", &flag, &fault), STATUS_INVALID);
    cr_expect_str_eq(fault.text, "'s' must be a boolean");
    cr_expect_eq(json_read_i64(root, "frac", &number, &fault), STATUS_INVALID);
    cr_expect_str_eq(fault.text, "'frac' must be an integer");
    cr_expect_eq(json_read_i64(root, "big", &number, &fault), STATUS_INVALID);
    cr_expect_str_eq(fault.text, "'big' is out of range");
    cr_expect_eq(json_read_i64(root, "inf", &number, &fault), STATUS_INVALID);
    cr_expect_eq(number, INT64_C(9007199254740991), "untouched by failures");
}

Test(json, works_with_our_allocator_installed)
{
    mem_install();
    AUTO_JSON *root = parse(SLICE("{\"a\":[1,\"x\"]}"));
    cr_expect_eq(json_count(json_get(root, "a")), 2);
}
