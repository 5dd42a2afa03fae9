/* The tags of a topic, kept as a JSON object of texts, {"team":"orders"}; SLICE_NULL: none.
 *
 * Ownership  Results are in the arena.
 * Errors     Words of SNS. */
#ifndef SLS_SCHEDULER_SNS_TOPIC_TAGS_H
#define SLS_SCHEDULER_SNS_TOPIC_TAGS_H

#include "core/api/tags.h"
#include "scheduler/sns/refusal.h"

/* `tags` with the request's list of Key and Value on top. */
MUST_CHECK const struct refusal *topic_tags_merge(struct arena *arena, struct slice tags,
                                                  const struct field *list, struct slice *ret_json);
struct slice topic_tags_without(struct arena *arena, struct slice tags, const struct field *keys);
/* Whether each tag of the list is among `tags`, as it is. */
bool topic_tags_have(struct arena *arena, struct slice tags, const struct field *list);

#endif
