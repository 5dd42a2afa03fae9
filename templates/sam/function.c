/* AWS::Serverless::Function: the function itself and its role; what surrounds it is in
 * function_*.c. */
#include "templates/sam/sam.h"

#include "core/mem.h"

static const struct property_rule function_rules[] = {
    {"FunctionName", PROPERTY_STRING_OR_MAP, 0},
    {"Handler", PROPERTY_ANY, 0},
    {"Runtime", PROPERTY_ANY, 0},
    {"CodeUri", PROPERTY_ANY, 0},
    {"ImageUri", PROPERTY_ANY, 0},
    {"PackageType", PROPERTY_ANY, 0},
    {"InlineCode", PROPERTY_ANY, 0},
    {"DeadLetterQueue", PROPERTY_MAP, 0},
    {"Description", PROPERTY_ANY, 0},
    {"MemorySize", PROPERTY_ANY, 0},
    {"Timeout", PROPERTY_ANY, 0},
    {"VpcConfig", PROPERTY_ANY, 0},
    {"Role", PROPERTY_STRING, 0},
    {"AssumeRolePolicyDocument", PROPERTY_MAP, 0},
    {"Policies", PROPERTY_POLICIES, 0},
    {"RolePath", PROPERTY_ANY, 0},
    {"PermissionsBoundary", PROPERTY_STRING, 0},
    {"Environment", PROPERTY_MAP_OF_MAPS, 0},
    {"Events", PROPERTY_MAP_OF_MAPS, 0},
    {"Tags", PROPERTY_MAP, 0},
    {"PropagateTags", PROPERTY_BOOL, 0},
    {"Tracing", PROPERTY_STRING_OR_MAP, 0},
    {"KmsKeyArn", PROPERTY_ANY, 0},
    {"DeploymentPreference", PROPERTY_MAP, 0},
    {"ReservedConcurrentExecutions", PROPERTY_ANY, 0},
    {"Layers", PROPERTY_LIST_OF_IDS, 0},
    {"EventInvokeConfig", PROPERTY_MAP, 0},
    {"EphemeralStorage", PROPERTY_ANY, 0},
    {"AutoPublishAlias", PROPERTY_STRING, 0},
    {"AutoPublishCodeSha256", PROPERTY_STRING, 0},
    {"AutoPublishAliasAllProperties", PROPERTY_BOOL, PROPERTY_LITERAL},
    {"VersionDescription", PROPERTY_ANY, 0},
    {"ProvisionedConcurrencyConfig", PROPERTY_ANY, 0},
    {"FileSystemConfigs", PROPERTY_ANY, 0},
    {"ImageConfig", PROPERTY_ANY, 0},
    {"CodeSigningConfigArn", PROPERTY_ANY, 0},
    {"Architectures", PROPERTY_ANY, 0},
    {"SnapStart", PROPERTY_MAP, 0},
    {"FunctionUrlConfig", PROPERTY_MAP, 0},
    {"RuntimeManagementConfig", PROPERTY_ANY, 0},
    {"LoggingConfig", PROPERTY_ANY, 0},
    {"RecursiveLoop", PROPERTY_ANY, 0},
    {"SourceKMSKeyArn", PROPERTY_ANY, 0},
    {"CapacityProviderConfig", PROPERTY_MAP, 0},
    {"FunctionScalingConfig", PROPERTY_MAP, 0},
    {"VersionDeletionPolicy", PROPERTY_STRING, 0},
    {"PublishToLatestPublished", PROPERTY_ANY, 0},
    {"TenancyConfig", PROPERTY_ANY, 0},
    {"DurableConfig", PROPERTY_MAP, 0},
};
const struct property_rules function_properties = PROPERTY_RULES(function_rules);

static void check_dead_letter_queue(struct macro *macro)
{
    struct value *queue = macro_get(macro, "DeadLetterQueue");
    struct source_pos pos = macro_pos_of(macro, "DeadLetterQueue");
    struct value *type = sam_get(queue, "Type");
    if (!sam_is_truthy(queue)) {
        return;
    }
    if (!sam_is_truthy(type) || !sam_is_truthy(sam_get(queue, "TargetArn"))) {
        macro_error(macro, pos,
                    "'DeadLetterQueue' requires Type and TargetArn properties to be specified.");
    } else if (!sam_is_string(type)) {
        macro_error(macro, pos, "Property 'DeadLetterQueue.Type' should be a string.");
    } else if (!value_is(type, "SQS") && !value_is(type, "SNS")) {
        macro_error(macro, type->pos, "'DeadLetterQueue' requires Type of ['SQS', 'SNS']");
    }
}

