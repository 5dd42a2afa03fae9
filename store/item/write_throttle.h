/* Throttling of writes (store option `throttles`; without it all of this does nothing): asked before an action is
 * queued, charged with what it cost.
 *
 * A put is refused as well while a global index that its item belongs to has nothing left; whether an update or a
 * delete touches an index is only known afterwards, so these ask the table alone. */
#ifndef SLS_STORE_WRITE_THROTTLE_H
#define SLS_STORE_WRITE_THROTTLE_H

#include "store/item/writer.h"
#include "store/store.h"

MUST_CHECK const struct problem *write_throttle_check(struct store *store, struct arena *arena,
                                                      const struct write_action *action);
/* `factor` 2: a transaction. */
void write_throttle_charge(struct store *store, const struct write_request *request, double factor);

#endif
