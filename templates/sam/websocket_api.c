/* AWS::Serverless::WebSocketApi: an API with a route, an integration and a permission for each key.
 */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct property_rule websocket_api_rules[] = {
    {"ApiKeySelectionExpression", PROPERTY_STRING, 0},
    {"AccessLogSettings", PROPERTY_MAP, 0},
    {"Auth", PROPERTY_MAP, 0},
    {"DefaultRouteSettings", PROPERTY_MAP, 0},
    {"Description", PROPERTY_STRING, 0},
    {"DisableExecuteApiEndpoint", PROPERTY_BOOL, 0},
    {"Domain", PROPERTY_MAP, 0},
    {"DisableSchemaValidation", PROPERTY_BOOL, 0},
    {"FailOnWarnings", PROPERTY_BOOL, 0},
    {"IpAddressType", PROPERTY_STRING, 0},
    {"Name", PROPERTY_STRING, 0},
    {"PropagateTags", PROPERTY_BOOL, 0},
    {"Routes", PROPERTY_MAP, PROPERTY_REQUIRED},
    {"RouteSettings", PROPERTY_MAP, 0},
    {"RouteSelectionExpression", PROPERTY_STRING, PROPERTY_REQUIRED},
    {"StageName", PROPERTY_STRING_OR_MAP, 0},
    {"StageVariables", PROPERTY_MAP, 0},
    {"Tags", PROPERTY_MAP, 0},
};
const struct property_rules websocket_api_properties = PROPERTY_RULES(websocket_api_rules);

#define LAMBDA_URI                                                                                 \
    "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${%s}/"      \
    "invocations"

static struct value *lambda_uri(struct sam *sam, const char *variable, struct value *arn)
{
    struct slice text = arena_printf(sam->arena, LAMBDA_URI, variable);
    return sam_sub(sam, arn->pos, arena_cstr(sam->arena, text),
                   sam_map(sam, arn->pos, variable, arn, NULL));
}

/* "$connect" is Connect, "sendMessage" is Sendmessage: Python's capitalize(). */
static bool clean_key(struct macro *macro, const struct value_entry *route, struct slice *ret_key)
{
    struct slice key = route->key;
    if (slice_is(key, "$connect") || slice_is(key, "$disconnect") || slice_is(key, "$default")) {
        key = slice_skip(key, 1);
    } else if (!slice_is_alnum(key, "")) {
        macro_error(
            macro, route->key_pos,
            "Route key '%.*s' must be alphanumeric. Only $connect, $disconnect, and $default "
            "special routes are supported.",
            SLICE_ARG(key));
        return false;
    }
    struct slice first = sam_upper(macro->sam, slice_take(key, 1));
    struct slice rest = sam_lower(macro->sam, slice_skip(key, 1));
    *ret_key = arena_printf(macro->sam->arena, "%.*s%.*s", SLICE_ARG(first), SLICE_ARG(rest));
    return true;
}

static void add_permission(struct macro *macro, struct slice id, const struct value_entry *route,
                           struct value *function_arn, struct value *stage)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = route->key_pos;
    bool is_literal = sam_is_string(stage);
    struct slice arn = arena_printf(sam->arena,
                                    "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::"
                                    "AccountId}:${%.*s.ApiId}/%.*s/%.*s",
                                    SLICE_ARG(macro->id),
                                    SLICE_ARG(is_literal ? stage->text : SLICE("${__StageName__}")),
                                    SLICE_ARG(route->key));
    macro_emit_permission(
        macro, id, pos, macro->inherited, function_arn, "apigateway.amazonaws.com",
        sam_sub(sam, pos, arena_cstr(sam->arena, arn),
                is_literal ? NULL : sam_map(sam, pos, "__StageName__", stage, NULL)));
}

/* The $connect route is the one that an authorizer guards. */
static void add_authorizer(struct macro *macro, struct value *auth, struct value *route)
{
    struct sam *sam = macro->sam;
    struct value *type = sam_get(auth, "AuthType");
    struct value *arn = sam_get(auth, "AuthArn");
    struct slice id = arena_printf(sam->arena, "%.*sConnectAuthorizer", SLICE_ARG(macro->id));
    sam_put(sam, route, "AuthorizationType", type);
    if (!value_is(type, "CUSTOM")) {
        return;
    }
    sam_put(sam, route, "AuthorizerId", value_ref(sam->arena, auth->pos, id));
    struct value *name = sam_get(auth, "Name");
    struct value *authorizer =
        macro_emit(macro, id, "AWS::ApiGatewayV2::Authorizer", auth->pos, macro->inherited);
    sam_put(sam, authorizer, "ApiId", value_ref(sam->arena, auth->pos, macro->id));
    sam_put(sam, authorizer, "AuthorizerCredentialsArn", sam_get(auth, "InvokeRole"));
    sam_put_text(sam, authorizer, "AuthorizerType", "REQUEST");
    sam_put(sam, authorizer, "AuthorizerUri", lambda_uri(sam, "AuthArn", arn));
    sam_put(sam, authorizer, "IdentitySource", sam_get(auth, "IdentitySource"));
    sam_put(sam, authorizer, "Name", sam_is_truthy(name) ? name : sam_string(sam, auth->pos, id));
    if (!sam_is_truthy(sam_get(auth, "InvokeRole"))) {
        api_authorizer_permission(
            macro, arena_printf(sam->arena, "%.*sAuthorizerPermission", SLICE_ARG(macro->id)), arn,
            "${AWS::Partition}", auth->pos);
    }
}

