#include "expressions.h"

struct row {
    const char *names, *values, *wanted;
};

Test(expression_placeholders, bad_keys_and_values_are_refused_in_order)
{
    static const struct row rows[] = {
        {NULL, NULL, ""},
        {"{}", "{}", "ExpressionAttributeNames must not be empty"},
        {NULL, "{}", "ExpressionAttributeValues must not be empty"},
        {"{\"a\":\"a\"}", "{}",
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\""},
        {"{\"#a\":\"a\",\"#\":\"a\"}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\""},
        {"{\"#a b\":\"a\"}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a b\""},
        {"{\":a\":\"a\"}", NULL,
         "ExpressionAttributeNames contains invalid key: Syntax error; key: \":a\""},
        {"{\"#a\":\"\"}", NULL,
         "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a"},
        {"{\"#0_z\":\"a\"}", NULL, ""},
        {NULL, "{\"b\":{\"S\":\"a\"}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\""},
        {NULL, "{\"#b\":{\"S\":\"a\"}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"#b\""},
        {NULL, "{\":b\":{\"SS\":[]}}",
         "ExpressionAttributeValues contains invalid value: One or more parameter values were "
         "invalid: An string set  may not be empty for key :b"},
        {NULL, "{\":b\":{\"N\":\"x\"}}",
         "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
         "numeric value: x for key :b"},
        {NULL, "{\":b\":{},\"b\":{\"S\":\"a\"}}",
         "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\""},
        {NULL, "{\":b\":{}}",
         "ExpressionAttributeValues contains invalid value: Supplied AttributeValue is empty, must "
         "contain exactly one of the supported datatypes for key :b"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct placeholders *placeholders;
        const struct problem *problem =
            placeholders_of(&arena, rows[i].names, rows[i].values, &placeholders);
        struct slice got = problem != NULL ? problem->text : SLICE("");
        cr_expect(slice_is(got, rows[i].wanted), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}

Test(expression_placeholders, keys_have_at_most_255_bytes)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct placeholders *placeholders;
    for (size_t len = 255; len <= 256; len++) {
        AUTO_BUF names = BUF_INIT(1024);
        buf_append_text(&names, "{\"#");
        for (size_t i = 1; i < len; i++) {
            buf_append_char(&names, 'a');
        }
        buf_append_text(&names, "\":\"b\"}");
        const struct problem *problem =
            placeholders_of(&arena, buf_cstr(&names), NULL, &placeholders);
        cr_expect_eq(problem != NULL, len > 255, "%zu", len);
    }
}

Test(expression_placeholders, unused_ones_are_listed_in_the_clients_order)
{
    static const struct {
        const char *text, *names, *values, *wanted;
    } rows[] = {
        {"a = b", NULL, NULL, ""},
        {"#a = :a", "{\"#a\":\"x\"}", "{\":a\":{\"S\":\"a\"}}", ""},
        {"a = b", "{\"#b\":\"x\",\"#a\":\"x\"}", "{\":a\":{\"S\":\"a\"}}",
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#b, #a}"},
        {"#b = c", "{\"#b\":\"x\",\"#a\":\"x\"}", NULL,
         "Value provided in ExpressionAttributeNames unused in expressions: keys: {#a}"},
        {"a = :b", NULL, "{\":a\":{\"S\":\"a\"},\":b\":{\"S\":\"a\"},\":c\":{\"S\":\"a\"}}",
         "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :c}"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct placeholders *placeholders;
        const struct expr *expr;
        cr_assert_null(placeholders_of(&arena, rows[i].names, rows[i].values, &placeholders));
        cr_assert_null(expression_parse_condition(&arena, "FilterExpression",
                                                  slice_from(rows[i].text), placeholders, &expr));
        const struct problem *problem = placeholders_check_used(&arena, placeholders);
        struct slice got = problem != NULL ? problem->text : SLICE("");
        cr_expect(slice_is(got, rows[i].wanted), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}

Test(expression_placeholders, many_are_found_as_well_as_few)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF names = BUF_INIT(1 << 20);
    AUTO_BUF text = BUF_INIT(1 << 12);
    for (int i = 0; i < 500; i++) {
        buf_printf(&names, "%c\"#n%d\":\"v%d\"", i == 0 ? '{' : ',', i, i);
        if (i % 10 == 0) {
            buf_printf(&text, "%s#n%d = b", i == 0 ? "" : " AND ", i);
        }
    }
    buf_append_text(&names, "}");
    struct placeholders *placeholders;
    const struct expr *expr;
    cr_assert_null(placeholders_of(&arena, buf_cstr(&names), NULL, &placeholders));
    cr_assert_null(expression_parse_condition(&arena, "FilterExpression", buf_slice(&text),
                                              placeholders, &expr));
    cr_assert_eq(expr->arg_count, 50);
    cr_expect(slice_is(expr->args[17]->args[0]->path.steps[0].name, "v170"));
}
