/* What each keyword asks of a value, in json-schema-validator's words. */
#include "gateway/schema/keyword.h"

#include "core/mem.h"

#define SORT_STEPS 5u /* what an element costs that is sorted, in visits */

#define CHECK(name)                                                                                \
    void check_##name(struct validation *validation, const struct rule *rule,                      \
                      const struct json_value *value, struct report *report)

/* --- any value --- */

static size_t count_matches(struct validation *validation, const struct node_list *schemas,
                            const struct json_value *value)
{
    size_t matched = 0;
    for (size_t i = 0; i < schemas->count && !validation->has_given_up; i++) {
        struct report silent = {.text = NULL};
        validate_value(validation, schemas->nodes[i], value, &silent);
        matched += silent.errors == 0 ? 1 : 0;
    }
    return matched;
}

CHECK(all_of)
{
    size_t matched = count_matches(validation, &rule->schemas, value);
    if (matched != rule->schemas.count && report_error(report)) {
        report_printf(report,
                      "instance failed to match all required schemas (matched only %zu out of %zu)",
                      matched, rule->schemas.count);
    }
}

CHECK(any_of)
{
    if (count_matches(validation, &rule->schemas, value) == 0 && report_error(report)) {
        report_printf(report, "instance failed to match at least one required schema among %zu",
                      rule->schemas.count);
    }
}

CHECK(one_of)
{
    size_t matched = count_matches(validation, &rule->schemas, value);
    if (matched != 1 && report_error(report)) {
        report_printf(report,
                      "instance failed to match exactly one schema (matched %zu out of %zu)",
                      matched, rule->schemas.count);
    }
}

CHECK(not )
{
    if (count_matches(validation, &rule->schemas, value) == 1 && report_error(report)) {
        report_put(report, SLICE("instance matched a schema which it should not have"));
    }
}

CHECK(enum)
{
    (void)validation;
    for (size_t i = 0; i < rule->values->len; i++) {
        if (value_compare(&rule->values->elements[i], value) == 0) {
            return;
        }
    }
    if (report_error(report)) {
        report_put(report, SLICE("instance value ("));
        report_value(report, value);
        report_put(report, SLICE(") not found in enum (possible values: "));
        report_value(report, rule->values);
        report_put(report, SLICE(")"));
    }
}

CHECK(type)
{
    (void)validation;
    if ((rule->types & (unsigned)type_of(value)) != 0 || !report_error(report)) {
        return;
    }
    struct slice names[TYPE_COUNT];
    size_t count = 0;
    for (unsigned i = 0; i < TYPE_COUNT; i++) {
        if ((rule->types & 1U << i) != 0) {
            names[count++] = slice_from(type_name(1U << i));
        }
    }
    report_printf(report, "instance type (%s) does not match any allowed primitive type (allowed: ",
                  type_name(type_of(value)));
    report_names(report, names, count);
    report_put(report, SLICE(")"));
}

/* --- numbers --- */

/* As the keyword's number is told: a whole number that fits as such, whatever it is written like. */
static void put_bound(struct report *report, const struct rule *rule)
{
    int64_t whole;
    if (decimal_to_i64(&rule->bound.number, &whole)) {
        report_printf(report, "%lld", (long long)whole);
    } else {
        report_value(report, rule->bound.literal);
    }
}

static int compare_to_bound(const struct rule *rule, const struct json_value *value)
{
    struct decimal number;
    return number_read(value_text(value), &number) ? number_compare(&number, &rule->bound.number)
                                                   : 0;
}

static void check_bound(const struct rule *rule, const struct json_value *value,
                        struct report *report, int order, const char *beyond, const char *strictly)
{
    if (order > 0 || (order == 0 && !rule->bound.is_exclusive) || !report_error(report)) {
        return;
    }
    report_put(report, slice_from(order < 0 ? beyond : strictly));
    put_bound(report, rule);
    if (order < 0) {
        report_put(report, SLICE(", found: "));
        report_value(report, value);
        report_put(report, SLICE(")"));
    }
}

