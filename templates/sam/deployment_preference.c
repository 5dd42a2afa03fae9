/* DeploymentPreference: CodeDeploy shifts an alias's traffic. Nothing of it runs locally; the
 * resources keep their ids so that templates may refer to them. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#define APPLICATION "ServerlessDeploymentApplication"
#define SERVICE_ROLE "CodeDeployServiceRole"

/* A two-level mapping with literal keys, else the value itself. */
static struct value *resolve_mapping(struct sam *sam, struct value *value)
{
    struct slice name;
    struct value *keys;
    value = sam_resolve(sam, value);
    if (!value_is_intrinsic(value, &name, &keys) || !slice_is(name, "Fn::FindInMap") ||
        value_count(keys) != 3) {
        return value;
    }
    const struct value *at = sam_get(sam->root, "Mappings");
    for (size_t i = 0; i < 3; i++) {
        const struct value *key = value_at(keys, i);
        at = value_is_scalar(key) ? value_find(at, value_scalar_text(key)) : NULL;
    }
    return at != NULL ? value_clone(sam->arena, at) : value;
}

void function_deployment_preference(struct macro *macro, struct slice alias_id)
{
    struct sam *sam = macro->sam;
    struct value *preference = macro_get(macro, "DeploymentPreference");
    struct source_pos pos = macro_pos_of(macro, "DeploymentPreference");
    if (!sam_is_truthy(preference) || sam_is_intrinsic(preference)) {
        return;
    }
    struct value *enabled = resolve_mapping(sam, sam_get(preference, "Enabled"));
    if (enabled != NULL &&
        (!sam_is_truthy(enabled) || value_is(enabled, "false") || value_is(enabled, "False"))) {
        return;
    }
    if (sam_get(preference, "Type") == NULL) {
        macro_error(macro, pos, "'DeploymentPreference' is missing required Property 'Type'");
    }
    if (alias_id.ptr == NULL) {
        macro_error(macro, pos,
                    "'DeploymentPreference' requires AutoPublishAlias property to be specified.");
        return;
    }
    struct value *hooks = sam_get(preference, "Hooks");
    if (hooks != NULL && !sam_is_map(hooks)) {
        macro_error(macro, hooks->pos,
                    "'Hooks' property of 'DeploymentPreference' must be a dictionary");
    }
    struct slice group_id = arena_printf(sam->arena, "%.*sDeploymentGroup", SLICE_ARG(macro->id));
    struct value *update = sam_map(
        sam, pos, "ApplicationName", value_ref(sam->arena, pos, SLICE(APPLICATION)),
        "DeploymentGroupName", value_ref(sam->arena, pos, group_id), "BeforeAllowTrafficHook",
        sam_get(hooks, "PreTraffic"), "AfterAllowTrafficHook", sam_get(hooks, "PostTraffic"), NULL);
    sam_put(sam, macro_generated(macro, alias_id), "UpdatePolicy",
            sam_map(sam, pos, "CodeDeployLambdaAliasUpdate", update, NULL));
    struct value *kept = value_clone(sam->arena, preference);
    if (sam_is_truthy(resolve_mapping(sam, sam_get(preference, "PassthroughCondition")))) {
        sam_put(sam, kept, "Condition", sam_get(macro->attributes, "Condition"));
    }
    sam_put(sam, kept, "Type", resolve_mapping(sam, sam_get(preference, "Type")));
    value_set_at(sam->arena, sam->preferences, macro->id, pos, kept);
}

static struct value *alarm_configuration(struct sam *sam, struct value *alarms)
{
    if (!sam_is_list(alarms) || value_count(alarms) == 0 || sam_is_no_value(value_at(alarms, 0))) {
        return value_map(sam->arena, alarms->pos);
    }
    struct value *list = value_list(sam->arena, alarms->pos);
    for (size_t i = 0; i < sam_items(alarms); i++) {
        value_push(sam->arena, list, sam_map(sam, alarms->pos, "Name", value_at(alarms, i), NULL));
    }
    return sam_map(sam, alarms->pos, "Enabled", value_bool(sam->arena, alarms->pos, true), "Alarms",
                   list, NULL);
}

static struct value *alarms_of(struct sam *sam, struct value *alarms)
{
    struct value *items = sam_if_items(alarms);
    if (!sam_is_truthy(alarms) || sam_is_no_value(alarms)) {
        return NULL;
    }
    if (items != NULL) {
        return sam_if_else(sam, value_at(items, 0), alarm_configuration(sam, value_at(items, 1)),
                           alarm_configuration(sam, value_at(items, 2)));
    }
    return alarm_configuration(sam, alarms);
}

