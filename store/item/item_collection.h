/* Item collections: all items of one partition key, in a table with local indexes. What is told of them is their key
 * and a size range; the 10 GB limit is not enforced.
 *
 * Source  Developer Guide, "Item collections in local secondary indexes". */
#ifndef SLS_STORE_ITEM_COLLECTION_H
#define SLS_STORE_ITEM_COLLECTION_H

#include "core/json_writer.h"
#include "store/api/model.h"
#include "store/table/table.h"

bool item_collection_is_wanted(const struct record *input); /* ReturnItemCollectionMetrics SIZE */
bool item_collection_is_known(const struct table *table);   /* only with local indexes */
/* {"ItemCollectionKey":{...},"SizeEstimateRangeGB":[0.0,1.0]} of the item's collection. */
void item_collection_print(struct json_writer *w, const struct table *table, struct slice item);

#endif
