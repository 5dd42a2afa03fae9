/* http events: one REST API with a tree of resources, a method for each event and an OPTIONS mock
 * for each path with cors. Integrations other than lambda-proxy keep their type; whoever serves the
 * API decides about them. */
#include "templates/serverless/events.h"

#include "core/mem.h"

#define PATH_MAX_LEN 2048 /* bytes; API Gateway has no number for it */

struct rest_path {
    struct slice path;       /* "users/{id}"; empty: the root */
    struct slice normalized; /* "UsersIdVar" */
    struct value *cors;      /* of all its events: {origin, headers, methods, ...}; NULL without */
    struct source_pos pos;
};

struct rest {
    struct service *service;
    struct value *api_id; /* Ref, or what provider.apiGateway.restApiId says */
    struct value *root_id;
    struct rest_path *paths;
    size_t count, cap;
};

/* --- the API ------------------------------------------------------------------------------------
 */

/* An id that refers to a resource of this template; others cannot be known here. */
static bool is_own_ref(const struct service *service, const struct value *id)
{
    struct slice name;
    struct value *arg;
    return value_is_intrinsic(id, &name, &arg) && slice_is(name, "Ref") &&
           value_find(service->own_resources, text_of(arg)) != NULL;
}

static struct slice api_name(struct service *service, const char *section)
{
    const struct value *settings = value_get(service->provider, section);
    const struct value *name = value_get(settings, "name");
    if (name == NULL && strcmp(section, "apiGateway") == 0) {
        name = value_get(service->provider, "apiName");
    }
    if (is_truthy(name) && value_is_scalar(name)) {
        return value_scalar_text(name);
    }
    bool service_first = is_truthy(value_get(settings, "shouldStartNameWithService"));
    return arena_printf(service->arena, "%.*s-%.*s",
                        SLICE_ARG(service_first ? service->name : service->stage),
                        SLICE_ARG(service_first ? service->stage : service->name));
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
    add_resource(service, SLICE("ApiGatewayRestApi"), "AWS::ApiGateway::RestApi", pos,
                 shape(service->arena, pos,
                       "{Name: %S, EndpointConfiguration: {Types: [%S]}, BinaryMediaTypes: %v, "
                       "MinimumCompressionSize: %v, ApiKeySourceType: %v, Description: %v}",
                       api_name(service, "apiGateway"),
                       is_truthy(endpoint) ? text_of(endpoint) : SLICE("EDGE"),
                       as_list(service, value_get(settings, "binaryMediaTypes")),
                       copy_of(service, value_get(settings, "minimumCompressionSize")),
                       copy_of(service, value_get(settings, "apiKeySourceType")),
                       copy_of(service, value_get(settings, "description"))));
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

/* --- paths --------------------------------------------------------------------------------------
 */

static struct rest_path *find_path(struct rest *rest, struct slice path)
{
    for (size_t i = 0; i < rest->count; i++) {
        if (slice_eq(rest->paths[i].path, path)) {
            return &rest->paths[i];
        }
    }
    return NULL;
}

/* The logical id of the resource must be that of no other path: "/a_b" and "/ab" look alike. */
static struct slice unique_name(struct rest *rest, struct slice path)
{
    struct slice plain = naming_path(rest->service->arena, path);
    struct slice name = plain;
    for (size_t number = 2;; number++) {
        bool is_taken = false;
        for (size_t i = 0; i < rest->count; i++) {
            is_taken = is_taken || slice_eq(rest->paths[i].normalized, name);
        }
        if (!is_taken) {
            return name;
        }
        name = arena_printf(rest->service->arena, "%.*s%zu", SLICE_ARG(plain), number);
    }
}

static struct value *resource_id(struct rest *rest, const struct rest_path *path)
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
        parent = resource_id(rest, make_path(rest, slice_take(path, slash), pos));
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

/* --- authorizers --------------------------------------------------------------------------------
 */

static bool is_cognito_arn(const struct value *arn)
{
    return arn != NULL && arn->kind == VALUE_STRING &&
           slice_search(arn->text, SLICE(":cognito-idp:")) != SLICE_NPOS;
}

/* "arn:aws:lambda:r:a:function:svc-dev-auth" -> "auth" */
static struct slice name_of_arn(struct service *service, const struct value *arn)
{
    struct slice name = arn_name(service, arn, ':');
    size_t dash = slice_rfind(name, '-');
    return dash != SLICE_NPOS ? slice_skip(name, dash + 1) : name;
}

static void set_scopes(struct service *service, struct value *method,
                       const struct value *authorizer)
{
    const struct value *scopes = value_get(authorizer, "scopes");
    if (is_truthy(scopes)) {
        value_set(service->arena, method, SLICE("AuthorizationScopes"), as_list(service, scopes));
    }
}

static void set_authorization_of(struct service *service, struct value *method, const char *type,
                                 struct value *id)
{
    value_set_text(service->arena, method, "AuthorizationType", type);
    if (id != NULL) {
        value_set(service->arena, method, SLICE("AuthorizerId"), id);
    }
}

/* The authorizer as its own resource, and the method's reference to it. */
static void set_authorizer(struct rest *rest, const struct service_event *event,
                           struct value *method, const struct value *authorizer)
{
    struct service *service = rest->service;
    struct source_pos pos = authorizer->pos;
    const struct value *given_arn = value_get(authorizer, "arn");
    const struct value *given_name = value_get(authorizer, "name");
    struct slice name = text_of(given_name);
    struct slice type = text_of(value_get(authorizer, "type"));
    struct value *arn = copy_of(service, given_arn);
    if (authorizer->kind == VALUE_STRING) {
        if (slice_find(authorizer->text, ':') == SLICE_NPOS) {
            name = authorizer->text;
        } else {
            given_arn = authorizer;
            arn = copy_of(service, authorizer);
        }
    }
    if (name.len == 0 && given_arn != NULL) {
        name = name_of_arn(service, given_arn);
    }
    if (name.len == 0) {
        load_error(service->load, pos, "Please provide either an authorizer name or ARN");
        return;
    }
    if (arn == NULL) {
        const struct service_function *function = service_find_function(service, name);
        if (function == NULL) {
            load_error(service->load, pos,
                       "Function \"%.*s\" doesn't exist in this Service (authorizer of function "
                       "\"%.*s\")",
                       SLICE_ARG(name), SLICE_ARG(event->function->key));
            return;
        }
        arn = function_arn(service, function, pos);
    }
    bool is_cognito = slice_ieq(type, SLICE("COGNITO_USER_POOLS")) || is_cognito_arn(given_arn);
    bool is_request = slice_ieq(type, SLICE("REQUEST"));
    const struct value *ttl = value_get(authorizer, "resultTtlInSeconds");
    const struct value *identity = value_get(authorizer, "identitySource");
    bool needs_no_identity = is_request && ttl != NULL && !is_truthy(ttl);
    struct value *source = copy_of(service, identity);
    if (source == NULL && !needs_no_identity) {
        source = value_string(service->arena, pos, SLICE("method.request.header.Authorization"));
    }
    struct value *default_ttl =
        authorizer->kind == VALUE_MAP ? value_int(service->arena, pos, 300) : NULL;
    struct slice id = arena_printf(service->arena, "%.*sApiGatewayAuthorizer",
                                   SLICE_ARG(naming_resource(service->arena, name)));
    add_resource(
        service, id, "AWS::ApiGateway::Authorizer", pos,
        shape(service->arena, pos,
              "{AuthorizerResultTtlInSeconds: %v, IdentitySource: %v, Name: %S, RestApiId: %v, "
              "IdentityValidationExpression: %v, Type: %s, ProviderARNs: %v, AuthorizerUri: %v}",
              ttl != NULL ? copy_of(service, ttl) : default_ttl, source, name, rest->api_id,
              copy_of(service, value_get(authorizer, "identityValidationExpression")),
              is_cognito   ? "COGNITO_USER_POOLS"
              : is_request ? "REQUEST"
                           : "TOKEN",
              is_cognito ? shape(service->arena, pos, "[%v]", arn) : NULL,
              is_cognito ? NULL : invocation_uri(service, arn, pos)));
    set_authorization_of(service, method, is_cognito ? "COGNITO_USER_POOLS" : "CUSTOM",
                         value_ref(service->arena, pos, id));
    if (is_cognito) {
        set_scopes(service, method, authorizer);
    }
}

static void set_authorization(struct rest *rest, const struct service_event *event,
                              struct value *method)
{
    struct service *service = rest->service;
    const struct value *authorizer = value_get(event->config, "authorizer");
    const struct value *external = value_get(authorizer, "authorizerId");
    struct slice type = text_of(value_get(authorizer, "type"));
    if (!is_truthy(authorizer)) {
        set_authorization_of(service, method, "NONE", NULL);
    } else if (slice_ieq(type, SLICE("aws_iam")) ||
               slice_ieq(text_of(authorizer), SLICE("aws_iam"))) {
        set_authorization_of(service, method, "AWS_IAM", NULL);
    } else if (external != NULL && type.len > 0) {
        bool is_cognito = slice_ieq(type, SLICE("COGNITO_USER_POOLS"));
        set_authorization_of(service, method, is_cognito ? "COGNITO_USER_POOLS" : "CUSTOM",
                             copy_of(service, external));
        set_scopes(service, method, authorizer);
    } else {
        set_authorizer(rest, event, method, authorizer);
    }
}

/* --- cors ---------------------------------------------------------------------------------------
 */

static bool list_has(const struct value *list, struct slice text)
{
    for (size_t i = 0; i < value_count(list); i++) {
        if (slice_eq(text_of(value_at(list, i)), text)) {
            return true;
        }
    }
    return false;
}

static void list_add(struct service *service, struct value *list, struct slice text)
{
    if (text.len > 0 && !list_has(list, text)) {
        value_push(service->arena, list, value_string(service->arena, list->pos, text));
    }
}

static void list_add_all(struct service *service, struct value *list, const struct value *more)
{
    if (more != NULL && more->kind == VALUE_STRING) {
        struct slice rest = more->text;
        struct slice part;
        while (slice_split(&rest, ',', &part)) {
            list_add(service, list, slice_trim(part));
        }
        return;
    }
    for (size_t i = 0; i < value_count(more); i++) {
        list_add(service, list, text_of(value_at(more, i)));
    }
}

/* Lays the cors of one event over that of its path: lists grow, the last single value wins. */
static void add_cors(struct rest *rest, struct rest_path *path, const struct service_event *event,
                     struct slice method)
{
    struct service *service = rest->service;
    const struct value *cors = value_get(event->config, "cors");
    if (!is_truthy(cors)) {
        return;
    }
    if (path->cors == NULL) {
        path->cors = shape(service->arena, cors->pos, "{headers: [], methods: [], origins: []}");
    }
    const struct value *headers = value_get(cors, "headers");
    const struct value *origins = value_get(cors, "origins");
    const struct value *origin = value_get(cors, "origin");
    struct value *methods = value_get(path->cors, "methods");
    if (headers == NULL) {
        headers =
            shape(service->arena, cors->pos,
                  "[Content-Type, X-Amz-Date, Authorization, X-Api-Key, X-Amz-Security-Token, "
                  "X-Amz-User-Agent, X-Amzn-Trace-Id]");
    }
    list_add_all(service, value_get(path->cors, "headers"), headers);
    list_add_all(service, value_get(path->cors, "origins"), origins);
    if (origin != NULL && slice_find(text_of(origin), ',') != SLICE_NPOS) {
        list_add_all(service, value_get(path->cors, "origins"), origin);
    }
    list_add_all(service, methods, value_get(cors, "methods"));
    list_add(service, methods, SLICE("OPTIONS"));
    list_add(service, methods, method);
    if (origin != NULL || value_get(path->cors, "origin") == NULL) {
        value_set(service->arena, path->cors, SLICE("origin"),
                  origin != NULL ? copy_of(service, origin)
                                 : value_string(service->arena, cors->pos, SLICE("*")));
    }
    const char *const single[] = {"allowCredentials", "maxAge", "cacheControl"};
    for (size_t i = 0; i < COUNT_OF(single); i++) {
        const struct value *value = value_get(cors, single[i]);
        if (is_truthy(value)) {
            value_set(service->arena, path->cors, slice_from(single[i]), copy_of(service, value));
        }
    }
}

static struct slice joined(struct service *service, const struct value *list)
{
    struct slice text = SLICE("");
    for (size_t i = 0; i < value_count(list); i++) {
        struct slice item = text_of(value_at(list, i));
        if (slice_is(item, "ANY")) {
            item = SLICE("DELETE,GET,HEAD,PATCH,POST,PUT");
        }
        text = arena_printf(service->arena, "%.*s%s%.*s", SLICE_ARG(text), i > 0 ? "," : "",
                            SLICE_ARG(item));
    }
    return text;
}

static void set_header(struct service *service, struct value *values, struct value *flags,
                       const char *name, struct slice value)
{
    struct slice key = arena_printf(service->arena, "method.response.header.%s", name);
    value_set(service->arena, values, key,
              value_text(service->arena, values->pos, "'%.*s'", SLICE_ARG(value)));
    value_set(service->arena, flags, key, value_bool(service->arena, values->pos, true));
}

static void make_preflight(struct rest *rest, const struct rest_path *path)
{
    struct service *service = rest->service;
    struct source_pos pos = path->cors->pos;
    struct value *values = value_map(service->arena, pos);
    struct value *flags = value_map(service->arena, pos);
    const struct value *origins = value_get(path->cors, "origins");
    const struct value *age = value_get(path->cors, "maxAge");
    const struct value *cache = value_get(path->cors, "cacheControl");
    struct slice origin =
        text_of(value_count(origins) > 0 ? value_at(origins, 0) : value_get(path->cors, "origin"));
    set_header(service, values, flags, "Access-Control-Allow-Origin", origin);
    set_header(service, values, flags, "Access-Control-Allow-Headers",
               joined(service, value_get(path->cors, "headers")));
    set_header(service, values, flags, "Access-Control-Allow-Methods",
               joined(service, value_get(path->cors, "methods")));
    if (value_get(path->cors, "allowCredentials") != NULL) {
        set_header(service, values, flags, "Access-Control-Allow-Credentials", SLICE("true"));
    }
    if (age != NULL) {
        set_header(service, values, flags, "Access-Control-Max-Age", text_of(age));
    }
    if (cache != NULL) {
        set_header(service, values, flags, "Cache-Control", text_of(cache));
    }
    add_resource(
        service,
        arena_printf(service->arena, "ApiGatewayMethod%.*sOptions", SLICE_ARG(path->normalized)),
        "AWS::ApiGateway::Method", pos,
        shape(
            service->arena, pos,
            "{AuthorizationType: NONE, HttpMethod: OPTIONS, MethodResponses: [{StatusCode: '200', "
            "ResponseParameters: %v, ResponseModels: {}}], RequestParameters: {}, Integration: "
            "{Type: MOCK, RequestTemplates: {application/json: %s}, ContentHandling: "
            "CONVERT_TO_TEXT, IntegrationResponses: [{StatusCode: '200', ResponseParameters: %v, "
            "ResponseTemplates: {application/json: ''}}]}, ResourceId: %v, RestApiId: %v}",
            flags, "{statusCode:200}", values, resource_id(rest, path), rest->api_id));
}

/* --- methods ------------------------------------------------------------------------------------
 */

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
    add_cors(rest, path, event, method);
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
        method, request_parameters(service, event), resource_id(rest, path), rest->api_id,
        value_bool(service->arena, event->pos, is_truthy(value_get(event->config, "private"))),
        copy_of(service, value_get(event->config, "operationId")),
        integration(service, event, method));
    set_authorization(rest, event, properties);
    add_resource(service, id, "AWS::ApiGateway::Method", event->pos, properties);
    struct slice permission = arena_printf(service->arena, "%.*sLambdaPermissionApiGateway",
                                           SLICE_ARG(event->function->normalized));
    if (value_find(service->resources, permission) == NULL) {
        add_permission(service, event, permission, "apigateway.amazonaws.com", NULL);
    }
}