static struct value *configuration_name(struct sam *sam, struct value *type)
{
    static const char *const predefined[] = {"Canary10Percent5Minutes",
                                             "Canary10Percent10Minutes",
                                             "Canary10Percent15Minutes",
                                             "Canary10Percent30Minutes",
                                             "Linear10PercentEvery1Minute",
                                             "Linear10PercentEvery2Minutes",
                                             "Linear10PercentEvery3Minutes",
                                             "Linear10PercentEvery10Minutes",
                                             "AllAtOnce"};
    for (size_t i = 0; i < COUNT_OF(predefined); i++) {
        if (value_is(type, predefined[i])) {
            return sam_sub(sam, type->pos, "CodeDeployDefault.Lambda${ConfigName}",
                           sam_map(sam, type->pos, "ConfigName", type, NULL));
        }
    }
    return type;
}

static struct value *deployment_group(struct sam *sam, struct source_pos pos,
                                      const struct value *preference)
{
    struct value *events = sam_list(sam, pos, sam_text(sam, pos, "DEPLOYMENT_FAILURE"),
                                    sam_text(sam, pos, "DEPLOYMENT_STOP_ON_ALARM"),
                                    sam_text(sam, pos, "DEPLOYMENT_STOP_ON_REQUEST"), NULL);
    struct value *role = sam_get(preference, "Role");
    role = role != NULL ? role : value_getatt(sam->arena, pos, SLICE(SERVICE_ROLE), "Arn");
    struct value *properties = sam_map(
        sam, pos, "AlarmConfiguration", alarms_of(sam, sam_get(preference, "Alarms")),
        "ApplicationName", value_ref(sam->arena, pos, SLICE(APPLICATION)),
        "AutoRollbackConfiguration",
        sam_map(sam, pos, "Enabled", value_bool(sam->arena, pos, true), "Events", events, NULL),
        "DeploymentConfigName", configuration_name(sam, sam_get(preference, "Type")),
        "DeploymentStyle",
        sam_map(sam, pos, "DeploymentType", sam_text(sam, pos, "BLUE_GREEN"), "DeploymentOption",
                sam_text(sam, pos, "WITH_TRAFFIC_CONTROL"), NULL),
        "ServiceRoleArn", role, "TriggerConfigurations",
        sam_get(preference, "TriggerConfigurations"), NULL);
    return sam_map(sam, pos, "Type", sam_text(sam, pos, "AWS::CodeDeploy::DeploymentGroup"),
                   "Condition", sam_get(preference, "Condition"), "Properties", properties, NULL);
}

/* The condition under which application and role are needed; NULL: always. */
static struct value *common_condition(struct sam *sam)
{
    struct value *all = value_list(sam->arena, sam->root->pos);
    for (size_t i = 0; i < sam_entries(sam->preferences); i++) {
        struct value *condition = sam_get(sam->preferences->as.map.entries[i].value, "Condition");
        bool is_known = false;
        if (condition == NULL) {
            return NULL;
        }
        for (size_t k = 0; k < sam_items(all); k++) {
            is_known = is_known || value_equal(value_at(all, k), condition);
        }
        if (!is_known) {
            value_push(sam->arena, all, condition);
        }
    }
    if (value_count(all) == 1) {
        return value_at(all, 0);
    }
    struct slice name = SLICE("ServerlessCodeDeployCondition");
    sam_add_combined_condition(sam, name, all);
    return sam_string(sam, sam->root->pos, name);
}

void sam_finish_deployment_preferences(struct sam *sam)
{
    size_t count = value_count(sam->preferences);
    bool needs_role = false;
    if (count == 0) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct value_entry *entry = &sam->preferences->as.map.entries[i];
        needs_role = needs_role || sam_get(entry->value, "Role") == NULL;
        value_set_at(sam->arena, sam->out,
                     arena_printf(sam->arena, "%.*sDeploymentGroup", SLICE_ARG(entry->key)),
                     entry->key_pos, deployment_group(sam, entry->key_pos, entry->value));
    }
    struct source_pos pos = sam->preferences->as.map.entries[0].key_pos;
    struct value *condition = common_condition(sam);
    struct value *platform =
        sam_map(sam, pos, "ComputePlatform", sam_text(sam, pos, "Lambda"), NULL);
    value_set_at(sam->arena, sam->out, SLICE(APPLICATION), pos,
                 sam_map(sam, pos, "Type", sam_text(sam, pos, "AWS::CodeDeploy::Application"),
                         "Condition", condition, "Properties", platform, NULL));
    if (needs_role) {
        value_set_at(sam->arena, sam->out, SLICE(SERVICE_ROLE), pos,
                     sam_map(sam, pos, "Type", sam_text(sam, pos, "AWS::IAM::Role"), "Condition",
                             condition, "Properties", value_map(sam->arena, pos), NULL));
    }
}
