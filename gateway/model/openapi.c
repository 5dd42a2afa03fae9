/* OpenAPI 3 and Swagger 2 documents with API Gateway's extensions; SAM and authors both write them. */
#include "gateway/model/building.h"

#include "core/mem.h"

static const char any_method[] = "x-amazon-apigateway-any-method";

static struct slice upper(struct building *b, struct slice text)
{
    char *copy = arena_cstr(b->arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (copy[i] >= 'a' && copy[i] <= 'z') {
            copy[i] = (char)(copy[i] - ('a' - 'A'));
        }
    }
    return slice_of(copy, text.len);
}

static bool is_method(struct slice key)
{
    static const char *const methods[] = {"get",     "post", "put",   "delete",  "patch",
                                          "options", "head", "trace", any_method};
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (slice_ieq(key, slice_from(methods[i]))) {
            return true;
        }
    }
    return false;
}

struct document {
    const struct api_spec *api;
    struct slice paths;
    struct slice schemes[2]; /* of OpenAPI 3 and of Swagger 2 */
    struct slice security;   /* of operations that say nothing of it, like the validator */
    struct slice validator, validators;
    struct slice position;
};

/* --- what guards an operation --- */

static struct slice find_scheme(const struct document *document, const char *name)
{
    struct slice scheme = json_raw_member(document->schemes[0], name);
    return scheme.ptr != NULL ? scheme : json_raw_member(document->schemes[1], name);
}

static void add_requirement(struct building *b, const struct document *document,
                            struct route_spec *route, struct slice name, struct slice scopes)
{
    struct slice scheme = find_scheme(document, arena_cstr(b->arena, name));
    if (slice_is(name, "NONE")) {
        return;
    }
    if (slice_ieq(model_text(b, scheme, "x-amazon-apigateway-authtype"), SLICE("awsSigv4")) ||
        slice_is(name, "AWS_IAM") || slice_is(name, "sigv4")) {
        route->authorization = AUTHORIZATION_IAM;
    } else if (json_raw_member(scheme, "x-amazon-apigateway-authorizer").ptr == NULL &&
               (slice_ieq(model_text(b, scheme, "name"), SLICE("x-api-key")) ||
                slice_is(name, "api_key"))) {
        route->needs_api_key = true;
    } else {
        route->authorization = AUTHORIZATION_AUTHORIZER;
        route->authorizer_id = name;
        struct slice *items = arena_array(b->arena, json_raw_count(scopes), sizeof *items);
        size_t count = 0;
        struct slice scope;
        for (struct json_scan scan = json_scan_array(scopes); json_scan_element(&scan, &scope);) {
            items[count++] = model_scalar(b, scope);
        }
        route->scopes = (struct texts){items, count};
    }
}

/* Its own `security`, else the document's. An empty list or NONE opens it. */
static void read_security(struct building *b, const struct document *document,
                          struct route_spec *route, struct slice operation)
{
    struct slice security = json_raw_member(operation, "security");
    if (security.ptr == NULL) {
        security = document->security;
    }
    struct slice auth = json_raw_member(operation, "x-amazon-apigateway-auth");
    if (slice_is(model_text(b, auth, "type"), "AWS_IAM")) {
        route->authorization = AUTHORIZATION_IAM;
    }
    struct slice requirement, key, scopes, name;
    for (struct json_scan list = json_scan_array(security);
         json_scan_element(&list, &requirement);) {
        for (struct json_scan one = json_scan_object(requirement);
             json_scan_member(&one, &key, &scopes);) {
            if (json_raw_key(b->arena, key, &name)) {
                add_requirement(b, document, route, name, scopes);
            }
        }
    }
}

/* --- what an operation asks of its requests --- */

static void read_validator(struct building *b, const struct document *document,
                           struct route_spec *route, struct slice operation)
{
    struct slice name = model_text(b, operation, "x-amazon-apigateway-request-validator");
    if (name.ptr == NULL) {
        name = document->validator;
    }
    if (name.len > 0) {
        struct slice validator = json_raw_member(document->validators, arena_cstr(b->arena, name));
        route->validator.validates_body = model_bool(b, validator, "validateRequestBody");
        route->validator.validates_parameters =
            model_bool(b, validator, "validateRequestParameters");
    }
}