CHECK(maximum)
{
    (void)validation;
    check_bound(rule, value, report, -compare_to_bound(rule, value),
                "numeric instance is greater than the required maximum (maximum: ",
                "numeric instance is not strictly lower than the required maximum ");
}

CHECK(minimum)
{
    (void)validation;
    check_bound(rule, value, report, compare_to_bound(rule, value),
                "numeric instance is lower than the required minimum (minimum: ",
                "numeric instance is not strictly greater than the required minimum ");
}

CHECK(multiple_of)
{
    struct decimal number;
    (void)validation;
    if (number_read(value_text(value), &number) &&
        !number_is_multiple(&number, &rule->bound.number) && report_error(report)) {
        report_put(report, SLICE("remainder of division is not zero ("));
        report_value(report, value);
        report_put(report, SLICE(" / "));
        put_bound(report, rule);
        report_put(report, SLICE(")"));
    }
}

/* --- strings --- */

static size_t code_points(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80 ? 1 : 0;
    }
    return count;
}

static void put_length_error(struct report *report, struct slice text, const char *words,
                             size_t len, const char *bound, uint32_t limit)
{
    if (report_error(report)) {
        report_put(report, SLICE("string \""));
        report_put(report, text);
        report_printf(report, "\" is %s (length: %zu, %s: %u)", words, len, bound, limit);
    }
}

CHECK(max_length)
{
    struct slice text = value_text(value);
    size_t len = code_points(text);
    (void)validation;
    if (len > rule->limit) {
        put_length_error(report, text, "too long", len, "maximum allowed", rule->limit);
    }
}

CHECK(min_length)
{
    struct slice text = value_text(value);
    size_t len = code_points(text);
    (void)validation;
    if (len < rule->limit) {
        put_length_error(report, text, "too short", len, "required minimum", rule->limit);
    }
}

CHECK(pattern)
{
    if (!validate_regex(validation, rule->pattern.regex, value_text(value)) &&
        report_error(report)) {
        report_put(report, SLICE("ECMA 262 regex \""));
        report_put(report, rule->pattern.source);
        report_put(report, SLICE("\" does not match input string \""));
        report_put(report, value_text(value));
        report_put(report, SLICE("\""));
    }
}

/* --- arrays --- */

CHECK(additional_items)
{
    (void)validation;
    if (value->len > rule->limit && report_error(report)) {
        report_printf(report,
                      "schema only allows %u elements in array but instance has %u elements",
                      rule->limit, value->len);
    }
}

CHECK(max_items)
{
    (void)validation;
    if (value->len > rule->limit && report_error(report)) {
        report_printf(
            report, "array is too long: must have at most %u elements but instance has %u elements",
            rule->limit, value->len);
    }
}

CHECK(min_items)
{
    (void)validation;
    if (value->len < rule->limit && report_error(report)) {
        report_printf(
            report,
            "array is too short: must have at least %u elements but instance has %u elements",
            rule->limit, value->len);
    }
}

static int compare_elements(const void *left, const void *right)
{
    return value_compare(*(const struct json_value *const *)left,
                         *(const struct json_value *const *)right);
}

/* In order, equal elements are neighbours. */
static bool has_duplicates(const struct json_value *array)
{
    const struct json_value **sorted = mem_array(array->len, sizeof(const struct json_value *));
    bool has_some = false;
    for (size_t i = 0; i < array->len; i++) {
        sorted[i] = &array->elements[i];
    }
    qsort(sorted, array->len, sizeof(const struct json_value *), compare_elements);
    for (size_t i = 1; i < array->len && !has_some; i++) {
        has_some = value_compare(sorted[i - 1], sorted[i]) == 0;
    }
    mem_free(sorted);
    return has_some;
}

