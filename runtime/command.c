/* Which program with which arguments runs a function. */
#include "core/file.h"
#include "core/mem.h"
#include "runtime/plan.h"

#include <dirent.h>
#include <unistd.h>

static char *const *make_argv(struct arena *arena, const char *const *words, size_t count)
{
    char **argv = arena_array(arena, count + 1, sizeof *argv);
    for (size_t i = 0; i < count; i++) {
        argv[i] = arena_cstr(arena, slice_from(words[i]));
    }
    return argv;
}

static const char *join(struct arena *arena, const char *folder, const char *name)
{
    return arena_cstr(arena, arena_printf(arena, "%s/%s", folder, name));
}

/* The bootstrap of the code or of a layer; what is there but not executable counts, so that the
 * exec says "permission denied" as on AWS. */
static const char *find_bootstrap(struct plan *plan)
{
    const char *path = join(&plan->arena, plan->code_dir, "bootstrap");
    if (file_is_regular(path)) {
        return path;
    }
    if (plan->layer_dir != NULL) {
        path = join(&plan->arena, plan->layer_dir, "bootstrap");
        if (file_is_regular(path)) {
            return path;
        }
    }
    return NULL;
}

static bool run_bootstrap(struct plan *plan, const char *bootstrap)
{
    /* A bootstrap of a mounted layer is started by the name it has inside. */
    if (plan->layer_dir != NULL && plan->has_private_opt &&
        slice_starts_with(slice_from(bootstrap), slice_from(plan->layer_dir))) {
        bootstrap = "/opt/bootstrap";
    }
    plan->path = bootstrap;
    plan->argv = make_argv(&plan->arena, &bootstrap, 1);
    plan->needs_own_process = true;
    return true;
}

static bool command_provided(struct plan *plan, const struct plan_settings *settings)
{
    (void)settings;
    const char *bootstrap = find_bootstrap(plan);
    if (bootstrap == NULL) {
        plan_fail(plan, PROBLEM_NO_BOOTSTRAP,
                  "no executable `bootstrap` in %s: build the function first (sam build, make, "
                  "go build -o bootstrap, cargo lambda build)",
                  plan->code_dir);
        return false;
    }
    return run_bootstrap(plan, bootstrap);
}

/* AWS's own client when the project brings one with a bootstrap, else ours. */
static bool command_node(struct plan *plan, const struct plan_settings *settings)
{
    const char *bootstrap = find_bootstrap(plan);
    if (bootstrap != NULL && access(bootstrap, X_OK) == 0) {
        return run_bootstrap(plan, bootstrap);
    }
    const char *words[4];
    size_t count = 0;
    words[count++] = plan->interpreter.path;
    if (plan->debug_port != 0) {
        words[count++] =
            arena_cstr(&plan->arena, arena_printf(&plan->arena, "--inspect-brk=127.0.0.1:%u",
                                                  (unsigned)plan->debug_port));
    }
    words[count++] = join(&plan->arena, settings->runtimes_dir, "node/index.cjs");
    plan->path = plan->interpreter.path;
    plan->argv = make_argv(&plan->arena, words, count);
    return true;
}

static bool command_python(struct plan *plan, const struct plan_settings *settings)
{
    const char *bootstrap = find_bootstrap(plan);
    if (bootstrap != NULL && access(bootstrap, X_OK) == 0) {
        return run_bootstrap(plan, bootstrap);
    }
    const char *words[8];
    size_t count = 0;
    words[count++] = plan->interpreter.path;
    if (plan->debug_port != 0) {
        words[count++] = "-m";
        words[count++] = "debugpy";
        words[count++] = "--listen";
        words[count++] = arena_cstr(
            &plan->arena, arena_printf(&plan->arena, "127.0.0.1:%u", (unsigned)plan->debug_port));
        words[count++] = "--wait-for-client";
    }
    words[count++] = join(&plan->arena, settings->runtimes_dir, "python/bootstrap.py");
    plan->path = plan->interpreter.path;
    plan->argv = make_argv(&plan->arena, words, count);
    return true;
}

