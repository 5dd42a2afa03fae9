/* API resources to APIs: stages, CORS, and the routes that stand as resources of their own; bodies
 * are in deployment_openapi.c, the method tree of REST APIs in deployment_rest.c.
 *
 * Source  API Gateway Developer Guide; AWS::ApiGateway* in the CloudFormation guide. */
#include "templates/build.h"

#include "core/id.h"
#include "core/mem.h"

void route_add(struct build *build, struct route_list *routes, const struct deployment_route *route)
{
    if (routes->count == routes->cap) {
        size_t cap = routes->cap == 0 ? 8 : routes->cap * 2;
        struct deployment_route *larger = arena_array(build->arena, cap, sizeof(*larger));
        if (routes->count > 0) {
            memcpy(larger, routes->items, routes->count * sizeof(*larger));
        }
        routes->items = larger;
        routes->cap = cap;
    }
    routes->items[routes->count++] = *route;
}

void route_integrate(struct build *build, struct deployment_route *route, struct slice type,
                     struct slice uri)
{
    bool is_proxy = slice_ieq(type, SLICE("AWS_PROXY"));
    route->integration = INTEGRATE_UNSUPPORTED;
    if (is_proxy && slice_search(uri, SLICE(":function:")) != SLICE_NPOS) {
        const struct deployment_function *function =
            build_function(build, uri, &route->function, &route->qualifier);
        if (function != NULL) {
            route->integration = INTEGRATE_LAMBDA;
            return;
        }
        route->integration_note = arena_printf(
            build->arena, "function '%.*s' is not in this template", SLICE_ARG(route->function));
        load_warning(build->load, route->pos, "route %.*s %.*s: %.*s", SLICE_ARG(route->method),
                     SLICE_ARG(route->path), SLICE_ARG(route->integration_note));
        return;
    }
    if (type.len == 0) {
        route->integration_note = SLICE("no integration");
    } else if (uri.len == 0) {
        route->integration_note = arena_printf(build->arena, "%.*s integration", SLICE_ARG(type));
    } else {
        route->integration_note = arena_printf(build->arena, "%.*s integration with %.*s",
                                               SLICE_ARG(type), SLICE_ARG(uri));
    }
}

void route_check_post(struct build *build, struct deployment_route *route, struct slice verb)
{
    if (route->integration == INTEGRATE_LAMBDA && verb.len > 0 && !slice_ieq(verb, SLICE("POST"))) {
        route->integration = INTEGRATE_NOT_POSTED;
        load_warning(build->load, route->pos,
                     "route %.*s %.*s: functions are invoked by POST, the integration says %.*s: "
                     "API Gateway answers 500",
                     SLICE_ARG(route->method), SLICE_ARG(route->path), SLICE_ARG(verb));
    }
}

bool route_set_mock(struct build *build, struct deployment_route *route,
                    const struct value *parameters)
{
    static const struct slice prefix = SLICE_INIT("method.response.header.");
    size_t count = value_count(parameters);
    if (count == 0 || parameters->kind != VALUE_MAP) {
        return false;
    }
    struct name_values headers = {.items =
                                      arena_array(build->arena, count, sizeof(struct name_value))};
    for (size_t i = 0; i < count; i++) {
        const struct value_entry *entry = &parameters->as.map.entries[i];
        struct slice value = value_scalar_text(entry->value);
        /* Quoted values are constants; the others are mapping expressions over an integration's
         * answer, and a mock has none. */
        if (!slice_starts_with(entry->key, prefix) || value.len < 2 || value.ptr[0] != '\'' ||
            value.ptr[value.len - 1] != '\'') {
            continue;
        }
        headers.items[headers.count++] = (struct name_value){
            slice_skip(entry->key, prefix.len), slice_of(value.ptr + 1, value.len - 2)};
    }
    if (headers.count == 0) {
        return false;
    }
    route->integration = INTEGRATE_CORS_MOCK;
    route->mock_headers = headers;
    return true;
}

