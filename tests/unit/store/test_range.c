#include "expressions.h"

#include "store/api/model.h"
#include "store/expression/range.h"

static const struct key_schema table = {
    .parts = {{SLICE_INIT("pk"), ATTR_S}, {SLICE_INIT("sk"), ATTR_S}},
    .hash_count = 1,
    .range_count = 1};
static const struct key_schema numbers = {
    .parts = {{SLICE_INIT("pk"), ATTR_S}, {SLICE_INIT("sk"), ATTR_N}},
    .hash_count = 1,
    .range_count = 1};
static const struct key_schema hash_only = {.parts = {{SLICE_INIT("pk"), ATTR_S}}, .hash_count = 1};
static const struct key_schema wide = {.parts = {{SLICE_INIT("h"), ATTR_S},
                                                 {SLICE_INIT("g"), ATTR_N},
                                                 {SLICE_INIT("a"), ATTR_S},
                                                 {SLICE_INIT("b"), ATTR_N},
                                                 {SLICE_INIT("c"), ATTR_B}},
                                       .hash_count = 2,
                                       .range_count = 3};

#define VALUES                                                                                     \
    "{\":p\":{\"S\":\"p\"},\":a\":{\"S\":\"a\"},\":b\":{\"S\":\"b\"},\":1\":{\"N\":\"1\"},"        \
    "\":2\":{\"N\":\"2\"},\":bin\":{\"B\":\"AAE=\"},\":e\":{\"S\":\"\"},\":t\":{\"BOOL\":true}}"

static const struct problem *range_of(struct arena *arena, const char *text,
                                      const struct key_schema *schema, bool is_entry,
                                      struct key_range *range)
{
    struct placeholders *placeholders;
    const struct expr *expr;
    cr_assert_null(placeholders_of(arena, NULL, VALUES, &placeholders));
    const struct problem *problem = expression_parse_condition(
        arena, "KeyConditionExpression", slice_from(text), placeholders, &expr);
    return problem != NULL
               ? problem
               : range_of_condition(arena, expr, schema, is_entry, RANGE_FROM_EXPRESSION, range);
}

#define INVALID "Invalid KeyConditionExpression: "
#define OPERATOR "Invalid operator used in KeyConditionExpression: "
#define CONDITION "Invalid condition in KeyConditionExpression: "
#define NESTED "KeyConditionExpressions cannot contain nested operations"
#define DEEP "KeyConditionExpressions cannot have conditions on nested attributes"
#define MANY_NAMES CONDITION "Multiple attribute names used in one condition"
#define NO_KEY CONDITION "No key attribute specified"
#define TWICE "KeyConditionExpressions must only contain one condition per key"
#define BAD "One or more parameter values were invalid: "
#define WRONG_TYPE BAD "Condition parameter type does not match schema type"
#define MISSED(name) "Query condition missed key schema element: " name
#define ORDER(names, name)                                                                         \
    "RANGE key attributes " names " must have equality conditions specified in the query because " \
    "a condition is present on key attribute " name

