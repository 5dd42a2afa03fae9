/* Api events: a route with an AWS_PROXY integration in the REST API's definition, and the
 * permission for it. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#define INTEGRATION "x-amazon-apigateway-integration"

/* The API an event names, with its properties as they are by now. */
struct linked_api {
    struct slice id;
    struct value *properties;
    struct slice stage; /* suffix of the permission's id */
};

static bool link_api(struct event *event, struct linked_api *ret_api)
{
    struct sam *sam = event->macro->sam;
    struct value *given = event_get(event, "RestApiId");
    struct value *id =
        sam_is_map(given) && sam_get(given, "Ref") != NULL ? sam_get(given, "Ref") : given;
    struct source_pos pos = event_pos_of(event, "RestApiId");
    if (!sam_is_string(id)) {
        event_error(event, pos, "Property 'RestApiId' should be a string.");
        return false;
    }
    struct value *resource = value_find(sam->resources, id->text);
    if (!sam_is_map(resource)) {
        event_error(event, pos,
                    "RestApiId property of Api event must reference a valid resource in the same "
                    "template.");
        return false;
    }
    ret_api->id = id->text;
    ret_api->properties = openapi_section(sam, resource, "Properties");
    struct value *stage = sam_get(ret_api->properties, "StageName");
    ret_api->stage = sam_is_string(stage) ? stage->text : SLICE("Stage");
    if (ret_api->stage.len == 0) {
        sam_error(sam, stage->pos, "Resource with id [%.*s] is invalid. StageName cannot be empty.",
                  SLICE_ARG(id->text));
        event->macro->has_failed = true;
        return false;
    }
    return true;
}

static struct slice without_last_slash(struct slice path)
{
    return path.len > 1 && slice_ends_with(path, SLICE("/")) ? slice_take(path, path.len - 1)
                                                             : path;
}

static void add_permission(struct event *event, const struct linked_api *api, struct slice path,
                           struct slice method)
{
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    struct slice arn_method = slice_is(method, "any") ? SLICE("*") : sam_upper(sam, method);
    struct slice arn_path = openapi_arn_path(sam, without_last_slash(path), true);
    struct slice arn = arena_printf(
        sam->arena,
        "arn:%.*s:execute-api:${AWS::Region}:${AWS::AccountId}:${__ApiId__}/${__Stage__}/%.*s%.*s",
        SLICE_ARG(sam->partition), SLICE_ARG(arn_method), SLICE_ARG(arn_path));
    struct value *variables = sam_map(sam, pos, "__ApiId__", event_get(event, "RestApiId"),
                                      "__Stage__", sam_text(sam, pos, "*"), NULL);
    event_permission(event, "apigateway.amazonaws.com",
                     sam_sub(sam, pos, arena_cstr(sam->arena, arn), variables), api->stage);
}

/* A role given empty means that there shall be none. */
static struct value *invoke_role(struct sam *sam, const struct value *auth)
{
    struct value *role = value_get(auth, "InvokeRole");
    return role == NULL || sam_is_truthy(role) ? role : sam_text(sam, role->pos, "NONE");
}

static struct value *integration_credentials(struct sam *sam, const struct value *method_auth,
                                             const struct value *api_auth, struct source_pos pos)
{
    bool is_iam = value_is(sam_get(method_auth, "Authorizer"), "AWS_IAM") ||
                  (value_is(sam_get(api_auth, "DefaultAuthorizer"), "AWS_IAM") &&
                   !sam_is_truthy(method_auth));
    if (!is_iam) {
        return NULL;
    }
    struct value *role = invoke_role(sam, method_auth);
    role = role != NULL ? role : invoke_role(sam, api_auth);
    if (value_is(role, "NONE")) {
        return NULL;
    }
    if (role == NULL || value_is(role, "CALLER_CREDENTIALS")) {
        return value_text(sam->arena, pos, "arn:%.*s:iam::*:user/*", SLICE_ARG(sam->partition));
    }
    return role;
}

/* The integration into each alternative of the path; a conditional target makes the method
 * conditional. */
static void add_integration(struct event *event, struct value *body, struct slice path,
                            struct slice method, struct value *integration)
{
    struct sam *sam = event->macro->sam;
    struct value *items[2];
    openapi_add_path(sam, body, path, method, event->pos);
    size_t count = openapi_alternatives(value_find(sam_get(body, "paths"), path), items);
    for (size_t i = 0; i < count; i++) {
        struct value *definition = value_find(items[i], method);
        if (!sam_is_map(definition)) {
            sam_structure_error(
                sam, event->pos,
                "Value of '%.*s' path must be a dictionary according to Swagger spec.",
                SLICE_ARG(path));
            event->macro->has_failed = true;
            continue;
        }
        definition->pos = event->pos;
        sam_put(sam, definition, INTEGRATION,
                i == 0 ? integration : value_clone(sam->arena, integration));
        if (value_get(definition, "responses") == NULL) {
            sam_put(sam, definition, "responses", value_map(sam->arena, event->pos));
        }
        if (event->target->condition != NULL) {
            value_set_at(sam->arena, items[i], method, event->pos,
                         sam_if(sam, event->target->condition, definition));
        }
    }
}

