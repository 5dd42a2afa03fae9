/* http events: one REST API with a tree of resources, a method for each event and an OPTIONS mock
 * for each path with cors. Integrations other than lambda-proxy keep their type; whoever serves the
 * API decides about them. */
#include "templates/serverless/rest.h"

#include "core/mem.h"

#define PATH_MAX_LEN 2048 /* bytes; API Gateway has no number for it */

/* --- the API --- */

/* An id that refers to a resource of this template; others cannot be known here. */
static bool is_own_ref(const struct service *service, const struct value *id)
{
    struct slice name;
    struct value *arg;
    return value_is_intrinsic(id, &name, &arg) && slice_is(name, "Ref") &&
           value_find(service->own_resources, text_of(arg)) != NULL;
}

static void make_api(struct rest *rest, struct source_pos pos)
{
    struct service *service = rest->service;
    const struct value *settings = value_get(service->provider, "apiGateway");
    const struct value *id = value_get(settings, "restApiId");
    const struct value *root = value_get(settings, "restApiRootResourceId");
    if (is_own_ref(service, id)) {
        struct slice own = text_of(value_get(id, "Ref"));
        rest->api_id = copy_of(service, id);
        rest->root_id = root != NULL ? copy_of(service, root)
                                     : value_getatt(service->arena, id->pos, own, "RootResourceId");
        return;
    }
    if (is_truthy(id)) {
        load_notice(
            service->load, id->pos,
            "provider.apiGateway.restApiId names an API outside of this service: its routes are "
            "served by a local API of their own");
    }
    const struct value *endpoint = value_get(service->provider, "endpointType");
    const struct value *statements = value_get(settings, "resourcePolicy");
    if (statements == NULL) { /* where Framework 2 had it */
        statements = value_get(service->provider, "resourcePolicy");
    }
    add_resource(service, SLICE("ApiGatewayRestApi"), "AWS::ApiGateway::RestApi", pos,
                 shape(service->arena, pos,
                       "{Name: %S, EndpointConfiguration: {Types: [%S]}, BinaryMediaTypes: %v, "
                       "MinimumCompressionSize: %v, ApiKeySourceType: %v, Description: %v, "
                       "Policy: %v}",
                       api_name(service, settings, value_get(service->provider, "apiName")),
                       is_truthy(endpoint) ? text_of(endpoint) : SLICE("EDGE"),
                       as_list(service, value_get(settings, "binaryMediaTypes")),
                       copy_of(service, value_get(settings, "minimumCompressionSize")),
                       copy_of(service, value_get(settings, "apiKeySourceType")),
                       copy_of(service, value_get(settings, "description")),
                       is_truthy(statements) ? shape(service->arena, statements->pos,
                                                     "{Version: '2012-10-17', Statement: %v}",
                                                     copy_of(service, statements))
                                             : NULL));
    rest->api_id = value_ref(service->arena, pos, SLICE("ApiGatewayRestApi"));
    rest->root_id = value_getatt(service->arena, pos, SLICE("ApiGatewayRestApi"), "RootResourceId");
}

static void make_deployment(struct rest *rest, struct source_pos pos)
{
    struct service *service = rest->service;
    add_resource(
        service, SLICE("ApiGatewayDeployment"), "AWS::ApiGateway::Deployment", pos,
        shape(service->arena, pos, "{RestApiId: %v, StageName: %S}", rest->api_id, service->stage));
    value_set(
        service->arena, service->outputs, SLICE("ServiceEndpoint"),
        shape(service->arena, pos,
              "{Description: URL of the service endpoint, Value: {Fn::Join: ['', ['https://', %v, "
              "'.execute-api.', {Ref: AWS::Region}, '.', {Ref: AWS::URLSuffix}, '/', %S]]}}",
              rest->api_id, service->stage));
}

/* --- paths --- */

