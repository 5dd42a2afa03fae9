#include "gateway/stage/usage.h"

#include "core/mem.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#define ARENA_BLOCK 4096

struct usage {
    struct arena arena;
    struct api_key_spec *keys; /* by value */
    size_t key_count;
    struct usage_plan_spec *plans;
    size_t plan_count;
    struct throttles *throttle;
    struct scope_table *quotas;
    struct scope_table *days; /* requests by plan, key and day: int64_t */
    bool has_account_limit;
};

struct usage *usage_create(bool has_account_limit)
{
    struct usage *usage = mem_zalloc(sizeof *usage);
    arena_init(&usage->arena, ARENA_BLOCK);
    usage->throttle = throttles_create(THROTTLE_BUCKETS_MAX);
    usage->quotas = scope_table_create(sizeof(struct quota), THROTTLE_QUOTAS_MAX);
    usage->days = scope_table_create(sizeof(int64_t), THROTTLE_QUOTAS_MAX);
    usage->has_account_limit = has_account_limit;
    return usage;
}

void usage_destroy(struct usage *usage)
{
    if (usage == NULL) {
        return;
    }
    throttles_destroy(usage->throttle);
    scope_table_destroy(usage->quotas);
    scope_table_destroy(usage->days);
    arena_finish(&usage->arena);
    mem_free(usage);
}

/* --- copying --- */

static struct plan_stage_spec copy_stage(struct arena *arena, const struct plan_stage_spec *spec)
{
    struct route_settings_spec *throttles =
        arena_array(arena, spec->throttle_count, sizeof *throttles);
    for (size_t i = 0; i < spec->throttle_count; i++) {
        throttles[i] = (struct route_settings_spec){
            .method = arena_copy(arena, spec->throttles[i].method),
            .path = arena_copy(arena, spec->throttles[i].path),
            .throttle = spec->throttles[i].throttle,
        };
    }
    return (struct plan_stage_spec){
        .api_id = arena_copy(arena, spec->api_id),
        .stage = arena_copy(arena, spec->stage),
        .throttles = throttles,
        .throttle_count = spec->throttle_count,
    };
}

static struct usage_plan_spec copy_plan(struct arena *arena, const struct usage_plan_spec *spec)
{
    struct usage_plan_spec plan = *spec;
    struct plan_stage_spec *stages = arena_array(arena, spec->stage_count, sizeof *stages);
    struct slice *key_ids = arena_array(arena, spec->key_ids.count, sizeof *key_ids);
    for (size_t i = 0; i < spec->stage_count; i++) {
        stages[i] = copy_stage(arena, &spec->stages[i]);
    }
    for (size_t i = 0; i < spec->key_ids.count; i++) {
        key_ids[i] = arena_copy(arena, spec->key_ids.items[i]);
    }
    plan.id = arena_copy(arena, spec->id);
    plan.name = arena_copy(arena, spec->name);
    plan.stages = stages;
    plan.key_ids.items = key_ids;
    return plan;
}

static int compare_values(const void *a, const void *b)
{
    const struct api_key_spec *left = a, *right = b;
    return slice_compare(left->value, right->value);
}

void usage_configure(struct usage *usage, const struct usage_spec *spec)
{
    struct arena arena;
    arena_init(&arena, ARENA_BLOCK); /* the specification may be what is there now */
    struct api_key_spec *keys = arena_array(&arena, spec->key_count, sizeof *keys);
    struct usage_plan_spec *plans = arena_array(&arena, spec->plan_count, sizeof *plans);
    for (size_t i = 0; i < spec->key_count; i++) {
        keys[i] = spec->keys[i];
        keys[i].id = arena_copy(&arena, spec->keys[i].id);
        keys[i].name = arena_copy(&arena, spec->keys[i].name);
        keys[i].value = arena_copy(&arena, spec->keys[i].value);
    }
    for (size_t i = 0; i < spec->plan_count; i++) {
        plans[i] = copy_plan(&arena, &spec->plans[i]);
    }
    if (spec->key_count > 0) {
        qsort(keys, spec->key_count, sizeof *keys, compare_values);
    }
    arena_finish(&usage->arena);
    usage->arena = arena;
    usage->keys = keys;
    usage->key_count = spec->key_count;
    usage->plans = plans;
    usage->plan_count = spec->plan_count;
}

/* --- whose a key is --- */

const struct api_key_spec *usage_key(const struct usage *usage, struct slice value)
{
    const struct api_key_spec wanted = {.value = value};
    return usage->key_count > 0 ? bsearch(&wanted, usage->keys, usage->key_count,
                                          sizeof *usage->keys, compare_values)
                                : NULL;
}

static bool has_text(const struct texts *texts, struct slice text)
{
    for (size_t i = 0; i < texts->count; i++) {
        if (slice_eq(texts->items[i], text)) {
            return true;
        }
    }
    return false;
}

