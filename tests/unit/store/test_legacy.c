/* The parameters of before expressions: what they mean, and how they are refused. */
#include "store/expression/legacy.h"

#include <criterion/criterion.h>

#define BAD "One or more parameter values were invalid: "

static struct slice parse_item(struct arena *arena, const char *json)
{
    struct item_input input;
    const struct problem *problem = item_parse(arena, slice_from(json), &input);
    cr_assert(problem == NULL && input.bad == NULL, "%s", json);
    return input.item;
}

static const char *print_item(struct arena *arena, struct slice item)
{
    if (item.ptr == NULL) {
        return "nothing";
    }
    AUTO_BUF buf = BUF_INIT(1 << 20);
    struct json_writer w = json_writer_init(&buf);
    item_print(&w, item);
    return arena_cstr(arena, buf_slice(&buf));
}

struct refusal {
    const char *json, *text;
};

typedef const struct problem *parse_fn(struct arena *arena, struct slice json,
                                       struct slice conditional_operator,
                                       const struct expr **ret_condition);

static void check_refusals(parse_fn *parse, const struct refusal *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct expr *condition = NULL;
        const struct problem *problem =
            parse(&arena, slice_from(rows[i].json), SLICE_NULL, &condition);
        cr_expect(problem != NULL && slice_is(problem->text, rows[i].text), "%s: %.*s",
                  rows[i].json, SLICE_ARG(problem != NULL ? problem->text : SLICE_NULL));
    }
}

/* --- conditions --- */

