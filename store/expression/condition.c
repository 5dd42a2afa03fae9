/* Conditions over the stored bytes of an item: nothing is unpacked, nothing allocated. */
#include "store/expression/expression.h"

#include "store/value/number.h"

#include <assert.h>

struct attr path_get(const struct path *path, struct slice item)
{
    struct attr attr = {ATTR_M, item};
    for (size_t i = 0; i < path->count; i++) {
        const struct path_step *step = &path->steps[i];
        if (attr.type != (step->is_index ? ATTR_L : ATTR_M)) {
            return ATTR_ABSENT;
        }
        attr =
            step->is_index ? attr_element(attr.raw, step->index) : item_get(attr.raw, step->name);
    }
    return attr;
}

/* --- operands --- */

static int64_t count_characters(struct slice text)
{
    int64_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        count += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
    }
    return count;
}

/* False when a value of this type has no size. */
static bool size_of(struct attr attr, int64_t *ret_size)
{
    switch (attr.type) {
    case ATTR_S:
        *ret_size = count_characters(attr.raw);
        return true;
    case ATTR_B:
        *ret_size = (int64_t)attr.raw.len;
        return true;
    case ATTR_SS:
    case ATTR_NS:
    case ATTR_BS:
    case ATTR_M:
    case ATTR_L:
        *ret_size = attr_count(attr.raw);
        return true;
    case ATTR_NONE:
    case ATTR_N:
    case ATTR_NULL:
    case ATTR_BOOL:
    case ATTR_TYPE_COUNT:
        break;
    }
    return false;
}

/* `number` is where the value of size() is kept. */
struct operand {
    struct attr attr;
    struct number number;
    bool has_no_size; /* size() of a value without one */
};

static struct attr operand_value(const struct expr *expr, struct slice item,
                                 struct operand *operand)
{
    if (expr->kind == EXPR_PATH) {
        return path_get(&expr->path, item);
    }
    if (expr->kind == EXPR_VALUE) {
        return expr->value;
    }
    assert(expr->kind == EXPR_SIZE);
    struct attr of = operand_value(expr->args[0], item, operand);
    int64_t size;
    if (!size_of(of, &size)) {
        operand->has_no_size = of.type != ATTR_NONE;
        return ATTR_ABSENT;
    }
    number_from_i64(size, &operand->number);
    return (struct attr){ATTR_N, number_slice(&operand->number)};
}

/* Evaluated where it stays: `attr` may point into `number`. */
static void operand_init(struct operand *operand, const struct expr *expr, struct slice item)
{
    operand->has_no_size = false;
    operand->attr = operand_value(expr, item, operand);
}

/* --- comparisons --- */

static bool are_ordered(struct attr a, struct attr b)
{
    return a.type == b.type && (a.type == ATTR_S || a.type == ATTR_N || a.type == ATTR_B);
}

static bool compares(enum expr_kind kind, struct attr a, struct attr b)
{
    if (!are_ordered(a, b)) {
        return false;
    }
    int order = attr_compare(a, b);
    return kind == EXPR_LT   ? order < 0
           : kind == EXPR_LE ? order <= 0
           : kind == EXPR_GT ? order > 0
                             : order >= 0;
}

static bool is_equal(struct attr a, struct attr b)
{
    return a.type != ATTR_NONE && attr_eq(a, b);
}

static bool matches_comparison(const struct expr *expr, struct slice item)
{
    struct operand left, right;
    operand_init(&left, expr->args[0], item);
    operand_init(&right, expr->args[1], item);
    if (left.has_no_size || right.has_no_size) {
        return false;
    }
    if (expr->kind == EXPR_EQ || expr->kind == EXPR_NE) {
        return is_equal(left.attr, right.attr) == (expr->kind == EXPR_EQ);
    }
    return compares(expr->kind, left.attr, right.attr);
}

static bool matches_between(const struct expr *expr, struct slice item)
{
    struct operand value, lower, upper;
    operand_init(&value, expr->args[0], item);
    operand_init(&lower, expr->args[1], item);
    operand_init(&upper, expr->args[2], item);
    return compares(EXPR_GE, value.attr, lower.attr) && compares(EXPR_LE, value.attr, upper.attr);
}

static bool matches_in(const struct expr *expr, struct slice item)
{
    struct operand value, candidate;
    operand_init(&value, expr->args[0], item);
    for (size_t i = 1; i < expr->arg_count; i++) {
        operand_init(&candidate, expr->args[i], item);
        if (is_equal(value.attr, candidate.attr)) {
            return true;
        }
    }
    return false;
}

/* --- functions --- */

