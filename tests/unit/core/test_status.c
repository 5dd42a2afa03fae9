#include "core/status.h"

#include "core/slice.h"

#include <criterion/criterion.h>

Test(status, has_a_name_for_every_value)
{
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *name = status_name((enum status)i);
        cr_assert_not_null(name, "status %d", i);
        cr_expect_str_neq(name, "unknown", "status %d", i);
        for (int j = 0; j < i; j++) {
            cr_expect_str_neq(name, status_name((enum status)j), "%d and %d share a name", i, j);
        }
    }
}

Test(status, fault_carries_status_and_words)
{
    struct fault fault;
    enum status status = fault_set(&fault, STATUS_NOT_FOUND, "no table '%s'", "orders");
    cr_expect_eq(status, STATUS_NOT_FOUND);
    cr_expect_eq(fault.status, STATUS_NOT_FOUND);
    cr_expect_str_eq(fault.text, "no table 'orders'");
}

Test(status, fault_may_be_null_when_nobody_wants_the_words)
{
    cr_expect_eq(fault_set(NULL, STATUS_LIMIT, "%d", 1), STATUS_LIMIT);
}

Test(status, fault_may_quote_itself)
{
    struct fault fault;
    fault_set(&fault, STATUS_INVALID, "inner");
    fault_set(&fault, STATUS_CONFLICT, "outer: %s", fault.text);
    cr_expect_str_eq(fault.text, "outer: inner");
    cr_expect_eq(fault.status, STATUS_CONFLICT);
}

Test(status, fault_stays_one_line)
{
    struct fault fault;
    fault_set(&fault, STATUS_INVALID, "a\r\nb\tc");
    cr_expect_str_eq(fault.text, "a  b c");
}

Test(status, fault_is_truncated_between_characters)
{
    /* Each prefix moves the cut to another byte of the three-byte characters. */
    for (int prefix = 0; prefix < 3; prefix++) {
        char text[2 * FAULT_TEXT_MAX];
        memset(text, 'x', sizeof(text));
        for (size_t at = (size_t)prefix; at + 3 < sizeof(text); at += 3) {
            memcpy(text + at, "\xe2\x82\xac", 3);
        }
        text[sizeof(text) - 1] = '\0';
        struct fault fault;
        fault_set(&fault, STATUS_INVALID, "%s", text);
        struct slice got = slice_from(fault.text);
        cr_expect(slice_ends_with(got, SLICE("...")), "prefix %d", prefix);
        cr_expect(slice_is_utf8(got), "prefix %d", prefix);
        cr_expect_geq(got.len, FAULT_TEXT_MAX - 4, "prefix %d: %zu", prefix, got.len);
    }
}

Test(status, fault_that_just_fits_is_not_truncated)
{
    char text[FAULT_TEXT_MAX];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    struct fault fault;
    fault_set(&fault, STATUS_INVALID, "%s", text);
    cr_expect_str_eq(fault.text, text);
}
