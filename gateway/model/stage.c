/* Stages, with what they set for their routes. */
#include "gateway/model/building.h"

#include "core/mem.h"

struct throttle_spec model_throttle(struct building *b, struct slice json, const char *rate,
                                    const char *burst)
{
    int64_t most = model_i64(b, json, burst, -1);
    return (struct throttle_spec){.rate = model_double(b, json, rate, -1),
                                  .burst = (int32_t)(most > INT32_MAX ? INT32_MAX : most)};
}

static struct throttle_spec read_throttle(struct building *b, struct slice json)
{
    return model_throttle(b, json, "ThrottlingRateLimit", "ThrottlingBurstLimit");
}

struct slice model_path(struct building *b, struct slice text)
{
    struct slice path = slice_starts_with(text, SLICE("/")) ? slice_skip(text, 1) : text;
    char *out = arena_alloc(b->arena, path.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < path.len; i++) {
        bool is_slash = path.ptr[i] == '~' && i + 1 < path.len && path.ptr[i + 1] == '1';
        out[len++] = is_slash ? '/' : path.ptr[i];
        i += is_slash;
    }
    return len > 0 && (out[0] == '/' || out[0] == '*')
               ? slice_of(out, len)
               : arena_printf(b->arena, "/%.*s", (int)len, out);
}

static void read_method_settings(struct building *b, struct stage_spec *stage, struct slice list)
{
    struct route_settings_spec *settings =
        arena_array(b->arena, json_raw_count(list), sizeof *settings);
    struct json_scan scan = json_scan_array(list);
    struct slice json;
    while (json_scan_element(&scan, &json)) {
        settings[stage->setting_count++] = (struct route_settings_spec){
            .method = model_text(b, json, "HttpMethod"),
            .path = model_path(b, model_text(b, json, "ResourcePath")),
            .throttle = read_throttle(b, json),
            .caches = model_bool(b, json, "CachingEnabled"),
            .cache_ttl_s = (int32_t)model_i64(b, json, "CacheTtlInSeconds", -1),
            .cache_needs_authorization = true, /* no template says otherwise */
        };
    }
    stage->settings = settings;
}

static void read_route_settings(struct building *b, struct stage_spec *stage,
                                struct slice properties)
{
    struct slice all = json_raw_member(properties, "DefaultRouteSettings");
    struct slice map = json_raw_member(properties, "RouteSettings");
    struct slice key, json;
    size_t count = 1;
    for (struct json_scan scan = json_scan_object(map); json_scan_member(&scan, &key, &json);) {
        count++;
    }
    struct route_settings_spec *settings = arena_array(b->arena, count, sizeof *settings);
    if (all.ptr != NULL) {
        settings[stage->setting_count++] = (struct route_settings_spec){
            .path = SLICE(""), .throttle = read_throttle(b, all), .cache_ttl_s = -1};
    }
    for (struct json_scan scan = json_scan_object(map); json_scan_member(&scan, &key, &json);) {
        struct route_settings_spec *setting = &settings[stage->setting_count];
        *setting =
            (struct route_settings_spec){.throttle = read_throttle(b, json), .cache_ttl_s = -1};
        stage->setting_count += json_raw_key(b->arena, key, &setting->path);
    }
    stage->settings = settings;
}

static struct canary_spec read_canary(struct building *b, struct slice json)
{
    return (struct canary_spec){
        .is_set = json.ptr != NULL && json_raw_kind(json) == JSON_OBJECT,
        .is_it = model_bool(b, json, "IsIt"),
        .percent = model_double(b, json, "PercentTraffic", 0),
        .variables = model_pairs(b, json, "StageVariableOverrides"),
        .uses_stage_cache = model_bool(b, json, "UseStageCache"),
    };
}

static struct stage_spec *find_stage(struct stage_spec *stages, size_t count, struct slice name)
{
    for (size_t i = 0; i < count; i++) {
        if (slice_eq(stages[i].name, name)) {
            return &stages[i];
        }
    }
    return NULL;
}

static struct stage_spec read_stage(struct building *b, struct slice properties, bool is_rest)
{
    struct slice log =
        json_raw_member(properties, is_rest ? "AccessLogSetting" : "AccessLogSettings");
    struct stage_spec stage = {
        .name = model_text(b, properties, "StageName"),
        .variables = model_pairs(b, properties, is_rest ? "Variables" : "StageVariables"),
        .has_cache = model_bool(b, properties, "CacheClusterEnabled"),
        .canary = read_canary(b, json_raw_member(properties, "CanarySetting")),
        .access_log_format = model_text(b, log, "Format"),
        .access_log_group = model_text(b, log, "DestinationArn"),
    };
    if (is_rest) {
        read_method_settings(b, &stage, json_raw_member(properties, "MethodSettings"));
    } else {
        read_route_settings(b, &stage, properties);
    }
    return stage;
}

/* A stage that only a deployment names. */
static struct stage_spec read_deployment(struct building *b, struct slice properties)
{
    struct slice description = json_raw_member(properties, "StageDescription");
    struct stage_spec stage = read_stage(b, description, true);
    stage.name = model_text(b, properties, "StageName");
    if (!stage.canary.is_set) {
        stage.canary = read_canary(b, json_raw_member(properties, "DeploymentCanarySettings"));
    }
    return stage;
}

static void warn_of_log(struct building *b, const struct resource *resource,
                        const struct stage_spec *stage)
{
    if (stage->access_log_group.len == 0) {
        return;
    }
    if (slice_search(stage->access_log_group, SLICE(":log-group:")) == SLICE_NPOS) {
        building_warn(b, resource->position,
                      "stage '%.*s': its access log is not kept: '%.*s' is not a log group",
                      SLICE_ARG(stage->name), SLICE_ARG(stage->access_log_group));
    }
}

/* Stages that stand for themselves come before those that only a deployment names: SAM's deployments name one called
 * Stage beside the real one, and the first is the one a path without a stage means. */
void model_stages(struct building *b, struct api_spec *api)
{
    bool is_rest = api->kind == API_REST;
    const char *api_key = is_rest ? "RestApiId" : "ApiId";
    struct parts parts = building_parts(
        b, is_rest ? "AWS::ApiGateway::Stage" : "AWS::ApiGatewayV2::Stage", api_key, api->id);
    struct parts deployments =
        building_parts(b, "AWS::ApiGateway::Deployment", is_rest ? api_key : "", api->id);
    struct stage_spec *stages =
        arena_array(b->arena, parts.count + deployments.count + 1, sizeof *stages);
    for (size_t i = 0; i < parts.count + deployments.count; i++) {
        const struct resource *resource =
            i < parts.count ? parts.items[i] : deployments.items[i - parts.count];
        struct stage_spec stage = i < parts.count ? read_stage(b, resource->properties, is_rest)
                                                  : read_deployment(b, resource->properties);
        struct stage_spec *known = find_stage(stages, api->stage_count, stage.name);
        warn_of_log(b, resource, &stage);
        if (known != NULL && stage.canary.is_set) {
            known->canary = stage.canary;
        }
        if (known != NULL && stage.variables.count > 0) {
            known->variables = stage.variables;
        } else if (known == NULL && stage.name.len > 0) {
            stages[api->stage_count++] = stage;
        }
    }
    api->stages = stages;
}
