#include "gateway/schema/decimal.h"

#include "core/mem.h"

#include <criterion/criterion.h>

static struct decimal read(const char *literal)
{
    struct decimal decimal;
    cr_assert(number_read(slice_from(literal), &decimal), "%s", literal);
    return decimal;
}

Test(decimal, compares_by_value_however_long_the_literals_are)
{
    static const struct {
        const char *a, *b;
        int order;
    } rows[] = {
        {"1", "1.0", 0},
        {"1", "10e-1", 0},
        {"100", "1E2", 0},
        {"0", "-0.0e5", 0},
        {"-1", "0", -1},
        {"0.1", "0.10000000000000000000000000000001", -1},
        {"9007199254740992", "9007199254740993", -1},
        {"1e400", "1e399", 1},
        {"-1e400", "-1e399", -1},
        {"1e-400", "0", 1},
        {"2", "10", -1},
        {"12", "1.3e1", -1},
        {"1.05", "1.5", -1},
        {"-2", "-1.5", -1},
        {"99999999999999999999.5", "100000000000000000000", -1},
        {"1e2000000000", "1e2000000001", -1},
        {"0.001", "1e-3", 0},
        {"120.50", "12050e-2", 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decimal a = read(rows[i].a), b = read(rows[i].b);
        cr_expect_eq(number_compare(&a, &b), rows[i].order, "%s %s", rows[i].a, rows[i].b);
        cr_expect_eq(number_compare(&b, &a), -rows[i].order, "%s %s", rows[i].b, rows[i].a);
    }
}

Test(decimal, refuses_exponents_of_more_than_32_bits)
{
    struct decimal decimal;
    cr_expect(number_read(SLICE("1e2147483647"), &decimal));
    cr_expect_not(number_read(SLICE("1e2147483648"), &decimal));
    cr_expect_not(number_read(SLICE("1e-99999999999999999999999"), &decimal));
}

Test(decimal, knows_what_is_written_as_an_integer)
{
    cr_expect(read("0").is_integer);
    cr_expect(read("-120").is_integer);
    cr_expect_not(read("1.0").is_integer);
    cr_expect_not(read("1e2").is_integer);
    cr_expect_not(read("0.0").is_integer);
}

Test(decimal, divides_exactly)
{
    static const struct {
        const char *value, *divisor;
        bool is_multiple;
    } rows[] = {
        {"0", "7", true},
        {"0.3", "0.1", true},
        {"19.99", "0.01", true},
        {"1.005", "0.01", false},
        {"4.5", "1.5", true},
        {"-4.5", "1.5", true},
        {"35", "1.5", false},
        {"1e308", "0.123456789", false},
        {"1e308", "0.5", true},
        {"12345678901234567890123456789", "3", true},
        {"12345678901234567890123456788", "3", false},
        {"1e2000000000", "7", false},
        {"7e2000000000", "7", true},
        {"1e2000000000", "1024", true},
        {"10", "100", false},
        {"1000", "1e3", true},
        {"999999999999999999", "999999999999999999", true},
        {"999999999999999998000000000000000001", "999999999999999999", true},
        {"2", "4", false},
        {"5e-1", "5e-1", true},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decimal value = read(rows[i].value), divisor = read(rows[i].divisor);
        cr_expect_eq(number_is_multiple(&value, &divisor), rows[i].is_multiple, "%s / %s",
                     rows[i].value, rows[i].divisor);
    }
}

Test(decimal, converts_what_fits)
{
    static const struct {
        const char *literal;
        bool fits;
        int64_t value;
    } rows[] = {
        {"0", true, 0},
        {"-0.0", true, 0},
        {"1e3", true, 1000},
        {"12.00", true, 12},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"9999999999999999999", false, 0},
        {"1e19", false, 0},
        {"1.5", false, 0},
        {"1e-1", false, 0},
        {"0e99", true, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct decimal decimal = read(rows[i].literal);
        int64_t value = 0;
        cr_expect_eq(decimal_to_i64(&decimal, &value), rows[i].fits, "%s", rows[i].literal);
        cr_expect_eq(value, rows[i].value, "%s", rows[i].literal);
    }
}

Test(decimal, prints_as_java_does)
{
    static const struct {
        const char *literal, *text;
    } rows[] = {
        {"0", "0"},
        {"-0", "0"},
        {"0.000", "0"},
        {"1.0", "1"},
        {"-1.50", "-1.5"},
        {"1e2", "1E+2"},
        {"100", "100"},
        {"12300e-1", "1.23E+3"},
        {"1230.0", "1.23E+3"},
        {"0.000001", "0.000001"},
        {"0.0000001", "1E-7"},
        {"0.0000012345", "0.0000012345"},
        {"-123.4500e-20", "-1.2345E-18"},
        {"123456789012345678901234567890.5", "123456789012345678901234567890.5"},
        {"100000000000000000000", "100000000000000000000"},
        {"1234.5e1", "12345"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF text = BUF_INIT(100);
        struct decimal decimal = read(rows[i].literal);
        number_print(&text, &decimal);
        cr_expect_str_eq(buf_cstr(&text), rows[i].text, "%s", rows[i].literal);
    }
}