static const struct plan_stage_spec *find_stage(const struct usage_plan_spec *plan,
                                                struct slice api_id, struct slice stage)
{
    for (size_t i = 0; i < plan->stage_count; i++) {
        if (slice_eq(plan->stages[i].api_id, api_id) && slice_eq(plan->stages[i].stage, stage)) {
            return &plan->stages[i];
        }
    }
    return NULL;
}

bool usage_membership(const struct usage *usage, const struct api_key_spec *key,
                      struct slice api_id, struct slice stage,
                      struct usage_membership *ret_membership)
{
    for (size_t i = 0; i < usage->plan_count; i++) {
        const struct usage_plan_spec *plan = &usage->plans[i];
        const struct plan_stage_spec *found = find_stage(plan, api_id, stage);
        if (found != NULL && has_text(&plan->key_ids, key->id)) {
            *ret_membership = (struct usage_membership){key, plan, found};
            return true;
        }
    }
    return false;
}

/* --- limits --- */

#define SCOPE_PARTS_MAX 7

/* A limit is part of its bucket's scope: a bucket does not outlive a change of it. */
struct level {
    enum usage_level level;
    uint64_t limit[2];
    struct slice parts[SCOPE_PARTS_MAX];
};

struct levels {
    struct throttle_level items[LEVEL_COUNT];
    struct level scopes[LEVEL_COUNT];
    size_t count;
};

static void add_level(struct levels *levels, enum usage_level level, struct rate_limit limit,
                      const struct slice *parts, size_t count)
{
    struct level *scope = &levels->scopes[levels->count];
    assert(levels->count < LEVEL_COUNT && count < SCOPE_PARTS_MAX);
    scope->level = level;
    scope->limit[0] = limit.rate_micro;
    scope->limit[1] = limit.burst;
    if (count > 0) {
        memcpy(scope->parts, parts, count * sizeof *parts);
    }
    scope->parts[count] = slice_of((const char *)scope->limit, sizeof scope->limit);
    levels->items[levels->count++] =
        (struct throttle_level){.scope = {scope->parts, count + 1}, .limit = limit};
}

static void add_plan_levels(struct levels *levels, const struct usage_request *request)
{
    const struct usage_membership *in = &request->membership;
    const struct slice parts[] = {SLICE("plan"),   in->plan->id,   in->key->id,
                                  request->api_id, request->stage, request->route_key};
    struct route_limit method = method_limit_of(in->stage->throttles, in->stage->throttle_count,
                                                request->method, request->path);
    struct route_limit all = throttle_limit(&in->plan->throttle);
    if (method.is_set) {
        add_level(levels, LEVEL_PLAN_METHOD, method.limit, parts, COUNT_OF(parts));
    }
    if (all.is_set) {
        add_level(levels, LEVEL_PLAN, all.limit, parts, 3);
    }
}

static void find_levels(const struct usage *usage, struct levels *levels,
                        const struct usage_request *request)
{
    const struct slice parts[] = {SLICE("stage"), request->api_id, request->stage,
                                  request->route_key};
    levels->count = 0;
    if (request->membership.key != NULL) {
        add_plan_levels(levels, request);
    }
    if (request->stage_limit != NULL && request->stage_limit->is_set) {
        add_level(levels, LEVEL_STAGE_METHOD, request->stage_limit->limit, parts, COUNT_OF(parts));
    }
    if (usage->has_account_limit) {
        add_level(levels, LEVEL_ACCOUNT,
                  rate_limit_of(THROTTLE_ACCOUNT_RATE, THROTTLE_ACCOUNT_BURST), NULL, 0);
    }
}

/* NULL: the plan has none. */
static struct quota *quota_of(struct usage *usage, const struct usage_request *request)
{
    const struct usage_membership *in = &request->membership;
    if (in->key == NULL || !in->plan->has_quota) {
        return NULL;
    }
    const struct slice parts[] = {in->plan->id, in->key->id};
    bool is_new;
    return scope_table_get(usage->quotas, (struct scope){parts, COUNT_OF(parts)}, &is_new);
}

/* --- what was used --- */

#define DAY_MS INT64_C(86400000)

static void count_day(struct usage *usage, const struct usage_membership *in, int64_t epoch_ms)
{
    int64_t day = epoch_ms / DAY_MS;
    const struct slice parts[] = {in->plan->id, in->key->id,
                                  slice_of((const char *)&day, sizeof day)};
    bool is_new;
    int64_t *used = scope_table_get(usage->days, (struct scope){parts, COUNT_OF(parts)}, &is_new);
    *used += 1;
}

int64_t usage_used_on(const struct usage *usage, struct slice plan_id, struct slice key_id,
                      int64_t day)
{
    const struct slice parts[] = {plan_id, key_id, slice_of((const char *)&day, sizeof day)};
    const int64_t *used = scope_table_find(usage->days, (struct scope){parts, COUNT_OF(parts)});
    return used != NULL ? *used : 0;
}

int64_t usage_remaining(const struct usage *usage, const struct usage_plan_spec *plan,
                        struct slice key_id, int64_t epoch_ms)
{
    const struct slice parts[] = {plan->id, key_id};
    const struct quota *quota =
        scope_table_find(usage->quotas, (struct scope){parts, COUNT_OF(parts)});
    return quota != NULL ? quota_remaining(quota, &plan->quota, epoch_ms) : plan->quota.limit;
}

