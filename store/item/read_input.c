#include "store/item/read_input.h"

#include "store/expression/legacy.h"
#include "store/item/parameters.h"

/* Parameters that exclude each other. */
static const struct parameters item_expressions = {{MEMBER_PROJECTION_EXPRESSION}, 1};
static const struct parameters item_legacy = {{MEMBER_ATTRIBUTES_TO_GET}, 1};
static const struct parameters query_expressions = {
    {MEMBER_PROJECTION_EXPRESSION, MEMBER_FILTER_EXPRESSION, MEMBER_KEY_CONDITION_EXPRESSION}, 3};
static const struct parameters query_legacy = {{MEMBER_ATTRIBUTES_TO_GET, MEMBER_QUERY_FILTER,
                                                MEMBER_CONDITIONAL_OPERATOR, MEMBER_KEY_CONDITIONS},
                                               4};
static const struct parameters scan_expressions = {
    {MEMBER_PROJECTION_EXPRESSION, MEMBER_FILTER_EXPRESSION}, 2};
static const struct parameters scan_legacy = {
    {MEMBER_ATTRIBUTES_TO_GET, MEMBER_SCAN_FILTER, MEMBER_CONDITIONAL_OPERATOR}, 3};

/* --- parameters that exclude each other --- */

static const struct problem *check_exclusion(struct arena *arena, const struct record *record,
                                             bool is_query)
{
    struct parameters legacy = is_query ? query_legacy : scan_legacy;
    if (is_query && !record_has(record, MEMBER_KEY_CONDITION_EXPRESSION)) {
        legacy.count--; /* KeyConditions, the last: other expressions may stand beside them */
    }
    return parameters_check(arena, record, is_query ? &query_expressions : &scan_expressions,
                            &legacy);
}

/* Values are for filters and key conditions; a projection has no use for them. */
static const struct problem *check_values(struct arena *arena, const struct record *record,
                                          bool is_query)
{
    if (!record_has(record, MEMBER_EXPRESSION_ATTRIBUTE_VALUES) ||
        record_has(record, MEMBER_FILTER_EXPRESSION) ||
        record_has(record, MEMBER_KEY_CONDITION_EXPRESSION)) {
        return NULL;
    }
    const char *missing = is_query && wording_is_new() ? ""
                          : is_query ? ": FilterExpression and KeyConditionExpression are null"
                                     : ": FilterExpression is null";
    return problem_invalid(
        arena, "ExpressionAttributeValues can only be specified when using expressions%s", missing);
}

/* --- projection --- */

static const struct problem *
read_legacy_projection(struct arena *arena, const struct record *record, struct read_input *input)
{
    const struct field *field = record_get(record, MEMBER_ATTRIBUTES_TO_GET);
    if (!field->is_set) {
        return NULL;
    }
    input->has_projection = true;
    return legacy_attributes_to_get(arena, field->raw, &input->projection);
}

static const struct problem *read_projection(struct arena *arena, const struct record *record,
                                             struct placeholders *placeholders,
                                             struct read_input *input)
{
    const struct field *field = record_get(record, MEMBER_PROJECTION_EXPRESSION);
    if (!field->is_set) {
        return NULL;
    }
    input->has_projection = true;
    return expression_parse_projection(arena, field->text, placeholders, &input->projection);
}

const struct problem *read_input_item(struct arena *arena, const struct record *record,
                                      const struct item_input *key, struct read_input *ret_input)
{
    *ret_input = (struct read_input){.has_projection = false};
    const struct problem *problem =
        parameters_check(arena, record, &item_expressions, &item_legacy);
    if (problem == NULL && key != NULL) {
        problem = key->bad;
    }
    if (problem == NULL) {
        problem = read_legacy_projection(arena, record, ret_input);
    }
    if (problem != NULL || !record_has(record, MEMBER_PROJECTION_EXPRESSION)) {
        return problem;
    }
    static const struct item_input no_values = {.is_set = false};
    struct placeholders *placeholders = NULL;
    problem = placeholders_parse(arena, record_get(record, MEMBER_EXPRESSION_ATTRIBUTE_NAMES)->raw,
                                 &no_values, &placeholders);
    if (problem == NULL) {
        problem = read_projection(arena, record, placeholders, ret_input);
    }
    return problem != NULL ? problem : placeholders_check_used(arena, placeholders);
}

