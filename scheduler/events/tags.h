/* Tags of rules and buses, as one JSON array: [{"Key":"k","Value":"v"}, ...]. */
#ifndef SLS_SCHEDULER_EVENTS_TAGS_H
#define SLS_SCHEDULER_EVENTS_TAGS_H

#include "scheduler/events/events_private.h"

/* The tags with those of the request added, in the call's arena; `*ret_tags` is absent when there are none. False: it
 * has replied. */
MUST_CHECK bool tags_add(struct api_call *call, struct slice tags, const struct field *added,
                         struct slice *ret_tags);
/* Without those whose keys the request names. */
struct slice tags_remove(struct arena *arena, struct slice tags, const struct field *keys);

#endif
