/* Variables, and macros, whose arguments are evaluated each time that they are used. */
#include "gateway/vtl/run.h"

/* The frame whose macro has this parameter, from the innermost out; `*ret_place` is which. */
static struct vtl_frame *frame_of(struct vtl_run *run, size_t variable, size_t *ret_place)
{
    for (struct vtl_frame *frame = run->frame; frame != NULL; frame = frame->caller) {
        for (size_t i = 0; i < frame->macro->parameter_count; i++) {
            if (frame->macro->parameters[i] == variable &&
                (frame->arguments[i] != NULL || frame->is_assigned[i])) {
                *ret_place = i;
                return frame;
            }
        }
    }
    return NULL;
}

static struct vtl_value body_content(const struct vtl_run *run)
{
    for (const struct vtl_frame *frame = run->frame; frame != NULL; frame = frame->caller) {
        if (frame->body.kind != VTL_NULL) {
            return frame->body;
        }
    }
    return vtl_null();
}

struct vtl_value vtl_variable_get(struct vtl_run *run, size_t variable)
{
    size_t place = 0;
    struct vtl_frame *frame = frame_of(run, variable, &place), *before = run->frame;
    if (frame != NULL && !frame->is_assigned[place]) {
        run->frame = frame->caller;
        struct vtl_value value = vtl_eval(run, frame->arguments[place]);
        run->frame = before;
        return value;
    }
    if (frame != NULL) {
        return frame->assigned[place];
    }
    if (variable == VARIABLE_BODY_CONTENT && body_content(run).kind != VTL_NULL) {
        return body_content(run);
    }
    return run->is_set[variable] ? run->variables[variable] : vtl_null();
}

/* In a macro, a variable that is named like a parameter is set twice: as itself, and in place of the argument, so that the
 * argument itself never changes. */
void vtl_variable_set(struct vtl_run *run, size_t variable, struct vtl_value value)
{
    for (struct vtl_frame *frame = run->frame; frame != NULL; frame = frame->caller) {
        for (size_t i = 0; i < frame->macro->parameter_count; i++) {
            if (frame->macro->parameters[i] == variable) {
                frame->assigned[i] = value;
                frame->is_assigned[i] = true;
            }
        }
    }
    run->variables[variable] = value;
    run->is_set[variable] = true;
}

void vtl_variable_remove(struct vtl_run *run, size_t variable)
{
    for (struct vtl_frame *frame = run->frame; frame != NULL; frame = frame->caller) {
        for (size_t i = 0; i < frame->macro->parameter_count; i++) {
            if (frame->macro->parameters[i] == variable) {
                frame->is_assigned[i] = false;
                frame->arguments[i] = NULL;
            }
        }
    }
    run->is_set[variable] = false;
}

/* --- macros --- */

static struct vtl_frame *frame_new(struct vtl_run *run, const struct vtl_node *call)
{
    const struct vtl_macro *macro = call->of.call.macro;
    struct vtl_frame *frame = vtl_alloc(run, sizeof *frame);
    size_t count = macro->parameter_count;
    *frame = (struct vtl_frame){.macro = macro, .caller = run->frame, .body = vtl_null()};
    frame->arguments = vtl_alloc(run, count * sizeof *frame->arguments);
    frame->assigned = vtl_alloc(run, count * sizeof *frame->assigned);
    frame->is_assigned = vtl_alloc(run, count * sizeof *frame->is_assigned);
    const struct vtl_node *argument = call->of.call.arguments;
    for (size_t i = 0; i < count && argument != NULL; i++, argument = argument->next) {
        frame->arguments[i] = argument;
    }
    if (call->of.call.has_block) {
        struct vtl_block *block = vtl_alloc(run, sizeof *block);
        *block = (struct vtl_block){
            .block = call->of.call.block, .frame = run->frame, .depth_max = VTL_MACRO_DEPTH_MAX};
        frame->body = (struct vtl_value){.kind = VTL_BLOCK, .of = {.block = block}};
    }
    return frame;
}

void vtl_call_macro(struct vtl_run *run, const struct vtl_node *call)
{
    struct vtl_frame *before = run->frame;
    if (call->of.call.macro == NULL) {
        buf_append(run->out, call->text);
        return;
    }
    if (run->macro_depth == VTL_MACRO_DEPTH_MAX) {
        vtl_fail(run, STATUS_LIMIT, "macros may call one another %u levels deep",
                 VTL_MACRO_DEPTH_MAX);
        return;
    }
    run->macro_depth++;
    run->frame = frame_new(run, call);
    vtl_render_block(run, call->of.call.macro->block);
    if (run->flow == FLOW_BREAK && run->flow_target == NULL) {
        run->flow = FLOW_ON;
    }
    run->frame = before;
    run->macro_depth--;
}
