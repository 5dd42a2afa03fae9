#include "core/slice.h"

#include "core/mem.h"

#include <criterion/criterion.h>

Test(slice, compares_bytes_and_puts_the_shorter_first)
{
    static const struct {
        struct slice a;
        struct slice b;
        int order;
    } rows[] = {
        {SLICE_INIT(""), SLICE_INIT(""), 0},      {SLICE_INIT("a"), SLICE_INIT("a"), 0},
        {SLICE_INIT("a"), SLICE_INIT("ab"), -1},  {SLICE_INIT("b"), SLICE_INIT("ab"), 1},
        {SLICE_INIT("\xff"), SLICE_INIT("a"), 1}, {SLICE_INIT("a\0b"), SLICE_INIT("a\0a"), 1},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int order = slice_compare(rows[i].a, rows[i].b);
        cr_expect_eq((order > 0) - (order < 0), rows[i].order, "case %zu: %d", i, order);
        cr_expect_eq(slice_eq(rows[i].a, rows[i].b), rows[i].order == 0, "case %zu", i);
    }
    cr_expect(slice_eq(SLICE_NULL, SLICE("")));
}

Test(slice, ignores_case_of_ascii_letters_only)
{
    cr_expect(slice_ieq(SLICE("Content-Type"), SLICE("content-tYPE")));
    cr_expect_not(slice_ieq(SLICE("@"), SLICE("`")), "these differ by the case bit alone");
    cr_expect_not(slice_ieq(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));
    cr_expect_not(slice_ieq(SLICE("a"), SLICE("ab")));
    cr_expect(slice_istarts_with(SLICE("Bearer x"), SLICE("bearer ")));
    cr_expect_not(slice_istarts_with(SLICE("Bear"), SLICE("bearer")));
}

Test(slice, knows_its_front_and_end)
{
    cr_expect(slice_starts_with(SLICE("arn:aws"), SLICE("arn:")));
    cr_expect(slice_starts_with(SLICE("arn"), SLICE("")));
    cr_expect_not(slice_starts_with(SLICE("ar"), SLICE("arn")));
    cr_expect(slice_ends_with(SLICE("a.yaml"), SLICE(".yaml")));
    cr_expect_not(slice_ends_with(SLICE("yaml"), SLICE(".yaml")));
    cr_expect(slice_ends_with(SLICE_NULL, SLICE("")));
}

Test(slice, finds_characters_and_texts)
{
    static const struct {
        struct slice s;
        struct slice needle;
        size_t at;
    } rows[] = {
        {SLICE_INIT("abc"), SLICE_INIT(""), 0},
        {SLICE_INIT("abc"), SLICE_INIT("abc"), 0},
        {SLICE_INIT("abc"), SLICE_INIT("c"), 2},
        {SLICE_INIT("abc"), SLICE_INIT("abcd"), SLICE_NPOS},
        {SLICE_INIT("aab"), SLICE_INIT("ab"), 1},
        {SLICE_INIT("aaa"), SLICE_INIT("ab"), SLICE_NPOS},
        {SLICE_INIT("a\0b"), SLICE_INIT("\0b"), 1},
        {SLICE_INIT(""), SLICE_INIT("x"), SLICE_NPOS},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(slice_search(rows[i].s, rows[i].needle), rows[i].at, "case %zu", i);
    }
    cr_expect_eq(slice_find(SLICE("a/b/c"), '/'), 1);
    cr_expect_eq(slice_rfind(SLICE("a/b/c"), '/'), 3);
    cr_expect_eq(slice_find(SLICE_NULL, '/'), SLICE_NPOS);
    cr_expect_eq(slice_rfind(SLICE("abc"), '/'), SLICE_NPOS);
}

static size_t search_naively(struct slice s, struct slice needle)
{
    for (size_t at = 0; at + needle.len <= s.len; at++) {
        if (memcmp(s.ptr + at, needle.ptr, needle.len) == 0) {
            return at;
        }
    }
    return SLICE_NPOS;
}

Test(slice, finds_the_first_of_texts_that_repeat_themselves)
{
    uint32_t chance = 1;
    for (size_t round = 0; round < 200000; round++) {
        char text[160], word[80];
        size_t text_len = 100 + round % 60, word_len = 1 + round / 7 % 79;
        size_t period = 1 + round / 3 % 11, cut = round / 5 % 13;
        for (size_t i = 0; i < text_len; i++) {
            chance = chance * 1664525 + 1013904223;
            bool is_odd = chance >> 24 < 4;
            text[i] = (char)('a' + ((i % period > cut) ^ is_odd));
        }
        for (size_t i = 0; i < word_len; i++) {
            chance = chance * 1664525 + 1013904223;
            bool is_odd = chance >> 24 < 2;
            word[i] = (char)('a' + (((i + cut) % period > cut) ^ is_odd));
        }
        struct slice s = slice_of(text, text_len), needle = slice_of(word, word_len);
        cr_assert_eq(slice_search(s, needle), search_naively(s, needle), "%.*s in %.*s",
                     SLICE_ARG(needle), SLICE_ARG(s));
    }
}

