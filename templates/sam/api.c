/* AWS::Serverless::Api: RestApi, Deployment and Stage; the definition is edited in api_*.c. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#define DEPLOYMENT_HASH_HEX 40

static const struct property_rule api_rules[] = {
    {"__MANAGE_SWAGGER", PROPERTY_BOOL, 0},
    {"Name", PROPERTY_STRING_OR_MAP, 0},
    {"StageName", PROPERTY_STRING_OR_MAP, PROPERTY_REQUIRED},
    {"Tags", PROPERTY_MAP, 0},
    {"PropagateTags", PROPERTY_BOOL, 0},
    {"DefinitionBody", PROPERTY_MAP, 0},
    {"DefinitionUri", PROPERTY_STRING_OR_MAP, 0},
    {"MergeDefinitions", PROPERTY_BOOL, PROPERTY_LITERAL},
    {"CacheClusterEnabled", PROPERTY_BOOL, 0},
    {"CacheClusterSize", PROPERTY_STRING, 0},
    {"Variables", PROPERTY_MAP, 0},
    {"EndpointConfiguration", PROPERTY_STRING_OR_MAP, 0},
    {"MethodSettings", PROPERTY_LIST, 0},
    {"BinaryMediaTypes", PROPERTY_LIST, 0},
    {"MinimumCompressionSize", PROPERTY_INT, 0},
    {"Cors", PROPERTY_STRING_OR_MAP, 0},
    {"Auth", PROPERTY_MAP, 0},
    {"GatewayResponses", PROPERTY_MAP, 0},
    {"AccessLogSetting", PROPERTY_MAP, 0},
    {"CanarySetting", PROPERTY_MAP, 0},
    {"TracingEnabled", PROPERTY_BOOL, 0},
    {"OpenApiVersion", PROPERTY_STRING, 0},
    {"Models", PROPERTY_MAP, 0},
    {"Domain", PROPERTY_MAP, 0},
    {"FailOnWarnings", PROPERTY_BOOL, 0},
    {"Description", PROPERTY_STRING, 0},
    {"Mode", PROPERTY_STRING, 0},
    {"DisableExecuteApiEndpoint", PROPERTY_BOOL, 0},
    {"ApiKeySourceType", PROPERTY_STRING, 0},
    {"AlwaysDeploy", PROPERTY_BOOL, PROPERTY_LITERAL},
    {"Policy", PROPERTY_STRING_OR_MAP, 0},
    {"SecurityPolicy", PROPERTY_STRING, 0},
    {"EndpointAccessMode", PROPERTY_STRING, 0},
};
const struct property_rules api_properties = PROPERTY_RULES(api_rules);

static void set_endpoint(struct macro *macro, struct value *rest_api)
{
    struct sam *sam = macro->sam;
    struct value *given = macro_get(macro, "EndpointConfiguration");
    if (!sam_is_truthy(given)) {
        return;
    }
    struct value *type = sam_is_map(given) ? sam_get(given, "Type") : NULL;
    struct value *types = type != NULL ? type : given;
    struct value *configuration =
        sam_map(sam, given->pos, "Types", sam_list(sam, given->pos, types, NULL), NULL);
    sam_put(sam, rest_api, "Parameters",
            sam_map(sam, given->pos, "endpointConfigurationTypes", types, NULL));
    sam_put(sam, rest_api, "EndpointConfiguration", configuration);
    if (type == NULL) {
        return;
    }
    struct value *upper = sam_get(given, "VPCEndpointIds");
    struct value *lower = sam_get(given, "VpcEndpointIds");
    if (upper != NULL && lower != NULL) {
        macro_error(macro, given->pos,
                    "'VPCEndpointIds' and 'VpcEndpointIds' cannot be used together in "
                    "EndpointConfiguration.");
    }
    sam_put(sam, configuration, "VpcEndpointIds", upper != NULL ? upper : lower);
    sam_copy(sam, configuration, given, "IpAddressType");
}

/* "application~1json" is how template keys spell a slash. */
static struct value *with_slashes(struct sam *sam, struct value *value)
{
    if (sam_is_string(value)) {
        char *text = arena_alloc(sam->arena, value->text.len + 1);
        size_t len = 0;
        for (size_t i = 0; i < value->text.len; i++) {
            bool is_mark = slice_starts_with(slice_skip(value->text, i), SLICE("~1"));
            text[len++] = is_mark ? '/' : value->text.ptr[i];
            i += is_mark;
        }
        return sam_string(sam, value->pos, slice_of(text, len));
    }
    if (sam_is_list(value)) {
        struct value *list = value_list(sam->arena, value->pos);
        for (size_t i = 0; i < sam_items(value); i++) {
            value_push(sam->arena, list, with_slashes(sam, value_at(value, i)));
        }
        return list;
    }
    if (sam_is_map(value)) {
        struct value *map = value_map(sam->arena, value->pos);
        for (size_t i = 0; i < sam_entries(value); i++) {
            const struct value_entry *entry = &value->as.map.entries[i];
            value_set_at(sam->arena, map, entry->key, entry->key_pos,
                         with_slashes(sam, entry->value));
        }
        return map;
    }
    return value;
}