static struct value *lambda_integration(struct event *event, const struct linked_api *api)
{
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    bool streams = value_is(event_get(event, "ResponseTransferMode"), "RESPONSE_STREAM");
    struct value *uri = openapi_lambda_uri(sam, event->target, pos,
                                           arena_cstr(sam->arena, sam->partition), streams);
    if (event->target->condition != NULL) {
        uri = sam_if(sam, event->target->condition, uri);
    }
    return sam_map(sam, pos, "type", sam_text(sam, pos, "aws_proxy"), "httpMethod",
                   sam_text(sam, pos, "POST"), "uri", uri, "responseTransferMode",
                   streams ? sam_text(sam, pos, "STREAM") : NULL, "credentials",
                   integration_credentials(sam, event_get(event, "Auth"),
                                           sam_get(api->properties, "Auth"), pos),
                   NULL);
}

struct change {
    struct event *event;
    struct value *value;
};

static void set_timeout(void *ctx, struct slice path, struct slice method, struct value *definition)
{
    struct change *change = ctx;
    (void)path;
    (void)method;
    sam_put(change->event->macro->sam, sam_get(definition, INTEGRATION), "timeoutInMillis",
            change->value);
}

/* MergeDefinitions: the author's method with what the event generates laid over it. */
static void merge_method(struct event *event, const struct linked_api *api, struct value *edited,
                         struct slice path, struct slice method)
{
    struct sam *sam = event->macro->sam;
    struct value *body = sam_get(api->properties, "DefinitionBody");
    struct value *paths = openapi_section(sam, body, "paths");
    struct value *item = value_find(paths, path);
    struct value *generated =
        value_find(value_find(sam_get(edited, "paths"), path), openapi_method(sam, method));
    if (!sam_is_map(item)) {
        item = value_map(sam->arena, event->pos);
        value_set_at(sam->arena, paths, path, event->pos, item);
    }
    struct value *existing = value_find(item, method);
    struct value *merged = value_map(sam->arena, event->pos);
    for (size_t i = 0; i < sam_entries(existing); i++) {
        const struct value_entry *entry = &existing->as.map.entries[i];
        value_set_at(sam->arena, merged, entry->key, entry->key_pos, entry->value);
    }
    for (size_t i = 0; i < sam_entries(generated); i++) {
        const struct value_entry *entry = &generated->as.map.entries[i];
        value_set_at(sam->arena, merged, entry->key, entry->key_pos, entry->value);
    }
    value_set_at(sam->arena, item, method, event->pos, merged);
}

static void add_route(struct event *event, const struct linked_api *api, struct slice path,
                      struct slice method)
{
    struct sam *sam = event->macro->sam;
    struct value *body = sam_get(api->properties, "DefinitionBody");
    bool merges = sam_is_truthy(sam_get(api->properties, "MergeDefinitions"));
    if (!sam_is_map(body)) {
        return; /* the API tells what is wrong with it */
    }
    struct value *edited = merges ? openapi_skeleton(sam, event->pos, true) : body;
    if (!openapi_is_swagger(edited)) {
        sam_structure_error(sam, body->pos,
                            "Invalid Swagger document or the Swagger document is not explicitly "
                            "defined in 'DefinitionBody'.");
        event->macro->has_failed = true;
        return;
    }
    if (openapi_has_integration(sam_get(edited, "paths"), path, openapi_method(sam, method))) {
        event_error(event, event->pos,
                    "API method \"%.*s\" defined multiple times for path \"%.*s\".",
                    SLICE_ARG(method), SLICE_ARG(path));
        return;
    }
    add_integration(event, edited, path, openapi_method(sam, method),
                    lambda_integration(event, api));
    if (sam_is_truthy(event_get(event, "Auth"))) {
        api_method_auth(event, api->properties, api->id, edited, path, method, api->stage);
    }
    struct change change = {event, event_get(event, "TimeoutInMillis")};
    if (sam_is_truthy(change.value)) {
        openapi_each_method(edited, path, openapi_method(sam, method), set_timeout, &change);
    }
    event_api_request(event, api->properties, edited, path, method);
    if (merges) {
        merge_method(event, api, edited, path, method);
    }
}

