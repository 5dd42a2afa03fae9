#include "cli/deploy.h"

#include "cli/position.h"
#include "core/mem.h"

/* --- functions --- */

static enum code_kind code_kind_of(enum package_kind package)
{
    switch (package) {
    case PACKAGE_DIRECTORY:
        return CODE_DIRECTORY;
    case PACKAGE_ZIP:
        return CODE_ZIP;
    case PACKAGE_INLINE:
        return CODE_INLINE;
    case PACKAGE_IMAGE:
        return CODE_IMAGE;
    case PACKAGE_REMOTE:
        return CODE_REMOTE;
    }
    return CODE_REMOTE;
}

static const struct environment_variable *variables_of(struct arena *arena,
                                                       struct name_values values)
{
    struct environment_variable *variables = arena_array(arena, values.count, sizeof *variables);
    for (size_t i = 0; i < values.count; i++) {
        variables[i] = (struct environment_variable){values.items[i].name, values.items[i].value};
    }
    return variables;
}

static const struct environment_variable *environment_of(struct arena *arena,
                                                         const struct env_vars *env,
                                                         const struct deployment_function *function)
{
    struct name_values local = {
        arena_array(arena, function->environment.count, sizeof(struct name_value)),
        function->environment.count};
    for (size_t i = 0; i < local.count; i++) {
        local.items[i] = function->environment.items[i];
        if (env != NULL) {
            env_vars_find(env, arena, function->logical_id, function->name, local.items[i].name,
                          &local.items[i].value);
        }
    }
    return variables_of(arena, local);
}

static struct function_spec function_spec_of(struct arena *arena,
                                             const struct deployment *deployment,
                                             const struct env_vars *env,
                                             const struct deployment_function *function)
{
    return (struct function_spec){
        .logical_id = function->logical_id,
        .name = function->name,
        .description = function->description,
        .runtime = function->runtime,
        .handler = function->handler,
        .code = code_kind_of(function->package),
        .code_path = function->code_path,
        .inline_code = function->inline_code,
        .role = function->role,
        .architecture = function->architecture,
        .alias = function->alias,
        .log_format = function->log_format,
        .log_group = function->log_group,
        .timeout_ms = function->timeout_s * 1000,
        .memory_mb = function->memory_mb,
        .ephemeral_mb = function->ephemeral_mb,
        .reserved_concurrency = function->reserved_concurrency,
        .environment = environment_of(arena, env, function),
        .environment_count = function->environment.count,
        .layers = function->layer_paths.items,
        .layer_count = function->layer_paths.count,
        .build_method = function->build_method,
        .esbuild_entry_points = function->esbuild_entry_points.items,
        .esbuild_entry_point_count = function->esbuild_entry_points.count,
        .esbuild_options = variables_of(arena, function->esbuild_properties),
        .esbuild_option_count = function->esbuild_properties.count,
        .position = position_text(arena, deployment, function->pos),
    };
}

/* --- APIs --- */

static struct pairs pairs_of(struct arena *arena, struct name_values values)
{
    struct name_value_pair *pairs = arena_array(arena, values.count, sizeof *pairs);
    for (size_t i = 0; i < values.count; i++) {
        pairs[i] = (struct name_value_pair){values.items[i].name, values.items[i].value};
    }
    return (struct pairs){pairs, values.count};
}

static struct texts texts_of(struct slices list)
{
    return (struct texts){list.items, list.count};
}

static enum integration integration_of(enum integration_kind kind)
{
    switch (kind) {
    case INTEGRATE_LAMBDA:
        return INTEGRATION_LAMBDA;
    case INTEGRATE_NOT_POSTED:
        return INTEGRATION_NOT_POSTED;
    case INTEGRATE_CORS_MOCK:
        return INTEGRATION_MOCK;
    case INTEGRATE_UNSUPPORTED:
        return INTEGRATION_UNSUPPORTED;
    }
    return INTEGRATION_UNSUPPORTED;
}