static void add_models(struct macro *macro, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *models = macro_get(macro, "Models");
    if (!sam_is_truthy(models)) {
        return;
    }
    if (!openapi_is_swagger(body)) {
        macro_error(macro, macro_pos_of(macro, "Models"),
                    body == NULL
                        ? "Models works only with inline Swagger specified in 'DefinitionBody' "
                          "property."
                        : "Unable to add Models definitions because 'DefinitionBody' does not "
                          "contain a valid Swagger definition.");
        return;
    }
    struct value *definitions = openapi_section(sam, body, "definitions");
    for (size_t i = 0; i < sam_entries(models); i++) {
        const struct value_entry *entry = &models->as.map.entries[i];
        if (!sam_is_map(entry->value)) {
            macro_error(macro, entry->key_pos, "Invalid value for 'Models' property");
        } else if (!sam_is_truthy(sam_get(entry->value, "type"))) {
            sam_structure_error(sam, entry->key_pos, "'Models' schema is missing 'type'.");
            macro->has_failed = true;
        }
        value_set_at(sam->arena, definitions, sam_lower(sam, entry->key), entry->key_pos,
                     entry->value);
    }
}

static void move_section(struct sam *sam, struct value *body, const char *from, const char *to)
{
    struct value *section = sam_get(body, from);
    if (sam_is_truthy(section)) {
        sam_put(sam, openapi_section(sam, body, "components"), to, section);
        value_remove(body, slice_from(from));
    }
}

/* OpenAPI 3 keeps security and schemas elsewhere, and headers have schemas. */
static void convert_to_openapi_3(struct macro *macro, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *version = macro_get(macro, "OpenApiVersion");
    version = version != NULL ? version : sam_get(body, "openapi");
    if (sam_get(body, "swagger") != NULL || !openapi_version_matches_3(version)) {
        return;
    }
    move_section(sam, body, "securityDefinitions", "securitySchemes");
    move_section(sam, body, "definitions", "schemas");
    struct value *paths = sam_get(body, "paths");
    for (size_t i = 0; i < sam_entries(paths); i++) {
        struct value *options = sam_get(paths->as.map.entries[i].value, "options");
        if (!sam_is_map(options)) {
            continue;
        }
        value_remove(options, SLICE("produces"));
        value_remove(options, SLICE("consumes"));
        struct value *headers = value_path(options, "responses", "200", "headers", NULL);
        for (size_t k = 0; k < sam_entries(headers); k++) {
            struct value_entry *header = &headers->as.map.entries[k];
            header->value = sam_map(sam, header->value->pos, "schema", header->value, NULL);
        }
    }
}

