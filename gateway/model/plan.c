/* API keys and usage plans: which key is in which plan, for which stages. */
#include "gateway/model/building.h"

#include "core/id.h"
#include "core/mem.h"

#define KEY_LEN 40 /* of a value nobody wrote down */
#define KEY_LEN_MIN 20
#define KEY_LEN_MAX 128

static size_t count_of(const struct building *b, const char *type)
{
    size_t count = 0;
    for (size_t i = 0; i < b->count; i++) {
        count += slice_is(b->resources[i].type, type);
    }
    return count;
}

/* --- keys --- */

static void check_value(struct building *b, const struct resource *resource, struct slice value)
{
    if (value.len < KEY_LEN_MIN) {
        building_fail(b, resource->position, "API Key value should be at least %d characters",
                      KEY_LEN_MIN);
    } else if (value.len > KEY_LEN_MAX) {
        building_fail(b, resource->position, "API Key value exceeds maximum size of %d characters",
                      KEY_LEN_MAX);
    }
}

/* The same from run to run. */
static struct slice generated_value(struct building *b, const struct resource *resource)
{
    char value[KEY_LEN + 1];
    id_derived(value, KEY_LEN,
               arena_printf(b->arena, "API key %.*s", SLICE_ARG(resource->physical_id)));
    return arena_copy(b->arena, slice_from(value));
}

static struct api_key_spec read_key(struct building *b, const struct resource *resource)
{
    struct slice properties = resource->properties;
    struct slice name = model_text(b, properties, "Name");
    struct slice value = model_text(b, properties, "Value");
    /* What cannot be known here, a secret of an account, is made up as what is not written. */
    bool is_generated = value.len == 0 || (resource->has_unknown && value.len < KEY_LEN_MIN);
    struct api_key_spec key = {
        .id = resource->physical_id,
        .name = name.len > 0 ? name : resource->logical_id,
        .value = is_generated ? generated_value(b, resource) : value,
        .is_enabled = model_bool(b, properties, "Enabled"),
        .is_generated = is_generated,
    };
    check_value(b, resource, key.value);
    if (!key.is_enabled) {
        building_warn(b, resource->position,
                      "API key '%.*s' is not enabled: AWS refuses requests with it",
                      SLICE_ARG(key.name));
    }
    return key;
}

static void read_keys(struct building *b, struct usage_spec *usage)
{
    static const char type[] = "AWS::ApiGateway::ApiKey";
    struct api_key_spec *keys = arena_array(b->arena, count_of(b, type), sizeof *keys);
    for (size_t i = 0; i < b->count; i++) {
        if (!slice_is(b->resources[i].type, type)) {
            continue;
        }
        struct api_key_spec key = read_key(b, &b->resources[i]);
        for (size_t k = 0; k < usage->key_count; k++) {
            if (slice_eq(keys[k].value, key.value)) {
                building_fail(b, b->resources[i].position, "API Key already exists");
            }
        }
        keys[usage->key_count++] = key;
    }
    usage->keys = keys;
}

/* --- plans --- */

/* "/pets/{id}/GET", "pets/GET", and stars for either part. */
static struct route_settings_spec read_method_throttle(struct building *b, struct slice key,
                                                       struct slice json)
{
    size_t slash = slice_rfind(key, '/');
    struct slice path = slash == SLICE_NPOS || slash == 0 ? SLICE("/") : slice_take(key, slash);
    struct route_settings_spec settings = {
        .method = slash == SLICE_NPOS ? key : slice_skip(key, slash + 1),
        .path = model_path(b, path),
        .throttle = model_throttle(b, json, "RateLimit", "BurstLimit"),
        .cache_ttl_s = -1,
    };
    return settings;
}

static void read_method_throttles(struct building *b, struct plan_stage_spec *stage,
                                  struct slice map)
{
    struct slice raw_key, key, json;
    size_t count = 0;
    for (struct json_scan scan = json_scan_object(map); json_scan_member(&scan, &raw_key, &json);) {
        count++;
    }
    struct route_settings_spec *throttles = arena_array(b->arena, count, sizeof *throttles);
    for (struct json_scan scan = json_scan_object(map); json_scan_member(&scan, &raw_key, &json);) {
        if (json_raw_key(b->arena, raw_key, &key)) {
            throttles[stage->throttle_count++] = read_method_throttle(b, key, json);
        }
    }
    stage->throttles = throttles;
}

/* APIs of other stacks may have any stage. */
static bool has_stage(const struct model *model, const struct plan_stage_spec *stage)
{
    for (size_t i = 0; i < model->api_count; i++) {
        const struct api_spec *api = &model->apis[i];
        if (!slice_eq(api->id, stage->api_id)) {
            continue;
        }
        for (size_t s = 0; s < api->stage_count; s++) {
            if (slice_eq(api->stages[s].name, stage->stage)) {
                return true;
            }
        }
        return false;
    }
    return true;
}

