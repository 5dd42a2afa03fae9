/* HttpApi events: a route with payload format 2.0 in the HTTP API's definition, and the permission
 * for it. */
#include "templates/sam/sam.h"

#define INTEGRATION "x-amazon-apigateway-integration"
#define ANY_METHOD "x-amazon-apigateway-any-method"
#define DEFAULT_PATH "$default"

struct route {
    struct event *event;
    struct slice api_id;
    struct value *api; /* properties */
    struct value *body;
    struct slice path;
    struct slice method; /* lower case, "any" as written */
    struct slice key;    /* as in the definition */
};

/* The catch-all route already leads to this function, so its permission covers every path. */
static bool is_covered(const struct route *route)
{
    struct value *items[2];
    struct value *paths = sam_get(route->body, "paths");
    if (!openapi_has_integration(paths, SLICE(DEFAULT_PATH), SLICE(ANY_METHOD))) {
        return false;
    }
    size_t count = openapi_alternatives(value_get(paths, DEFAULT_PATH), items);
    for (size_t i = 0; i < count; i++) {
        struct value *definitions[2];
        size_t alternatives = openapi_alternatives(value_get(items[i], ANY_METHOD), definitions);
        for (size_t k = 0; k < alternatives; k++) {
            struct value *uri = value_path(definitions[k], INTEGRATION, "uri", NULL);
            struct value *uris[2];
            size_t uri_count = sam_is_map(uri) ? openapi_alternatives(uri, uris) : 0;
            for (size_t n = 0; n < uri_count; n++) {
                struct slice text = value_scalar_text(value_get(uris[n], "Fn::Sub"));
                struct slice mark = arena_printf(route->event->macro->sam->arena, "${%.*s.Arn}",
                                                 SLICE_ARG(route->event->target->id));
                if (slice_search(text, mark) == SLICE_NPOS) {
                    return false;
                }
            }
            if (uri_count == 0) {
                return false;
            }
        }
    }
    return true;
}

static void add_permission(const struct route *route)
{
    struct event *event = route->event;
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    struct slice path = route->path;
    if (path.len > 1 && slice_ends_with(path, SLICE("/"))) {
        path = slice_take(path, path.len - 1);
    }
    if (slice_is(path, DEFAULT_PATH)) {
        path = SLICE("");
    } else if (is_covered(route)) {
        return;
    }
    path = openapi_arn_path(sam, path, false);
    bool is_any = slice_is(route->method, "any") || slice_is(route->method, ANY_METHOD);
    struct slice method = is_any ? SLICE("*") : sam_upper(sam, route->method);
    struct slice arn = arena_printf(
        sam->arena,
        "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/"
        "${__Stage__}/%.*s%.*s",
        SLICE_ARG(method), SLICE_ARG(path));
    struct value *variables = sam_map(sam, pos, "__ApiId__", event_get(event, "ApiId"), "__Stage__",
                                      sam_text(sam, pos, "*"), NULL);
    event_permission(event, "apigateway.amazonaws.com",
                     sam_sub(sam, pos, arena_cstr(sam->arena, arn), variables), SLICE(""));
}

static void add_integration(const struct route *route)
{
    struct event *event = route->event;
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    struct value *uri = openapi_lambda_uri(sam, event->target, pos, "${AWS::Partition}", false);
    if (event->target->condition != NULL) {
        uri = sam_if(sam, event->target->condition, uri);
    }
    openapi_add_path(sam, route->body, route->path, route->key, pos);
    struct value *items[2];
    size_t count =
        openapi_alternatives(value_find(sam_get(route->body, "paths"), route->path), items);
    for (size_t i = 0; i < count; i++) {
        struct value *definition = value_find(items[i], route->key);
        if (!sam_is_map(definition)) {
            sam_structure_error(
                sam, pos, "Value of '%.*s' path must be a dictionary according to Swagger spec.",
                SLICE_ARG(route->path));
            event->macro->has_failed = true;
            continue;
        }
        definition->pos = pos;
        sam_put(sam, definition, INTEGRATION,
                sam_map(sam, pos, "type", sam_text(sam, pos, "aws_proxy"), "httpMethod",
                        sam_text(sam, pos, "POST"), "payloadFormatVersion",
                        sam_text(sam, pos, "2.0"), "uri", uri, NULL));
        if (slice_is(route->path, DEFAULT_PATH) && slice_is(route->key, ANY_METHOD)) {
            sam_put(sam, definition, "isDefaultRoute", value_bool(sam->arena, pos, true));
        }
        if (value_get(definition, "responses") == NULL) {
            sam_put(sam, definition, "responses", value_map(sam->arena, pos));
        }
        if (event->target->condition != NULL) {
            value_set_at(sam->arena, items[i], route->key, pos,
                         sam_if(sam, event->target->condition, definition));
        }
    }
}

