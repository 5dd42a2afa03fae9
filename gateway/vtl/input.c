/* $input, $context and $stageVariables: what a template is given. */
#include "gateway/vtl/method.h"

#include "core/json_scan.h"
#include "core/mem.h"
#include "gateway/vtl/jsonpath.h"

/* --- JSON --- */

bool vtl_parse_json(struct vtl_run *run, struct slice text, struct vtl_value *ret_value)
{
    struct slice trimmed = slice_trim(text);
    if (!vtl_spend(run, text.len)) {
        return false;
    }
    if (json_validate(trimmed, NULL)) {
        *ret_value = vtl_from_json(run, trimmed);
        return true;
    }
    bool looks_like_json = trimmed.len == 0 || strchr("{[\"", trimmed.ptr[0]) != NULL;
    *ret_value = vtl_string(trimmed);
    return !looks_like_json;
}

/* The body as JSON: {} when there is none, a JSON string when it is any other text. False: it is broken. */
static bool body_json(struct vtl_run *run, struct slice *ret_json)
{
    struct slice body = slice_trim(run->input->body);
    if (!run->has_json && vtl_spend(run, body.len)) {
        run->has_json = true;
        run->json = body.len == 0 ? SLICE("{}") : body;
        if (body.len > 0 && !json_validate(body, NULL)) {
            bool is_text = strchr("{[\"", body.ptr[0]) == NULL;
            struct buf quoted = vtl_buf();
            vtl_print_json(run, &quoted, vtl_string(body));
            struct slice text = vtl_take(run, &quoted);
            run->json = is_text ? text : SLICE_NULL;
        }
    }
    *ret_json = run->json;
    return run->json.ptr != NULL;
}

/* What a path finds in the body; false: nothing. */
static bool find(struct vtl_run *run, struct slice path_text, struct slice *ret_json)
{
    const struct jsonpath *path;
    struct slice json;
    struct fault fault;
    uint64_t budget = JSONPATH_SCANNED_MAX, before = budget;
    if (!body_json(run, &json)) {
        return false;
    }
    enum status status = jsonpath_parse(run->arena, path_text, &path, &fault);
    if (status == STATUS_OK) {
        status = jsonpath_find(run->arena, path, json, &budget, ret_json, &fault);
    }
    (void)vtl_spend(run, (size_t)(before - budget));
    (void)vtl_alloc(run, 0);
    if (status != STATUS_OK && status != STATUS_NOT_FOUND) {
        vtl_fail(run, status, "%s", fault.text);
    }
    return status == STATUS_OK && vtl_is_on(run);
}

/* --- $input --- */

METHOD(input_body)
{
    (void)self, (void)arguments;
    return vtl_string(run->input->body.len > 0 ? run->input->body : SLICE("{}"));
}

METHOD(input_path)
{
    struct slice json;
    (void)self;
    return find(run, arguments[0].of.text, &json) ? vtl_from_json(run, json) : vtl_null();
}

METHOD(input_json)
{
    struct slice json;
    struct buf text = vtl_buf();
    (void)self;
    if (!find(run, arguments[0].of.text, &json)) {
        return vtl_string(SLICE("\"\""));
    }
    struct vtl_value value = vtl_from_json(run, json);
    if (value.kind == VTL_MAP || value.kind == VTL_LIST) {
        vtl_print_json(run, &text, value);
    } else {
        buf_append(&text, slice_trim(json));
    }
    return vtl_string(vtl_take(run, &text));
}

static struct vtl_value params_map(struct vtl_run *run, const struct vtl_params *params)
{
    struct vtl_value map = vtl_map_new(run);
    for (size_t i = 0; i < params->count && vtl_spend(run, 0); i++) {
        (void)vtl_map_put(run, map.of.map, vtl_string(params->items[i].name),
                          vtl_string(params->items[i].value));
    }
    return map;
}

