/* Blocks: what each directive does. */
#include "gateway/vtl/run.h"

static bool enter(struct vtl_run *run)
{
    if (run->depth == VTL_DEPTH_MAX) {
        vtl_fail(run, STATUS_LIMIT, "blocks and expressions may nest %u levels when rendered",
                 VTL_DEPTH_MAX);
        return false;
    }
    run->depth++;
    return true;
}

/* --- references --- */

static void render_reference(struct vtl_run *run, const struct vtl_node *node)
{
    struct slice prefix = node->of.reference.prefix;
    if (node->of.reference.is_escaped) {
        buf_append(run->out, prefix);
        buf_append(run->out, node->text);
        return;
    }
    struct vtl_value value = vtl_eval_reference(run, node);
    if (run->flow != FLOW_ON) {
        return;
    }
    if (value.kind == VTL_BLOCK) {
        if (!vtl_render_value(run, value.of.block, run->out) && run->flow == FLOW_ON) {
            buf_append(run->out, prefix);
            buf_append(run->out, node->text);
        }
        return;
    }
    buf_append(run->out, prefix);
    vtl_print(run, run->out, value);
}

/* --- #set, #if --- */

static void render_set(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value value = vtl_eval(run, node->of.pair.right);
    run->offset = node->offset;
    if (run->flow == FLOW_ON && value.kind != VTL_NULL) {
        vtl_assign(run, node->of.pair.left, value);
    }
}

static void render_if(struct vtl_run *run, const struct vtl_node *node)
{
    for (; node != NULL && run->flow == FLOW_ON; node = node->of.branch.otherwise) {
        if (node->of.branch.condition == NULL ||
            vtl_eval_condition(run, node->of.branch.condition)) {
            if (run->flow == FLOW_ON) {
                vtl_render_block(run, node->of.branch.block);
            }
            return;
        }
    }
}

/* --- #foreach --- */

/* What #foreach goes through: the elements of a list, the values of a map. NULL: nothing. */
static struct vtl_list *elements_of(struct vtl_run *run, struct vtl_value source)
{
    if (source.kind == VTL_LIST) {
        return source.of.list;
    }
    if (source.kind != VTL_MAP) {
        return NULL;
    }
    struct vtl_list *list = vtl_list_new(run, LIST_PLAIN).of.list;
    size_t count = vtl_map_count(run, source.of.map);
    for (size_t i = 0; i < count && vtl_spend(run, 0); i++) {
        vtl_list_add(run, list, source.of.map->entries[i]->value);
    }
    return list;
}

static bool render_iteration(struct vtl_run *run, const struct vtl_node *node,
                             struct vtl_loop *loop, struct vtl_value element)
{
    vtl_variable_set(run, VARIABLE_VELOCITY_COUNT, vtl_integer((int64_t)loop->index + 1));
    vtl_variable_set(run, VARIABLE_VELOCITY_HAS_NEXT, vtl_boolean(loop->has_next));
    vtl_variable_set(run, node->of.loop.variable, element);
    vtl_render_block(run, node->of.loop.block);
    if (run->flow == FLOW_BREAK && (run->flow_target == NULL || run->flow_target == loop)) {
        run->flow = FLOW_ON;
        return false;
    }
    return run->flow == FLOW_ON;
}

static void render_iterations(struct vtl_run *run, const struct vtl_node *node,
                              struct vtl_loop *loop, struct vtl_list *list)
{
    size_t count = vtl_list_count(run, list);
    bool goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++) {
        if (i == VTL_LOOPS_MAX) {
            run->offset = node->offset;
            vtl_fail(run, STATUS_LIMIT, "a #foreach may go through %u elements", VTL_LOOPS_MAX);
            return;
        }
        if (list->count != count) {
            run->offset = node->offset;
            vtl_fail(run, STATUS_INVALID, "the list changed while #foreach went through it");
            return;
        }
        loop->index = i;
        loop->has_next = i + 1 < count;
        goes_on = render_iteration(run, node, loop, list->items[i]);
    }
}

static void restore(struct vtl_run *run, size_t variable, struct vtl_value before)
{
    if (before.kind != VTL_NULL) {
        vtl_variable_set(run, variable, before);
    } else {
        vtl_variable_remove(run, variable);
    }
}

