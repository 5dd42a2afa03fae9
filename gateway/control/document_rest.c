/* Documents of REST APIs: resources, methods, models, validators, gateway responses. */
#include "gateway/control/document_private.h"

static struct slice resource_id(struct apart *apart, struct slice path)
{
    return slice_is(path, "/") ? registry_root(apart->arena, apart->api->id)
                               : document_id(apart->arena, 6, "resource", apart->api->id, path);
}

/* One that is there already, under whatever id. */
static struct slice known_child(struct apart *apart, struct slice parent, struct slice name)
{
    size_t at = 0;
    const struct entry *entry;
    while (apart->options.continues &&
           (entry = registry_next(apart->registry, KIND_RESOURCE, apart->api->id, &at)) != NULL) {
        if (slice_eq(entry_text(apart->arena, entry, "ParentId"), parent) &&
            slice_eq(entry_text(apart->arena, entry, "PathPart"), name)) {
            return entry->id;
        }
    }
    return SLICE_NULL;
}

/* The resources of a path, each below the one before. */
static struct slice put_path(struct apart *apart, struct slice path)
{
    struct slice parent = registry_root(apart->arena, apart->api->id);
    struct slice rest = slice_skip(path, 1), name;
    if (rest.len == 0) {
        return parent;
    }
    while (slice_split(&rest, '/', &name)) {
        if (name.len == 0) {
            continue;
        }
        struct slice so_far = slice_of(path.ptr, (size_t)(name.ptr - path.ptr) + name.len);
        struct slice id = known_child(apart, parent, name);
        struct part part;
        if (id.ptr != NULL) {
            parent = id;
            continue;
        }
        id = resource_id(apart, so_far);
        part_begin(&part, apart, KIND_RESOURCE);
        part_text(&part, "ParentId", parent);
        part_text(&part, "PathPart", name);
        part_end(&part, id);
        parent = id;
    }
    return parent;
}

/* --- integrations --- */

