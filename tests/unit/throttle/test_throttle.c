#include "gateway/throttle/throttle.h"

#include "core/mem.h"

#include <criterion/criterion.h>

#define SECOND UINT64_C(1000000000)

static struct scope scope_of(const struct slice *parts, size_t count)
{
    return (struct scope){.parts = parts, .count = count};
}

Test(throttle, takes_of_every_limit_or_of_none)
{
    const struct slice parts[] = {SLICE("plan"), SLICE("key"), SLICE("api"), SLICE("prod"),
                                  SLICE("GET /a")};
    struct throttle_level levels[] = {
        {.scope = scope_of(parts, 5), .limit = rate_limit_of(1, 1)},
        {.scope = scope_of(parts, 4), .limit = rate_limit_of(0.5, 3)},
        {.scope = scope_of(parts + 2, 2), .limit = rate_limit_of(100, 100)},
    };
    struct throttles *throttle = throttles_create(100);
    cr_expect(throttles_take(throttle, levels, 3, 0).is_allowed);
    struct throttle_outcome outcome = throttles_take(throttle, levels, 3, SECOND / 4);
    cr_expect_not(outcome.is_allowed);
    cr_expect_eq(outcome.level, 0);
    cr_expect_eq(outcome.wait_ns, SECOND * 3 / 4);
    /* What was refused took nothing of the second: it has 2 of 3 left, and an eighth came back. */
    cr_expect(throttles_take(throttle, levels + 1, 1, SECOND / 4).is_allowed);
    cr_expect(throttles_take(throttle, levels + 1, 1, SECOND / 4).is_allowed);
    outcome = throttles_take(throttle, levels, 3, SECOND / 4);
    cr_expect_eq(outcome.level, 1, "the longer one is told");
    cr_expect_eq(outcome.wait_ns, SECOND * 7 / 4);
    cr_expect(throttles_take(throttle, levels, 3, 2 * SECOND).is_allowed);
    cr_expect_eq(throttles_bucket_count(throttle), 3);
    throttles_destroy(throttle);
}

Test(throttle, passes_everything_without_limits)
{
    struct throttles *throttle = throttles_create(THROTTLE_LEVELS_MAX);
    cr_expect(throttles_take(throttle, NULL, 0, 0).is_allowed);
    throttles_destroy(throttle);
}

Test(throttle, tells_that_a_limit_never_ends)
{
    const struct slice parts[] = {SLICE("api")};
    struct throttle_level level = {.scope = scope_of(parts, 1), .limit = rate_limit_of(0, 0)};
    struct throttles *throttle = throttles_create(THROTTLE_LEVELS_MAX);
    struct throttle_outcome outcome = throttles_take(throttle, &level, 1, 0);
    cr_expect_not(outcome.is_allowed);
    cr_expect_eq(outcome.wait_ns, TOKEN_NEVER);
    throttles_destroy(throttle);
}

Test(scope_table, tells_scopes_apart_by_their_parts)
{
    const struct slice rows[][2] = {
        {SLICE("ab"), SLICE("c")}, {SLICE("a"), SLICE("bc")}, {SLICE("abc"), SLICE("")},
        {SLICE(""), SLICE("abc")}, {SLICE("c"), SLICE("ab")},
    };
    struct scope_table *table = scope_table_create(sizeof(int), 100);
    bool is_new;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int *record = scope_table_get(table, scope_of(rows[i], 2), &is_new);
        cr_expect(is_new, "%zu", i);
        cr_expect_eq(*record, 0);
        *record = (int)i + 1;
    }
    cr_expect_null(scope_table_find(table, scope_of(rows[0], 1)));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        int *record = scope_table_get(table, scope_of(rows[i], 2), &is_new);
        cr_expect_not(is_new, "%zu", i);
        cr_expect_eq(*record, (int)i + 1);
        cr_expect_eq((void *)record, scope_table_find(table, scope_of(rows[i], 2)));
    }
    cr_expect_eq(scope_table_count(table), COUNT_OF(rows));
    scope_table_destroy(table);
}

Test(scope_table, forgets_what_was_not_asked_for_longest)
{
    char name[24];
    struct slice part;
    struct scope_table *table = scope_table_create(sizeof(int), 1000);
    bool is_new;
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof name, "key%d", i);
        part = slice_from(name);
        *(int *)scope_table_get(table, scope_of(&part, 1), &is_new) = i;
        cr_expect(is_new);
        part = SLICE("key0"); /* asked for all the time */
        cr_expect_eq(*(int *)scope_table_get(table, scope_of(&part, 1), &is_new), 0);
        cr_expect_leq(scope_table_count(table), 1000);
    }
    cr_expect_eq(scope_table_count(table), 1000);
    for (int i = 1; i < 5000; i++) {
        snprintf(name, sizeof name, "key%d", i);
        part = slice_from(name);
        int *record = scope_table_find(table, scope_of(&part, 1));
        cr_expect_eq(record != NULL, i > 4000, "%d", i);
        cr_expect(record == NULL || *record == i);
    }
    scope_table_destroy(table);
}

Test(scope_table, keeps_records_where_they_are_while_it_grows)
{
    char name[24];
    struct slice first = SLICE("first"), part;
    struct scope_table *table = scope_table_create(1, 100000);
    bool is_new;
    char *record = scope_table_get(table, scope_of(&first, 1), &is_new);
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "%d", i);
        part = slice_from(name);
        (void)scope_table_get(table, scope_of(&part, 1), &is_new);
    }
    cr_expect_eq((void *)record, scope_table_find(table, scope_of(&first, 1)));
    scope_table_destroy(table);
}
