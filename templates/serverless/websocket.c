/* websocket events: one WebSocket API, an integration for each function, a route for each event. */
#include "templates/serverless/events.h"

static struct value *api_ref(struct service *service, struct source_pos pos)
{
    return value_ref(service->arena, pos, SLICE("WebsocketsApi"));
}

static void make_api(struct service *service, struct source_pos pos)
{
    const struct value *name = value_get(service->provider, "websocketsApiName");
    const struct value *selection =
        value_get(service->provider, "websocketsApiRouteSelectionExpression");
    if (is_truthy(value_path(service->provider, "apiGateway", "websocketApiId", NULL))) {
        load_notice(
            service->load, pos,
            "provider.apiGateway.websocketApiId names an API outside of this service: its routes "
            "are served by a local API of their own");
    }
    add_resource(service, SLICE("WebsocketsApi"), "AWS::ApiGatewayV2::Api", pos,
                 shape(service->arena, pos,
                       "{Name: %S, RouteSelectionExpression: %S, Description: %v, ProtocolType: "
                       "WEBSOCKET}",
                       is_truthy(name)
                           ? text_of(name)
                           : arena_printf(service->arena, "%.*s-%.*s-websockets",
                                          SLICE_ARG(service->stage), SLICE_ARG(service->name)),
                       is_truthy(selection) ? text_of(selection) : SLICE("$request.body.action"),
                       copy_of(service, value_get(service->provider, "websocketsDescription"))));
}

static void make_stage(struct service *service, struct source_pos pos)
{
    add_resource(service, SLICE("WebsocketsDeployment"), "AWS::ApiGatewayV2::Deployment", pos,
                 shape(service->arena, pos, "{ApiId: %v}", api_ref(service, pos)));
    add_resource(service, SLICE("WebsocketsDeploymentStage"), "AWS::ApiGatewayV2::Stage", pos,
                 shape(service->arena, pos,
                       "{ApiId: %v, DeploymentId: {Ref: WebsocketsDeployment}, StageName: %S}",
                       api_ref(service, pos), service->stage));
    value_set(
        service->arena, service->outputs, SLICE("ServiceEndpointWebsocket"),
        shape(service->arena, pos,
              "{Description: URL of the service endpoint, Value: {Fn::Join: ['', ['wss://', %v, "
              "'.execute-api.', {Ref: AWS::Region}, '.', {Ref: AWS::URLSuffix}, '/', %S]]}}",
              api_ref(service, pos), service->stage));
}

static struct slice make_integration(struct service *service, const struct service_event *event)
{
    struct slice id = arena_printf(service->arena, "%.*sWebsocketsIntegration",
                                   SLICE_ARG(event->function->normalized));
    if (value_find(service->resources, id) == NULL) {
        add_resource(
            service, id, "AWS::ApiGatewayV2::Integration", event->pos,
            shape(service->arena, event->pos,
                  "{ApiId: %v, IntegrationType: AWS_PROXY, IntegrationUri: %v}",
                  api_ref(service, event->pos),
                  invocation_uri(service, function_arn(service, event->function, event->pos),
                                 event->pos)));
        add_permission(service, event,
                       arena_printf(service->arena, "%.*sLambdaPermissionWebsockets",
                                    SLICE_ARG(event->function->normalized)),
                       "apigateway.amazonaws.com", NULL);
    }
    return id;
}

/* "auth", an ARN, or {name | arn, identitySource}: the authorizer's resource. */
static struct value *make_authorizer(struct service *service, const struct value *authorizer)
{
    const struct value *arn = value_get(authorizer, "arn");
    const struct value *identity = value_get(authorizer, "identitySource");
    struct slice name = text_of(value_get(authorizer, "name"));
    if (authorizer->kind == VALUE_STRING) {
        name = authorizer->text;
        if (slice_find(name, ':') != SLICE_NPOS) {
            arn = authorizer;
            name = arn_name(service, arn, ':');
            size_t dash = slice_rfind(name, '-');
            name = dash != SLICE_NPOS ? slice_skip(name, dash + 1) : name;
        }
    }
    name = name.len > 0 ? name : arn_name(service, arn, ':');
    struct value *target = copy_of(service, arn);
    if (target == NULL) {
        const struct service_function *function = service_find_function(service, name);
        if (function == NULL) {
            load_error(service->load, authorizer->pos,
                       "Function \"%.*s\" doesn't exist in this Service (websocket authorizer)",
                       SLICE_ARG(name));
            return NULL;
        }
        target = function_arn(service, function, authorizer->pos);
    }
    struct slice id = arena_printf(service->arena, "%.*sWebsocketsAuthorizer",
                                   SLICE_ARG(naming_resource(service->arena, name)));
    add_resource(service, id, "AWS::ApiGatewayV2::Authorizer", authorizer->pos,
                 shape(service->arena, authorizer->pos,
                       "{ApiId: %v, Name: %S, AuthorizerType: REQUEST, AuthorizerUri: %v, "
                       "IdentitySource: %v}",
                       api_ref(service, authorizer->pos), name,
                       invocation_uri(service, target, authorizer->pos),
                       identity != NULL ? as_list(service, identity)
                                        : shape(service->arena, authorizer->pos,
                                                "[route.request.header.Auth]")));
    return value_ref(service->arena, authorizer->pos, id);
}

static void make_route(struct service *service, const struct service_event *event)
{
    const struct value *config = event->config;
    const struct value *authorizer = value_get(config, "authorizer");
    const struct value *response = value_get(config, "routeResponseSelectionExpression");
    struct slice route =
        config->kind == VALUE_STRING ? config->text : text_of(value_get(config, "route"));
    if (route.len == 0) {
        load_error(
            service->load, event->pos,
            "Configuration error at 'functions.%.*s.events[%zu].websocket': must have required "
            "property 'route'",
            SLICE_ARG(event->function->key), event->position);
        return;
    }
    struct value *authorizer_id =
        is_truthy(authorizer) ? make_authorizer(service, authorizer) : NULL;
    struct slice name = naming_websocket_route(service->arena, route);
    struct slice id = arena_printf(service->arena, "%.*sWebsocketsRoute", SLICE_ARG(name));
    add_resource(
        service, id, "AWS::ApiGatewayV2::Route", event->pos,
        shape(service->arena, event->pos,
              "{ApiId: %v, RouteKey: %S, AuthorizationType: %s, AuthorizerId: %v, "
              "RouteResponseSelectionExpression: %v, Target: {Fn::Join: [/, [integrations, "
              "{Ref: %S}]]}}",
              api_ref(service, event->pos), route, authorizer_id != NULL ? "CUSTOM" : "NONE",
              authorizer_id, copy_of(service, response), make_integration(service, event)));
    if (is_truthy(response)) {
        add_resource(service, arena_printf(service->arena, "%.*sResponse", SLICE_ARG(id)),
                     "AWS::ApiGatewayV2::RouteResponse", event->pos,
                     shape(service->arena, event->pos,
                           "{ApiId: %v, RouteId: {Ref: %S}, RouteResponseKey: $default}",
                           api_ref(service, event->pos), id));
    }
}

void compile_websocket(struct service *service)
{
    bool has_api = false;
    for (size_t i = 0; i < service->event_count; i++) {
        const struct service_event *event = &service->events[i];
        if (!event_is(event, "websocket")) {
            continue;
        }
        if (!has_api) {
            make_api(service, event->pos);
            make_stage(service, event->pos);
            has_api = true;
        }
        make_route(service, event);
    }
}
