#include "store/value/attr_json.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>

/* What becomes of an AttributeValue: printed again, or "!" and the refusal of the request, or "?" and the problem kept
 * with the value. */
static void round_trip(struct buf *out, struct slice json)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct attr_input input = {.bad = NULL};
    cr_assert(json_validate(json, NULL), "%.*s", SLICE_ARG(json));
    const struct problem *problem = attr_parse(&arena, json, &input);
    buf_clear(out);
    if (problem != NULL) {
        cr_expect_eq(problem->kind, PROBLEM_SERIALIZATION);
        buf_printf(out, "!%.*s", SLICE_ARG(problem->text));
        return;
    }
    if (input.bad != NULL) {
        cr_expect_eq(input.bad->kind, PROBLEM_VALIDATION);
        buf_printf(out, "?%.*s", SLICE_ARG(input.bad->text));
        return;
    }
    struct json_writer w = json_writer_init(out);
    attr_print(&w, input.attr);
}

struct row {
    struct slice json;
    struct slice wanted; /* empty: the same text */
};

static void check_rows(const struct row *rows, size_t count)
{
    AUTO_BUF out = BUF_INIT(1 << 24);
    for (size_t i = 0; i < count; i++) {
        struct slice wanted = rows[i].wanted.len != 0 ? rows[i].wanted : rows[i].json;
        round_trip(&out, rows[i].json);
        cr_expect(slice_eq(buf_slice(&out), wanted), "case %zu: %.*s gives %.*s", i,
                  SLICE_ARG(rows[i].json), SLICE_ARG(buf_slice(&out)));
    }
}

#define SAME(json)                                                                                 \
    {                                                                                              \
        SLICE_INIT(json),                                                                          \
        {                                                                                          \
            NULL, 0                                                                                \
        }                                                                                          \
    }
#define ROW(json, wanted)                                                                          \
    {                                                                                              \
        SLICE_INIT(json), SLICE_INIT(wanted)                                                       \
    }

Test(attr_json, reads_and_prints_every_type)
{
    static const struct row rows[] = {
        SAME("{\"S\":\"\"}"),
        SAME("{\"S\":\"text\"}"),
        SAME("{\"S\":\"\\\"\\\\\\n\\u0000\\u001f\"}"),
        SAME("{\"S\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"}"),
        ROW("{\"S\":\"\\u00e9\\/\\ud83d\\ude00\"}", "{\"S\":\"\xc3\xa9/\xf0\x9f\x98\x80\"}"),
        ROW("{\"S\":\"\\ud800\"}", "{\"S\":\"\xef\xbf\xbd\"}"),
        ROW(" { \"S\" : \"a\" , \"X\" : [ { } , \"]\" , 1e5 ] } ", "{\"S\":\"a\"}"),
        ROW("{\"\\u0053\":\"a\",\"N\":null}", "{\"S\":\"a\"}"),
        ROW("{\"S\":\"a\",\"S\":\"b\"}", "{\"S\":\"b\"}"),
        SAME("{\"N\":\"0\"}"),
        ROW("{\"N\":\"-007.50\"}", "{\"N\":\"-7.5\"}"),
        ROW("{\"N\":\"1e3\"}", "{\"N\":\"1000\"}"),
        SAME("{\"B\":\"\"}"),
        SAME("{\"B\":\"AA==\"}"),
        SAME("{\"B\":\"AAE=\"}"),
        SAME("{\"B\":\"AAEC\"}"),
        SAME("{\"B\":\"/+8gbWFueSBieXRlcw==\"}"),
        ROW("{\"B\":\"\\/+8=\"}", "{\"B\":\"/+8=\"}"),
        SAME("{\"BOOL\":true}"),
        SAME("{\"BOOL\":false}"),
        ROW("{\"BOOL\":\"YES\"}", "{\"BOOL\":true}"),
        ROW("{\"BOOL\":\"0\"}", "{\"BOOL\":false}"),
        SAME("{\"NULL\":true}"),
        ROW("{\"NULL\":\"true\"}", "{\"NULL\":true}"),
        SAME("{\"SS\":[\"\",\"a\",\"b\"]}"),
        ROW("{\"SS\":[\"b\",\"\",\"a\"]}", "{\"SS\":[\"\",\"a\",\"b\"]}"),
        ROW("{\"NS\":[\"2\",\"-1\",\"1e1\"]}", "{\"NS\":[\"-1\",\"2\",\"10\"]}"),
        ROW("{\"BS\":[\"Ag==\",\"AQ==\",\"\"]}", "{\"BS\":[\"\",\"AQ==\",\"Ag==\"]}"),
        SAME("{\"L\":[]}"),
        SAME("{\"M\":{}}"),
        SAME("{\"L\":[{\"S\":\"a\"},{\"L\":[{\"N\":\"1\"}]},{\"NULL\":true},{\"M\":{\"k\":{\"S\":"
             "\"v\"}}}]}"),
        ROW("{\"M\":{\"b\":{\"S\":\"1\"},\"a\":{\"M\":{\"d\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"}}}}}",
            "{\"M\":{\"a\":{\"M\":{\"c\":{\"N\":\"2\"},\"d\":{\"N\":\"1\"}}},\"b\":{\"S\":\"1\"}}"
            "}"),
        ROW("{\"M\":{\"a\":{\"S\":\"1\"},\"b\":{\"S\":\"2\"},\"a\":{\"S\":\"3\"}}}",
            "{\"M\":{\"a\":{\"S\":\"3\"},\"b\":{\"S\":\"2\"}}}"),
        SAME("{\"M\":{\"\\\"\\n\":{\"S\":\"\"},\"\xc3\xbc\":{\"S\":\"\"}}}"),
    };
    check_rows(rows, COUNT_OF(rows));
}

