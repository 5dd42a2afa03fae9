/* Create, Update and Delete, of any kind. */
#include "gateway/control/rules.h"

#include "core/ascii.h"

const struct rules rules[KIND_COUNT] = {
    [KIND_REST_API] = {check_rest_api, NULL, delete_rest_api},
    [KIND_RESOURCE] = {check_resource, NULL, delete_resource},
    [KIND_METHOD] = {check_method, NULL, NULL},
    [KIND_AUTHORIZER] = {check_authorizer, NULL, delete_authorizer},
    [KIND_MODEL] = {check_model, NULL, delete_model},
    [KIND_VALIDATOR] = {check_validator, NULL, delete_validator},
    [KIND_GATEWAY_RESPONSE] = {check_gateway_response, NULL, NULL},
    [KIND_DEPLOYMENT] = {NULL, NULL, delete_deployment},
    [KIND_STAGE] = {check_stage, patch_stage, delete_stage},
    [KIND_V2_API] = {check_v2_api, NULL, delete_v2_api},
    [KIND_V2_ROUTE] = {check_v2_route, NULL, delete_v2_route},
    [KIND_V2_ROUTE_RESPONSE] = {check_v2_route_response, NULL, NULL},
    [KIND_V2_INTEGRATION] = {check_v2_integration, NULL, delete_v2_integration},
    [KIND_V2_INTEGRATION_RESPONSE] = {check_v2_integration_response, NULL, NULL},
    [KIND_V2_AUTHORIZER] = {check_v2_authorizer, NULL, delete_v2_authorizer},
    [KIND_V2_MODEL] = {check_v2_model, NULL, NULL},
    [KIND_V2_DEPLOYMENT] = {NULL, NULL, delete_deployment},
    [KIND_V2_STAGE] = {check_v2_stage, NULL, delete_stage},
};

/* --- for rules --- */

struct slice entry_member(const struct entry *entry, const char *property)
{
    return json_raw_member(entry->properties, property);
}

const struct entry *find_namesake(struct request *r, const struct entry *entry,
                                  const char *property, struct slice text)
{
    size_t at = 0;
    for (const struct entry *other;
         (other = registry_next(r->registry, kind_id(entry->kind), entry->owner, &at)) != NULL;) {
        if (!slice_eq(other->id, entry->id) &&
            slice_eq(entry_text(r->arena, other, property), text)) {
            return other;
        }
    }
    return NULL;
}

bool is_between(const struct entry *entry, const char *property, int64_t least, int64_t most)
{
    struct slice raw = entry_member(entry, property);
    int64_t value;
    return raw.ptr == NULL || (json_raw_i64(raw, &value) && value >= least && value <= most);
}

bool consists_of_name(struct slice text, const char *others)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!ascii_is_letter(c) && !ascii_is_digit(c) && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return text.len > 0;
}

bool choose_api_id(struct request *r, struct entry *api)
{
    struct slice id = json_text_member(r->arena, entry_member(api, "Tags"), "_custom_id_");
    if (id.len == 0) {
        return true;
    }
    if (!consists_of_name(id, "-") || id.len > 64) {
        return objection_bad(&r->objection, "Invalid _custom_id_ specified: %.*s", SLICE_ARG(id));
    }
    if (registry_find_even_gone(r->registry, KIND_REST_API, SLICE_NULL, id) != NULL ||
        registry_find_even_gone(r->registry, KIND_V2_API, SLICE_NULL, id) != NULL) {
        return objection_conflict(&r->objection, "API %.*s already exists", SLICE_ARG(id));
    }
    api->id = id;
    return true;
}

void delete_those(struct request *r, goes_fn *goes, const void *ctx)
{
    struct entry **gone = arena_array(r->arena, r->registry->count, sizeof *gone);
    size_t count = 0;
    for (size_t i = 0; i < r->registry->count; i++) {
        struct entry *entry = r->registry->entries[i];
        if (!entry->is_gone && goes(r, entry, ctx)) {
            gone[count++] = entry;
        }
    }
    while (count > 0) {
        change_delete(r, gone[--count]);
    }
}

static bool is_owned(struct request *r, const struct entry *entry, const void *ctx)
{
    const struct slice *owner = ctx;
    (void)r;
    return entry->kind->owner != NULL && entry->kind != &kinds[KIND_USAGE_PLAN_KEY] &&
           slice_eq(entry->owner, *owner);
}

void delete_all_of(struct request *r, struct slice owner)
{
    delete_those(r, is_owned, &owner);
}

void leave_plans(struct request *r, struct slice api_id, struct slice stage)
{
    for (size_t i = 0; i < r->registry->count; i++) {
        const struct entry *plan = r->registry->entries[i];
        struct slice list = entry_member(plan, "ApiStages"), json;
        AUTO_BUF left = BUF_INIT(CONTROL_JSON_MAX);
        struct json_writer w = json_writer_init(&left);
        bool is_in = false;
        if (plan->is_gone || plan->kind != &kinds[KIND_USAGE_PLAN]) {
            continue;
        }
        json_open(&w, '[');
        for (struct json_scan scan = json_scan_array(list); json_scan_element(&scan, &json);) {
            bool is_it =
                slice_eq(json_text_member(r->arena, json, "ApiId"), api_id) &&
                (stage.ptr == NULL || slice_eq(json_text_member(r->arena, json, "Stage"), stage));
            is_in |= is_it;
            if (!is_it) {
                json_write_raw(&w, json);
            }
        }
        json_close(&w, ']');
        if (is_in) {
            struct entry changed = *plan;
            changed.properties =
                edit_member(r->arena, plan->properties, SLICE("ApiStages"), buf_slice(&left));
            (void)change_put(r, &changed);
        }
    }
}

