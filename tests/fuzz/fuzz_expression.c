/* links: sls_store */
/* First byte: 'c', 'k', 'u' or 'p' for condition, key condition, update, projection; then the expression. #a to #d and
 * :a to :j are defined. What parses is used: a condition's negation says the opposite, what a projection copies prints
 * like what it prints, bounds of a range hold themselves. */
#include "store/expression/range.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

#define NAMES "{\"#a\":\"a\",\"#b\":\"b\",\"#c\":\"c\",\"#d\":\"[3]\"}"
#define VALUES                                                                                     \
    "{\":a\":{\"S\":\"a\"},\":b\":{\"N\":\"1\"},\":c\":{\"B\":\"YQ==\"},\":d\":{\"BOOL\":false},"  \
    "\":e\":{\"NULL\":true},\":f\":{\"SS\":[\"a\"]},\":g\":{\"NS\":[\"1\"]},"                      \
    "\":h\":{\"BS\":[\"YQ==\"]},\":i\":{\"M\":{}},\":j\":{\"L\":[]}}"
#define ITEM                                                                                       \
    "{\"a\":{\"S\":\"a\"},\"b\":{\"M\":{\"a\":{\"N\":\"2\"},\"b\":{\"M\":{\"c\":{\"S\":\"3\"}}}}}" \
    ","                                                                                            \
    "\"c\":{\"L\":[{\"S\":\"l0\"},{\"M\":{\"a\":{\"S\":\"m\"}}},{\"L\":[{\"N\":\"30\"}]}]},"       \
    "\"d\":{\"N\":\"1\"},\"e\":{\"SS\":[\"a\",\"b\"]},\"f\":{\"BOOL\":true},\"g\":{\"NULL\":true}" \
    "}"

static const struct key_schema schema = {
    .parts = {{SLICE_INIT("a"), ATTR_S}, {SLICE_INIT("b"), ATTR_S}, {SLICE_INIT("c"), ATTR_N}},
    .hash_count = 1,
    .range_count = 2};

static struct item_input item_of(struct arena *arena, struct slice json)
{
    struct item_input input;
    const struct problem *problem = item_parse(arena, json, &input);
    assert(problem == NULL && input.bad == NULL);
    input.is_set = true;
    return input;
}

static void use_condition(const struct expr *expr, struct slice item)
{
    const struct expr *arg = expr;
    struct expr negated = {.kind = EXPR_NOT, .args = &arg, .arg_count = 1};
    struct slice name;
    bool is_nested;
    assert(expression_matches(expr, item) != expression_matches(&negated, item));
    (void)expression_uses_key(expr, &schema, &name, &is_nested);
}

static void use_key_condition(struct arena *arena, const struct expr *expr)
{
    struct key_range range;
    if (range_of_condition(arena, expr, &schema, true, RANGE_FROM_EXPRESSION, &range) == NULL) {
        assert(range.hash_count == 1);
        assert(range.lower_exclusive || range_holds(&range, range.lower));
    }
}

static void use_projection(const struct projection *projection, struct slice item)
{
    AUTO_BUF direct = BUF_INIT(1 << 16);
    AUTO_BUF copy = BUF_INIT(1 << 16);
    AUTO_BUF printed = BUF_INIT(1 << 16);
    struct json_writer w = json_writer_init(&direct);
    projection_print(&w, projection, item);
    projection_apply(&copy, projection, item);
    w = json_writer_init(&printed);
    item_print(&w, buf_slice(&copy));
    assert(slice_eq(buf_slice(&direct), buf_slice(&printed)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    if (len == 0 || len > EXPRESSION_LEN_MAX + 2) {
        return 0;
    }
    AUTO_ARENA arena = ARENA_INIT;
    struct slice text = slice_of((const char *)bytes + 1, len - 1);
    struct item_input values = item_of(&arena, SLICE(VALUES));
    struct slice item = item_of(&arena, SLICE(ITEM)).item;
    struct placeholders *placeholders;
    const struct problem *problem =
        placeholders_parse(&arena, SLICE(NAMES), &values, &placeholders);
    assert(problem == NULL);
    const struct expr *expr;
    struct update update;
    struct projection projection;
    switch (bytes[0]) {
    case 'c':
        problem =
            expression_parse_condition(&arena, "ConditionExpression", text, placeholders, &expr);
        if (problem == NULL) {
            use_condition(expr, item);
        }
        break;
    case 'k':
        problem =
            expression_parse_condition(&arena, "KeyConditionExpression", text, placeholders, &expr);
        if (problem == NULL) {
            use_key_condition(&arena, expr);
        }
        break;
    case 'u':
        problem = expression_parse_update(&arena, text, placeholders, &update);
        assert(problem != NULL || update.count > 0);
        break;
    case 'p':
        problem = expression_parse_projection(&arena, text, placeholders, &projection);
        if (problem == NULL) {
            use_projection(&projection, item);
        }
        break;
    default:
        return 0;
    }
    assert(problem == NULL || problem->text.len > 0);
    return 0;
}
