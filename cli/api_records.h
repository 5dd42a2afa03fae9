/* Where APIs that are made by request are kept: the store's environment, beside what the event bus keeps.
 *
 * Thread  Loop thread; the store closes after everything that writes here. */
#ifndef SLS_CLI_API_RECORDS_H
#define SLS_CLI_API_RECORDS_H

#include "gateway/control/control.h"
#include "store/store.h"

/* `store` is borrowed. */
struct control_records api_records(struct store *store);

#endif
