#include "store/api/model.h"

#include "store/api/model_shapes.h"

MODEL_NAMES(names, MODEL_MEMBERS);
static const struct input *const inputs[] = {item_inputs, table_inputs, copy_inputs, setting_inputs,
                                             NULL};
static const struct model dynamodb_model = {
    .names = names, .inputs = inputs, .hooks = &dynamodb_hooks};

/* --- attribute values --- */

/* These readers refuse for the shape of the JSON only; NULL stays NULL. */
static const struct model_fault *as_fault(struct arena *arena, const struct problem *problem)
{
    return problem == NULL ? NULL : model_fault_of(arena, MODEL_SERIALIZATION, problem->text);
}

static const struct model_fault *refuse(struct arena *arena, const struct shape *shape,
                                        bool is_element, struct slice raw)
{
    return model_fault_of(arena, MODEL_SERIALIZATION,
                          dynamodb_hooks.wrong_type(arena, shape, is_element, raw));
}

static const struct model_fault *parse_attr(struct arena *arena, const struct shape *shape,
                                            bool is_element, struct slice raw, const void **ret_own)
{
    if (raw.ptr[0] != '{') {
        return refuse(arena, shape, is_element, raw);
    }
    struct attr_input *input = arena_alloc(arena, sizeof *input);
    *ret_own = input;
    return as_fault(arena, attr_parse(arena, raw, input));
}

static const struct model_fault *parse_item(struct arena *arena, const struct shape *shape,
                                            bool is_element, struct slice raw, const void **ret_own)
{
    if (raw.ptr[0] != '{') {
        return refuse(arena, shape, is_element, raw);
    }
    struct item_input *input = arena_alloc(arena, sizeof *input);
    *ret_own = input;
    return as_fault(arena, item_parse(arena, raw, input));
}

/* An attribute value that is nothing is told when values are looked at. */
const struct own_type attr_type = {.parse = parse_attr, .null_element = "{}"};
const struct own_type item_type = {.parse = parse_item};

const struct attr_input *field_attr(const struct field *field)
{
    static const struct attr_input absent;
    return field->is_set ? field->own : &absent;
}

const struct item_input *field_item(const struct field *field)
{
    static const struct item_input absent;
    return field->is_set ? field->own : &absent;
}

/* --- what callers see --- */

const char *member_name(enum member_id id)
{
    return names[id].ptr;
}

const struct shape *dynamodb_input(struct slice operation)
{
    return model_input(&dynamodb_model, operation);
}

const struct problem *dynamodb_parse(struct arena *arena, const struct shape *shape,
                                     struct slice body, const struct record **ret_record)
{
    const struct model_fault *fault =
        model_parse_json(&dynamodb_model, arena, shape, body, ret_record);
    if (fault == NULL) {
        return NULL;
    }
    switch (fault->kind) {
    case MODEL_SERIALIZATION:
        return fault->text.ptr == NULL ? problem_bare(PROBLEM_SERIALIZATION)
                                       : problem_of(arena, PROBLEM_SERIALIZATION, fault->text);
    case MODEL_MISSING:
        return problem_invalid(
            arena, "The parameter '%.*s' is required but was not present in the request",
            SLICE_ARG(fault->member));
    case MODEL_VALIDATION:
        break;
    }
    return problem_of(arena, PROBLEM_VALIDATION, fault->text);
}
