/* DynamoDB's Kinesis streaming destinations (store/table/destination.h): each change of a table's items becomes a
 * record of the stream.
 *
 *     the table's change log -> after each commit -> a batch of records, in one job with how far they reach
 *
 * Each change arrives once, in the order of the log, whatever is killed on the way; one that finds no stream waits in
 * the log, for the 24 hours that this keeps it. Changes of an item have the same partition key, so they stay in order
 * over the shards, too.
 *
 * Thread  Loop thread.
 * Source  DynamoDB Developer Guide, "Using Kinesis Data Streams to capture changes to DynamoDB". */
#ifndef SLS_SCHEDULER_KINESIS_TABLE_FEED_H
#define SLS_SCHEDULER_KINESIS_TABLE_FEED_H

#include "scheduler/kinesis/kinesis.h"

/* Feeds all that the tables' destinations say, now and when they change. */
void table_feeds_start(struct kinesis *kinesis);
/* Nothing is begun any more; a feed whose batch is with the writer goes when that has come back. */
void table_feeds_stop(struct kinesis *kinesis);
/* There is a stream that was not. */
void table_feeds_on_stream(struct kinesis *kinesis);

#endif
