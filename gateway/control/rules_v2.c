/* HTTP and WebSocket APIs: routes, integrations, and what stands beside them. */
#include "gateway/control/document.h"
#include "gateway/control/rules.h"

#define ROUTES_MAX 300 /* and integrations, of an API: API Gateway's quotas */

static bool is_websocket(struct request *r, struct slice api_id)
{
    const struct entry *api = registry_find(r->registry, KIND_V2_API, SLICE_NULL, api_id);
    return api != NULL && slice_is(entry_text(r->arena, api, "ProtocolType"), "WEBSOCKET");
}

static bool has_room(struct request *r, const struct entry *entry, const struct entry *old)
{
    size_t count = 0, at = 0;
    while (registry_next(r->registry, kind_id(entry->kind), entry->owner, &at) != NULL) {
        count++;
    }
    return old != NULL || count < ROUTES_MAX ||
           objection_limit(&r->objection, "Maximum number of %ss for this API has been reached",
                           entry->kind->word);
}

/* --- APIs --- */

/* A route, an integration and a stage of the service's own, for the target the API names. */
static void quick_create(struct request *r, const struct entry *api, struct slice target)
{
    struct registry parts = {NULL, 0, 0};
    struct slice key = json_text_member(r->arena, r->body, "routeKey");
    struct slice credentials = json_text_member(r->arena, r->body, "credentialsArn");
    struct entry whole = *api;
    whole.properties = edit_text(r->arena, api->properties, "Target", target);
    whole.properties =
        edit_text(r->arena, whole.properties, "RouteKey", key.len > 0 ? key : SLICE_NULL);
    whole.properties = edit_text(r->arena, whole.properties, "CredentialsArn",
                                 credentials.len > 0 ? credentials : SLICE_NULL);
    (void)registry_add(&parts, &whole);
    document_take_apart(&parts, parts.entries[0], NULL);
    for (size_t i = 0; i < parts.count; i++) {
        if (kind_id(parts.entries[i]->kind) != KIND_V2_API) {
            (void)change_put(r, parts.entries[i]);
        }
    }
    registry_finish(&parts);
}

/* What UpdateApi says of the target goes to what the service made for it. */
static bool change_target(struct request *r, const struct entry *api)
{
    struct slice target = json_text_member(r->arena, r->body, "target");
    struct slice key = json_text_member(r->arena, r->body, "routeKey");
    size_t at = 0;
    if (target.len == 0 && key.len == 0) {
        return true;
    }
    for (size_t i = 0; i < 2; i++, at = 0) {
        enum kind_id kind = i == 0 ? KIND_V2_INTEGRATION : KIND_V2_ROUTE;
        struct slice text = i == 0 ? target : key;
        const struct entry *entry;
        while ((entry = registry_next(r->registry, kind, api->id, &at)) != NULL &&
               !entry->is_managed) {
        }
        if (entry == NULL) {
            return objection_bad(&r->objection, "Only APIs made by quick create have a target");
        }
        if (text.len > 0) {
            struct entry changed = *entry;
            changed.properties = edit_text(r->arena, entry->properties,
                                           i == 0 ? "IntegrationUri" : "RouteKey", text);
            (void)change_put(r, &changed);
        }
    }
    return true;
}

bool check_v2_api(struct request *r, struct entry *api, const struct entry *old)
{
    struct slice protocol = entry_text(r->arena, api, "ProtocolType");
    struct slice selection = entry_text(r->arena, api, "RouteSelectionExpression");
    struct slice target = json_text_member(r->arena, r->body, "target");
    bool is_socket = slice_is(protocol, "WEBSOCKET");
    if (entry_text(r->arena, api, "Name").len == 0 && api->logical_id.len == 0) {
        return objection_bad(&r->objection, "Name must not be empty");
    }
    if (protocol.len == 0) {
        return objection_bad(&r->objection, "Invalid protocol specified. Must be one of [HTTP, "
                                            "WEBSOCKET]");
    }
    if (is_socket && selection.len == 0) {
        return objection_bad(&r->objection, "RouteSelectionExpression is required for WebSocket "
                                            "APIs");
    }
    if (!is_socket && selection.len > 0 && !slice_is(selection, "$request.method $request.path") &&
        !slice_is(selection, "${request.method} ${request.path}")) {
        return objection_bad(&r->objection, "RouteSelectionExpression of HTTP APIs must be "
                                            "${request.method} ${request.path}");
    }
    if (is_socket && (target.len > 0 || entry_member(api, "CorsConfiguration").ptr != NULL)) {
        return objection_bad(&r->objection,
                             "target and corsConfiguration are supported only for HTTP APIs");
    }
    if (old != NULL) {
        return change_target(r, api);
    }
    if (!choose_api_id(r, api)) {
        return false;
    }
    if (target.len > 0) {
        quick_create(r, api, target);
    }
    return true;
}

