/* REST APIs: AWS::ApiGateway::Resource makes the tree of paths, ::Method hangs on it; or a document does both. */
#include "gateway/model/building.h"

#include "core/mem.h"
#include "gateway/policy/policy.h"

#define PATH_DEPTH_MAX 128

/* "/a/{b}" of a resource id; false when a parent is not in this template. */
static bool path_of(struct building *b, struct slice id, struct slice root, struct slice *ret_path)
{
    struct slice path = SLICE("");
    for (size_t depth = 0; !slice_eq(id, root); depth++) {
        const struct resource *resource = building_find(b, "AWS::ApiGateway::Resource", id);
        if (resource == NULL || depth > PATH_DEPTH_MAX) {
            return false;
        }
        path = arena_printf(b->arena, "/%.*s%.*s",
                            SLICE_ARG(model_text(b, resource->properties, "PathPart")),
                            SLICE_ARG(path));
        id = model_text(b, resource->properties, "ParentId");
    }
    *ret_path = path.len > 0 ? path : SLICE("/");
    return true;
}

static struct validator_spec read_validator(struct building *b, struct slice id)
{
    const struct resource *validator =
        id.len > 0 ? building_find(b, "AWS::ApiGateway::RequestValidator", id) : NULL;
    if (validator == NULL) {
        return (struct validator_spec){false, false};
    }
    return (struct validator_spec){
        .validates_body = model_bool(b, validator->properties, "ValidateRequestBody"),
        .validates_parameters = model_bool(b, validator->properties, "ValidateRequestParameters"),
    };
}

/* {"method.request.header.X": true}: those that must be there. */
static struct texts read_required(struct building *b, struct slice properties)
{
    struct pairs all = model_pairs(b, properties, "RequestParameters");
    struct slice *names = arena_array(b->arena, all.count, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++) {
        if (slice_ieq(all.items[i].value, SLICE("true"))) {
            names[count++] = all.items[i].name;
        }
    }
    return (struct texts){names, count};
}

/* Ref of a model gives its name already. */
static void read_method(struct building *b, const struct api_spec *api, struct route_spec *route,
                        struct slice properties)
{
    route->method = model_text(b, properties, "HttpMethod");
    route->operation_name = model_text(b, properties, "OperationName");
    route->authorizer_id = model_text(b, properties, "AuthorizerId");
    route->scopes = model_texts(b, properties, "AuthorizationScopes");
    route->authorization = model_authorization(model_text(b, properties, "AuthorizationType"));
    route->needs_api_key = model_bool(b, properties, "ApiKeyRequired");
    route->validator = read_validator(b, model_text(b, properties, "RequestValidatorId"));
    route->models = model_pairs(b, properties, "RequestModels");
    route->required_parameters = read_required(b, properties);
    model_integration(b, api, route, json_raw_member(properties, "Integration"),
                      &model_rest_spelling);
}

static void read_methods(struct building *b, const struct api_spec *api, struct route_list *routes)
{
    struct slice root = arena_printf(b->arena, "%.*sroot", SLICE_ARG(api->id));
    struct parts parts = building_parts(b, "AWS::ApiGateway::Method", "RestApiId", api->id);
    for (size_t i = 0; i < parts.count; i++) {
        const struct resource *resource = parts.items[i];
        struct route_spec route = {.position = resource->position};
        struct slice parent = model_text(b, resource->properties, "ResourceId");
        if (!path_of(b, parent, root, &route.path)) {
            building_warn(b, resource->position,
                          "method '%.*s': its path hangs on '%.*s', which is not in this template",
                          SLICE_ARG(resource->logical_id), SLICE_ARG(parent));
            continue;
        }
        route.resource_id = parent;
        read_method(b, api, &route, resource->properties);
        *route_list_add(b, routes) = route;
    }
}

/* --- what hangs on the API --- */

