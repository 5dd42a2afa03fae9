/* What is read of API keys and usage plans. */
#include "gateway/control/operations.h"

static bool starts_as_asked(struct request *r, const struct entry *key)
{
    struct slice prefix = api_query_param(r->call, "name");
    struct slice name = entry_text(r->arena, key, "Name");
    return slice_starts_with(name.ptr != NULL ? name : key->logical_id, prefix);
}

static void render_key_with(struct request *r, const struct entry *key, bool has_value)
{
    json_open(&r->w, '{');
    render_members(r, key);
    if (has_value) {
        json_put_string(&r->w, "value", render_key_value(r, key));
    }
    json_close(&r->w, '}');
}

static void render_listed_key(struct request *r, const struct entry *key)
{
    render_key_with(r, key, request_flag(r, "includeValues"));
}

enum outcome op_list_keys(struct request *r)
{
    struct slice customer = api_query_param(r->call, "customerId");
    struct listing listing = {NULL, 0, 0};
    size_t at = 0;
    for (const struct entry *key;
         (key = registry_next(r->registry, KIND_API_KEY, SLICE_NULL, &at)) != NULL;) {
        if (starts_as_asked(r, key) &&
            (customer.len == 0 || slice_eq(entry_text(r->arena, key, "CustomerId"), customer))) {
            listing_add(r, &listing, key);
        }
    }
    return listing_answer(r, &listing, render_listed_key);
}

enum outcome op_get_key(struct request *r)
{
    const struct entry *key = request_entry(r);
    if (key == NULL) {
        return OUTCOME_REFUSED;
    }
    render_key_with(r, key, request_flag(r, "includeValue"));
    return OUTCOME_ANSWERED;
}

enum outcome op_list_plans(struct request *r)
{
    struct slice key_id = api_query_param(r->call, "keyId");
    struct listing listing = {NULL, 0, 0};
    size_t at = 0;
    for (const struct entry *plan;
         (plan = registry_next(r->registry, KIND_USAGE_PLAN, SLICE_NULL, &at)) != NULL;) {
        if (key_id.len == 0 ||
            registry_find(r->registry, KIND_USAGE_PLAN_KEY, plan->id, key_id) != NULL) {
            listing_add(r, &listing, plan);
        }
    }
    return listing_answer(r, &listing, render_entry);
}

enum outcome op_list_plan_keys(struct request *r)
{
    struct listing listing = {NULL, 0, 0};
    size_t at = 0;
    if (request_api(r, KIND_USAGE_PLAN) == NULL) {
        return OUTCOME_REFUSED;
    }
    for (const struct entry *plan_key;
         (plan_key = registry_next(r->registry, KIND_USAGE_PLAN_KEY, r->owner, &at)) != NULL;) {
        const struct entry *key =
            registry_find(r->registry, KIND_API_KEY, SLICE_NULL, plan_key->id);
        if (key != NULL && starts_as_asked(r, key)) {
            listing_add(r, &listing, plan_key);
        }
    }
    return listing_answer(r, &listing, render_entry);
}
