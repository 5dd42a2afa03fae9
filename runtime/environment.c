/* The variables of a sandbox: nothing of the host leaks in, reserved names cannot be overridden.
 *
 * Source  Lambda Developer Guide, "Defined runtime environment variables". */
#include "core/mem.h"
#include "runtime/plan.h"

#include <inttypes.h>

static const char *const reserved_names[] = {
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_MAX_CONCURRENCY",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
};

/* True for a name customers may not set. */
static bool is_reserved(struct slice name)
{
    for (size_t i = 0; i < COUNT_OF(reserved_names); i++) {
        if (slice_is(name, reserved_names[i])) {
            return true;
        }
    }
    return false;
}

struct slice environment_get(const struct function_spec *spec, const char *name)
{
    for (size_t i = 0; i < spec->environment_count; i++) {
        if (slice_is(spec->environment[i].name, name)) {
            return spec->environment[i].value;
        }
    }
    return SLICE_NULL;
}

struct builder {
    struct arena *arena;
    struct environment_variable *items;
    size_t count;
    size_t max;
};

/* Later calls win. */
static void set(struct builder *builder, struct slice name, struct slice value)
{
    for (size_t i = 0; i < builder->count; i++) {
        if (slice_eq(builder->items[i].name, name)) {
            builder->items[i].value = value;
            return;
        }
    }
    if (builder->count < builder->max) {
        builder->items[builder->count++] = (struct environment_variable){name, value};
    }
}

static void set_text(struct builder *builder, const char *name, const char *value)
{
    set(builder, slice_from(name), slice_from(value));
}

static void set_number(struct builder *builder, const char *name, uint32_t value)
{
    set(builder, slice_from(name), arena_printf(builder->arena, "%" PRIu32, value));
}

/* AWS's PATH, and before it where the interpreter lives on this machine. */
static struct slice path_value(struct arena *arena, const struct plan *plan)
{
    struct slice own = slice_from(plan->interpreter.path);
    size_t slash = slice_rfind(own, '/');
    if (slash == SLICE_NPOS || slash == 0) {
        return arena_printf(arena, "/usr/local/bin:/usr/bin:/bin:%s/bin", plan->opt_path);
    }
    return arena_printf(arena, "%.*s:/usr/local/bin:/usr/bin:/bin:%s/bin",
                        SLICE_ARG(slice_take(own, slash)), plan->opt_path);
}

/* Node adds a file to its own authorities; the others take one for all, so it has to have those of the machine, too. */
static void set_authorities(struct builder *builder, const struct plan_settings *settings)
{
    if (settings->ca_file != NULL) {
        set_text(builder, "NODE_EXTRA_CA_CERTS", settings->ca_file);
        set_text(builder, "AWS_CA_BUNDLE",
                 settings->ca_bundle != NULL ? settings->ca_bundle : settings->ca_file);
    }
    if (settings->ca_bundle != NULL) {
        set_text(builder, "SSL_CERT_FILE", settings->ca_bundle);
        set_text(builder, "REQUESTS_CA_BUNDLE", settings->ca_bundle);
    }
}

