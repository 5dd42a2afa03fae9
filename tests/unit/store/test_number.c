#include "store/value/number.h"

#include "core/file.h"
#include "core/mem.h"

#include <criterion/criterion.h>

/* number_vectors.txt, made by number_vectors.py: the rows whose first field is `kind`. */
struct vectors {
    struct buf text;
    struct slice rest;
};

static void vectors_open(struct vectors *vectors)
{
    buf_init(&vectors->text, 1 << 20);
    FILE *file = fopen(TEST_SOURCE_DIR "/tests/unit/store/number_vectors.txt", "rb");
    cr_assert_not_null(file);
    char chunk[4096];
    size_t len;
    while ((len = fread(chunk, 1, sizeof(chunk), file)) > 0) {
        buf_append(&vectors->text, slice_of(chunk, len));
    }
    (void)fclose(file);
    vectors->rest = buf_slice(&vectors->text);
}

static bool vectors_next(struct vectors *vectors, const char *kind, struct slice fields[4])
{
    struct slice line;
    while (slice_split(&vectors->rest, '\n', &line)) {
        size_t count = 0;
        struct slice field;
        while (count < 4 && slice_split(&line, '\t', &field)) {
            fields[count++] = field;
        }
        if (slice_is(fields[0], kind)) {
            return true;
        }
    }
    return false;
}

static const char *error_name(enum number_error error)
{
    static const char *const names[] = {"", "!not_numeric", "!overflow", "!underflow",
                                        "!too_precise"};
    return names[error];
}

/* What was computed, as the vectors print it. */
static void describe(struct buf *buf, enum number_error error, const struct number *number)
{
    buf_clear(buf);
    if (error == NUMBER_OK) {
        number_format(buf, number_slice(number));
    } else {
        buf_append_text(buf, error_name(error));
    }
}

static struct number number_of(struct slice text)
{
    struct number number = {.len = 0};
    cr_assert_eq(number_parse(text, &number), NUMBER_OK, "%.*s", SLICE_ARG(text));
    return number;
}

Test(number, parses_and_prints_what_decimal_does)
{
    struct vectors vectors;
    struct slice fields[4];
    AUTO_BUF got = BUF_INIT(1024);
    size_t rows = 0;
    vectors_open(&vectors);
    while (vectors_next(&vectors, "parse", fields)) {
        struct number number = {.len = 0};
        enum number_error error = number_parse(fields[1], &number);
        describe(&got, error, &number);
        cr_expect(slice_eq(buf_slice(&got), fields[2]), "'%.*s': %.*s, not %.*s",
                  SLICE_ARG(fields[1]), SLICE_ARG(buf_slice(&got)), SLICE_ARG(fields[2]));
        rows++;
    }
    cr_expect_gt(rows, 200);
    buf_finish(&vectors.text);
}

Test(number, has_one_form_for_equal_values)
{
    struct vectors vectors;
    struct slice fields[4];
    AUTO_BUF text = BUF_INIT(1024);
    vectors_open(&vectors);
    while (vectors_next(&vectors, "order", fields)) {
        struct number number = number_of(fields[1]);
        buf_clear(&text);
        number_format(&text, number_slice(&number));
        cr_expect_leq(text.len, NUMBER_TEXT_MAX);
        struct number again = number_of(buf_slice(&text));
        cr_expect(slice_eq(number_slice(&number), number_slice(&again)), "%.*s",
                  SLICE_ARG(fields[1]));
    }
    buf_finish(&vectors.text);
}

Test(number, encodes_in_numeric_order)
{
    struct vectors vectors;
    struct slice fields[4];
    struct number before = {.len = 0};
    size_t rows = 0;
    vectors_open(&vectors);
    while (vectors_next(&vectors, "order", fields)) {
        struct number number = number_of(fields[1]);
        cr_expect_lt(slice_compare(number_slice(&before), number_slice(&number)), 0, "%.*s",
                     SLICE_ARG(fields[1]));
        before = number;
        rows++;
    }
    cr_expect_gt(rows, 200);
    buf_finish(&vectors.text);
}

Test(number, adds_and_subtracts_exactly)
{
    struct vectors vectors;
    struct slice fields[4];
    AUTO_BUF got = BUF_INIT(1024);
    for (int kind = 0; kind < 2; kind++) {
        vectors_open(&vectors);
        while (vectors_next(&vectors, kind == 0 ? "add" : "subtract", fields)) {
            struct number a = number_of(fields[1]);
            struct number b = number_of(fields[2]);
            struct number result = {.len = 0};
            enum number_error error =
                kind == 0 ? number_add(number_slice(&a), number_slice(&b), &result)
                          : number_subtract(number_slice(&a), number_slice(&b), &result);
            describe(&got, error, &result);
            cr_expect(slice_eq(buf_slice(&got), fields[3]), "%.*s %.*s %.*s: %.*s, not %.*s",
                      SLICE_ARG(fields[0]), SLICE_ARG(fields[1]), SLICE_ARG(fields[2]),
                      SLICE_ARG(buf_slice(&got)), SLICE_ARG(fields[3]));
        }
        buf_finish(&vectors.text);
    }
}

