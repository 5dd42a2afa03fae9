/* What a Query reads: one partition of a table or index, and a range of its sort keys.
 *
 *     KeyConditionExpression, KeyConditions or PartiQL -> struct expr -> struct key_range
 *
 * Errors  VALIDATION in the words of reference/dynamodb.md section 11.1.
 * Source  Developer Guide, "Key condition expressions for Query". */
#ifndef SLS_STORE_RANGE_H
#define SLS_STORE_RANGE_H

#include "store/expression/expression.h"
#include "store/table/table.h"

/* Sort key values between two bounds, by their encoded bytes (key_append_range(), all parts one after the other). */
struct key_range {
    struct attr hash[4];
    uint8_t hash_count;
    struct slice lower,
        upper; /* encodings; `lower` may be empty (no bound), `upper` SLICE_NULL (none) */
    bool lower_exclusive, upper_exclusive;
    /* begins_with, or an index whose last sort key attributes are left open: all encodings that start with
     * `lower`, which is no whole encoding then; there is no upper bound. */
    bool has_prefix;
};

enum range_source { RANGE_FROM_EXPRESSION, RANGE_FROM_LEGACY };

/* What is refused before the table is looked up, after placeholders_check_used(): operators, nested paths, two
 * conditions on one key; of the table itself (`is_table`: no IndexName) more than two conditions. */
MUST_CHECK const struct problem *range_check_shape(struct arena *arena,
                                                   const struct expr *condition, bool is_table,
                                                   enum range_source source);
/* `schema` of the table or of the index queried; `is_entry` for an index (terminated encodings). */
MUST_CHECK const struct problem *range_of_condition(struct arena *arena,
                                                    const struct expr *condition,
                                                    const struct key_schema *schema, bool is_entry,
                                                    enum range_source source,
                                                    struct key_range *ret_range);
/* Whether a whole encoding lies inside: for long keys and for ExclusiveStartKey. */
bool range_holds(const struct key_range *range, struct slice encoding);

#endif