/* Why a route cannot be let through: a guard or an integration that sls-local lacks. */
static struct slice unsupported_of(struct arena *arena, const struct deployment_route *route)
{
    if (route->authorizer.len > 0) {
        return arena_printf(arena, "%.*s guards this route; sls-local does not emulate it yet",
                            SLICE_ARG(route->authorizer));
    }
    if (route->integration == INTEGRATE_UNSUPPORTED) {
        return arena_printf(arena, "%.*s: sls-local does not emulate this integration",
                            SLICE_ARG(route->integration_note));
    }
    return SLICE("");
}

static struct route_spec route_spec_of(struct arena *arena, const struct deployment_route *route)
{
    return (struct route_spec){
        .method = route->method,
        .path = route->path,
        .integration = {.kind = integration_of(route->integration),
                        .function = route->function,
                        .qualifier = route->qualifier,
                        .is_payload_v1 = slice_is(route->payload_format, "1.0"),
                        .streams = route->streams,
                        .timeout_ms = route->timeout_ms,
                        .mock_headers = pairs_of(arena, route->mock_headers)},
        .unsupported = unsupported_of(arena, route),
    };
}

static struct cors_spec cors_spec_of(const struct cors_config *cors)
{
    return (struct cors_spec){
        .is_set = cors->is_set,
        .allow_credentials = cors->allow_credentials,
        .max_age_s = cors->max_age_s,
        .allow_origins = texts_of(cors->allow_origins),
        .allow_methods = texts_of(cors->allow_methods),
        .allow_headers = texts_of(cors->allow_headers),
        .expose_headers = texts_of(cors->expose_headers),
    };
}

static struct api_spec api_spec_of(struct arena *arena, const struct deployment_api *api,
                                   uint16_t port)
{
    struct stage_spec *stages = arena_array(arena, api->stage_count, sizeof *stages);
    for (size_t i = 0; i < api->stage_count; i++) {
        stages[i] = (struct stage_spec){.name = api->stages[i].name,
                                        .variables = pairs_of(arena, api->stages[i].variables)};
    }
    struct route_spec *routes = arena_array(arena, api->route_count, sizeof *routes);
    for (size_t i = 0; i < api->route_count; i++) {
        routes[i] = route_spec_of(arena, &api->routes[i]);
    }
    return (struct api_spec){
        .kind = api->kind == DEPLOY_API_HTTP ? API_HTTP : API_REST,
        .logical_id = api->logical_id,
        .id = api->id,
        .name = api->name,
        .port = port,
        .stages = stages,
        .stage_count = api->stage_count,
        .routes = routes,
        .route_count = api->route_count,
        .cors = cors_spec_of(&api->cors),
        .binary_media_types = texts_of(api->binary_media_types),
    };
}

enum status deploy_apply(const struct deploy_target *target, const struct deployment *deployment,
                         struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    struct function_spec *functions =
        arena_array(&arena, deployment->function_count, sizeof *functions);
    for (size_t i = 0; i < deployment->function_count; i++) {
        functions[i] = function_spec_of(&arena, deployment, target->env, &deployment->functions[i]);
    }
    lambda_deploy(target->lambda, functions, deployment->function_count);
    if (target->gateway == NULL) {
        return STATUS_OK;
    }

    struct api_spec *apis = arena_array(&arena, deployment->api_count, sizeof *apis);
    size_t count = 0;
    for (size_t i = 0; i < deployment->api_count; i++) {
        if (deployment->apis[i].kind == DEPLOY_API_WEBSOCKET ||
            deployment->apis[i].stage_count == 0) {
            continue; /* the ledger or a warning says so */
        }
        size_t port = target->first_port != 0 ? target->first_port + count : 0;
        if (port > UINT16_MAX) {
            return fault_set(reterr, STATUS_INVALID, "--port %u leaves no port for %.*s",
                             (unsigned)target->first_port,
                             SLICE_ARG(deployment->apis[i].logical_id));
        }
        apis[count++] = api_spec_of(&arena, &deployment->apis[i], (uint16_t)port);
    }
    return gateway_configure(target->gateway, apis, count, reterr);
}