static void refuse_together(struct macro *macro, const char *first, const char *second)
{
    if (macro_get(macro, first) != NULL && macro_get(macro, second) != NULL) {
        macro_error(macro, macro_pos_of(macro, second), "Cannot specify '%s' and '%s' together.",
                    first, second);
    }
}

static void require_with(struct macro *macro, const char *property, const char *needed)
{
    if (macro_get(macro, property) != NULL && macro_get(macro, needed) == NULL) {
        macro_error(macro, macro_pos_of(macro, property), "'%s' requires '%s'.", property, needed);
    }
}

static void check_tenancy(struct macro *macro)
{
    static const struct {
        const char *property, *name;
    } excluded[] = {{"ProvisionedConcurrencyConfig", "Provisioned concurrency"},
                    {"FunctionUrlConfig", "Function URL"},
                    {"SnapStart", "SnapStart"}};
    if (!sam_is_truthy(macro_get(macro, "TenancyConfig"))) {
        return;
    }
    for (size_t i = 0; i < COUNT_OF(excluded); i++) {
        if (sam_is_truthy(macro_get(macro, excluded[i].property))) {
            macro_error(macro, macro_pos_of(macro, excluded[i].property),
                        "%s is not supported for functions enabled with tenancy configuration.",
                        excluded[i].name);
        }
    }
    struct value *events = macro_get(macro, "Events");
    for (size_t i = 0; i < sam_entries(events); i++) {
        const struct value *type = value_get(events->as.map.entries[i].value, "Type");
        if (!value_is(type, "Api") && !value_is(type, "HttpApi")) {
            macro_error(macro, events->as.map.entries[i].key_pos,
                        "Event source '%.*s' is not supported for functions enabled with tenancy "
                        "configuration. Only Api and HttpApi event sources are supported.",
                        SLICE_ARG(value_scalar_text(type)));
        }
    }
}

/* `sam build` finds an image's sources in Metadata and tags what it builds with the logical id. */
static struct value *image_code(struct macro *macro)
{
    struct sam *sam = macro->sam;
    struct value *uri = macro_get(macro, "ImageUri");
    struct value *metadata = sam_get(macro->resource, "Metadata");
    if (sam_is_truthy(uri)) {
        return sam_map(sam, uri->pos, "ImageUri", uri, NULL);
    }
    if (sam_get(metadata, "Dockerfile") == NULL && sam_get(metadata, "DockerContext") == NULL) {
        macro_error(macro, macro->pos, "'ImageUri' must be set.");
        return value_map(sam->arena, macro->pos);
    }
    struct value *tag = sam_get(metadata, "DockerTag");
    struct slice tag_text = tag != NULL ? value_scalar_text(tag) : SLICE("latest");
    struct slice name = sam_lower(sam, macro->id);
    return sam_map(
        sam, macro->pos, "ImageUri",
        value_text(sam->arena, macro->pos, "%.*s:%.*s", SLICE_ARG(name), SLICE_ARG(tag_text)),
        NULL);
}

static struct value *code(struct macro *macro, bool is_image)
{
    struct sam *sam = macro->sam;
    struct value *inline_code = macro_get(macro, "InlineCode");
    struct value *kms_key = macro_get(macro, "SourceKMSKeyArn");
    if (is_image) {
        return image_code(macro);
    }
    struct value *location = inline_code != NULL
                                 ? sam_map(sam, inline_code->pos, "ZipFile", inline_code, NULL)
                                 : sam_code_location(macro, "CodeUri", macro_get(macro, "CodeUri"));
    if (sam_is_truthy(kms_key)) {
        sam_put(sam, location, "SourceKMSKeyArn", kms_key);
    }
    return location;
}

static bool check_package(struct macro *macro)
{
    struct value *type = macro_get(macro, "PackageType");
    bool is_image = value_is(type, "Image");
    bool has_runtime = sam_is_truthy(macro_get(macro, "Runtime"));
    bool has_handler = sam_is_truthy(macro_get(macro, "Handler"));
    struct source_pos pos = macro_pos_of(macro, "PackageType");
    if (sam_is_truthy(type) && !is_image && !value_is(type, "Zip")) {
        macro_error(macro, pos, "invalid 'PackageType' : %.*s", SLICE_ARG(value_scalar_text(type)));
    } else if (is_image) {
        if (has_runtime || has_handler || sam_is_truthy(macro_get(macro, "Layers"))) {
            macro_error(macro, pos,
                        "Runtime, Handler, Layers cannot be present when PackageType is of type "
                        "`Image`");
        }
    } else {
        if (!has_runtime || !has_handler) {
            macro_error(
                macro, macro->pos,
                "Runtime and Handler needs to be present when PackageType is of type `Zip`");
        }
        if (sam_is_truthy(macro_get(macro, "ImageConfig"))) {
            macro_error(macro, macro_pos_of(macro, "ImageConfig"),
                        "ImageUri or ImageConfig cannot be present when PackageType is of type "
                        "`Zip`");
        }
    }
    return is_image;
}

