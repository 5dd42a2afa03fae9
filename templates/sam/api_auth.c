/* Auth of REST APIs: authorizers in securityDefinitions, and what each method requires. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#define AUTHORIZER "x-amazon-apigateway-authorizer"

static const char *const auth_keys[] = {"Authorizers",
                                        "DefaultAuthorizer",
                                        "InvokeRole",
                                        "AddDefaultAuthorizerToCorsPreflight",
                                        "AddApiKeyRequiredToCorsPreflight",
                                        "ApiKeyRequired",
                                        "ResourcePolicy",
                                        "UsagePlan"};

static struct value *security_scheme(struct sam *sam, struct source_pos pos, struct value *name,
                                     const char *auth_type, struct value *authorizer)
{
    return sam_map(sam, pos, "type", sam_text(sam, pos, "apiKey"), "name", name, "in",
                   sam_text(sam, pos, "header"), "x-amazon-apigateway-authtype",
                   sam_text(sam, pos, auth_type), AUTHORIZER, authorizer, NULL);
}

void api_add_iam_security(struct sam *sam, struct value *body)
{
    struct value *definitions = openapi_section(sam, body, "securityDefinitions");
    if (sam_get(definitions, "AWS_IAM") == NULL) {
        sam_put(sam, definitions, "AWS_IAM",
                security_scheme(sam, body->pos, sam_text(sam, body->pos, "Authorization"),
                                "awsSigv4", NULL));
    }
}

void api_add_key_security(struct sam *sam, struct value *body)
{
    struct value *definitions = openapi_section(sam, body, "securityDefinitions");
    if (sam_get(definitions, "api_key") == NULL) {
        sam_put(sam, definitions, "api_key",
                sam_map(sam, body->pos, "type", sam_text(sam, body->pos, "apiKey"), "name",
                        sam_text(sam, body->pos, "x-api-key"), "in",
                        sam_text(sam, body->pos, "header"), NULL));
    }
}

/* "method.request.header.X, stageVariables.Y" */
static struct value *identity_source(struct macro *macro, const char *name, struct value *identity)
{
    static const struct {
        const char *property, *prefix;
    } places[] = {{"Headers", "method.request.header."},
                  {"QueryStrings", "method.request.querystring."},
                  {"StageVariables", "stageVariables."},
                  {"Context", "context."}};
    AUTO_BUF buf = BUF_INIT(65536);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct value *list = sam_get(identity, places[i].property);
        if (list != NULL && !sam_is_list(list)) {
            macro_error(macro, list->pos,
                        "Property 'Auth.Authorizers.%s.Identity.%s' should be a list.", name,
                        places[i].property);
            continue;
        }
        for (size_t k = 0; k < sam_items(list); k++) {
            buf_printf(&buf, "%s%s%.*s", buf.len > 0 ? ", " : "", places[i].prefix,
                       SLICE_ARG(value_scalar_text(value_at(list, k))));
        }
    }
    return buf.len > 0 ? sam_string(macro->sam, identity->pos,
                                    arena_copy(macro->sam->arena, buf_slice(&buf)))
                       : NULL;
}

static bool is_missing_source(const struct value *identity)
{
    struct value *ttl = sam_get(identity, "ReauthorizeEvery");
    bool has_one = sam_is_truthy(sam_get(identity, "Headers")) ||
                   sam_is_truthy(sam_get(identity, "QueryStrings")) ||
                   sam_is_truthy(sam_get(identity, "StageVariables")) ||
                   sam_is_truthy(sam_get(identity, "Context"));
    return !has_one && (ttl == NULL || !value_is(ttl, "0"));
}

static struct value *lambda_authorizer(struct macro *macro, const char *name, struct value *given,
                                       bool is_request)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = given->pos;
    struct value *identity = sam_get(given, "Identity");
    struct value *role = sam_get(given, "FunctionInvokeRole");
    struct slice uri = arena_printf(sam->arena,
                                    "arn:%.*s:apigateway:${AWS::Region}:lambda:path/2015-03-31/"
                                    "functions/${__FunctionArn__}/invocations",
                                    SLICE_ARG(sam->partition));
    struct value *function_arn = sam_get(given, "FunctionArn");
    struct value *variables = value_map(sam->arena, pos);
    sam_put(sam, variables, "__FunctionArn__",
            function_arn != NULL ? function_arn : value_null(sam->arena, pos));
    return sam_map(
        sam, pos, "type", sam_text(sam, pos, is_request ? "request" : "token"), "authorizerUri",
        sam_sub(sam, pos, arena_cstr(sam->arena, uri), variables), "authorizerResultTtlInSeconds",
        sam_get(identity, "ReauthorizeEvery"), "authorizerCredentials",
        sam_is_truthy(role) && !value_is(role, "NONE") ? role : NULL, "identitySource",
        is_request && sam_is_truthy(identity) ? identity_source(macro, name, identity) : NULL,
        NULL);
}

