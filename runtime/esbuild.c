#include "runtime/plan.h"

bool esbuild_prepare(struct plan *plan, const struct plan_settings *settings)
{
    (void)settings;
    if (!slice_is(plan->function->spec.build_method, "esbuild")) {
        return true;
    }
    plan_fail(plan, PROBLEM_CANNOT_RUN, "esbuild functions are not bundled yet");
    return false;
}