bool delete_v2_api(struct request *r, struct entry *api)
{
    leave_plans(r, api->id, SLICE_NULL);
    delete_all_of(r, api->id);
    return true;
}

/* --- routes --- */

static bool check_key(struct request *r, struct slice key)
{
    static const char *const methods[] = {"GET",    "POST", "PUT",     "PATCH",
                                          "DELETE", "HEAD", "OPTIONS", "ANY"};
    size_t blank = slice_find(key, ' ');
    struct slice method = slice_take(key, blank);
    struct slice path = blank != SLICE_NPOS ? slice_skip(key, blank + 1) : SLICE("");
    bool is_known = slice_is(key, "$default");
    for (size_t i = 0; i < COUNT_OF(methods); i++) {
        is_known |= slice_is(method, methods[i]) && slice_starts_with(path, SLICE("/"));
    }
    return is_known ||
           objection_bad(&r->objection,
                         "The provided route key is not formatted properly for HTTP protocol. "
                         "Format should be \"<HTTP METHOD> /<RESOURCE PATH>\" or \"$default\"");
}

static bool check_route_authorization(struct request *r, const struct entry *route)
{
    struct slice type = entry_text(r->arena, route, "AuthorizationType");
    struct slice id = entry_text(r->arena, route, "AuthorizerId");
    bool needs_one = slice_is(type, "JWT") || slice_is(type, "CUSTOM");
    return !needs_one || registry_find(r->registry, KIND_V2_AUTHORIZER, route->owner, id) != NULL ||
           objection_bad(&r->objection,
                         "Invalid authorizer ID specified. Setting the authorization type to JWT "
                         "or CUSTOM requires a valid authorizer.");
}

bool check_v2_route(struct request *r, struct entry *route, const struct entry *old)
{
    static const struct slice prefix = SLICE_INIT("integrations/");
    struct slice key = entry_text(r->arena, route, "RouteKey");
    struct slice target = entry_text(r->arena, route, "Target");
    if (!has_room(r, route, old)) {
        return false;
    }
    if (key.len == 0) {
        return objection_bad(&r->objection, "RouteKey must not be empty");
    }
    if (!is_websocket(r, route->owner) && !check_key(r, key)) {
        return false;
    }
    if (find_namesake(r, route, "RouteKey", key) != NULL) {
        return objection_conflict(&r->objection, "Route with key %.*s already exists for this API",
                                  SLICE_ARG(key));
    }
    if (target.len > 0 && (!slice_starts_with(target, prefix) ||
                           registry_find(r->registry, KIND_V2_INTEGRATION, route->owner,
                                         slice_skip(target, prefix.len)) == NULL)) {
        return objection_bad(&r->objection,
                             "Invalid Integration identifier specified in target: "
                             "%.*s",
                             SLICE_ARG(target));
    }
    return check_route_authorization(r, route);
}

/* What is below it: responses, whose property `above` names it. */
static void delete_below(struct request *r, const struct entry *entry, enum kind_id kind,
                         const char *above)
{
    size_t at = 0;
    for (struct entry *response;
         (response = registry_next(r->registry, kind, entry->owner, &at)) != NULL;) {
        if (slice_eq(entry_text(r->arena, response, above), entry->id)) {
            change_delete(r, response);
            at = 0;
        }
    }
}

bool delete_v2_route(struct request *r, struct entry *route)
{
    delete_below(r, route, KIND_V2_ROUTE_RESPONSE, "RouteId");
    return true;
}

/* One of a route or an integration of a WebSocket API, with a key that no other there has. */
static bool check_response(struct request *r, const struct entry *response, enum kind_id parent,
                           const char *above, const char *property)
{
    struct slice id = entry_text(r->arena, response, above);
    struct slice key = entry_text(r->arena, response, property);
    size_t at = 0;
    if (!is_websocket(r, response->owner)) {
        return objection_bad(&r->objection, "%ss are supported only for WebSocket APIs",
                             response->kind->word);
    }
    if (registry_find(r->registry, parent, response->owner, id) == NULL) {
        return objection_missing(&r->objection, "Invalid %s identifier specified %.*s",
                                 kinds[parent].word, SLICE_ARG(id));
    }
    if (key.len == 0) {
        return objection_bad(&r->objection, "%s must not be empty", property);
    }
    for (const struct entry *other; (other = registry_next(r->registry, kind_id(response->kind),
                                                           response->owner, &at)) != NULL;) {
        if (!slice_eq(other->id, response->id) &&
            slice_eq(entry_text(r->arena, other, above), id) &&
            slice_eq(entry_text(r->arena, other, property), key)) {
            return objection_conflict(&r->objection, "%s with key %.*s already exists",
                                      response->kind->word, SLICE_ARG(key));
        }
    }
    return true;
}

