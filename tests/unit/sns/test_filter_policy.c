/* The limits of filter policies; what patterns match is tests/unit/pattern's. */
#include "core/mem.h"
#include "scheduler/sns/filter_policy.h"
#include "tests/support/json_path.h"

#include <criterion/criterion.h>

#define COMPLEX "FilterPolicy: Filter policy is too complex"

Test(filter_policy, has_the_limits_of_the_service)
{
    static const struct {
        enum filter_scope scope;
        const char *text, *words;
    } rows[] = {
        {FILTER_ATTRIBUTES, "", NULL},
        {FILTER_ATTRIBUTES, " {} ", NULL},
        {FILTER_ATTRIBUTES, "{'a':[1],'b':[1],'c':[1],'d':[1],'e':[1]}", NULL},
        {FILTER_ATTRIBUTES, "{'a':[1],'b':[1],'c':[1],'d':[1],'e':[1],'f':[1]}",
         "FilterPolicy: Filter policy can not have more than 5 keys"},
        {FILTER_BODY, "{'x':{'a':[1],'b':[1],'c':[1],'d':[1],'e':[1],'f':[1]}}", NULL},
        /* 5 x 5 x 6 = 150 */
        {FILTER_ATTRIBUTES, "{'a':[1,2,3,4,5],'b':[1,2,3,4,5],'c':[1,2,3,4,5,6]}", NULL},
        {FILTER_ATTRIBUTES, "{'a':[1,2,3,4,5],'b':[1,2,3,4,5],'c':[1,2,3,4,5,6,7]}", COMPLEX},
        /* the guide's own example: 4 x 3 levels, 3 x 2 levels, 3 x 1 level */
        {FILTER_BODY,
         "{'a':{'b':{'c':['1','2','3','4']}},'d':{'e':['1','2','3']},'f':['1','2','3']}", COMPLEX},
        {FILTER_BODY, "{'a':{'b':{'c':['1','2','3','4']}},'d':{'e':['1','2','3']},'f':['1']}",
         NULL},
        {FILTER_ATTRIBUTES, "{'a':{'b':[1]}}",
         "Filter policy scope MessageAttributes does not support nested filter policy"},
        {FILTER_ATTRIBUTES, "{'$or':[{'a':[1]},{'b':[1]}]}", NULL},
        {FILTER_BODY, "{'a':{'b':[1]}}", NULL},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct pattern *pattern;
        struct slice words = SLICE("");
        char *text = json_quoted(rows[i].text);
        bool is_valid =
            filter_policy_parse(&arena, slice_from(text), rows[i].scope, &pattern, &words);
        cr_expect_eq(is_valid, rows[i].words == NULL, "%s: %.*s", rows[i].text, SLICE_ARG(words));
        if (rows[i].words != NULL) {
            cr_expect(slice_is(words, rows[i].words), "%s: %.*s", rows[i].text, SLICE_ARG(words));
        }
        mem_free(text);
    }
}

Test(filter_policy, that_is_no_json_is_told_without_its_text)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct pattern *pattern;
    struct slice words;
    cr_assert(!filter_policy_parse(&arena, SLICE("{\"a\":[b]}"), FILTER_BODY, &pattern, &words));
    cr_expect(slice_starts_with(words, SLICE("FilterPolicy: failed to parse JSON. Unrecognized "
                                             "token 'b'")),
              "%.*s", SLICE_ARG(words));
    cr_expect(slice_search(words, SLICE("[Source: REDACTED "
                                        "(`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` "
                                        "disabled); line: 1, column: ")) != SLICE_NPOS);
}