static struct rest_path *find_path(struct rest *rest, struct slice path)
{
    const struct value *index = value_find(rest->indexes, path);
    return index != NULL ? &rest->paths[index->as.integer] : NULL;
}

/* The logical id of the resource must be that of no other path: "/a_b" and "/ab" look alike. */
static struct slice unique_name(struct rest *rest, struct slice path)
{
    struct slice plain = naming_path(rest->service->arena, path);
    struct slice name = plain;
    for (size_t number = 2; value_find(rest->names, name) != NULL; number++) {
        name = arena_printf(rest->service->arena, "%.*s%zu", SLICE_ARG(plain), number);
    }
    return name;
}

struct value *rest_resource_id(const struct rest *rest, const struct rest_path *path)
{
    if (path == NULL || path->path.len == 0) {
        return rest->root_id;
    }
    return value_ref(
        rest->service->arena, path->pos,
        arena_printf(rest->service->arena, "ApiGatewayResource%.*s", SLICE_ARG(path->normalized)));
}

/* Makes the path and what leads to it. */
static struct rest_path *make_path(struct rest *rest, struct slice path, struct source_pos pos)
{
    struct service *service = rest->service;
    struct rest_path *found = find_path(rest, path);
    if (found != NULL) {
        return found;
    }
    struct value *parent = rest->root_id;
    size_t slash = slice_rfind(path, '/');
    if (slash != SLICE_NPOS) {
        parent = rest_resource_id(rest, make_path(rest, slice_take(path, slash), pos));
    }
    struct slice name = path.len > 0 ? unique_name(rest, path) : SLICE("");
    if (rest->count == rest->cap) {
        size_t cap = rest->cap > 0 ? rest->cap * 2 : 32;
        struct rest_path *larger = arena_array(service->arena, cap, sizeof(*larger));
        for (size_t i = 0; i < rest->count; i++) {
            larger[i] = rest->paths[i];
        }
        rest->paths = larger;
        rest->cap = cap;
    }
    struct value *index = value_int(service->arena, pos, (int64_t)rest->count);
    value_set(service->arena, rest->indexes, path, index);
    value_set(service->arena, rest->names, name, index);
    struct rest_path *made = &rest->paths[rest->count++];
    *made = (struct rest_path){.path = path, .normalized = name, .pos = pos};
    if (path.len > 0) {
        add_resource(
            service, arena_printf(service->arena, "ApiGatewayResource%.*s", SLICE_ARG(name)),
            "AWS::ApiGateway::Resource", pos,
            shape(service->arena, pos, "{ParentId: %v, PathPart: %S, RestApiId: %v}", parent,
                  slash != SLICE_NPOS ? slice_skip(path, slash + 1) : path, rest->api_id));
    }
    return made;
}

/* --- methods --- */

/* {querystrings: {page: true}} -> {method.request.querystring.page: true} */
static struct value *request_parameters(struct service *service, const struct service_event *event)
{
    static const struct {
        const char *plural, *singular;
    } places[] = {{"querystrings", "querystring"}, {"paths", "path"}, {"headers", "header"}};
    const struct value *given = value_path(event->config, "request", "parameters", NULL);
    struct value *parameters = value_map(service->arena, event->pos);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        const struct value *names = value_get(given, places[i].plural);
        for (size_t j = 0; names != NULL && names->kind == VALUE_MAP && j < value_count(names);
             j++) {
            const struct value_entry *entry = &names->as.map.entries[j];
            const struct value *required = value_get(entry->value, "required");
            value_set(service->arena, parameters,
                      arena_printf(service->arena, "method.request.%s.%.*s", places[i].singular,
                                   SLICE_ARG(entry->key)),
                      required != NULL ? copy_of(service, required)
                      : entry->value->kind == VALUE_MAP
                          ? value_bool(service->arena, entry->value->pos, true)
                          : copy_of(service, entry->value));
        }
    }
    return parameters;
}

