/* What is made, changed and taken away of API keys and usage plans. */
#include "core/id.h"
#include "gateway/control/operations.h"
#include "gateway/control/patch.h"
#include "gateway/throttle/quota.h"

#define VALUE_LEN 40
#define VALUE_LEN_MIN 20
#define VALUE_LEN_MAX 128

/* --- keys --- */

static bool check_value(struct request *r, struct slice value)
{
    size_t at = 0;
    if (value.len < VALUE_LEN_MIN) {
        return objection_bad(&r->objection, "API Key value should be at least %d characters",
                             VALUE_LEN_MIN);
    }
    if (value.len > VALUE_LEN_MAX) {
        return objection_bad(&r->objection, "API Key value exceeds maximum size of %d characters",
                             VALUE_LEN_MAX);
    }
    for (const struct entry *key;
         (key = registry_next(r->registry, KIND_API_KEY, SLICE_NULL, &at)) != NULL;) {
        if (slice_eq(render_key_value(r, key), value)) {
            return objection_conflict(&r->objection, "API Key already exists");
        }
    }
    return true;
}

static struct slice new_value(struct request *r)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    char *value = arena_alloc(r->arena, VALUE_LEN + 1);
    uint8_t bytes[VALUE_LEN];
    id_random(bytes, sizeof bytes);
    for (size_t i = 0; i < VALUE_LEN; i++) {
        value[i] = digits[bytes[i] % (sizeof digits - 1)];
    }
    return slice_of(value, VALUE_LEN);
}

static void answer_key(struct request *r, const struct entry *key, bool has_value)
{
    json_open(&r->w, '{');
    render_members(r, key);
    if (has_value) {
        json_put_string(&r->w, "value", entry_text(r->arena, key, "Value"));
    }
    json_close(&r->w, '}');
}

enum outcome op_create_key(struct request *r)
{
    struct entry key = {.kind = &kinds[KIND_API_KEY]};
    if (json_raw_count(json_raw_member(r->body, "stageKeys")) > 0) {
        (void)objection_bad(&r->objection,
                            "stageKeys are not supported: use a usage plan for the stage");
        return OUTCOME_REFUSED;
    }
    if (!request_read(r, key.kind, SLICE_NULL, &key.properties)) {
        return OUTCOME_REFUSED;
    }
    struct slice value = json_text_member(r->arena, key.properties, "Value");
    if (value.ptr != NULL && value.len > 0 && !check_value(r, value)) {
        return OUTCOME_REFUSED;
    }
    if (value.len == 0) {
        key.properties = edit_text(r->arena, key.properties, "Value", new_value(r));
    }
    key.id = request_new_id(r, KIND_API_KEY);
    answer_key(r, change_put(r, &key), true);
    return request_commit(r, EFFECT_USAGE);
}

enum outcome op_update_key(struct request *r)
{
    const struct entry *old = request_entry(r);
    if (old == NULL) {
        return OUTCOME_REFUSED;
    }
    struct entry key = *old;
    if (!patch_all(r->arena, key.kind, key.kind->attributes, r->body, NULL, &key.properties,
                   &r->objection)) {
        return OUTCOME_REFUSED;
    }
    if (json_raw_member(key.properties, "Value").ptr == NULL) { /* made up for a template's key */
        key.properties = edit_text(r->arena, key.properties, "Value", render_key_value(r, old));
    }
    answer_key(r, change_put(r, &key), false);
    return request_commit(r, EFFECT_USAGE);
}

enum outcome op_delete_key(struct request *r)
{
    struct entry *key = request_entry(r);
    size_t at = 0;
    if (key == NULL) {
        return OUTCOME_REFUSED;
    }
    for (struct entry *plan_key;
         (plan_key = registry_next(r->registry, KIND_USAGE_PLAN_KEY, SLICE_NULL, &at)) != NULL;) {
        if (slice_eq(plan_key->id, key->id)) {
            change_delete(r, plan_key);
            at = 0;
        }
    }
    change_delete(r, key);
    return request_commit(r, EFFECT_USAGE);
}

/* --- plans --- */