static bool command_ruby(struct plan *plan, const struct plan_settings *settings)
{
    const char *words[2] = {NULL, NULL};
    (void)settings;
    const char *bootstrap = find_bootstrap(plan);
    if (bootstrap != NULL) {
        return run_bootstrap(plan, bootstrap);
    }
    /* Gems put their programs beside the interpreter. */
    struct slice ruby = slice_from(plan->interpreter.path);
    const char *ric =
        arena_cstr(&plan->arena, arena_printf(&plan->arena, "%.*s/aws_lambda_ric",
                                              SLICE_ARG(slice_take(ruby, slice_rfind(ruby, '/')))));
    if (access(ric, R_OK) != 0) {
        plan_fail(plan, PROBLEM_CANNOT_RUN,
                  "ruby functions need AWS's interface client: gem install aws_lambda_ric");
        return false;
    }
    words[0] = plan->interpreter.path;
    words[1] = ric;
    const char *all[3] = {words[0], words[1],
                          arena_cstr(&plan->arena, plan->function->spec.handler)};
    plan->path = plan->interpreter.path;
    plan->argv = make_argv(&plan->arena, all, 3);
    plan->needs_own_process = true;
    return true;
}

/* True when a file of `folder` begins and ends so. */
static bool has_file(const char *folder, const char *prefix, const char *suffix)
{
    bool is_found = false;
    DIR *dir = opendir(folder);
    struct dirent *entry;
    while (dir != NULL && !is_found && (entry = readdir(dir)) != NULL) {
        struct slice name = slice_from(entry->d_name);
        is_found = slice_starts_with(name, slice_from(prefix)) &&
                   slice_ends_with(name, slice_from(suffix));
    }
    if (dir != NULL) {
        closedir(dir);
    }
    return is_found;
}

static bool command_java(struct plan *plan, const struct plan_settings *settings)
{
    (void)settings;
    const char *bootstrap = find_bootstrap(plan);
    if (bootstrap != NULL) {
        return run_bootstrap(plan, bootstrap);
    }
    const char *lib = join(&plan->arena, plan->code_dir, "lib");
    if (!has_file(lib, "aws-lambda-java-runtime-interface-client", ".jar")) {
        plan_fail(plan, PROBLEM_CANNOT_RUN,
                  "java functions need AWS's interface client among their dependencies: add "
                  "com.amazonaws:aws-lambda-java-runtime-interface-client and build (looked in %s)",
                  lib);
        return false;
    }
    const char *words[] = {
        plan->interpreter.path, "-cp",
        arena_cstr(&plan->arena, arena_printf(&plan->arena, "%s:%s/*", plan->code_dir, lib)),
        "com.amazonaws.services.lambda.runtime.api.client.AWSLambda",
        arena_cstr(&plan->arena, plan->function->spec.handler)};
    plan->path = plan->interpreter.path;
    plan->argv = make_argv(&plan->arena, words, COUNT_OF(words));
    plan->needs_own_process = true;
    return true;
}

static bool command_dotnet(struct plan *plan, const struct plan_settings *settings)
{
    struct arena *arena = &plan->arena;
    (void)settings;
    const char *bootstrap = find_bootstrap(plan);
    if (bootstrap != NULL) {
        return run_bootstrap(plan, bootstrap);
    }
    /* "Assembly::Type::Method" runs under the support library's own program; a bare "Assembly" is a
     * program itself. */
    struct slice handler = plan->function->spec.handler;
    size_t colon = slice_search(handler, SLICE("::"));
    struct slice assembly = slice_take(handler, colon == SLICE_NPOS ? handler.len : colon);
    const char *support = join(arena, plan->code_dir, "Amazon.Lambda.RuntimeSupport.dll");
    const char *own =
        arena_cstr(arena, arena_printf(arena, "%s/%.*s.dll", plan->code_dir, SLICE_ARG(assembly)));
    if (!file_is_regular(support) || !file_is_regular(own)) {
        plan_fail(plan, PROBLEM_CANNOT_RUN,
                  "dotnet functions need a published build with Amazon.Lambda.RuntimeSupport: add "
                  "the package and run `dotnet publish` (looked for %s)",
                  file_is_regular(own) ? support : own);
        return false;
    }
    const char *words[] = {plan->interpreter.path,
                           "exec",
                           "--depsfile",
                           arena_cstr(arena, arena_printf(arena, "%s/%.*s.deps.json",
                                                          plan->code_dir, SLICE_ARG(assembly))),
                           "--runtimeconfig",
                           arena_cstr(arena, arena_printf(arena, "%s/%.*s.runtimeconfig.json",
                                                          plan->code_dir, SLICE_ARG(assembly))),
                           colon == SLICE_NPOS ? own : support,
                           arena_cstr(arena, handler)};
    plan->path = plan->interpreter.path;
    plan->argv = make_argv(arena, words, COUNT_OF(words));
    plan->needs_own_process = true;
    return true;
}