static bool list_has(struct attr list, struct attr wanted)
{
    struct attr_iter iter = attr_iter(list);
    struct attr element;
    while (attr_next(&iter, NULL, &element)) {
        if (attr_eq(element, wanted)) {
            return true;
        }
    }
    return false;
}

static bool holds(struct attr container, struct attr wanted)
{
    static const enum attr_type members[ATTR_TYPE_COUNT] = {
        [ATTR_SS] = ATTR_S, [ATTR_NS] = ATTR_N, [ATTR_BS] = ATTR_B};
    if (container.type == ATTR_NONE || wanted.type == ATTR_NONE) {
        return false;
    }
    if (container.type == ATTR_L) {
        return list_has(container, wanted);
    }
    if (attr_is_set(container.type)) {
        return members[container.type] == wanted.type && attr_set_has(container, wanted.raw);
    }
    bool is_text = container.type == ATTR_S || container.type == ATTR_B;
    return is_text && container.type == wanted.type &&
           slice_search(container.raw, wanted.raw) != SLICE_NPOS;
}

static bool begins_with(struct attr value, struct attr prefix)
{
    return (value.type == ATTR_S || value.type == ATTR_B) && value.type == prefix.type &&
           slice_starts_with(value.raw, prefix.raw);
}

static bool has_type(struct attr value, struct attr name)
{
    enum attr_type type;
    return value.type != ATTR_NONE && name.type == ATTR_S && attr_type_of_name(name.raw, &type) &&
           value.type == type;
}

static bool matches_function(const struct expr *expr, struct slice item)
{
    struct operand first, second;
    operand_init(&first, expr->args[0], item);
    operand_init(&second, expr->args[1], item);
    if (expr->kind == EXPR_BEGINS_WITH) {
        return begins_with(first.attr, second.attr);
    }
    if (expr->kind == EXPR_ATTRIBUTE_TYPE) {
        return has_type(first.attr, second.attr);
    }
    if (expr->kind == EXPR_NOT_CONTAINS && first.attr.type == ATTR_NONE) {
        return false;
    }
    return holds(first.attr, second.attr) == (expr->kind == EXPR_CONTAINS);
}

static bool exists(const struct expr *expr, struct slice item)
{
    struct operand operand;
    operand_init(&operand, expr->args[0], item);
    return operand.attr.type != ATTR_NONE;
}

static bool matches_all(const struct expr *expr, struct slice item, bool wanted)
{
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expression_matches(expr->args[i], item) != wanted) {
            return false;
        }
    }
    return true;
}

bool expression_matches(const struct expr *condition, struct slice item)
{
    switch (condition->kind) {
    case EXPR_AND:
        return matches_all(condition, item, true);
    case EXPR_OR:
        return !matches_all(condition, item, false);
    case EXPR_NOT:
        return !expression_matches(condition->args[0], item);
    case EXPR_EQ:
    case EXPR_NE:
    case EXPR_LT:
    case EXPR_LE:
    case EXPR_GT:
    case EXPR_GE:
        return matches_comparison(condition, item);
    case EXPR_BETWEEN:
        return matches_between(condition, item);
    case EXPR_IN:
        return matches_in(condition, item);
    case EXPR_ATTRIBUTE_EXISTS:
        return exists(condition, item);
    case EXPR_ATTRIBUTE_NOT_EXISTS:
        return !exists(condition, item);
    case EXPR_ATTRIBUTE_TYPE:
    case EXPR_BEGINS_WITH:
    case EXPR_CONTAINS:
    case EXPR_NOT_CONTAINS:
        return matches_function(condition, item);
    case EXPR_ALWAYS:
        return true;
    case EXPR_PATH:
    case EXPR_VALUE:
    case EXPR_SIZE:
    case EXPR_IF_NOT_EXISTS:
    case EXPR_LIST_APPEND:
    case EXPR_PLUS:
    case EXPR_MINUS:
    case EXPR_SET_ADD:
    case EXPR_SET_DELETE:
    case EXPR_KIND_COUNT:
        break;
    }
    assert(!"an operand is no condition");
    return false;
}

bool expression_uses_key(const struct expr *expr, const struct key_schema *schema,
                         struct slice *ret_name, bool *ret_is_nested)
{
    if (expr->kind == EXPR_PATH) {
        struct slice name = expr->path.steps[0].name;
        for (size_t i = 0; i < key_part_count(schema); i++) {
            if (slice_eq(schema->parts[i].name, name)) {
                *ret_name = name;
                *ret_is_nested = expr->path.count > 1;
                return true;
            }
        }
        return false;
    }
    for (size_t i = 0; i < expr->arg_count; i++) {
        if (expression_uses_key(expr->args[i], schema, ret_name, ret_is_nested)) {
            return true;
        }
    }
    return false;
}