/* "default" is the response that no pattern has to match. */
static void write_responses(struct apart *apart, struct json_writer *w, struct slice responses)
{
    static const char *const members[][2] = {{"statusCode", "StatusCode"},
                                             {"responseParameters", "ResponseParameters"},
                                             {"responseTemplates", "ResponseTemplates"},
                                             {"contentHandling", "ContentHandling"}};
    struct slice key, json, pattern;
    json_open(w, '[');
    struct json_scan scan = json_scan_object(responses);
    while (json_scan_member(&scan, &key, &json)) {
        if (!json_raw_key(apart->arena, key, &pattern)) {
            continue;
        }
        json_open(w, '{');
        if (!slice_is(pattern, "default")) {
            json_put_string(w, "SelectionPattern", pattern);
        }
        for (size_t i = 0; i < COUNT_OF(members); i++) {
            struct slice raw = json_raw_member(json, members[i][0]);
            if (raw.ptr != NULL) {
                json_put_raw(w, members[i][1], raw);
            }
        }
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* Documents write these in small letters. */
static bool is_constant(struct slice name)
{
    return slice_is(name, "type") || slice_is(name, "passthroughBehavior");
}

static void write_integration(struct apart *apart, struct part *part, struct slice json)
{
    if (json.ptr == NULL) {
        return;
    }
    json_key_text(&part->w, "Integration");
    json_open(&part->w, '{');
    for (size_t i = 0; i < integration_attributes.count; i++) {
        const struct attribute *attribute = &integration_attributes.items[i];
        struct slice raw = json_raw_member(json, attribute->name);
        if (raw.ptr == NULL || attribute->form == FORM_KEYED) {
            continue;
        }
        json_key_text(&part->w, attribute_property(apart->arena, attribute));
        if (is_constant(slice_from(attribute->name))) {
            json_write_string(&part->w, apart_upper(apart, json_text_of(apart->arena, raw)));
        } else {
            json_write_raw(&part->w, raw);
        }
    }
    struct slice responses = json_raw_member(json, "responses");
    if (responses.ptr != NULL) {
        json_key_text(&part->w, "IntegrationResponses");
        write_responses(apart, &part->w, responses);
    }
    json_close(&part->w, '}');
}

/* --- requests and responses of a method --- */

static const struct {
    const char *in, *place;
} places[] = {{"path", "path"}, {"query", "querystring"}, {"header", "header"}};

static void write_parameters(struct apart *apart, struct json_writer *w, struct slice list)
{
    struct json_scan scan = json_scan_array(list);
    for (struct slice parameter; json_scan_element(&scan, &parameter);) {
        struct slice in = apart_text(apart, parameter, "in");
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            if (slice_is(in, places[i].in)) {
                json_write_key(w,
                               arena_printf(apart->arena, "method.request.%s.%.*s", places[i].place,
                                            SLICE_ARG(apart_text(apart, parameter, "name"))));
                json_write_bool(w, apart_flag(apart, parameter, "required"));
            }
        }
    }
}

/* "#/definitions/Pet": the model's name. */
static struct slice model_of(struct apart *apart, struct slice schema)
{
    struct slice reference = apart_text(apart, schema, "$ref");
    size_t slash = slice_rfind(reference, '/');
    return slash != SLICE_NPOS ? slice_skip(reference, slash + 1) : SLICE_NULL;
}

/* {"application/json": "Pet"} of OpenAPI's content. */
static void write_content(struct apart *apart, struct json_writer *w, struct slice content)
{
    struct slice key, json, type;
    struct json_scan scan = json_scan_object(content);
    while (json_scan_member(&scan, &key, &json)) {
        struct slice model = model_of(apart, json_raw_member(json, "schema"));
        if (model.ptr != NULL && json_raw_key(apart->arena, key, &type)) {
            json_write_key(w, type);
            json_write_string(w, model);
        }
    }
}

/* Swagger's body parameter has a schema, OpenAPI's request body one a content type. */
static void write_request_models(struct apart *apart, struct part *part, struct slice operation)
{
    json_key_text(&part->w, "RequestModels");
    json_open(&part->w, '{');
    write_content(apart, &part->w,
                  json_raw_member(json_raw_member(operation, "requestBody"), "content"));
    struct json_scan scan = json_scan_array(json_raw_member(operation, "parameters"));
    for (struct slice parameter; json_scan_element(&scan, &parameter);) {
        struct slice model = model_of(apart, json_raw_member(parameter, "schema"));
        if (slice_is(apart_text(apart, parameter, "in"), "body") && model.ptr != NULL) {
            json_put_string(&part->w, "application/json", model);
        }
    }
    json_close(&part->w, '}');
}

static void write_method_response(struct apart *apart, struct json_writer *w, struct slice status,
                                  struct slice json)
{
    struct slice key, value, name;
    json_open(w, '{');
    json_put_string(w, "StatusCode", status);
    struct slice headers = json_raw_member(json, "headers");
    if (headers.ptr != NULL) {
        json_key_text(w, "ResponseParameters");
        json_open(w, '{');
        struct json_scan scan = json_scan_object(headers);
        while (json_scan_member(&scan, &key, &value)) {
            if (json_raw_key(apart->arena, key, &name)) {
                json_write_key(
                    w, arena_printf(apart->arena, "method.response.header.%.*s", SLICE_ARG(name)));
                json_write_bool(w, false);
            }
        }
        json_close(w, '}');
    }
    struct slice content = json_raw_member(json, "content");
    struct slice model = model_of(apart, json_raw_member(json, "schema"));
    if (content.ptr != NULL || model.ptr != NULL) {
        json_key_text(w, "ResponseModels");
        json_open(w, '{');
        write_content(apart, w, content);
        if (model.ptr != NULL) {
            json_put_string(w, "application/json", model);
        }
        json_close(w, '}');
    }
    json_close(w, '}');
}

static void write_method_responses(struct apart *apart, struct part *part, struct slice responses)
{
    struct slice key, json, status;
    if (responses.ptr == NULL) {
        return;
    }
    json_key_text(&part->w, "MethodResponses");
    json_open(&part->w, '[');
    struct json_scan scan = json_scan_object(responses);
    while (json_scan_member(&scan, &key, &json)) {
        if (json_raw_key(apart->arena, key, &status)) {
            write_method_response(apart, &part->w,
                                  slice_is(status, "default") ? SLICE("200") : status, json);
        }
    }
    json_close(&part->w, ']');
}

static struct slice validator_id(struct apart *apart, struct slice name)
{
    return document_id(apart->arena, 6, "validator", apart->api->id, name);
}

static void put_method(struct apart *apart, const struct operation *operation)
{
    struct slice id = put_path(apart, operation->path);
    struct security security = apart_security(apart, operation->json);
    struct slice validator =
        apart_text(apart, operation->json, "x-amazon-apigateway-request-validator");
    if (validator.ptr == NULL) {
        validator = apart_text(apart, apart->body, "x-amazon-apigateway-request-validator");
    }
    struct part part;
    part_begin(&part, apart, KIND_METHOD);
    part_text(&part, "ResourceId", id);
    part_text(&part, "HttpMethod", operation->method);
    part_text(&part, "AuthorizationType", security.type);
    part_text(&part, "AuthorizerId", security.authorizer_id);
    part_raw(&part, "AuthorizationScopes", security.scopes);
    part_raw(&part, "ApiKeyRequired", security.needs_api_key ? SLICE("true") : SLICE("false"));
    part_text(&part, "OperationName", apart_text(apart, operation->json, "operationId"));
    if (validator.len > 0) {
        part_text(&part, "RequestValidatorId", validator_id(apart, validator));
    }
    json_key_text(&part.w, "RequestParameters");
    json_open(&part.w, '{');
    write_parameters(apart, &part.w, operation->parameters);
    write_parameters(apart, &part.w, json_raw_member(operation->json, "parameters"));
    json_close(&part.w, '}');
    write_request_models(apart, &part, operation->json);
    write_method_responses(apart, &part, json_raw_member(operation->json, "responses"));
    write_integration(apart, &part,
                      json_raw_member(operation->json, "x-amazon-apigateway-integration"));
    part_end(&part, registry_method_id(apart->arena, id, operation->method));
}

/* --- what stands beside the paths --- */

static void put_model(struct apart *apart, struct slice name, struct slice description,
                      struct slice schema)
{
    struct part part;
    part_begin(&part, apart, KIND_MODEL);
    part_text(&part, "Name", name);
    part_text(&part, "Description", description);
    part_text(&part, "ContentType", SLICE("application/json"));
    part_raw(&part, "Schema", schema);
    part_end(&part, name);
}

static void put_models(struct apart *apart)
{
    struct slice key, schema, name;
    struct slice schemas = json_raw_member(json_raw_member(apart->body, "components"), "schemas");
    if (schemas.ptr == NULL) {
        schemas = json_raw_member(apart->body, "definitions");
    }
    struct json_scan scan = json_scan_object(schemas);
    while (json_scan_member(&scan, &key, &schema)) {
        if (json_raw_key(apart->arena, key, &name)) {
            put_model(apart, name, SLICE_NULL, schema);
        }
    }
}

/* Every REST API has them. */
static void put_default_models(struct apart *apart)
{
    struct entry api = *apart->api;
    const struct entry *own = apart->api;
    api.origin = ORIGIN_DERIVED;
    apart->api = &api;
    put_model(apart, SLICE("Empty"), SLICE("This is a default empty schema model"),
              SLICE("{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
                    "\"title\":\"Empty Schema\",\"type\":\"object\"}"));
    put_model(apart, SLICE("Error"), SLICE("This is a default error schema model"),
              SLICE("{\"$schema\":\"http://json-schema.org/draft-04/schema#\","
                    "\"title\":\"Error Schema\",\"type\":\"object\","
                    "\"properties\":{\"message\":{\"type\":\"string\"}}}"));
    apart->api = own;
}

static void put_validators(struct apart *apart)
{
    struct slice key, json, name;
    struct json_scan scan =
        json_scan_object(json_raw_member(apart->body, "x-amazon-apigateway-request-validators"));
    while (json_scan_member(&scan, &key, &json)) {
        struct part part;
        if (!json_raw_key(apart->arena, key, &name)) {
            continue;
        }
        part_begin(&part, apart, KIND_VALIDATOR);
        part_text(&part, "Name", name);
        part_raw(&part, "ValidateRequestBody", json_raw_member(json, "validateRequestBody"));
        part_raw(&part, "ValidateRequestParameters",
                 json_raw_member(json, "validateRequestParameters"));
        part_end(&part, validator_id(apart, name));
    }
}

static void put_gateway_responses(struct apart *apart)
{
    struct slice key, json, type;
    struct json_scan scan =
        json_scan_object(json_raw_member(apart->body, "x-amazon-apigateway-gateway-responses"));
    while (json_scan_member(&scan, &key, &json)) {
        struct part part;
        if (!json_raw_key(apart->arena, key, &type)) {
            continue;
        }
        part_begin(&part, apart, KIND_GATEWAY_RESPONSE);
        part_text(&part, "ResponseType", type);
        part_text(&part, "StatusCode", apart_text(apart, json, "statusCode"));
        part_raw(&part, "ResponseParameters", json_raw_member(json, "responseParameters"));
        part_raw(&part, "ResponseTemplates", json_raw_member(json, "responseTemplates"));
        part_end(&part, type);
    }
}

/* The API's own properties, where it does not say otherwise itself. */
static struct slice api_properties(struct apart *apart)
{
    struct slice info = json_raw_member(apart->body, "info");
    const struct said said[] = {
        {"Name", json_raw_member(info, "title")},
        {"Description", json_raw_member(info, "description")},
        {"Version", json_raw_member(info, "version")},
        {"BinaryMediaTypes",
         json_raw_member(apart->body, "x-amazon-apigateway-binary-media-types")},
        {"ApiKeySourceType", json_raw_member(apart->body, "x-amazon-apigateway-api-key-source")},
        {"MinimumCompressionSize",
         json_raw_member(apart->body, "x-amazon-apigateway-minimum-compression-size")},
        {"Policy", json_raw_member(apart->body, "x-amazon-apigateway-policy")},
    };
    struct slice properties =
        edit_member(apart->arena, apart->api->properties, SLICE("Body"), SLICE_NULL);
    return apart_add_said(apart, properties, said, COUNT_OF(said));
}

struct slice document_rest(struct apart *apart)
{
    put_models(apart);
    put_default_models(apart);
    put_validators(apart);
    put_gateway_responses(apart);
    apart_authorizers(apart);
    apart_operations(apart, put_method);
    return api_properties(apart);
}
