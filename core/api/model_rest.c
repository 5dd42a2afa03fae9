/* Records of rest-json requests: members come from the body, the path, the query string and headers. */
#include "core/api/model_private.h"

static const char *wire_name(const struct model *model, const struct member *member)
{
    return member->wire != NULL ? member->wire : model->names[member->id].ptr;
}

/* "tagKeys=a&tagKeys=b" */
static const struct model_fault *read_repeated(struct model_parse *parse, struct api_call *call,
                                               const struct shape *shape, const char *name,
                                               struct field *field)
{
    struct http_headers params = api_query_params(call);
    struct model_items items = {NULL, 0, 0};
    const struct model_fault *fault = NULL;
    for (size_t i = 0; fault == NULL && i < params.count; i++) {
        if (!slice_is(params.items[i].name, name)) {
            continue;
        }
        struct field *item = model_add_item(parse, &items);
        fault = item == NULL ? model_too_much(parse)
                             : model_text_value(parse, shape->element, params.items[i].value, item);
    }
    field->is_set = items.count != 0;
    field->items = items.items;
    field->count = items.count;
    return fault;
}

static struct slice text_of(struct api_call *call, const struct member *member, const char *name)
{
    switch (member->from) {
    case FROM_PATH:
        return api_path_param(call, name);
    case FROM_QUERY:
        return api_query_param(call, name);
    case FROM_HEADER:
        return api_header(call, name);
    case FROM_BODY:
        break;
    }
    return SLICE_NULL;
}

static const struct model_fault *read_outside(struct model_parse *parse, struct api_call *call,
                                              const struct member *member, struct field *field)
{
    const char *name = wire_name(parse->model, member);
    if (member->from == FROM_QUERY && member->shape->type == FIELD_LIST) {
        return read_repeated(parse, call, member->shape, name, field);
    }
    struct slice text = text_of(call, member, name);
    return text.ptr == NULL ? NULL : model_text_value(parse, member->shape, text, field);
}

const struct model_fault *model_parse_rest(const struct model *model, struct api_call *call,
                                           const struct shape *shape,
                                           const struct record **ret_record)
{
    struct model_parse parse = {model, api_arena(call), MODEL_FIELDS_MAX};
    struct record *record = NULL;
    struct slice body = slice_trim(api_body(call));
    const struct model_fault *fault =
        model_json_record(&parse, shape, body.len != 0 ? body : SLICE("{}"), &record);
    for (size_t i = 0; fault == NULL && i < shape->member_count; i++) {
        if (shape->members[i].from != FROM_BODY) {
            fault = read_outside(&parse, call, &shape->members[i], &record->fields[i]);
        }
    }
    *ret_record = record;
    return fault != NULL ? fault : model_constraints(model, parse.arena, shape, record);
}