/* reference/dynamodb.md section 16.1 */
Test(number, encodes_as_documented)
{
    static const struct {
        struct slice text;
        struct slice encoded;
    } rows[] = {
        {SLICE_INIT("0"), SLICE_INIT("\x80")},
        {SLICE_INIT("1"), SLICE_INIT("\xc1\x02")},
        {SLICE_INIT("123"), SLICE_INIT("\xc2\x02\x18")},
        {SLICE_INIT("3.14159"), SLICE_INIT("\xc1\x04\x0f\x10\x5b")},
        {SLICE_INIT("-1"), SLICE_INIT("\x3e\x64\x66")},
        {SLICE_INIT("-123.456"), SLICE_INIT("\x3d\x64\x4e\x38\x29\x66")},
        {SLICE_INIT("1E125"), SLICE_INIT("\xff\x0b")},
        {SLICE_INIT("100"), SLICE_INIT("\xc2\x02")},
        {SLICE_INIT("1E-130"), SLICE_INIT("\x80\x02")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct number number = number_of(rows[i].text);
        cr_expect(slice_eq(number_slice(&number), rows[i].encoded), "case %zu", i);
    }
}

Test(number, of_38_digits_fits_its_maximum)
{
    static const struct slice rows[] = {
        SLICE_INIT("-99999999999999999999999999999999999999"),
        SLICE_INIT("-9.9999999999999999999999999999999999999"),
        SLICE_INIT("-1.2345678901234567890123456789012345678E-130"),
        SLICE_INIT("9.9999999999999999999999999999999999999E-130"),
    };
    AUTO_BUF text = BUF_INIT(1024);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct number number = number_of(rows[i]);
        cr_expect_leq(number.len, NUMBER_LEN_MAX, "case %zu", i);
        number_format(&text, number_slice(&number));
        cr_expect_leq(text.len, NUMBER_TEXT_MAX, "case %zu", i);
        buf_clear(&text);
    }
}

Test(number, becomes_an_integer_only_when_it_is_one_that_fits)
{
    static const struct {
        struct slice text;
        bool fits;
        int64_t value;
    } rows[] = {
        {SLICE_INIT("0"), true, 0},
        {SLICE_INIT("-1"), true, -1},
        {SLICE_INIT("10"), true, 10},
        {SLICE_INIT("1e18"), true, INT64_C(1000000000000000000)},
        {SLICE_INIT("9223372036854775807"), true, INT64_MAX},
        {SLICE_INIT("-9223372036854775808"), true, INT64_MIN},
        {SLICE_INIT("9223372036854775808"), false, 0},
        {SLICE_INIT("-9223372036854775809"), false, 0},
        {SLICE_INIT("99999999999999999999"), false, 0},
        {SLICE_INIT("1e125"), false, 0},
        {SLICE_INIT("0.5"), false, 0},
        {SLICE_INIT("100.5"), false, 0},
        {SLICE_INIT("1e-130"), false, 0},
        {SLICE_INIT("1700000000"), true, 1700000000},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct number number = number_of(rows[i].text);
        int64_t value = 77;
        cr_expect_eq(number_to_i64(number_slice(&number), &value), rows[i].fits, "case %zu", i);
        cr_expect_eq(value, rows[i].fits ? rows[i].value : 77, "case %zu", i);
        if (rows[i].fits) {
            struct number again;
            number_from_i64(value, &again);
            cr_expect(slice_eq(number_slice(&number), number_slice(&again)), "case %zu", i);
        }
    }
}

Test(number, loses_its_fraction_on_the_way_to_a_whole_one)
{
    static const struct {
        struct slice text;
        bool fits;
        int64_t value;
    } rows[] = {
        {SLICE_INIT("0"), true, 0},
        {SLICE_INIT("0.5"), true, 0},
        {SLICE_INIT("1e-130"), true, 0},
        {SLICE_INIT("0.0099"), true, 0},
        {SLICE_INIT("100.5"), true, 100},
        {SLICE_INIT("1700000001.25"), true, 1700000001},
        {SLICE_INIT("170000000e1"), true, 1700000000},
        {SLICE_INIT("-2.9"), true, -2},
        {SLICE_INIT("1e125"), false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct number number = number_of(rows[i].text);
        int64_t value = 77;
        cr_expect_eq(number_whole_i64(number_slice(&number), &value), rows[i].fits, "case %zu", i);
        cr_expect_eq(value, rows[i].fits ? rows[i].value : 77, "case %zu", i);
    }
}

Test(number, of_megabytes_of_digits_is_read_in_one_pass)
{
    AUTO_BUF text = BUF_INIT(8 << 20);
    struct number number;
    for (size_t i = 0; i < (1 << 20); i++) {
        buf_append_char(&text, '7');
    }
    cr_expect_eq(number_parse(buf_slice(&text), &number), NUMBER_OVERFLOW);
    buf_append_text(&text, "e-1048570");
    cr_expect_eq(number_parse(buf_slice(&text), &number), NUMBER_TOO_PRECISE);
    buf_clear(&text);
    buf_append_text(&text, "0.");
    for (size_t i = 0; i < (1 << 20); i++) {
        buf_append_char(&text, '0');
    }
    buf_append_text(&text, "5e1048577");
    cr_expect_eq(number_parse(buf_slice(&text), &number), NUMBER_OK);
    struct number five;
    number_from_i64(5, &five);
    cr_expect(slice_eq(number_slice(&number), number_slice(&five)));
}