/* --- Query and Scan --- */

static const struct problem *read_legacy_filter(struct arena *arena, const struct record *record,
                                                bool is_query, struct read_input *input)
{
    const struct field *field =
        record_get(record, is_query ? MEMBER_QUERY_FILTER : MEMBER_SCAN_FILTER);
    if (!field->is_set && !record_has(record, MEMBER_CONDITIONAL_OPERATOR)) {
        return NULL;
    }
    input->filter_is_legacy = true;
    return legacy_filter(arena, field->is_set ? field->raw : SLICE("{}"),
                         record_text(record, MEMBER_CONDITIONAL_OPERATOR), &input->filter);
}

/* Numbers and what is wrong with a set's content are told as anywhere; the rest with the key in front. */
static bool is_told_as_it_is(struct slice text)
{
    static const char *const told[] = {"numeric value", "number with magnitude",
                                       "significant digits", "An number set",
                                       "contains duplicates"};
    bool found = false;
    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]) && !found; i++) {
        found = slice_search(text, slice_from(told[i])) != SLICE_NPOS;
    }
    return found;
}

static const struct problem *read_start_key(struct arena *arena, const struct record *record,
                                            struct read_input *input)
{
    const struct item_input *key = record_item(record, MEMBER_EXCLUSIVE_START_KEY);
    if (!record_has(record, MEMBER_EXCLUSIVE_START_KEY)) {
        return NULL;
    }
    if (key->bad != NULL && is_told_as_it_is(key->bad->text)) {
        return key->bad;
    }
    if (key->bad != NULL) {
        return problem_invalid(arena, "The provided starting key is invalid: %.*s",
                               SLICE_ARG(key->bad->text));
    }
    input->start_key = key->item;
    return NULL;
}

static const struct problem *read_key_conditions(struct arena *arena, const struct record *record,
                                                 struct read_input *input)
{
    const struct field *field = record_get(record, MEMBER_KEY_CONDITIONS);
    if (!field->is_set) {
        return NULL;
    }
    input->key_source = RANGE_FROM_LEGACY;
    return legacy_key_conditions(arena, field->raw, &input->key_condition);
}

static const struct problem *read_condition(struct arena *arena, const struct record *record,
                                            enum member_id member,
                                            struct placeholders *placeholders,
                                            const struct expr **ret_expr)
{
    const struct field *field = record_get(record, member);
    if (!field->is_set) {
        return NULL;
    }
    return expression_parse_condition(arena, member_name(member), field->text, placeholders,
                                      ret_expr);
}

static const struct problem *read_expressions(struct arena *arena, const struct record *record,
                                              struct read_input *input)
{
    struct placeholders *placeholders = NULL;
    const struct problem *problem =
        placeholders_parse(arena, record_get(record, MEMBER_EXPRESSION_ATTRIBUTE_NAMES)->raw,
                           record_item(record, MEMBER_EXPRESSION_ATTRIBUTE_VALUES), &placeholders);
    if (problem == NULL) {
        problem = read_condition(arena, record, MEMBER_KEY_CONDITION_EXPRESSION, placeholders,
                                 &input->key_condition);
    }
    if (problem == NULL) {
        problem =
            read_condition(arena, record, MEMBER_FILTER_EXPRESSION, placeholders, &input->filter);
    }
    if (problem == NULL) {
        problem = read_projection(arena, record, placeholders, input);
    }
    return problem != NULL ? problem : placeholders_check_used(arena, placeholders);
}

/* --- Select --- */

static const struct select_name {
    const char *name;
    const char *what; /* as messages call it */
} select_names[] = {
    [SELECT_ALL_ATTRIBUTES] = {"ALL_ATTRIBUTES", "ALL_ATTRIBUTES"},
    [SELECT_ALL_PROJECTED] = {"ALL_PROJECTED_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"},
    [SELECT_SPECIFIC] = {"SPECIFIC_ATTRIBUTES", "SPECIFIC_ATTRIBUTES"},
    [SELECT_COUNT] = {"COUNT", "only the Count"},
};

