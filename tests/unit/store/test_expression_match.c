#include "expressions.h"

/* One item of every type. */
#define ITEM                                                                                       \
    "{\"s\":{\"S\":\"hello\"},\"s2\":{\"S\":\"help\"},\"n\":{\"N\":\"5\"},\"n2\":{\"N\":\"10\"},"  \
    "\"neg\":{\"N\":\"-3\"},\"b\":{\"B\":\"AAEC\"},\"t\":{\"BOOL\":true},\"nil\":{\"NULL\":true}," \
    "\"ss\":{\"SS\":[\"x\",\"y\"]},\"ns\":{\"NS\":[\"1\",\"2.5\"]},\"bs\":{\"BS\":[\"AQ==\"]},"    \
    "\"l\":{\"L\":[{\"S\":\"a\"},{\"N\":\"7\"},{\"M\":{\"k\":{\"S\":\"v\"}}}]},"                   \
    "\"m\":{\"M\":{\"a\":{\"N\":\"5\"},\"deep\":{\"M\":{\"l\":{\"L\":[{\"S\":\"end\"}]}}}}},"      \
    "\"u\":{\"S\":\"h\xc3\xa9llo\"},\"nothing\":{\"S\":\"\"}}"
#define VALUES                                                                                     \
    "{\":hello\":{\"S\":\"hello\"},\":hel\":{\"S\":\"hel\"},\":x\":{\"S\":\"x\"},"                 \
    "\":5\":{\"N\":\"5.0\"},\":3\":{\"N\":\"3\"},\":7\":{\"N\":\"7\"},\":m3\":{\"N\":\"-3\"},"     \
    "\":2h\":{\"N\":\"25e-1\"},\":b\":{\"B\":\"AAEC\"},\":b1\":{\"B\":\"AQ==\"},"                  \
    "\":t\":{\"BOOL\":true},\":f\":{\"BOOL\":false},\":nil\":{\"NULL\":true},"                     \
    "\":yx\":{\"SS\":[\"y\",\"x\"]},\":ns\":{\"NS\":[\"2.50\",\"1\"]},"                            \
    "\":kv\":{\"M\":{\"k\":{\"S\":\"v\"}}},\":e\":{\"S\":\"\"},"                                   \
    "\":l\":{\"L\":[{\"S\":\"a\"},{\"N\":\"7.0\"},{\"M\":{\"k\":{\"S\":\"v\"}}}]},"                \
    "\":S\":{\"S\":\"S\"},\":SS\":{\"S\":\"SS\"},\":M\":{\"S\":\"M\"}}"

static const struct {
    const char *text;
    bool wanted;
} rows[] = {
    /* equality, deep, without regard to order and spelling */
    {"s = :hello", true},
    {"s = :x", false},
    {"n = :5", true},
    {"n = :hello", false},
    {"n <> :hello", true},
    {"b = :b", true},
    {"t = :t", true},
    {"t = :f", false},
    {"nil = :nil", true},
    {"ss = :yx", true},
    {"ns = :ns", true},
    {"l = :l", true},
    {"l[2] = :kv", true},
    {"n = m.a", true},
    {"l[2].k <> :x", true},
    /* what is missing */
    {"nope = :5", false},
    {"nope <> :5", true},
    {"nope = nope2", false},
    {"nope <> nope2", true},
    {"nope < :5", false},
    {"nope >= :5", false},
    {"NOT nope = :5", true},
    {"NOT nope <> :5", false},
    {"nope BETWEEN :3 AND :7", false},
    {"nope IN (:3, :7)", false},
    {"contains(nope, :x)", false},
    {"contains(s, nope)", false},
    {"begins_with(nope, :x)", false},
    {"begins_with(s, nope)", false},
    {"attribute_type(nope, :S)", false},
    {"size(nope) >= :3", false},
    {"size(nope) <> :3", true},
    /* order */
    {"n < n2", true},
    {"n > neg", true},
    {"neg < :3", true},
    {"neg <= :m3", true},
    {"neg >= :m3", true},
    {"s < s2", true},
    {"s > :hel", true},
    {"s > :5", false},
    {"s <= :5", false},
    {"b > :b1", false},
    {"b < :b1", true},
    {"l < n", false},
    {"t >= t2", false},
    {":3 < n", true},
    {"n BETWEEN :3 AND :7", true},
    {"n BETWEEN :5 AND :5", true},
    {"n BETWEEN :7 AND n2", false},
    {"n BETWEEN n2 AND neg", false},
    {"s BETWEEN :hel AND s2", true},
    {"n IN (:3, :5)", true},
    {"n IN (:3, :hello)", false},
    {"ss IN (:yx)", true},
    /* logic */
    {"n = :5 AND s = :hello AND t = :t", true},
    {"n = :5 AND s = :hello AND t = :f", false},
    {"n = :3 OR s = :x OR t = :t", true},
    {"n = :3 OR s = :x", false},
    {"n = :3 AND s = :x OR t = :t", true},
    {"n = :3 AND (s = :x OR t = :t)", false},
    {"NOT n = :3 AND s = :hello", true},
    {"NOT (n = :3 OR s = :hello)", false},
    {"NOT NOT n = :5", true},
    {"NOT (NOT (NOT n = :5))", false},
    /* paths */
    {"attribute_exists(s)", true},
    {"attribute_exists(nope)", false},
    {"attribute_not_exists(nope)", true},
    {"attribute_not_exists(s)", false},
    {"attribute_exists(m.deep.l[0])", true},
    {"attribute_exists(m.deep.l[1])", false},
    {"attribute_exists(m[0])", false},
    {"attribute_exists(l.k)", false},
    {"attribute_exists(s.k)", false},
    {"attribute_exists(nil)", true},
    {"m.deep.l[0] <> :x", true},
    /* functions */
    {"attribute_type(s, :S)", true},
    {"attribute_type(ss, :SS)", true},
    {"attribute_type(s, :SS)", false},
    {"attribute_type(m.deep, :M)", true},
    {"attribute_type(:hello, :S)", true},
    {"begins_with(s, :hel)", true},
    {"begins_with(s, :hello)", true},
    {"begins_with(:hello, s)", true},
    {"begins_with(:hel, s)", false},
    {"begins_with(s, :x)", false},
    {"begins_with(s, :e)", true},
    {"begins_with(n, :x)", false},
    {"begins_with(s, n)", false},
    {"begins_with(b, :b)", true},
    {"contains(s, :hel)", true},
    {"contains(s, :x)", false},
    {"contains(b, :b1)", true},
    {"contains(ss, :x)", true},
    {"contains(ss, :hel)", false},
    {"contains(ns, :2h)", true},
    {"contains(bs, :b1)", true},
    {"contains(l, :7)", true},
    {"contains(l, :kv)", true},
    {"contains(l, :x)", false},
    {"contains(m, :x)", false},
    {"contains(n, :5)", false},
    {"contains(s, :5)", false},
    {"contains(:hello, s)", true},
    {"size(s) = :5", true},
    {"size(u) = :5", true},
    {"size(b) = :3", true},
    {"size(ss) < :3", true},
    {"size(l) = :3", true},
    {"size(m) < :3", true},
    {"size(nothing) < :3", true},
    {"size(n) >= :3", false},
    {"size(n) <> :3", false},
    {"size(t) < :3", false},
    {"size(:hello) = :5", true},
    {"size(s) BETWEEN :3 AND :7", true},
    {"size(s) IN (:3, :5)", true},
    {"size(s) = n", true},
    {"size(s) = size(u)", true},
    {"n = size(s)", true},
};

