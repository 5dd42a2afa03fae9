#include "core/json_scan.h"

#include "core/buf.h"
#include "core/mem.h"

#include <criterion/criterion.h>

static const struct slice valid_texts[] = {
    SLICE_INIT("{}"),
    SLICE_INIT("[]"),
    SLICE_INIT(" [ ] "),
    SLICE_INIT("0"),
    SLICE_INIT("-0"),
    SLICE_INIT("-0.0e-10"),
    SLICE_INIT("1E+2"),
    SLICE_INIT("9007199254740993"),
    SLICE_INIT("\"\""),
    SLICE_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\\u0000\""),
    SLICE_INIT("\"\\ud800\""),
    SLICE_INIT("\"gr\xc3\xbc\xc3\x9f\x7f\""),
    SLICE_INIT("true"),
    SLICE_INIT("\tnull\r\n"),
    SLICE_INIT("{\"a\":[1,{\"b\":null}],\"a\":\"x\"}"),
    SLICE_INIT("{ \"\" : [ false , true ] }"),
};

/* The offset is the byte that cannot be, or the length when the text ends too early. */
static const struct {
    struct slice text;
    size_t offset;
} invalid_texts[] = {
    {SLICE_INIT(""), 0},
    {SLICE_INIT("  "), 2},
    {SLICE_INIT("{"), 1},
    {SLICE_INIT("[1"), 2},
    {SLICE_INIT("[1,]"), 3},
    {SLICE_INIT("[,1]"), 1},
    {SLICE_INIT("[1 2]"), 3},
    {SLICE_INIT("[1}"), 2},
    {SLICE_INIT("{\"a\":1,}"), 7},
    {SLICE_INIT("{\"a\" 1}"), 5},
    {SLICE_INIT("{\"a\":}"), 5},
    {SLICE_INIT("{a:1}"), 1},
    {SLICE_INIT("{1:1}"), 1},
    {SLICE_INIT("{} {}"), 3},
    {SLICE_INIT("01"), 1},
    {SLICE_INIT("-"), 1},
    {SLICE_INIT("+1"), 0},
    {SLICE_INIT(".5"), 0},
    {SLICE_INIT("1."), 2},
    {SLICE_INIT("1e"), 2},
    {SLICE_INIT("1e+"), 3},
    {SLICE_INIT("0x10"), 1},
    {SLICE_INIT("NaN"), 0},
    {SLICE_INIT("tru"), 0},
    {SLICE_INIT("truex"), 4},
    {SLICE_INIT("True"), 0},
    {SLICE_INIT("'a'"), 0},
    {SLICE_INIT("\"abc"), 4},
    {SLICE_INIT("\"a\nb\""), 2},
    {SLICE_INIT("\"a\0b\""), 2},
    {SLICE_INIT("\"12345678\x1f\""), 9},
    {SLICE_INIT("\"\\x\""), 1},
    {SLICE_INIT("\"\\u12\""), 1},
    {SLICE_INIT("\"\\u12g4\""), 1},
    {SLICE_INIT("\"\\"), 1},
    {SLICE_INIT("\"\\\0\""), 1},
    {SLICE_INIT("\"\xff\""), 1},
    {SLICE_INIT("\"\xed\xa0\x80\""), 1},
    {SLICE_INIT("\xef\xbb\xbf{}"), 0},
    {SLICE_INIT("[1]\0"), 3},
    {SLICE_INIT("[\v1]"), 1},
    {SLICE_INIT("/**/1"), 0},
};

Test(json_scan, validates_what_rfc_8259_allows)
{
    for (size_t i = 0; i < COUNT_OF(valid_texts); i++) {
        size_t offset = 0;
        cr_expect(json_validate(valid_texts[i], &offset), "case %zu: at %zu", i, offset);
    }
}

Test(json_scan, refuses_everything_else_and_says_where)
{
    for (size_t i = 0; i < COUNT_OF(invalid_texts); i++) {
        size_t offset = 777;
        cr_expect_not(json_validate(invalid_texts[i].text, &offset), "case %zu", i);
        cr_expect_eq(offset, invalid_texts[i].offset, "case %zu: %zu", i, offset);
    }
    cr_expect_not(json_validate(SLICE_NULL, NULL));
}