static void add_authorizer(struct macro *macro, struct value *definitions,
                           const struct value_entry *entry)
{
    struct sam *sam = macro->sam;
    struct value *given = entry->value;
    const char *name = arena_cstr(sam->arena, entry->key);
    if (!sam_is_map(given)) {
        macro_error(macro, entry->key_pos, "Property 'Auth.Authorizers.%s' should be a map.", name);
        return;
    }
    struct value *payload = sam_get(given, "FunctionPayloadType");
    struct value *identity = sam_get(given, "Identity");
    struct value *scopes = sam_get(given, "AuthorizationScopes");
    bool is_request = value_is(payload, "REQUEST");
    if (payload != NULL && !is_request && !value_is(payload, "TOKEN")) {
        macro_error(macro, payload->pos, "%s Authorizer has invalid 'FunctionPayloadType': %.*s.",
                    name, SLICE_ARG(value_scalar_text(payload)));
    }
    if (is_request && is_missing_source(identity)) {
        macro_error(macro, entry->key_pos,
                    "%s Authorizer must specify Identity with at least one of Headers, "
                    "QueryStrings, StageVariables, or Context.",
                    name);
    }
    if (scopes != NULL && !sam_is_list(scopes)) {
        macro_error(macro, scopes->pos,
                    "Property 'Authorizers.%s.AuthorizationScopes' should be a list.", name);
    }
    if (identity != NULL && !sam_is_map(identity)) {
        macro_error(macro, identity->pos,
                    "Auth.Authorizers.<Authorizer>.Identity must be a dict "
                    "(LambdaTokenAuthorizationIdentity, LambdaRequestAuthorizationIdentity or "
                    "CognitoAuthorizationIdentity).");
        return;
    }
    struct value *pools = sam_get(given, "UserPoolArn");
    bool is_cognito = sam_is_truthy(pools);
    struct value *header = sam_get(identity, "Header");
    header = sam_is_truthy(header) ? header : sam_text(sam, given->pos, "Authorization");
    struct value *authorizer;
    if (is_cognito) {
        authorizer =
            sam_map(sam, given->pos, "type", sam_text(sam, given->pos, "cognito_user_pools"),
                    "providerARNs",
                    sam_is_list(pools) ? pools : sam_list(sam, pools->pos, pools, NULL), NULL);
    } else {
        authorizer = lambda_authorizer(macro, name, given, is_request);
    }
    if (is_cognito || !is_request) {
        struct value *expression = sam_get(identity, "ValidationExpression");
        sam_put(sam, authorizer, "identityValidationExpression",
                sam_is_truthy(expression) ? expression : NULL);
    }
    if (!is_cognito && is_request) {
        header = sam_text(sam, given->pos, "Unused");
    }
    value_set_at(sam->arena, definitions, entry->key, entry->key_pos,
                 security_scheme(sam, entry->key_pos, header,
                                 is_cognito ? "cognito_user_pools" : "custom", authorizer));
}

/* What the default authorizer or the API key adds to every method. */
struct defaults {
    struct macro *macro;
    struct value *body;
    const struct value *authorizers;
    struct value *authorizer; /* its name */
    bool guards_options;
};

static bool names_authorizer(const struct defaults *defaults, const struct value *requirement)
{
    for (size_t i = 0; i < sam_entries(requirement); i++) {
        struct slice name = requirement->as.map.entries[i].key;
        if (slice_is(name, "AWS_IAM") || value_find(defaults->authorizers, name) != NULL) {
            return true;
        }
    }
    return false;
}

