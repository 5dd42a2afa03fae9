/* Which conditions are key conditions, and of which attribute; for range.c alone. */
#ifndef SLS_STORE_RANGE_CHECK_H
#define SLS_STORE_RANGE_CHECK_H

#include "store/expression/range.h"

/* Finds the term of each key attribute, in the order of the schema: `terms` has room for KEY_PARTS_MAX, NULL where there
 * is none. What comes back is sound: equalities for the partition key and, without a gap, for sort key attributes,
 * then at most one other operator, between an attribute and values of its type. */
MUST_CHECK const struct problem *range_place(struct arena *arena, const struct expr *condition,
                                             const struct key_schema *schema,
                                             enum range_source source, const struct expr **terms);

#endif