static void read_plan_stages(struct building *b, const struct model *model,
                             const struct resource *resource, struct usage_plan_spec *plan)
{
    struct slice list = json_raw_member(resource->properties, "ApiStages");
    struct plan_stage_spec *stages = arena_array(b->arena, json_raw_count(list), sizeof *stages);
    struct json_scan scan = json_scan_array(list);
    for (struct slice json; json_scan_element(&scan, &json);) {
        struct plan_stage_spec *stage = &stages[plan->stage_count++];
        *stage = (struct plan_stage_spec){.api_id = model_text(b, json, "ApiId"),
                                          .stage = model_text(b, json, "Stage")};
        read_method_throttles(b, stage, json_raw_member(json, "Throttle"));
        if (!has_stage(model, stage) && !resource->has_unknown) {
            building_fail(b, resource->position, "API Stage not found: %.*s:%.*s",
                          SLICE_ARG(stage->api_id), SLICE_ARG(stage->stage));
        }
    }
    plan->stages = stages;
}

static void read_quota(struct building *b, const struct resource *resource,
                       struct usage_plan_spec *plan)
{
    struct slice json = json_raw_member(resource->properties, "Quota");
    struct fault fault;
    if (json.ptr == NULL || json_raw_kind(json) != JSON_OBJECT) {
        return;
    }
    plan->has_quota = true;
    plan->quota.limit = model_i64(b, json, "Limit", 0);
    plan->quota.offset = model_i64(b, json, "Offset", 0);
    if (quota_period_read(model_text(b, json, "Period"), &plan->quota.period, &fault) !=
            STATUS_OK ||
        quota_check(&plan->quota, &fault) != STATUS_OK) {
        building_fail(b, resource->position, "%s", fault.text);
    }
}

static bool has_key(const struct usage_spec *usage, struct slice id)
{
    for (size_t i = 0; i < usage->key_count; i++) {
        if (slice_eq(usage->keys[i].id, id)) {
            return true;
        }
    }
    return false;
}

static void read_plan_keys(struct building *b, const struct usage_spec *usage,
                           struct usage_plan_spec *plan)
{
    struct parts parts =
        building_parts(b, "AWS::ApiGateway::UsagePlanKey", "UsagePlanId", plan->id);
    struct slice *ids = arena_array(b->arena, parts.count, sizeof *ids);
    for (size_t i = 0; i < parts.count; i++) {
        struct slice id = model_text(b, parts.items[i]->properties, "KeyId");
        if (has_key(usage, id)) {
            ids[plan->key_ids.count++] = id;
        } else {
            building_warn(b, parts.items[i]->position, "API key '%.*s' is not in this template",
                          SLICE_ARG(id));
        }
    }
    plan->key_ids.items = ids;
}

static bool is_in_both(const struct texts *some, const struct texts *others)
{
    for (size_t i = 0; i < some->count; i++) {
        for (size_t k = 0; k < others->count; k++) {
            if (slice_eq(some->items[i], others->items[k])) {
                return true;
            }
        }
    }
    return false;
}

/* A key has one plan for each stage. */
static void check_overlap(struct building *b, const struct resource *resource,
                          const struct usage_plan_spec *plan, const struct usage_plan_spec *other)
{
    if (!is_in_both(&plan->key_ids, &other->key_ids)) {
        return;
    }
    for (size_t i = 0; i < plan->stage_count; i++) {
        for (size_t k = 0; k < other->stage_count; k++) {
            if (slice_eq(plan->stages[i].api_id, other->stages[k].api_id) &&
                slice_eq(plan->stages[i].stage, other->stages[k].stage)) {
                building_fail(
                    b, resource->position,
                    "usage plans %.*s and %.*s have an API key and the stage %.*s in common",
                    SLICE_ARG(other->name), SLICE_ARG(plan->name),
                    SLICE_ARG(plan->stages[i].stage));
            }
        }
    }
}

static void read_plan(struct building *b, const struct model *model,
                      const struct resource *resource, struct usage_plan_spec *plan)
{
    struct slice name = model_text(b, resource->properties, "UsagePlanName");
    *plan = (struct usage_plan_spec){
        .id = resource->physical_id,
        .name = name.len > 0 ? name : resource->logical_id,
        .throttle = model_throttle(b, json_raw_member(resource->properties, "Throttle"),
                                   "RateLimit", "BurstLimit"),
    };
    read_plan_stages(b, model, resource, plan);
    read_quota(b, resource, plan);
    read_plan_keys(b, &model->usage, plan);
}

static void read_plans(struct building *b, struct model *model)
{
    static const char type[] = "AWS::ApiGateway::UsagePlan";
    struct usage_spec *usage = &model->usage;
    struct usage_plan_spec *plans = arena_array(b->arena, count_of(b, type), sizeof *plans);
    for (size_t i = 0; i < b->count; i++) {
        if (!slice_is(b->resources[i].type, type)) {
            continue;
        }
        struct usage_plan_spec *plan = &plans[usage->plan_count];
        read_plan(b, model, &b->resources[i], plan);
        for (size_t k = 0; k < usage->plan_count; k++) {
            check_overlap(b, &b->resources[i], plan, &plans[k]);
        }
        usage->plan_count++;
    }
    usage->plans = plans;
}

void model_usage(struct building *b, struct model *model)
{
    read_keys(b, &model->usage);
    read_plans(b, model);
}