METHOD(input_params)
{
    (void)self, (void)arguments;
    if (run->params == NULL) {
        const struct vtl_input *input = run->input;
        run->params = vtl_map_new(run).of.map;
        (void)vtl_map_put(run, run->params, vtl_string(SLICE("path")),
                          params_map(run, &input->path));
        (void)vtl_map_put(run, run->params, vtl_string(SLICE("querystring")),
                          params_map(run, &input->querystring));
        (void)vtl_map_put(run, run->params, vtl_string(SLICE("header")),
                          params_map(run, &input->header));
    }
    return (struct vtl_value){.kind = VTL_MAP, .of = {.map = run->params}};
}

/* In the path, then in the query string, then in the headers; "" when it is nowhere. */
METHOD(input_param)
{
    struct vtl_map *params = input_params(run, self, NULL).of.map;
    for (size_t i = 0; i < params->count && vtl_is_on(run); i++) {
        struct vtl_value group = params->entries[i]->value;
        struct vtl_entry *entry =
            group.kind == VTL_MAP ? vtl_map_find(run, group.of.map, arguments[0]) : NULL;
        if (entry != NULL) {
            return entry->value;
        }
    }
    return vtl_nothing();
}

static const struct vtl_method rows[] = {
    {"getBody", "", input_body},  {"path", "s", input_path},    {"json", "s", input_json},
    {"params", "", input_params}, {"params", "s", input_param},
};
const struct vtl_methods vtl_input_methods = {rows, COUNT_OF(rows)};

/* --- $context, $stageVariables --- */

/* The map at `key`, made when it is not there. */
static struct vtl_map *member_map(struct vtl_run *run, struct vtl_map *map, struct slice key)
{
    struct vtl_entry *entry = vtl_map_find(run, map, vtl_string(key));
    if (entry == NULL || entry->value.kind != VTL_MAP) {
        (void)vtl_map_put(run, map, vtl_string(key), vtl_map_new(run));
        entry = vtl_map_find(run, map, vtl_string(key));
    }
    return entry != NULL ? entry->value.of.map : vtl_map_new(run).of.map;
}

/* $context.requestOverride and responseOverride, with what the templates before have set. */
static void bind_overrides(struct vtl_run *run, struct vtl_map *context)
{
    struct slice given = slice_trim(run->input->overrides);
    if (json_raw_kind(given) == JSON_OBJECT && json_validate(given, NULL)) {
        struct vtl_value map = vtl_from_json(run, given);
        size_t count = vtl_map_count(run, map.of.map);
        for (size_t i = 0; i < count && vtl_is_on(run); i++) {
            (void)vtl_map_put(run, context, map.of.map->entries[i]->key,
                              map.of.map->entries[i]->value);
        }
    }
    struct vtl_map *request = member_map(run, context, SLICE("requestOverride"));
    struct vtl_map *response = member_map(run, context, SLICE("responseOverride"));
    member_map(run, request, SLICE("path"))->is_override = true;
    member_map(run, request, SLICE("querystring"))->is_override = true;
    member_map(run, request, SLICE("header"))->is_override = true;
    member_map(run, response, SLICE("header"))->is_override = true;
    response->is_override = true;
}

static void bind(struct vtl_run *run, size_t variable, struct vtl_value value)
{
    run->variables[variable] = value;
    run->is_set[variable] = true;
}

void vtl_bind_input(struct vtl_run *run)
{
    struct slice json = slice_trim(run->input->context);
    bool is_object = json_raw_kind(json) == JSON_OBJECT && json_validate(json, NULL);
    struct vtl_value context = is_object ? vtl_from_json(run, json) : vtl_map_new(run);
    bind_overrides(run, context.of.map);
    bind(run, VARIABLE_CONTEXT, context);
    bind(run, VARIABLE_INPUT, (struct vtl_value){.kind = VTL_INPUT});
    bind(run, VARIABLE_UTIL, (struct vtl_value){.kind = VTL_UTIL});
    bind(run, VARIABLE_STAGE_VARIABLES, params_map(run, &run->input->stage_variables));
}