static void set_disabled_endpoint(struct macro *macro, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *disabled = macro_get(macro, "DisableExecuteApiEndpoint");
    if (disabled == NULL) {
        return;
    }
    if (!sam_is_truthy(body)) {
        macro_error(macro, macro_pos_of(macro, "DisableExecuteApiEndpoint"),
                    "DisableExecuteApiEndpoint works only within 'DefinitionBody' property.");
        return;
    }
    static const char *const section = "x-amazon-apigateway-endpoint-configuration";
    struct value *setting =
        sam_map(sam, disabled->pos, "disableExecuteApiEndpoint", disabled, NULL);
    if (!openapi_version_matches_3(sam_get(body, "openapi"))) {
        sam_put(sam, openapi_section(sam, body, section), "disableExecuteApiEndpoint", disabled);
        return;
    }
    struct value *servers = sam_get(body, "servers");
    if (!sam_is_list(servers)) {
        servers = sam_list(sam, disabled->pos, value_map(sam->arena, disabled->pos), NULL);
        sam_put(sam, body, "servers", servers);
    }
    for (size_t i = 0; i < sam_items(servers); i++) {
        struct value *server = value_at(servers, i);
        if (sam_is_map(server) && sam_get(server, section) == NULL) {
            sam_put(sam, server, section, setting);
        } else if (sam_is_map(server)) {
            sam_put(sam, sam_get(server, section), "disableExecuteApiEndpoint", disabled);
        }
    }
}

static void set_definition(struct macro *macro, struct value *rest_api, struct value *body)
{
    struct sam *sam = macro->sam;
    struct value *uri = sam_resolve(sam, macro_get(macro, "DefinitionUri"));
    struct source_pos pos = macro_pos_of(macro, "DefinitionUri");
    if (!sam_is_truthy(uri)) {
        if (sam_is_truthy(body)) {
            convert_to_openapi_3(macro, body);
            sam_put(sam, rest_api, "Body", body);
        }
        return;
    }
    sam_put_definition(macro, rest_api, uri, pos);
}

static struct value *construct_rest_api(struct macro *macro, struct value *auth)
{
    static const char *const same[] = {
        "Name",           "Description",        "Mode",          "ApiKeySourceType", "Policy",
        "SecurityPolicy", "EndpointAccessMode", "FailOnWarnings"};
    struct sam *sam = macro->sam;
    struct value *body = macro_get(macro, "DefinitionBody");
    struct value *version = macro_get(macro, "OpenApiVersion");
    struct value *media_types = sam_resolve(sam, macro_get(macro, "BinaryMediaTypes"));
    struct value *rest_api = macro_emit_main(macro, macro->id, "AWS::ApiGateway::RestApi");
    if (sam_is_truthy(macro_get(macro, "DefinitionUri"))) {
        if (sam_is_truthy(body)) {
            macro_error(
                macro, macro_pos_of(macro, "DefinitionUri"),
                "Specify either 'DefinitionUri' or 'DefinitionBody' property and not both.");
        }
        if (sam_is_truthy(macro_get(macro, "MergeDefinitions"))) {
            macro_error(macro, macro_pos_of(macro, "MergeDefinitions"),
                        "Cannot set 'MergeDefinitions' to True when using `DefinitionUri`.");
        }
    }
    if (sam_is_truthy(version) && !openapi_version_matches(version, '2') &&
        !openapi_version_matches_3(version)) {
        macro_error(macro, version->pos, "The OpenApiVersion value must be of the format '3.0.0'.");
    }
    sam_put(sam, rest_api, "BinaryMediaTypes", media_types);
    sam_copy(sam, rest_api, macro->properties, "MinimumCompressionSize");
    set_endpoint(macro, rest_api);
    api_add_cors(macro, body);
    if (sam_is_truthy(auth)) {
        api_add_auth(macro, auth, body);
        if (sam_is_map(body)) {
            convert_to_openapi_3(macro, body);
        }
    }
    api_add_gateway_responses(macro, body);
    if (sam_is_truthy(media_types) && openapi_is_swagger(body)) {
        sam_put(sam, body, "x-amazon-apigateway-binary-media-types",
                with_slashes(sam, media_types));
    }
    if (sam_is_truthy(macro_get(macro, "Models"))) {
        add_models(macro, body);
        if (sam_is_map(body)) {
            convert_to_openapi_3(macro, body);
        }
    }
    set_disabled_endpoint(macro, body);
    set_definition(macro, rest_api, body);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        if (sam_is_truthy(macro_get(macro, same[i]))) {
            sam_copy(sam, rest_api, macro->properties, same[i]);
        }
    }
    return rest_api;
}

