#include "core/encode.h"

#include "core/mem.h"

#include <criterion/criterion.h>

Test(encode, base64_follows_the_vectors_of_rfc_4648_both_ways)
{
    static const struct {
        struct slice bytes;
        struct slice text;
    } rows[] = {
        {SLICE_INIT(""), SLICE_INIT("")},
        {SLICE_INIT("f"), SLICE_INIT("Zg==")},
        {SLICE_INIT("fo"), SLICE_INIT("Zm8=")},
        {SLICE_INIT("foo"), SLICE_INIT("Zm9v")},
        {SLICE_INIT("foob"), SLICE_INIT("Zm9vYg==")},
        {SLICE_INIT("fooba"), SLICE_INIT("Zm9vYmE=")},
        {SLICE_INIT("foobar"), SLICE_INIT("Zm9vYmFy")},
        {SLICE_INIT("\xfb\xff\xfe\0"), SLICE_INIT("+//+AA==")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF encoded = BUF_INIT(100);
        AUTO_BUF decoded = BUF_INIT(100);
        base64_encode(&encoded, rows[i].bytes);
        cr_expect(slice_eq(buf_slice(&encoded), rows[i].text), "case %zu: %.*s", i,
                  SLICE_ARG(buf_slice(&encoded)));
        cr_expect(base64_decode(&decoded, rows[i].text), "case %zu", i);
        cr_expect(slice_eq(buf_slice(&decoded), rows[i].bytes), "case %zu", i);
    }
}

Test(encode, base64_decodes_the_url_alphabet_and_without_padding)
{
    AUTO_BUF buf = BUF_INIT(100);
    cr_expect(base64_decode(&buf, SLICE("-__-AA")));
    cr_expect(slice_eq(buf_slice(&buf), SLICE("\xfb\xff\xfe\0")));
}

Test(encode, base64_refuses_malformed_text_and_leaves_the_buffer_alone)
{
    static const struct slice rows[] = {
        SLICE_INIT("A"),
        SLICE_INIT("AAAAA"),
        SLICE_INIT("="),
        SLICE_INIT("=="),
        SLICE_INIT("AA="),
        SLICE_INIT("AAA=="),
        SLICE_INIT("A==="),
        SLICE_INIT("AAAA===="),
        SLICE_INIT("AA=A"),
        SLICE_INIT("AA A"),
        SLICE_INIT("Zm9v\n"),
        SLICE_INIT("Zm 9v"),
        SLICE_INIT("AA\0A"),
        SLICE_INIT("AA*A"),
        SLICE_INIT("AA\xc3"
                   "A"),
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_BUF buf = BUF_INIT(100);
        buf_append_text(&buf, "kept");
        cr_expect_not(base64_decode(&buf, rows[i]), "case %zu", i);
        cr_expect_str_eq(buf_cstr(&buf), "kept", "case %zu", i);
    }
}

Test(encode, base64_reports_overflow_through_the_buffer)
{
    AUTO_BUF small = BUF_INIT(2);
    base64_encode(&small, SLICE("foo"));
    cr_expect_eq(buf_status(&small), STATUS_LIMIT);
    buf_clear(&small);
    cr_expect(base64_decode(&small, SLICE("Zm9v")));
    cr_expect_eq(buf_status(&small), STATUS_LIMIT);
}

Test(encode, percent_encodes_all_but_unreserved_characters)
{
    AUTO_BUF buf = BUF_INIT(200);
    percent_encode(&buf, SLICE("aZ09-._~ /?&=+%\xc3\xbc"), false);
    cr_expect_str_eq(buf_cstr(&buf), "aZ09-._~%20%2F%3F%26%3D%2B%25%C3%BC");
    buf_clear(&buf);
    percent_encode(&buf, SLICE("a/b c"), true);
    cr_expect_str_eq(buf_cstr(&buf), "a/b%20c");
}

Test(encode, percent_decodes_and_keeps_what_is_no_code)
{
    static const struct {
        struct slice text;
        bool plus_is_space;
        struct slice want;
    } rows[] = {
        {SLICE_INIT("a%20b"), false, SLICE_INIT("a b")},
        {SLICE_INIT("%c3%BC"), false, SLICE_INIT("\xc3\xbc")},
        {SLICE_INIT("%00"), false, SLICE_INIT("\0")},
        {SLICE_INIT("100%"), false, SLICE_INIT("100%")},
        {SLICE_INIT("%2"), false, SLICE_INIT("%2")},
        {SLICE_INIT("%zz%41"), false, SLICE_INIT("%zzA")},
        {SLICE_INIT("%%41"), false, SLICE_INIT("%A")},
        {SLICE_INIT("%2541"), false, SLICE_INIT("%41")},
        {SLICE_INIT("a+b"), false, SLICE_INIT("a+b")},
        {SLICE_INIT("a+b%2B"), true, SLICE_INIT("a b+")},
        {SLICE_INIT(""), true, SLICE_INIT("")},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct slice got = percent_decode(&arena, rows[i].text, rows[i].plus_is_space);
        cr_expect(slice_eq(got, rows[i].want), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}

Test(encode, percent_decode_returns_plain_text_itself)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice plain = SLICE("plain+text");
    cr_expect_eq(percent_decode(&arena, plain, false).ptr, plain.ptr);
    cr_expect_eq(arena.used, 0);
}

Test(encode, knows_mime_types_by_extension)
{
    static const struct {
        struct slice path;
        const char *type;
    } rows[] = {
        {SLICE_INIT("x.json"), "application/json"},
        {SLICE_INIT("/a.b/index.HTML"), "text/html"},
        {SLICE_INIT("a.tar.gz"), "application/gzip"},
        {SLICE_INIT("a.js/b"), "application/octet-stream"},
        {SLICE_INIT("json"), "application/octet-stream"},
        {SLICE_INIT("a."), "application/octet-stream"},
        {SLICE_INIT(""), "application/octet-stream"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice got = mime_of_path(rows[i].path);
        cr_expect(slice_is(got, rows[i].type), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}

Test(encode, takes_content_types_apart)
{
    static const struct {
        struct slice content_type;
        const char *essence;
        const char *charset; /* NULL when absent */
    } rows[] = {
        {SLICE_INIT("text/plain"), "text/plain", NULL},
        {SLICE_INIT(" text/plain ; charset=utf-8"), "text/plain", "utf-8"},
        {SLICE_INIT("text/plain;CHARSET=\"utf-8\""), "text/plain", "utf-8"},
        {SLICE_INIT("a/b; x=\"; charset=no\"; charset=yes"), "a/b", "yes"},
        {SLICE_INIT("a/b; x=\"\\\"; charset=no\"; charset=yes"), "a/b", "yes"},
        {SLICE_INIT("a/b; xcharset=no"), "a/b", NULL},
        {SLICE_INIT("a/b; charset"), "a/b", NULL},
        {SLICE_INIT("a/b; charset="), "a/b", ""},
        {SLICE_INIT("a/b;"), "a/b", NULL},
        {SLICE_INIT(""), "", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice essence = mime_essence(rows[i].content_type);
        struct slice charset = mime_param(rows[i].content_type, "charset");
        cr_expect(slice_is(essence, rows[i].essence), "case %zu: %.*s", i, SLICE_ARG(essence));
        cr_expect_eq(charset.ptr == NULL, rows[i].charset == NULL, "case %zu", i);
        cr_expect(slice_is(charset, rows[i].charset), "case %zu: %.*s", i, SLICE_ARG(charset));
    }
}
