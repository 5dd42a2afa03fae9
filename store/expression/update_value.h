/* What the right-hand sides of an update come to: functions, arithmetic, set algebra.
 *
 * Ownership  Values are views of the old item, of the tree, or made in the arena.
 * Source     reference/dynamodb.md section 5, "Update semantics". */
#ifndef SLS_STORE_UPDATE_VALUE_H
#define SLS_STORE_UPDATE_VALUE_H

#include "store/expression/expression.h"

/* ATTR_ABSENT when nothing is left of a set (PartiQL's set_delete). */
MUST_CHECK const struct problem *update_evaluate(struct arena *arena, const struct expr *expr,
                                                 struct slice old_item, struct attr *ret_value);

/* What ADD and DELETE make of the attribute `old` (ATTR_ABSENT when there is none). */
MUST_CHECK const struct problem *update_combine(struct arena *arena, enum update_kind kind,
                                                struct attr old, struct attr operand,
                                                struct attr *ret_value);

#endif