static bool check_stages(struct request *r, struct slice properties)
{
    struct json_scan scan = json_scan_array(json_raw_member(properties, "ApiStages"));
    for (struct slice json; json_scan_element(&scan, &json);) {
        struct slice api = json_text_member(r->arena, json, "ApiId");
        struct slice stage = json_text_member(r->arena, json, "Stage");
        if (registry_find(r->registry, KIND_STAGE, api, stage) == NULL &&
            registry_find(r->registry, KIND_V2_STAGE, api, stage) == NULL) {
            return objection_missing(&r->objection, "API Stage not found: %.*s:%.*s",
                                     SLICE_ARG(api), SLICE_ARG(stage));
        }
    }
    return true;
}

static bool check_quota(struct request *r, struct slice properties)
{
    struct slice json = json_raw_member(properties, "Quota");
    struct quota_settings settings = {.limit = json_i64_member(json, "Limit", 0),
                                      .offset = json_i64_member(json, "Offset", 0)};
    struct fault fault;
    if (json.ptr == NULL) {
        return true;
    }
    if (quota_period_read(json_text_member(r->arena, json, "Period"), &settings.period, &fault) !=
            STATUS_OK ||
        quota_check(&settings, &fault) != STATUS_OK) {
        return objection_bad(&r->objection, "%s", fault.text);
    }
    return true;
}

static bool has_stage(struct request *r, struct slice properties, struct slice api,
                      struct slice stage)
{
    struct json_scan scan = json_scan_array(json_raw_member(properties, "ApiStages"));
    for (struct slice json; json_scan_element(&scan, &json);) {
        if (slice_eq(json_text_member(r->arena, json, "ApiId"), api) &&
            slice_eq(json_text_member(r->arena, json, "Stage"), stage)) {
            return true;
        }
    }
    return false;
}

/* A key has one plan for each stage. */
static bool check_keys(struct request *r, struct slice plan_id, struct slice key_id,
                       struct slice properties)
{
    size_t at = 0;
    for (const struct entry *other;
         (other = registry_next(r->registry, KIND_USAGE_PLAN_KEY, SLICE_NULL, &at)) != NULL;) {
        const struct entry *plan =
            registry_find(r->registry, KIND_USAGE_PLAN, SLICE_NULL, other->owner);
        if (!slice_eq(other->id, key_id) || slice_eq(other->owner, plan_id) || plan == NULL) {
            continue;
        }
        struct json_scan scan = json_scan_array(json_raw_member(plan->properties, "ApiStages"));
        for (struct slice json; json_scan_element(&scan, &json);) {
            struct slice api = json_text_member(r->arena, json, "ApiId");
            struct slice stage = json_text_member(r->arena, json, "Stage");
            if (has_stage(r, properties, api, stage)) {
                return objection_conflict(&r->objection,
                                          "Usage Plan cannot be added because API Key cannot "
                                          "reference multiple Usage Plans with the same API stage: "
                                          "%.*s:%.*s",
                                          SLICE_ARG(api), SLICE_ARG(stage));
            }
        }
    }
    return true;
}

static bool check_plan(struct request *r, struct slice id, struct slice properties)
{
    size_t at = 0;
    if (json_text_member(r->arena, properties, "UsagePlanName").len == 0) {
        return objection_bad(&r->objection, "Usage Plan name must be non-empty");
    }
    if (!check_stages(r, properties) || !check_quota(r, properties)) {
        return false;
    }
    for (const struct entry *key;
         (key = registry_next(r->registry, KIND_USAGE_PLAN_KEY, id, &at)) != NULL;) {
        if (!check_keys(r, id, key->id, properties)) {
            return false;
        }
    }
    return true;
}

enum outcome op_create_plan(struct request *r)
{
    struct entry plan = {.kind = &kinds[KIND_USAGE_PLAN]};
    if (!request_read(r, plan.kind, SLICE_NULL, &plan.properties)) {
        return OUTCOME_REFUSED;
    }
    plan.id = request_new_id(r, KIND_USAGE_PLAN);
    if (!check_plan(r, plan.id, plan.properties)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, change_put(r, &plan));
    return request_commit(r, EFFECT_USAGE);
}

/* "a1b2c3d4e5:prod" */
static bool split_stage(struct slice text, struct slice *ret_api, struct slice *ret_stage)
{
    size_t colon = slice_find(text, ':');
    *ret_api = slice_take(text, colon);
    *ret_stage = colon != SLICE_NPOS ? slice_skip(text, colon + 1) : SLICE("");
    return colon != SLICE_NPOS && ret_stage->len > 0;
}