static const struct row {
    const struct key_schema *schema;
    const char *text, *wanted;
} refusals[] = {
    {&table, "a > b and size(b) > c or a > c", OPERATOR "OR"},
    {&table, "a in (b, size(c), d)", OPERATOR "IN"},
    {&table, "attribute_exists(a)", OPERATOR "attribute_exists"},
    {&table, "attribute_not_exists(a)", OPERATOR "attribute_not_exists"},
    {&table, "contains(a.d, b)", OPERATOR "contains"},
    {&table, "not a > b", OPERATOR "NOT"},
    {&table, "a <> b", OPERATOR "<>"},
    {&table, ":a between size(b) and size(a) and b > :b",
     CONDITION "BETWEEN operator must have the key attribute as its first operand"},
    {&table, "begins_with(:a, b) and a > :b",
     CONDITION "begins_with operator must have the key attribute as its first operand"},
    {&table, "size(b) > a AND a.b > b AND b > c", NESTED},
    {&table, "a > size(b.d)", NESTED},
    {&table, "a between size(b) and size(a)", NESTED},
    {&table, "b > a.b", MANY_NAMES},
    {&table, "b between c[1] and d", MANY_NAMES},
    {&table, "a between b and size(a)", MANY_NAMES},
    {&table, "begins_with(a, b)", MANY_NAMES},
    {&table, "b.d > a AND c.d > e.f", DEEP},
    {&table, "a.d > c", DEEP},
    {&table, "b[0] > a", DEEP},
    {&table, ":b > :a AND a < :b", NO_KEY},
    {&table, ":a > b AND :a < :b", NO_KEY},
    {&table, "b > :a AND b < :a and c = :a and d = :a", TWICE},
    {&table, "(a > :a and b > :a) and (b > :a and c > :a)", TWICE},
    {&numbers, "pk = :p AND sk > :1 AND sk < :2", TWICE},
    {&table, ":a = a and b = :a and :a = c", "Conditions can be of length 1 or 2 only"},
    {&table, "sk = :a", MISSED("pk")},
    {&table, "x = :a", MISSED("pk")},
    {&table, "pk = :p AND x = :a", MISSED("sk")},
    {&hash_only, "pk = :p AND x = :a", "Query key condition not supported"},
    {&table, "pk > :p", "Query key condition not supported"},
    {&table, "begins_with(pk, :p) AND sk = :a", "Query key condition not supported"},
    {&table, "pk = :1", WRONG_TYPE},
    {&table, "pk = :t", WRONG_TYPE},
    {&table, "pk = :p AND sk > :1", WRONG_TYPE},
    {&numbers, "pk = :p AND begins_with(sk, :a)", WRONG_TYPE},
    {&numbers, "pk = :p AND begins_with(sk, :1)",
     INVALID "Incorrect operand type for operator or function; operator or function: begins_with, "
             "operand type: N"},
    {&numbers, "pk = :p AND sk BETWEEN :2 AND :1",
     INVALID "The BETWEEN operator requires upper bound to be greater than or equal to lower "
             "bound; lower bound operand: AttributeValue: {N:2}, upper bound operand: "
             "AttributeValue: {N:1}"},
    {&table, "pk = :e",
     BAD "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: pk"},
    {&table, "pk = :p AND sk >= :e",
     BAD "One or more parameter values are not valid. The AttributeValue for a key attribute "
         "cannot contain an empty string value. Key: sk"},
    {&wide, "h = :a", MISSED("g")},
    {&wide, "g = :1", MISSED("h")},
    {&wide, "h = :a AND g > :1", "Query key condition not supported"},
    {&wide, "h = :a AND g = :1 AND b = :1", ORDER("a", "b")},
    {&wide, "h = :a AND g = :1 AND a = :a AND c = :bin", ORDER("b", "c")},
    {&wide, "h = :a AND g = :1 AND a > :a AND b = :1", ORDER("a", "b")},
    {&wide, "c = :bin AND h = :a AND g = :1", ORDER("a, b", "c")},
};

Test(range, conditions_that_are_no_key_conditions_are_refused)
{
    for (size_t i = 0; i < COUNT_OF(refusals); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct key_range range;
        const struct row *row = &refusals[i];
        const struct problem *problem =
            range_of(&arena, row->text, row->schema, row->schema == &wide, &range);
        struct slice got = problem != NULL ? problem->text : SLICE("");
        cr_expect(slice_is(got, row->wanted), "case %zu: %s\n  %.*s", i, row->text, SLICE_ARG(got));
    }
}

Test(range, only_the_newer_words_say_in_front_which_expression_is_refused)
{
    static const struct row rows[] = {
        {&table, "pk = :p OR a = :a", INVALID OPERATOR "OR"},
        {&table, "pk = :p AND pk = :a", INVALID TWICE},
        {&table, "pk = :p AND begins_with(:a, sk)",
         INVALID CONDITION "begins_with operator must have the key attribute as its first operand"},
    };
    wording_choose(true);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        struct key_range range;
        const struct problem *problem =
            range_of(&arena, rows[i].text, rows[i].schema, false, &range);
        struct slice got = problem != NULL ? problem->text : SLICE("");
        cr_expect(slice_is(got, rows[i].wanted), "%s\n  %.*s", rows[i].text, SLICE_ARG(got));
    }
    wording_choose(false);
}

Test(range, most_is_refused_before_the_table_is_known)
{
    static const struct {
        const char *text;
        bool is_table;
        const char *wanted;
    } rows[] = {
        {"pk = :p OR a = :a", false, OPERATOR "OR"},
        {"pk = :p AND pk = :a", false, TWICE},
        {"a = :a AND b = :a AND c = :a", true, "Conditions can be of length 1 or 2 only"},
        {"a = :a AND b = :a AND c = :a", false, ""},
        {"a = :a AND b = :a", true, ""},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        const struct expr *expr;
        cr_assert_null(condition_of(&arena, rows[i].text, NULL, VALUES, &expr));
        const struct problem *problem =
            range_check_shape(&arena, expr, rows[i].is_table, RANGE_FROM_EXPRESSION);
        struct slice got = problem != NULL ? problem->text : SLICE("");
        cr_expect(slice_is(got, rows[i].wanted), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}

/* Which of these sort keys a condition holds for: one digit each. */
static void holding(struct buf *out, const struct key_range *range, struct arena *arena,
                    const char *const *items, size_t count, const struct key_schema *schema,
                    bool is_entry)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_BUF encoding = BUF_INIT(1 << 14);
        struct slice item = item_of(arena, items[i]);
        for (size_t part = schema->hash_count;
             part < (size_t)schema->hash_count + schema->range_count; part++) {
            key_append_range(&encoding, item_get(item, schema->parts[part].name), !is_entry);
        }
        if (range_holds(range, buf_slice(&encoding))) {
            buf_append_u64(out, i);
        }
    }
}