/* 200 times would take minutes if it were quadratic. */
Test(slice, searches_hostile_texts_in_linear_time)
{
    enum { TEXT_LEN = 400000, WORD_LEN = 200000 };
    static char text[TEXT_LEN], word[WORD_LEN];
    memset(text, 'a', sizeof(text));
    for (size_t i = 0; i < 200; i++) {
        memset(word, 'a', sizeof(word));
        word[i % 3 == 0 ? 0 : i % 3 == 1 ? WORD_LEN / 2 : WORD_LEN - 1] = 'b';
        cr_assert_eq(slice_search(slice_of(text, TEXT_LEN), slice_of(word, WORD_LEN)), SLICE_NPOS);
    }
}

Test(slice, skips_takes_and_trims_within_its_bounds)
{
    cr_expect(slice_is(slice_skip(SLICE("abc"), 1), "bc"));
    cr_expect(slice_is(slice_skip(SLICE("abc"), 9), ""));
    cr_expect(slice_is(slice_take(SLICE("abc"), 2), "ab"));
    cr_expect(slice_is(slice_take(SLICE("abc"), 9), "abc"));
    cr_expect(slice_is(slice_trim(SLICE(" \t\r\na b\n ")), "a b"));
    cr_expect(slice_is(slice_trim(SLICE("  ")), ""));
    cr_expect_eq(slice_skip(SLICE_NULL, 3).ptr, NULL);
}

Test(slice, splits_into_every_part_the_empty_ones_too)
{
    static const struct {
        struct slice text;
        const char *parts[4];
    } rows[] = {
        {SLICE_INIT("a,,"), {"a", "", ""}},
        {SLICE_INIT("a,b"), {"a", "b"}},
        {SLICE_INIT(""), {""}},
        {SLICE_INIT(","), {"", ""}},
        {{NULL, 0}, {NULL}},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice rest = rows[i].text;
        struct slice part;
        size_t count = 0;
        while (slice_split(&rest, ',', &part)) {
            cr_assert_not_null(rows[i].parts[count], "case %zu: too many parts", i);
            cr_expect(slice_is(part, rows[i].parts[count]), "case %zu: part %zu", i, count);
            count++;
        }
        cr_expect_null(rows[i].parts[count], "case %zu: only %zu parts", i, count);
    }
}

Test(slice, reads_decimal_numbers_that_fit_and_nothing_else)
{
    static const struct {
        struct slice text;
        bool is_u64;
        bool is_i64;
        int64_t value;
    } rows[] = {
        {SLICE_INIT("0"), true, true, 0},
        {SLICE_INIT("007"), true, true, 7},
        {SLICE_INIT("-0"), false, true, 0},
        {SLICE_INIT("-12"), false, true, -12},
        {SLICE_INIT("9223372036854775807"), true, true, INT64_MAX},
        {SLICE_INIT("-9223372036854775808"), false, true, INT64_MIN},
        {SLICE_INIT("9223372036854775808"), true, false, INT64_MIN},
        {SLICE_INIT("-9223372036854775809"), false, false, 0},
        {SLICE_INIT("18446744073709551615"), true, false, -1},
        {SLICE_INIT("18446744073709551616"), false, false, 0},
        {SLICE_INIT("99999999999999999999"), false, false, 0},
        {SLICE_INIT(""), false, false, 0},
        {SLICE_INIT("-"), false, false, 0},
        {SLICE_INIT("--1"), false, false, 0},
        {SLICE_INIT("+1"), false, false, 0},
        {SLICE_INIT(" 1"), false, false, 0},
        {SLICE_INIT("1 "), false, false, 0},
        {SLICE_INIT("1.0"), false, false, 0},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        uint64_t u64 = 77;
        int64_t i64 = 77;
        cr_expect_eq(slice_to_u64(rows[i].text, &u64), rows[i].is_u64, "case %zu", i);
        cr_expect_eq(slice_to_i64(rows[i].text, &i64), rows[i].is_i64, "case %zu", i);
        cr_expect_eq(u64, rows[i].is_u64 ? (uint64_t)rows[i].value : 77, "case %zu", i);
        cr_expect_eq(i64, rows[i].is_i64 ? rows[i].value : 77, "case %zu", i);
    }
}