Test(json_scan, refuses_every_prefix_of_an_object_without_reading_beyond)
{
    struct slice text =
        SLICE("{\"a\":[1,-2.5e3,\"x\\u00e9\xc3\xbc\"],\"b\":{\"c\":[true,false,null]}}");
    cr_assert(json_validate(text, NULL));
    for (size_t len = 0; len < text.len; len++) {
        char *copy = mem_alloc(len); /* exactly as long, for ASan */
        memcpy(copy, text.ptr, len);
        cr_expect_not(json_validate(slice_of(copy, len), NULL), "len %zu", len);
        struct json_scan scan = json_scan_init(slice_of(copy, len));
        struct slice key;
        struct slice value;
        if (json_scan_enter(&scan, '{')) {
            while (json_scan_member(&scan, &key, &value)) {
            }
            cr_expect(json_scan_failed(&scan), "len %zu", len);
        }
        mem_free(copy);
    }
}

Test(json_scan, allows_its_depth_and_no_more)
{
    for (size_t depth = JSON_DEPTH_MAX - 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        AUTO_BUF buf = BUF_INIT(10000);
        for (size_t i = 0; i < depth; i++) {
            buf_append_text(&buf, i % 2 == 0 ? "[" : "{\"a\":");
        }
        buf_append_text(&buf, "1");
        for (size_t i = depth; i-- > 0;) {
            buf_append_text(&buf, i % 2 == 0 ? "]" : "}");
        }
        bool is_allowed = depth <= JSON_DEPTH_MAX;
        cr_expect_eq(json_validate(buf_slice(&buf), NULL), is_allowed, "depth %zu", depth);

        AUTO_BUF wrapped = BUF_INIT(10000);
        buf_append_char(&wrapped, '[');
        buf_append(&wrapped, buf_slice(&buf));
        buf_append_char(&wrapped, ']');
        struct json_scan scan = json_scan_init(buf_slice(&wrapped));
        struct slice value;
        cr_assert(json_scan_enter(&scan, '['));
        cr_expect_eq(json_scan_element(&scan, &value), is_allowed, "depth %zu", depth);
    }
}

Test(json_scan, walks_members_and_keeps_their_bytes)
{
    static const struct {
        const char *key;
        const char *value;
    } want[] = {
        {"id", "9007199254740993"},
        {"a\\\"b", "\"x\\u0000\""},
        {"nested", "{ \"]\": [1,2] }"},
        {"list", "[ ]"},
        {"t", "true"},
    };
    struct json_scan scan = json_scan_init(
        SLICE(" { \"id\" : 9007199254740993 ,\"a\\\"b\":\"x\\u0000\",\"nested\":{ \"]\": [1,2] },"
              "\"list\":[ ],\"t\":true } "));
    struct slice key;
    struct slice value;
    size_t count = 0;
    cr_assert(json_scan_enter(&scan, '{'));
    while (json_scan_member(&scan, &key, &value)) {
        cr_assert_lt(count, COUNT_OF(want));
        cr_expect(slice_is(key, want[count].key), "member %zu: %.*s", count, SLICE_ARG(key));
        cr_expect(slice_is(value, want[count].value), "member %zu: %.*s", count, SLICE_ARG(value));
        count++;
    }
    cr_expect_not(json_scan_failed(&scan));
    cr_expect_eq(count, COUNT_OF(want));
}

Test(json_scan, walks_elements)
{
    struct json_scan scan = json_scan_init(SLICE("[1, \"a,b]\" ,[[]],{}]"));
    struct slice value;
    static const char *const want[] = {"1", "\"a,b]\"", "[[]]", "{}"};
    size_t count = 0;
    cr_assert(json_scan_enter(&scan, '['));
    while (json_scan_element(&scan, &value)) {
        cr_assert_lt(count, COUNT_OF(want));
        cr_expect(slice_is(value, want[count]), "element %zu: %.*s", count, SLICE_ARG(value));
        count++;
    }
    cr_expect_not(json_scan_failed(&scan));
    cr_expect_eq(count, COUNT_OF(want));
}

Test(json_scan, entering_another_kind_of_value_is_no_failure)
{
    struct json_scan scan = json_scan_init(SLICE(" [1]"));
    cr_expect_not(json_scan_enter(&scan, '{'));
    cr_expect_not(json_scan_failed(&scan));
    cr_expect(json_scan_enter(&scan, '['), "and another may still be tried");
    struct json_scan empty = json_scan_init(SLICE_NULL);
    cr_expect_not(json_scan_enter(&empty, '{'));
}