bool check_v2_route_response(struct request *r, struct entry *response, const struct entry *old)
{
    struct slice key = entry_text(r->arena, response, "RouteResponseKey");
    (void)old;
    return check_response(r, response, KIND_V2_ROUTE, "RouteId", "RouteResponseKey") &&
           (slice_is(key, "$default") ||
            objection_bad(&r->objection, "RouteResponseKey must be $default"));
}

/* --- integrations --- */

bool check_v2_integration(struct request *r, struct entry *integration, const struct entry *old)
{
    struct slice type = entry_text(r->arena, integration, "IntegrationType");
    struct slice uri = entry_text(r->arena, integration, "IntegrationUri");
    bool is_socket = is_websocket(r, integration->owner);
    bool is_proxy = slice_is(type, "AWS_PROXY");
    bool is_subtype = entry_text(r->arena, integration, "IntegrationSubtype").len > 0;
    int64_t most = is_socket ? 29000 : 30000;
    if (!has_room(r, integration, old)) {
        return false;
    }
    if (type.len == 0) {
        return objection_bad(&r->objection, "IntegrationType must not be empty");
    }
    if (!is_socket && !is_proxy && !slice_is(type, "HTTP_PROXY")) {
        return objection_bad(&r->objection, "HTTP APIs support only AWS_PROXY and HTTP_PROXY "
                                            "integrations");
    }
    if (uri.len == 0 && !is_subtype && !slice_is(type, "MOCK")) {
        return objection_bad(&r->objection, "IntegrationUri must not be empty");
    }
    if (slice_is(type, "HTTP_PROXY") && !slice_starts_with(uri, SLICE("http://")) &&
        !slice_starts_with(uri, SLICE("https://")) && !slice_starts_with(uri, SLICE("arn:")) &&
        slice_search(uri, SLICE("${stageVariables.")) == SLICE_NPOS) {
        return objection_bad(&r->objection, "Invalid HTTP endpoint specified for URI");
    }
    if (!is_between(integration, "TimeoutInMillis", 50, most)) {
        return objection_bad(&r->objection, "Timeout should be between 50 ms and %lld ms",
                             (long long)most);
    }
    if (is_proxy && !is_subtype && entry_member(integration, "IntegrationMethod").ptr == NULL) {
        integration->properties =
            edit_text(r->arena, integration->properties, "IntegrationMethod", SLICE("POST"));
    }
    return true;
}

bool delete_v2_integration(struct request *r, struct entry *integration)
{
    struct slice target = arena_printf(r->arena, "integrations/%.*s", SLICE_ARG(integration->id));
    size_t at = 0;
    for (const struct entry *route;
         (route = registry_next(r->registry, KIND_V2_ROUTE, integration->owner, &at)) != NULL;) {
        if (slice_eq(entry_text(r->arena, route, "Target"), target)) {
            return objection_conflict(&r->objection,
                                      "Cannot delete Integration '%.*s' because it is referenced "
                                      "by Route '%.*s'",
                                      SLICE_ARG(integration->id), SLICE_ARG(route->id));
        }
    }
    delete_below(r, integration, KIND_V2_INTEGRATION_RESPONSE, "IntegrationId");
    return true;
}

bool check_v2_integration_response(struct request *r, struct entry *response,
                                   const struct entry *old)
{
    (void)old;
    return check_response(r, response, KIND_V2_INTEGRATION, "IntegrationId",
                          "IntegrationResponseKey");
}

/* --- authorizers, models, stages --- */

bool check_v2_authorizer(struct request *r, struct entry *authorizer, const struct entry *old)
{
    struct slice type = entry_text(r->arena, authorizer, "AuthorizerType");
    struct slice name = entry_text(r->arena, authorizer, "Name");
    struct slice jwt = entry_member(authorizer, "JwtConfiguration");
    struct slice format = entry_text(r->arena, authorizer, "AuthorizerPayloadFormatVersion");
    bool is_jwt = slice_is(type, "JWT");
    (void)old;
    if (name.len == 0 || type.len == 0) {
        return objection_bad(&r->objection, "Authorizer name and type must not be empty");
    }
    if (find_namesake(r, authorizer, "Name", name) != NULL) {
        return objection_conflict(&r->objection,
                                  "Authorizer with name %.*s already exists for this API",
                                  SLICE_ARG(name));
    }
    if (is_jwt && (json_text_member(r->arena, jwt, "Issuer").len == 0 ||
                   json_raw_count(entry_member(authorizer, "IdentitySource")) != 1)) {
        return objection_bad(&r->objection, "JWT authorizers need an issuer and one identity "
                                            "source");
    }
    if (!is_jwt && entry_text(r->arena, authorizer, "AuthorizerUri").len == 0) {
        return objection_bad(&r->objection, "Authorizer URI must not be empty");
    }
    if (!is_jwt && !is_websocket(r, authorizer->owner) && !slice_is(format, "1.0") &&
        !slice_is(format, "2.0")) {
        return objection_bad(&r->objection,
                             "AuthorizerPayloadFormatVersion is a required parameter for REQUEST "
                             "authorizer");
    }
    return is_between(authorizer, "AuthorizerResultTtlInSeconds", 0, 3600) ||
           objection_bad(&r->objection, "Authorizer result TTL must be between 0 and 3600 seconds");
}

