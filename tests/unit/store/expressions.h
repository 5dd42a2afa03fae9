/* What the tests of expressions share: placeholders, items and messages from JSON. */
#ifndef SLS_TESTS_EXPRESSIONS_H
#define SLS_TESTS_EXPRESSIONS_H

#include "core/mem.h"
#include "store/expression/expression.h"

#include <criterion/criterion.h>

static inline struct slice item_of(struct arena *arena, const char *json)
{
    struct item_input input = {.bad = NULL};
    const struct problem *problem = item_parse(arena, slice_from(json), &input);
    cr_assert_null(problem, "%s", json);
    cr_assert_null(input.bad, "%s", json);
    return input.item;
}

/* Either text may be NULL: absent. */
static inline const struct problem *placeholders_of(struct arena *arena, const char *names,
                                                    const char *values,
                                                    struct placeholders **ret_placeholders)
{
    struct item_input input = {.is_set = values != NULL};
    if (values != NULL) {
        const struct problem *problem = item_parse(arena, slice_from(values), &input);
        cr_assert_null(problem, "%s", values);
        input.is_set = true;
    }
    return placeholders_parse(arena, slice_from(names), &input, ret_placeholders);
}

static inline const struct problem *condition_of(struct arena *arena, const char *text,
                                                 const char *names, const char *values,
                                                 const struct expr **ret_expr)
{
    struct placeholders *placeholders;
    const struct problem *problem = placeholders_of(arena, names, values, &placeholders);
    return problem != NULL ? problem
                           : expression_parse_condition(arena, "ConditionExpression",
                                                        slice_from(text), placeholders, ret_expr);
}

/* "" for no problem; without the common beginning "Invalid <label>: ". */
static inline struct slice problem_words(const struct problem *problem, const char *label)
{
    if (problem == NULL) {
        return SLICE("");
    }
    cr_expect_eq(problem->kind, PROBLEM_VALIDATION);
    struct slice rest = problem->text;
    size_t colon = slice_search(rest, SLICE(": "));
    if (slice_starts_with(rest, SLICE("Invalid ")) && colon == 8 + strlen(label)) {
        rest = slice_skip(rest, colon + 2);
    }
    return rest;
}

#endif
