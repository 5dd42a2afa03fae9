/* Dates as HTTP headers and forms carry them. */
#ifndef SLS_SCHEDULER_S3_DATE_H
#define SLS_SCHEDULER_S3_DATE_H

#include "core/slice.h"

/* "Wed, 21 Oct 2015 07:28:00 GMT", or ISO 8601 in its long form. */
MUST_CHECK bool date_parse(struct slice text, int64_t *ret_epoch_ms);

#endif
