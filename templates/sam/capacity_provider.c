/* AWS::Serverless::CapacityProvider: the machines of Lambda Managed Instances. Not run locally. */
#include "templates/sam/sam.h"

static const struct property_rule capacity_provider_rules[] = {
    {"CapacityProviderName", PROPERTY_STRING_OR_MAP, PROPERTY_LITERAL},
    {"VpcConfig", PROPERTY_MAP, PROPERTY_REQUIRED | PROPERTY_LITERAL},
    {"OperatorRole", PROPERTY_STRING_OR_MAP, PROPERTY_LITERAL},
    {"Tags", PROPERTY_MAP, PROPERTY_LITERAL},
    {"PropagateTags", PROPERTY_BOOL, PROPERTY_LITERAL},
    {"InstanceRequirements", PROPERTY_MAP, PROPERTY_LITERAL},
    {"ScalingConfig", PROPERTY_MAP, PROPERTY_LITERAL},
    {"KmsKeyArn", PROPERTY_STRING_OR_MAP, PROPERTY_LITERAL},
};
const struct property_rules capacity_provider_properties = PROPERTY_RULES(capacity_provider_rules);

static struct value *scaling_config(struct sam *sam, const struct value *given)
{
    struct source_pos pos = given->pos;
    struct value *target = sam_get(given, "AverageCPUUtilization");
    struct value *policies = NULL;
    if (target != NULL) {
        struct value *policy =
            sam_map(sam, pos, "PredefinedMetricType",
                    sam_text(sam, pos, "LambdaCapacityProviderAverageCPUUtilization"),
                    "TargetValue", target, NULL);
        policies = sam_list(sam, pos, policy, NULL);
    }
    return sam_map(sam, pos, "MaxVCpuCount", sam_get(given, "MaxVCpuCount"), "ScalingMode",
                   sam_text(sam, pos, target != NULL ? "Manual" : "Auto"), "ScalingPolicies",
                   policies, NULL);
}

void sam_capacity_provider(struct macro *macro)
{
    struct sam *sam = macro->sam;
    struct source_pos pos = macro->pos;
    struct value *role = macro_get(macro, "OperatorRole");
    struct value *vpc = macro_get(macro, "VpcConfig");
    struct value *requirements = macro_get(macro, "InstanceRequirements");
    struct value *scaling = macro_get(macro, "ScalingConfig");
    struct value *allowed = sam_get(requirements, "AllowedTypes");
    struct value *excluded = sam_get(requirements, "ExcludedTypes");
    if (sam_get(vpc, "SubnetIds") == NULL) {
        macro_error(macro, macro_pos_of(macro, "VpcConfig"),
                    "Property 'VpcConfig.SubnetIds' is required.");
    }
    if (allowed != NULL && excluded != NULL) {
        macro_error(macro, excluded->pos,
                    "Cannot specify 'InstanceRequirements.AllowedTypes' and "
                    "'InstanceRequirements.ExcludedTypes' together.");
    }
    struct value *tags = value_clone(sam->arena, macro_get(macro, "Tags"));
    tags = tags != NULL ? tags : value_map(sam->arena, pos);
    sam_put_text(sam, tags, "lambda:createdBy", "SAM");
    if (!sam_is_truthy(role)) {
        struct slice role_id = arena_printf(sam->arena, "%.*sOperatorRole", SLICE_ARG(macro->id));
        macro_emit_role(macro, role_id, pos, "lambda.amazonaws.com", macro->inherited);
        role = value_getatt(sam->arena, pos, role_id, "Arn");
    }
    struct value *provider = macro_emit_main(macro, macro->id, "AWS::Lambda::CapacityProvider");
    sam_copy(sam, provider, macro->properties, "CapacityProviderName");
    sam_put(sam, provider, "VpcConfig",
            sam_map(sam, pos, "SubnetIds", sam_get(vpc, "SubnetIds"), "SecurityGroupIds",
                    sam_get(vpc, "SecurityGroupIds"), NULL));
    sam_put(sam, provider, "PermissionsConfig",
            sam_map(sam, pos, "CapacityProviderOperatorRoleArn", role, NULL));
    sam_put(sam, provider, "Tags", sam_tags(sam, pos, NULL, NULL, tags));
    if (sam_is_truthy(requirements)) {
        sam_put(sam, provider, "InstanceRequirements",
                sam_map(sam, pos, "Architectures", sam_get(requirements, "Architectures"),
                        "AllowedInstanceTypes", allowed, "ExcludedInstanceTypes", excluded, NULL));
    }
    if (sam_is_truthy(scaling)) {
        sam_put(sam, provider, "CapacityProviderScalingConfig", scaling_config(sam, scaling));
    }
    sam_copy(sam, provider, macro->properties, "KmsKeyArn");
}
