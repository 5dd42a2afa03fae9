/* The Globals section: maps merge, lists append, everything else is the resource's own. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const char *const function_globals[] = {"Handler",
                                               "Runtime",
                                               "CodeUri",
                                               "DeadLetterQueue",
                                               "Description",
                                               "MemorySize",
                                               "Timeout",
                                               "VpcConfig",
                                               "Environment",
                                               "Tags",
                                               "PropagateTags",
                                               "Tracing",
                                               "KmsKeyArn",
                                               "AutoPublishAlias",
                                               "AutoPublishAliasAllProperties",
                                               "Layers",
                                               "DeploymentPreference",
                                               "RolePath",
                                               "PermissionsBoundary",
                                               "ReservedConcurrentExecutions",
                                               "ProvisionedConcurrencyConfig",
                                               "AssumeRolePolicyDocument",
                                               "EventInvokeConfig",
                                               "FileSystemConfigs",
                                               "CodeSigningConfigArn",
                                               "Architectures",
                                               "SnapStart",
                                               "EphemeralStorage",
                                               "FunctionUrlConfig",
                                               "RuntimeManagementConfig",
                                               "LoggingConfig",
                                               "RecursiveLoop",
                                               "SourceKMSKeyArn",
                                               "TenancyConfig",
                                               "DurableConfig",
                                               "CapacityProviderConfig",
                                               "FunctionScalingConfig",
                                               "PublishToLatestPublished",
                                               "VersionDeletionPolicy"};
static const char *const api_globals[] = {"Auth",
                                          "Name",
                                          "DefinitionUri",
                                          "CacheClusterEnabled",
                                          "CacheClusterSize",
                                          "MergeDefinitions",
                                          "Variables",
                                          "EndpointConfiguration",
                                          "MethodSettings",
                                          "BinaryMediaTypes",
                                          "MinimumCompressionSize",
                                          "Cors",
                                          "GatewayResponses",
                                          "AccessLogSetting",
                                          "CanarySetting",
                                          "TracingEnabled",
                                          "OpenApiVersion",
                                          "Domain",
                                          "AlwaysDeploy",
                                          "PropagateTags",
                                          "SecurityPolicy",
                                          "EndpointAccessMode"};
static const char *const http_api_globals[] = {
    "Auth",         "AccessLogSettings", "StageVariables",
    "Tags",         "CorsConfiguration", "DefaultRouteSettings",
    "Domain",       "RouteSettings",     "FailOnWarnings",
    "PropagateTags"};
static const char *const simple_table_globals[] = {"SSESpecification"};
static const char *const state_machine_globals[] = {"PropagateTags"};
static const char *const layer_globals[] = {"PublishLambdaVersion"};
static const char *const capacity_provider_globals[] = {
    "VpcConfig",     "OperatorRole", "Tags",         "InstanceRequirements",
    "ScalingConfig", "KmsKeyArn",    "PropagateTags"};
static const char *const websocket_api_globals[] = {"AccessLogSettings",
                                                    "ApiKeySelectionExpression",
                                                    "DefaultRouteSettings",
                                                    "DisableExecuteApiEndpoint",
                                                    "DisableSchemaValidation",
                                                    "Domain",
                                                    "FailOnWarnings",
                                                    "IpAddressType",
                                                    "PropagateTags",
                                                    "RouteSelectionExpression",
                                                    "RouteSettings",
                                                    "StageVariables",
                                                    "Tags"};

/* By name, as the translator lists them. */
static const struct section {
    const char *name;
    const char *const *properties;
    size_t count;
} sections[] = {
    {"Api", api_globals, COUNT_OF(api_globals)},
    {"CapacityProvider", capacity_provider_globals, COUNT_OF(capacity_provider_globals)},
    {"Function", function_globals, COUNT_OF(function_globals)},
    {"HttpApi", http_api_globals, COUNT_OF(http_api_globals)},
    {"LayerVersion", layer_globals, COUNT_OF(layer_globals)},
    {"SimpleTable", simple_table_globals, COUNT_OF(simple_table_globals)},
    {"StateMachine", state_machine_globals, COUNT_OF(state_machine_globals)},
    {"WebSocketApi", websocket_api_globals, COUNT_OF(websocket_api_globals)},
};

static const struct section *find_section(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(sections); i++) {
        if (slice_is(name, sections[i].name)) {
            return &sections[i];
        }
    }
    return NULL;
}

static bool has_property(const struct section *section, struct slice name)
{
    for (size_t i = 0; i < section->count; i++) {
        if (slice_is(name, section->properties[i])) {
            return true;
        }
    }
    return false;
}

static void append_quoted(struct buf *buf, const char *name)
{
    buf_printf(buf, "%s'%s'", buf->len > 0 ? ", " : "", name);
}

static void check_section(struct sam *sam, const struct value_entry *entry)
{
    AUTO_BUF names = BUF_INIT(4096);
    const struct section *section = find_section(entry->key);
    if (section == NULL) {
        for (size_t i = 0; i < COUNT_OF(sections); i++) {
            append_quoted(&names, sections[i].name);
        }
        sam_error(sam, entry->key_pos,
                  "'Globals' section is invalid. '%.*s' is not supported. Must be one of the "
                  "following values - [%.*s]",
                  SLICE_ARG(entry->key), SLICE_ARG(buf_slice(&names)));
        return;
    }
    if (!sam_is_map(entry->value)) {
        sam_error(sam, entry->key_pos,
                  "'Globals' section is invalid. Value of '%s' must be a dictionary",
                  section->name);
        return;
    }
    for (size_t i = 0; i < section->count; i++) {
        append_quoted(&names, section->properties[i]);
    }
    for (size_t i = 0; i < sam_entries(entry->value); i++) {
        const struct value_entry *property = &entry->value->as.map.entries[i];
        if (!has_property(section, property->key)) {
            sam_error(sam, property->key_pos,
                      "'Globals' section is invalid. '%.*s' is not a supported property of '%s'. "
                      "Must be one of the following values - [%.*s]",
                      SLICE_ARG(property->key), section->name, SLICE_ARG(buf_slice(&names)));
        }
    }
}

