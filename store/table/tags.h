/* Tags of tables: DB_META 'a' id -> {"key":"value",...}.
 *
 * Errors  VALIDATION, as TagResource and CreateTable word it.
 * Source  reference/dynamodb.md section 15. */
#ifndef SLS_STORE_TAGS_H
#define SLS_STORE_TAGS_H

#include "core/json_writer.h"
#include "store/api/model.h"
#include "store/engine/engine.h"

#define TAGS_MAX 50

struct tag {
    struct slice key, value;
};

struct tags {
    struct tag *items;
    size_t count;
};

/* A list of Tag, in the client's order. */
MUST_CHECK const struct problem *tags_input(struct arena *arena, const struct field *list,
                                            struct tags *ret_tags);
/* `tags` with `added` replacing equal keys, or without the keys of `removed`; both new in `arena`. */
struct tags tags_merged(struct arena *arena, const struct tags *tags, const struct tags *added);
struct tags tags_without(struct arena *arena, const struct tags *tags, const struct field *removed);
void tags_print(struct json_writer *w, const struct tags *tags); /* `[{"Key":..,"Value":..},...]` */

struct tags tags_get(struct txn *txn, struct arena *arena, uint32_t table_id);
/* Writer thread; no tags leave nothing. */
void tags_put(struct txn *txn, uint32_t table_id, const struct tags *tags);

#endif
