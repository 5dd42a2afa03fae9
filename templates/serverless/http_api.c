/* httpApi events: one HTTP API with its $default stage, an integration for each function, a route
 * for each event. */
#include "templates/serverless/events.h"

#include "core/mem.h"

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "OPTIONS", "HEAD", "DELETE"};

struct http_api {
    struct service *service;
    const struct value *settings; /* provider.httpApi */
    struct value *api_id;
    struct value
        *filled_methods; /* cors methods that follow the routes; NULL when the author says them */
};

/* --- API, stage, cors --- */

static struct value *cors(struct http_api *api)
{
    struct service *service = api->service;
    const struct value *cors = value_get(api->settings, "cors");
    if (!is_truthy(cors)) {
        return NULL;
    }
    struct value *origins = as_list(service, value_get(cors, "allowedOrigins"));
    struct value *headers = as_list(service, value_get(cors, "allowedHeaders"));
    struct value *allowed = as_list(service, value_get(cors, "allowedMethods"));
    if (origins == NULL) {
        origins = shape(service->arena, cors->pos, "['*']");
    }
    if (headers == NULL) {
        headers =
            shape(service->arena, cors->pos,
                  "[Content-Type, X-Amz-Date, Authorization, X-Api-Key, X-Amz-Security-Token, "
                  "X-Amz-User-Agent, X-Amzn-Trace-Id]");
    }
    if (allowed == NULL) {
        allowed = api->filled_methods = shape(service->arena, cors->pos, "[OPTIONS]");
    }
    const struct value *credentials = value_get(cors, "allowCredentials");
    return shape(service->arena, cors->pos,
                 "{AllowCredentials: %v, AllowHeaders: %v, AllowMethods: %v, AllowOrigins: %v, "
                 "ExposeHeaders: %v, MaxAge: %v}",
                 is_truthy(credentials) ? copy_of(service, credentials) : NULL, headers, allowed,
                 origins, as_list(service, value_get(cors, "exposedResponseHeaders")),
                 copy_of(service, value_get(cors, "maxAge")));
}

static void make_api(struct http_api *api, struct source_pos pos)
{
    struct service *service = api->service;
    const struct value *id = value_get(api->settings, "id");
    struct slice name;
    struct value *arg;
    if (value_is_intrinsic(id, &name, &arg) && slice_is(name, "Ref") &&
        value_find(service->own_resources, text_of(arg)) != NULL) {
        api->api_id = copy_of(service, id);
        return;
    }
    if (is_truthy(id)) {
        load_notice(
            service->load, id->pos,
            "provider.httpApi.id names an API outside of this service: its routes are served by "
            "a local API of their own");
    }
    api->api_id = value_ref(service->arena, pos, SLICE("HttpApi"));
    add_resource(
        service, SLICE("HttpApi"), "AWS::ApiGatewayV2::Api", pos,
        shape(service->arena, pos,
              "{Name: %S, ProtocolType: HTTP, DisableExecuteApiEndpoint: %v, CorsConfiguration: "
              "%v}",
              api_name(service, api->settings, NULL),
              copy_of(service, value_get(api->settings, "disableDefaultEndpoint")), cors(api)));
    add_resource(service, SLICE("HttpApiStage"), "AWS::ApiGatewayV2::Stage", pos,
                 shape(service->arena, pos,
                       "{ApiId: {Ref: HttpApi}, StageName: $default, AutoDeploy: true}"));
    value_set(
        service->arena, service->outputs, SLICE("HttpApiId"),
        shape(service->arena, pos, "{Description: Id of the HTTP API, Value: {Ref: HttpApi}}"));
    value_set(
        service->arena, service->outputs, SLICE("HttpApiUrl"),
        shape(service->arena, pos,
              "{Description: URL of the HTTP API, Value: {Fn::Join: ['', ['https://', {Ref: "
              "HttpApi}, '.execute-api.', {Ref: AWS::Region}, '.', {Ref: AWS::URLSuffix}]]}}"));
}