/* A new deployment for each new definition. The translator hashes Python's notation of it; ours is
 * JSON, so the ten digits differ from AWS's (they cannot be referred to by name). */
static struct slice add_deployment(struct macro *macro, const struct value *rest_api,
                                   struct value *domain)
{
    struct sam *sam = macro->sam;
    struct value *body = sam_get(rest_api, "Body");
    body = body != NULL ? body : sam_get(rest_api, "BodyS3Location");
    struct value *inputs =
        sam_list(sam, macro->pos, body, macro_get(macro, "OpenApiVersion"), NULL);
    if (domain != NULL) {
        value_push(sam->arena, inputs, domain);
    }
    struct slice hash = body != NULL ? sam_hash(sam, inputs) : SLICE("");
    struct slice id =
        arena_printf(sam->arena, "%.*sDeployment%.*s", SLICE_ARG(macro->id), SLICE_ARG(hash));
    struct value *deployment =
        macro_emit(macro, id, "AWS::ApiGateway::Deployment", macro->pos, macro->inherited);
    sam_put(sam, deployment, "RestApiId", value_ref(sam->arena, macro->pos, macro->id));
    if (body != NULL) {
        sam_put(sam, deployment, "Description",
                value_text(sam->arena, macro->pos, "RestApi deployment id: %.*s",
                           SLICE_ARG(sam_hash_text(sam, hash, DEPLOYMENT_HASH_HEX))));
    }
    if (!sam_is_truthy(macro_get(macro, "OpenApiVersion"))) {
        sam_put_text(sam, deployment, "StageName", "Stage");
    }
    return id;
}

static struct slice add_stage(struct macro *macro, struct slice deployment_id)
{
    static const char *const same[] = {"CacheClusterEnabled", "CacheClusterSize", "Variables",
                                       "MethodSettings",      "AccessLogSetting", "CanarySetting",
                                       "TracingEnabled"};
    struct sam *sam = macro->sam;
    struct value *name = macro_get(macro, "StageName");
    struct slice text = sam_is_string(name) ? name->text : SLICE("");
    struct slice id =
        slice_is_alnum(text, "")
            ? arena_printf(sam->arena, "%.*s%.*sStage", SLICE_ARG(macro->id), SLICE_ARG(text))
            : sam_suffixed(sam, arena_printf(sam->arena, "%.*sStage", SLICE_ARG(macro->id)), text);
    struct value *stage =
        macro_emit(macro, id, "AWS::ApiGateway::Stage", macro->pos, macro->inherited);
    sam_put(sam, stage, "RestApiId", value_ref(sam->arena, macro->pos, macro->id));
    sam_put(sam, stage, "DeploymentId", value_ref(sam->arena, macro->pos, deployment_id));
    sam_put(sam, stage, "StageName", name);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, stage, macro->properties, same[i]);
    }
    struct value *tags = macro_get(macro, "Tags");
    if (tags != NULL) {
        sam_put(sam, stage, "Tags", sam_tags(sam, tags->pos, NULL, NULL, tags));
    }
    return id;
}

void sam_api(struct macro *macro)
{
    struct sam *sam = macro->sam;
    struct value *auth = sam_resolve(sam, macro_get(macro, "Auth"));
    struct value *domain = value_clone(sam->arena, sam_resolve(sam, macro_get(macro, "Domain")));
    struct value *rest_api = construct_rest_api(macro, auth);
    if (domain != NULL) {
        api_domain(macro, domain);
    }
    struct slice deployment_id = add_deployment(macro, rest_api, domain);
    struct slice stage_id = add_stage(macro, deployment_id);
    if (sam_is_truthy(auth) && !macro->has_failed) {
        api_authorizer_permissions(macro, auth);
        api_usage_plan(macro, auth, stage_id);
    }
    if (sam_is_true(macro_get(macro, "PropagateTags"))) {
        macro_propagate_tags(macro);
    }
}
