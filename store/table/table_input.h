/* The definition of a table as requests give it (CreateTable, UpdateTable's new indexes, the parameters of an
 * import), checked, and made the first version of a table.
 *
 *     record -> table_input() -> draft -> table_from_draft() -> struct table
 *
 * A draft is a struct table without ids, ARNs and times; whoever got it gives it back with table_unref().
 *
 * Errors  VALIDATION in the order and words of the service.
 * Source  reference/dynamodb.md section 7.1. */
#ifndef SLS_STORE_TABLE_INPUT_H
#define SLS_STORE_TABLE_INPUT_H

#include "store/api/model.h"
#include "store/table/catalog.h"

#define CAPACITY_UNITS_MAX 1000000000000
#define INCLUDED_ALL_INDEXES_MAX 100
#define WARM_ON_DEMAND_READ 12000
#define WARM_ON_DEMAND_WRITE 4000

/* Where a table lies: what its ARN is made of. */
struct table_place {
    struct slice region;
    struct slice account_id;
};

/* CreateTable's members; also TableCreationParameters, which are some of them. */
MUST_CHECK const struct problem *table_input(struct arena *arena, const struct record *input,
                                             const struct table_place *place,
                                             struct table **ret_draft);
/* Writer thread, inside change(): the first version, with ids and ARNs; its stream is opened. `label` of that
 * stream, or empty. */
struct table *table_from_draft(struct txn *txn, const struct table *draft,
                               const struct table_place *place, struct slice label, int64_t now_ms);
struct slice table_arn(struct arena *arena, const struct table_place *place, struct slice name);
/* Writer thread: ARN, id and projection of an index that is new in `table`. */
void table_start_index(struct txn *txn, struct table *table, struct table_index *index);

/* Writer thread: turns TTL of a version under construction on, or off (`attribute` empty). */
void table_set_ttl(struct txn *txn, struct table *table, struct slice attribute);

/* --- parts, for UpdateTable --- */

struct definitions {
    const struct key_part *parts;
    size_t count;
};
const struct key_part *definition_find(struct definitions definitions, struct slice name);
MUST_CHECK const struct problem *input_definitions(struct arena *arena, const struct field *list,
                                                   struct definitions *ret_definitions);
/* Name, keys and projection of an index into `index`; texts stay the record's. */
MUST_CHECK const struct problem *input_index(struct arena *arena, const struct record *record,
                                             struct definitions definitions,
                                             struct table_index *index);
/* `index` empty: the table's. */
MUST_CHECK const struct problem *input_throughput(struct arena *arena, const struct field *field,
                                                  struct slice index,
                                                  struct throughput *ret_throughput);
/* SSESpecification -> SSEDescription as JSON, empty when it says no more than the default. */
MUST_CHECK const struct problem *input_sse(struct arena *arena, const struct record *sse,
                                           const struct table_place *place, struct slice *ret_json);
MUST_CHECK const struct problem *input_on_demand(struct arena *arena, const struct record *limits,
                                                 bool is_on_demand, struct slice index,
                                                 struct slice *ret_json);
/* `provisioned` NULL: on demand. */
MUST_CHECK const struct problem *input_warm(struct arena *arena, const struct record *warm,
                                            const struct throughput *provisioned,
                                            struct slice index, struct slice *ret_json);
/* CreateTable's StreamSpecification. */
MUST_CHECK const struct problem *
input_stream(struct arena *arena, const struct record *specification, enum stream_view *ret_view);
enum stream_view stream_view_of_name(struct slice name);
/* Definitions that no key of table or index uses any more go. */
void table_trim_definitions(struct table *table);

#endif
