/* provider.apiGateway.apiKeys and usagePlan: keys, plans, and which key is in which plan.
 *
 *     apiKeys: [mine, {name: yours, value: ...}]        usagePlan: {quota: ..., throttle: ...}
 *     apiKeys: [{free: [mine]}, {paid: [yours]}]        usagePlan: [{free: {...}}, {paid: {...}}] */
#include "templates/serverless/naming.h"
#include "templates/serverless/rest.h"

/* `plan` is the name of the key's plan; empty for the one that has none. */
static void make_key(struct rest *rest, const struct value *key, struct slice plan, size_t number)
{
    struct service *service = rest->service;
    struct arena *arena = service->arena;
    const struct value *name = key->kind == VALUE_MAP ? value_get(key, "name") : key;
    struct slice suffix = naming_resource(arena, plan);
    struct slice id = arena_printf(arena, "ApiGatewayApiKey%.*s%zu", SLICE_ARG(suffix), number);
    add_resource(
        service, id, "AWS::ApiGateway::ApiKey", key->pos,
        shape(arena, key->pos,
              "{Enabled: %v, Name: %v, Value: %v, Description: %v, CustomerId: %v, StageKeys: "
              "[{RestApiId: %v, StageName: %S}]}",
              value_get(key, "enabled") != NULL ? copy_of(service, value_get(key, "enabled"))
                                                : value_bool(arena, key->pos, true),
              copy_of(service, name), copy_of(service, value_get(key, "value")),
              copy_of(service, value_get(key, "description")),
              copy_of(service, value_get(key, "customerId")), rest->api_id, service->stage));
    add_resource(
        service, arena_printf(arena, "ApiGatewayUsagePlanKey%.*s%zu", SLICE_ARG(suffix), number),
        "AWS::ApiGateway::UsagePlanKey", key->pos,
        shape(arena, key->pos, "{KeyId: {Ref: %S}, KeyType: API_KEY, UsagePlanId: {Ref: %S}}", id,
              arena_printf(arena, "ApiGatewayUsagePlan%.*s", SLICE_ARG(suffix))));
}

static struct value *quota_of(struct service *service, const struct value *quota)
{
    return quota != NULL && quota->kind == VALUE_MAP
               ? shape(service->arena, quota->pos, "{Limit: %v, Offset: %v, Period: %v}",
                       copy_of(service, value_get(quota, "limit")),
                       copy_of(service, value_get(quota, "offset")),
                       copy_of(service, value_get(quota, "period")))
               : NULL;
}

static struct value *throttle_of(struct service *service, const struct value *throttle)
{
    return throttle != NULL && throttle->kind == VALUE_MAP
               ? shape(service->arena, throttle->pos, "{BurstLimit: %v, RateLimit: %v}",
                       copy_of(service, value_get(throttle, "burstLimit")),
                       copy_of(service, value_get(throttle, "rateLimit")))
               : NULL;
}

static void make_plan(struct rest *rest, struct slice name, const struct value *settings,
                      struct source_pos pos)
{
    struct service *service = rest->service;
    struct arena *arena = service->arena;
    struct slice middle = name.len > 0 ? arena_printf(arena, "%.*s-", SLICE_ARG(name)) : SLICE("");
    struct slice suffix = naming_resource(arena, name);
    add_resource(
        service, arena_printf(arena, "ApiGatewayUsagePlan%.*s", SLICE_ARG(suffix)),
        "AWS::ApiGateway::UsagePlan", pos,
        shape(arena, pos,
              "{ApiStages: [{ApiId: %v, Stage: %S}], UsagePlanName: %S, Quota: %v, Throttle: %v}",
              rest->api_id, service->stage,
              arena_printf(arena, "%.*s-%.*s%.*s", SLICE_ARG(service->name), SLICE_ARG(middle),
                           SLICE_ARG(service->stage)),
              quota_of(service, value_get(settings, "quota")),
              throttle_of(service, value_get(settings, "throttle"))));
}

static const struct value_entry *only_entry(const struct value *map)
{
    return map != NULL && map->kind == VALUE_MAP && value_count(map) > 0 ? &map->as.map.entries[0]
                                                                         : NULL;
}

static bool is_plan(const struct value *plans, struct slice name)
{
    for (size_t i = 0; plans != NULL && plans->kind == VALUE_LIST && i < value_count(plans); i++) {
        const struct value_entry *entry = only_entry(value_at(plans, i));
        if (entry != NULL && slice_eq(entry->key, name)) {
            return true;
        }
    }
    return false;
}

static void make_plans(struct rest *rest, const struct value *plans, struct source_pos pos)
{
    if (plans == NULL || plans->kind != VALUE_LIST) {
        make_plan(rest, SLICE(""), plans, pos);
        return;
    }
    for (size_t i = 0; i < value_count(plans); i++) {
        const struct value_entry *entry = only_entry(value_at(plans, i));
        if (entry != NULL) {
            make_plan(rest, entry->key, entry->value, entry->key_pos);
        }
    }
}

static void make_keys_of_plan(struct rest *rest, const struct value *plans,
                              const struct value_entry *entry)
{
    if (!is_plan(plans, entry->key)) {
        load_error(rest->service->load, entry->key_pos,
                   "API key \"%.*s\" has no usage plan defined", SLICE_ARG(entry->key));
        return;
    }
    for (size_t i = 0; i < value_count(entry->value); i++) {
        make_key(rest, value_at(entry->value, i), entry->key, i + 1);
    }
}

/* Where the framework looks now, or where it looked before version 3. */
static const struct value *setting_of(const struct service *service, const char *name)
{
    const struct value *value = value_path(service->provider, "apiGateway", name, NULL);
    return value != NULL ? value : value_get(service->provider, name);
}

void rest_make_api_keys(struct rest *rest)
{
    const struct value *keys = setting_of(rest->service, "apiKeys");
    const struct value *plans = setting_of(rest->service, "usagePlan");
    bool has_keys = keys != NULL && keys->kind == VALUE_LIST && value_count(keys) > 0;
    size_t number = 1;
    if (!has_keys && !is_truthy(plans)) {
        return;
    }
    make_plans(rest, plans, plans != NULL ? plans->pos : keys->pos);
    for (size_t i = 0; has_keys && i < value_count(keys); i++) {
        const struct value *key = value_at(keys, i);
        const struct value_entry *entry = only_entry(key);
        if (entry != NULL && entry->value->kind == VALUE_LIST) {
            make_keys_of_plan(rest, plans, entry);
        } else {
            make_key(rest, key, SLICE(""), number++);
        }
    }
}
