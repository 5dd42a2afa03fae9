#include "core/json_writer.h"

#include "core/json_scan.h"
#include "core/mem.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>

Test(json_writer, places_commas_between_members_and_elements)
{
    AUTO_BUF buf = BUF_INIT(1024);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_text(&w, "a", "x\"\n\x01");
    json_key_text(&w, "list");
    json_open(&w, '[');
    json_write_i64(&w, INT64_MIN);
    json_write_bool(&w, true);
    json_write_null(&w);
    json_open(&w, '{');
    json_close(&w, '}');
    json_write_double(&w, 0.1);
    json_open(&w, '[');
    json_close(&w, ']');
    json_close(&w, ']');
    json_put_raw(&w, "raw", SLICE("[1, 2]"));
    json_put_i64(&w, "n", 0);
    json_put_bool(&w, "b", false);
    json_put_null(&w, "z");
    json_write_key(&w, SLICE("k\"\\"));
    json_write_string(&w, SLICE(""));
    json_close(&w, '}');
    cr_assert_eq(buf_status(&buf), STATUS_OK);
    cr_expect_str_eq(
        buf_cstr(&buf),
        "{\"a\":\"x\\\"\\n\\u0001\",\"list\":[-9223372036854775808,true,null,{},0.1,[]],"
        "\"raw\":[1, 2],\"n\":0,\"b\":false,\"z\":null,\"k\\\"\\\\\":\"\"}");
    cr_expect(json_validate(buf_slice(&buf), NULL));
}

Test(json_writer, escapes_what_must_be_and_nothing_else)
{
    static const struct {
        struct slice text;
        const char *json;
    } rows[] = {
        {SLICE_INIT(""), "\"\""},
        {SLICE_INIT("\"\\/\b\f\n\r\t"), "\"\\\"\\\\/\\b\\f\\n\\r\\t\""},
        {SLICE_INIT("a\0b\x1f\x7f"), "\"a\\u0000b\\u001f\x7f\""},
        {SLICE_INIT("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80"),
         "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\""},
        {SLICE_INIT("\xff"), "\"\xef\xbf\xbd\""},
        {SLICE_INIT("a\xe2\x82"), "\"a\xef\xbf\xbd\xef\xbf\xbd\""},
        {SLICE_INIT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
        {SLICE_INIT("0123456789012345678901234567890\n"), "\"0123456789012345678901234567890\\n\""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF buf = BUF_INIT(200);
        struct json_writer w = json_writer_init(&buf);
        json_write_string(&w, rows[i].text);
        cr_expect_str_eq(buf_cstr(&buf), rows[i].json, "case %zu: %s", i, buf_cstr(&buf));
        cr_expect(json_validate(buf_slice(&buf), NULL), "case %zu", i);
    }
}

Test(json_writer, writes_every_byte_so_that_it_reads_back)
{
    for (unsigned c = 0; c < 0x80; c++) {
        for (size_t at = 0; at < 12; at++) {
            char text[12];
            memset(text, 'x', sizeof(text));
            text[at] = (char)c;
            AUTO_BUF buf = BUF_INIT(100);
            AUTO_ARENA arena = ARENA_INIT;
            struct json_writer w = json_writer_init(&buf);
            json_write_string(&w, slice_of(text, sizeof(text)));
            struct slice back;
            cr_assert(json_raw_string(&arena, buf_slice(&buf), &back), "byte %#x at %zu", c, at);
            cr_assert(slice_eq(back, slice_of(text, sizeof(text))), "byte %#x at %zu", c, at);
        }
    }
}

Test(json_writer, escapes_a_string_in_pieces)
{
    AUTO_BUF buf = BUF_INIT(100);
    buf_append_char(&buf, '"');
    json_escape(&buf, SLICE("a\""));
    json_escape(&buf, SLICE_NULL);
    json_escape(&buf, SLICE("\nb"));
    buf_append_char(&buf, '"');
    cr_expect_str_eq(buf_cstr(&buf), "\"a\\\"\\nb\"");
}

Test(json_writer, writes_the_shortest_double_that_reads_back)
{
    static const struct {
        double value;
        const char *json;
    } rows[] = {
        {0, "0"},
        {-0.0, "0"},
        {1, "1"},
        {-2.5, "-2.5"},
        {0.1, "0.1"},
        {1.0 / 3, "0.3333333333333333"},
        {0.1 + 0.2, "0.30000000000000004"},
        {9007199254740992.0, "9007199254740992"},
        {1795208600.123, "1795208600.123"},
        {1e21, "1e+21"},
        {5e-324, "4.94065645841247e-324"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {NAN, "null"},
        {INFINITY, "null"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF buf = BUF_INIT(100);
        struct json_writer w = json_writer_init(&buf);
        json_write_double(&w, rows[i].value);
        cr_expect_str_eq(buf_cstr(&buf), rows[i].json, "case %zu: %s", i, buf_cstr(&buf));
        if (isfinite(rows[i].value)) {
            cr_expect_eq(strtod(buf_cstr(&buf), NULL), rows[i].value, "case %zu", i);
        }
        cr_expect(json_validate(buf_slice(&buf), NULL), "case %zu", i);
    }
}

Test(json_writer, writes_null_for_empty_raw_json)
{
    AUTO_BUF buf = BUF_INIT(100);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    json_put_raw(&w, "a", SLICE_NULL);
    json_close(&w, '}');
    cr_expect_str_eq(buf_cstr(&buf), "{\"a\":null}");
}

Test(json_writer, leaves_overflow_to_the_buffer_at_every_length)
{
    for (size_t max = 0; max < 26; max++) {
        AUTO_BUF buf = BUF_INIT(max);
        struct json_writer w = json_writer_init(&buf);
        json_open(&w, '{');
        json_put_text(&w, "key", "va\nlue");
        json_put_i64(&w, "n", 5);
        json_close(&w, '}'); /* {"key":"va\nlue","n":5} has 23 bytes */
        cr_expect_eq(buf_status(&buf), max >= 23 ? STATUS_OK : STATUS_LIMIT, "max %zu", max);
    }
}

Test(json_writer, asserts_that_brackets_balance, .signal = SIGABRT)
{
    AUTO_BUF buf = BUF_INIT(100);
    struct json_writer w = json_writer_init(&buf);
    json_close(&w, '}');
}
