/* Parameters of two generations: an expression and what came before it exclude each other. Read the same from every
 * request that has both.
 *
 * Source  reference/dynamodb.md section 2. */
#ifndef SLS_STORE_PARAMETERS_H
#define SLS_STORE_PARAMETERS_H

#include "store/api/model.h"

/* In the order in which messages name them. */
struct parameters {
    enum member_id members[4];
    size_t count;
};

bool parameters_has_any(const struct record *record, const struct parameters *parameters);
/* Refuses both kinds in one request, and ExpressionAttributeNames without an expression. */
MUST_CHECK const struct problem *parameters_check(struct arena *arena, const struct record *record,
                                                  const struct parameters *expressions,
                                                  const struct parameters *legacy);

#endif
