/* Whether an event's fields satisfy a pattern. Private to this folder. */
#ifndef SLS_SCHEDULER_PATTERN_EVALUATION_H
#define SLS_SCHEDULER_PATTERN_EVALUATION_H

#include "scheduler/pattern/event_fields.h"
#include "scheduler/pattern/pattern_tree.h"

/* `path_ids` says which of the fields' paths each of the pattern's own paths is; NULL: the fields were read for this
 * pattern alone. */
bool pattern_holds(const struct pattern *pattern, const struct event_fields *fields,
                   const uint32_t *path_ids, struct arena *scratch);

#endif