Test(slice, accepts_valid_utf8_only)
{
    static const struct {
        struct slice text;
        bool is_valid;
    } rows[] = {
        {SLICE_INIT(""), true},
        {SLICE_INIT("plain ascii of more than eight bytes"), true},
        {SLICE_INIT("gr\xc3\xbc\xc3\x9f dich \xe2\x82\xac \xf0\x9f\x98\x80"), true},
        {SLICE_INIT("\xf4\x8f\xbf\xbf"), true},  /* U+10FFFF */
        {SLICE_INIT("\xf4\x90\x80\x80"), false}, /* beyond it */
        {SLICE_INIT("\xed\x9f\xbf"), true},      /* U+D7FF */
        {SLICE_INIT("\xed\xa0\x80"), false},     /* a surrogate */
        {SLICE_INIT("\xc0\xaf"), false},         /* overlong '/' */
        {SLICE_INIT("\xe0\x80\xaf"), false},     /* overlong '/' */
        {SLICE_INIT("\xf0\x80\x80\xaf"), false}, /* overlong '/' */
        {SLICE_INIT("12345678\x80"), false},     /* continuation alone */
        {SLICE_INIT("12345678\xe2\x82"), false}, /* cut off */
        {SLICE_INIT("\xe2\x82x"), false},
        {SLICE_INIT("\xff"), false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(slice_is_utf8(rows[i].text), rows[i].is_valid, "case %zu", i);
    }
    cr_expect_eq(slice_utf8_front(SLICE("\xe2\x82\xacx")), 3);
    cr_expect_eq(slice_utf8_front(SLICE("x\xe2")), 1);
    cr_expect_eq(slice_utf8_front(SLICE("")), 0);
}

Test(slice, hashes_as_fnv_1a_does)
{
    cr_expect_eq(slice_hash(SLICE("")), UINT64_C(0xcbf29ce484222325));
    cr_expect_eq(slice_hash(SLICE("a")), UINT64_C(0xaf63dc4c8601ec8c));
    cr_expect_eq(slice_hash(SLICE("foobar")), UINT64_C(0x85944171f73967e8));
}

Test(slice, suggests_the_nearest_candidate_or_none)
{
    static const struct slice candidates[] = {
        SLICE_INIT("Timeout"),
        SLICE_INIT("Handler"),
        SLICE_INIT("MemorySize"),
        SLICE_INIT("Tags"),
    };
    static const struct {
        struct slice word;
        const char *nearest;
    } rows[] = {
        {SLICE_INIT("Timout"), "Timeout"},
        {SLICE_INIT("timeout"), "Timeout"},
        {SLICE_INIT("MemroySize"), "MemorySize"},
        {SLICE_INIT("Timeout"), "Timeout"},
        {SLICE_INIT("MemSize"), "MemorySize"},
        {SLICE_INIT("MSize"), NULL},
        {SLICE_INIT("Tgas"), "Tags"}, /* neighbours that changed places are one edit */
        {SLICE_INIT("sTag"), NULL},   /* two edits are not under half of four */
        {SLICE_INIT("Tag"), "Tags"},
        {SLICE_INIT("Environment"), NULL},
        {SLICE_INIT(""), NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct slice got = slice_nearest(rows[i].word, candidates, COUNT_OF(candidates));
        cr_expect(slice_is(got, rows[i].nearest), "case %zu: got '%.*s'", i, SLICE_ARG(got));
    }
}

Test(slice, reads_decimal_numbers_and_nothing_else)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0}, {"-1.5", -1.5}, {"+2", 2}, {".5", 0.5}, {"1e3", 1000}, {"12E-1", 1.2}};
    static const char *const bad[] = {
        "",      "-",
        ".",     "e1",
        "1e",    "0x10",
        "nan",   "inf",
        "1 ",    " 1",
        "1.2.3", "1e999",
        "1-1",   "00000000000000000000000000000000000000000000000000000000000000001"};
    double value;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        cr_assert(slice_to_double(slice_from(good[i].text), &value), "%s", good[i].text);
        cr_assert_eq(value, good[i].value, "%s", good[i].text);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        cr_assert_not(slice_to_double(slice_from(bad[i]), &value), "%s", bad[i]);
    }
}

Test(slice, is_alnum_knows_ascii_letters_digits_and_what_it_is_told)
{
    static const struct {
        struct slice text;
        const char *others;
        bool want;
    } rows[] = {
        {SLICE_INIT("azAZ09"), "", true},  {SLICE_INIT(""), "-", false},
        {SLICE_INIT("a-b_c"), "-_", true}, {SLICE_INIT("a-b_c"), "-", false},
        {SLICE_INIT("a\0b"), "-_", false}, {SLICE_INIT("\xc3\xa4"), "-_", false},
        {SLICE_INIT("@"), "", false},      {SLICE_INIT("["), "", false},
        {SLICE_INIT("`"), "", false},      {SLICE_INIT("{"), "", false},
        {SLICE_INIT("/"), "", false},      {SLICE_INIT(":"), "", false},
        {SLICE_INIT("\x10"), "", false},   {SLICE_INIT("\xe1"), "", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(slice_is_alnum(rows[i].text, rows[i].others), rows[i].want, "case %zu", i);
    }
}
