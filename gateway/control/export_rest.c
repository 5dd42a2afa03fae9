/* REST APIs as documents: paths with methods, parameters, responses and integrations. */
#include "gateway/control/export_private.h"

#include <stdlib.h>

/* --- parameters and bodies --- */

struct place {
    const char *prefix, *in;
};
static const struct place places[] = {{"method.request.path.", "path"},
                                      {"method.request.querystring.", "query"},
                                      {"method.request.header.", "header"}};

static void write_parameter(struct exporting *e, const char *in, struct slice name,
                            bool is_required)
{
    json_open(&e->w, '{');
    json_put_string(&e->w, "name", name);
    json_put_text(&e->w, "in", in);
    if (e->options->is_swagger) {
        json_put_bool(&e->w, "required", is_required);
        json_put_text(&e->w, "type", "string");
    } else {
        if (is_required) {
            json_put_bool(&e->w, "required", true);
        }
        json_put_raw(&e->w, "schema", SLICE("{\"type\":\"string\"}"));
    }
    json_close(&e->w, '}');
}

static struct slice reference_to(struct exporting *e, struct slice model)
{
    return arena_printf(e->arena, "%s%.*s",
                        e->options->is_swagger ? "#/definitions/" : "#/components/schemas/",
                        SLICE_ARG(model));
}

static void write_schema(struct exporting *e, struct slice model)
{
    json_key_text(&e->w, "schema");
    json_open(&e->w, '{');
    json_put_string(&e->w, "$ref", reference_to(e, model));
    json_close(&e->w, '}');
}

/* {"application/json": {"schema": ...}} of {"application/json": "Pet"} */
static void write_content(struct exporting *e, struct slice models)
{
    struct slice key, value, type;
    json_key_text(&e->w, "content");
    json_open(&e->w, '{');
    for (struct json_scan scan = json_scan_object(models); json_scan_member(&scan, &key, &value);) {
        if (json_raw_key(e->arena, key, &type)) {
            json_write_key(&e->w, type);
            json_open(&e->w, '{');
            write_schema(e, json_text_of(e->arena, value));
            json_close(&e->w, '}');
        }
    }
    json_close(&e->w, '}');
}

static bool has_members(struct slice object)
{
    struct slice key, value;
    struct json_scan scan = json_scan_object(object);
    return json_scan_member(&scan, &key, &value);
}

static void write_parameters(struct exporting *e, struct slice parameters, struct slice models)
{
    struct slice key, value, name;
    bool has_body = e->options->is_swagger && has_members(models);
    if (!has_members(parameters) && !has_body) {
        return;
    }
    json_key_text(&e->w, "parameters");
    json_open(&e->w, '[');
    struct json_scan scan = json_scan_object(parameters);
    while (json_scan_member(&scan, &key, &value)) {
        for (size_t i = 0; json_raw_key(e->arena, key, &name) && i < COUNT_OF(places); i++) {
            struct slice prefix = slice_from(places[i].prefix);
            if (slice_starts_with(name, prefix)) {
                write_parameter(e, places[i].in, slice_skip(name, prefix.len),
                                slice_ieq(json_text_of(e->arena, value), SLICE("true")) || i == 0);
            }
        }
    }
    for (struct json_scan map = json_scan_object(models);
         has_body && json_scan_member(&map, &key, &value);) {
        struct slice model = json_text_of(e->arena, value);
        json_open(&e->w, '{');
        json_put_text(&e->w, "in", "body");
        json_put_string(&e->w, "name", model);
        json_put_bool(&e->w, "required", true);
        write_schema(e, model);
        json_close(&e->w, '}');
    }
    json_close(&e->w, ']');
}

/* Swagger's consumes and produces: the content types of models. */
static void write_types(struct exporting *e, const char *name, struct slice models)
{
    struct slice key, value, type;
    if (!has_members(models)) {
        return;
    }
    json_key_text(&e->w, name);
    json_open(&e->w, '[');
    for (struct json_scan scan = json_scan_object(models); json_scan_member(&scan, &key, &value);) {
        if (json_raw_key(e->arena, key, &type)) {
            json_write_string(&e->w, type);
        }
    }
    json_close(&e->w, ']');
}

/* --- responses --- */