static bool check_auth(struct macro *macro, struct value *auth, const struct value *routes)
{
    struct value *type = sam_get(auth, "AuthType");
    struct source_pos pos = macro_pos_of(macro, "Auth");
    const char *fault = NULL;
    if (value_get(routes, "$connect") == NULL) {
        fault = "Authorization is only available if there is a $connect route.";
    } else if (!sam_is_truthy(type)) {
        fault = "AuthType must be specified for additional auth configurations.";
    } else if (!value_is(type, "NONE") && !value_is(type, "AWS_IAM") && !value_is(type, "CUSTOM")) {
        fault = "AuthType is not one of AWS_IAM, CUSTOM or NONE.";
    } else if (value_is(type, "CUSTOM") && !sam_is_truthy(sam_get(auth, "AuthArn"))) {
        fault = "AuthArn must be specified if AuthType is CUSTOM.";
    } else if (!value_is(type, "CUSTOM") && value_count(auth) > 1) {
        fault = value_is(type, "NONE")
                    ? "No additional configurations supported for AuthType NONE."
                    : "No additional configurations supported for AuthType AWS_IAM.";
    }
    if (fault != NULL) {
        macro_error(macro, pos, "%s", fault);
    }
    return fault == NULL;
}

static void add_route(struct macro *macro, const struct value_entry *entry, struct value *auth,
                      struct value *stage, struct value *route_ids)
{
    static const char *const same[] = {"ApiKeyRequired", "ModelSelectionExpression",
                                       "OperationName", "RequestModels",
                                       "RouteResponseSelectionExpression"};
    struct sam *sam = macro->sam;
    struct source_pos pos = entry->key_pos;
    struct slice key;
    struct value *function_arn = sam_get(entry->value, "FunctionArn");
    struct value *parameters = sam_get(entry->value, "RequestParameters");
    if (!clean_key(macro, entry, &key)) {
        return;
    }
    if (function_arn == NULL) {
        macro_error(macro, pos, "Route must have associated function.");
        return;
    }
    bool is_connect = slice_is(entry->key, "$connect");
    if (sam_is_truthy(parameters) && !is_connect) {
        macro_error(macro, pos,
                    "Request parameters are only supported for the $connect route in WebSocket "
                    "APIs.");
    }
    struct slice base = arena_printf(sam->arena, "%.*s%.*s", SLICE_ARG(macro->id), SLICE_ARG(key));
    struct slice route_id = arena_printf(sam->arena, "%.*sRoute", SLICE_ARG(base));
    struct slice integration_id = arena_printf(sam->arena, "%.*sIntegration", SLICE_ARG(base));
    struct value *route =
        macro_emit(macro, route_id, "AWS::ApiGatewayV2::Route", pos, macro->inherited);
    sam_put(sam, route, "ApiId", value_ref(sam->arena, pos, macro->id));
    sam_put(sam, route, "RouteKey", sam_string(sam, pos, entry->key));
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, route, entry->value, same[i]);
    }
    sam_put(sam, route, "RequestParameters", sam_is_truthy(parameters) ? parameters : NULL);
    struct value *parts = sam_list(sam, pos, sam_text(sam, pos, "integrations"),
                                   value_ref(sam->arena, pos, integration_id), NULL);
    sam_put(sam, route, "Target",
            sam_map(sam, pos, "Fn::Join", sam_list(sam, pos, sam_text(sam, pos, "/"), parts, NULL),
                    NULL));
    if (auth != NULL && is_connect) {
        add_authorizer(macro, auth, route);
    }
    struct value *integration =
        macro_emit(macro, integration_id, "AWS::ApiGatewayV2::Integration", pos, macro->inherited);
    sam_put(sam, integration, "ApiId", value_ref(sam->arena, pos, macro->id));
    sam_put_text(sam, integration, "IntegrationType", "AWS_PROXY");
    sam_put(sam, integration, "IntegrationUri", lambda_uri(sam, "FunctionArn", function_arn));
    sam_put(sam, integration, "TimeoutInMillis", sam_get(entry->value, "IntegrationTimeout"));
    add_permission(macro, arena_printf(sam->arena, "%.*sPermission", SLICE_ARG(base)), entry,
                   function_arn, stage);
    value_push(sam->arena, route_ids, sam_string(sam, pos, route_id));
}