struct change {
    const struct route *route;
    struct value *value;
    struct slice authorizer;
};

static void set_timeout(void *ctx, struct slice path, struct slice method, struct value *definition)
{
    struct change *change = ctx;
    (void)path;
    (void)method;
    sam_put(change->route->event->macro->sam, sam_get(definition, INTEGRATION), "timeoutInMillis",
            change->value);
}

static void set_payload_format(void *ctx, struct slice path, struct slice method,
                               struct value *definition)
{
    struct change *change = ctx;
    (void)path;
    (void)method;
    sam_put(change->route->event->macro->sam, sam_get(definition, INTEGRATION),
            "payloadFormatVersion", change->value);
}

static void set_security(void *ctx, struct slice path, struct slice method,
                         struct value *definition)
{
    struct change *change = ctx;
    struct sam *sam = change->route->event->macro->sam;
    (void)path;
    (void)method;
    openapi_require(sam, definition, arena_cstr(sam->arena, change->authorizer), change->value);
}

static void set_path_parameter(struct sam *sam, struct value *definition, struct slice name)
{
    struct value *list = sam_get(definition, "parameters");
    struct source_pos pos = definition->pos;
    if (!sam_is_list(list)) {
        list = value_list(sam->arena, pos);
        sam_put(sam, definition, "parameters", list);
    }
    struct value *parameter = NULL;
    for (size_t i = 0; i < sam_items(list) && parameter == NULL; i++) {
        struct value *item = value_at(list, i);
        parameter = slice_eq(value_scalar_text(value_get(item, "name")), name) ? item : NULL;
    }
    if (parameter == NULL) {
        parameter = sam_map(sam, pos, "name", sam_string(sam, pos, name), NULL);
        value_push(sam->arena, list, parameter);
    }
    sam_put(sam, parameter, "in", sam_text(sam, pos, "path"));
    sam_put(sam, parameter, "required", value_bool(sam->arena, pos, true));
}

static void set_path_parameters(void *ctx, struct slice path, struct slice method,
                                struct value *definition)
{
    struct change *change = ctx;
    struct slice rest = path;
    (void)method;
    for (;;) {
        size_t open = slice_find(rest, '{');
        if (open == SLICE_NPOS) {
            return;
        }
        rest = slice_skip(rest, open + 1);
        size_t close = slice_find(rest, '}');
        if (close == SLICE_NPOS) {
            return;
        }
        set_path_parameter(change->route->event->macro->sam, definition, slice_take(rest, close));
        rest = slice_skip(rest, close + 1);
    }
}

static void refuse_authorizer(const struct route *route, const struct value *authorizer,
                              const char *reason)
{
    event_error(route->event, event_pos_of(route->event, "Auth"),
                "Unable to set Authorizer [%.*s] on API method [%.*s] for path [%.*s]%s",
                SLICE_ARG(value_scalar_text(authorizer)), SLICE_ARG(route->method),
                SLICE_ARG(route->path), reason);
}