static void write_headers(struct exporting *e, struct slice parameters)
{
    static const struct slice prefix = SLICE_INIT("method.response.header.");
    struct slice key, value, name;
    if (!has_members(parameters)) {
        return;
    }
    json_key_text(&e->w, "headers");
    json_open(&e->w, '{');
    struct json_scan scan = json_scan_object(parameters);
    while (json_scan_member(&scan, &key, &value)) {
        if (json_raw_key(e->arena, key, &name) && slice_starts_with(name, prefix)) {
            json_write_key(&e->w, slice_skip(name, prefix.len));
            json_write_raw(&e->w, e->options->is_swagger
                                      ? SLICE("{\"type\":\"string\"}")
                                      : SLICE("{\"schema\":{\"type\":\"string\"}}"));
        }
    }
    json_close(&e->w, '}');
}

static void write_responses(struct exporting *e, struct slice list)
{
    json_key_text(&e->w, "responses");
    json_open(&e->w, '{');
    struct json_scan scan = json_scan_array(list);
    for (struct slice response; json_scan_element(&scan, &response);) {
        struct slice status = json_text_of(e->arena, json_raw_member(response, "StatusCode"));
        struct slice models = json_raw_member(response, "ResponseModels");
        struct slice key, value;
        json_write_key(&e->w, status);
        json_open(&e->w, '{');
        json_put_string(&e->w, "description",
                        arena_printf(e->arena, "%.*s response", SLICE_ARG(status)));
        write_headers(e, json_raw_member(response, "ResponseParameters"));
        if (!e->options->is_swagger) {
            write_content(e, models);
        } else {
            struct json_scan map = json_scan_object(models);
            if (json_scan_member(&map, &key, &value)) {
                write_schema(e, json_text_of(e->arena, value));
            }
        }
        json_close(&e->w, '}');
    }
    json_close(&e->w, '}');
}

/* The models of all responses, by content type. */
static struct slice models_of_responses(struct exporting *e, struct slice list)
{
    struct slice models = SLICE("{}"), key, value, type;
    struct json_scan scan = json_scan_array(list);
    for (struct slice response; json_scan_element(&scan, &response);) {
        struct json_scan map = json_scan_object(json_raw_member(response, "ResponseModels"));
        while (json_scan_member(&map, &key, &value)) {
            if (json_raw_key(e->arena, key, &type)) {
                models = edit_member(e->arena, models, type, value);
            }
        }
    }
    return models;
}

/* --- integrations --- */

/* By their patterns; the one without is the default. */
static void write_integration_responses(struct exporting *e, struct slice list)
{
    if (json_raw_count(list) == 0) {
        return;
    }
    json_key_text(&e->w, "responses");
    json_open(&e->w, '{');
    struct json_scan scan = json_scan_array(list);
    for (struct slice response; json_scan_element(&scan, &response);) {
        struct slice pattern =
            json_text_of(e->arena, json_raw_member(response, "SelectionPattern"));
        struct slice without =
            edit_member(e->arena, response, SLICE("SelectionPattern"), SLICE_NULL);
        json_write_key(&e->w, pattern.len > 0 ? pattern : SLICE("default"));
        json_open(&e->w, '{');
        properties_write(&e->w, e->arena, &integration_response_attributes, without);
        json_close(&e->w, '}');
    }
    json_close(&e->w, '}');
}

static bool is_constant(const char *name)
{
    return strcmp(name, "type") == 0 || strcmp(name, "passthroughBehavior") == 0;
}

/* What is as it is anyway is not told. */
static bool is_default(struct exporting *e, const struct entry *method,
                       const struct attribute *attribute, struct slice raw)
{
    struct slice text = json_text_of(e->arena, raw);
    return (attribute->absent != NULL && slice_is(slice_trim(raw), attribute->absent)) ||
           (strcmp(attribute->name, "cacheNamespace") == 0 &&
            slice_eq(text, entry_text(e->arena, method, "ResourceId")));
}

