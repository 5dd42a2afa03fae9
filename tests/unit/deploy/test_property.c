#include "scheduler/property.h"

#include "core/mem.h"

#include <criterion/criterion.h>

/* What CloudFormation would take for `Value`, as text, number and truth. */
static const struct {
    const char *properties;
    const char *text; /* NULL: none */
    int64_t number;   /* -7: none */
    bool is_true, is_true_unless_said;
} rows[] = {
    {"{\"Value\":5}", "5", 5, false, false},
    {"{\"Value\":\"5\"}", "5", 5, false, false},
    {"{\"Value\":\"\\u0035\"}", "5", 5, false, false},
    {"{\"Value\":\"05\"}", "05", -7, false, false},
    {"{\"Value\":\" 5\"}", " 5", -7, false, false},
    {"{\"Value\":5.5}", "5.5", -7, false, false},
    {"{\"Value\":true}", "true", -7, true, true},
    {"{\"Value\":\"true\"}", "true", -7, true, true},
    {"{\"Value\":\"True\"}", "True", -7, false, false},
    {"{\"Value\":false}", "false", -7, false, false},
    {"{\"Value\":\"\"}", "", -7, false, false},
    {"{\"Value\":\"a\\\"b\"}", "a\"b", -7, false, false},
    {"{\"Value\":{\"a\": 1}}", "{\"a\": 1}", -7, false, false},
    {"{\"Value\":null}", NULL, -7, false, true},
    {"{\"value\":5}", NULL, -7, false, true},
    {"", NULL, -7, false, true},
};

Test(property, numbers_and_booleans_may_be_strings)
{
    AUTO_ARENA arena = ARENA_INIT;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice properties = slice_from(rows[i].properties);
        struct slice text = property_text(&arena, properties, "Value");
        int64_t number = -7;
        cr_expect_eq(text.ptr != NULL, rows[i].text != NULL, "%s", rows[i].properties);
        cr_expect(slice_is(text, rows[i].text), "%s", rows[i].properties);
        cr_expect_eq(property_i64(properties, "Value", &number), rows[i].number != -7, "%s",
                     rows[i].properties);
        cr_expect_eq(number, rows[i].number, "%s", rows[i].properties);
        cr_expect_eq(property_bool(properties, "Value", false), rows[i].is_true, "%s",
                     rows[i].properties);
        cr_expect_eq(property_bool(properties, "Value", true), rows[i].is_true_unless_said, "%s",
                     rows[i].properties);
    }
}
