#include "runtime/plan.h"

bool code_merge_layers(struct plan *plan, const struct plan_settings *settings)
{
    (void)settings;
    if (plan->function->spec.layer_count == 0) {
        return true;
    }
    plan_fail(plan, PROBLEM_CANNOT_RUN, "layers are not merged yet");
    return false;
}
