/* What Query and Scan have in common: an index or none, one page, its reply.
 *
 * Ownership  In the operation's arena, until its reply. */
#ifndef SLS_STORE_READ_PAGE_H
#define SLS_STORE_READ_PAGE_H

#include "store/api/operation.h"
#include "store/item/capacity.h"
#include "store/item/read_input.h"
#include "store/item/reader.h"

struct read_page {
    struct operation *operation;
    struct read_input input;
    struct page page;
    bool is_consistent;
};

/* Of the input alone; then the table and its index. */
MUST_CHECK const struct problem *read_page_prepare(struct operation *operation, bool is_query,
                                                   struct read_page **ret_read);
/* Reads the page and replies. */
MUST_CHECK const struct problem *read_page_start(struct read_page *read);

/* NULL, or why the table (`index` NULL) or global index has no read units left; with --throttle only. */
MUST_CHECK const struct problem *read_throttle_check(struct operation *operation,
                                                     const struct table *table,
                                                     const struct table_index *index);
/* Whether anybody wants to know what a read consumed: the client, or with --throttle the store. */
bool read_is_metered(const struct operation *operation);
/* ConsumedCapacity as capacity_print() has it, and the units are charged. */
void read_meter(struct operation *operation, const struct capacity *consumed, size_t count,
                bool is_list);

#endif
