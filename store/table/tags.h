/* Tags of tables: DB_META 'a' id -> {"key":"value",...}.
 *
 * Errors  VALIDATION, as TagResource and CreateTable word it.
 * Source  reference/dynamodb.md section 15. */
#ifndef SLS_STORE_TAGS_H
#define SLS_STORE_TAGS_H

#include "core/api/tags.h"
#include "store/api/model.h"
#include "store/engine/engine.h"

/* Of a list of Tag. */
MUST_CHECK const struct problem *table_tags_input(struct arena *arena, const struct field *list,
                                                  struct tags *ret_tags);
struct tags table_tags_get(struct txn *txn, struct arena *arena, uint32_t table_id);
/* Writer thread; no tags leave nothing. */
void table_tags_put(struct txn *txn, uint32_t table_id, const struct tags *tags);

#endif
