/* Tags of rules and buses, kept as a JSON list (core/api/tags.h). */
#ifndef SLS_SCHEDULER_EVENTS_TAGS_H
#define SLS_SCHEDULER_EVENTS_TAGS_H

#include "core/api/tags.h"
#include "scheduler/events/events_private.h"

/* The tags with those of the request added, in the call's arena; SLICE_NULL when there are none. False: it has
 * replied. */
MUST_CHECK bool tags_add(struct api_call *call, struct slice tags, const struct field *added,
                         struct slice *ret_tags);

#endif