Test(legacy, compares_as_expressions_do)
{
#define ONE(op, value)                                                                             \
    "{\"a\":{\"ComparisonOperator\":\"" op "\",\"AttributeValueList\":[" value "]}}"
    static const struct {
        const char *json, *item;
        bool matches;
    } rows[] = {
        {"{\"a\":{\"Value\":{\"N\":\"1.0\"}}}", "{\"a\":{\"N\":\"1\"}}", true},
        {"{\"a\":{\"Value\":{\"N\":\"1\"},\"Exists\":true}}", "{\"a\":{\"S\":\"1\"}}", false},
        {"{\"a\":{\"Value\":{\"N\":\"1\"},\"Exists\":\"Yes\"}}", "{\"a\":{\"N\":\"1\"}}", true},
        {"{\"a\":{\"Exists\":false}}", "{\"b\":{\"N\":\"1\"}}", true},
        {"{\"a\":{\"Exists\":false}}", "{\"a\":{\"N\":\"1\"}}", false},
        {"{\"a\":{\"ComparisonOperator\":\"GT\",\"Value\":{\"N\":\"1\"}}}", "{\"a\":{\"N\":\"2\"}}",
         true},
        {ONE("EQ", "{\"L\":[{\"N\":\"1\"}]}"), "{\"a\":{\"L\":[{\"N\":\"1\"}]}}", true},
        {ONE("NE", "{\"N\":\"1\"}"), "{\"b\":{\"N\":\"1\"}}", true},
        {ONE("NE", "{\"N\":\"1\"}"), "{\"a\":{\"S\":\"1\"}}", true},
        {ONE("LE", "{\"N\":\"10\"}"), "{\"a\":{\"N\":\"9\"}}", true},
        {ONE("LT", "{\"S\":\"10\"}"), "{\"a\":{\"S\":\"9\"}}", false},
        {ONE("GE", "{\"B\":\"AQ==\"}"), "{\"a\":{\"B\":\"AQ==\"}}", true},
        {ONE("GT", "{\"N\":\"1\"}"), "{\"b\":{\"N\":\"9\"}}", false},
        {"{\"a\":{\"ComparisonOperator\":\"NULL\"}}", "{\"b\":{\"N\":\"1\"}}", true},
        {"{\"a\":{\"ComparisonOperator\":\"NOT_NULL\"}}", "{\"a\":{\"NULL\":true}}", true},
        {ONE("CONTAINS", "{\"S\":\"b\"}"), "{\"a\":{\"S\":\"abc\"}}", true},
        {ONE("CONTAINS", "{\"N\":\"2\"}"), "{\"a\":{\"NS\":[\"1\",\"2\"]}}", true},
        {ONE("NOT_CONTAINS", "{\"S\":\"b\"}"), "{\"a\":{\"S\":\"abc\"}}", false},
        {ONE("NOT_CONTAINS", "{\"S\":\"b\"}"), "{\"a\":{\"N\":\"1\"}}", true},
        {ONE("NOT_CONTAINS", "{\"S\":\"b\"}"), "{\"b\":{\"N\":\"1\"}}", false},
        {ONE("BEGINS_WITH", "{\"S\":\"ab\"}"), "{\"a\":{\"S\":\"abc\"}}", true},
        {ONE("IN", "{\"S\":\"x\"},{\"S\":\"y\"}"), "{\"a\":{\"S\":\"y\"}}", true},
        {ONE("IN", "{\"S\":\"x\"},{\"S\":\"y\"}"), "{\"b\":{\"S\":\"y\"}}", false},
        {ONE("BETWEEN", "{\"N\":\"1\"},{\"N\":\"3\"}"), "{\"a\":{\"N\":\"3\"}}", true},
        {"{\"a.b\":{\"Value\":{\"N\":\"1\"}}}", "{\"a.b\":{\"N\":\"1\"}}", true},
        {"{\"a\":{\"Value\":{\"N\":\"1\"}},\"a\":{\"Value\":{\"N\":\"2\"}}}",
         "{\"a\":{\"N\":\"2\"}}", true},
        {"{}", "{\"a\":{\"N\":\"2\"}}", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct expr *condition = NULL;
        const struct problem *problem =
            legacy_expected(&arena, slice_from(rows[i].json), SLICE_NULL, &condition);
        cr_assert(problem == NULL, "%s: %.*s", rows[i].json, SLICE_ARG(problem->text));
        cr_expect_eq(expression_matches(condition, parse_item(&arena, rows[i].item)),
                     rows[i].matches, "%s of %s", rows[i].json, rows[i].item);
    }
}

Test(legacy, joins_conditions_with_and_or_or)
{
    static const char json[] = "{\"a\":{\"Value\":{\"N\":\"1\"}},\"b\":{\"Value\":{\"N\":\"2\"}},"
                               "\"c\":{\"Value\":{\"N\":\"3\"}}}";
    static const struct {
        const char *conditional_operator, *item;
        bool matches;
    } rows[] = {
        {"", "{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"},\"c\":{\"N\":\"3\"}}", true},
        {"AND", "{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}}", false},
        {"OR", "{\"c\":{\"N\":\"3\"}}", true},
        {"OR", "{\"c\":{\"N\":\"1\"}}", false},
    };
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct expr *condition = NULL;
        cr_assert_null(legacy_expected(&arena, slice_from(json),
                                       slice_from(rows[i].conditional_operator), &condition));
        cr_expect_eq(expression_matches(condition, parse_item(&arena, rows[i].item)),
                     rows[i].matches, "case %zu", i);
    }
    const struct expr *condition = NULL;
    const struct problem *problem = legacy_filter(&arena, SLICE("{}"), SLICE("AND"), &condition);
    cr_expect(
        slice_is(problem->text, "ConditionalOperator cannot be used without Filter or Expected"));
    problem = legacy_expected(&arena, SLICE("{\"a\":{\"Exists\":false}}"), SLICE("OR"), &condition);
    cr_expect(slice_is(
        problem->text,
        "ConditionalOperator can only be used when Filter or Expected has two or more elements"));
}

Test(legacy, joins_thousands_of_conditions_without_deep_recursion)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF json = BUF_INIT(8 << 20);
    for (size_t i = 0; i < 100000; i++) {
        buf_printf(&json, "%c\"n%zu\":{\"Exists\":false}", i == 0 ? '{' : ',', i);
    }
    buf_append_char(&json, '}');
    const struct expr *condition = NULL;
    cr_assert_null(legacy_expected(&arena, buf_slice(&json), SLICE_NULL, &condition));
    cr_expect(expression_matches(condition, parse_item(&arena, "{\"a\":{\"N\":\"1\"}}")));
    cr_expect(!expression_matches(condition, parse_item(&arena, "{\"n7\":{\"N\":\"1\"}}")));
}

