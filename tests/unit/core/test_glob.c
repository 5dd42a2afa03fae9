#include "core/glob.h"

#include "core/mem.h"

#include <criterion/criterion.h>

Test(glob, matches_runs_and_single_characters)
{
    static const struct {
        const char *pattern, *text;
        bool matches;
    } rows[] = {
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"*", "a/b:c", true},
        {"**", "", true},
        {"?", "", false},
        {"?", "a", true},
        {"?", "\xf0\x9f\x98\x80", true},
        {"?", "\xf0\x9f\x98", false}, /* three bytes that are no character */
        {"???", "\xf0\x9f\x98", true},
        {"??", "\xc3\xa9x", true},
        {"a*", "abc", true},
        {"*c", "abc", true},
        {"a*c", "ac", true},
        {"a*c", "acb", false},
        {"a*b*c", "aXbXbXc", true},
        {"a*b*c", "aXbXbX", false},
        {"*a*?", "ba", false},
        {"*a*?", "bab", true},
        {"*?\xc3\xa9", "\xc3\xa9\xc3\xa9", true},
        {"arn:aws:execute-api:*:*:abc/prod/GET/*",
         "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/a/b", true},
        {"arn:aws:execute-api:*:*:abc/prod/GET/*",
         "arn:aws:execute-api:us-east-1:000000000000:abc/prod/POST/a", false},
        {"abc", "ABC", false},
        {"a*a*a*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        cr_expect_eq(glob_matches_text(slice_from(rows[i].pattern), slice_from(rows[i].text)),
                     rows[i].matches, "%s %s", rows[i].pattern, rows[i].text);
    }
    cr_expect(glob_matches_text(SLICE_NULL, SLICE_NULL));
    cr_expect(glob_matches_text(SLICE("*"), SLICE_NULL));
}

Test(glob, ignores_case_where_it_is_asked_to)
{
    struct glob glob = {.pattern = SLICE("Execute-API:*k?"), .ignores_case = true};
    cr_expect(glob_matches(glob, SLICE("execute-api:InvoKE")));
    cr_expect_not(glob_matches(glob, SLICE("execute-api:Invoke!")));
}

Test(glob, takes_literal_bytes_for_themselves)
{
    static const bool literal[] = {false, true, false, true};
    struct glob glob = {.pattern = SLICE("**??"), .literal = literal};
    cr_expect(glob_matches(glob, SLICE("a*b?")));
    cr_expect(glob_matches(glob, SLICE("*x?")));
    cr_expect_not(glob_matches(glob, SLICE("a*bb")));
    cr_expect_not(glob_matches(glob, SLICE("aab?")));
}