static struct slice part_key(struct build *build, struct slice type, struct slice id)
{
    return arena_printf(build->arena, "%.*s %.*s", SLICE_ARG(type), SLICE_ARG(id));
}

/* Index i of build->resources, by type and id. */
static void index_parts(struct build *build)
{
    build->api_parts = value_map(build->arena, (struct source_pos){0});
    for (size_t i = 0; i < value_count(build->resources); i++) {
        const struct value_entry *entry = &build->resources->as.map.entries[i];
        struct slice type = value_scalar_text(value_get(entry->value, "Type"));
        if (slice_starts_with(type, SLICE("AWS::ApiGateway"))) {
            struct slice id = value_scalar_text(value_get(entry->value, "PhysicalId"));
            value_set(build->arena, build->api_parts, part_key(build, type, id),
                      value_int(build->arena, entry->key_pos, (int64_t)i));
        }
    }
}

const struct value_entry *build_api_part(struct build *build, const char *type, struct slice id)
{
    const struct value *index = value_find(build->api_parts, part_key(build, slice_from(type), id));
    return index != NULL ? &build->resources->as.map.entries[index->as.integer] : NULL;
}

/* --- stages --- */

struct stage_list {
    struct deployment_stage *items;
    size_t count, cap;
};

static void add_stage(struct build *build, struct stage_list *stages, struct slice name,
                      const struct value *variables)
{
    if (name.len == 0) {
        return;
    }
    for (size_t i = 0; i < stages->count; i++) {
        if (slice_eq(stages->items[i].name, name)) {
            if (value_count(variables) > 0) {
                stages->items[i].variables = build_pairs(build, variables);
            }
            return;
        }
    }
    if (stages->count == stages->cap) {
        size_t cap = stages->cap == 0 ? 2 : stages->cap * 2;
        struct deployment_stage *larger = arena_array(build->arena, cap, sizeof(*larger));
        if (stages->count > 0) {
            memcpy(larger, stages->items, stages->count * sizeof(*larger));
        }
        stages->items = larger;
        stages->cap = cap;
    }
    stages->items[stages->count++] =
        (struct deployment_stage){.name = name, .variables = build_pairs(build, variables)};
}

/* Stages that stand for themselves come before those that only a deployment names: SAM's
 * deployments name one called Stage beside the real one, and the first is the one a path without a
 * stage means. */
static void read_stages(struct build *build, struct deployment_api *api)
{
    bool is_rest = api->kind == DEPLOY_API_REST;
    const char *api_key = is_rest ? "RestApiId" : "ApiId";
    struct stage_list stages = {NULL, 0, 0};
    size_t count = value_count(build->resources);
    for (size_t i = 0; i < (is_rest ? 2 * count : count); i++) {
        const struct value *resource = build->resources->as.map.entries[i % count].value;
        struct slice type = value_scalar_text(value_get(resource, "Type"));
        const struct value *properties = value_get(resource, "Properties");
        bool is_deployment = i >= count;
        const char *wanted = is_deployment ? "AWS::ApiGateway::Deployment"
                             : is_rest     ? "AWS::ApiGateway::Stage"
                                           : "AWS::ApiGatewayV2::Stage";
        if (!slice_is(type, wanted) ||
            !slice_eq(value_scalar_text(value_get(properties, api_key)), api->id)) {
            continue;
        }
        const struct value *variables =
            is_deployment ? value_path(properties, "StageDescription", "Variables", NULL)
                          : value_get(properties, is_rest ? "Variables" : "StageVariables");
        add_stage(build, &stages, build_text(build, properties, "StageName"), variables);
    }
    api->stages = stages.items;
    api->stage_count = stages.count;
}

/* --- routes of HTTP and WebSocket APIs --- */

