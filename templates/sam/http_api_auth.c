/* Auth of HTTP APIs: JWT, Lambda and IAM authorizers in components.securitySchemes. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#define AUTHORIZER "x-amazon-apigateway-authorizer"

/* Which authorizer may say what. */
static const struct {
    const char *property;
    bool is_jwt;
    const char *allowed_for;
} authorizer_properties[] = {
    {"AuthorizationScopes", true, "OAuth2 Authorizer"},
    {"JwtConfiguration", true, "OAuth2 Authorizer"},
    {"IdentitySource", true,
     "OAuth2 Authorizer. For Lambda Authorizer, use the 'Identity' property instead"},
    {"FunctionArn", false, "Lambda Authorizer"},
    {"FunctionInvokeRole", false, "Lambda Authorizer"},
    {"Identity", false, "Lambda Authorizer"},
    {"AuthorizerPayloadFormatVersion", false, "Lambda Authorizer"},
    {"EnableSimpleResponses", false, "Lambda Authorizer"},
    {"EnableFunctionDefaultPermissions", false, "Lambda Authorizer"},
};

static bool check_authorizer(struct macro *macro, const struct value_entry *entry, bool is_jwt)
{
    const struct value *given = entry->value;
    size_t before = macro->sam->load->error_count;
    struct value *scopes = sam_get(given, "AuthorizationScopes");
    if (value_get(given, "OpenIdConnectUrl") != NULL) {
        macro_error(macro, entry->key_pos,
                    "'OpenIdConnectUrl' is no longer a supported property for authorizer '%.*s'. "
                    "Please refer to the AWS SAM documentation.",
                    SLICE_ARG(entry->key));
    }
    if (scopes != NULL && !sam_is_list(scopes)) {
        macro_error(macro, scopes->pos, "AuthorizationScopes must be a list.");
    }
    for (size_t i = 0; i < COUNT_OF(authorizer_properties); i++) {
        const char *property = authorizer_properties[i].property;
        if (sam_get(given, property) != NULL && authorizer_properties[i].is_jwt != is_jwt) {
            macro_error(macro, sam_pos_of(given, property, entry->key_pos),
                        "%s is only supported for %s.", property,
                        authorizer_properties[i].allowed_for);
        }
    }
    if (is_jwt && !sam_is_truthy(sam_get(given, "IdentitySource"))) {
        macro_error(macro, entry->key_pos, "%.*s OAuth2 Authorizer must define 'IdentitySource'.",
                    SLICE_ARG(entry->key));
    }
    if (!is_jwt && !sam_is_truthy(sam_get(given, "FunctionArn"))) {
        macro_error(macro, entry->key_pos, "%.*s Lambda Authorizer must define 'FunctionArn'.",
                    SLICE_ARG(entry->key));
    }
    if (!is_jwt && !sam_is_truthy(sam_get(given, "AuthorizerPayloadFormatVersion"))) {
        macro_error(macro, entry->key_pos,
                    "%.*s Lambda Authorizer must define 'AuthorizerPayloadFormatVersion'.",
                    SLICE_ARG(entry->key));
    }
    return macro->sam->load->error_count == before;
}

static struct value *jwt_scheme(struct sam *sam, const struct value *given)
{
    struct value *configuration = sam_get(given, "JwtConfiguration");
    struct value *lower = value_map(sam->arena, configuration->pos);
    for (size_t i = 0; i < sam_entries(configuration); i++) {
        const struct value_entry *entry = &configuration->as.map.entries[i];
        value_set_at(sam->arena, lower, sam_lower(sam, entry->key), entry->key_pos, entry->value);
    }
    struct value *authorizer =
        sam_map(sam, given->pos, "jwtConfiguration", lower, "identitySource",
                sam_get(given, "IdentitySource"), "type", sam_text(sam, given->pos, "jwt"), NULL);
    return sam_map(sam, given->pos, "type", sam_text(sam, given->pos, "oauth2"), AUTHORIZER,
                   authorizer, NULL);
}

