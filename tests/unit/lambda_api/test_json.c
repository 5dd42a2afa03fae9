#include "runtime/lambda_api_private.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>

#define VALUES "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
#define AT(text, line, column)                                                                     \
    "\n at [Source: (byte[])\"" text "\"; line: " line ", column: " column "]"

/* Those of the first block were answered by AWS; the others follow Jackson's source. */
Test(json, complains_as_jackson_does)
{
    static const struct {
        const char *text;
        const char *want;
    } rows[] = {
        {"value", "Unrecognized token 'value': was expecting " VALUES AT("value", "1", "11")},
        {"Abel", "Unrecognized token 'Abel': was expecting " VALUES AT("Abel", "1", "9")},
        {"2000-01-01", "Unexpected character ('-' (code 45)): Expected space separating root-level "
                       "values" AT("2000-01-01", "1", "6")},
        {"------W",
         "Unexpected character ('-' (code 45)) in numeric value: expected digit (0-9) to "
         "follow minus sign, for valid numeric value" AT("------W", "1", "3")},

        {"{x", "Unexpected character ('x' (code 120)): was expecting double-quote to start field "
               "name" AT("{x", "1", "3")},
        {"{'a':1}", "Unexpected character (''' (code 39)): was expecting double-quote to start "
                    "field name" AT("{'a':1}", "1", "3")},
        {"{\"a\" 1}", "Unexpected character ('1' (code 49)): was expecting a colon to separate "
                      "field name and value" AT("{\"a\" 1}", "1", "7")},
        {"{\"a\":1 \"b\"}",
         "Unexpected character ('\"' (code 34)): was expecting comma to separate "
         "Object entries" AT("{\"a\":1 \"b\"}", "1", "9")},
        {"[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array "
                  "entries" AT("[1 2]", "1", "5")},
        {"{\"a\":,}", "Unexpected character (',' (code 44)): expected a valid value " VALUES AT(
                          "{\"a\":,}", "1", "7")},
        {"{\"a\":1,}", "Unexpected character ('}' (code 125)): was expecting double-quote to start "
                       "field name" AT("{\"a\":1,}", "1", "9")},
        {"[1,]", "Unexpected character (']' (code 93)): expected a valid value " VALUES AT(
                     "[1,]", "1", "5")},
        {"{\n  \"a\": tru\n}",
         "Unrecognized token 'tru': was expecting " VALUES AT("{\n  \"a\": tru\n}", "2", "11")},
        {"{", "Unexpected end-of-input: expected close marker for Object (start marker at [Source: "
              "(byte[])\"{\"; line: 1, column: 1])" AT("{", "1", "3")},
        {"\n[1,", "Unexpected end-of-input: expected close marker for Array (start marker at "
                  "[Source: (byte[])\"\n[1,\"; line: 2, column: 1])" AT("\n[1,", "2", "8")},
        {"\"ab", "Unexpected end-of-input: was expecting closing quote for a string value" AT(
                     "\"ab", "1", "7")},
        {"\"a\nb\"", "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using "
                     "backslash to be included in string value" AT("\"a\nb\"", "1", "4")},
        {"\"\\q\"", "Unrecognized character escape 'q' (code 113)" AT("\"\\q\"", "1", "4")},
        {"\"\\u12g4\"", "Unexpected character ('g' (code 103)): expected a hex-digit for character "
                        "escape sequence" AT("\"\\u12g4\"", "1", "7")},
        {"[01]", "Invalid numeric value: Leading zeroes not allowed" AT("[01]", "1", "4")},
        {"[1.x]", "Unexpected character ('x' (code 120)) in numeric value: Decimal point not "
                  "followed by a digit" AT("[1.x]", "1", "5")},
        {"[1ex]", "Unexpected character ('x' (code 120)) in numeric value: Exponent indicator not "
                  "followed by a digit" AT("[1ex]", "1", "5")},
        {"\xE2\x80\x9C", "Unexpected character ('\xE2\x80\x9C' (code 8220 / 0x201c)): expected a "
                         "valid value " VALUES AT("\xE2\x80\x9C", "1", "4")},
        {"\xA7", "Invalid UTF-8 start byte 0xa7" AT("\xA7", "1", "3")},
        {"{} {}", "Unexpected character ('{' (code 123)): Expected space separating root-level "
                  "values" AT("{} {}", "1", "5")},
        {"   ", "No content to map due to end-of-input" AT("   ", "1", "7")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice got = json_complaint(&arena, slice_from(rows[i].text));
        cr_expect(slice_is(got, rows[i].want), "case %zu: got\n%.*s\nwant\n%s", i, SLICE_ARG(got),
                  rows[i].want);
    }
}

Test(json, cuts_the_excerpt_of_a_long_text)
{
    AUTO_ARENA arena = ARENA_INIT;
    AUTO_BUF text = BUF_INIT(1024);
    buf_append_char(&text, '[');
    while (text.len < 599) {
        buf_append_char(&text, ' ');
    }
    buf_append_char(&text, 'x');
    struct slice got = json_complaint(&arena, buf_slice(&text));
    cr_expect_neq(slice_search(got, SLICE(" \"[truncated 100 bytes]; line: 1, column: ")),
                  SLICE_NPOS, "%.*s", SLICE_ARG(got));
}

/* Any text is either JSON to both readers or to none. */
Test(json, finds_a_fault_in_every_text_that_does_not_validate)
{
    static const char alphabet[] = "{}[]\":,\\ \n1-.eutx\x80\xC3";
    uint64_t seed = 42;
    for (size_t i = 0; i < 200000; i++) {
        char text[8];
        for (size_t k = 0; k < sizeof(text); k++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407U;
            text[k] = alphabet[(seed >> 33) % (sizeof(alphabet) - 1)];
        }
        struct slice slice = slice_of(text, 1 + (seed >> 20) % sizeof(text));
        if (json_validate(slice, NULL)) {
            continue;
        }
        AUTO_ARENA arena = ARENA_INIT;
        struct slice got = json_complaint(&arena, slice);
        cr_assert_not(slice_is(got, "Unexpected character"), "no fault in: %.*s", SLICE_ARG(slice));
    }
}
