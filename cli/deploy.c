#include "cli/deploy.h"

#include "cli/position.h"
#include "cli/resources.h"
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
        .tags = function->tags,
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
    return target->control != NULL ? deploy_apis(target, deployment, reterr) : STATUS_OK;
}

enum status deploy_apis(const struct deploy_target *target, const struct deployment *deployment,
                        struct fault *reterr)
{
    AUTO_ARENA arena = ARENA_INIT;
    size_t count;
    struct resource *resources = resources_of(&arena, deployment, gateway_deploys, &count);
    if (target->scheduler != NULL) {
        resources = scheduler_function_urls(target->scheduler, &arena, resources, count, &count);
    }
    return control_plane_deploy(target->control, resources, count, target->first_port, reterr);
}