static struct value *identity_sources(struct sam *sam, const struct value *identity)
{
    static const struct {
        const char *property, *prefix;
    } places[] = {{"Headers", "$request.header."},
                  {"QueryStrings", "$request.querystring."},
                  {"StageVariables", "$stageVariables."},
                  {"Context", "$context."}};
    struct value *list = value_list(sam->arena, identity->pos);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct value *names = sam_get(identity, places[i].property);
        for (size_t k = 0; k < sam_items(names); k++) {
            value_push(sam->arena, list,
                       value_text(sam->arena, names->pos, "%s%.*s", places[i].prefix,
                                  SLICE_ARG(value_scalar_text(value_at(names, k)))));
        }
    }
    return list;
}

static struct value *lambda_scheme(struct sam *sam, const struct value *given)
{
    struct source_pos pos = given->pos;
    struct value *identity = sam_get(given, "Identity");
    struct value *role = sam_get(given, "FunctionInvokeRole");
    struct value *simple = sam_get(given, "EnableSimpleResponses");
    struct slice uri = arena_printf(sam->arena,
                                    "arn:%.*s:apigateway:${AWS::Region}:lambda:path/2015-03-31/"
                                    "functions/${__FunctionArn__}/invocations",
                                    SLICE_ARG(sam->partition));
    struct value *variables =
        sam_map(sam, pos, "__FunctionArn__", sam_get(given, "FunctionArn"), NULL);
    struct value *authorizer =
        sam_map(sam, pos, "type", sam_text(sam, pos, "request"), "authorizerUri",
                sam_sub(sam, pos, arena_cstr(sam->arena, uri), variables), "authorizerCredentials",
                sam_is_truthy(role) && !value_is(role, "NONE") ? role : NULL,
                "authorizerResultTtlInSeconds", sam_get(identity, "ReauthorizeEvery"),
                "identitySource", sam_is_truthy(identity) ? identity_sources(sam, identity) : NULL,
                "authorizerPayloadFormatVersion", sam_get(given, "AuthorizerPayloadFormatVersion"),
                "enableSimpleResponses", sam_is_truthy(simple) ? simple : NULL, NULL);
    return sam_map(sam, pos, "type", sam_text(sam, pos, "apiKey"), "name",
                   sam_text(sam, pos, "Unused"), "in", sam_text(sam, pos, "header"), AUTHORIZER,
                   authorizer, NULL);
}

struct defaults {
    struct sam *sam;
    struct value *name;
    struct value *scopes;
};

static void set_default(void *ctx, struct slice path, struct slice method, struct value *definition)
{
    struct defaults *defaults = ctx;
    struct sam *sam = defaults->sam;
    (void)path;
    if (!slice_is(method, "options") && !sam_is_truthy(sam_get(definition, "security"))) {
        openapi_require(sam, definition, arena_cstr(sam->arena, defaults->name->text),
                        defaults->scopes);
    }
}

static void set_default_authorizer(struct macro *macro, struct value *auth, struct value *body,
                                   const struct value *schemes)
{
    struct sam *sam = macro->sam;
    struct value *name = sam_get(auth, "DefaultAuthorizer");
    if (!sam_is_truthy(name) || sam_is_no_value(name)) {
        return;
    }
    if (!sam_is_string(name)) {
        macro_error(macro, name->pos, "Property 'Auth.DefaultAuthorizer' should be a string.");
        return;
    }
    if (value_find(schemes, name->text) == NULL) {
        macro_error(macro, name->pos,
                    "Unable to set DefaultAuthorizer because '%.*s' was not defined in "
                    "'Authorizers'.",
                    SLICE_ARG(name->text));
        return;
    }
    struct value *own = value_find(sam_get(auth, "Authorizers"), name->text);
    struct defaults defaults = {sam, name, sam_get(own, "AuthorizationScopes")};
    openapi_each_method(body, SLICE_NULL, SLICE_NULL, set_default, &defaults);
}

