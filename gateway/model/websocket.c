/* What only WebSocket APIs have: models by key, and the responses of routes and integrations as resources of their own. */
#include "gateway/model/building.h"

#include "core/mem.h"

void model_socket_api(struct building *b, const struct resource *resource, struct api_spec *api)
{
    static const struct slice authorizer = SLICE_INIT("$context.authorizer.usageIdentifierKey");
    struct slice key = model_text(b, resource->properties, "ApiKeySelectionExpression");
    struct parts parts = building_parts(b, "AWS::ApiGatewayV2::Model", "ApiId", api->id);
    struct model_spec *models = arena_array(b->arena, parts.count, sizeof *models);
    for (size_t i = 0; i < parts.count; i++) {
        struct slice properties = parts.items[i]->properties;
        models[i] = (struct model_spec){
            .name = model_text(b, properties, "Name"),
            .content_type = model_text(b, properties, "ContentType"),
            .schema = model_json(b, json_raw_member(properties, "Schema")),
        };
    }
    api->models = models;
    api->model_count = parts.count;
    api->takes_key_of_authorizer = slice_eq(key, authorizer);
    if (key.len > 0 && !api->takes_key_of_authorizer &&
        !slice_is(key, "$request.header.x-api-key") &&
        !slice_is(key, "${request.header.x-api-key}")) {
        building_fail(b, resource->position,
                      "ApiKeySelectionExpression '%.*s' must be $request.header.x-api-key or "
                      "$context.authorizer.usageIdentifierKey",
                      SLICE_ARG(key));
    }
}

/* --- what a route asks --- */

/* By name, or by what Ref gives for it. */
static struct pairs read_models(struct building *b, struct slice properties)
{
    struct pairs pairs = model_pairs(b, properties, "RequestModels");
    struct name_value_pair *items = arena_array(b->arena, pairs.count, sizeof *items);
    for (size_t i = 0; i < pairs.count; i++) {
        const struct resource *model =
            building_find(b, "AWS::ApiGatewayV2::Model", pairs.items[i].value);
        items[i] = pairs.items[i];
        if (model != NULL) {
            items[i].value = model_text(b, model->properties, "Name");
        }
    }
    return (struct pairs){items, pairs.count};
}

/* {"route.request.header.X": {"Required": true}}; those that are known but not required ask for nothing. */
static struct texts read_parameters(struct building *b, const struct route_spec *route,
                                    struct slice json)
{
    struct slice key, value;
    size_t count = 0;
    for (struct json_scan scan = json_scan_object(json); json_scan_member(&scan, &key, &value);) {
        count++;
    }
    struct slice *names = arena_array(b->arena, count, sizeof *names);
    count = 0;
    for (struct json_scan scan = json_scan_object(json); json_scan_member(&scan, &key, &value);) {
        struct slice name;
        if (!json_raw_key(b->arena, key, &name)) {
            continue;
        }
        if (!slice_starts_with(name, SLICE("route.request.header.")) &&
            !slice_starts_with(name, SLICE("route.request.querystring."))) {
            building_fail(b, route->position,
                          "route %.*s: Invalid mapping expression parameter specified: %.*s",
                          SLICE_ARG(route->path), SLICE_ARG(name));
        }
        if (json_raw_kind(value) != JSON_OBJECT) {
            building_fail(b, route->position,
                          "route %.*s: %.*s must be an object, {\"Required\": true}",
                          SLICE_ARG(route->path), SLICE_ARG(name));
        }
        names[count] = name;
        count += model_bool(b, value, model_spelling(value, "Required", "required"));
    }
    return (struct texts){names, count};
}

static void read_requests(struct building *b, struct route_spec *route, struct slice properties)
{
    bool is_connect = slice_is(route->path, "$connect");
    bool is_message = !is_connect && !slice_is(route->path, "$disconnect");
    route->model_selection = model_text(b, properties, "ModelSelectionExpression");
    route->models = read_models(b, properties);
    route->required_parameters =
        read_parameters(b, route, json_raw_member(properties, "RequestParameters"));
    route->validator.validates_body = is_message && route->model_selection.len > 0;
    route->validator.validates_parameters = is_connect && route->required_parameters.count > 0;
    if (route->required_parameters.count > 0 && !is_connect) {
        building_warn(b, route->position,
                      "route %.*s: only $connect has headers and a query: its RequestParameters "
                      "are not asked for",
                      SLICE_ARG(route->path));
    }
    if (route->model_selection.len > 0 && !is_message) {
        building_warn(b, route->position,
                      "route %.*s: no message belongs to it: its models are not held against "
                      "anything",
                      SLICE_ARG(route->path));
    }
    if (route->needs_api_key && !is_connect) {
        building_warn(b, route->position, "route %.*s: API keys are asked for at $connect only",
                      SLICE_ARG(route->path));
    }
}

/* --- what goes back --- */

/* What the integration answers goes back when the route says so and has a response for it. */
static void read_response(struct building *b, struct route_spec *route,
                          const struct resource *resource)
{
    struct slice selection =
        model_text(b, resource->properties, "RouteResponseSelectionExpression");
    struct parts parts =
        building_parts(b, "AWS::ApiGatewayV2::RouteResponse", "RouteId", resource->physical_id);
    for (size_t i = 0; i < parts.count; i++) {
        struct slice key = model_text(b, parts.items[i]->properties, "RouteResponseKey");
        if (!slice_is(key, "$default")) {
            building_fail(b, parts.items[i]->position, "RouteResponseKey '%.*s' must be $default",
                          SLICE_ARG(key));
        }
    }
    if (selection.len == 0) {
        return;
    }
    if (!slice_is(selection, "$default") && !slice_is(selection, "\\$default")) {
        building_fail(b, route->position,
                      "RouteResponseSelectionExpression '%.*s' must be $default",
                      SLICE_ARG(selection));
    }
    route->has_response = parts.count > 0;
    if (!route->has_response) {
        building_warn(b, route->position,
                      "route %.*s has a RouteResponseSelectionExpression and no "
                      "AWS::ApiGatewayV2::RouteResponse: nothing goes back to the client",
                      SLICE_ARG(route->path));
    }
}

void model_socket_responses(struct building *b, struct integration_spec *integration,
                            const struct resource *resource)
{
    struct parts parts = building_parts(b, "AWS::ApiGatewayV2::IntegrationResponse",
                                        "IntegrationId", resource->physical_id);
    struct integration_response_spec *responses =
        arena_array(b->arena, parts.count, sizeof *responses);
    for (size_t i = 0; i < parts.count; i++) {
        struct slice properties = parts.items[i]->properties;
        responses[i] = (struct integration_response_spec){
            .status = model_text(b, properties, "IntegrationResponseKey"),
            .parameters = model_pairs(b, properties, "ResponseParameters"),
            .templates = model_pairs(b, properties, "ResponseTemplates"),
            .template_selection = model_text(b, properties, "TemplateSelectionExpression"),
            .content_handling = model_content_handling(b, properties, "ContentHandlingStrategy"),
        };
        for (size_t k = 0; k < i; k++) {
            if (slice_eq(responses[k].status, responses[i].status)) {
                building_fail(b, parts.items[i]->position,
                              "IntegrationResponse with key %.*s already exists for this "
                              "integration",
                              SLICE_ARG(responses[i].status));
            }
        }
    }
    integration->responses = responses;
    integration->response_count = parts.count;
}

void model_socket_route(struct building *b, struct route_spec *route,
                        const struct resource *resource)
{
    read_requests(b, route, resource->properties);
    read_response(b, route, resource);
}