/* "lambda-proxy" (default), "lambda", "http", "http-proxy", "mock" in API Gateway's words. */
static struct slice integration_type(struct service *service, const struct service_event *event)
{
    static const struct {
        const char *from, *to;
    } words[] = {{"lambda-proxy", "AWS_PROXY"},
                 {"lambda_proxy", "AWS_PROXY"},
                 {"aws_proxy", "AWS_PROXY"},
                 {"aws-proxy", "AWS_PROXY"},
                 {"lambda", "AWS"},
                 {"aws", "AWS"},
                 {"http", "HTTP"},
                 {"http-proxy", "HTTP_PROXY"},
                 {"http_proxy", "HTTP_PROXY"},
                 {"mock", "MOCK"}};
    const struct value *integration = value_get(event->config, "integration");
    if (!is_truthy(integration)) {
        return is_truthy(value_get(event->config, "async")) ? SLICE("AWS") : SLICE("AWS_PROXY");
    }
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        if (slice_ieq(text_of(integration), slice_from(words[i].from))) {
            return slice_from(words[i].to);
        }
    }
    load_error(
        service->load, integration->pos,
        "Configuration error at 'functions.%.*s.events[%zu].http.integration': unsupported value "
        "'%.*s'; one of lambda-proxy, lambda, http, http-proxy, mock",
        SLICE_ARG(event->function->key), event->position, SLICE_ARG(text_of(integration)));
    return SLICE("AWS_PROXY");
}

static struct value *integration(struct service *service, const struct service_event *event,
                                 struct slice method)
{
    struct slice type = integration_type(service, event);
    bool is_http = slice_starts_with(type, SLICE("HTTP"));
    const struct value *request = value_get(event->config, "request");
    struct value *uri = NULL;
    struct value *parameters = NULL;
    if (is_http) {
        uri = copy_of(service, value_get(request, "uri"));
        if (uri == NULL) {
            load_error(service->load, event->pos,
                       "You need to set the request uri when using the %.*s integration.",
                       SLICE_ARG(type));
        }
    } else if (!slice_is(type, "MOCK")) {
        uri =
            invocation_uri(service, function_arn(service, event->function, event->pos), event->pos);
    }
    if (is_truthy(value_get(event->config, "async"))) {
        parameters = value_map(service->arena, event->pos);
        value_set_text(service->arena, parameters,
                       "integration.request.header.X-Amz-Invocation-Type", "'Event'");
    }
    const struct value *own_method = value_get(request, "method");
    struct slice http_method = own_method != NULL ? text_of(own_method) : method;
    const struct value *templates = value_get(request, "template");
    bool is_proxy = slice_ends_with(type, SLICE("_PROXY"));
    return shape(service->arena, event->pos,
                 "{IntegrationHttpMethod: %S, Type: %S, Uri: %v, RequestParameters: %v, "
                 "TimeoutInMillis: %v, PassthroughBehavior: %v, ContentHandling: %v, "
                 "RequestTemplates: %v}",
                 is_http ? http_method : SLICE("POST"), type, uri, parameters,
                 copy_of(service, value_get(event->config, "timeoutInMillis")),
                 is_proxy ? NULL : copy_of(service, value_get(request, "passThrough")),
                 is_proxy ? NULL : copy_of(service, value_get(request, "contentHandling")),
                 is_proxy ? NULL : copy_of(service, templates));
}

static struct slice upper(struct service *service, struct slice text)
{
    char *copy = arena_cstr(service->arena, text);
    for (size_t i = 0; i < text.len; i++) {
        if (copy[i] >= 'a' && copy[i] <= 'z') {
            copy[i] = (char)(copy[i] - 'a' + 'A');
        }
    }
    return slice_of(copy, text.len);
}