static void render_foreach(struct vtl_run *run, const struct vtl_node *node)
{
    const size_t variables[] = {node->of.loop.variable, VARIABLE_VELOCITY_COUNT,
                                VARIABLE_VELOCITY_HAS_NEXT, VARIABLE_FOREACH};
    struct vtl_value before[4];
    struct vtl_value source = vtl_eval(run, node->of.loop.source);
    struct vtl_list *list = run->flow == FLOW_ON ? elements_of(run, source) : NULL;
    if (list == NULL) {
        return;
    }
    for (size_t i = 0; i < 4; i++) {
        before[i] = vtl_variable_get(run, variables[i]);
    }
    struct vtl_loop *loop = vtl_alloc(run, sizeof *loop);
    *loop = (struct vtl_loop){.index = SIZE_MAX, .parent = run->loop, .node = node};
    run->loop = loop;
    vtl_variable_set(run, VARIABLE_FOREACH,
                     (struct vtl_value){.kind = VTL_LOOP, .of = {.loop = loop}});
    render_iterations(run, node, loop, list);
    run->loop = loop->parent;
    for (size_t i = 0; i < 4; i++) {
        restore(run, variables[i], before[i]);
    }
}

/* --- #define, #break --- */

static void render_define(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_block *block = vtl_alloc(run, sizeof *block);
    *block = (struct vtl_block){
        .block = node->of.define.block, .frame = run->frame, .depth_max = VTL_DEFINE_DEPTH_MAX};
    vtl_variable_set(run, node->of.define.variable,
                     (struct vtl_value){.kind = VTL_BLOCK, .of = {.block = block}});
}

bool vtl_render_value(struct vtl_run *run, struct vtl_block *block, struct buf *out)
{
    struct buf *out_before = run->out;
    struct vtl_frame *frame_before = run->frame;
    if (block->depth == block->depth_max || run->flow != FLOW_ON) {
        return false;
    }
    block->depth++;
    run->out = out;
    run->frame = block->frame;
    vtl_render_block(run, block->block);
    if (run->flow == FLOW_BREAK && run->flow_target == NULL) {
        run->flow = FLOW_ON;
    }
    run->frame = frame_before;
    run->out = out_before;
    block->depth--;
    return true;
}

static void render_break(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value scope = vtl_null();
    if (node->of.scope != NULL) {
        scope = vtl_eval(run, node->of.scope);
        run->offset = node->offset;
        if (scope.kind != VTL_LOOP) {
            vtl_fail(run, STATUS_INVALID, "#break needs $foreach or one of its parents");
            return;
        }
    }
    if (run->flow == FLOW_ON) {
        run->flow = FLOW_BREAK;
        run->flow_target = node->of.scope != NULL ? scope.of.loop : NULL;
    }
}

/* --- blocks --- */

static void render_node(struct vtl_run *run, const struct vtl_node *node)
{
    switch ((int)node->kind) {
    case NODE_TEXT:
        if (vtl_spend(run, node->text.len)) {
            buf_append(run->out, node->text);
        }
        break;
    case NODE_REFERENCE:
        render_reference(run, node);
        break;
    case NODE_SET:
        render_set(run, node);
        break;
    case NODE_IF:
        render_if(run, node);
        break;
    case NODE_FOREACH:
        render_foreach(run, node);
        break;
    case NODE_DEFINE:
        render_define(run, node);
        break;
    case NODE_CALL:
        vtl_call_macro(run, node);
        break;
    case NODE_BREAK:
        render_break(run, node);
        break;
    case NODE_STOP:
        run->flow = FLOW_STOP;
        break;
    default:
        break; /* expressions are no part of a block */
    }
}

void vtl_render_block(struct vtl_run *run, const struct vtl_node *block)
{
    if (!enter(run)) {
        return;
    }
    for (const struct vtl_node *node = block; node != NULL && run->flow == FLOW_ON;
         node = node->next) {
        run->offset = node->offset;
        if (vtl_spend(run, 0)) {
            render_node(run, node);
        }
        if (run->out->is_full || run->out->len > VTL_OUTPUT_MAX) {
            vtl_fail(run, STATUS_LIMIT, "a text may have %u MB", VTL_OUTPUT_MAX >> 20);
        }
    }
    run->depth--;
}
