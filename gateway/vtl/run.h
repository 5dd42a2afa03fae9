/* One render: what it has used up, what its variables are, and why it ends. */
#ifndef SLS_GATEWAY_VTL_RUN_H
#define SLS_GATEWAY_VTL_RUN_H

#include "gateway/vtl/node.h"
#include "gateway/vtl/vtl.h"

/* Everything but FLOW_ON leaves the blocks that are being rendered; a failed run evaluates to nulls until it is out. */
enum vtl_flow { FLOW_ON, FLOW_BREAK, FLOW_STOP, FLOW_FAILED };

/* A macro that is being rendered. Its arguments are evaluated each time that they are used, in the frame of the caller;
 * one that was assigned to is what it was set to, in here. */
struct vtl_frame {
    const struct vtl_macro *macro;
    const struct vtl_node **arguments; /* macro->parameter_count, NULL for those not given */
    struct vtl_value *assigned;        /* likewise */
    bool *is_assigned;
    struct vtl_value body; /* $bodyContent: a block, or null */
    struct vtl_frame *caller;
};

struct vtl_regex; /* regex.h */

struct vtl_run {
    const struct vtl_template *template;
    const struct vtl_input *input;
    struct arena *arena;
    size_t arena_start;
    struct buf *out;
    struct fault *reterr;
    enum status status;
    enum vtl_flow flow;
    const struct vtl_loop *flow_target; /* FLOW_BREAK: which loop; NULL the innermost */
    uint64_t steps;
    unsigned depth, value_depth, macro_depth;
    size_t offset; /* of what is being evaluated */
    struct vtl_value *variables;
    bool *is_set;
    struct vtl_frame *frame;
    struct vtl_loop *loop;  /* the innermost */
    struct vtl_map *params; /* $input.params(), once asked for */
    struct slice json;      /* the body as JSON, once asked for */
    bool has_json;
    struct vtl_regex *regex; /* the last one used */
};

/* --- what a run may use: run.c --- */

/* Ends the run with what happened at what is being evaluated. */
void vtl_fail(struct vtl_run *run, enum status status, const char *format, ...) PRINTF_LIKE(3, 4);
/* Counts one step and `bytes` that are copied or searched; false: the run is over. */
bool vtl_spend(struct vtl_run *run, size_t bytes);
/* Zeroed. Ends the run when it is too much and gives it all the same, so that callers need not look. */
void *vtl_alloc(struct vtl_run *run, size_t len);
struct slice vtl_copy(struct vtl_run *run, struct slice text);
static inline bool vtl_is_on(const struct vtl_run *run)
{
    return run->flow != FLOW_FAILED;
}
/* Takes what a buffer holds into the arena and frees it; fails the run when it was too long. */
struct slice vtl_take(struct vtl_run *run, struct buf *buf);
/* A buffer for one text. */
static inline struct buf vtl_buf(void)
{
    return (struct buf)BUF_INIT(VTL_OUTPUT_MAX);
}

/* --- rendering: render.c --- */

void vtl_render_block(struct vtl_run *run, const struct vtl_node *block);
/* False: it may not nest deeper and is nothing. */
bool vtl_render_value(struct vtl_run *run, struct vtl_block *block, struct buf *out);

/* --- evaluating: eval.c --- */

struct vtl_value vtl_eval(struct vtl_run *run, const struct vtl_node *node);
bool vtl_eval_condition(struct vtl_run *run, const struct vtl_node *node);
/* Of NODE_REFERENCE: never null. */
struct vtl_value vtl_eval_reference(struct vtl_run *run, const struct vtl_node *node);
void vtl_assign(struct vtl_run *run, const struct vtl_node *reference, struct vtl_value value);

/* --- variables and macros: scope.c --- */

/* Null when there is none. */
struct vtl_value vtl_variable_get(struct vtl_run *run, size_t variable);
void vtl_variable_set(struct vtl_run *run, size_t variable, struct vtl_value value);
void vtl_variable_remove(struct vtl_run *run, size_t variable);
void vtl_call_macro(struct vtl_run *run, const struct vtl_node *call);

/* --- what values have: property.c, method.c --- */

/* Null: no such property. */
struct vtl_value vtl_property(struct vtl_run *run, struct vtl_value value, struct slice name);
void vtl_property_set(struct vtl_run *run, struct vtl_value value, struct slice name,
                      struct vtl_value new_value);
struct vtl_value vtl_index(struct vtl_run *run, struct vtl_value value, struct vtl_value key);
void vtl_index_set(struct vtl_run *run, struct vtl_value value, struct vtl_value key,
                   struct vtl_value new_value);
/* Null: no such method. */
struct vtl_value vtl_method(struct vtl_run *run, struct vtl_value value, struct slice name,
                            const struct vtl_value *arguments, size_t count);

/* --- what the run is given: input.c, overrides.c --- */

void vtl_bind_input(struct vtl_run *run);
MUST_CHECK enum status vtl_collect_overrides(struct vtl_run *run, struct vtl_overrides *ret);
/* JSON as it is; the text itself where it does not even look like JSON; false for what is neither. */
bool vtl_parse_json(struct vtl_run *run, struct slice text, struct vtl_value *ret_value);

#endif
