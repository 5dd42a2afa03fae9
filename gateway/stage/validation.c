#include "gateway/stage/validation.h"

#include "core/encode.h"
#include "core/mem.h"

#include <stdlib.h>

#define NAMES_MAX (64u * 1024)

static int by_name(const void *a, const void *b)
{
    return slice_compare(*(const struct slice *)a, *(const struct slice *)b);
}

static const struct model_spec *find_model(const struct api_spec *api, struct slice name)
{
    for (size_t i = 0; i < api->model_count; i++) {
        if (slice_eq(api->models[i].name, name)) {
            return &api->models[i];
        }
    }
    return NULL;
}

static bool find_other_model(void *ctx, struct slice rest_api_id, struct slice name,
                             struct slice *ret_schema)
{
    const struct model_spec *model = find_model(ctx, name);
    (void)rest_api_id; /* a model of another API is not here, and one of this API has its id */
    if (model != NULL) {
        *ret_schema = model->schema;
    }
    return model != NULL;
}

static enum status compile(struct body_model *model, const struct api_spec *api, struct slice name,
                           struct fault *reterr)
{
    const struct model_spec *spec = find_model(api, name);
    if (slice_is(name, "Empty") && spec == NULL) {
        return STATUS_OK; /* every REST API has it */
    }
    if (spec == NULL) {
        return fault_set(reterr, STATUS_INVALID, "there is no model '%.*s'", SLICE_ARG(name));
    }
    struct api_spec *api_of_models = (struct api_spec *)(uintptr_t)api; /* only read */
    const struct schema_options options = {
        .find_model = find_other_model, .ctx = api_of_models, .is_imported = true};
    struct schema_problem problem;
    enum status status = schema_compile(spec->schema, &options, &model->schema, &problem);
    return status == STATUS_OK
               ? STATUS_OK
               : fault_set(reterr, status, "model %.*s: %s", SLICE_ARG(name),
                           problem.detail[0] != '\0' ? problem.detail : problem.fault.text);
}

enum status validation_init(struct validation *validation, struct arena *arena,
                            const struct api_spec *api, const struct route_spec *route,
                            struct fault *reterr)
{
    *validation = (struct validation){
        .validates_body = route->validator.validates_body,
        .validates_parameters = route->validator.validates_parameters,
    };
    struct fault fault;
    if (route->model_selection.len > 0 &&
        selection_parse(arena, SELECTION_REQUEST, arena_copy(arena, route->model_selection),
                        &validation->selection, &fault) != STATUS_OK) {
        return fault_set(reterr, STATUS_INVALID, "model selection expression: %s", fault.text);
    }
    if (validation->validates_parameters) {
        size_t count = route->required_parameters.count;
        validation->parameters = arena_array(arena, count, sizeof *validation->parameters);
        validation->parameter_count = count;
        for (size_t i = 0; i < count; i++) {
            validation->parameters[i] = arena_copy(arena, route->required_parameters.items[i]);
        }
        qsort(validation->parameters, count, sizeof *validation->parameters, by_name);
    }
    if (!validation->validates_body) {
        return STATUS_OK;
    }
    enum status status = STATUS_OK;
    validation->models = arena_array(arena, route->models.count, sizeof *validation->models);
    for (size_t i = 0; i < route->models.count && status == STATUS_OK; i++) {
        struct body_model *model = &validation->models[validation->model_count++];
        model->content_type = arena_copy(arena, route->models.items[i].name);
        status = compile(model, api, route->models.items[i].value, reterr);
    }
    return status;
}

void validation_finish(struct validation *validation)
{
    for (size_t i = 0; i < validation->model_count; i++) {
        schema_destroy(validation->models[i].schema);
    }
}

/* --- parameters --- */

static bool has_header(const struct event_input *in, struct slice name)
{
    for (size_t i = 0; i < in->headers.count; i++) {
        if (slice_ieq(in->headers.items[i].name, name)) {
            return slice_trim(in->headers.items[i].value).len > 0;
        }
    }
    return false;
}

static bool has_query(const struct event_input *in, struct slice name)
{
    struct fields fields;
    fields_parse_query(&fields, in->arena, in->query, true);
    for (size_t i = 0; i < fields.count; i++) {
        if (slice_eq(fields.items[i].name, name)) {
            return slice_trim(fields.items[i].value).len > 0;
        }
    }
    return false;
}

static bool has_path(const struct event_input *in, struct slice name)
{
    const struct route_pattern *pattern = &in->route->pattern;
    for (size_t i = 0; i < pattern->param_count; i++) {
        if (slice_eq(pattern->param_names[i], name)) {
            return in->values[i].len > 0;
        }
    }
    return false;
}

bool validation_parameters(const struct validation *validation, const struct event_input *in,
                           struct slice *ret_missing)
{
    static const struct {
        struct slice prefix;
        bool (*is_there)(const struct event_input *in, struct slice name);
    } places[] = {
        {SLICE_INIT("request.header."), has_header},
        {SLICE_INIT("request.querystring."), has_query},
        {SLICE_INIT("request.path."), has_path},
    };
    AUTO_BUF missing = BUF_INIT(NAMES_MAX);
    for (size_t i = 0; i < validation->parameter_count; i++) {
        struct slice parameter = validation->parameters[i]; /* behind "method." or "route." */
        parameter = slice_skip(parameter, slice_find(parameter, '.') + 1);
        for (size_t k = 0; k < COUNT_OF(places); k++) {
            struct slice name = slice_skip(parameter, places[k].prefix.len);
            if (slice_starts_with(parameter, places[k].prefix) && !places[k].is_there(in, name)) {
                buf_append(&missing, missing.len == 0 ? SLICE("[") : SLICE(", "));
                buf_append(&missing, name);
            }
        }
    }
    buf_append_char(&missing, ']');
    *ret_missing = arena_copy(in->arena, buf_slice(&missing));
    return ret_missing->len == 1;
}

/* --- the body --- */

static const struct body_model *model_of(const struct validation *validation, struct slice mime)
{
    const struct body_model *any = NULL;
    for (size_t i = 0; i < validation->model_count; i++) {
        if (slice_ieq(validation->models[i].content_type, mime)) {
            return &validation->models[i];
        }
        if (slice_is(validation->models[i].content_type, "$default")) {
            any = &validation->models[i];
        }
    }
    return any;
}

bool validation_body(const struct validation *validation, const struct event_input *in,
                     struct slice *ret_errors)
{
    struct slice type = http_header_get(in->headers, "content-type");
    const struct body_model *model =
        model_of(validation, type.len > 0 ? mime_essence(type) : SLICE("application/json"));
    if (!validation->validates_body || model == NULL || model->schema == NULL) {
        return true;
    }
    return schema_validate(model->schema, in->arena, in->body.len > 0 ? in->body : SLICE("{}"),
                           ret_errors);
}

bool validation_message(const struct validation *validation, struct arena *arena,
                        struct slice message, struct slice *ret_errors)
{
    const struct selection_source source = {.message = message};
    const struct body_model *model =
        model_of(validation, selection_key(validation->selection, arena, &source));
    if (model == NULL) {
        *ret_errors = SLICE("[no model is selected]");
        return false;
    }
    return model->schema == NULL || schema_validate(model->schema, arena, message, ret_errors);
}