/* "#/definitions/Pet" or "#/components/schemas/Pet": the model's name. */
static struct slice model_of(struct building *b, struct slice schema)
{
    struct slice reference = model_text(b, schema, "$ref");
    size_t slash = slice_rfind(reference, '/');
    return slash != SLICE_NPOS ? slice_skip(reference, slash + 1) : SLICE_NULL;
}

/* Swagger's body parameter has a schema, OpenAPI's request body one a content type. */
static void read_models_of(struct building *b, struct route_spec *route, struct slice operation)
{
    struct slice content = json_raw_member(json_raw_member(operation, "requestBody"), "content");
    struct slice key, value;
    size_t count = 1;
    for (struct json_scan scan = json_scan_object(content);
         json_scan_member(&scan, &key, &value);) {
        count++;
    }
    struct name_value_pair *models = arena_array(b->arena, count, sizeof *models);
    size_t at = 0;
    for (struct json_scan scan = json_scan_object(content);
         json_scan_member(&scan, &key, &value);) {
        models[at].value = model_of(b, json_raw_member(value, "schema"));
        at += models[at].value.ptr != NULL && json_raw_key(b->arena, key, &models[at].name);
    }
    struct slice parameter;
    struct json_scan list = json_scan_array(json_raw_member(operation, "parameters"));
    while (json_scan_element(&list, &parameter) && at < count) {
        struct slice model = model_of(b, json_raw_member(parameter, "schema"));
        if (slice_is(model_text(b, parameter, "in"), "body") && model.ptr != NULL) {
            models[at++] = (struct name_value_pair){SLICE("application/json"), model};
        }
    }
    route->models = (struct pairs){models, at};
}

static void read_required(struct building *b, struct route_spec *route, struct slice operation)
{
    static const char *const places[][2] = {
        {"path", "path"}, {"query", "querystring"}, {"header", "header"}};
    struct slice list = json_raw_member(operation, "parameters");
    struct slice *names = arena_array(b->arena, json_raw_count(list), sizeof *names);
    size_t count = 0;
    struct slice parameter;
    for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &parameter);) {
        struct slice in = model_text(b, parameter, "in");
        for (size_t i = 0; i < COUNT_OF(places) && model_bool(b, parameter, "required"); i++) {
            if (slice_is(in, places[i][0])) {
                names[count++] = arena_printf(b->arena, "method.request.%s.%.*s", places[i][1],
                                              SLICE_ARG(model_text(b, parameter, "name")));
            }
        }
    }
    route->required_parameters = (struct texts){names, count};
}

/* --- operations --- */

static void read_operation(struct building *b, const struct document *document, struct slice path,
                           struct slice method, struct slice operation, struct route_list *routes)
{
    const struct api_spec *api = document->api;
    struct route_spec route = {
        .method = slice_is(method, any_method) ? SLICE("ANY") : upper(b, method),
        .path = path,
        .operation_name = model_text(b, operation, "operationId"),
        .position = document->position,
    };
    if (slice_is(path, "$default") || slice_is(path, "/$default")) {
        route.method = SLICE("");
        route.path = SLICE("$default");
    } else if (path.len == 0 || path.ptr[0] != '/') {
        building_warn(b, route.position, "path '%.*s' must begin with '/': AWS refuses it",
                      SLICE_ARG(path));
        route.path = arena_printf(b->arena, "/%.*s", SLICE_ARG(path));
    }
    read_security(b, document, &route, operation);
    model_integration(b, api, &route, json_raw_member(operation, "x-amazon-apigateway-integration"),
                      &model_openapi_spelling);
    if (api->kind == API_REST) {
        read_validator(b, document, &route, operation);
        read_models_of(b, &route, operation);
        read_required(b, &route, operation);
    }
    *route_list_add(b, routes) = route;
}