static bool check_security(struct defaults *defaults, struct value *security, struct slice path,
                           struct slice method)
{
    if (security != NULL && !sam_is_list(security)) {
        sam_structure_error(defaults->macro->sam, security->pos,
                            "Type of security for path %.*s method %.*s must be a list",
                            SLICE_ARG(path), SLICE_ARG(method));
        defaults->macro->has_failed = true;
        return false;
    }
    return true;
}

static void set_default_authorizer(void *ctx, struct slice path, struct slice method,
                                   struct value *definition)
{
    struct defaults *defaults = ctx;
    struct sam *sam = defaults->macro->sam;
    struct value *existing = sam_get(definition, "security");
    struct source_pos pos = definition->pos;
    if ((!defaults->guards_options && slice_is(method, "options")) ||
        !check_security(defaults, existing, path, method)) {
        return;
    }
    struct value *security = value_list(sam->arena, pos);
    struct value *own = value_list(sam->arena, pos);
    bool opts_out = false;
    for (size_t i = 0; i < sam_items(existing); i++) {
        struct value *requirement = value_at(existing, i);
        if (names_authorizer(defaults, requirement)) {
            value_push(sam->arena, own, requirement);
        } else if (!opts_out && value_get(requirement, "NONE") != NULL) {
            opts_out = true;
        } else {
            value_push(sam->arena, security, requirement);
        }
    }
    if (!opts_out && value_count(own) == 0) {
        struct value *scopes = sam_get(
            value_find(defaults->authorizers, defaults->authorizer->text), "AuthorizationScopes");
        struct value *requirement = value_map(sam->arena, pos);
        value_set(sam->arena, requirement, defaults->authorizer->text,
                  scopes != NULL ? scopes : value_list(sam->arena, pos));
        value_push(sam->arena, own, requirement);
    }
    for (size_t i = 0; !opts_out && i < sam_items(own); i++) {
        value_push(sam->arena, security, value_at(own, i));
    }
    if (value_count(security) > 0) {
        sam_put(sam, definition, "security", security);
        if (value_get(value_at(security, 0), "AWS_IAM") != NULL) {
            api_add_iam_security(sam, defaults->body);
        }
    }
}

static void set_default_api_key(void *ctx, struct slice path, struct slice method,
                                struct value *definition)
{
    struct defaults *defaults = ctx;
    struct sam *sam = defaults->macro->sam;
    struct value *existing = sam_get(definition, "security");
    if (!check_security(defaults, existing, path, method)) {
        return;
    }
    struct value *security = value_list(sam->arena, definition->pos);
    bool opts_out = false;
    for (size_t i = 0; i < sam_items(existing); i++) {
        struct value *requirement = value_at(existing, i);
        if (value_get(requirement, "api_key_false") != NULL) {
            opts_out = true;
        } else if (value_get(requirement, "api_key") == NULL) {
            value_push(sam->arena, security, requirement);
        }
    }
    bool needs_key = !opts_out && (!slice_is(method, "options") || defaults->guards_options);
    if (needs_key) {
        value_push(sam->arena, security,
                   sam_map(sam, definition->pos, "api_key", value_list(sam->arena, definition->pos),
                           NULL));
    }
    if (value_count(security) > 0 || existing != NULL) {
        sam_put(sam, definition, "security", security);
    }
}

static void add_authorizers(struct macro *macro, struct value *auth, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *authorizers = sam_get(auth, "Authorizers");
    struct value *fallback = sam_get(auth, "DefaultAuthorizer");
    struct value *preflight = sam_get(auth, "AddDefaultAuthorizerToCorsPreflight");
    bool is_iam = value_is(fallback, "AWS_IAM");
    if (authorizers != NULL && !sam_is_map(authorizers)) {
        macro_error(macro, authorizers->pos, "Property 'Auth.Authorizers' should be a map.");
        return;
    }
    if (!is_iam && !sam_is_truthy(authorizers)) {
        return;
    }
    struct value *definitions = openapi_section(sam, body, "securityDefinitions");
    if (is_iam) {
        api_add_iam_security(sam, body);
    }
    for (size_t i = 0; i < sam_entries(authorizers); i++) {
        add_authorizer(macro, definitions, &authorizers->as.map.entries[i]);
    }
    if (!sam_is_truthy(fallback)) {
        return;
    }
    if (!sam_is_string(fallback)) {
        macro_error(macro, fallback->pos, "DefaultAuthorizer is not a string.");
        return;
    }
    if (!is_iam && value_find(authorizers, fallback->text) == NULL) {
        macro_error(macro, fallback->pos,
                    "Unable to set DefaultAuthorizer because '%.*s' was not defined in "
                    "'Authorizers'.",
                    SLICE_ARG(fallback->text));
        return;
    }
    struct defaults defaults = {macro, body, authorizers, fallback,
                                preflight == NULL || sam_is_truthy(preflight)};
    openapi_each_method(body, SLICE_NULL, SLICE_NULL, set_default_authorizer, &defaults);
}

