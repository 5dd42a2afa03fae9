/* Who may call a method of the REST API. */
#include "templates/serverless/rest.h"

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

void rest_set_authorization(struct rest *rest, const struct service_event *event,
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
