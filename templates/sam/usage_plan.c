/* Auth.UsagePlan: an API key with its plan, for one API or shared by all that ask for it. */
#include "templates/sam/sam.h"

#include "core/mem.h"

#define SHARED_CONDITION "SharedUsagePlanCondition"

/* {"ApiStages": [...], "StageKeys": [...], "DependsOn": [...], "Attributes": {...}, "Conditions":
 * [...]} */
static struct value *shared_plan(struct sam *sam, struct source_pos pos)
{
    if (sam->shared_plan == NULL) {
        sam->shared_plan = sam_map(
            sam, pos, "ApiStages", value_list(sam->arena, pos), "StageKeys",
            value_list(sam->arena, pos), "DependsOn", value_list(sam->arena, pos), "Attributes",
            value_map(sam->arena, pos), "Conditions", value_list(sam->arena, pos), NULL);
    }
    return sam->shared_plan;
}

static void share_policy(struct sam *sam, struct value *attributes, const struct value *own,
                         const char *name)
{
    struct value *policy = sam_get(own, name);
    struct value *shared = sam_get(attributes, name);
    bool is_stronger =
        value_is(policy, "Retain") || (value_is(policy, "Snapshot") && value_is(shared, "Delete"));
    if (policy != NULL && (shared == NULL || is_stronger)) {
        sam_put(sam, attributes, name, policy);
    }
}

/* Exists when one of its APIs does. */
static void share_condition(struct macro *macro, struct value *plan)
{
    struct sam *sam = macro->sam;
    struct value *attributes = sam_get(plan, "Attributes");
    struct value *condition = sam_get(macro->inherited, "Condition");
    struct value *all = sam_get(plan, "Conditions");
    if (sam_get(plan, "IsUnconditional") != NULL) {
        return;
    }
    if (condition == NULL) {
        sam_put(sam, plan, "IsUnconditional", value_bool(sam->arena, macro->pos, true));
        value_remove(attributes, SLICE("Condition"));
        if (sam_get(sam->root, "Conditions") != NULL) {
            value_remove(sam_conditions(sam), SLICE(SHARED_CONDITION));
        }
        return;
    }
    for (size_t i = 0; i < sam_items(all); i++) {
        if (value_equal(value_at(all, i), condition)) {
            return;
        }
    }
    value_push(sam->arena, all, condition);
    struct value *alternatives = value_list(sam->arena, macro->pos);
    for (size_t i = 0; i < sam_items(all); i++) {
        value_push(sam->arena, alternatives,
                   sam_map(sam, macro->pos, "Condition", value_at(all, i), NULL));
    }
    sam_put(sam, sam_conditions(sam), SHARED_CONDITION,
            value_count(all) == 1 ? value_at(alternatives, 0)
                                  : sam_map(sam, macro->pos, "Fn::Or", alternatives, NULL));
    sam_put(sam, attributes, "Condition", sam_text(sam, macro->pos, SHARED_CONDITION));
}

struct plan {
    struct slice plan_id, key_id, plan_key_id;
    struct value *stages, *keys, *depends_on, *attributes;
};

static struct plan own_plan(struct macro *macro)
{
    struct sam *sam = macro->sam;
    return (struct plan){
        arena_printf(sam->arena, "%.*sUsagePlan", SLICE_ARG(macro->id)),
        arena_printf(sam->arena, "%.*sApiKey", SLICE_ARG(macro->id)),
        arena_printf(sam->arena, "%.*sUsagePlanKey", SLICE_ARG(macro->id)),
        value_list(sam->arena, macro->pos),
        value_list(sam->arena, macro->pos),
        value_list(sam->arena, macro->pos),
        macro->inherited,
    };
}

static struct plan joined_plan(struct macro *macro)
{
    struct value *shared = shared_plan(macro->sam, macro->pos);
    share_policy(macro->sam, sam_get(shared, "Attributes"), macro->inherited, "DeletionPolicy");
    share_policy(macro->sam, sam_get(shared, "Attributes"), macro->inherited,
                 "UpdateReplacePolicy");
    share_condition(macro, shared);
    return (struct plan){
        SLICE("ServerlessUsagePlan"),    SLICE("ServerlessApiKey"),
        SLICE("ServerlessUsagePlanKey"), sam_get(shared, "ApiStages"),
        sam_get(shared, "StageKeys"),    sam_get(shared, "DependsOn"),
        sam_get(shared, "Attributes"),
    };
}