static struct value *capacity_provider(struct macro *macro, struct value *config)
{
    struct sam *sam = macro->sam;
    struct value *inner = sam_map(sam, config->pos, "CapacityProviderArn", sam_get(config, "Arn"),
                                  "PerExecutionEnvironmentMaxConcurrency",
                                  sam_get(config, "PerExecutionEnvironmentMaxConcurrency"),
                                  "ExecutionEnvironmentMemoryGiBPerVCpu",
                                  sam_get(config, "ExecutionEnvironmentMemoryGiBPerVCpu"), NULL);
    if (sam_get(config, "Arn") == NULL) {
        macro_error(macro, config->pos, "Invalid CapacityProviderConfig: 'Arn' is required.");
    }
    return sam_map(sam, config->pos, "LambdaManagedInstancesCapacityProviderConfig", inner, NULL);
}

static void check_reserved_tags(struct macro *macro, const struct value *tags)
{
    static const char *const reserved[] = {"lambda:createdBy", "serverlessrepo:applicationId",
                                           "serverlessrepo:semanticVersion"};
    for (size_t i = 0; i < COUNT_OF(reserved); i++) {
        if (value_get(tags, reserved[i]) != NULL) {
            macro_error(macro, sam_pos_of(tags, reserved[i], macro->pos),
                        "%s is a reserved Tag key name and cannot be set on your resource. Please "
                        "change the tag key in the input.",
                        reserved[i]);
        }
    }
}

static struct value *lambda_function(struct macro *macro)
{
    static const char *const same[] = {"FunctionName",
                                       "Handler",
                                       "Runtime",
                                       "Description",
                                       "MemorySize",
                                       "Timeout",
                                       "VpcConfig",
                                       "Role",
                                       "Environment",
                                       "KmsKeyArn",
                                       "ReservedConcurrentExecutions",
                                       "Layers",
                                       "FileSystemConfigs",
                                       "ImageConfig",
                                       "PackageType",
                                       "Architectures",
                                       "SnapStart",
                                       "EphemeralStorage",
                                       "CodeSigningConfigArn",
                                       "RuntimeManagementConfig",
                                       "LoggingConfig",
                                       "TenancyConfig",
                                       "RecursiveLoop",
                                       "DurableConfig",
                                       "FunctionScalingConfig",
                                       "PublishToLatestPublished"};
    struct sam *sam = macro->sam;
    bool is_image = check_package(macro);
    struct value *function = macro_emit_main(macro, macro->id, "AWS::Lambda::Function");
    sam_put(sam, function, "Code", code(macro, is_image));
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        sam_copy(sam, function, macro->properties, same[i]);
    }
    struct value *tracing = macro_get(macro, "Tracing");
    if (sam_is_truthy(tracing) && !value_is(sam_resolve(sam, tracing), "Disabled")) {
        sam_put(sam, function, "TracingConfig", sam_map(sam, tracing->pos, "Mode", tracing, NULL));
    }
    struct value *dead_letter = macro_get(macro, "DeadLetterQueue");
    if (sam_is_truthy(dead_letter)) {
        sam_put(
            sam, function, "DeadLetterConfig",
            sam_map(sam, dead_letter->pos, "TargetArn", sam_get(dead_letter, "TargetArn"), NULL));
    }
    struct value *provider = macro_get(macro, "CapacityProviderConfig");
    if (sam_is_truthy(provider)) {
        sam_put(sam, function, "CapacityProviderConfig", capacity_provider(macro, provider));
    }
    struct value *tags = macro_get(macro, "Tags");
    check_reserved_tags(macro, tags);
    sam_put(sam, function, "Tags", sam_tags(sam, macro->pos, "lambda:createdBy", "SAM", tags));
    return function;
}

