/* REST APIs written out: AWS::ApiGateway::Resource makes the tree of paths, ::Method hangs on it.
 */
#include "templates/build.h"

#include "templates/limits.h"

/* "/a/{b}" of a resource id; false when a parent is not in this template. */
static bool path_of(struct build *build, struct slice id, struct slice root, struct slice *ret_path)
{
    struct slice path = SLICE("");
    for (size_t depth = 0; !slice_eq(id, root); depth++) {
        const struct value_entry *entry = build_api_part(build, "AWS::ApiGateway::Resource", id);
        if (entry == NULL || depth > TEMPLATE_DEPTH_MAX) {
            return false;
        }
        const struct value *properties = value_get(entry->value, "Properties");
        path = arena_printf(build->arena, "/%.*s%.*s",
                            SLICE_ARG(build_text(build, properties, "PathPart")), SLICE_ARG(path));
        id = build_text(build, properties, "ParentId");
    }
    *ret_path = path.len > 0 ? path : SLICE("/");
    return true;
}

static struct slice guard_of(struct build *build, const struct value *properties)
{
    struct slice type = build_text(build, properties, "AuthorizationType");
    struct slice words = SLICE("");
    if (slice_is(type, "AWS_IAM")) {
        words = SLICE("AWS_IAM");
    } else if (type.len > 0 && !slice_is(type, "NONE")) {
        const struct value_entry *authorizer = build_api_part(
            build, "AWS::ApiGateway::Authorizer", build_text(build, properties, "AuthorizerId"));
        words = arena_printf(build->arena, "%s authorizer %.*s",
                             slice_is(type, "COGNITO_USER_POOLS") ? "Cognito" : "Lambda",
                             SLICE_ARG(authorizer != NULL ? authorizer->key : SLICE("")));
    }
    if (build_is_true(properties, "ApiKeyRequired")) {
        words = arena_printf(build->arena, "%.*s%sAPI key", SLICE_ARG(words),
                             words.len > 0 ? ", " : "");
    }
    return words;
}

static bool is_cors_mock(struct build *build, struct deployment_route *route,
                         const struct value *integration)
{
    if (!slice_is(route->method, "OPTIONS") ||
        !slice_ieq(value_scalar_text(value_get(integration, "Type")), SLICE("MOCK"))) {
        return false;
    }
    const struct value *responses = value_get(integration, "IntegrationResponses");
    for (size_t i = 0; i < value_count(responses); i++) {
        if (route_set_mock(build, route, value_get(value_at(responses, i), "ResponseParameters"))) {
            return true;
        }
    }
    return false;
}

void build_rest_methods(struct build *build, const struct deployment_api *api,
                        struct route_list *routes)
{
    struct slice root = arena_printf(build->arena, "%.*sroot", SLICE_ARG(api->id));
    for (size_t i = 0; i < value_count(build->resources); i++) {
        const struct value_entry *entry = &build->resources->as.map.entries[i];
        const struct value *properties = value_get(entry->value, "Properties");
        if (!value_is(value_get(entry->value, "Type"), "AWS::ApiGateway::Method") ||
            !slice_eq(value_scalar_text(value_get(properties, "RestApiId")), api->id)) {
            continue;
        }
        struct deployment_route route = {
            .method = build_text(build, properties, "HttpMethod"),
            .payload_format = SLICE("1.0"),
            .authorizer = guard_of(build, properties),
            .pos = entry->key_pos,
        };
        struct slice parent = build_text(build, properties, "ResourceId");
        if (!path_of(build, parent, root, &route.path)) {
            load_warning(build->load, entry->key_pos,
                         "method '%.*s': its path hangs on '%.*s', which is not in this template",
                         SLICE_ARG(entry->key), SLICE_ARG(parent));
            continue;
        }
        const struct value *integration = value_get(properties, "Integration");
        route.timeout_ms =
            (uint32_t)build_integer(build, integration, "TimeoutInMillis", 50, 900000, 0);
        route.streams = value_is(value_get(integration, "ResponseTransferMode"), "STREAM");
        if (!is_cors_mock(build, &route, integration)) {
            route_integrate(build, &route, value_scalar_text(value_get(integration, "Type")),
                            value_scalar_text(value_get(integration, "Uri")));
            route_check_post(build, &route,
                             build_text(build, integration, "IntegrationHttpMethod"));
        }
        route_add(build, routes, &route);
    }
}
