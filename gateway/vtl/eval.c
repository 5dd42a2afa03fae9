/* Expressions and references. */
#include "gateway/vtl/run.h"

#include <math.h>

/* --- references --- */

static size_t eval_arguments(struct vtl_run *run, const struct vtl_step *step,
                             struct vtl_value *arguments)
{
    size_t count = 0;
    for (const struct vtl_node *node = step->arguments; node != NULL && count < VTL_ARGUMENTS_MAX;
         node = node->next) {
        arguments[count++] = vtl_eval(run, node);
    }
    return count;
}

static struct vtl_value eval_step(struct vtl_run *run, const struct vtl_step *step,
                                  struct vtl_value value)
{
    struct vtl_value arguments[VTL_ARGUMENTS_MAX];
    if (step->kind == STEP_PROPERTY) {
        run->offset = step->offset;
        return vtl_property(run, value, step->name);
    }
    size_t count = eval_arguments(run, step, arguments);
    run->offset = step->offset;
    if (run->flow != FLOW_ON) {
        return vtl_null();
    }
    return step->kind == STEP_INDEX ? vtl_index(run, value, arguments[0])
                                    : vtl_method(run, value, step->name, arguments, count);
}

/* Up to the step `last`, without it; null as soon as something is. */
static struct vtl_value follow(struct vtl_run *run, const struct vtl_node *node,
                               const struct vtl_step *last)
{
    struct vtl_value value = node->of.reference.is_void
                                 ? vtl_null()
                                 : vtl_variable_get(run, node->of.reference.variable);
    for (const struct vtl_step *step = node->of.reference.steps;
         step != last && value.kind != VTL_NULL && run->flow == FLOW_ON && vtl_spend(run, 0);
         step = step->next) {
        value = eval_step(run, step, value);
    }
    return run->flow == FLOW_ON ? value : vtl_null();
}

struct vtl_value vtl_eval_reference(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value value = follow(run, node, NULL);
    return value.kind == VTL_NULL ? vtl_string(SLICE("")) : value;
}

void vtl_assign(struct vtl_run *run, const struct vtl_node *reference, struct vtl_value value)
{
    const struct vtl_step *last = reference->of.reference.steps;
    while (last != NULL && last->next != NULL) {
        last = last->next;
    }
    if (last == NULL) {
        vtl_variable_set(run, reference->of.reference.variable, value);
        return;
    }
    struct vtl_value owner = follow(run, reference, last);
    if (owner.kind == VTL_NULL) {
        return; /* as in Velocity, nothing happens */
    }
    run->offset = last->offset;
    if (last->kind == STEP_PROPERTY) {
        vtl_property_set(run, owner, last->name, value);
        return;
    }
    struct vtl_value key = vtl_eval(run, last->arguments);
    if (run->flow == FLOW_ON) {
        vtl_index_set(run, owner, key, value);
    }
}

/* --- numbers --- */

static void overflows(struct vtl_run *run)
{
    vtl_fail(run, STATUS_LIMIT, "sls-local has no integers beyond 64 bits here");
}

static struct vtl_value integer_math(struct vtl_run *run, enum vtl_node_kind kind, int64_t a,
                                     int64_t b)
{
    int64_t result = 0;
    bool is_over = false;
    if (kind == NODE_ADD) {
        is_over = __builtin_add_overflow(a, b, &result);
    } else if (kind == NODE_SUBTRACT) {
        is_over = __builtin_sub_overflow(a, b, &result);
    } else if (kind == NODE_MULTIPLY) {
        is_over = __builtin_mul_overflow(a, b, &result);
    } else if (b == -1) {
        is_over = kind == NODE_DIVIDE && __builtin_sub_overflow((int64_t)0, a, &result);
    } else {
        result = kind == NODE_DIVIDE ? a / b : a % b;
    }
    if (is_over) {
        overflows(run);
    }
    return vtl_integer(result);
}