Test(range, holds_what_the_condition_holds_for)
{
    static const char *const items[] = {
        "{\"sk\":{\"S\":\"A\"}}",   "{\"sk\":{\"S\":\"a\"}}", "{\"sk\":{\"S\":\"a\\u0000\"}}",
        "{\"sk\":{\"S\":\"ab\"}}",  "{\"sk\":{\"S\":\"b\"}}", "{\"sk\":{\"S\":\"b\\u0001\"}}",
        "{\"sk\":{\"S\":\"zzz\"}}",
    };
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"pk = :p", "0123456"},
        {"pk = :p AND sk = :a", "1"},
        {"sk < :b AND pk = :p", "0123"},
        {"pk = :p AND sk <= :b", "01234"},
        {"pk = :p AND sk > :a", "23456"},
        {"pk = :p AND sk >= :a", "123456"},
        {"pk = :p AND :b > sk", "0123"},
        {"pk = :p AND :b <= sk", "456"},
        {"(pk = :p) AND (sk BETWEEN :a AND :b)", "1234"},
        {"pk = :p AND sk BETWEEN :a AND :a", "1"},
        {"pk = :p AND begins_with(sk, :a)", "123"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int is_entry = 0; is_entry <= 1; is_entry++) {
            AUTO_ARENA arena = ARENA_INIT;
            AUTO_BUF out = BUF_INIT(64);
            struct key_range range;
            cr_assert_null(range_of(&arena, rows[i].text, &table, is_entry, &range), "case %zu", i);
            holding(&out, &range, &arena, items, COUNT_OF(items), &table, is_entry);
            cr_expect(slice_is(buf_slice(&out), rows[i].wanted), "case %zu, %d: %s", i, is_entry,
                      buf_cstr(&out));
            cr_expect_eq(range.hash_count, 1);
            cr_expect(slice_is(range.hash[0].raw, "p"));
        }
    }
}

#define WIDE(a, b, c) "{\"a\":{\"S\":\"" a "\"},\"b\":{\"N\":\"" b "\"},\"c\":{\"B\":\"" c "\"}}"

