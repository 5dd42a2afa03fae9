#include "core/api/model.h"

#include "core/api/model_private.h"

#include <assert.h>

const struct field *record_get(const struct record *record, int id)
{
    static const struct field absent;
    if (record != NULL) {
        for (size_t i = 0; i < record->shape->member_count; i++) {
            if (record->shape->members[i].id == id) {
                return &record->fields[i];
            }
        }
    }
    return &absent;
}

static const struct shape *find_input(const struct input *inputs, struct slice operation)
{
    for (; inputs->operation.len != 0; inputs++) {
        if (slice_eq(inputs->operation, operation)) {
            return &inputs->shape;
        }
    }
    return NULL;
}

const struct shape *model_input(const struct model *model, struct slice operation)
{
    const struct shape *found = NULL;
    for (const struct input *const *family = model->inputs; found == NULL && *family != NULL;
         family++) {
        found = find_input(*family, operation);
    }
    return found;
}

/* --- what the readers share --- */

const struct model_fault *model_fault_of(struct arena *arena, enum model_fault_kind kind,
                                         struct slice text)
{
    struct model_fault *fault = arena_alloc(arena, sizeof *fault);
    fault->kind = kind;
    fault->text = text;
    return fault;
}

const struct model_fault *model_too_much(struct model_parse *parse)
{
    struct slice text =
        arena_printf(parse->arena, "The request has more than %d members, elements and entries",
                     MODEL_FIELDS_MAX);
    return model_fault_of(parse->arena, MODEL_VALIDATION, text);
}

static bool take_fields(struct model_parse *parse, size_t count)
{
    if (count > parse->fields_left) {
        return false;
    }
    parse->fields_left -= count;
    return true;
}

struct record *model_record(struct model_parse *parse, const struct shape *shape)
{
    if (!take_fields(parse, shape->member_count)) {
        return NULL;
    }
    struct record *record =
        arena_alloc(parse->arena, sizeof *record + shape->member_count * sizeof record->fields[0]);
    record->shape = shape;
    return record;
}

struct field *model_add_item(struct model_parse *parse, struct model_items *items)
{
    if (!take_fields(parse, 1)) {
        return NULL;
    }
    if (items->count == items->cap) {
        size_t cap = items->cap != 0 ? items->cap * 2 : 4;
        struct field *wider = arena_array(parse->arena, cap, sizeof *wider);
        if (items->count != 0) {
            memcpy(wider, items->items, items->count * sizeof *wider);
        }
        items->items = wider;
        items->cap = cap;
    }
    return &items->items[items->count++];
}

/* --- calls --- */

const struct model_fault *model_parse_call(const struct model *model, struct api_call *call,
                                           const struct record **ret_record)
{
    struct arena *arena = api_arena(call);
    const struct shape *shape = model_input(model, slice_from(api_operation(call)->name));
    assert(shape != NULL);
    switch (api_call_protocol(call)) {
    case API_QUERY:
    case API_EC2:
        return model_parse_form(model, arena, shape, api_query_params(call), ret_record);
    case API_REST_JSON:
        return model_parse_rest(model, call, shape, ret_record);
    case API_JSON:
    case API_REST_XML:
        break;
    }
    return model_parse_json(model, arena, shape, api_body(call), ret_record);
}

void model_reply_fault(struct api_call *call, const struct model_fault *fault)
{
    static const char *const json_codes[] = {
        [MODEL_SERIALIZATION] = "SerializationException",
        [MODEL_MISSING] = "ValidationException",
        [MODEL_VALIDATION] = "ValidationException",
    };
    static const char *const query_codes[] = {
        [MODEL_SERIALIZATION] = "MalformedInput",
        [MODEL_MISSING] = "MissingParameter",
        [MODEL_VALIDATION] = "ValidationError",
    };
    enum api_protocol protocol = api_call_protocol(call);
    bool is_query = protocol == API_QUERY || protocol == API_EC2;
    const char *code = is_query ? query_codes[fault->kind] : json_codes[fault->kind];
    api_reply_error(call, 400, code, fault->text.ptr != NULL ? fault->text : SLICE(""));
}

bool model_read(const struct model *model, struct api_call *call, const struct record **ret_record)
{
    const struct model_fault *fault = model_parse_call(model, call, ret_record);
    if (fault != NULL) {
        model_reply_fault(call, fault);
    }
    return fault == NULL;
}
