/* The window of point-in-time recovery.
 *
 * Source  reference/dynamodb.md section 15. */
#ifndef SLS_STORE_RECOVERY_H
#define SLS_STORE_RECOVERY_H

#include "store/table/table.h"

/* The earliest instant a table with recovery can be taken back to. */
int64_t recovery_first_ms(const struct table *table, int64_t now_ms);

#endif
