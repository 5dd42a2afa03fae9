/* The Conditions section, evaluated when somebody asks.
 *
 * Source  CloudFormation User Guide, "Condition functions". */
#include "templates/resolve.h"

#include "core/mem.h"
#include "templates/limits.h"

static bool holds(struct resolver *resolver, struct value *expression);

static bool is_equal(struct resolver *resolver, const struct value *arg)
{
    struct value *a = resolve_value(resolver, value_at(arg, 0));
    struct value *b = resolve_value(resolver, value_at(arg, 1));
    if (value_is_scalar(a) && value_is_scalar(b)) {
        return slice_eq(value_scalar_text(a), value_scalar_text(b));
    }
    return value_equal(a, b);
}

static bool combine(struct resolver *resolver, struct slice name, const struct value *arg,
                    struct source_pos pos)
{
    static const struct {
        const char *name;
        size_t least, most;
    } arities[] = {{"Fn::Equals", 2, 2}, {"Fn::Not", 1, 1}, {"Fn::And", 2, 10}, {"Fn::Or", 2, 10}};
    size_t i = 0;
    while (i < COUNT_OF(arities) && !slice_is(name, arities[i].name)) {
        i++;
    }
    if (i == COUNT_OF(arities)) {
        tell_error(resolver, pos,
                   "Template error: %.*s is no condition; Fn::Equals, Fn::And, Fn::Or, Fn::Not and "
                   "Condition are",
                   SLICE_ARG(name));
        return false;
    }
    size_t count = value_count(arg);
    if (arg->kind != VALUE_LIST || count < arities[i].least || count > arities[i].most) {
        tell_error(resolver, pos,
                   arities[i].least == arities[i].most
                       ? "Template error: every %.*s object requires a list of %zu"
                       : "Template error: every %.*s object requires a list of at least %zu and at "
                         "most 10 boolean parameters.",
                   SLICE_ARG(name), arities[i].least);
        return false;
    }
    if (i == 0) {
        return is_equal(resolver, arg);
    }
    if (i == 1) {
        return !holds(resolver, arg->as.list.items[0]);
    }
    bool is_and = i == 2;
    bool result = is_and;
    for (size_t k = 0; k < count; k++) {
        bool one = holds(resolver, arg->as.list.items[k]);
        result = is_and ? result && one : result || one;
    }
    return result;
}

static bool holds(struct resolver *resolver, struct value *expression)
{
    struct slice name;
    struct value *arg;
    if (expression->kind == VALUE_BOOL) {
        return expression->as.boolean;
    }
    if (value_is(expression, "true") || value_is(expression, "false")) {
        return value_is(expression, "true");
    }
    if (!value_is_intrinsic(expression, &name, &arg)) {
        tell_error(resolver, expression->pos,
                   "Template format error: a condition must be one condition function");
        return false;
    }
    if (slice_is(name, "Condition")) {
        return value_is_scalar(arg) &&
               condition_holds(resolver, value_scalar_text(arg), arg->pos, "the Conditions block");
    }
    if (++resolver->steps > TEMPLATE_EVAL_STEPS_MAX || resolver->depth > TEMPLATE_EVAL_DEPTH_MAX ||
        resolver->is_exhausted) {
        resolver->is_exhausted = true;
        tell_error(resolver, expression->pos, "conditions nested deeper than %d",
                   TEMPLATE_EVAL_DEPTH_MAX);
        return false;
    }
    resolver->depth++;
    bool result = combine(resolver, name, arg, expression->pos);
    resolver->depth--;
    return result;
}

bool condition_holds(struct resolver *resolver, struct slice name, struct source_pos pos,
                     const char *where)
{
    const struct value *known = value_find(resolver->condition_values, name);
    if (known != NULL && known->kind == VALUE_BOOL) {
        return known->as.boolean;
    }
    if (known != NULL) {
        tell_error(resolver, pos, "Template error: circular dependency of condition %.*s on itself",
                   SLICE_ARG(name));
        return false;
    }
    struct value *expression = value_find(resolver->conditions, name);
    if (expression == NULL) {
        size_t count = value_count(resolver->conditions);
        struct slice *names = arena_array(resolver->arena, count + 1, sizeof(struct slice));
        for (size_t i = 0; i < count; i++) {
            names[i] = resolver->conditions->as.map.entries[i].key;
        }
        struct slice near = slice_nearest(name, names, count);
        tell_error(resolver, pos,
                   "Template error: unresolved condition dependency %.*s in %s%s%.*s%s",
                   SLICE_ARG(name), where, near.len > 0 ? "; did you mean '" : "", SLICE_ARG(near),
                   near.len > 0 ? "'?" : "");
        value_set(resolver->arena, resolver->condition_values, name,
                  value_bool(resolver->arena, pos, false));
        return false;
    }
    value_set(resolver->arena, resolver->condition_values, name, value_null(resolver->arena, pos));
    struct slice block = resolver->block;
    enum unknown_is unknown = resolver->unknown;
    resolver->block = SLICE("Conditions");
    resolver->unknown = UNKNOWN_WARNING;
    resolver->depth++;
    bool result = false;
    if (resolver->depth > TEMPLATE_EVAL_DEPTH_MAX) {
        tell_error(resolver, pos, "conditions nested deeper than %d", TEMPLATE_EVAL_DEPTH_MAX);
    } else {
        result = holds(resolver, expression);
    }
    resolver->depth--;
    resolver->unknown = unknown;
    resolver->block = block;
    value_set(resolver->arena, resolver->condition_values, name,
              value_bool(resolver->arena, pos, result));
    return result;
}

bool condition_attribute_holds(struct resolver *resolver, const struct value *holder)
{
    const struct value *condition = value_get(holder, "Condition");
    if (condition == NULL || condition->kind == VALUE_NULL) {
        return true;
    }
    if (condition->kind != VALUE_STRING) {
        tell_error(resolver, condition->pos,
                   "Template format error: Every Condition member must be a string.");
        return true;
    }
    return condition_holds(resolver, condition->text, condition->pos,
                           slice_is(resolver->block, "Outputs") ? "the Outputs block"
                                                                : "the Resources block");
}