/* The stages with one more, one less, or one of them changed. */
static struct slice edit_stages(const struct patch *patch, struct slice list, struct slice api,
                                struct slice stage, struct slice changed)
{
    AUTO_BUF out = BUF_INIT(CONTROL_JSON_MAX);
    struct json_writer w = json_writer_init(&out);
    json_open(&w, '[');
    struct json_scan scan = json_scan_array(list);
    for (struct slice json; json_scan_element(&scan, &json);) {
        if (!slice_eq(json_text_member(patch->arena, json, "ApiId"), api) ||
            !slice_eq(json_text_member(patch->arena, json, "Stage"), stage)) {
            json_write_raw(&w, json);
        }
    }
    if (changed.ptr != NULL) {
        json_write_raw(&w, changed);
    }
    json_close(&w, ']');
    return arena_copy(patch->arena, buf_slice(&out));
}

static struct slice find_stage(const struct patch *patch, struct slice list, struct slice api,
                               struct slice stage)
{
    struct json_scan scan = json_scan_array(list);
    for (struct slice json; json_scan_element(&scan, &json);) {
        if (slice_eq(json_text_member(patch->arena, json, "ApiId"), api) &&
            slice_eq(json_text_member(patch->arena, json, "Stage"), stage)) {
            return json;
        }
    }
    return SLICE_NULL;
}

/* "/apiStages/a1b2c3:prod/throttle/~1pets/GET/rateLimit" */
static bool patch_throttle(const struct patch *patch, struct slice rest, struct slice *stage_json)
{
    struct slice word, path, method, limit;
    struct slice map = json_raw_member(*stage_json, "Throttle");
    if (!patch_segment(patch->arena, &rest, &word) || !slice_is(word, "throttle")) {
        return patch_refuse_path(patch);
    }
    if (rest.len == 0 && patch_is(patch, "remove")) {
        *stage_json = edit_member(patch->arena, *stage_json, SLICE("Throttle"), SLICE_NULL);
        return true;
    }
    if (!patch_segment(patch->arena, &rest, &path) ||
        !patch_segment(patch->arena, &rest, &method)) {
        return patch_refuse_path(patch);
    }
    struct slice key =
        arena_printf(patch->arena, "%s%.*s/%.*s", slice_starts_with(path, SLICE("/")) ? "" : "/",
                     SLICE_ARG(path), SLICE_ARG(method));
    struct slice old = json_raw_member(map, arena_cstr(patch->arena, key));
    if (patch_segment(patch->arena, &rest, &limit)) {
        struct patch inner = *patch;
        inner.attributes = &throttle_attributes;
        inner.path = arena_printf(patch->arena, "/%.*s", SLICE_ARG(limit));
        inner.op = SLICE("replace");
        if (!patch_one(&inner, &old)) {
            return false;
        }
    } else if (patch_is(patch, "remove")) {
        old = SLICE_NULL;
    } else {
        return patch_refuse_path(patch);
    }
    *stage_json = edit_member(patch->arena, *stage_json, SLICE("Throttle"),
                              edit_member(patch->arena, map, key, old));
    return true;
}

static bool patch_stages(const struct patch *patch, struct slice rest, struct slice *list)
{
    struct slice name = patch->value, api, stage;
    bool is_inner = patch_segment(patch->arena, &rest, &name);
    if (!split_stage(name, &api, &stage)) {
        return objection_bad(patch->objection, "Invalid API Stage specified: %.*s",
                             SLICE_ARG(name));
    }
    struct slice json = find_stage(patch, *list, api, stage);
    if (json.ptr == NULL && (is_inner || patch_is(patch, "remove"))) {
        return objection_missing(patch->objection, "API Stage not found: %.*s", SLICE_ARG(name));
    }
    if (is_inner) {
        if (!patch_throttle(patch, rest, &json)) {
            return false;
        }
    } else if (patch_is(patch, "remove")) {
        json = SLICE_NULL;
    } else if (patch_is(patch, "add")) {
        json = edit_text(patch->arena, SLICE("{}"), "ApiId", api);
        json = edit_text(patch->arena, json, "Stage", stage);
    } else {
        return patch_refuse_op(patch, PATCH_ADD | PATCH_REMOVE);
    }
    *list = edit_stages(patch, *list, api, stage, json);
    return true;
}