static struct value *merge(struct sam *sam, struct value *global, struct value *local)
{
    if (sam_is_list(global) && sam_is_list(local)) {
        struct value *list = value_list(sam->arena, local->pos);
        for (size_t i = 0; i < value_count(global) + value_count(local); i++) {
            size_t globals = value_count(global);
            value_push(sam->arena, list,
                       i < globals ? value_at(global, i) : value_at(local, i - globals));
        }
        return list;
    }
    if (!sam_is_map(global) || !sam_is_map(local) || sam_is_intrinsic(global) ||
        sam_is_intrinsic(local)) {
        return local;
    }
    struct value *map = value_map(sam->arena, local->pos);
    for (size_t i = 0; i < sam_entries(global); i++) {
        const struct value_entry *entry = &global->as.map.entries[i];
        value_set_at(sam->arena, map, entry->key, entry->key_pos, entry->value);
    }
    for (size_t i = 0; i < sam_entries(local); i++) {
        const struct value_entry *entry = &local->as.map.entries[i];
        struct value *below = value_find(global, entry->key);
        value_set_at(sam->arena, map, entry->key, entry->key_pos,
                     below != NULL ? merge(sam, below, entry->value) : entry->value);
    }
    return map;
}

/* What IgnoreGlobals leaves of a section; NULL after an error. */
static struct value *without_ignored(struct sam *sam, const struct value_entry *resource,
                                     struct value *section)
{
    struct value *ignore = sam_get(resource->value, "IgnoreGlobals");
    if (!sam_is_truthy(ignore)) {
        return section;
    }
    struct source_pos pos = sam_pos_of(resource->value, "IgnoreGlobals", resource->key_pos);
    if (value_is(ignore, "*")) {
        return value_map(sam->arena, section->pos);
    }
    if (!sam_is_list(ignore)) {
        sam_error(
            sam, pos,
            "Resource with id [%.*s] is invalid. Resource %.*s has invalid resource attribute "
            "'IgnoreGlobals'.",
            SLICE_ARG(resource->key), SLICE_ARG(resource->key));
        return NULL;
    }
    struct value *left = value_map(sam->arena, section->pos);
    for (size_t i = 0; i < sam_entries(section); i++) {
        const struct value_entry *entry = &section->as.map.entries[i];
        value_set_at(sam->arena, left, entry->key, entry->key_pos, entry->value);
    }
    for (size_t i = 0; i < sam_items(ignore); i++) {
        struct slice name = value_scalar_text(value_at(ignore, i));
        if (!value_remove(left, name)) {
            sam_error(sam, value_at(ignore, i)->pos,
                      "Resource with id [%.*s] is invalid. Resource %.*s has invalid resource "
                      "attribute 'IgnoreGlobals' on item '%.*s'.",
                      SLICE_ARG(resource->key), SLICE_ARG(resource->key), SLICE_ARG(name));
            return NULL;
        }
    }
    return left;
}

/* A managed definition follows the OpenApiVersion that Globals or the API ask for. */
static void set_openapi_version(struct sam *sam, struct value *resource)
{
    struct value *properties = sam_get(resource, "Properties");
    struct value *version = sam_get(properties, "OpenApiVersion");
    struct value *body = sam_get(properties, "DefinitionBody");
    if (!value_is(value_get(resource, "Type"), "AWS::Serverless::Api") || version == NULL ||
        value_get(properties, "__MANAGE_SWAGGER") == NULL || !openapi_version_matches_3(version)) {
        return;
    }
    version = sam_string(sam, version->pos, value_scalar_text(version));
    sam_put(sam, properties, "OpenApiVersion", version);
    if (sam_is_map(body)) {
        sam_put(sam, body, "openapi", version);
        value_remove(body, SLICE("swagger"));
    }
}

void sam_merge_globals(struct sam *sam)
{
    struct value *globals = value_get(sam->root, "Globals");
    if (globals != NULL && !sam_is_map(globals)) {
        sam_error(sam, sam_pos_of(sam->root, "Globals", sam->root->pos),
                  "'Globals' section is invalid. It must be a non-empty dictionary");
    }
    for (size_t i = 0; i < sam_entries(globals); i++) {
        check_section(sam, &globals->as.map.entries[i]);
    }
    for (size_t i = 0; i < sam_entries(sam->resources); i++) {
        const struct value_entry *resource = &sam->resources->as.map.entries[i];
        struct slice type = value_scalar_text(value_get(resource->value, "Type"));
        struct slice prefix = SLICE("AWS::Serverless::");
        struct value *section = slice_starts_with(type, prefix)
                                    ? value_find(globals, slice_skip(type, prefix.len))
                                    : NULL;
        if (sam_is_map(section) && find_section(slice_skip(type, prefix.len)) != NULL) {
            struct value *left = without_ignored(sam, resource, section);
            struct value *own = sam_get(resource->value, "Properties");
            if (left != NULL && (own == NULL || sam_is_map(own))) {
                own = own != NULL ? own : value_map(sam->arena, resource->key_pos);
                sam_put(sam, resource->value, "Properties", merge(sam, left, own));
            }
        }
        set_openapi_version(sam, resource->value);
    }
    value_remove(sam->root, SLICE("Globals"));
}