/* --- authorizers --- */

static struct slice authorizer_id(struct service *service, const struct value_entry *entry)
{
    struct slice name = text_of(value_get(entry->value, "name"));
    return arena_printf(
        service->arena, "HttpApiAuthorizer%.*s",
        SLICE_ARG(naming_resource(service->arena, name.len > 0 ? name : entry->key)));
}

static struct value *authorizer_uri(struct http_api *api, const struct value_entry *entry)
{
    struct service *service = api->service;
    const struct value *arn = value_get(entry->value, "functionArn");
    const struct value *name = value_get(entry->value, "functionName");
    if (arn != NULL) {
        return invocation_uri(service, copy_of(service, arn), entry->key_pos);
    }
    const struct service_function *function = service_find_function(service, text_of(name));
    if (name == NULL) {
        load_error(
            service->load, entry->key_pos,
            "Either \"functionArn\" or \"functionName\" property needs to be set on authorizer "
            "\"%.*s\"",
            SLICE_ARG(entry->key));
    } else if (function == NULL) {
        load_error(service->load, name->pos,
                   "Function \"%.*s\" for HTTP API authorizer \"%.*s\" not found in service.",
                   SLICE_ARG(text_of(name)), SLICE_ARG(entry->key));
    }
    return function != NULL
               ? invocation_uri(service, function_arn(service, function, entry->key_pos),
                                entry->key_pos)
               : NULL;
}

static void make_authorizer(struct http_api *api, const struct value_entry *entry)
{
    struct service *service = api->service;
    const struct value *config = entry->value;
    bool is_request = value_is(value_get(config, "type"), "request");
    const struct value *name = value_get(config, "name");
    const struct value *payload = value_get(config, "payloadVersion");
    struct value *jwt = NULL;
    struct value *version = NULL;
    if (is_request) {
        version = payload != NULL ? copy_of(service, payload)
                                  : value_string(service->arena, entry->key_pos, SLICE("2.0"));
    } else {
        jwt = shape(service->arena, entry->key_pos, "{Audience: %v, Issuer: %v}",
                    as_list(service, value_get(config, "audience")),
                    copy_of(service, value_get(config, "issuerUrl")));
    }
    add_resource(
        service, authorizer_id(service, entry), "AWS::ApiGatewayV2::Authorizer", entry->key_pos,
        shape(service->arena, entry->key_pos,
              "{ApiId: %v, Name: %S, IdentitySource: %v, AuthorizerType: %s, JwtConfiguration: %v, "
              "EnableSimpleResponses: %v, AuthorizerResultTtlInSeconds: %v, "
              "AuthorizerPayloadFormatVersion: %v, AuthorizerUri: %v}",
              api->api_id, name != NULL ? text_of(name) : entry->key,
              as_list(service, value_get(config, "identitySource")), is_request ? "REQUEST" : "JWT",
              jwt, copy_of(service, value_get(config, "enableSimpleResponses")),
              copy_of(service, value_get(config, "resultTtlInSeconds")), version,
              is_request ? authorizer_uri(api, entry) : NULL));
}