void http_api_add_auth(struct macro *macro, struct value *auth, struct value *body)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = macro_pos_of(macro, "Auth");
    struct value *authorizers = sam_get(auth, "Authorizers");
    if (!openapi_is_version_3(body)) {
        macro_error(macro, pos,
                    sam_is_truthy(body)
                        ? "Unable to add Auth configuration because 'DefinitionBody' does not "
                          "contain a valid OpenApi definition."
                        : "Auth works only with inline OpenApi specified in the 'DefinitionBody' "
                          "property.");
        return;
    }
    for (size_t i = 0; i < sam_entries(auth); i++) {
        struct slice key = auth->as.map.entries[i].key;
        if (!slice_is(key, "Authorizers") && !slice_is(key, "DefaultAuthorizer") &&
            !slice_is(key, "EnableIamAuthorizer")) {
            macro_error(macro, auth->as.map.entries[i].key_pos,
                        "Invalid value for 'Auth' property");
            return;
        }
    }
    struct value *schemes = value_map(sam->arena, pos);
    if (sam_is_true(sam_get(auth, "EnableIamAuthorizer"))) {
        sam_put(sam, schemes, "AWS_IAM",
                sam_map(sam, pos, "type", sam_text(sam, pos, "apiKey"), "name",
                        sam_text(sam, pos, "Authorization"), "in", sam_text(sam, pos, "header"),
                        "x-amazon-apigateway-authtype", sam_text(sam, pos, "awsSigv4"), NULL));
    }
    if (sam_is_truthy(authorizers) && !sam_is_map(authorizers)) {
        macro_error(macro, authorizers->pos, "Property 'Auth.Authorizers' should be a map.");
        return;
    }
    for (size_t i = 0; i < sam_entries(authorizers); i++) {
        const struct value_entry *entry = &authorizers->as.map.entries[i];
        if (!sam_is_map(entry->value)) {
            macro_error(macro, entry->key_pos, "Property 'Auth.Authorizers.%.*s' should be a map.",
                        SLICE_ARG(entry->key));
            continue;
        }
        bool is_jwt = sam_is_truthy(sam_get(entry->value, "JwtConfiguration"));
        if (check_authorizer(macro, entry, is_jwt)) {
            value_set_at(sam->arena, schemes, entry->key, entry->key_pos,
                         is_jwt ? jwt_scheme(sam, entry->value) : lambda_scheme(sam, entry->value));
        }
    }
    if (value_count(schemes) > 0) {
        struct value *all =
            openapi_section(sam, openapi_section(sam, body, "components"), "securitySchemes");
        for (size_t i = 0; i < sam_entries(schemes); i++) {
            const struct value_entry *entry = &schemes->as.map.entries[i];
            value_set_at(sam->arena, all, entry->key, entry->key_pos, entry->value);
        }
    }
    set_default_authorizer(macro, auth, body, schemes);
}

void http_api_authorizer_permissions(struct macro *macro, struct value *auth)
{
    struct value *authorizers = sam_get(auth, "Authorizers");
    for (size_t i = 0; i < sam_entries(authorizers); i++) {
        const struct value_entry *entry = &authorizers->as.map.entries[i];
        struct value *function_arn = sam_get(entry->value, "FunctionArn");
        if (sam_is_truthy(function_arn) &&
            sam_is_truthy(sam_get(entry->value, "EnableFunctionDefaultPermissions"))) {
            api_authorizer_permission(macro,
                                      arena_printf(macro->sam->arena,
                                                   "%.*s%.*sAuthorizerPermission",
                                                   SLICE_ARG(macro->id), SLICE_ARG(entry->key)),
                                      function_arn, "${AWS::Partition}", entry->key_pos);
        }
    }
}
