#include "store/item/parameters.h"

bool parameters_has_any(const struct record *record, const struct parameters *parameters)
{
    bool found = false;
    for (size_t i = 0; i < parameters->count && !found; i++) {
        found = record_has(record, parameters->members[i]);
    }
    return found;
}

static struct slice list_present(struct arena *arena, const struct record *record,
                                 const struct parameters *parameters)
{
    struct slice list = SLICE_NULL;
    for (size_t i = 0; i < parameters->count; i++) {
        if (record_has(record, parameters->members[i])) {
            list = arena_printf(arena, "%.*s%s%s", SLICE_ARG(list), list.len > 0 ? ", " : "",
                                member_name(parameters->members[i]));
        }
    }
    return list;
}

const struct problem *parameters_check(struct arena *arena, const struct record *record,
                                       const struct parameters *expressions,
                                       const struct parameters *legacy)
{
    bool has_expressions = parameters_has_any(record, expressions);
    if (has_expressions && parameters_has_any(record, legacy)) {
        struct slice named = list_present(arena, record, legacy);
        struct slice given = list_present(arena, record, expressions);
        return problem_invalid(arena,
                               "Can not use both expression and non-expression parameters in the "
                               "same request: Non-expression parameters: {%.*s} Expression "
                               "parameters: {%.*s}",
                               SLICE_ARG(named), SLICE_ARG(given));
    }
    if (!has_expressions && record_has(record, MEMBER_EXPRESSION_ATTRIBUTE_NAMES)) {
        return problem_invalid(
            arena, "ExpressionAttributeNames can only be specified when using expressions");
    }
    return NULL;
}