Test(range, of_several_sort_keys_the_last_named_may_be_a_range)
{
    static const char *const items[] = {
        WIDE("A", "1", "AAE="), WIDE("a", "-5", "AAE="),  WIDE("a", "1", "AAA="),
        WIDE("a", "1", "AAE="), WIDE("a", "1", "AAEC"),   WIDE("a", "1.5", "AAE="),
        WIDE("a", "2", "AAE="), WIDE("a", "100", "AA=="), WIDE("a\\u0000", "1", "AAE="),
        WIDE("b", "1", "AAE="),
    };
    static const struct {
        const char *text, *wanted;
    } rows[] = {
        {"", "0123456789"},
        {" AND a = :a", "1234567"},
        {" AND a < :b", "012345678"},
        {" AND a <= :a", "01234567"},
        {" AND a > :a", "89"},
        {" AND a >= :a", "123456789"},
        {" AND begins_with(a, :a)", "12345678"},
        {" AND a = :a AND b = :1", "234"},
        {" AND b > :1 AND a = :a", "567"},
        {" AND a = :a AND b >= :2", "67"},
        {" AND a = :a AND b < :1", "1"},
        {" AND a = :a AND b <= :1", "1234"},
        {" AND a = :a AND b BETWEEN :1 AND :2", "23456"},
        {" AND a = :a AND b = :1 AND c = :bin", "3"},
        {" AND a = :a AND b = :1 AND c > :bin", "4"},
        {" AND a = :a AND b = :1 AND c <= :bin", "23"},
        {" AND a = :a AND b = :1 AND begins_with(c, :bin)", "34"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        AUTO_ARENA arena = ARENA_INIT;
        AUTO_BUF out = BUF_INIT(64);
        AUTO_BUF text = BUF_INIT(256);
        struct key_range range;
        buf_printf(&text, "g = :1 AND h = :a%s", rows[i].text);
        cr_assert_null(range_of(&arena, buf_cstr(&text), &wide, true, &range), "case %zu", i);
        holding(&out, &range, &arena, items, COUNT_OF(items), &wide, true);
        cr_expect(slice_is(buf_slice(&out), rows[i].wanted), "case %zu: %s", i, buf_cstr(&out));
        cr_expect_eq(range.hash_count, 2);
        cr_expect_eq(range.hash[0].type, ATTR_S);
        cr_expect_eq(range.hash[1].type, ATTR_N);
    }
}

Test(range, values_beyond_the_limits_of_keys_are_refused)
{
    for (size_t len = 1024; len <= 2049; len++) {
        if (len != 1024 && len != 1025 && len != 2048 && len != 2049) {
            continue;
        }
        AUTO_ARENA arena = ARENA_INIT;
        char *text = arena_alloc(&arena, len);
        memset(text, 'x', len);
        struct attr value = {ATTR_S, slice_of(text, len)};
        struct path_step steps[] = {{.name = SLICE("pk")}, {.name = SLICE("sk")}};
        struct expr pk = {.kind = EXPR_PATH, .path = {&steps[0], 1}};
        struct expr sk = {.kind = EXPR_PATH, .path = {&steps[1], 1}};
        struct expr big = {.kind = EXPR_VALUE, .value = value};
        struct expr small = {.kind = EXPR_VALUE, .value = {ATTR_S, SLICE("a")}};
        for (int is_sort_key = 0; is_sort_key <= 1; is_sort_key++) {
            const struct expr *pk_args[] = {&pk, is_sort_key ? &small : &big};
            const struct expr *sk_args[] = {&sk, is_sort_key ? &big : &small};
            struct expr pk_term = {.kind = EXPR_EQ, .args = pk_args, .arg_count = 2};
            struct expr sk_term = {.kind = EXPR_GT, .args = sk_args, .arg_count = 2};
            const struct expr *terms[] = {&pk_term, &sk_term};
            struct expr both = {.kind = EXPR_AND, .args = terms, .arg_count = 2};
            struct key_range range;
            const struct problem *problem =
                range_of_condition(&arena, &both, &table, false, RANGE_FROM_LEGACY, &range);
            struct slice wanted =
                len <= (is_sort_key ? 1024u : 2048u) ? SLICE("")
                : is_sort_key ? SLICE(BAD "Aggregated size of all range keys has exceeded the size "
                                          "limit of 1024 bytes")
                              : SLICE(BAD "Size of hashkey has exceeded the maximum size limit "
                                          "of2048 bytes");
            struct slice got = problem != NULL ? problem->text : SLICE("");
            cr_expect(slice_eq(got, wanted), "%zu: %.*s", len, SLICE_ARG(got));
        }
    }
}

Test(range, legacy_conditions_have_their_own_words)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct path_step step = {.name = SLICE("pk")};
    struct expr pk = {.kind = EXPR_PATH, .path = {&step, 1}};
    struct expr value = {.kind = EXPR_VALUE, .value = {ATTR_S, SLICE("a")}};
    const struct expr *args[] = {&pk, &value};
    static const struct {
        enum expr_kind kind;
        const char *wanted;
    } rows[] = {
        {EXPR_EQ, ""},
        {EXPR_NE, "Attempted conditional constraint is not an indexable operation"},
        {EXPR_ATTRIBUTE_EXISTS, "Attempted conditional constraint is not an indexable operation"},
        {EXPR_ATTRIBUTE_NOT_EXISTS,
         "Attempted conditional constraint is not an indexable operation"},
        {EXPR_NOT_CONTAINS, "Attempted conditional constraint is not an indexable operation"},
        {EXPR_IN, "Attempted conditional constraint is not an indexable operation"},
        {EXPR_LT, "Query key condition not supported"},
        {EXPR_BEGINS_WITH, "Query key condition not supported"},
        {EXPR_ALWAYS, "Conditions can be of length 1 or 2 only"},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct expr term = {.kind = rows[i].kind, .args = args, .arg_count = 2};
        struct key_range range;
        const struct problem *problem =
            range_of_condition(&arena, &term, &table, false, RANGE_FROM_LEGACY, &range);
        struct slice got = problem != NULL ? problem->text : SLICE("");
        cr_expect(slice_is(got, rows[i].wanted), "case %zu: %.*s", i, SLICE_ARG(got));
    }
}
