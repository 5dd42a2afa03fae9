/* HTTP and WebSocket APIs: routes that stand as resources of their own, documents, quick create. */
#include "gateway/model/building.h"

#include "core/mem.h"

/* "GET /x" apart; a key of another form is a failure. */
static bool read_key(struct building *b, const struct api_spec *api, struct route_spec *route,
                     struct slice key)
{
    size_t blank = slice_find(key, ' ');
    route->method = SLICE("");
    route->path = key;
    if (api->kind == API_WEBSOCKET || slice_is(key, "$default")) {
        return true;
    }
    if (blank == SLICE_NPOS) {
        building_fail(b, route->position,
                      "RouteKey '%.*s' must be '$default' or a method and a path", SLICE_ARG(key));
        return false;
    }
    route->method = slice_take(key, blank);
    route->path = slice_trim(slice_skip(key, blank));
    return true;
}

/* $connect, $disconnect and $default do without an integration: nobody is asked. */
static bool needs_integration(const struct api_spec *api, const struct route_spec *route)
{
    return api->kind != API_WEBSOCKET ||
           !(slice_is(route->path, "$connect") || slice_is(route->path, "$disconnect") ||
             slice_is(route->path, "$default"));
}

static void read_authorization(struct building *b, struct route_spec *route,
                               struct slice properties)
{
    route->authorizer_id = model_text(b, properties, "AuthorizerId");
    route->scopes = model_texts(b, properties, "AuthorizationScopes");
    route->authorization = model_authorization(model_text(b, properties, "AuthorizationType"));
    route->needs_api_key = model_bool(b, properties, "ApiKeyRequired");
}

static void read_target(struct building *b, const struct api_spec *api, struct route_spec *route,
                        struct slice target)
{
    static const struct slice prefix = SLICE_INIT("integrations/");
    struct slice id = slice_starts_with(target, prefix) ? slice_skip(target, prefix.len) : target;
    const struct resource *integration =
        target.len > 0 ? building_find(b, "AWS::ApiGatewayV2::Integration", id) : NULL;
    if (integration != NULL) {
        model_integration(b, api, route, integration->properties, &model_v2_spelling);
        if (api->kind == API_WEBSOCKET) {
            model_socket_responses(b, &route->integration, integration);
        }
        return;
    }
    route->integration = (struct integration_spec){
        .kind = target.len == 0 && !needs_integration(api, route) ? INTEGRATION_MOCK
                                                                  : INTEGRATION_UNSUPPORTED};
    if (target.len > 0) {
        building_warn(b, route->position, "integration '%.*s' is not in this template",
                      SLICE_ARG(target));
    }
}

static void read_routes(struct building *b, const struct api_spec *api, struct route_list *routes)
{
    struct parts parts = building_parts(b, "AWS::ApiGatewayV2::Route", "ApiId", api->id);
    for (size_t i = 0; i < parts.count; i++) {
        struct slice properties = parts.items[i]->properties;
        struct route_spec route = {.position = parts.items[i]->position,
                                   .operation_name = model_text(b, properties, "OperationName")};
        if (!read_key(b, api, &route, slice_trim(model_text(b, properties, "RouteKey")))) {
            continue;
        }
        read_authorization(b, &route, properties);
        read_target(b, api, &route, model_text(b, properties, "Target"));
        if (api->kind == API_WEBSOCKET) {
            model_socket_route(b, &route, parts.items[i]);
        }
        *route_list_add(b, routes) = route;
    }
}

/* Quick create: the API resource names a target itself and gets a $default stage. */
static void read_quick_create(struct building *b, const struct resource *resource,
                              struct api_spec *api, struct route_list *routes)
{
    struct slice target = model_text(b, resource->properties, "Target");
    if (target.len == 0) {
        return;
    }
    struct slice key = model_text(b, resource->properties, "RouteKey");
    struct route_spec route = {.position = resource->position};
    if (!read_key(b, api, &route, key.len > 0 ? key : SLICE("$default"))) {
        return;
    }
    bool is_function = slice_search(target, SLICE(":function:")) != SLICE_NPOS;
    route.integration = (struct integration_spec){
        .kind = is_function ? INTEGRATION_LAMBDA : INTEGRATION_HTTP_PROXY,
        .type = is_function ? SLICE("AWS_PROXY") : SLICE("HTTP_PROXY"),
        .uri = target,
    };
    if (is_function) {
        (void)model_function(target, &route.integration.function, &route.integration.qualifier);
    }
    *route_list_add(b, routes) = route;
    if (api->stage_count == 0) {
        struct stage_spec *stage = arena_alloc(b->arena, sizeof *stage);
        stage->name = SLICE("$default");
        api->stages = stage;
        api->stage_count = 1;
    }
}

void model_v2_api(struct building *b, const struct resource *resource, struct api_spec *api)
{
    struct slice properties = resource->properties;
    struct slice body = json_raw_member(properties, "Body");
    struct slice cors = json_raw_member(properties, "CorsConfiguration");
    struct route_list routes = {NULL, 0, 0};
    api->route_selection = model_text(b, properties, "RouteSelectionExpression");
    if (api->kind == API_WEBSOCKET) {
        model_socket_api(b, resource, api);
    }
    model_document(b, resource, api, &routes);
    api->cors =
        model_cors(b, cors.ptr != NULL ? cors : json_raw_member(body, "x-amazon-apigateway-cors"));
    read_quick_create(b, resource, api, &routes);
    read_routes(b, api, &routes);
    route_list_end(b, &routes, api);
}