static void read_paths(struct building *b, const struct document *document,
                       struct route_list *routes)
{
    struct slice path_key, operations, key, operation, path, method;
    struct json_scan paths = json_scan_object(document->paths);
    while (json_scan_member(&paths, &path_key, &operations)) {
        struct json_scan scan = json_scan_object(operations);
        while (json_scan_member(&scan, &key, &operation)) {
            if (json_raw_key(b->arena, path_key, &path) && json_raw_key(b->arena, key, &method) &&
                is_method(method) && json_raw_kind(operation) == JSON_OBJECT) {
                read_operation(b, document, path, method, operation, routes);
            }
        }
    }
}

/* --- what stands beside the paths --- */

static void read_schemas(struct building *b, struct api_spec *api, struct slice schemas)
{
    struct slice key, schema;
    size_t count = 0;
    for (struct json_scan scan = json_scan_object(schemas);
         json_scan_member(&scan, &key, &schema);) {
        count++;
    }
    struct model_spec *models = arena_array(b->arena, count, sizeof *models);
    size_t at = 0;
    for (struct json_scan scan = json_scan_object(schemas);
         json_scan_member(&scan, &key, &schema);) {
        models[at] =
            (struct model_spec){.content_type = SLICE("application/json"), .schema = schema};
        at += json_raw_key(b->arena, key, &models[at].name);
    }
    api->models = models;
    api->model_count = at;
}

static void read_responses(struct building *b, struct api_spec *api, struct slice responses)
{
    struct slice key, json;
    size_t count = 0;
    for (struct json_scan scan = json_scan_object(responses);
         json_scan_member(&scan, &key, &json);) {
        count++;
    }
    struct gateway_response_spec *list = arena_array(b->arena, count, sizeof *list);
    size_t at = 0;
    for (struct json_scan scan = json_scan_object(responses);
         json_scan_member(&scan, &key, &json);) {
        list[at] = (struct gateway_response_spec){
            .status = model_text(b, json, "statusCode"),
            .parameters = model_pairs(b, json, "responseParameters"),
            .templates = model_pairs(b, json, "responseTemplates"),
        };
        at += json_raw_key(b->arena, key, &list[at].type);
    }
    api->gateway_responses = list;
    api->gateway_response_count = at;
}

void model_document(struct building *b, const struct resource *resource, struct api_spec *api,
                    struct route_list *routes)
{
    struct slice json = json_raw_member(resource->properties, "Body");
    if (json.ptr == NULL || json_raw_kind(json) != JSON_OBJECT) {
        if (json_raw_member(resource->properties, "BodyS3Location").ptr != NULL) {
            building_warn(
                b, resource->position,
                "the definition of API '%.*s' is in S3: its routes are not known here (give its "
                "bucket as a folder: --bucket NAME=DIR)",
                SLICE_ARG(resource->logical_id));
        }
        return;
    }
    struct slice components = json_raw_member(json, "components");
    const struct document document = {
        .api = api,
        .paths = json_raw_member(json, "paths"),
        .schemes = {json_raw_member(components, "securitySchemes"),
                    json_raw_member(json, "securityDefinitions")},
        .security = json_raw_member(json, "security"),
        .validator = model_text(b, json, "x-amazon-apigateway-request-validator"),
        .validators = json_raw_member(json, "x-amazon-apigateway-request-validators"),
        .position = resource->position,
    };
    if (api->name.len == 0) {
        api->name = model_text(b, json_raw_member(json, "info"), "title");
    }
    model_document_authorizers(b, api, document.schemes[0]);
    model_document_authorizers(b, api, document.schemes[1]);
    struct slice schemas = json_raw_member(components, "schemas");
    read_schemas(b, api, schemas.ptr != NULL ? schemas : json_raw_member(json, "definitions"));
    read_responses(b, api, json_raw_member(json, "x-amazon-apigateway-gateway-responses"));
    read_paths(b, &document, routes);
}
