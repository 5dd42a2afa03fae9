#include "gateway/stage/config.h"

#include "core/id.h"
#include "core/json_writer.h"
#include "gateway/stage/access_log.h"
#include "gateway/stage/response_cache.h"
#include "gateway/stage/throttle.h"

#define STREAM_ID_LEN 32

static const struct slice *override_of(struct pairs overrides, struct slice name)
{
    for (size_t i = 0; i < overrides.count; i++) {
        if (slice_eq(overrides.items[i].name, name)) {
            return &overrides.items[i].value;
        }
    }
    return NULL;
}

static bool is_among(struct pairs pairs, struct slice name)
{
    return override_of(pairs, name) != NULL;
}

/* An object of the variables, with those of a canary in their place. */
static struct slice variables_json(struct api_config *config, struct pairs variables,
                                   struct pairs overrides)
{
    if (variables.count + overrides.count == 0) {
        return SLICE_NULL;
    }
    AUTO_BUF buf = BUF_INIT(1024 * 1024);
    struct json_writer w = json_writer_init(&buf);
    json_open(&w, '{');
    for (size_t i = 0; i < variables.count; i++) {
        const struct slice *value = override_of(overrides, variables.items[i].name);
        json_write_key(&w, variables.items[i].name);
        json_write_string(&w, value != NULL ? *value : variables.items[i].value);
    }
    for (size_t i = 0; i < overrides.count; i++) {
        if (!is_among(variables, overrides.items[i].name)) {
            json_write_key(&w, overrides.items[i].name);
            json_write_string(&w, overrides.items[i].value);
        }
    }
    json_close(&w, '}');
    return arena_copy(&config->arena, buf_slice(&buf));
}

/* NULL: the stage has none that sls-local keeps. */
static const struct access_log *access_log_of(struct api_config *config,
                                              const struct stage_spec *spec)
{
    char stream[STREAM_ID_LEN + 1];
    struct arena *arena = &config->arena;
    struct slice group = access_log_group(spec->access_log_group);
    if (spec->access_log_format.len == 0 || group.len == 0) {
        return NULL;
    }
    id_derived(
        stream, STREAM_ID_LEN,
        arena_printf(arena, "access log %.*s %.*s", SLICE_ARG(config->id), SLICE_ARG(spec->name)));
    struct access_log *log = arena_alloc(arena, sizeof *log);
    *log = (struct access_log){
        .group = arena_copy(arena, group),
        .stream = arena_copy(arena, slice_from(stream)),
        .format = arena_copy(arena, spec->access_log_format),
    };
    return log;
}

static bool has_variable_targets(const struct api_spec *spec)
{
    for (size_t i = 0; i < spec->route_count; i++) {
        const struct integration_spec *integration = &spec->routes[i].integration;
        if (target_has_variables((struct target){integration->function, integration->qualifier})) {
            return true;
        }
    }
    return false;
}

static void init_stage(struct api_config *config, const struct api_spec *api,
                       const struct stage_spec *spec, struct stage *stage)
{
    size_t route_count = api->route_count;
    bool has_targets = has_variable_targets(api);
    struct slice name = arena_copy(&config->arena, spec->name);
    *stage = (struct stage){
        .name = name,
        .name_json = api_config_json_text(config, name),
        .variables_json =
            variables_json(config, spec->variables,
                           spec->canary.is_it ? spec->canary.variables : (struct pairs){0}),
        .is_default = slice_is(name, "$default"),
        .has_canary = spec->canary.is_set && config->kind == API_REST,
        .is_canary = spec->canary.is_it,
        .uses_stage_cache = spec->canary.uses_stage_cache,
        .canary_percent = spec->canary.percent,
    };
    if (spec->setting_count > 0) {
        stage->limits = arena_array(&config->arena, route_count, sizeof *stage->limits);
    }
    if (spec->has_cache && config->kind == API_REST) {
        stage->cache_rules = arena_array(&config->arena, route_count, sizeof *stage->cache_rules);
        stage->cache = response_cache_create();
    }
    if (has_targets) {
        stage->targets = arena_array(&config->arena, route_count, sizeof *stage->targets);
    }
    stage->access_log = access_log_of(config, spec);
    if (stage->has_canary && !stage->is_canary) {
        struct stage *canary = arena_alloc(&config->arena, sizeof *canary);
        *canary = *stage;
        canary->variables_json = variables_json(config, spec->variables, spec->canary.variables);
        if (has_targets) {
            canary->targets = arena_array(&config->arena, route_count, sizeof *canary->targets);
        }
        canary->is_canary = true;
        canary->cache = stage->cache == NULL || stage->uses_stage_cache
                            ? response_cache_ref(stage->cache)
                            : response_cache_create();
        stage->canary = canary;
    }
}

enum status stages_init(struct api_config *config, const struct api_spec *spec,
                        struct fault *reterr)
{
    if (spec->stage_count == 0) {
        return fault_set(reterr, STATUS_INVALID, "API %.*s has no stage",
                         SLICE_ARG(spec->logical_id));
    }
    config->stages = arena_array(&config->arena, spec->stage_count, sizeof(struct stage));
    config->stage_count = spec->stage_count;
    for (size_t i = 0; i < spec->stage_count; i++) {
        init_stage(config, spec, &spec->stages[i], &config->stages[i]);
    }
    return STATUS_OK;
}

static void add_target(struct api_config *config, const struct stage *stage,
                       const struct route *route)
{
    if (stage != NULL && stage->targets != NULL) {
        stage->targets[route->index] =
            target_fill(&config->arena, route->target, stage->variables_json);
    }
}

void stages_add_route(struct api_config *config, const struct api_spec *api,
                      const struct route_spec *spec, const struct route *route)
{
    for (size_t i = 0; i < config->stage_count; i++) {
        const struct stage *stage = &config->stages[i];
        const struct stage_spec *from = &api->stages[i];
        if (stage->limits != NULL) {
            stage->limits[route->index] =
                route_limit_of(from->settings, from->setting_count, config->kind, spec, route->key);
        }
        if (stage->cache_rules != NULL) {
            stage->cache_rules[route->index] =
                cache_rule_of(from->settings, from->setting_count, spec->method, spec->path);
        }
        add_target(config, stage, route);
        add_target(config, stage->canary, route);
    }
}

static void join_canary(struct api_config *config, struct api_config *variant, struct stage *canary)
{
    for (size_t i = 0; i < config->stage_count; i++) {
        struct stage *stage = &config->stages[i];
        if (stage->is_canary || !slice_eq(stage->name, canary->name)) {
            continue;
        }
        response_cache_unref(stage->canary != NULL ? stage->canary->cache : NULL);
        if (canary->uses_stage_cache) {
            response_cache_unref(canary->cache);
            canary->cache = response_cache_ref(stage->cache);
        }
        stage->canary = canary;
        stage->canary_config = variant;
    }
}

void stages_join_canaries(struct api_config *config, struct api_config *variant)
{
    for (struct api_config *each = config; each != NULL; each = each->variant) {
        for (size_t i = 0; i < variant->stage_count; i++) {
            if (variant->stages[i].is_canary) {
                join_canary(each, variant, &variant->stages[i]);
            }
        }
    }
}

void stages_finish(struct api_config *config)
{
    for (size_t i = 0; i < config->stage_count; i++) {
        const struct stage *stage = &config->stages[i];
        if (stage->canary != NULL && stage->canary_config == NULL) {
            response_cache_unref(stage->canary->cache);
        }
        response_cache_unref(stage->cache);
    }
}