static int64_t whole_part(double number)
{
    return number >= 9.2e18 ? INT64_MAX : number <= -9.2e18 ? INT64_MIN : (int64_t)number;
}

static struct vtl_value eval_math(struct vtl_run *run, const struct vtl_node *node,
                                  struct vtl_value left, struct vtl_value right)
{
    if (node->kind == NODE_ADD && (left.kind == VTL_STRING || right.kind == VTL_STRING)) {
        struct buf text = vtl_buf();
        vtl_print(run, &text, left);
        vtl_print(run, &text, right);
        return vtl_string(vtl_take(run, &text));
    }
    if (!vtl_is_number(left) || !vtl_is_number(right)) {
        return vtl_null();
    }
    double a = vtl_to_double(left), b = vtl_to_double(right);
    bool divides = node->kind == NODE_DIVIDE || node->kind == NODE_MODULO;
    if (divides && b == 0) {
        return vtl_null();
    }
    if (left.kind == VTL_INTEGER && right.kind == VTL_INTEGER) {
        return integer_math(run, node->kind, left.of.integer, right.of.integer);
    }
    return vtl_double(node->kind == NODE_ADD        ? a + b
                      : node->kind == NODE_SUBTRACT ? a - b
                      : node->kind == NODE_MULTIPLY ? a * b
                      : node->kind == NODE_DIVIDE   ? a / b
                                                    : fmod(a, b));
}

/* --- comparing --- */

static int order_of(struct vtl_value a, struct vtl_value b)
{
    if (a.kind == VTL_INTEGER && b.kind == VTL_INTEGER) {
        return a.of.integer < b.of.integer ? -1 : a.of.integer > b.of.integer;
    }
    double x = vtl_to_double(a), y = vtl_to_double(b);
    return x < y ? -1 : x > y;
}

static bool are_equal(struct vtl_run *run, struct vtl_value left, struct vtl_value right)
{
    if (vtl_is_number(left) && vtl_is_number(right)) {
        return order_of(left, right) == 0;
    }
    if (left.kind == right.kind) {
        return vtl_equals(run, left, right);
    }
    if (left.kind == VTL_NULL || right.kind == VTL_NULL) {
        return false;
    }
    return slice_eq(vtl_text(run, left), vtl_text(run, right));
}

static bool is_ordered(const struct vtl_node *node, struct vtl_value left, struct vtl_value right)
{
    if (!vtl_is_number(left) || !vtl_is_number(right)) {
        return false; /* texts have no order in Velocity */
    }
    int order = order_of(left, right);
    return node->kind == NODE_LT   ? order < 0
           : node->kind == NODE_LE ? order <= 0
           : node->kind == NODE_GT ? order > 0
                                   : order >= 0;
}

/* --- literals --- */

static struct vtl_value eval_template(struct vtl_run *run, const struct vtl_node *node)
{
    struct buf text = vtl_buf(), *before = run->out;
    run->out = &text;
    vtl_render_block(run, node->of.block);
    run->out = before;
    return vtl_string(vtl_take(run, &text));
}

static struct vtl_value eval_list(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value list = vtl_list_new(run, LIST_PLAIN);
    for (const struct vtl_node *item = node->of.items; item != NULL && vtl_is_on(run);
         item = item->next) {
        vtl_list_add(run, list.of.list, vtl_eval(run, item));
    }
    return list;
}

static struct vtl_value eval_map(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value map = vtl_map_new(run);
    for (const struct vtl_node *key = node->of.items; key != NULL && vtl_is_on(run);
         key = key->next->next) {
        struct vtl_value key_value = vtl_eval(run, key);
        (void)vtl_map_put(run, map.of.map, key_value, vtl_eval(run, key->next));
    }
    return map;
}