/* reference/dynamodb.md section 2; checked on AWS by dynalite's suite. */
Test(attr_json, refuses_wrong_shapes_in_the_services_words)
{
#define STRUCTURE "!Start of structure or map found where not expected"
#define BLOB "!only base-64-encoded strings are convertible to bytes"
#define FIELD "!Unexpected field type"
#define TAIL "!Invalid last non-pad Base64 character dectected"
#define VALUE "!Unexpected value type in payload"
#define SHAPE "com.amazonaws.dynamodb.v20120810.AttributeValue"
    static const struct row rows[] = {
        ROW("{\"S\":1}", "!NUMBER_VALUE cannot be converted to String"),
        ROW("{\"S\":-1.5}", "!DECIMAL_VALUE cannot be converted to String"),
        ROW("{\"N\":1}", "!NUMBER_VALUE cannot be converted to String"),
        ROW("{\"N\":1e5}", "!DECIMAL_VALUE cannot be converted to String"),
        ROW("{\"S\":true}", "!TRUE_VALUE cannot be converted to String"),
        ROW("{\"S\":false}", "!FALSE_VALUE cannot be converted to String"),
        ROW("{\"S\":[]}", "!Unrecognized collection type class java.lang.String"),
        ROW("{\"S\":{}}", STRUCTURE),
        ROW("{\"B\":1}", BLOB),
        ROW("{\"B\":true}", BLOB),
        ROW("{\"B\":[]}", "!Unrecognized collection type class java.nio.ByteBuffer"),
        ROW("{\"B\":{}}", STRUCTURE),
        ROW("{\"B\":\"23456\"}",
            "!Base64 encoded length is expected a multiple of 4 bytes but found: 5"),
        ROW("{\"B\":\"=+/=\"}", TAIL),
        ROW("{\"B\":\"+/+=\"}", TAIL),
        ROW("{\"B\":\"AB==\"}", TAIL),
        ROW("{\"B\":\"A===\"}", TAIL),
        ROW("{\"B\":\"====\"}", TAIL),
        ROW("{\"B\":\"A*AA\"}", TAIL),
        ROW("{\"B\":\"AA\xc3\xbc\"}", TAIL),
        ROW("{\"BOOL\":\"maybe\"}", "!Unexpected token received from parser"),
        ROW("{\"BOOL\":1}", "!NUMBER_VALUE cannot be converted to Boolean"),
        ROW("{\"NULL\":0.5}", "!DECIMAL_VALUE cannot be converted to Boolean"),
        ROW("{\"BOOL\":[]}", "!Unrecognized collection type class java.lang.Boolean"),
        ROW("{\"BOOL\":{}}", STRUCTURE),
        ROW("{\"SS\":\"a\"}", FIELD),
        ROW("{\"NS\":1}", FIELD),
        ROW("{\"BS\":{}}", STRUCTURE),
        ROW("{\"SS\":[1]}", "!NUMBER_VALUE cannot be converted to String"),
        ROW("{\"NS\":[[]]}", "!Unrecognized collection type class java.lang.String"),
        ROW("{\"BS\":[\"A\"]}",
            "!Base64 encoded length is expected a multiple of 4 bytes but found: 1"),
        ROW("{\"L\":true}", FIELD),
        ROW("{\"L\":{}}", STRUCTURE),
        ROW("{\"L\":[\"a\"]}", VALUE),
        ROW("{\"L\":[[]]}", "!Unrecognized collection type class " SHAPE),
        ROW("{\"M\":1}", FIELD),
        ROW("{\"M\":[]}",
            "!Unrecognized collection type java.util.Map<java.lang.String, " SHAPE ">"),
        ROW("{\"M\":{\"a\":\"b\"}}", VALUE),
        ROW("{\"M\":{\"a\":[]}}", "!Unrecognized collection type class " SHAPE),
        ROW("\"a\"", VALUE),
        ROW("[]", "!Unrecognized collection type class " SHAPE),
        /* a shape comes before any value */
        ROW("{\"L\":[{\"N\":\"x\"},{\"S\":1}]}", "!NUMBER_VALUE cannot be converted to String"),
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(attr_json, keeps_the_first_bad_value)
{
#define PARAMETER "?One or more parameter values were invalid: "
#define EMPTY                                                                                      \
    "?Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
    static const struct row rows[] = {
        ROW("{}", EMPTY),
        ROW("{\"S\":null}", EMPTY),
        ROW("{\"X\":\"a\"}", EMPTY),
        ROW("null", EMPTY),
        ROW("{\"L\":[null]}", EMPTY),
        ROW("{\"M\":{\"a\":{}}}", EMPTY),
        ROW("{\"S\":\"a\",\"N\":\"1\"}",
            "?Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes"),
        ROW("{\"NULL\":false}", PARAMETER "Null attribute value types must have the value of true"),
        ROW("{\"N\":\"\"}", "?The parameter cannot be converted to a numeric value"),
        ROW("{\"N\":\"b\"}", "?The parameter cannot be converted to a numeric value: b"),
        ROW("{\"N\":\"1e126\"}", "?Number overflow. Attempting to store a number with magnitude "
                                 "larger than supported range"),
        ROW("{\"N\":\"1e-131\"}", "?Number underflow. Attempting to store a number with magnitude "
                                  "smaller than supported range"),
        ROW("{\"N\":\"123456789012345678901234567890123456789\"}",
            "?Attempting to store more than 38 significant digits in a Number"),
        ROW("{\"NS\":[\"1\",\"x\"]}", "?The parameter cannot be converted to a numeric value: x"),
        ROW("{\"SS\":[]}", PARAMETER "An string set  may not be empty"),
        ROW("{\"NS\":[]}", PARAMETER "An number set  may not be empty"),
        ROW("{\"BS\":[]}", PARAMETER "Binary sets should not be empty"),
        ROW("{\"SS\":[\"b\",\"a\",\"b\"]}",
            PARAMETER "Input collection [b, a, b] contains duplicates."),
        ROW("{\"NS\":[\"1\",\"2\",\"1.0\"]}", "?Input collection contains duplicates"),
        ROW("{\"BS\":[\"AA==\",\"AA==\"]}",
            PARAMETER "Input collection [AA==, AA==]of type BS contains duplicates."),
        ROW("{\"L\":[{\"N\":\"first\"},{\"SS\":[]}]}",
            "?The parameter cannot be converted to a numeric value: first"),
        ROW("{\"M\":{\"\":{\"S\":\"a\"}}}", PARAMETER "Empty attribute name"),
    };
    check_rows(rows, COUNT_OF(rows));
}

Test(attr_json, nests_32_levels_and_not_33)
{
    static const struct {
        const char *open;
        const char *close;
    } containers[] = {{"{\"L\":[", "]}"}, {"{\"M\":{\"a\":", "}}"}};
    for (size_t kind = 0; kind < COUNT_OF(containers); kind++) {
        for (int levels = 31; levels <= 120; levels += levels == 31 ? 1 : 88) {
            AUTO_BUF json = BUF_INIT(1 << 20);
            AUTO_BUF out = BUF_INIT(1 << 20);
            for (int i = 0; i < levels; i++) {
                buf_append_text(&json, containers[kind].open);
            }
            buf_append_text(&json, "{\"S\":\"leaf\"}");
            for (int i = 0; i < levels; i++) {
                buf_append_text(&json, containers[kind].close);
            }
            round_trip(&out, buf_slice(&json));
            bool fits = slice_eq(buf_slice(&out), buf_slice(&json));
            cr_expect_eq(fits, levels == 31, "%d levels: %.*s", levels, SLICE_ARG(buf_slice(&out)));
            cr_expect(fits || slice_starts_with(buf_slice(&out),
                                                SLICE("?Nesting Levels have exceeded supported")));
        }
    }
}

Test(attr_json, orders_the_names_of_an_item_and_keeps_the_last_of_two)
{
    static const struct row rows[] = {
        SAME("{}"),
        SAME("{\"a\":{\"S\":\"x\"}}"),
        ROW("{\"b\":{\"N\":\"1\"},\"a\":{\"S\":\"x\"}}",
            "{\"a\":{\"S\":\"x\"},\"b\":{\"N\":\"1\"}}"),
        ROW("{\"a\":{\"S\":\"1\"},\"a\":{\"S\":\"22\"},\"a\":{\"S\":\"333\"}}",
            "{\"a\":{\"S\":\"333\"}}"),
        ROW("{\"b\":{\"S\":\"1\"},\"a\":{\"S\":\"2\"},\"\\u0062\":{\"S\":\"3\"}}",
            "{\"a\":{\"S\":\"2\"},\"b\":{\"S\":\"3\"}}"),
        ROW("{\"aa\":{\"S\":\"\"},\"a\":{\"S\":\"\"},\"Z\":{\"S\":\"\"},\"\xc3\xbc\":{\"S\":\"\"}}",
            "{\"Z\":{\"S\":\"\"},\"a\":{\"S\":\"\"},\"aa\":{\"S\":\"\"},\"\xc3\xbc\":{\"S\":\"\"}"
            "}"),
    };
    AUTO_BUF out = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct item_input input;
        cr_assert_null(item_parse(&arena, rows[i].json, &input));
        cr_assert(input.is_set && input.bad == NULL, "case %zu", i);
        buf_clear(&out);
        struct json_writer w = json_writer_init(&out);
        item_print(&w, input.item);
        struct slice wanted = rows[i].wanted.len != 0 ? rows[i].wanted : rows[i].json;
        cr_expect(slice_eq(buf_slice(&out), wanted), "case %zu: %.*s", i,
                  SLICE_ARG(buf_slice(&out)));
    }
}

Test(attr_json, names_the_member_that_is_bad_and_keeps_all_names_readable)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct item_input input;
    struct slice json = SLICE("{\":z\":{\"S\":\"ok\"},\":v\":{\"L\":[{\"SS\":[\"b\",\"a\"]},{\"N\":"
                              "\"x\"}]},\":a\":{}}");
    cr_assert_null(item_parse(&arena, json, &input));
    cr_assert_not_null(input.bad);
    cr_expect(slice_is(input.bad_name, ":v"));
    cr_expect(slice_is(input.bad->text, "The parameter cannot be converted to a numeric value: x"));
    static const char *const names[] = {":a", ":v", ":z"};
    struct attr_iter iter = item_iter(input.item);
    struct slice name;
    struct attr attr;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        cr_assert(attr_next(&iter, &name, &attr));
        cr_expect(slice_is(name, names[i]));
    }
    cr_expect(!attr_next(&iter, &name, &attr));
}

