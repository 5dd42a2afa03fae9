/* Consumed capacity: counted by the published rules, printed as the client asked, and, with --throttle, refused.
 *
 * Source  reference/dynamodb.md section 9; Developer Guide, "Read and write operations". */
#ifndef SLS_STORE_CAPACITY_H
#define SLS_STORE_CAPACITY_H

#include "store/api/operation.h"
#include "store/item/writer.h"

enum capacity_detail { CAPACITY_NONE, CAPACITY_TOTAL, CAPACITY_INDEXES };
enum capacity_detail capacity_detail(const struct record *input); /* ReturnConsumedCapacity */

double capacity_read_units(uint64_t bytes,
                           bool is_consistent); /* ceil(bytes / 4096), at least 1, halved */
double capacity_write_units(uint64_t bytes);    /* ceil(bytes / 1024), at least 1 */

/* What one table of a request consumed. */
struct capacity {
    const struct table *table;
    double read, write; /* of the table itself */
    double index_read[TABLE_INDEXES_MAX], index_write[TABLE_INDEXES_MAX];
    bool is_transaction; /* ReadCapacityUnits and WriteCapacityUnits beside the sum */
};
void capacity_add_action(struct capacity *capacity, const struct write_action *action,
                         double factor);
/* The one of `table` among `items`, which has room for it; a new one, added behind `*count`, when there is none. */
struct capacity *capacity_of_table(struct capacity *items, size_t *count,
                                   const struct table *table);
/* `"ConsumedCapacity":{...}`, or with `is_list` `[...]` of all; nothing for CAPACITY_NONE. */
void capacity_print(struct json_writer *w, enum capacity_detail detail,
                    const struct capacity *items, size_t count, bool is_list);

/* --- throttling (store option `throttles`): token buckets of a table and its GSIs, 300 s of burst --- */

struct throttle;
struct throttle *throttle_create(struct clock *clock);
void throttle_destroy(struct throttle *throttle);
/* NULL, or PROBLEM_THROUGHPUT_EXCEEDED; asked before the work with what is left over, charged afterwards with what it cost, so
 * that one large request may borrow, as on AWS. `index` NULL: the table. */
MUST_CHECK const struct problem *throttle_check(struct throttle *throttle, struct arena *arena,
                                                const struct table *table,
                                                const struct table_index *index, bool is_write);
void throttle_charge(struct throttle *throttle, const struct capacity *capacity);

#endif
