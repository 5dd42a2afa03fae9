/* Routes out of OpenAPI 3 and Swagger 2 bodies with API Gateway's extensions; SAM and authors both
 * write them.
 *
 * Source  API Gateway Developer Guide, "OpenAPI extensions". */
#include "templates/build.h"

#include "core/mem.h"

static const char any_method[] = "x-amazon-apigateway-any-method";

static struct slice upper(struct build *build, struct slice text)
{
    char *copy = arena_cstr(build->arena, text);
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

/* "JWT authorizer X" and the like, from the definition of a security scheme. */
static struct slice scheme_words(struct build *build, const struct value *body, struct slice name)
{
    const struct value *scheme = value_find(value_get(body, "securityDefinitions"), name);
    if (scheme == NULL) {
        scheme = value_find(value_path(body, "components", "securitySchemes", NULL), name);
    }
    struct slice kind = value_scalar_text(value_get(scheme, "x-amazon-apigateway-authtype"));
    if (slice_ieq(kind, SLICE("awsSigv4")) || slice_is(name, "AWS_IAM") ||
        slice_is(name, "sigv4")) {
        return SLICE("AWS_IAM");
    }
    if (slice_is(kind, "cognito_user_pools")) {
        return arena_printf(build->arena, "Cognito authorizer %.*s", SLICE_ARG(name));
    }
    const struct value *authorizer = value_get(scheme, "x-amazon-apigateway-authorizer");
    if (authorizer != NULL) {
        bool is_jwt = value_is(value_get(authorizer, "type"), "jwt");
        return arena_printf(build->arena, "%s authorizer %.*s", is_jwt ? "JWT" : "Lambda",
                            SLICE_ARG(name));
    }
    if (slice_ieq(value_scalar_text(value_get(scheme, "name")), SLICE("x-api-key")) ||
        slice_is(name, "api_key")) {
        return SLICE("API key");
    }
    return arena_printf(build->arena, "authorizer %.*s", SLICE_ARG(name));
}

/* What guards an operation: its own `security`, else the body's. An empty list or NONE opens it. */
static struct slice guard_of(struct build *build, const struct value *body,
                             const struct value *operation)
{
    const struct value *security = value_get(operation, "security");
    if (security == NULL) {
        security = value_get(body, "security");
    }
    struct slice words =
        value_is(value_path(operation, "x-amazon-apigateway-auth", "type", NULL), "AWS_IAM")
            ? SLICE("AWS_IAM")
            : SLICE("");
    for (size_t i = 0; i < value_count(security); i++) {
        const struct value *requirement = value_at(security, i);
        for (size_t k = 0;
             requirement != NULL && requirement->kind == VALUE_MAP && k < requirement->as.map.count;
             k++) {
            struct slice name = requirement->as.map.entries[k].key;
            if (slice_is(name, "NONE")) {
                continue;
            }
            struct slice one = scheme_words(build, body, name);
            if (slice_search(words, one) == SLICE_NPOS) {
                words = arena_printf(build->arena, "%.*s%s%.*s", SLICE_ARG(words),
                                     words.len > 0 ? ", " : "", SLICE_ARG(one));
            }
        }
    }
    return words;
}

static bool is_cors_mock(struct build *build, struct deployment_route *route,
                         const struct value *integration)
{
    if (!slice_ieq(value_scalar_text(value_get(integration, "type")), SLICE("mock")) ||
        !slice_is(route->method, "OPTIONS")) {
        return false;
    }
    const struct value *responses = value_get(integration, "responses");
    for (size_t i = 0; i < value_count(responses); i++) {
        if (responses->kind == VALUE_MAP &&
            route_set_mock(build, route,
                           value_get(responses->as.map.entries[i].value, "responseParameters"))) {
            return true;
        }
    }
    return false;
}

static void read_operation(struct build *build, const struct deployment_api *api,
                           const struct value *body, struct slice path,
                           const struct value_entry *entry, struct route_list *routes)
{
    const struct value *operation = entry->value;
    const struct value *integration = value_get(operation, "x-amazon-apigateway-integration");
    bool is_http = api->kind == DEPLOY_API_HTTP;
    struct deployment_route route = {
        .method = slice_is(entry->key, any_method) ? SLICE("ANY") : upper(build, entry->key),
        .path = path,
        .authorizer = guard_of(build, body, operation),
        .pos = entry->key_pos,
    };
    if (slice_is(path, "$default") || slice_is(path, "/$default")) {
        route.method = SLICE("");
        route.path = SLICE("$default");
    } else if (path.len == 0 || path.ptr[0] != '/') {
        load_warning(build->load, entry->key_pos, "path '%.*s' must begin with '/': AWS refuses it",
                     SLICE_ARG(path));
        route.path = arena_printf(build->arena, "/%.*s", SLICE_ARG(path));
    }
    route.timeout_ms =
        (uint32_t)build_integer(build, integration, "timeoutInMillis", 50, 900000, 0);
    route.streams = slice_ieq(value_scalar_text(value_get(integration, "responseTransferMode")),
                              SLICE("STREAM"));
    struct slice format = value_scalar_text(value_get(integration, "payloadFormatVersion"));
    route.payload_format = is_http && format.len > 0 ? format : SLICE("1.0");
    if (!is_cors_mock(build, &route, integration)) {
        struct slice subtype = value_scalar_text(value_get(integration, "integrationSubtype"));
        route_integrate(build, &route, value_scalar_text(value_get(integration, "type")),
                        subtype.len > 0 ? subtype
                                        : value_scalar_text(value_get(integration, "uri")));
        if (!is_http) {
            route_check_post(build, &route,
                             value_scalar_text(value_get(integration, "httpMethod")));
        }
    }
    route_add(build, routes, &route);
}

void build_openapi(struct build *build, const struct deployment_api *api, const struct value *body,
                   struct route_list *routes)
{
    const struct value *paths = value_get(body, "paths");
    for (size_t i = 0; i < value_count(paths) && paths->kind == VALUE_MAP; i++) {
        const struct value_entry *path = &paths->as.map.entries[i];
        for (size_t k = 0; k < value_count(path->value) && path->value->kind == VALUE_MAP; k++) {
            const struct value_entry *entry = &path->value->as.map.entries[k];
            if (is_method(entry->key) && entry->value->kind == VALUE_MAP) {
                read_operation(build, api, body, path->key, entry, routes);
            }
        }
    }
}
