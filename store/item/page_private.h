/* Shared by the files of a page: page.c, page_key.c, page_size.c. */
#ifndef SLS_STORE_PAGE_PRIVATE_H
#define SLS_STORE_PAGE_PRIVATE_H

#include "store/item/reader.h"

/* The size by which AWS fills a page up to 1 MB: names count one byte each, values what their serialised form takes,
 * and there is an overhead for each 3 KB. `sort_name` empty: the table has no sort key.
 * Source  measured on AWS; reference/dynamodb.md section 11.3. */
uint64_t page_item_size(struct slice item, struct slice sort_name);

/* The key of an item as LastEvaluatedKey carries it: attributes of the table's and (unless NULL) the index's keys,
 * each once, in item form. */
struct slice page_key_of(struct arena *arena, const struct table *table,
                         const struct table_index *index, struct slice item);
/* Puts the page behind its ExclusiveStartKey. */
void page_seek_start_key(struct page *page);

#endif