Test(attr_json, an_item_that_is_no_map_is_refused)
{
    static const struct row rows[] = {
        ROW("[]", "Unrecognized collection type java.util.Map<java.lang.String, " SHAPE ">"),
        ROW("\"a\"", "Unexpected field type"),
        ROW("{\"a\":1}", "Unexpected value type in payload"),
    };
    AUTO_ARENA arena = ARENA_INIT;
    struct item_input input;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct problem *problem = item_parse(&arena, rows[i].json, &input);
        cr_assert_not_null(problem, "case %zu", i);
        cr_expect(slice_eq(problem->text, rows[i].wanted), "case %zu", i);
    }
    cr_assert_null(item_parse(&arena, SLICE("null"), &input));
    cr_expect(!input.is_set);
}

Test(attr_json, continues_what_the_writer_has_begun)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF out = BUF_INIT(1 << 20);
    struct item_input input;
    cr_assert_null(item_parse(&arena, SLICE("{\"a\":{\"S\":\"x\"}}"), &input));
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '{');
    json_key_text(&w, "Items");
    json_open(&w, '[');
    item_print(&w, input.item);
    attr_print(&w, item_get(input.item, SLICE("a")));
    json_close(&w, ']');
    json_put_i64(&w, "Count", 2);
    json_close(&w, '}');
    cr_expect(
        slice_is(buf_slice(&out), "{\"Items\":[{\"a\":{\"S\":\"x\"}},{\"S\":\"x\"}],\"Count\":2}"));
}

