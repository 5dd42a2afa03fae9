#include "gateway/policy/policy_private.h"

/* The values of the policy as this request makes them; false when a variable has none. */
static bool expand_values(const struct condition *condition, bool has_variables,
                          const struct policy_request *request, struct arena *arena,
                          struct glob *globs)
{
    for (size_t i = 0; i < condition->wanted.count; i++) {
        globs[i] = (struct glob){.pattern = condition->wanted.texts[i]};
        if (has_variables && condition->op->has_variables &&
            !policy_expand(arena, request, condition->wanted.texts[i], &globs[i])) {
            return false;
        }
    }
    return true;
}

/* Whether one value of the request satisfies the operator: one of the policy's values matches, or for the opposite none. */
static bool satisfies(const struct condition *condition, const struct glob *globs,
                      struct slice value)
{
    const struct condition_operator *op = condition->op;
    bool matches = false;
    for (size_t i = 0; i < condition->wanted.count && !matches; i++) {
        matches = op->compare(globs[i].pattern, globs[i].literal, value);
    }
    return matches != op->is_negated;
}

/* ForAllValues: each value must satisfy it; ForAnyValue: one. Without either, a key of several values is satisfied by one, and
 * the opposite of an operator by all, so that it stays its opposite. */
static bool holds(const struct condition *condition, const struct glob *globs,
                  const struct policy_fact *fact)
{
    bool needs_all =
        condition->set == SET_ALL || (condition->set == SET_NONE && condition->op->is_negated);
    size_t satisfied = 0;
    for (size_t i = 0; i < fact->count; i++) {
        satisfied += satisfies(condition, globs, fact->values[i]) ? 1 : 0;
    }
    return needs_all ? satisfied == fact->count : satisfied > 0;
}

/* "true": there must be no such key. */
static bool holds_null(const struct condition *condition, bool is_there)
{
    for (size_t i = 0; i < condition->wanted.count; i++) {
        if (slice_ieq(condition->wanted.texts[i], SLICE("true")) != is_there) {
            return true;
        }
    }
    return false;
}

enum condition_outcome condition_outcome(const struct condition *condition, bool has_variables,
                                         const struct policy_request *request, struct arena *arena)
{
    const struct policy_fact *fact = policy_fact(request, condition->key);
    bool is_there = fact != NULL && fact->count > 0;
    bool does_hold;
    if (condition->op->compare == NULL) {
        does_hold = holds_null(condition, is_there);
    } else if (!is_there) {
        does_hold = condition->if_exists || condition->set == SET_ALL ||
                    (condition->op->is_negated && condition->set != SET_ANY);
    } else {
        struct glob *globs = arena_array(arena, condition->wanted.count, sizeof *globs);
        if (!expand_values(condition, has_variables, request, arena, globs)) {
            return CONDITION_VOID;
        }
        does_hold = holds(condition, globs, fact);
    }
    return does_hold ? CONDITION_HOLDS : CONDITION_FAILS;
}