static struct slice authorizer_words(struct build *build, const struct value *properties)
{
    struct slice type = build_text(build, properties, "AuthorizationType");
    if (type.len == 0 || slice_is(type, "NONE")) {
        return SLICE("");
    }
    if (slice_is(type, "AWS_IAM")) {
        return SLICE("AWS_IAM");
    }
    const struct value_entry *authorizer = build_api_part(
        build, "AWS::ApiGatewayV2::Authorizer", build_text(build, properties, "AuthorizerId"));
    return arena_printf(build->arena, "%s authorizer %.*s",
                        slice_is(type, "JWT") ? "JWT" : "Lambda",
                        SLICE_ARG(authorizer != NULL ? authorizer->key : SLICE("")));
}

static void integrate_v2(struct build *build, struct deployment_route *route, struct slice target)
{
    static const struct slice prefix = SLICE_INIT("integrations/");
    struct slice id = slice_starts_with(target, prefix) ? slice_skip(target, prefix.len) : target;
    const struct value_entry *integration =
        build_api_part(build, "AWS::ApiGatewayV2::Integration", id);
    if (integration == NULL) {
        route->integration = INTEGRATE_UNSUPPORTED;
        route->integration_note =
            target.len > 0
                ? arena_printf(build->arena, "integration '%.*s' is not in this template",
                               SLICE_ARG(target))
                : SLICE("no integration");
        return;
    }
    const struct value *properties = value_get(integration->value, "Properties");
    struct slice subtype = build_text(build, properties, "IntegrationSubtype");
    struct slice format = build_text(build, properties, "PayloadFormatVersion");
    route->payload_format = format.len > 0 ? format : SLICE("1.0");
    route->timeout_ms = (uint32_t)build_integer(build, properties, "TimeoutInMillis", 50, 30000, 0);
    route_integrate(build, route, build_text(build, properties, "IntegrationType"),
                    subtype.len > 0 ? subtype : build_text(build, properties, "IntegrationUri"));
}

static void read_v2_routes(struct build *build, const struct deployment_api *api,
                           struct route_list *routes)
{
    for (size_t i = 0; i < value_count(build->resources); i++) {
        const struct value_entry *entry = &build->resources->as.map.entries[i];
        const struct value *properties = value_get(entry->value, "Properties");
        if (!value_is(value_get(entry->value, "Type"), "AWS::ApiGatewayV2::Route") ||
            !slice_eq(value_scalar_text(value_get(properties, "ApiId")), api->id)) {
            continue;
        }
        struct slice key = slice_trim(build_text(build, properties, "RouteKey"));
        const struct value *key_value = value_get(properties, "RouteKey");
        struct deployment_route route = {
            .method = SLICE(""),
            .path = key,
            .pos = key_value != NULL ? key_value->pos : entry->key_pos,
            .authorizer = authorizer_words(build, properties),
        };
        size_t blank = slice_find(key, ' ');
        if (api->kind == DEPLOY_API_HTTP && !slice_is(key, "$default")) {
            if (blank == SLICE_NPOS) {
                load_error(build->load, route.pos,
                           "RouteKey '%.*s' must be '$default' or a method and a path",
                           SLICE_ARG(key));
                continue;
            }
            route.method = slice_take(key, blank);
            route.path = slice_trim(slice_skip(key, blank));
        }
        integrate_v2(build, &route, build_text(build, properties, "Target"));
        route_add(build, routes, &route);
    }
}

/* Quick create: the API resource names a target itself and gets a $default stage. */
static void read_quick_create(struct build *build, struct deployment_api *api,
                              const struct value *properties, struct route_list *routes)
{
    const struct value *target = value_get(properties, "Target");
    if (!value_is_scalar(target)) {
        return;
    }
    struct slice key = build_text(build, properties, "RouteKey");
    struct deployment_route route = {.method = SLICE(""),
                                     .path = SLICE("$default"),
                                     .payload_format = SLICE("2.0"),
                                     .pos = target->pos};
    size_t blank = slice_find(key, ' ');
    if (blank != SLICE_NPOS) {
        route.method = slice_take(key, blank);
        route.path = slice_trim(slice_skip(key, blank));
    }
    struct slice uri = value_scalar_text(target);
    bool is_lambda = slice_search(uri, SLICE(":function:")) != SLICE_NPOS;
    route_integrate(build, &route, is_lambda ? SLICE("AWS_PROXY") : SLICE("HTTP_PROXY"), uri);
    route_add(build, routes, &route);
    if (api->stage_count == 0) {
        struct stage_list stages = {NULL, 0, 0};
        add_stage(build, &stages, SLICE("$default"), NULL);
        api->stages = stages.items;
        api->stage_count = stages.count;
    }
}