void api_add_auth(struct macro *macro, struct value *auth, struct value *body)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = macro_pos_of(macro, "Auth");
    if (!sam_is_truthy(body)) {
        macro_error(macro, pos,
                    "Auth works only with inline Swagger specified in 'DefinitionBody' property.");
        return;
    }
    for (size_t i = 0; i < sam_entries(auth); i++) {
        const struct value_entry *entry = &auth->as.map.entries[i];
        size_t k = 0;
        while (k < COUNT_OF(auth_keys) && !slice_is(entry->key, auth_keys[k])) {
            k++;
        }
        if (k == COUNT_OF(auth_keys)) {
            macro_error(macro, entry->key_pos, "Invalid value for 'Auth' property");
            return;
        }
    }
    if (!openapi_is_swagger(body)) {
        macro_error(macro, pos,
                    "Unable to add Auth configuration because 'DefinitionBody' does not contain a "
                    "valid Swagger definition.");
        return;
    }
    add_authorizers(macro, auth, body);
    if (sam_is_truthy(sam_get(auth, "ApiKeyRequired"))) {
        struct value *preflight = sam_get(auth, "AddApiKeyRequiredToCorsPreflight");
        struct defaults defaults = {macro, body, NULL, NULL,
                                    preflight == NULL || sam_is_truthy(preflight)};
        api_add_key_security(sam, body);
        openapi_each_method(body, SLICE_NULL, SLICE_NULL, set_default_api_key, &defaults);
    }
    struct value *policy = sam_get(auth, "ResourcePolicy");
    if (!sam_is_truthy(policy)) {
        return;
    }
    if (!sam_is_map(policy)) {
        sam_structure_error(sam, policy->pos,
                            "ResourcePolicy must be a map (ResourcePolicyStatement).");
        macro->has_failed = true;
        return;
    }
    struct value *paths = sam_get(body, "paths");
    for (size_t i = 0; i < sam_entries(paths); i++) {
        api_add_resource_policy(macro, body, policy, paths->as.map.entries[i].key,
                                macro_get(macro, "StageName"));
    }
    if (sam_is_truthy(sam_get(policy, "CustomStatements"))) {
        api_add_custom_statements(sam, body, sam_get(policy, "CustomStatements"));
    }
}

struct value *api_authorizer_permission(struct macro *macro, struct slice id,
                                        struct value *function_arn, const char *partition,
                                        struct source_pos pos)
{
    struct sam *sam = macro->sam;
    struct slice arn = arena_printf(
        sam->arena,
        "arn:%s:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/authorizers/*",
        partition);
    struct value *variables =
        sam_map(sam, pos, "__ApiId__", value_ref(sam->arena, pos, macro->id), NULL);
    return macro_emit_permission(macro, id, pos, macro->inherited, function_arn,
                                 "apigateway.amazonaws.com",
                                 sam_sub(sam, pos, arena_cstr(sam->arena, arn), variables));
}

void api_authorizer_permissions(struct macro *macro, struct value *auth)
{
    struct sam *sam = macro->sam;
    struct value *authorizers = sam_get(auth, "Authorizers");
    for (size_t i = 0; i < sam_entries(authorizers); i++) {
        const struct value_entry *entry = &authorizers->as.map.entries[i];
        struct value *function_arn = sam_get(entry->value, "FunctionArn");
        if (!sam_is_truthy(function_arn) ||
            sam_is_true(sam_get(entry->value, "DisableFunctionDefaultPermissions"))) {
            continue;
        }
        api_authorizer_permission(macro,
                                  arena_printf(sam->arena, "%.*s%.*sAuthorizerPermission",
                                               SLICE_ARG(macro->id), SLICE_ARG(entry->key)),
                                  function_arn, arena_cstr(sam->arena, sam->partition),
                                  entry->key_pos);
    }
}