/* What a customer may override. */
static void set_defaults(struct builder *builder, const struct plan *plan,
                         const struct plan_settings *settings)
{
    struct arena *arena = builder->arena;
    const char *opt = plan->opt_path;
    set_text(builder, "LANG", "en_US.UTF-8");
    set_text(builder, "TZ", ":UTC");
    set(builder, SLICE("PATH"), path_value(arena, plan));
    set(builder, SLICE("LD_LIBRARY_PATH"),
        arena_printf(arena, "%s:%s/lib:%s/lib", plan->code_dir, plan->code_dir, opt));
    set_text(builder, "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
    set_text(builder, "AWS_XRAY_DAEMON_ADDRESS", "127.0.0.1:2000");
    set_text(builder, "AWS_SAM_LOCAL", "true");
    if (settings->endpoint_url != NULL) {
        set_text(builder, "AWS_ENDPOINT_URL", settings->endpoint_url);
    }
    set_authorities(builder, settings);
    if (plan->family == FAMILY_NODE) {
        struct slice major = slice_from(plan->interpreter.version);
        major = slice_take(major, slice_find(major, '.') == SLICE_NPOS ? major.len
                                                                       : slice_find(major, '.'));
        if (major.len == 0) { /* not known yet: the version the template names */
            major = slice_skip(plan->function->spec.runtime, 6);
            size_t dot = slice_find(major, '.');
            major = slice_take(major, dot == SLICE_NPOS ? major.len : dot);
        }
        set(builder, SLICE("NODE_PATH"),
            arena_printf(arena, "%s/nodejs/node%.*s/node_modules:%s/nodejs/node_modules:%s", opt,
                         SLICE_ARG(major), opt, plan->code_dir));
    } else if (plan->family == FAMILY_PYTHON) {
        set_text(builder, "LC_CTYPE", "C.UTF-8");
        /* Else bytecode would land in the project, and make its directory look edited. */
        set(builder, SLICE("SLS_PYCACHE"), arena_printf(arena, "%s/pycache", settings->data_dir));
        if (plan->layer_dir != NULL) {
            set(builder, SLICE("PYTHONPATH"),
                arena_printf(arena, "%s/python:%s/python/lib/python%s/site-packages", opt, opt,
                             plan->interpreter.version));
        }
    }
}

/* Reserved names, and those that tell how this sandbox is reached. */
static void set_platform(struct builder *builder, const struct plan *plan,
                         const struct plan_settings *settings,
                         const struct sandbox_variables *sandbox)
{
    const struct function *function = plan->function;
    struct arena *arena = builder->arena;
    set_text(builder, "AWS_LAMBDA_RUNTIME_API", sandbox->runtime_api);
    set(builder, SLICE("_HANDLER"), function->spec.handler);
    set_text(builder, "AWS_REGION", settings->region);
    set_text(builder, "AWS_DEFAULT_REGION", settings->region);
    set_text(builder, "AWS_ACCESS_KEY_ID", "test");
    set_text(builder, "AWS_SECRET_ACCESS_KEY", "test");
    set_text(builder, "AWS_SESSION_TOKEN", "test");
    set(builder, SLICE("AWS_LAMBDA_FUNCTION_NAME"), function->spec.name);
    set_text(builder, "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    set_number(builder, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", function->spec.memory_mb);
    set(builder, SLICE("AWS_LAMBDA_LOG_GROUP_NAME"), function->log_group);
    set_text(builder, "AWS_LAMBDA_LOG_STREAM_NAME", sandbox->log_stream);
    set_text(builder, "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    set_text(builder, "LAMBDA_TASK_ROOT", plan->code_dir);
    set_text(builder, "LAMBDA_RUNTIME_DIR", settings->runtimes_dir);
    if (plan->family != FAMILY_PROVIDED) {
        set(builder, SLICE("AWS_EXECUTION_ENV"),
            arena_printf(arena, "AWS_Lambda_%.*s", SLICE_ARG(function->spec.runtime)));
    }
    if (slice_is(function->spec.log_format, "JSON")) {
        set_text(builder, "AWS_LAMBDA_LOG_FORMAT", "JSON");
        set_text(builder, "AWS_LAMBDA_LOG_LEVEL", "INFO");
    }
    if (sandbox->tmp_dir != NULL) {
        set_text(builder, "TMPDIR", sandbox->tmp_dir);
    }
}

size_t environment_build(struct arena *arena, const struct plan *plan,
                         const struct plan_settings *settings,
                         const struct sandbox_variables *sandbox,
                         struct environment_variable **ret_variables)
{
    const struct function_spec *spec = &plan->function->spec;
    struct builder builder = {.arena = arena, .max = spec->environment_count + 48};
    builder.items = arena_array(arena, builder.max, sizeof *builder.items);
    set_defaults(&builder, plan, settings);
    for (size_t i = 0; i < spec->environment_count; i++) {
        if (!is_reserved(spec->environment[i].name)) {
            set(&builder, spec->environment[i].name, spec->environment[i].value);
        }
    }
    set_platform(&builder, plan, settings, sandbox);
    *ret_variables = builder.items;
    return builder.count;
}

char **environment_block(struct arena *arena, const struct environment_variable *variables,
                         size_t count)
{
    char **block = arena_array(arena, count + 1, sizeof *block);
    for (size_t i = 0; i < count; i++) {
        struct slice line = arena_printf(arena, "%.*s=%.*s", SLICE_ARG(variables[i].name),
                                         SLICE_ARG(variables[i].value));
        block[i] = arena_cstr(arena, line);
    }
    return block;
}