static void write_integration(struct exporting *e, const struct entry *method)
{
    struct slice json = json_raw_member(method->properties, "Integration");
    struct slice pass = json_text_of(e->arena, json_raw_member(json, "PassthroughBehavior"));
    if (json.ptr == NULL) {
        return;
    }
    json_key_text(&e->w, "x-amazon-apigateway-integration");
    json_open(&e->w, '{');
    for (size_t i = 0; i < integration_attributes.count; i++) {
        const struct attribute *attribute = &integration_attributes.items[i];
        const struct attributes one = {attribute, 1, NULL};
        struct slice raw = json_raw_member(json, attribute_property(e->arena, attribute));
        if (raw.ptr == NULL || attribute->form == FORM_KEYED ||
            is_default(e, method, attribute, raw)) {
            continue;
        }
        if (is_constant(attribute->name)) {
            json_put_string(&e->w, attribute->name, export_lower(e, json_text_of(e->arena, raw)));
        } else {
            properties_write(&e->w, e->arena, &one, json);
        }
    }
    if (pass.len == 0 || slice_is(pass, "WHEN_NO_MATCH")) {
        json_put_text(&e->w, "passthroughBehavior", "when_no_match");
    }
    write_integration_responses(e, json_raw_member(json, "IntegrationResponses"));
    json_close(&e->w, '}');
}

/* --- methods and paths --- */

static void write_validator(struct exporting *e, const struct entry *method)
{
    const struct entry *validator =
        registry_find(e->registry, KIND_VALIDATOR, e->api->id,
                      entry_text(e->arena, method, "RequestValidatorId"));
    if (validator != NULL && e->options->has_integrations) {
        json_put_string(&e->w, "x-amazon-apigateway-request-validator",
                        entry_text(e->arena, validator, "Name"));
    }
}

static void write_method(struct exporting *e, const struct entry *method)
{
    struct slice properties = method->properties;
    struct slice models = json_raw_member(properties, "RequestModels");
    struct slice responses = json_raw_member(properties, "MethodResponses");
    struct slice name = entry_text(e->arena, method, "OperationName");
    json_write_key(&e->w, export_method_key(e, entry_text(e->arena, method, "HttpMethod")));
    json_open(&e->w, '{');
    if (name.len > 0) {
        json_put_string(&e->w, "operationId", name);
    }
    if (e->options->is_swagger) {
        write_types(e, "consumes", models);
        write_types(e, "produces", models_of_responses(e, responses));
    }
    write_parameters(e, json_raw_member(properties, "RequestParameters"), models);
    if (!e->options->is_swagger && has_members(models)) {
        json_key_text(&e->w, "requestBody");
        json_open(&e->w, '{');
        write_content(e, models);
        json_put_bool(&e->w, "required", true);
        json_close(&e->w, '}');
    }
    write_responses(e, responses);
    export_security(e, method,
                    slice_ieq(entry_text(e->arena, method, "ApiKeyRequired"), SLICE("true")));
    write_validator(e, method);
    if (e->options->has_integrations) {
        write_integration(e, method);
    }
    json_close(&e->w, '}');
}

struct placed_method {
    struct slice path;
    const struct entry *method;
};

static int compare_placed(const void *a, const void *b)
{
    const struct placed_method *left = a, *right = b;
    int by_path = slice_compare(left->path, right->path);
    return by_path != 0 ? by_path : slice_compare(left->method->id, right->method->id);
}

static void write_paths(struct exporting *e)
{
    struct placed_method *all = arena_array(e->arena, e->registry->count, sizeof *all);
    size_t count = 0, at = 0;
    for (const struct entry *method;
         (method = registry_next(e->registry, KIND_METHOD, e->api->id, &at)) != NULL;) {
        if (registry_path(e->registry, e->arena, e->api->id,
                          entry_text(e->arena, method, "ResourceId"), &all[count].path)) {
            all[count++].method = method;
        }
    }
    if (count > 0) {
        qsort(all, count, sizeof *all, compare_placed);
    }
    json_key_text(&e->w, "paths");
    json_open(&e->w, '{');
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !slice_eq(all[i].path, all[i - 1].path)) {
            json_write_key(&e->w, all[i].path);
            json_open(&e->w, '{');
        }
        write_method(e, all[i].method);
        if (i + 1 == count || !slice_eq(all[i].path, all[i + 1].path)) {
            json_close(&e->w, '}');
        }
    }
    json_close(&e->w, '}');
}

void export_rest(struct exporting *e)
{
    write_paths(e);
    if (e->options->is_swagger) {
        if (export_has_schemes(e)) {
            json_key_text(&e->w, "securityDefinitions");
            export_schemes(e);
        }
        export_rest_models(e);
    } else {
        json_key_text(&e->w, "components");
        json_open(&e->w, '{');
        export_rest_models(e);
        if (export_has_schemes(e)) {
            json_key_text(&e->w, "securitySchemes");
            export_schemes(e);
        }
        json_close(&e->w, '}');
    }
    if (e->options->has_integrations) {
        export_rest_extensions(e);
    }
}