static void execution_role(struct macro *macro, struct value *condition)
{
    struct sam *sam = macro->sam;
    struct slice id = arena_printf(sam->arena, "%.*sRole", SLICE_ARG(macro->id));
    struct value *role =
        macro_emit_role(macro, id, macro->pos, "lambda.amazonaws.com", macro->inherited);
    sam_copy(sam, role, macro->properties, "AssumeRolePolicyDocument");
    sam_put(sam, role, "Path", macro_get(macro, "RolePath"));
    sam_copy(sam, role, macro->properties, "PermissionsBoundary");
    sam_put(sam, role, "Tags",
            sam_tags(sam, macro->pos, "lambda:createdBy", "SAM", macro_get(macro, "Tags")));
    if (condition != NULL) {
        sam_put(sam, macro_generated(macro, id), "Condition", condition);
    }
}

/* The generated role, also where Role is an Fn::If that says NoValue on one side. */
static void add_role(struct macro *macro, struct value *function)
{
    struct sam *sam = macro->sam;
    struct slice id = arena_printf(sam->arena, "%.*sRole", SLICE_ARG(macro->id));
    struct value *arn = value_getatt(sam->arena, macro->pos, id, "Arn");
    struct value *role = sam_get(function, "Role");
    struct slice name;
    if (role == NULL) {
        execution_role(macro, NULL);
        sam_put(sam, function, "Role", arn);
        return;
    }
    if (!value_is_intrinsic(role, &name, NULL) || !slice_is(name, "Fn::If")) {
        return;
    }
    struct value *items = sam_if_items(sam_resolve(sam, role));
    if (items == NULL) {
        macro_error(macro, role->pos, "Malformed 'Role' property: Fn::If requires 3 arguments.");
        return;
    }
    struct value *condition = value_at(items, 0);
    bool first_is_none = sam_is_no_value(value_at(items, 1));
    bool second_is_none = sam_is_no_value(value_at(items, 2));
    if (first_is_none && second_is_none) {
        execution_role(macro, NULL);
        sam_put(sam, function, "Role", arn);
    } else if (first_is_none) {
        execution_role(macro, condition);
        sam_put(sam, function, "Role", sam_if_else(sam, condition, arn, value_at(items, 2)));
    } else if (second_is_none) {
        struct slice negated =
            arena_printf(sam->arena, "NOT%.*s", SLICE_ARG(value_scalar_text(condition)));
        execution_role(macro, sam_string(sam, condition->pos, negated));
        sam_put(sam, function, "Role", sam_if_else(sam, condition, value_at(items, 1), arn));
        struct value *inner = sam_map(sam, condition->pos, "Condition", condition, NULL);
        value_set(sam->arena, sam_conditions(sam), negated,
                  sam_map(sam, condition->pos, "Fn::Not",
                          sam_list(sam, condition->pos, inner, NULL), NULL));
    }
}

void sam_function(struct macro *macro)
{
    struct sam *sam = macro->sam;
    refuse_together(macro, "CapacityProviderConfig", "ProvisionedConcurrencyConfig");
    refuse_together(macro, "CapacityProviderConfig", "VpcConfig");
    require_with(macro, "FunctionScalingConfig", "CapacityProviderConfig");
    require_with(macro, "VersionDeletionPolicy", "AutoPublishAlias");
    check_dead_letter_queue(macro);
    check_tenancy(macro);
    struct value *function = lambda_function(macro);
    struct target target = {.id = macro->id,
                            .arn = value_getatt(sam->arena, macro->pos, macro->id, "Arn"),
                            .name = value_ref(sam->arena, macro->pos, macro->id),
                            .inherited = macro->inherited,
                            .condition = sam_get(macro->attributes, "Condition")};
    struct target alias = {0};
    struct value *alias_name = macro_get(macro, "AutoPublishAlias");
    if (sam_is_truthy(alias_name)) {
        function_publish(macro, function, &alias);
    } else if (sam_is_truthy(macro_get(macro, "ProvisionedConcurrencyConfig"))) {
        macro_error(macro, macro_pos_of(macro, "ProvisionedConcurrencyConfig"),
                    "To set ProvisionedConcurrencyConfig AutoPublishALias must be defined on the "
                    "function");
    }
    function_url(macro, alias.id.ptr != NULL ? &alias : NULL);
    function_deployment_preference(macro, alias.id);
    if (sam_is_truthy(macro_get(macro, "EventInvokeConfig"))) {
        function_event_invoke_config(macro, alias.id,
                                     value_scalar_text(sam_resolve(sam, alias_name)));
    }
    add_role(macro, function);
    sam_function_events(macro, alias.id.ptr != NULL ? &alias : &target);
    if (sam_is_true(macro_get(macro, "PropagateTags"))) {
        macro_propagate_tags(macro);
    }
}