/* --- APIs --- */

static struct slices read_binary_types(struct build *build, const struct value *properties,
                                       const struct value *body)
{
    const struct value *list = value_get(properties, "BinaryMediaTypes");
    if (list == NULL) {
        list = value_get(body, "x-amazon-apigateway-binary-media-types");
    }
    struct slices types = build_slices(build, list);
    for (size_t i = 0; i < types.count; i++) {
        size_t tilde = slice_search(types.items[i], SLICE("~1"));
        if (tilde != SLICE_NPOS) {
            types.items[i] = arena_printf(build->arena, "%.*s/%.*s", (int)tilde, types.items[i].ptr,
                                          SLICE_ARG(slice_skip(types.items[i], tilde + 2)));
        }
    }
    return types;
}

static void read_api(struct build *build, const struct value_entry *entry, bool is_rest)
{
    const struct value *properties = value_get(entry->value, "Properties");
    const struct value *body = value_get(properties, "Body");
    struct deployment_api *api = &build->deployment->apis[build->deployment->api_count++];
    *api = (struct deployment_api){
        .kind = is_rest ? DEPLOY_API_REST
                : value_is(value_get(properties, "ProtocolType"), "WEBSOCKET")
                    ? DEPLOY_API_WEBSOCKET
                    : DEPLOY_API_HTTP,
        .logical_id = entry->key,
        .id = value_scalar_text(value_get(entry->value, "PhysicalId")),
        .name = build_text(build, properties, "Name"),
        .cors = {.max_age_s = -1},
        .pos = entry->key_pos,
    };
    if (api->name.len == 0) {
        api->name = value_scalar_text(value_path(body, "info", "title", NULL));
    }
    if (api->name.len == 0) {
        api->name = entry->key;
    }
    read_stages(build, api);
    struct route_list routes = {NULL, 0, 0};
    if (body != NULL && body->kind == VALUE_MAP) {
        build_openapi(build, api, body, &routes);
    } else if (value_get(properties, "BodyS3Location") != NULL) {
        load_warning(build->load, value_get(properties, "BodyS3Location")->pos,
                     "the definition of API '%.*s' is in S3: its routes are not known here",
                     SLICE_ARG(entry->key));
    }
    if (is_rest) {
        build_rest_methods(build, api, &routes);
        api->binary_media_types = read_binary_types(build, properties, body);
    } else {
        const struct value *cors = value_get(properties, "CorsConfiguration");
        api->cors =
            build_cors(build, cors != NULL ? cors : value_get(body, "x-amazon-apigateway-cors"));
        read_quick_create(build, api, properties, &routes);
        read_v2_routes(build, api, &routes);
    }
    if (api->stage_count == 0) { /* AWS makes it; it has no address there either */
        load_warning(build->load, entry->key_pos, "API '%.*s' has no stage: it is not served",
                     SLICE_ARG(entry->key));
    }
    api->routes = routes.items;
    api->route_count = routes.count;
}

void build_apis(struct build *build)
{
    index_parts(build);
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < value_count(build->resources); i++) {
            const struct value_entry *entry = &build->resources->as.map.entries[i];
            const struct value *type = value_get(entry->value, "Type");
            bool is_rest = value_is(type, "AWS::ApiGateway::RestApi");
            if (!is_rest && !value_is(type, "AWS::ApiGatewayV2::Api")) {
                continue;
            }
            if (pass == 0) {
                count++;
            } else {
                read_api(build, entry, is_rest);
            }
        }
        if (pass == 0) {
            build->deployment->apis =
                arena_array(build->arena, count, sizeof(struct deployment_api));
        }
    }
}