/* "GET /users" or {method, path}. */
static bool method_and_path(struct service *service, const struct service_event *event,
                            struct slice *ret_method, struct slice *ret_path)
{
    static const char *const methods[] = {"GET",     "POST", "PUT",    "PATCH",
                                          "OPTIONS", "HEAD", "DELETE", "ANY"};
    struct slice path = text_of(value_get(event->config, "path"));
    struct slice method = text_of(value_get(event->config, "method"));
    if (event->config->kind == VALUE_STRING) {
        path = slice_trim(event->config->text);
        if (!slice_split(&path, ' ', &method)) {
            method = SLICE("");
        }
        path = slice_trim(path);
    }
    *ret_method = upper(service, method);
    bool is_known = false;
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        is_known = is_known || slice_is(*ret_method, methods[i]);
    }
    if (!is_known || path.ptr == NULL) {
        load_error(service->load, event->pos,
                   "Configuration error at 'functions.%.*s.events[%zu].http': %s",
                   SLICE_ARG(event->function->key), event->position,
                   path.ptr == NULL
                       ? "must have required property 'path'"
                       : "'method' must be get, post, put, patch, options, head, delete "
                         "or any");
        return false;
    }
    if (path.len > PATH_MAX_LEN) {
        load_error(service->load, event->pos, "the path is longer than %d bytes", PATH_MAX_LEN);
        return false;
    }
    path = slice_starts_with(path, SLICE("/")) ? slice_skip(path, 1) : path;
    *ret_path = slice_ends_with(path, SLICE("/")) ? slice_take(path, path.len - 1) : path;
    return true;
}

static void make_method(struct rest *rest, const struct service_event *event)
{
    struct service *service = rest->service;
    struct slice method, path_text;
    if (!method_and_path(service, event, &method, &path_text)) {
        return;
    }
    struct rest_path *path = make_path(rest, path_text, event->pos);
    rest_add_cors(rest, path, event, method);
    struct slice id =
        arena_printf(service->arena, "ApiGatewayMethod%.*s%.*s", SLICE_ARG(path->normalized),
                     SLICE_ARG(naming_method(service->arena, method)));
    if (value_find(service->resources, id) != NULL) {
        load_warning(service->load, event->pos,
                     "%.*s /%.*s is defined more than once: the last wins", SLICE_ARG(method),
                     SLICE_ARG(path_text));
    }
    struct value *properties = shape(
        service->arena, event->pos,
        "{HttpMethod: %S, RequestParameters: %v, ResourceId: %v, RestApiId: %v, ApiKeyRequired: "
        "%v, OperationName: %v, Integration: %v, MethodResponses: []}",
        method, request_parameters(service, event), rest_resource_id(rest, path), rest->api_id,
        value_bool(service->arena, event->pos, is_truthy(value_get(event->config, "private"))),
        copy_of(service, value_get(event->config, "operationId")),
        integration(service, event, method));
    rest_set_authorization(rest, event, properties);
    add_resource(service, id, "AWS::ApiGateway::Method", event->pos, properties);
    struct slice permission = arena_printf(service->arena, "%.*sLambdaPermissionApiGateway",
                                           SLICE_ARG(event->function->normalized));
    if (value_find(service->resources, permission) == NULL) {
        add_permission(service, event, permission, "apigateway.amazonaws.com", NULL);
    }
}

/* --- all of it --- */

void compile_rest(struct service *service)
{
    struct source_pos first = {0};
    struct rest rest = {.service = service,
                        .indexes = value_map(service->arena, first),
                        .names = value_map(service->arena, first)};
    for (size_t i = 0; i < service->event_count; i++) {
        const struct service_event *event = &service->events[i];
        if (!event_is(event, "http")) {
            continue;
        }
        if (rest.api_id == NULL) {
            first = event->pos;
            make_api(&rest, first);
        }
        make_method(&rest, event);
    }
    if (rest.api_id == NULL) {
        return;
    }
    for (size_t i = 0; i < rest.count; i++) {
        if (rest.paths[i].cors != NULL) {
            rest_make_preflight(&rest, &rest.paths[i]);
        }
    }
    make_deployment(&rest, first);
    rest_make_api_keys(&rest);
}