static enum patched patch_plan(const struct patch *patch, struct slice *properties)
{
    struct slice rest = patch->path, name;
    if (!patch_segment(patch->arena, &rest, &name) || !slice_is(name, "apiStages")) {
        return PATCH_NOT_MINE;
    }
    struct slice list = json_raw_member(*properties, "ApiStages");
    if (!patch_stages(patch, rest, &list)) {
        return PATCH_REFUSED;
    }
    *properties = edit_member(patch->arena, *properties, SLICE("ApiStages"), list);
    return PATCH_DONE;
}

enum outcome op_update_plan(struct request *r)
{
    const struct entry *old = request_entry(r);
    if (old == NULL) {
        return OUTCOME_REFUSED;
    }
    struct entry plan = *old;
    if (json_raw_member(plan.properties, "UsagePlanName").ptr == NULL) {
        plan.properties = edit_text(r->arena, plan.properties, "UsagePlanName", old->logical_id);
    }
    if (!patch_all(r->arena, plan.kind, plan.kind->attributes, r->body, patch_plan,
                   &plan.properties, &r->objection) ||
        !check_plan(r, plan.id, plan.properties)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, change_put(r, &plan));
    return request_commit(r, EFFECT_USAGE);
}

enum outcome op_delete_plan(struct request *r)
{
    struct entry *plan = request_entry(r);
    size_t at = 0;
    if (plan == NULL) {
        return OUTCOME_REFUSED;
    }
    if (json_raw_count(json_raw_member(plan->properties, "ApiStages")) > 0) {
        (void)objection_bad(&r->objection,
                            "Cannot delete Usage Plan %.*s because API stages are associated "
                            "with it",
                            SLICE_ARG(plan->id));
        return OUTCOME_REFUSED;
    }
    for (struct entry *key;
         (key = registry_next(r->registry, KIND_USAGE_PLAN_KEY, plan->id, &at)) != NULL; at = 0) {
        change_delete(r, key);
    }
    change_delete(r, plan);
    return request_commit(r, EFFECT_USAGE);
}

/* --- keys of plans --- */

enum outcome op_create_plan_key(struct request *r)
{
    struct slice id = json_text_member(r->arena, r->body, "keyId");
    struct slice type = json_text_member(r->arena, r->body, "keyType");
    const struct entry *plan = request_api(r, KIND_USAGE_PLAN);
    struct entry key = {.kind = &kinds[KIND_USAGE_PLAN_KEY], .id = id, .owner = r->owner};
    if (plan == NULL) {
        return OUTCOME_REFUSED;
    }
    if (!slice_is(type, "API_KEY")) {
        (void)objection_bad(&r->objection, "Usage Plan Key type must be one of [API_KEY]");
        return OUTCOME_REFUSED;
    }
    if (registry_find(r->registry, KIND_API_KEY, SLICE_NULL, id) == NULL) {
        objection_no_entry(r, &kinds[KIND_API_KEY], id);
        return OUTCOME_REFUSED;
    }
    if (registry_find(r->registry, KIND_USAGE_PLAN_KEY, r->owner, id) != NULL) {
        (void)objection_conflict(&r->objection, "Usage Plan Key %.*s already exists",
                                 SLICE_ARG(id));
        return OUTCOME_REFUSED;
    }
    if (!check_keys(r, r->owner, id, plan->properties)) {
        return OUTCOME_REFUSED;
    }
    key.properties = edit_text(r->arena, SLICE("{\"KeyType\":\"API_KEY\"}"), "KeyId", id);
    key.properties = edit_text(r->arena, key.properties, "UsagePlanId", r->owner);
    render_entry(r, change_put(r, &key));
    return request_commit(r, EFFECT_USAGE);
}

enum outcome op_delete_plan_key(struct request *r)
{
    struct entry *key = request_entry(r);
    if (key == NULL) {
        return OUTCOME_REFUSED;
    }
    change_delete(r, key);
    return request_commit(r, EFFECT_USAGE);
}
