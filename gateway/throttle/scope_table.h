/* Records by scope, such as {plan, key, API, stage, method}: a bounded table that makes room by forgetting the scope that was
 * asked for least recently.
 *
 * Ownership  The table copies scopes and owns the records, which stay where they are until they are forgotten.
 * Limits     A maximum of records, set at birth. Scopes come from resources, not from clients: their hash is not keyed. */
#ifndef SLS_GATEWAY_THROTTLE_SCOPE_TABLE_H
#define SLS_GATEWAY_THROTTLE_SCOPE_TABLE_H

#include "core/slice.h"

/* {"plan1", "key1"} and {"plan1", "key1", ""} are two scopes. */
struct scope {
    const struct slice *parts;
    size_t count;
};

struct scope_table;

struct scope_table *scope_table_create(size_t record_len, size_t max_records);
void scope_table_destroy(struct scope_table *table); /* NULL is a no-op */
/* The scope's record; a new one is zeroed and `*ret_is_new`. Valid until the next call that makes a new one. */
void *scope_table_get(struct scope_table *table, struct scope scope, bool *ret_is_new);
/* NULL when there is none; does not count as asking. */
void *scope_table_find(const struct scope_table *table, struct scope scope);
size_t scope_table_count(const struct scope_table *table);

#endif
