#include "gateway/vtl/run.h"

#include "gateway/vtl/regex.h"

#include <stdarg.h>

/* --- what a run may use --- */

void vtl_fail(struct vtl_run *run, enum status status, const char *format, ...)
{
    va_list args;
    if (run->flow == FLOW_FAILED) {
        return;
    }
    va_start(args, format);
    run->status = vtl_fault(run->template, run->offset, run->reterr, status, format, args);
    va_end(args);
    run->flow = FLOW_FAILED;
}

bool vtl_spend(struct vtl_run *run, size_t bytes)
{
    run->steps += 1 + bytes / VTL_STEP_BYTES;
    if (run->steps > VTL_STEPS_MAX) {
        vtl_fail(run, STATUS_LIMIT, "the template takes more than %u steps", VTL_STEPS_MAX);
    }
    return run->flow != FLOW_FAILED;
}

void *vtl_alloc(struct vtl_run *run, size_t len)
{
    if (len > VTL_MEMORY_MAX || run->arena->used - run->arena_start > VTL_MEMORY_MAX - len) {
        vtl_fail(run, STATUS_LIMIT, "the template takes more than %u MB", VTL_MEMORY_MAX >> 20);
    }
    return arena_alloc(run->arena, len);
}

struct slice vtl_copy(struct vtl_run *run, struct slice text)
{
    char *copy = vtl_alloc(run, text.len);
    (void)vtl_spend(run, text.len);
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    return slice_of(copy, text.len);
}

struct slice vtl_take(struct vtl_run *run, struct buf *buf)
{
    if (buf_status(buf) != STATUS_OK) {
        vtl_fail(run, STATUS_LIMIT, "a text may have %u MB", VTL_OUTPUT_MAX >> 20);
    }
    struct slice text = vtl_copy(run, buf_slice(buf));
    buf_finish(buf);
    return text;
}

/* --- one render --- */

static enum status run_template(struct vtl_run *run, struct vtl_overrides *ret_overrides)
{
    size_t start = run->out->len;
    vtl_bind_input(run);
    vtl_render_block(run, run->template->block);
    if (run->flow != FLOW_FAILED && (run->out->is_full || run->out->len - start > VTL_OUTPUT_MAX)) {
        vtl_fail(run, STATUS_LIMIT, "the result has more than %zu bytes",
                 run->out->is_full ? run->out->max : (size_t)VTL_OUTPUT_MAX);
    }
    if (run->flow == FLOW_FAILED) {
        return run->status;
    }
    run->flow = FLOW_ON;
    return ret_overrides != NULL ? vtl_collect_overrides(run, ret_overrides) : STATUS_OK;
}

enum status vtl_render(const struct vtl_template *template, const struct vtl_input *input,
                       struct arena *arena, struct buf *out, struct vtl_overrides *ret_overrides,
                       struct fault *reterr)
{
    struct vtl_run run = {.template = template,
                          .input = input,
                          .arena = arena,
                          .arena_start = arena->used,
                          .out = out,
                          .reterr = reterr};
    run.variables = vtl_alloc(&run, template->variable_count * sizeof *run.variables);
    run.is_set = vtl_alloc(&run, template->variable_count * sizeof *run.is_set);
    enum status status = run_template(&run, ret_overrides);
    vtl_regex_free(run.regex);
    return status;
}