enum change_effect effect_on(struct request *r, struct slice api_id, enum kind_id kind)
{
    size_t at = 0;
    if (kind == KIND_STAGE || kind == KIND_V2_STAGE) {
        return EFFECT_APIS;
    }
    if (kind < KIND_V2_API) {
        return EFFECT_NONE; /* a deployment is what makes it seen */
    }
    for (const struct entry *stage;
         (stage = registry_next(r->registry, KIND_V2_STAGE, api_id, &at)) != NULL;) {
        if (slice_ieq(entry_text(r->arena, stage, "AutoDeploy"), SLICE("true"))) {
            return EFFECT_APIS;
        }
    }
    return EFFECT_NONE;
}

static bool check(struct request *r, struct entry *entry, const struct entry *old)
{
    check_fn *checks = rules[kind_id(entry->kind)].check;
    if (record_key_len(entry) > RECORD_KEY_MAX) {
        return objection_bad(&r->objection, "Name or identifier is too long");
    }
    return checks == NULL || checks(r, entry, old);
}

/* The API, route or integration that it is of stands in its properties. */
static struct slice with_owner(struct request *r, const struct kind *kind, struct slice properties)
{
    struct slice above = api_path_param(r->call, "above");
    if (kind->owner != NULL) {
        properties = edit_text(r->arena, properties, kind->owner, r->owner);
    }
    if (kind == &kinds[KIND_RESOURCE]) {
        properties = edit_text(r->arena, properties, "ParentId", r->id);
    }
    if (above.ptr != NULL) {
        properties =
            edit_text(r->arena, properties,
                      kind == &kinds[KIND_V2_ROUTE_RESPONSE] ? "RouteId" : "IntegrationId", above);
    }
    return properties;
}

/* --- operations --- */

enum outcome op_create(struct request *r)
{
    const struct kind *kind = &kinds[r->row->kind];
    struct entry entry = {.kind = kind, .owner = kind->owner != NULL ? r->owner : SLICE("")};
    if (kind->owner != NULL && request_api(r, kind_owner(r->row->kind)) == NULL) {
        return OUTCOME_REFUSED;
    }
    if (!request_read(r, kind, SLICE_NULL, &entry.properties)) {
        return OUTCOME_REFUSED;
    }
    entry.properties = with_owner(r, kind, entry.properties);
    entry.id = kind->id != NULL   ? entry_text(r->arena, &entry, kind->id)
               : kind->id_len > 0 ? request_new_id(r, r->row->kind)
                                  : entry_text(r->arena, &entry, "Name");
    if (!check(r, &entry, NULL)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, change_put(r, &entry));
    return request_commit(r, effect_on(r, r->owner, r->row->kind));
}

/* What the path names; every API has its root as it is. */
static struct entry *find_changeable(struct request *r, const char *done)
{
    if (r->row->kind == KIND_RESOURCE && slice_eq(r->id, registry_root(r->arena, r->owner)) &&
        registry_find(r->registry, KIND_REST_API, SLICE_NULL, r->owner) != NULL) {
        (void)objection_bad(&r->objection, "Root resource cannot be %s", done);
        return NULL;
    }
    return request_entry(r);
}

/* Version 1 patches, version 2 sends the members that change. */
enum outcome op_update(struct request *r)
{
    const struct entry *old = find_changeable(r, "updated");
    if (old == NULL) {
        return OUTCOME_REFUSED;
    }
    struct entry entry = *old;
    bool is_read = r->row->kind >= KIND_V2_API
                       ? request_read(r, old->kind, old->properties, &entry.properties)
                       : patch_all(r->arena, old->kind, old->kind->attributes, r->body,
                                   rules[r->row->kind].patch, &entry.properties, &r->objection);
    if (!is_read || !check(r, &entry, old)) {
        return OUTCOME_REFUSED;
    }
    render_entry(r, change_put(r, &entry));
    return request_commit(r, effect_on(r, r->owner, r->row->kind));
}

enum outcome op_delete(struct request *r)
{
    struct entry *entry = find_changeable(r, "deleted");
    bool is_api = r->row->kind == KIND_REST_API || r->row->kind == KIND_V2_API;
    if (entry == NULL) {
        return OUTCOME_REFUSED;
    }
    delete_fn *may_delete = rules[r->row->kind].may_delete;
    if (may_delete != NULL && !may_delete(r, entry)) {
        return OUTCOME_REFUSED;
    }
    change_delete(r, entry);
    return request_commit(r, is_api ? EFFECT_APIS : effect_on(r, r->owner, r->row->kind));
}