Test(json_scan, fails_for_good_on_malformed_members)
{
    static const struct slice rows[] = {
        SLICE_INIT("{"),           SLICE_INIT("{\"a\"}"),     SLICE_INIT("{\"a\":}"),
        SLICE_INIT("{\"a\":1"),    SLICE_INIT("{\"a\":1,}"),  SLICE_INIT("{,\"a\":1}"),
        SLICE_INIT("{\"a\":1 2}"), SLICE_INIT("{\"a\":[1}}"), SLICE_INIT("{\"a\":{]}"),
        SLICE_INIT("{\"a\":tru}"), SLICE_INIT("{\"a\":1]"),   SLICE_INIT("{\"a\":[\"}"),
        SLICE_INIT("{\"a\":01}"),  SLICE_INIT("{a:1}"),       SLICE_INIT("{\"a\":[\"\x01\"]}"),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct json_scan scan = json_scan_init(rows[i]);
        struct slice key;
        struct slice value;
        cr_assert(json_scan_enter(&scan, '{'), "case %zu", i);
        while (json_scan_member(&scan, &key, &value)) {
        }
        cr_expect(json_scan_failed(&scan), "case %zu", i);
        cr_expect_not(json_scan_member(&scan, &key, &value), "case %zu", i);
        cr_expect_not(json_scan_enter(&scan, '['), "case %zu", i);
    }
}

Test(json_scan, tells_the_kind_by_the_first_byte)
{
    static const struct {
        struct slice value;
        enum json_kind kind;
    } rows[] = {
        {SLICE_INIT("{}"), JSON_OBJECT},   {SLICE_INIT("[]"), JSON_ARRAY},
        {SLICE_INIT("\"\""), JSON_STRING}, {SLICE_INIT("true"), JSON_BOOL},
        {SLICE_INIT("false"), JSON_BOOL},  {SLICE_INIT("null"), JSON_NULL},
        {SLICE_INIT("-1"), JSON_NUMBER},   {SLICE_INIT("7"), JSON_NUMBER},
        {SLICE_INIT(" {}"), JSON_OBJECT},  {SLICE_INIT(""), JSON_NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(json_raw_kind(rows[i].value), rows[i].kind, "case %zu", i);
    }
}

Test(json_scan, decodes_strings_whole)
{
    static const struct {
        struct slice value;
        struct slice text;
    } rows[] = {
        {SLICE_INIT("\"\""), SLICE_INIT("")},
        {SLICE_INIT("\"plain\""), SLICE_INIT("plain")},
        {SLICE_INIT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), SLICE_INIT("\"\\/\b\f\n\r\t")},
        {SLICE_INIT("\"a\\u0000b\""), SLICE_INIT("a\0b")},
        {SLICE_INIT("\"\\u007f\\u0080\\u07ff\\u0800\\uffff\""),
         SLICE_INIT("\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf")},
        {SLICE_INIT("\"\\ud83d\\uDE00!\""), SLICE_INIT("\xf0\x9f\x98\x80!")},
        {SLICE_INIT("\"\\udbff\\udfff\""), SLICE_INIT("\xf4\x8f\xbf\xbf")},
        {SLICE_INIT("\"\\ud83d\""), SLICE_INIT("\xef\xbf\xbd")},
        {SLICE_INIT("\"\\ude00x\""), SLICE_INIT("\xef\xbf\xbdx")},
        {SLICE_INIT("\"\\ud83d\\ud83d\\ude00\""), SLICE_INIT("\xef\xbf\xbd\xf0\x9f\x98\x80")},
        {SLICE_INIT("\"\\ud83d\\n\""), SLICE_INIT("\xef\xbf\xbd\n")},
        {SLICE_INIT("\"\\\\u0041\""), SLICE_INIT("\\u0041")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice text = SLICE_NULL;
        cr_expect(json_raw_string(&arena, rows[i].value, &text), "case %zu", i);
        cr_expect(slice_eq(text, rows[i].text), "case %zu: %.*s", i, SLICE_ARG(text));
        cr_expect(slice_is_utf8(text), "case %zu", i);
        struct slice key = slice_of(rows[i].value.ptr + 1, rows[i].value.len - 2);
        cr_expect(json_raw_key(&arena, key, &text), "case %zu", i);
        cr_expect(slice_eq(text, rows[i].text), "case %zu", i);
    }
}

Test(json_scan, decodes_plain_strings_without_copying)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice value = SLICE("\"plain\"");
    struct slice text;
    cr_assert(json_raw_string(&arena, value, &text));
    cr_expect_eq(text.ptr, value.ptr + 1);
    cr_expect_eq(arena.used, 0);
}

