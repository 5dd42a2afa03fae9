/* Where a function's code lies: a directory as it is, zips, inline code and layers unpacked below
 * the data directory under names that follow from their content's age and size. */
#include "core/file.h"
#include "core/mem.h"
#include "runtime/limits.h"
#include "runtime/plan.h"

#include <sys/stat.h>

static const char *path_of(struct plan *plan, struct slice path)
{
    return arena_cstr(&plan->arena, path);
}

static bool prepare_directory(struct plan *plan)
{
    plan->code_dir = path_of(plan, plan->function->spec.code_path);
    if (!file_is_dir(plan->code_dir)) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "the code directory %s does not exist", plan->code_dir);
        return false;
    }
    return true;
}

static bool prepare_inline(struct plan *plan, const struct plan_settings *settings)
{
    const struct function_spec *spec = &plan->function->spec;
    struct fault fault;
    struct unpacked unpacked;
    const char *file = plan->family == FAMILY_PYTHON ? "index.py" : "index.js";
    if (plan->family != FAMILY_PYTHON && plan->family != FAMILY_NODE) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "inline code is for nodejs and python runtimes only");
        return false;
    }
    (void)unpacked_find(plan, settings, "code", spec->name, spec->inline_code, &unpacked);
    plan->code_dir = unpacked.dir;
    if (file_make_dirs(plan->code_dir, &fault) != STATUS_OK ||
        file_write(path_of(plan, arena_printf(&plan->arena, "%s/%s", plan->code_dir, file)),
                   spec->inline_code, &fault) != STATUS_OK) {
        plan_fail(plan, PROBLEM_CANNOT_RUN, "%s", fault.text);
        return false;
    }
    return true;
}

bool code_prepare(struct plan *plan, const struct plan_settings *settings)
{
    const struct function_spec *spec = &plan->function->spec;
    switch (spec->code) {
    case CODE_DIRECTORY:
        return prepare_directory(plan);
    case CODE_INLINE:
        return prepare_inline(plan, settings);
    case CODE_ZIP:
        return code_unzip(plan, settings, spec->code_path, &plan->code_dir);
    case CODE_IMAGE:
        plan_fail(plan, PROBLEM_CANNOT_RUN,
                  "%.*s: container images cannot run here (no Docker); set Runtime, Handler and "
                  "CodeUri to run the code itself",
                  SLICE_ARG(spec->code_path));
        return false;
    case CODE_REMOTE:
        plan_fail(plan, PROBLEM_CANNOT_RUN,
                  "%.*s: the code is not on this machine; point CodeUri at a directory or zip",
                  SLICE_ARG(spec->code_path));
        return false;
    }
    return false;
}