static void set_authorization(struct http_api *api, const struct service_event *event,
                              struct value *route)
{
    struct service *service = api->service;
    const struct value *authorizer = value_get(event->config, "authorizer");
    if (!is_truthy(authorizer)) {
        return;
    }
    struct slice type = text_of(value_get(authorizer, "type"));
    struct slice name = authorizer->kind == VALUE_STRING ? authorizer->text
                                                         : text_of(value_get(authorizer, "name"));
    const struct value *id = value_get(authorizer, "id");
    const struct value *scopes = value_get(authorizer, "scopes");
    if (slice_is(type, "aws_iam")) {
        value_set_text(service->arena, route, "AuthorizationType", "AWS_IAM");
        return;
    }
    const struct value_entry *entry = value_entry(value_get(api->settings, "authorizers"), name);
    if (id == NULL && name.len == 0) {
        load_error(
            service->load, authorizer->pos,
            "When configuring an authorizer with type: \"%.*s\", property \"id\" or \"name\" has "
            "to be specified.",
            SLICE_ARG(type.len > 0 ? type : SLICE("jwt")));
        return;
    }
    if (id == NULL && entry == NULL) {
        load_error(service->load, authorizer->pos,
                   "Event references not configured authorizer '%.*s'", SLICE_ARG(name));
        return;
    }
    if (entry != NULL) {
        type = text_of(value_get(entry->value, "type"));
    }
    value_set_text(service->arena, route, "AuthorizationType",
                   slice_is(type, "request") ? "CUSTOM" : "JWT");
    value_set(service->arena, route, SLICE("AuthorizerId"),
              id != NULL
                  ? copy_of(service, id)
                  : value_ref(service->arena, authorizer->pos, authorizer_id(service, entry)));
    if (is_truthy(scopes)) {
        value_set(service->arena, route, SLICE("AuthorizationScopes"), as_list(service, scopes));
    }
}

/* --- routes --- */

static void add_cors_method(struct http_api *api, struct slice method)
{
    for (size_t i = 0; i < value_count(api->filled_methods); i++) {
        if (slice_eq(text_of(value_at(api->filled_methods, i)), method)) {
            return;
        }
    }
    value_push(api->service->arena, api->filled_methods,
               value_string(api->service->arena, api->filled_methods->pos, method));
}

static void fill_cors(struct http_api *api, struct slice method)
{
    if (api->filled_methods == NULL) {
        return;
    }
    if (!slice_is(method, "ANY")) {
        add_cors_method(api, method);
        return;
    }
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        add_cors_method(api, slice_from(methods[i]));
    }
}

static bool upper_method(struct slice text, struct slice *ret_method)
{
    if (slice_is(text, "*") || slice_ieq(text, SLICE("ANY"))) {
        *ret_method = SLICE("ANY");
        return true;
    }
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        if (slice_ieq(text, slice_from(methods[i]))) {
            *ret_method = slice_from(methods[i]);
            return true;
        }
    }
    return false;
}

/* "*", "GET /x" or {method, path}: "$default" or "GET /x". */
static struct slice route_key(struct http_api *api, const struct service_event *event)
{
    struct service *service = api->service;
    const struct value *config = event->config;
    struct slice path = text_of(value_get(config, "path"));
    struct slice method = text_of(value_get(config, "method"));
    if (config->kind == VALUE_STRING) {
        path = slice_trim(config->text);
        method = SLICE_NULL;
        if (slice_find(path, ' ') != SLICE_NPOS) {
            (void)slice_split(&path, ' ', &method);
            path = slice_trim(path);
        }
    }
    if (slice_is(path, "*")) {
        if (method.len == 0 || slice_is(method, "*")) {
            fill_cors(api, SLICE("ANY"));
            return SLICE("$default");
        }
        path = SLICE_NULL;
    }
    if (path.len == 0 || path.ptr[0] != '/') {
        load_error(service->load, event->pos,
                   "Invalid \"path\" property in function %.*s for httpApi event in serverless.yml",
                   SLICE_ARG(event->function->key));
        return SLICE_NULL;
    }
    if (method.len == 0 || !upper_method(method, &method)) {
        load_error(service->load, event->pos,
                   "%s \"method\" property in function %.*s for httpApi event in serverless.yml",
                   method.len == 0 ? "Missing" : "Invalid", SLICE_ARG(event->function->key));
        return SLICE_NULL;
    }
    fill_cors(api, method);
    return arena_printf(service->arena, "%.*s %.*s", SLICE_ARG(method), SLICE_ARG(path));
}

static struct slice route_id(struct service *service, struct slice key)
{
    if (slice_is(key, "$default")) {
        return SLICE("HttpApiRouteDefault");
    }
    return arena_printf(service->arena, "HttpApiRoute%.*s",
                        SLICE_ARG(naming_path(service->arena, key)));
}