static enum read_select select_of(struct slice text)
{
    enum read_select found = SELECT_DEFAULT;
    for (enum read_select i = SELECT_ALL_ATTRIBUTES; i <= SELECT_COUNT; i++) {
        if (slice_is(text, select_names[i].name)) {
            found = i;
        }
    }
    return found;
}

/* A Query tells these as violated constraints, a Scan as they are. */
static const struct problem *check_select(struct arena *arena, const struct record *record,
                                          bool is_query, struct read_input *input)
{
    const char *prefix = is_query ? "1 validation error detected: " : "";
    enum read_select select = select_of(record_text(record, MEMBER_SELECT));
    input->select = select;
    if (select == SELECT_DEFAULT) {
        return NULL;
    }
    if (select == SELECT_SPECIFIC) {
        return input->has_projection
                   ? NULL
                   : problem_invalid(arena,
                                     "%sMust specify the AttributesToGet or ProjectionExpression "
                                     "when choosing to get SPECIFIC_ATTRIBUTES",
                                     prefix);
    }
    if (input->has_projection) {
        enum member_id member = record_has(record, MEMBER_ATTRIBUTES_TO_GET)
                                    ? MEMBER_ATTRIBUTES_TO_GET
                                    : MEMBER_PROJECTION_EXPRESSION;
        return problem_invalid(arena, "%sCannot specify the %s when choosing to get %s", prefix,
                               member_name(member), select_names[select].what);
    }
    if (select == SELECT_ALL_PROJECTED && !record_has(record, MEMBER_INDEX_NAME)) {
        return problem_invalid(arena,
                               "%sALL_PROJECTED_ATTRIBUTES can be used only when Querying using "
                               "an IndexName",
                               prefix);
    }
    return NULL;
}

static const struct problem *check_segments(struct arena *arena, const struct record *record)
{
    const struct field *segment = record_get(record, MEMBER_SEGMENT);
    const struct field *total = record_get(record, MEMBER_TOTAL_SEGMENTS);
    if (segment->is_set && !total->is_set) {
        return problem_invalid(arena, "The TotalSegments parameter is required but was not present "
                                      "in the request when Segment parameter is present");
    }
    if (total->is_set && !segment->is_set) {
        return problem_invalid(arena, "The Segment parameter is required but was not present in "
                                      "the request when parameter TotalSegments is present");
    }
    if (total->is_set && segment->number >= total->number) {
        return problem_invalid(arena,
                               "The Segment parameter is zero-based and must be less than "
                               "parameter TotalSegments: Segment: %lld is not less than "
                               "TotalSegments: %lld",
                               (long long)segment->number, (long long)total->number);
    }
    return NULL;
}

const struct problem *read_input_page(struct arena *arena, const struct record *record,
                                      bool is_query, struct read_input *ret_input)
{
    struct read_input *input = ret_input;
    *input = (struct read_input){.key_source = RANGE_FROM_EXPRESSION};
    const struct problem *problem = check_exclusion(arena, record, is_query);
    if (problem == NULL) {
        problem = check_values(arena, record, is_query);
    }
    if (problem == NULL) {
        problem = read_legacy_filter(arena, record, is_query, input);
    }
    if (problem == NULL) {
        problem = read_legacy_projection(arena, record, input);
    }
    if (problem == NULL) {
        problem = read_start_key(arena, record, input);
    }
    if (problem == NULL && !is_query) {
        problem = check_segments(arena, record);
    }
    if (problem == NULL && is_query && !record_has(record, MEMBER_KEY_CONDITIONS) &&
        !record_has(record, MEMBER_KEY_CONDITION_EXPRESSION)) {
        return problem_invalid(arena, "Either the KeyConditions or KeyConditionExpression "
                                      "parameter must be specified in the request.");
    }
    if (problem == NULL &&
        parameters_has_any(record, is_query ? &query_expressions : &scan_expressions)) {
        problem = read_expressions(arena, record, input);
    }
    if (problem == NULL && is_query) {
        problem = read_key_conditions(arena, record, input);
    }
    if (problem == NULL && is_query) {
        problem = range_check_shape(arena, input->key_condition,
                                    !record_has(record, MEMBER_INDEX_NAME), input->key_source);
    }
    return problem != NULL ? problem : check_select(arena, record, is_query, input);
}