void usage_set_remaining(struct usage *usage, const struct usage_plan_spec *plan,
                         struct slice key_id, int64_t epoch_ms, int64_t remaining)
{
    const struct slice parts[] = {plan->id, key_id};
    bool is_new;
    struct quota *quota =
        scope_table_get(usage->quotas, (struct scope){parts, COUNT_OF(parts)}, &is_new);
    quota_set_remaining(quota, &plan->quota, epoch_ms, remaining);
}

enum usage_verdict usage_take(struct usage *usage, const struct usage_request *request,
                              uint64_t now_ns, int64_t epoch_ms, struct usage_refusal *ret_refusal)
{
    struct levels levels;
    struct quota *quota = quota_of(usage, request);
    const struct quota_settings *settings = quota != NULL ? &request->membership.plan->quota : NULL;
    int64_t wait_ms = 0;
    if (quota != NULL && !quota_has_left(quota, settings, epoch_ms)) {
        uint64_t left_ms = (uint64_t)(quota_end_ms(settings, epoch_ms) - epoch_ms);
        *ret_refusal = (struct usage_refusal){.wait_ns = left_ms * 1000000};
        return USAGE_OVER_QUOTA;
    }
    find_levels(usage, &levels, request);
    struct throttle_outcome outcome =
        throttles_take(usage->throttle, levels.items, levels.count, now_ns);
    if (!outcome.is_allowed) {
        *ret_refusal = (struct usage_refusal){.level = levels.scopes[outcome.level].level,
                                              .limit = levels.items[outcome.level].limit,
                                              .wait_ns = outcome.wait_ns};
        return USAGE_OVER_RATE;
    }
    bool is_counted = quota == NULL || quota_take(quota, settings, epoch_ms, &wait_ms);
    assert(is_counted);
    (void)is_counted;
    if (request->membership.key != NULL) {
        count_day(usage, &request->membership, epoch_ms);
    }
    return USAGE_PASSES;
}

/* --- in words --- */

static struct slice wait_words(struct arena *arena, uint64_t wait_ns)
{
    static const struct {
        uint64_t below, unit;
        const char *name;
    } units[] = {{1000, 1, "ms"},
                 {120000, 1000, "s"},
                 {7200000, 60000, "min"},
                 {172800000, 3600000, "h"},
                 {UINT64_MAX, 86400000, "days"}};
    uint64_t ms = (wait_ns + 999999) / 1000000;
    size_t i = 0;
    while (ms >= units[i].below) {
        i++;
    }
    uint64_t count = (ms + units[i].unit - 1) / units[i].unit;
    return arena_printf(arena, "next in %" PRIu64 " %s", count, units[i].name);
}

static struct slice rate_words(struct arena *arena, const struct usage_refusal *refusal)
{
    double rate = (double)refusal->limit.rate_micro / 1e6;
    if (refusal->limit.burst == 0) {
        return SLICE("a burst of 0 requests, so that none passes");
    }
    struct slice next = refusal->wait_ns == TOKEN_NEVER ? SLICE("so that none passes any more")
                                                        : wait_words(arena, refusal->wait_ns);
    return arena_printf(arena, "%.10g request%s a second, %.*s", rate,
                        refusal->limit.rate_micro == 1000000 ? "" : "s", SLICE_ARG(next));
}

struct slice usage_rate_reason(struct arena *arena, const struct usage_request *request,
                               const struct usage_refusal *refusal)
{
    struct slice words = rate_words(arena, refusal);
    struct slice route = request->route_key;
    switch (refusal->level) {
    case LEVEL_PLAN_METHOD:
        return arena_printf(arena, "plan %.*s, %.*s: %.*s",
                            SLICE_ARG(request->membership.plan->name), SLICE_ARG(route),
                            SLICE_ARG(words));
    case LEVEL_PLAN:
        return arena_printf(arena, "plan %.*s: %.*s", SLICE_ARG(request->membership.plan->name),
                            SLICE_ARG(words));
    case LEVEL_STAGE_METHOD:
        return arena_printf(arena, "stage %.*s, %.*s: %.*s", SLICE_ARG(request->stage),
                            SLICE_ARG(route), SLICE_ARG(words));
    case LEVEL_ACCOUNT:
    case LEVEL_COUNT:
        break;
    }
    return arena_printf(arena, "account: %.*s", SLICE_ARG(words));
}

struct slice usage_quota_words(struct arena *arena, const struct quota_settings *quota,
                               const struct usage_refusal *refusal)
{
    static const char *const names[] = {
        [QUOTA_DAY] = "day", [QUOTA_WEEK] = "week", [QUOTA_MONTH] = "month"};
    struct slice next = wait_words(arena, refusal->wait_ns);
    return arena_printf(arena, "%" PRId64 " request%s a %s used up, %.*s", quota->limit,
                        quota->limit == 1 ? "" : "s", names[quota->period], SLICE_ARG(next));
}