static void add_auth(const struct route *route, struct value *auth)
{
    struct event *event = route->event;
    struct value *api_auth = sam_get(route->api, "Auth");
    struct value *authorizers = sam_get(api_auth, "Authorizers");
    struct value *fallback = sam_get(api_auth, "DefaultAuthorizer");
    struct value *authorizer = sam_get(auth, "Authorizer");
    struct value *scopes = sam_get(auth, "AuthorizationScopes");
    bool has_iam = sam_is_true(sam_get(api_auth, "EnableIamAuthorizer"));
    authorizer = sam_is_truthy(authorizer) ? authorizer : fallback;
    if (!sam_is_truthy(authorizer)) {
        event_error(event, event_pos_of(event, "Auth"),
                    "'Auth' section requires either an explicit 'Authorizer' set or a "
                    "'DefaultAuthorizer' configured on the HttpApi.");
        return;
    }
    struct value *definition = NULL;
    if (value_is(authorizer, "NONE")) {
        if (!sam_is_truthy(fallback)) {
            event_error(event, event_pos_of(event, "Auth"),
                        "Unable to set Authorizer on API method [%.*s] for path [%.*s] because "
                        "'NONE' is only a valid value when a DefaultAuthorizer on the API is "
                        "specified.",
                        SLICE_ARG(route->method), SLICE_ARG(route->path));
            return;
        }
    } else if (!value_is(authorizer, "AWS_IAM") || !has_iam) {
        definition = sam_is_string(authorizer) ? value_find(authorizers, authorizer->text) : NULL;
        if (sam_is_string(authorizer) &&
            (!sam_is_truthy(api_auth) ||
             (sam_is_map(authorizers) && value_count(authorizers) == 0))) {
            refuse_authorizer(route, authorizer,
                              " because the related API does not define any Authorizers.");
            return;
        }
        if (!sam_is_string(authorizer) || !sam_is_map(authorizers)) {
            refuse_authorizer(route, authorizer,
                              ". The method authorizer must be a string with a corresponding dict "
                              "entry in the api authorizer.");
            return;
        }
        if (!sam_is_truthy(definition)) {
            refuse_authorizer(route, authorizer,
                              " because it wasn't defined in the API's Authorizers.");
            return;
        }
    }
    if (sam_is_truthy(scopes) && !sam_is_list(scopes)) {
        event_error(event, scopes->pos,
                    "Unable to set Authorizer on API method [%.*s] for path [%.*s] because "
                    "'AuthorizationScopes' must be a list of strings.",
                    SLICE_ARG(route->method), SLICE_ARG(route->path));
        return;
    }
    if (definition == NULL) {
        scopes = NULL;
    } else if (!sam_is_truthy(scopes)) {
        scopes = sam_get(definition, "AuthorizationScopes");
    }
    struct change change = {route, sam_is_truthy(scopes) ? scopes : NULL, authorizer->text};
    openapi_each_method(route->body, route->path, route->key, set_security, &change);
}

static void add_route(const struct route *route)
{
    struct event *event = route->event;
    struct value *paths = sam_get(route->body, "paths");
    bool is_there = openapi_has_integration(paths, route->path, route->key);
    if (is_there && sam_is_truthy(sam_get(route->api, "__MANAGE_SWAGGER"))) {
        event_error(event, event->pos, "API method '%.*s' defined multiple times for path '%.*s'.",
                    SLICE_ARG(route->method), SLICE_ARG(route->path));
        return;
    }
    if (!is_there) {
        add_integration(route);
    }
    struct value *auth = event_get(event, "Auth");
    if (sam_is_truthy(auth)) {
        add_auth(route, auth);
    }
    struct change change = {route, event_get(event, "TimeoutInMillis"), SLICE_NULL};
    if (sam_is_truthy(change.value)) {
        openapi_each_method(route->body, route->path, route->key, set_timeout, &change);
    }
    openapi_each_method(route->body, route->path, route->key, set_path_parameters, &change);
    change.value = event_get(event, "PayloadFormatVersion");
    if (sam_is_truthy(change.value)) {
        openapi_each_method(route->body, route->path, route->key, set_payload_format, &change);
    }
}

void event_http_api(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct value *given = event_get(event, "ApiId");
    struct value *id =
        sam_is_map(given) && sam_get(given, "Ref") != NULL ? sam_get(given, "Ref") : given;
    struct value *path = event_get(event, "Path");
    struct value *method = event_get(event, "Method");
    struct value *resource = sam_is_string(id) ? value_find(sam->resources, id->text) : NULL;
    if (!sam_is_string(path) || !sam_is_string(method) || !sam_is_map(resource)) {
        event->macro->has_failed = true; /* told when the implicit API was made */
        return;
    }
    struct route route = {.event = event, .api_id = id->text, .path = path->text};
    route.api = openapi_section(sam, resource, "Properties");
    route.body = sam_get(route.api, "DefinitionBody");
    route.method = sam_lower(sam, method->text);
    route.key = openapi_method(sam, method->text);
    if (sam_is_truthy(route.body) && !openapi_is_version_3(route.body)) {
        sam_structure_error(
            sam, route.body->pos,
            "Invalid OpenApi document. Invalid values or missing keys for 'openapi' "
            "or 'paths' in 'DefinitionBody'.");
        event->macro->has_failed = true;
        return;
    }
    add_permission(&route);
    if (route.body != NULL) {
        add_route(&route);
    }
}