Test(json_scan, refuses_to_decode_what_is_no_string)
{
    static const struct slice rows[] = {
        SLICE_INIT(""),         SLICE_INIT("\""),        SLICE_INIT("1"),
        SLICE_INIT("abc"),      SLICE_INIT("\"a"),       SLICE_INIT("a\""),
        SLICE_INIT("\"a\"b\""), SLICE_INIT("\"\\\""),    SLICE_INIT("\"\n\""),
        SLICE_INIT("\"\\x\""),  SLICE_INIT("\"\\u00\""), SLICE_INIT("\"\xff\""),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice text = SLICE("untouched");
        cr_expect_not(json_raw_string(&arena, rows[i], &text), "case %zu", i);
        cr_expect(slice_is(text, "untouched"), "case %zu", i);
    }
}

Test(json_scan, reads_integers_without_fraction_and_exponent)
{
    static const struct {
        struct slice value;
        bool is_read;
        int64_t number;
    } rows[] = {
        {SLICE_INIT("0"), true, 0},
        {SLICE_INIT("-0"), true, 0},
        {SLICE_INIT("9007199254740993"), true, 9007199254740993},
        {SLICE_INIT("-9223372036854775808"), true, INT64_MIN},
        {SLICE_INIT("9223372036854775808"), false, 0},
        {SLICE_INIT("1.0"), false, 0},
        {SLICE_INIT("1e3"), false, 0},
        {SLICE_INIT("01"), false, 0},
        {SLICE_INIT("\"1\""), false, 0},
        {SLICE_INIT(""), false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int64_t number = 77;
        cr_expect_eq(json_raw_i64(rows[i].value, &number), rows[i].is_read, "case %zu", i);
        cr_expect_eq(number, rows[i].is_read ? rows[i].number : 77, "case %zu", i);
    }
}

Test(json_scan, finds_the_last_member_of_a_name)
{
    static const struct {
        struct slice object;
        const char *value; /* NULL when not found */
    } rows[] = {
        {SLICE_INIT("{\"x\":1,\"key\":2}"), "2"},
        {SLICE_INIT("{\"key\":1,\"key\":[2]}"), "[2]"},
        {SLICE_INIT("{\"k\\u0065y\":3}"), "3"},
        {SLICE_INIT("{\"Key\":1}"), NULL},
        {SLICE_INIT("{\"keys\":1}"), NULL},
        {SLICE_INIT("{\"x\":{\"key\":1}}"), NULL},
        {SLICE_INIT("{\"key\":1"), NULL},
        {SLICE_INIT("[\"key\",1]"), NULL},
        {SLICE_INIT("{}"), NULL},
        {SLICE_INIT(""), NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice value = SLICE_NULL;
        bool is_found = json_raw_find(rows[i].object, "key", &value);
        cr_expect_eq(is_found, rows[i].value != NULL, "case %zu", i);
        cr_expect(slice_is(value, rows[i].value), "case %zu: %.*s", i, SLICE_ARG(value));
    }
}

Test(json_scan, a_member_is_read_as_what_it_must_be_or_says_nothing)
{
    static const struct {
        const char *object;
        const char *text; /* NULL: none */
        int64_t number;   /* -7: none */
        bool is_true;
    } rows[] = {
        {"{\"key\":\"a\\nb\"}", "a\nb", -7, false},
        {"{\"key\":\"\"}", "", -7, false},
        {"{\"key\":\"12\"}", "12", -7, false},
        {"{\"key\":\"true\"}", "true", -7, false},
        {"{ \"key\" : 12 }", NULL, 12, false},
        {"{\"key\":-9223372036854775808}", NULL, INT64_MIN, false},
        {"{\"key\":9223372036854775808}", NULL, -7, false},
        {"{\"key\":1.0}", NULL, -7, false},
        {"{\"key\":1e2}", NULL, -7, false},
        {"{ \"key\" : true }", NULL, -7, true},
        {"{\"key\":false}", NULL, -7, false},
        {"{\"key\":null}", NULL, -7, false},
        {"{\"key\":[\"x\"]}", NULL, -7, false},
        {"{\"key\":{\"key\":\"x\"}}", NULL, -7, false},
        {"{\"key\":true,\"key\":\"x\"}", "x", -7, false}, /* the last one */
        {"{\"Key\":\"x\"}", NULL, -7, false},
        {"{\"key\":\"x\"", NULL, -7, false},
        {"{\"key\":\"\\q\"}", NULL, -7, false},
        {"[\"key\",true]", NULL, -7, false},
        {"\"key\"", NULL, -7, false},
        {"", NULL, -7, false},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice object = slice_from(rows[i].object);
        struct slice text = json_text_member(&arena, object, "key");
        cr_expect_eq(text.ptr != NULL, rows[i].text != NULL, "%s", rows[i].object);
        cr_expect(slice_is(text, rows[i].text), "%s: %.*s", rows[i].object, SLICE_ARG(text));
        cr_expect_eq(json_i64_member(object, "key", -7), rows[i].number, "%s", rows[i].object);
        cr_expect_eq(json_bool_member(object, "key"), rows[i].is_true, "%s", rows[i].object);
    }
    cr_expect(slice_is(json_raw_member(SLICE("{\"key\": [1] }"), "key"), "[1]"));
    cr_expect_null(json_raw_member(SLICE("{\"other\":1}"), "key").ptr);
    cr_expect_null(json_raw_member(SLICE_NULL, "key").ptr);
}

Test(json_scan, tells_any_value_as_text)
{
    static const struct {
        const char *value, *text;
    } rows[] = {{"\"x\\ty\"", "x\ty"},      {"\"\"", ""},   {"5", "5"}, {"true", "true"},
                {"{\"a\":1}", "{\"a\":1}"}, {"null", NULL}, {"", NULL}, {" 7 ", "7"}};
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice text = json_text_of(&arena, slice_from(rows[i].value));
        cr_expect_eq(text.ptr != NULL, rows[i].text != NULL, "case %zu", i);
        cr_expect(slice_is(slice_trim(text), rows[i].text), "case %zu: %.*s", i, SLICE_ARG(text));
    }
}

Test(json_scan, what_is_no_object_or_array_has_nothing_in_it)
{
    static const char *const texts[] = {"",        "null", "7", "\"x\"", "{\"a\":1}",
                                        " [ 2 ] ", "]",    "}", ","};
    struct slice key, value;
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        struct json_scan object = json_scan_object(slice_from(texts[i]));
        struct json_scan array = json_scan_array(slice_from(texts[i]));
        cr_expect_eq(json_scan_member(&object, &key, &value), i == 4, "%s", texts[i]);
        cr_expect_eq(json_scan_element(&array, &value), i == 5, "%s", texts[i]);
        cr_expect_not(json_scan_failed(&object) || json_scan_failed(&array), "%s", texts[i]);
    }
}

Test(json_scan, measures_the_plain_run_at_every_place_in_a_word)
{
    for (unsigned special = 0; special < 256; special++) {
        bool is_plain = special >= 0x20 && special < 0x80 && special != '"' && special != '\\';
        for (size_t at = 0; at < 40; at++) {
            char text[40];
            memset(text, ' ', sizeof(text)); /* the smallest plain byte */
            text[at] = (char)special;
            size_t want = is_plain ? sizeof(text) : at;
            size_t got = json_plain_len(slice_of(text, sizeof(text)));
            cr_assert_eq(got, want, "byte %#x at %zu: %zu", special, at, got);
        }
    }
    cr_expect_eq(json_plain_len(SLICE_NULL), 0);
}

Test(json_scan, elements_are_counted_without_looking_into_them)
{
    static const struct {
        const char *array;
        size_t want;
    } rows[] = {{"[]", 0}, {"[1]", 1}, {" [ [1,2] , {\"a\":[3]},\",\" ] ", 3}, {"{}", 0}, {"", 0}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(json_raw_count(slice_from(rows[i].array)), rows[i].want, "%s", rows[i].array);
    }
}