static void emit_plan(struct macro *macro, const struct plan *plan, struct value *given,
                      struct slice stage_id)
{
    static const char *const same[] = {"UsagePlanName", "Description", "Quota", "Tags", "Throttle"};
    struct sam *sam = macro->sam;
    struct source_pos pos = macro->pos;
    struct value *api_ref = value_ref(sam->arena, pos, macro->id);
    struct value *stage_ref = value_ref(sam->arena, pos, stage_id);
    value_push(sam->arena, plan->depends_on, sam_string(sam, pos, macro->id));
    value_push(sam->arena, plan->stages,
               sam_map(sam, pos, "ApiId", api_ref, "Stage", stage_ref, NULL));
    value_push(sam->arena, plan->keys,
               sam_map(sam, pos, "RestApiId", api_ref, "StageName", stage_ref, NULL));
    struct value *properties =
        macro_emit(macro, plan->plan_id, "AWS::ApiGateway::UsagePlan", pos, plan->attributes);
    sam_put(sam, macro_generated(macro, plan->plan_id), "DependsOn", plan->depends_on);
    sam_put(sam, properties, "ApiStages", plan->stages);
    for (size_t i = 0; i < COUNT_OF(same); i++) {
        if (sam_is_truthy(sam_get(given, same[i]))) {
            sam_copy(sam, properties, given, same[i]);
        }
    }
    properties = macro_emit(macro, plan->key_id, "AWS::ApiGateway::ApiKey", pos, plan->attributes);
    macro_depend(macro, plan->key_id, plan->plan_id);
    sam_put(sam, properties, "Enabled", value_bool(sam->arena, pos, true));
    sam_put(sam, properties, "StageKeys", plan->keys);
    properties = macro_emit(macro, plan->plan_key_id, "AWS::ApiGateway::UsagePlanKey", pos,
                            plan->attributes);
    macro_depend(macro, plan->plan_key_id, plan->key_id);
    sam_put(sam, properties, "KeyId", value_ref(sam->arena, pos, plan->key_id));
    sam_put_text(sam, properties, "KeyType", "API_KEY");
    sam_put(sam, properties, "UsagePlanId", value_ref(sam->arena, pos, plan->plan_id));
}

void api_usage_plan(struct macro *macro, struct value *auth, struct slice stage_id)
{
    static const char *const keys[] = {"CreateUsagePlan", "Description",  "Quota", "Tags",
                                       "Throttle",        "UsagePlanName"};
    struct value *given = sam_get(auth, "UsagePlan");
    if (given == NULL) {
        return;
    }
    if (!sam_is_map(given)) {
        macro_error(macro, given->pos, "'UsagePlan' must be a dictionary");
        return;
    }
    for (size_t i = 0; i < sam_entries(given); i++) {
        size_t k = 0;
        while (k < COUNT_OF(keys) && !slice_is(given->as.map.entries[i].key, keys[k])) {
            k++;
        }
        if (k == COUNT_OF(keys)) {
            macro_error(macro, given->as.map.entries[i].key_pos,
                        "Invalid property for 'UsagePlan'");
        }
    }
    struct value *create = sam_get(given, "CreateUsagePlan");
    bool is_shared = value_is(create, "SHARED");
    if (create == NULL) {
        macro_error(macro, given->pos, "'CreateUsagePlan' is a required field for UsagePlan.");
    } else if (!is_shared && !value_is(create, "PER_API") && !value_is(create, "NONE")) {
        macro_error(macro, create->pos,
                    "'CreateUsagePlan' accepts one of ['SHARED', 'PER_API', 'NONE'].");
    } else if (!value_is(create, "NONE")) {
        struct plan plan = is_shared ? joined_plan(macro) : own_plan(macro);
        emit_plan(macro, &plan, given, stage_id);
    }
}
