/* GetUsage, UpdateUsage: what keys used of a plan, day by day. */
#include "core/calendar.h"
#include "gateway/control/operations.h"
#include "gateway/control/patch.h"
#include "gateway/stage/usage.h"

#define DAY_MS INT64_C(86400000)
#define DAYS_MAX 90 /* of one request; and how long they are told */

static bool read_day(struct request *r, const char *name, struct slice text, int64_t *ret_day)
{
    int64_t ms;
    struct slice whole = arena_printf(r->arena, "%.*sT00:00:00Z", SLICE_ARG(text));
    if (text.len != 10 || !time_parse_iso8601(whole, &ms)) {
        return objection_bad(&r->objection, "Invalid %s: must be of the form YYYY-MM-DD", name);
    }
    *ret_day = ms / DAY_MS;
    return true;
}

static struct slice day_text(struct request *r, int64_t day)
{
    struct civil date = civil_of(day * DAY_MS);
    return arena_printf(r->arena, "%04d-%02d-%02d", date.year, date.month, date.day);
}

static const struct usage_plan_spec *find_plan(const struct request *r, struct slice id)
{
    const struct usage_spec *usage = gateway_usage(r->control->gateway);
    for (size_t i = 0; i < usage->plan_count; i++) {
        if (slice_eq(usage->plans[i].id, id)) {
            return &usage->plans[i];
        }
    }
    return NULL;
}

/* What was left at the end of a day: of today what is left now, of others what the days of its period make. */
static int64_t left_on(struct request *r, const struct usage_plan_spec *plan, struct slice key_id,
                       int64_t day)
{
    const struct usage *used = gateway_used(r->control->gateway);
    int64_t now_ms = clock_epoch_ms(r->control->context->clock);
    if (day == now_ms / DAY_MS) {
        return usage_remaining(used, plan, key_id, now_ms);
    }
    int64_t left = plan->quota.limit;
    for (int64_t each = quota_start_ms(&plan->quota, day * DAY_MS) / DAY_MS; each <= day; each++) {
        left -= usage_used_on(used, plan->id, key_id, each);
    }
    return left > 0 ? left : 0;
}

/* {"key": [[used, left], ...]} */
static void write_key(struct request *r, const struct usage_plan_spec *plan, struct slice key_id,
                      int64_t from, int64_t to)
{
    json_write_key(&r->w, key_id);
    json_open(&r->w, '[');
    for (int64_t day = from; day <= to; day++) {
        json_open(&r->w, '[');
        json_write_i64(&r->w,
                       usage_used_on(gateway_used(r->control->gateway), plan->id, key_id, day));
        json_write_i64(&r->w, plan->has_quota ? left_on(r, plan, key_id, day) : 0);
        json_close(&r->w, ']');
    }
    json_close(&r->w, ']');
}

static void write_usage(struct request *r, struct slice only_key, int64_t from, int64_t to)
{
    const struct usage_plan_spec *plan = find_plan(r, r->owner);
    json_open(&r->w, '{');
    json_put_string(&r->w, "usagePlanId", r->owner);
    json_put_string(&r->w, "startDate", day_text(r, from));
    json_put_string(&r->w, "endDate", day_text(r, to));
    json_key_text(&r->w, "values");
    json_open(&r->w, '{');
    for (size_t i = 0; plan != NULL && i < plan->key_ids.count; i++) {
        if (only_key.len == 0 || slice_eq(plan->key_ids.items[i], only_key)) {
            write_key(r, plan, plan->key_ids.items[i], from, to);
        }
    }
    json_close(&r->w, '}');
    json_close(&r->w, '}');
}

enum outcome op_get_usage(struct request *r)
{
    struct slice key_id = api_query_param(r->call, "keyId");
    int64_t from, to;
    if (request_api(r, KIND_USAGE_PLAN) == NULL ||
        !read_day(r, "startDate", api_query_param(r->call, "startDate"), &from) ||
        !read_day(r, "endDate", api_query_param(r->call, "endDate"), &to)) {
        return OUTCOME_REFUSED;
    }
    if (to < from || to - from >= DAYS_MAX) {
        (void)objection_bad(&r->objection,
                            "Invalid date range: endDate must not be before startDate, nor %d "
                            "days or more behind it",
                            DAYS_MAX);
        return OUTCOME_REFUSED;
    }
    if (key_id.len > 0 &&
        registry_find(r->registry, KIND_USAGE_PLAN_KEY, r->owner, key_id) == NULL) {
        objection_no_entry(r, &kinds[KIND_API_KEY], key_id);
        return OUTCOME_REFUSED;
    }
    write_usage(r, key_id, from, to);
    return OUTCOME_ANSWERED;
}

enum outcome op_update_usage(struct request *r)
{
    static const struct attribute items[] = {
        {.name = "remaining", .form = FORM_INTEGER, .patch = PATCH_REPLACE}};
    static const struct attributes attributes = {items, 1, NULL};
    const struct entry *key = request_entry(r);
    const struct usage_plan_spec *plan = find_plan(r, r->owner);
    struct slice properties = SLICE("{}");
    int64_t now_ms = clock_epoch_ms(r->control->context->clock);
    int64_t left;
    if (key == NULL || plan == NULL) {
        return OUTCOME_REFUSED;
    }
    if (!patch_all(r->arena, key->kind, &attributes, r->body, NULL, &properties, &r->objection)) {
        return OUTCOME_REFUSED;
    }
    if (!plan->has_quota) {
        (void)objection_bad(&r->objection, "Usage plan %.*s has no quota", SLICE_ARG(r->owner));
        return OUTCOME_REFUSED;
    }
    if (json_raw_i64(json_raw_member(properties, "Remaining"), &left)) {
        usage_set_remaining(gateway_used(r->control->gateway), plan, r->id, now_ms, left);
    }
    write_usage(r, r->id, now_ms / DAY_MS, now_ms / DAY_MS);
    return OUTCOME_ANSWERED;
}
