#include "store/expression/update_value.h"

#include "store/value/number.h"

#include <assert.h>

static const char wrong_type[] = "An operand in the update expression has an incorrect data type";
static const char missing[] =
    "The provided expression refers to an attribute that does not exist in the item";
static const char legacy_mismatch[] = "Type mismatch for attribute to update";

/* A buf over arena memory that is never to grow: `max` bytes must do. */
static struct buf arena_buf(struct arena *arena, size_t max)
{
    return (struct buf){arena_alloc(arena, max), 0, max, max, false};
}

/* --- numbers --- */

static const struct problem *calculate(struct arena *arena,
                                       enum number_error (*operation)(struct slice, struct slice,
                                                                      struct number *),
                                       struct attr a, struct attr b, struct attr *ret_value)
{
    struct number *result = arena_alloc(arena, sizeof(*result));
    enum number_error error = operation(a.raw, b.raw, result);
    if (error != NUMBER_OK) {
        return problem_invalid(arena, "%s", number_error_text(error));
    }
    *ret_value = (struct attr){ATTR_N, number_slice(result)};
    return NULL;
}

/* --- sets and lists --- */

/* Members of both (`keeps_second`), or those of `a` that `b` lacks. Both are sorted: one pass. */
static struct attr merge_sets(struct arena *arena, struct attr a, struct attr b, bool keeps_second)
{
    struct buf buf = arena_buf(arena, a.raw.len + b.raw.len);
    size_t mark = attr_open(&buf, ATTR_NONE);
    uint32_t count = 0;
    struct attr_iter left = attr_iter(a);
    struct attr_iter right = attr_iter(b);
    struct attr x = ATTR_ABSENT;
    struct attr y = ATTR_ABSENT;
    bool has_x = attr_next(&left, NULL, &x);
    bool has_y = attr_next(&right, NULL, &y);
    while (has_x || (has_y && keeps_second)) {
        int order = !has_x ? 1 : !has_y ? -1 : slice_compare(x.raw, y.raw);
        if (order < 0 || (order == 0 && keeps_second)) {
            attr_write_set_member(&buf, x.raw);
            count++;
        } else if (order > 0 && keeps_second) {
            attr_write_set_member(&buf, y.raw);
            count++;
        }
        has_x = order <= 0 ? attr_next(&left, NULL, &x) : has_x;
        has_y = order >= 0 ? attr_next(&right, NULL, &y) : has_y;
    }
    attr_close(&buf, ATTR_NONE, mark, count);
    assert(buf_status(&buf) == STATUS_OK);
    return count == 0 ? ATTR_ABSENT : (struct attr){a.type, buf_slice(&buf)};
}

static struct attr append_list(struct arena *arena, struct attr a, struct attr b)
{
    struct buf buf = arena_buf(arena, a.raw.len + b.raw.len);
    size_t mark = attr_open(&buf, ATTR_NONE);
    size_t head = buf.len;
    buf_append(&buf, slice_skip(a.raw, head));
    buf_append(&buf, slice_skip(b.raw, head));
    attr_close(&buf, ATTR_NONE, mark, attr_count(a.raw) + attr_count(b.raw));
    assert(buf_status(&buf) == STATUS_OK);
    return (struct attr){ATTR_L, buf_slice(&buf)};
}

/* --- ADD and DELETE --- */

const struct problem *update_combine(struct arena *arena, enum update_kind kind, struct attr old,
                                     struct attr operand, struct attr *ret_value)
{
    bool is_legacy = kind == UPDATE_ADD_LEGACY || kind == UPDATE_DELETE_LEGACY;
    bool adds = kind == UPDATE_ADD || kind == UPDATE_ADD_LEGACY;
    bool is_list = operand.type == ATTR_L && kind == UPDATE_ADD_LEGACY;
    bool fits = attr_is_set(operand.type) || (adds && (operand.type == ATTR_N || is_list));
    if (old.type == ATTR_NONE && fits) {
        *ret_value = adds ? operand : ATTR_ABSENT;
        return NULL;
    }
    if (!fits || old.type != operand.type) {
        return problem_invalid(arena, "%s", is_legacy ? legacy_mismatch : wrong_type);
    }
    if (operand.type == ATTR_N) {
        return calculate(arena, number_add, old, operand, ret_value);
    }
    *ret_value = is_list ? append_list(arena, old, operand) : merge_sets(arena, old, operand, adds);
    return NULL;
}

