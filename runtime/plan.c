#include "runtime/plan.h"
#include "core/file.h"
#include "core/mem.h"

enum { PROBLEM_TEXT_MAX = 4096 };

struct plan *plan_create(struct function *function, uint64_t number)
{
    struct plan *plan = mem_zalloc(sizeof *plan);
    plan->refs = 1;
    plan->number = number;
    plan->function = function_ref(function);
    plan->family = runtime_family_of(function->spec.runtime);
    arena_init(&plan->arena, 1024);
    return plan;
}

struct plan *plan_ref(struct plan *plan)
{
    plan->refs++;
    return plan;
}

void plan_unref(struct plan *plan)
{
    if (plan != NULL && --plan->refs == 0) {
        struct fault fault;
        if (plan->built_dir != NULL) {
            (void)!file_remove_tree(plan->built_dir, &fault);
        }
        function_unref(plan->function);
        arena_finish(&plan->arena);
        mem_free(plan);
    }
}

void plan_fail(struct plan *plan, enum plan_problem kind, const char *format, ...)
{
    char text[PROBLEM_TEXT_MAX]; /* longer than a fault: a bundler's messages have several lines */
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    plan->problem_kind = kind;
    plan->problem = arena_copy(&plan->arena, slice_from(text));
}

bool plan_needs_thread(const struct plan *plan)
{
    const struct function_spec *spec = &plan->function->spec;
    return spec->code == CODE_ZIP || spec->layer_count > 0 ||
           slice_is(spec->build_method, "esbuild") || !plan->has_interpreter;
}

static bool is_below(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    return path != NULL && strncmp(path, folder, len) == 0 &&
           (path[len] == '/' || path[len] == '\0');
}

/* Mounts hide what lies beneath: /tmp is left alone when the code or our own folders are in it,
 * /opt when the interpreter is. */
static void choose_mounts(struct plan *plan, const struct plan_settings *settings)
{
    bool can_mount = settings->isolation != ISOLATION_NONE;
    plan->has_private_tmp = can_mount && !is_below(plan->code_dir, "/tmp") &&
                            !is_below(settings->data_dir, "/tmp") &&
                            !is_below(plan->interpreter.path, "/tmp");
    plan->has_private_opt =
        can_mount && plan->layer_dir != NULL && !is_below(plan->interpreter.path, "/opt") &&
        !is_below(plan->code_dir, "/opt") && !is_below(settings->data_dir, "/opt");
    plan->opt_path = plan->layer_dir == NULL || plan->has_private_opt ? "/opt" : plan->layer_dir;
}

void plan_prepare(struct plan *plan, const struct plan_settings *settings)
{
    if (!plan->has_interpreter) {
        plan->has_interpreter =
            interpreter_find(plan->function->spec.runtime, true, &plan->interpreter);
    }
    if (!code_prepare(plan, settings) || !code_merge_layers(plan, settings) ||
        !esbuild_prepare(plan, settings)) {
        return;
    }
    choose_mounts(plan, settings);
    (void)command_prepare(plan, settings);
}
