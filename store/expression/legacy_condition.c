#include "store/expression/legacy_condition.h"

#include "core/json_scan.h"

#include <assert.h>
#include <stdlib.h>

/* --- entries --- */

static int compare_entries(const void *left, const void *right)
{
    const struct legacy_entry *a = *(const struct legacy_entry *const *)left;
    const struct legacy_entry *b = *(const struct legacy_entry *const *)right;
    int order = slice_compare(a->name, b->name);
    return order != 0 ? order : a < b ? -1 : a > b;
}

/* Marks all but the last entry of a name with a NULL json and closes the gaps. */
static size_t drop_repeated(struct arena *arena, struct legacy_entry *items, size_t count)
{
    struct legacy_entry **sorted = arena_array(arena, count, sizeof(struct legacy_entry *));
    for (size_t i = 0; i < count; i++) {
        sorted[i] = &items[i];
    }
    qsort(sorted, count, sizeof(struct legacy_entry *), compare_entries);
    for (size_t i = 1; i < count; i++) {
        if (slice_eq(sorted[i - 1]->name, sorted[i]->name)) {
            sorted[i - 1]->json = SLICE_NULL;
        }
    }
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (items[i].json.ptr != NULL) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

static bool is_null(struct slice json)
{
    return json_raw_kind(json) == JSON_NULL;
}

void legacy_entries(struct arena *arena, struct slice json, struct legacy_entries *ret_entries)
{
    *ret_entries = (struct legacy_entries){NULL, 0};
    struct json_scan scan = json_scan_init(json);
    struct json_scan again = scan;
    struct slice key;
    struct slice value;
    size_t count = 0;
    if (!json_scan_enter(&scan, '{')) {
        return;
    }
    while (json_scan_member(&scan, &key, &value)) {
        count += !is_null(value);
    }
    if (count == 0) {
        return;
    }
    struct legacy_entry *items = arena_array(arena, count, sizeof(*items));
    size_t at = 0;
    (void)json_scan_enter(&again, '{');
    while (json_scan_member(&again, &key, &value)) {
        if (!is_null(value)) {
            items[at].json = value;
            bool is_key = json_raw_key(arena, key, &items[at++].name);
            assert(is_key);
        }
    }
    *ret_entries =
        (struct legacy_entries){items, count > 1 ? drop_repeated(arena, items, count) : count};
}

/* --- nodes --- */

const struct path_step *legacy_step(struct arena *arena, struct slice name)
{
    struct path_step *step = arena_alloc(arena, sizeof(*step));
    *step = (struct path_step){.name = name};
    return step;
}

struct expr *legacy_expr(struct arena *arena, enum expr_kind kind, size_t arg_count,
                         const struct expr *const *args)
{
    struct expr *expr = arena_alloc(arena, sizeof(*expr));
    *expr = (struct expr){.kind = kind, .value = ATTR_ABSENT, .args = args, .arg_count = arg_count};
    return expr;
}

const struct expr *legacy_value(struct arena *arena, struct attr attr)
{
    struct expr *expr = legacy_expr(arena, EXPR_VALUE, 0, NULL);
    expr->value = attr;
    return expr;
}

/* --- operators --- */

#define TYPE(type) (1u << ATTR_##type)
#define TYPES_ALL 0xffffffffu
#define TYPES_ORDERED (TYPE(S) | TYPE(N) | TYPE(B))
#define TYPES_SCALAR (TYPES_ORDERED | TYPE(BOOL) | TYPE(NULL))

struct comparison {
    const char *name;
    enum expr_kind kind;
    size_t least, most; /* arguments */
    uint32_t types;     /* that they may have */
};

static const struct comparison comparisons[] = {
    {"EQ", EXPR_EQ, 1, 1, TYPES_ALL},
    {"NE", EXPR_NE, 1, 1, TYPES_ALL},
    {"LE", EXPR_LE, 1, 1, TYPES_ORDERED},
    {"LT", EXPR_LT, 1, 1, TYPES_ORDERED},
    {"GE", EXPR_GE, 1, 1, TYPES_ORDERED},
    {"GT", EXPR_GT, 1, 1, TYPES_ORDERED},
    {"NOT_NULL", EXPR_ATTRIBUTE_EXISTS, 0, 0, TYPES_ALL},
    {"NULL", EXPR_ATTRIBUTE_NOT_EXISTS, 0, 0, TYPES_ALL},
    {"CONTAINS", EXPR_CONTAINS, 1, 1, TYPES_SCALAR},
    {"NOT_CONTAINS", EXPR_NOT_CONTAINS, 1, 1, TYPES_SCALAR},
    {"BEGINS_WITH", EXPR_BEGINS_WITH, 1, 1, TYPE(S) | TYPE(B)},
    {"IN", EXPR_IN, 1, SIZE_MAX, TYPES_ORDERED},
    {"BETWEEN", EXPR_BETWEEN, 2, 2, TYPES_ORDERED},
};

static const struct comparison *find_comparison(struct slice name)
{
    for (size_t i = 0; i < sizeof(comparisons) / sizeof(comparisons[0]); i++) {
        if (slice_is(name, comparisons[i].name)) {
            return &comparisons[i];
        }
    }
    return NULL;
}

/* --- one condition --- */

struct condition {
    struct slice name;
    struct slice operator_name;
    struct slice value, values; /* raw, SLICE_NULL when absent */
    bool has_operator, has_exists, exists;
};

/* The service takes these for true, in any case. */
static bool is_true(struct arena *arena, struct slice json)
{
    struct slice text = slice_trim(json);
    if (json_raw_kind(json) == JSON_STRING && !json_raw_string(arena, text, &text)) {
        return false;
    }
    return slice_ieq(text, SLICE("true")) || slice_ieq(text, SLICE("yes")) || slice_is(text, "1");
}

static void read_condition(struct arena *arena, const struct legacy_entry *entry, bool is_expected,
                           struct condition *ret_condition)
{
    *ret_condition = (struct condition){.name = entry->name};
    struct json_scan scan = json_scan_init(entry->json);
    struct slice key;
    struct slice value;
    if (!json_scan_enter(&scan, '{')) {
        return;
    }
    while (json_scan_member(&scan, &key, &value)) {
        bool is_set = !is_null(value);
        if (slice_is(key, "ComparisonOperator")) {
            ret_condition->has_operator =
                is_set && json_raw_string(arena, slice_trim(value), &ret_condition->operator_name);
        } else if (slice_is(key, "AttributeValueList")) {
            ret_condition->values = is_set ? value : SLICE_NULL;
        } else if (slice_is(key, "Value") && is_expected) {
            ret_condition->value = is_set ? value : SLICE_NULL;
        } else if (slice_is(key, "Exists") && is_expected) {
            ret_condition->has_exists = is_set;
            ret_condition->exists = is_set && is_true(arena, value);
        }
    }
}

/* Path and values as the arguments of `kind`. */
static const struct expr *make_expr(struct arena *arena, enum expr_kind kind, struct slice name,
                                    const struct attr *values, size_t count)
{
    const struct expr **args = arena_array(arena, count + 1, sizeof(const struct expr *));
    struct expr *path = legacy_expr(arena, EXPR_PATH, 0, NULL);
    path->path = (struct path){legacy_step(arena, name), 1};
    args[0] = path;
    for (size_t i = 0; i < count; i++) {
        args[i + 1] = legacy_value(arena, values[i]);
    }
    return legacy_expr(arena, kind, count + 1, args);
}

static const struct problem *read_value(struct arena *arena, struct slice json,
                                        struct attr *ret_attr)
{
    struct attr_input input;
    const struct problem *problem = attr_parse(arena, json, &input);
    if (problem == NULL && input.bad != NULL) {
        problem = input.bad;
    }
    if (problem == NULL) {
        *ret_attr = input.attr;
    }
    return problem;
}

static const struct problem *read_values(struct arena *arena, const struct condition *condition,
                                         struct attr **ret_values, size_t *ret_count)
{
    bool is_list = condition->values.ptr != NULL;
    struct json_scan scan = json_scan_init(condition->values);
    struct json_scan again = scan;
    struct slice json = condition->value;
    size_t count = condition->value.ptr != NULL;
    if (is_list && json_scan_enter(&scan, '[')) {
        for (count = 0; json_scan_element(&scan, &json); count++) {
        }
        (void)json_scan_enter(&again, '[');
    }
    *ret_values = arena_array(arena, count + 1, sizeof(struct attr));
    *ret_count = count;
    const struct problem *problem = NULL;
    for (size_t i = 0; i < count && problem == NULL; i++) {
        if (is_list) {
            (void)json_scan_element(&again, &json);
        }
        problem = read_value(arena, json, &(*ret_values)[i]);
    }
    return problem;
}

static const struct problem *check_values(struct arena *arena, const struct comparison *comparison,
                                          const struct attr *values, size_t count)
{
    if (count < comparison->least || count > comparison->most) {
        return problem_bad_parameter(
            arena, "Invalid number of argument(s) for the %s ComparisonOperator", comparison->name);
    }
    for (size_t i = 1; i < count; i++) {
        if (values[i].type != values[0].type) {
            return problem_bad_parameter(
                arena, "AttributeValues inside AttributeValueList must be of same type");
        }
    }
    if (count > 0 && (comparison->types & 1u << values[0].type) == 0) {
        return problem_bad_parameter(
            arena, "ComparisonOperator %s is not valid for %s AttributeValue type",
            comparison->name, attr_type_name(values[0].type));
    }
    if (comparison->kind == EXPR_BETWEEN && attr_compare(values[0], values[1]) > 0) {
        return problem_invalid(arena, "The BETWEEN condition was provided a range where the lower "
                                      "bound is greater than the upper bound");
    }
    return NULL;
}

static const struct problem *compare(struct arena *arena, const struct condition *condition,
                                     const struct expr **ret_expr)
{
    const struct comparison *comparison = find_comparison(condition->operator_name);
    if (comparison == NULL) {
        return problem_bad_parameter(arena, "Unknown ComparisonOperator: %.*s",
                                     SLICE_ARG(condition->operator_name));
    }
    struct attr *values = NULL;
    size_t count = 0;
    const struct problem *problem = read_values(arena, condition, &values, &count);
    if (problem == NULL) {
        problem = check_values(arena, comparison, values, count);
    }
    if (problem == NULL) {
        *ret_expr = make_expr(arena, comparison->kind, condition->name, values, count);
    }
    return problem;
}

/* Expected without an operator: Value alone means equal, Exists false means absent. */
static const struct problem *expect(struct arena *arena, const struct condition *condition,
                                    const struct expr **ret_expr)
{
    bool wants_value = !condition->has_exists || condition->exists;
    if (wants_value && condition->value.ptr == NULL) {
        return problem_bad_parameter(
            arena, "Value must be provided when Exists is %s for Attribute: %.*s",
            condition->has_exists ? "true" : "null", SLICE_ARG(condition->name));
    }
    if (!wants_value && condition->value.ptr != NULL) {
        return problem_bad_parameter(arena,
                                     "Value cannot be used when Exists is false for Attribute: "
                                     "%.*s",
                                     SLICE_ARG(condition->name));
    }
    struct attr value = ATTR_ABSENT;
    const struct problem *problem =
        wants_value ? read_value(arena, condition->value, &value) : NULL;
    if (problem == NULL) {
        *ret_expr = make_expr(arena, wants_value ? EXPR_EQ : EXPR_ATTRIBUTE_NOT_EXISTS,
                              condition->name, &value, wants_value);
    }
    return problem;
}

static const struct problem *check_together(struct arena *arena, const struct condition *condition)
{
    bool has_list = condition->values.ptr != NULL;
    bool has_value = condition->value.ptr != NULL;
    if (has_list && has_value) {
        return problem_bad_parameter(
            arena, "Value and AttributeValueList cannot be used together for Attribute: %.*s",
            SLICE_ARG(condition->name));
    }
    if (!condition->has_operator) {
        return !has_list ? NULL
                         : problem_bad_parameter(arena,
                                                 "AttributeValueList can only be used with a "
                                                 "ComparisonOperator for Attribute: %.*s",
                                                 SLICE_ARG(condition->name));
    }
    if (condition->has_exists) {
        return problem_bad_parameter(
            arena, "Exists and ComparisonOperator cannot be used together for Attribute: %.*s",
            SLICE_ARG(condition->name));
    }
    bool needs_none = slice_is(condition->operator_name, "NULL") ||
                      slice_is(condition->operator_name, "NOT_NULL");
    if (!needs_none && !has_list && !has_value) {
        return problem_bad_parameter(arena,
                                     "Value or AttributeValueList must be used with "
                                     "ComparisonOperator: %.*s for Attribute: %.*s",
                                     SLICE_ARG(condition->operator_name),
                                     SLICE_ARG(condition->name));
    }
    return NULL;
}

const struct problem *legacy_condition(struct arena *arena, const struct legacy_entry *entry,
                                       bool is_expected, const struct expr **ret_expr)
{
    struct condition condition;
    read_condition(arena, entry, is_expected, &condition);
    if (is_expected) {
        const struct problem *problem = check_together(arena, &condition);
        if (problem != NULL) {
            return problem;
        }
    }
    return is_expected && !condition.has_operator ? expect(arena, &condition, ret_expr)
                                                  : compare(arena, &condition, ret_expr);
}
