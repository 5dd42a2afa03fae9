/* Auth of one REST method: the authorizer, API key and policy that its event names. */
#include "templates/sam/sam.h"

struct method_auth {
    struct event *event;
    struct value *body;
    struct value *authorizer;
    struct value *scopes;
    struct value *api_key;
};

static void set_method_auth(void *ctx, struct slice path, struct slice method,
                            struct value *definition)
{
    struct method_auth *auth = ctx;
    struct sam *sam = auth->event->macro->sam;
    (void)path;
    (void)method;
    if (auth->authorizer != NULL) {
        openapi_require(sam, definition, arena_cstr(sam->arena, auth->authorizer->text),
                        auth->scopes);
        if (value_get(value_at(sam_get(definition, "security"), 0), "AWS_IAM") != NULL) {
            api_add_iam_security(sam, auth->body);
        }
    }
    if (auth->api_key != NULL) {
        bool is_required = sam_is_truthy(auth->api_key);
        if (is_required) {
            api_add_key_security(sam, auth->body);
        }
        openapi_require(sam, definition, is_required ? "api_key" : "api_key_false", NULL);
    }
}

/* The reason why a method may not name this authorizer; NULL when it may. */
static const char *authorizer_fault(const struct value *authorizer, const struct value *api_auth)
{
    const struct value *authorizers = sam_get(api_auth, "Authorizers");
    if (value_is(authorizer, "AWS_IAM")) {
        return NULL;
    }
    if (value_is(authorizer, "NONE")) {
        return sam_is_truthy(sam_get(api_auth, "DefaultAuthorizer"))
                   ? NULL
                   : " because 'NONE' is only a valid value when a DefaultAuthorizer on the API is "
                     "specified.";
    }
    if (!sam_is_truthy(authorizers)) {
        return " because the related API does not define any Authorizers.";
    }
    if (!sam_is_string(authorizer) || !sam_is_map(authorizers)) {
        return ". The method authorizer must be a string with a corresponding dict entry in the "
               "api "
               "authorizer.";
    }
    return sam_is_truthy(value_find(authorizers, authorizer->text))
               ? NULL
               : " because it wasn't defined in the API's Authorizers.";
}

void api_method_auth(struct event *event, struct value *api, struct slice api_id,
                     struct value *body, struct slice path, struct slice method, struct slice stage)
{
    struct sam *sam = event->macro->sam;
    struct value *given = event_get(event, "Auth");
    struct source_pos pos = event_pos_of(event, "Auth");
    struct value *api_auth = sam_resolve(sam, sam_get(api, "Auth"));
    struct method_auth auth = {event, body, sam_get(given, "Authorizer"),
                               sam_get(given, "AuthorizationScopes"),
                               sam_get(given, "ApiKeyRequired")};
    (void)api_id;
    auth.authorizer = sam_is_truthy(auth.authorizer) ? auth.authorizer : NULL;
    const char *fault =
        auth.authorizer != NULL ? authorizer_fault(auth.authorizer, api_auth) : NULL;
    if (fault != NULL) {
        bool is_none = value_is(auth.authorizer, "NONE");
        event_error(event, pos,
                    "Unable to set Authorizer%s%.*s%s on API method [%.*s] for path [%.*s]%s",
                    is_none ? "" : " [",
                    SLICE_ARG(is_none ? SLICE("") : value_scalar_text(auth.authorizer)),
                    is_none ? "" : "]", SLICE_ARG(method), SLICE_ARG(path), fault);
        return;
    }
    if (sam_is_truthy(auth.scopes) && (!sam_is_list(auth.scopes) || auth.authorizer == NULL)) {
        event_error(event, auth.scopes->pos,
                    sam_is_list(auth.scopes)
                        ? "AuthorizationScopes works only when Authorizer is set"
                        : "Property 'Auth.AuthorizationScopes' should be a list.");
        return;
    }
    if (auth.api_key != NULL && !sam_is_truthy(auth.api_key) &&
        !sam_is_truthy(sam_get(api_auth, "ApiKeyRequired"))) {
        event_error(event, pos,
                    "Unable to set ApiKeyRequired [False] on API method [%.*s] for path [%.*s] "
                    "because the related API does not specify any ApiKeyRequired.",
                    SLICE_ARG(method), SLICE_ARG(path));
        return;
    }
    struct value *definition =
        auth.authorizer != NULL
            ? value_find(sam_get(sam_get(api, "Auth"), "Authorizers"), auth.authorizer->text)
            : NULL;
    if (definition == NULL) {
        auth.scopes = NULL;
    } else if (auth.scopes == NULL) {
        auth.scopes = sam_get(definition, "AuthorizationScopes");
    }
    if (auth.authorizer != NULL || auth.api_key != NULL) {
        openapi_each_method(body, path, openapi_method(sam, method), set_method_auth, &auth);
    }
    struct value *policy = sam_get(given, "ResourcePolicy");
    if (sam_is_truthy(policy)) {
        if (!sam_is_map(policy)) {
            event_error(event, policy->pos, "Property 'Auth.ResourcePolicy' should be a map.");
            return;
        }
        api_add_resource_policy(event->macro, body, policy, path, sam_string(sam, pos, stage));
        if (sam_is_truthy(sam_get(policy, "CustomStatements"))) {
            api_add_custom_statements(sam, body, sam_get(policy, "CustomStatements"));
        }
    }
}
