#include "store/item/write_input.h"

#include "store/expression/legacy.h"
#include "store/item/parameters.h"

/* Parameters that exclude each other. */
static const struct parameters update_expressions = {
    {MEMBER_UPDATE_EXPRESSION, MEMBER_CONDITION_EXPRESSION}, 2};
static const struct parameters update_legacy = {
    {MEMBER_ATTRIBUTE_UPDATES, MEMBER_EXPECTED, MEMBER_CONDITIONAL_OPERATOR}, 3};
static const struct parameters condition_expressions = {{MEMBER_CONDITION_EXPRESSION}, 1};
static const struct parameters condition_legacy = {{MEMBER_EXPECTED, MEMBER_CONDITIONAL_OPERATOR},
                                                   2};

static const struct problem *check_exclusion(struct arena *arena, const struct record *record,
                                             bool is_update, bool has_expression)
{
    const struct problem *problem =
        parameters_check(arena, record, is_update ? &update_expressions : &condition_expressions,
                         is_update ? &update_legacy : &condition_legacy);
    if (problem == NULL && !has_expression &&
        record_has(record, MEMBER_EXPRESSION_ATTRIBUTE_VALUES)) {
        const char *missing = is_update ? ": UpdateExpression and ConditionExpression are null"
                                        : ": ConditionExpression is null";
        problem = problem_invalid(
            arena, "ExpressionAttributeValues can only be specified when using expressions%s",
            wording_is_new() ? "" : missing);
    }
    return problem;
}

static const struct problem *check_item(struct arena *arena, const struct record *record,
                                        enum write_kind kind, struct write_input *input)
{
    const struct field *field = record_get(record, kind == WRITE_PUT ? MEMBER_ITEM : MEMBER_KEY);
    if (field_item(field)->bad != NULL) {
        return field_item(field)->bad;
    }
    input->item = field_item(field)->item;
    struct slice returns = record_text(record, MEMBER_RETURN_VALUES);
    if (kind != WRITE_UPDATE && returns.len > 0 && !slice_is(returns, "ALL_OLD") &&
        !slice_is(returns, "NONE")) {
        return problem_invalid(arena, "ReturnValues can only be ALL_OLD or NONE");
    }
    return kind == WRITE_PUT ? write_check_size(arena, input->item) : NULL;
}

static const struct problem *read_legacy(struct arena *arena, const struct record *record,
                                         enum write_kind kind, struct write_input *input)
{
    if (kind == WRITE_UPDATE && record_has(record, MEMBER_ATTRIBUTE_UPDATES)) {
        const struct problem *problem = legacy_updates(
            arena, record_get(record, MEMBER_ATTRIBUTE_UPDATES)->raw, &input->update);
        if (problem != NULL) {
            return problem;
        }
    }
    if (!record_has(record, MEMBER_EXPECTED) && !record_has(record, MEMBER_CONDITIONAL_OPERATOR)) {
        return NULL;
    }
    const struct field *expected = record_get(record, MEMBER_EXPECTED);
    return legacy_expected(arena, expected->is_set ? expected->raw : SLICE("{}"),
                           record_text(record, MEMBER_CONDITIONAL_OPERATOR), &input->condition);
}

static const struct problem *read_expressions(struct arena *arena, const struct record *record,
                                              enum write_kind kind,
                                              struct placeholders *placeholders,
                                              struct write_input *input)
{
    const struct problem *problem = NULL;
    if (kind == WRITE_UPDATE && record_has(record, MEMBER_UPDATE_EXPRESSION)) {
        problem = expression_parse_update(arena, record_text(record, MEMBER_UPDATE_EXPRESSION),
                                          placeholders, &input->update);
    }
    if (problem == NULL && record_has(record, MEMBER_CONDITION_EXPRESSION)) {
        problem = expression_parse_condition(arena, "ConditionExpression",
                                             record_text(record, MEMBER_CONDITION_EXPRESSION),
                                             placeholders, &input->condition);
    }
    return problem != NULL ? problem : placeholders_check_used(arena, placeholders);
}

const struct problem *write_input_read(struct arena *arena, const struct record *record,
                                       enum write_kind kind, struct write_input *ret_input)
{
    struct write_input *input = ret_input;
    *input = (struct write_input){.kind = kind};
    bool is_update = kind == WRITE_UPDATE;
    bool has_expression =
        parameters_has_any(record, is_update ? &update_expressions : &condition_expressions);
    struct placeholders *placeholders = NULL;
    const struct problem *problem = check_exclusion(arena, record, is_update, has_expression);
    if (problem == NULL) {
        problem = check_item(arena, record, kind, input);
    }
    if (problem == NULL) {
        problem = read_legacy(arena, record, kind, input);
    }
    if (problem == NULL && has_expression) {
        problem = placeholders_parse(
            arena, record_get(record, MEMBER_EXPRESSION_ATTRIBUTE_NAMES)->raw,
            record_item(record, MEMBER_EXPRESSION_ATTRIBUTE_VALUES), &placeholders);
    }
    if (problem == NULL && has_expression) {
        problem = read_expressions(arena, record, kind, placeholders, input);
    }
    input->update.is_empty_request =
        input->update.count == 0 && !record_has(record, MEMBER_UPDATE_EXPRESSION);
    input->returns_old_on_failure =
        slice_is(record_text(record, MEMBER_RETURN_VALUES_ON_CONDITION_CHECK_FAILURE), "ALL_OLD");
    return problem;
}

const struct problem *write_input_check(struct arena *arena, const struct write_input *input,
                                        const struct table *table)
{
    if (input->kind == WRITE_PUT) {
        return write_check_item(arena, table, input->item);
    }
    const struct problem *problem = write_check_key(arena, table, input->item);
    if (problem == NULL && input->kind == WRITE_UPDATE) {
        problem = write_check_update(arena, table, &input->update);
    }
    return problem;
}

struct write_action write_input_action(const struct write_input *input, struct table *table)
{
    return (struct write_action){
        .kind = input->kind,
        .table = table,
        .item = input->item,
        .condition = input->condition,
        .update = input->kind == WRITE_UPDATE ? &input->update : NULL,
        .returns_old_on_failure = input->returns_old_on_failure,
    };
}

const struct problem *write_input_envelope(struct arena *arena, const struct problem *problem)
{
    if (problem == NULL || problem->kind != PROBLEM_VALIDATION || !wording_is_new()) {
        return problem;
    }
    return problem_invalid(arena, "1 validation error detected: %.*s", SLICE_ARG(problem->text));
}