/* --- API keys -----------------------------------------------------------------------------------
 */

/* provider.apiGateway.apiKeys: names, or {name, value, description, ...}, or plans of lists of
 * those. */
static void make_api_key(struct rest *rest, const struct value *key, size_t number)
{
    struct service *service = rest->service;
    const struct value *name = key->kind == VALUE_MAP ? value_get(key, "name") : key;
    struct slice id = arena_printf(service->arena, "ApiGatewayApiKey%zu", number);
    add_resource(
        service, id, "AWS::ApiGateway::ApiKey", key->pos,
        shape(service->arena, key->pos,
              "{Enabled: %v, Name: %v, Value: %v, Description: %v, StageKeys: [{RestApiId: %v, "
              "StageName: %S}]}",
              value_get(key, "enabled") != NULL ? copy_of(service, value_get(key, "enabled"))
                                                : value_bool(service->arena, key->pos, true),
              copy_of(service, name), copy_of(service, value_get(key, "value")),
              copy_of(service, value_get(key, "description")), rest->api_id, service->stage));
    add_resource(service, arena_printf(service->arena, "ApiGatewayUsagePlanKey%zu", number),
                 "AWS::ApiGateway::UsagePlanKey", key->pos,
                 shape(service->arena, key->pos,
                       "{KeyId: {Ref: %S}, KeyType: API_KEY, UsagePlanId: {Ref: "
                       "ApiGatewayUsagePlan}}",
                       id));
}