CHECK(unique_items)
{
    (void)rule;
    if (value->len > 1 && validate_charge(validation, value->len * (uint64_t)SORT_STEPS) &&
        has_duplicates(value) && report_error(report)) {
        report_put(report, SLICE("array must not contain duplicate elements"));
    }
}

/* --- objects --- */

/* The names of `wanted` that the object does not have; an array of the arena. */
static struct name_list missing_names(struct arena *arena, const struct name_list *wanted,
                                      const struct json_value *object)
{
    struct name_list missing = {.names = NULL};
    for (size_t i = 0; i < wanted->count; i++) {
        if (value_member(object, wanted->names[i]) == NULL) {
            if (missing.names == NULL) {
                missing.names = arena_array(arena, wanted->count, sizeof *missing.names);
            }
            missing.names[missing.count++] = wanted->names[i];
        }
    }
    return missing;
}

CHECK(required)
{
    struct name_list missing = missing_names(validation->arena, &rule->names, value);
    if (missing.count > 0 && report_error(report)) {
        report_put(report, SLICE("object has missing required properties ("));
        report_names(report, missing.names, missing.count);
        report_put(report, SLICE(")"));
    }
}

static void check_dependency(struct validation *validation, const struct dependency *dependency,
                             const struct json_value *object, struct report *report)
{
    struct name_list missing = missing_names(validation->arena, &dependency->names, object);
    if (missing.count > 0 && report_error(report)) {
        report_put(report, SLICE("property \""));
        report_put(report, dependency->property);
        report_put(report,
                   SLICE("\" of object has missing property dependencies (schema requires "));
        report_names(report, dependency->names.names, dependency->names.count);
        report_put(report, SLICE("; missing: "));
        report_names(report, missing.names, missing.count);
        report_put(report, SLICE(")"));
    }
}

/* Names first, then schemas, whose errors are the object's own. */
CHECK(dependencies)
{
    const struct dependency *items = rule->dependencies.items;
    for (size_t i = 0; i < rule->dependencies.count; i++) {
        if (items[i].node == NULL && value_member(value, items[i].property) != NULL) {
            check_dependency(validation, &items[i], value, report);
        }
    }
    for (size_t i = 0; i < rule->dependencies.count; i++) {
        if (items[i].node != NULL && value_member(value, items[i].property) != NULL) {
            validate_value(validation, items[i].node, value, report);
        }
    }
}

static bool is_known(struct validation *validation, const struct schema_node *node,
                     struct slice name)
{
    if (schema_property(node, name) != NULL) {
        return true;
    }
    for (size_t i = 0; i < node->pattern_count; i++) {
        if (validate_regex(validation, node->patterns[i].regex, name)) {
            return true;
        }
    }
    return false;
}

CHECK(additional_properties)
{
    const struct json_member *const *sorted = value_sorted(value);
    struct slice *unknown = NULL;
    size_t count = 0;
    if (!validate_charge(validation, value->len)) {
        return;
    }
    for (size_t i = 0; i < value->len && !validation->has_given_up; i++) {
        if (is_known(validation, rule->node, sorted[i]->name)) {
            continue;
        }
        if (unknown == NULL) {
            unknown = arena_array(validation->arena, value->len, sizeof *unknown);
        }
        unknown[count++] = sorted[i]->name;
    }
    if (count > 0 && report_error(report)) {
        report_put(report, SLICE("object instance has properties which are not allowed by the "
                                 "schema: "));
        report_names(report, unknown, count);
    }
}

CHECK(max_properties)
{
    (void)validation;
    if (value->len > rule->limit && report_error(report)) {
        report_printf(report,
                      "object has too many properties (found %u but schema requires at most %u)",
                      value->len, rule->limit);
    }
}

CHECK(min_properties)
{
    (void)validation;
    if (value->len < rule->limit && report_error(report)) {
        report_printf(report,
                      "object has too few properties (found %u but schema requires at least %u)",
                      value->len, rule->limit);
    }
}