bool delete_v2_authorizer(struct request *r, struct entry *authorizer)
{
    size_t at = 0;
    for (const struct entry *route;
         (route = registry_next(r->registry, KIND_V2_ROUTE, authorizer->owner, &at)) != NULL;) {
        if (slice_eq(entry_text(r->arena, route, "AuthorizerId"), authorizer->id)) {
            return objection_conflict(&r->objection,
                                      "Cannot delete authorizer '%.*s', is referenced in route: "
                                      "%.*s",
                                      SLICE_ARG(entry_text(r->arena, authorizer, "Name")),
                                      SLICE_ARG(entry_text(r->arena, route, "RouteKey")));
        }
    }
    return true;
}

bool check_v2_model(struct request *r, struct entry *model, const struct entry *old)
{
    struct slice name = entry_text(r->arena, model, "Name");
    (void)old;
    if (!consists_of_name(name, "")) {
        return objection_bad(&r->objection, "Model name must be alphanumeric: %.*s",
                             SLICE_ARG(name));
    }
    return find_namesake(r, model, "Name", name) == NULL ||
           objection_conflict(&r->objection, "Model name already exists for this API");
}

bool check_v2_stage(struct request *r, struct entry *stage, const struct entry *old)
{
    struct slice deployment = entry_text(r->arena, stage, "DeploymentId");
    if (!slice_is(stage->id, "$default") &&
        (stage->id.len > 128 || !consists_of_name(stage->id, "_-"))) {
        return objection_bad(&r->objection, "Stage name only allows a-zA-Z0-9_-");
    }
    if (slice_is(stage->id, "$default") && is_websocket(r, stage->owner)) {
        return objection_bad(&r->objection, "$default is not supported for WebSocket APIs");
    }
    if (old == NULL && registry_find(r->registry, KIND_V2_STAGE, stage->owner, stage->id) != NULL) {
        return objection_conflict(&r->objection, "Stage already exists");
    }
    bool is_same = old != NULL && slice_eq(deployment, entry_text(r->arena, old, "DeploymentId"));
    if (deployment.len > 0 && !is_same &&
        registry_find(r->registry, KIND_V2_DEPLOYMENT, stage->owner, deployment) == NULL) {
        objection_no_entry(r, &kinds[KIND_V2_DEPLOYMENT], deployment);
        return false;
    }
    return true;
}

/* --- parts that go by themselves --- */

/* DeleteCorsConfiguration, DeleteAccessLogSettings, DeleteRouteSettings, DeleteRouteRequestParameter. */
enum outcome op_delete_part(struct request *r)
{
    const struct entry *old = request_entry(r);
    struct slice key = api_path_param(r->call, "key");
    bool is_stage = r->row->kind == KIND_V2_STAGE;
    const char *property = r->row->kind == KIND_V2_API ? "CorsConfiguration"
                           : !is_stage                 ? "RequestParameters"
                           : key.ptr != NULL           ? "RouteSettings"
                                                       : "AccessLogSettings";
    if (old == NULL) {
        return OUTCOME_REFUSED;
    }
    struct entry entry = *old;
    struct slice map = entry_member(old, property);
    if (key.ptr != NULL && json_raw_member(map, arena_cstr(r->arena, key)).ptr == NULL) {
        (void)objection_missing(&r->objection, "Unable to find %s by key %.*s", property,
                                SLICE_ARG(key));
        return OUTCOME_REFUSED;
    }
    entry.properties =
        edit_member(r->arena, old->properties, slice_from(property),
                    key.ptr != NULL ? edit_member(r->arena, map, key, SLICE_NULL) : SLICE_NULL);
    (void)change_put(r, &entry);
    return request_commit(
        r, effect_on(r, r->row->kind == KIND_V2_API ? r->id : r->owner, r->row->kind));
}