static struct vtl_value eval_range(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value left = vtl_eval(run, node->of.pair.left);
    struct vtl_value right = vtl_eval(run, node->of.pair.right);
    if (!vtl_is_number(left) || !vtl_is_number(right)) {
        return vtl_null();
    }
    int64_t from = (int32_t)whole_part(vtl_to_double(left));
    int64_t to = (int32_t)whole_part(vtl_to_double(right));
    struct vtl_value list = vtl_list_new(run, LIST_PLAIN);
    int64_t step = from >= to ? -1 : 1;
    vtl_list_add(run, list.of.list, vtl_integer(from));
    while (from != to && vtl_spend(run, 0)) {
        from += step;
        vtl_list_add(run, list.of.list, vtl_integer(from));
    }
    return list;
}

/* --- the whole --- */

static bool eval_logic(struct vtl_run *run, const struct vtl_node *node)
{
    bool left = vtl_eval_condition(run, node->of.pair.left);
    if (node->kind == NODE_NOT) {
        return !left;
    }
    return node->kind == NODE_AND ? left && vtl_eval_condition(run, node->of.pair.right)
                                  : left || vtl_eval_condition(run, node->of.pair.right);
}

static struct vtl_value eval_pair(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value left = vtl_eval(run, node->of.pair.left);
    struct vtl_value right = vtl_eval(run, node->of.pair.right);
    run->offset = node->offset;
    if (run->flow != FLOW_ON) {
        return vtl_null();
    }
    if (node->kind == NODE_EQ || node->kind == NODE_NE) {
        return vtl_boolean(are_equal(run, left, right) == (node->kind == NODE_EQ));
    }
    if (node->kind == NODE_LT || node->kind == NODE_LE || node->kind == NODE_GT ||
        node->kind == NODE_GE) {
        return vtl_boolean(is_ordered(node, left, right));
    }
    return eval_math(run, node, left, right);
}

static struct vtl_value eval_kind(struct vtl_run *run, const struct vtl_node *node)
{
    switch ((int)node->kind) {
    case NODE_REFERENCE:
        return vtl_eval_reference(run, node);
    case NODE_LITERAL:
        return node->of.literal;
    case NODE_TEMPLATE:
        return eval_template(run, node);
    case NODE_LIST:
        return eval_list(run, node);
    case NODE_MAP:
        return eval_map(run, node);
    case NODE_RANGE:
        return eval_range(run, node);
    case NODE_NOT:
    case NODE_AND:
    case NODE_OR:
        return vtl_boolean(eval_logic(run, node));
    default:
        return eval_pair(run, node);
    }
}

struct vtl_value vtl_eval(struct vtl_run *run, const struct vtl_node *node)
{
    if (run->depth == VTL_DEPTH_MAX) {
        vtl_fail(run, STATUS_LIMIT, "blocks and expressions may nest %u levels when rendered",
                 VTL_DEPTH_MAX);
    }
    if (run->flow != FLOW_ON || !vtl_spend(run, 0)) {
        return vtl_null();
    }
    run->depth++;
    run->offset = node->offset;
    struct vtl_value value = eval_kind(run, node);
    run->depth--;
    return run->flow == FLOW_ON ? value : vtl_null();
}

/* Only what is a condition by its form, or a reference, can hold: #if("a") and #if(1) do not. */
bool vtl_eval_condition(struct vtl_run *run, const struct vtl_node *node)
{
    struct vtl_value value;
    switch ((int)node->kind) {
    case NODE_REFERENCE:
        value = vtl_eval(run, node);
        return value.kind == VTL_BOOLEAN ? value.of.boolean : value.kind != VTL_NULL;
    case NODE_LITERAL:
    case NODE_NOT:
    case NODE_AND:
    case NODE_OR:
    case NODE_EQ:
    case NODE_NE:
    case NODE_LT:
    case NODE_LE:
    case NODE_GT:
    case NODE_GE:
        value = vtl_eval(run, node);
        return value.kind == VTL_BOOLEAN && value.of.boolean;
    default:
        return false;
    }
}
