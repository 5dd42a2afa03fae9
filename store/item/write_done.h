/* What every operation that writes does first when its write request comes back.
 *
 * Thread  Loop thread. */
#ifndef SLS_STORE_WRITE_DONE_H
#define SLS_STORE_WRITE_DONE_H

#include "store/api/operation.h"
#include "store/item/writer.h"

/* Charges what was consumed. False when the operation is over: the store could not write, or the whole was refused (a
 * cancelled transaction); that is answered then. Refusals of single actions are left to the caller. */
MUST_CHECK bool write_is_done(struct operation *operation, const struct write_request *request,
                              enum status status);

#endif
