/* The parameters of before expressions, turned into the same trees.
 *
 * Expected, AttributeUpdates, QueryFilter, ScanFilter, KeyConditions, AttributesToGet, ConditionalOperator.
 *
 * Errors  VALIDATION in the order and words of reference/dynamodb.md section 6.
 * Source  Developer Guide, "Legacy conditional parameters". */
#ifndef SLS_STORE_LEGACY_H
#define SLS_STORE_LEGACY_H

#include "store/expression/expression.h"
#include "store/expression/range.h"

/* `json` raw and type-checked by the model. `conditional_operator` empty, "AND" or "OR". */
MUST_CHECK const struct problem *legacy_expected(struct arena *arena, struct slice json,
                                                 struct slice conditional_operator,
                                                 const struct expr **ret_condition);
/* QueryFilter and ScanFilter. */
MUST_CHECK const struct problem *legacy_filter(struct arena *arena, struct slice json,
                                               struct slice conditional_operator,
                                               const struct expr **ret_condition);
MUST_CHECK const struct problem *legacy_updates(struct arena *arena, struct slice json,
                                                struct update *ret_update);
MUST_CHECK const struct problem *legacy_attributes_to_get(struct arena *arena, struct slice json,
                                                          struct projection *ret_projection);
/* KeyConditions as a list of conditions on key attributes, for range_of_conditions(). */
MUST_CHECK const struct problem *legacy_key_conditions(struct arena *arena, struct slice json,
                                                       const struct expr **ret_condition);
#endif