Test(legacy, refuses_expected_in_the_services_order)
{
    static const struct refusal rows[] = {
        {"{\"a\":{\"Value\":{\"S\":\"a\"},\"AttributeValueList\":[],\"Exists\":true,"
         "\"ComparisonOperator\":\"LT\"}}",
         BAD "Value and AttributeValueList cannot be used together for Attribute: a"},
        {"{\"a\":{\"Exists\":true,\"ComparisonOperator\":\"LT\"}}",
         BAD "Exists and ComparisonOperator cannot be used together for Attribute: a"},
        {"{\"a\":{\"ComparisonOperator\":\"LT\"}}",
         BAD "Value or AttributeValueList must be used with ComparisonOperator: LT for Attribute: "
             "a"},
        {"{\"a\":{\"AttributeValueList\":[]}}",
         BAD "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"},
        {"{\"a\":{\"Exists\":true,\"AttributeValueList\":[]}}",
         BAD "AttributeValueList can only be used with a ComparisonOperator for Attribute: a"},
        {"{\"a\":{}}", BAD "Value must be provided when Exists is null for Attribute: a"},
        {"{\"a\":{\"Exists\":true}}",
         BAD "Value must be provided when Exists is true for Attribute: a"},
        {"{\"a\":{\"Exists\":false,\"Value\":{\"S\":\"a\"}}}",
         BAD "Value cannot be used when Exists is false for Attribute: a"},
        {"{\"a\":{\"ComparisonOperator\":\"BETWEEN\",\"Value\":{\"S\":\"a\"}}}",
         BAD "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
        {"{\"a\":{\"ComparisonOperator\":\"NULL\",\"Value\":{\"S\":\"a\"}}}",
         BAD "Invalid number of argument(s) for the NULL ComparisonOperator"},
        {"{\"a\":{\"ComparisonOperator\":\"EQ\",\"AttributeValueList\":[]}}",
         BAD "Invalid number of argument(s) for the EQ ComparisonOperator"},
        {ONE("IN", "{\"S\":\"b\"},{\"N\":\"1\"}"),
         BAD "AttributeValues inside AttributeValueList must be of same type"},
        {ONE("BETWEEN", "{\"S\":\"b\"},{\"S\":\"a\"}"),
         "The BETWEEN condition was provided a range where the lower bound is greater than the "
         "upper bound"},
        {ONE("LE", "{\"L\":[]}"),
         BAD "ComparisonOperator LE is not valid for L AttributeValue type"},
        {ONE("BEGINS_WITH", "{\"N\":\"1\"}"),
         BAD "ComparisonOperator BEGINS_WITH is not valid for N AttributeValue type"},
        {ONE("IN", "{\"BOOL\":true}"),
         BAD "ComparisonOperator IN is not valid for BOOL AttributeValue type"},
        {ONE("CONTAINS", "{\"SS\":[\"a\"]}"),
         BAD "ComparisonOperator CONTAINS is not valid for SS AttributeValue type"},
        {"{\"a\":{\"Value\":{}}}", "Supplied AttributeValue is empty, must contain exactly one of "
                                   "the supported datatypes"},
    };
    check_refusals(legacy_expected, rows, sizeof(rows) / sizeof(rows[0]));
}

Test(legacy, refuses_filters)
{
    static const struct refusal rows[] = {
        {"{\"a\":{\"ComparisonOperator\":\"LT\"}}",
         BAD "Invalid number of argument(s) for the LT ComparisonOperator"},
        {ONE("NOT_NULL", "{\"S\":\"a\"}"),
         BAD "Invalid number of argument(s) for the NOT_NULL ComparisonOperator"},
        {ONE("EQ", "{\"N\":\"\"}"), "The parameter cannot be converted to a numeric value"},
    };
    check_refusals(legacy_filter, rows, sizeof(rows) / sizeof(rows[0]));
}

/* --- updates --- */

Test(legacy, updates_attributes)
{
    static const struct {
        const char *item, *json, *want;
    } rows[] = {
        {"{\"b\":{\"N\":\"1\"}}", "{\"a\":{\"Value\":{\"S\":\"x\"}}}",
         "{\"a\":{\"S\":\"x\"},\"b\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"N\":\"1\"}}", "{\"a\":{\"Action\":\"ADD\",\"Value\":{\"N\":\"2\"}}}",
         "{\"a\":{\"N\":\"3\"}}"},
        {"{\"a\":{\"L\":[{\"N\":\"1\"}]}}",
         "{\"a\":{\"Action\":\"ADD\",\"Value\":{\"L\":[{\"N\":\"1\"}]}}}",
         "{\"a\":{\"L\":[{\"N\":\"1\"},{\"N\":\"1\"}]}}"},
        {"{\"a\":{\"SS\":[\"x\"]}}", "{\"a\":{\"Action\":\"ADD\",\"Value\":{\"SS\":[\"y\"]}}}",
         "{\"a\":{\"SS\":[\"x\",\"y\"]}}"},
        {"{\"a\":{\"N\":\"1\"},\"b\":{\"N\":\"1\"}}", "{\"a\":{\"Action\":\"DELETE\"}}",
         "{\"b\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"SS\":[\"x\"]},\"b\":{\"N\":\"1\"}}",
         "{\"a\":{\"Action\":\"DELETE\",\"Value\":{\"SS\":[\"x\"]}}}", "{\"b\":{\"N\":\"1\"}}"},
        {"{\"b\":{\"N\":\"1\"}}", "{\"x.y\":{\"Action\":\"PUT\",\"Value\":{\"M\":{}}}}",
         "{\"b\":{\"N\":\"1\"},\"x.y\":{\"M\":{}}}"},
        {"{\"b\":{\"N\":\"1\"}}", "{}", "{\"b\":{\"N\":\"1\"}}"},
        {"{\"a\":{\"S\":\"1\"}}", "{\"a\":{\"Action\":\"ADD\",\"Value\":{\"N\":\"2\"}}}",
         "Type mismatch for attribute to update"},
        {"{\"a\":{\"S\":\"1\"}}", "{\"a\":{\"Action\":\"DELETE\",\"Value\":{\"SS\":[\"2\"]}}}",
         "Type mismatch for attribute to update"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct update update;
        struct slice item;
        cr_assert_null(legacy_updates(&arena, slice_from(rows[i].json), &update));
        const struct problem *problem =
            update_apply(&arena, &update, parse_item(&arena, rows[i].item), SLICE_NULL, &item);
        const char *got =
            problem != NULL ? arena_cstr(&arena, problem->text) : print_item(&arena, item);
        cr_expect_str_eq(got, rows[i].want, "%s: %s", rows[i].json, got);
    }
}

Test(legacy, refuses_updates)
{
    static const struct refusal rows[] = {
        {"{\"a\":{}}", BAD "Only DELETE action is allowed when no attribute value is specified"},
        {"{\"a\":{\"Action\":\"ADD\"}}",
         BAD "Only DELETE action is allowed when no attribute value is specified"},
        {"{\"a\":{\"Action\":\"DELETE\",\"Value\":{\"S\":\"a\"}}}",
         BAD "DELETE action with value is not supported for the type S"},
        {"{\"a\":{\"Action\":\"ADD\",\"Value\":{\"BOOL\":true}}}",
         BAD "ADD action is not supported for the type BOOL"},
        {"{\"a\":{\"Action\":\"ADD\",\"Value\":{\"N\":\"x\"}}}",
         "The parameter cannot be converted to a numeric value: x"},
        {"{\"\":{\"Value\":{\"S\":\"a\"}}}", BAD "Empty attribute name"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct update update;
        const struct problem *problem = legacy_updates(&arena, slice_from(rows[i].json), &update);
        cr_expect(problem != NULL && slice_is(problem->text, rows[i].text), "%s: %.*s",
                  rows[i].json, SLICE_ARG(problem != NULL ? problem->text : SLICE_NULL));
    }
}

Test(legacy, projects_whole_attributes)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct projection projection;
    cr_assert_null(legacy_attributes_to_get(&arena, SLICE("[\"b\", \"a.b\"]"), &projection));
    cr_expect_eq(projection.count, 2);
    cr_expect(slice_is(projection.paths[0].steps[0].name, "a.b"), "paths are sorted");
    const struct problem *problem =
        legacy_attributes_to_get(&arena, SLICE("[\"c\",\"b\",\"c\",\"b\"]"), &projection);
    cr_expect(slice_is(problem->text, BAD "Duplicate value in attribute name: c"));
}