void event_api(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct linked_api api;
    struct value *path = event_get(event, "Path");
    struct value *method = event_get(event, "Method");
    if (!sam_is_string(path) || !sam_is_string(method) || !link_api(event, &api)) {
        event->macro->has_failed = true; /* told when the implicit API was made */
        return;
    }
    struct slice lower = sam_lower(sam, method->text);
    add_permission(event, &api, path->text, lower);
    if (sam_is_truthy(sam_get(api.properties, "__MANAGE_SWAGGER")) ||
        sam_is_truthy(sam_get(api.properties, "MergeDefinitions"))) {
        add_route(event, &api, path->text, lower);
    }
    struct value *auth = event_get(event, "Auth");
    struct value *body = sam_get(api.properties, "DefinitionBody");
    if (sam_is_truthy(body) && sam_is_truthy(sam_get(auth, "OverrideApiAuth"))) {
        if (!sam_is_truthy(sam_get(auth, "Authorizer")) &&
            !sam_is_truthy(sam_get(auth, "ApiKeyRequired")) &&
            !sam_is_truthy(sam_get(auth, "ResourcePolicy"))) {
            event_error(
                event, event_pos_of(event, "Auth"),
                "Must define one of: Authorizer, ApiKeyRequired or ResourcePolicy when using "
                "the OverrideApiAuth property.");
            return;
        }
        api_method_auth(event, api.properties, api.id, body, path->text, lower, api.stage);
    }
}

static struct value *start_execution(struct event *event, struct value *role_arn)
{
    struct sam *sam = event->macro->sam;
    struct source_pos pos = event->pos;
    struct value *uri = sam_sub(
        sam, pos, "arn:${AWS::Partition}:apigateway:${AWS::Region}:states:action/StartExecution",
        NULL);
    if (event->target->condition != NULL) {
        uri = sam_if(sam, event->target->condition, uri);
    }
    const char *format =
        sam_is_true(event_get(event, "UnescapeMappingTemplate"))
            ? "{\"input\": "
              "\"$util.escapeJavaScript($input.json('$')).replaceAll(\"\\\\'\",\"'\")\", "
              "\"stateMachineArn\": \"${%.*s}\"}"
            : "{\"input\": \"$util.escapeJavaScript($input.json('$'))\", \"stateMachineArn\": "
              "\"${%.*s}\"}";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    struct slice text = arena_printf(sam->arena, format, SLICE_ARG(event->target->id));
#pragma GCC diagnostic pop
    struct value *responses =
        sam_map(sam, pos, "200", sam_map(sam, pos, "statusCode", sam_text(sam, pos, "200"), NULL),
                "400", sam_map(sam, pos, "statusCode", sam_text(sam, pos, "400"), NULL), NULL);
    return sam_map(
        sam, pos, "type", sam_text(sam, pos, "aws"), "httpMethod", sam_text(sam, pos, "POST"),
        "uri", uri, "responses", responses, "credentials", role_arn, "requestTemplates",
        sam_map(sam, pos, "application/json", value_sub(sam->arena, pos, text), NULL), NULL);
}

void event_state_machine_api(struct event *event)
{
    struct sam *sam = event->macro->sam;
    struct linked_api api;
    struct value *path = event_get(event, "Path");
    struct value *method = event_get(event, "Method");
    if (!sam_is_string(path) || !sam_is_string(method) || !link_api(event, &api)) {
        event->macro->has_failed = true;
        return;
    }
    struct slice role_id = arena_printf(sam->arena, "%.*sRole", SLICE_ARG(event->logical_id));
    struct value *role = macro_emit_role(event->macro, role_id, event->pos,
                                         "apigateway.amazonaws.com", event->target->inherited);
    sam_copy(sam, role, event->macro->properties, "PermissionsBoundary");
    struct value *body = sam_get(api.properties, "DefinitionBody");
    struct slice lower = sam_lower(sam, method->text);
    struct slice key = openapi_method(sam, lower);
    if (!sam_is_truthy(sam_get(api.properties, "__MANAGE_SWAGGER")) || body == NULL) {
        return;
    }
    if (openapi_has_integration(sam_get(body, "paths"), path->text, key)) {
        event_error(event, event->pos,
                    "API method \"%.*s\" defined multiple times for path \"%.*s\".",
                    SLICE_ARG(lower), SLICE_ARG(path->text));
        return;
    }
    openapi_add_path(sam, body, path->text, key, event->pos);
    struct value *items[2];
    size_t count = openapi_alternatives(value_find(sam_get(body, "paths"), path->text), items);
    for (size_t i = 0; i < count; i++) {
        struct value *definition = value_find(items[i], key);
        if (value_get(definition, "responses") == NULL) {
            sam_put(sam, definition, "responses",
                    sam_map(sam, event->pos, "200",
                            sam_map(sam, event->pos, "description", sam_text(sam, event->pos, "OK"),
                                    NULL),
                            "400",
                            sam_map(sam, event->pos, "description",
                                    sam_text(sam, event->pos, "Bad Request"), NULL),
                            NULL));
        }
    }
    add_integration(event, body, path->text, key,
                    start_execution(event, value_getatt(sam->arena, event->pos, role_id, "Arn")));
    if (sam_is_truthy(event_get(event, "Auth"))) {
        api_method_auth(event, api.properties, api.id, body, path->text, lower, api.stage);
    }
}