Test(attr_json, prints_values_as_messages_do)
{
    static const struct row rows[] = {
        ROW("{\"S\":\"a\"}", "{S:a}"),
        ROW("{\"N\":\"1e2\"}", "{N:100}"),
        ROW("{\"SS\":[\"b\",\"a\"]}", "{SS:[a, b]}"),
        ROW("{\"L\":[{\"S\":\"a\"},{\"BOOL\":true}]}", "{L:[{S:a}, {BOOL:true}]}"),
        ROW("{\"M\":{\"k\":{\"NULL\":true}}}", "{M:{k={NULL:true}}}"),
    };
    AUTO_BUF out = BUF_INIT(1 << 20);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct attr_input input;
        cr_assert_null(attr_parse(&arena, rows[i].json, &input));
        buf_clear(&out);
        attr_print_plain(&out, input.attr);
        cr_expect(slice_eq(buf_slice(&out), rows[i].wanted), "case %zu", i);
    }
}

Test(attr_json, of_many_members_takes_no_quadratic_time)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF json = BUF_INIT(1 << 26);
    struct attr_input input;
    buf_append_text(&json, "{\"SS\":[");
    for (int i = 300000; i > 0; i--) {
        buf_printf(&json, "\"%07d\"%s", i, i > 1 ? "," : "]}");
    }
    cr_assert_null(attr_parse(&arena, buf_slice(&json), &input));
    cr_expect_null(input.bad);
    cr_expect_eq(attr_count(input.attr.raw), 300000);
    buf_clear(&json);
    buf_append_text(&json, "{\"M\":{");
    for (int i = 300000; i > 0; i--) {
        buf_printf(&json, "\"%07d\":{\"L\":[]}%s", i, i > 1 ? "," : "}}");
    }
    cr_assert_null(attr_parse(&arena, buf_slice(&json), &input));
    cr_expect_eq(attr_count(input.attr.raw), 300000);
}
