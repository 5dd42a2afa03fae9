/* Filter criteria: patterns of which a record must match at least one.
 *
 * Source  Lambda Developer Guide, "Control which events Lambda sends to your function"; reference/events.md 3.4. */
#ifndef SLS_SCHEDULER_MAPPING_FILTER_H
#define SLS_SCHEDULER_MAPPING_FILTER_H

#include "scheduler/mapping/config.h"

struct filter;

/* NULL `*ret_filter` without patterns. INVALID for a pattern that is none. In the arena. */
MUST_CHECK enum status filter_compile(struct arena *arena, const struct mapping_config *config,
                                      struct filter **ret_filter, struct fault *reterr);
/* `record` is a record of an event, a whole object. */
bool filter_matches(const struct filter *filter, struct slice record);

#endif
