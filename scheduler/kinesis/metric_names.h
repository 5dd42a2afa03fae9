/* The shard-level metrics that EnableEnhancedMonitoring knows: a bit each. They are kept and told, not measured. */
#ifndef SLS_SCHEDULER_KINESIS_METRIC_NAMES_H
#define SLS_SCHEDULER_KINESIS_METRIC_NAMES_H

#include "core/slice.h"

#define METRIC_COUNT 7

extern const char *const metric_names[METRIC_COUNT]; /* by bit */

/* Of one name, or of "ALL"; 0 when there is none such. */
uint32_t metric_bits(struct slice name);

#endif