static void add_stage(struct macro *macro, struct value *name, struct value *route_ids)
{
    static const char *const same[] = {"StageVariables", "AccessLogSettings",
                                       "DefaultRouteSettings", "RouteSettings"};
    struct sam *sam = macro->sam;
    struct slice text = sam_is_string(name) ? name->text : SLICE("");
    if (slice_is(text, "$default")) {
        macro_error(macro, name->pos, "Stages cannot be named $default for WebSocket APIs.");
        return;
    }
    text = slice_is(text, "default") ? SLICE("Default") : text;
    struct slice id =
        arena_printf(sam->arena, "%.*s%.*sStage", SLICE_ARG(macro->id), SLICE_ARG(text));
    struct value *stage =
        macro_emit(macro, id, "AWS::ApiGatewayV2::Stage", macro->pos, macro->inherited);
    if (sam_is_truthy(macro_get(macro, "RouteSettings"))) {
        sam_put(sam, macro_generated(macro, id), "DependsOn", route_ids);
    }
    sam_put(sam, stage, "ApiId", value_ref(sam->arena, macro->pos, macro->id));
    sam_put(sam, stage, "StageName", name);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, stage, macro->properties, same[i]);
    }
    sam_put(
        sam, stage, "Tags",
        sam_map(sam, macro->pos, "websocketapi:createdBy", sam_text(sam, macro->pos, "SAM"), NULL));
    sam_put(sam, stage, "AutoDeploy", value_bool(sam->arena, macro->pos, true));
}

void sam_websocket_api(struct macro *macro)
{
    static const char *const same[] = {
        "ApiKeySelectionExpression", "Description",   "DisableExecuteApiEndpoint",
        "DisableSchemaValidation",   "IpAddressType", "RouteSelectionExpression"};
    struct sam *sam = macro->sam;
    struct value *auth = sam_resolve(sam, macro_get(macro, "Auth"));
    struct value *routes = sam_resolve(sam, macro_get(macro, "Routes"));
    struct value *domain = value_clone(sam->arena, sam_resolve(sam, macro_get(macro, "Domain")));
    struct value *stage = macro_get(macro, "StageName");
    struct value *name = macro_get(macro, "Name");
    struct value *tags = value_map(sam->arena, macro->pos);
    stage = stage != NULL ? stage : sam_text(sam, macro->pos, "default");
    auth = sam_is_truthy(auth) && check_auth(macro, auth, routes) ? auth : NULL;
    if (!sam_is_truthy(routes) || !sam_is_map(routes)) {
        macro_error(macro, macro_pos_of(macro, "Routes"),
                    "WebSocket API must have at least one route.");
        return;
    }
    struct value *address_type = macro_get(macro, "IpAddressType");
    if (address_type != NULL && !sam_is_intrinsic(address_type) &&
        !value_is(address_type, "ipv4") && !value_is(address_type, "dualstack")) {
        macro_error(macro, address_type->pos, "IpAddressType must be 'ipv4' or 'dualstack'.");
    }
    if (sam_is_truthy(sam_get(domain, "MutualTlsAuthentication"))) {
        macro_error(macro, domain->pos,
                    "Mutual TLS domain name association is not supported for Websocket APIs.");
    }
    struct value *api = macro_emit_main(macro, macro->id, "AWS::ApiGatewayV2::Api");
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, api, macro->properties, same[i]);
    }
    sam_put(sam, api, "Name", name != NULL ? name : sam_string(sam, macro->pos, macro->id));
    sam_put_text(sam, api, "ProtocolType", "WEBSOCKET");
    struct value *own_tags = macro_get(macro, "Tags");
    for (size_t i = 0; i < sam_entries(own_tags); i++) {
        const struct value_entry *entry = &own_tags->as.map.entries[i];
        value_set_at(sam->arena, tags, entry->key, entry->key_pos, entry->value);
    }
    sam_put_text(sam, tags, "websocketapi:createdBy", "SAM");
    sam_put(sam, api, "Tags", tags);
    sam_put(sam, macro->properties, "Tags", tags);
    struct value *route_ids = value_list(sam->arena, macro->pos);
    for (size_t i = 0; i < sam_entries(routes); i++) {
        add_route(macro, &routes->as.map.entries[i], auth, stage, route_ids);
    }
    if (domain != NULL) {
        api_v2_domain(macro, domain, "websocketapi:createdBy");
    }
    add_stage(macro, stage, route_ids);
    if (sam_is_true(macro_get(macro, "PropagateTags"))) {
        macro_propagate_tags(macro);
    }
}