/* --- right-hand sides --- */

typedef const struct problem *evaluate_fn(struct arena *arena, const struct expr *expr,
                                          struct slice old_item, struct attr *ret_value);

static const struct problem *evaluate_value(struct arena *arena, const struct expr *expr,
                                            struct slice old_item, struct attr *ret_value)
{
    (void)arena;
    (void)old_item;
    *ret_value = expr->value;
    return NULL;
}

static const struct problem *evaluate_path(struct arena *arena, const struct expr *expr,
                                           struct slice old_item, struct attr *ret_value)
{
    *ret_value = path_get(&expr->path, old_item);
    return ret_value->type == ATTR_NONE ? problem_invalid(arena, "%s", missing) : NULL;
}

static const struct problem *evaluate_if_not_exists(struct arena *arena, const struct expr *expr,
                                                    struct slice old_item, struct attr *ret_value)
{
    *ret_value = path_get(&expr->args[0]->path, old_item);
    return ret_value->type != ATTR_NONE
               ? NULL
               : update_evaluate(arena, expr->args[1], old_item, ret_value);
}

static const struct problem *evaluate_both(struct arena *arena, const struct expr *expr,
                                           struct slice old_item, enum attr_type type,
                                           struct attr ret_values[2])
{
    assert(expr->arg_count == 2);
    for (size_t i = 0; i < 2; i++) {
        const struct problem *problem =
            update_evaluate(arena, expr->args[i], old_item, &ret_values[i]);
        if (problem != NULL) {
            return problem;
        }
        if (ret_values[i].type != type) {
            return problem_invalid(arena, "%s", wrong_type);
        }
    }
    return NULL;
}

static const struct problem *evaluate_list_append(struct arena *arena, const struct expr *expr,
                                                  struct slice old_item, struct attr *ret_value)
{
    struct attr lists[2];
    const struct problem *problem = evaluate_both(arena, expr, old_item, ATTR_L, lists);
    if (problem == NULL) {
        *ret_value = append_list(arena, lists[0], lists[1]);
    }
    return problem;
}

static const struct problem *evaluate_arithmetic(struct arena *arena, const struct expr *expr,
                                                 struct slice old_item, struct attr *ret_value)
{
    struct attr numbers[2];
    const struct problem *problem = evaluate_both(arena, expr, old_item, ATTR_N, numbers);
    return problem != NULL
               ? problem
               : calculate(arena, expr->kind == EXPR_PLUS ? number_add : number_subtract,
                           numbers[0], numbers[1], ret_value);
}

/* set_add(path, set) and set_delete(path, set): what ADD and DELETE do, but as a value. */
static const struct problem *evaluate_set(struct arena *arena, const struct expr *expr,
                                          struct slice old_item, struct attr *ret_value)
{
    assert(expr->arg_count == 2 && expr->args[0]->kind == EXPR_PATH);
    struct attr operand;
    const struct problem *problem = update_evaluate(arena, expr->args[1], old_item, &operand);
    return problem != NULL
               ? problem
               : update_combine(arena, expr->kind == EXPR_SET_ADD ? UPDATE_ADD : UPDATE_DELETE,
                                path_get(&expr->args[0]->path, old_item), operand, ret_value);
}

const struct problem *update_evaluate(struct arena *arena, const struct expr *expr,
                                      struct slice old_item, struct attr *ret_value)
{
    static evaluate_fn *const evaluators[EXPR_KIND_COUNT] = {
        [EXPR_VALUE] = evaluate_value,
        [EXPR_PATH] = evaluate_path,
        [EXPR_IF_NOT_EXISTS] = evaluate_if_not_exists,
        [EXPR_LIST_APPEND] = evaluate_list_append,
        [EXPR_PLUS] = evaluate_arithmetic,
        [EXPR_MINUS] = evaluate_arithmetic,
        [EXPR_SET_ADD] = evaluate_set,
        [EXPR_SET_DELETE] = evaluate_set,
    };
    assert(evaluators[expr->kind] != NULL);
    return evaluators[expr->kind](arena, expr, old_item, ret_value);
}