typedef bool command_fn(struct plan *plan, const struct plan_settings *settings);

static command_fn *const commands[] = {
    [FAMILY_PROVIDED] = command_provided, [FAMILY_NODE] = command_node,
    [FAMILY_PYTHON] = command_python,     [FAMILY_RUBY] = command_ruby,
    [FAMILY_JAVA] = command_java,         [FAMILY_DOTNET] = command_dotnet,
};

/* AWS_LAMBDA_EXEC_WRAPPER is started with the original command as its arguments. */
static void wrap(struct plan *plan)
{
    struct slice wrapper = environment_get(&plan->function->spec, "AWS_LAMBDA_EXEC_WRAPPER");
    if (wrapper.len == 0) {
        return;
    }
    const char *path = arena_cstr(&plan->arena, wrapper);
    if (plan->layer_dir != NULL && !plan->has_private_opt &&
        slice_starts_with(wrapper, SLICE("/opt/"))) {
        path = join(&plan->arena, plan->layer_dir, path + 5);
    } else if (slice_starts_with(wrapper, SLICE("/var/task/"))) {
        path = join(&plan->arena, plan->code_dir, path + 10);
    }
    size_t count = 0;
    while (plan->argv[count] != NULL) {
        count++;
    }
    char **argv = arena_array(&plan->arena, count + 2, sizeof *argv);
    argv[0] = arena_cstr(&plan->arena, slice_from(path));
    memcpy(argv + 1, plan->argv, count * sizeof *argv);
    argv[1] = arena_cstr(&plan->arena, slice_from(plan->path));
    plan->path = path;
    plan->argv = argv;
    plan->has_wrapper = true;
    plan->needs_own_process = true;
}

/* What only a new process can honour. */
static bool has_process_variables(const struct plan *plan)
{
    static const char *const names[] = {
        "NODE_OPTIONS",
        "LD_LIBRARY_PATH",
        "LD_PRELOAD",
        "PYTHONPATH",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "PYTHONOPTIMIZE",
        "PYTHONHASHSEED",
        "PYTHONUTF8",
        "PYTHONIOENCODING",
        "PYTHONDEVMODE",
        "PYTHONWARNINGS",
        "PYTHONUNBUFFERED",
        "UV_THREADPOOL_SIZE",
        "NODE_EXTRA_CA_CERTS",
        "MALLOC_ARENA_MAX",
        "NODE_ICU_DATA",
        "NODE_PENDING_DEPRECATION",
        "NODE_NO_WARNINGS",
        "LC_ALL",
        "LC_CTYPE",
        "LANG",
    };
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        if (environment_get(&plan->function->spec, names[i]).ptr != NULL) {
            return true;
        }
    }
    return false;
}

static bool has_native_libraries(struct plan *plan)
{
    return has_file(join(&plan->arena, plan->code_dir, "lib"), "lib", "") ||
           (plan->layer_dir != NULL && file_is_dir(join(&plan->arena, plan->layer_dir, "lib")));
}

bool command_prepare(struct plan *plan, const struct plan_settings *settings)
{
    if (plan->family == FAMILY_UNKNOWN) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "sls-local does not know the runtime '%.*s'",
                  SLICE_ARG(plan->function->spec.runtime));
        return false;
    }
    if (plan->family != FAMILY_PROVIDED && plan->interpreter.path[0] == '\0' &&
        find_bootstrap(plan) == NULL) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "%s", plan->interpreter.problem);
        return false;
    }
    if (!commands[plan->family](plan, settings)) {
        return false;
    }
    wrap(plan);
    if (plan->debug_port != 0 || has_process_variables(plan) || has_native_libraries(plan)) {
        plan->needs_own_process = true;
    }
    return true;
}