Test(expression_match, conditions_hold_for_an_item_or_not)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice item = item_of(&arena, ITEM);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct expr *expr;
        const struct problem *problem = condition_of(&arena, rows[i].text, NULL, VALUES, &expr);
        cr_assert_null(problem, "case %zu: %s", i, rows[i].text);
        cr_expect_eq(expression_matches(expr, item), rows[i].wanted, "case %zu: %s", i,
                     rows[i].text);
    }
}

Test(expression_match, an_absent_item_is_an_empty_one)
{
    AUTO_ARENA arena = ARENA_INIT;
    const struct expr *expr;
    struct slice item = item_of(&arena, "{}");
    cr_assert_null(condition_of(&arena, "attribute_not_exists(a)", NULL, NULL, &expr));
    cr_expect(expression_matches(expr, item));
    cr_assert_null(condition_of(&arena, "attribute_exists(a)", NULL, NULL, &expr));
    cr_expect_not(expression_matches(expr, item));
}

Test(expression_match, legacy_not_contains_is_false_for_an_absent_attribute_only)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice item = item_of(&arena, ITEM);
    static const struct {
        const char *text;
        bool wanted;
    } cases[] = {{"contains(nope, :x)", false}, {"contains(s, :x)", true},
                 {"contains(s, :hel)", false},  {"contains(n, :x)", true},
                 {"contains(ss, :x)", false},   {"contains(ss, :5)", true}};
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const struct expr *expr;
        cr_assert_null(condition_of(&arena, cases[i].text, NULL, VALUES, &expr));
        struct expr negated = *expr;
        negated.kind = EXPR_NOT_CONTAINS;
        cr_expect_eq(expression_matches(&negated, item), cases[i].wanted, "%s", cases[i].text);
    }
    struct expr always = {.kind = EXPR_ALWAYS};
    cr_expect(expression_matches(&always, item));
}

Test(expression_match, names_behind_placeholders_are_literal)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct slice item =
        item_of(&arena, "{\"a.b\":{\"S\":\"x\"},\"a\":{\"M\":{\"b\":{\"S\":\"y\"}}}}");
    const struct expr *expr;
    cr_assert_null(condition_of(&arena, "#ab = :x", "{\"#ab\":\"a.b\"}", VALUES, &expr));
    cr_expect(expression_matches(expr, item));
    cr_assert_null(condition_of(&arena, "a.b = :x", NULL, VALUES, &expr));
    cr_expect_not(expression_matches(expr, item));
}

Test(expression_match, key_attributes_are_found_anywhere_in_a_filter)
{
    struct key_schema schema = {
        .parts = {{SLICE("pk"), ATTR_S}, {SLICE("sk"), ATTR_N}}, .hash_count = 1, .range_count = 1};
    static const struct {
        const char *text, *wanted;
        bool is_nested;
    } cases[] = {
        {"a = b", "", false},
        {"a = b AND (c = d OR NOT size(sk) > e)", "sk", false},
        {"a = b AND pk.x = c", "pk", true},
        {"a.pk = b", "", false},
        {"a IN (b, c, pk[1])", "pk", true},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct expr *expr;
        struct slice name = SLICE("");
        bool is_nested = false;
        cr_assert_null(condition_of(&arena, cases[i].text, NULL, NULL, &expr));
        bool uses = expression_uses_key(expr, &schema, &name, &is_nested);
        cr_expect_eq(uses, cases[i].wanted[0] != '\0', "case %zu", i);
        cr_expect(slice_is(name, cases[i].wanted), "case %zu", i);
        cr_expect_eq(is_nested, cases[i].is_nested, "case %zu", i);
    }
}
