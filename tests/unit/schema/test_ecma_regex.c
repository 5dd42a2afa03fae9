#include "gateway/schema/ecma_regex.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define CPU_NS 2000000000 /* far more than any row needs, under a sanitizer too */

static enum regex_outcome outcome_of(const char *source, struct slice text)
{
    struct ecma_regex *regex;
    struct fault fault = {.text = ""};
    int64_t cpu_ns = CPU_NS;
    enum status status = ecma_regex_compile(slice_from(source), &regex, &fault);
    cr_assert_eq(status, STATUS_OK, "%s: %s", source, fault.text);
    enum regex_outcome outcome = ecma_regex_match(regex, text, &cpu_ns);
    ecma_regex_destroy(regex);
    return outcome;
}

Test(ecma_regex, matches_what_a_browser_matches)
{
    /* Each asked of V8: new RegExp(source).test(text). */
    static const struct {
        const char *source;
        struct slice text;
        bool matches;
    } rows[] = {
        {"", SLICE_INIT(""), true},
        {"b", SLICE_INIT("abc"), true},
        {"^b", SLICE_INIT("abc"), false},
        {"^b", SLICE_INIT("a\nb"), false},
        {"a$", SLICE_INIT("a\n"), false},
        {"^\\d{3}-\\d{4}$", SLICE_INIT("555-1234"), true},
        {"^\\d+$", SLICE_INIT("\xd9\xa3"), false}, /* ARABIC-INDIC DIGIT THREE */
        {"^\\w+$", SLICE_INIT("h\xc3\xa9"), false},
        {"^\\s$", SLICE_INIT("\xc2\xa0"), true},
        {"^\\s$", SLICE_INIT("\xef\xbb\xbf"), true},
        {"^\\S$", SLICE_INIT("\xe2\x80\xa8"), false},
        {"^[\\s]$", SLICE_INIT("\xe3\x80\x80"), true},
        {"^[\\S]$", SLICE_INIT("\xe3\x80\x80"), false},
        {"^\\s$", SLICE_INIT("\xe1\xa0\x8e"), false}, /* MONGOLIAN VOWEL SEPARATOR */
        {"^(?:\\S+\\s+){0,300}\\S+$", SLICE_INIT("one two three"), true},
        {"^[^\\S]$", SLICE_INIT("\xe3\x80\x80"), true},
        {"^.$", SLICE_INIT("\r"), false},
        {"^.$", SLICE_INIT("\xe2\x80\xa9"), false},
        {"^.$", SLICE_INIT("\xc2\x85"), true},
        {"a{,3}", SLICE_INIT("a{,3}"), true},
        {"a{2", SLICE_INIT("aa"), false},
        {"^a{2,}$", SLICE_INIT("aaa"), true},
        {"^x{0,70000}$", SLICE_INIT("xx"), true},
        {"}]", SLICE_INIT("}]"), true},
        {"[]", SLICE_INIT("]"), false},
        {"[]a]", SLICE_INIT("a]"), false},
        {"^[^]$", SLICE_INIT("\n"), true},
        {"^[\\]a]$", SLICE_INIT("]"), true},
        {"^[[:alpha:]]$", SLICE_INIT("p]"), true}, /* a class and a bracket */
        {"^[\\w-z]$", SLICE_INIT("-"), true},
        {"^[a-c]$", SLICE_INIT("b"), true},
        {"^[\\b]$", SLICE_INIT("\b"), true},
        {"\\bb\\b", SLICE_INIT("a b c"), true},
        {"a\\Bb", SLICE_INIT("ab"), true},
        {"\\p{L}", SLICE_INIT("x"), false},
        {"\\p{L}", SLICE_INIT("p{L}"), true},
        {"^\\A\\Z\\Q\\E$", SLICE_INIT("AZQE"), true},
        {"\\K\\h\\R\\X\\N\\G\\e\\a", SLICE_INIT("KhRXNGea"), true},
        {"\\/\\-\\#\\ ", SLICE_INIT("/-# "), true},
        {"(a)\\1", SLICE_INIT("aa"), true},
        {"^\\1(a)$", SLICE_INIT("a"), true},
        {"^(?:(b)|a)\\1$", SLICE_INIT("a"), true},
        {"^\\1$", SLICE_INIT("\x01"), true},
        {"^\\101\\8$", SLICE_INIT("A8"), true},
        {"^\\400$", SLICE_INIT(" 0"), true},
        {"^\\0$", SLICE_INIT("\0"), true},
        {"^\\cJ\\c$", SLICE_INIT("\n\\c"), true},
        {"^\\x41\\x4$", SLICE_INIT("Ax4"), true},
        {"^\\u00e9\\u00$", SLICE_INIT("\xc3\xa9u00"), true},
        {"^\\ud83d\\ude00$", SLICE_INIT("\xf0\x9f\x98\x80"), true},
        {"^\xc3\xa9$", SLICE_INIT("\xc3\xa9"), true},
        {"^(?=.*\\d)(?=.*[a-z])(?!.*\\s).{4,8}$", SLICE_INIT("ab1cd"), true},
        {"^(?=.*\\d)(?=.*[a-z])(?!.*\\s).{4,8}$", SLICE_INIT("ab cd1"), false},
        {"(?=a)*b", SLICE_INIT("b"), true},
        {"^a+?b??$", SLICE_INIT("aa"), true},
        {"^(a|b)*$", SLICE_INIT("abba"), true},
        {"^(?:\\d{1,3}\\.){3}\\d{1,3}$", SLICE_INIT("10.0.0.1"), true},
        {"^a#b c$", SLICE_INIT("a#b c"), true},
        {"^[\\x00-\\uffff]$", SLICE_INIT("\xc3\xa9"), true},
        {"^[\\ud800-\\udfff]$", SLICE_INIT("\xc3\xa9"), false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(outcome_of(rows[i].source, rows[i].text),
                     rows[i].matches ? REGEX_MATCHES : REGEX_DIFFERS, "case %zu: %s", i,
                     rows[i].source);
    }
}

Test(ecma_regex, refuses_what_is_no_ecma_262)
{
    static const char *const rows[] = {
        "(",     ")",       "(a",      "a)",    "[a",     "[b-a]",    "\\",
        "[\\",   "*",       "a**",     "a++",   "a{3,2}", "^*",       "a|*",
        "(?i)a", "(?<=a)b", "(?<n>a)", "(?>a)", "(?#a)",  "(?P<n>a)", "(*ACCEPT)",
        "(?|a)", "\\b+",    "a{1}{2}", "(?",    "\xff",   "{1}",      "(?R)",
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct ecma_regex *regex;
        struct fault fault = {.text = ""};
        cr_expect_eq(ecma_regex_compile(slice_from(rows[i]), &regex, &fault), STATUS_INVALID,
                     "case %zu: %s", i, rows[i]);
        cr_expect_neq(fault.text[0], '\0', "case %zu", i);
    }
}

Test(ecma_regex, refuses_what_is_too_large)
{
    AUTO_BUF many = BUF_INIT(1 << 20);
    AUTO_BUF deep = BUF_INIT(1 << 20);
    for (size_t i = 0; i < 100000; i++) {
        buf_append_text(&many, "\\s");
    }
    for (size_t i = 0; i < 1000; i++) {
        buf_append_char(&deep, '(');
    }
    for (size_t i = 0; i < 1000; i++) {
        buf_append_char(&deep, ')');
    }
    struct ecma_regex *regex;
    struct fault fault;
    cr_expect_eq(ecma_regex_compile(buf_slice(&many), &regex, &fault), STATUS_LIMIT);
    cr_expect_eq(ecma_regex_compile(buf_slice(&deep), &regex, &fault), STATUS_LIMIT);
}

Test(ecma_regex, finds_a_match_wherever_it_begins)
{
    AUTO_BUF text = BUF_INIT(1 << 20);
    for (size_t i = 0; i < 1000; i++) {
        buf_append_text(&text, "\xf0\x9f\x98\x80");
    }
    cr_expect_eq(outcome_of("x", buf_slice(&text)), REGEX_DIFFERS);
    cr_expect_eq(outcome_of("$", buf_slice(&text)), REGEX_MATCHES);
    cr_expect_eq(outcome_of("(?!.)", buf_slice(&text)), REGEX_MATCHES);
    for (size_t i = 0; i < 70; i++) {
        buf_append_char(&text, 'x');
        cr_expect_eq(outcome_of("[xy]$", buf_slice(&text)), REGEX_MATCHES, "%zu", i);
        buf_append_text(&text, "\xc3\xa9");
        cr_expect_eq(outcome_of("x$", buf_slice(&text)), REGEX_DIFFERS, "%zu", i);
    }
}

Test(ecma_regex, gives_up_where_backtracking_has_no_end)
{
    AUTO_BUF text = BUF_INIT(4 << 20);
    for (size_t i = 0; i < 1 << 20; i++) {
        buf_append_char(&text, 'a');
    }
    struct slice some = slice_take(buf_slice(&text), 40);
    cr_expect_eq(outcome_of("^(a+)+$", some), REGEX_MATCHES);
    cr_expect_eq(outcome_of("^(a+)+b|c$", some), REGEX_GAVE_UP);
    /* No step of it backtracks, but each position reads to the end: 10^12 characters. */
    struct ecma_regex *regex;
    struct fault fault;
    int64_t cpu_ns = 50000000;
    cr_assert_eq(ecma_regex_compile(SLICE("a*[bc]"), &regex, &fault), STATUS_OK);
    cr_expect_eq(ecma_regex_match(regex, buf_slice(&text), &cpu_ns), REGEX_GAVE_UP);
    ecma_regex_destroy(regex);
}

Test(ecma_regex, has_one_budget_for_all_matches)
{
    struct ecma_regex *regex;
    struct fault fault;
    int64_t cpu_ns = CPU_NS;
    cr_assert_eq(ecma_regex_compile(SLICE("a"), &regex, &fault), STATUS_OK);
    cr_expect_eq(ecma_regex_match(regex, SLICE("a"), &cpu_ns), REGEX_MATCHES);
    cr_expect_lt(cpu_ns, CPU_NS);
    cpu_ns = 0;
    cr_expect_eq(ecma_regex_match(regex, SLICE("a"), &cpu_ns), REGEX_GAVE_UP);
    ecma_regex_destroy(regex);
}