static void make_api_keys(struct rest *rest)
{
    struct service *service = rest->service;
    const struct value *keys = value_path(service->provider, "apiGateway", "apiKeys", NULL);
    if (keys == NULL) {
        keys = value_get(service->provider, "apiKeys");
    }
    if (keys == NULL || keys->kind != VALUE_LIST || value_count(keys) == 0) {
        return;
    }
    const struct value *plan = value_path(service->provider, "apiGateway", "usagePlan", NULL);
    add_resource(
        service, SLICE("ApiGatewayUsagePlan"), "AWS::ApiGateway::UsagePlan", keys->pos,
        shape(service->arena, keys->pos,
              "{ApiStages: [{ApiId: %v, Stage: %S}], UsagePlanName: %S, Quota: %v, Throttle: "
              "%v}",
              rest->api_id, service->stage,
              arena_printf(service->arena, "%.*s-%.*s", SLICE_ARG(service->name),
                           SLICE_ARG(service->stage)),
              copy_of(service, value_get(plan, "quota")),
              copy_of(service, value_get(plan, "throttle"))));
    size_t number = 1;
    for (size_t i = 0; i < value_count(keys); i++) {
        const struct value *key = value_at(keys, i);
        const struct value *first =
            key->kind == VALUE_MAP && value_count(key) == 1 ? key->as.map.entries[0].value : NULL;
        if (first != NULL && first->kind == VALUE_LIST) {
            for (size_t j = 0; j < value_count(first); j++) {
                make_api_key(rest, value_at(first, j), number++);
            }
        } else {
            make_api_key(rest, key, number++);
        }
    }
}

void compile_rest(struct service *service)
{
    struct rest rest = {.service = service};
    struct source_pos first = {0};
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
            make_preflight(&rest, &rest.paths[i]);
        }
    }
    make_deployment(&rest, first);
    make_api_keys(&rest);
}