static void read_models(struct building *b, struct api_spec *api)
{
    struct parts parts = building_parts(b, "AWS::ApiGateway::Model", "RestApiId", api->id);
    struct model_spec *models =
        arena_array(b->arena, api->model_count + parts.count, sizeof *models);
    if (api->model_count > 0) {
        memcpy(models, api->models, api->model_count * sizeof *models);
    }
    for (size_t i = 0; i < parts.count; i++) {
        struct slice properties = parts.items[i]->properties;
        models[api->model_count++] = (struct model_spec){
            .name = parts.items[i]->physical_id,
            .content_type = model_text(b, properties, "ContentType"),
            .schema = model_json(b, json_raw_member(properties, "Schema")),
        };
    }
    api->models = models;
}

static void read_gateway_responses(struct building *b, struct api_spec *api)
{
    struct parts parts =
        building_parts(b, "AWS::ApiGateway::GatewayResponse", "RestApiId", api->id);
    struct gateway_response_spec *list =
        arena_array(b->arena, api->gateway_response_count + parts.count, sizeof *list);
    if (api->gateway_response_count > 0) {
        memcpy(list, api->gateway_responses, api->gateway_response_count * sizeof *list);
    }
    for (size_t i = 0; i < parts.count; i++) {
        struct slice properties = parts.items[i]->properties;
        list[api->gateway_response_count++] = (struct gateway_response_spec){
            .type = model_text(b, properties, "ResponseType"),
            .status = model_text(b, properties, "StatusCode"),
            .parameters = model_pairs(b, properties, "ResponseParameters"),
            .templates = model_pairs(b, properties, "ResponseTemplates"),
        };
    }
    api->gateway_responses = list;
}

/* "image~1png" as SAM writes a media type. */
static struct texts read_media_types(struct building *b, struct slice object, const char *key)
{
    struct texts types = model_texts(b, object, key);
    struct slice *items = arena_array(b->arena, types.count, sizeof *items);
    for (size_t i = 0; i < types.count; i++) {
        struct slice type = types.items[i];
        size_t tilde = slice_search(type, SLICE("~1"));
        items[i] = tilde == SLICE_NPOS ? type
                                       : arena_printf(b->arena, "%.*s/%.*s", (int)tilde, type.ptr,
                                                      SLICE_ARG(slice_skip(type, tilde + 2)));
    }
    return (struct texts){items, types.count};
}

static void check_policy(struct building *b, const struct resource *resource,
                         const struct api_spec *api)
{
    const struct policy *policy;
    struct fault why;
    if (api->policy.len > 0 &&
        policy_parse(b->arena, POLICY_OF_RESOURCE, api->policy, &policy, &why) != STATUS_OK) {
        building_fail(b, resource->position, POLICY_INVALID " (%s)", why.text);
    }
}

void model_rest_api(struct building *b, const struct resource *resource, struct api_spec *api)
{
    struct slice properties = resource->properties;
    struct slice body = json_raw_member(properties, "Body");
    struct route_list routes = {NULL, 0, 0};
    model_document(b, resource, api, &routes);
    read_methods(b, api, &routes);
    read_models(b, api);
    read_gateway_responses(b, api);
    api->binary_media_types =
        json_raw_member(properties, "BinaryMediaTypes").ptr != NULL
            ? read_media_types(b, properties, "BinaryMediaTypes")
            : read_media_types(b, body, "x-amazon-apigateway-binary-media-types");
    api->takes_key_of_authorizer =
        slice_is(model_text(b, properties, "ApiKeySourceType"), "AUTHORIZER");
    api->compression_min = (int32_t)model_i64(b, properties, "MinimumCompressionSize", -1);
    api->policy = model_json(b, json_raw_member(properties, "Policy"));
    if (api->policy.ptr == NULL) {
        api->policy = model_json(b, json_raw_member(body, "x-amazon-apigateway-policy"));
    }
    check_policy(b, resource, api);
    route_list_end(b, &routes, api);
}
