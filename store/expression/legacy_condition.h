/* One entry of Expected, QueryFilter, ScanFilter or KeyConditions.
 *
 * Ownership  The arena; texts may point into the JSON. */
#ifndef SLS_STORE_LEGACY_CONDITION_H
#define SLS_STORE_LEGACY_CONDITION_H

#include "store/expression/expression.h"

/* Steps through the members of a raw, valid JSON object that are not null; of a name given twice the last one counts. */
struct legacy_entry {
    struct slice name;
    struct slice json;
};
struct legacy_entries {
    struct legacy_entry *items; /* in the client's order */
    size_t count;
};
void legacy_entries(struct arena *arena, struct slice json, struct legacy_entries *ret_entries);

/* A path of one name, and a node of the tree. */
const struct path_step *legacy_step(struct arena *arena, struct slice name);
struct expr *legacy_expr(struct arena *arena, enum expr_kind kind, size_t arg_count,
                         const struct expr *const *args);
const struct expr *legacy_value(struct arena *arena, struct attr attr);

/* `is_expected`: Value and Exists count too. */
MUST_CHECK const struct problem *legacy_condition(struct arena *arena,
                                                  const struct legacy_entry *entry,
                                                  bool is_expected, const struct expr **ret_expr);
#endif
