/* Kinesis streaming destinations of a table: streams that shall get each change of its items.
 *
 *     DB_META   'k' id -> [{"StreamArn", "DestinationStatus", "ApproximateCreationDateTimePrecision", "Next", "End"}]
 *
 * A table with an active destination keeps a change log. Who carries the changes over reads the log from `next` to
 * `end`, and says how far it came in the job that writes them, so each change arrives once. At most one destination
 * is active. One that is disabled stays in the list, as on AWS, and still gets what was changed before; enabled again it
 * begins with the changes from then on.
 *
 * Thread  Reading in any transaction, changing on the writer thread.
 * Limits  DESTINATIONS_MAX of a table are remembered.
 * Source  DynamoDB API reference, EnableKinesisStreamingDestination. */
#ifndef SLS_STORE_DESTINATION_H
#define SLS_STORE_DESTINATION_H

#include "core/json_writer.h"
#include "store/stream.h"

#define DESTINATIONS_MAX 100

struct destination {
    struct slice arn;       /* of the stream */
    struct slice precision; /* as it was set; empty: it was not */
    uint64_t next;          /* sequence of the first change that has not arrived */
    uint64_t end;           /* and of the first it does not get; UINT64_MAX while it is active */
};

struct destinations {
    struct destination *items; /* with room for one more */
    size_t count;
};

static inline bool destination_is_active(const struct destination *destination)
{
    return destination->end == UINT64_MAX;
}
/* Of the table with this id, in `arena`. */
struct destinations destinations_get(struct txn *txn, struct arena *arena, uint32_t table_id);
void destinations_put(struct txn *txn, uint32_t table_id, const struct destinations *all);
struct destination *destinations_find(const struct destinations *all, struct slice arn);
struct destination *destinations_active(const struct destinations *all); /* or NULL */
/* Makes `arn` the active one, which gets what `table`'s log gets from now on. None is active before (asserted). */
void destinations_enable(struct txn *txn, struct destinations *all, const struct table *table,
                         struct slice arn, struct slice precision);
/* It gets what was changed until now. */
void destination_disable(struct txn *txn, struct destination *destination,
                         const struct table *table);
/* "MILLISECOND" unless it was set. */
struct slice destination_precision(const struct destination *destination);
bool destination_precision_is_known(struct slice given);
/* As DescribeKinesisStreamingDestination lists them. */
void destinations_print(struct json_writer *w, const struct destinations *all);

/* The changes of before `next` have arrived. */
void destination_advance(struct txn *txn, uint32_t table_id, struct slice arn, uint64_t next);
/* The table's log up to `end` as a destination gets it, for stream_read() and stream_print_record(). It borrows from
 * `table`. */
struct stream destination_log(const struct table *table, uint64_t end);

#endif