static struct slice make_integration(struct http_api *api, const struct service_event *event)
{
    struct service *service = api->service;
    const struct service_function *function = event->function;
    struct slice id =
        arena_printf(service->arena, "HttpApiIntegration%.*s", SLICE_ARG(function->normalized));
    if (value_find(service->resources, id) != NULL) {
        return id;
    }
    const struct value *payload = value_path(function->config, "httpApi", "payload", NULL);
    payload = payload != NULL ? payload : value_get(api->settings, "payload");
    const struct value *timeout = value_get(function->config, "timeout");
    timeout = is_truthy(timeout) ? timeout : value_get(service->provider, "timeout");
    /* A little longer than the function's own timeout, at most what API Gateway allows. */
    int64_t timeout_ms = 6500;
    if (timeout != NULL && timeout->kind == VALUE_INT && timeout->as.integer > 0) {
        timeout_ms = timeout->as.integer < 29 ? timeout->as.integer * 1000 + 500 : 29000;
    }
    add_resource(service, id, "AWS::ApiGatewayV2::Integration", event->pos,
                 shape(service->arena, event->pos,
                       "{ApiId: %v, IntegrationType: AWS_PROXY, IntegrationUri: %v, "
                       "PayloadFormatVersion: %S, TimeoutInMillis: %i}",
                       api->api_id, function_arn(service, function, event->pos),
                       is_truthy(payload) ? text_of(payload) : SLICE("2.0"), (int)timeout_ms));
    add_permission(service, event,
                   arena_printf(service->arena, "%.*sLambdaPermissionHttpApi",
                                SLICE_ARG(function->normalized)),
                   "apigateway.amazonaws.com", NULL);
    return id;
}

/* Ids drop punctuation, so that "/a_b" and "/ab" look alike; routes must not. */
static struct slice unique_id(struct http_api *api, struct slice id, struct slice key,
                              const struct service_event *event)
{
    struct service *service = api->service;
    struct slice candidate = id;
    for (size_t number = 2;; number++) {
        const struct value *old = value_find(service->resources, candidate);
        if (old == NULL) {
            return candidate;
        }
        if (slice_eq(text_of(value_path(old, "Properties", "RouteKey", NULL)), key)) {
            load_error(service->load, event->pos,
                       "Duplicate route '%.*s' configuration in function %.*s for httpApi event in "
                       "serverless.yml",
                       SLICE_ARG(key), SLICE_ARG(event->function->key));
            return candidate;
        }
        candidate = arena_printf(service->arena, "%.*s%zu", SLICE_ARG(id), number);
    }
}

static void make_route(struct http_api *api, const struct service_event *event)
{
    struct service *service = api->service;
    struct slice key = route_key(api, event);
    if (key.ptr == NULL) {
        return;
    }
    struct slice integration = make_integration(api, event);
    struct value *properties =
        shape(service->arena, event->pos,
              "{ApiId: %v, RouteKey: %S, Target: {Fn::Join: [/, [integrations, {Ref: %S}]]}}",
              api->api_id, key, integration);
    set_authorization(api, event, properties);
    add_resource(service, unique_id(api, route_id(service, key), key, event),
                 "AWS::ApiGatewayV2::Route", event->pos, properties);
}

void compile_http_api(struct service *service)
{
    struct http_api api = {.service = service, .settings = value_get(service->provider, "httpApi")};
    for (size_t i = 0; i < service->event_count; i++) {
        const struct service_event *event = &service->events[i];
        if (!event_is(event, "httpApi")) {
            continue;
        }
        if (api.api_id == NULL) {
            make_api(&api, event->pos);
            const struct value *authorizers = value_get(api.settings, "authorizers");
            for (size_t j = 0; authorizers != NULL && authorizers->kind == VALUE_MAP &&
                               j < value_count(authorizers);
                 j++) {
                make_authorizer(&api, &authorizers->as.map.entries[j]);
            }
        }
        make_route(&api, event);
    }
}
